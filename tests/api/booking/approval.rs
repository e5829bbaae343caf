//! Approval: by when, by whom, up to what by itself, and what waits for a decision.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, Reply, School, TestHub, nobody};

impl Client {
    /// Books a place for themselves, wherever they are then.
    async fn ask(&self, event: &str) -> Reply {
        self.post("/v1/bookings", json!({ "event_id": event, "allow_clash": true })).await
    }

    async fn name_deputy(&self, school: &School, deputy: Value) -> Reply {
        self.post(&format!("/v1/schools/{}/deputies", school.id), deputy).await
    }

    pub(crate) async fn set_approval(&self, school: &School, change: Value) -> Reply {
        let path = format!("/v1/schools/{}/approval", school.id);
        let etag = self.get(&path).await.etag();
        self.patch(&path, &etag, change).await
    }
}

both_engines!(
    a_request_that_nobody_decides_on_expires_and_the_line_moves_up,
    the_place_in_the_line_survives_the_time_of_approval,
    the_hub_sets_how_long_a_school_has,
    a_round_does_all_that_is_due_in_every_hub,
    deputies_decide_from_a_day_to_a_day,
    nobody_approves_their_own_request_unless_the_school_lets_them,
    requests_within_the_yearly_limit_are_approved_by_themselves,
    the_queue_says_what_each_decision_would_leave
);

/// Asked for on Monday 5 October: five working days later is Monday the 12th, to its end in London.
async fn a_request_that_nobody_decides_on_expires_and_the_line_moves_up(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (_, second, b) = hub.funded_school("Heston Community School", "100").await;
    let event = hub.event(EventPlan::of(1, "30")).await;
    let asked = teacher.book(&event).await.created();
    assert_eq!(asked["approve_by"], "2026-10-12T23:00:00Z");
    let waiting = second.book_for(&event, &b).await.created();
    assert_eq!((&waiting["state"], &waiting["approve_by"]), (&json!("waitlisted"), &Value::Null));

    hub.world.at("2026-10-12T22:59:59Z");
    hub.world.round().await;
    assert_eq!(teacher.booking(&asked).await["state"], "requested");
    hub.world.at("2026-10-12T23:00:00Z");
    // It counts as expired before any round has been there.
    for what in ["approve", "decline", "cancel"] {
        let problem = lead.act(&asked, what).await.refused(409, "invalid_transition");
        assert!(problem["detail"].as_str().unwrap().contains("expired"), "{problem}");
    }
    let quote = format!("/v1/bookings/{}/cancellation-quote", asked["id"].as_str().unwrap());
    teacher.get(&quote).await.refused(409, "invalid_transition");
    hub.world.round().await;
    let expired = teacher.booking(&asked).await;
    assert_eq!(
        (&expired["state"], &expired["held"], &expired["ended_by"]),
        (&json!("expired"), &json!("0.00"), &Value::Null)
    );
    assert_eq!(hub.balance(&school).await, "100.00");
    assert_eq!(b.booking(&waiting).await["state"], "confirmed");
    let told = teacher.all("/v1/me/notices").await;
    assert!(told.iter().any(|notice| notice["kind"] == "expired"), "{told:?}");
    assert_eq!(teacher.book(&event).await.created()["state"], "waitlisted", "they may ask again");
    hub.world.round().await;
    hub.verified().await;
}

/// Who waits in the line loses no time: the deadline begins with the place.
async fn the_place_in_the_line_survives_the_time_of_approval(hub: TestHub) {
    let (_, first, a) = hub.funded_school("First", "100").await;
    let (_, second, b) = hub.funded_school("Second", "100").await;
    let (_, third, c) = hub.funded_school("Third", "100").await;
    let event = hub.event(EventPlan::of(1, "30")).await;
    let held = first.book_for(&event, &a).await.created();
    let asked = b.book(&event).await.created();
    let approved = third.book_for(&event, &c).await.created();
    hub.world.at("2026-10-30T09:00:00Z");
    hub.world.round().await;
    assert_eq!(b.booking(&asked).await["waiting_position"], 1);
    first.act(&held, "cancel").await.ok();
    let promoted = b.booking(&asked).await;
    assert_eq!((&promoted["state"], &promoted["approve_by"]), (&json!("requested"), &json!("2026-11-07T00:00:00Z")));
    second.act(&asked, "approve").await.ok();
    let confirmed = b.booking(&asked).await;
    assert_eq!((&confirmed["state"], &confirmed["approve_by"]), (&json!("confirmed"), &Value::Null));
    hub.world.at("2026-11-07T00:00:00Z");
    hub.world.round().await;
    assert_eq!(
        (&b.booking(&asked).await["state"], &c.booking(&approved).await["state"]),
        (&json!("confirmed"), &json!("waitlisted"))
    );
    hub.verified().await;
}

