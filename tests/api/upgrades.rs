//! A database of an earlier release, in use, is brought up to date: what is in it stays, and is proved.

use chrono::TimeDelta;
use hub_credits::bookings::{self, Actor, Command, Reach, What};
use hub_credits::checkpoints::{self, Keeper};
use hub_credits::clock::Clock;
use hub_credits::db::{Db, Tx};
use hub_credits::ids::{BookingId, PersonId};
use hub_credits::ledger::{self, Journal};
use hub_credits::programmes::attendance::Mark;
use hub_credits::programmes::catalogue;
use hub_credits::registers::Marking;
use hub_credits::text::{Email, Line};
use hub_credits::{people, programmes, registers, reports, schools, upgrade as keys};

use crate::support::{Engine, Scene, marks, signing_keys};

/// The last migration before bookings and transactions were made anew on SQLite.
const EARLIER: i64 = 16;

/// What today's code writes into besides, so that it can use a database of then: taken away again before the upgrade.
const WRITTEN_TODAY: &[&str] = &[
    include_str!("../../migrations/0038_second_person.sql"),
    include_str!("../../migrations/0043_moves.sql"),
    include_str!("../../migrations/0044_minutes.sql"),
    "ALTER TABLE schools ADD COLUMN name_key TEXT;
    ALTER TABLE people ADD COLUMN name_key TEXT;
    ALTER TABLE people ADD COLUMN email_key TEXT;
    ALTER TABLE ledger_heads ADD COLUMN mark BYTEA;",
    include_str!("../../migrations/0051_grounds.sql"),
];

/// The changes of a hub were no chain then.
const UNCHAINED: [(Engine, &str, &str); 2] = [
    (
        Engine::Sqlite,
        "CREATE TRIGGER unchained AFTER INSERT ON ledger_heads BEGIN UPDATE ledger_heads SET changes_hash = NULL; END;",
        "DROP TRIGGER unchained;",
    ),
    (
        Engine::Postgres,
        "CREATE FUNCTION unchain() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changes_hash := NULL; RETURN NEW; END $$;
         CREATE TRIGGER unchained BEFORE INSERT ON ledger_heads FOR EACH ROW EXECUTE FUNCTION unchain();",
        "DROP TRIGGER unchained ON ledger_heads; DROP FUNCTION unchain();",
    ),
];
const TAKEN_AWAY: &str = "DROP TABLE event_schedules;
    DROP TABLE called_off_sessions;
    ALTER TABLE events DROP COLUMN schedule;
    ALTER TABLE bookings DROP COLUMN schedule;
    ALTER TABLE bookings DROP COLUMN revised_at;
    ALTER TABLE sessions DROP COLUMN moved_at;
    ALTER TABLE sessions DROP COLUMN places;
    ALTER TABLE sessions DROP COLUMN revised_at;
    ALTER TABLE register_marks DROP COLUMN minutes;
    DROP INDEX events_by_end;
    ALTER TABLE schools DROP COLUMN second_person;
    ALTER TABLE schools DROP COLUMN own_approval_asked_by;
    ALTER TABLE schools DROP COLUMN one_person_asked_by;
    ALTER TABLE hubs DROP COLUMN four_eyes_off_asked_by;
    ALTER TABLE people DROP COLUMN created_by;
    ALTER TABLE people DROP COLUMN signed_in_at;
    ALTER TABLE invitations DROP COLUMN created_by;
    ALTER TABLE schools DROP COLUMN name_key;
    ALTER TABLE people DROP COLUMN name_key;
    ALTER TABLE people DROP COLUMN email_key;
    ALTER TABLE ledger_heads DROP COLUMN mark;
    ALTER TABLE transactions DROP COLUMN grounds;
    ALTER TABLE transactions DROP COLUMN changes_hash;
    ALTER TABLE changes DROP COLUMN hash;
    ALTER TABLE changes DROP COLUMN grounds;
    ALTER TABLE ledger_heads DROP COLUMN changes_hash;
    ALTER TABLE bookings DROP COLUMN sealed_by;
    ALTER TABLE allocation_lines DROP COLUMN revision;";

#[test]
fn a_database_in_use_is_brought_up_to_date_on_sqlite() {
    upgrade(Engine::Sqlite);
}

#[test]
fn a_database_in_use_is_brought_up_to_date_on_postgres() {
    upgrade(Engine::Postgres);
}

