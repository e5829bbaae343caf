//! The one bound of amounts, 9999999999.99: the same for what is sent, computed, posted and read.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{School, TestHub, allocation, new_adjustment, new_event, new_session, new_top_up};

const LARGEST: &str = "9999999999.99";

/// One hundredth over it, and what used to be taken and could not be read again.
const OVER: [&str; 4] = ["10000000000.00", "10000000000", "99999999999.9", "999999999999"];

/// Every list and total that shows amounts.
const READ: [&str; 15] = [
    "/v1/changes?limit=200",
    "/v1/allocations",
    "/v1/accounts",
    "/v1/transactions",
    "/v1/top-ups",
    "/v1/adjustments",
    "/v1/events",
    "/v1/schools",
    "/v1/ledger/trial-balance",
    "/v1/ledger/trial-balance?effective_on=2026-09-01",
    "/v1/ledger/export?format=hledger",
    "/v1/ledger/export?format=beancount",
    "/v1/ledger/export?format=csv",
    "/v1/ledger/export?format=jsonl",
    "/v1/years/2026-27/close?carry=all",
];

/// Reads everything, as JSON and as CSV where there is one; what the journal is worth is proved.
async fn readable(hub: &TestHub, schools: &[School]) {
    let manager = hub.manager();
    for path in READ {
        assert_eq!(manager.get(path).await.status, 200, "{path}");
    }
    for path in ["/v1/allocations", "/v1/accounts", "/v1/top-ups", "/v1/adjustments", "/v1/transactions"] {
        assert_eq!(manager.get(path).as_csv().await.status, 200, "{path}");
    }
    for allocation in manager.all("/v1/allocations").await {
        manager.get(&format!("/v1/allocations/{}/lines", allocation["id"].as_str().unwrap())).await.ok();
    }
    for account in manager.all("/v1/accounts").await {
        manager.get(&format!("/v1/accounts/{}/entries", account["id"].as_str().unwrap())).await.ok();
    }
    for school in schools {
        manager.get(&format!("/v1/schools/{}/wallet", school.id)).await.ok();
        manager.get(&format!("/v1/schools/{}/statement?from=2026-09-01&until=2026-12-31", school.id)).await.ok();
    }
    hub.verified().await;
}

both_engines!(
    every_field_that_takes_an_amount_has_the_same_bound,
    the_largest_amount_is_posted_and_read_and_no_more_is,
    what_was_once_stored_is_read
);

async fn every_field_that_takes_an_amount_has_the_same_bound(hub: TestHub) {
    let schools = hub.three_schools().await;
    let [a, b, _] = &schools[..] else { panic!("three schools") };
    let (manager, lead) = (hub.manager(), hub.lead(a).await);
    let programme = hub.programme(json!({})).await;
    let session = [new_session("2026-11-12T09:00")];
    for over in OVER {
        let funding = json!({ "gbp": over });
        for (rules, field) in [
            (json!({ "pool": over }), "/pool"),
            (json!({ "funding": funding }), "/funding/gbp"),
            (json!({ "pool": "1", "floor": over }), "/floor"),
            (json!({ "pool": "1", "cap": over }), "/cap"),
        ] {
            manager.post("/v1/allocations", allocation(rules)).await.invalid(&[(field, "invalid")]);
        }
        manager
            .post("/v1/top-ups", new_top_up(a, over, json!({ "gbp": over })))
            .await
            .invalid(&[("/amount", "invalid"), ("/gbp", "invalid")]);
        manager
            .post("/v1/adjustments", new_adjustment(a, "credit", over, json!({})))
            .await
            .invalid(&[("/amount", "invalid")]);
        lead.post("/v1/transfers", json!({ "to_school_id": b.id, "amount": over }))
            .await
            .invalid(&[("/amount", "invalid")]);
        let policy = json!({ "basis": "calendar_days", "tiers": [{ "days_before": 1, "refund_amount": over }] });
        let event =
            json!({ "price": over, "policy": policy, "admission": { "participant_price": over }, "sessions": session });
        manager.post("/v1/events", new_event(&programme, event)).await.invalid(&[
            ("/price", "invalid"),
            ("/policy/tiers/0/refund_amount", "invalid"),
            ("/admission/participant_price", "invalid"),
        ]);
        manager.get(&format!("/v1/years/2026-27/close?carry={over}")).await.invalid(&[("carry", "invalid")]);
    }
    // Pounds within the bound buy credits beyond it.
    let bought = json!({ "funding": { "gbp": LARGEST, "returned_share_percent": 100, "credit_value_pence": 99 } });
    manager.post("/v1/allocations", allocation(bought)).await.invalid(&[("/funding/gbp", "invalid")]);
    assert_eq!(manager.all("/v1/allocations").await, Vec::<Value>::new());
    readable(&hub, &schools).await;
}

