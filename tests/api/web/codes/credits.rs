//! The codes of credits: allocated, corrected, paid to partners, carried from year to year.

use serde_json::{Value, json};

use super::bookings::booked;
use super::{Row, rows};
use crate::support::{EventPlan, Reply, School, TestHub, allocation, new_top_up};

async fn divide(hub: &TestHub, rules: Value) -> Reply {
    hub.london_west().await;
    hub.manager().post("/v1/allocations", allocation(rules)).await
}

/// The path of a statement of what a new partner has earned.
async fn settled(hub: &TestHub, credits: &str) -> String {
    hub.year("2026/27").await;
    let (partner, _) = hub.partner("Drama Company").await;
    hub.owe(&partner, credits).await;
    let up_to = json!({ "up_to": hub.world.today() });
    let settlement = hub.manager().add(&format!("/v1/partners/{partner}/settlements"), up_to).await;
    format!("/v1/settlements/{settlement}")
}

/// What posted a top-up, and what its reversal posted.
async fn sold_and_reversed(hub: &TestHub) -> [Value; 2] {
    let (school, ..) = hub.funded_school("Lampton Academy", "0").await;
    hub.year("2026/27").await;
    let sold = hub.top_up(&school, "10").await;
    let reversal = hub.manager().reverse(&sold).await.created();
    [sold, json!({ "transaction_id": reversal["id"] })]
}

/// Three schools, and an allocation of 600 credits over them.
async fn three_schools(hub: &TestHub) -> (Vec<School>, Value) {
    (hub.three_schools().await, hub.allocate(json!({ "pool": "600" })).await)
}

fn of_allocation(allocation: &Value, what: &str) -> String {
    format!("/v1/allocations/{}/{what}", allocation["id"].as_str().unwrap())
}

/// The last day of the year 2026/27, on which it may be closed.
const LAST_DAY: &str = "2027-08-31T10:00:00Z";

async fn close(hub: &TestHub) -> Reply {
    hub.manager().post("/v1/years/2026-27/close", json!({ "carry": "all" })).await
}

