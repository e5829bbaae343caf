//! The codes of every request, by its form, its caller and its time; and of the records of people and schools.

use std::future::IntoFuture;

use chrono::TimeDelta;
use futures_util::future::join_all;
use hub_credits::base::auth::Subject;
use hub_credits::base::ids::{HubId, PersonId};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{Row, rows};
use crate::support::{
    Browser, Client, EventPlan, PASSWORD, Reply, Request, Service, Stub, TestHub, app_code, nobody, operation_of,
    providers,
};

/// A program that calls by a key of the manager's, of this scope and for a day.
async fn program(hub: &TestHub, scope: &str) -> Client {
    let made = hub.manager().post("/v1/api-keys", json!({ "name": "x", "scope": scope, "days": 1 })).no_key().await;
    hub.world.stranger().with_token(made.created()["secret"].as_str().unwrap())
}

/// A provider of OpenID Connect, and a service that knows it.
fn with_provider(hub: &TestHub) -> (Stub, Service) {
    let stub = Stub::start("");
    let settings = stub.settings("standard", "");
    let service = hub.world.another_service(|all| all.openid = settings);
    (stub, service)
}

fn new_viewer() -> Value {
    json!({ "name": "Vera Viewer", "email": "vera@hub.example", "role": "hub_viewer" })
}

/// The first answer to requests that stand in each other's way while somebody else has the hub.
async fn first_while_locked(hub: &TestHub, requests: Vec<Request>) -> Reply {
    let rival = hub.journal().await;
    let mut under_way = JoinSet::new();
    for request in requests {
        under_way.spawn(request.into_future());
    }
    let first = under_way.join_next().await.unwrap().unwrap();
    drop(rival);
    while under_way.join_next().await.is_some() {}
    first
}

