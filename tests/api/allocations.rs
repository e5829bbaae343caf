//! `/v1/allocations`: drafted, looked at, approved once.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{TestHub, World, allocation, hundredths};

/// The lines of an allocation.
async fn lines(hub: &TestHub, allocation: &Value) -> Vec<Value> {
    hub.manager().all(&format!("/v1/allocations/{}/lines?limit=200", allocation["id"].as_str().unwrap())).await
}

/// What the lines give, by URN, in hundredths.
async fn credits(hub: &TestHub, allocation: &Value) -> HashMap<String, i64> {
    let lines = lines(hub, allocation).await;
    lines.iter().map(|line| (line["urn"].as_str().unwrap().to_owned(), hundredths(&line["credits"]))).collect()
}

fn at(allocation: &Value) -> String {
    format!("/v1/allocations/{}", allocation["id"].as_str().unwrap())
}

/// Largest remainders, the slow and obvious way: `pool` steps over (URN, pupils).
fn by_hand(pool: i64, schools: &[(String, i64)]) -> HashMap<String, i64> {
    let total: i64 = schools.iter().map(|(_, pupils)| pupils).sum();
    let mut steps: HashMap<String, i64> =
        schools.iter().map(|(urn, pupils)| (urn.clone(), pool * pupils / total)).collect();
    let mut waiting = schools.to_vec();
    waiting.sort_by_key(|(urn, pupils)| (-(pool * pupils % total), -pupils, urn.clone()));
    let left = pool - steps.values().sum::<i64>();
    for (urn, _) in waiting.iter().take(usize::try_from(left).unwrap()) {
        *steps.get_mut(urn).unwrap() += 1;
    }
    steps
}

/// The London West schools with their pupils, in the order of the URNs.
async fn pupils(hub: &TestHub, allocation: &Value) -> Vec<(String, i64)> {
    let lines = lines(hub, allocation).await;
    lines.iter().map(|line| (line["urn"].as_str().unwrap().to_owned(), line["pupils"].as_i64().unwrap())).collect()
}

/// Everything that a refusal must leave alone.
async fn everything(hub: &TestHub) -> (Vec<Value>, Value, Vec<Value>) {
    let manager = hub.manager();
    let head = manager.get("/v1/ledger/head").await.ok();
    (manager.all("/v1/allocations").await, head, manager.all("/v1/accounts").await)
}

both_engines! {
    async fn a_draft_divides_the_pool_exactly_and_moves_nothing(hub: TestHub) {
        let schools = hub.london_west().await;
        assert_eq!(schools.len(), 21);
        for (step, size) in [("1.00", 100), ("0.50", 50), ("0.01", 1)] {
            let drafted = hub.draft(json!({ "pool": "12345", "step": step })).await;
            assert_eq!((&drafted["state"], &drafted["schools"]), (&json!("draft"), &json!(21)));
            let pupils = pupils(&hub, &drafted).await;
            assert_eq!(drafted["pupils"], pupils.iter().map(|(_, pupils)| pupils).sum::<i64>());
            let expected: HashMap<String, i64> = by_hand(1_234_500 / size, &pupils).into_iter().map(|(urn, steps)| (urn, steps * size)).collect();
            let given = credits(&hub, &drafted).await;
            assert_eq!(given, expected);
            assert_eq!(given.values().sum::<i64>(), 1_234_500);
        }
        assert_eq!(hub.manager().get("/v1/ledger/head").await.ok()["sequence"], 0);
        assert!(hub.manager().all("/v1/accounts").await.is_empty());
    }

    async fn every_line_explains_itself(hub: TestHub) {
        hub.london_west().await;
        let drafted = hub.draft(json!({ "pool": "1000", "step": "0.50" })).await;
        let lines = lines(&hub, &drafted).await;
        let total = drafted["pupils"].as_i64().unwrap();
        let mut ranks = Vec::new();
        for (number, line) in (1..).zip(&lines) {
            assert_eq!((&line["line"], &line["weight"], &line["months"], &line["bound"]), (&json!(number), &json!("1"), &json!(12), &Value::Null));
            let (quota, pupils) = (line["quota"].as_str().unwrap(), line["pupils"].as_i64().unwrap());
            let (whole, fraction) = quota.split_once(' ').unwrap_or((quota, "0/1"));
            let (over, under) = fraction.split_once('/').unwrap();
            let [whole, over, under]: [i64; 3] = [whole, over, under].map(|number| number.parse().unwrap());
            assert_eq!((whole * under + over) * total, 1000 * pupils * under, "{line}");
            let decimal = line["quota_decimal"].as_str().unwrap();
            assert_eq!(decimal, format!("{whole}.{:06}", over * 1_000_000 / under));
            let down = hundredths(&line["rounded_down"]);
            assert_eq!(down, (whole * 100 + over * 100 / under) / 50 * 50);
            assert!([0, 50].contains(&(hundredths(&line["credits"]) - down)));
            ranks.push((line["remainder_rank"].as_i64().unwrap(), hundredths(&line["credits"]) - down));
        }
        ranks.sort_unstable();
        assert!(ranks.iter().map(|(rank, _)| *rank).eq(1..=21));
        let more = ranks.iter().take_while(|(_, more)| *more == 50).count();
        assert!(ranks.iter().skip(more).all(|(_, more)| *more == 0), "{ranks:?}");
        assert!(lines.is_sorted_by_key(|line| line["urn"].as_str().unwrap()));
    }

    async fn the_same_input_gives_the_same_lines(world: World) {
        let mut outcomes = Vec::new();
        for name in ["West London", "East London"] {
            let hub = world.hub(name).await;
            hub.london_west().await;
            let drafted = hub.draft(json!({ "pool": "98765", "floor": "3000", "cap": "9000", "phase_weights": [{ "phase": "primary", "weight": "0.75" }] })).await;
            let mut lines = lines(&hub, &drafted).await;
            for line in &mut lines {
                line.as_object_mut().unwrap().remove("school_id");
            }
            outcomes.push(lines);
        }
        assert_eq!(outcomes[0], outcomes[1]);
    }

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
        let posted = hub.manager().get(&format!("/v1/transactions/{}", approved["transaction_id"].as_str().unwrap())).await.ok();
        assert_eq!((&posted["kind"], &posted["sequence"], &posted["effective_on"]), (&json!("allocation_approved"), &json!(1), &json!("2026-10-05")));
        assert_eq!((&posted["source_id"], &posted["entries"][0]["account"]), (&drafted["id"], &json!("issuance:2026/27")));
        hub.manager().post(&path, None).header("if-match", "\"2\"").await.refused(409, "invalid_transition");
        hub.manager().patch(&at(&drafted), "\"2\"", allocation(json!({ "pool": "1" }))).await.refused(409, "invalid_transition");
        hub.manager().delete(&at(&drafted)).header("if-match", "\"2\"").await.refused(409, "invalid_transition");
        hub.verified().await;
    }

    async fn of_eight_who_approve_at_once_one_does(hub: TestHub) {
        hub.london_west().await;
        let drafted = hub.draft(json!({ "pool": "500" })).await;
        let path = format!("{}/approve", at(&drafted));
        let replies = futures_util::future::join_all((0..8).map(|_| async {
            hub.manager().post(&path, None).header("if-match", "\"1\"").await
        }))
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
        let approve = || hub.manager().post(&format!("{}/approve", at(&drafted)), None).header("if-match", "\"1\"").key("approve-it");
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
}