async fn the_hub_sets_how_long_a_school_has(hub: TestHub) {
    let (_, _, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let manager = hub.manager();
    let settings = manager.get("/v1/hub").await;
    assert_eq!(settings.ok()["approval_days"], 5);
    manager
        .patch("/v1/hub", &settings.etag(), json!({ "approval_days": 0 }))
        .await
        .invalid(&[("/approval_days", "invalid")]);
    assert_eq!(
        manager.patch("/v1/hub", &settings.etag(), json!({ "approval_days": 2 })).await.ok()["approval_days"],
        2
    );
    // Thursday 24 December: Christmas Day, its weekend and the Monday are passed over.
    hub.world.at("2026-12-24T09:00:00Z");
    let event = hub.event(EventPlan::default()).await;
    assert_eq!(teacher.book(&event).await.created()["approve_by"], "2026-12-31T00:00:00Z");
    let soon = hub.event(EventPlan { starts_in: chrono::TimeDelta::hours(3), ..EventPlan::default() }).await;
    let request = teacher.book(&soon).await.created();
    assert_eq!(request["approve_by"], request["starts_at"], "no later than the event begins");
}

async fn a_round_does_all_that_is_due_in_every_hub(hub: TestHub) {
    let (school, lead, _) = hub.funded_school("Lampton Academy", "1000").await;
    let other = hub.world.hub("Another hub").await;
    let (elsewhere, _, stranger) = other.funded_school("Elsewhere", "10").await;
    let event = hub.event(EventPlan { capacity: 250, price: "1", ..EventPlan::default() }).await;
    for _ in 0..205 {
        hub.teacher(&school).await.book(&event).await.created();
    }
    stranger.book(&other.event(EventPlan::default()).await).await.created();
    assert_eq!((hub.balance(&school).await.as_str(), other.balance(&elsewhere).await.as_str()), ("795.00", "0.00"));
    hub.world.at("2026-10-13T09:00:00Z");
    hub.world.round().await;
    assert_eq!((hub.balance(&school).await.as_str(), other.balance(&elsewhere).await.as_str()), ("1000.00", "10.00"));
    assert_eq!(lead.all("/v1/bookings?state=expired&limit=200").await.len(), 205);
    hub.verified().await;
    other.verified().await;
}

async fn deputies_decide_from_a_day_to_a_day(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    lead.set_approval(&school, json!({ "own_approval": false })).await.ok();
    let (other_school, other_lead, stranger) = hub.funded_school("Heston Community School", "100").await;
    let deputy = hub.teacher(&school).await;
    let event = hub.event(EventPlan::default()).await;
    let asked = teacher.book(&event).await.created();
    deputy.act(&asked, "approve").await.refused(403, "forbidden");
    deputy.get("/v1/approvals").await.refused(403, "forbidden");

    let from_tomorrow = json!({ "person_id": deputy.id(), "starts_on": "2026-10-06", "ends_on": "2026-10-07" });
    lead.name_deputy(&school, json!({ "person_id": stranger.id(), "ends_on": "2026-10-07" }))
        .await
        .invalid(&[("/person_id", "unknown")]);
    lead.name_deputy(&school, json!({ "person_id": nobody(), "ends_on": "2026-10-07" }))
        .await
        .invalid(&[("/person_id", "unknown")]);
    lead.name_deputy(&school, json!({ "person_id": deputy.id(), "ends_on": "2026-10-04" }))
        .await
        .invalid(&[("/ends_on", "invalid")]);
    lead.name_deputy(&school, json!({ "person_id": deputy.id(), "starts_on": "2026-10-09", "ends_on": "2026-10-08" }))
        .await
        .invalid(&[("/ends_on", "invalid")]);
    for who in [&teacher, &deputy, &hub.viewer().await] {
        who.name_deputy(&school, from_tomorrow.clone()).await.refused(403, "forbidden");
    }
    other_lead.name_deputy(&school, from_tomorrow.clone()).await.refused(404, "not_found");
    let named = lead.name_deputy(&school, from_tomorrow).await.created();
    assert_eq!((&named["person_name"].is_string(), &named["named_by"]), (&true, &json!(lead.id())));
    deputy.act(&asked, "approve").await.refused(403, "forbidden");

    hub.world.at("2026-10-05T23:00:00Z");
    assert_eq!(deputy.all("/v1/approvals").await.len(), 1);
    let approved = deputy.act(&asked, "approve").await.ok();
    assert_eq!((&approved["state"], &approved["approved_by"]), (&json!("confirmed"), &json!(deputy.id())));
    let foreign = stranger.book(&event).await.created();
    deputy.act(&foreign, "approve").await.refused(404, "not_found");
    deputy.book_for(&event, &stranger).await.invalid(&[("/person_id", "unknown")]);
    deputy.book_for(&event, &teacher).await.refused(409, "already_booked");
    let own = deputy.book(&event).await.created();
    assert_eq!(own["state"], "requested");
    deputy.act(&own, "approve").await.refused(409, "own_request");
    lead.act(&own, "approve").await.ok();

    let third = hub.teacher(&school).await.book(&event).await.created();
    hub.world.at("2026-10-07T23:00:00Z");
    deputy.act(&third, "decline").await.refused(403, "forbidden");
    lead.name_deputy(&school, json!({ "person_id": deputy.id(), "ends_on": "2026-10-08" })).await.created();
    deputy.act(&third, "decline").await.ok();

    let list = format!("/v1/schools/{}/deputies", school.id);
    let all = lead.all(&list).await;
    assert_eq!((all.len(), hub.manager().all(&list).await.len()), (2, 2));
    other_lead.get(&list).await.refused(404, "not_found");
    assert!(lead.get(&list).as_csv().await.sheet().starts_with("id,school_id,school_name,person_id,person_name,"));
    let current = format!("{list}/{}", all[1]["id"].as_str().unwrap());
    other_lead
        .delete(&format!("/v1/schools/{}/deputies/{}", other_school.id, all[1]["id"].as_str().unwrap()))
        .await
        .refused(404, "not_found");
    lead.delete(&current).await.is(204);
    lead.delete(&current).await.refused(404, "not_found");
    deputy.get("/v1/approvals").await.refused(403, "forbidden");
    hub.verified().await;
}

async fn nobody_approves_their_own_request_unless_the_school_lets_them(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let new = json!({ "urn": "136341", "name": "Newcomer", "phase": "secondary" });
    let newcomer = hub.manager().add("/v1/schools", new).await;
    let rules = hub.manager().get(&format!("/v1/schools/{newcomer}/approval")).await.ok();
    let unsaid = json!({ "own_approval": false, "own_approval_asked_by": null, "second_person": false, "one_person_asked_by": null, "yearly_limit": null, "commission_limit": null });
    assert_eq!(rules, unsaid, "so it is where nobody says otherwise");
    lead.set_approval(&school, json!({ "own_approval": false, "second_person": true })).await.ok();
    let second = hub.lead(&school).await;
    let (event, another) = (hub.event(EventPlan::default()).await, hub.event(EventPlan::default()).await);
    let own = lead.ask(&event).await.created();
    assert_eq!((&own["state"], &own["approved_by"]), (&json!("requested"), &Value::Null));
    let problem = lead.act(&own, "approve").await.refused(409, "own_request");
    assert!(problem["detail"].as_str().unwrap().contains("somebody else"), "{problem}");
    assert_eq!(second.act(&own, "approve").await.ok()["approved_by"], second.id());
    let asked = second.ask(&event).await.created();
    assert_eq!(hub.manager().act(&asked, "approve").await.ok()["state"], "confirmed");

    let path = format!("/v1/schools/{}/approval", school.id);
    assert_eq!(lead.get(&path).await.ok(), crate::support::with(unsaid, json!({ "second_person": true })));
    teacher.get(&path).await.refused(403, "forbidden");
    teacher.patch(&path, "\"1\"", json!({ "own_approval": true })).await.refused(403, "forbidden");
    lead.patch(&path, "\"9\"", json!({ "own_approval": true })).await.refused(412, "stale");
    let waiting = lead.ask(&another).await.created();
    hub.manager().set_approval(&school, json!({ "second_person": false })).await.ok();
    assert_eq!(lead.act(&waiting, "approve").await.ok()["approved_by"], lead.id());
    let third = hub.event(EventPlan::default()).await;
    let at_once = lead.ask(&third).await.created();
    assert_eq!((&at_once["state"], &at_once["approved_by"]), (&json!("confirmed"), &json!(lead.id())));
    assert_eq!(teacher.ask(&third).await.created()["state"], "requested");
    hub.verified().await;
}

async fn requests_within_the_yearly_limit_are_approved_by_themselves(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "1000").await;
    let colleague = hub.teacher(&school).await;
    let plan = |price| EventPlan { price, ..EventPlan::default() };
    lead.set_approval(&school, json!({ "yearly_limit": "50.00" })).await.ok();
    lead.set_approval(&school, json!({ "yearly_limit": "-1" })).await.invalid(&[("/yearly_limit", "invalid")]);
    let first = teacher.ask(&hub.event(plan("30")).await).await.created();
    assert_eq!(
        (&first["state"], &first["approved_by"], &first["approved_at"].is_string()),
        (&json!("confirmed"), &Value::Null, &true)
    );
    assert_eq!(teacher.ask(&hub.event(plan("20.01")).await).await.created()["state"], "requested");
    let event = hub.event(plan("20")).await;
    assert_eq!(colleague.ask(&event).await.created()["state"], "confirmed", "the limit is each person's own");
    assert_eq!(teacher.ask(&event).await.created()["state"], "requested", "a request counts as well");

    // What came back may be booked again; what the event kept counts.
    teacher.act(&first, "cancel").await.ok();
    let again = teacher.ask(&hub.event(plan("9.99")).await).await.created();
    assert_eq!(again["state"], "confirmed");
    // A place in the line counts with its price, and is confirmed when a place is free.
    let full = hub.event(EventPlan { capacity: 1, price: "5", ..EventPlan::default() }).await;
    let taken = lead.book_for(&full, &hub.teacher(&school).await).await.created();
    let (third, fourth) = (hub.teacher(&school).await, hub.event(plan("45.01")).await);
    let waiting = third.ask(&full).await.created();
    assert_eq!((&waiting["state"], &waiting["approved_at"].is_string()), (&json!("waitlisted"), &true));
    assert_eq!(third.ask(&fourth).await.created()["state"], "requested");
    lead.act(&taken, "cancel").await.ok();
    assert_eq!(third.booking(&waiting).await["state"], "confirmed");
    // Another academic year is another limit.
    hub.year("2027/28").await;
    hub.fund_wallet(&school, "2027/28", hub_credits::ledger::WalletKind::Allocated, "100").await;
    let next_year =
        hub.event(EventPlan { price: "50", starts_in: chrono::TimeDelta::days(400), ..EventPlan::default() }).await;
    assert_eq!(teacher.ask(&next_year).await.created()["state"], "confirmed");
    lead.set_approval(&school, json!({ "yearly_limit": null })).await.ok();
    assert_eq!(colleague.ask(&hub.event(plan("0")).await).await.created()["state"], "requested");
    hub.verified().await;
}

