//! `/v1/allocations/{id}/reverse`: an allocation is taken back as a whole.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{EventPlan, Reply, TestHub, World, nobody};

fn at(allocation: &Value) -> String {
    format!("/v1/allocations/{}", allocation["id"].as_str().unwrap())
}

/// Reverses an allocation as it was approved.
async fn reverse(hub: &TestHub, allocation: &Value) -> Reply {
    let path = format!("{}/reverse", at(allocation));
    hub.manager().post(&path, json!({ "reason": "the wrong census" })).header("if-match", "\"2\"").await
}

both_engines!(
    an_allocation_is_taken_back_by_its_mirror,
    what_was_spent_is_named_school_by_school,
    its_adjustments_are_reversed_first,
    a_reversal_is_asked_for_in_full,
    whoever_names_the_transaction_takes_the_allocation_back,
    reversals_are_the_managers_own,
    every_school_of_england_is_adjusted_and_taken_back
);

async fn an_allocation_is_taken_back_by_its_mirror(hub: TestHub) {
    let schools = hub.three_schools().await;
    let lead = hub.lead(&schools[0]).await;
    let base = hub.allocate(json!({ "pool": "600" })).await;
    assert_eq!(base["reversal"], Value::Null);
    let reversed = reverse(&hub, &base).await;
    assert_eq!(reversed.etag(), "\"3\"");
    let reversed = reversed.ok();
    let reversal = &reversed["reversal"];
    assert_eq!(
        (&reversed["state"], &reversal["reason"], &reversal["by"], &reversal["at"]),
        (&json!("reversed"), &json!("the wrong census"), &json!(hub.manager().id()), &json!("2026-10-05T09:00:00Z"))
    );
    let mirror =
        hub.manager().get(&format!("/v1/transactions/{}", reversal["transaction_id"].as_str().unwrap())).await.ok();
    assert_eq!(
        (&mirror["kind"], &mirror["reverses"], &mirror["memo"], &mirror["source_id"]),
        (&json!("reversed"), &reversed["transaction_id"], &json!("the wrong census"), &base["id"])
    );
    for school in &schools {
        assert_eq!(hub.balance(school).await, "0.00");
    }
    assert_eq!(hub.manager().all("/v1/accounts?kind=issuance").await[0]["balance"], "0.00");
    let told = lead.all("/v1/me/notices").await;
    assert_eq!((&told[0]["kind"], &told[0]["allocation_id"]), (&json!("allocation_reversed"), &base["id"]));
    hub.verified().await;
    // It stays to be looked at, and nothing more is done with it.
    assert_eq!(hub.lines_of(&base, ["credits"]).await, [["100.00"], ["200.00"], ["300.00"]]);
    let path = format!("{}/reverse", at(&base));
    let again = hub.manager().post(&path, json!({ "reason": "again" })).header("if-match", "\"3\"").await;
    assert!(again.refused(409, "invalid_transition")["detail"].as_str().unwrap().contains("is reversed"));
    hub.manager()
        .post(&format!("{}/adjustment", at(&base)), json!({ "pool": "1" }))
        .await
        .refused(409, "invalid_transition");
    hub.manager()
        .post(&format!("{}/approve", at(&base)), None)
        .header("if-match", "\"3\"")
        .await
        .refused(409, "invalid_transition");
    // The year can be allocated anew.
    hub.allocate(json!({ "pool": "60" })).await;
    assert_eq!(hub.balance(&schools[0]).await, "10.00");
    hub.verified().await;
}

async fn what_was_spent_is_named_school_by_school(hub: TestHub) {
    let schools = hub.three_schools().await;
    let base = hub.allocate(json!({ "pool": "600" })).await;
    for (school, price) in [(0, "0.01"), (2, "150")] {
        let event = hub.event(EventPlan::of(5, price)).await;
        hub.lead(&schools[school]).await.book(&event).await.created();
    }
    let before = (hub.manager().get("/v1/ledger/head").await.ok(), hub.manager().all("/v1/allocations").await);
    let problem = reverse(&hub, &base).await.refused(409, "insufficient_credits");
    assert_eq!(
        problem["errors"],
        json!([
            { "pointer": "100001", "code": "too_few_credits", "detail": "A is short by 0.01 credits" },
            { "pointer": "100003", "code": "too_few_credits", "detail": "C is short by 150.00 credits" },
        ])
    );
    assert_eq!((hub.manager().get("/v1/ledger/head").await.ok(), hub.manager().all("/v1/allocations").await), before);
}

