//! Nothing secret is stored but as a digest, and every answer that holds a secret says so in the specification.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{
    Browser, Client, Engine, EventPlan, PASSWORD, Reply, Signer, Stub, TestHub, World, app_code, operation_of,
    operations,
};

/// Whether something in a schema is marked as secret.
fn secret(specification: &Value, schema: &Value) -> bool {
    let named = schema["$ref"].as_str().and_then(|name| specification.pointer(name.strip_prefix('#')?));
    let mut within = schema.as_object().into_iter().flatten().map(|(_, value)| value);
    schema["x-secret"] == true
        || named.is_some_and(|schema| secret(specification, schema))
        || within.any(|value| secret(specification, value))
        || schema.as_array().into_iter().flatten().any(|value| secret(specification, value))
}

/// Every operation whose answer holds a secret.
fn with_a_secret() -> BTreeSet<String> {
    let specification = hub_credits::web::specification();
    let holds = |operation: &&crate::support::Operation| {
        let responses = operation.description["responses"].as_object().unwrap();
        responses.values().any(|response| secret(&specification, &response["content"]))
    };
    operations().iter().filter(holds).map(|operation| format!("{} {}", operation.method, operation.path)).collect()
}

/// The secrets of a session.
fn of_session(reply: &Reply) -> Vec<String> {
    let reply = reply.json();
    let secrets = ["access_token", "refresh_token", "browser"].into_iter().filter_map(|name| reply[name].as_str());
    secrets.map(str::to_owned).collect()
}

