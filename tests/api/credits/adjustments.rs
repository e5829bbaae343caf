//! `/v1/adjustments`: corrections by hand, with a reason, and with four eyes where the hub asks for them.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{EventPlan, School, TestHub, World, new_adjustment, nobody};

/// The balance of an account of the hub by its kind.
async fn balance(hub: &TestHub, kind: &str) -> String {
    hub.manager()
        .all(&format!("/v1/accounts?kind={kind}"))
        .await
        .first()
        .map_or("none", |found| found["balance"].as_str().unwrap())
        .to_owned()
}

async fn four_eyes(hub: &TestHub) {
    let etag = hub.manager().get("/v1/hub").await.etag();
    hub.manager().patch("/v1/hub", &etag, json!({ "four_eyes": true })).await.ok();
}

async fn school(hub: &TestHub, credits: &str) -> School {
    hub.funded_school("Lampton", credits).await.0
}

both_engines!(
    a_wallet_is_corrected_either_way,
    what_the_hub_and_its_partners_have_is_corrected_too,
    what_can_t_be_corrected_is_refused_by_its_field,
    a_business_date_lies_in_an_open_year_and_not_ahead,
    four_eyes_propose_and_post,
    only_the_hub_sees_and_only_managers_correct
);

async fn a_wallet_is_corrected_either_way(hub: TestHub) {
    let school = school(&hub, "100").await;
    let made = hub.manager().post("/v1/adjustments", new_adjustment(&school, "credit", "12.5", json!({}))).await;
    let posted = made.created();
    assert_eq!(made.header("location"), Some(format!("/v1/adjustments/{}", posted["id"].as_str().unwrap()).as_str()));
    assert_eq!(
        ["state", "account", "wallet", "year", "amount", "school_name"]
            .map(|field| posted[field].as_str().unwrap().to_owned()),
        ["posted", "wallet", "allocated", "2026/27", "12.50", "Lampton"]
    );
    assert_eq!(
        (hub.balance(&school).await, balance(&hub, "adjustment").await),
        ("112.50".to_owned(), "12.50".to_owned())
    );
    hub.adjust(&school, "debit", "112.50").await;
    assert_eq!(
        (hub.balance(&school).await, balance(&hub, "adjustment").await),
        ("0.00".to_owned(), "-100.00".to_owned())
    );
    let refused = hub
        .manager()
        .post("/v1/adjustments", new_adjustment(&school, "debit", "0.01", json!({})))
        .await
        .refused(409, "insufficient_credits");
    assert!(
        refused["errors"][0]["pointer"] == "/amount"
            && refused["detail"].as_str().unwrap().contains("Lampton is short by 0.01"),
        "{refused}"
    );

    let transaction =
        hub.manager().get(&format!("/v1/transactions/{}", posted["transaction_id"].as_str().unwrap())).await.ok();
    assert_eq!(
        (&transaction["kind"], &transaction["memo"], &transaction["source_id"]),
        (&json!("adjustment_posted"), &json!("Counted twice"), &posted["id"])
    );
    let wallet = hub.manager().all(&format!("/v1/accounts?school_id={}", school.id)).await.remove(0);
    let lines = hub.manager().all(&format!("/v1/accounts/{}/entries", wallet["id"].as_str().unwrap())).await;
    assert_eq!(lines[1]["what_for"], "Correction: Counted twice");
    assert_eq!(hub.manager().get(&format!("/v1/adjustments/{}", posted["id"].as_str().unwrap())).await.ok(), posted);
    hub.verified().await;
}

