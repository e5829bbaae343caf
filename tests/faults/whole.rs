//! What touches every school of a hub at once, an allocation approved and a year closed, killed in the middle again
//! and again: all of it is there or nothing, and asked for again under its key it is done once.

use std::io::Read;
use std::time::Duration;

use chrono::TimeDelta;
use hub_credits::base::auth::{Keys, Subject};
use hub_credits::base::clock::{Clock, london_date};
use hub_credits::base::db::Db;
use hub_credits::base::text::{Email, Line};
use hub_credits::base::year::AcademicYear;
use hub_credits::ledger::Journal;
use hub_credits::members::hubs;
use hub_credits::members::people::{self, NewPerson, Post};
use hub_credits::members::schools::{self, Field, Mode, Options};
use hub_credits::members::years;
use serde_json::{Value, json};

use crate::proved;
use crate::support::{CENSUS, Client, Place, Process, Request};

/// How many schools: enough that there is a middle.
const SCHOOLS: usize = 2_000;
/// What is divided over them, and left to be carried over.
const POOL: &str = "60000.00";

/// The header and the first schools of England.
fn file() -> String {
    let packed = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/schools-england.csv.gz"));
    let mut file = String::new();
    flate2::read::GzDecoder::new(packed.unwrap()).read_to_string(&mut file).unwrap();
    file.split_inclusive('\n').take(SCHOOLS + 1).collect()
}

/// A hub with its schools, the year that is over open, and the one after it.
async fn prepare(place: &Place, year: AcademicYear) -> Client {
    let db = Db::connect(&place.database, 2).await.unwrap();
    db.migrate().await.unwrap();
    let now = Clock::System.now();
    let mut journal: Journal = hubs::create(&db, Line::parse("England").unwrap(), now).await.unwrap();
    for year in [year, year.after().unwrap()] {
        years::open(&mut journal, year).await.unwrap();
    }
    let (name, email) = (Line::parse("Mary Manager").unwrap(), Email::parse("mary@hub.example").unwrap());
    let manager = people::create(&mut journal, NewPerson { name, email, post: Post::HubManager }).await.unwrap().id;
    let column = |field, column: &str| (field, column.to_owned());
    let options = Options {
        mapping: vec![column(Field::LocalAuthority, "la_name"), column(Field::EstablishmentType, "school_type")],
        census_date: Some(CENSUS.parse().unwrap()),
    };
    schools::import_schools(&mut journal, file().as_bytes(), &options, Mode::All).await.unwrap();
    let hub = journal.hub();
    journal.commit().await.unwrap();
    db.close().await;
    let keys = Keys::open(&place.keys()).unwrap();
    let token = keys.issue(Subject::Person(hub, manager), now, TimeDelta::hours(2)).unwrap();
    let http = reqwest::Client::builder().timeout(Duration::from_secs(120)).no_proxy().build().unwrap();
    Client::new(http, String::new()).with_token(token)
}

/// The sum of the balances of a kind of account in a year, and how many accounts there are.
async fn sum(manager: &Client, kind: &str, year: AcademicYear) -> (String, i64) {
    let trial = manager.get("/v1/ledger/trial-balance").await.ok();
    let of = |line: &&Value| line["kind"] == kind && line["year"] == year.as_str();
    let line = trial["lines"].as_array().unwrap().iter().find(of).cloned();
    line.map_or_else(
        || ("0.00".to_owned(), 0),
        |line| (line["credit"].as_str().unwrap().to_owned(), line["accounts"].as_i64().unwrap()),
    )
}

/// Asks, kills the service a little later each time, and looks, until it is done; `is_done` panics where it is done by
/// half.
pub async fn killed_until_done(
    place: &Place,
    manager: &Client,
    ask: impl Fn(&Client) -> Request,
    is_done: impl AsyncFn(&Client) -> bool,
) {
    let (mut patience, mut killed) = (Duration::from_millis(8), 0);
    loop {
        assert!(patience < Duration::from_secs(120), "it is never done");
        let mut service = Process::start(place);
        let asked = tokio::spawn(ask(&manager.at_address(&service.address)).key("once").try_send());
        tokio::time::sleep(patience).await;
        service.kill();
        let answer = asked.await.unwrap();
        proved(place);
        let service = Process::start(place);
        let manager = manager.at_address(&service.address);
        if is_done(&manager).await {
            let again = ask(&manager).key("once").await;
            assert!(again.status < 300 && again.header("idempotency-replayed") == Some("true"), "{again}");
            break;
        }
        assert!(answer.is_err(), "answered, and not done: {}", answer.unwrap());
        (patience, killed) = (patience * 3 / 2, killed + 1);
    }
    assert!(killed > 0, "it was done before it could be killed");
    proved(place);
}

pub async fn killed_in_the_middle(place: Place) {
    let year = AcademicYear::of(london_date(Clock::System.now())).unwrap().before().unwrap();
    let next = year.after().unwrap();
    let manager = prepare(&place, year).await;
    let service = Process::start(&place);
    let draft = json!({ "year": year.as_str(), "census_date": CENSUS, "pool": POOL, "step": "0.01", "floor": "1" });
    let draft = manager.at_address(&service.address).post("/v1/allocations", draft).await.created();
    drop(service);

    let allocation = format!("/v1/allocations/{}", draft["id"].as_str().unwrap());
    let schools = i64::try_from(SCHOOLS).unwrap();
    let ask = |manager: &Client| manager.post(&format!("{allocation}/approve"), None).header("if-match", "\"1\"");
    killed_until_done(&place, &manager, ask, async |manager| {
        let state = manager.get(&allocation).await.ok()["state"].clone();
        let (wallets, posted) = (sum(manager, "wallet", year).await, manager.all("/v1/transactions").await.len());
        let (none, all) = (("0.00".to_owned(), 0), (POOL.to_owned(), schools));
        match state.as_str().unwrap() {
            "draft" => assert_eq!((wallets, posted), (none, 0)),
            "approved" => assert_eq!((wallets, posted), (all, 1)),
            other => panic!("{other}"),
        }
        state == "approved"
    })
    .await;

    let path = format!("/v1/years/{}", year.as_str().replace('/', "-"));
    let ask = |manager: &Client| manager.post(&format!("{path}/close"), json!({ "carry": "10%" }));
    killed_until_done(&place, &manager, ask, async |manager| {
        let state = manager.get(&path).await.ok()["state"].clone();
        let (old, new) = (sum(manager, "wallet", year).await, sum(manager, "wallet", next).await);
        let (lapsed, posted) = (sum(manager, "lapsed", year).await, manager.all("/v1/transactions").await.len());
        let close = manager.get(&format!("{path}/close")).await;
        match state.as_str().unwrap() {
            "open" => {
                assert_eq!((old, new, lapsed.1, posted), ((POOL.to_owned(), schools), ("0.00".to_owned(), 0), 0, 1));
                close.refused(404, "not_found");
            }
            "closed" => {
                let close = close.ok();
                let done = ["carried", "lapsed"].map(|field| close[field].as_str().unwrap().to_owned());
                assert_eq!((old, posted), (("0.00".to_owned(), schools), 2));
                assert_eq!([new.0, lapsed.0], done);
                assert_eq!((new.1, &close["wallets"]), (schools, &json!(schools)));
            }
            other => panic!("{other}"),
        }
        state == "closed"
    })
    .await;
}
