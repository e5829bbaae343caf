//! What becomes of a database of another release. From 0.1.0 on an older one is brought up to date; every other is
//! refused, in words that say what to do, and stays as it is.

use chrono::NaiveDate;
use hub_credits::base::db::{Db, Error, Tx};
use hub_credits::base::ids::HubId;
use hub_credits::ledger;
use sqlx::migrate::Migrator;
use uuid::Uuid;

use crate::support::{Database, Engine, Scene, begins_at};

/// What both engines have.
static BOTH: Migrator = sqlx::migrate!("./migrations");

/// What one engine has beside it.
static OF_SQLITE: Migrator = sqlx::migrate!("./migrations/sqlite");
static OF_POSTGRES: Migrator = sqlx::migrate!("./migrations/postgres");

/// What another release could have recorded, and what is said of it.
const STRANGE: [(&str, &str); 4] = [
    (
        "UPDATE _sqlx_migrations SET checksum = (SELECT checksum FROM _sqlx_migrations WHERE version = 2) WHERE version = 1;
         INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         SELECT 52, 'chained changes', success, checksum, execution_time FROM _sqlx_migrations WHERE version = 2;",
        "was made by a development version of hub-credits before 0.1.0, whose schema is not carried over: export its \
         journal with that version (hub-credits export --format jsonl) and import it into a new database \
         (hub-credits migrate, then hub-credits import journal), or begin a new one",
    ),
    (
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         SELECT 9999, 'of tomorrow', success, checksum, execution_time FROM _sqlx_migrations WHERE version = 2;",
        "was made by a newer hub-credits: its schema has step 9999, this release knows them up to 27. Run the newer \
         release, or put back the backup from before it",
    ),
    (
        "UPDATE _sqlx_migrations SET checksum = (SELECT checksum FROM _sqlx_migrations WHERE version = 1) WHERE version = 2;",
        "was made by another hub-credits: step 2 of its schema is not this release's. Run the release that made it",
    ),
    (
        "UPDATE _sqlx_migrations SET description = 'cats and dogs',
                                     checksum = (SELECT checksum FROM _sqlx_migrations WHERE version = 2)
         WHERE version = 1;",
        "has a step 1 of its schema that no release has: it is not a database of hub-credits",
    ),
];

/// Makes two tests of each function, which is given the engine.
macro_rules! on_both {
    ($($name:ident: $test:expr;)+) => {
        $(mod $name {
            use super::*;

            #[test]
            fn sqlite() {
                run(Engine::Sqlite, $test);
            }

            #[test]
            fn postgres() {
                run(Engine::Postgres, $test);
            }
        })+
    };
}

on_both! {
    a_strange_database_is_refused_and_stays_as_it_is: strange;
    an_older_database_is_brought_up_to_date: older;
    what_is_in_an_older_database_is_carried_over: carried_over;
    a_database_that_is_up_to_date_stays_as_it_is: up_to_date;
}

fn run(engine: Engine, test: impl AsyncFnOnce(Engine)) {
    // Where there is no PostgreSQL, it has said so.
    if engine.empty_database().is_some() {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test(engine));
    }
}

async fn open(database: &Database) -> Db {
    Db::connect(&database.url, 2).await.unwrap()
}

async fn strange(engine: Engine) {
    for (recorded, words) in STRANGE {
        let database = engine.new_database().unwrap();
        let db = open(&database).await;
        past_the_service(&db, recorded).await;
        let before = all_of(&db).await;
        for refused in [db.migrate().await.map(drop), db.has_this_schema().await] {
            let Err(Error::Unusable(said)) = refused else { panic!("{words}: {refused:?}") };
            assert!(said.ends_with(&format!(" {words}")), "{said}");
        }
        for command in [&["migrate"][..], &["serve", "--listen", "127.0.0.1:0"], &["verify"]] {
            let output = database.place().run(command);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{command:?}: {said}");
            assert!(said.contains(words), "{command:?}: {said}");
        }
        assert_eq!(all_of(&db).await, before, "{words}");
        db.close().await;
    }
}

async fn older(engine: Engine) {
    let (database, whole) = (engine.empty_database().unwrap(), engine.new_database().unwrap());
    let db = open(&database).await;
    let refused = db.has_this_schema().await.unwrap_err().to_string();
    assert!(refused.ends_with(" has no schema of hub-credits: run hub-credits migrate"), "{refused}");
    match &db {
        Db::Postgres(pool) => BOTH.run_to(1, &**pool).await.unwrap(),
        Db::Sqlite { write, .. } => BOTH.run_to(1, write).await.unwrap(),
    }
    let refused = db.has_this_schema().await.unwrap_err().to_string();
    assert!(
        refused.ends_with(" has the schema of an older hub-credits: run hub-credits migrate, or serve it"),
        "{refused}"
    );
    db.migrate().await.unwrap();
    db.has_this_schema().await.unwrap();
    let whole = open(&whole).await;
    assert_eq!(catalogue(&db).await, catalogue(&whole).await);
    whole.close().await;
    db.close().await;
}