fn upgrade(engine: Engine) {
    let Some(database) = engine.empty_database() else { return };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let db = Db::connect(&database.url, 2).await.unwrap();
        let earlier = db.migrate_to(EARLIER).await.unwrap();
        let unchained = write_today(&db, engine).await;
        let scene = Scene::make(&db, 2, 3, &[1, 100]).await;
        let booked = book(&db, &scene).await;
        let before = seen(&db, &scene, &booked).await;
        run(&db, unchained).await;
        run(&db, TAKEN_AWAY).await;
        assert!(db.migrate().await.unwrap() > earlier);
        keys::names(&db).await.unwrap();
        ledger::chain_changes(&db).await.unwrap();
        assert_eq!(seen(&db, &scene, &booked).await, before);
        // The service marks the end of the ledger as its own as it starts, and signs it.
        let (tx, now) = (db.write().await.unwrap(), Clock::System.now());
        let refused = Journal::open_marked(tx, &marks(), scene.hub, None, now).await;
        assert!(matches!(refused, Err(ledger::Error::NotOurs(hub)) if hub == scene.hub));
        let file = database.folder.path().join("checkpoints");
        let mut keeper = Keeper::new(db.clone(), signing_keys().clone(), "https://hub.example", Some(file));
        assert_eq!(keeper.go(Clock::System.now()).await.unwrap(), 1);
        assert!(book(&db, &scene).await.is_empty(), "they are booked already");
        let mut tx = db.read().await.unwrap();
        let verification = ledger::verify(&mut tx, scene.hub, |_| ()).await.unwrap();
        assert_eq!((verification.difference, verification.transactions), (None, before.0));
        assert_eq!(reports::verify(&mut tx, scene.hub, None, |_| ()).await.unwrap().difference, None);
        assert_eq!(checkpoints::newest(&mut tx, scene.hub).await.unwrap().unwrap().sequence, before.0);
        drop(tx);
        chained_on(&db, &scene, booked[0]).await;
        db.close().await;
    });
}

/// What is done after the upgrade is chained onto what was done before, which can't be changed any more.
async fn chained_on(db: &Db, scene: &Scene, booking: BookingId) {
    let (tx, now) = (db.write().await.unwrap(), Clock::System.now());
    let mut journal = Journal::open_marked(tx, &marks(), scene.hub, None, now).await.unwrap();
    let by_hub = |what| Command { actor: Actor { person: None, reach: Reach::Hub }, what };
    let cancel = What::Cancel { booking, dry_run: false, quote: None };
    let waive = What::Waive { booking, amount: None, reason: Line::parse("Illness").unwrap() };
    let outcomes = bookings::perform(&mut journal, &[by_hub(cancel), by_hub(waive)]).await.unwrap();
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    journal.commit().await.unwrap();
    let mut tx = db.write().await.unwrap();
    assert_eq!(reports::verify(&mut tx, scene.hub, None, |_| ()).await.unwrap().difference, None);
    let sealed = "SELECT COUNT(*) FROM transactions WHERE grounds IS NOT NULL AND changes_hash IS NOT NULL";
    assert_eq!(tx.query(sealed).one::<(i64,)>().await.unwrap(), (1,));
    let refused = tx.query("UPDATE changes SET kind = 'hub.changed' WHERE sequence = 1").run().await.unwrap_err();
    assert!(refused.to_string().contains("append-only"), "{refused}");
}

/// Makes room for what today's code writes into besides; the answer takes away what keeps changes from being chained.
async fn write_today(db: &Db, engine: Engine) -> &'static str {
    for text in WRITTEN_TODAY {
        run(db, text).await;
    }
    let (_, unchain, again) = UNCHAINED.into_iter().find(|(of, ..)| *of == engine).unwrap();
    run(db, unchain).await;
    again
}

/// Runs statements past the service.
async fn run(db: &Db, statements: &'static str) {
    let mut tx = db.write().await.unwrap();
    match &mut tx {
        Tx::Postgres(tx) => drop(sqlx::raw_sql(statements).execute(&mut **tx).await.unwrap()),
        Tx::Sqlite(tx) => drop(sqlx::raw_sql(statements).execute(&mut **tx).await.unwrap()),
    }
    tx.commit().await.unwrap();
}

