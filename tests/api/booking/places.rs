//! Places without a name, substitution, another run, the waiting list and its offers.

use hub_credits::programme::programmes::admission::Admission;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, Reply, School, TestHub, new_session, nobody};

/// Above 28 days all, 28 to 15 half, 14 to 8 a quarter, 7 or fewer nothing.
fn tiers() -> Value {
    json!({ "basis": "calendar_days", "tiers": [
        { "days_before": 29, "refund_percent": 100 }, { "days_before": 15, "refund_percent": 50 }, { "days_before": 8, "refund_percent": 25 },
    ] })
}

/// A run of the programme on this day at nine, with these fields.
async fn run_on(hub: &TestHub, programme: &str, day: &str, price: &str, capacity: u32) -> String {
    let session = new_session(&format!("{day}T09:00"));
    hub.published_event(
        programme,
        json!({ "price": price, "capacity": capacity, "policy": tiers(), "sessions": [session] }),
    )
    .await
}

async fn to(who: &Client, booking: &Value, what: &str, body: Value) -> Reply {
    who.post(&format!("/v1/bookings/{}/{what}", booking["id"].as_str().unwrap()), body).await
}

async fn pass_to(who: &Client, booking: &Value, what: &str, delegate: &Client) -> Reply {
    to(who, booking, what, json!({ "person_id": delegate.id() })).await
}

async fn told(who: &Client) -> Vec<String> {
    who.all("/v1/me/notices").await.iter().map(|notice| notice["kind"].as_str().unwrap().to_owned()).collect()
}

/// Three places without a name, to be named by 1 November, on an event on 30 November at 60.
async fn team(hub: &TestHub) -> (School, Client, String, Vec<Value>) {
    let (school, lead, _) = hub.funded_school("Lampton Academy", "1000").await;
    let programme = hub.programme(json!({})).await;
    let event = run_on(hub, &programme, "2026-11-20", "60", 3).await;
    let group = json!({ "unnamed": { "places": 3, "names_by": "2026-11-01" } });
    let answer = lead.book_group(&event, &[], group).await.ok();
    let places = answer["results"].as_array().unwrap().iter().map(|result| result["booking"].clone()).collect();
    (school, lead, event, places)
}

both_engines!(
    a_team_is_named_in_time_or_released,
    names_are_due_on_a_day_that_can_be,
    another_person_of_the_school_takes_the_place,
    a_booking_moves_to_another_run_whole_or_not_at_all,
    what_was_approved_stays_so_whoever_moves_it,
    another_run_is_no_way_around_the_policy,
    the_waiting_list_is_kept_in_order,
    a_place_is_offered_and_taken_or_goes_to_the_next,
    an_offer_goes_around_neither_approval_nor_credits
);

/// Three unnamed places, two named in time, one released.
async fn a_team_is_named_in_time_or_released(hub: TestHub) {
    let (school, lead, event, places) = team(&hub).await;
    assert_eq!(
        (&places[0]["person_id"], &places[0]["state"], &places[0]["names_by"]),
        (&Value::Null, &json!("confirmed"), &json!("2026-11-01"))
    );
    assert_eq!((hub.places(&event).await, hub.balance(&school).await.as_str()), ((3, 0), "820.00"));
    let (a, b, c) = (hub.teacher(&school).await, hub.teacher(&school).await, hub.teacher(&school).await);
    let (_, other_lead, stranger) = hub.funded_school("Heston Community School", "60").await;
    let waiting = other_lead.book_for(&event, &stranger).await.created();

    pass_to(&a, &places[0], "name", &a).await.refused(403, "forbidden");
    pass_to(&other_lead, &places[0], "name", &stranger).await.refused(404, "not_found");
    pass_to(&lead, &places[0], "name", &stranger).await.invalid(&[("/person_id", "unknown")]);
    pass_to(&lead, &places[0], "substitute", &a).await.refused(409, "invalid_transition");
    let named = pass_to(&lead, &places[0], "name", &a).await.ok();
    assert_eq!(named["person_id"], a.id());
    assert!(told(&a).await.contains(&"named".to_owned()));
    pass_to(&lead, &places[0], "name", &b).await.refused(409, "invalid_transition");
    pass_to(&lead, &places[1], "name", &a).await.refused(409, "already_booked");
    a.book(&event).await.refused(409, "already_booked");
    pass_to(&hub.manager(), &places[1], "name", &b).await.ok();
    hub.verified().await;

    hub.world.at("2026-11-01T23:59:59Z");
    hub.world.round().await;
    assert_eq!(lead.booking(&places[2]).await["state"], "confirmed", "the day is not over");
    // Nineteen days before a quarter of nothing is lost yet: half comes back. A late round changes nothing in that.
    hub.world.at("2026-11-02T00:00:00Z");
    pass_to(&lead, &places[2], "name", &c).await.refused(409, "invalid_transition");
    hub.world.at("2026-11-09T09:00:00Z");
    hub.world.round().await;
    let released = lead.booking(&places[2]).await;
    assert_eq!(
        (&released["state"], &released["held"], &released["ended_by"]),
        (&json!("cancelled"), &json!("30.00"), &Value::Null)
    );
    assert_eq!(hub.balance(&school).await, "850.00");
    assert!(told(&lead).await.contains(&"released".to_owned()));
    assert_eq!(
        (stranger.booking(&waiting).await["state"].as_str(), hub.places(&event).await),
        (Some("confirmed"), (3, 0))
    );
    assert_eq!(lead.booking(&places[0]).await["state"], "confirmed");
    hub.verified().await;
}

