//! The queue of the desk of bookings: who finds it full, who leaves it before their turn, and what becomes of it when the desk
//! closes or a deadline passes.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use hub_credits::base::ids::HubId;
use hub_credits::booking::bookings::desk::{Answer, Error};
use hub_credits::ledger::idempotency::Known;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::desk::{Room, at_once, book, lines};
use crate::both_engines;
use crate::support::{EventPlan, Scene, TestHub, World};

/// By then a desk that has taken a command out of its queue has looked whether somebody waits for it, also where its
/// thread has to wait for a processor.
const LOOKED: Duration = Duration::from_secs(3);

both_engines!(
    who_finds_the_queue_full_is_told_at_once,
    who_finds_the_queue_full_is_told_to_come_again,
    who_is_gone_before_their_turn_is_left_out_and_after_it_is_served,
    desks_that_close_do_what_they_have_taken,
    a_deadline_that_passes_half_way_leaves_nothing_half_done
);

async fn who_finds_the_queue_full_is_told_at_once(world: World) {
    let scene = Scene::make(world.db(), 1, 8, &[1000]).await;
    let room = Room::with_queue(&world, scene.hub, 1);
    let commands = scene.bookings(scene.events[0]);
    let rival = room.rival().await;
    let mut asked = Vec::new();
    for command in &commands[..2] {
        asked.push(room.put_behind(command.clone(), None).await);
    }
    for command in &commands[2..] {
        assert_eq!(
            at_once(&mut room.ask(command.clone(), None)).await,
            Some(Err(Error::Busy)),
            "one is under way and one waits"
        );
    }
    drop(rival);
    assert_eq!(lines(&join_all(asked).await), [1, 2], "who waited is served");
    scene.verified(&world).await;
}

async fn who_finds_the_queue_full_is_told_to_come_again(hub: TestHub) {
    let event = hub.event(EventPlan::of(100, "1")).await;
    let school = hub.school("Lampton Academy").await;
    hub.fund(&school, "100").await;
    let service = hub.world.service_with_queue(1);
    let room = Room::new(&hub.world, HubId(hub.id.parse().unwrap()));
    let mut requests = JoinSet::new();
    let mut leads = Vec::new();
    for _ in 0..8 {
        leads.push(hub.lead(&school).await.at(&service));
    }
    let rival = room.rival().await;
    for lead in leads {
        requests.spawn(lead.post("/v1/bookings", json!({ "event_id": event })).into_future());
    }
    // One may be under way and one may wait.
    for _ in 0..6 {
        let reply = requests.join_next().await.unwrap().unwrap();
        reply.refused(503, "unavailable");
        assert_eq!(reply.header("retry-after"), Some("1"));
    }
    drop(rival);
    let mut booked = 0;
    while let Some(reply) = requests.join_next().await {
        booked += usize::from(reply.unwrap().status == 201);
    }
    assert!((1..=2).contains(&booked), "{booked}");
    assert_eq!(hub.places(&event).await, (booked, 0));
    hub.verified().await;
}

async fn who_is_gone_before_their_turn_is_left_out_and_after_it_is_served(world: World) {
    let scene = Scene::make(world.db(), 1, 3, &[1000]).await;
    let room = Room::with_queue(&world, scene.hub, 1);
    let [first, second, third] = scene.schools[0].teachers[..] else { panic!("three teachers") };
    let command = |teacher| book(teacher, teacher, scene.events[0]);
    let rival = room.rival().await;
    // There is room for the second only once the desk has taken the first.
    let taken = room.put_behind(command(first), room.keyed(first)).await;
    let waiting = room.put_behind(command(second), room.keyed(second)).await;
    tokio::time::sleep(LOOKED).await;
    drop((taken, waiting));
    drop(rival);
    assert_eq!(lines(&[room.put_behind(command(third), room.keyed(third)).await.await]), [2]);
    let Ok(Answer::Known(Known::Answered(stored))) = room.ask(command(first), room.keyed(first)).await else {
        panic!("what was under way was not done to its end");
    };
    assert_eq!(serde_json::from_str::<Value>(&stored.body).unwrap()["line"], 1);
    assert_eq!(lines(&[room.ask(command(second), room.keyed(second)).await]), [3], "it was not done before");
    scene.verified(&world).await;
}

async fn desks_that_close_do_what_they_have_taken(world: World) {
    let scene = Scene::make(world.db(), 1, 2, &[1000]).await;
    let room = Room::with_queue(&world, scene.hub, 1);
    let [first, second] = scene.schools[0].teachers[..] else { panic!("two teachers") };
    let command = |teacher| book(teacher, teacher, scene.events[0]);
    let (rival, before) = (room.rival().await, room.writes().await);
    let taken = room.put_behind(command(first), room.keyed(first)).await;
    let waiting = room.put_behind(command(second), room.keyed(second)).await;
    tokio::time::sleep(LOOKED).await;
    drop((taken, waiting));
    let next = Room::new(&world, scene.hub);
    assert_eq!(Arc::strong_count(&room.desks), 1, "the last of the old process");
    let old = (room.keyed(first), room.keyed(second));
    drop(room);
    drop(rival);
    let closed = async {
        while next.writes().await == before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), closed).await.expect("what was taken is done");
    let answer = next.ask(command(first), old.0).await;
    assert!(matches!(answer, Ok(Answer::Known(Known::Answered(_)))), "{answer:?}");
    assert_eq!(lines(&[next.ask(command(second), old.1).await]), [2], "it was not done before");
    scene.verified(&world).await;
}

async fn a_deadline_that_passes_half_way_leaves_nothing_half_done(hub: TestHub) {
    let (_, lead, _) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(EventPlan::of(10, "10")).await;
    let service = hub.world.another_service(|settings| settings.request_seconds = 1);
    let room = Room::new(&hub.world, HubId(hub.id.parse().unwrap()));
    let ask = || lead.at(&service).post("/v1/bookings", json!({ "event_id": event })).key("once");
    let rival = room.rival().await;
    let reply = ask().await;
    assert!(reply.status == 503 && reply.header("retry-after").is_some(), "{reply}");
    drop(rival);
    let again = ask().await;
    again.created();
    assert_eq!(again.header("idempotency-replayed"), Some("true"), "the desk had taken it: {again}");
    assert_eq!(hub.places(&event).await, (1, 0));
    hub.verified().await;
}
