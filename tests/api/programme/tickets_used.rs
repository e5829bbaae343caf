//! Bookings by ticket: the hub pays, the school does not; what a ticket covers, and what gives it back.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::tickets::{book_by, by_ticket, holder, issue, standing, ticket_type};
use crate::both_engines;
use crate::support::{EventPlan, TestHub, nobody, with};

/// What the hub has paid for tickets.
async fn subsidy(hub: &TestHub) -> String {
    let accounts = hub.manager().all("/v1/accounts?kind=subsidy").await;
    accounts.first().map_or_else(|| "none".to_owned(), |account| account["balance"].as_str().unwrap().to_owned())
}

both_engines!(
    a_ticket_pays_for_a_place_and_no_wallet_does,
    a_lead_books_at_once_and_so_does_a_ticket_that_needs_no_approval,
    what_a_ticket_can_not_pay_for_changes_nothing,
    a_type_covers_by_name_kind_and_priority,
    cancelling_gives_the_ticket_back_by_its_rule,
    a_waiver_gives_the_ticket_back_whole,
    an_event_that_is_called_off_gives_every_ticket_back,
    whoever_gives_the_programme_is_paid_for_tickets_too,
    what_was_not_agreed_gives_the_ticket_back_whatever_its_rule,
    a_ticket_waits_in_the_line_and_pays_when_its_turn_comes,
    one_ticket_books_one_place_however_many_ask_at_once,
    a_key_uses_a_ticket_once
);

async fn a_ticket_pays_for_a_place_and_no_wallet_does(hub: TestHub) {
    let (lead, teacher, ticket) = holder(&hub, json!({})).await;
    let event = hub.event(EventPlan::of(5, "30")).await;
    let booking = teacher.post("/v1/bookings", json!({ "event_id": event, "ticket_id": ticket })).await.created();
    assert_eq!(
        (&booking["state"], &booking["held"], &booking["ticket_id"]),
        (&json!("requested"), &json!("30.00"), &json!(ticket))
    );
    assert_eq!(standing(&hub, &ticket).await, ("used".to_owned(), booking["id"].clone()));
    assert_eq!(subsidy(&hub).await, "30.00");
    let escrow = hub.manager().get(&format!("/v1/accounts?event_id={event}")).await.ok();
    assert_eq!(escrow["items"][0]["balance"], "30.00", "the event is paid as by any other");
    let confirmed = lead.act(&booking, "approve").await.ok();
    assert_eq!((&confirmed["state"], &confirmed["ticket_id"]), (&json!("confirmed"), &json!(ticket)));
    assert_eq!(teacher.all("/v1/me/bookings").await[0]["ticket_id"], json!(ticket));
    hub.verified().await;
}

async fn a_lead_books_at_once_and_so_does_a_ticket_that_needs_no_approval(hub: TestHub) {
    let (lead, teacher, ticket) = holder(&hub, json!({})).await;
    let event = hub.event(EventPlan::default()).await;
    assert_eq!(book_by(&lead, &event, &teacher, &ticket).await.created()["state"], "confirmed");
    let of = ticket_type(&hub, json!({ "name": "Free pass", "needs_approval": false })).await;
    let (pass, event) = (issue(&hub, &of, &teacher).await, hub.event(EventPlan::default()).await);
    let booking = book_by(&teacher, &event, &teacher, &pass).await.created();
    assert_eq!((&booking["state"], &booking["approved_by"]), (&json!("confirmed"), &json!(teacher.id())));
    assert_eq!(subsidy(&hub).await, "20.00");
    hub.verified().await;
}

async fn what_a_ticket_can_not_pay_for_changes_nothing(hub: TestHub) {
    let (lead, teacher, ticket) = holder(&hub, json!({})).await;
    let (_, _, stranger) = hub.funded_school("Heston Community School", "100").await;
    let event = hub.event(EventPlan::of(5, "30")).await;
    let before = hub.verified().await["transactions"].clone();
    book_by(&lead, &event, &lead, &ticket).await.invalid(&[("/ticket_id", "unknown")]);
    book_by(&stranger, &event, &stranger, &ticket).await.invalid(&[("/ticket_id", "unknown")]);
    book_by(&teacher, &event, &teacher, &nobody()).await.invalid(&[("/ticket_id", "unknown")]);
    let free = hub.event(EventPlan::of(5, "0")).await;
    book_by(&teacher, &free, &teacher, &ticket).await.refused(409, "ticket_not_needed");
    hub.year("2026/27").await;
    let course = hub.published_event(&hub.programme(json!({})).await, json!({})).await;
    book_by(&teacher, &course, &teacher, &ticket).await.refused(409, "ticket_does_not_cover");
    assert_eq!((standing(&hub, &ticket).await.0.as_str(), hub.places(&event).await), ("issued", (0, 0)));
    assert_eq!((hub.verified().await["transactions"].clone(), subsidy(&hub).await), (before, "none".to_owned()));

    let booking = book_by(&teacher, &event, &teacher, &ticket).await.created();
    let another = hub.event(EventPlan::default()).await;
    let used = book_by(&teacher, &another, &teacher, &ticket).await.refused(409, "ticket_not_usable");
    assert!(used["detail"].as_str().unwrap().contains("used"), "{used}");
    book_by(&teacher, &event, &teacher, &ticket).await.refused(409, "already_booked");
    lead.act(&booking, "decline").await.ok();
    book_by(&teacher, &another, &teacher, &ticket).await.created();
    hub.verified().await;
}