async fn what_the_hub_and_its_partners_have_is_corrected_too(hub: TestHub) {
    hub.open_year("2026/27").await;
    let (partner, _) = hub.partner("Language Line").await;
    let adjust = async |over: Value| {
        let body = json!({ "side": "credit", "amount": "7", "reason": "Paid elsewhere" });
        hub.manager().post("/v1/adjustments", crate::support::with(body, over)).await
    };
    let posted = adjust(json!({ "account": "payable", "partner_id": partner })).await.created();
    assert_eq!((&posted["partner_name"], balance(&hub, "payable").await), (&json!("Language Line"), "7.00".to_owned()));
    adjust(json!({ "account": "income" })).await.created();
    adjust(json!({ "account": "lapsed" })).await.created();
    adjust(json!({ "account": "subsidy", "side": "debit" })).await.created();
    for kind in ["income", "lapsed", "subsidy"] {
        assert_eq!(balance(&hub, kind).await, "7.00", "{kind}");
    }
    assert_eq!(balance(&hub, "adjustment").await, "14.00");
    let refused = adjust(json!({ "account": "income", "side": "debit", "amount": "7.01" }))
        .await
        .refused(409, "insufficient_credits");
    assert!(refused["detail"].as_str().unwrap().contains("the income of 2026/27 is short by 0.01"), "{refused}");
    for closed in ["escrow", "issuance", "sales", "settled", "adjustment"] {
        adjust(json!({ "account": closed })).await.invalid(&[("/account", "invalid")]);
    }
    hub.verified().await;
}

async fn what_can_t_be_corrected_is_refused_by_its_field(hub: TestHub) {
    let school = school(&hub, "100").await;
    let (partner, _) = hub.partner("Language Line").await;
    let adjust =
        async |over: Value| hub.manager().post("/v1/adjustments", new_adjustment(&school, "credit", "10", over)).await;
    for wrong in ["0", "-1", "0.001", "1000000000000"] {
        adjust(json!({ "amount": wrong })).await.invalid(&[("/amount", "invalid")]);
    }
    for wrong in [json!(""), json!("  ")] {
        adjust(json!({ "reason": wrong })).await.invalid(&[("/reason", "invalid")]);
    }
    adjust(json!({ "reason": null })).await.invalid(&[("/reason", "wrong_type")]);
    hub.manager().post("/v1/adjustments", json!({})).await.invalid(&[
        ("/account", "missing"),
        ("/side", "missing"),
        ("/amount", "missing"),
        ("/reason", "missing"),
    ]);
    adjust(json!({ "school_id": null })).await.invalid(&[("/school_id", "missing")]);
    adjust(json!({ "partner_id": partner })).await.invalid(&[("/partner_id", "invalid")]);
    adjust(json!({ "account": "payable" })).await.invalid(&[("/school_id", "invalid"), ("/partner_id", "missing")]);
    adjust(json!({ "account": "income", "wallet": "earned" }))
        .await
        .invalid(&[("/school_id", "invalid"), ("/wallet", "invalid")]);
    adjust(json!({ "school_id": nobody() })).await.invalid(&[("/school_id", "unknown")]);
    adjust(json!({ "account": "payable", "school_id": null, "partner_id": nobody() }))
        .await
        .invalid(&[("/partner_id", "unknown")]);
    adjust(json!({ "corrects": nobody() })).await.invalid(&[("/corrects", "unknown")]);
    assert_eq!(adjust(json!({ "year": "2025/26" })).await.refused(409, "year_closed")["errors"][0]["pointer"], "/year");
    hub.manager()
        .post("/v1/adjustments", new_adjustment(&school, "credit", "10", json!({})))
        .no_key()
        .await
        .refused(400, "idempotency_key_required");
    assert_eq!(
        (hub.manager().all("/v1/adjustments").await.len(), hub.balance(&school).await),
        (0, "100.00".to_owned())
    );
}

async fn a_business_date_lies_in_an_open_year_and_not_ahead(hub: TestHub) {
    let school = school(&hub, "100").await;
    let adjust = async |day: &str| {
        hub.manager()
            .post("/v1/adjustments", new_adjustment(&school, "credit", "10", json!({ "effective_on": day })))
            .await
    };
    for day in ["2026-09-01", "2026-10-05"] {
        let posted = adjust(day).await.created();
        let transaction =
            hub.manager().get(&format!("/v1/transactions/{}", posted["transaction_id"].as_str().unwrap())).await.ok();
        assert_eq!((&transaction["effective_on"], &posted["effective_on"]), (&json!(day), &json!(day)));
    }
    adjust("2026-10-06").await.invalid(&[("/effective_on", "in_future")]);
    adjust("2026-02-30").await.invalid(&[("/effective_on", "invalid")]);
    let refused = adjust("2026-08-31").await.refused(409, "year_closed");
    assert_eq!(refused["errors"][0]["pointer"], "/effective_on");
    // It names what it corrects instead.
    let event = hub.event(EventPlan::of(10, "1")).await;
    hub.lead(&school).await.book(&event).await.created();
    let wrong = hub.manager().all("/v1/transactions").await.pop().unwrap();
    let posted = hub
        .manager()
        .post("/v1/adjustments", new_adjustment(&school, "credit", "1", json!({ "corrects": wrong["id"] })))
        .await
        .created();
    assert_eq!((&posted["corrects"], &posted["effective_on"]), (&wrong["id"], &Value::Null));
    hub.verified().await;
}

