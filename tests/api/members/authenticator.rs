//! The authenticator app: set up, asked for, lost; and hubs that ask their managers for one.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, PASSWORD, SignedIn, TestHub, app_code};

both_engines!(
    an_app_is_set_up_and_asked_for,
    a_code_is_taken_once_and_clocks_may_differ_by_a_minute,
    a_recovery_code_stands_in_for_the_app_once,
    an_app_is_removed_by_a_code_of_it,
    a_manager_removes_the_app_of_somebody_who_lost_it,
    codes_can_be_tried_only_so_often,
    a_hub_asks_its_managers_for_an_app,
    a_reset_and_a_link_ask_for_the_app_too,
    the_secret_outlives_the_key_that_sealed_it
);

/// Sets up an app: its secret and the recovery codes.
async fn set_up(hub: &TestHub, caller: &Client) -> (String, Vec<String>) {
    let made = caller.post("/v1/me/totp", None).await.created();
    let secret = made["secret"].as_str().unwrap().to_owned();
    let body = json!({ "code": app_code(&secret, hub.world.clock.now()) });
    let confirmed = caller.post("/v1/me/totp/confirm", body).await.ok();
    let codes = confirmed["recovery_codes"].as_array().unwrap().iter();
    (secret, codes.map(|code| code.as_str().unwrap().to_owned()).collect())
}

/// What the app shows a step after the last code that was taken.
fn next_code(hub: &TestHub, secret: &str) -> Value {
    hub.world.pass(TimeDelta::seconds(90));
    json!(app_code(secret, hub.world.clock.now()))
}

async fn an_app_is_set_up_and_asked_for(hub: TestHub) {
    let (email, signed_in) = hub.joins(&hub.viewer().await).await;
    let caller = signed_in.caller(&hub.world);
    assert_eq!(caller.get("/v1/me/totp").await.ok(), json!({ "on_since": null, "recovery_codes_left": 0 }));
    let made = caller.post("/v1/me/totp", None).await.created();
    let (secret, uri) = (made["secret"].as_str().unwrap(), made["uri"].as_str().unwrap());
    assert!(uri.starts_with("otpauth://totp/") && uri.contains(secret) && uri.contains("issuer=127.0.0.1"), "{uri}");
    assert!(made["qr_svg"].as_str().unwrap().contains("<svg"));
    // Until it is confirmed, nothing is asked for.
    hub.world.sign_in(&email, PASSWORD, json!({})).await.ok();
    caller.post("/v1/me/totp/confirm", json!({ "code": "000000" })).await.invalid(&[("/code", "wrong")]);
    let (secret, recovery) = set_up(&hub, &caller).await;
    assert_eq!(recovery.len(), 10);
    assert_eq!(caller.get("/v1/me/totp").await.ok()["recovery_codes_left"], 10);
    caller.post("/v1/me/totp", None).await.refused(409, "invalid_transition");

    hub.world.sign_in(&email, PASSWORD, json!({})).await.refused(401, "code_needed");
    hub.world.sign_in(&email, "not the password", json!({})).await.refused(401, "sign_in_failed");
    hub.world.sign_in(&email, PASSWORD, json!({ "totp_code": "000000" })).await.refused(401, "sign_in_failed");
    hub.world.sign_in(&email, PASSWORD, json!({ "totp_code": next_code(&hub, &secret) })).await.ok();
}

async fn a_code_is_taken_once_and_clocks_may_differ_by_a_minute(hub: TestHub) {
    let (email, signed_in) = hub.joins(&hub.viewer().await).await;
    let (secret, _) = set_up(&hub, &signed_in.caller(&hub.world)).await;
    let with = async |code: Value| hub.world.sign_in(&email, PASSWORD, json!({ "totp_code": code })).await;
    with(json!(app_code(&secret, hub.world.clock.now()))).await.refused(401, "sign_in_failed");
    let code = next_code(&hub, &secret);
    with(code.clone()).await.ok();
    with(code).await.refused(401, "sign_in_failed");
    for off in [-60, 60] {
        hub.world.pass(TimeDelta::minutes(10));
        with(json!(app_code(&secret, hub.world.clock.now() + TimeDelta::seconds(off)))).await.ok();
    }
    hub.world.pass(TimeDelta::minutes(10));
    with(json!(app_code(&secret, hub.world.clock.now() - TimeDelta::minutes(2)))).await.refused(401, "sign_in_failed");
}

