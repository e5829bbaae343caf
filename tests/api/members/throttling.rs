//! Whoever guesses waits, wherever they guess from; and what was right before stays right from a known browser.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, PASSWORD, Reply, Service, TestHub};

both_engines!(
    whoever_guesses_waits_ever_longer,
    guessing_locks_nobody_out_of_their_own_browser,
    a_place_waits_for_all_addresses,
    many_guesses_at_once_are_counted_as_many,
    two_hundred_sign_ins_at_once_are_all_answered
);

/// From this address, behind a proxy.
fn from(service: &Service, stranger: &Client, place: &str, body: Value) -> crate::support::Request {
    stranger.at(service).post("/v1/auth/login", body).header("x-forwarded-for", place)
}

fn proxied(hub: &TestHub) -> Service {
    hub.world.another_service(|settings| settings.proxies.trusted = vec!["127.0.0.0/8".parse().unwrap()])
}

fn seconds(reply: &Reply) -> i64 {
    reply.refused(429, "too_many_requests");
    reply.header("retry-after").unwrap().parse().unwrap()
}

async fn whoever_guesses_waits_ever_longer(hub: TestHub) {
    let (email, _) = hub.joins(&hub.viewer().await).await;
    let (service, stranger) = (proxied(&hub), hub.world.stranger());
    let guess = async |n: usize, password: &str| {
        from(&service, &stranger, &format!("203.0.113.{n}"), json!({ "email": email, "password": password })).await
    };
    for n in 0..10 {
        guess(n, "not the password").await.refused(401, "sign_in_failed");
    }
    let mut waits = Vec::new();
    for n in 0..7 {
        // From elsewhere too, and with the right one: nobody learns that it is.
        let wait = seconds(&guess(100 + n, PASSWORD).await);
        waits.push(wait - 1);
        hub.world.pass(TimeDelta::seconds(wait));
        guess(n, "not the password").await.refused(401, "sign_in_failed");
    }
    assert_eq!(waits, [30, 60, 120, 240, 480, 900, 900]);
    // Another person signs in from there meanwhile; and after the wait, so do they.
    let (other, _) = hub.joins(&hub.viewer().await).await;
    hub.world.sign_in(&other, PASSWORD, json!({})).await.ok();
    hub.world.pass(TimeDelta::minutes(16));
    guess(7, PASSWORD).await.ok();
    guess(8, "not the password").await.refused(401, "sign_in_failed");
}

async fn guessing_locks_nobody_out_of_their_own_browser(hub: TestHub) {
    let (email, first) = hub.joins(&hub.viewer().await).await;
    for _ in 0..10 {
        hub.world.sign_in(&email, "not the password", json!({})).await.refused(401, "sign_in_failed");
    }
    seconds(&hub.world.sign_in(&email, PASSWORD, json!({})).await);
    let browser = first.browser();
    let again = hub.world.sign_in(&email, PASSWORD, json!({ "browser": browser })).await.ok();
    assert_eq!(again["browser"], json!(browser), "it is known by the same from then on");
    // A browser that is known for somebody else, or for nobody, is not known for them.
    for _ in 0..10 {
        hub.world.sign_in(&email, "not the password", json!({})).await;
    }
    let (_, others) = hub.joins(&hub.viewer().await).await;
    seconds(&hub.world.sign_in(&email, PASSWORD, json!({ "browser": others.browser() })).await);
    seconds(&hub.world.sign_in(&email, PASSWORD, json!({ "browser": "0000" })).await);
    // And nobody guesses without end from a known one.
    for _ in 0..20 {
        hub.world
            .sign_in(&email, "not the password", json!({ "browser": browser }))
            .await
            .refused(401, "sign_in_failed");
    }
    seconds(&hub.world.sign_in(&email, PASSWORD, json!({ "browser": browser })).await);
}

async fn a_place_waits_for_all_addresses(hub: TestHub) {
    let (email, first) = hub.joins(&hub.viewer().await).await;
    let (service, stranger) = (proxied(&hub), hub.world.stranger());
    let right = json!({ "email": email, "password": PASSWORD });
    for n in 0..100 {
        let body = json!({ "email": format!("nobody.{n}@hub.example"), "password": PASSWORD });
        from(&service, &stranger, "203.0.113.1", body).await.refused(401, "sign_in_failed");
    }
    seconds(&from(&service, &stranger, "203.0.113.1", right.clone()).await);
    from(&service, &stranger, "203.0.113.2", right.clone()).await.ok();
    let mut known = right;
    known["browser"] = json!(first.browser());
    from(&service, &stranger, "203.0.113.1", known).await.ok();
}

async fn many_guesses_at_once_are_counted_as_many(hub: TestHub) {
    let (email, _) = hub.joins(&hub.viewer().await).await;
    let replies = join_all((0..40).map(|_| hub.world.sign_in(&email, "not the password", json!({})))).await;
    let tried = replies.iter().filter(|reply| reply.status == 401).count();
    assert_eq!(tried, 10, "no more than are free");
    assert!(replies.iter().all(|reply| [401, 429].contains(&reply.status)));
}

async fn two_hundred_sign_ins_at_once_are_all_answered(hub: TestHub) {
    let (email, first) = hub.joins(&hub.viewer().await).await;
    let more = json!({ "browser": first.browser() });
    let replies = join_all((0..200).map(|_| hub.world.sign_in(&email, PASSWORD, more.clone()))).await;
    for reply in replies {
        // The tries of one browser at once are counted before any of them is found right.
        assert!([200, 429].contains(&reply.status), "{reply}");
    }
    hub.world.sign_in(&email, PASSWORD, more).await.ok();
}
