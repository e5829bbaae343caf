//! Bookings: a place and its credits together or neither, the line, cancellation, who may do what.

use chrono::TimeDelta;
use hub_credits::ledger::WalletKind;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{EventPlan, TestHub};

both_engines!(
    a_teacher_asks_and_their_lead_approves,
    a_declined_request_gives_place_and_credits_back,
    a_lead_books_for_their_staff_at_once,
    what_can_not_be_paid_changes_nothing,
    events_take_bookings_only_while_they_are_open,
    one_live_booking_a_person_and_event,
    cancelling_follows_the_policy_that_was_agreed,
    a_request_that_was_not_decided_comes_back_whole,
    the_line_moves_up_in_the_same_transaction,
    promotion_does_not_go_around_approval,
    the_year_of_the_event_pays_allocated_credits_first_and_no_other_year_does,
    each_sees_their_own,
    a_key_does_it_once,
    a_refusal_is_decided_afresh,
    a_free_place_moves_no_credits,
    bookings_come_as_a_table,
    wrong_bodies_are_refused_whole
);

async fn a_teacher_asks_and_their_lead_approves(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(EventPlan::of(2, "30")).await;
    let reply = teacher.book(&event).await;
    let booking = reply.created();
    assert_eq!((booking["state"].as_str(), booking["held"].as_str()), (Some("requested"), Some("30.00")));
    assert_eq!(reply.header("location"), Some(format!("/v1/bookings/{}", booking["id"].as_str().unwrap()).as_str()));
    assert_eq!(hub.balance(&school).await, "70.00", "a request holds its credits");
    let approved = lead.act(&booking, "approve").await.ok();
    assert_eq!((approved["state"].as_str(), approved["approved_by"].as_str()), (Some("confirmed"), Some(lead.id())));
    lead.act(&booking, "approve").await.refused(409, "invalid_transition");
    lead.act(&booking, "decline").await.refused(409, "invalid_transition");
    assert_eq!(teacher.all("/v1/me/bookings").await.len(), 1);
    hub.verified().await;
}

async fn a_declined_request_gives_place_and_credits_back(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(EventPlan::of(1, "30")).await;
    let booking = teacher.book(&event).await.created();
    assert_eq!(lead.act(&booking, "decline").await.ok()["state"], "declined");
    assert_eq!((hub.balance(&school).await.as_str(), hub.places(&event).await), ("100.00", (0, 0)));
    assert_eq!(teacher.book(&event).await.created()["state"], "requested", "they may ask again");
    hub.verified().await;
}

async fn a_lead_books_for_their_staff_at_once(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (_, _, stranger) = hub.funded_school("Heston Community School", "100").await;
    let event = hub.event(EventPlan::default()).await;
    assert_eq!(lead.book_for(&event, &teacher).await.created()["state"], "confirmed");
    lead.book_for(&event, &stranger).await.invalid(&[("/person_id", "unknown")]);
    teacher.book_for(&event, &stranger).await.invalid(&[("/person_id", "unknown")]);
    hub.manager().book(&event).await.invalid(&[("/person_id", "unknown")]);
    assert_eq!(hub.manager().book_for(&event, &stranger).await.created()["state"], "confirmed");
    hub.viewer().await.book_for(&event, &stranger).await.refused(403, "forbidden");
}

async fn what_can_not_be_paid_changes_nothing(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "29.99").await;
    let event = hub.event(EventPlan::of(1, "30")).await;
    let before = hub.verified().await["transactions"].clone();
    let problem = lead.book_for(&event, &teacher).await.refused(409, "insufficient_credits");
    assert!(problem["detail"].as_str().unwrap().contains("0.01"), "{problem}");
    assert_eq!((hub.places(&event).await, hub.balance(&school).await.as_str()), ((0, 0), "29.99"));
    assert_eq!(hub.verified().await["transactions"], before);
}

