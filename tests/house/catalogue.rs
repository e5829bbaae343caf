//! The catalogues of both engines: every key begins with the hub.

use std::collections::BTreeSet;

use hub_credits::base::db::Tx;

use crate::both_engines;
use crate::support::{Engine, World};

/// Tables that belong to no hub.
const OF_THE_DEPLOYMENT: &[&str] = &[
    "hubs",
    "readiness",
    "_sqlx_migrations",
    // An address signs in to every hub that it is in.
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

/// A key, an index or a foreign key of a table, and its first column.
struct Key {
    table: String,
    name: String,
    first: String,
}

async fn tables(tx: &mut Tx, engine: Engine) -> Vec<String> {
    let sql = match engine {
        Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        Engine::Postgres => "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public'",
    };
    let rows: Vec<(String,)> = tx.query(sql).all().await.unwrap();
    rows.into_iter().map(|(name,)| name).filter(|name| !OF_THE_DEPLOYMENT.contains(&name.as_str())).collect()
}

/// Primary keys, unique keys and every other index.
async fn keys(tx: &mut Tx, engine: Engine) -> Vec<Key> {
    let sql = match engine {
        Engine::Sqlite => {
            "SELECT t.name, i.name, c.name FROM sqlite_master t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
             WHERE t.type = 'table' AND c.seqno = 0"
        }
        Engine::Postgres => {
            "SELECT CAST(t.relname AS TEXT), CAST(i.relname AS TEXT), CAST(a.attname AS TEXT)
             FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]
             WHERE t.relnamespace = CAST('public' AS regnamespace)"
        }
    };
    all(tx, sql).await
}

/// The first column of every foreign key, and the first column that it names.
async fn foreign_keys(tx: &mut Tx, engine: Engine) -> Vec<Key> {
    let sql = match engine {
        Engine::Sqlite => {
            "SELECT t.name, f.\"table\" || '.' || f.\"to\", f.\"from\" FROM sqlite_master t, pragma_foreign_key_list(t.name) f
             WHERE t.type = 'table' AND f.seq = 0"
        }
        Engine::Postgres => {
            "SELECT CAST(t.relname AS TEXT), r.relname || '.' || b.attname, CAST(a.attname AS TEXT)
             FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
             JOIN pg_attribute b ON b.attrelid = r.oid AND b.attnum = c.confkey[1]
             WHERE c.contype = 'f'"
        }
    };
    all(tx, sql).await
}

async fn all(tx: &mut Tx, sql: &'static str) -> Vec<Key> {
    let rows: Vec<(String, String, String)> = tx.query(sql).all().await.unwrap();
    rows.into_iter()
        .filter(|(table, ..)| !OF_THE_DEPLOYMENT.contains(&table.as_str()))
        .map(|(table, name, first)| Key { table, name, first })
        .collect()
}

both_engines!(every_key_begins_with_the_hub, every_foreign_key_stays_in_its_hub);

async fn every_key_begins_with_the_hub(world: World) {
    let mut tx = world.db().read_everywhere().await.unwrap();
    let (tables, keys) = (tables(&mut tx, world.engine()).await, keys(&mut tx, world.engine()).await);
    assert!(tables.len() > 15, "{tables:?}");
    let keyed: BTreeSet<&str> = keys.iter().map(|key| key.table.as_str()).collect();
    assert_eq!(keyed, tables.iter().map(String::as_str).collect(), "tables without a key");
    for Key { table, name, first } in &keys {
        assert_eq!(first, "hub_id", "{table}: {name} begins with {first}");
    }
}

async fn every_foreign_key_stays_in_its_hub(world: World) {
    let mut tx = world.db().read_everywhere().await.unwrap();
    let keys = foreign_keys(&mut tx, world.engine()).await;
    assert!(keys.len() > 10);
    for Key { table, name, first } in &keys {
        assert_eq!(first, "hub_id", "{table} names {name} by {first} first");
        assert!(name == "hubs.id" || name.ends_with(".hub_id"), "{table} names {name}");
    }
}
