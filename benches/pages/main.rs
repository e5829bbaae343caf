//! Pages: the time of the service for a page, beside that of the call of the API with the same in it, at one client and at
//! 64, on SQLite and, where it is found, a private PostgreSQL.
//!
//! `cargo bench --bench pages`, or `cargo bench --bench pages -- 5 2` for five rounds of two seconds a measurement. The
//! two are asked in turn, so that what disturbs the machine disturbs both; medians. A page is compressed and has the
//! whole of what stands around it; the answer of the API is neither.
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

use std::time::Duration;

use chrono::TimeDelta;
use hub_credits::base::auth::{Keys, Proven, Subject};
use hub_credits::base::clock::Clock;
use hub_credits::base::config::SessionTimes;
use hub_credits::base::db::Db;
use hub_credits::base::ids::PersonId;
use hub_credits::booking::bookings::{self, Actor, Command, Reach, What};
use hub_credits::ledger::{self, AccountFilter, AccountKind, Journal};
use hub_credits::members::logins::{self, Entry, Means, Origin};
use hub_credits::members::people;
use support::{Database, Engine, Process, Scene, marks};

const SCHOOLS: usize = 60;
const TEACHERS: usize = 20;
const EVENTS: usize = 200;
/// How many places everybody has.
const PLACES: usize = 4;
const CLIENTS: [usize; 2] = [1, 64];

/// Who asks.
#[derive(Clone, Copy)]
enum Who {
    Manager,
    Lead,
    Teacher,
}

/// The pages, each with who asks for it, and the call behind it. `EVENT`, `SCHOOL`, `ACCOUNT` and `TRANSACTION` stand for
/// one of these.
const PAGES: &[(&str, Who, &str, &str)] = &[
    ("home", Who::Teacher, "/", "/v1/me/notices"),
    ("catalogue", Who::Teacher, "/catalogue", "/v1/events"),
    ("event", Who::Teacher, "/events/EVENT", "/v1/events/EVENT"),
    ("my places", Who::Teacher, "/places", "/v1/me/bookings"),
    ("to approve", Who::Lead, "/approvals", "/v1/approvals"),
    ("people", Who::Lead, "/schools/SCHOOL/people", "/v1/people"),
    ("our credits", Who::Lead, "/schools/SCHOOL/credits", "/v1/schools/SCHOOL/wallet"),
    ("transactions", Who::Manager, "/ledger", "/v1/transactions"),
    ("a transaction", Who::Manager, "/ledger/transactions/TRANSACTION", "/v1/transactions/TRANSACTION"),
    ("a statement", Who::Manager, "/ledger/accounts/ACCOUNT", "/v1/accounts/ACCOUNT/entries"),
    ("trial balance", Who::Manager, "/ledger/trial-balance", "/v1/ledger/trial-balance"),
    ("settings", Who::Manager, "/settings", "/v1/hub"),
    ("audit", Who::Manager, "/audit", "/v1/audit"),
];

/// Somebody with a token for the API and a cookie for the pages.
struct Caller {
    token: String,
    cookie: String,
}

/// A service, and those who ask it.
struct Side {
    name: &'static str,
    process: Process,
    callers: [Caller; 3],
    names: [(&'static str, String); 4],
    _database: Database,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    // Run as a test, it has nothing to say.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let mut numbers = arguments.iter().filter_map(|argument| argument.parse::<u64>().ok());
    let (rounds, seconds) = (numbers.next().unwrap_or(3), numbers.next().unwrap_or(1));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut worst = Vec::new();
        for (engine, name) in [(Engine::Sqlite, "sqlite"), (Engine::Postgres, "pg")] {
            let Some(database) = engine.new_database() else { continue };
            let side = Side::start(database, name).await;
            worst.extend(side.measure(rounds, Duration::from_secs(seconds)).await);
        }
        println!("\n{}", worst.join(" "));
    });
}

impl Side {
    async fn start(database: Database, name: &'static str) -> Side {
        eprintln!("{name}: {SCHOOLS} schools, {} people, {EVENTS} events", SCHOOLS * (TEACHERS + 1));
        let db = Db::connect(&database.url, 2).await.unwrap();
        let scene = Scene::make(&db, SCHOOLS, TEACHERS, &[10_000; EVENTS]).await;
        book(&db, &scene).await;
        let keys = Keys::open(&database.place().keys()).unwrap();
        let staff = &scene.schools[0];
        let mut callers = Vec::new();
        for person in [scene.manager, staff.lead, staff.teachers[0]] {
            callers.push(Caller::of(&db, &keys, &scene, person).await);
        }
        let mut tx = db.read_everywhere().await.unwrap();
        let school = people::get(&mut tx, scene.hub, staff.lead).await.unwrap().unwrap().school_id.unwrap();
        let filter =
            AccountFilter { kind: Some(AccountKind::Wallet), school: Some(school), ..AccountFilter::default() };
        let account = ledger::accounts(&mut tx, scene.hub, filter, None, 1).await.unwrap().pop().unwrap().id;
        let transaction = ledger::transactions(&mut tx, scene.hub, None, 100, 1).await.unwrap().pop().unwrap().id;
        drop(tx);
        if let Db::Postgres(pool) = &db {
            sqlx::query("VACUUM (ANALYZE)").execute(&**pool).await.unwrap();
        }
        db.close().await;
        Side {
            name,
            process: Process::start_quiet(&database.place()),
            callers: callers.try_into().unwrap_or_else(|_| panic!("three callers")),
            names: [
                ("EVENT", scene.events[0].to_string()),
                ("SCHOOL", school.to_string()),
                ("ACCOUNT", account.to_string()),
                ("TRANSACTION", transaction.to_string()),
            ],
            _database: database,
        }
    }

