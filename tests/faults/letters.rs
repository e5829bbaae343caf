//! The service is killed while it sends letters, again and again: each arrives, and none twice but those that were being
//! sent when it was killed.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use hub_credits::base::clock::Clock;
use hub_credits::base::db::Db;
use hub_credits::messages::outbox::LEASE;
use serde_json::json;

use crate::support::{Engine, FROM, MailServer, Place, Process, queue_letters};

const PEOPLE: usize = 100;
const EACH: usize = 10;

/// How many letters have arrived when it is killed, each time.
const KILLS: [usize; 6] = [1, 90, 233, 234, 500, 777];

/// How many letters may be on the way at once: two for each of four connections.
const ON_THE_WAY: usize = 8;

/// For letters that nobody has, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(180);

/// Waits until that many letters have arrived.
async fn arrived(server: &MailServer, count: usize, within: Duration) {
    let began = Instant::now();
    while server.count() < count {
        assert!(began.elapsed() < within, "{} letters arrived, not {count}", server.count());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The letters that are not sent.
async fn unsent(place: &Place) -> i64 {
    let db = Db::connect(&place.database, 1).await.unwrap();
    let sql = "SELECT COUNT(*) FROM letters WHERE state <> 'sent'";
    let (count,): (i64,) = db.read_everywhere().await.unwrap().query(sql).one().await.unwrap();
    db.close().await;
    count
}

/// Those that were killed have some letters, for a lease at most; its time passes.
async fn leases_end(place: &Place) {
    let db = Db::connect(&place.database, 1).await.unwrap();
    let mut tx = db.write_everywhere().await.unwrap();
    let now = Clock::System.now();
    let longer = tx.query("SELECT COUNT(*) FROM letters WHERE lease_id IS NOT NULL AND due_at > $1").bind(now + LEASE);
    assert_eq!(longer.one::<(i64,)>().await.unwrap(), (0,));
    let ended = tx.query("UPDATE letters SET due_at = $1 WHERE lease_id IS NOT NULL").bind(now).run().await.unwrap();
    assert!(ended.count() > 0, "nothing was on the way whenever it was killed");
    tx.commit().await.unwrap();
    db.close().await;
}

async fn killed_while_it_sends(place: Place) {
    let Some(server) = MailServer::that(json!({ "slow": 3 })) else { return };
    queue_letters(&place, PEOPLE, EACH).await;
    let port = server.port.to_string();
    let settings =
        ["--mail-server", "127.0.0.1", "--mail-port", &port, "--mail-encryption", "none", "--mail-from", FROM];
    let start = || Process::start_quiet_with(&place, &settings);
    for count in KILLS {
        let mut service = start();
        arrived(&server, count, PATIENCE).await;
        service.kill();
    }
    leases_end(&place).await;
    let service = start();
    let began = Instant::now();
    while unsent(&place).await > 0 {
        assert!(began.elapsed() < PATIENCE, "{} letters are not sent", unsent(&place).await);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    drop(service);
    let (mut times, mut of_each) = (HashMap::<String, usize>::new(), BTreeMap::<String, Vec<String>>::new());
    for letter in server.letters() {
        let id = letter["headers"]["message-id"].as_str().unwrap().to_owned();
        let count = times.entry(id.clone()).or_default();
        *count += 1;
        if *count == 1 {
            of_each.entry(letter["to"][1].as_str().unwrap().to_owned()).or_default().push(id);
        }
    }
    assert_eq!(times.len(), PEOPLE * EACH, "each arrives");
    let again: usize = times.values().map(|count| count - 1).sum();
    assert!(again <= KILLS.len() * ON_THE_WAY, "{again} arrived again");
    assert_eq!(of_each.len(), PEOPLE);
    for (address, ids) in of_each {
        assert!(ids.is_sorted(), "{address} was told in another order: {ids:?}");
    }
}

#[test]
fn each_letter_arrives_whenever_the_service_is_killed_on_sqlite() {
    crate::on(Engine::Sqlite, killed_while_it_sends);
}

#[test]
fn each_letter_arrives_whenever_the_service_is_killed_on_postgres() {
    crate::on(Engine::Postgres, killed_while_it_sends);
}
