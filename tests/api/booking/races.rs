//! Races: many callers, the last places, the last credits. Exactly as many succeed as may.

use std::collections::HashMap;

use serde_json::json;

use crate::both_engines;
use crate::support::{Client, EventPlan, Reply, TestHub};

/// Everyone at once; how often each status and code came back.
async fn all_at_once(
    requests: impl IntoIterator<Item = crate::support::Request>,
) -> (HashMap<String, usize>, Vec<Reply>) {
    let tasks: Vec<_> = requests.into_iter().map(|request| tokio::spawn(request.into_future())).collect();
    let (mut counts, mut replies) = (HashMap::new(), Vec::new());
    for task in tasks {
        let reply = task.await.unwrap();
        let answer = if reply.status < 300 {
            reply.json()["state"].as_str().unwrap_or("done").to_owned()
        } else {
            reply.json()["code"].as_str().unwrap().to_owned()
        };
        *counts.entry(answer).or_default() += 1;
        replies.push(reply);
    }
    (counts, replies)
}

fn counts(expected: &[(&str, usize)]) -> HashMap<String, usize> {
    expected.iter().map(|(answer, count)| ((*answer).to_owned(), *count)).collect()
}

async fn callers(hub: &TestHub, schools: usize, credits: &str, each: usize) -> Vec<Client> {
    let mut callers = Vec::new();
    for number in 0..schools {
        let school = hub.school(&format!("School {number}")).await;
        hub.fund(&school, credits).await;
        for _ in 0..each {
            callers.push(hub.lead(&school).await);
        }
    }
    callers
}

both_engines!(
    sixty_four_race_for_the_last_ten_places,
    two_processes_race_for_the_last_ten_places,
    sixty_four_race_for_a_wallet_that_pays_for_five,
    the_same_key_at_once_does_it_once,
    cancellations_and_bookings_at_once_lose_nothing,
    a_transaction_that_nobody_waits_for_is_not_left_open
);

async fn sixty_four_race_for_the_last_ten_places(hub: TestHub) {
    let event = hub.event(EventPlan::of(10, "1")).await;
    let callers = callers(&hub, 16, "100", 4).await;
    let (found, _) =
        all_at_once(callers.iter().map(|lead| lead.post("/v1/bookings", json!({ "event_id": event })))).await;
    assert_eq!(found, counts(&[("confirmed", 10), ("waitlisted", 54)]));
    assert_eq!(hub.places(&event).await, (10, 54));
    hub.verified().await;
}

async fn two_processes_race_for_the_last_ten_places(hub: TestHub) {
    let event = hub.event(EventPlan::of(10, "1")).await;
    let (mut callers, other) = (callers(&hub, 16, "100", 4).await, hub.world.another_service(|_| ()));
    for lead in callers.iter_mut().step_by(2) {
        *lead = lead.at(&other);
    }
    let (found, _) =
        all_at_once(callers.iter().map(|lead| lead.post("/v1/bookings", json!({ "event_id": event })))).await;
    assert_eq!(found, counts(&[("confirmed", 10), ("waitlisted", 54)]));
    assert_eq!(hub.places(&event).await, (10, 54));
    hub.verified().await;
}

async fn sixty_four_race_for_a_wallet_that_pays_for_five(hub: TestHub) {
    let event = hub.event(EventPlan::of(100, "10")).await;
    let callers = callers(&hub, 1, "59.99", 64).await;
    let (found, _) =
        all_at_once(callers.iter().map(|lead| lead.post("/v1/bookings", json!({ "event_id": event })))).await;
    assert_eq!(found, counts(&[("confirmed", 5), ("insufficient_credits", 59)]));
    assert_eq!(hub.places(&event).await, (5, 0));
    hub.verified().await;
}

async fn the_same_key_at_once_does_it_once(hub: TestHub) {
    let event = hub.event(EventPlan::of(100, "10")).await;
    let lead = callers(&hub, 1, "500", 1).await.remove(0);
    let (found, replies) =
        all_at_once((0..32).map(|_| lead.post("/v1/bookings", json!({ "event_id": event })).key("one"))).await;
    let done = found.get("confirmed").copied().unwrap_or(0);
    assert_eq!(done + found.get("idempotency_key_in_flight").copied().unwrap_or(0), 32, "{found:?}");
    assert!(done >= 1);
    let first: Vec<_> =
        replies.iter().filter(|reply| reply.status == 201 && reply.header("idempotency-replayed").is_none()).collect();
    assert_eq!(first.len(), 1, "done once, replayed to the others");
    assert_eq!(hub.places(&event).await, (1, 0));
    hub.verified().await;
}

async fn cancellations_and_bookings_at_once_lose_nothing(hub: TestHub) {
    let event = hub.event(EventPlan::of(8, "2")).await;
    let callers = callers(&hub, 8, "100", 4).await;
    let mut booked = Vec::new();
    for lead in &callers[..16] {
        booked.push((lead.clone(), lead.book(&event).await.created()));
    }
    let cancels = booked
        .iter()
        .map(|(lead, booking)| lead.post(&format!("/v1/bookings/{}/cancel", booking["id"].as_str().unwrap()), None));
    let books = callers[16..].iter().map(|lead| lead.post("/v1/bookings", json!({ "event_id": event })));
    all_at_once(cancels.chain(books)).await;
    assert_eq!(hub.places(&event).await, (8, 8), "16 cancelled, 16 came: the places are full and the rest wait");
    hub.verified().await;
}

/// Callers go away at every point of a beginning: whoever comes next finds no trace of it.
async fn a_transaction_that_nobody_waits_for_is_not_left_open(hub: TestHub) {
    // One connection, so that whoever comes next gets the one that was left.
    let db = hub_credits::base::db::Db::connect(hub.world.database_url(), 1).await.unwrap();
    let id = hub.id.parse::<uuid::Uuid>().unwrap();
    for patience in (0..100).map(|n| std::time::Duration::from_micros(n * 20)) {
        let (began, mut reading) = (std::time::Instant::now(), Box::pin(db.read_everywhere()));
        while began.elapsed() < patience {
            if std::future::poll_fn(|context| std::task::Poll::Ready(reading.as_mut().poll(context))).await.is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(reading);
        let mut tx = db.write_everywhere().await.unwrap();
        let renamed = tx.query("UPDATE hubs SET version = version + 1 WHERE id = $1").bind(id).run().await;
        assert_eq!(renamed.unwrap().count(), 1, "after {patience:?}");
        tx.commit().await.unwrap();
    }
}
