//! Whoever must decide is told when there is something to decide, and again before it lapses; and the line moves in the
//! commit that lets a school pay.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, TestHub, new_adjustment};

async fn told(who: &Client, kind: &str) -> Vec<Value> {
    who.all("/v1/me/notices").await.into_iter().filter(|notice| notice["kind"] == kind).collect()
}

/// A school without credits whose teacher waits for the one free place: the event, the lead and the booking.
async fn waits_for_credits(hub: &TestHub) -> (crate::support::School, Client, Value) {
    let event = hub.event(EventPlan::of(1, "30")).await;
    let (_, other, teacher) = hub.funded_school("Other", "30").await;
    let (school, lead, waits) = hub.funded_school("Lampton Academy", "0").await;
    let taken = other.book_for(&event, &teacher).await.created();
    let waiting = lead.book_for(&event, &waits).await.created();
    other.act(&taken, "cancel").await.ok();
    assert_eq!(lead.booking(&waiting).await["state"], "waitlisted");
    (school, lead, waiting)
}

both_engines!(
    why_a_request_is_declined_is_told_and_erased,
    a_request_is_told_to_whoever_decides_and_again_when_a_day_is_left,
    what_is_decided_is_not_told_again_and_a_deputys_own_is_anothers_to_decide,
    a_request_that_a_promotion_made_is_told_and_where_nobody_else_decides_the_hub_is,
    the_line_moves_with_a_sale_a_gift_and_a_correction,
    the_line_moves_with_what_a_booking_of_another_event_gives_back,
    the_line_moves_with_a_reversal_and_with_what_an_event_that_is_called_off_gives_back
);

async fn why_a_request_is_declined_is_told_and_erased(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (partner, giver) = hub.partner("Drama Company").await;
    let programme = hub.programme(json!({ "provider": { "kind": "partner", "partner_id": partner } })).await;
    let event = hub.published_event(&programme, json!({})).await;
    let path = |booking: &Value| format!("/v1/bookings/{}/decline", booking["id"].as_str().unwrap());
    let asked = teacher.book(&event).await.created();
    assert_eq!(asked["declined_because"], Value::Null);
    lead.post(&path(&asked), json!({ "reason": " " })).await.invalid(&[("/reason", "invalid")]);
    lead.post(&path(&asked), json!({ "why": "x" })).await.refused(400, "invalid_request");
    let why = json!("The mock examinations are that week");
    let key = lead.post(&path(&asked), json!({ "reason": why })).key("declines once").await;
    let again = lead.post(&path(&asked), json!({ "reason": why })).key("declines once").await;
    for reply in [key, again] {
        let declined = reply.ok();
        assert_eq!((&declined["state"], &declined["declined_because"]), (&json!("declined"), &why));
    }
    for who in [&teacher, &lead, &hub.manager()] {
        assert_eq!(who.booking(&asked).await["declined_because"], why);
    }
    assert_eq!(teacher.all("/v1/me/bookings").await[0]["declined_because"], why);
    let notice = told(&teacher, "declined").await.remove(0);
    assert_eq!((&notice["booking_id"], &notice["declined_because"]), (&asked["id"], &why));
    // What a school says to its own is not for who gives the event.
    let seen = giver.all(&format!("/v1/events/{event}/bookings")).await;
    assert_eq!((seen.len(), &seen[0]["declined_because"]), (1, &Value::Null));
    assert_eq!(teacher.get("/v1/me/data").await.ok()["held"]["bookings"][0]["declined_because"], why);

    // Without a reason, as before.
    let other = hub.teacher(&school).await;
    let without = other.book(&event).await.created();
    assert_eq!(lead.act(&without, "decline").await.ok()["declined_because"], Value::Null);
    assert_eq!(told(&other, "declined").await[0]["declined_because"], Value::Null);

    let erase = format!("/v1/people/{}/erase", teacher.id());
    let quote = hub.manager().get(&erase).await.ok()["quote"].clone();
    hub.manager().post(&erase, json!({ "quote": quote })).await.ok();
    assert_eq!(lead.booking(&asked).await["declined_because"], Value::Null);
    hub.verified().await;
}

/// Asked for on Monday 5 October, it lapses at the end of Monday the 12th.
async fn a_request_is_told_to_whoever_decides_and_again_when_a_day_is_left(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (second, deputy) = (hub.lead(&school).await, hub.teacher(&school).await);
    let deputation = json!({ "person_id": deputy.id(), "ends_on": "2026-12-24" });
    lead.post(&format!("/v1/schools/{}/deputies", school.id), deputation).await.created();
    let event = hub.event(EventPlan::default()).await;
    let asked = teacher.book(&event).await.created();
    for who in [&lead, &second, &deputy] {
        let told = told(who, "approval_waiting").await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(
            (&told[0]["booking_id"], &told[0]["event_id"], &told[0]["due_at"]),
            (&asked["id"], &json!(event), &asked["approve_by"])
        );
    }
    for who in [&teacher, &hub.manager()] {
        assert!(told(who, "approval_waiting").await.is_empty());
    }
    for (at, times) in [("2026-10-11T22:59:59Z", 0), ("2026-10-11T23:00:00Z", 1), ("2026-10-12T12:00:00Z", 1)] {
        hub.world.at(at);
        hub.world.round().await;
        for who in [&lead, &second, &deputy] {
            assert_eq!(told(who, "approval_due").await.len(), times, "{at}");
        }
    }
    hub.verified().await;
}

