//! `POST /v1/events/{id}/complete`: who attended, what ends, who is paid; and corrections after it.

use std::future::IntoFuture;

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, Reply, TestHub, new_session, nobody};

async fn complete(caller: &Client, event: &str, query: &str) -> Reply {
    caller.post(&format!("/v1/events/{event}/complete{query}"), None).await
}

/// The balances of the hub's accounts of this kind, by what stands for `field` in each.
async fn balances(hub: &TestHub, kind: &str, field: &str) -> Vec<(String, String)> {
    let accounts = hub.manager().all(&format!("/v1/accounts?kind={kind}")).await;
    let text = |account: &Value, field: &str| account[field].as_str().unwrap_or_default().to_owned();
    accounts.iter().map(|account| (text(account, field), text(account, "balance"))).collect()
}

both_engines!(
    a_place_that_nobody_was_named_for_is_nobodys,
    the_register_decides_who_attended_and_the_provider_is_paid,
    each_kind_of_provider_is_paid_into_its_own_account,
    an_event_without_bookings_or_price_is_completed_and_moves_nothing,
    a_correction_after_completion_decides_anew_and_moves_no_credits,
    a_provider_is_paid_in_the_events_year_or_the_next_open_one,
    completed_at_once_it_is_completed_once
);

/// The day for names is that of the event: nothing has released the place when the event is completed.
async fn a_place_that_nobody_was_named_for_is_nobodys(hub: TestHub) {
    let (school, lead, _) = hub.funded_school("Lampton Academy", "100").await;
    let programme = hub.programme(json!({})).await;
    let event = hub.published_event(&programme, json!({ "capacity": 4, "price": "10" })).await;
    let group = json!({ "unnamed": { "places": 1, "names_by": "2026-11-12" } });
    let reserved = lead.book_group(&event, &[], group).await.ok()["results"][0]["booking"].clone();
    lead.book(&event).await.created();
    hub.world.at("2026-11-12T15:00:00Z");
    let missing = complete(&hub.manager(), &event, "").await.refused(409, "register_incomplete");
    assert!(missing["detail"].as_str().unwrap().starts_with("1 mark"), "{missing}");
    let done = complete(&hub.manager(), &event, "?unmarked=present").await.ok();
    assert_eq!((&done["attended"], &done["no_show"], &done["paid"]), (&json!(1), &json!(0), &json!("20.00")));
    let released = lead.booking(&reserved).await;
    assert_eq!((&released["state"], &released["held"]), (&json!("cancelled"), &json!("10.00")));
    assert_eq!(hub.balance(&school).await, "80.00");
    hub.verified().await;
}