async fn a_recovery_code_stands_in_for_the_app_once(hub: TestHub) {
    let (email, signed_in) = hub.joins(&hub.viewer().await).await;
    let caller = signed_in.caller(&hub.world);
    let (secret, recovery) = set_up(&hub, &caller).await;
    let with = async |code: &str| hub.world.sign_in(&email, PASSWORD, json!({ "totp_code": code })).await;
    with(&recovery[0].to_uppercase().replace('-', " ")).await.ok();
    with(&recovery[0]).await.refused(401, "sign_in_failed");
    assert_eq!(caller.get("/v1/me/totp").await.ok()["recovery_codes_left"], 9);
    let body = json!({ "code": next_code(&hub, &secret) });
    let anew = caller.post("/v1/me/totp/recovery-codes", body).await.ok();
    with(&recovery[1]).await.refused(401, "sign_in_failed");
    with(anew["recovery_codes"][1].as_str().unwrap()).await.ok();
}

async fn an_app_is_removed_by_a_code_of_it(hub: TestHub) {
    let (email, signed_in) = hub.joins(&hub.viewer().await).await;
    let caller = signed_in.caller(&hub.world);
    caller.post("/v1/me/totp/remove", json!({ "code": "000000" })).await.refused(409, "invalid_transition");
    let (secret, recovery) = set_up(&hub, &caller).await;
    caller.post("/v1/me/totp/remove", json!({ "code": "000000" })).await.invalid(&[("/code", "wrong")]);
    caller.post("/v1/me/totp/remove", json!({ "code": next_code(&hub, &secret) })).await.is(204);
    hub.world.sign_in(&email, PASSWORD, json!({})).await.ok();
    let (_, others) = set_up(&hub, &caller).await;
    hub.world.sign_in(&email, PASSWORD, json!({ "totp_code": recovery[0] })).await.refused(401, "sign_in_failed");
    hub.world.sign_in(&email, PASSWORD, json!({ "totp_code": others[0] })).await.ok();
}

async fn a_manager_removes_the_app_of_somebody_who_lost_it(hub: TestHub) {
    let viewer = hub.viewer().await;
    let (email, signed_in) = hub.joins(&viewer).await;
    let path = format!("/v1/people/{}/totp", viewer.id());
    hub.manager().delete(&path).await.refused(409, "invalid_transition");
    set_up(&hub, &signed_in.caller(&hub.world)).await;
    hub.manager().delete(&path).await.is(204);
    hub.world.sign_in(&email, PASSWORD, json!({})).await.ok();
    let told = viewer.all("/v1/me/notices").await;
    let told: Vec<(&str, &str)> =
        told.iter().map(|it| (it["kind"].as_str().unwrap(), it["subject"].as_str().unwrap())).collect();
    let of = ["no code of an app is asked for any more", "a code of an app is asked for from now on"];
    assert_eq!(told, of.map(|of| ("sign_in_changed", of)));
}

async fn codes_can_be_tried_only_so_often(hub: TestHub) {
    let (_, signed_in) = hub.joins(&hub.viewer().await).await;
    let caller = signed_in.caller(&hub.world);
    set_up(&hub, &caller).await;
    for _ in 0..5 {
        caller.post("/v1/me/totp/remove", json!({ "code": "000000" })).await.invalid(&[("/code", "wrong")]);
    }
    let reply = caller.post("/v1/me/totp/remove", json!({ "code": "000000" })).await;
    reply.refused(429, "too_many_requests");
    assert_eq!(reply.header("retry-after"), Some("31"));
}

