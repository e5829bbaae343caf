//! What a page of the directory costs by each of its filters, with a thousand, ten thousand and a hundred thousand offers
//! in the hub: made by the service's own code, read as a request reads them. A word of twenty offers, however many there
//! are, is searched for beside those that are in a part of them.

use std::time::Instant;

use chrono::{Days as CalendarDays, NaiveDate};
use hub_credits::base::clock::{Clock, london_date};
use hub_credits::base::days::Days;
use hub_credits::base::db::Db;
use hub_credits::base::ids::{HubId, PriorityId};
use hub_credits::base::text::{Line, Prose};
use hub_credits::base::year::AcademicYear;
use hub_credits::ledger::Journal;
use hub_credits::members::schools::{self, Phase};
use hub_credits::programme::programmes::{Provider, priorities};
use hub_credits::support::offers::directory::{self, Filter};
use hub_credits::support::offers::{self, Details, Kind, NewDays, NewOffer, Phases, Sight, Status};

use super::support::{Engine, Scene, marks};

/// How many offers a hub has, where the command line says nothing else.
pub const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const SCHOOLS: usize = 10;
const SUBJECTS: [&str; 10] =
    ["Maths", "Physics", "French", "Drama", "History", "Music", "Chemistry", "Art", "Biology", "Latin"];
/// How many offers have a word of their own.
const RARE: usize = 20;
const AT_ONCE: usize = 250;
/// How many pages are read of each hub, one here and one there: what disturbs the machine disturbs all of them.
const PAGES: usize = 200;
const PAGE: i64 = 51;

/// A hub with offers.
struct Directory {
    db: Db,
    hub: HubId,
    asked: Vec<(&'static str, Filter)>,
}

/// Measures both engines, and prints the medians with the ratio to the smallest hub.
pub async fn measure(engine: Engine, name: &str, sizes: &[usize]) {
    let Some(databases) = sizes.iter().map(|_| engine.new_database()).collect::<Option<Vec<_>>>() else { return };
    let mut hubs = Vec::new();
    for (size, database) in sizes.iter().zip(&databases) {
        hubs.push(Directory::grown(Db::connect(&database.url, 2).await.unwrap(), *size).await);
    }
    println!("\n{name}: a page of the directory in ms, ratio to the smallest in brackets");
    print!("{:<24}", "offers in the hub");
    sizes.iter().for_each(|size| print!("{size:>22}"));
    println!();
    for at in 0..hubs[0].asked.len() {
        let mut times = vec![Vec::new(); hubs.len()];
        for _ in 0..PAGES {
            for (hub, times) in hubs.iter().zip(&mut times) {
                times.push(hub.time_of(at).await);
            }
        }
        let medians: Vec<f64> = times
            .into_iter()
            .map(|mut times| {
                times.sort_by(f64::total_cmp);
                times[times.len() / 2]
            })
            .collect();
        print!("{:<24}", hubs[0].asked[at].0);
        medians.iter().for_each(|time| print!("{:>22}", format!("{time:.2} ({:.2})", time / medians[0])));
        println!();
    }
    for hub in hubs {
        hub.db.close().await;
    }
}

impl Directory {
    async fn grown(db: Db, size: usize) -> Directory {
        let scene = Scene::make(&db, SCHOOLS, 1, &[]).await;
        let today = london_date(Clock::System.now());
        let year = AcademicYear::of(today).unwrap();
        let mut journal = open(&db, scene.hub).await;
        let mut reading = Vec::new();
        for n in 0..10 {
            reading.push(priorities::create(&mut journal, line(&format!("Priority {n}"))).await.unwrap().id);
        }
        let filter = schools::Filter::default();
        let schools = schools::list(journal.tx(), scene.hub, &filter, None, 100).await.unwrap();
        let schools: Vec<Provider> = schools.into_iter().map(|school| Provider::School(school.id)).collect();
        for n in 0..size {
            let provider = schools[n / 7 % SCHOOLS];
            let offer = offers::create(&mut journal, new(n, size, provider, &reading, today, year)).await.unwrap();
            if n % 10 == 9 {
                offers::set_status(&mut journal, offer.id, Status::Paused).await.unwrap();
            }
            if n % AT_ONCE == AT_ONCE - 1 {
                journal.commit().await.unwrap();
                journal = open(&db, scene.hub).await;
            }
        }
        journal.commit().await.unwrap();
        // What the server does by itself once a minute.
        if let Db::Postgres(pool) = &db {
            sqlx::query("VACUUM (ANALYZE)").execute(&**pool).await.unwrap();
        }
        let every = Filter::default;
        let text = |text: &str| Some(line(text));
        let asked = vec![
            ("all", every()),
            ("a common word", Filter { text: text("practice"), ..every() }),
            ("a rare word", Filter { text: text("quince"), ..every() }),
            ("kind", Filter { kind: Some(Kind::Facility), ..every() }),
            ("phase", Filter { phase: Some(Phase::Primary), ..every() }),
            ("subject", Filter { subject: text("maths"), ..every() }),
            ("priority", Filter { priority: Some(reading[3]), ..every() }),
            ("provider", Filter { provider: Some(schools[3]), ..every() }),
            ("place", Filter { place: text("ealing"), ..every() }),
            ("status", Filter { status: Some(Status::Paused), ..every() }),
            ("a day", Filter { available_on: today.checked_add_days(CalendarDays::new(20)), ..every() }),
            ("days left", Filter { days_left: Some((year, Days::from_half_days(14))), ..every() }),
            ("kind and place", Filter { kind: Some(Kind::Expertise), place: text("ealing"), ..every() }),
        ];
        Directory { db, hub: scene.hub, asked }
    }

