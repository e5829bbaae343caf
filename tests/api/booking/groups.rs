//! Groups, and what an event asks of those who book it: limits, early opening, price bands, audience, clashes.

use chrono::TimeDelta;
use hub_credits::base::credits::Credits;
use hub_credits::members::people::Role;
use hub_credits::members::schools::Phase;
use hub_credits::programme::programmes::admission::Admission;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, School, TestHub, new_session, nobody};

/// Makes a school a participant.
async fn participates(hub: &TestHub, school: &School) {
    let path = format!("/v1/schools/{}", school.id);
    let etag = hub.manager().get(&path).await.etag();
    hub.manager().patch(&path, &etag, json!({ "membership": "participant" })).await.ok();
}

/// What came of each: a state, or a code.
fn results(answer: &Value) -> Vec<&str> {
    let of =
        |result: &Value| result["booking"]["state"].as_str().or(result["refusal"]["code"].as_str()).map(str::to_owned);
    let results = answer["results"].as_array().unwrap();
    results.iter().map(|result| of(result).unwrap()).map(|word| &*word.leak()).collect()
}

/// Events of one programme with their sessions at these times.
async fn meeting(hub: &TestHub, sessions: &[&str]) -> String {
    let programme = hub.programme(json!({})).await;
    let sessions: Vec<Value> = sessions.iter().map(|start| new_session(start)).collect();
    hub.published_event(&programme, json!({ "price": "5", "sessions": sessions })).await
}

both_engines!(
    a_group_gets_all_its_places_or_none,
    with_best_effort_each_goes_as_far_as_it_can,
    a_group_is_for_leads_and_has_at_most_fifty,
    a_group_with_a_key_is_booked_once,
    the_line_comes_before_a_group,
    a_school_has_no_more_than_its_limit,
    full_members_book_earlier_and_participants_pay_their_own_price,
    an_event_is_for_its_audience,
    nobody_is_in_two_places_at_once
);

async fn a_group_gets_all_its_places_or_none(hub: TestHub) {
    let (school, lead, a) = hub.funded_school("Lampton Academy", "100").await;
    let (b, c) = (hub.teacher(&school).await, hub.teacher(&school).await);
    let event = hub.event(EventPlan::of(3, "10")).await;
    let answer = lead.book_group(&event, &[&a, &b], json!({})).await.ok();
    assert_eq!((results(&answer), &answer["booked"]), (vec!["confirmed", "confirmed"], &json!(2)));
    assert_eq!(
        (&answer["results"][1]["person_id"], &answer["results"][1]["booking"]["person_id"]),
        (&json!(b.id()), &json!(b.id()))
    );
    assert_eq!(hub.balance(&school).await, "80.00");

    // One place is left for two; one of two is booked already; one is nobody; one has no credits.
    let full = lead.book_group(&event, &[&c, &lead], json!({})).await.refused(409, "event_full");
    assert!(full["detail"].as_str().unwrap().contains('1'), "{full}");
    let problem = lead.book_group(&event, &[&c, &a], json!({})).await.refused(409, "already_booked");
    assert_eq!(
        (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
        (&json!("/delegates/1"), &json!("already_booked"))
    );
    let (_, _, stranger) = hub.funded_school("Heston Community School", "0").await;
    lead.book_group(&event, &[&stranger], json!({})).await.invalid(&[("/delegates/0", "unknown")]);
    let unpaid = hub.manager().book_group(&event, &[&c, &stranger], json!({})).await;
    unpaid.refused(409, "event_full");
    let roomy = hub.event(EventPlan::of(10, "10")).await;
    let unpaid =
        hub.manager().book_group(&roomy, &[&c, &stranger], json!({})).await.refused(409, "insufficient_credits");
    assert_eq!(unpaid["errors"][0]["pointer"], "/delegates/1");
    assert_eq!(
        (hub.places(&event).await, hub.places(&roomy).await, hub.balance(&school).await.as_str()),
        ((2, 0), (0, 0), "80.00")
    );
    hub.verified().await;
}

async fn with_best_effort_each_goes_as_far_as_it_can(hub: TestHub) {
    let (school, lead, a) = hub.funded_school("Lampton Academy", "15").await;
    let (b, c) = (hub.teacher(&school).await, hub.teacher(&school).await);
    let (_, _, poor) = hub.funded_school("Heston Community School", "0").await;
    let event = hub.event(EventPlan::of(2, "10")).await;
    let answer = hub.manager().book_group(&event, &[&a, &a, &poor, &b], json!({ "mode": "best_effort" })).await.ok();
    assert_eq!(results(&answer), ["confirmed", "already_booked", "insufficient_credits", "insufficient_credits"]);
    hub.fund(&school, "10").await;
    let answer = lead.book_group(&event, &[&b, &c], json!({ "mode": "best_effort" })).await.ok();
    assert_eq!((results(&answer), &answer["booked"]), (vec!["confirmed", "waitlisted"], &json!(2)));
    assert_eq!(answer["results"][1]["booking"]["waiting_position"], 1);
    let missing = lead.book_group(&nobody(), &[&c], json!({ "mode": "best_effort" })).await;
    missing.invalid(&[("/event_id", "unknown")]);
    hub.verified().await;
}

async fn a_group_is_for_leads_and_has_at_most_fifty(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "600").await;
    let event = hub.event(EventPlan::of(60, "10")).await;
    teacher.book_group(&event, &[&teacher], json!({})).await.refused(403, "forbidden");
    hub.viewer().await.book_group(&event, &[&teacher], json!({})).await.refused(403, "forbidden");
    lead.book_group(&event, &[], json!({})).await.invalid(&[("/delegates", "invalid")]);
    let many: Vec<Client> = futures_util::future::join_all((0..51).map(|_| hub.teacher(&school))).await;
    let many: Vec<&Client> = many.iter().collect();
    lead.book_group(&event, &many, json!({})).await.invalid(&[("/delegates", "invalid")]);
    lead.book_group(&event, &many[..50], json!({ "colour": "red" })).await.invalid(&[("/colour", "unknown_field")]);
    lead.post("/v1/bookings/groups", json!({ "event_id": event, "delegates": [teacher.id()] }))
        .no_key()
        .await
        .refused(400, "idempotency_key_required");
    let answer = lead.book_group(&event, &many[..50], json!({})).await.ok();
    assert_eq!((&answer["booked"], hub.balance(&school).await.as_str()), (&json!(50), "100.00"));
    hub.verified().await;
}

