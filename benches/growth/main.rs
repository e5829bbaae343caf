//! Growth: what a booking, an approval, a cancellation and the common questions cost with 10 thousand, 100 thousand and
//! a million bookings in the hub, and the ratio to the smallest. Each size is a database of its own, with people in
//! proportion: whatever the size, everybody has the same few live bookings. They are made by the service's own code, a
//! slice of 256 at a time. Then each is measured in turn, several times, in an order that alternates; medians. For the
//! rate, a slice is booked in each of them in turn; the questions are requests to the service, and each is asked of one
//! after the other.
//!
//! `cargo bench --bench growth`, or `cargo bench --bench growth -- 10000 100000` for other sizes. On SQLite
//! and, where it is found, a private PostgreSQL. That has a server's defaults, 128 MB of shared buffers among them;
//! `HUB_CREDITS_TEST_POSTGRES_OPTIONS='-c shared_buffers=2GB'` gives it more.
//!
//! Then the directory of offers (`directory.rs`), commissions (`commissions.rs`) and a long statement of a partner
//! (`settlement.rs`); `cargo bench --bench growth -- directory 1000 100000` measures one of them alone.
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

mod commissions;
mod directory;
mod questions;
mod settlement;

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use hub_credits::base::clock::{Clock, london_date, london_midnight};
use hub_credits::base::db::{Db, Tx};
use hub_credits::base::ids::{AccountId, BookingId};
use hub_credits::base::year::AcademicYear;
use hub_credits::booking::bookings::{self, Actor, Command, Reach, What};
use hub_credits::ledger::{self, AccountFilter, AccountKind, Journal};
use hub_credits::lifecycle::year_close::{self, OpenHolds, Rule};
use hub_credits::members::years::{self, carry::Carry};
use questions::Service;
use support::{Engine, Scene, marks};
use tokio::runtime::Runtime;

/// So few that every wallet has more than a page of entries at the smallest size: the same is asked of each.
const SCHOOLS: usize = 100;
/// How many live bookings everybody has.
const LIVE: usize = 5;
const EVENTS: usize = 1_000;
/// How many bookings are made together.
const SLICE: usize = 256;
const ROUNDS: usize = 5;
/// How many slices of bookings are made in a round, and one of requests.
const SLICES: usize = 4;

/// What was measured at one size: a name, the unit, and how much; more is better for a rate, less for a time.
type Measured = Vec<(&'static str, &'static str, f64)>;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    // Run as a test, it has nothing to say.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let sizes: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let said = |usual: &[usize]| if sizes.is_empty() { usual.to_vec() } else { sizes.clone() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let alone = ["directory", "commissions", "settlement"].into_iter().find(|one| arguments.iter().any(|it| it == one));
    if alone.is_none() {
        of_bookings(&runtime, &said(&[10_000, 100_000, 1_000_000]));
    }
    // Of one of them alone the command line says the sizes.
    let sizes = |one: &str, usual: &[usize]| match alone {
        None => usual.to_vec(),
        Some(alone) if alone == one => said(usual),
        Some(_) => Vec::new(),
    };
    let (offers, deals) = (sizes("directory", &directory::SIZES), sizes("commissions", &commissions::SIZES));
    let lines = sizes("settlement", &settlement::SIZES);
    for (engine, name) in [(Engine::Sqlite, "sqlite"), (Engine::Postgres, "pg")] {
        runtime.block_on(async {
            if !offers.is_empty() {
                directory::measure(engine, name, &offers).await;
            }
            if !deals.is_empty() {
                commissions::measure(engine, name, &deals).await;
            }
            if !lines.is_empty() {
                settlement::measure(engine, name, &lines).await;
            }
        });
    }
}

