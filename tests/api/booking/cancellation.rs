//! Cancelling: what it gives back by which tier, being held to a quote, and what the hub waives.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, Reply, TestHub};

impl Client {
    async fn quote(&self, booking: &Value) -> Reply {
        self.get(&format!("/v1/bookings/{}/cancellation-quote", booking["id"].as_str().unwrap())).await
    }

    /// Cancels, to be held to the quote.
    async fn cancel_quoting(&self, booking: &Value, quote: &Value) -> Reply {
        let (id, quote) = (booking["id"].as_str().unwrap(), quote["quote"].as_str().unwrap());
        self.post(&format!("/v1/bookings/{id}/cancel?agreed_quote={quote}"), None).await
    }

    async fn waive(&self, booking: &Value, waiver: Value) -> Reply {
        self.post(&format!("/v1/bookings/{}/waive", booking["id"].as_str().unwrap()), waiver).await
    }
}

fn in_days(days: i64, policy: &'static str) -> EventPlan {
    EventPlan { price: "600", starts_in: TimeDelta::days(days), policy, ..EventPlan::default() }
}

/// The balance of the event's escrow.
async fn escrow(hub: &TestHub, event: &str) -> Value {
    hub.manager().get(&format!("/v1/accounts?event_id={event}")).await.ok()["items"][0]["balance"].clone()
}

both_engines!(
    a_quote_says_what_comes_back_and_the_cancellation_keeps_to_it,
    a_quote_is_for_those_who_see_the_booking,
    a_policy_may_count_working_days,
    a_policy_may_give_amounts_back,
    cancelling_after_the_start_gives_nothing_back,
    the_hub_waives_what_was_kept_for_a_reason
);

/// Above 28 days all, 28 to 15 half, 14 to 8 a quarter, 7 or fewer nothing: a booking of 600 cancelled
/// at day 20 gives 300 back and leaves 300 with the event.
async fn a_quote_says_what_comes_back_and_the_cancellation_keeps_to_it(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "600").await;
    let event = hub.event(in_days(40, crate::support::COPTHORNE)).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    let early = teacher.quote(&booking).await.ok();
    assert_eq!((&early["refund"], &early["kept"]), (&json!("600.00"), &json!("0.00")));
    assert_eq!(early["tier"], json!({ "days_before": 29, "refund_percent": 100 }));
    // The event is on 14 November; summer time ends on 25 October, so the tier ends at 23:00 UTC on the 16th.
    assert_eq!(early["holds_until"], "2026-10-16T23:00:00Z");

    hub.world.pass(TimeDelta::days(20));
    let problem = teacher.cancel_quoting(&booking, &early).await.refused(409, "quote_expired");
    assert!(problem["detail"].as_str().unwrap().contains("300.00"), "{problem}");
    assert_eq!(
        (teacher.booking(&booking).await["state"].as_str(), hub.balance(&school).await.as_str()),
        (Some("confirmed"), "0.00")
    );

    let quote = teacher.quote(&booking).await.ok();
    assert_eq!(
        (&quote["refund"], &quote["kept"], &quote["holds_until"]),
        (&json!("300.00"), &json!("300.00"), &json!("2026-10-31T00:00:00Z"))
    );
    hub.world.at("2026-10-30T23:59:59Z");
    let cancelled = teacher.cancel_quoting(&booking, &quote).await.ok();
    assert_eq!((&cancelled["refund"], &cancelled["kept"]), (&json!("300.00"), &json!("300.00")));
    assert_eq!((hub.balance(&school).await.as_str(), escrow(&hub, &event).await), ("300.00", json!("300.00")));
    teacher.quote(&booking).await.refused(409, "invalid_transition");
    hub.verified().await;
}

async fn a_quote_is_for_those_who_see_the_booking(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "600").await;
    let (_, stranger, other) = hub.funded_school("Heston Community School", "600").await;
    let event = hub.event(in_days(20, crate::support::COPTHORNE)).await;
    let booking = teacher.book(&event).await.created();
    let asked = teacher.quote(&booking).await.ok();
    assert_eq!(
        (&asked["refund"], &asked["tier"], &asked["holds_until"]),
        (&json!("600.00"), &Value::Null, &Value::Null),
        "nothing was agreed yet"
    );
    for who in [&lead, &hub.manager(), &hub.viewer().await] {
        who.quote(&booking).await.ok();
    }
    for who in [&stranger, &other] {
        who.quote(&booking).await.refused(404, "not_found");
    }
    lead.act(&booking, "approve").await.ok();
    teacher.cancel_quoting(&booking, &asked).await.refused(409, "quote_expired");
    teacher
        .post(&format!("/v1/bookings/{}/cancel?agreed_quote=300", booking["id"].as_str().unwrap()), None)
        .await
        .invalid(&[("agreed_quote", "invalid")]);
    assert_eq!(teacher.act(&booking, "cancel").await.ok()["refund"], "300.00", "a quote is not needed");
}

