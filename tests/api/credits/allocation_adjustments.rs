//! `/v1/allocations/{id}/adjustment`: an approved allocation computed again by corrected rolls.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{EventPlan, School, TestHub, World, allocation, hundredths, nobody};

fn at(allocation: &Value) -> String {
    format!("/v1/allocations/{}", allocation["id"].as_str().unwrap())
}

/// What the wallets of the schools hold.
async fn balances(hub: &TestHub, schools: &[School]) -> Vec<String> {
    let mut balances = Vec::new();
    for school in schools {
        balances.push(hub.balance(school).await);
    }
    balances
}

/// Each account that a transaction moves with its amount: to wallets above zero, from them below.
async fn moved(hub: &TestHub, allocation: &Value) -> Vec<(String, i64)> {
    let path = format!("/v1/transactions/{}", allocation["transaction_id"].as_str().unwrap());
    let posted = hub.manager().get(&path).await.ok();
    let mut moved: Vec<(String, i64)> = posted["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let amount = hundredths(&entry["amount"]);
            (entry["account"].as_str().unwrap().to_owned(), if entry["side"] == "credit" { amount } else { -amount })
        })
        .collect();
    moved.sort();
    moved
}

fn wallet(school: &School) -> String {
    format!("wallet:2026/27:allocated:{}", school.id)
}

/// Everything that a refusal must leave alone.
async fn everything(hub: &TestHub) -> (Vec<Value>, Value, Vec<Value>) {
    let manager = hub.manager();
    let head = manager.get("/v1/ledger/head").await.ok();
    (manager.all("/v1/allocations").await, head, manager.all("/v1/accounts").await)
}

async fn close_year(hub: &TestHub, year: &str) {
    let id: uuid::Uuid = hub.id.parse().unwrap();
    let mut tx = hub.world.db().write_everywhere().await.unwrap();
    let close = tx.query("UPDATE academic_years SET state = 'closed' WHERE hub_id = $1 AND year = $2");
    close.bind(id).bind(year.to_owned()).run().await.unwrap().any();
    tx.commit().await.unwrap();
}

both_engines!(
    only_the_differences_are_posted,
    another_pool_is_issued_or_taken_back,
    a_school_that_joined_since_shares_by_its_months,
    a_school_that_joined_needs_a_roll,
    an_adjustment_is_computed_again_and_thrown_away,
    what_cannot_be_adjusted_is_refused_and_changes_nothing,
    of_two_adjustments_of_one_allocation_the_second_is_computed_again,
    two_managers_approve_an_adjustment_at_once_and_one_does,
    leads_are_told_what_became_of_their_credits,
    adjustments_are_the_managers_own,
    the_preview_follows_the_wallets
);

async fn only_the_differences_are_posted(hub: TestHub) {
    let schools = hub.three_schools().await;
    let base = hub.allocate(json!({ "pool": "600", "floor": "10" })).await;
    hub.correct_roll(&schools[2], 200).await;
    let draft = hub.correct(&base, json!({})).await;
    assert_eq!((&draft["state"], &draft["adjusts"], &draft["nth"]), (&json!("draft"), &base["id"], &Value::Null));
    assert_eq!(
        (&draft["pool"], &draft["was"], &draft["floor"], &draft["pupils"]),
        (&json!("600.00"), &json!("600.00"), &json!("10.00"), &json!(500))
    );
    assert_eq!((&draft["issued"], &draft["shortfall"]), (&Value::Null, &Value::Null));
    let expected = [
        ["100001", "100.00", "120.00", "20.00", "0.00", "0.00", "20.00"],
        ["100002", "200.00", "240.00", "40.00", "0.00", "0.00", "40.00"],
        ["100003", "300.00", "240.00", "-60.00", "60.00", "0.00", "-60.00"],
    ];
    let fields = ["urn", "was", "credits", "difference", "taken", "shortfall", "posted"];
    assert_eq!(hub.lines_of(&draft, fields).await, expected);
    assert_eq!(balances(&hub, &schools).await, ["100.00", "200.00", "300.00"]);
    let approved = hub.approve(&draft).await;
    assert_eq!(
        (&approved["state"], &approved["nth"], &approved["issued"], &approved["shortfall"]),
        (&json!("approved"), &json!(1), &json!("0.00"), &json!("0.00"))
    );
    assert_eq!(hub.lines_of(&approved, fields).await, expected);
    assert_eq!(balances(&hub, &schools).await, ["120.00", "240.00", "240.00"]);
    // Nobody else is touched: with the same pool not even the issuance.
    let mut expected = vec![(wallet(&schools[0]), 2_000), (wallet(&schools[1]), 4_000), (wallet(&schools[2]), -6_000)];
    expected.sort();
    assert_eq!(moved(&hub, &approved).await, expected);
    let posted =
        hub.manager().get(&format!("/v1/transactions/{}", approved["transaction_id"].as_str().unwrap())).await.ok();
    assert_eq!(
        (&posted["kind"], &posted["source_kind"], &posted["source_id"]),
        (&json!("allocation_adjusted"), &json!("allocation"), &approved["id"])
    );
    assert_eq!(hub.verified().await["transactions"], 2);
}