async fn events_take_bookings_only_while_they_are_open(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "1000").await;
    let now = hub.world.clock.now();
    let draft = hub.event(EventPlan { published: false, ..EventPlan::default() }).await;
    lead.book_for(&draft, &teacher).await.invalid(&[("/event_id", "unknown")]);
    hub.manager().book_for(&draft, &teacher).await.refused(409, "event_not_open");
    let later = hub.event(EventPlan { opens_at: Some(now + TimeDelta::days(1)), ..EventPlan::default() }).await;
    lead.book_for(&later, &teacher).await.refused(409, "event_not_open");
    let shut = hub.event(EventPlan { closes_at: Some(now + TimeDelta::days(2)), ..EventPlan::default() }).await;
    let soon = hub.event(EventPlan { starts_in: TimeDelta::days(2), ..EventPlan::default() }).await;
    hub.world.pass(TimeDelta::days(2));
    lead.book_for(&shut, &teacher).await.refused(409, "event_not_open");
    lead.book_for(&soon, &teacher).await.refused(409, "event_started");
    assert_eq!(lead.book_for(&later, &teacher).await.created()["state"], "confirmed");
    lead.book_for(&crate::support::nobody(), &teacher).await.invalid(&[("/event_id", "unknown")]);
}

async fn one_live_booking_a_person_and_event(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(EventPlan::default()).await;
    let booking = teacher.book(&event).await.created();
    teacher.book(&event).await.refused(409, "already_booked");
    lead.book_for(&event, &teacher).await.refused(409, "already_booked");
    teacher.act(&booking, "cancel").await.ok();
    teacher.book(&event).await.created();
    hub.verified().await;
}

/// A booking of 600 cancelled at day 20 gives 300 back and leaves 300 with the event.
async fn cancelling_follows_the_policy_that_was_agreed(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "600").await;
    let event = hub.event(EventPlan { price: "600", starts_in: TimeDelta::days(20), ..EventPlan::default() }).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    let path = format!("/v1/bookings/{}/cancel?dry_run=true", booking["id"].as_str().unwrap());
    let preview = teacher.post(&path, None).await.ok();
    assert_eq!(
        (&preview["refund"], &preview["kept"], &preview["dry_run"]),
        (&json!("300.00"), &json!("300.00"), &json!(true))
    );
    assert_eq!(teacher.booking(&booking).await["state"], "confirmed", "a preview changes nothing");
    let cancelled = teacher.act(&booking, "cancel").await.ok();
    assert_eq!(
        (&cancelled["refund"], &cancelled["kept"], &cancelled["dry_run"]),
        (&json!("300.00"), &json!("300.00"), &json!(false))
    );
    assert_eq!(
        (&cancelled["booking"]["state"], &cancelled["booking"]["held"]),
        (&json!("cancelled"), &json!("300.00"))
    );
    assert_eq!(hub.balance(&school).await, "300.00");
    let escrow = hub.manager().get(&format!("/v1/accounts?event_id={event}")).await.ok();
    assert_eq!(escrow["items"][0]["balance"], "300.00");
    teacher.act(&booking, "cancel").await.refused(409, "invalid_transition");
    hub.verified().await;
}

