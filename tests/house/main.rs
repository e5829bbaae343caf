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
mod floors;
mod personal;
mod plans;
mod schema;
mod source;
mod walls;

use source::{Source, sources};

/// Statements that name no hub, by a part of their text: what finds out which hub it is.
const OF_THE_OPERATOR: &[&str] = &[
    // Someone with an address, in whichever hub: for the command line of the machine.
    "FROM people WHERE email_key = $1",
    // A login opens every hub in which somebody has its address: each is asked by its index.
    "FROM hubs h JOIN people p ON p.hub_id = h.id AND p.email_key = $1",
    // A link belongs to a login, which belongs to no hub.
    "FROM login_links WHERE login_id = $1",
    // What belongs to no hub.
    "UPDATE readiness",
    "FROM _sqlx_migrations",
    // The wall itself is found in the catalogue.
    "FROM pg_policy p JOIN pg_roles",
    // A secret of 32 random bytes names its invitation, and so its hub.
    "WHERE secret_digest = $1",
    // Which hubs have letters to be sent, each asked by its index.
    "SELECT h.id FROM hubs h WHERE EXISTS (",
    // Of every ledger the end is signed.
    "FROM ledger_heads WHERE hub_id > $1",
    // Of all hubs it is looked which webhooks are due.
    "FROM webhooks w JOIN ledger_heads h ON h.hub_id = w.hub_id",
];

/// Tables that only the ledger writes.
const OF_THE_LEDGER: &[&str] = &["accounts", "transactions", "transaction_memos", "entries", "ledger_heads"];

#[test]
fn every_statement_names_its_hub() {
    let mut nameless = Vec::new();
    for source in sources() {
        for statement in source.statements() {
            let named = statement.contains("hub_id = $")
                || statement.contains("(hub_id, ")
                || statement.contains("(v.hub_id, ")
                || only_of_the_deployment(&statement)
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

/// The hubs, and what signs in to all of them.
const OF_THE_DEPLOYMENT: &[&str] = &[
    "hubs",
    "logins",
    "recovery_codes",
    "login_sessions",
    "refresh_tokens",
    "login_links",
    "known_browsers",
    "sign_in_tries",
    "api_key_digests",
    "openid_flows",
    "openid_subjects",
];

/// Whether it names only tables that are of no hub.
fn only_of_the_deployment(statement: &str) -> bool {
    let words: Vec<&str> = statement.split_whitespace().collect();
    let mut tables =
        words.windows(2).filter(|pair| ["FROM", "INTO", "UPDATE", "JOIN"].contains(&pair[0])).map(|pair| pair[1]);
    tables.all(|table| table == "SET" || OF_THE_DEPLOYMENT.contains(&table.trim_end_matches([')', ','])))
}

#[test]
fn only_the_ledger_writes_its_tables() {
    let mut strays = Vec::new();
    for source in sources().iter().filter(|source| !source.path.starts_with("ledger/")) {
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
    refuse(&names, |source| source.path.starts_with("base/db/"));
}

/// So that whoever looks for an event is told of it, by whatever way it is published.
#[test]
fn events_are_published_in_one_place() {
    refuse(&["events::publish("], |source| {
        ["booking/organising.rs", "programme/programmes/events.rs"].contains(&source.path.as_str())
    });
}

#[test]
fn only_http_knows_the_web() {
    refuse(&["actix"], is_above);
}

/// Below the web a model says its own schema, by the derive in full; all else of the specification is made above.
#[test]
fn models_only_derive_their_schema() {
    refuse_in(|source| without_derived_schemas(&source.code), &["utoipa", "ToSchema"], is_above);
}

#[test]
fn a_derived_schema_is_told_from_other_uses() {
    let derived = "#[derive(\n    Clone, utoipa::ToSchema,\n)]\n#[schema(as = X)]\nstruct Y;";
    assert!(!without_derived_schemas(derived).contains("utoipa"));
    for other in
        ["use utoipa::ToSchema;", "#[derive(Clone)]\nimpl utoipa::ToSchema for X {}", "#[derive(utoipa::IntoParams)]"]
    {
        assert!(without_derived_schemas(other).contains("utoipa"), "{other}");
    }
}

fn is_above(source: &Source) -> bool {
    ["web/", "cli/", "demo/"].iter().any(|above| source.path.starts_with(above))
}

/// The code without the derives of schemas; lines as in the code.
fn without_derived_schemas(code: &str) -> String {
    let mut parts = code.split("#[derive(");
    let mut rest = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (derived, after) = part.split_once(")]").unwrap_or((part, ""));
        rest.push_str(&derived.replace("utoipa::ToSchema", ""));
        rest.push_str(after);
    }
    rest
}

#[test]
fn only_the_clock_reads_the_clock() {
    refuse(&["Utc::now", "SystemTime::now", "Uuid::now_v7", "Uuid::new_v4"], |source| source.path == "base/clock.rs");
}

/// Fails where one of `names` stands in the code outside the allowed rooms.
fn refuse(names: &[&str], allowed: impl Fn(&Source) -> bool) {
    refuse_in(|source| source.code.clone(), names, allowed);
}

/// Does what [`refuse`] does, in what `read` gives of each source.
fn refuse_in(read: impl Fn(&Source) -> String, names: &[&str], allowed: impl Fn(&Source) -> bool) {
    let mut strays = Vec::new();
    for source in sources().iter().filter(|source| !allowed(source)) {
        for (number, line) in read(source).lines().enumerate() {
            if names.iter().any(|name| line.contains(name)) {
                strays.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    assert!(strays.is_empty(), "{}", strays.join("\n"));
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

#[test]
fn at_most_ten_functions_have_over_sixty_lines() {
    let all = sources().iter().flat_map(|source| source.functions().into_iter().map(move |found| (source, found)));
    let long: Vec<String> = all
        .filter(|(_, (_, lines))| *lines > 60)
        .map(|(source, (name, lines))| format!("{}: {name}, {lines} lines", source.path))
        .collect();
    assert!(long.len() <= 10, "{} are:\n{}", long.len(), long.join("\n"));
}
