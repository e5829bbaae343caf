//! Sessions: gone on with by refresh tokens that work once, looked at, ended here and everywhere.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::json;

use crate::both_engines;
use crate::support::{Client, PASSWORD, SignedIn, TestHub};

both_engines!(
    a_refresh_token_works_once_and_used_again_ends_its_session,
    of_many_who_use_a_token_at_once_none_goes_on_for_long,
    a_session_ends_when_it_is_not_used_and_after_thirty_days,
    a_disabled_person_does_not_go_on,
    somebody_signs_out_here_and_everywhere,
    somebody_sees_and_ends_their_sessions,
    a_session_of_an_address_ends_with_the_address,
    what_ended_long_ago_is_removed
);

async fn a_refresh_token_works_once_and_used_again_ends_its_session(hub: TestHub) {
    let (_, first) = hub.joins(&hub.viewer().await).await;
    let second = SignedIn(hub.world.go_on(&first.refresh(), json!({})).await.ok());
    assert_ne!(first.refresh(), second.refresh());
    assert!(second.0["browser"].is_null(), "the browser is known already");
    second.caller(&hub.world).get("/v1/me").await.ok();
    hub.world.go_on(&first.refresh(), json!({})).await.refused(401, "session_ended");
    // Whoever has the newest has lost it too: one of the two copied it.
    hub.world.go_on(&second.refresh(), json!({})).await.refused(401, "session_ended");
    for token in [&first, &second] {
        token.caller(&hub.world).get("/v1/me").await.refused(401, "session_ended");
        token.caller(&hub.world).post("/v1/people", json!({})).await.refused(401, "session_ended");
    }
    for nothing in ["", "0000", &"f".repeat(64)] {
        hub.world.go_on(nothing, json!({})).await.refused(401, "session_ended");
    }
}

async fn of_many_who_use_a_token_at_once_none_goes_on_for_long(hub: TestHub) {
    let (_, first) = hub.joins(&hub.viewer().await).await;
    let refresh = first.refresh();
    let replies = join_all((0..8).map(|_| hub.world.go_on(&refresh, json!({})))).await;
    assert!(replies.iter().filter(|reply| reply.status == 200).count() <= 1);
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        reply.refused(401, "session_ended");
    }
    first.caller(&hub.world).get("/v1/me").await.refused(401, "session_ended");
}

