//! `/v1/allocations`: drafted, looked at, approved once.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{TestHub, World, allocation, hundredths};

/// The lines of an allocation.
pub(super) async fn lines(hub: &TestHub, allocation: &Value) -> Vec<Value> {
    hub.manager().all(&format!("/v1/allocations/{}/lines?limit=200", allocation["id"].as_str().unwrap())).await
}

/// What the lines give, by URN, in hundredths.
pub(super) async fn credits(hub: &TestHub, allocation: &Value) -> HashMap<String, i64> {
    let lines = lines(hub, allocation).await;
    lines.iter().map(|line| (line["urn"].as_str().unwrap().to_owned(), hundredths(&line["credits"]))).collect()
}

fn at(allocation: &Value) -> String {
    format!("/v1/allocations/{}", allocation["id"].as_str().unwrap())
}

/// Everything that a refusal must leave alone.
pub(super) async fn everything(hub: &TestHub) -> (Vec<Value>, Value, Vec<Value>) {
    let manager = hub.manager();
    let head = manager.get("/v1/ledger/head").await.ok();
    (manager.all("/v1/allocations").await, head, manager.all("/v1/accounts").await)
}

both_engines!(
    approval_fills_the_wallets_once,
    of_eight_who_approve_at_once_one_does,
    the_same_key_approves_once_and_answers_twice,
    with_four_eyes_another_manager_approves,
    a_draft_is_computed_again_and_thrown_away,
    each_role_sees_what_is_theirs,
    lines_come_in_pages_and_as_a_table,
    allocations_are_listed_by_year_and_state
);

async fn approval_fills_the_wallets_once(hub: TestHub) {
    let schools = hub.london_west().await;
    let drafted = hub.draft(json!({ "pool": "12345" })).await;
    let expected = credits(&hub, &drafted).await;
    let path = format!("{}/approve", at(&drafted));
    hub.manager().post(&path, None).header("if-match", "\"1\"").no_key().await.refused(400, "idempotency_key_required");
    hub.manager().post(&path, None).await.refused(428, "if_match_required");
    let approved = hub.manager().post(&path, None).header("if-match", "\"1\"").await;
    assert_eq!(approved.etag(), "\"2\"");
    let approved = approved.ok();
    assert_eq!((&approved["state"], &approved["approved_by"]), (&json!("approved"), &json!(hub.manager().id())));
    for school in &schools {
        assert_eq!(hundredths(&json!(hub.balance(school).await)), expected[&school.urn]);
    }
    let posted =
        hub.manager().get(&format!("/v1/transactions/{}", approved["transaction_id"].as_str().unwrap())).await.ok();
    assert_eq!(
        (&posted["kind"], &posted["sequence"], &posted["effective_on"]),
        (&json!("allocation_approved"), &json!(1), &json!("2026-10-05"))
    );
    assert_eq!((&posted["source_id"], &posted["entries"][0]["account"]), (&drafted["id"], &json!("issuance:2026/27")));
    hub.manager().post(&path, None).header("if-match", "\"2\"").await.refused(409, "invalid_transition");
    hub.manager()
        .patch(&at(&drafted), "\"2\"", allocation(json!({ "pool": "1" })))
        .await
        .refused(409, "invalid_transition");
    hub.manager().delete(&at(&drafted)).header("if-match", "\"2\"").await.refused(409, "invalid_transition");
    hub.verified().await;
}

async fn of_eight_who_approve_at_once_one_does(hub: TestHub) {
    hub.london_west().await;
    let drafted = hub.draft(json!({ "pool": "500" })).await;
    let path = format!("{}/approve", at(&drafted));
    let replies = futures_util::future::join_all(
        (0..8).map(|_| async { hub.manager().post(&path, None).header("if-match", "\"1\"").await }),
    )
    .await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    for refused in replies.iter().filter(|reply| reply.status != 200) {
        let problem = refused.refused(409, "invalid_transition");
        assert!(problem["detail"].as_str().unwrap().contains("is approved"), "{problem}");
    }
    assert_eq!(hub.verified().await["transactions"], 1);
}

