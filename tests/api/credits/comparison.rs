//! `/v1/allocations/{id}/comparison`: an allocation beside last year's, or beside another.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{CENSUS, TestHub, World, allocation, hundredths, nobody};

/// Four schools of which A leaves after 2025/26 and D joins in 2026/27; both years are open.
async fn two_years(hub: &TestHub) {
    hub.open_year("2025/26").await;
    hub.open_year("2026/27").await;
    hub.import("urn,name,joined_on,pupils\n100001,A,,100\n100002,B,,200\n100003,C,,300\n100004,D,2026-09-01,200\n")
        .await;
    let a = &hub.manager().all("/v1/schools").await[0];
    let path = format!("/v1/schools/{}", a["id"].as_str().unwrap());
    hub.manager().patch(&path, "\"1\"", json!({ "left_on": "2026-09-01" })).await.ok();
}

fn at(allocation: &Value) -> String {
    format!("/v1/allocations/{}/comparison", allocation["id"].as_str().unwrap())
}

/// URN, presence, pupils and credits before and now, and the differences.
fn told(line: &Value) -> Value {
    let fields = [
        "urn",
        "presence",
        "pupils_before",
        "pupils",
        "pupils_difference",
        "credits_before",
        "credits",
        "difference",
        "difference_percent",
    ];
    fields.iter().map(|field| line[field].clone()).collect()
}

both_engines!(
    a_draft_is_held_against_last_years,
    another_allocation_can_be_named,
    the_pupils_before_are_those_of_the_last_allocation,
    without_a_year_before_every_school_is_new,
    a_comparison_comes_as_a_table,
    a_comparison_is_the_hubs_own,
    the_refusal_of_a_pool_names_its_field
);

async fn a_draft_is_held_against_last_years(hub: TestHub) {
    two_years(&hub).await;
    hub.allocate(json!({ "year": "2025/26", "pool": "600" })).await;
    // Drafts of last year do not count; what is approved counts together.
    hub.draft(json!({ "year": "2025/26", "pool": "999" })).await;
    hub.allocate(json!({ "year": "2025/26", "pool": "60" })).await;
    let drafted = hub.draft(json!({ "pool": "700" })).await;
    let lines = hub.manager().all(&format!("{}?limit=1", at(&drafted))).await;
    assert_eq!(
        lines.iter().map(told).collect::<Vec<_>>(),
        [
            json!(["100001", "gone", 100, null, -100, "110.00", null, "-110.00", "-100.00"]),
            json!(["100002", "kept", 200, 200, 0, "220.00", "200.00", "-20.00", "-9.09"]),
            json!(["100003", "kept", 300, 300, 0, "330.00", "300.00", "-30.00", "-9.09"]),
            json!(["100004", "new", null, 200, 200, null, "200.00", "200.00", null]),
        ]
    );
    let total = hub.manager().get(&format!("{}/total", at(&drafted))).await.ok();
    assert_eq!(
        total,
        json!({
            "allocation_id": drafted["id"], "year": "2026/27", "against": null, "year_before": "2025/26",
            "schools": 3, "schools_before": 3, "schools_new": 1, "schools_gone": 1,
            "pupils": 700, "pupils_before": 600, "pupils_difference": 100, "pupils_difference_percent": "16.67",
            "credits": "700.00", "credits_before": "660.00", "difference": "40.00", "difference_percent": "6.06"
        })
    );
}

async fn another_allocation_can_be_named(hub: TestHub) {
    two_years(&hub).await;
    let (first, second) = (hub.draft(json!({ "pool": "700" })).await, hub.draft(json!({ "pool": "350" })).await);
    let against = format!("against={}", first["id"].as_str().unwrap());
    let lines = hub.manager().all(&format!("{}?{against}", at(&second))).await;
    assert_eq!(
        lines.iter().map(told).collect::<Vec<_>>(),
        [
            json!(["100002", "kept", 200, 200, 0, "200.00", "100.00", "-100.00", "-50.00"]),
            json!(["100003", "kept", 300, 300, 0, "300.00", "150.00", "-150.00", "-50.00"]),
            json!(["100004", "kept", 200, 200, 0, "200.00", "100.00", "-100.00", "-50.00"]),
        ]
    );
    let total = hub.manager().get(&format!("{}/total?{against}", at(&second))).await.ok();
    assert_eq!(
        (&total["against"], &total["year_before"], &total["difference_percent"]),
        (&first["id"], &Value::Null, &json!("-50.00"))
    );
}