/// Measures hubs with so many bookings, and prints what came of it.
fn of_bookings(runtime: &Runtime, sizes: &[usize]) {
    let mut pairs = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let name = if matches!(engine, Engine::Sqlite) { "sqlite" } else { "pg" };
        let Some(databases) = sizes.iter().map(|_| engine.new_database()).collect::<Option<Vec<_>>>() else { continue };
        let measured: Vec<Measured> = runtime.block_on(async {
            let mut hubs = Vec::new();
            for (size, database) in sizes.iter().zip(&databases) {
                hubs.push(Hub::grown(Db::connect(&database.url, 2).await.unwrap(), *size).await);
            }
            let asked: Vec<Service> =
                hubs.iter().zip(&databases).map(|(hub, database)| Service::start(hub, database)).collect();
            let mut rounds: Vec<Vec<Measured>> = hubs.iter().map(|_| Vec::new()).collect();
            for round in 0..ROUNDS {
                let mut turns: Vec<usize> = (0..hubs.len()).collect();
                if round % 2 == 1 {
                    turns.reverse();
                }
                // A slice here, a slice there: what disturbs the machine disturbs all of them.
                let mut times = vec![Duration::ZERO; hubs.len()];
                for _ in 0..SLICES {
                    for turn in &turns {
                        let began = Instant::now();
                        hubs[*turn].book(SLICE, false).await;
                        times[*turn] += began.elapsed();
                    }
                }
                for turn in &turns {
                    let booking = (SLICES * SLICE) as f64 / times[*turn].as_secs_f64();
                    let mut measured = vec![("booking", "a second", booking)];
                    measured.extend(hubs[*turn].measure().await);
                    rounds[*turn].push(measured);
                }
                // What was written is folded into the file, or flushed, meanwhile.
                tokio::time::sleep(Duration::from_secs(1)).await;
                for question in questions::ALL {
                    for turn in &turns {
                        let time = asked[*turn].time_of(&hubs[*turn], question).await;
                        rounds[*turn].last_mut().unwrap().push((question.name(), "ms", time));
                    }
                }
            }
            drop(asked);
            for hub in hubs {
                hub.db.close().await;
            }
            rounds.iter().map(|rounds| medians(rounds)).collect()
        });
        println!("\n{name}: ratio to the smallest in brackets");
        print!("{:<24}", "bookings in the hub");
        sizes.iter().for_each(|size| print!("{size:>22}"));
        println!();
        for (row, (what, unit, first)) in measured[0].iter().enumerate() {
            print!("{:<24}", format!("{what}, {unit}"));
            for size in &measured {
                let value = size[row].2;
                print!("{:>22}", format!("{value:.2} ({:.2})", value / first));
            }
            println!();
            let last = measured.last().unwrap()[row].2;
            pairs.push(format!("{name}_{}={:.2}", what.replace(' ', "_"), last / first));
        }
    }
    println!("\n{}", pairs.join(" "));
}

/// That of the scene's events, and of all credits.
fn year() -> AcademicYear {
    AcademicYear::of(london_date(Clock::System.now() + TimeDelta::weeks(8))).unwrap()
}