async fn a_hub_asks_its_managers_for_an_app(hub: TestHub) {
    let manager = hub.manager();
    let (email, signed_in) = hub.joins(&hub.new_manager().await).await;
    let caller = signed_in.caller(&hub.world);
    let etag = manager.get("/v1/hub").await.etag();
    manager.patch("/v1/hub", &etag, json!({ "totp_for_managers": true })).await.ok();
    // It holds from the next request on, also at the desk; who they are and the app stay open to them.
    for path in ["/v1/people", "/v1/hub", "/v1/me/sessions"] {
        caller.get(path).await.refused(403, "totp_needed");
    }
    caller.post("/v1/people", json!({})).await.refused(403, "totp_needed");
    caller.post("/v1/bookings", json!({})).await.refused(403, "totp_needed");
    caller.get("/v1/me").await.ok();
    let (secret, _) = set_up(&hub, &caller).await;
    caller.get("/v1/people").await.ok();
    let with =
        SignedIn(hub.world.sign_in(&email, PASSWORD, json!({ "totp_code": next_code(&hub, &secret) })).await.ok());
    with.caller(&hub.world).get("/v1/people").await.ok();
    // A session in which no code was given gives one later.
    let mut tx = hub.world.db().write_everywhere().await.unwrap();
    tx.query("UPDATE login_sessions SET second_factor_at = NULL").run().await.unwrap().any();
    tx.commit().await.unwrap();
    let caller = with.caller(&hub.world);
    caller.get("/v1/people").await.refused(403, "totp_needed");
    caller.post("/v1/me/totp/verify", json!({ "code": "000000" })).await.invalid(&[("/code", "wrong")]);
    caller.post("/v1/me/totp/verify", json!({ "code": next_code(&hub, &secret) })).await.is(204);
    caller.get("/v1/people").await.ok();
    // Others of the hub need none.
    let (_, viewer) = hub.joins(&hub.viewer().await).await;
    viewer.caller(&hub.world).get("/v1/people").await.ok();
}

async fn a_reset_and_a_link_ask_for_the_app_too(hub: TestHub) {
    let (world, viewer) = (&hub.world, hub.viewer().await);
    let (_, signed_in) = hub.joins(&viewer).await;
    let (secret, _) = set_up(&hub, &signed_in.caller(world)).await;
    let help = async |what: &str| {
        let made = hub.manager().post(&format!("/v1/people/{}/{what}", viewer.id()), None).await.created();
        world.path_of(&made["link"])
    };
    for (what, body) in [("sign-in-code", json!({})), ("reset", json!({ "password": "another horse, another day" }))] {
        let path = help(what).await;
        let with = |code: Value| {
            let mut body = body.clone();
            body["totp_code"] = code;
            world.stranger().post(&path, body)
        };
        world.stranger().post(&path, body.clone()).await.refused(401, "code_needed");
        with(json!("000000")).await.refused(401, "sign_in_failed");
        with(next_code(&hub, &secret)).await.ok();
        // After five wrong codes the link is void.
        let path = help(what).await;
        let with = |code: Value| {
            let mut body = body.clone();
            body["totp_code"] = code;
            world.stranger().post(&path, body)
        };
        for _ in 0..5 {
            with(json!("000000")).await.refused(401, "sign_in_failed");
        }
        with(next_code(&hub, &secret)).await.refused(404, "not_found");
    }
}

async fn the_secret_outlives_the_key_that_sealed_it(hub: TestHub) {
    use hub_credits::base::auth::Keys;
    use hub_credits::base::vault::Vault;
    let (email, signed_in) = hub.joins(&hub.viewer().await).await;
    let (secret, _) = set_up(&hub, &signed_in.caller(&hub.world)).await;
    for _ in 0..3 {
        Keys::rotate(hub.world.keys().file()).unwrap();
        hub_credits::rounds::seal_anew(hub.world.db(), &Vault::new(hub.world.keys()), hub.world.clock.now())
            .await
            .unwrap();
    }
    hub.world.sign_in(&email, PASSWORD, json!({ "totp_code": next_code(&hub, &secret) })).await.ok();
}