async fn its_adjustments_are_reversed_first(hub: TestHub) {
    let schools = hub.three_schools().await;
    let base = hub.allocate(json!({ "pool": "600" })).await;
    hub.correct_roll(&schools[2], 200).await;
    let first = hub.approve(&hub.correct(&base, json!({})).await).await;
    hub.correct_roll(&schools[2], 100).await;
    let second = hub.approve(&hub.correct(&base, json!({ "pool": "400" })).await).await;
    let waiting = hub.correct(&base, json!({ "pool": "800" })).await;
    let named = |problem: Value| -> Vec<Value> {
        problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].clone()).collect()
    };
    assert_eq!(named(reverse(&hub, &base).await.refused(409, "in_use")), [at(&second), at(&first)]);
    assert_eq!(named(reverse(&hub, &first).await.refused(409, "in_use")), [at(&second)]);
    reverse(&hub, &second).await.ok();
    assert_eq!(
        (hub.balance(&schools[0]).await, hub.balance(&schools[2]).await),
        ("120.00".to_owned(), "240.00".to_owned())
    );
    hub.verified().await;
    // What was drafted on it does not hold any more; the next is counted on.
    hub.approval(&waiting).await.refused(409, "allocation_outdated");
    let third = hub.approve(&hub.correct(&base, json!({})).await).await;
    assert_eq!((&third["nth"], &third["pool"]), (&json!(3), &json!("600.00")));
    reverse(&hub, &third).await.ok();
    reverse(&hub, &first).await.ok();
    reverse(&hub, &base).await.ok();
    hub.approval(&waiting).await.refused(409, "invalid_transition");
    assert_eq!(hub.balance(&schools[1]).await, "0.00");
    hub.verified().await;
}

async fn a_reversal_is_asked_for_in_full(hub: TestHub) {
    let schools = hub.three_schools().await;
    let base = hub.allocate(json!({ "pool": "600" })).await;
    let drafted = hub.draft(json!({ "pool": "6" })).await;
    let path = format!("{}/reverse", at(&base));
    let because = || json!({ "reason": "wrong" });
    hub.manager()
        .post(&path, because())
        .header("if-match", "\"2\"")
        .no_key()
        .await
        .refused(400, "idempotency_key_required");
    hub.manager().post(&path, because()).await.refused(428, "if_match_required");
    hub.manager().post(&path, because()).header("if-match", "\"1\"").await.refused(412, "stale");
    hub.manager().post(&path, json!({})).header("if-match", "\"2\"").await.invalid(&[("/reason", "missing")]);
    hub.manager()
        .post(&path, json!({ "reason": "" }))
        .header("if-match", "\"2\"")
        .await
        .invalid(&[("/reason", "invalid")]);
    hub.manager()
        .post(&path, json!({ "reason": "x", "pool": "1" }))
        .header("if-match", "\"2\"")
        .await
        .invalid(&[("/pool", "unknown_field")]);
    hub.manager()
        .post(&format!("{}/reverse", at(&drafted)), because())
        .header("if-match", "\"1\"")
        .await
        .refused(409, "invalid_transition");
    hub.manager()
        .post(&format!("/v1/allocations/{}/reverse", nobody()), because())
        .header("if-match", "\"1\"")
        .await
        .refused(404, "not_found");
    assert_eq!(hub.balance(&schools[0]).await, "100.00");
    // The same key does it once and answers twice; of two that do it at once, one is told.
    let once = || hub.manager().post(&path, because()).header("if-match", "\"2\"").key("take-it-back");
    let (first, again) = (once().await, once().await);
    assert_eq!((first.ok(), again.header("idempotency-replayed")), (again.ok(), Some("true")));
    let other = hub.allocate(json!({ "pool": "600" })).await;
    let (one, two) = tokio::join!(reverse(&hub, &other), reverse(&hub, &other));
    let (won, told) = if one.status == 200 { (one, two) } else { (two, one) };
    won.ok();
    told.refused(409, "invalid_transition");
    assert_eq!(hub.verified().await["transactions"], 4);
}

