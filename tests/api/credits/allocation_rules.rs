//! How `/v1/allocations` divides a pool: exactly, by pupils and what each counts, within floors and caps; and what can't be
//! divided.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::allocations::{credits, everything, lines};
use crate::both_engines;
use crate::support::{TestHub, World, allocation, hundredths};

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

both_engines!(
    a_draft_divides_the_pool_exactly_and_moves_nothing,
    every_line_explains_itself,
    the_same_input_gives_the_same_lines,
    floors_and_caps_are_kept_and_the_rest_is_in_proportion,
    pupils_count_by_the_weight_of_their_phase,
    a_school_that_joined_in_the_year_gets_its_whole_months,
    a_school_without_pupils_gets_nothing_but_a_wallet,
    a_pool_from_funding_shows_its_arithmetic,
    what_cannot_be_divided_is_refused_and_changes_nothing,
    a_draft_that_makes_no_sense_names_its_fields,
    a_hub_without_schools_has_nothing_to_divide_over,
    every_school_of_england_in_one_allocation
);

async fn a_draft_divides_the_pool_exactly_and_moves_nothing(hub: TestHub) {
    let schools = hub.london_west().await;
    assert_eq!(schools.len(), 21);
    for (step, size) in [("1.00", 100), ("0.50", 50), ("0.01", 1)] {
        let drafted = hub.draft(json!({ "pool": "12345", "step": step })).await;
        assert_eq!((&drafted["state"], &drafted["schools"]), (&json!("draft"), &json!(21)));
        let pupils = pupils(&hub, &drafted).await;
        assert_eq!(drafted["pupils"], pupils.iter().map(|(_, pupils)| pupils).sum::<i64>());
        let expected: HashMap<String, i64> =
            by_hand(1_234_500 / size, &pupils).into_iter().map(|(urn, steps)| (urn, steps * size)).collect();
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
        assert_eq!(
            (&line["line"], &line["weight"], &line["months"], &line["bound"]),
            (&json!(number), &json!("1"), &json!(12), &Value::Null)
        );
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

async fn floors_and_caps_are_kept_and_the_rest_is_in_proportion(hub: TestHub) {
    hub.london_west().await;
    let drafted = hub.draft(json!({ "pool": "21000", "floor": "700", "cap": "1500" })).await;
    let lines = lines(&hub, &drafted).await;
    assert_eq!(lines.iter().map(|line| hundredths(&line["credits"])).sum::<i64>(), 2_100_000);
    let bound = |which: &str| lines.iter().filter(|line| line["bound"] == which).collect::<Vec<_>>();
    let (floored, capped) = (bound("floor"), bound("cap"));
    assert!(!floored.is_empty() && !capped.is_empty());
    assert!(floored.iter().all(|line| line["credits"] == "700.00" && line["remainder_rank"].is_null()));
    assert!(capped.iter().all(|line| line["credits"] == "1500.00" && line["remainder_rank"].is_null()));
    let free: Vec<(String, i64)> = lines
        .iter()
        .filter(|line| line["bound"].is_null())
        .map(|line| (line["urn"].as_str().unwrap().to_owned(), line["pupils"].as_i64().unwrap()))
        .collect();
    let rest = 21_000 - 700 * i64::try_from(floored.len()).unwrap() - 1_500 * i64::try_from(capped.len()).unwrap();
    let expected = by_hand(rest, &free);
    for line in lines.iter().filter(|line| line["bound"].is_null()) {
        assert_eq!(hundredths(&line["credits"]), expected[line["urn"].as_str().unwrap()] * 100, "{line}");
    }
}

async fn pupils_count_by_the_weight_of_their_phase(hub: TestHub) {
    hub.london_west().await;
    let weights = json!([{ "phase": "primary", "weight": "0.5" }, { "phase": "secondary", "weight": "1.2500" }]);
    let drafted = hub.draft(json!({ "pool": "21000", "phase_weights": weights })).await;
    assert_eq!(
        drafted["phase_weights"],
        json!([{ "phase": "primary", "weight": "0.5" }, { "phase": "secondary", "weight": "1.25" }])
    );
    let weight = |line: &Value| match line["phase"].as_str().unwrap() {
        "primary" => (50, "0.5"),
        "secondary" => (125, "1.25"),
        _ => (100, "1"),
    };
    let lines = lines(&hub, &drafted).await;
    assert!(["primary", "secondary"].iter().all(|phase| lines.iter().any(|line| line["phase"] == *phase)));
    let weighed: Vec<(String, i64)> = lines
        .iter()
        .map(|line| (line["urn"].as_str().unwrap().to_owned(), line["pupils"].as_i64().unwrap() * weight(line).0))
        .collect();
    let expected = by_hand(21_000, &weighed);
    for line in &lines {
        assert_eq!(line["weight"], weight(line).1);
        assert_eq!(hundredths(&line["credits"]), expected[line["urn"].as_str().unwrap()] * 100);
    }
}

async fn a_school_that_joined_in_the_year_gets_its_whole_months(hub: TestHub) {
    hub.open_year("2026/27").await;
    hub.import("urn,name,joined_on,pupils\n100001,A,,100\n100002,B,2026-09-01,100\n100003,C,2027-01-15,100\n100004,D,2027-08-31,100\n").await;
    let months = async |rules: Value| -> Vec<(i64, i64)> {
        let drafted = hub.draft(rules).await;
        lines(&hub, &drafted)
            .await
            .iter()
            .map(|line| (line["months"].as_i64().unwrap(), hundredths(&line["credits"])))
            .collect()
    };
    assert_eq!(
        months(json!({ "pool": "310", "prorate_by_months": true })).await,
        [(12, 12_000), (12, 12_000), (7, 7_000), (0, 0)]
    );
    assert_eq!(months(json!({ "pool": "400" })).await, [(12, 10_000), (12, 10_000), (12, 10_000), (12, 10_000)]);
    // One that leaves in the year has the months before, whole ones only.
    let b = &hub.manager().all("/v1/schools").await[1];
    let path = format!("/v1/schools/{}", b["id"].as_str().unwrap());
    hub.manager().patch(&path, "\"1\"", json!({ "left_on": "2027-01-20" })).await.ok();
    assert_eq!(
        months(json!({ "pool": "230", "prorate_by_months": true })).await,
        [(12, 12_000), (4, 4_000), (7, 7_000), (0, 0)]
    );
}

async fn a_school_without_pupils_gets_nothing_but_a_wallet(hub: TestHub) {
    hub.open_year("2026/27").await;
    hub.import("urn,name,pupils\n100001,A,100\n100002,B,0\n").await;
    let approved = hub.allocate(json!({ "pool": "10" })).await;
    assert_eq!(credits(&hub, &approved).await, HashMap::from([("100001".to_owned(), 1_000), ("100002".to_owned(), 0)]));
    let wallets = hub.manager().all("/v1/accounts?kind=wallet").await;
    assert_eq!(wallets.len(), 2);
    let posted =
        hub.manager().get(&format!("/v1/transactions/{}", approved["transaction_id"].as_str().unwrap())).await.ok();
    assert_eq!(posted["entries"].as_array().unwrap().len(), 2);
    hub.verified().await;
}

async fn a_pool_from_funding_shows_its_arithmetic(hub: TestHub) {
    hub.london_west().await;
    hub.manager()
        .patch("/v1/hub", "\"1\"", json!({ "returned_share_percent": 35, "credit_value_pence": 300 }))
        .await
        .ok();
    let drafted = hub.draft(json!({ "funding": { "gbp": "120001.55" } })).await;
    // 120001.55 × 0.35 ÷ 3 = 14000.1808333…
    assert_eq!(drafted["pool"], "14000.00");
    assert_eq!(
        drafted["funding"],
        json!({
            "gbp": "120001.55", "returned_share_percent": 35, "credit_value_pence": 300, "credits": "14000 217/1200",
            "arithmetic": "£120,001.55 × 35% ÷ £3 a credit = 14,000 217/1200 credits, rounded down to 14,000"
        })
    );
    let finer = hub.draft(json!({ "funding": { "gbp": "120001.55" }, "step": "0.01" })).await;
    assert_eq!(finer["pool"], "14000.18");
    let own = hub
        .draft(json!({ "funding": { "gbp": "1000", "returned_share_percent": 100, "credit_value_pence": 100 } }))
        .await;
    assert_eq!((&own["pool"], credits(&hub, &own).await.values().sum::<i64>()), (&json!("1000.00"), 100_000));
}

async fn what_cannot_be_divided_is_refused_and_changes_nothing(hub: TestHub) {
    hub.london_west().await;
    hub.manager().post("/v1/years", json!({ "year": "2027/28" })).await.created();
    let before = everything(&hub).await;
    let refused = async |rules: Value, status: u16, code: &str, said: &str| {
        let problem = hub.manager().post("/v1/allocations", allocation(rules)).await.refused(status, code);
        assert!(problem["detail"].as_str().unwrap().contains(said), "{problem}");
    };
    refused(json!({ "pool": "0" }), 400, "pool_not_positive", "more than zero").await;
    refused(
        json!({ "funding": { "gbp": "100", "returned_share_percent": 0 } }),
        400,
        "pool_not_positive",
        "more than zero",
    )
    .await;
    refused(
        json!({ "funding": { "gbp": "0.99", "returned_share_percent": 100 } }),
        400,
        "pool_not_positive",
        "more than zero",
    )
    .await;
    refused(
        json!({ "pool": "1000.75", "step": "0.50" }),
        400,
        "step_does_not_divide",
        "0.25 credits over a multiple of the step, 0.50",
    )
    .await;
    refused(json!({ "pool": "1000", "floor": "50" }), 409, "floors_over_pool", "50.00 credits more").await;
    refused(json!({ "pool": "1000.00", "cap": "47" }), 409, "caps_under_pool", "13.00 credits less").await;
    refused(json!({ "pool": "1000", "phase_weights": [{ "phase": "primary", "weight": "0" }, { "phase": "secondary", "weight": "0" }, { "phase": "not_applicable", "weight": 0 }] }), 400, "invalid_request", "").await;
    refused(json!({ "pool": "1000", "phase_weights": [{ "phase": "primary", "weight": "0" }, { "phase": "secondary", "weight": "0" }, { "phase": "not_applicable", "weight": "0" }, { "phase": "all_through", "weight": "0" }] }), 409, "no_pupils", "no school").await;
    refused(json!({ "pool": "1000", "year": "2025/26" }), 409, "year_closed", "2025/26").await;
    let all = refused_rolls(&hub).await;
    assert_eq!(all.len(), 21);
    assert!(all.contains(&("137844".to_owned(), "Barnhill Community High School".to_owned())));
    assert_eq!(everything(&hub).await, before);
}

/// A draft by a census that nobody sent a roll for: the schools it names.
async fn refused_rolls(hub: &TestHub) -> Vec<(String, String)> {
    let rules = allocation(json!({ "pool": "1000", "census_date": "2024-01-18" }));
    let problem = hub.manager().post("/v1/allocations", rules).await.refused(409, "missing_rolls");
    let text = |error: &Value, field: &str| error[field].as_str().unwrap().to_owned();
    problem["errors"].as_array().unwrap().iter().map(|error| (text(error, "pointer"), text(error, "detail"))).collect()
}

async fn a_draft_that_makes_no_sense_names_its_fields(hub: TestHub) {
    hub.london_west().await;
    let before = everything(&hub).await;
    let weight = |weight: &str| json!({ "pool": "1000", "phase_weights": [{ "phase": "primary", "weight": weight }] });
    for (rules, pointer, code) in [
        (json!({}), "/pool", "missing"),
        (json!({ "pool": "1", "funding": { "gbp": "1" } }), "/funding", "invalid"),
        (json!({ "pool": "1000", "step": "0.25" }), "/step", "invalid"),
        (json!({ "pool": "1000", "floor": "1.50" }), "/floor", "not_a_multiple"),
        (json!({ "pool": "1000", "cap": "99.99" }), "/cap", "not_a_multiple"),
        (json!({ "pool": "1000", "floor": "60", "cap": "50" }), "/cap", "below_floor"),
        (json!({ "pool": "1000", "floor": "-1" }), "/floor", "invalid"),
        (json!({ "pool": 1000.5 }), "/pool", "wrong_type"),
        (json!({ "pool": "1e3" }), "/pool", "invalid"),
        (json!({ "pool": "1000", "colour": "red" }), "/colour", "unknown_field"),
        (json!({ "pool": "1000", "census_date": "19/01/2023" }), "/census_date", "invalid"),
        (json!({ "pool": "1000", "year": "2026/28" }), "/year", "invalid"),
        (
            json!({ "funding": { "gbp": "9999999999.99", "returned_share_percent": 100, "credit_value_pence": 1 } }),
            "/funding/gbp",
            "invalid",
        ),
        (json!({ "funding": { "gbp": "1.234" } }), "/funding/gbp", "invalid"),
        (
            json!({ "funding": { "gbp": "1", "returned_share_percent": 101 } }),
            "/funding/returned_share_percent",
            "invalid",
        ),
        (json!({ "funding": { "gbp": "1", "credit_value_pence": 0 } }), "/funding/credit_value_pence", "invalid"),
        (weight("1000.1"), "/phase_weights/0/weight", "invalid"),
        (weight("1.00001"), "/phase_weights/0/weight", "invalid"),
        (weight("-1"), "/phase_weights/0/weight", "invalid"),
        (
            json!({ "pool": "1000", "phase_weights": [{ "phase": "primary", "weight": "1" }, { "phase": "primary", "weight": "2" }] }),
            "/phase_weights/1/phase",
            "duplicate",
        ),
        (
            json!({ "pool": "1000", "phase_weights": [{ "phase": "infant", "weight": "1" }] }),
            "/phase_weights/0/phase",
            "invalid",
        ),
    ] {
        hub.manager().post("/v1/allocations", allocation(rules)).await.invalid(&[(pointer, code)]);
    }
    assert_eq!(everything(&hub).await, before);
}

async fn a_hub_without_schools_has_nothing_to_divide_over(hub: TestHub) {
    hub.open_year("2026/27").await;
    hub.manager().post("/v1/allocations", allocation(json!({ "pool": "1" }))).await.refused(409, "no_schools");
}

async fn every_school_of_england_in_one_allocation(hub: TestHub) {
    hub.open_year("2026/27").await;
    let mut file = Vec::new();
    let packed = include_bytes!("../../data/schools-england.csv.gz");
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&packed[..]), &mut file).unwrap();
    hub.import(file).await;
    let approved =
        hub.allocate(json!({ "funding": { "gbp": "12500000" }, "step": "0.01", "floor": "25", "cap": "2500" })).await;
    assert_eq!((&approved["schools"], &approved["pool"]), (&json!(24_433), &json!("6250000.00")));
    let issued = hub.manager().all("/v1/accounts?kind=issuance").await;
    assert_eq!(issued[0]["balance"], "6250000.00");
    let balance = hub.manager().get("/v1/ledger/trial-balance").await.ok();
    assert_eq!((&balance["debit"], &balance["credit"]), (&json!("6250000.00"), &json!("6250000.00")));
    assert_eq!((&balance["lines"][1]["kind"], &balance["lines"][1]["accounts"]), (&json!("wallet"), &json!(24_433)));
    let found = hub.verified().await;
    assert_eq!((&found["transactions"], &found["entries"]), (&json!(1), &json!(24_434)));
}
