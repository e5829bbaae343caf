//! A statement of fifty thousand postings, and of a tenth of them: how long it takes the service to make it, to pay it, to
//! send its lines, its workbook and its paper, and how much memory that takes it at most.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use hub_credits::base::auth::{Keys, Subject};
use hub_credits::base::clock::{Clock, london_date};
use hub_credits::base::credits::{Amount, Credits};
use hub_credits::base::db::Db;
use hub_credits::base::ids::{HubId, PartnerId};
use hub_credits::base::text::Line;
use hub_credits::credits::adjustments::{self, NewAdjustment, Target};
use hub_credits::ledger::{Journal, Side};
use hub_credits::members::partners;
use serde_json::json;

use super::commissions::paid_for_today;
use super::support::{Client, Engine, Process, Scene};

/// How many lines a statement has, where the command line says nothing else.
pub const SIZES: [usize; 2] = [5_000, 50_000];
const AT_ONCE: usize = 250;

/// Measures each size in a service of its own, and prints times and memory.
pub async fn measure(engine: Engine, name: &str, sizes: &[usize]) {
    println!("\n{name}: a statement, in seconds, and the memory of the service in MiB");
    let heads = ["lines", "make", "pay", "CSV", "XLSX", "PDF", "at start", "made", "paid", "CSV", "XLSX", "PDF"];
    heads.iter().for_each(|head| print!("{head:>10}"));
    println!();
    for size in sizes {
        let Some(database) = engine.new_database() else { return };
        let place = database.place();
        let keys = Keys::open(&place.keys()).unwrap();
        let db = Db::connect(&database.url, 2).await.unwrap();
        let scene = Scene::make_for(&db, &keys.marks(), 1, 0, &[]).await;
        let partner = owed(&db, &keys, scene.hub, *size).await;
        if let Db::Postgres(pool) = &db {
            sqlx::query("VACUUM (ANALYZE)").execute(&**pool).await.unwrap();
        }
        db.close().await;
        let now = Clock::System.now();
        let token = keys.issue(Subject::Person(scene.hub, scene.manager), now, TimeDelta::hours(12)).unwrap();
        let process = Process::start_quiet(&place);
        let http = reqwest::Client::builder().timeout(Duration::from_secs(600)).no_proxy().build().unwrap();
        let manager = Client::new(http, process.address.clone()).with_token(token);
        let most = || process.memory("VmHWM").unwrap_or_default() / (1 << 20);
        let (mut times, mut memory) = (Vec::new(), vec![most()]);
        let path = format!("/v1/partners/{}/settlements", partner.0);
        let began = Instant::now();
        let made = manager.post(&path, json!({ "up_to": london_date(now) })).await.created();
        times.push(began.elapsed());
        memory.push(most());
        let path = format!("/v1/settlements/{}", made["id"].as_str().unwrap());
        let began = Instant::now();
        manager.post(&format!("{path}/payments"), json!({ "bank_reference": "BACS 1" })).await.created();
        times.push(began.elapsed());
        memory.push(most());
        let lines = format!("{path}/lines");
        for request in [manager.get(&lines).as_csv(), manager.get(&path).as_xlsx(), manager.get(&path).as_pdf()] {
            let began = Instant::now();
            let reply = request.await;
            times.push(began.elapsed());
            assert_eq!(reply.status, 200, "{reply}");
            memory.push(most());
        }
        print!("{size:>10}");
        times.iter().for_each(|time| print!("{:>10.2}", time.as_secs_f64()));
        memory.iter().for_each(|most| print!("{most:>10}"));
        println!();
    }
}

/// A partner to whom so many postings are owed.
async fn owed(db: &Db, keys: &Keys, hub: HubId, size: usize) -> PartnerId {
    let open = async || {
        let tx = db.write(hub).await.unwrap();
        Journal::open_marked(tx, &keys.marks(), hub, None, Clock::System.now()).await.unwrap()
    };
    let mut journal = open().await;
    paid_for_today(&mut journal).await;
    let partner = partners::create(&mut journal, Line::parse("Language Line").unwrap()).await.unwrap().id;
    for n in 0..size {
        let new = NewAdjustment {
            year: None,
            target: Target::Payable(partner),
            side: Side::Credit,
            amount: Amount::new(Credits::from_hundredths(1 + n as i64 % 10_000)).unwrap(),
            reason: Line::parse(&format!("Course {n} of the partner, as it was agreed")).unwrap(),
            effective_on: None,
            corrects: None,
        };
        adjustments::adjust(&mut journal, &new).await.unwrap();
        if n % AT_ONCE == AT_ONCE - 1 {
            journal.commit().await.unwrap();
            journal = open().await;
        }
    }
    journal.commit().await.unwrap();
    partner
}