async fn a_type_covers_by_name_kind_and_priority(hub: TestHub) {
    let (teaching, other) = (hub.priority("Teaching").await, hub.priority("Leading").await);
    let (_, teacher, ticket) =
        holder(&hub, json!({ "covers": { "kinds": ["cpd_programme"], "priority_ids": [teaching] } })).await;
    let event = async |over: Value| hub.published_event(&hub.programme(over).await, json!({})).await;
    let leading = event(json!({ "priority_id": other })).await;
    book_by(&teacher, &leading, &teacher, &ticket).await.refused(409, "ticket_does_not_cover");
    let conference = event(json!({ "priority_id": teaching, "kind": "conference" })).await;
    book_by(&teacher, &conference, &teacher, &ticket).await.refused(409, "ticket_does_not_cover");
    let fits = event(json!({ "priority_id": teaching })).await;
    let booking = book_by(&teacher, &fits, &teacher, &ticket).await.created();
    assert_eq!((&booking["state"], subsidy(&hub).await), (&json!("requested"), "12.50".to_owned()));
    // What a ticket covers follows its type.
    teacher.act(&booking, "cancel").await.ok();
    let path = format!(
        "/v1/ticket-types/{}",
        teacher.get(&format!("/v1/tickets/{ticket}")).await.ok()["ticket_type_id"].as_str().unwrap()
    );
    let named = hub.manager().get(&format!("/v1/events/{leading}")).await.ok()["programme_id"].clone();
    hub.manager().patch(&path, "\"1\"", json!({ "covers": { "programme_ids": [named] } })).await.ok();
    book_by(&teacher, &fits, &teacher, &ticket).await.refused(409, "ticket_does_not_cover");
    book_by(&teacher, &leading, &teacher, &ticket).await.created();
    hub.verified().await;
}

async fn cancelling_gives_the_ticket_back_by_its_rule(hub: TestHub) {
    let (lead, teacher, ticket) = holder(&hub, json!({})).await;
    let event = hub.event(EventPlan { price: "30", starts_in: TimeDelta::days(20), ..EventPlan::default() }).await;
    let early = book_by(&lead, &event, &teacher, &ticket).await.created();
    // The policy of the event would give half back: the rule of the ticket is all or nothing.
    let cancelled = teacher.act(&early, "cancel").await.ok();
    assert_eq!((&cancelled["refund"], &cancelled["kept"]), (&json!("30.00"), &json!("0.00")));
    assert_eq!(
        (standing(&hub, &ticket).await, subsidy(&hub).await),
        (("issued".to_owned(), Value::Null), "0.00".to_owned())
    );
    assert_ne!(hub.manager().get(&format!("/v1/tickets/{ticket}")).await.ok()["returned_at"], Value::Null);
    hub.verified().await;

    let late = book_by(&lead, &event, &teacher, &ticket).await.created();
    // Its type may change: the rule is that of the day it was issued.
    let of =
        hub.manager().get(&format!("/v1/tickets/{ticket}")).await.ok()["ticket_type_id"].as_str().unwrap().to_owned();
    hub.manager()
        .patch(&format!("/v1/ticket-types/{of}"), "\"1\"", json!({ "returns": { "rule": "always" } }))
        .await
        .ok();
    hub.world.pass(TimeDelta::days(7));
    let cancelled = teacher.act(&late, "cancel").await.ok();
    assert_eq!((&cancelled["refund"], &cancelled["kept"]), (&json!("0.00"), &json!("30.00")));
    assert_eq!(
        (standing(&hub, &ticket).await, subsidy(&hub).await),
        (("used".to_owned(), late["id"].clone()), "30.00".to_owned())
    );
    book_by(&teacher, &event, &teacher, &ticket).await.refused(409, "ticket_not_usable");
    assert_eq!(hub.places(&event).await, (0, 0));
    hub.verified().await;
}

