//! What is signed of the ledgers: kept in the table, in the file and at an address, whoever signs it beside others, replaces
//! the keys or loses the file; and shown where somebody might ask for it.

use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;

use futures_util::future::join;
use hub_credits::base::auth::Keys;
use hub_credits::base::db::Db;
use hub_credits::base::ids::HubId;
use hub_credits::ledger::checkpoints::{Coverage, Error, Evidence, Files, Keeper, Trust};
use hub_credits::reports;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::both_engines;
use crate::support::{Client, School, TestHub, new_top_up};

/// A hub whose school was sold credits three times.
pub(super) struct Sold {
    pub(super) hub: TestHub,
    pub(super) id: HubId,
    pub(super) school: School,
}

impl Sold {
    pub(super) async fn thrice(hub: TestHub) -> Sold {
        let school = hub.london_west().await.remove(0);
        hub.year("2026/27").await;
        let sold = Sold { id: HubId(hub.id.parse().unwrap()), hub, school };
        for amount in ["10", "20", "30"] {
            sold.hub.top_up(&sold.school, amount).await;
        }
        sold
    }

    pub(super) fn file(&self) -> PathBuf {
        self.hub.world.folder().join("signing-keys.pem.checkpoints")
    }

    pub(super) async fn run(&self, sql: &str) -> u64 {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.hub.world.db() {
            Db::Postgres(pool) => sqlx::query(sql).execute(&**pool).await.unwrap().rows_affected(),
            Db::Sqlite { write, .. } => sqlx::query(sql).execute(write).await.unwrap().rows_affected(),
        }
    }

    pub(super) async fn checkpoints(&self) -> Vec<Value> {
        self.hub.manager().all("/v1/ledger/checkpoints").await
    }

    /// What the command line finds with that trust: words, or how far the history is covered.
    pub(super) async fn found(&self, trust: &Trust) -> Result<Coverage, String> {
        let mut files = Files::default();
        if self.file().exists() {
            files.read(&self.file(), trust).unwrap();
        }
        let mut tx = self.hub.world.db().read_everywhere().await.unwrap();
        let now = self.hub.world.clock.now();
        let evidence = Evidence::of(&mut tx, self.id, &files, trust, now).await.unwrap();
        let (verification, coverage) = reports::verify_with(&mut tx, self.id, &evidence, |_| ()).await.unwrap();
        match verification.difference {
            Some(difference) => Err(difference.what),
            None => Ok(coverage.unwrap()),
        }
    }

    pub(super) fn with_keys(&self) -> Trust {
        Trust::of(self.hub.world.keys())
    }

    pub(super) fn with_public_keys(&self) -> Trust {
        Trust { marks: None, ..self.with_keys() }
    }

    /// The manager, with a token of the newest key.
    fn manager_anew(&self) -> Client {
        self.hub.world.person(&self.hub.id, self.hub.manager().id())
    }

    async fn sell_with_a_new_token(&self, amount: &str) {
        self.manager_anew().post("/v1/top-ups", new_top_up(&self.school, amount, json!({}))).await.created();
    }

    pub(super) async fn go(&self, keeper: &mut Keeper) -> usize {
        keeper.go(self.hub.world.clock.now()).await.unwrap()
    }
}

both_engines!(
    what_is_posted_is_signed_and_kept_in_the_table_and_the_file,
    the_newest_is_posted_to_an_address_until_it_is_taken,
    an_honest_history_of_two_processes_is_covered,
    keys_may_be_replaced,
    a_file_that_cant_be_written_gets_all_of_it_later,
    a_ledger_of_before_there_were_marks_is_taken_over_once,
    statements_and_closes_have_the_newest_checkpoint
);

async fn what_is_posted_is_signed_and_kept_in_the_table_and_the_file(hub: TestHub) {
    let sold = Sold::thrice(hub).await;
    let before = sold.hub.verified().await;
    assert_eq!((&before["checkpoint"], &before["after_checkpoint"]), (&Value::Null, &json!(3)));
    let mut keeper = sold.hub.world.keeper();
    assert_eq!((sold.go(&mut keeper).await, sold.go(&mut keeper).await), (1, 1));
    let signed = sold.checkpoints().await;
    let head = sold.hub.manager().get("/v1/ledger/head").await.ok();
    assert_eq!((signed.len(), &signed[0]["sequence"], &signed[0]["hash"]), (1, &json!(3), &head["hash"]));
    let note = signed[0]["note"].as_str().unwrap();
    assert_eq!(fs::read_to_string(sold.file()).unwrap(), format!("\n{note}"));
    let origin = format!("hub.example/hubs/{}", sold.hub.id);
    assert!(note.starts_with(&format!("{origin}\n3\n")) && note.contains(&format!("\n\n— {origin} ")), "{note}");

    sold.hub.top_up(&sold.school, "5").await;
    let now = sold.hub.verified().await;
    assert_eq!((&now["checkpoint"], &now["after_checkpoint"]), (&signed[0], &json!(1)));
    let coverage = sold.found(&sold.with_keys()).await.unwrap();
    assert_eq!((coverage.after, coverage.made, coverage.checked), (1, Some(true), true));
    assert!(coverage.to_string().ends_with(", 1 transactions after that, made by this service"), "{coverage}");

    let keys = sold.hub.manager().get("/v1/ledger/checkpoint-keys").await.ok();
    let published = hub_credits::ledger::checkpoints::read_verifier_key(keys["keys"][0].as_str().unwrap()).unwrap();
    assert_eq!(published, sold.hub.world.keys().public()[0]);
    sold.hub.viewer().await.get("/v1/ledger/checkpoints").await.ok();
    for path in ["/v1/ledger/checkpoints", "/v1/ledger/checkpoint-keys"] {
        sold.hub.lead(&sold.school).await.get(path).await.refused(403, "forbidden");
    }
}