async fn the_queue_says_what_each_decision_would_leave(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    lead.set_approval(&school, json!({ "second_person": true })).await.ok();
    let (_, other_lead, other) = hub.funded_school("Heston Community School", "100").await;
    let full = hub.event(EventPlan::of(1, "20")).await;
    let first = teacher.book(&full).await.created();
    let waiting = hub.teacher(&school).await.book(&full).await.created();
    hub.world.at("2026-10-06T09:00:00Z");
    let later = teacher.book(&hub.event(EventPlan::of(9, "30")).await).await.created();
    let own = lead.book(&hub.event(EventPlan::of(9, "5")).await).await.created();
    other.book(&hub.event(EventPlan::of(9, "5")).await).await.created();

    let queue = lead.all("/v1/approvals?limit=2").await;
    let ids: Vec<&Value> = queue.iter().map(|item| &item["id"]).collect();
    assert_eq!(
        ids,
        [&first["id"], &later["id"], &own["id"], &waiting["id"]],
        "the next to expire first, the line last"
    );
    let left =
        |n: usize| (&queue[n]["available"], &queue[n]["available_if_approved"], &queue[n]["available_if_declined"]);
    assert_eq!(left(0), (&json!("45.00"), &json!("45.00"), &json!("65.00")));
    assert_eq!(left(1), (&json!("45.00"), &json!("45.00"), &json!("75.00")));
    assert_eq!(left(3), (&json!("45.00"), &json!("45.00"), &json!("45.00")));
    assert_eq!((&queue[0]["approve_by"], &queue[3]["approve_by"]), (&json!("2026-10-12T23:00:00Z"), &Value::Null));
    assert_eq!((&queue[0]["own_request"], &queue[2]["own_request"]), (&json!(false), &json!(true)));
    assert!(["event_title", "person_name", "price"].iter().all(|field| queue[0][field].is_string()));

    lead.act(&first, "decline").await.ok();
    // The place went to the one who waited, for whom the time begins now.
    let queue = lead.all("/v1/approvals").await;
    assert_eq!((queue.len(), &queue[0]["available"]), (3, &json!("45.00")));
    assert!(
        queue
            .iter()
            .any(|item| item["id"] == waiting["id"] && item["state"] == "requested" && item["approve_by"].is_string())
    );
    lead.act(&later, "approve").await.ok();
    assert_eq!((lead.all("/v1/approvals").await.len(), other_lead.all("/v1/approvals").await.len()), (2, 1));
    assert_eq!(hub.manager().all("/v1/approvals").await.len(), 3);
    assert_eq!(hub.manager().all(&format!("/v1/approvals?school_id={}", school.id)).await.len(), 2);
    other_lead.get(&format!("/v1/approvals?school_id={}", school.id)).await.refused(404, "not_found");
    teacher.get("/v1/approvals").await.refused(403, "forbidden");
    assert!(lead.get("/v1/approvals").as_csv().await.sheet().starts_with("id,event_title,"));
    hub.verified().await;
}
