//! Somebody goes on with their session while the service is killed, again and again: the token of before can still be
//! used or the next one is there, and no session is left that cannot go on.

use std::time::Duration;

use chrono::TimeDelta;
use hub_credits::base::clock::Clock;
use hub_credits::base::db::Db;
use hub_credits::base::text::{Email, Line};
use hub_credits::ledger::Journal;
use hub_credits::ledger::audit::Origin;
use hub_credits::members::hubs;
use hub_credits::members::people;
use serde_json::{Value, json};

use crate::support::{Client, Place, Process};

const PASSWORD: &str = "correct horse battery staple";

/// How often it is killed.
const TIMES: u32 = 12;

async fn prepare(place: &Place) -> String {
    let db = Db::connect(&place.database, 2).await.unwrap();
    db.migrate().await.unwrap();
    let journal: Journal = hubs::create(&db, Line::parse("West London").unwrap(), Clock::System.now()).await.unwrap();
    let hub = journal.hub();
    journal.commit().await.unwrap();
    let email = Email::parse("mary@hub.example").unwrap();
    let (_, secret) =
        people::name_manager(&db, hub, email, None, &Origin::default(), Clock::System.now()).await.unwrap();
    db.close().await;
    secret
}

/// The tokens of the session's family that can be used, how many were used, and whether the session has ended.
async fn family(place: &Place) -> (i64, i64, bool) {
    let db = Db::connect(&place.database, 1).await.unwrap();
    let mut tx = db.read_everywhere().await.unwrap();
    let sql = "SELECT (SELECT COUNT(*) FROM refresh_tokens WHERE used_at IS NULL),
                      (SELECT COUNT(*) FROM refresh_tokens WHERE used_at IS NOT NULL),
                      EXISTS (SELECT 1 FROM login_sessions WHERE ended_at IS NOT NULL)";
    let found = tx.query(sql).one().await.unwrap();
    drop(tx);
    db.close().await;
    found
}

pub async fn killed_while_a_session_goes_on(place: Place) {
    let secret = prepare(&place).await;
    let http = reqwest::Client::builder().timeout(Duration::from_secs(30)).no_proxy().build().unwrap();
    let caller = Client::new(http, String::new());
    let (mut answered, mut lost) = (0, 0);
    let service = Process::start(&place);
    let path = format!("/v1/auth/invitations/{secret}");
    let body = json!({ "password": PASSWORD });
    let mut token = caller.at_address(&service.address).post(&path, body).await.ok()["refresh_token"].clone();
    drop(service);
    for time in 0..TIMES {
        let mut service = Process::start(&place);
        let before = family(&place).await;
        assert_eq!((before.0, before.2), (1, false));
        let there = caller.at_address(&service.address);
        let asked = tokio::spawn(there.post("/v1/auth/refresh", json!({ "refresh_token": token })).try_send());
        tokio::time::sleep(Duration::from_millis(4 * u64::from(time) * u64::from(time))).await;
        service.kill();
        let answer = asked.await.unwrap();
        // One token can be used: that of before, or the next.
        let after = family(&place).await;
        assert_eq!((after.0, after.2), (1, false), "a session that can't go on");
        assert!(after.1 == before.1 || after.1 == before.1 + 1);
        let service = Process::start(&place);
        let there = caller.at_address(&service.address);
        token = match answer {
            Ok(reply) => {
                assert_eq!(after.1, before.1 + 1, "answered, and not kept");
                answered += 1;
                reply.ok()["refresh_token"].clone()
            }
            Err(_) if after.1 == before.1 => {
                lost += 1;
                go_on(&there, &token).await
            }
            // It was done, and the answer is lost: the person signs in again.
            Err(_) => {
                lost += 1;
                let body = json!({ "email": "mary@hub.example", "password": PASSWORD });
                let signed_in = there.post("/v1/auth/login", body).await.ok();
                let old = signed_in["access_token"].as_str().unwrap().to_owned();
                there.clone().with_token(old).post("/v1/auth/logout-everywhere", None).await.is(204);
                clean(&place).await;
                let body = json!({ "email": "mary@hub.example", "password": PASSWORD });
                there.post("/v1/auth/login", body).await.ok()["refresh_token"].clone()
            }
        };
        token = go_on(&there, &token).await;
    }
    assert!(answered > 0 && lost > 0, "{answered} answered, {lost} lost");
}

async fn go_on(there: &Client, token: &Value) -> Value {
    there.post("/v1/auth/refresh", json!({ "refresh_token": token })).await.ok()["refresh_token"].clone()
}

/// Removes the sessions that have ended, so that one family is looked at.
async fn clean(place: &Place) {
    let db = Db::connect(&place.database, 1).await.unwrap();
    hub_credits::members::logins::purge(&db, Clock::System.now() + TimeDelta::days(91)).await.unwrap();
    db.close().await;
}
