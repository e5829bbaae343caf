//! `/v1/years`.

use serde_json::json;

use crate::both_engines;
use crate::support::{TestHub, World};

both_engines!(
    a_year_is_opened_once_and_seen_by_everyone,
    only_a_manager_opens_years,
    years_come_in_order_page_by_page_and_as_a_table,
    a_year_of_another_hub_is_not_there,
    what_is_not_a_year_is_refused
);

async fn a_year_is_opened_once_and_seen_by_everyone(hub: TestHub) {
    let (manager, school) = (hub.manager(), hub.school("Lampton").await);
    let opened = manager.post("/v1/years", json!({ "year": "2026-27" })).await;
    let year = opened.created();
    assert_eq!((&year["year"], &year["state"]), (&json!("2026/27"), &json!("open")));
    let address = opened.header("location").unwrap().to_owned();
    assert_eq!(address, "/v1/years/2026-27");
    manager.post("/v1/years", json!({ "year": "2026/27" })).await.refused(409, "duplicate");
    for caller in [manager, hub.viewer().await, hub.lead(&school).await, hub.teacher(&school).await] {
        assert_eq!(caller.get(&address).await.ok(), year);
        assert_eq!(caller.all("/v1/years").await, std::slice::from_ref(&year));
    }
}

async fn only_a_manager_opens_years(hub: TestHub) {
    let school = hub.school("Lampton").await;
    for caller in [hub.viewer().await, hub.lead(&school).await, hub.teacher(&school).await] {
        caller.post("/v1/years", json!({ "year": "2026/27" })).await.refused(403, "forbidden");
    }
    hub.world.operator().post("/v1/years", json!({ "year": "2026/27" })).await.refused(403, "forbidden");
    hub.world.stranger().post("/v1/years", json!({ "year": "2026/27" })).await.refused(401, "unauthorized");
    assert_eq!(hub.manager().all("/v1/years").await.len(), 0);
}

async fn years_come_in_order_page_by_page_and_as_a_table(hub: TestHub) {
    let manager = hub.manager();
    for year in ["2027/28", "2025/26", "2026/27"] {
        manager.post("/v1/years", json!({ "year": year })).await.created();
    }
    let years: Vec<_> = manager.all("/v1/years?limit=1").await.into_iter().map(|year| year["year"].clone()).collect();
    assert_eq!(years, ["2025/26", "2026/27", "2027/28"]);
    let table = manager.get("/v1/years?limit=2").as_csv().await;
    assert!(table.sheet().starts_with("year,state,created_at\r\n2025/26,open,2026-10-05 "), "{table}");
    assert_eq!(table.sheet().lines().count(), 3);
}

async fn a_year_of_another_hub_is_not_there(world: World) {
    let (west, south) = (world.hub("West").await, world.hub("South").await);
    west.manager().post("/v1/years", json!({ "year": "2026/27" })).await.created();
    south.manager().get("/v1/years/2026-27").await.refused(404, "not_found");
    assert_eq!(south.manager().all("/v1/years").await.len(), 0);
    south.manager().post("/v1/years", json!({ "year": "2026/27" })).await.created();
}

async fn what_is_not_a_year_is_refused(hub: TestHub) {
    let manager = hub.manager();
    for wrong in ["2026", "2026/28", "1999/00", "26/27", "", "2026/27\0"] {
        manager.post("/v1/years", json!({ "year": wrong })).await.invalid(&[("/year", "invalid")]);
    }
    manager.post("/v1/years", json!({})).await.invalid(&[("/year", "missing")]);
    manager.post("/v1/years", json!({ "year": "2026/27", "open": true })).await.invalid(&[("/open", "unknown_field")]);
    manager.get("/v1/years?state=open").await.invalid(&[("state", "unknown_field")]);
    for path in ["/v1/years/2026", "/v1/years/2026-28", "/v1/years/2026-27"] {
        manager.get(path).await.refused(404, "not_found");
    }
    assert_eq!(manager.all("/v1/years").await.len(), 0);
}