async fn another_pool_is_issued_or_taken_back(hub: TestHub) {
    let schools = hub.three_schools().await;
    let base = hub
        .allocate(json!({ "funding": { "gbp": "1200", "returned_share_percent": 50, "credit_value_pence": 100 } }))
        .await;
    hub.correct_roll(&schools[2], 200).await;
    let less = hub.approve(&hub.correct(&base, json!({ "pool": "500" })).await).await;
    assert_eq!((&less["pool"], &less["funding"], &less["issued"]), (&json!("500.00"), &Value::Null, &json!("-100.00")));
    assert_eq!(moved(&hub, &less).await, [("issuance:2026/27".to_owned(), 10_000), (wallet(&schools[2]), -10_000)]);
    // The pool stays what it has become.
    hub.correct_roll(&schools[2], 700).await;
    let same = hub.approve(&hub.correct(&base, json!({})).await).await;
    assert_eq!((&same["pool"], &same["nth"], &same["was"]), (&json!("500.00"), &json!(2), &json!("500.00")));
    assert_eq!(balances(&hub, &schools).await, ["50.00", "100.00", "350.00"]);
    let more = hub.approve(&hub.correct(&same, json!({ "pool": "1000" })).await).await;
    assert_eq!((&more["adjusts"], &more["nth"], &more["issued"]), (&base["id"], &json!(3), &json!("500.00")));
    assert_eq!(balances(&hub, &schools).await, ["100.00", "200.00", "700.00"]);
    assert_eq!(hub.manager().all("/v1/accounts?kind=issuance").await[0]["balance"], "1000.00");
    hub.verified().await;
}

async fn a_school_that_joined_since_shares_by_its_months(hub: TestHub) {
    let schools = hub.three_schools().await;
    let base = hub.allocate(json!({ "pool": "600", "prorate_by_months": true })).await;
    // D joins for 6 whole months, B leaves after 9, and A was never a member of the year after all.
    hub.import("urn,name,joined_on,pupils\n100004,D,2027-02-03,400\n").await;
    for (school, change) in [(1, json!({ "left_on": "2027-06-15" })), (0, json!({ "left_on": "2026-09-01" }))] {
        hub.manager().patch(&format!("/v1/schools/{}", schools[school].id), "\"1\"", change).await.ok();
    }
    let all = hub.schools_by_urn().await;
    let draft = hub.correct(&base, json!({ "pool": "650" })).await;
    assert_eq!((&draft["schools"], &draft["pupils"]), (&json!(4), &json!(900)));
    let expected = [
        ["100001", "0", "0", "100.00", "0.00", "-100.00"],
        ["100002", "9", "200", "200.00", "150.00", "-50.00"],
        ["100003", "12", "300", "300.00", "300.00", "0.00"],
        ["100004", "6", "400", "0.00", "200.00", "200.00"],
    ];
    assert_eq!(hub.lines_of(&draft, ["urn", "months", "pupils", "was", "credits", "posted"]).await, expected);
    let approved = hub.approve(&draft).await;
    assert_eq!(
        (&approved["issued"], balances(&hub, &all).await),
        (&json!("50.00"), ["0.00", "150.00", "300.00", "200.00"].map(str::to_owned).to_vec())
    );
    hub.verified().await;
    // Months were not asked for: then who is a member for a day shares in full.
    let other = hub.allocate(json!({ "pool": "900" })).await;
    assert_eq!(
        hub.lines_of(&other, ["urn", "months", "credits"]).await,
        [["100002", "12", "200.00"], ["100003", "12", "300.00"], ["100004", "12", "400.00"]]
    );
}