async fn a_request_that_was_not_decided_comes_back_whole(hub: TestHub) {
    let (school, _, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(EventPlan { starts_in: TimeDelta::days(3), ..EventPlan::default() }).await;
    let booking = teacher.book(&event).await.created();
    assert_eq!(teacher.act(&booking, "cancel").await.ok()["refund"], "10.00");
    assert_eq!(hub.balance(&school).await, "100.00");
}

/// Capacity 2; four schools; the third cannot pay; a cancellation promotes the fourth and tells the third.
async fn the_line_moves_up_in_the_same_transaction(hub: TestHub) {
    let event = hub.event(EventPlan::of(2, "30")).await;
    let (_, first, a) = hub.funded_school("First", "30").await;
    let (_, second, b) = hub.funded_school("Second", "30").await;
    let (poor, third, c) = hub.funded_school("Third", "0").await;
    let (fourth_school, fourth, d) = hub.funded_school("Fourth", "30").await;
    let one = first.book_for(&event, &a).await.created();
    second.book_for(&event, &b).await.created();
    let three = third.book_for(&event, &c).await.created();
    let four = fourth.book_for(&event, &d).await.created();
    assert_eq!(
        (&three["state"], &three["waiting_position"], &three["held"]),
        (&json!("waitlisted"), &json!(1), &json!("0.00"))
    );
    assert_eq!((&four["state"], &four["waiting_position"]), (&json!("waitlisted"), &json!(2)));
    assert_eq!(hub.balance(&fourth_school).await, "30.00", "a place in the line holds no credits");

    a.act(&one, "cancel").await.ok();
    assert_eq!(d.booking(&four).await["state"], "confirmed");
    let passed_over = c.booking(&three).await;
    assert_eq!((&passed_over["state"], &passed_over["waiting_position"]), (&json!("waitlisted"), &json!(1)));
    assert_ne!(passed_over["passed_over_at"], Value::Null);
    assert_eq!(hub.places(&event).await, (2, 1));

    // Once it can pay, it comes before anyone new.
    hub.fund(&poor, "30").await;
    d.act(&four, "cancel").await.ok();
    assert_eq!(c.booking(&three).await["state"], "confirmed");
    let list = hub.manager().all(&format!("/v1/events/{event}/waiting-list")).await;
    assert!(list.is_empty());
    hub.verified().await;
}

async fn promotion_does_not_go_around_approval(hub: TestHub) {
    let event = hub.event(EventPlan::of(1, "10")).await;
    let (_, first, a) = hub.funded_school("First", "50").await;
    let (_, second, b) = hub.funded_school("Second", "50").await;
    let held = first.book_for(&event, &a).await.created();
    let asked = b.book(&event).await.created();
    first.act(&held, "cancel").await.ok();
    assert_eq!(b.booking(&asked).await["state"], "requested");
    assert_eq!(second.act(&asked, "approve").await.ok()["state"], "confirmed");
    hub.verified().await;
}

async fn the_year_of_the_event_pays_allocated_credits_first_and_no_other_year_does(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "4").await;
    hub.fund_wallet(&school, "2026/27", WalletKind::Earned, "4").await;
    hub.fund_wallet(&school, "2027/28", WalletKind::Allocated, "400").await;
    let event = hub.event(EventPlan { price: "10", starts_in: TimeDelta::days(20), ..EventPlan::default() }).await;
    let problem = lead.book_for(&event, &teacher).await.refused(409, "insufficient_credits");
    let detail = "the school needs 2.00 more credits of 2026/27; its 400.00 credits of 2027/28 can't pay for an event of 2026/27";
    assert_eq!(problem["detail"], detail);
    // 1 July is of the year that began in September before.
    let july = hub.event(EventPlan { price: "9", starts_in: TimeDelta::days(269), ..EventPlan::default() }).await;
    lead.book_for(&july, &teacher).await.refused(409, "insufficient_credits");
    let next = hub.event(EventPlan { price: "9", starts_in: TimeDelta::days(345), ..EventPlan::default() }).await;
    lead.book_for(&next, &teacher).await.created();
    hub.fund_wallet(&school, "2026/27", WalletKind::Earned, "4").await;
    let booking = lead.book_for(&event, &teacher).await.created();
    let wallets = async || {
        let accounts = hub.manager().all(&format!("/v1/accounts?school_id={}", school.id)).await;
        let mut wallets: Vec<String> = accounts
            .iter()
            .map(|account| {
                format!(
                    "{} {} {}",
                    account["year"].as_str().unwrap(),
                    account["wallet"].as_str().unwrap(),
                    account["balance"].as_str().unwrap()
                )
            })
            .collect();
        wallets.sort();
        wallets
    };
    assert_eq!(wallets().await, ["2026/27 allocated 0.00", "2026/27 earned 2.00", "2027/28 allocated 391.00"]);
    lead.act(&booking, "cancel").await.ok();
    assert_eq!(wallets().await, ["2026/27 allocated 0.00", "2026/27 earned 7.00", "2027/28 allocated 391.00"]);
    hub.verified().await;
}