async fn the_newest_is_posted_to_an_address_until_it_is_taken(hub: TestHub) {
    let sold = Sold::thrice(hub).await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/kept", listener.local_addr().unwrap()).parse().unwrap();
    // It is full at first.
    let receiver = std::thread::spawn(move || {
        ["503 Service Unavailable", "204 No Content", "204 No Content"].map(|status| {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut request, mut piece) = (Vec::new(), [0; 4096]);
            while !String::from_utf8_lossy(&request).contains("\n\u{2014} ") {
                let read = stream.read(&mut piece).unwrap();
                assert_ne!(read, 0, "{}", String::from_utf8_lossy(&request));
                request.extend_from_slice(&piece[..read]);
            }
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
            String::from_utf8(request).unwrap()
        })
    });
    let mut keeper = sold.hub.world.keeper().posting_to(&url).unwrap();
    let now = sold.hub.world.clock.now();
    assert!(matches!(keeper.go(now).await, Err(Error::Address(_))));
    assert_eq!(sold.go(&mut keeper).await, 1);
    assert_eq!(sold.go(&mut keeper).await, 1, "what was taken is not posted again");
    sold.hub.top_up(&sold.school, "40").await;
    assert_eq!(sold.go(&mut keeper).await, 1);
    let posted = receiver.join().unwrap();
    let notes = sold.hub.manager().all("/v1/ledger/checkpoints").await;
    let note = |at: usize| notes[at]["note"].as_str().unwrap();
    assert_eq!(notes.len(), 2);
    for (request, note) in posted.iter().zip([note(0), note(0), note(1)]) {
        assert!(request.starts_with("POST /kept HTTP/1.1\r\n") && request.ends_with(note), "{request}");
    }
}

async fn an_honest_history_of_two_processes_is_covered(hub: TestHub) {
    let sold = Sold::thrice(hub).await;
    let other = sold.hub.world.another_service(|_| ());
    let there = sold.hub.manager().at(&other);
    let (mut one, mut two) = (sold.hub.world.keeper(), sold.hub.world.keeper());
    for round in 0..12 {
        let (here, sale) = (sold.hub.manager(), |amount: &str| new_top_up(&sold.school, amount, json!({})));
        let (one_sale, other) = (here.post("/v1/top-ups", sale("1")), there.post("/v1/top-ups", sale("2")));
        let (one_sale, other) = join(one_sale.into_future(), other.into_future()).await;
        assert_eq!((one_sale.status, other.status), (201, 201));
        match round % 3 {
            0 => drop(join(sold.go(&mut one), sold.go(&mut two)).await),
            1 => drop(sold.go(&mut one).await),
            _ => drop(sold.go(&mut two).await),
        }
    }
    // One that starts anew, and had no file until now.
    fs::remove_file(sold.file()).unwrap();
    assert_eq!(sold.go(&mut sold.hub.world.keeper()).await, 1);
    for trust in [sold.with_keys(), sold.with_public_keys(), Trust::default()] {
        let coverage = sold.found(&trust).await.unwrap();
        assert_eq!((coverage.after, coverage.checked), (0, !trust.keys.is_empty()));
    }
    let signed = sold.checkpoints().await;
    assert_eq!(signed.last().unwrap()["sequence"], 27);
    let notes: String = signed.iter().map(|one| format!("\n{}", one["note"].as_str().unwrap())).collect();
    assert_eq!(fs::read_to_string(sold.file()).unwrap(), notes);
    sold.hub.verified().await;
}

