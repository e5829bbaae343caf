//! Any one column of any one row of the ledger's tables, changed behind the service's back with the guards of the
//! journal taken away: the verification finds it. Which columns there are is asked of the database.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use hub_credits::base::auth::Keys;
use hub_credits::base::db::{Error, Tx};
use hub_credits::base::ids::{HubId, TransactionId};
use hub_credits::ledger::checkpoints::{Evidence, Files, Trust};
use hub_credits::ledger::{self, TransactionKind};
use hub_credits::reports;
use serde_json::json;
use sqlx::AssertSqlSafe;

use crate::both_engines;
use crate::support::{Engine, EventPlan, TestHub, World};

/// The tables that only the ledger writes.
const TABLES: [&str; 5] = ["ledger_heads", "accounts", "transactions", "transaction_memos", "entries"];

/// What can't be found, with the reason. No row of it may be without need.
const EXCEPTIONS: &[(&str, &str, &str)] = &[(
    "ledger_heads",
    "writes",
    "counts the writes of the hub, refused ones too: nothing else knows how many there were",
)];

/// A hub of the tamperer's own, for whose ledger there is room.
const WITHOUT_A_HEAD: &str = "01990000-0000-7000-8000-00000000000a";

/// A column as the catalogue has it.
pub struct Column {
    /// Of this table.
    pub table: &'static str,
    /// It.
    pub name: String,
    kind: String,
    nullable: bool,
}

impl Column {
    /// Values that it can hold, whatever it holds.
    pub fn literals(&self, words: &[&str]) -> Vec<String> {
        match self.kind.as_str() {
            "TEXT" => words.iter().map(|word| format!("'{word}'")).collect(),
            "BIGINT" => ["1", "50", "100"].map(str::to_owned).to_vec(),
            "BOOLEAN" => ["TRUE", "FALSE"].map(str::to_owned).to_vec(),
            "TIMESTAMPTZ" => vec!["'2020-01-01T00:00:00+00:00'".to_owned()],
            "DATE" => vec!["'2020-01-01'".to_owned()],
            _ => Vec::new(),
        }
    }
}

/// A hub with a row of each sort in every table of the ledger, and another with rows of its own.
async fn a_little_of_everything(world: &World) -> [TestHub; 2] {
    let hub = world.hub("West London").await;
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (other, other_lead, _) = hub.funded_school("Chiswick School", "50").await;
    world.pass(TimeDelta::hours(1));
    let event = hub.event(EventPlan { price: "33.33", ..EventPlan::default() }).await;
    // Its escrow is open, and has no entry.
    hub.event(EventPlan::default()).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    other_lead.book(&event).await.created();
    lead.act(&booking, "cancel").await.ok();
    world.pass(TimeDelta::days(40));
    let late = lead.book(&event).await.created();
    lead.act(&late, "cancel").await.ok();
    let waiver = json!({ "reason": "Illness", "amount": "3" });
    hub.manager().post(&format!("/v1/bookings/{}/waive", late["id"].as_str().unwrap()), waiver).await.ok();
    hub.fund(&other, "7").await;
    hub.fund(&school, "0.01").await;
    let last = hub.manager().all("/v1/transactions").await.pop().unwrap()["id"].as_str().unwrap().parse().unwrap();
    let mut journal = hub.journal().await;
    ledger::reverse(&mut journal, TransactionId(last), TransactionKind::Reversed, "posted by mistake").await.unwrap();
    journal.commit().await.unwrap();
    hub.verified().await;
    let elsewhere = world.hub("East London").await;
    let (kingsford, ..) = elsewhere.funded_school("Kingsford", "5").await;
    // What comes after is not signed, and only marked.
    world.keeper().go(world.clock.now()).await.unwrap();
    hub.fund(&school, "0.02").await;
    elsewhere.fund(&kingsford, "1").await;
    elsewhere.verified().await;
    [hub, elsewhere]
}

/// Statements past the service, in a transaction that is given up.
pub struct Tampering<'a> {
    tx: Tx,
    engine: Engine,
    hubs: &'a [TestHub],
    keys: &'a Keys,
    at: DateTime<Utc>,
    /// Whether the database refused the last change.
    pub refused: bool,
}