async fn the_same_key_approves_once_and_answers_twice(hub: TestHub) {
    hub.london_west().await;
    let drafted = hub.draft(json!({ "pool": "500" })).await;
    let approve =
        || hub.manager().post(&format!("{}/approve", at(&drafted)), None).header("if-match", "\"1\"").key("approve-it");
    let (first, again) = (approve().await, approve().await);
    assert_eq!((first.ok(), first.etag()), (again.ok(), again.etag()));
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), (None, Some("true")));
    assert_eq!(hub.verified().await["transactions"], 1);
}

async fn with_four_eyes_another_manager_approves(hub: TestHub) {
    hub.london_west().await;
    hub.manager().patch("/v1/hub", "\"1\"", json!({ "four_eyes": true })).await.ok();
    let (author, other) = (hub.manager(), hub.another_manager().await);
    let drafted = hub.draft(json!({ "pool": "500" })).await;
    let path = format!("{}/approve", at(&drafted));
    let before = everything(&hub).await;
    author.post(&path, None).header("if-match", "\"1\"").await.refused(409, "four_eyes");
    assert_eq!(everything(&hub).await, before);
    // Whoever computes it again becomes its author: nobody approves what they alone decided.
    other.patch(&at(&drafted), "\"1\"", allocation(json!({ "pool": "600" }))).await.ok();
    other.post(&path, None).header("if-match", "\"2\"").await.refused(409, "four_eyes");
    let approved = author.post(&path, None).header("if-match", "\"2\"").await.ok();
    assert_eq!((&approved["approved_by"], &approved["drafted_by"]), (&json!(author.id()), &json!(other.id())));
}

async fn a_draft_is_computed_again_and_thrown_away(hub: TestHub) {
    let schools = hub.london_west().await;
    let drafted = hub.draft(json!({ "pool": "500", "floor": "3" })).await;
    let path = at(&drafted);
    hub.manager()
        .request(reqwest::Method::PATCH, &path)
        .json(&allocation(json!({ "pool": "600" })))
        .await
        .refused(428, "if_match_required");
    let changed = hub.manager().patch(&path, "\"1\"", allocation(json!({ "pool": "600" }))).await;
    assert_eq!(
        (changed.etag().as_str(), &changed.ok()["floor"], &changed.ok()["drafted_at"]),
        ("\"2\"", &Value::Null, &drafted["drafted_at"])
    );
    let given = credits(&hub, &drafted).await;
    assert_eq!((given.len(), given.values().sum::<i64>()), (21, 60_000));
    hub.manager().patch(&path, "\"1\"", allocation(json!({ "pool": "700" }))).await.refused(412, "stale");
    hub.manager().post(&format!("{path}/approve"), None).header("if-match", "\"1\"").await.refused(412, "stale");
    hub.manager().patch(&path, "\"2\"", allocation(json!({ "pool": "0" }))).await.refused(400, "pool_not_positive");
    hub.manager()
        .patch(&path, "\"2\"", allocation(json!({ "pool": "1", "floor": "1" })))
        .await
        .refused(409, "floors_over_pool");
    assert_eq!(credits(&hub, &drafted).await, given);
    // A corrected roll shows in the draft only when it is computed again.
    hub.manager()
        .post(
            &format!("/v1/schools/{}/rolls", schools[0].id),
            json!({ "census_date": crate::support::CENSUS, "pupils": 0 }),
        )
        .await
        .created();
    assert_eq!(credits(&hub, &drafted).await, given);
    hub.manager().patch(&path, "\"2\"", allocation(json!({ "pool": "600" }))).await.ok();
    assert_eq!(credits(&hub, &drafted).await[&schools[0].urn], 0);

    hub.manager().delete(&path).await.refused(428, "if_match_required");
    hub.manager().delete(&path).header("if-match", "\"2\"").await.refused(412, "stale");
    hub.manager().delete(&path).header("if-match", "\"3\"").await.is(204);
    hub.manager().get(&path).await.refused(404, "not_found");
    hub.manager().get(&format!("{path}/lines")).await.refused(404, "not_found");
    assert!(hub.manager().all("/v1/allocations").await.is_empty());
}