async fn a_session_ends_when_it_is_not_used_and_after_thirty_days(hub: TestHub) {
    let (email, first) = hub.joins(&hub.viewer().await).await;
    hub.world.pass(TimeDelta::hours(12));
    hub.world.go_on(&first.refresh(), json!({})).await.refused(401, "session_ended");
    let mut on = SignedIn(hub.world.sign_in(&email, PASSWORD, json!({})).await.ok());
    let began = hub.world.clock.now();
    while hub.world.clock.now() + TimeDelta::hours(11) < began + TimeDelta::days(30) {
        hub.world.pass(TimeDelta::hours(11));
        on = SignedIn(hub.world.go_on(&on.refresh(), json!({})).await.ok());
    }
    let end = began + TimeDelta::days(30);
    assert_eq!(on.0["refresh_expires_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap(), end);
    hub.world.clock.set(end - TimeDelta::minutes(1));
    let last = SignedIn(hub.world.go_on(&on.refresh(), json!({})).await.ok());
    assert_eq!(last.0["expires_in"], 60, "no access token outlives its session");
    hub.world.clock.set(end);
    hub.world.go_on(&last.refresh(), json!({})).await.refused(401, "session_ended");
}

async fn a_disabled_person_does_not_go_on(hub: TestHub) {
    let viewer = hub.viewer().await;
    let (_, signed_in) = hub.joins(&viewer).await;
    hub.manager().post(&format!("/v1/people/{}/disable", viewer.id()), None).await.ok();
    signed_in.caller(&hub.world).get("/v1/me").await.refused(401, "person_disabled");
    hub.world.go_on(&signed_in.refresh(), json!({})).await.refused(401, "session_ended");
    hub.manager().post(&format!("/v1/people/{}/enable", viewer.id()), None).await.ok();
    hub.world.go_on(&signed_in.refresh(), json!({})).await.refused(401, "session_ended");
}

async fn somebody_signs_out_here_and_everywhere(hub: TestHub) {
    let world = &hub.world;
    let (email, _) = hub.joins(&hub.viewer().await).await;
    let sign_in = async || SignedIn(world.sign_in(&email, PASSWORD, json!({})).await.ok());
    let (here, there, elsewhere) = (sign_in().await, sign_in().await, sign_in().await);
    here.caller(world).post("/v1/auth/logout", None).await.is(204);
    here.caller(world).get("/v1/me").await.refused(401, "session_ended");
    world.go_on(&here.refresh(), json!({})).await.refused(401, "session_ended");
    here.caller(world).post("/v1/auth/logout", None).await.refused(401, "session_ended");
    // By the refresh token too, where the access token has expired.
    world.pass(TimeDelta::hours(1));
    there.caller(world).post("/v1/auth/logout", None).await.refused(401, "token_expired");
    world.stranger().post("/v1/auth/logout", json!({ "refresh_token": there.refresh() })).await.is(204);
    world.go_on(&there.refresh(), json!({})).await.refused(401, "session_ended");
    world.stranger().post("/v1/auth/logout", None).await.refused(401, "unauthorized");

    let on = SignedIn(world.go_on(&elsewhere.refresh(), json!({})).await.ok());
    let another = sign_in().await;
    another.caller(world).post("/v1/auth/logout-everywhere", None).await.is(204);
    for ended in [&on, &another] {
        ended.caller(world).get("/v1/me").await.refused(401, "session_ended");
        world.go_on(&ended.refresh(), json!({})).await.refused(401, "session_ended");
    }
}

async fn somebody_sees_and_ends_their_sessions(hub: TestHub) {
    let world = &hub.world;
    let (email, first) = hub.joins(&hub.viewer().await).await;
    let agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0";
    let body = json!({ "email": email, "password": PASSWORD });
    let second = world.stranger().post("/v1/auth/login", body).header("user-agent", agent).await.ok();
    let second = SignedIn(second).caller(world);
    let listed = second.get("/v1/me/sessions").await.ok()["items"].clone();
    let field = |name: &str| listed.as_array().unwrap().iter().map(|it| it[name].clone()).collect::<Vec<_>>();
    assert_eq!(field("means"), [json!("password"), json!("invitation")]);
    assert_eq!(field("current"), [json!(true), json!(false)]);
    assert_eq!(field("address"), [json!("127.0.0.1"), json!("127.0.0.1")]);
    assert_eq!(listed[0]["browser"], "Firefox on Windows");

    let path = |id: &serde_json::Value| format!("/v1/me/sessions/{}", id.as_str().unwrap());
    let (_, stranger) = hub.joins(&hub.viewer().await).await;
    stranger.caller(world).delete(&path(&listed[1]["id"])).await.refused(404, "not_found");
    second.delete(&path(&listed[1]["id"])).await.is(204);
    second.delete(&path(&listed[1]["id"])).await.refused(404, "not_found");
    first.caller(world).get("/v1/me").await.refused(401, "session_ended");
    second.get("/v1/me").await.ok();
}

/// A token goes on only where the person still has the address that they signed in by.
async fn a_session_of_an_address_ends_with_the_address(hub: TestHub) {
    let viewer = hub.viewer().await;
    let (_, signed_in) = hub.joins(&viewer).await;
    let (id, hub_id): (uuid::Uuid, uuid::Uuid) = (viewer.id().parse().unwrap(), hub.id.parse().unwrap());
    let mut tx = hub.world.db().write_everywhere().await.unwrap();
    let changed = tx.query(
        "UPDATE people SET email = 'new@hub.example', email_key = 'new@hub.example' WHERE hub_id = $1 AND id = $2",
    );
    changed.bind(hub_id).bind(id).run().await.unwrap().exactly(1).unwrap();
    tx.commit().await.unwrap();
    signed_in.caller(&hub.world).get("/v1/me").await.refused(401, "session_ended");
    hub.world.go_on(&signed_in.refresh(), json!({})).await.refused(401, "session_ended");
}

async fn what_ended_long_ago_is_removed(hub: TestHub) {
    let (email, first) = hub.joins(&hub.viewer().await).await;
    first.caller(&hub.world).post("/v1/auth/logout-everywhere", None).await.is(204);
    hub.world.stranger().post("/v1/auth/codes", json!({ "email": email })).await.is(202);
    hub.world.sign_in(&email, "not the password", json!({})).await.refused(401, "sign_in_failed");
    hub.world.pass(TimeDelta::days(89));
    let kept = SignedIn(hub.world.sign_in(&email, PASSWORD, json!({})).await.ok());
    hub.world.pass(TimeDelta::days(2));
    hub.world.round().await;
    let mut tx = hub.world.db().read_everywhere().await.unwrap();
    let mut count = async |sql: &'static str| {
        let (count,): (i64,) = tx.query(sql).one().await.unwrap();
        count
    };
    // The manager's own session has ended by itself not so long ago.
    let of_others = "SELECT COUNT(*) FROM refresh_tokens t JOIN login_sessions s ON s.id = t.session_id
                     WHERE t.used_at IS NULL AND s.means <> 'operator'";
    assert_eq!(count(of_others).await, 1);
    assert_eq!(count("SELECT COUNT(*) FROM login_links").await, 0);
    assert_eq!(count("SELECT COUNT(*) FROM sign_in_tries").await, 0);
    drop(tx);
    drop::<Client>(kept.caller(&hub.world));
}
