//! Who is calling: tokens, disabled people, invitations, hubs that do not see each other.

use chrono::TimeDelta;
use hub_credits::base::auth::{Keys, Subject};
use hub_credits::base::ids::{HubId, PersonId};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, TestHub, World, operation_of};

fn subject(hub: &TestHub, person: &Client) -> Subject {
    Subject::Person(HubId(hub.id.parse().unwrap()), PersonId(person.id().parse().unwrap()))
}

/// A token with these claims under this algorithm and key.
fn forged(header: &Header, claims: &Value, key: &EncodingKey) -> String {
    jsonwebtoken::encode(header, claims, key).unwrap()
}

both_engines!(
    without_a_token_there_is_nothing,
    a_token_has_its_time,
    forged_tokens_are_refused,
    a_token_of_nobody_is_refused,
    a_disabled_person_is_refused_at_once,
    an_invitation_lets_its_holder_in_once,
    an_invitation_lives_seven_days,
    an_invitation_taken_up_many_times_at_once_works_once,
    hubs_do_not_see_each_other
);

async fn without_a_token_there_is_nothing(world: World) {
    let reply = world.stranger().get("/v1/me").await;
    reply.refused(401, "unauthorized");
    assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    for value in ["", "Bearer", "Bearer ", "Basic bWU6bWU=", "Bearer a.b.c", "Bearer ....", "Bearer ééé"] {
        world.stranger().get("/v1/me").header("authorization", value).await.refused(401, "unauthorized");
    }
}

async fn a_token_has_its_time(hub: TestHub) {
    let (world, manager) = (&hub.world, hub.manager());
    let token = world.token_for(subject(&hub, &manager), world.clock.now(), TimeDelta::minutes(15));
    let caller = world.stranger().with_token(token);
    caller.get("/v1/me").await.ok();
    world.pass(TimeDelta::minutes(15) - TimeDelta::seconds(1));
    caller.get("/v1/me").await.ok();
    world.pass(TimeDelta::seconds(1));
    caller.get("/v1/me").await.refused(401, "token_expired");
    for scheme in ["bearer", "BEARER", "BeArEr  "] {
        let request = world.stranger().get("/v1/me").header("authorization", &format!("{scheme} {}", manager.token()));
        request.await.ok();
    }
    // A clock that is a minute off is none of the caller's fault.
    let early = |minutes| {
        let now = world.clock.now() + TimeDelta::minutes(minutes);
        world.stranger().with_token(world.token_for(subject(&hub, &manager), now, TimeDelta::hours(1)))
    };
    early(1).get("/v1/me").await.ok();
    early(2).get("/v1/me").await.refused(401, "token_expired");
}

async fn forged_tokens_are_refused(hub: TestHub) {
    let (world, manager) = (&hub.world, hub.manager());
    let others = Keys::open(&world.folder().join("others.pem")).unwrap();
    let of_others = others.issue(subject(&hub, &manager), world.clock.now(), TimeDelta::hours(1)).unwrap();

    let jwks = world.stranger().get("/.well-known/jwks.json").await.ok();
    let (kid, x) = (jwks["keys"][0]["kid"].as_str().unwrap(), jwks["keys"][0]["x"].as_str().unwrap());
    let claims = json!({ "iss": "hub-credits", "sub": manager.id(), "hub": hub.id, "iat": 0, "nbf": 0, "exp": 9_999_999_999_i64 });
    let symmetric = |key: &[u8]| {
        forged(
            &Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::HS256) },
            &claims,
            &EncodingKey::from_secret(key),
        )
    };
    let (_, payload) = manager.token().split_once('.').unwrap();
    let unsigned = |algorithm: &str| {
        let header = format!("{{\"alg\":\"{algorithm}\",\"typ\":\"JWT\",\"kid\":\"{kid}\"}}");
        format!("{}.{}.", base64url(header.as_bytes()), payload.split('.').next().unwrap())
    };
    let tampered = {
        let (head, rest) = manager.token().split_once('.').unwrap();
        let signature = rest.split_once('.').unwrap().1;
        let mut claims = claims.clone();
        claims["sub"] = "operator".into();
        claims.as_object_mut().unwrap().remove("hub");
        format!("{head}.{}.{signature}", base64url(claims.to_string().as_bytes()))
    };
    for token in [
        of_others,
        symmetric(x.as_bytes()),
        symmetric(b""),
        unsigned("none"),
        unsigned("None"),
        unsigned("EdDSA"),
        tampered,
    ] {
        world.stranger().with_token(token).get("/v1/me").await.refused(401, "unauthorized");
    }
}

