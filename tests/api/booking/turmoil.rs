//! Everything at once: 32 callers ask for places, give them up, raise and lower the capacity and try to complete
//! the event, at random; afterwards nothing is lost, nobody waits for a free place that they could pay for.
//!
//! A failure names its seed; `HUB_CREDITS_SEED` runs it again with the same choices, in whatever order
//! the callers get through.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, TestHub, hundredths};

const SCHOOLS: usize = 8;
const EACH: usize = 4;
const STEPS: usize = 12;

fn seed() -> u64 {
    std::env::var("HUB_CREDITS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random)
}

/// Asks for a place or gives it up, `STEPS` times.
async fn come_and_go(caller: Client, event: String, mut choose: StdRng) {
    let mut booking: Option<Value> = None;
    for _ in 0..STEPS {
        let reply = match &booking {
            Some(held) if choose.random_bool(0.6) => caller.act(held, "cancel").await,
            _ => caller.book(&event).await,
        };
        match (reply.status, reply.json()) {
            (201, made) => booking = Some(made),
            (200, _) => booking = None,
            (409, refusal) => {
                let code = refusal["code"].as_str().unwrap();
                assert!(["already_booked", "insufficient_credits"].contains(&code), "{refusal}");
            }
            (status, body) => panic!("{status}: {body}"),
        }
    }
}

/// Raises and lowers the capacity, and would complete the event before it is over.
async fn change_its_mind(manager: Client, event: String, mut choose: StdRng) {
    for _ in 0..STEPS {
        let path = format!("/v1/events/{event}");
        let reply = if choose.random_bool(0.8) {
            let etag = manager.get(&path).await.etag();
            manager.patch(&path, &etag, json!({ "capacity": choose.random_range(4..16) })).await
        } else {
            manager.post(&format!("{path}/complete"), None).await
        };
        assert!([200, 409, 412].contains(&reply.status), "{}", reply.text());
    }
}

both_engines!(places_and_credits_hold_whatever_happens_at_once);

async fn places_and_credits_hold_whatever_happens_at_once(hub: TestHub) {
    let seed = seed();
    eprintln!("HUB_CREDITS_SEED={seed}");
    let event = hub.event(EventPlan::of(8, "10")).await;
    let (mut tasks, mut schools) = (Vec::new(), Vec::new());
    for number in 0..SCHOOLS {
        let school = hub.school(&format!("School {number}")).await;
        // A quarter of them can pay for one of their four.
        hub.fund(&school, if number % 4 == 0 { "19.99" } else { "100" }).await;
        for each in 0..EACH {
            let choose = StdRng::seed_from_u64(seed.wrapping_add((number * EACH + each) as u64));
            tasks.push(tokio::spawn(come_and_go(hub.lead(&school).await, event.clone(), choose)));
        }
        schools.push(school);
    }
    for manager in 0..2 {
        let choose = StdRng::seed_from_u64(seed.wrapping_sub(1 + manager));
        tasks.push(tokio::spawn(change_its_mind(hub.manager(), event.clone(), choose)));
    }
    for task in tasks {
        task.await.unwrap();
    }

    hub.verified().await;
    let capacity = hub.manager().get(&format!("/v1/events/{event}")).await.ok()["capacity"].as_u64().unwrap();
    let (held, _) = hub.places(&event).await;
    let bookings = hub.manager().all(&format!("/v1/bookings?event_id={event}")).await;
    for waiting in bookings.iter().filter(|booking| booking["state"] == "waitlisted") {
        let school = schools.iter().find(|school| waiting["school_id"] == school.id.as_str()).unwrap();
        let balance = hundredths(&Value::String(hub.balance(school).await));
        assert!(held as u64 == capacity || balance < 1_000, "seed {seed}: {waiting} could have one of {capacity}");
    }

    // Over, it is completed once, however many would; whoever still cancels then is told.
    hub.world.pass(chrono::TimeDelta::days(365));
    let path = format!("/v1/events/{event}/complete?unmarked=present");
    let completing = (0..16).map(|_| tokio::spawn(hub.manager().post(&path, None).into_future()));
    let mut completed = 0;
    for task in completing.collect::<Vec<_>>() {
        completed += usize::from(task.await.unwrap().status == 200);
    }
    assert_eq!(completed, 1, "seed {seed}");
    hub.verified().await;
}