async fn the_register_decides_who_attended_and_the_provider_is_paid(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let programme = hub.programme(json!({})).await;
    let days = ["2026-11-12T09:00", "2026-11-13T09:00"].map(new_session);
    let event = hub.published_event(&programme, json!({ "sessions": days, "capacity": 4, "price": "10" })).await;
    let sessions = hub.sessions(&event).await;
    let (came, stayed_away) = (lead.book_for(&event, &teacher).await.created(), lead.book(&event).await.created());
    let asked_by = hub.teacher(&school).await;
    let asked = asked_by.book(&event).await.created();
    let left = lead.book_for(&event, &hub.teacher(&school).await).await.created();
    let waiting = lead.book_for(&event, &hub.teacher(&school).await).await.created();
    assert_eq!((&asked["state"], &waiting["state"]), (&json!("requested"), &json!("waitlisted")));
    // Half comes back, half stays with the event: one place is free, and the one who waits gets it.
    hub.world.at("2026-11-03T09:00:00Z");
    assert_eq!(lead.act(&left, "cancel").await.ok()["refund"], "5.00");
    let waits_again = hub.teacher(&school).await.book(&event).await.created();
    assert_eq!((hub.balance(&school).await.as_str(), waits_again["state"].as_str()), ("55.00", Some("waitlisted")));

    let manager = hub.manager();
    hub.world.at("2026-11-13T09:59:59Z");
    complete(&manager, &event, "?unmarked=present").await.refused(409, "event_not_over");
    hub.world.at("2026-11-13T10:00:00Z");
    manager
        .mark(&event, &sessions[0], &[(&came, "present"), (&stayed_away, "absent"), (&waiting, "late")])
        .await
        .is(204);
    let missing = complete(&manager, &event, "").await.refused(409, "register_incomplete");
    assert!(missing["detail"].as_str().unwrap().contains("3 marks"), "{missing}");
    complete(&manager, &event, "?unmarked=perhaps").await.invalid(&[("unmarked", "invalid")]);
    for who in [&lead, &teacher, &hub.viewer().await] {
        complete(who, &event, "").await.refused(403, "forbidden");
    }
    manager.post(&format!("/v1/events/{event}/complete"), None).no_key().await.refused(400, "idempotency_key_required");
    assert_eq!(
        manager.get(&format!("/v1/events/{event}")).await.ok()["state"],
        "published",
        "a refusal changes nothing"
    );

    manager.mark(&event, &sessions[1], &[(&came, "absent"), (&stayed_away, "absent")]).await.is(204);
    let done = manager.post(&format!("/v1/events/{event}/complete?unmarked=present"), None).key("complete").await;
    let said = done.ok();
    assert_eq!(
        (&said["attended"], &said["no_show"], &said["expired"], &said["paid"]),
        (&json!(2), &json!(1), &json!(2), &json!("35.00"))
    );
    assert_eq!(
        (&said["event"]["state"], &said["event"]["completed_at"], &said["event"]["waiting"]),
        (&json!("completed"), &json!("2026-11-13T10:00:00Z"), &json!(0))
    );
    for (booking, state, held) in [
        (&came, "attended", "10.00"),
        (&stayed_away, "no_show", "10.00"),
        (&waiting, "attended", "10.00"),
        (&asked, "expired", "0.00"),
        (&waits_again, "expired", "0.00"),
        (&left, "cancelled", "5.00"),
    ] {
        let found = manager.booking(booking).await;
        assert_eq!((found["state"].as_str(), found["held"].as_str()), (Some(state), Some(held)));
    }
    assert_eq!(hub.balance(&school).await, "65.00", "the request got its credits back");
    assert_eq!(balances(&hub, "income", "year").await, [("2026/27".to_owned(), "35.00".to_owned())]);
    assert_eq!(balances(&hub, "escrow", "event_id").await, [(event.clone(), "0.00".to_owned())]);
    let filled = manager.get(&format!("/v1/bookings/{}/attendance", waiting["id"].as_str().unwrap())).await.ok();
    assert_eq!(
        (&filled["sessions"][1]["mark"], &filled["sessions"][1]["history"][0]["way"]),
        (&json!("present"), &json!("completion"))
    );
    let told = asked_by.all("/v1/me/notices").await;
    assert_eq!(told.iter().map(|notice| notice["kind"].as_str().unwrap()).collect::<Vec<_>>(), ["expired"]);

    // Once: again by the same key is the same answer, by another it is refused.
    assert_eq!(
        manager.post(&format!("/v1/events/{event}/complete?unmarked=present"), None).key("complete").await.ok(),
        said
    );
    let again = complete(&manager, &event, "").await.refused(409, "invalid_transition");
    assert!(again["detail"].as_str().unwrap().contains("the event is completed; it can't become completed"), "{again}");
    lead.act(&came, "cancel").await.refused(409, "invalid_transition");
    lead.book_for(&event, &hub.teacher(&school).await).await.refused(409, "event_not_open");
    complete(&manager, &nobody(), "").await.refused(404, "not_found");
    complete(&hub.world.hub("South London").await.manager(), &event, "").await.refused(404, "not_found");
    let draft = hub.draft_event(&programme, json!({ "sessions": [new_session("2026-12-12T09:00")] })).await;
    complete(&manager, &draft, "").await.refused(409, "invalid_transition");
    hub.verified().await;
}

async fn each_kind_of_provider_is_paid_into_its_own_account(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (giver, ..) = hub.funded_school("Heston Community School", "0").await;
    let (partner, of_partner) = hub.partner("Language Line").await;
    let by_school = json!({ "provider": { "kind": "school", "school_id": giver.id } });
    let by_partner = json!({ "provider": { "kind": "partner", "partner_id": partner } });
    let cases = [
        (by_school, "wallet", "wallet", ("earned".to_owned(), "12.50".to_owned())),
        (by_partner, "payable", "partner_id", (partner.clone(), "12.50".to_owned())),
    ];
    let mut events = Vec::new();
    for ((over, ..), day) in cases.iter().zip(["2026-11-12T09:00", "2026-11-13T09:00"]) {
        let programme = hub.programme(over.clone()).await;
        events.push(hub.published_event(&programme, json!({ "sessions": [new_session(day)] })).await);
        lead.book_for(&events[events.len() - 1], &teacher).await.created();
    }
    for (event, (_, kind, field, expected)) in events.iter().zip(&cases) {
        hub.complete(event).await;
        assert!(balances(&hub, kind, field).await.contains(expected), "{kind}");
    }
    let accounts = of_partner.all("/v1/accounts").await;
    assert_eq!(accounts[0]["balance"], "12.50");
    let statement = of_partner.all(&format!("/v1/accounts/{}/entries", accounts[0]["id"].as_str().unwrap())).await;
    assert_eq!(statement[0]["what_for"], "Autumn run: its provider", "{}", statement[0]);
    hub.verified().await;
}