async fn the_largest_amount_is_posted_and_read_and_no_more_is(hub: TestHub) {
    let schools = hub.three_schools().await;
    let school = &schools[0];
    let manager = hub.manager();
    let funding = json!({ "gbp": LARGEST, "returned_share_percent": 100, "credit_value_pence": 100 });
    let draft = hub.draft(json!({ "funding": funding, "step": "0.01", "floor": "0.01", "cap": LARGEST })).await;
    assert_eq!(draft["pool"], LARGEST);
    hub.approve(&draft).await;
    readable(&hub, &schools).await;

    // One hundredth more is refused wherever credits come into circulation, and nothing is posted.
    let head = manager.get("/v1/ledger/head").await.ok();
    let more = hub.draft(json!({ "pool": "1" })).await;
    hub.approval(&more).await.refused(409, "amount_too_large");
    manager
        .post("/v1/top-ups", new_top_up(school, "0.01", json!({ "gbp": LARGEST })))
        .await
        .refused(409, "amount_too_large");
    manager.post("/v1/top-ups", new_top_up(school, LARGEST, json!({}))).await.refused(409, "amount_too_large");
    manager
        .post("/v1/adjustments", new_adjustment(school, "credit", "0.01", json!({})))
        .await
        .refused(409, "amount_too_large");
    assert_eq!(manager.get("/v1/ledger/head").await.ok()["sequence"], head["sequence"]);
    assert_eq!(manager.all("/v1/top-ups").await, Vec::<Value>::new());
    readable(&hub, &schools).await;

    // What is in circulation moves as before; what is taken out of it makes room.
    hub.adjust(school, "debit", "0.01").await;
    hub.top_up(school, "0.01").await;
    manager.post("/v1/top-ups", new_top_up(school, "0.01", json!({}))).await.refused(409, "amount_too_large");
    let all = hub.balance(school).await;
    let given = hub.lead(school).await.give(&schools[1], &all).await.created();
    hub.lead(&schools[1]).await.answer(&given, "accept").await.ok();
    assert_eq!(hub.balance(school).await, "0.00");
    readable(&hub, &schools).await;
}

/// Rows of before there was one bound: everything is listed, and recomputed within it.
async fn what_was_once_stored_is_read(hub: TestHub) {
    hub.three_schools().await;
    let draft = hub.draft(json!({ "pool": "600", "floor": "1" })).await;
    let db = hub.world.db();
    let mut tx = db.write_everywhere().await.unwrap();
    let hub_id: uuid::Uuid = hub.id.parse().unwrap();
    let rules = r#"{"funding":{"gbp":"120000000000.00","returned_share_percent":100,"credit_value_pence":100},"floor":"10000000000.00","cap":"99999999999.00","phase_weights":[],"prorate_by_months":false}"#;
    tx.query("UPDATE allocations SET pool = 12000000000000, rules = $2 WHERE hub_id = $1")
        .bind(hub_id)
        .bind(rules.to_owned())
        .run()
        .await
        .unwrap()
        .any();
    let (last,): (i64,) = tx
        .query("UPDATE ledger_heads SET changes = changes + 1 WHERE hub_id = $1 RETURNING changes")
        .bind(hub_id)
        .one()
        .await
        .unwrap();
    tx.query("INSERT INTO changes (hub_id, sequence, recorded_at, kind, subject_id, data, hash) VALUES ($1, $2, $3, 'allocation.approved', $4, $5, $6)")
        .bind(hub_id)
        .bind(last)
        .bind(hub.world.clock.now())
        .bind(draft["id"].as_str().unwrap().to_owned())
        .bind(r#"{"credits":"120000000000.00"}"#.to_owned())
        .bind(vec![0_u8; 32])
        .run()
        .await
        .unwrap().any();
    tx.commit().await.unwrap();
    let listed = hub.manager().all("/v1/allocations").await.remove(0);
    assert_eq!(
        (&listed["pool"], &listed["floor"], &listed["funding"]["gbp"]),
        (&json!("120000000000.00"), &json!("10000000000.00"), &json!("120000000000.00"))
    );
    assert_eq!(
        hub.manager().get("/v1/changes?limit=200").await.ok()["items"].as_array().unwrap().last().unwrap()["credits"],
        "120000000000.00"
    );
    let path = format!("/v1/allocations/{}", draft["id"].as_str().unwrap());
    let again = hub.manager().patch(&path, "\"1\"", allocation(json!({ "pool": "600" }))).await.ok();
    assert_eq!(again["pool"], "600.00");
}
