//! What the main job costs: importing schools, allocating, verifying, the demonstration, starting, and
//! memory while serving. Both engines side by side in one run, round by round, and the medians.
//!
//! `cargo bench --bench main_job`, or `cargo bench --bench main_job -- 1` for one round. PostgreSQL is the
//! server that `HUB_CREDITS_TEST_POSTGRES` names, or a private one where its binaries are found.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::as_conversions,
    reason = "a measurement fails by panicking"
)]

#[path = "../../tests/support/mod.rs"]
mod support;

mod figures;

use std::io::Read;
use std::time::Instant;

use chrono::TimeDelta;
use figures::Figures;
use hub_credits::base::auth::{Keys, Subject};
use hub_credits::base::clock::{Clock, london_date, london_midnight};
use hub_credits::base::credits::Credits;
use hub_credits::base::db::Db;
use hub_credits::base::ids::HubId;
use hub_credits::base::text::Line;
use hub_credits::base::year::AcademicYear;
use hub_credits::booking::bookings::{self, Actor, Command, Reach, What};
use hub_credits::credits::allocation::{self, NewAllocation, Pool, Pounds};
use hub_credits::ledger::Journal;
use hub_credits::lifecycle::year_close::{self, OpenHolds, Rule};
use hub_credits::members::hubs;
use hub_credits::members::schools::{self, Field, Mode, Options};
use hub_credits::members::years::{self, carry::Carry};
use hub_credits::reports;
use serde_json::json;
use support::{CENSUS, Client, Engine, Process, Scene, marks};

/// How many schools; the last is all of England.
const SIZES: [usize; 3] = [1_000, 5_000, 24_433];
/// How many bookings the verified ledger has.
const BOOKINGS: usize = 20_000;
/// How many bookings are made together.
const SLICE: usize = 200;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    // Run as a test, it has nothing to say.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let rounds = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(3);
    let england = england();
    let mut figures = Figures::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut engines = vec![Engine::Sqlite];
        if Engine::Postgres.new_database().is_some() {
            engines.push(Engine::Postgres);
        }
        for round in 0..rounds {
            // Who goes first alternates too.
            engines.reverse();
            for engine in &engines {
                eprintln!("round {} of {rounds}: {}", round + 1, figures::name(*engine));
                for size in SIZES {
                    import_and_allocate(&mut figures, *engine, &england, size).await;
                }
                for size in [SIZES[0], SIZES[2]] {
                    whole_year(&mut figures, *engine, &england, size).await;
                }
                verify(&mut figures, *engine).await;
                demonstration(&mut figures, *engine);
                serving(&mut figures, *engine, &england).await;
            }
        }
    });
    figures.growth("import", SIZES[0], SIZES[2]);
    figures.growth("draft", SIZES[0], SIZES[2]);
    figures.growth("approve", SIZES[0], SIZES[2]);
    figures.growth("close", SIZES[0], SIZES[2]);
    figures.growth("approve, asked", SIZES[0], SIZES[2]);
    figures.growth("close, asked", SIZES[0], SIZES[2]);
    figures.print();
}

/// The schools of England, as the tests have them.
fn england() -> String {
    let packed = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/schools-england.csv.gz"));
    let mut file = String::new();
    flate2::read::GzDecoder::new(packed.unwrap()).read_to_string(&mut file).unwrap();
    file
}

/// The header and so many rows.
fn first(file: &str, rows: usize) -> String {
    file.split_inclusive('\n').take(rows + 1).collect()
}

fn options() -> Options {
    let column = |field, column: &str| (field, column.to_owned());
    Options {
        mapping: vec![column(Field::LocalAuthority, "la_name"), column(Field::EstablishmentType, "school_type")],
        census_date: Some(CENSUS.parse().unwrap()),
    }
}

async fn journal(db: &Db, hub: HubId) -> Journal {
    Journal::open_marked(db.write_everywhere().await.unwrap(), &marks(), hub, None, Clock::System.now()).await.unwrap()
}

