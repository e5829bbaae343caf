//! What the lists of commissions and a round cost with a hundred and with ten thousand commissions in the hub: made by the
//! service's own code, read as a request and a round read them. Most are completed; of the rest some wait for a quote,
//! some for an answer, and some are under way.

use std::time::Instant;

use chrono::{DateTime, Days, TimeDelta, Utc};
use hub_credits::base::clock::{Clock, london_date};
use hub_credits::base::credits::{Amount, Credits};
use hub_credits::base::db::Db;
use hub_credits::base::ids::{HubId, SchoolId};
use hub_credits::base::text::{Day, Line};
use hub_credits::base::year::AcademicYear;
use hub_credits::credits::top_ups::{self, NewTopUp};
use hub_credits::ledger::Journal;
use hub_credits::members::{schools, years};
use hub_credits::support::commissions::{self, Delivery, Filter, NewCommission, NewQuote, Party, Reach, State, due};
use serde_json::json;

use super::support::{Engine, Scene, marks};

/// How many commissions a hub has, where the command line says nothing else.
pub const SIZES: [usize; 2] = [100, 10_000];
const SCHOOLS: usize = 50;
const AT_ONCE: usize = 50;
/// How often each is asked of each hub, one here and one there.
const TIMES: usize = 200;
const PAGE: i64 = 51;

/// What is asked.
#[derive(Clone, Copy)]
enum Asked {
    List(&'static str, Reach, Filter),
    /// Whether a round has anything to do: it has not.
    Nothing,
    /// A slice of a round, with as much to do in each hub; it is given up.
    Slice,
}

impl Asked {
    fn name(self) -> &'static str {
        match self {
            Asked::List(name, ..) => name,
            Asked::Nothing => "a round, nothing due",
            Asked::Slice => "a round, 10 are silent",
        }
    }
}

/// A hub with commissions.
struct Hub {
    db: Db,
    hub: HubId,
    asked: Vec<Asked>,
}

/// Measures both sizes, and prints the medians with the ratio to the smallest hub.
pub async fn measure(engine: Engine, name: &str, sizes: &[usize]) {
    let Some(databases) = sizes.iter().map(|_| engine.new_database()).collect::<Option<Vec<_>>>() else { return };
    let mut hubs = Vec::new();
    for (size, database) in sizes.iter().zip(&databases) {
        hubs.push(Hub::grown(Db::connect(&database.url, 2).await.unwrap(), *size).await);
    }
    println!("\n{name}: commissions in ms, rows of a page after each list, ratio to the smallest in brackets");
    print!("{:<24}", "commissions in the hub");
    sizes.iter().for_each(|size| print!("{size:>22}"));
    println!();
    for at in 0..hubs[0].asked.len() {
        // As many rows from each, or the longer page would be what is measured.
        let rows = hubs[0].rows(at, PAGE).await;
        let mut times = vec![Vec::new(); hubs.len()];
        for _ in 0..TIMES {
            for (hub, times) in hubs.iter().zip(&mut times) {
                times.push(hub.time_of(at, rows).await);
            }
        }
        let medians: Vec<f64> = times
            .into_iter()
            .map(|mut times| {
                times.sort_by(f64::total_cmp);
                times[times.len() / 2]
            })
            .collect();
        print!("{:<24}", format!("{}{}", hubs[0].asked[at].name(), of_rows(rows)));
        medians.iter().for_each(|time| print!("{:>22}", format!("{time:.2} ({:.2})", time / medians[0])));
        println!();
    }
    for hub in hubs {
        hub.db.close().await;
    }
}

fn of_rows(rows: i64) -> String {
    if rows == 0 { String::new() } else { format!(" ({rows})") }
}

async fn open(db: &Db, hub: HubId, now: DateTime<Utc>) -> Journal {
    Journal::open_marked(db.write(hub).await.unwrap(), &marks(), hub, None, now).await.unwrap()
}

/// The year of today open, and every school with a million credits in it.
pub async fn paid_for_today(journal: &mut Journal) -> Vec<SchoolId> {
    let (hub, year) = (journal.hub(), AcademicYear::of(journal.today()).unwrap());
    if years::require_open(journal.tx(), hub, year).await.is_err() {
        years::open(journal, year).await.unwrap();
    }
    let all = schools::list(journal.tx(), hub, &schools::Filter::default(), None, 1_000).await.unwrap();
    for school in &all {
        let amount = Amount::new(Credits::parse("1000000").unwrap()).unwrap();
        let invoice_reference = Line::parse(&format!("Support of {}", school.id)).unwrap();
        let new = NewTopUp { school: school.id, year: Some(year), amount, invoice_reference, price: None };
        top_ups::sell(journal, &new).await.unwrap();
    }
    all.into_iter().map(|school| school.id).collect()
}

