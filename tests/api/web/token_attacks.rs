//! Tokens that somebody made up, changed, kept or stole: each is refused, and nobody is taken for somebody else.

use chrono::TimeDelta;
use hub_credits::base::auth::{Keys, Subject};
use hub_credits::base::ids::{HubId, PersonId};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{TestHub, World};

both_engines!(
    without_an_algorithm,
    by_hmac_with_the_public_key,
    by_a_foreign_key_under_our_key_id,
    with_a_key_id_that_is_a_path_or_a_statement,
    with_a_key_of_its_own_in_it,
    expired,
    not_valid_yet,
    for_another_audience,
    of_another_issuer,
    of_another_deployment,
    of_a_disabled_person,
    of_a_refresh_token_used_again,
    in_two_headers,
    of_a_megabyte,
    in_the_query
);

/// What a token of the hub's manager says.
fn claims(hub: &TestHub) -> Value {
    let now = hub.world.clock.now().timestamp();
    json!({
        "iss": "hub-credits", "aud": "hub-credits", "sub": hub.manager().id(), "hub": hub.id,
        "iat": now, "nbf": now, "exp": now + 900
    })
}

/// The service's own key that signs, as it has it in its file.
fn our_key(world: &World) -> EncodingKey {
    EncodingKey::from_ed_pem(&std::fs::read(world.keys().file()).unwrap()).unwrap()
}

/// A key of nobody that the service knows.
fn foreign_key(world: &World) -> EncodingKey {
    let file = world.folder().join("foreign.pem");
    Keys::open(&file).unwrap();
    EncodingKey::from_ed_pem(&std::fs::read(file).unwrap()).unwrap()
}

/// The id and the bytes of the public key, as everybody can read them.
async fn public_key(world: &World) -> (String, String) {
    let key = world.stranger().get("/.well-known/jwks.json").await.ok()["keys"][0].clone();
    let text = |field: &str| key[field].as_str().unwrap().to_owned();
    (text("kid"), text("x"))
}

fn under(kid: &str, algorithm: Algorithm) -> Header {
    Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) }
}

fn token(header: &Header, claims: &Value, key: &EncodingKey) -> String {
    jsonwebtoken::encode(header, claims, key).unwrap()
}

/// Base64 for URLs without padding, of the parts of a token.
fn part(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

/// Neither who somebody is, nor a list, nor the desk, nor the operator's hubs open to it.
async fn refused(world: &World, token: &str, code: &str) {
    let caller = world.stranger().with_token(token);
    caller.get("/v1/me").await.refused(401, code);
    caller.get("/v1/people").await.refused(401, code);
    caller.get("/v1/hubs").await.refused(401, code);
    caller.post("/v1/bookings", json!({})).await.refused(401, code);
}

async fn without_an_algorithm(hub: TestHub) {
    let (kid, _) = public_key(&hub.world).await;
    let good = token(&under(&kid, Algorithm::EdDSA), &claims(&hub), &our_key(&hub.world));
    hub.world.stranger().with_token(good.clone()).get("/v1/me").await.ok();
    let signature = good.rsplit('.').next().unwrap();
    for algorithm in ["none", "None", "NONE", "nOnE", "", "EdDSA"] {
        let header = part(&json!({ "alg": algorithm, "typ": "JWT", "kid": kid }).to_string());
        let payload = part(&claims(&hub).to_string());
        refused(&hub.world, &format!("{header}.{payload}."), "unauthorized").await;
        refused(&hub.world, &format!("{header}.{payload}"), "unauthorized").await;
        if algorithm != "EdDSA" {
            refused(&hub.world, &format!("{header}.{payload}.{signature}"), "unauthorized").await;
        }
    }
}

async fn by_hmac_with_the_public_key(hub: TestHub) {
    use base64::Engine;
    let (kid, x) = public_key(&hub.world).await;
    let raw = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&x).unwrap();
    let jwks = hub.world.stranger().get("/.well-known/jwks.json").await.text();
    for secret in [x.as_bytes(), &raw, jwks.as_bytes(), b""] {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let forged = token(&under(&kid, algorithm), &claims(&hub), &EncodingKey::from_secret(secret));
            refused(&hub.world, &forged, "unauthorized").await;
        }
    }
}

async fn by_a_foreign_key_under_our_key_id(hub: TestHub) {
    let (kid, _) = public_key(&hub.world).await;
    let forged = token(&under(&kid, Algorithm::EdDSA), &claims(&hub), &foreign_key(&hub.world));
    refused(&hub.world, &forged, "unauthorized").await;
    let operator = json!({ "iss": "hub-credits", "aud": "hub-credits", "sub": "operator", "iat": 0, "nbf": 0, "exp": 9_999_999_999_i64 });
    refused(&hub.world, &token(&under(&kid, Algorithm::EdDSA), &operator, &foreign_key(&hub.world)), "unauthorized")
        .await;
}