async fn four_eyes_propose_and_post(hub: TestHub) {
    let school = school(&hub, "100").await;
    four_eyes(&hub).await;
    let (manager, second) = (hub.manager(), hub.another_manager().await);
    let propose =
        async || manager.post("/v1/adjustments", new_adjustment(&school, "debit", "60", json!({}))).await.created();
    let (first, other, last) = (propose().await, propose().await, propose().await);
    assert_eq!(
        (&first["state"], &first["transaction_id"], hub.balance(&school).await),
        (&json!("proposed"), &Value::Null, "100.00".to_owned())
    );
    let path =
        |adjustment: &Value, what: &str| format!("/v1/adjustments/{}/{what}", adjustment["id"].as_str().unwrap());
    manager.post(&path(&first, "approve"), None).await.refused(409, "four_eyes");
    second.post(&path(&first, "approve"), None).no_key().await.refused(400, "idempotency_key_required");
    let posted = second.post(&path(&first, "approve"), None).await.ok();
    assert_eq!(
        (&posted["state"], &posted["decided_by"], hub.balance(&school).await),
        (&json!("posted"), &json!(second.id()), "40.00".to_owned())
    );
    second.post(&path(&other, "approve"), None).await.refused(409, "insufficient_credits");
    for (manager, what) in [(&second, "approve"), (&second, "discard")] {
        manager.post(&path(&first, what), None).await.refused(409, "invalid_transition");
    }
    assert_eq!(manager.post(&path(&other, "discard"), None).await.ok()["state"], "discarded");
    second.post(&path(&other, "approve"), None).await.refused(409, "invalid_transition");
    let states =
        async |state: &str| manager.all(&format!("/v1/adjustments?state={state}&school_id={}", school.id)).await.len();
    assert_eq!((states("posted").await, states("discarded").await, states("proposed").await), (1, 1, 1));
    hub.fund(&school, "100").await;
    let tasks: Vec<_> = ["approve", "discard", "approve"]
        .map(|what| tokio::spawn(second.post(&path(&last, what), None).into_future()))
        .into();
    let mut done = 0;
    for task in tasks {
        let reply = task.await.unwrap();
        if reply.status == 200 {
            done += 1
        } else {
            reply.refused(409, "invalid_transition");
        }
    }
    assert_eq!(done, 1);
    hub.verified().await;
}

async fn only_the_hub_sees_and_only_managers_correct(world: World) {
    let (hub, other) = (world.hub("West London").await, world.hub("East London").await);
    let school = school(&hub, "100").await;
    let (lead, teacher, viewer) = (hub.lead(&school).await, hub.teacher(&school).await, hub.viewer().await);
    let posted = hub.adjust(&school, "credit", "10").await;
    let path = format!("/v1/adjustments/{}", posted["id"].as_str().unwrap());
    for caller in [&lead, &teacher, &viewer] {
        caller
            .post("/v1/adjustments", new_adjustment(&school, "credit", "10", json!({})))
            .await
            .refused(403, "forbidden");
        caller.post(&format!("{path}/approve"), None).await.refused(403, "forbidden");
    }
    for caller in [&lead, &teacher] {
        caller.get("/v1/adjustments").await.refused(403, "forbidden");
        caller.get(&path).await.refused(403, "forbidden");
    }
    assert_eq!(viewer.all("/v1/adjustments").await, std::slice::from_ref(&posted));
    other.manager().get(&path).await.refused(404, "not_found");
    assert!(other.manager().all("/v1/adjustments").await.is_empty());
    let table = viewer.get("/v1/adjustments").as_csv().await.sheet();
    assert!(
        table.starts_with("id,year,account,school_name,wallet,partner_name,side,amount,reason,")
            && table.contains(",2026/27,wallet,Lampton,allocated,,credit,10.00,Counted twice,"),
        "{table}"
    );
}
