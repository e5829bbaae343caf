//! A person's record, merged with another and then erased, killed in the middle again and again: all of it is done or
//! nothing.

use std::time::Duration;

use chrono::TimeDelta;
use hub_credits::base::auth::{Keys, Subject};
use hub_credits::base::clock::Clock;
use hub_credits::base::db::Db;
use hub_credits::booking::bookings::{self, Actor, Command, Reach, What};
use hub_credits::ledger::Journal;
use serde_json::{Value, json};

use crate::proved;
use crate::support::{Client, Place, Process, Scene};
use crate::whole::killed_until_done;

/// How many places the one record has: enough that there is a middle.
const PLACES: usize = 150;

pub async fn killed_while_merged_and_erased(place: Place) {
    let (manager, [kept, double]) = prepare(&place).await;
    let service = Process::start(&place);
    let at = manager.at_address(&service.address);
    let (merge, erase) = (format!("/v1/people/{kept}/merge"), format!("/v1/people/{kept}/erase"));
    let quote = at.get(&format!("{merge}?with={double}")).await.ok()["quote"].clone();
    drop(service);

    let body = json!({ "with": double, "quote": quote });
    let ask = |manager: &Client| manager.post(&merge, body.clone());
    killed_until_done(&place, &manager, ask, async |manager| {
        let theirs = |person: &str| format!("/v1/bookings?person_id={person}&limit=200");
        let (of_kept, of_double) = (manager.all(&theirs(&kept)).await.len(), manager.all(&theirs(&double)).await.len());
        let there = manager.get(&format!("/v1/people/{double}")).await.status;
        match (of_kept, of_double, there) {
            (0, PLACES, 200) => false,
            (PLACES, 0, 404) => true,
            by_half => panic!("merged by half: {by_half:?}"),
        }
    })
    .await;

    let service = Process::start(&place);
    let at = manager.at_address(&service.address);
    let quote = at.get(&erase).await.ok()["quote"].clone();
    drop(service);
    let body = json!({ "quote": quote });
    let ask = |manager: &Client| manager.post(&erase, body.clone());
    killed_until_done(&place, &manager, ask, async |manager| {
        let person = manager.get(&format!("/v1/people/{kept}")).await.ok();
        let data = manager.get(&format!("/v1/people/{kept}/data")).await.ok();
        let told = data["held"]["notices"].as_array().unwrap().len();
        let nameless = person["name"].as_str().unwrap().starts_with("Erased person ");
        match (&person["erased"], &person["disabled"], nameless, told) {
            (Value::Bool(false), Value::Bool(false), false, _) => false,
            (Value::Bool(true), Value::Bool(true), true, 0) => true,
            by_half => panic!("erased by half: {by_half:?}"),
        }
    })
    .await;
    proved(&place);
}

/// A hub with a person whose one record has many places, and the other none; and its manager.
async fn prepare(place: &Place) -> (Client, [String; 2]) {
    let db = Db::connect(&place.database, 2).await.unwrap();
    db.migrate().await.unwrap();
    let keys = Keys::open(&place.keys()).unwrap();
    let scene = Scene::make_for(&db, &keys.marks(), 2, 1, &[5; PLACES]).await;
    let now = Clock::System.now();
    let mut journal =
        Journal::open_marked(db.write(scene.hub).await.unwrap(), &keys.marks(), scene.hub, None, now).await.unwrap();
    let (kept, double) = (scene.schools[0].teachers[0], scene.schools[1].teachers[0]);
    let actor = Actor { person: None, reach: Reach::Hub };
    let book = |event: &_| What::Book { event: *event, delegate: double, allow_clash: true };
    let commands: Vec<Command> =
        scene.events.iter().map(|event| Command { actor, what: book(event), shown: None }).collect();
    for outcome in bookings::perform(&mut journal, &commands).await.unwrap() {
        outcome.unwrap();
    }
    journal.commit().await.unwrap();
    db.close().await;
    let token = keys.issue(Subject::Person(scene.hub, scene.manager), now, TimeDelta::hours(2)).unwrap();
    let http = reqwest::Client::builder().timeout(Duration::from_secs(120)).no_proxy().build().unwrap();
    (Client::new(http, String::new()).with_token(token), [kept.to_string(), double.to_string()])
}
