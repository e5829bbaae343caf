//! Somebody is disabled, and enabled again: what they wait for ends, what they have stays with their school.

use std::future::IntoFuture;

use chrono::TimeDelta;
use hub_credits::programme::programmes::admission::Admission;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, Reply, TestHub, World, operation_of};

impl Client {
    async fn disable(&self, person: &Client) -> Reply {
        self.post(&format!("/v1/people/{}/disable", person.id()), None).await
    }

    async fn enable(&self, person: &Client) -> Reply {
        self.post(&format!("/v1/people/{}/enable", person.id()), None).await
    }
}

async fn state(hub: &TestHub, booking: &Value) -> (String, String) {
    let found = hub.manager().booking(booking).await;
    (found["state"].as_str().unwrap().to_owned(), found["held"].as_str().unwrap().to_owned())
}

async fn told(who: &Client, kind: &str) -> Vec<Value> {
    who.all("/v1/me/notices").await.into_iter().filter(|notice| notice["kind"] == kind).collect()
}

fn is(state: &str, held: &str) -> (String, String) {
    (state.to_owned(), held.to_owned())
}

both_engines!(
    who_is_disabled_waits_for_nothing_and_asks_for_nothing_more,
    who_is_disabled_is_given_no_place_in_any_way,
    a_place_of_who_is_disabled_stays_and_the_school_is_told,
    an_offer_to_who_is_disabled_goes_to_the_next,
    what_an_earlier_release_left_is_passed_over_and_ended,
    who_is_enabled_again_may_ask_again,
    a_hub_keeps_an_active_manager,
    two_managers_who_disable_each_other_at_once_do_not_both_go,
    who_becomes_a_manager_waits_for_nothing_that_their_school_pays,
    the_operator_names_a_manager
);

async fn who_is_disabled_waits_for_nothing_and_asks_for_nothing_more(hub: TestHub) {
    let (school, lead, leaver) = hub.funded_school("Lampton Academy", "100").await;
    let (_, others, next) = hub.funded_school("Heston Community School", "100").await;
    let (full, open) = (hub.event(EventPlan::of(1, "30")).await, hub.event(EventPlan::of(1, "20")).await);
    let taken = others.book_for(&full, &next).await.created();
    let waits = lead.book_for(&full, &leaver).await.created();
    let asked = leaver.post("/v1/bookings", json!({ "event_id": open, "allow_clash": true })).await.created();
    let behind = others.post("/v1/bookings", json!({ "event_id": open, "allow_clash": true })).await.created();
    assert_eq!(
        (&waits["state"], &asked["state"], &behind["state"]),
        (&json!("waitlisted"), &json!("requested"), &json!("waitlisted"))
    );
    assert_eq!(hub.balance(&school).await, "80.00");

    lead.disable(&leaver).await.ok();
    assert_eq!(state(&hub, &waits).await, is("cancelled", "0.00"));
    assert_eq!(state(&hub, &asked).await, is("cancelled", "0.00"));
    assert_eq!(state(&hub, &behind).await, is("confirmed", "20.00"), "the line has moved up in the same transaction");
    assert_eq!(hub.balance(&school).await, "100.00");
    assert_eq!(hub.manager().booking(&asked).await["ended_by"], lead.id());
    // A place comes free, and is nobody's.
    next.act(&taken, "cancel").await.ok();
    hub.world.round().await;
    assert_eq!((hub.places(&full).await, hub.balance(&school).await.as_str()), ((0, 0), "100.00"));
    leaver.get("/v1/me").await.refused(401, "person_disabled");
    lead.act(&asked, "approve").await.refused(409, "invalid_transition");
    hub.verified().await;
}