async fn names_are_due_on_a_day_that_can_be(hub: TestHub) {
    let (school, lead, _) = hub.funded_school("Lampton Academy", "1000").await;
    let programme = hub.programme(json!({})).await;
    let event = run_on(&hub, &programme, "2026-11-20", "60", 3).await;
    let ask = async |who: &Client, over: Value| who.book_group(&event, &[], over).await;
    for day in ["2026-10-04", "2026-11-21"] {
        ask(&lead, json!({ "unnamed": { "places": 1, "names_by": day } }))
            .await
            .invalid(&[("/unnamed/names_by", "invalid")]);
    }
    ask(&lead, json!({ "unnamed": { "places": 0, "names_by": "2026-11-01" } }))
        .await
        .invalid(&[("/delegates", "invalid")]);
    let unnamed = json!({ "places": 2, "names_by": "2026-11-01" });
    ask(&lead, json!({ "unnamed": unnamed, "school_id": nobody() })).await.invalid(&[("/school_id", "unknown")]);
    ask(&hub.manager(), json!({ "unnamed": unnamed })).await.invalid(&[("/school_id", "unknown")]);
    ask(&hub.manager(), json!({ "unnamed": unnamed, "school_id": nobody() }))
        .await
        .invalid(&[("/school_id", "unknown")]);
    let answer = ask(&hub.manager(), json!({ "unnamed": unnamed, "school_id": school.id })).await.ok();
    assert_eq!(answer["booked"], 2);
    let place = &answer["results"][0]["booking"];
    assert_eq!(
        lead.act(place, "cancel").await.ok()["refund"],
        "60.00",
        "a place without a name is given up like others"
    );
    assert_eq!(lead.all("/v1/bookings").await.len(), 2);
    hub.verified().await;
}

async fn another_person_of_the_school_takes_the_place(hub: TestHub) {
    let (school, lead, a) = hub.funded_school("Lampton Academy", "100").await;
    let (_, other_lead, stranger) = hub.funded_school("Heston Community School", "100").await;
    let b = hub.teacher(&school).await;
    let programme = hub.programme(json!({})).await;
    let event = run_on(&hub, &programme, "2026-11-20", "60", 1).await;
    let booking = lead.book_for(&event, &a).await.created();
    let waiting = other_lead.book_for(&event, &stranger).await.created();
    hub.world.at("2026-11-19T09:00:00Z");
    pass_to(&a, &booking, "substitute", &b).await.refused(403, "forbidden");
    pass_to(&other_lead, &booking, "substitute", &stranger).await.refused(404, "not_found");
    pass_to(&hub.manager(), &booking, "substitute", &stranger).await.invalid(&[("/person_id", "unknown")]);
    pass_to(&lead, &booking, "substitute", &a).await.refused(409, "already_booked");
    pass_to(&other_lead, &waiting, "substitute", &other_lead).await.refused(409, "invalid_transition");
    let elsewhere = run_on(&hub, &programme, "2026-11-20", "5", 9).await;
    let clashing = lead.book_for(&elsewhere, &b).await.created();
    pass_to(&lead, &booking, "substitute", &b).await.refused(409, "clash");
    lead.act(&clashing, "cancel").await.ok();

    let before = hub.verified().await["transactions"].clone();
    let taken = pass_to(&lead, &booking, "substitute", &b).await.ok();
    assert_eq!(
        (&taken["person_id"], &taken["held"], &taken["state"]),
        (&json!(b.id()), &json!("60.00"), &json!("confirmed"))
    );
    assert_eq!(hub.verified().await["transactions"], before, "it is free");
    assert!(told(&a).await.contains(&"substituted".to_owned()) && told(&b).await.contains(&"substituted".to_owned()));
    a.get(&format!("/v1/bookings/{}", booking["id"].as_str().unwrap())).await.refused(404, "not_found");
    assert_eq!(lead.book_for(&event, &a).await.created()["state"], "waitlisted", "who gave it up may ask again");
    hub.world.at("2026-11-20T09:00:00Z");
    pass_to(&lead, &booking, "substitute", &lead).await.refused(409, "event_started");
    lead.act(&booking, "cancel").await.ok();
    pass_to(&lead, &booking, "substitute", &lead).await.refused(409, "invalid_transition");
    hub.verified().await;
}

