//! The rush: what the service makes of nine o'clock on the day booking opens, against what the same
//! PostgreSQL makes of `pgbench` (its own tpcb-like transaction) with the same number of clients.
//!
//! `cargo bench --bench booking_rush`, or `cargo bench --bench booking_rush -- 5 4` for five rounds of
//! four seconds a measurement. PostgreSQL is a private one from the binaries on the machine, which must
//! have `pgbench`. Service, database, `pgbench` and load generator share the machine. Every booking has
//! a token of a school's lead and an `Idempotency-Key` of its own, and is answered 201.
//! Spread is over 1,000 events and 500 schools; hot is one event with places for all.
//!
//! `cargo bench --bench booking_rush -- --sign-ins 200` measures something else: see [`sign_ins`].
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

#[path = "../load/mod.rs"]
mod load;

mod sign_ins;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use hub_credits::base::auth::{Keys, Subject};
use hub_credits::base::clock::Clock;
use hub_credits::base::db::Db;
use hub_credits::booking::bookings;
use hub_credits::ledger;
use load::Seen;
use support::{Database, Engine, Process, Scene};

/// How much there is of what is booked.
struct Size {
    schools: usize,
    teachers: usize,
    events: usize,
}

const SCHOOLS: usize = 500;
const TEACHERS: usize = 120;
const EVENTS: usize = 1_000;
const RUSH: Size = Size { schools: SCHOOLS, teachers: TEACHERS, events: EVENTS + HOT };
/// Events for the hot rounds, one for each measurement.
const HOT: usize = 40;
const CLIENTS: [usize; 3] = [1, 64, 256];

/// A service under load, and whom it serves.
struct Side {
    name: &'static str,
    process: Process,
    database: Database,
    scene: Arc<Scene>,
    tokens: Arc<Vec<String>>,
    spread: Arc<AtomicUsize>,
    hot: AtomicUsize,
}

/// The medians are of these, by name.
type Figures = BTreeMap<String, Vec<f64>>;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    // Run as a test, it has nothing to say.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut numbers = arguments.iter().filter_map(|argument| argument.parse::<u64>().ok());
    if arguments.iter().any(|argument| argument == "--sign-ins") {
        let at_once = numbers.next().unwrap_or(200) as usize;
        let (rounds, seconds) = (numbers.next().unwrap_or(3), numbers.next().unwrap_or(10));
        return runtime.block_on(sign_ins::measure(at_once, rounds, Duration::from_secs(seconds)));
    }
    let (rounds, seconds) = (numbers.next().unwrap_or(3), numbers.next().unwrap_or(4));
    let time = Duration::from_secs(seconds);
    runtime.block_on(async {
        let postgres = Side::start(Engine::Postgres, "pg", &RUSH, &[]).await;
        let sqlite = Side::start(Engine::Sqlite, "sqlite", &RUSH, &[]).await;
        let pgbench = PgBench::prepare(&postgres.database.url);
        for side in [&postgres, &sqlite] {
            side.warm_up().await;
        }
        let mut figures = Figures::new();
        for round in 0..rounds {
            eprintln!("round {} of {rounds}", round + 1);
            let mut sides = [&postgres, &sqlite];
            if round % 2 == 1 {
                sides.reverse();
            }
            for clients in CLIENTS {
                // Who goes first alternates.
                if round % 2 == 0 {
                    pgbench.run(&mut figures, clients, seconds);
                }
                for side in sides {
                    side.spread(&mut figures, clients, time).await;
                }
                if round % 2 == 1 {
                    pgbench.run(&mut figures, clients, seconds);
                }
            }
            for side in sides {
                side.hot(&mut figures, 256, time).await;
                side.commit(&mut figures).await;
            }
            postgres.echo(&mut figures, 64, time).await;
        }
        for side in [&postgres, &sqlite] {
            side.check(&mut figures).await;
        }
        report(&figures);
    });
}

impl Side {
    async fn start(engine: Engine, name: &'static str, size: &Size, settings: &[&str]) -> Side {
        let Size { schools, teachers, events } = *size;
        eprintln!("{name}: {schools} schools, {} people, {events} events", schools * (teachers + 1));
        let database = engine.new_database().expect("both engines are needed");
        let place = database.place();
        let db = Db::connect(&database.url, 2).await.unwrap();
        let scene = Scene::make(&db, schools, teachers, &vec![100_000; events]).await;
        db.close().await;
        let (keys, now) = (Keys::open(&place.keys()).unwrap(), Clock::System.now());
        let token = |staff: &support::Staff| {
            keys.issue(Subject::Person(scene.hub, staff.lead), now, TimeDelta::hours(12)).unwrap()
        };
        let tokens = Arc::new(scene.schools.iter().map(token).collect());
        let process = Process::start_quiet_with(&place, settings);
        Side {
            name,
            process,
            database,
            scene: Arc::new(scene),
            tokens,
            spread: Arc::default(),
            hot: AtomicUsize::new(EVENTS),
        }
    }