async fn a_school_that_joined_needs_a_roll(hub: TestHub) {
    let schools = hub.three_schools().await;
    let base = hub.allocate(json!({ "pool": "600" })).await;
    hub.manager()
        .post("/v1/schools", json!({ "urn": "100009", "name": "Nine", "phase": "primary", "membership": "full" }))
        .await
        .created();
    let problem =
        hub.manager().post(&format!("{}/adjustment", at(&base)), json!({})).await.refused(409, "missing_rolls");
    assert_eq!((&problem["errors"][0]["pointer"], problem["errors"].as_array().unwrap().len()), (&json!("100009"), 1));
    assert_eq!(balances(&hub, &schools).await, ["100.00", "200.00", "300.00"]);
}

async fn an_adjustment_is_computed_again_and_thrown_away(hub: TestHub) {
    let schools = hub.three_schools().await;
    let base = hub.allocate(json!({ "pool": "600" })).await;
    hub.correct_roll(&schools[2], 200).await;
    let draft = hub.correct(&base, json!({})).await;
    let (path, again) = (at(&draft), format!("{}/adjustment", at(&draft)));
    hub.correct_roll(&schools[2], 0).await;
    assert_eq!(hub.lines_of(&draft, ["credits"]).await, [["120.00"], ["240.00"], ["240.00"]]);
    hub.manager().request(reqwest::Method::PATCH, &again).json(&json!({})).await.refused(428, "if_match_required");
    let changed = hub.manager().patch(&again, "\"1\"", json!({ "pool": "300", "shortfalls": "leave" })).await;
    assert_eq!(
        (changed.etag().as_str(), &changed.ok()["shortfalls"], &changed.ok()["adjusts"]),
        ("\"2\"", &json!("leave"), &base["id"])
    );
    assert_eq!(
        hub.lines_of(&draft, ["was", "credits", "posted"]).await,
        [["100.00", "100.00", "0.00"], ["200.00", "200.00", "0.00"], ["300.00", "0.00", "-300.00"]]
    );
    hub.manager().patch(&again, "\"1\"", json!({})).await.refused(412, "stale");
    hub.manager().patch(&again, "\"2\"", json!({ "pool": "0" })).await.refused(400, "pool_not_positive");
    // Each of the two kinds has a command of its own.
    hub.manager().patch(&path, "\"2\"", allocation(json!({ "pool": "1" }))).await.refused(409, "invalid_transition");
    let plain = hub.draft(json!({ "pool": "1" })).await;
    hub.manager()
        .patch(&format!("{}/adjustment", at(&plain)), "\"1\"", json!({}))
        .await
        .refused(409, "invalid_transition");
    hub.manager().delete(&path).header("if-match", "\"1\"").await.refused(412, "stale");
    hub.manager().delete(&path).header("if-match", "\"2\"").await.is(204);
    hub.manager().get(&path).await.refused(404, "not_found");
    assert_eq!(balances(&hub, &schools).await, ["100.00", "200.00", "300.00"]);
    hub.verified().await;
}