async fn a_booking_moves_to_another_run_whole_or_not_at_all(hub: TestHub) {
    let (school, lead, a) = hub.funded_school("Lampton Academy", "70").await;
    let (_, other_lead, b) = hub.funded_school("Heston Community School", "100").await;
    let programme = hub.programme(json!({})).await;
    let autumn = run_on(&hub, &programme, "2026-11-20", "60", 1).await;
    let spring = run_on(&hub, &programme, "2027-02-20", "65", 2).await;
    let dear = run_on(&hub, &programme, "2027-03-20", "131", 2).await;
    let other = hub.programme(json!({})).await;
    let other = run_on(&hub, &other, "2027-02-20", "65", 2).await;
    let booking = lead.book_for(&autumn, &a).await.created();
    let waiting = other_lead.book_for(&autumn, &b).await.created();
    let before = hub.verified().await["transactions"].clone();
    let go = async |who: &Client, event: &str| to(who, &booking, "transfer", json!({ "event_id": event })).await;
    go(&a, &spring).await.refused(403, "forbidden");
    go(&other_lead, &spring).await.refused(404, "not_found");
    go(&lead, &nobody()).await.invalid(&[("/event_id", "unknown")]);
    for event in [&other, &autumn] {
        go(&lead, event).await.invalid(&[("/event_id", "invalid")]);
    }
    let unpaid = go(&lead, &dear).await.refused(409, "insufficient_credits");
    assert!(unpaid["detail"].as_str().unwrap().contains("61.00"), "{unpaid}");
    to(&other_lead, &waiting, "transfer", json!({ "event_id": spring })).await.refused(409, "invalid_transition");
    assert_eq!(
        (hub.verified().await["transactions"].clone(), hub.places(&autumn).await),
        (before, (1, 1)),
        "nothing moved"
    );

    let moved = go(&lead, &spring).await.created();
    assert_eq!(
        (&moved["state"], &moved["event_id"], &moved["held"], &moved["person_id"]),
        (&json!("confirmed"), &json!(spring), &json!("65.00"), &json!(a.id()))
    );
    let left = a.booking(&booking).await;
    assert_eq!((&left["state"], &left["held"], &left["moved_to"]), (&json!("cancelled"), &json!("0.00"), &moved["id"]));
    assert_eq!(
        (hub.balance(&school).await.as_str(), b.booking(&waiting).await["state"].as_str()),
        ("5.00", Some("confirmed"))
    );
    assert!(told(&a).await.contains(&"moved".to_owned()));
    go(&lead, &spring).await.refused(409, "invalid_transition");
    let own = hub.manager().book_for(&spring, &lead).await;
    own.refused(409, "insufficient_credits");
    let again = to(&lead, &moved, "transfer", json!({ "event_id": autumn })).await;
    again.refused(409, "event_full");
    hub.verified().await;
}

async fn what_was_approved_stays_so_whoever_moves_it(hub: TestHub) {
    let (_, lead, a) = hub.funded_school("Lampton Academy", "100").await;
    let programme = hub.programme(json!({})).await;
    let (autumn, spring) =
        (run_on(&hub, &programme, "2026-11-20", "10", 1).await, run_on(&hub, &programme, "2027-02-20", "10", 2).await);
    let own = hub.manager().book_for(&autumn, &lead).await.created();
    let moved = to(&lead, &own, "transfer", json!({ "event_id": spring })).await.created();
    assert_eq!(
        (&moved["state"], &moved["approved_by"], &moved["approve_by"]),
        (&json!("confirmed"), &json!(hub.manager().id()), &Value::Null)
    );
    let asked = a.book(&autumn).await.created();
    to(&lead, &asked, "transfer", json!({ "event_id": spring })).await.refused(409, "invalid_transition");
    hub.verified().await;
}

