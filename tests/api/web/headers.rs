//! What every answer says to browsers and caches, and whom browsers may bring along.

use reqwest::Method;
use serde_json::json;

use crate::both_engines;
use crate::support::{Client, Reply, TestHub, World, operations};
use crate::web::specification::{nothing, request};

both_engines!(
    every_answer_is_safe_in_a_browser,
    pages_say_what_they_load,
    a_link_leads_to_the_service_whatever_a_request_says,
    only_named_origins_are_let_in
);

/// The headers that every answer has, whatever it says.
#[track_caller]
fn is_safe(reply: &Reply) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(reply.header(name), Some(value), "{name}: {reply}");
    }
    let policy = reply.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}: {reply}");
    assert!(reply.header("permissions-policy").is_some_and(|policy| policy.contains("camera=()")), "{reply}");
    assert_eq!(reply.header("access-control-allow-origin"), None, "{reply}");
    assert_eq!(reply.header("set-cookie"), None, "{reply}");
}

async fn every_answer_is_safe_in_a_browser(hub: TestHub) {
    let (manager, stranger) = (hub.manager(), hub.world.stranger());
    for operation in operations() {
        let public = operation.path == "/.well-known/jwks.json";
        for caller in [&manager, &stranger] {
            for reply in [
                request(caller, operation, nothing).header("origin", "https://elsewhere.example").await,
                caller.request(operation.method.parse().unwrap(), &operation.at(|_| "%00".to_owned())).await,
            ] {
                is_safe(&reply);
                let kept = if public && reply.status == 200 { "public, max-age=300" } else { "no-store" };
                assert_eq!(reply.header("cache-control"), Some(kept), "{reply}");
                assert_eq!(reply.header("strict-transport-security"), None, "this service is reached by http");
            }
        }
    }
    for path in ["/v1/nothing", "/nothing", "/problems/nothing"] {
        let reply = stranger.get(path).await;
        is_safe(&reply);
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{reply}");
    }
    // Who has kept a tag is told that nothing has changed; no cache was asked to keep anything.
    let tag = manager.get("/v1/events").await.etag();
    let known = manager.get("/v1/events").header("if-none-match", &tag).await;
    assert_eq!((known.status, known.header("cache-control")), (304, Some("no-store")), "{known}");
    is_safe(&known);
}

async fn pages_say_what_they_load(world: World) {
    let stranger = world.stranger();
    for (path, loads) in [
        ("/docs/", "script-src 'self'"),
        ("/docs/swagger-ui-bundle.js", "script-src 'self'"),
        ("/problems", "style-src 'self'"),
        ("/problems/forbidden", "style-src 'self'"),
        ("/openapi.json", "default-src 'none'"),
    ] {
        let page = stranger.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        is_safe(&page);
        assert!(page.header("content-security-policy").unwrap().contains(loads), "{path}");
        assert!(page.header("cache-control").unwrap().starts_with("public, max-age="), "{path}");
        let runs_inline =
            page.header("content-type").unwrap().starts_with("text/html") && page.text().contains("<script>");
        assert!(!runs_inline, "{path} has a script in it, which its policy forbids");
    }
}

/// Links are made of the setting: what a request says of host and scheme leads nobody elsewhere.
async fn a_link_leads_to_the_service_whatever_a_request_says(hub: TestHub) {
    let viewer = hub.viewer().await;
    let secure = hub.world.another_service(|settings| settings.public_url = "https://hub.example".to_owned());
    let path = format!("/v1/people/{}/invite", viewer.id());
    let invited = hub.manager().at(&secure).post(&path, None).no_key();
    let invited = invited
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "http")
        .header("forwarded", "for=203.0.113.9;host=evil.example;proto=http")
        .await;
    let link = invited.created()["link"].as_str().unwrap().to_owned();
    assert!(link.starts_with("https://hub.example/invitation/"), "{link}");
    assert_eq!(invited.header("strict-transport-security"), Some("max-age=31536000"));
    let list = hub.manager().at(&secure).get("/v1/people?limit=1").header("x-forwarded-host", "evil.example").await;
    assert!(list.header("link").unwrap().starts_with("</v1/people?"), "{list}");
}

async fn only_named_origins_are_let_in(world: World) {
    let hub = world.hub("West London").await;
    let service = world.another_service(|settings| settings.cors_origins = vec!["https://app.example".to_owned()]);
    let manager: Client = hub.manager().at(&service);
    let asked = |origin: &'static str| manager.get("/v1/me").header("origin", origin);
    let let_in = asked("https://app.example").await;
    assert_eq!((let_in.status, let_in.header("access-control-allow-origin")), (200, Some("https://app.example")));
    assert!(let_in.header("access-control-expose-headers").unwrap().to_lowercase().contains("etag"));
    assert_eq!(let_in.header("access-control-allow-credentials"), None, "no cookie goes along");
    assert!(let_in.header("vary").unwrap().to_lowercase().contains("origin"));
    let refused = manager.get("/v1/people/x").header("origin", "https://app.example").await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (404, Some("https://app.example")));
    for other in ["https://app.example.evil.example", "http://app.example", "https://app.example:8443", "null"] {
        assert_eq!(asked(other).await.header("access-control-allow-origin"), None, "{other}");
    }
    let preflight = reqwest::Client::builder().no_proxy().build().unwrap();
    let preflight = |origin: &'static str, method: &'static str, headers: &'static str| {
        preflight
            .request(Method::OPTIONS, format!("{}/v1/people", service.address))
            .header("origin", origin)
            .header("access-control-request-method", method)
            .header("access-control-request-headers", headers)
            .send()
    };
    let answer = preflight("https://app.example", "POST", "authorization,content-type,idempotency-key").await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://app.example");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    for (origin, method, headers) in [
        ("https://evil.example", "POST", "authorization"),
        ("https://app.example", "TRACE", "authorization"),
        ("https://app.example", "POST", "x-anything"),
    ] {
        let answer = preflight(origin, method, headers).await.unwrap();
        assert!(answer.status().is_client_error(), "{origin} {method} {headers}");
    }
    // Where none is named, none is let in.
    let none = hub.manager().get("/v1/me").header("origin", "https://app.example").await;
    assert_eq!((none.status, none.header("access-control-allow-origin")), (200, None));
    hub.manager()
        .post("/v1/people", json!({}))
        .header("origin", "https://app.example")
        .await
        .refused(400, "invalid_request");
}
