//! `POST /v1/events/{id}/cancel`: the hub calls an event off, and every credit goes back to where it came from.

use std::future::IntoFuture;

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, Reply, Request, TestHub, new_session, nobody};

fn cancel(caller: &Client, event: &str) -> Request {
    caller.post(&format!("/v1/events/{event}/cancel"), json!({ "reason": "The hall is flooded" }))
}

async fn escrow(hub: &TestHub) -> String {
    hub.manager().all("/v1/accounts?kind=escrow").await[0]["balance"].as_str().unwrap().to_owned()
}

both_engines!(
    everything_goes_back_what_cancellations_had_kept_too,
    a_draft_and_a_completed_event_are_not_called_off,
    six_hundred_delegates_are_refunded_at_once,
    six_hundred_delegates_are_settled_at_once,
    called_off_while_bookings_run_nothing_stays_behind,
    completed_while_others_act_it_is_settled_once,
    a_waiver_after_the_settlement_comes_from_the_provider
);

async fn everything_goes_back_what_cancellations_had_kept_too(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "20").await;
    let (other, other_lead, asks) = hub.funded_school("Heston Community School", "104").await;
    let event = hub.event(EventPlan { starts_in: chrono::TimeDelta::days(20), ..EventPlan::of(3, "10") }).await;
    let confirmed = lead.book_for(&event, &teacher).await.created();
    let kept = lead.book(&event).await.created();
    assert_eq!(lead.act(&kept, "cancel").await.ok()["refund"], "5.00");
    let requested = asks.book(&event).await.created();
    other_lead.book(&event).await.created();
    let waiting = hub.teacher(&other).await.book(&event).await.created();
    assert_eq!((&requested["state"], &waiting["state"]), (&json!("requested"), &json!("waitlisted")));
    assert_eq!((escrow(&hub).await.as_str(), hub.balance(&school).await.as_str()), ("35.00", "5.00"));

    let manager = hub.manager();
    for who in [&lead, &teacher, &hub.viewer().await, &hub.partner("Language Line").await.1] {
        cancel(who, &event).await.refused(403, "forbidden");
    }
    cancel(&manager, &event).no_key().await.refused(400, "idempotency_key_required");
    manager
        .post(&format!("/v1/events/{event}/cancel"), json!({ "reason": "", "why": 1 }))
        .await
        .invalid(&[("/reason", "invalid"), ("/why", "unknown_field")]);
    cancel(&manager, &nobody()).await.refused(404, "not_found");
    cancel(&hub.world.hub("South London").await.manager(), &event).await.refused(404, "not_found");

    let done = cancel(&manager, &event).key("flood").await.ok();
    assert_eq!(
        (&done["refund"], &done["event"]["state"], &done["event"]["cancelled_because"]),
        (&json!("35.00"), &json!("cancelled"), &json!("The hall is flooded"))
    );
    assert_eq!(
        (&done["event"]["waiting"], &done["event"]["places_left"], &done["event"]["cancelled_at"]),
        (&json!(0), &json!(3), &json!("2026-10-05T09:00:00Z"))
    );
    assert_eq!(
        (escrow(&hub).await.as_str(), hub.balance(&school).await.as_str(), hub.balance(&other).await.as_str()),
        ("0.00", "20.00", "104.00")
    );
    for booking in [&confirmed, &kept, &requested, &waiting] {
        let found = manager.booking(booking).await;
        assert_eq!((&found["state"], &found["held"]), (&json!("cancelled"), &json!("0.00")));
    }
    for (who, told) in [(&teacher, 1), (&asks, 1)] {
        let notices = who.all("/v1/me/notices").await;
        assert_eq!(notices.iter().filter(|notice| notice["kind"] == "cancelled_by_hub").count(), told, "{notices:?}");
    }
    assert_eq!(cancel(&manager, &event).key("flood").await.ok(), done, "the same key, the same answer");
    let again = cancel(&manager, &event).await.refused(409, "invalid_transition");
    assert!(again["detail"].as_str().unwrap().contains("the event is cancelled; it can't become cancelled"), "{again}");
    lead.book(&event).await.refused(409, "event_not_open");
    hub.world.at("2026-12-31T12:00:00Z");
    manager
        .post(&format!("/v1/events/{event}/complete?unmarked=present"), None)
        .await
        .refused(409, "invalid_transition");
    hub.verified().await;
}