/// Ten days before, a quarter of 60 would come back: no more does by way of a cheaper or a later run.
async fn another_run_is_no_way_around_the_policy(hub: TestHub) {
    let (school, lead, a) = hub.funded_school("Lampton Academy", "120").await;
    let programme = hub.programme(json!({})).await;
    let autumn = run_on(&hub, &programme, "2026-11-20", "60", 5).await;
    let same = run_on(&hub, &programme, "2027-02-20", "60", 5).await;
    let cheap = run_on(&hub, &programme, "2027-03-20", "10", 5).await;
    let b = hub.teacher(&school).await;
    let (one, two) = (lead.book_for(&autumn, &a).await.created(), lead.book_for(&autumn, &b).await.created());
    hub.world.at("2026-11-10T09:00:00Z");
    let moved = to(&lead, &one, "transfer", json!({ "event_id": same })).await.created();
    assert_eq!((hub.balance(&school).await.as_str(), &moved["held"]), ("0.00", &json!("60.00")));
    assert_eq!(lead.act(&moved, "cancel").await.ok()["refund"], "15.00", "as if it had been cancelled then");
    let moved = to(&lead, &two, "transfer", json!({ "event_id": cheap })).await.created();
    assert_eq!((&moved["held"], &lead.booking(&two).await["held"]), (&json!("10.00"), &json!("35.00")));
    assert_eq!(hub.balance(&school).await, "30.00");
    assert_eq!(lead.act(&moved, "cancel").await.ok()["refund"], "0.00");
    hub.verified().await;
}

/// Capacity 2; four schools; the third cannot pay; a cancellation promotes the fourth and tells the third; capacity
/// raised to 3 promotes the third once it can pay.
async fn the_waiting_list_is_kept_in_order(hub: TestHub) {
    let event = hub.event(EventPlan::of(2, "30")).await;
    let (_, first, a) = hub.funded_school("First", "30").await;
    let (_, second, b) = hub.funded_school("Second", "30").await;
    let (poor, third, c) = hub.funded_school("Third", "0").await;
    let (_, fourth, d) = hub.funded_school("Fourth", "30").await;
    let one = first.book_for(&event, &a).await.created();
    second.book_for(&event, &b).await.created();
    let three = third.book_for(&event, &c).await.created();
    let four = fourth.book_for(&event, &d).await.created();
    assert_eq!((&three["waiting_position"], &four["waiting_position"]), (&json!(1), &json!(2)));
    assert_eq!(third.all(&format!("/v1/events/{event}/waiting-list")).await[0]["waiting_position"], 1);
    assert_eq!(d.booking(&four).await["waiting_position"], 2, "the person sees it too");

    a.act(&one, "cancel").await.ok();
    assert_eq!(d.booking(&four).await["state"], "confirmed");
    assert_eq!(c.booking(&three).await["waiting_position"], 1);
    let (third_told, fourth_told) = (told(&c).await, told(&d).await);
    assert_eq!((third_told[0].as_str(), fourth_told[0].as_str()), ("passed_over", "promoted"));
    assert_eq!(a.booking(&one).await["state"], "cancelled", "who cancelled is not asked again");

    let raise = async |capacity: u32| {
        let path = format!("/v1/events/{event}");
        let etag = hub.manager().get(&path).await.etag();
        hub.manager().patch(&path, &etag, json!({ "capacity": capacity })).await.ok();
    };
    raise(3).await;
    assert_eq!(c.booking(&three).await["state"], "waitlisted");
    hub.world.round().await;
    assert_eq!(c.booking(&three).await["state"], "waitlisted");
    hub.fund(&poor, "30").await;
    hub.world.round().await;
    assert_eq!((c.booking(&three).await["state"].as_str(), hub.places(&event).await), (Some("confirmed"), (3, 0)));
    assert_eq!(told(&c).await.first().map(String::as_str), Some("promoted"));
    hub.verified().await;
}