/// Books both events for everybody: the first has one place, and a line. The first booking of the second event is given
/// up, and the next came.
async fn book(db: &Db, scene: &Scene) -> Vec<BookingId> {
    let by_hub = |what| Command { actor: Actor { person: None, reach: Reach::Hub }, what };
    let teachers = scene.schools.iter().flat_map(|school| &school.teachers);
    let places = teachers.flat_map(|delegate| scene.events.iter().map(|event| (*event, *delegate)));
    let commands: Vec<Command> =
        places.map(|(event, delegate)| by_hub(What::Book { event, delegate, allow_clash: false })).collect();
    let mut journal =
        Journal::open_marked(db.write().await.unwrap(), &marks(), scene.hub, None, Clock::System.now()).await.unwrap();
    let outcomes = bookings::perform(&mut journal, &commands).await.unwrap();
    let booked: Vec<_> = outcomes.into_iter().filter_map(|outcome| outcome.ok()?.booking).collect();
    let [given_up, came, ..] =
        booked.iter().filter(|one| one.booking.event_id == scene.events[1]).collect::<Vec<_>>()[..]
    else {
        return Vec::new();
    };
    let cancel = What::Cancel { booking: given_up.booking.id, dry_run: false, quote: None };
    bookings::perform(&mut journal, &[by_hub(cancel)]).await.unwrap().remove(0).unwrap();
    journal.commit().await.unwrap();

    let mut tx = db.read().await.unwrap();
    let session = programmes::sessions::of_event(&mut tx, scene.hub, scene.events[1]).await.unwrap().remove(0);
    let manager = people::get(&mut tx, scene.hub, scene.manager).await.unwrap().unwrap();
    drop(tx);
    let on_the_day = session.starts_at + TimeDelta::minutes(30);
    let mut journal =
        Journal::open_marked(db.write().await.unwrap(), &marks(), scene.hub, None, on_the_day).await.unwrap();
    let marks = [Marking { booking: came.booking.id, mark: Mark::Late, minutes: None }];
    registers::write(&mut journal, &manager, session.event_id, session.id, &marks).await.unwrap();
    journal.commit().await.unwrap();
    booked.iter().map(|one| one.booking.id).collect()
}

/// How long the journal is, its last hash, the hub's bookings, and their marks.
async fn seen(db: &Db, scene: &Scene, booked: &[BookingId]) -> (i64, String, String, String) {
    let mut tx = db.read().await.unwrap();
    let head = ledger::head(&mut tx, scene.hub).await.unwrap().unwrap();
    let bookings = bookings::list(&mut tx, scene.hub, bookings::Filter::default(), None, 100).await.unwrap();
    assert_eq!(bookings.len(), booked.len());
    let mut marks = Vec::new();
    for booking in booked {
        marks.extend(registers::of_booking(&mut tx, scene.hub, *booking).await.unwrap());
    }
    assert_eq!(marks.len(), 1);
    (head.sequence, format!("{:?}", head.hash), format!("{bookings:?}"), format!("{marks:?}"))
}

#[test]
fn names_of_an_earlier_release_get_their_keys_on_sqlite() {
    keys_of_names(Engine::Sqlite);
}

#[test]
fn names_of_an_earlier_release_get_their_keys_on_postgres() {
    keys_of_names(Engine::Postgres);
}

/// Names, texts and addresses that were written before there were keys are found by them; two addresses that are one
/// now stay two people, of whom the first is found.
fn keys_of_names(engine: Engine) {
    let Some(database) = engine.empty_database() else { return };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let db = Db::connect(&database.url, 2).await.unwrap();
        db.migrate_to(EARLIER).await.unwrap();
        let unchained = write_today(&db, engine).await;
        let scene = Scene::make(&db, 2, 1, &[1]).await;
        run(&db, unchained).await;
        run(&db, TAKEN_AWAY).await;
        let teachers: Vec<PersonId> = scene.schools.iter().flat_map(|school| school.teachers.clone()).collect();
        let mut tx = db.write().await.unwrap();
        // One is canonical, though it came later.
        for (email, id) in ["zoe\u{308}@s.example", "zoë@s.example"].into_iter().zip(&teachers) {
            tx.query("UPDATE people SET email = $1 WHERE id = $2").bind(email).bind(*id).run().await.unwrap().any();
        }
        tx.query("UPDATE schools SET name = 'École ' || name").run().await.unwrap().any();
        tx.query("UPDATE sessions SET speaker = 'Prof. Zoë O’Neill'").run().await.unwrap().any();
        tx.commit().await.unwrap();

        db.migrate().await.unwrap();
        keys::names(&db).await.unwrap();
        let (hub, line) = (scene.hub, |text: &str| Some(Line::parse(text).unwrap()));
        let mut tx = db.read().await.unwrap();
        let filter = schools::Filter { text: line("ecole"), ..schools::Filter::default() };
        assert_eq!(schools::list(&mut tx, hub, &filter, None, 10).await.unwrap().len(), 2);
        assert_eq!(people::list(&mut tx, hub, &people::Filter::default(), None, 99).await.unwrap().len(), 2 + 2 + 1);
        let filter = catalogue::Filter { text: line("o'neill"), ..catalogue::Filter::default() };
        assert_eq!(catalogue::list(&mut tx, hub, catalogue::View::All, &filter, None, 10).await.unwrap().len(), 1);
        let found = people::by_email(&mut tx, &Email::parse("ZOË@s.example").unwrap()).await.unwrap();
        assert_eq!(found.iter().map(|person| person.id).collect::<Vec<_>>(), [teachers[1]]);
        assert_eq!(
            people::get(&mut tx, hub, teachers[0]).await.unwrap().unwrap().email.as_str(),
            "zoe\u{308}@s.example"
        );
        drop(tx);
        db.close().await;
    });
}
