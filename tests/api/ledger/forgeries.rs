//! Forged histories: whoever has the database in their hands, knows how everything is computed, and takes the guards away,
//! makes a history that disagrees with what was signed of it.

use std::fs;
use std::sync::Arc;

use chrono::TimeDelta;
use hub_credits::base::credits::{Amount, Credits};
use hub_credits::base::ids::{HubId, SchoolId};
use hub_credits::base::text::Line;
use hub_credits::credits::top_ups::{self, NewTopUp};
use hub_credits::ledger::checkpoints::Trust;
use hub_credits::ledger::{Hash, Journal, Marker, Marks};
use serde_json::{Value, json};

use super::checkpoints::Sold;
use crate::both_engines;
use crate::support::{Engine, TestHub, new_top_up, unique};

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

impl Sold {
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
}

const NOT_OURS: &str = "the end of the ledger was not made by this service";
const NOT_KEPT: &str = "the history is not the one whose head was kept";
const TOO_SHORT: &str = "the ledger ends before the head that was kept";
const UNSIGNED: &str = "a checkpoint was not signed by the service's keys";

both_engines!(
    a_forged_end_is_never_built_upon_nor_signed,
    a_forged_end_is_found_by_the_desk_too,
    a_cut_off_end_is_found,
    a_rewritten_history_is_found,
    a_checkpoint_that_nobody_signed_is_found
);

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