async fn a_place_is_offered_and_taken_or_goes_to_the_next(hub: TestHub) {
    let admission = Admission { offer_hours: Some(48), ..Admission::default() };
    let event = hub.event(EventPlan { capacity: 1, price: "30", admission, ..EventPlan::default() }).await;
    let (_, first, a) = hub.funded_school("First", "30").await;
    let (poor, _, b) = hub.funded_school("Second", "30").await;
    let (_, third, c) = hub.funded_school("Third", "30").await;
    let (_, fourth, d) = hub.funded_school("Fourth", "30").await;
    let held = first.book_for(&event, &a).await.created();
    let two = b.book(&event).await.created();
    let three = third.book_for(&event, &c).await.created();
    let four = fourth.book_for(&event, &d).await.created();
    let answer = async |who: &Client, booking: &Value, what: &str| {
        who.post(&format!("/v1/bookings/{}/offer/{what}", booking["id"].as_str().unwrap()), None).await
    };
    answer(&b, &two, "accept").await.refused(409, "invalid_transition");
    a.act(&held, "cancel").await.ok();
    let offered = b.booking(&two).await;
    assert_eq!(
        (&offered["state"], &offered["offered_until"], &offered["held"]),
        (&json!("waitlisted"), &json!("2026-10-07T09:00:00Z"), &json!("0.00"))
    );
    assert_eq!((&offered["waiting_position"], hub.balance(&poor).await.as_str()), (&json!(1), "30.00"));
    let notices = b.all("/v1/me/notices").await;
    assert_eq!((&notices[0]["kind"], &notices[0]["due_at"]), (&json!("offered"), &offered["offered_until"]));
    let entry = hub.manager().get(&format!("/v1/events/{event}")).await.ok();
    assert_eq!((&entry["places_left"], &entry["waiting"]), (&json!(0), &json!(3)), "the place is held for them");
    hub.verified().await;

    answer(&c, &two, "accept").await.refused(404, "not_found");
    answer(&c, &three, "decline").await.refused(409, "invalid_transition");
    let declined = answer(&b, &two, "decline").await.ok();
    assert_eq!((&declined["state"], &declined["offered_until"]), (&json!("cancelled"), &Value::Null));
    assert_eq!(c.booking(&three).await["offered_until"], "2026-10-07T09:00:00Z", "the next is offered it");

    hub.world.at("2026-10-07T09:00:00Z");
    answer(&c, &three, "accept").await.refused(409, "invalid_transition");
    hub.world.round().await;
    assert_eq!(
        (c.booking(&three).await["state"].as_str(), told(&c).await[0].as_str()),
        (Some("expired"), "offer_lapsed")
    );
    let offered = d.booking(&four).await;
    assert_eq!(offered["offered_until"], "2026-10-09T09:00:00Z");
    hub.verified().await;
    let accepted = answer(&fourth, &four, "accept").await.ok();
    assert_eq!(
        (&accepted["state"], &accepted["held"], &accepted["offered_until"]),
        (&json!("confirmed"), &json!("30.00"), &Value::Null)
    );
    assert_eq!(hub.places(&event).await, (1, 0));
    hub.world.at("2026-10-10T09:00:00Z");
    hub.world.round().await;
    assert_eq!(d.booking(&four).await["state"], "confirmed");
    hub.verified().await;
}

async fn an_offer_goes_around_neither_approval_nor_credits(hub: TestHub) {
    let admission = Admission { offer_hours: Some(48), ..Admission::default() };
    let event = hub.event(EventPlan { capacity: 1, price: "30", admission, ..EventPlan::default() }).await;
    let elsewhere = hub.event(EventPlan { starts_in: chrono::TimeDelta::weeks(9), ..EventPlan::of(5, "30") }).await;
    let (_, first, a) = hub.funded_school("First", "30").await;
    let (broke, _, z) = hub.funded_school("Broke", "0").await;
    let (school, lead, b) = hub.funded_school("Second", "30").await;
    let held = first.book_for(&event, &a).await.created();
    let unable = z.book(&event).await.created();
    let asked = b.book(&event).await.created();
    first.act(&held, "cancel").await.ok();
    assert_eq!(
        (&z.booking(&unable).await["offered_until"], told(&z).await.len()),
        (&Value::Null, 1),
        "who can't pay is passed over"
    );
    assert_ne!(b.booking(&asked).await["offered_until"], Value::Null);
    let spent = lead.book(&elsewhere).await.created();
    let accept = async || b.post(&format!("/v1/bookings/{}/offer/accept", asked["id"].as_str().unwrap()), None).await;
    accept().await.refused(409, "insufficient_credits");
    lead.act(&spent, "cancel").await.ok();
    let accepted = accept().await.ok();
    assert_eq!((&accepted["state"], &accepted["approved_at"]), (&json!("requested"), &Value::Null));
    assert_ne!(accepted["approve_by"], Value::Null);
    hub.fund(&broke, "30").await;
    lead.act(&asked, "decline").await.ok();
    assert_ne!(z.booking(&unable).await["offered_until"], Value::Null, "a declined place is offered to the line");
    assert_eq!(hub.balance(&school).await, "30.00");
    z.act(&unable, "cancel").await.ok();
    assert_eq!(hub.places(&event).await, (0, 0));
    hub.verified().await;
}