    /// The time of a page, in milliseconds.
    async fn time_of(&self, at: usize) -> f64 {
        let (what, filter) = &self.asked[at];
        let began = Instant::now();
        let mut tx = self.db.read_everywhere().await.unwrap();
        let page = directory::list(&mut tx, self.hub, Sight::All, filter, None, PAGE).await.unwrap();
        drop(tx);
        let time = began.elapsed();
        assert!(page.len() >= RARE / 2, "{what}: {}", page.len());
        time.as_secs_f64() * 1000.0
    }
}

async fn open(db: &Db, hub: HubId) -> Journal {
    Journal::open_marked(db.write_everywhere().await.unwrap(), &marks(), hub, None, Clock::System.now()).await.unwrap()
}

fn line(text: &str) -> Line {
    Line::parse(text).unwrap()
}

/// The n-th offer: whatever it is found by is spread over all of them.
fn new(
    n: usize,
    size: usize,
    provider: Provider,
    ids: &[PriorityId],
    today: NaiveDate,
    year: AcademicYear,
) -> NewOffer {
    let rare = if n.is_multiple_of(size / RARE) { " and quince" } else { "" };
    let word = ["practice", "enquiry", "rehearsal", "revision"][n / 3 % 4];
    let kind = Kind::ALL[n % 3];
    let days = if n.is_multiple_of(2) {
        vec![NewDays { year, offered: Days::from_half_days(n as i64 % 40) }]
    } else {
        Vec::new()
    };
    NewOffer {
        kind,
        provider,
        details: Details {
            title: line(&format!("{} with {word}{rare}", SUBJECTS[n / 11 % 10])),
            description: Prose::parse("What we do in our own classrooms, shown in yours").unwrap(),
            phases: Phases::new(vec![Phase::ALL[n / 5 % 4], Phase::Secondary]),
            subject: Some(line(SUBJECTS[n / 11 % 10])),
            place: Some(line(["Ealing", "Acton", "Hounslow", "Southall"][n / 13 % 4])),
            available_from: today,
            available_to: today + chrono::TimeDelta::days(10 + n as i64 % 90),
            specialist_kind: None,
            full_day: None,
            half_day: None,
            available_when: None,
            for_whom: None,
            what_for: None,
            aims: None,
            who_may_join: None,
            how_often: None,
            impact: None,
        },
        priority_ids: vec![ids[n / 17 % 10]],
        days,
    }
}