async fn a_group_with_a_key_is_booked_once(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(EventPlan::default()).await;
    let ask = || {
        lead.post("/v1/bookings/groups", json!({ "event_id": event, "delegates": [teacher.id(), lead.id()] }))
            .key("once")
    };
    let (first, second) = (ask().await, ask().await);
    assert_eq!((first.ok(), second.header("idempotency-replayed")), (second.ok(), Some("true")));
    assert_eq!(hub.balance(&school).await, "80.00");
}

async fn the_line_comes_before_a_group(hub: TestHub) {
    let (_, first, a) = hub.funded_school("First", "10").await;
    let (poor, second, b) = hub.funded_school("Second", "0").await;
    let (third, lead, c) = hub.funded_school("Third", "100").await;
    let event = hub.event(EventPlan::of(1, "10")).await;
    let held = first.book_for(&event, &a).await.created();
    let waiting = second.book_for(&event, &b).await.created();
    a.act(&held, "cancel").await.ok();
    assert_eq!(b.booking(&waiting).await["state"], "waitlisted");
    // The line moves as soon as its school can pay.
    hub.fund(&poor, "10").await;
    assert_eq!(b.booking(&waiting).await["state"], "confirmed");
    lead.book_group(&event, &[&c], json!({})).await.refused(409, "event_full");
    assert!(c.all("/v1/me/bookings").await.is_empty(), "a refused group changes nothing");
    let answer = lead.book_group(&event, &[&c], json!({ "mode": "best_effort" })).await.ok();
    assert_eq!(
        (results(&answer), b.booking(&waiting).await["state"].as_str()),
        (vec!["waitlisted"], Some("confirmed"))
    );
    assert_eq!(hub.balance(&third).await, "100.00");
    hub.verified().await;
}

