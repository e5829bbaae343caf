//! `/v1/ticket-types`, `/v1/tickets`, and bookings by ticket: the hub pays, the school does not.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, Reply, TestHub, nobody, with};

/// A type that covers conferences, gives the ticket back until 14 days before, and asks for approval.
fn new_type(over: Value) -> Value {
    let plain = json!({
        "name": "Fabulinus Ticket", "covers": { "kinds": ["conference"] }, "valid_months": 12,
        "returns": { "rule": "days_before", "days": 14 }
    });
    with(plain, over)
}

async fn ticket_type(hub: &TestHub, over: Value) -> String {
    hub.manager().add("/v1/ticket-types", new_type(over)).await
}

/// Issues a ticket of the type to a person; the answer is its id.
async fn issue(hub: &TestHub, of: &str, person: &Client) -> String {
    hub.manager().add("/v1/tickets", json!({ "ticket_type_id": of, "person_id": person.id() })).await
}

/// A teacher of a school without credits who has a ticket of the type, their lead, and the ticket.
async fn holder(hub: &TestHub, over: Value) -> (Client, Client, String) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "0").await;
    let ticket = issue(hub, &ticket_type(hub, over).await, &teacher).await;
    (lead, teacher, ticket)
}

/// A place for a ticket, whatever else the delegate does on that day.
fn by_ticket(event: &str, delegate: &Client, ticket: &str) -> Value {
    json!({ "event_id": event, "person_id": delegate.id(), "ticket_id": ticket, "allow_clash": true })
}

async fn book_by(caller: &Client, event: &str, delegate: &Client, ticket: &str) -> Reply {
    caller.post("/v1/bookings", by_ticket(event, delegate, ticket)).await
}

/// Where a ticket stands, and the booking that has it.
async fn standing(hub: &TestHub, ticket: &str) -> (String, Value) {
    let found = hub.manager().get(&format!("/v1/tickets/{ticket}")).await.ok();
    (found["state"].as_str().unwrap().to_owned(), found["booking_id"].clone())
}

/// What the hub has paid for tickets.
async fn subsidy(hub: &TestHub) -> String {
    let accounts = hub.manager().all("/v1/accounts?kind=subsidy").await;
    accounts.first().map_or_else(|| "none".to_owned(), |account| account["balance"].as_str().unwrap().to_owned())
}

/// Place and code of each fault of a file.
fn faults(answer: &Value) -> Vec<(&str, &str)> {
    let errors = answer["errors"].as_array().unwrap().iter();
    errors.map(|fault| (fault["pointer"].as_str().unwrap(), fault["code"].as_str().unwrap())).collect()
}

both_engines!(
    the_hub_makes_types_of_ticket,
    every_flaw_of_a_type_is_told,
    tickets_are_issued_to_people_of_schools,
    each_sees_their_own,
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
    a_ticket_expires_at_the_end_of_its_last_day,
    the_hub_takes_a_ticket_back_and_says_why,
    one_ticket_books_one_place_however_many_ask_at_once,
    a_key_uses_a_ticket_once,
    a_file_issues_tickets_once,
    every_bad_row_of_a_file_is_told_and_nothing_is_issued
);