impl<'a> Tampering<'a> {
    /// With the guards of the database taken away.
    pub async fn begin(world: &'a World, hubs: &'a [TestHub]) -> Tampering<'a> {
        let (tx, keys, at) = (world.db().write_everywhere().await.unwrap(), world.keys(), world.clock.now());
        let mut tampering = Tampering { tx, engine: world.engine(), hubs, keys, at, refused: false };
        let guards: &[&str] = match tampering.engine {
            Engine::Sqlite => &[
                "DROP TRIGGER transactions_no_update",
                "DROP TRIGGER transactions_no_delete",
                "DROP TRIGGER entries_no_update",
                "DROP TRIGGER entries_no_delete",
                "DROP TRIGGER changes_no_update",
                "DROP TRIGGER changes_no_delete",
                "DROP TRIGGER rolls_no_update",
                "DROP TRIGGER rolls_no_delete",
                "PRAGMA defer_foreign_keys = ON",
            ],
            Engine::Postgres => &["SET LOCAL session_replication_role = replica"],
        };
        for guard in guards {
            tampering.run(guard).await.unwrap();
        }
        let id = match tampering.engine {
            Engine::Sqlite => format!("x'{}'", WITHOUT_A_HEAD.replace('-', "")),
            Engine::Postgres => format!("CAST('{WITHOUT_A_HEAD}' AS UUID)"),
        };
        let hub = format!(
            "INSERT INTO hubs (id, name, step, credit_value_pence, returned_share_percent, four_eyes, version, created_at)
             SELECT {id}, 'Nowhere', step, credit_value_pence, returned_share_percent, four_eyes, version, created_at FROM hubs LIMIT 1"
        );
        tampering.run(&hub).await.unwrap();
        tampering
    }

    /// Runs a statement past the service; the answer is how many rows it changed.
    pub async fn run(&mut self, sql: &str) -> Result<u64, Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        Ok(match &mut self.tx {
            Tx::Postgres(tx) => sqlx::query(sql).execute(&mut **tx).await?.rows_affected(),
            Tx::Sqlite(tx) => sqlx::query(sql).execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// How many rows a table has.
    pub async fn rows(&mut self, table: &str) -> i64 {
        let sql: &'static str = format!("SELECT COUNT(*) FROM {table}").leak();
        let count: (i64,) = self.tx.query(sql).one().await.unwrap();
        count.0
    }

    /// Whether any word at all can be written into a column of text: no check of the database knows its words.
    pub async fn takes_any_word(&mut self, column: &Column) -> bool {
        if column.kind != "TEXT" {
            return false;
        }
        self.run("SAVEPOINT before").await.unwrap();
        let changed = self.run(&format!("UPDATE {} SET {1} = {1} || 'x'", column.table, column.name)).await;
        self.run("ROLLBACK TO SAVEPOINT before").await.unwrap();
        matches!(changed, Ok(rows) if rows > 0)
    }

    /// Changes something, looks whether any hub's verification finds it, and undoes it. None where the database
    /// refused the change, or there was nothing to change.
    pub async fn found_after(&mut self, change: &str) -> Option<bool> {
        self.run("SAVEPOINT before").await.unwrap();
        let changed = self.run(change).await;
        self.refused = changed.is_err();
        let mut found = None;
        if matches!(changed, Ok(rows) if rows > 0) {
            found = Some(false);
            for hub in self.hubs {
                let hub = HubId(hub.id.parse().unwrap());
                let trust = Trust::of(self.keys);
                let evidence = Evidence::of(&mut self.tx, hub, &Files::default(), &trust, self.at).await.unwrap();
                let (verification, _) = reports::verify_with(&mut self.tx, hub, &evidence, |_| ()).await.unwrap();
                if let Some(difference) = verification.difference {
                    assert_ne!(difference.expected, difference.found, "{change}: {difference:?}");
                    found = Some(true);
                    break;
                }
            }
        }
        self.run("ROLLBACK TO SAVEPOINT before").await.unwrap();
        found
    }
}

/// The columns of these tables.
pub async fn columns(world: &World, tables: &[&'static str]) -> Vec<Column> {
    let sql = match world.engine() {
        Engine::Sqlite => "SELECT name, type, \"notnull\" = 0 FROM pragma_table_info($1)",
        Engine::Postgres => {
            "SELECT CAST(column_name AS TEXT), CAST(udt_name AS TEXT), is_nullable = 'YES'
             FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position"
        }
    };
    let mut tx = world.db().read_everywhere().await.unwrap();
    let mut columns = Vec::new();
    for table in tables.iter().copied() {
        let rows: Vec<(String, String, bool)> = tx.query(sql).bind(table.to_owned()).all().await.unwrap();
        let kind = |kind: String| match kind.to_uppercase().as_str() {
            "INT8" => "BIGINT".to_owned(),
            "BOOL" => "BOOLEAN".to_owned(),
            other => other.to_owned(),
        };
        columns.extend(rows.into_iter().map(|(name, of, nullable)| Column { table, name, kind: kind(of), nullable }));
    }
    columns
}

/// The columns of the primary key, by which a row is named.
pub async fn key(world: &World, table: &str) -> String {
    let sql = match world.engine() {
        Engine::Sqlite => "SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk",
        Engine::Postgres => {
            "SELECT CAST(a.attname AS TEXT) FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY(i.indkey)
             WHERE t.relname = $1 AND i.indisprimary ORDER BY a.attnum"
        }
    };
    let rows: Vec<(String,)> =
        world.db().read_everywhere().await.unwrap().query(sql).bind(table.to_owned()).all().await.unwrap();
    rows.into_iter().map(|(name,)| name).collect::<Vec<_>>().join(", ")
}

/// Other values of a column, as expressions: the last bit of what it holds, something else, and nothing.
pub fn others(column: &Column, engine: Engine, elsewhere: &str) -> Vec<String> {
    let (name, sqlite) = (&column.name, engine == Engine::Sqlite);
    let uuid = |id: &str| match engine {
        Engine::Sqlite => format!("x'{}'", id.replace('-', "")),
        Engine::Postgres => format!("CAST('{id}' AS UUID)"),
    };
    let other_of_table = format!("(SELECT MAX({name}) FROM {})", column.table);
    let mut others: Vec<String> = match column.kind.as_str() {
        "BIGINT" => vec![format!("{name} + 1"), format!("{name} - 1")],
        "BOOLEAN" => vec![format!("NOT {name}")],
        "UUID" if column.table == "ledger_heads" => vec![uuid(WITHOUT_A_HEAD)],
        "UUID" if name == "hub_id" => vec![uuid(elsewhere)],
        "UUID" => vec![uuid("01990000-0000-7000-8000-000000000000"), uuid("01990000-0000-8000-8000-000000000000")],
        "TEXT" => ["'debit'", "'credit'", "'allocated'", "'earned'", "'2027/28'", "''"].map(str::to_owned).to_vec(),
        "TIMESTAMPTZ" if sqlite => {
            vec![format!("replace({name}, '+00:00', '.000001+00:00')"), "'2020-01-01T00:00:00+00:00'".to_owned()]
        }
        "TIMESTAMPTZ" => vec![format!("{name} + INTERVAL '1 microsecond'"), format!("{name} - INTERVAL '1 day'")],
        "DATE" if sqlite => vec![format!("date({name}, '+1 day')")],
        "DATE" => vec![format!("{name} + 1")],
        "BYTEA" if sqlite => vec!["x''".to_owned(), "x'00'".to_owned(), "zeroblob(32)".to_owned()],
        "BYTEA" => ["''", "'00'", "repeat('00', 32)"].map(|hex| format!("decode({hex}, 'hex')")).to_vec(),
        other => panic!("{}.{name} is of a type that nobody tampers with yet: {other}", column.table),
    };
    if column.kind == "TEXT" {
        others.extend([format!("{name} || 'x'"), other_of_table]);
    }
    if column.nullable {
        others.push("NULL".to_owned());
    }
    others
}

async fn any_column_of_any_row_that_was_changed_is_found(world: World) {
    let hubs = a_little_of_everything(&world).await;
    let columns = columns(&world, &TABLES).await;
    let mut keys = BTreeMap::new();
    for table in TABLES {
        keys.insert(table, key(&world, table).await);
    }
    let mut tampering = Tampering::begin(&world, &hubs).await;
    let (mut unfound, mut excused, mut changes) = (Vec::new(), BTreeSet::new(), 0);
    for column in &columns {
        let (table, name, key) = (column.table, &column.name, &keys[column.table]);
        let mut taken = 0;
        for row in 0..tampering.rows(table).await {
            for other in others(column, world.engine(), &hubs[1].id) {
                let change = format!(
                    "UPDATE {table} SET {name} = {other}
                     WHERE ({key}) IN (SELECT {key} FROM {table} ORDER BY {key} LIMIT 1 OFFSET {row})
                       AND {name} IS DISTINCT FROM {other}"
                );
                match tampering.found_after(&change).await {
                    Some(true) => taken += 1,
                    Some(false) if EXCEPTIONS.iter().any(|(of, column, _)| (*of, *column) == (table, name)) => {
                        excused.insert((table, name.clone()));
                        taken += 1;
                    }
                    Some(false) => unfound.push(change),
                    None => {}
                }
            }
        }
        assert!(taken > 0, "{table}.{name} was never changed");
        changes += taken;
    }
    assert!(unfound.is_empty(), "{} of {changes} changes were not found:\n{}", unfound.len(), unfound.join("\n"));
    assert_eq!(excused.len(), EXCEPTIONS.len(), "{excused:?}");
    assert!(columns.len() >= 46 && changes > 1000, "{} columns, {changes} changes", columns.len());
}

/// Rows that are gone, that were added, that changed places.
async fn any_row_that_was_removed_added_or_moved_is_found(world: World) {
    let hubs = a_little_of_everything(&world).await;
    let mut tampering = Tampering::begin(&world, &hubs).await;
    let mut unfound = Vec::new();
    for table in TABLES {
        let key = key(&world, table).await;
        // An account that never had an entry can be gone: nothing is lost with it.
        let of_note = if table == "accounts" { "WHERE position > 0" } else { "" };
        let mut gone = 0;
        for row in 0..tampering.rows(&format!("{table} {of_note}")).await {
            let change = format!(
                "DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} {of_note} ORDER BY {key} LIMIT 1 OFFSET {row})"
            );
            gone += 1;
            if tampering.found_after(&change).await == Some(false) {
                unfound.push(change);
            }
        }
        assert!(gone > 1, "{table}");
    }
    let columns = columns(&world, &TABLES).await;
    let of = |table: &str| {
        let of = columns.iter().filter(|column| column.table == table);
        of.map(|column| column.name.clone()).collect::<Vec<_>>()
    };
    let hub = match world.engine() {
        Engine::Sqlite => format!("x'{}'", hubs[0].id.replace('-', "")),
        Engine::Postgres => format!("CAST('{}' AS UUID)", hubs[0].id),
    };
    let new_id = match world.engine() {
        Engine::Sqlite => "x'01990000000070008000000000000000'",
        Engine::Postgres => "CAST('01990000-0000-7000-8000-000000000000' AS UUID)",
    };
    // A copy of a row of each table, with a key of its own; and what two rows hold the other way round.
    for (table, own) in [
        ("accounts", vec![("id", new_id), ("code", "code || 'x'")]),
        ("transactions", vec![("id", new_id), ("sequence", "sequence + 1000"), ("reverses", "NULL")]),
        ("transaction_memos", vec![("transaction_id", new_id)]),
        ("entries", vec![("sequence", "sequence + 1000")]),
    ] {
        let names = of(table);
        let values: Vec<String> = names
            .iter()
            .map(|name| own.iter().find(|(of, _)| of == name).map_or(name.clone(), |(_, value)| (*value).to_owned()))
            .collect();
        let change = format!(
            "INSERT INTO {table} ({}) SELECT {} FROM {table} WHERE hub_id = {hub} LIMIT 1",
            names.join(", "),
            values.join(", ")
        );
        assert_eq!(tampering.found_after(&change).await, Some(true), "{change}");
    }
    for (table, changed, by) in [
        ("transactions", "effective_on = '2026-11-30'", "sequence IN (3, 4)"),
        ("entries", "amount = CASE sequence WHEN 1 THEN 5000 ELSE 10000 END", "sequence IN (1, 2)"),
        ("entries", "ordinal = 3 - ordinal", "sequence = 1"),
        (
            "entries",
            "position = 3 - position",
            "sequence IN (1, 2) AND account_id IN (SELECT id FROM accounts WHERE kind = 'issuance')",
        ),
        ("transaction_memos", "memo = 'x', salt = salt", "memo <> 'x'"),
    ] {
        let change = format!("UPDATE {table} SET {changed} WHERE hub_id = {hub} AND {by}");
        match tampering.found_after(&change).await {
            Some(found) => assert!(found, "{change}"),
            // A key that is looked at row by row is in the way of a change of places.
            None => assert!(change.contains("ordinal") || change.contains("position"), "{change}"),
        }
    }
    assert!(unfound.is_empty(), "{}", unfound.join("\n"));
    // A person is forgotten: the words and the salt are gone, and the chain holds.
    let empty = if world.engine() == Engine::Sqlite { "x''" } else { "''" };
    let forgotten = format!("UPDATE transaction_memos SET memo = '', salt = {empty} WHERE hub_id = {hub}");
    assert_eq!(tampering.found_after(&forgotten).await, Some(false));
}

both_engines!(any_column_of_any_row_that_was_changed_is_found, any_row_that_was_removed_added_or_moved_is_found);