async fn a_school_has_no_more_than_its_limit(hub: TestHub) {
    let (school, lead, a) = hub.funded_school("Lampton Academy", "100").await;
    let (b, c) = (hub.teacher(&school).await, hub.teacher(&school).await);
    let (_, other, d) = hub.funded_school("Heston Community School", "100").await;
    let admission = Admission { max_per_school: Some(2), ..Admission::default() };
    let event = hub.event(EventPlan { capacity: 2, admission, ..EventPlan::default() }).await;
    lead.book_group(&event, &[&a, &b, &c], json!({})).await.refused(409, "school_limit");
    let one = lead.book_for(&event, &a).await.created();
    other.book_for(&event, &d).await.created();
    lead.book_for(&event, &b).await.created();
    let problem = c.book(&event).await.refused(409, "school_limit");
    assert!(problem["detail"].as_str().unwrap().contains('2'), "those who wait count: {problem}");
    a.act(&one, "cancel").await.ok();
    assert_eq!(c.book(&event).await.created()["state"], "waitlisted");
    hub.verified().await;
}

async fn full_members_book_earlier_and_participants_pay_their_own_price(hub: TestHub) {
    let (_, full, a) = hub.funded_school("Full", "100").await;
    let (school, late, b) = hub.funded_school("Participant", "100").await;
    participates(&hub, &school).await;
    let now = hub.world.clock.now();
    let admission = Admission {
        opens_at_full: Some(now + TimeDelta::days(1)),
        participant_price: Some(Credits::parse("25").unwrap()),
        ..Admission::default()
    };
    let event =
        hub.event(EventPlan { opens_at: Some(now + TimeDelta::days(8)), admission, ..EventPlan::default() }).await;
    full.book_for(&event, &a).await.refused(409, "event_not_open");
    hub.world.pass(TimeDelta::days(1));
    assert_eq!(full.book_for(&event, &a).await.created()["price"], "10.00");
    late.book_for(&event, &b).await.refused(409, "event_not_open");
    hub.manager().book_for(&event, &b).await.refused(409, "event_not_open");
    hub.world.pass(TimeDelta::days(7));
    assert_eq!(late.book_for(&event, &b).await.created()["price"], "25.00");
    assert_eq!(hub.balance(&school).await, "75.00");
    hub.verified().await;
}

async fn an_event_is_for_its_audience(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let primary = Admission { phases: vec![Phase::Primary], ..Admission::default() };
    let event = hub.event(EventPlan { admission: primary, ..EventPlan::default() }).await;
    teacher.book(&event).await.refused(409, "not_in_audience");
    let unnamed = json!({ "unnamed": { "places": 1, "names_by": "2026-11-01" } });
    lead.book_group(&event, &[], unnamed).await.refused(409, "not_in_audience");
    let leads = Admission { phases: vec![Phase::Secondary], roles: vec![Role::SchoolLead], ..Admission::default() };
    let event = hub.event(EventPlan { admission: leads, ..EventPlan::default() }).await;
    teacher.book(&event).await.refused(409, "not_in_audience");
    lead.book(&event).await.created();
}

async fn nobody_is_in_two_places_at_once(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let course = meeting(&hub, &["2026-11-10T09:00", "2026-11-20T09:00"]).await;
    let between = meeting(&hub, &["2026-11-15T09:00"]).await;
    let after = meeting(&hub, &["2026-11-20T10:00"]).await;
    let clashing = meeting(&hub, &["2026-11-12T09:00", "2026-11-20T09:30"]).await;
    let booked = lead.book_for(&course, &teacher).await.created();
    lead.book_for(&between, &teacher).await.created();
    lead.book_for(&after, &teacher).await.created();
    let problem = teacher.book(&clashing).await.refused(409, "clash");
    assert!(
        problem["detail"].as_str().unwrap().contains(booked["id"].as_str().unwrap())
            || problem["detail"].as_str().unwrap().contains('-'),
        "{problem}"
    );
    let group = lead.book_group(&clashing, &[&lead, &teacher], json!({})).await.refused(409, "clash");
    assert_eq!(group["errors"][0]["pointer"], "/delegates/1");
    lead.book(&clashing).await.created();
    let both = teacher.post("/v1/bookings", json!({ "event_id": clashing, "allow_clash": true })).await.created();
    teacher.act(&both, "cancel").await.ok();
    teacher.book(&clashing).await.refused(409, "clash");
    teacher.act(&booked, "cancel").await.ok();
    teacher.book(&clashing).await.refused(409, "clash");
    let mine = teacher.all("/v1/me/bookings?state=confirmed").await;
    let last = mine.iter().find(|booking| booking["event_id"] == after.as_str()).unwrap();
    teacher.act(last, "cancel").await.ok();
    teacher.book(&clashing).await.created();
    assert_eq!(hub.balance(&school).await, "85.00");
    hub.verified().await;
}