async fn who_is_disabled_is_given_no_place_in_any_way(hub: TestHub) {
    let (school, lead, leaver) = hub.funded_school("Lampton Academy", "200").await;
    let colleague = hub.teacher(&school).await;
    let programme = hub.programme(json!({})).await;
    let (event, other) =
        (hub.published_event(&programme, json!({})).await, hub.published_event(&programme, json!({})).await);
    let held = lead.book_for(&event, &leaver).await.created();
    let theirs = lead.book_for(&event, &colleague).await.created();
    let unnamed = json!({ "unnamed": { "places": 1, "names_by": "2026-10-30" } });
    let unnamed = lead.book_group(&event, &[], unnamed).await.ok()["results"][0]["booking"].clone();
    hub.manager().disable(&leaver).await.ok();
    for who in [&lead, &hub.manager()] {
        who.book_for(&other, &leaver).await.invalid(&[("/person_id", "unknown")]);
    }
    let group = lead.book_group(&other, &[&leaver], json!({ "mode": "best_effort" })).await.ok();
    assert_eq!(group["booked"], 0);
    lead.book_group(&other, &[&leaver], json!({})).await.refused(400, "invalid_request");
    let person = json!({ "person_id": leaver.id(), "allow_clash": true });
    for (booking, what) in [(&theirs, "substitute"), (&unnamed, "name")] {
        let path = format!("/v1/bookings/{}/{what}", booking["id"].as_str().unwrap());
        lead.post(&path, person.clone()).await.invalid(&[("/person_id", "unknown")]);
    }
    let moved = format!("/v1/bookings/{}/transfer", held["id"].as_str().unwrap());
    let problem =
        lead.post(&moved, json!({ "event_id": other, "allow_clash": true })).await.refused(409, "invalid_transition");
    assert!(problem["detail"].as_str().unwrap().starts_with("the delegate is disabled"), "{problem}");
    let deputy = json!({ "person_id": leaver.id(), "ends_on": "2026-12-01" });
    lead.post(&format!("/v1/schools/{}/deputies", school.id), deputy).await.invalid(&[("/person_id", "unknown")]);
    // Somebody else can have the place.
    let substitute = json!({ "person_id": hub.teacher(&school).await.id() });
    lead.post(&format!("/v1/bookings/{}/substitute", held["id"].as_str().unwrap()), substitute).await.ok();
    hub.verified().await;
}

async fn a_place_of_who_is_disabled_stays_and_the_school_is_told(hub: TestHub) {
    let (school, lead, leaver) = hub.funded_school("Lampton Academy", "200").await;
    let (second, deputy) = (hub.lead(&school).await, hub.teacher(&school).await);
    let deputation = json!({ "person_id": deputy.id(), "ends_on": "2026-10-09" });
    lead.post(&format!("/v1/schools/{}/deputies", school.id), deputation).await.created();
    let event = hub.event(EventPlan::default()).await;
    let over = hub.event(EventPlan { starts_in: TimeDelta::days(1), ..EventPlan::default() }).await;
    let held = lead.book_for(&event, &leaver).await.created();
    lead.book_for(&over, &leaver).await.created();
    hub.world.pass(TimeDelta::days(2));
    hub.manager().disable(&leaver).await.ok();
    assert_eq!(state(&hub, &held).await, is("confirmed", "10.00"));
    for who in [&lead, &second, &deputy] {
        let told = told(who, "delegate_left").await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(
            (&told[0]["booking_id"], &told[0]["event_id"], &told[0]["due_at"]),
            (&held["id"], &json!(event), &held["starts_at"])
        );
    }
    hub.manager().disable(&leaver).await.ok();
    assert_eq!(told(&lead, "delegate_left").await.len(), 1, "done twice, told once");
    // Where a school has nobody left to be told, the hub is.
    for who in [&deputy, &second] {
        hub.manager().disable(who).await.ok();
    }
    lead.book_for(&event, &lead).await.created();
    hub.manager().disable(&lead).await.ok();
    assert_eq!(told(&hub.manager(), "delegate_left").await.len(), 1);
    hub.verified().await;
}