async fn what_cannot_be_adjusted_is_refused_and_changes_nothing(hub: TestHub) {
    let schools = hub.three_schools().await;
    let base = hub.allocate(json!({ "pool": "600", "floor": "50" })).await;
    let path = format!("{}/adjustment", at(&base));
    let drafted = hub.draft(json!({ "pool": "60" })).await;
    let before = everything(&hub).await;
    hub.manager().post(&path, json!({})).await.refused(409, "nothing_to_adjust");
    hub.manager().post(&path, json!({ "pool": "600.00" })).await.refused(409, "nothing_to_adjust");
    hub.manager().post(&format!("{}/adjustment", at(&drafted)), json!({})).await.refused(409, "invalid_transition");
    hub.manager().post(&format!("/v1/allocations/{}/adjustment", nobody()), json!({})).await.refused(404, "not_found");
    for (body, code, pointer) in [
        (json!({ "pool": "0" }), "pool_not_positive", "/pool"),
        (json!({ "pool": "599.50" }), "step_does_not_divide", "/pool"),
        (json!({ "pool": "-1" }), "invalid_request", "/pool"),
        (json!({ "pool": "1.001" }), "invalid_request", "/pool"),
        (json!({ "pool": "10000000000000" }), "invalid_request", "/pool"),
        (json!({ "shortfalls": "forgive" }), "invalid_request", "/shortfalls"),
        (json!({ "year": "2026/27" }), "invalid_request", "/year"),
    ] {
        let problem = hub.manager().post(&path, body).await.refused(400, code);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    hub.manager().post(&path, json!({ "pool": "149" })).await.refused(409, "floors_over_pool");
    assert_eq!(everything(&hub).await, before);
    // In a year that is closed nothing is corrected; what was drafted before is not approved either.
    hub.correct_roll(&schools[0], 1).await;
    let late = hub.correct(&base, json!({})).await;
    close_year(&hub, "2026/27").await;
    let before = everything(&hub).await;
    hub.manager().post(&path, json!({ "pool": "700" })).await.refused(409, "year_closed");
    hub.approval(&late).await.refused(409, "year_closed");
    hub.manager().patch(&format!("{}/adjustment", at(&late)), "\"1\"", json!({})).await.refused(409, "year_closed");
    assert_eq!(everything(&hub).await, before);
}

async fn of_two_adjustments_of_one_allocation_the_second_is_computed_again(hub: TestHub) {
    let schools = hub.three_schools().await;
    let base = hub.allocate(json!({ "pool": "600" })).await;
    hub.correct_roll(&schools[2], 200).await;
    let (first, second) = (hub.correct(&base, json!({})).await, hub.correct(&base, json!({ "pool": "1000" })).await);
    hub.approve(&second).await;
    let problem = hub.approval(&first).await.refused(409, "allocation_outdated");
    assert!(problem["detail"].as_str().unwrap().contains("compute it again"), "{problem}");
    assert_eq!(balances(&hub, &schools).await, ["200.00", "400.00", "400.00"]);
    let again =
        hub.manager().patch(&format!("{}/adjustment", at(&first)), "\"1\"", json!({ "pool": "500" })).await.ok();
    assert_eq!((&again["was"], &again["pool"]), (&json!("1000.00"), &json!("500.00")));
    let approved = hub.manager().post(&format!("{}/approve", at(&first)), None).header("if-match", "\"2\"").await.ok();
    assert_eq!(
        (&approved["nth"], balances(&hub, &schools).await),
        (&json!(2), ["100.00", "200.00", "200.00"].map(str::to_owned).to_vec())
    );
    hub.verified().await;
}

async fn two_managers_approve_an_adjustment_at_once_and_one_does(hub: TestHub) {
    let schools = hub.three_schools().await;
    let base = hub.allocate(json!({ "pool": "600" })).await;
    hub.manager().patch("/v1/hub", "\"1\"", json!({ "four_eyes": true })).await.ok();
    hub.correct_roll(&schools[2], 200).await;
    let draft = hub.correct(&base, json!({})).await;
    hub.approval(&draft).await.refused(409, "four_eyes");
    let (one, other) = (hub.another_manager().await, hub.another_manager().await);
    let path = format!("{}/approve", at(&draft));
    let approve = async |manager: &crate::support::Client| manager.post(&path, None).header("if-match", "\"1\"").await;
    let (first, second) = tokio::join!(approve(&one), approve(&other));
    let (won, told) = if first.status == 200 { (first, second) } else { (second, first) };
    assert_eq!(won.ok()["state"], "approved");
    let problem = told.refused(409, "invalid_transition");
    assert!(problem["detail"].as_str().unwrap().contains("is approved"), "{problem}");
    assert_eq!(hub.verified().await["transactions"], 2);
}

async fn leads_are_told_what_became_of_their_credits(hub: TestHub) {
    let schools = hub.three_schools().await;
    let (a, b) = (hub.lead(&schools[0]).await, hub.lead(&schools[1]).await);
    let base = hub.allocate(json!({ "pool": "600" })).await;
    hub.correct_roll(&schools[0], 50).await;
    hub.correct_roll(&schools[2], 350).await;
    let adjusted = hub.approve(&hub.correct(&base, json!({})).await).await;
    let told = async |lead: &crate::support::Client| -> Vec<Value> {
        let told = lead.all("/v1/me/notices").await;
        told.iter().map(|told| json!([told["kind"], told["allocation_id"], told["allocation_year"]])).collect()
    };
    let allocated = json!(["credits_allocated", base["id"], "2026/27"]);
    assert_eq!(told(&a).await, [json!(["credits_adjusted", adjusted["id"], "2026/27"]), allocated.clone()]);
    assert_eq!(told(&b).await, [allocated]);
    // What a lead was told of they can look at.
    assert_eq!(a.all(&format!("{}/lines", at(&adjusted))).await[0]["posted"], "-50.00");
    let wallet = a.all("/v1/accounts?kind=wallet").await[0]["id"].as_str().unwrap().to_owned();
    let statement = a.all(&format!("/v1/accounts/{wallet}/entries")).await;
    let what_for: Vec<&Value> = statement.iter().map(|line| &line["what_for"]).collect();
    assert_eq!(what_for, ["Allocation for 2026/27", "Correction of the allocation for 2026/27"]);
}

async fn adjustments_are_the_managers_own(world: World) {
    let (hub, other) = (world.hub("West London").await, world.hub("East London").await);
    let schools = hub.three_schools().await;
    let base = hub.allocate(json!({ "pool": "600" })).await;
    hub.correct_roll(&schools[0], 50).await;
    let draft = hub.correct(&base, json!({})).await;
    let lead = hub.lead(&schools[0]).await;
    for caller in [&lead, &hub.viewer().await, &hub.teacher(&schools[0]).await] {
        caller.post(&format!("{}/adjustment", at(&base)), json!({})).await.refused(403, "forbidden");
        caller.patch(&format!("{}/adjustment", at(&draft)), "\"1\"", json!({})).await.refused(403, "forbidden");
    }
    lead.get(&at(&draft)).await.refused(404, "not_found");
    other.manager().post(&format!("{}/adjustment", at(&base)), json!({})).await.refused(404, "not_found");
    other.manager().patch(&format!("{}/adjustment", at(&draft)), "\"1\"", json!({})).await.refused(404, "not_found");
}

async fn the_preview_follows_the_wallets(hub: TestHub) {
    let schools = hub.three_schools().await;
    let base = hub.allocate(json!({ "pool": "600" })).await;
    hub.correct_roll(&schools[2], 0).await;
    let draft = hub.correct(&base, json!({ "pool": "300" })).await;
    let line = async || hub.lines_of(&draft, ["difference", "taken", "shortfall", "posted"]).await[2].clone();
    assert_eq!(line().await, ["-300.00", "300.00", "0.00", "-300.00"]);
    let event = hub.event(EventPlan::of(1, "0.01")).await;
    hub.lead(&schools[2]).await.book(&event).await.created();
    assert_eq!(line().await, ["-300.00", "299.99", "0.01", "-299.99"]);
}
