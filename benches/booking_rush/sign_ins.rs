//! What bookings make of sign-ins: a modest, steady load of bookings, the same with and without so many people who sign in
//! by a password over and over, in turns, on both engines.
//!
//! `cargo bench --bench booking_rush -- --sign-ins 200`, or `… --sign-ins 200 5 20` for five rounds of twenty seconds a
//! measurement. Every one of them is a school's lead with a right password, behind a proxy, at an address of their own; all
//! who sign in wait for their turn, so that as many are under way the whole time. Passwords cost what they do by default.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hub_credits::base::clock::Clock;
use hub_credits::base::config;
use hub_credits::base::db::Db;
use hub_credits::base::hashing::Hashing;
use hub_credits::base::text::Email;
use hub_credits::members::logins::{self, passwords};
use hub_credits::members::people;

use crate::load::{self, Seen};
use crate::support::{Engine, PASSWORD};
use crate::{Side, Size, book};

/// Clients who book, and how often each does.
const CLIENTS: usize = 32;
const EVERY: Duration = Duration::from_millis(200);

/// With people enough for whoever signs in, and events that no measurement runs out of.
const MODEST: Size = Size { schools: 250, teachers: 20, events: 100 };

/// How long the sign-ins go on before bookings are measured, and bookings before all.
const SETTLING: Duration = Duration::from_secs(1);

/// What was measured, by name.
type Figures = BTreeMap<String, Vec<f64>>;

/// Measures and prints it.
pub async fn measure(at_once: usize, rounds: u64, time: Duration) {
    assert!((1..=MODEST.schools).contains(&at_once), "as many sign in as there are leads: 1 to {}", MODEST.schools);
    let mut sides = Vec::new();
    for (engine, name) in [(Engine::Postgres, "pg"), (Engine::Sqlite, "sqlite")] {
        let side = Side::start(engine, name, &MODEST, &["--trusted-proxy", "127.0.0.1"]).await;
        side.give_passwords(at_once).await;
        side.book_steadily(SETTLING).await;
        side.analyse().await;
        sides.push(side);
    }
    let mut figures = Figures::new();
    for round in 0..rounds {
        eprintln!("round {} of {rounds}", round + 1);
        for side in &sides {
            // Which comes first alternates.
            for with in [round % 2 == 1, round % 2 == 0] {
                side.steady(&mut figures, if with { at_once } else { 0 }, time).await;
            }
        }
    }
    report(&figures, at_once);
}

impl Side {
    /// Gives leads a password, and lets them in.
    async fn give_passwords(&self, count: usize) {
        let cost = config::Given::default().complete().unwrap().passwords;
        // One hash for all: checking it takes as long for each.
        let hash = Hashing::new(cost).turn().await.unwrap().hash(PASSWORD).await.unwrap();
        let (db, now) = (Db::connect(&self.database.url, 1).await.unwrap(), Clock::System.now());
        let mut tx = db.write_everywhere().await.unwrap();
        for (nth, school) in self.scene.schools.iter().take(count).enumerate() {
            let login = logins::of_address(&mut tx, &Email::parse(&address(nth)).unwrap(), now).await.unwrap();
            passwords::set(&mut tx, &login, &hash, now, None).await.unwrap();
            people::signed_in(&mut tx, self.scene.hub, school.lead, now).await.unwrap();
        }
        tx.commit().await.unwrap();
        db.close().await;
    }

    /// The load of bookings while so many sign in.
    async fn steady(&self, figures: &mut Figures, signing_in: usize, time: Duration) {
        let (stop, began) = (Arc::new(AtomicBool::new(false)), Instant::now());
        let sign_ins = load::until(&self.process.address, signing_in, stop.clone(), sign_in);
        let bookings = async {
            tokio::time::sleep(if signing_in > 0 { SETTLING } else { Duration::ZERO }).await;
            let seen = self.book_steadily(time).await;
            stop.store(true, Ordering::Relaxed);
            seen
        };
        let (seen, answers) = tokio::join!(bookings, sign_ins);
        let seconds = began.elapsed().as_secs_f64();
        let signed_in = answers.get(&200).copied().unwrap_or(0) as f64 / seconds;
        assert!(answers.keys().all(|status| *status == 200), "sign-ins were answered {answers:?}");
        let what = if signing_in > 0 { "with" } else { "without" };
        eprintln!(
            "  {:<7}{what:<8}{:>7.0} bookings/s  p50 {:>7.2} ms  p99 {:>7.2} ms  {signed_in:>6.1} sign-ins/s",
            self.name,
            seen.rate,
            seen.p50 / 1000.0,
            seen.p99 / 1000.0
        );
        for (figure, value) in [("rate", seen.rate), ("p50", seen.p50), ("p99", seen.p99), ("sign_ins", signed_in)] {
            figures.entry(format!("{}_{what}_{figure}", self.name)).or_default().push(value);
        }
    }

    async fn book_steadily(&self, time: Duration) -> Seen {
        let (scene, tokens, next) = (self.scene.clone(), self.tokens.clone(), self.spread.clone());
        let Size { schools, teachers, events } = MODEST;
        load::paced(&self.process.address, CLIENTS, EVERY, time, 201, move |_, text| {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let delegates = schools * teachers;
            assert!(n < delegates * events, "more bookings than places for delegates: make the time shorter");
            book(&scene, &tokens, n % delegates, (n / delegates + n * 7) % events, n, text);
        })
        .await
    }
}

/// The address of the n-th lead.
fn address(nth: usize) -> String {
    format!("lead.{nth}@hub.example")
}

fn sign_in(nth: usize) -> String {
    let body = format!("{{\"email\":\"{}\",\"password\":\"{PASSWORD}\"}}", address(nth));
    format!(
        "POST /v1/auth/login HTTP/1.1\r\nHost: hub\r\nX-Forwarded-For: 203.0.113.{nth}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn report(figures: &Figures, at_once: usize) {
    let median = |name: String| {
        let mut values = figures.get(&name).unwrap_or_else(|| panic!("no {name}")).clone();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!(
        "{:<10}{:<22}{:>12}{:>10}{:>10}{:>13}",
        "engine", "sign-ins under way", "bookings/s", "p50 ms", "p99 ms", "sign-ins/s"
    );
    let mut ratios = String::new();
    for side in ["pg", "sqlite"] {
        let of = |what: &str, figure: &str| median(format!("{side}_{what}_{figure}"));
        for (what, count) in [("without", 0), ("with", at_once)] {
            let (p50, p99) = (of(what, "p50") / 1000.0, of(what, "p99") / 1000.0);
            let (rate, sign_ins) = (of(what, "rate"), of(what, "sign_ins"));
            println!("{side:<10}{count:<22}{rate:>12.0}{p50:>10.2}{p99:>10.2}{sign_ins:>13.1}");
        }
        for figure in ["p50", "p99", "rate"] {
            let ratio = of("with", figure) / of("without", figure);
            ratios.push_str(&format!("{side}_{figure}_ratio={ratio:.2} "));
        }
    }
    println!("{}", ratios.trim_end());
}
