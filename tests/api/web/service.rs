//! What belongs to no hub: health, keys, the specification and its reader.

use serde_json::json;

use crate::both_engines;
use crate::support::World;

both_engines!(
    probes_are_answered_to_anyone,
    the_public_keys_hold_no_private_part,
    the_specification_is_served,
    what_is_large_is_sent_compressed,
    the_reader_needs_nothing_from_outside
);

async fn probes_are_answered_to_anyone(world: World) {
    for path in ["/healthz", "/readyz"] {
        assert_eq!(world.stranger().get(path).await.ok(), json!({ "status": "ok" }));
    }
}

async fn the_public_keys_hold_no_private_part(world: World) {
    let keys = world.stranger().get("/.well-known/jwks.json").await.ok();
    let key = keys["keys"][0].as_object().unwrap();
    assert_eq!((&key["kty"], &key["crv"], &key["use"]), (&json!("OKP"), &json!("Ed25519"), &json!("sig")));
    assert!(!key.contains_key("d"));
}

async fn the_specification_is_served(world: World) {
    assert_eq!(world.stranger().get("/openapi.json").await.ok(), hub_credits::web::specification());
}

async fn what_is_large_is_sent_compressed(world: World) {
    let stranger = world.stranger();
    for path in ["/openapi.json", "/docs/swagger-ui-bundle.js"] {
        let plain = stranger.get(path).await;
        let packed = stranger.get(path).header("accept-encoding", "gzip").await;
        let said = [&plain, &packed].map(|reply| reply.header("content-encoding"));
        assert_eq!(said, [None, Some("gzip")], "{path}");
        assert!(packed.body.len() * 3 < plain.body.len(), "{path}: {} bytes", packed.body.len());
    }
}

async fn the_reader_needs_nothing_from_outside(world: World) {
    let stranger = world.stranger();
    let page = stranger.get("/docs").await;
    assert_eq!(page.status, 200, "{page}");
    let text = page.text();
    for outside in ["http://", "https://", "=\"//"] {
        assert!(!text.contains(outside), "{outside} in the page: {text}");
    }
    let assets: Vec<&str> =
        text.split(['"', '\'']).filter(|part| [".js", ".css", ".png"].iter().any(|end| part.ends_with(end))).collect();
    assert!(assets.len() >= 3, "{text}");
    for asset in assets {
        let asset = asset.trim_start_matches("./");
        let reply = stranger.get(&format!("/docs/{asset}")).await;
        assert!(reply.status == 200 && reply.body.len() > 100, "{asset}: {}", reply.status);
    }
    assert!(stranger.get("/docs/swagger-initializer.js").await.text().contains("/openapi.json"));
}
