//! `/v1/hub` and `/v1/hubs`.

use serde_json::json;

use crate::both_engines;
use crate::support::{TestHub, World};

both_engines!(
    a_hub_shows_its_settings_and_the_manager_changes_them,
    settings_out_of_range_are_refused_and_change_nothing,
    only_the_operator_makes_hubs,
    the_operator_is_no_one_in_a_hub
);

async fn a_hub_shows_its_settings_and_the_manager_changes_them(hub: TestHub) {
    let manager = hub.manager();
    let reply = manager.get("/v1/hub").await;
    let before = reply.ok();
    assert_eq!((&before["name"], &before["step"]), (&json!("West London"), &json!("1.00")));
    let changed = manager.patch("/v1/hub", &reply.etag(), json!({ "step": "0.50", "four_eyes": true })).await;
    let after = changed.ok();
    assert_eq!(
        (&after["step"], &after["four_eyes"], &after["name"]),
        (&json!("0.50"), &json!(true), &json!("West London"))
    );
    assert_ne!(changed.etag(), reply.etag());
    assert_eq!(manager.get("/v1/hub").await.ok(), after);
}

async fn settings_out_of_range_are_refused_and_change_nothing(hub: TestHub) {
    let manager = hub.manager();
    let reply = manager.get("/v1/hub").await;
    for (body, pointer) in [
        (json!({ "step": "0.25" }), "/step"),
        (json!({ "credit_value_pence": 0 }), "/credit_value_pence"),
        (json!({ "credit_value_pence": 1_000_001 }), "/credit_value_pence"),
        (json!({ "returned_share_percent": 101 }), "/returned_share_percent"),
    ] {
        manager.patch("/v1/hub", &reply.etag(), body).await.invalid(&[(pointer, "invalid")]);
    }
    assert_eq!(manager.get("/v1/hub").await.ok(), reply.ok());
}

async fn only_the_operator_makes_hubs(world: World) {
    let hub = world.hub("West London").await;
    let new = json!({ "name": "South London", "manager_name": "M", "manager_email": "m@hub.example" });
    for caller in [hub.manager(), hub.viewer().await] {
        caller.post("/v1/hubs", new.clone()).no_key().await.refused(403, "forbidden");
        caller.get("/v1/hubs").await.refused(403, "forbidden");
    }
    world.stranger().post("/v1/hubs", new.clone()).await.refused(401, "unauthorized");
    world.operator().post("/v1/hubs", new.clone()).no_key().await.created();
    world.operator().post("/v1/hubs", new).no_key().await.refused(409, "duplicate");
    let names: Vec<_> =
        world.operator().all("/v1/hubs?limit=1").await.into_iter().map(|hub| hub["name"].clone()).collect();
    assert_eq!(names, ["West London", "South London"]);
}

async fn the_operator_is_no_one_in_a_hub(world: World) {
    world.hub("West London").await;
    for path in ["/v1/hub", "/v1/me", "/v1/people"] {
        world.operator().get(path).await.refused(403, "forbidden");
    }
}