async fn an_event_without_bookings_or_price_is_completed_and_moves_nothing(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "0").await;
    let (empty, free) = (hub.event(EventPlan::default()).await, hub.event(EventPlan::of(5, "0")).await);
    lead.book_for(&free, &teacher).await.created();
    let first = hub.complete(&empty).await;
    assert_eq!((&first["attended"], &first["paid"]), (&json!(0), &json!("0.00")));
    assert_eq!(hub.complete(&free).await["attended"], 1);
    assert!(balances(&hub, "income", "year").await.is_empty());
    assert_eq!(hub.verified().await["transactions"], 0);
}

async fn a_correction_after_completion_decides_anew_and_moves_no_credits(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (giver, giver_lead, _) = hub.funded_school("Heston Community School", "0").await;
    let programme = hub.programme(json!({ "provider": { "kind": "school", "school_id": giver.id } })).await;
    let event = hub.published_event(&programme, json!({})).await;
    let session = hub.sessions(&event).await.remove(0);
    let (first, second) = (lead.book_for(&event, &teacher).await.created(), lead.book(&event).await.created());
    hub.complete(&event).await;
    let (manager, transactions) = (hub.manager(), hub.verified().await["transactions"].clone());
    giver_lead.mark(&event, &session, &[(&first, "absent")]).await.refused(409, "invalid_transition");
    manager.mark(&event, &session, &[(&first, "absent")]).await.is(204);
    assert_eq!(
        (manager.booking(&first).await["state"].clone(), manager.booking(&second).await["state"].clone()),
        (json!("no_show"), json!("attended"))
    );
    manager.mark(&event, &session, &[(&first, "late"), (&second, "excused")]).await.is(204);
    assert_eq!(
        (manager.booking(&first).await["state"].clone(), manager.booking(&second).await["state"].clone()),
        (json!("attended"), json!("no_show"))
    );
    let history = manager.get(&format!("/v1/bookings/{}/attendance", first["id"].as_str().unwrap())).await.ok();
    assert_eq!(history["sessions"][0]["history"].as_array().unwrap().len(), 3);
    assert_eq!(hub.verified().await["transactions"], transactions);
    let tag = manager.get(&format!("/v1/events/{event}")).await.etag();
    manager
        .patch(&format!("/v1/events/{event}"), &tag, json!({ "attendance": { "threshold_percent": 1 } }))
        .await
        .refused(409, "invalid_transition");
}

async fn a_provider_is_paid_in_the_events_year_or_the_next_open_one(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(EventPlan::default()).await;
    lead.book_for(&event, &teacher).await.created();
    let id: uuid::Uuid = hub.id.parse().unwrap();
    hub.world.at("2027-09-10T12:00:00Z");
    for (state, refused) in [("closed", true), ("open", false)] {
        let mut tx = hub.world.db().write_everywhere().await.unwrap();
        tx.query("UPDATE academic_years SET state = $2 WHERE hub_id = $1")
            .bind(id)
            .bind(state)
            .run()
            .await
            .unwrap()
            .any();
        tx.commit().await.unwrap();
        if refused {
            complete(&hub.manager(), &event, "?unmarked=present").await.refused(409, "year_closed");
        }
    }
    hub.year("2027/28").await;
    let rule = json!({ "carry": "all", "open_holds": "follow_the_rule" });
    hub.manager().post("/v1/years/2026-27/close", rule).await.created();
    complete(&hub.manager(), &event, "?unmarked=present").await.ok();
    assert_eq!(balances(&hub, "income", "year").await, [("2027/28".to_owned(), "10.00".to_owned())]);
    hub.verified().await;
}

async fn completed_at_once_it_is_completed_once(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(EventPlan::default()).await;
    lead.book_for(&event, &teacher).await.created();
    hub.world.at("2026-12-31T12:00:00Z");
    let other = hub.world.another_service(|_| ());
    let managers = [hub.manager(), hub.manager().at(&other)];
    let path = format!("/v1/events/{event}/complete?unmarked=present");
    let requests = (0..16).map(|n| managers[n % 2].post(&path, None).into_future());
    let replies = futures_util::future::join_all(requests).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        reply.refused(409, "invalid_transition");
    }
    assert_eq!(balances(&hub, "income", "year").await, [("2026/27".to_owned(), "10.00".to_owned())]);
    hub.verified().await;
}