/// A hub of the first schema: what its credit is worth, it was always worth.
async fn carried_over(engine: Engine) {
    let database = engine.empty_database().unwrap();
    let db = open(&database).await;
    let alone = |migrator: &Migrator| Migrator {
        ignore_missing: true,
        migrations: migrator.migrations.clone(),
        ..Migrator::DEFAULT
    };
    match &db {
        Db::Postgres(pool) => {
            BOTH.run_to(1, &**pool).await.unwrap();
            alone(&OF_POSTGRES).run_to(2, &**pool).await.unwrap();
        }
        Db::Sqlite { write, .. } => {
            BOTH.run_to(1, write).await.unwrap();
            alone(&OF_SQLITE).run_to(2, write).await.unwrap();
        }
    }
    let hub = HubId(Uuid::from_u128(7));
    let mut tx = db.write_everywhere().await.unwrap();
    let inserted = tx.query(
        "INSERT INTO hubs (id, name, step, credit_value_pence, returned_share_percent, four_eyes, approval_days, smallest_group, version, created_at)
         VALUES ($1, 'West London', 100, 1234, 50, FALSE, 5, 5, 1, $2)",
    );
    inserted.bind(hub).bind(begins_at()).run().await.unwrap().exactly(1).unwrap();
    tx.commit().await.unwrap();
    db.migrate().await.unwrap();
    let mut tx = db.read_everywhere().await.unwrap();
    let values: Vec<(i64, NaiveDate)> =
        tx.query("SELECT pence, valid_from FROM credit_values WHERE hub_id = $1").bind(hub).all().await.unwrap();
    assert_eq!(values, [(1234, NaiveDate::from_ymd_opt(2000, 1, 1).unwrap())]);
    drop(tx);
    db.close().await;
}

async fn up_to_date(engine: Engine) {
    let database = engine.empty_database().unwrap();
    let db = open(&database).await;
    let count = db.migrate().await.unwrap();
    let scene = Scene::make(&db, 2, 3, &[1, 100]).await;
    let before = all_of(&db).await;
    assert_eq!(before.1.len(), count);
    for _ in 0..2 {
        assert_eq!(db.migrate().await.unwrap(), count);
        db.has_this_schema().await.unwrap();
    }
    assert!(database.place().run(&["migrate"]).status.success());
    assert_eq!(all_of(&db).await, before);
    let verification = ledger::verify(&mut db.read_everywhere().await.unwrap(), scene.hub, |_| ()).await.unwrap();
    assert_eq!(verification.difference, None);
    assert!(verification.transactions > 0);
    db.close().await;
}

/// Runs statements past the service.
async fn past_the_service(db: &Db, statements: &'static str) {
    let mut tx = db.write_everywhere().await.unwrap();
    match &mut tx {
        Tx::Postgres(tx) => drop(sqlx::raw_sql(statements).execute(&mut **tx).await.unwrap()),
        Tx::Sqlite(tx) => drop(sqlx::raw_sql(statements).execute(&mut **tx).await.unwrap()),
    }
    tx.commit().await.unwrap();
}

type Applied = (i64, String, Vec<u8>, String);

/// What its catalogue says, what it says of its migrations, and how much its hubs have written.
async fn all_of(db: &Db) -> (Vec<(String,)>, Vec<Applied>, Vec<(i64,)>) {
    let mut tx = db.read_everywhere().await.unwrap();
    let applied =
        "SELECT version, description, checksum, CAST(installed_on AS TEXT) FROM _sqlx_migrations ORDER BY version";
    let applied = tx.query(applied).all().await.unwrap();
    let writes = tx.query("SELECT writes FROM ledger_heads ORDER BY hub_id").all().await.unwrap();
    drop(tx);
    (catalogue(db).await, applied, writes)
}

/// Every column, key, check, index and trigger.
async fn catalogue(db: &Db) -> Vec<(String,)> {
    let sql = match db {
        Db::Sqlite { .. } => "SELECT type || ' ' || name || ': ' || COALESCE(sql, '') FROM sqlite_master ORDER BY type, name",
        Db::Postgres(_) => {
            "SELECT CONCAT_WS(' ', table_name, ordinal_position, column_name, data_type, collation_name, is_nullable, column_default)
             FROM information_schema.columns WHERE table_schema = 'public'
             UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
             UNION ALL SELECT CONCAT_WS(' ', conname, PG_GET_CONSTRAINTDEF(oid)) FROM pg_constraint
             UNION ALL SELECT PG_GET_TRIGGERDEF(oid) FROM pg_trigger WHERE NOT tgisinternal
             UNION ALL SELECT CONCAT_WS(' ', relname, ARRAY_TO_STRING(reloptions, ' ')) FROM pg_class WHERE relkind = 'r'
             ORDER BY 1"
        }
    };
    db.read_everywhere().await.unwrap().query(sql).all().await.unwrap()
}
