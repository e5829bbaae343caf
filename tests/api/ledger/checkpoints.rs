//! What was signed of the ledgers: whoever has the database in their hands, knows how everything is computed, and takes
//! the guards away, makes a history that disagrees with it.

use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::future::join;
use hub_credits::base::auth::Keys;
use hub_credits::base::credits::{Amount, Credits};
use hub_credits::base::db::Db;
use hub_credits::base::ids::{HubId, SchoolId};
use hub_credits::base::text::Line;
use hub_credits::credits::top_ups::{self, NewTopUp};
use hub_credits::ledger::checkpoints::{Coverage, Error, Evidence, Files, Keeper, Trust};
use hub_credits::ledger::{Hash, Journal, Marker, Marks};
use hub_credits::reports;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::both_engines;
use crate::support::{Client, Engine, School, TestHub, new_top_up, unique};

/// Somebody who knows all that there is to know but the key.
struct Forger;

impl Marker for Forger {
    fn mark(&self, _: &[u8]) -> Hash {
        [7; 32]
    }

    fn made(&self, _: &[u8], _: &[u8]) -> bool {
        true
    }
}

/// A hub whose school was sold credits three times.
struct Sold {
    hub: TestHub,
    id: HubId,
    school: School,
}

impl Sold {
    async fn thrice(hub: TestHub) -> Sold {
        let school = hub.london_west().await.remove(0);
        hub.year("2026/27").await;
        let sold = Sold { id: HubId(hub.id.parse().unwrap()), hub, school };
        for amount in ["10", "20", "30"] {
            sold.hub.top_up(&sold.school, amount).await;
        }
        sold
    }

    fn file(&self) -> PathBuf {
        self.hub.world.folder().join("signing-keys.pem.checkpoints")
    }

    /// A sale in the manager's name, well-formed in all its parts, made past the service.
    async fn forge(&self, amount: &str) {
        let (marks, now): (Marks, _) = (Arc::new(Forger), self.hub.world.clock.now());
        let tx = self.hub.world.db().write_everywhere().await.unwrap();
        let manager = Some(hub_credits::base::ids::PersonId(self.hub.manager().id().parse().unwrap()));
        let mut journal = Journal::open_marked(tx, &marks, self.id, manager, now).await.unwrap();
        let sale = NewTopUp {
            school: SchoolId(self.school.id.parse().unwrap()),
            year: None,
            amount: Amount::new(Credits::parse(amount).unwrap()).unwrap(),
            invoice_reference: Line::parse(&format!("INV-{}", unique())).unwrap(),
            price: None,
        };
        top_ups::sell(&mut journal, &sale).await.unwrap();
        journal.commit().await.unwrap();
    }

    async fn run(&self, sql: &str) -> u64 {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.hub.world.db() {
            Db::Postgres(pool) => sqlx::query(sql).execute(&**pool).await.unwrap().rows_affected(),
            Db::Sqlite { write, .. } => sqlx::query(sql).execute(write).await.unwrap().rows_affected(),
        }
    }

    /// Takes away all after a sequence, as if it had never been; the end of then comes back with this mark.
    async fn cut_off_after(&self, sequence: i64, mark: Option<Vec<u8>>) {
        let unguard: &[&str] = match self.hub.world.engine() {
            Engine::Sqlite => &[
                "DROP TRIGGER IF EXISTS transactions_no_delete",
                "DROP TRIGGER IF EXISTS entries_no_delete",
                "DROP TRIGGER IF EXISTS checkpoints_no_delete",
                "DROP TRIGGER IF EXISTS checkpoints_no_update",
            ],
            Engine::Postgres => &[
                "ALTER TABLE transactions DISABLE TRIGGER ALL",
                "ALTER TABLE entries DISABLE TRIGGER ALL",
                "ALTER TABLE checkpoints DISABLE TRIGGER ALL",
            ],
        };
        for guard in unguard {
            self.run(guard).await;
        }
        for sql in [
            format!("DELETE FROM top_ups WHERE transaction_id IN (SELECT id FROM transactions WHERE sequence > {sequence})"),
            format!("DELETE FROM entries WHERE sequence > {sequence}"),
            format!("DELETE FROM transactions WHERE sequence > {sequence}"),
            "UPDATE accounts SET
                 balance = COALESCE((SELECT e.balance_after FROM entries e WHERE e.account_id = accounts.id ORDER BY e.position DESC LIMIT 1), 0),
                 position = (SELECT COUNT(*) FROM entries e WHERE e.account_id = accounts.id)".to_owned(),
            format!("UPDATE ledger_heads SET sequence = {sequence}, hash = (SELECT hash FROM transactions WHERE sequence = {sequence})"),
        ] {
            assert!(self.run(&sql).await > 0, "{sql}");
        }
        let mut tx = self.hub.world.db().write_everywhere().await.unwrap();
        tx.query("UPDATE ledger_heads SET mark = $1").bind(mark).run().await.unwrap().exactly(1).unwrap();
        tx.commit().await.unwrap();
    }