async fn the_hub_makes_types_of_ticket(hub: TestHub) {
    let (manager, programme) = (hub.manager(), hub.programme(json!({})).await);
    let priority = hub.priority("Great teaching in every classroom").await;
    let covers = json!({ "programme_ids": [programme], "kinds": ["conference"], "priority_ids": [priority] });
    let reply = manager.post("/v1/ticket-types", new_type(json!({ "covers": covers }))).await;
    let made = reply.created();
    assert_eq!((&made["covers"], &made["needs_approval"], &made["valid_months"]), (&covers, &json!(true), &json!(12)));
    assert_eq!(made["returns"], json!({ "rule": "days_before", "days": 14 }));
    let path = reply.header("location").unwrap().to_owned();
    assert_eq!(manager.get(&path).await.ok(), made);
    manager.post("/v1/ticket-types", new_type(json!({}))).await.refused(409, "duplicate");

    let change = json!({ "valid_months": null, "returns": { "rule": "never" }, "needs_approval": false });
    let changed = manager.patch(&path, &reply.etag(), change).await.ok();
    assert_eq!(
        (&changed["valid_months"], &changed["returns"], &changed["needs_approval"]),
        (&Value::Null, &json!({ "rule": "never", "days": null }), &json!(false))
    );
    assert_eq!((&changed["name"], &changed["covers"]), (&made["name"], &covers));
    manager.patch(&path, &reply.etag(), json!({ "name": "Other" })).await.refused(412, "stale");
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "0").await;
    for who in [&lead, &teacher, &hub.viewer().await] {
        assert_eq!(who.all("/v1/ticket-types").await, std::slice::from_ref(&changed));
        who.post("/v1/ticket-types", new_type(json!({ "name": "Mine" }))).await.refused(403, "forbidden");
        who.patch(&path, "\"2\"", json!({})).await.refused(403, "forbidden");
    }
    hub.partner("Trust").await.1.get("/v1/ticket-types").await.refused(403, "forbidden");
    hub.world.hub("Another hub").await.manager().get(&path).await.refused(404, "not_found");
    manager.get(&format!("/v1/ticket-types/{}", nobody())).await.refused(404, "not_found");
}

async fn every_flaw_of_a_type_is_told(hub: TestHub) {
    let manager = hub.manager();
    let covers = json!({ "programme_ids": [nobody()], "priority_ids": [nobody()] });
    manager.post("/v1/ticket-types", new_type(json!({ "covers": covers, "valid_months": 121 }))).await.invalid(&[
        ("/valid_months", "invalid"),
        ("/covers/programme_ids/0", "unknown"),
        ("/covers/priority_ids/0", "unknown"),
    ]);
    manager.post("/v1/ticket-types", new_type(json!({ "covers": {} }))).await.invalid(&[("/covers", "invalid")]);
    for returns in [json!({ "rule": "days_before" }), json!({ "rule": "always", "days": 3 })] {
        manager
            .post("/v1/ticket-types", new_type(json!({ "returns": returns })))
            .await
            .invalid(&[("/returns/days", "invalid")]);
    }
    let wrong = json!({ "name": "", "covers": { "kinds": ["party"] }, "returns": { "rule": "perhaps" }, "colour": 1 });
    manager.post("/v1/ticket-types", wrong).await.invalid(&[
        ("/name", "invalid"),
        ("/covers/kinds/0", "invalid"),
        ("/returns/rule", "invalid"),
        ("/colour", "unknown_field"),
    ]);
}

async fn tickets_are_issued_to_people_of_schools(hub: TestHub) {
    let of = ticket_type(&hub, json!({})).await;
    let (school, _, teacher) = hub.funded_school("Lampton Academy", "0").await;
    let new = |over: Value| with(json!({ "ticket_type_id": of, "person_id": teacher.id() }), over);
    let ticket = hub.manager().post("/v1/tickets", new(json!({}))).await.created();
    assert_eq!(
        (&ticket["state"], &ticket["valid_until"], &ticket["ticket_type"]),
        (&json!("issued"), &json!("2027-10-05"), &json!("Fabulinus Ticket"))
    );
    assert_eq!(
        (&ticket["person_id"], &ticket["school_id"], &ticket["issued_by"]),
        (&json!(teacher.id()), &json!(school.id), &json!(hub.manager().id()))
    );
    let shorter = hub.manager().post("/v1/tickets", new(json!({ "valid_until": "2026-12-31" }))).await.created();
    assert_eq!(shorter["valid_until"], "2026-12-31");
    hub.manager()
        .post("/v1/tickets", new(json!({ "valid_until": "2026-10-04" })))
        .await
        .invalid(&[("/valid_until", "invalid")]);
    hub.manager()
        .post("/v1/tickets", new(json!({ "ticket_type_id": nobody() })))
        .await
        .invalid(&[("/ticket_type_id", "unknown")]);
    for nobody in [nobody(), hub.manager().id().to_owned()] {
        hub.manager()
            .post("/v1/tickets", new(json!({ "person_id": nobody })))
            .await
            .invalid(&[("/person_id", "unknown")]);
    }
    hub.manager().post(&format!("/v1/people/{}/disable", teacher.id()), None).await.ok();
    hub.manager().post("/v1/tickets", new(json!({}))).await.invalid(&[("/person_id", "unknown")]);
}