async fn the_pupils_before_are_those_of_the_last_allocation(hub: TestHub) {
    two_years(&hub).await;
    hub.allocate(json!({ "year": "2025/26", "pool": "600" })).await;
    let schools = hub.manager().all("/v1/schools").await;
    let rolls = format!("/v1/schools/{}/rolls", schools[1]["id"].as_str().unwrap());
    hub.manager().post(&rolls, json!({ "census_date": CENSUS, "pupils": 250 })).await.created();
    hub.allocate(json!({ "year": "2025/26", "pool": "65" })).await;
    let drafted = hub.draft(json!({ "pool": "750" })).await;
    let lines = hub.manager().all(&at(&drafted)).await;
    assert_eq!(told(&lines[1]), json!(["100002", "kept", 250, 250, 0, "225.00", "250.00", "25.00", "11.11"]));
    assert_eq!(hub.manager().get(&format!("{}/total", at(&drafted))).await.ok()["pupils_before"], 650);
}

async fn without_a_year_before_every_school_is_new(hub: TestHub) {
    hub.london_west().await;
    let drafted = hub.draft(json!({ "pool": "700" })).await;
    let lines = hub.manager().all(&format!("{}?limit=5", at(&drafted))).await;
    assert_eq!(lines.len(), 21);
    assert!(lines.iter().all(|line| line["presence"] == "new" && line["credits_before"].is_null()));
    let total = hub.manager().get(&format!("{}/total", at(&drafted))).await.ok();
    assert_eq!(
        (&total["schools_new"], &total["credits_before"], &total["difference_percent"]),
        (&json!(21), &json!("0.00"), &Value::Null)
    );
}

async fn a_comparison_comes_as_a_table(hub: TestHub) {
    hub.open_year("2025/26").await;
    hub.london_west().await;
    hub.allocate(json!({ "year": "2025/26", "pool": "800" })).await;
    let drafted = hub.draft(json!({ "pool": "700" })).await;
    let table = hub.manager().get(&format!("{}?limit=200", at(&drafted))).as_csv().await.sheet();
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let column = rows.headers().unwrap().iter().position(|name| name == "difference").unwrap();
    let differences: Vec<i64> =
        rows.records().map(|row| hundredths(&json!(row.unwrap().get(column).unwrap()))).collect();
    assert_eq!((differences.len(), differences.iter().sum::<i64>()), (21, -10_000));
}

async fn a_comparison_is_the_hubs_own(world: World) {
    let (hub, other) = (world.hub("West London").await, world.hub("East London").await);
    let schools = hub.london_west().await;
    other.london_west().await;
    let (drafted, foreign) = (hub.draft(json!({ "pool": "700" })).await, other.draft(json!({ "pool": "700" })).await);
    for path in [at(&drafted), format!("{}/total", at(&drafted))] {
        hub.viewer().await.get(&path).await.ok();
        for caller in [hub.lead(&schools[0]).await, hub.teacher(&schools[0]).await] {
            caller.get(&path).await.refused(403, "forbidden");
        }
        other.manager().get(&path).await.refused(404, "not_found");
        for unknown in [nobody(), foreign["id"].as_str().unwrap().to_owned()] {
            hub.manager().get(&format!("{path}?against={unknown}")).await.invalid(&[("against", "unknown")]);
        }
        hub.manager().get(&format!("{path}?against=last")).await.invalid(&[("against", "invalid")]);
        hub.manager().get(&format!("{path}?year=2025-26")).await.invalid(&[("year", "unknown_field")]);
    }
    hub.manager().get(&format!("/v1/allocations/{}/comparison", nobody())).await.refused(404, "not_found");
}

async fn the_refusal_of_a_pool_names_its_field(hub: TestHub) {
    hub.london_west().await;
    for (rules, code, pointer) in [
        (json!({ "pool": "0" }), "pool_not_positive", "/pool"),
        (json!({ "funding": { "gbp": "0" } }), "pool_not_positive", "/funding"),
        (json!({ "pool": "0.50", "step": "1" }), "step_does_not_divide", "/pool"),
    ] {
        let problem = hub.manager().post("/v1/allocations", allocation(rules)).await.refused(400, code);
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
    hub.manager().post("/v1/allocations", allocation(json!({ "pool": "-1" }))).await.invalid(&[("/pool", "invalid")]);
}