    /// Some bookings, not counted.
    async fn warm_up(&self) {
        self.spread(&mut Figures::new(), 64, Duration::from_secs(2)).await;
        self.hot(&mut Figures::new(), 64, Duration::from_secs(2)).await;
        self.analyse().await;
    }

    /// What a server learns of its tables in its first minutes of use: plans made on empty tables are poor ones.
    async fn analyse(&self) {
        if let Db::Postgres(pool) = Db::connect(&self.database.url, 1).await.unwrap() {
            sqlx::query("ANALYZE").execute(&*pool).await.unwrap();
        }
    }

    /// Bookings over all events and schools.
    async fn spread(&self, figures: &mut Figures, clients: usize, time: Duration) {
        let (scene, tokens, next) = (self.scene.clone(), self.tokens.clone(), self.spread.clone());
        let seen = load::run(&self.process.address, clients, time, 201, move |_, text| {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let delegates = SCHOOLS * TEACHERS;
            // Every delegate takes the events in turn, from a start of their own.
            book(&scene, &tokens, n % delegates, (n / delegates + n * 7) % EVENTS, n, text);
        });
        self.note(figures, &format!("spread_{clients}"), &seen.await);
    }

    /// Bookings on one event.
    async fn hot(&self, figures: &mut Figures, clients: usize, time: Duration) {
        let (scene, tokens) = (self.scene.clone(), self.tokens.clone());
        let event = self.hot.fetch_add(1, Ordering::Relaxed);
        let seen = load::run(&self.process.address, clients, time, 201, move |n, text| {
            assert!(n < SCHOOLS * TEACHERS, "more bookings than delegates: make the time shorter");
            book(&scene, &tokens, n, event, n, text);
        });
        self.note(figures, "hot", &seen.await);
    }

    /// A request that is authenticated and answered without the database: the ceiling.
    async fn echo(&self, figures: &mut Figures, clients: usize, time: Duration) {
        let tokens = self.tokens.clone();
        let seen = load::run(&self.process.address, clients, time, 404, move |n, text| {
            let token = &tokens[n % tokens.len()];
            let _ = write!(
                text,
                "POST /v1/bookings/none/approve HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\r\n"
            );
        });
        self.note(figures, "echo", &seen.await);
    }

    /// One bare commit of one row, in milliseconds.
    async fn commit(&self, figures: &mut Figures) {
        let db = Db::connect(&self.database.url, 1).await.unwrap();
        let mut times = Vec::new();
        for _ in 0..200 {
            let began = Instant::now();
            let mut tx = db.write_everywhere().await.unwrap();
            tx.query("UPDATE hubs SET version = version + 1 WHERE id = $1")
                .bind(self.scene.hub)
                .run()
                .await
                .unwrap()
                .exactly(1)
                .unwrap();
            tx.commit().await.unwrap();
            times.push(began.elapsed().as_micros() as u32);
        }
        times.sort_unstable();
        figures.entry(format!("{}_commit_us", self.name)).or_default().push(f64::from(times[100]));
        db.close().await;
    }

    /// Every booking that was answered is there and the ledger is clean; the most memory the service had.
    async fn check(&self, figures: &mut Figures) {
        let memory = self.process.memory("VmHWM").unwrap();
        figures.entry(format!("{}_rss_mb", self.name)).or_default().push(memory as f64 / 1024.0 / 1024.0);
        let db = Db::connect(&self.database.url, 2).await.unwrap();
        let mut tx = db.read_everywhere().await.unwrap();
        let verification = ledger::verify(&mut tx, self.scene.hub, |_| ()).await.unwrap();
        assert_eq!(verification.difference, None);
        assert_eq!(bookings::verify(&mut tx, self.scene.hub).await.unwrap(), None);
        eprintln!("{}: ledger verified: {} transactions", self.name, verification.transactions);
        drop(tx);
        db.close().await;
    }

    fn note(&self, figures: &mut Figures, what: &str, seen: &Seen) {
        eprintln!(
            "  {:<7}{what:<12}{:>9.0}/s  p50 {:>7.2} ms  p99 {:>7.2} ms",
            self.name,
            seen.rate,
            seen.p50 / 1000.0,
            seen.p99 / 1000.0
        );
        for (figure, value) in [("rate", seen.rate), ("p50", seen.p50), ("p99", seen.p99)] {
            figures.entry(format!("{}_{what}_{figure}", self.name)).or_default().push(value);
        }
    }
}