async fn each_sees_their_own(hub: TestHub) {
    let (of, other_type) = (ticket_type(&hub, json!({})).await, ticket_type(&hub, json!({ "name": "Other" })).await);
    let (lampton, lead, teacher) = hub.funded_school("Lampton Academy", "0").await;
    let (heston, other_lead, other) = hub.funded_school("Heston Community School", "0").await;
    let colleague = hub.teacher(&lampton).await;
    let mine = issue(&hub, &of, &teacher).await;
    let (theirs, second) = (issue(&hub, &of, &colleague).await, issue(&hub, &other_type, &teacher).await);
    let others = issue(&hub, &of, &other).await;
    let ids = async |who: &Client, query: &str| {
        let tickets = who.all(&format!("/v1/tickets{query}")).await;
        tickets.iter().map(|ticket| ticket["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let manager = hub.manager();
    assert_eq!(ids(&manager, "?limit=1").await, [&mine[..], &theirs, &second, &others]);
    assert_eq!(ids(&hub.viewer().await, &format!("?ticket_type_id={of}")).await, [&mine[..], &theirs, &others]);
    assert_eq!(ids(&manager, &format!("?person_id={}&ticket_type_id={other_type}", teacher.id())).await, [&second[..]]);
    assert_eq!(ids(&manager, &format!("?school_id={}", heston.id)).await, [&others[..]]);
    assert_eq!(ids(&lead, "").await, [&mine[..], &theirs, &second]);
    assert_eq!(ids(&lead, &format!("?ticket_type_id={of}&person_id={}", colleague.id())).await, [&theirs[..]]);
    assert_eq!(ids(&lead, &format!("?person_id={}", other.id())).await, Vec::<String>::new());
    assert_eq!(ids(&teacher, "").await, [&mine[..], &second]);
    assert_eq!(ids(&manager, "?state=used").await, Vec::<String>::new());
    lead.get(&format!("/v1/tickets?school_id={}", heston.id)).await.refused(404, "not_found");
    teacher.get(&format!("/v1/tickets?person_id={}", colleague.id())).await.refused(404, "not_found");
    for (who, ticket) in [(&other_lead, &mine), (&teacher, &theirs), (&hub.world.hub("Another").await.manager(), &mine)]
    {
        who.get(&format!("/v1/tickets/{ticket}")).await.refused(404, "not_found");
    }
    teacher.get(&format!("/v1/tickets/{mine}")).await.ok();
    lead.post("/v1/tickets", json!({ "ticket_type_id": of, "person_id": teacher.id() }))
        .await
        .refused(403, "forbidden");
    let table = manager.get("/v1/tickets").as_csv().await.sheet();
    assert!(table.starts_with("id,ticket_type,person_name,") && table.contains(",Fabulinus Ticket,"), "{table}");
}

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

async fn a_ticket_expires_at_the_end_of_its_last_day(hub: TestHub) {
    let (lead, teacher, ticket) = holder(&hub, json!({ "valid_months": 1 })).await;
    let event = hub.event(EventPlan::of(1, "10")).await;
    let booking = book_by(&lead, &event, &teacher, &ticket).await.created();
    let (_, first, a) = hub.funded_school("First", "30").await;
    let next = hub.event(EventPlan::of(1, "10")).await;
    let held = first.book_for(&next, &a).await.created();
    // The last day is 5 November in London, where it ends at midnight UTC.
    hub.world.at("2026-11-05T23:59:59Z");
    teacher.act(&booking, "cancel").await.ok();
    let waits = book_by(&lead, &next, &teacher, &ticket).await.created();
    hub.world.at("2026-11-06T00:00:00Z");
    assert_eq!(standing(&hub, &ticket).await.0, "used");
    first.act(&held, "cancel").await.ok();
    assert_eq!(teacher.booking(&waits).await["state"], "confirmed", "what waited still pays");
    teacher.act(&waits, "cancel").await.ok();
    assert_eq!(standing(&hub, &ticket).await.0, "expired", "what comes back has expired");
    let refused = book_by(&lead, &event, &teacher, &ticket).await.refused(409, "ticket_not_usable");
    assert!(refused["detail"].as_str().unwrap().contains("expired"), "{refused}");
    assert_eq!(hub.manager().all("/v1/tickets?state=expired").await.len(), 1);
    assert_eq!(teacher.all("/v1/tickets?state=issued").await.len(), 0);
    hub.verified().await;
}

async fn the_hub_takes_a_ticket_back_and_says_why(hub: TestHub) {
    let (lead, teacher, ticket) = holder(&hub, json!({})).await;
    let path = format!("/v1/tickets/{ticket}/revoke");
    let event = hub.event(EventPlan::default()).await;
    let booking = book_by(&teacher, &event, &teacher, &ticket).await.created();
    hub.manager().post(&path, json!({ "reason": "x" })).await.refused(409, "invalid_transition");
    teacher.act(&booking, "cancel").await.ok();
    hub.manager().post(&path, json!({})).await.invalid(&[("/reason", "missing")]);
    lead.post(&path, json!({ "reason": "x" })).await.refused(403, "forbidden");
    let revoked = hub.manager().post(&path, json!({ "reason": "Left the profession" })).await.ok();
    assert_eq!(
        (&revoked["state"], &revoked["revoked_because"], &revoked["revoked_by"]),
        (&json!("revoked"), &json!("Left the profession"), &json!(hub.manager().id()))
    );
    assert_eq!(teacher.get(&format!("/v1/tickets/{ticket}")).await.ok()["revoked_because"], "Left the profession");
    hub.manager().post(&path, json!({ "reason": "x" })).await.refused(409, "invalid_transition");
    let refused = book_by(&teacher, &event, &teacher, &ticket).await.refused(409, "ticket_not_usable");
    assert!(refused["detail"].as_str().unwrap().contains("revoked"), "{refused}");
    hub.manager()
        .post(&format!("/v1/tickets/{}/revoke", nobody()), json!({ "reason": "x" }))
        .await
        .refused(404, "not_found");
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

async fn a_file_issues_tickets_once(hub: TestHub) {
    let manager = hub.manager();
    let (fabulinus, pass) = (ticket_type(&hub, json!({})).await, ticket_type(&hub, json!({ "name": "Pass" })).await);
    let (school, _, teacher) = hub.funded_school("Lampton Academy", "0").await;
    let colleague = hub.teacher(&school).await;
    let mut emails = Vec::new();
    for person in [&teacher, &colleague] {
        emails.push(person.get("/v1/me").await.ok()["email"].as_str().unwrap().to_owned());
    }
    let file = format!(
        "Email,Ticket type,Valid until,Note\n{},Fabulinus Ticket,2027-07-31,a\n{},Pass,,b\n{},Pass,,\n",
        emails[0], emails[0], emails[1]
    );
    let import = |query: &str, file: &str| manager.post(&format!("/v1/tickets/import{query}"), None).csv(file);
    let counts =
        |answer: &Value| ["rows", "issued", "unchanged", "faults"].map(|count| answer[count].as_i64().unwrap());
    let first = import("", &file).await.ok();
    assert_eq!((counts(&first), &first["ignored_columns"]), ([3, 3, 0, 0], &json!(["Note"])));
    assert_eq!(counts(&import("", &file).await.ok()), [3, 0, 3, 0], "a file that is sent again changes nothing");
    let tickets = manager.all(&format!("/v1/tickets?ticket_type_id={fabulinus}")).await;
    assert_eq!((tickets.len(), &tickets[0]["valid_until"]), (1, &json!("2027-07-31")));

    // Who used theirs has had it; who lost theirs may have another.
    let event = hub.event(EventPlan::default()).await;
    book_by(&teacher, &event, &teacher, tickets[0]["id"].as_str().unwrap()).await.created();
    let of_pass = manager.all(&format!("/v1/tickets?ticket_type_id={pass}&person_id={}", colleague.id())).await;
    manager
        .post(&format!("/v1/tickets/{}/revoke", of_pass[0]["id"].as_str().unwrap()), json!({ "reason": "lost" }))
        .await
        .ok();
    assert_eq!(counts(&import("", &file).await.ok()), [3, 1, 2, 0]);
    let of_one_type = format!("email\n{}\n{}\n", emails[0], emails[1]);
    assert_eq!(counts(&import(&format!("?ticket_type_id={fabulinus}"), &of_one_type).await.ok()), [2, 1, 1, 0]);
    hub.verified().await;
}

async fn every_bad_row_of_a_file_is_told_and_nothing_is_issued(hub: TestHub) {
    let (manager, of) = (hub.manager(), ticket_type(&hub, json!({})).await);
    let (_, _, teacher) = hub.funded_school("Lampton Academy", "0").await;
    let email = teacher.get("/v1/me").await.ok()["email"].as_str().unwrap().to_owned();
    let managers = manager.get("/v1/me").await.ok()["email"].as_str().unwrap().to_owned();
    let file = format!(
        "email,ticket_type,valid_until\n{email},Fabulinus Ticket,\nnobody,,07/31/2027\n{email},Golden Ticket,\n\
         {managers},Fabulinus Ticket,2026-10-04\nnobody@hub.example,Fabulinus Ticket,\n{email},Fabulinus Ticket,\nx\n"
    );
    let expected = [
        ("line 3, column \"email\"", "bad_email"),
        ("line 3, column \"ticket_type\"", "empty"),
        ("line 3, column \"valid_until\"", "bad_date"),
        ("line 4, column \"ticket_type\"", "unknown_ticket_type"),
        ("line 5, column \"valid_until\"", "in_the_past"),
        ("line 5, column \"email\"", "not_of_a_school"),
        ("line 6, column \"email\"", "unknown_person"),
        ("line 7, column \"email\"", "duplicate_row"),
        ("line 8", "wrong_cell_count"),
    ];
    let refused = manager.post("/v1/tickets/import", None).csv(file.as_str()).await.refused(400, "invalid_file");
    assert_eq!(faults(&refused), expected);
    assert_eq!(manager.all("/v1/tickets").await.len(), 0);
    let part = manager.post("/v1/tickets/import?mode=partial", None).csv(file.as_str()).await.ok();
    assert_eq!((faults(&part), &part["issued"], &part["faults"]), (expected.to_vec(), &json!(1), &json!(9)));

    let refused = manager.post("/v1/tickets/import", None).csv("email\nx\n").await.refused(400, "invalid_file");
    assert!(refused["detail"].as_str().unwrap().contains("ticket_type"), "{refused}");
    let query = format!("?ticket_type_id={}", nobody());
    manager
        .post(&format!("/v1/tickets/import{query}"), None)
        .csv("email\n")
        .await
        .invalid(&[("ticket_type_id", "unknown")]);
    manager.post("/v1/tickets/import?mode=some", None).csv("email\n").await.invalid(&[("mode", "invalid")]);
    manager.post("/v1/tickets/import", json!({})).await.refused(415, "unsupported_media_type");
    teacher
        .post(&format!("/v1/tickets/import?ticket_type_id={of}"), None)
        .csv("email\n")
        .await
        .refused(403, "forbidden");
}