rows! {
    "amount_too_large" 409 |hub| {
        let (school, ..) = hub.funded_school("Lampton Academy", "0.01").await;
        hub.year("2026/27").await;
        hub.manager().post("/v1/top-ups", new_top_up(&school, "9999999999.99", json!({}))).await
    }
    "already_reversed" 409 |hub| {
        let [sold, _] = sold_and_reversed(hub).await;
        hub.manager().reverse(&sold).await
    }
    "reversal_of_reversal" 409 |hub| {
        let [_, reversal] = sold_and_reversed(hub).await;
        hub.manager().reverse(&reversal).await
    }
    "not_reversible" 409 |hub| {
        let (_, lead, _) = hub.funded_school("Lampton Academy", "100").await;
        lead.book(&hub.event(EventPlan::default()).await).await.created();
        let paid = hub.manager().all("/v1/transactions").await.remove(1);
        hub.manager().reverse(&json!({ "transaction_id": paid["id"] })).await
    }
    "year_closed" 409 |hub| { divide(hub, json!({ "pool": "1000", "year": "2025/26" })).await }
    "missing_rolls" 409 |hub| { divide(hub, json!({ "pool": "1000", "census_date": "2024-01-18" })).await }
    "pool_not_positive" 400 |hub| { divide(hub, json!({ "pool": "0" })).await }
    "step_does_not_divide" 400 |hub| { divide(hub, json!({ "pool": "1000.75", "step": "0.50" })).await }
    "floors_over_pool" 409 |hub| { divide(hub, json!({ "pool": "1000", "floor": "50" })).await }
    "caps_under_pool" 409 |hub| { divide(hub, json!({ "pool": "1000", "cap": "47" })).await }
    "no_schools" 409 |hub| {
        hub.open_year("2026/27").await;
        hub.manager().post("/v1/allocations", allocation(json!({ "pool": "1" }))).await
    }
    "no_pupils" 409 |hub| {
        let weights = ["primary", "secondary", "not_applicable", "all_through"].map(|phase| json!({ "phase": phase, "weight": "0" }));
        divide(hub, json!({ "pool": "1000", "phase_weights": weights })).await
    }
    "nothing_to_adjust" 409 |hub| {
        let (_, base) = three_schools(hub).await;
        hub.manager().post(&of_allocation(&base, "adjustment"), json!({})).await
    }
    "allocation_outdated" 409 |hub| {
        let (schools, base) = three_schools(hub).await;
        hub.correct_roll(&schools[2], 200).await;
        let draft = async || hub.manager().post(&of_allocation(&base, "adjustment"), json!({})).await.created();
        let (first, second) = (draft().await, draft().await);
        hub.approve(&second).await;
        hub.approval(&first).await
    }
    "shortfalls_undecided" 409 |hub| {
        let (schools, base) = three_schools(hub).await;
        let event = hub.event(EventPlan::of(5, "290")).await;
        hub.lead(&schools[2]).await.book(&event).await.created();
        hub.correct_roll(&schools[2], 200).await;
        let draft = hub.manager().post(&of_allocation(&base, "adjustment"), json!({})).await.created();
        hub.approval(&draft).await
    }
    "nothing_earned" 409 |hub| {
        let (partner, _) = hub.partner("Nothing Yet").await;
        hub.manager().post(&format!("/v1/partners/{partner}/settlements"), json!({ "up_to": "2026-10-05" })).await
    }
    "settlement_cancelled" 409 |hub| {
        let settlement = settled(hub, "60").await;
        let cancel = format!("{settlement}/cancel");
        hub.manager().post(&cancel, json!({ "reason": "Wrong" })).await.ok();
        hub.manager().post(&cancel, json!({ "reason": "Wrong" })).await
    }
    "settlement_paid" 409 |hub| {
        hub.year("2026/27").await;
        let settlement = hub.settle("Drama Company", "60", "60").await;
        hub.manager().post(&format!("/v1/settlements/{settlement}/cancel"), json!({ "reason": "Wrong" })).await
    }
    "pays_too_much" 409 |hub| {
        let settlement = settled(hub, "60").await;
        let payment = json!({ "credits": "60.01", "bank_reference": "BACS 1" });
        hub.manager().post(&format!("{settlement}/payments"), payment).await
    }
    "owed_less" 409 |hub| {
        let settlement = settled(hub, "60").await;
        let partner = hub.manager().all("/v1/partners").await.remove(0);
        let less = json!({ "account": "payable", "partner_id": partner["id"], "side": "debit", "amount": "1", "reason": "Wrong" });
        hub.manager().post("/v1/adjustments", less).await.created();
        hub.manager().post(&format!("{settlement}/payments"), json!({ "bank_reference": "BACS 1" })).await
    }
    "year_not_over" 409 |hub| {
        hub.year("2026/27").await;
        hub.year("2027/28").await;
        close(hub).await
    }
    "earlier_year_open" 409 |hub| {
        hub.year("2025/26").await;
        hub.year("2026/27").await;
        hub.world.at(LAST_DAY);
        close(hub).await
    }
    "next_year_not_open" 409 |hub| {
        hub.year("2026/27").await;
        hub.world.at(LAST_DAY);
        close(hub).await
    }
    "open_holds" 409 |hub| {
        booked(hub, json!({})).await;
        hub.year("2027/28").await;
        hub.world.at(LAST_DAY);
        close(hub).await
    }
    "four_eyes" 409 |hub| {
        hub.london_west().await;
        hub.manager().patch("/v1/hub", "\"1\"", json!({ "four_eyes": true })).await.ok();
        let draft = hub.draft(json!({ "pool": "1000" })).await;
        let path = format!("/v1/allocations/{}/approve", draft["id"].as_str().unwrap());
        hub.manager().post(&path, None).header("if-match", "\"1\"").await
    }
}