/// How each of them is asked, and its secrets.
async fn told(hub: &TestHub, operation: &str) -> (Reply, Vec<String>) {
    let (world, manager) = (&hub.world, hub.manager());
    let last = |link: &Value| link.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    match operation {
        "POST /v1/people/{id}/invite" => {
            let path = format!("/v1/people/{}/invite", hub.viewer().await.id());
            let first = manager.post(&path, None).key("the-same").await;
            let reply = manager.post(&path, None).key("the-same").await;
            let secrets = vec![last(&first.json()["link"]), last(&reply.json()["link"])];
            (reply, secrets)
        }
        "POST /v1/people/{id}/email/link" => {
            let viewer = hub.viewer().await;
            let (_, signed_in) = hub.joins(&viewer).await;
            let asked = signed_in.caller(world).post("/v1/me/email", json!({ "email": "another@hub.example" }));
            asked.await.is(202);
            let path = format!("/v1/people/{}/email/link", viewer.id());
            let first = manager.post(&path, None).key("the-same").await;
            let reply = manager.post(&path, None).key("the-same").await;
            let secrets = vec![last(&first.json()["link"]), last(&reply.json()["link"])];
            (reply, secrets)
        }
        "POST /v1/people/import" => {
            let file = "name,email,role\nVic,vic@import.example,viewer\n";
            let import = async || manager.post("/v1/people/import?invite=true", None).csv(file).key("the-same").await;
            let (first, reply) = (import().await, import().await);
            let secrets = vec![last(&first.json()["links"][0]["link"]), last(&reply.json()["links"][0]["link"])];
            (reply, secrets)
        }
        "POST /v1/hubs" => {
            let body = json!({ "name": "Another", "manager_name": "Ada", "manager_email": "ada@another.example" });
            let reply = world.operator().post("/v1/hubs", body).key("the-same").await;
            let secrets = vec![last(&reply.json()["link"])];
            (reply, secrets)
        }
        "POST /v1/hubs/{id}/managers" => {
            let (path, body) = (format!("/v1/hubs/{}/managers", hub.id), json!({ "email": "rescue@hub.example" }));
            let first = world.operator().post(&path, body.clone()).key("the-same").await;
            let reply = world.operator().post(&path, body).key("the-same").await;
            let secrets = vec![last(&first.json()["link"]), last(&reply.json()["link"])];
            (reply, secrets)
        }
        "POST /v1/api-keys" => {
            let body = json!({ "name": "MIS", "scope": "read", "days": 1 });
            let first = manager.post("/v1/api-keys", body.clone()).key("the-same").await;
            let reply = manager.post("/v1/api-keys", body).key("the-same").await;
            let of = |reply: &Reply| reply.json()["secret"].as_str().unwrap().to_owned();
            let secrets = vec![of(&first), of(&reply)];
            (reply, secrets)
        }
        "POST /v1/webhooks" | "POST /v1/webhooks/{id}/secret" => {
            let body = json!({ "name": "Finance", "url": "https://finance.example/" });
            let first = manager.post("/v1/webhooks", body.clone()).key("the-same").await;
            let reply = if operation == "POST /v1/webhooks" {
                manager.post("/v1/webhooks", body).key("the-same").await
            } else {
                let path = format!("/v1/webhooks/{}/secret", first.json()["webhook"]["id"].as_str().unwrap());
                manager.post(&path, json!({})).key("the-same").await
            };
            let of = |reply: &Reply| reply.json()["secret"].as_str().unwrap().to_owned();
            let secrets = vec![of(&first), of(&reply)];
            (reply, secrets)
        }
        "GET /v1/auth/openid/{provider}/callback" => {
            let email = hub.viewer().await.get("/v1/me").await.ok()["email"].clone();
            let (stub, signer) = (Stub::start(""), Signer::new(jsonwebtoken::Algorithm::EdDSA, "one"));
            let settings = stub.settings("standard", "");
            let service = world.another_service(|all| all.openid = settings);
            let mut browser = Browser::new();
            let page = browser.get(&format!("{}/v1/auth/openid/stub", service.address)).await;
            let now = world.clock.now().timestamp();
            let token = signer.sign(&json!({
                "iss": stub.issuer(), "aud": "hub", "sub": "x", "iat": now, "exp": now + 60, "nonce": page.sends("nonce"),
                "email": email, "email_verified": true,
            }));
            stub.know(|knows| {
                (knows.keys, knows.token) = (vec![signer.published()], token);
                knows.challenge = page.sends("code_challenge");
            });
            let back = format!("/v1/auth/openid/stub/callback?code=good&state={}", page.sends("state"));
            let reply = world.stranger().at(&service).get(&back).header("cookie", &browser.cookie_header()).await;
            let given = |name: &str| reply.json()[name].as_str().unwrap().to_owned();
            let mut secrets = vec![
                given("access_token"),
                given("refresh_token"),
                given("browser"),
                page.sends("state"),
                page.sends("nonce"),
            ];
            secrets.extend(browser.cookies().values().cloned());
            (reply, secrets)
        }
        "POST /v1/me/calendar" => {
            let first = manager.post("/v1/me/calendar", None).key("the-same").await;
            let reply = manager.post("/v1/me/calendar", None).key("the-same").await;
            let of = |reply: &Reply| last(&reply.json()["bookings_url"]).replace(".ics", "");
            let secrets = vec![of(&first), of(&reply)];
            (reply, secrets)
        }
        "POST /v1/auth/invitations/{secret}" => {
            let invited = manager.post(&format!("/v1/people/{}/invite", hub.viewer().await.id()), None).await.created();
            let reply = world.stranger().post(&format!("/v1/auth/invitations/{}", last(&invited["link"])), None).await;
            let secrets = std::iter::once(last(&invited["link"])).chain(of_session(&reply)).collect();
            (reply, secrets)
        }
        "POST /v1/auth/login" => {
            let (email, _) = hub.joins(&hub.viewer().await).await;
            let reply = world.sign_in(&email, PASSWORD, json!({})).await;
            let secrets = of_session(&reply);
            (reply, secrets)
        }
        "POST /v1/auth/refresh" => {
            let (_, signed_in) = hub.joins(&hub.viewer().await).await;
            let reply = world.go_on(&signed_in.refresh(), json!({})).await;
            let secrets = of_session(&reply);
            (reply, secrets)
        }
        "POST /v1/auth/codes" => {
            let reply = world.stranger().post("/v1/auth/codes", json!({ "email": "nobody@hub.example" })).await;
            let secrets = vec![reply.json()["request"].as_str().unwrap().to_owned()];
            (reply, secrets)
        }
        "POST /v1/people/{id}/sign-in-code"
        | "POST /v1/people/{id}/reset"
        | "POST /v1/auth/codes/sign-in"
        | "POST /v1/auth/links/{secret}"
        | "POST /v1/auth/resets/{secret}" => {
            let viewer = hub.viewer().await;
            let (email, _) = hub.joins(&viewer).await;
            let help = async |what: &str| {
                manager.post(&format!("/v1/people/{}/{what}", viewer.id()), None).key("the-same").await
            };
            let (code, reset) = (help("sign-in-code").await, help("reset").await);
            let mut secrets = vec![last(&code.json()["link"]), last(&reset.json()["link"])];
            let reply = match operation {
                "POST /v1/people/{id}/sign-in-code" => help("sign-in-code").await,
                "POST /v1/people/{id}/reset" => help("reset").await,
                "POST /v1/auth/codes/sign-in" => {
                    let body = json!({ "email": email, "code": code.json()["code"] });
                    world.stranger().post("/v1/auth/codes/sign-in", body).await
                }
                "POST /v1/auth/links/{secret}" => {
                    world.stranger().post(&world.path_of(&code.json()["link"]), None).await
                }
                _ => {
                    let body = json!({ "password": "another horse, another day" });
                    world.stranger().post(&world.path_of(&reset.json()["link"]), body).await
                }
            };
            secrets.extend(match reply.json()["link"].as_str() {
                Some(_) => vec![last(&reply.json()["link"])],
                None => of_session(&reply),
            });
            (reply, secrets)
        }
        "POST /v1/me/totp" | "POST /v1/me/totp/confirm" | "POST /v1/me/totp/recovery-codes" => {
            let (_, signed_in) = hub.joins(&hub.viewer().await).await;
            let caller = signed_in.caller(world);
            let set_up = caller.post("/v1/me/totp", None).key("the-same").await;
            let secret = set_up.json()["secret"].as_str().unwrap().to_owned();
            let code = json!({ "code": app_code(&secret, world.clock.now()) });
            let mut secrets = vec![set_up.json()["uri"].as_str().unwrap().to_owned()];
            let mut reply = set_up;
            if operation != "POST /v1/me/totp" {
                reply = caller.post("/v1/me/totp/confirm", code).key("the-same").await;
                secrets.push(reply.json()["recovery_codes"].to_string());
            }
            if operation == "POST /v1/me/totp/recovery-codes" {
                let recovery = json!({ "code": reply.json()["recovery_codes"][0] });
                reply = caller.post("/v1/me/totp/recovery-codes", recovery).key("the-same").await;
                secrets.push(reply.json()["recovery_codes"].to_string());
            }
            let stored = everything(world).await;
            let recovery = reply.json()["recovery_codes"].as_array().cloned().unwrap_or_default();
            let recovery = recovery.iter().map(|code| code.as_str().unwrap().to_owned());
            for short in recovery.chain([secret]) {
                assert!(!stored.iter().any(|text| text.contains(&short)), "{short} is stored");
            }
            (reply, secrets)
        }
        "GET /v1/bookings/{id}/check-in-code" => {
            let (_, lead, _) = hub.funded_school("Lampton Academy", "100").await;
            let booking = lead.book(&hub.event(EventPlan::default()).await).await.created();
            let reply = lead.get(&format!("/v1/bookings/{}/check-in-code", booking["id"].as_str().unwrap())).await;
            let secrets = vec![reply.json()["code"].as_str().unwrap().to_owned()];
            (reply, secrets)
        }
        other => panic!("{other} answers a secret: say here how it is asked"),
    }
}