async fn with_a_key_id_that_is_a_path_or_a_statement(hub: TestHub) {
    let file = hub.world.folder().join("foreign.pem");
    let foreign = foreign_key(&hub.world);
    for kid in [
        file.to_str().unwrap(),
        "../../foreign.pem",
        "file:///dev/null",
        "/dev/null",
        "' OR '1'='1",
        "'; DROP TABLE people; --",
        "x' UNION SELECT 'AAAA",
        "",
        "\u{0}",
        "..",
    ] {
        refused(&hub.world, &token(&under(kid, Algorithm::EdDSA), &claims(&hub), &foreign), "unauthorized").await;
    }
    refused(&hub.world, &token(&Header::new(Algorithm::EdDSA), &claims(&hub), &foreign), "unauthorized").await;
    hub.manager().get("/v1/people").await.ok();
}

async fn with_a_key_of_its_own_in_it(hub: TestHub) {
    let foreign = foreign_key(&hub.world);
    let (ours, _) = public_key(&hub.world).await;
    let keys = Keys::open(&hub.world.folder().join("foreign.pem")).unwrap();
    let theirs = serde_json::to_value(keys.published()).unwrap()["keys"][0].clone();
    let signed = |header: Value| {
        let message = format!("{}.{}", part(&header.to_string()), part(&claims(&hub).to_string()));
        format!("{message}.{}", jsonwebtoken::crypto::sign(message.as_bytes(), &foreign, Algorithm::EdDSA).unwrap())
    };
    let address = hub.world.stranger().address().to_owned();
    for kid in [ours, theirs["kid"].as_str().unwrap().to_owned()] {
        for (name, value) in [
            ("jwk", theirs.clone()),
            ("jku", json!(format!("{address}/.well-known/jwks.json"))),
            ("x5u", json!(format!("{address}/cert.pem"))),
            ("x5c", json!(["AAAA"])),
        ] {
            let mut header = json!({ "alg": "EdDSA", "typ": "JWT", "kid": kid });
            header[name] = value;
            refused(&hub.world, &signed(header), "unauthorized").await;
        }
    }
}

async fn expired(hub: TestHub) {
    let (kid, _) = public_key(&hub.world).await;
    let header = under(&kid, Algorithm::EdDSA);
    let mut claims = claims(&hub);
    claims["exp"] = json!(hub.world.clock.now().timestamp());
    refused(&hub.world, &token(&header, &claims, &our_key(&hub.world)), "token_expired").await;
    for odd in [json!(null), json!("soon"), json!(-1), json!({}), json!(1.5e300)] {
        claims["exp"] = odd;
        let caller = hub.world.stranger().with_token(token(&header, &claims, &our_key(&hub.world)));
        assert_eq!(caller.get("/v1/me").await.status, 401);
    }
    claims.as_object_mut().unwrap().remove("exp");
    refused(&hub.world, &token(&header, &claims, &our_key(&hub.world)), "unauthorized").await;
}

async fn not_valid_yet(hub: TestHub) {
    let (kid, _) = public_key(&hub.world).await;
    let header = under(&kid, Algorithm::EdDSA);
    let mut claims = claims(&hub);
    claims["nbf"] = json!(hub.world.clock.now().timestamp() + 61);
    refused(&hub.world, &token(&header, &claims, &our_key(&hub.world)), "token_expired").await;
    // By a clock that is a minute ahead, it works.
    claims["nbf"] = json!(hub.world.clock.now().timestamp() + 60);
    let good = token(&header, &claims, &our_key(&hub.world));
    hub.world.stranger().with_token(good).get("/v1/me").await.ok();
}

async fn for_another_audience(hub: TestHub) {
    let (kid, _) = public_key(&hub.world).await;
    let mut claims = claims(&hub);
    for audience in [json!("another-service"), json!(""), json!(["another-service"]), json!(null), json!(7)] {
        claims["aud"] = audience;
        let token = token(&under(&kid, Algorithm::EdDSA), &claims, &our_key(&hub.world));
        refused(&hub.world, &token, "unauthorized").await;
    }
    claims.as_object_mut().unwrap().remove("aud");
    refused(&hub.world, &token(&under(&kid, Algorithm::EdDSA), &claims, &our_key(&hub.world)), "unauthorized").await;
}

async fn of_another_issuer(hub: TestHub) {
    let (kid, _) = public_key(&hub.world).await;
    let mut claims = claims(&hub);
    for issuer in [json!("https://accounts.example"), json!(""), json!(null), json!("HUB-CREDITS")] {
        claims["iss"] = issuer;
        let token = token(&under(&kid, Algorithm::EdDSA), &claims, &our_key(&hub.world));
        refused(&hub.world, &token, "unauthorized").await;
    }
}