fn book(scene: &Scene, tokens: &[String], delegate: usize, event: usize, key: usize, text: &mut String) {
    let (school, teacher) = (delegate % scene.schools.len(), delegate / scene.schools.len());
    let (person, event) = (scene.schools[school].teachers[teacher], scene.events[event]);
    let body = format!("{{\"event_id\":\"{event}\",\"person_id\":\"{person}\"}}");
    let _ = write!(
        text,
        "POST /v1/bookings HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {}\r\nIdempotency-Key: {event}-{key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        tokens[school],
        body.len()
    );
}

/// `pgbench` on the same server, in a database of its own.
struct PgBench {
    url: url::Url,
}

/// Branches of pgbench: as many as the middle number of clients, so that they do not wait for one row.
const SCALE: &str = "64";

impl PgBench {
    fn prepare(server: &str) -> PgBench {
        let mut url = url::Url::parse(server).unwrap();
        url.set_path("postgres");
        let pgbench = PgBench { url };
        let initialised = pgbench.command().args(["-i", "-q", "-s", SCALE]).output().expect("pgbench is installed");
        assert!(initialised.status.success(), "{}", String::from_utf8_lossy(&initialised.stderr));
        pgbench
    }

    fn command(&self) -> Command {
        let debian = std::path::Path::new("/usr/lib/postgresql/15/bin/pgbench");
        let mut command = Command::new(if debian.exists() { debian.as_os_str() } else { "pgbench".as_ref() });
        command.env("PGHOST", self.url.host_str().unwrap()).env("PGPORT", self.url.port().unwrap_or(5432).to_string());
        command
            .env("PGUSER", self.url.username())
            .env("PGPASSWORD", self.url.password().unwrap_or_default())
            .env("PGDATABASE", "postgres");
        command
    }

    fn run(&self, figures: &mut Figures, clients: usize, seconds: u64) {
        let (clients, seconds) = (clients.to_string(), seconds.to_string());
        let output =
            self.command().args(["-M", "prepared", "-j", "2", "-c", &clients, "-T", &seconds]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let rate = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse::<f64>().ok());
        let rate = rate.unwrap_or_else(|| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)));
        eprintln!("  pgbench {clients:<11}{rate:>9.0}/s");
        figures.entry(format!("pgbench_{clients}")).or_default().push(rate);
    }
}

fn report(figures: &Figures) {
    let median = |name: &str| {
        let mut values = figures.get(name).unwrap_or_else(|| panic!("no {name}")).clone();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!(
        "{:<10}{:<12}{:>12}{:>10}{:>10}{:>13}{:>13}",
        "engine", "load", "bookings/s", "p50 ms", "p99 ms", "to pgbench", "to spread"
    );
    for side in ["pg", "sqlite"] {
        for load in ["spread_1", "spread_64", "spread_256", "hot"] {
            let rate = median(&format!("{side}_{load}_rate"));
            let clients = load.strip_prefix("spread_").unwrap_or("256");
            let (pgbench, spread) =
                (rate / median(&format!("pgbench_{clients}")), rate / median(&format!("{side}_spread_{clients}_rate")));
            let (p50, p99) =
                (median(&format!("{side}_{load}_p50")) / 1000.0, median(&format!("{side}_{load}_p99")) / 1000.0);
            println!("{side:<10}{load:<12}{rate:>12.0}{p50:>10.2}{p99:>10.2}{pgbench:>13.2}{spread:>13.2}");
        }
    }
    for clients in CLIENTS {
        println!("pgbench   {clients:<12}{:>12.0}", median(&format!("pgbench_{clients}")));
    }
    println!(
        "echo      64          {:>12.0}   (authenticated, without the database: the ceiling)",
        median("pg_echo_rate")
    );
    println!(
        "commit    one row     {:>9.0} us on PostgreSQL, {:.0} us on SQLite",
        median("pg_commit_us"),
        median("sqlite_commit_us")
    );
    let rate = |name: &str| median(&format!("{name}_rate"));
    println!(
        "pg_64_ratio={:.2} pg_256_ratio={:.2} pg_hot_ratio={:.2} sqlite_hot_ratio={:.2} sqlite_over_pg_256={:.2} pg_1_p50_over_commit={:.2} sqlite_1_p50_over_commit={:.2} pg_64_p99_over_p50={:.2} echo_ratio={:.2} rss_mb={:.0}",
        rate("pg_spread_64") / median("pgbench_64"),
        rate("pg_spread_256") / median("pgbench_256"),
        rate("pg_hot") / rate("pg_spread_256"),
        rate("sqlite_hot") / rate("sqlite_spread_256"),
        rate("sqlite_spread_256") / rate("pg_spread_256"),
        median("pg_spread_1_p50") / median("pg_commit_us"),
        median("sqlite_spread_1_p50") / median("sqlite_commit_us"),
        median("pg_spread_64_p99") / median("pg_spread_64_p50"),
        rate("pg_spread_64") / rate("pg_echo"),
        median("pg_rss_mb").max(median("sqlite_rss_mb")),
    );
}