async fn an_offer_to_who_is_disabled_goes_to_the_next(hub: TestHub) {
    let (_, first, a) = hub.funded_school("First", "100").await;
    let (_, second, b) = hub.funded_school("Second", "100").await;
    let (_, third, c) = hub.funded_school("Third", "100").await;
    let admission = Admission { offer_hours: Some(48), ..Admission::default() };
    let event = hub.event(EventPlan { admission, ..EventPlan::of(1, "30") }).await;
    let held = first.book_for(&event, &a).await.created();
    let (waits, behind) = (second.book_for(&event, &b).await.created(), third.book_for(&event, &c).await.created());
    first.act(&held, "cancel").await.ok();
    assert!(b.booking(&waits).await["offered_until"].is_string());
    second.disable(&b).await.ok();
    assert_eq!(state(&hub, &waits).await, is("cancelled", "0.00"));
    assert!(c.booking(&behind).await["offered_until"].is_string());
    hub.verified().await;
}

/// Whoever was disabled by an earlier release keeps entries in the line: they are passed over, and end with a round.
async fn what_an_earlier_release_left_is_passed_over_and_ended(hub: TestHub) {
    let (school, lead, leaver) = hub.funded_school("Lampton Academy", "100").await;
    let (_, others, next) = hub.funded_school("Heston Community School", "100").await;
    let (full, open) = (hub.event(EventPlan::of(1, "30")).await, hub.event(EventPlan::of(2, "20")).await);
    let taken = others.book_for(&full, &next).await.created();
    let waits = lead.book_for(&full, &leaver).await.created();
    let asked = leaver.post("/v1/bookings", json!({ "event_id": open, "allow_clash": true })).await.created();
    let mut tx = hub.world.db().write_everywhere().await.unwrap();
    let (hub_id, id): (uuid::Uuid, uuid::Uuid) = (hub.id.parse().unwrap(), leaver.id().parse().unwrap());
    let done = tx
        .query("UPDATE people SET disabled_at = $3 WHERE hub_id = $1 AND id = $2")
        .bind(hub_id)
        .bind(id)
        .bind(hub.world.clock.now())
        .run()
        .await;
    done.unwrap().exactly(1).unwrap();
    tx.commit().await.unwrap();
    next.act(&taken, "cancel").await.ok();
    assert_eq!(state(&hub, &waits).await, is("waitlisted", "0.00"), "no place is theirs");
    let problem = lead.act(&asked, "approve").await.refused(409, "invalid_transition");
    assert!(problem["detail"].as_str().unwrap().starts_with("the delegate is disabled"), "{problem}");
    hub.world.round().await;
    for booking in [&waits, &asked] {
        assert_eq!(state(&hub, booking).await, is("cancelled", "0.00"));
    }
    assert_eq!(hub.balance(&school).await, "100.00");
    hub.verified().await;
}

async fn who_is_enabled_again_may_ask_again(hub: TestHub) {
    let (_, lead, leaver) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(EventPlan::default()).await;
    let asked = leaver.book(&event).await.created();
    lead.disable(&leaver).await.ok();
    for who in [&lead, &hub.viewer().await] {
        who.enable(&leaver).await.refused(403, "forbidden");
    }
    hub.world.hub("South London").await.manager().enable(&leaver).await.refused(404, "not_found");
    assert_eq!(hub.manager().enable(&leaver).await.ok()["disabled"], false);
    assert_eq!(hub.manager().enable(&leaver).await.ok()["disabled"], false, "twice is once");
    assert_eq!(state(&hub, &asked).await.0, "cancelled", "what has ended stays so");
    assert_eq!(leaver.book(&event).await.created()["state"], "requested");
}

async fn a_hub_keeps_an_active_manager(hub: TestHub) {
    let (first, second) = (hub.manager(), hub.another_manager().await);
    second.disable(&first).await.ok();
    let problem = second.disable(&second).await.refused(409, "last_manager");
    assert!(problem["detail"].as_str().unwrap().contains("name another one first"), "{problem}");
    second.enable(&first).await.ok();
    first.disable(&second).await.ok();
    first.disable(&first).await.refused(409, "last_manager");
    first.disable(&hub.viewer().await).await.ok();
}