    async fn mark(&self) -> Option<Vec<u8>> {
        let mut tx = self.hub.world.db().read_everywhere().await.unwrap();
        let (mark,): (Option<Vec<u8>>,) = tx.query("SELECT mark FROM ledger_heads").one().await.unwrap();
        mark
    }

    async fn checkpoints(&self) -> Vec<Value> {
        self.hub.manager().all("/v1/ledger/checkpoints").await
    }

    /// What the command line finds with that trust: words, or how far the history is covered.
    async fn found(&self, trust: &Trust) -> Result<Coverage, String> {
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

    fn with_keys(&self) -> Trust {
        Trust::of(self.hub.world.keys())
    }

    fn with_public_keys(&self) -> Trust {
        Trust { marks: None, ..self.with_keys() }
    }

    /// With the keys, without the key file, and by the service: all find the same.
    async fn all_find(&self, what: &str) {
        for trust in [self.with_keys(), self.with_public_keys(), Trust::default()] {
            assert_eq!(self.found(&trust).await.unwrap_err(), what, "{:?}", trust.keys);
        }
        self.service_finds(what).await;
    }

    async fn service_finds(&self, what: &str) {
        let found = self.hub.manager().get("/v1/ledger/verification").await.ok();
        assert_eq!((&found["verified"], &found["difference"]["what"]), (&json!(false), &json!(what)), "{found}");
        assert_eq!((&found["checkpoint"], &found["after_checkpoint"]), (&Value::Null, &Value::Null));
    }

    /// The manager, with a token of the newest key.
    fn manager_anew(&self) -> Client {
        self.hub.world.person(&self.hub.id, self.hub.manager().id())
    }

    async fn sell_with_a_new_token(&self, amount: &str) {
        self.manager_anew().post("/v1/top-ups", new_top_up(&self.school, amount, json!({}))).await.created();
    }

    async fn go(&self, keeper: &mut Keeper) -> usize {
        keeper.go(self.hub.world.clock.now()).await.unwrap()
    }
}

const NOT_OURS: &str = "the end of the ledger was not made by this service";
const NOT_KEPT: &str = "the history is not the one whose head was kept";
const TOO_SHORT: &str = "the ledger ends before the head that was kept";
const UNSIGNED: &str = "a checkpoint was not signed by the service's keys";

both_engines!(
    what_is_posted_is_signed_and_kept_in_the_table_and_the_file,
    a_forged_end_is_never_built_upon_nor_signed,
    a_forged_end_is_found_by_the_desk_too,
    a_cut_off_end_is_found,
    the_newest_is_posted_to_an_address_until_it_is_taken,
    a_rewritten_history_is_found,
    a_checkpoint_that_nobody_signed_is_found,
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

async fn a_forged_end_is_never_built_upon_nor_signed(hub: TestHub) {
    let sold = Sold::thrice(hub).await;
    let mut keeper = sold.hub.world.keeper();
    assert_eq!(sold.go(&mut keeper).await, 1);
    sold.forge("5000").await;
    sold.service_finds(NOT_OURS).await;
    assert_eq!(sold.found(&sold.with_keys()).await.unwrap_err(), NOT_OURS);
    assert_eq!((sold.go(&mut keeper).await, sold.go(&mut sold.hub.world.keeper()).await), (0, 0));
    assert_eq!(sold.checkpoints().await.len(), 1);
    let sale = new_top_up(&sold.school, "1", json!({}));
    let refused = sold.hub.manager().post("/v1/top-ups", sale).await.refused(503, "unavailable");
    assert!(refused["detail"].as_str().unwrap().contains("hub-credits verify"), "{refused}");

    // Without the key file: it lies after what was signed, and for longer than anything does.
    let coverage = sold.found(&sold.with_public_keys()).await.unwrap();
    assert_eq!((coverage.after, coverage.made), (1, None));
    sold.hub.world.pass(TimeDelta::seconds(61));
    for trust in [sold.with_public_keys(), Trust::default()] {
        let found = sold.found(&trust).await.unwrap_err();
        assert!(found.starts_with("a transaction is older than the service leaves it unsigned"), "{found}");
    }

    // With no mark at all, or one of before, it is the same.
    sold.run("UPDATE ledger_heads SET mark = NULL").await;
    assert_eq!(sold.go(&mut sold.hub.world.keeper()).await, 0);
    sold.service_finds(NOT_OURS).await;
    // Once it is gone, all is well again, and the end of before is known by what was signed of it.
    sold.cut_off_after(3, None).await;
    assert_eq!(sold.go(&mut keeper).await, 1);
    sold.hub.top_up(&sold.school, "1").await;
}

async fn a_forged_end_is_found_by_the_desk_too(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(crate::support::EventPlan::default()).await;
    let other = hub.event(crate::support::EventPlan::default()).await;
    lead.book_for(&event, &teacher).await.created();
    let sold = Sold { id: HubId(hub.id.parse().unwrap()), school, hub };
    sold.forge("5000").await;
    lead.book_for(&other, &teacher).await.refused(503, "unavailable");
    sold.service_finds(NOT_OURS).await;
}

async fn a_cut_off_end_is_found(hub: TestHub) {
    let sold = Sold::thrice(hub).await;
    let mut keeper = sold.hub.world.keeper();
    sold.go(&mut keeper).await;
    let mark = sold.mark().await;
    sold.hub.top_up(&sold.school, "40").await;
    sold.go(&mut keeper).await;
    // The end of before with its own mark: a ledger as it once was.
    sold.cut_off_after(3, mark.clone()).await;
    sold.all_find(TOO_SHORT).await;
    assert_eq!((sold.go(&mut keeper).await, sold.go(&mut sold.hub.world.keeper()).await), (0, 0));
    // What the database knows of it is gone: the file has it.
    assert_eq!(sold.run("DELETE FROM checkpoints WHERE sequence > 3").await, 1);
    sold.all_find(TOO_SHORT).await;
    assert_eq!((sold.go(&mut keeper).await, sold.go(&mut sold.hub.world.keeper()).await), (0, 0));
    // The file is gone: the database has it.
    let aside = sold.file().with_extension("aside");
    fs::rename(sold.file(), &aside).unwrap();
    assert_eq!(sold.found(&sold.with_keys()).await.unwrap().after, 0);
    fs::rename(aside, sold.file()).unwrap();
    // What the service makes of it afterwards has another history.
    sold.hub.top_up(&sold.school, "1").await;
    sold.hub.top_up(&sold.school, "1").await;
    sold.all_find(NOT_KEPT).await;
    assert_eq!((sold.go(&mut keeper).await, sold.go(&mut sold.hub.world.keeper()).await), (0, 0));
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

async fn a_rewritten_history_is_found(hub: TestHub) {
    let sold = Sold::thrice(hub).await;
    let mut keeper = sold.hub.world.keeper();
    sold.go(&mut keeper).await;
    // The second sale was of 5,000, and all after it is sealed again.
    sold.cut_off_after(1, Some(vec![7; 32])).await;
    sold.forge("5000").await;
    sold.forge("30").await;
    sold.all_find(NOT_KEPT).await;
    assert_eq!((sold.go(&mut keeper).await, sold.go(&mut sold.hub.world.keeper()).await), (0, 0));
    sold.run("DELETE FROM checkpoints").await;
    sold.all_find(NOT_KEPT).await;
    sold.run("UPDATE ledger_heads SET mark = NULL").await;
    assert_eq!(sold.go(&mut sold.hub.world.keeper()).await, 0);
    sold.all_find(NOT_KEPT).await;
}

async fn a_checkpoint_that_nobody_signed_is_found(hub: TestHub) {
    let sold = Sold::thrice(hub).await;
    let mut keeper = sold.hub.world.keeper();
    sold.go(&mut keeper).await;
    let note = sold.checkpoints().await[0]["note"].as_str().unwrap().to_owned();
    let mut tx = sold.hub.world.db().write_everywhere().await.unwrap();
    tx.query(
        "INSERT INTO checkpoints (hub_id, sequence, signed_at, note) SELECT hub_id, 9, signed_at, $1 FROM checkpoints",
    )
    .bind(note.replacen("\n3\n", "\n9\n", 1))
    .run()
    .await
    .unwrap()
    .exactly(1)
    .unwrap();
    tx.commit().await.unwrap();
    sold.service_finds(UNSIGNED).await;
    assert_eq!(sold.found(&sold.with_public_keys()).await.unwrap_err(), UNSIGNED);
    // It keeps nobody from signing.
    sold.hub.top_up(&sold.school, "1").await;
    assert_eq!((sold.go(&mut keeper).await, sold.go(&mut sold.hub.world.keeper()).await), (1, 1));
    assert_eq!(sold.checkpoints().await.len(), 3);
    assert!(!fs::read_to_string(sold.file()).unwrap().contains("\n9\n"));
    let Err(error) = sold.hub.world.db().write_everywhere().await.unwrap().query("DELETE FROM checkpoints").run().await
    else {
        panic!("it is deleted")
    };
    assert!(error.to_string().contains("append-only"), "{error}");
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
