//! What the hub posts at its desk: every one of its doings is a change, and whoever tampers with its records is found.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{TestHub, new_adjustment};

/// The hub's changes of these kinds of thing, in order: what happened, to what, with how many credits.
async fn changes(hub: &TestHub) -> Vec<(String, Value, Value)> {
    let page = hub.manager().get("/v1/changes?limit=200").await.ok();
    let kinds = ["top_up.", "transfer.", "adjustment."];
    let text = |change: &Value| change["kind"].as_str().unwrap().to_owned();
    let items = page["items"].as_array().unwrap().iter();
    items
        .filter(|change| kinds.iter().any(|kind| text(change).starts_with(kind)))
        .map(|change| (text(change), change["subject_id"].clone(), change["credits"].clone()))
        .collect()
}

/// A top-up, a gift that was accepted, and a correction, of two schools.
async fn all_three(hub: &TestHub) {
    let (one, giving, _) = hub.funded_school("Lampton", "0").await;
    let (other, receiving, _) = hub.funded_school("Heston", "0").await;
    hub.year("2026/27").await;
    hub.top_up(&one, "120").await;
    let gift = giving.give(&other, "30").await.created();
    receiving.answer(&gift, "accept").await.ok();
    hub.adjust(&one, "debit", "5").await;
    hub.verified().await;
}

both_engines!(each_doing_is_a_change, records_that_differ_from_the_ledger_are_found, records_that_are_gone_are_missed);

async fn each_doing_is_a_change(hub: TestHub) {
    let (one, giving, _) = hub.funded_school("Lampton", "0").await;
    let (other, receiving, _) = hub.funded_school("Heston", "0").await;
    hub.year("2026/27").await;
    let paid = hub.top_up(&one, "100").await;
    let sold = hub.top_up(&one, "20").await;
    let [first, second, third] = [
        giving.give(&other, "10").await.created(),
        giving.give(&other, "11").await.created(),
        giving.give(&other, "12").await.created(),
    ];
    let gift = receiving.answer(&first, "accept").await.ok();
    receiving.answer(&second, "decline").await.ok();
    giving.answer(&third, "withdraw").await.ok();
    receiving.answer(&third, "accept").await.refused(409, "invalid_transition");
    let corrected = hub.adjust(&one, "credit", "5").await;
    for posted in [&sold, &gift, &corrected] {
        hub.manager().reverse(posted).await.created();
        hub.manager().reverse(posted).await.refused(409, "already_reversed");
    }
    let etag = hub.manager().get("/v1/hub").await.etag();
    hub.manager().patch("/v1/hub", &etag, json!({ "four_eyes": true })).await.ok();
    let proposed = hub.manager().post("/v1/adjustments", new_adjustment(&one, "debit", "7", json!({}))).await.created();
    hub.manager().post(&format!("/v1/adjustments/{}/discard", proposed["id"].as_str().unwrap()), None).await.ok();

    let (is, none) =
        (|kind: &str, of: &Value, credits: Value| (kind.to_owned(), of["id"].clone(), credits), Value::Null);
    assert_eq!(
        changes(&hub).await,
        [
            is("top_up.sold", &paid, json!("100.00")),
            is("top_up.sold", &sold, json!("20.00")),
            is("transfer.offered", &first, none.clone()),
            is("transfer.offered", &second, none.clone()),
            is("transfer.offered", &third, none.clone()),
            is("transfer.accepted", &first, json!("10.00")),
            is("transfer.declined", &second, none.clone()),
            is("transfer.withdrawn", &third, none.clone()),
            is("adjustment.posted", &corrected, json!("5.00")),
            is("top_up.reversed", &sold, json!("20.00")),
            is("transfer.reversed", &first, json!("10.00")),
            is("adjustment.reversed", &corrected, json!("5.00")),
            is("adjustment.proposed", &proposed, none.clone()),
            is("adjustment.discarded", &proposed, none),
        ]
    );
    hub.verified().await;
}

async fn records_that_differ_from_the_ledger_are_found(hub: TestHub) {
    all_three(&hub).await;
    for (change, back, what) in [
        (
            "UPDATE top_ups SET amount = amount + 1",
            "UPDATE top_ups SET amount = amount - 1",
            "a top-up differs from what the ledger posted for it",
        ),
        (
            "UPDATE top_ups SET year = '2027/28'",
            "UPDATE top_ups SET year = '2026/27'",
            "a top-up differs from what the ledger posted for it",
        ),
        (
            "UPDATE transfers SET amount = amount + 1",
            "UPDATE transfers SET amount = amount - 1",
            "a transfer differs from what the ledger posted for it",
        ),
        (
            "UPDATE transfers SET wallet = 'earned'",
            "UPDATE transfers SET wallet = 'allocated'",
            "a transfer differs from what the ledger posted for it",
        ),
        (
            "UPDATE transfers SET from_school_id = to_school_id, to_school_id = from_school_id",
            "UPDATE transfers SET from_school_id = to_school_id, to_school_id = from_school_id",
            "a transfer differs from what the ledger posted for it",
        ),
        (
            "UPDATE adjustments SET amount = amount + 1",
            "UPDATE adjustments SET amount = amount - 1",
            "an adjustment differs from what the ledger posted for it",
        ),
        (
            "UPDATE adjustments SET side = 'credit'",
            "UPDATE adjustments SET side = 'debit'",
            "an adjustment differs from what the ledger posted for it",
        ),
        (
            "UPDATE adjustments SET wallet = 'earned'",
            "UPDATE adjustments SET wallet = 'allocated'",
            "an adjustment differs from what the ledger posted for it",
        ),
        (
            "UPDATE adjustments SET effective_on = '2026-09-01'",
            "UPDATE adjustments SET effective_on = NULL",
            "an adjustment differs from what the ledger posted for it",
        ),
        (
            "UPDATE adjustments SET corrects = id",
            "UPDATE adjustments SET corrects = NULL",
            "an adjustment corrects a transaction that is not there",
        ),
        (
            "UPDATE transfers SET state = 'declined', transaction_id = NULL",
            "",
            "the ledger posted a transfer that was not accepted",
        ),
    ] {
        hub.year("2027/28").await;
        run(&hub, change).await;
        let found = hub.manager().get("/v1/ledger/verification").await.ok();
        assert_eq!(found["difference"]["what"], what, "{change}: {found}");
        if !back.is_empty() {
            run(&hub, back).await;
            hub.verified().await;
        }
    }
}

async fn records_that_are_gone_are_missed(hub: TestHub) {
    all_three(&hub).await;
    // In the order in which they are looked for, the last first.
    for (change, what) in [
        ("DELETE FROM adjustments", "the ledger posted an adjustment that is not there"),
        ("DELETE FROM transfers", "the ledger posted a transfer that was not accepted"),
        ("DELETE FROM top_ups", "the ledger posted a top-up that is not there"),
    ] {
        run(&hub, change).await;
        let found = hub.manager().get("/v1/ledger/verification").await.ok();
        assert_eq!(
            (&found["difference"]["what"], found["difference"]["transaction"].is_i64()),
            (&json!(what), true),
            "{found}"
        );
    }
}

/// Changes exactly one row, past the service.
async fn run(hub: &TestHub, sql: &'static str) {
    let mut tx = hub.world.db().write_everywhere().await.unwrap();
    assert_eq!(tx.query(sql).run().await.unwrap().count(), 1, "{sql}");
    tx.commit().await.unwrap();
}