async fn what_is_decided_is_not_told_again_and_a_deputys_own_is_anothers_to_decide(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let deputy = hub.teacher(&school).await;
    let deputation = json!({ "person_id": deputy.id(), "ends_on": "2026-12-24" });
    lead.post(&format!("/v1/schools/{}/deputies", school.id), deputation).await.created();
    hub.manager()
        .patch(
            &format!("/v1/schools/{}/approval", school.id),
            &hub.manager().get(&format!("/v1/schools/{}/approval", school.id)).await.etag(),
            json!({ "own_approval": false }),
        )
        .await
        .ok();
    let event = hub.event(EventPlan::default()).await;
    let own = deputy.book(&event).await.created();
    assert_eq!((told(&lead, "approval_waiting").await.len(), told(&deputy, "approval_waiting").await.len()), (1, 0));
    let asked = teacher.book(&event).await.created();
    for booking in [&own, &asked] {
        lead.act(booking, "approve").await.ok();
    }
    hub.world.at("2026-10-12T12:00:00Z");
    hub.world.round().await;
    assert!(told(&lead, "approval_due").await.is_empty());
}

async fn a_request_that_a_promotion_made_is_told_and_where_nobody_else_decides_the_hub_is(hub: TestHub) {
    let event = hub.event(EventPlan::of(1, "10")).await;
    let (_, first, a) = hub.funded_school("First", "50").await;
    let (school, second, b) = hub.funded_school("Second", "50").await;
    let held = first.book_for(&event, &a).await.created();
    let asked = b.book(&event).await.created();
    assert!(told(&second, "approval_waiting").await.is_empty(), "who waits in the line can wait");
    first.act(&held, "cancel").await.ok();
    let waiting = told(&second, "approval_waiting").await;
    assert_eq!((waiting.len(), &waiting[0]["booking_id"]), (1, &asked["id"]));
    // The only lead, whose school asks for a second person.
    let path = format!("/v1/schools/{}/approval", school.id);
    second.patch(&path, &second.get(&path).await.etag(), json!({ "second_person": true })).await.ok();
    let own = second.book(&hub.event(EventPlan::default()).await).await.created();
    assert_eq!(own["state"], "requested");
    assert_eq!(told(&hub.manager(), "approval_waiting").await.len(), 1);
}

async fn the_line_moves_with_a_sale_a_gift_and_a_correction(hub: TestHub) {
    let (school, lead, waiting) = waits_for_credits(&hub).await;
    hub.top_up(&school, "29.99").await;
    assert_eq!(lead.booking(&waiting).await["state"], "waitlisted", "a hundredth is missing");
    hub.manager().post("/v1/adjustments", new_adjustment(&school, "credit", "0.01", json!({}))).await.created();
    assert_eq!(lead.booking(&waiting).await["state"], "confirmed");
    hub.verified().await;

    let (school, lead, waiting) = waits_for_credits(&hub).await;
    let (_, giving, _) = hub.funded_school("Giver", "100").await;
    let gift = giving.post("/v1/transfers", json!({ "to_school_id": school.id, "amount": "30" })).await.created();
    lead.post(&format!("/v1/transfers/{}/accept", gift["id"].as_str().unwrap()), None).await.ok();
    assert_eq!(lead.booking(&waiting).await["state"], "confirmed");
    hub.verified().await;
}

async fn the_line_moves_with_what_a_booking_of_another_event_gives_back(hub: TestHub) {
    for way in ["cancel", "decline"] {
        let event = hub.event(EventPlan::of(1, "30")).await;
        let (_, other, teacher) = hub.funded_school("Other", "30").await;
        let (_, lead, waits) = hub.funded_school("Lampton Academy", "30").await;
        let elsewhere = hub.event(EventPlan { starts_in: TimeDelta::weeks(9), ..EventPlan::of(2, "30") }).await;
        let paid = match way {
            "decline" => waits.book(&elsewhere).await.created(),
            _ => lead.book(&elsewhere).await.created(),
        };
        let taken = other.book_for(&event, &teacher).await.created();
        let waiting = lead.book_for(&event, &waits).await.created();
        other.act(&taken, "cancel").await.ok();
        assert_eq!(lead.booking(&waiting).await["state"], "waitlisted", "{way}: there is nothing to pay with");
        lead.act(&paid, way).await.ok();
        assert_eq!(lead.booking(&waiting).await["state"], "confirmed", "{way}");
    }
    hub.verified().await;
}

async fn the_line_moves_with_a_reversal_and_with_what_an_event_that_is_called_off_gives_back(hub: TestHub) {
    let (school, lead, waiting) = waits_for_credits(&hub).await;
    hub.top_up(&school, "20").await;
    let taken =
        hub.manager().post("/v1/adjustments", new_adjustment(&school, "debit", "10", json!({}))).await.created();
    hub.top_up(&school, "10").await;
    assert_eq!(lead.booking(&waiting).await["state"], "waitlisted");
    hub.manager().reverse(&taken).await.created();
    assert_eq!(lead.booking(&waiting).await["state"], "confirmed");

    let (school, lead, waiting) = waits_for_credits(&hub).await;
    hub.fund(&school, "29").await;
    let cheap = hub.event(EventPlan::of(1, "29")).await;
    let teacher = hub.teacher(&school).await;
    lead.book_for(&cheap, &teacher).await.created();
    hub.top_up(&school, "1").await;
    assert_eq!(lead.booking(&waiting).await["state"], "waitlisted");
    hub.manager().post(&format!("/v1/events/{cheap}/cancel"), json!({ "reason": "Snow" })).await.ok();
    assert_eq!(lead.booking(&waiting).await["state"], "confirmed");
    hub.verified().await;
}
