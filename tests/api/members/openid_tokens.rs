//! The tokens of a provider of OpenID Connect: which are believed, and which are not, by what they say, who signed them and
//! when.

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::openid::{Scene, person, who};
use crate::both_engines;
use crate::support::{SECRET, Signer, TestHub};

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

both_engines!(
    each_algorithm_with_a_public_key_is_believed,
    a_token_that_is_not_what_was_asked_for_is_not_believed,
    clocks_may_differ_by_a_minute,
    a_key_that_is_not_known_is_looked_for_once_a_minute
);

async fn each_algorithm_with_a_public_key_is_believed(hub: TestHub) {
    let noor = person(&hub, "noor@s.example").await;
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        let scene = Scene::signing(&hub.world, "", "standard", "", algorithm);
        assert_eq!(who(&scene, &scene.says(json!({})).await).await, noor.id(), "{algorithm:?}");
    }
}

async fn a_token_that_is_not_what_was_asked_for_is_not_believed(hub: TestHub) {
    person(&hub, "noor@s.example").await;
    let scene = Scene::signing(&hub.world, "", "standard", "", Algorithm::RS256);
    let now = hub.world.clock.now().timestamp();
    for wrong in [
        json!({ "nonce": "another" }),
        json!({ "nonce": null }),
        json!({ "aud": "another" }),
        json!({ "aud": ["another"] }),
        json!({ "aud": null }),
        json!({ "aud": ["hub", "another"] }),
        json!({ "aud": ["hub", "another"], "azp": "another" }),
        json!({ "azp": "another" }),
        json!({ "iss": "https://another.example" }),
        json!({ "iss": format!("{}/", scene.stub.issuer()) }),
        json!({ "iss": null }),
        json!({ "exp": now - 90 }),
        json!({ "exp": null }),
        json!({ "exp": "soon" }),
        json!({ "nbf": now + 91 }),
        json!({ "iat": now + 91 }),
        json!({ "iat": null }),
        json!({ "sub": "" }),
        json!({ "sub": null }),
        json!({ "sub": "x".repeat(256) }),
    ] {
        let reply = scene.says(wrong.clone()).await;
        assert_eq!(reply.status, 502, "{wrong}: {reply}");
        reply.refused(502, "openid_not_believed");
    }
    scene.says(json!({ "aud": ["hub", "another"], "azp": "hub" })).await.ok();

    // Signed by another, by nobody, or by what everybody knows.
    let others = Signer::new(Algorithm::RS256, "one");
    let unsigned = |claims: &Value, algorithm: &str| {
        let header = base64url(format!("{{\"alg\":\"{algorithm}\",\"kid\":\"one\"}}").as_bytes());
        format!("{header}.{}.", base64url(claims.to_string().as_bytes()))
    };
    let symmetric = |claims: &Value, secret: &[u8]| {
        let header = Header { kid: Some("one".into()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(secret)).unwrap()
    };
    let modulus = scene.signer.published()["n"].as_str().unwrap().to_owned();
    let of_another_key = Signer::new(Algorithm::EdDSA, "one");
    type Made<'a> = Box<dyn Fn(&Value) -> String + 'a>;
    let tokens: Vec<Made<'_>> = vec![
        Box::new(|claims| others.sign(claims)),
        Box::new(|claims| of_another_key.sign(claims)),
        Box::new(|claims| unsigned(claims, "none")),
        Box::new(|claims| unsigned(claims, "None")),
        Box::new(|claims| unsigned(claims, "RS256")),
        Box::new(|claims| symmetric(claims, SECRET.as_bytes())),
        Box::new(|claims| symmetric(claims, modulus.as_bytes())),
        Box::new(|_| "a.b.c".to_owned()),
        Box::new(|_| String::new()),
    ];
    for token in &tokens {
        let reply = scene.given(|begun| token(&scene.claims(begun, json!({})))).await;
        reply.refused(502, "openid_not_believed");
    }
    // The header brings its own key along.
    let header = Header {
        jwk: serde_json::from_value(others.published()).ok(),
        kid: Some("mine".into()),
        ..Header::new(Algorithm::RS256)
    };
    let reply = scene.given(|begun| others.sign_under(&header, &scene.claims(begun, json!({})))).await;
    reply.refused(502, "openid_not_believed");
    scene.says(json!({})).await.ok();
}

async fn clocks_may_differ_by_a_minute(hub: TestHub) {
    person(&hub, "noor@s.example").await;
    let scene = Scene::standard(&hub.world);
    let now = hub.world.clock.now().timestamp();
    for over in
        [json!({ "iat": now + 60, "nbf": now + 60, "exp": now + 360 }), json!({ "iat": now - 360, "exp": now - 60 })]
    {
        scene.says(over).await.ok();
    }
}

async fn a_key_that_is_not_known_is_looked_for_once_a_minute(hub: TestHub) {
    person(&hub, "noor@s.example").await;
    let mut scene = Scene::standard(&hub.world);
    scene.says(json!({})).await.ok();
    assert_eq!(scene.stub.asked("/keys"), 1);
    scene.signer = Signer::new(Algorithm::ES256, "two");
    let published = scene.signer.published();
    scene.says(json!({})).await.refused(502, "openid_not_believed");
    hub.world.pass(TimeDelta::seconds(61));
    scene.says(json!({})).await.refused(502, "openid_not_believed");
    assert_eq!(scene.stub.asked("/keys"), 2);
    scene.stub.know(|knows| knows.keys = vec![published]);
    for _ in 0..5 {
        scene.says(json!({})).await.refused(502, "openid_not_believed");
    }
    assert_eq!(scene.stub.asked("/keys"), 2, "not more than once a minute");
    hub.world.pass(TimeDelta::seconds(61));
    scene.says(json!({})).await.ok();
    assert_eq!(scene.stub.asked("/keys"), 3);
    assert_eq!(scene.stub.asked("/.well-known/openid-configuration"), 1, "it is kept");
}