both_engines!(no_secret_of_an_answer_is_stored, a_newer_invitation_ends_older_ones);

async fn no_secret_of_an_answer_is_stored(hub: TestHub) {
    let mut all = Vec::new();
    for operation in with_a_secret() {
        let (reply, secrets) = told(&hub, &operation).await;
        assert!((200..300).contains(&reply.status), "{operation}: {reply}");
        assert_eq!(reply.header("idempotency-replayed"), None, "{operation}");
        let different: BTreeSet<&String> = secrets.iter().collect();
        assert_eq!(different.len(), secrets.len(), "{operation}: a new one each time");
        all.extend(secrets);
    }
    assert!(all.len() >= 8 && all.iter().all(|secret| secret.len() >= 43), "{all:?}");
    let stored = everything(&hub.world).await;
    assert!(stored.iter().any(|text| text.contains("West London")), "what is stored was read");
    for secret in all {
        assert!(!stored.iter().any(|text| text.contains(&secret)), "{secret} is stored");
    }
}

async fn a_newer_invitation_ends_older_ones(hub: TestHub) {
    let (viewer, other) = (hub.viewer().await, hub.viewer().await);
    let invite = async |person: &Client| {
        let reply = hub.manager().post(&format!("/v1/people/{}/invite", person.id()), None).await.created();
        operation_of(&reply["link"])
    };
    let (older, others) = (invite(&viewer).await, invite(&other).await);
    let newer = invite(&viewer).await;
    let stranger = hub.world.stranger();
    stranger.get(&older).await.refused(404, "not_found");
    stranger.post(&older, None).await.refused(404, "not_found");
    stranger.post(&newer, None).await.ok();
    stranger.post(&newer, None).await.refused(404, "not_found");
    stranger.post(&others, None).await.ok();
}

#[test]
fn answers_that_hold_a_secret_take_no_idempotency_key() {
    let found = with_a_secret();
    assert!(found.contains("POST /v1/people/{id}/invite") && found.contains("POST /v1/me/calendar"), "{found:?}");
    for operation in operations() {
        let name = format!("{} {}", operation.method, operation.path);
        let mut parameters = operation.description["parameters"].as_array().into_iter().flatten();
        let keyed = parameters.any(|parameter| parameter["name"] == "Idempotency-Key");
        assert!(!found.contains(&name) || !keyed, "{name} would be kept");
    }
}

/// Every value of every column of every table, as text.
async fn everything(world: &World) -> Vec<String> {
    let mut tx = world.db().read_everywhere().await.unwrap();
    let columns = match world.engine() {
        Engine::Sqlite => {
            "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
        }
        Engine::Postgres => {
            "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    let columns: Vec<(String, String)> = tx.query(columns).all().await.unwrap();
    assert!(columns.len() > 100);
    let mut texts = Vec::new();
    for (table, column) in columns {
        let sql: &'static str = format!("SELECT COALESCE(CAST({column} AS TEXT), '') FROM {table}").leak();
        let found: Vec<(String,)> = match tx.query(sql).all().await {
            Ok(found) => found,
            // Bytes that are no text.
            Err(_) => continue,
        };
        texts.extend(found.into_iter().map(|(text,)| text));
    }
    texts
}