impl Hub {
    async fn grown(db: Db, size: usize) -> Hub {
        let scene = Scene::make(&db, SCHOOLS, 0, &[]).await;
        let (hub, now) = (scene.hub, Clock::System.now());
        let mut journal = open(&db, hub, now).await;
        let schools = paid_for_today(&mut journal).await;
        for n in 0..size {
            one(&mut journal, &schools, n, size).await;
            if n % AT_ONCE == AT_ONCE - 1 {
                journal.commit().await.unwrap();
                journal = open(&db, hub, now).await;
            }
        }
        journal.commit().await.unwrap();
        // What the server does by itself once a minute.
        if let Db::Postgres(pool) = &db {
            sqlx::query("VACUUM (ANALYZE)").execute(&**pool).await.unwrap();
        }
        let (lead, every) = (Reach::School(schools[7]), Filter::default());
        let asked = vec![
            Asked::List("a lead's", lead, every),
            Asked::List("a lead's as buyer", lead, Filter { party: Some(Party::Buyer), ..every }),
            Asked::List(
                "a lead's to deliver",
                lead,
                Filter { party: Some(Party::Provider), state: Some(State::Agreed), ..every },
            ),
            Asked::List("a lead's to agree", Reach::School(schools[3]), Filter { state: Some(State::Quoted), ..every }),
            Asked::List("the hub's", Reach::Hub, every),
            Asked::List("the hub's waiting", Reach::Hub, Filter { state: Some(State::Requested), ..every }),
            Asked::List("the hub's of a school", Reach::Hub, Filter { school: Some(schools[7]), ..every }),
            Asked::Nothing,
            Asked::Slice,
        ];
        Hub { db, hub, asked }
    }

    /// How many rows a page of this list has, of so many at most.
    async fn rows(&self, at: usize, most: i64) -> i64 {
        let Asked::List(what, reach, filter) = self.asked[at] else { return 0 };
        let mut tx = self.db.read(self.hub).await.unwrap();
        let page = commissions::list(&mut tx, self.hub, reach, filter, None, most).await.unwrap();
        assert!(!page.is_empty(), "{what}");
        i64::try_from(page.len()).unwrap()
    }

    /// The time of it, in milliseconds; of a list with so many rows.
    async fn time_of(&self, at: usize, rows: i64) -> f64 {
        let now = Clock::System.now();
        let began = Instant::now();
        match self.asked[at] {
            Asked::List(what, ..) => assert_eq!(self.rows(at, rows).await, rows, "{what}"),
            Asked::Nothing => {
                let mut tx = self.db.read(self.hub).await.unwrap();
                assert!(!due::anything_due(&mut tx, self.hub, now).await.unwrap());
            }
            Asked::Slice => {
                let mut journal = open(&self.db, self.hub, now + TimeDelta::days(25)).await;
                due::lapse(&mut journal).await.unwrap();
                journal.release().await.unwrap();
            }
        }
        began.elapsed().as_secs_f64() * 1000.0
    }
}

/// The n-th commission: the last ten wait for silence, and of every twenty one for a quote, one for agreement and one to
/// be delivered; the others are completed.
async fn one(journal: &mut Journal, schools: &[SchoolId], n: usize, size: usize) {
    let (buyer, provider) = (schools[n % SCHOOLS], schools[(n + 1 + n / SCHOOLS % (SCHOOLS - 1)) % SCHOOLS]);
    let today = london_date(journal.now());
    let day = |days| Day(today + Days::new(days));
    let new: NewCommission = read(&json!({
        "title": format!("Support {n}"), "provider_school_id": provider, "answer_by": day(60).0,
    }));
    let commission = commissions::request(journal, buyer, &new).await.unwrap().id;
    let stage = if n + 10 >= size { 3 } else { n * 7 % 20 };
    if stage == 0 {
        return;
    }
    let milestone = json!({ "title": "A part of it", "due_on": day(90).0, "price": "1.00" });
    let quote: NewQuote = read(&json!({ "valid_until": day(60).0, "milestones": [milestone, milestone] }));
    let (buying, providing) = (Reach::School(buyer), Reach::School(provider));
    let quote = commissions::quote(journal, providing, commission, &quote).await.unwrap().quote.id;
    if stage == 1 {
        return;
    }
    commissions::agree(journal, buying, commission, quote).await.unwrap();
    if stage == 2 {
        return;
    }
    for number in [1, 2] {
        commissions::deliver(journal, providing, commission, number, &Delivery::default()).await.unwrap();
        if stage == 3 && n + 10 >= size {
            return;
        }
        commissions::accept(journal, buying, commission, number, None).await.unwrap();
    }
}

fn read<T: for<'de> eserde::EDeserialize<'de>>(body: &serde_json::Value) -> T {
    eserde::json::from_str(&body.to_string()).unwrap()
}
