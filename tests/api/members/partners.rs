//! `/v1/partners`.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{TestHub, World, nobody};

both_engines!(
    a_partner_is_added_read_and_renamed,
    a_name_is_one_partners_in_the_hub,
    everyone_reads_the_names_and_a_partner_only_its_own
);

async fn a_partner_is_added_read_and_renamed(hub: TestHub) {
    let manager = hub.manager();
    let reply = manager.post("/v1/partners", json!({ "name": " Language Line " })).await;
    let partner = reply.created();
    assert_eq!(partner["name"], "Language Line");
    let path = reply.header("location").unwrap().to_owned();
    assert_eq!(manager.get(&path).await.ok(), partner);
    let renamed = manager.patch(&path, &reply.etag(), json!({ "name": "Language Lines" })).await;
    assert_eq!((&renamed.ok()["name"], &renamed.ok()["id"]), (&json!("Language Lines"), &partner["id"]));
    manager.patch(&path, &reply.etag(), json!({ "name": "Late" })).await.refused(412, "stale");
    manager.patch(&path, "\"x\"", json!({ "name": "Late" })).await.refused(412, "stale");
    manager.patch(&path, "", json!({ "name": "Late" })).without("if-match").await.refused(428, "if_match_required");
    assert_eq!(manager.get(&path).await.ok(), renamed.ok());
}

async fn a_name_is_one_partners_in_the_hub(world: World) {
    let (hub, other) = (world.hub("West London").await, world.hub("South London").await);
    hub.partner("Language Line").await;
    let (second, _) = hub.partner("Leaders").await;
    hub.manager().post("/v1/partners", json!({ "name": "Language Line" })).await.refused(409, "duplicate");
    hub.manager()
        .patch(&format!("/v1/partners/{second}"), "\"1\"", json!({ "name": "Language Line" }))
        .await
        .refused(409, "duplicate");
    other.partner("Language Line").await;
    for wrong in [json!({ "name": "" }), json!({ "name": "a\u{0}b" }), json!({ "name": "x".repeat(201) })] {
        hub.manager().post("/v1/partners", wrong).await.invalid(&[("/name", "invalid")]);
    }
    hub.manager()
        .post("/v1/partners", json!({ "names": "a" }))
        .await
        .invalid(&[("/name", "missing"), ("/names", "unknown_field")]);
}

async fn everyone_reads_the_names_and_a_partner_only_its_own(world: World) {
    let (hub, other) = (world.hub("West London").await, world.hub("South London").await);
    let ((first, partner), (second, _)) = (hub.partner("Language Line").await, hub.partner("=Leaders").await);
    let school = hub.school("Lampton").await;
    for reader in [hub.manager(), hub.viewer().await, hub.lead(&school).await, hub.teacher(&school).await] {
        let names: Vec<Value> =
            reader.all("/v1/partners?limit=1").await.into_iter().map(|partner| partner["name"].clone()).collect();
        assert_eq!(names, ["=Leaders", "Language Line"]);
        reader.get(&format!("/v1/partners/{second}")).await.ok();
    }
    let own = partner.all("/v1/partners").await;
    assert_eq!((own.len(), own[0]["id"].as_str()), (1, Some(first.as_str())));
    partner.get(&format!("/v1/partners/{second}")).await.refused(404, "not_found");
    for caller in [hub.viewer().await, hub.lead(&school).await, hub.teacher(&school).await, partner] {
        caller.post("/v1/partners", json!({ "name": "Another" })).await.refused(403, "forbidden");
        caller
            .patch(&format!("/v1/partners/{first}"), "\"1\"", json!({ "name": "Another" }))
            .await
            .refused(403, "forbidden");
    }
    assert!(other.manager().all("/v1/partners").await.is_empty());
    for id in [first, nobody()] {
        other.manager().get(&format!("/v1/partners/{id}")).await.refused(404, "not_found");
        other
            .manager()
            .patch(&format!("/v1/partners/{id}"), "\"1\"", json!({ "name": "Mine" }))
            .await
            .refused(404, "not_found");
    }
    let table = hub.manager().get("/v1/partners").as_csv().await;
    assert!(table.sheet().contains(",'=Leaders,"), "{table}");
    hub.manager().get("/v1/partners?name=a").await.invalid(&[("name", "unknown_field")]);
}