    /// Measures every page that there is, and prints what came of it; the worst ratio of each number of clients.
    async fn measure(&self, rounds: u64, time: Duration) -> Vec<String> {
        let width = CLIENTS.len();
        println!("\n{}: time of half of the answers, in ms", self.name);
        print!("{:<16}", "");
        CLIENTS.iter().for_each(|clients| print!("{:>30}", format!("{clients} clients: page, call (ratio)")));
        println!();
        let mut worst = vec![0.0_f64; width];
        for (name, who, page, call) in PAGES {
            let (page, call) = (self.request(*who, page, true), self.request(*who, call, false));
            if self.status(&page).await != 200 {
                println!("{name:<16}  there is no such page");
                continue;
            }
            print!("{name:<16}");
            for (at, clients) in CLIENTS.iter().enumerate() {
                let mut times = [Vec::new(), Vec::new()];
                for round in 0..=rounds {
                    for (of, request) in [&page, &call].into_iter().enumerate() {
                        let text = request.clone();
                        let seen =
                            load::run(&self.process.address, *clients, time, 200, move |_, sent| sent.push_str(&text));
                        let seen = seen.await;
                        // The first round only warms up.
                        if round > 0 {
                            times[of].push(seen.p50 / 1000.0);
                        }
                    }
                }
                let [page, call] = times.map(median);
                worst[at] = worst[at].max(page / call);
                print!("{:>30}", format!("{page:.2}, {call:.2} ({:.2})", page / call));
            }
            println!();
        }
        CLIENTS.iter().zip(worst).map(|(clients, worst)| format!("{}_{clients}_worst={worst:.2}", self.name)).collect()
    }

    fn request(&self, who: Who, path: &str, page: bool) -> String {
        let path = self.names.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value));
        let Caller { token, cookie } = &self.callers[who as usize];
        let proof = if page {
            format!("Cookie: hub_credits={cookie}\r\nAccept-Encoding: gzip\r\nAccept: text/html")
        } else {
            format!("Authorization: Bearer {token}")
        };
        format!("GET {path} HTTP/1.1\r\nHost: hub\r\n{proof}\r\n\r\n")
    }

    async fn status(&self, request: &str) -> u16 {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let address = self.process.address.trim_start_matches("http://");
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut begin = [0; 12];
        stream.read_exact(&mut begin).await.unwrap();
        std::str::from_utf8(&begin[9..]).unwrap().parse().unwrap()
    }
}

impl Caller {
    async fn of(db: &Db, keys: &Keys, scene: &Scene, person: PersonId) -> Caller {
        let now = Clock::System.now();
        let mut tx = db.write_everywhere().await.unwrap();
        let email = people::get(&mut tx, scene.hub, person).await.unwrap().unwrap().email;
        let login = logins::of_address(&mut tx, &email, now).await.unwrap();
        let entry = Entry { second_factor: true, ..Entry::from(Means::Operator) };
        let times = SessionTimes { unused: TimeDelta::days(1), longest: TimeDelta::days(1) };
        let begun = logins::begin(&mut tx, &login, entry, &Origin::default(), &times, now).await.unwrap();
        tx.commit().await.unwrap();
        let subject = Subject::Person(scene.hub, person);
        let cookie = Proven { subject, session: Some(begun.session) };
        Caller {
            token: keys.issue(subject, now, TimeDelta::hours(12)).unwrap(),
            cookie: keys.issue_to_browser(cookie, now, TimeDelta::hours(12)).unwrap(),
        }
    }
}

/// Everybody takes some places; of the first school, some wait for its lead.
async fn book(db: &Db, scene: &Scene) {
    let mut commands = Vec::new();
    for (number, staff) in scene.schools.iter().enumerate() {
        for (nth, teacher) in staff.teachers.iter().enumerate() {
            for place in 0..PLACES {
                let reach = if number == 0 && place == 0 { Reach::Own } else { Reach::Hub };
                let event = scene.events[(number * 7 + nth + place * 31) % EVENTS];
                let what = What::Book { event, delegate: *teacher, allow_clash: true };
                commands.push(Command { actor: Actor { person: Some(*teacher), reach }, what, shown: None });
            }
        }
    }
    for commands in commands.chunks(256) {
        let tx = db.write_everywhere().await.unwrap();
        let mut journal = Journal::open_marked(tx, &marks(), scene.hub, None, Clock::System.now()).await.unwrap();
        for outcome in bookings::perform(&mut journal, commands).await.unwrap() {
            outcome.unwrap();
        }
        journal.commit().await.unwrap();
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
