//! The house keeps its plan (`ARCHITECTURE.md`): what the compiler can't see is read from the source and
//! from the catalogues of both engines.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::as_conversions,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod catalogue;
mod plans;
mod source;

use std::collections::{BTreeMap, BTreeSet};

use source::{Source, sources};

/// Statements that name no hub, by a part of their text: what finds out which hub it is.
const OF_THE_OPERATOR: &[&str] = &[
    // Someone with an address, in whichever hub: for the command line of the machine.
    "FROM people WHERE email_key = $1",
    // What belongs to no hub.
    "UPDATE readiness",
    "FROM _sqlx_migrations",
    // A secret of 32 random bytes names its invitation, and so its hub.
    "WHERE secret_digest = $1",
    // Of every ledger the end is signed.
    "FROM ledger_heads WHERE hub_id > $1",
    // The upgrade goes through all hubs.
    "name_key IS NULL",
    "email_key IS NULL",
    "WHERE search = ''",
    "WHERE e.search = ''",
    "WHERE changes_hash IS NULL",
];

/// Tables that only the ledger writes.
const OF_THE_LEDGER: &[&str] = &["accounts", "transactions", "transaction_memos", "entries", "ledger_heads"];

/// The floors, from the ground up. A module uses those of its own floor and below.
const FLOORS: &[&[&str]] = &[
    &[
        "upgrade", "db", "files", "ids", "text", "credits", "year", "clock", "hours", "config", "pdf", "qr",
        "csv_file", "workdays", "seal",
    ],
    &["changes", "ledger"],
    &[
        "auth",
        "checkpoints",
        "hubs",
        "idempotency",
        "notices",
        "needs",
        "people",
        "schools",
        "years",
        "allocation",
        "top_ups",
        "transfers",
        "adjustments",
        "reversals",
        "partners",
        "priorities",
        "programmes",
        "tickets",
        "bookings",
        "calendars",
        "certificates",
        "evaluations",
        "cpd",
        "registers",
        "reports",
        "year_close",
        "succession",
        "leaving",
    ],
    &["rounds"],
    &["http"],
    &["demo"],
    &["cli", "main"],
];

fn floor(module: &str) -> usize {
    FLOORS
        .iter()
        .position(|floor| floor.contains(&module))
        .unwrap_or_else(|| panic!("{module} has no floor: see FLOORS"))
}

#[test]
fn every_statement_names_its_hub() {
    let mut nameless = Vec::new();
    for source in sources() {
        for statement in source.statements() {
            let named = statement.contains("hub_id = $")
                || statement.contains("(hub_id, ")
                || statement.contains("(v.hub_id, ")
                || only_of_hubs(&statement)
                || OF_THE_OPERATOR.iter().any(|part| statement.contains(part));
            if !named {
                nameless.push(format!("{}: {statement}", source.path));
            }
        }
    }
    assert!(nameless.is_empty(), "{}", nameless.join("\n"));
}

#[test]
fn every_exception_is_needed() {
    for part in OF_THE_OPERATOR {
        let used = sources().iter().any(|source| source.statements().iter().any(|statement| statement.contains(part)));
        assert!(used, "no statement says {part:?}");
    }
}

/// Whether the only table it names is that of the hubs.
fn only_of_hubs(statement: &str) -> bool {
    let words: Vec<&str> = statement.split_whitespace().collect();
    let mut tables =
        words.windows(2).filter(|pair| ["FROM", "INTO", "UPDATE", "JOIN"].contains(&pair[0])).map(|pair| pair[1]);
    tables.all(|table| table == "hubs")
}

#[test]
fn only_the_ledger_writes_its_tables() {
    let mut strays = Vec::new();
    for source in sources().iter().filter(|source| source.module() != "ledger") {
        for statement in source.statements() {
            for table in OF_THE_LEDGER {
                let writes = ["INSERT INTO", "UPDATE", "DELETE FROM"].map(|verb| format!("{verb} {table} "));
                if writes.iter().any(|write| format!("{statement} ").contains(write)) {
                    strays.push(format!("{}: {statement}", source.path));
                }
            }
        }
    }
    assert!(strays.is_empty(), "{}", strays.join("\n"));
}

#[test]
fn only_db_names_an_engine() {
    let names = [
        "sqlx::postgres",
        "sqlx::sqlite",
        "sqlx::Postgres",
        "sqlx::Sqlite",
        "PgPool",
        "SqlitePool",
        "::Postgres",
        "::Sqlite",
    ];
    refuse(&names, |source| source.module() == "db");
}

#[test]
fn only_http_knows_the_web() {
    refuse(&["actix", "utoipa"], |source| floor(source.module()) >= floor("http"));
}

#[test]
fn only_the_clock_reads_the_clock() {
    refuse(&["Utc::now", "SystemTime::now", "Uuid::now_v7", "Uuid::new_v4"], |source| source.module() == "clock");
}

/// Fails where one of `names` stands in the code outside the allowed rooms.
fn refuse(names: &[&str], allowed: impl Fn(&Source) -> bool) {
    let mut strays = Vec::new();
    for source in sources().iter().filter(|source| !allowed(source)) {
        for (number, line) in source.code.lines().enumerate() {
            if names.iter().any(|name| line.contains(name)) {
                strays.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    assert!(strays.is_empty(), "{}", strays.join("\n"));
}

#[test]
fn no_module_uses_one_above_it_or_itself_through_others() {
    let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut upward = Vec::new();
    for source in sources() {
        for used in source.uses() {
            if floor(used) > floor(source.module()) {
                upward.push(format!("{} uses {used}", source.path));
            }
            if used != source.module() {
                uses.entry(source.module()).or_default().insert(used);
            }
        }
    }
    assert!(upward.is_empty(), "{}", upward.join("\n"));
    // Take away what uses nothing that is left; what can't be taken away goes round in a circle.
    while let Some(free) =
        uses.iter().find(|(_, used)| !used.iter().any(|used| uses.contains_key(used))).map(|(module, _)| *module)
    {
        uses.remove(free);
    }
    assert!(uses.is_empty(), "these use each other in a circle: {uses:?}");
}

#[test]
fn a_file_has_at_most_five_hundred_lines() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|source| source.lines > 500)
        .map(|source| format!("{}: {} lines", source.path, source.lines))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}