/// Five working days before Wednesday 30 December 2026 are 21, 22, 23, 24 and 29 December.
async fn a_policy_may_count_working_days(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "600").await;
    let policy = r#"{"basis":"working_days","tiers":[{"days_before":5,"refund_percent":100},{"days_before":1,"refund_percent":50}]}"#;
    let event = hub.event(in_days(86, policy)).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    assert_eq!(booking["starts_at"], "2026-12-30T09:00:00Z");
    for (now, refund, until) in [
        ("2026-12-21T23:59:59Z", "600.00", json!("2026-12-22T00:00:00Z")),
        ("2026-12-22T00:00:00Z", "300.00", json!("2026-12-30T00:00:00Z")),
        ("2026-12-30T00:00:00Z", "0.00", Value::Null),
    ] {
        hub.world.at(now);
        let quote = lead.quote(&booking).await.ok();
        assert_eq!((&quote["refund"], &quote["holds_until"]), (&json!(refund), &until), "{now}");
    }
}

async fn a_policy_may_give_amounts_back(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "600").await;
    let programme = hub.programme(json!({})).await;
    let policy = json!({ "basis": "calendar_days", "tiers": [{ "days_before": 28, "refund_amount": "550" }, { "days_before": 7, "refund_amount": "99.99" }] });
    let event = hub.published_event(&programme, json!({ "price": "600", "policy": policy })).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    assert_eq!(booking["policy"]["tiers"][1], json!({ "days_before": 7, "refund_amount": "99.99" }));
    assert_eq!(lead.quote(&booking).await.ok()["refund"], "550.00");
    hub.world.at("2026-11-01T12:00:00Z");
    assert_eq!(lead.act(&booking, "cancel").await.ok()["refund"], "99.99");
    assert_eq!(hub.balance(&school).await, "99.99");
    hub.verified().await;
    let tiers = |tiers: Value| json!({ "policy": { "basis": "working_days", "tiers": tiers } });
    for (wrong, pointer) in [
        (json!([{ "days_before": 1 }]), "/policy/tiers/0"),
        (json!([{ "days_before": 1, "refund_amount": "1", "refund_percent": 1 }]), "/policy/tiers/0"),
        (
            json!([{ "days_before": 2, "refund_amount": "1" }, { "days_before": 1, "refund_percent": 1 }]),
            "/policy/tiers/1",
        ),
        (
            json!([{ "days_before": 2, "refund_amount": "1" }, { "days_before": 1, "refund_amount": "2" }]),
            "/policy/tiers/1/refund_amount",
        ),
    ] {
        hub.manager()
            .post("/v1/events", crate::support::new_event(&programme, tiers(wrong)))
            .await
            .invalid(&[(pointer, "invalid")]);
    }
}

async fn cancelling_after_the_start_gives_nothing_back(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "600").await;
    let free = r#"{"basis":"calendar_days","tiers":[{"days_before":0,"refund_percent":100}]}"#;
    let event = hub.event(in_days(3, free)).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    let quote = lead.quote(&booking).await.ok();
    assert_eq!((&quote["refund"], &quote["holds_until"]), (&json!("600.00"), &booking["starts_at"]));
    hub.world.pass(TimeDelta::days(3));
    lead.cancel_quoting(&booking, &quote).await.refused(409, "quote_expired");
    assert_eq!(teacher.act(&booking, "cancel").await.ok()["refund"], "0.00");
    assert_eq!((hub.balance(&school).await.as_str(), hub.places(&event).await), ("0.00", (0, 0)));
    hub.verified().await;
}

async fn the_hub_waives_what_was_kept_for_a_reason(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "600").await;
    let event = hub.event(in_days(20, crate::support::COPTHORNE)).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    let manager = hub.manager();
    let reason = json!({ "reason": "Bereavement" });
    manager.waive(&booking, reason.clone()).await.refused(409, "nothing_kept");
    lead.act(&booking, "cancel").await.ok();
    for who in [&lead, &teacher, &hub.viewer().await] {
        who.waive(&booking, reason.clone()).await.refused(403, "forbidden");
    }
    manager.waive(&booking, json!({})).await.invalid(&[("/reason", "missing")]);
    manager.waive(&booking, json!({ "reason": "Illness", "amount": "0" })).await.invalid(&[("/amount", "invalid")]);
    manager
        .waive(&booking, json!({ "reason": "Illness", "amount": "300.01" }))
        .await
        .invalid(&[("/amount", "above_kept")]);
    let waiver = manager.waive(&booking, json!({ "reason": "Illness", "amount": "100" })).await.ok();
    assert_eq!(
        (&waiver["refund"], &waiver["kept"], &waiver["booking"]["state"]),
        (&json!("100.00"), &json!("200.00"), &json!("cancelled"))
    );
    assert_eq!(manager.waive(&booking, reason.clone()).await.ok()["refund"], "200.00");
    manager.waive(&booking, reason.clone()).await.refused(409, "nothing_kept");
    assert_eq!((hub.balance(&school).await.as_str(), escrow(&hub, &event).await), ("600.00", json!("0.00")));

    let transactions = manager.all("/v1/transactions").await;
    let waived: Vec<&Value> =
        transactions.iter().filter(|transaction| transaction["kind"] == "booking_waived").collect();
    assert_eq!(waived.len(), 2);
    assert_eq!((&waived[0]["memo"], &waived[0]["actor_id"]), (&json!("Illness"), &json!(manager.id())));
    hub.world.hub("Another hub").await.manager().waive(&booking, reason).await.refused(404, "not_found");
    hub.verified().await;
}