async fn import_and_allocate(figures: &mut Figures, engine: Engine, england: &str, size: usize) {
    let database = engine.new_database().unwrap();
    let db = Db::connect(&database.url, 4).await.unwrap();
    let mut founding = hubs::create(&db, Line::parse("England").unwrap(), Clock::System.now()).await.unwrap();
    let (hub, year) = (founding.hub(), AcademicYear::parse("2026/27").unwrap());
    years::open(&mut founding, year).await.unwrap();
    founding.commit().await.unwrap();
    let file = first(england, size);

    let began = Instant::now();
    let mut writing = journal(&db, hub).await;
    let imported = schools::import_schools(&mut writing, file.as_bytes(), &options(), Mode::All).await.unwrap();
    writing.commit().await.unwrap();
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!((imported.created, imported.rolls_recorded), (size as u64, size as u64));
    figures.add(engine, format!("import {size}"), "s", seconds);
    figures.add(engine, format!("import {size}"), "rows/s", size as f64 / seconds);

    let new = NewAllocation {
        year,
        census_date: CENSUS.parse().unwrap(),
        pool: Pool::Funding {
            gbp: Pounds::parse(&(size * 512).to_string()).unwrap(),
            returned_share_percent: None,
            credit_value_pence: None,
        },
        step: Some(Credits::parse("0.01").unwrap()),
        floor: Some(Credits::parse("25").unwrap()),
        cap: Some(Credits::parse("2500").unwrap()),
        phase_weights: Vec::new(),
        prorate_by_months: false,
    };
    let began = Instant::now();
    let mut writing = journal(&db, hub).await;
    let draft = allocation::draft(&mut writing, &new).await.unwrap();
    writing.commit().await.unwrap();
    figures.add(engine, format!("draft {size}"), "s", began.elapsed().as_secs_f64());

    let began = Instant::now();
    let mut writing = journal(&db, hub).await;
    allocation::approve(&mut writing, draft.id, draft.version).await.unwrap();
    writing.commit().await.unwrap();
    figures.add(engine, format!("approve {size}"), "s", began.elapsed().as_secs_f64());

    // As on the last day of the year.
    let at = london_midnight(year.last_day());
    let mut writing =
        Journal::open_marked(db.write_everywhere().await.unwrap(), &marks(), hub, None, at).await.unwrap();
    years::open(&mut writing, year.after().unwrap()).await.unwrap();
    writing.commit().await.unwrap();
    let carry = Carry::Percent(10);
    let rule = Rule { carry, earned_carry: carry, open_holds: OpenHolds::Refuse };
    let began = Instant::now();
    let mut writing =
        Journal::open_marked(db.write_everywhere().await.unwrap(), &marks(), hub, None, at).await.unwrap();
    let closed = year_close::close(&mut writing, year, rule, None).await.unwrap();
    writing.commit().await.unwrap();
    assert_eq!(closed.wallets, size as i64);
    figures.add(engine, format!("close {size}"), "s", began.elapsed().as_secs_f64());
    db.close().await;
}

/// A year from its allocation to its close, asked of a service, and what memory each takes of it.
async fn whole_year(figures: &mut Figures, engine: Engine, england: &str, size: usize) {
    let database = engine.new_database().unwrap();
    let place = database.place();
    let db = Db::connect(&database.url, 1).await.unwrap();
    let scene = Scene::make(&db, 0, 0, &[]).await;
    let mut writing = journal(&db, scene.hub).await;
    // The last year that is over, and the one that it is carried to.
    let year = AcademicYear::of(london_date(writing.now())).unwrap().before().unwrap();
    for year in [year, year.after().unwrap()] {
        let (hub, tx) = (scene.hub, writing.tx());
        if years::get(tx, hub, year).await.unwrap().is_none() {
            years::open(&mut writing, year).await.unwrap();
        }
    }
    writing.commit().await.unwrap();
    db.close().await;
    let subject = Subject::Person(scene.hub, scene.manager);
    let token = Keys::open(&place.keys()).unwrap().issue(subject, Clock::System.now(), TimeDelta::hours(1)).unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let service = Process::start(&place);
    let manager = Client::new(http, service.address.clone()).with_token(token);

    let map = "map=local_authority:la_name,establishment_type:school_type";
    let import = format!("/v1/schools/import?census_date={CENSUS}&{map}");
    manager.post(&import, None).csv(first(england, size)).await.ok();
    let pool = (size * 256).to_string();
    let rules = json!({ "year": year.as_str(), "census_date": CENSUS, "pool": pool, "step": "0.01", "floor": "25", "cap": "2500" });
    let draft = manager.post("/v1/allocations", rules).await.created();
    let mut at_most = service.memory("VmHWM").unwrap_or_default();
    let approve = format!("/v1/allocations/{}/approve", draft["id"].as_str().unwrap());
    let close = format!("/v1/years/{}/close", year.as_str().replace('/', "-"));
    let requests = [
        ("approve", manager.post(&approve, None).header("if-match", "\"1\"")),
        ("close", manager.post(&close, json!({ "carry": "10%" }))),
    ];
    for (what, request) in requests {
        let began = Instant::now();
        let answer = request.await;
        assert!(answer.status < 300, "{answer}");
        figures.add(engine, format!("{what}, asked {size}"), "s", began.elapsed().as_secs_f64());
        let now = service.memory("VmHWM").unwrap_or_default();
        figures.add(engine, format!("memory at its most, {what} {size}"), "MB", now as f64 / 1e6);
        figures.add(engine, format!("memory, {what} {size} adds"), "MB", (now - at_most) as f64 / 1e6);
        at_most = now;
    }
}