async fn a_draft_and_a_completed_event_are_not_called_off(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "20").await;
    let programme = hub.programme(json!({})).await;
    let draft = hub.draft_event(&programme, json!({ "sessions": [new_session("2027-05-12T09:00")] })).await;
    cancel(&hub.manager(), &draft).await.refused(409, "invalid_transition");
    let event = hub.event(EventPlan::default()).await;
    lead.book_for(&event, &teacher).await.created();
    hub.complete(&event).await;
    cancel(&hub.manager(), &event).await.refused(409, "invalid_transition");
    hub.verified().await;
}

/// One transaction, however many delegates.
async fn six_hundred_delegates_are_refunded_at_once(hub: TestHub) {
    let event = hub.event(EventPlan::of(550, "10")).await;
    let mut schools = Vec::new();
    for number in 0..6 {
        let school = hub.school(&format!("School {number}")).await;
        hub.fund(&school, "1000").await;
        hub.crowd(&event, &school, 100).await;
        schools.push(school);
    }
    assert_eq!((hub.places(&event).await, escrow(&hub).await.as_str()), ((550, 50), "5500.00"));
    let done = cancel(&hub.manager(), &event).await.ok();
    assert_eq!(
        (&done["refund"], hub.places(&event).await, escrow(&hub).await.as_str()),
        (&json!("5500.00"), (0, 0), "0.00")
    );
    for school in &schools {
        assert_eq!(hub.balance(school).await, "1000.00");
    }
    let verified = hub.verified().await;
    assert_eq!(verified["transactions"], 6 + 550 + 550);
}

async fn six_hundred_delegates_are_settled_at_once(hub: TestHub) {
    let event = hub.event(EventPlan::of(600, "10")).await;
    for number in 0..6 {
        let school = hub.school(&format!("School {number}")).await;
        hub.fund(&school, "1000").await;
        hub.crowd(&event, &school, 100).await;
    }
    let done = hub.complete(&event).await;
    assert_eq!((&done["attended"], &done["paid"]), (&json!(600), &json!("6000.00")));
    hub.verified().await;
}

/// Bookings and cancellations run while the hub calls the event off: whoever comes after it is refused, and
/// nothing stays behind.
async fn called_off_while_bookings_run_nothing_stays_behind(hub: TestHub) {
    let event = hub.event(EventPlan { starts_in: chrono::TimeDelta::days(20), ..EventPlan::of(8, "2") }).await;
    let other = hub.world.another_service(|_| ());
    let (mut schools, mut leads, mut booked) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..8 {
        let (school, lead, teacher) = hub.funded_school(&format!("School {number}"), "100").await;
        booked.push((lead.clone(), lead.book_for(&event, &teacher).await.created()));
        leads.push(if number % 2 == 0 { lead } else { lead.at(&other) });
        schools.push(school);
    }
    let books = leads.iter().map(|lead| lead.post("/v1/bookings", json!({ "event_id": event })));
    let gives_up = |(lead, booking): &(Client, Value)| {
        lead.post(&format!("/v1/bookings/{}/cancel", booking["id"].as_str().unwrap()), None)
    };
    let calls_off = [hub.manager(), hub.manager().at(&other)];
    let requests =
        books.chain(booked.iter().map(gives_up)).chain(calls_off.iter().map(|manager| cancel(manager, &event)));
    let tasks: Vec<_> = requests.map(|request| tokio::spawn(request.into_future())).collect();
    let mut replies: Vec<Reply> = Vec::new();
    for task in tasks {
        replies.push(task.await.unwrap());
    }
    let (called_off, others) = (replies.split_off(16), replies);
    let mut statuses: Vec<u16> = called_off.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    for reply in others {
        assert!([200, 201, 409].contains(&reply.status), "{reply}");
    }
    assert_eq!((hub.places(&event).await, escrow(&hub).await.as_str()), ((0, 0), "0.00"));
    for school in &schools {
        assert_eq!(hub.balance(school).await, "100.00");
    }
    hub.verified().await;
}