rows! {
    "malformed_json" 400 |hub| { hub.manager().post("/v1/people", None).body("application/json", "{").await }
    "invalid_request" 400 |hub| { hub.manager().post("/v1/people", json!({ "name": 7, "colour": 1 })).await }
    "invalid_file" 400 |hub| { hub.manager().post("/v1/schools/import", None).csv("urn,name\nx,Lampton\n").await }
    "idempotency_key_required" 400 |hub| {
        let event = hub.event(EventPlan::default()).await;
        hub.manager().post("/v1/bookings", json!({ "event_id": event, "person_id": nobody() })).no_key().await
    }
    "unauthorized" 401 |hub| { hub.world.stranger().get("/v1/me").await }
    "token_expired" 401 |hub| {
        let subject = Subject::Person(HubId(hub.id.parse().unwrap()), PersonId(hub.manager().id().parse().unwrap()));
        let token = hub.world.token_for(subject, hub.world.clock.now() - TimeDelta::hours(2), TimeDelta::hours(1));
        hub.world.stranger().with_token(token).get("/v1/me").await
    }
    "person_disabled" 401 |hub| {
        let viewer = hub.viewer().await;
        hub.manager().post(&format!("/v1/people/{}/disable", viewer.id()), None).await.ok();
        viewer.get("/v1/me").await
    }
    "key_expired" 401 |hub| {
        let program = program(hub, "read").await;
        hub.world.pass(TimeDelta::days(1));
        program.get("/v1/me").await
    }
    "scope_missing" 403 |hub| { program(hub, "read").await.post("/v1/people", new_viewer()).await }
    "openid_failed" 400 |hub| {
        let (_stub, service) = with_provider(hub);
        hub.world.stranger().at(&service).get("/v1/auth/openid/stub/callback?code=x&state=y").await
    }
    "openid_refused" 403 |hub| {
        let (_stub, service) = with_provider(hub);
        let mut browser = Browser::new();
        let state = browser.get(&format!("{}/v1/auth/openid/stub", service.address)).await.sends("state");
        let back = format!("/v1/auth/openid/stub/callback?error=access_denied&state={state}");
        hub.world.stranger().at(&service).get(&back).header("cookie", &browser.cookie_header()).await
    }
    "openid_not_believed" 502 |hub| {
        let (stub, service) = with_provider(hub);
        stub.know(|knows| knows.issuer = Some("https://another.example".to_owned()));
        hub.world.stranger().at(&service).get("/v1/auth/openid/stub").await
    }
    "openid_unavailable" 503 |hub| {
        let settings = providers("[[openid]]\nname = 'stub'\nissuer = 'http://127.0.0.1:9'\nclient_id = 'hub'");
        let service = hub.world.another_service(|all| all.openid = settings);
        hub.world.stranger().at(&service).get("/v1/auth/openid/stub").await
    }
    "session_ended" 401 |hub| {
        let (_, signed_in) = hub.joins(&hub.viewer().await).await;
        signed_in.caller(&hub.world).post("/v1/auth/logout", None).await.is(204);
        signed_in.caller(&hub.world).get("/v1/me").await
    }
    "sign_in_failed" 401 |hub| { hub.world.sign_in("nobody@hub.example", PASSWORD, json!({})).await }
    "code_needed" 401 |hub| {
        let (email, signed_in) = hub.joins(&hub.viewer().await).await;
        let caller = signed_in.caller(&hub.world);
        let made = caller.post("/v1/me/totp", None).await.created();
        let code = app_code(made["secret"].as_str().unwrap(), hub.world.clock.now());
        caller.post("/v1/me/totp/confirm", json!({ "code": code })).await.ok();
        hub.world.sign_in(&email, PASSWORD, json!({})).await
    }
    "ask_the_operator" 403 |hub| {
        hub.manager().post(&format!("/v1/people/{}/reset", hub.new_manager().await.id()), None).await
    }
    "totp_needed" 403 |hub| {
        let (_, signed_in) = hub.joins(&hub.new_manager().await).await;
        let etag = hub.manager().get("/v1/hub").await.etag();
        hub.manager().patch("/v1/hub", &etag, json!({ "totp_for_managers": true })).await.ok();
        signed_in.caller(&hub.world).get("/v1/hub").await
    }
    "way_switched_off" 403 |hub| {
        let service = hub.world.another_service(|settings| settings.sign_in = Vec::new());
        hub.world.stranger().at(&service).post("/v1/auth/codes", json!({ "email": "a@hub.example" })).await
    }
    "forbidden" 403 |hub| { hub.viewer().await.post("/v1/people", new_viewer()).await }
    "ask_the_hub" 403 |hub| {
        let (partner, person) = hub.partner("Hamilton").await;
        let programme = hub.programme(json!({ "provider": { "kind": "partner", "partner_id": partner } })).await;
        let event = hub.published_event(&programme, json!({})).await;
        person.patch(&format!("/v1/events/{event}"), "\"1\"", json!({ "price": "1" })).await
    }
    "not_found" 404 |hub| { hub.manager().get(&format!("/v1/people/{}", nobody())).await }
    "method_not_allowed" 405 |hub| { hub.manager().delete("/v1/people").await }
    "duplicate" 409 |hub| {
        hub.manager().post("/v1/people", new_viewer()).await.created();
        hub.manager().post("/v1/people", new_viewer()).await
    }
    "idempotency_key_in_flight" 409 |hub| {
        let once = || hub.manager().post("/v1/people", new_viewer()).key("once");
        first_while_locked(hub, vec![once(), once()]).await
    }
    "school_succeeded" 409 |hub| {
        let (old, new) = (hub.school("Lampton").await, hub.school("Lampton Academy").await);
        let path = format!("/v1/schools/{}/succession", old.id);
        let seen = hub.manager().get(&format!("{path}?successor_id={}", new.id)).await.ok();
        let decided = json!({ "successor_id": new.id, "reason": "Merged", "quote": seen["quote"] });
        hub.manager().post(&path, decided).await.created();
        let number = json!({ "scheme": "urn", "value": "900001", "from": "2026-09-01" });
        hub.manager().post(&format!("/v1/schools/{}/identifiers", old.id), number).await
    }
    "last_manager" 409 |hub| {
        let manager = hub.manager();
        manager.post(&format!("/v1/people/{}/disable", manager.id()), None).await
    }
    "signs_in" 409 |hub| {
        let viewer = hub.viewer().await;
        let path = format!("/v1/people/{}/invite", viewer.id());
        let link = hub.manager().post(&path, None).await.created()["link"].clone();
        hub.world.stranger().post(&operation_of(&link), None).await.ok();
        hub.manager().post(&path, None).await
    }
    "stale" 412 |hub| { hub.manager().patch("/v1/hub", "\"7\"", json!({ "four_eyes": true })).await }
    "if_match_required" 428 |hub| { hub.manager().patch("/v1/hub", "\"1\"", json!({})).without("if-match").await }
    "body_too_large" 413 |hub| {
        let large = format!("{{\"name\":\"{}\"}}", "x".repeat(2 * 1024 * 1024));
        hub.manager().post("/v1/people", None).body("application/json", large).await
    }
    "unsupported_media_type" 415 |hub| { hub.manager().post("/v1/people", None).body("text/plain", "{}").await }
    "idempotency_key_reused" 422 |hub| {
        hub.manager().post("/v1/people", new_viewer()).key("once").await.created();
        let other = json!({ "name": "Another", "email": "another@hub.example", "role": "hub_viewer" });
        hub.manager().post("/v1/people", other).key("once").await
    }
    "too_many_requests" 429 |hub| {
        let service = hub.world.another_service(|settings| settings.requests_per_person = 1);
        hub.manager().at(&service).get("/v1/me").await.ok();
        hub.manager().at(&service).get("/v1/me").await
    }
    "internal" 500 |hub| {
        let rename = async |sql: &'static str| {
            let mut tx = hub.world.db().write_everywhere().await.unwrap();
            tx.query(sql).run().await.unwrap().any();
            tx.commit().await.unwrap();
        };
        rename("ALTER TABLE partners RENAME TO partners_gone").await;
        let reply = hub.manager().get("/v1/partners").await;
        rename("ALTER TABLE partners_gone RENAME TO partners").await;
        reply
    }
    "unavailable" 503 |hub| {
        let (school, lead, _) = hub.funded_school("Lampton Academy", "100").await;
        let service = hub.world.service_with_queue(1);
        let event = hub.event(EventPlan::default()).await;
        let leads = join_all((0..8).map(|_| hub.lead(&school))).await;
        let book = |lead: &Client| lead.at(&service).post("/v1/bookings", json!({ "event_id": event }));
        first_while_locked(hub, leads.iter().chain([&lead]).map(book).collect()).await
    }
    "timed_out" 503 |hub| {
        let service = hub.world.another_service(|settings| settings.request_seconds = 1);
        let patient = hub.manager().at(&service).post("/v1/people", new_viewer());
        first_while_locked(hub, vec![patient]).await
    }
}