async fn keys_may_be_replaced(hub: TestHub) {
    let sold = Sold::thrice(hub).await;
    let mut keeper = sold.hub.world.keeper();
    sold.go(&mut keeper).await;
    let file = sold.hub.world.folder().join("signing-keys.pem");
    for (rotation, amount) in ["1", "2"].into_iter().enumerate() {
        Keys::rotate(&file).unwrap();
        sold.sell_with_a_new_token(amount).await;
        assert_eq!(sold.go(&mut keeper).await, 1, "{rotation}");
    }
    // Twice, with nothing posted between: the key that marked the end is gone, and what was signed proves it.
    for _ in 0..2 {
        Keys::rotate(&file).unwrap();
    }
    sold.found(&Trust::of(&Keys::open(&file).unwrap())).await.unwrap();
    assert_eq!(sold.go(&mut keeper).await, 1);
    sold.sell_with_a_new_token("3").await;
    assert_eq!((sold.go(&mut keeper).await, sold.go(&mut sold.hub.world.keeper()).await), (1, 1));
    let manager = sold.manager_anew();
    assert_eq!(manager.all("/v1/ledger/checkpoints").await.len(), 4);
    let found = manager.get("/v1/ledger/verification").await.ok();
    assert_eq!((&found["verified"], &found["after_checkpoint"]), (&json!(true), &json!(0)));
    let keys = manager.get("/v1/ledger/checkpoint-keys").await.ok();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 5);
}

async fn a_file_that_cant_be_written_gets_all_of_it_later(hub: TestHub) {
    let sold = Sold::thrice(hub).await;
    fs::create_dir(sold.file()).unwrap();
    let mut keeper = sold.hub.world.keeper();
    for amount in ["1", "2"] {
        let now = sold.hub.world.clock.now();
        assert!(matches!(keeper.go(now).await, Err(Error::File(..))));
        sold.hub.top_up(&sold.school, amount).await;
    }
    assert_eq!(sold.checkpoints().await.len(), 2, "they are signed all the same");
    fs::remove_dir(sold.file()).unwrap();
    assert_eq!(sold.go(&mut keeper).await, 1);
    let notes: String =
        sold.checkpoints().await.iter().map(|one| format!("\n{}", one["note"].as_str().unwrap())).collect();
    assert_eq!((fs::read_to_string(sold.file()).unwrap(), notes.matches("— ").count()), (notes.clone(), 3));
}

async fn a_ledger_of_before_there_were_marks_is_taken_over_once(hub: TestHub) {
    let sold = Sold::thrice(hub).await;
    sold.run("UPDATE ledger_heads SET mark = NULL").await;
    let coverage = sold.found(&sold.with_keys()).await.unwrap();
    assert_eq!((coverage.after, coverage.made), (3, Some(false)));
    let refused = new_top_up(&sold.school, "1", json!({}));
    sold.hub.manager().post("/v1/top-ups", refused).await.refused(503, "unavailable");
    let mut keeper = sold.hub.world.keeper();
    assert_eq!(sold.go(&mut keeper).await, 1);
    sold.hub.top_up(&sold.school, "1").await;
    assert_eq!(sold.go(&mut keeper).await, 1);
    // Not later in the same process: what was signed is known, and nothing else.
    let there = Sold::thrice(sold.hub.world.hub("East London").await).await;
    sold.run("UPDATE ledger_heads SET mark = NULL").await;
    assert_eq!(sold.go(&mut keeper).await, 1);
    sold.hub.top_up(&sold.school, "1").await;
    let sale = new_top_up(&there.school, "1", json!({}));
    there.hub.manager().post("/v1/top-ups", sale).await.refused(503, "unavailable");
}

async fn statements_and_closes_have_the_newest_checkpoint(hub: TestHub) {
    let sold = Sold::thrice(hub).await;
    let statement = format!("/v1/schools/{}/statement", sold.school.id);
    let lead = sold.hub.lead(&sold.school).await;
    assert_eq!(lead.get(&statement).await.ok()["checkpoint"], Value::Null);
    let mut keeper = sold.hub.world.keeper();
    sold.go(&mut keeper).await;
    let signed = sold.checkpoints().await.remove(0);
    assert_eq!(lead.get(&statement).await.ok()["checkpoint"], signed);
    let page = lead.get(&statement).header("accept", "text/html").await.text();
    assert!(page.contains(signed["note"].as_str().unwrap().lines().last().unwrap()), "{page}");

    sold.hub.world.at("2027-08-31T12:00:00Z");
    sold.hub.year("2027/28").await;
    let close = "/v1/years/2026-27/close";
    let done = sold.hub.manager().post(close, json!({ "carry": "none" })).await.created();
    assert_eq!(done["checkpoint"], Value::Null);
    assert_eq!(sold.hub.manager().get(close).await.ok()["checkpoint"], Value::Null);
    sold.go(&mut keeper).await;
    let sale = new_top_up(&sold.school, "1", json!({ "year": "2027/28" }));
    sold.hub.manager().post("/v1/top-ups", sale).await.created();
    sold.go(&mut keeper).await;
    let (all, closed) = (sold.checkpoints().await, sold.hub.manager().get(close).await.ok());
    assert_eq!((all.len(), &closed["checkpoint"]), (3, &all[1]));
    assert_eq!(sold.hub.manager().all("/v1/ledger/checkpoints?limit=1").await, all);
}