async fn whoever_names_the_transaction_takes_the_allocation_back(hub: TestHub) {
    let schools = hub.three_schools().await;
    let base = hub.allocate(json!({ "pool": "600" })).await;
    hub.correct_roll(&schools[2], 200).await;
    let adjusted = hub.approve(&hub.correct(&base, json!({})).await).await;
    let reverse = async |of: &Value| {
        let path = format!("/v1/transactions/{}/reverse", of["transaction_id"].as_str().unwrap());
        hub.manager().post(&path, json!({ "reason": "A mistake" })).await
    };
    reverse(&base).await.refused(409, "in_use");
    let mirror = reverse(&adjusted).await.created();
    let now = hub.manager().get(&at(&adjusted)).await.ok();
    assert_eq!(
        (&now["state"], &now["reversal"]["transaction_id"], &now["reversal"]["reason"]),
        (&json!("reversed"), &mirror["id"], &json!("A mistake"))
    );
    reverse(&adjusted).await.refused(409, "already_reversed");
    reverse(&base).await.created();
    assert_eq!(hub.manager().get(&at(&base)).await.ok()["state"], "reversed");
    let told = hub.manager().get("/v1/changes?limit=200").await.ok()["items"].as_array().unwrap().clone();
    let told: Vec<(&str, &Value, &Value)> = told
        .iter()
        .filter(|change| change["kind"].as_str().unwrap().starts_with("allocation."))
        .map(|change| (change["kind"].as_str().unwrap(), &change["credits"], &change["transaction_id"]))
        .collect();
    let (sixty, all) = (json!("60.00"), json!("600.00"));
    let back = hub.manager().get(&at(&base)).await.ok()["reversal"]["transaction_id"].clone();
    assert_eq!(
        told,
        [
            ("allocation.drafted", &Value::Null, &Value::Null),
            ("allocation.approved", &all, &base["transaction_id"]),
            ("allocation.drafted", &Value::Null, &Value::Null),
            ("allocation.adjusted", &sixty, &adjusted["transaction_id"]),
            ("allocation.reversed", &sixty, &mirror["id"]),
            ("allocation.reversed", &all, &back),
        ]
    );
    hub.verified().await;
}

async fn reversals_are_the_managers_own(world: World) {
    let (hub, other) = (world.hub("West London").await, world.hub("East London").await);
    let schools = hub.three_schools().await;
    let base = hub.allocate(json!({ "pool": "600" })).await;
    let path = format!("{}/reverse", at(&base));
    let because = || json!({ "reason": "wrong" });
    for caller in [hub.lead(&schools[0]).await, hub.viewer().await, hub.teacher(&schools[0]).await] {
        caller.post(&path, because()).header("if-match", "\"2\"").await.refused(403, "forbidden");
    }
    other.manager().post(&path, because()).header("if-match", "\"2\"").await.refused(404, "not_found");
}

async fn every_school_of_england_is_adjusted_and_taken_back(hub: TestHub) {
    hub.open_year("2026/27").await;
    let mut file = String::new();
    let packed = include_bytes!("../../data/schools-england.csv.gz");
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&packed[..]), &mut file).unwrap();
    hub.import(file.clone()).await;
    let base = hub.allocate(json!({ "pool": "6250000", "step": "0.01" })).await;
    // Every fourth school has a pupil more than was counted.
    let mut rows = csv::Reader::from_reader(file.as_bytes());
    let mut column = |name: &str| rows.headers().unwrap().iter().position(|header| header == name).unwrap();
    let (urn, pupils) = (column("urn"), column("pupils"));
    let mut corrected = String::from("urn,pupils\n");
    for (n, row) in rows.records().enumerate() {
        let row = row.unwrap();
        if n % 4 == 0
            && let Ok(counted) = row[pupils].parse::<i64>()
        {
            corrected.push_str(&format!("{},{}\n", &row[urn], counted + 1));
        }
    }
    let path = format!("/v1/rolls/import?census_date={}", crate::support::CENSUS);
    hub.manager().post(&path, None).csv(corrected).await.ok();
    let draft = hub.correct(&base, json!({})).await;
    assert_eq!((&draft["schools"], &draft["was"]), (&json!(24_433), &json!("6250000.00")));
    let adjusted = hub.approve(&draft).await;
    assert_eq!(adjusted["issued"], "0.00");
    let total = hub
        .manager()
        .get(&format!("{}/comparison/total?against={}", at(&adjusted), base["id"].as_str().unwrap()))
        .await
        .ok();
    assert_eq!((&total["schools"], &total["difference"]), (&json!(24_433), &json!("0.00")));
    hub.verified().await;
    reverse(&hub, &adjusted).await.ok();
    reverse(&hub, &base).await.ok();
    assert_eq!(hub.manager().all("/v1/accounts?kind=issuance").await[0]["balance"], "0.00");
    hub.verified().await;
}