async fn a_waiver_gives_the_ticket_back_whole(hub: TestHub) {
    let (lead, teacher, ticket) = holder(&hub, json!({ "returns": { "rule": "never" } })).await;
    let event = hub.event(EventPlan::default()).await;
    let booking = book_by(&lead, &event, &teacher, &ticket).await.created();
    assert_eq!(booking["policy"]["tiers"], json!([]), "its rule stands in place of the event's policy");
    let path = format!("/v1/bookings/{}", booking["id"].as_str().unwrap());
    let quote = teacher.get(&format!("{path}/cancellation-quote")).await.ok();
    assert_eq!((&quote["refund"], &quote["kept"]), (&json!("0.00"), &json!("10.00")));
    teacher.act(&booking, "cancel").await.ok();
    let waive = |over: Value| hub.manager().post(&format!("{path}/waive"), with(json!({ "reason": "Illness" }), over));
    waive(json!({ "amount": "4" })).await.invalid(&[("/amount", "invalid")]);
    assert_eq!(waive(json!({})).await.ok()["refund"], "10.00");
    assert_eq!(
        (standing(&hub, &ticket).await, subsidy(&hub).await),
        (("issued".to_owned(), Value::Null), "0.00".to_owned())
    );
    hub.verified().await;
}

async fn an_event_that_is_called_off_gives_every_ticket_back(hub: TestHub) {
    let (lead, teacher, ticket) = holder(&hub, json!({ "returns": { "rule": "never" } })).await;
    let of =
        hub.manager().get(&format!("/v1/tickets/{ticket}")).await.ok()["ticket_type_id"].as_str().unwrap().to_owned();
    let (_, other_lead, other) = hub.funded_school("Heston Community School", "0").await;
    let (spent, waiting) = (issue(&hub, &of, &other).await, issue(&hub, &of, &other_lead).await);
    let (event, another) = (hub.event(EventPlan::of(1, "30")).await, hub.event(EventPlan::of(1, "20")).await);
    // One that was given back before is another booking's now, and stays there.
    let asked = book_by(&teacher, &event, &teacher, &ticket).await.created();
    lead.act(&asked, "decline").await.ok();
    book_by(&lead, &another, &teacher, &ticket).await.created();
    let given_up = book_by(&other_lead, &event, &other, &spent).await.created();
    other.act(&given_up, "cancel").await.ok();
    let (_, first, a) = hub.funded_school("First", "30").await;
    first.book_for(&event, &a).await.created();
    book_by(&other_lead, &event, &other_lead, &waiting).await.created();
    assert_eq!(
        (
            standing(&hub, &spent).await.0.as_str(),
            standing(&hub, &waiting).await.0.as_str(),
            subsidy(&hub).await.as_str()
        ),
        ("used", "used", "50.00")
    );
    hub.verified().await;
    hub.manager().post(&format!("/v1/events/{event}/cancel"), json!({ "reason": "The speaker is ill" })).await.ok();
    for (ticket, state) in [(&spent, "issued"), (&waiting, "issued"), (&ticket, "used")] {
        assert_eq!(standing(&hub, ticket).await.0, state);
    }
    assert_eq!(subsidy(&hub).await, "20.00");
    hub.verified().await;
}

async fn whoever_gives_the_programme_is_paid_for_tickets_too(hub: TestHub) {
    let (lead, teacher, ticket) = holder(&hub, json!({ "returns": { "rule": "always" } })).await;
    let (partner, _) = hub.partner("Example Trust").await;
    let programme = json!({ "kind": "conference", "provider": { "kind": "partner", "partner_id": partner } });
    let event = hub.published_event(&hub.programme(programme).await, json!({})).await;
    let booking = book_by(&lead, &event, &teacher, &ticket).await.created();
    hub.world.at("2026-11-12T10:00:00Z");
    let done = hub.manager().post(&format!("/v1/events/{event}/complete?unmarked=absent"), None).await.ok();
    assert_eq!((&done["paid"], teacher.booking(&booking).await["state"].as_str()), (&json!("12.50"), Some("no_show")));
    let payable = hub.manager().all("/v1/accounts?kind=payable").await;
    assert_eq!((&payable[0]["balance"], subsidy(&hub).await.as_str()), (&json!("12.50"), "12.50"));
    assert_eq!(standing(&hub, &ticket).await.0, "used", "who did not come has spent it");
    hub.verified().await;
    hub.manager()
        .post(&format!("/v1/bookings/{}/waive", booking["id"].as_str().unwrap()), json!({ "reason": "Illness" }))
        .await
        .ok();
    assert_eq!((standing(&hub, &ticket).await.0.as_str(), subsidy(&hub).await.as_str()), ("issued", "0.00"));
    hub.verified().await;
}