/// Completed while the last delegates give up, are marked and are corrected: paid once, to the hundredth.
async fn completed_while_others_act_it_is_settled_once(hub: TestHub) {
    let event = hub.event(EventPlan::of(8, "2")).await;
    let session = hub.sessions(&event).await.remove(0);
    let (manager, other) = (hub.manager(), hub.world.another_service(|_| ()));
    let mut booked = Vec::new();
    for number in 0..8 {
        let (_, lead, teacher) = hub.funded_school(&format!("School {number}"), "100").await;
        booked.push((lead.clone(), lead.book_for(&event, &teacher).await.created()));
    }
    hub.world.at("2026-12-31T12:00:00Z");
    let complete = format!("/v1/events/{event}/complete?unmarked=present");
    let marks = booked.iter().map(|(_, booking)| {
        let mark = json!({ "marks": [{ "booking_id": booking["id"], "mark": "absent" }] });
        manager.put(&format!("/v1/events/{event}/sessions/{session}/register"), mark)
    });
    let gives_up = booked[..4]
        .iter()
        .map(|(lead, booking)| lead.post(&format!("/v1/bookings/{}/cancel", booking["id"].as_str().unwrap()), None));
    let completes = [manager.post(&complete, None), manager.at(&other).post(&complete, None)];
    let requests = marks.chain(gives_up).chain(completes);
    let tasks: Vec<_> = requests.map(|request| tokio::spawn(request.into_future())).collect();
    let mut completed = 0;
    for task in tasks {
        let reply = task.await.unwrap();
        assert!([200, 204, 400, 409].contains(&reply.status), "{reply}");
        completed += usize::from(reply.status == 200 && reply.json()["paid"].is_string());
    }
    assert_eq!(completed, 1);
    let income = hub.manager().all("/v1/accounts?kind=income").await;
    assert_eq!((income.len(), &income[0]["balance"], escrow(&hub).await.as_str()), (1, &json!("16.00"), "0.00"));
    hub.verified().await;
}

async fn a_waiver_after_the_settlement_comes_from_the_provider(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (giver, giver_lead, _) = hub.funded_school("Heston Community School", "0").await;
    let programme = hub.programme(json!({ "provider": { "kind": "school", "school_id": giver.id } })).await;
    let event = hub.published_event(&programme, json!({ "price": "10" })).await;
    let session = hub.sessions(&event).await.remove(0);
    let (ill, came) = (lead.book_for(&event, &teacher).await.created(), lead.book(&event).await.created());
    hub.world.at("2026-11-12T10:00:00Z");
    let manager = hub.manager();
    manager.mark(&event, &session, &[(&ill, "absent"), (&came, "present")]).await.is(204);
    manager.post(&format!("/v1/events/{event}/complete"), None).await.ok();
    assert_eq!((hub.balance(&school).await.as_str(), hub.balance(&giver).await.as_str()), ("80.00", "20.00"));
    let waive = |booking: &Value, amount: Option<&str>| {
        let reason = json!({ "reason": "Illness", "amount": amount });
        manager.post(&format!("/v1/bookings/{}/waive", booking["id"].as_str().unwrap()), reason)
    };
    waive(&came, None).await.refused(409, "nothing_kept");
    let waived = waive(&ill, Some("4")).await.ok();
    assert_eq!(
        (&waived["refund"], &waived["kept"], &waived["booking"]["state"]),
        (&json!("4.00"), &json!("6.00"), &json!("no_show"))
    );
    assert_eq!(
        (hub.balance(&school).await.as_str(), hub.balance(&giver).await.as_str(), escrow(&hub).await.as_str()),
        ("84.00", "16.00", "0.00")
    );
    hub.verified().await;

    // The provider has spent it: nothing is given back that is not there.
    let elsewhere = hub.event(EventPlan { price: "13", ..EventPlan::default() }).await;
    giver_lead.book(&elsewhere).await.created();
    let refused = waive(&ill, None).await.refused(409, "insufficient_credits");
    assert!(refused["detail"].as_str().unwrap().contains("3.00 credits too few"), "{refused}");
    assert_eq!(waive(&ill, Some("3")).await.ok()["kept"], "3.00");
    assert_eq!((hub.balance(&school).await.as_str(), hub.balance(&giver).await.as_str()), ("87.00", "0.00"));
    hub.verified().await;
}