async fn two_managers_who_disable_each_other_at_once_do_not_both_go(world: World) {
    for round in 0..8 {
        let hub = world.hub(&format!("Hub {round}")).await;
        let (first, second) = (hub.manager(), hub.another_manager().await);
        let requests = [
            first.post(&format!("/v1/people/{}/disable", second.id()), None),
            second.post(&format!("/v1/people/{}/disable", first.id()), None),
            first.post(&format!("/v1/people/{}/disable", first.id()), None),
        ];
        let tasks: Vec<_> = requests.into_iter().map(|request| tokio::spawn(request.into_future())).collect();
        for task in tasks {
            let reply = task.await.unwrap();
            assert!([200, 401, 409].contains(&reply.status), "{reply}");
        }
        let active = [first.get("/v1/me").await.status, second.get("/v1/me").await.status];
        assert_eq!(active.iter().filter(|status| **status == 200).count(), 1, "{active:?}");
    }
}

async fn who_becomes_a_manager_waits_for_nothing_that_their_school_pays(hub: TestHub) {
    let (school, lead, riser) = hub.funded_school("Lampton Academy", "100").await;
    let (full, open) = (
        hub.event(EventPlan { capacity: 1, ..EventPlan::default() }).await,
        hub.event(EventPlan { starts_in: TimeDelta::weeks(9), ..EventPlan::default() }).await,
    );
    let taken = lead.book(&full).await.created();
    let (waits, asked) = (riser.book(&full).await.created(), riser.book(&open).await.created());
    let email = hub.manager().get(&format!("/v1/people/{}", riser.id())).await.ok()["email"].clone();
    let path = format!("/v1/hubs/{}/managers", hub.id);
    hub.world.operator().post(&path, json!({ "email": email })).no_key().await.created();
    lead.act(&taken, "cancel").await.ok();
    assert_eq!(state(&hub, &waits).await, is("waitlisted", "0.00"), "no place is theirs");
    lead.act(&asked, "approve").await.refused(409, "invalid_transition");
    hub.world.round().await;
    for booking in [&waits, &asked] {
        assert_eq!(state(&hub, booking).await, is("cancelled", "0.00"));
    }
    assert_eq!(hub.balance(&school).await, "100.00");
    hub.verified().await;
}

async fn the_operator_names_a_manager(hub: TestHub) {
    let world = hub.world.clone();
    let (school, _, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let path = format!("/v1/hubs/{}/managers", hub.id);
    let email = hub.manager().get(&format!("/v1/people/{}", teacher.id())).await.ok()["email"].clone();
    hub.manager().disable(&teacher).await.ok();
    for who in [&hub.manager(), &hub.lead(&school).await] {
        who.post(&path, json!({ "email": email })).await.refused(403, "forbidden");
    }
    world
        .operator()
        .post(&format!("/v1/hubs/{}/managers", crate::support::nobody()), json!({ "email": email }))
        .no_key()
        .await
        .refused(404, "not_found");
    let named = world.operator().post(&path, json!({ "email": email })).no_key().await.created();
    assert_eq!(
        (&named["person"]["id"], &named["person"]["role"], &named["person"]["school_id"], &named["person"]["disabled"]),
        (&json!(teacher.id()), &json!("hub_manager"), &Value::Null, &json!(false))
    );
    let link = operation_of(&named["link"]);
    let token = world.stranger().post(&link, None).await.ok()["access_token"].as_str().unwrap().to_owned();
    world.stranger().with_token(token).patch("/v1/hub", "\"1\"", json!({ "approval_days": 4 })).await.ok();
    let named = world
        .operator()
        .post(&path, json!({ "email": "new@hub.example", "name": "Nora New" }))
        .no_key()
        .await
        .created();
    assert_eq!((&named["person"]["name"], &named["person"]["role"]), (&json!("Nora New"), &json!("hub_manager")));
    let named = world.operator().post(&path, json!({ "email": "other@hub.example" })).no_key().await.created();
    assert_eq!(named["person"]["name"], "other");
}