async fn each_role_sees_what_is_theirs(world: World) {
    let (hub, other) = (world.hub("West London").await, world.hub("East London").await);
    let schools = hub.london_west().await;
    let (lead, teacher, viewer) = (hub.lead(&schools[3]).await, hub.teacher(&schools[3]).await, hub.viewer().await);
    let drafted = hub.draft(json!({ "pool": "500" })).await;
    let path = at(&drafted);
    let (of_lines, approve) = (format!("{path}/lines"), format!("{path}/approve"));
    // Before approval a lead sees nothing of it.
    assert!(lead.all("/v1/allocations").await.is_empty());
    lead.get(&path).await.refused(404, "not_found");
    lead.get(&of_lines).await.refused(404, "not_found");
    assert_eq!(viewer.all(&of_lines).await.len(), 21);
    for caller in [&lead, &teacher, &viewer] {
        caller.post("/v1/allocations", allocation(json!({ "pool": "1" }))).await.refused(403, "forbidden");
        caller.patch(&path, "\"1\"", allocation(json!({ "pool": "1" }))).await.refused(403, "forbidden");
        caller.delete(&path).header("if-match", "\"1\"").await.refused(403, "forbidden");
        caller.post(&approve, None).header("if-match", "\"1\"").await.refused(403, "forbidden");
    }
    for path in ["/v1/allocations", &path, &of_lines] {
        teacher.get(path).await.refused(403, "forbidden");
        world.stranger().get(path).await.refused(401, "unauthorized");
    }
    let foreign = other.manager();
    assert!(foreign.all("/v1/allocations").await.is_empty());
    foreign.get(&path).await.refused(404, "not_found");
    foreign.get(&of_lines).await.refused(404, "not_found");
    foreign.post(&approve, None).header("if-match", "\"1\"").await.refused(404, "not_found");
    foreign.delete(&path).header("if-match", "\"1\"").await.refused(404, "not_found");

    hub.manager().post(&approve, None).header("if-match", "\"1\"").await.ok();
    assert_eq!(lead.all("/v1/allocations").await.len(), 1);
    let own = lead.all(&of_lines).await;
    assert_eq!((own.len(), &own[0]["school_id"]), (1, &json!(schools[3].id)));
}

async fn lines_come_in_pages_and_as_a_table(hub: TestHub) {
    hub.london_west().await;
    let drafted = hub.draft(json!({ "pool": "500" })).await;
    let path = format!("{}/lines", at(&drafted));
    let first = hub.manager().get(&format!("{path}?limit=20")).await;
    assert!(first.header("link").is_some_and(|link| link.contains("rel=\"next\"")));
    assert_eq!(hub.manager().all(&format!("{path}?limit=4")).await, lines(&hub, &drafted).await);
    let table = hub.manager().get(&format!("{path}?limit=200")).as_csv().await;
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
    let table = table.sheet();
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    assert_eq!(rows.headers().unwrap().iter().take(5).collect::<Vec<_>>(), ["line", "urn", "name", "phase", "pupils"]);
    let credits = rows.headers().unwrap().iter().position(|name| name == "credits").unwrap();
    let sum: i64 = rows.records().map(|row| hundredths(&json!(row.unwrap().get(credits).unwrap()))).sum();
    assert_eq!(sum, 50_000);
    hub.manager().get(&format!("{path}?after=zz")).await.invalid(&[("after", "invalid")]);
}

async fn allocations_are_listed_by_year_and_state(hub: TestHub) {
    hub.london_west().await;
    hub.open_year("2027/28").await;
    let first = hub.allocate(json!({ "pool": "500" })).await;
    let second = hub.draft(json!({ "pool": "600", "year": "2027/28" })).await;
    let ids = async |query: &str| -> Vec<Value> {
        hub.manager().all(&format!("/v1/allocations?{query}")).await.iter().map(|found| found["id"].clone()).collect()
    };
    assert_eq!(ids("limit=1").await, [first["id"].clone(), second["id"].clone()]);
    assert_eq!(ids("year=2027-28").await, [second["id"].clone()]);
    assert_eq!(ids("state=approved").await, [first["id"].clone()]);
    assert!(ids("state=draft&year=2026-27").await.is_empty());
    hub.manager().get("/v1/allocations?state=lost").await.invalid(&[("state", "invalid")]);
}
