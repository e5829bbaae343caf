//! Signing in by a code of six digits or by a link: once, for ten minutes, with five tries.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, Reply, SignedIn, TestHub};

both_engines!(
    a_code_that_is_passed_on_signs_in_once,
    a_link_that_is_passed_on_signs_in_once,
    a_code_works_for_ten_minutes_and_is_void_after_five_tries,
    a_newer_code_ends_the_older,
    nobody_else_can_void_a_code_that_was_asked_for,
    somebody_asks_for_five_codes_an_hour
);

async fn code(hub: &TestHub, person: &Client) -> Value {
    hub.manager().post(&format!("/v1/people/{}/sign-in-code", person.id()), None).await.created()
}

async fn give(hub: &TestHub, email: &str, code: &Value) -> Reply {
    let body = json!({ "email": email, "code": code });
    hub.world.stranger().post("/v1/auth/codes/sign-in", body).await
}

/// Six digits that are not these.
fn other_than(code: &Value) -> Value {
    let number: u32 = code.as_str().unwrap().parse().unwrap();
    json!(format!("{:06}", (number + 1) % 1_000_000))
}

async fn a_code_that_is_passed_on_signs_in_once(hub: TestHub) {
    let viewer = hub.viewer().await;
    hub.manager()
        .post(&format!("/v1/people/{}/sign-in-code", viewer.id()), None)
        .await
        .refused(409, "invalid_transition");
    let (email, _) = hub.joins(&viewer).await;
    let made = code(&hub, &viewer).await;
    let digits = made["code"].as_str().unwrap();
    assert!(digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_digit()), "{digits}");
    give(&hub, "nobody@hub.example", &made["code"]).await.refused(401, "sign_in_failed");
    let spaced = json!(format!("{} {}", &digits[..3], &digits[3..]));
    let signed_in = give(&hub, &email, &spaced).await.ok();
    assert_eq!(SignedIn(signed_in).caller(&hub.world).get("/v1/me").await.ok()["id"], viewer.id());
    give(&hub, &email, &made["code"]).await.refused(401, "sign_in_failed");
    // The link is used up with it.
    hub.world.stranger().post(&hub.world.path_of(&made["link"]), None).await.refused(404, "not_found");
}

async fn a_link_that_is_passed_on_signs_in_once(hub: TestHub) {
    let viewer = hub.viewer().await;
    let (email, _) = hub.joins(&viewer).await;
    let made = code(&hub, &viewer).await;
    let path = hub.world.path_of(&made["link"]);
    let signed_in = hub.world.stranger().post(&path, None).await.ok();
    assert_eq!(SignedIn(signed_in).caller(&hub.world).get("/v1/me").await.ok()["id"], viewer.id());
    hub.world.stranger().post(&path, None).await.refused(404, "not_found");
    give(&hub, &email, &made["code"]).await.refused(401, "sign_in_failed");
    hub.manager().post(&format!("/v1/people/{}/disable", viewer.id()), None).await.ok();
    hub.manager()
        .post(&format!("/v1/people/{}/sign-in-code", viewer.id()), None)
        .await
        .refused(409, "invalid_transition");
}

async fn a_code_works_for_ten_minutes_and_is_void_after_five_tries(hub: TestHub) {
    let viewer = hub.viewer().await;
    let (email, _) = hub.joins(&viewer).await;
    let late = code(&hub, &viewer).await;
    hub.world.pass(TimeDelta::minutes(10));
    give(&hub, &email, &late["code"]).await.refused(401, "sign_in_failed");
    let void = code(&hub, &viewer).await;
    for _ in 0..5 {
        give(&hub, &email, &other_than(&void["code"])).await.refused(401, "sign_in_failed");
    }
    give(&hub, &email, &void["code"]).await.refused(401, "sign_in_failed");
    let good = code(&hub, &viewer).await;
    for _ in 0..3 {
        give(&hub, &email, &other_than(&good["code"])).await.refused(401, "sign_in_failed");
    }
    // After ten tries in vain everybody waits, but whoever has the link.
    give(&hub, &email, &good["code"]).await.refused(429, "too_many_requests");
    hub.world.stranger().post(&hub.world.path_of(&good["link"]), None).await.ok();
}

async fn a_newer_code_ends_the_older(hub: TestHub) {
    let viewer = hub.viewer().await;
    let (email, _) = hub.joins(&viewer).await;
    let (older, newer) = (code(&hub, &viewer).await, code(&hub, &viewer).await);
    if older["code"] != newer["code"] {
        give(&hub, &email, &older["code"]).await.refused(401, "sign_in_failed");
    }
    hub.world.stranger().post(&hub.world.path_of(&older["link"]), None).await.refused(404, "not_found");
    give(&hub, &email, &newer["code"]).await.ok();
}

/// How many codes somebody has.
async fn codes_of(hub: &TestHub, email: &str) -> i64 {
    let mut tx = hub.world.db().read_everywhere().await.unwrap();
    let sql = "SELECT COUNT(*) FROM login_links k JOIN logins l ON l.id = k.login_id WHERE l.email_key = $1";
    let (count,): (i64,) = tx.query(sql).bind(email.to_owned()).one().await.unwrap();
    count
}

/// Waits until so many codes were made: it is done after the answer.
async fn made(hub: &TestHub, email: &str, count: i64) {
    for _ in 0..200 {
        if codes_of(hub, email).await == count {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{} codes, not {count}", codes_of(hub, email).await);
}

async fn nobody_else_can_void_a_code_that_was_asked_for(hub: TestHub) {
    let (email, _) = hub.joins(&hub.viewer().await).await;
    let ask = async || hub.world.stranger().post("/v1/auth/codes", json!({ "email": email })).await.is(202);
    let theirs = ask().await;
    made(&hub, &email, 1).await;
    let others = ask().await;
    made(&hub, &email, 2).await;
    // Somebody else tries with what they were given, without it, and with something made up.
    for request in [others["request"].clone(), Value::Null, json!("0000")] {
        for code in ["000000", "999999"] {
            let mut body = json!({ "email": email, "code": code });
            if !request.is_null() {
                body["request"] = request.clone();
            }
            hub.world.stranger().post("/v1/auth/codes/sign-in", body).await.refused(401, "sign_in_failed");
        }
    }
    let mut tx = hub.world.db().read_everywhere().await.unwrap();
    let tries: Vec<(i64,)> = tx.query("SELECT tries FROM login_links ORDER BY created_at, tries").all().await.unwrap();
    assert_eq!(tries, [(0,), (2,)]);
    assert_ne!(theirs["request"], others["request"]);
}

async fn somebody_asks_for_five_codes_an_hour(hub: TestHub) {
    let (email, _) = hub.joins(&hub.viewer().await).await;
    for asked in 1..=7 {
        hub.world.stranger().post("/v1/auth/codes", json!({ "email": email })).await.is(202);
        made(&hub, &email, asked.min(5)).await;
    }
    hub.world.pass(TimeDelta::hours(1));
    hub.world.stranger().post("/v1/auth/codes", json!({ "email": email })).await.is(202);
    made(&hub, &email, 6).await;
    // And from one place not without end.
    let mut waits = 0;
    for n in 0..40 {
        let body = json!({ "email": format!("nobody.{n}@hub.example") });
        let reply = hub.world.stranger().post("/v1/auth/codes", body).await;
        if reply.status == 429 {
            assert!(reply.header("retry-after").is_some());
            waits += 1;
        }
    }
    assert!(waits > 0);
}