async fn each_sees_their_own(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (_, other_lead, other) = hub.funded_school("Heston Community School", "100").await;
    let event = hub.event(EventPlan::default()).await;
    let booking = teacher.book(&event).await.created();
    other.book(&event).await.created();
    let path = format!("/v1/bookings/{}", booking["id"].as_str().unwrap());
    for who in [&lead, &teacher, &hub.manager(), &hub.viewer().await] {
        who.get(&path).await.ok();
    }
    for who in [&other, &other_lead] {
        who.get(&path).await.refused(404, "not_found");
        who.act(&booking, "cancel").await.refused(404, "not_found");
    }
    other_lead.act(&booking, "approve").await.refused(404, "not_found");
    teacher.act(&booking, "approve").await.refused(403, "forbidden");
    assert_eq!(lead.all("/v1/bookings").await.len(), 1);
    assert_eq!(hub.manager().all("/v1/bookings").await.len(), 2);
    assert_eq!(lead.all(&format!("/v1/events/{event}/bookings")).await.len(), 1);
    teacher.get("/v1/bookings").await.refused(403, "forbidden");
    teacher.get(&format!("/v1/events/{event}/bookings")).await.refused(403, "forbidden");
    let elsewhere = hub.world.hub("Another hub").await;
    elsewhere.manager().get(&path).await.refused(404, "not_found");
    elsewhere.manager().act(&booking, "cancel").await.refused(404, "not_found");
    elsewhere.manager().get(&format!("/v1/events/{event}/bookings")).await.refused(404, "not_found");
}

async fn a_key_does_it_once(hub: TestHub) {
    let (school, _, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (event, another) = (hub.event(EventPlan::default()).await, hub.event(EventPlan::default()).await);
    let ask = |event: &str| teacher.post("/v1/bookings", json!({ "event_id": event }));
    ask(&event).no_key().await.refused(400, "idempotency_key_required");
    let first = ask(&event).key("once").await;
    let second = ask(&event).key("once").await;
    assert_eq!(first.created(), second.created());
    assert_eq!((first.etag(), first.header("location")), (second.etag(), second.header("location")));
    assert_eq!((first.header("idempotency-replayed"), second.header("idempotency-replayed")), (None, Some("true")));
    ask(&another).key("once").await.refused(422, "idempotency_key_reused");
    assert_eq!(hub.balance(&school).await, "90.00");
}

async fn a_refusal_is_decided_afresh(hub: TestHub) {
    let (school, _, teacher) = hub.funded_school("Lampton Academy", "5").await;
    let event = hub.event(EventPlan::of(1, "10")).await;
    let ask = || teacher.post("/v1/bookings", json!({ "event_id": event })).key("again");
    ask().await.refused(409, "insufficient_credits");
    hub.fund(&school, "5").await;
    ask().await.created();
}

async fn a_free_place_moves_no_credits(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "0").await;
    let event = hub.event(EventPlan::of(1, "0")).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    assert_eq!((booking["state"].as_str(), booking["held"].as_str()), (Some("confirmed"), Some("0.00")));
    lead.act(&booking, "cancel").await.ok();
    assert_eq!(hub.verified().await["transactions"], 0);
}

async fn bookings_come_as_a_table(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("=HYPERLINK(1)", "100").await;
    let event = hub.event(EventPlan::default()).await;
    lead.book_for(&event, &teacher).await.created();
    let table = hub.manager().get("/v1/bookings").as_csv().await;
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(table.sheet().contains(",'=HYPERLINK(1),confirmed,,10.00,10.00,"), "{}", table.sheet());
}

async fn wrong_bodies_are_refused_whole(hub: TestHub) {
    let (_, _, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let wrong = json!({ "event_id": 5, "person_id": "x", "seat": 1 });
    teacher.post("/v1/bookings", wrong).await.invalid(&[
        ("/event_id", "wrong_type"),
        ("/person_id", "invalid"),
        ("/seat", "unknown_field"),
    ]);
    teacher.post("/v1/bookings", json!({})).await.invalid(&[("/event_id", "missing")]);
    hub.manager().get("/v1/bookings?state=asleep&limit=0").await.invalid(&[("state", "invalid"), ("limit", "invalid")]);
    teacher.post("/v1/bookings/not-an-id/cancel", None).await.refused(404, "not_found");
}