async fn verify(figures: &mut Figures, engine: Engine) {
    let database = engine.new_database().unwrap();
    let db = Db::connect(&database.url, 4).await.unwrap();
    let scene = Scene::make(&db, 16, 50, &[1_000; 25]).await;
    let actor = Actor { person: Some(scene.manager), reach: Reach::Hub };
    let commands: Vec<Command> = scene
        .events
        .iter()
        .flat_map(|event| {
            scene.schools.iter().flat_map(|school| &school.teachers).map(move |teacher| (*event, *teacher))
        })
        .map(|(event, delegate)| Command {
            actor,
            what: What::Book { event, delegate, allow_clash: false },
            shown: None,
        })
        .collect();
    assert_eq!(commands.len(), BOOKINGS);

    let began = Instant::now();
    for slice in commands.chunks(SLICE) {
        let mut writing = journal(&db, scene.hub).await;
        let outcomes = bookings::perform(&mut writing, slice).await.unwrap();
        assert!(outcomes.iter().all(Result::is_ok));
        writing.commit().await.unwrap();
    }
    figures.add(
        engine,
        format!("book {BOOKINGS} by {SLICE}"),
        "a second",
        BOOKINGS as f64 / began.elapsed().as_secs_f64(),
    );

    let began = Instant::now();
    let found = reports::verify(&mut db.read_everywhere().await.unwrap(), scene.hub, None, |_| ()).await.unwrap();
    let seconds = began.elapsed().as_secs_f64();
    assert!(found.difference.is_none() && found.entries >= 2 * BOOKINGS as i64, "{found}");
    figures.add(engine, format!("verify {}", found.entries), "entries/s", found.entries as f64 / seconds);
    db.close().await;
}

/// From nothing to a proved ledger, as a visitor runs it.
fn demonstration(figures: &mut Figures, engine: Engine) {
    let database = engine.empty_database().unwrap();
    let began = Instant::now();
    let output = database.place().run(&["demo", "--no-serve", "--fresh"]);
    let seconds = began.elapsed().as_secs_f64();
    let said = String::from_utf8_lossy(&output.stdout);
    let last = said.lines().last().unwrap_or_default();
    let proved = output.status.success() && last.starts_with("ledger verified: ") && last.ends_with(", 0 differences");
    assert!(proved, "{said}{}", String::from_utf8_lossy(&output.stderr));
    figures.add(engine, "demo, from empty to verified".to_owned(), "s", seconds);
}

/// Starting, and memory: of a service that is asked for nothing, and of one that imported England.
async fn serving(figures: &mut Figures, engine: Engine, england: &str) {
    let database = engine.new_database().unwrap();
    let place = database.place();
    let db = Db::connect(&database.url, 1).await.unwrap();
    let scene = Scene::make(&db, 0, 0, &[]).await;
    db.close().await;
    let token = Keys::open(&place.keys()).unwrap().issue(
        Subject::Person(scene.hub, scene.manager),
        Clock::System.now(),
        TimeDelta::hours(1),
    );

    // Made before: it reads the certificates of the machine.
    let http = reqwest::Client::builder().no_proxy().build().unwrap();

    let began = Instant::now();
    let service = Process::start(&place);
    let manager = Client::new(http, service.address.clone()).with_token(token.unwrap());
    manager.get("/healthz").await.ok();
    figures.add(engine, "start to first answer".to_owned(), "ms", began.elapsed().as_secs_f64() * 1e3);
    let mut memory = |when: &str, what| {
        if let Some(bytes) = service.memory(what) {
            figures.add(engine, format!("memory, {when}"), "MB", bytes as f64 / 1e6);
        }
    };
    memory("after start", "VmRSS");

    let map = "map=local_authority:la_name,establishment_type:school_type";
    let import = format!("/v1/schools/import?census_date={CENSUS}&{map}");
    manager.post(&import, None).csv(england).await.ok();
    let mut pages = Vec::new();
    for _ in 0..8 {
        let requests = ["/v1/me", "/v1/schools?limit=200", "/v1/years", "/v1/people"];
        let (manager, requests) = (manager.clone(), requests.repeat(12));
        pages.push(tokio::spawn(async move {
            for request in requests {
                manager.get(request).await.ok();
            }
        }));
    }
    for page in pages {
        page.await.unwrap();
    }
    memory("after England and 384 requests", "VmRSS");
    memory("at its most", "VmHWM");
}