async fn a_token_of_nobody_is_refused(world: World) {
    let hub = world.hub("West London").await;
    let other = world.hub("South London").await;
    let mixed = Subject::Person(HubId(other.id.parse().unwrap()), PersonId(hub.manager().id().parse().unwrap()));
    let token = world.token_for(mixed, world.clock.now(), TimeDelta::hours(1));
    world.stranger().with_token(token).get("/v1/me").await.refused(401, "unauthorized");
}

async fn a_disabled_person_is_refused_at_once(hub: TestHub) {
    let viewer = hub.viewer().await;
    viewer.get("/v1/me").await.ok();
    let path = format!("/v1/people/{}/disable", viewer.id());
    assert_eq!(hub.manager().post(&path, None).await.ok()["disabled"], true);
    viewer.get("/v1/me").await.refused(401, "person_disabled");
    viewer.post("/v1/people", json!({})).await.refused(401, "person_disabled");
    assert_eq!(hub.manager().post(&path, None).await.ok()["disabled"], true);
}

async fn an_invitation_lets_its_holder_in_once(hub: TestHub) {
    let (world, viewer) = (&hub.world, hub.viewer().await);
    let reply = hub.manager().post(&format!("/v1/people/{}/invite", viewer.id()), None).await.created();
    let link = operation_of(&reply["link"]);
    let shown = world.stranger().get(&link).await.ok();
    assert_eq!(shown["email"], viewer.get("/v1/me").await.ok()["email"]);
    world.stranger().get(&link).await.ok();
    let token = world.stranger().post(&link, None).await.ok();
    assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(900)));
    let me = world.stranger().with_token(token["access_token"].as_str().unwrap()).get("/v1/me").await.ok();
    assert_eq!(me["id"], viewer.id());
    world.stranger().post(&link, None).await.refused(404, "not_found");
    world.stranger().get(&link).await.refused(404, "not_found");
    world.stranger().post("/v1/auth/invitations/0000", None).await.refused(404, "not_found");
}

async fn an_invitation_lives_seven_days(hub: TestHub) {
    let viewer = hub.viewer().await;
    let path = format!("/v1/people/{}/invite", viewer.id());
    let reply = hub.manager().post(&path, None).await.created();
    let link = operation_of(&reply["link"]);
    hub.world.pass(TimeDelta::days(7) + TimeDelta::seconds(1));
    hub.world.stranger().post(&link, None).await.refused(404, "not_found");
}

async fn an_invitation_taken_up_many_times_at_once_works_once(hub: TestHub) {
    let viewer = hub.viewer().await;
    let reply = hub.manager().post(&format!("/v1/people/{}/invite", viewer.id()), None).await.created();
    let link = operation_of(&reply["link"]);
    let stranger = hub.world.stranger();
    let replies = futures_util::future::join_all((0..8).map(|_| stranger.post(&link, None).into_future())).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        reply.refused(404, "not_found");
    }
}

async fn hubs_do_not_see_each_other(world: World) {
    let (hub, other) = (world.hub("West London").await, world.hub("South London").await);
    let path = format!("/v1/people/{}", other.manager().id());
    hub.manager().get(&path).await.refused(404, "not_found");
    hub.manager().patch(&path, "\"1\"", json!({ "name": "X" })).await.refused(404, "not_found");
    for act in ["disable", "invite"] {
        hub.manager().post(&format!("{path}/{act}"), None).await.refused(404, "not_found");
    }
    assert_eq!(hub.manager().all("/v1/people").await.len(), 1);
    assert_eq!(other.manager().get("/v1/me").await.ok()["name"], "Mary Manager");
    let school = other.school("Elsewhere").await;
    let teacher = json!({ "name": "T", "email": "t@hub.example", "role": "teacher", "school_id": school.id });
    hub.manager().post("/v1/people", teacher).await.invalid(&[("/school_id", "unknown")]);
}

/// Base64 for URLs without padding (RFC 4648).
fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let word =
                chunk.iter().chain([0, 0].iter()).take(3).fold(0_usize, |word, byte| word << 8 | usize::from(*byte));
            (0..=chunk.len()).map(move |digit| char::from(DIGITS[word >> (18 - 6 * digit) & 63]))
        })
        .collect()
}
