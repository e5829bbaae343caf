//! `/v1/ticket-types` and `/v1/tickets`: made, issued one by one and by a file, seen, taken back.

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

pub(super) async fn ticket_type(hub: &TestHub, over: Value) -> String {
    hub.manager().add("/v1/ticket-types", new_type(over)).await
}

/// Issues a ticket of the type to a person; the answer is its id.
pub(super) async fn issue(hub: &TestHub, of: &str, person: &Client) -> String {
    hub.manager().add("/v1/tickets", json!({ "ticket_type_id": of, "person_id": person.id() })).await
}

/// A teacher of a school without credits who has a ticket of the type, their lead, and the ticket.
pub(super) async fn holder(hub: &TestHub, over: Value) -> (Client, Client, String) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "0").await;
    let ticket = issue(hub, &ticket_type(hub, over).await, &teacher).await;
    (lead, teacher, ticket)
}

/// A place for a ticket, whatever else the delegate does on that day.
pub(super) fn by_ticket(event: &str, delegate: &Client, ticket: &str) -> Value {
    json!({ "event_id": event, "person_id": delegate.id(), "ticket_id": ticket, "allow_clash": true })
}

pub(super) async fn book_by(caller: &Client, event: &str, delegate: &Client, ticket: &str) -> Reply {
    caller.post("/v1/bookings", by_ticket(event, delegate, ticket)).await
}

/// Where a ticket stands, and the booking that has it.
pub(super) async fn standing(hub: &TestHub, ticket: &str) -> (String, Value) {
    let found = hub.manager().get(&format!("/v1/tickets/{ticket}")).await.ok();
    (found["state"].as_str().unwrap().to_owned(), found["booking_id"].clone())
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
    a_ticket_expires_at_the_end_of_its_last_day,
    the_hub_takes_a_ticket_back_and_says_why,
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