/// The median of each row.
fn medians(rounds: &[Measured]) -> Measured {
    let median = |row: usize| {
        let mut values: Vec<f64> = rounds.iter().map(|round| round[row].2).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    rounds[0].iter().enumerate().map(|(row, (what, unit, _))| (*what, *unit, median(row))).collect()
}

struct Hub {
    db: Db,
    scene: Scene,
    made: usize,
    wallets: Vec<AccountId>,
    began: DateTime<Utc>,
}

impl Hub {
    /// One with so many bookings.
    async fn grown(db: Db, size: usize) -> Hub {
        // Half of what is measured counts, so that the smallest have LIVE bookings on the average too.
        let people = (size + ROUNDS * (SLICES + 1) * SLICE / 2) / LIVE;
        let scene = Scene::make(&db, SCHOOLS, people / SCHOOLS, &[100_000; EVENTS]).await;
        let mut journal =
            Journal::open_marked(db.write_everywhere().await.unwrap(), &marks(), scene.hub, None, Clock::System.now())
                .await
                .unwrap();
        years::open(&mut journal, year().after().unwrap()).await.unwrap();
        journal.commit().await.unwrap();
        let filter = AccountFilter { kind: Some(AccountKind::Wallet), ..AccountFilter::default() };
        let wallets =
            ledger::accounts(&mut db.read_everywhere().await.unwrap(), scene.hub, filter, None, 1_000).await.unwrap();
        let wallets = wallets.into_iter().map(|account| account.id).collect();
        let mut hub = Hub { db, scene, made: 0, wallets, began: Clock::System.now() };
        while hub.made < size {
            hub.book(SLICE.min(size - hub.made), false).await;
            if hub.made.is_multiple_of(SLICE * 400) {
                eprintln!("{} bookings", hub.made);
            }
        }
        // What the server does by itself once a minute.
        if let Db::Postgres(pool) = &hub.db {
            sqlx::query("VACUUM (ANALYZE)").execute(&**pool).await.unwrap();
        }
        hub
    }

    async fn journal(&self) -> Journal {
        Journal::open_marked(
            self.db.write_everywhere().await.unwrap(),
            &marks(),
            self.scene.hub,
            None,
            Clock::System.now(),
        )
        .await
        .unwrap()
    }

    async fn read(&self) -> Tx {
        self.db.read_everywhere().await.unwrap()
    }

    /// Books so many at once; requests of the teachers themselves, or bookings of the hub.
    async fn book(&mut self, count: usize, requests: bool) -> Vec<BookingId> {
        let delegates = SCHOOLS * self.scene.schools[0].teachers.len();
        let commands: Vec<Command> = (self.made..self.made + count)
            .map(|n| {
                let delegate = n % delegates;
                let person = self.scene.schools[delegate % SCHOOLS].teachers[delegate / SCHOOLS];
                let event = self.scene.events[(n / delegates + n * 7) % EVENTS];
                let reach = if requests { Reach::Own } else { Reach::Hub };
                Command {
                    actor: Actor { person: Some(person), reach },
                    what: What::Book { event, delegate: person, allow_clash: false },
                    shown: None,
                }
            })
            .collect();
        self.made += count;
        let mut journal = self.journal().await;
        let outcomes = bookings::perform(&mut journal, &commands).await.unwrap();
        journal.commit().await.unwrap();
        outcomes.into_iter().map(|outcome| outcome.unwrap().booking.unwrap().booking.id).collect()
    }

    async fn measure(&mut self) -> Measured {
        let requested = self.book(SLICE, true).await;
        let approval = self.each(&requested, What::Approve).await;
        let cancel = |booking| What::Cancel { booking, dry_run: false, quote: None };
        let cancellation = self.each(&requested, cancel).await;
        let close = self.close().await;
        vec![("approval", "ms", approval), ("cancellation", "ms", cancellation), ("year close", "ms", close)]
    }

    /// The mean time of a command for each of these bookings, in a transaction of its own, in milliseconds.
    async fn each(&self, bookings: &[BookingId], what: impl Fn(BookingId) -> What) -> f64 {
        let began = Instant::now();
        for booking in bookings {
            let actor = Actor { person: None, reach: Reach::Hub };
            let mut journal = self.journal().await;
            bookings::perform_one(&mut journal, actor, what(*booking)).await.unwrap().unwrap();
            journal.commit().await.unwrap();
        }
        began.elapsed().as_secs_f64() * 1000.0 / bookings.len() as f64
    }

    /// How long the year's close takes on its last day, in milliseconds; it is given up.
    async fn close(&self) -> f64 {
        let (carry, at) = (Carry::Percent(10), london_midnight(year().last_day()));
        let rule = Rule { carry, earned_carry: carry, open_holds: OpenHolds::FollowTheRule };
        let began = Instant::now();
        for _ in 0..3 {
            let tx = self.db.write_everywhere().await.unwrap();
            let mut journal = Journal::open_marked(tx, &marks(), self.scene.hub, None, at).await.unwrap();
            year_close::close(&mut journal, year(), rule, None).await.unwrap();
            journal.release().await.unwrap();
        }
        began.elapsed().as_secs_f64() * 1000.0 / 3.0
    }
}