async fn of_another_deployment(hub: TestHub) {
    let theirs = Keys::open(&hub.world.folder().join("another/signing.pem")).unwrap();
    let subject = Subject::Person(HubId(hub.id.parse().unwrap()), PersonId(hub.manager().id().parse().unwrap()));
    for subject in [subject, Subject::Operator] {
        let token = theirs.issue(subject, hub.world.clock.now(), TimeDelta::minutes(15)).unwrap();
        refused(&hub.world, &token, "unauthorized").await;
    }
}

async fn of_a_disabled_person(hub: TestHub) {
    let viewer = hub.viewer().await;
    let (_, signed_in) = hub.joins(&viewer).await;
    hub.manager().post(&format!("/v1/people/{}/disable", viewer.id()), None).await.ok();
    for caller in [viewer, signed_in.caller(&hub.world)] {
        caller.get("/v1/me").await.refused(401, "person_disabled");
        caller.get("/v1/people").await.refused(401, "person_disabled");
    }
    let (_, teacher) = {
        let school = hub.school("Lampton Academy").await;
        let teacher = hub.teacher(&school).await;
        let signed_in = hub.joins(&teacher).await;
        hub.manager().post(&format!("/v1/people/{}/disable", teacher.id()), None).await.ok();
        signed_in
    };
    teacher.caller(&hub.world).post("/v1/bookings", json!({})).await.refused(401, "person_disabled");
}

async fn of_a_refresh_token_used_again(hub: TestHub) {
    let (_, first) = hub.joins(&hub.viewer().await).await;
    let second = hub.world.go_on(&first.refresh(), json!({})).await.ok();
    hub.world.go_on(&first.refresh(), json!({})).await.refused(401, "session_ended");
    hub.world.go_on(second["refresh_token"].as_str().unwrap(), json!({})).await.refused(401, "session_ended");
    for access in [&first.0["access_token"], &second["access_token"]] {
        hub.world.stranger().with_token(access.as_str().unwrap()).get("/v1/me").await.refused(401, "session_ended");
    }
    // A refresh token is no access token, nor the other way round.
    refused(&hub.world, &first.refresh(), "unauthorized").await;
    hub.world.go_on(first.0["access_token"].as_str().unwrap(), json!({})).await.refused(401, "session_ended");
}

/// The raw answer to a request whose headers no client would send.
async fn raw(world: &World, head: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = world.stranger().address().trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    let request = format!("{head}Host: {address}\r\nConnection: close\r\n\r\n");
    // The service may answer, and close, before it has read all of it.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn in_two_headers(hub: TestHub) {
    let (manager, viewer) = (hub.manager(), hub.viewer().await);
    let (good, other) = (manager.token(), viewer.token());
    for [one, two] in [[good, other], [other, good], [good, good], [good, "x"], ["x", good]] {
        let head = format!("GET /v1/me HTTP/1.1\r\nAuthorization: Bearer {one}\r\nAuthorization: Bearer {two}\r\n");
        let answer = raw(&hub.world, &head).await;
        assert!(answer.starts_with("HTTP/1.1 401 ") && answer.contains("\"unauthorized\""), "{answer}");
    }
    let one = raw(&hub.world, &format!("GET /v1/me HTTP/1.1\r\nAuthorization: Bearer {good}\r\n")).await;
    assert!(one.starts_with("HTTP/1.1 200 "), "{one}");
}

async fn of_a_megabyte(hub: TestHub) {
    let long = "a".repeat(1024 * 1024);
    let answer = raw(&hub.world, &format!("GET /v1/me HTTP/1.1\r\nAuthorization: Bearer {long}\r\n")).await;
    assert!(!answer.starts_with("HTTP/1.1 2") && !answer.starts_with("HTTP/1.1 5"), "{answer}");
    // As long as the service reads, it is refused as any other.
    let shorter = format!("{0}.{0}.{0}", "a".repeat(10_000));
    refused(&hub.world, &shorter, "unauthorized").await;
    hub.world.go_on(&long[..1024 * 1000], json!({})).await.refused(401, "session_ended");
    hub.manager().get("/v1/me").await.ok();
}

async fn in_the_query(hub: TestHub) {
    let token = hub.manager().token().to_owned();
    for name in ["access_token", "token", "authorization", "bearer", "jwt"] {
        hub.world.stranger().get(&format!("/v1/me?{name}={token}")).await.refused(401, "unauthorized");
        hub.world.stranger().get(&format!("/v1/people?{name}={token}")).await.refused(401, "unauthorized");
    }
    let cookie = format!("access_token={token}; token={token}");
    hub.world.stranger().get("/v1/me").header("cookie", &cookie).await.refused(401, "unauthorized");
}