async fn what_was_not_agreed_gives_the_ticket_back_whatever_its_rule(hub: TestHub) {
    let (lead, teacher, ticket) = holder(&hub, json!({ "returns": { "rule": "never" } })).await;
    let event = hub.event(EventPlan { starts_in: TimeDelta::days(3), ..EventPlan::default() }).await;
    let asked = book_by(&teacher, &event, &teacher, &ticket).await.created();
    lead.act(&asked, "decline").await.ok();
    let asked = book_by(&teacher, &event, &teacher, &ticket).await.created();
    teacher.act(&asked, "cancel").await.ok();
    assert_eq!((standing(&hub, &ticket).await.0.as_str(), subsidy(&hub).await.as_str()), ("issued", "0.00"));
    let booked = book_by(&lead, &event, &teacher, &ticket).await.created();
    let path = format!("/v1/bookings/{}/cancel?dry_run=true", booked["id"].as_str().unwrap());
    assert_eq!(teacher.post(&path, None).await.ok()["refund"], "0.00");
    assert_eq!(standing(&hub, &ticket).await.0, "used");
    teacher.act(&booked, "cancel").await.ok();
    assert_eq!((standing(&hub, &ticket).await.0.as_str(), subsidy(&hub).await.as_str()), ("used", "10.00"));
    hub.verified().await;
}

async fn a_ticket_waits_in_the_line_and_pays_when_its_turn_comes(hub: TestHub) {
    let (lead, teacher, ticket) = holder(&hub, json!({ "returns": { "rule": "never" }, "valid_months": null })).await;
    let event = hub.event(EventPlan::of(1, "30")).await;
    let (_, first, a) = hub.funded_school("First", "30").await;
    let (poor, second, b) = hub.funded_school("Second", "0").await;
    let held = first.book_for(&event, &a).await.created();
    let poor_waits = second.book_for(&event, &b).await.created();
    let waits = book_by(&lead, &event, &teacher, &ticket).await.created();
    assert_eq!(
        (&waits["state"], &waits["held"], &waits["waiting_position"]),
        (&json!("waitlisted"), &json!("0.00"), &json!(2))
    );
    assert_eq!(
        (standing(&hub, &ticket).await, subsidy(&hub).await),
        (("used".to_owned(), waits["id"].clone()), "none".to_owned())
    );
    // Given up while it waits, it comes back whatever its rule.
    teacher.act(&waits, "cancel").await.ok();
    assert_eq!(standing(&hub, &ticket).await.0, "issued");
    hub.verified().await;
    let waits = book_by(&lead, &event, &teacher, &ticket).await.created();
    first.act(&held, "cancel").await.ok();
    let promoted = teacher.booking(&waits).await;
    assert_eq!((&promoted["state"], &promoted["held"]), (&json!("confirmed"), &json!("30.00")));
    assert_eq!(
        (subsidy(&hub).await.as_str(), second.booking(&poor_waits).await["state"].as_str()),
        ("30.00", Some("waitlisted"))
    );
    hub.fund(&poor, "30").await;
    teacher.act(&promoted, "cancel").await.ok();
    assert_eq!(
        (standing(&hub, &ticket).await.0.as_str(), second.booking(&poor_waits).await["state"].as_str()),
        ("used", Some("confirmed"))
    );
    hub.verified().await;
}

async fn one_ticket_books_one_place_however_many_ask_at_once(hub: TestHub) {
    let (lead, teacher, ticket) = holder(&hub, json!({})).await;
    let other = hub.world.another_service(|_| ());
    let mut asked = Vec::new();
    for number in 0..16 {
        let event = hub.event(EventPlan::of(5, "10")).await;
        let caller = if number % 2 == 0 { lead.clone() } else { teacher.at(&other) };
        asked.push(tokio::spawn(caller.post("/v1/bookings", by_ticket(&event, &teacher, &ticket)).into_future()));
    }
    let mut booked = 0;
    for reply in asked {
        let reply = reply.await.unwrap();
        if reply.status == 201 { booked += 1 } else { _ = reply.refused(409, "ticket_not_usable") }
    }
    assert_eq!((booked, subsidy(&hub).await.as_str(), standing(&hub, &ticket).await.0.as_str()), (1, "10.00", "used"));
    hub.verified().await;
}

async fn a_key_uses_a_ticket_once(hub: TestHub) {
    let (_, teacher, ticket) = holder(&hub, json!({})).await;
    let event = hub.event(EventPlan::default()).await;
    let ask = || teacher.post("/v1/bookings", json!({ "event_id": event, "ticket_id": ticket })).key("once");
    let (first, second) = (ask().await, ask().await);
    assert_eq!((first.created(), second.header("idempotency-replayed")), (second.created(), Some("true")));
    assert_eq!(subsidy(&hub).await, "10.00");
}
