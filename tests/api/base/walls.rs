//! The second wall, of PostgreSQL alone: a statement that forgets its hub sees and changes nothing of another.

use hub_credits::base::db::{Db, Tx};
use hub_credits::base::ids::HubId;
use serde_json::json;
use uuid::Uuid;

use crate::support::{Engine, TestHub, World, run};

#[test]
fn a_statement_without_its_hub_stays_in_it() {
    run(Engine::Postgres, one_hub_of_two);
}

#[test]
fn without_a_hub_there_is_nothing() {
    run(Engine::Postgres, no_hub);
}

#[test]
fn what_one_transaction_named_the_next_does_not_see() {
    run(Engine::Postgres, one_connection);
}

#[test]
fn a_user_who_may_make_no_role_is_served_without_the_wall() {
    run(Engine::Postgres, a_plain_owner);
}

fn id(hub: &TestHub) -> HubId {
    HubId(hub.id.parse().unwrap())
}

/// Two hubs with a school, people, a programme, events, postings and bookings each.
async fn two_hubs(world: &World) -> [TestHub; 2] {
    let hubs = [world.hub("West London").await, world.hub("South London").await];
    for hub in &hubs {
        let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
        let event = hub.published_event(&hub.programme(json!({})).await, json!({})).await;
        lead.book_for(&event, &teacher).await.created();
    }
    hubs
}

async fn hubs_of(tx: &mut Tx, table: &str) -> Vec<Uuid> {
    let key = if table == "hubs" { "id" } else { "hub_id" };
    let sql: &'static str = format!("SELECT DISTINCT {key} FROM {table}").leak();
    let rows: Vec<(Uuid,)> = tx.query(sql).all().await.unwrap();
    rows.into_iter().map(|(hub,)| hub).collect()
}

async fn one_hub_of_two(world: World) {
    let [one, other] = two_hubs(&world).await;
    let tables = ["hubs", "schools", "people", "events", "bookings", "transactions", "entries", "changes", "accounts"];
    for table in tables {
        let mut tx = world.db().read_everywhere().await.unwrap();
        assert_eq!(hubs_of(&mut tx, table).await.len(), 2, "{table}");
        for hub in [&one, &other] {
            let mut tx = world.db().read(id(hub)).await.unwrap();
            assert_eq!(hubs_of(&mut tx, table).await, [id(hub).0], "{table}");
        }
    }
    let mut tx = world.db().write(id(&one)).await.unwrap();
    let changed = tx.query("UPDATE people SET name = 'Nobody', name_key = 'nobody'").run().await.unwrap().count();
    tx.rollback().await.unwrap();
    assert_eq!(changed, u64::try_from(one.manager().all("/v1/people").await.len()).unwrap());
    for (statement, what) in [
        ("UPDATE schools SET hub_id = $1", "moves a row"),
        (
            "INSERT INTO partners (hub_id, id, name, name_key, created_at, version) VALUES ($1, $1, 'P', 'p', '2026-10-05T09:00:00Z', 1)",
            "makes a row",
        ),
    ] {
        let mut tx = world.db().write(id(&one)).await.unwrap();
        let refused = tx.query(statement).bind(id(&other)).run().await.unwrap_err().to_string();
        assert!(refused.contains("row-level security"), "{what}: {refused}");
        tx.rollback().await.unwrap();
    }
    let mut tx = world.db().write(id(&one)).await.unwrap();
    let removed = tx.query("DELETE FROM calendar_links WHERE hub_id = $1").bind(id(&other)).run().await.unwrap();
    assert!(removed.none());
    for hub in [one, other] {
        hub.verified().await;
    }
}

/// The role of the wall, and no hub: as where the service forgot to name one.
async fn no_hub(world: World) {
    two_hubs(&world).await;
    let Db::Postgres(pool) = world.db() else { unreachable!() };
    let role: String = sqlx::query_scalar("SELECT raise_walls()").fetch_one(&**pool).await.unwrap();
    let mut tx = pool.begin().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("SET LOCAL ROLE {role}"))).execute(&mut *tx).await.unwrap();
    for table in ["hubs", "people", "bookings", "entries"] {
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        assert_eq!(count, 0, "{table}");
    }
    // Neither the schema nor the wall is theirs to change.
    for statement in
        ["ALTER TABLE people DISABLE ROW LEVEL SECURITY", "DROP TABLE notices", "SELECT * FROM _sqlx_migrations"]
    {
        let mut attempt = sqlx::Connection::begin(&mut *tx).await.unwrap();
        assert!(sqlx::raw_sql(statement).execute(&mut *attempt).await.is_err(), "{statement}");
        attempt.rollback().await.unwrap();
    }
}

async fn one_connection(world: World) {
    let [one, other] = two_hubs(&world).await;
    let db = Db::connect(world.database_url(), 1).await.unwrap();
    for hub in [&one, &other, &one] {
        let mut tx = db.read(id(hub)).await.unwrap();
        assert_eq!(hubs_of(&mut tx, "people").await, [id(hub).0]);
        drop(tx);
        let mut tx = db.write(id(hub)).await.unwrap();
        assert_eq!(hubs_of(&mut tx, "people").await, [id(hub).0]);
        tx.commit().await.unwrap();
        let mut tx = db.read_everywhere().await.unwrap();
        assert_eq!(hubs_of(&mut tx, "people").await.len(), 2);
    }
    db.close().await;
}

/// An owner of a database who may make no role, until an administrator has made it.
async fn a_plain_owner(world: World) {
    let Db::Postgres(pool) = world.db() else { unreachable!() };
    let admin = async |sql: String| sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&**pool).await.unwrap();
    let name = format!("plain_{}", Uuid::new_v4().simple());
    admin(format!("CREATE ROLE {name} LOGIN PASSWORD 'plain'")).await;
    admin(format!("CREATE DATABASE {name} OWNER {name}")).await;
    let mut url: url::Url = world.database_url().parse().unwrap();
    url.set_path(&name);
    url.set_username(&name).unwrap();
    url.set_password(Some("plain")).unwrap();
    let walled = async || {
        let db = Db::connect(url.as_str(), 1).await.unwrap();
        db.migrate().await.unwrap();
        let mut tx = db.read(HubId(Uuid::nil())).await.unwrap();
        let (role,): (String,) = tx.query("SELECT CAST(current_user AS TEXT)").one().await.unwrap();
        drop(tx);
        db.close().await;
        role
    };
    assert_eq!(walled().await, name);
    let role = format!("{name}_walled").chars().take(63).collect::<String>();
    admin(format!("CREATE ROLE {role} NOLOGIN; GRANT {role} TO {name}")).await;
    assert_eq!(walled().await, role);
    // Who neither owns the tables nor acts for their owner is told so, in place of an empty service.
    let stranger = format!("stranger_{}", Uuid::new_v4().simple());
    admin(format!("CREATE ROLE {stranger} LOGIN PASSWORD 'plain'")).await;
    url.set_username(&stranger).unwrap();
    let refused = Db::connect(url.as_str(), 1).await.unwrap_err().to_string();
    assert!(refused.contains(&format!("the user {stranger} does not own the tables")), "{refused}");
    admin(format!("DROP DATABASE {name} WITH (FORCE)")).await;
    admin(format!("DROP ROLE {name}; DROP ROLE {role}; DROP ROLE {stranger}")).await;
}
