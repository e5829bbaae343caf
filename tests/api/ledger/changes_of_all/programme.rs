//! The walk past the programme: what partners and the hub offer, places on it, and the tickets that pay for some.

use hub_credits::programme::programmes::admission::Admission;
use serde_json::{Value, json};

use super::{Walk, id};
use crate::support::{Client, EventPlan, new_event, new_programme, new_session};

pub(super) async fn programme(walk: &mut Walk) {
    let manager = walk.hub.manager();
    let partner = walk.adds("partner.created", manager.post("/v1/partners", json!({ "name": "Languages" }))).await;
    walk.leaves(
        "partner.changed",
        manager.patch(&format!("/v1/partners/{partner}"), "\"1\"", json!({ "name": "Tongues" })),
    )
    .await;
    walk.adds("priority.created", manager.post("/v1/priorities", json!({ "name": "Reading" }))).await;
    let programme = walk.adds("programme.created", manager.post("/v1/programmes", new_programme(json!({})))).await;
    walk.leaves(
        "programme.changed",
        manager.patch(&format!("/v1/programmes/{programme}"), "\"1\"", json!({ "title": "Another" })),
    )
    .await;
    let event = walk.adds("event.created", manager.post("/v1/events", new_event(&programme, json!({})))).await;
    let path = format!("/v1/events/{event}");
    walk.leaves("event.changed", manager.patch(&path, "\"1\"", json!({ "capacity": 5 }))).await;
    let session =
        walk.adds("session.created", manager.post(&format!("{path}/sessions"), new_session("2026-11-13T09:00"))).await;
    let out =
        walk.adds("session.created", manager.post(&format!("{path}/sessions"), new_session("2026-11-14T09:00"))).await;
    walk.leaves(
        "session.called_off",
        manager.post(&format!("{path}/sessions/{out}/cancel"), json!({ "reason": "Snow" })),
    )
    .await;
    walk.leaves(
        "session.changed",
        manager.patch(&format!("{path}/sessions/{session}"), "\"1\"", json!({ "title": "Last" })),
    )
    .await;
    let copy =
        walk.adds("event.created", manager.post(&format!("{path}/copy"), json!({ "starts_on": "2026-11-19" }))).await;
    walk.leaves("event.deleted", manager.delete(&format!("/v1/events/{copy}")).header("if-match", "\"1\"")).await;
    walk.leaves("event.published", manager.post(&format!("{path}/publish"), None)).await;
    let (_, person) = walk.hub.partner("Drama").await;
    let drafted = walk.adds("programme.created", person.post("/v1/programmes", new_programme(json!({})))).await;
    let back = json!({ "reason": "For whom is it?" });
    walk.leaves("programme.returned", manager.post(&format!("/v1/programmes/{drafted}/send-back"), back)).await;
    walk.leaves("programme.published", manager.post(&format!("/v1/programmes/{drafted}/publish"), None)).await;
    let drafted = walk.adds("programme.created", person.post("/v1/programmes", new_programme(json!({})))).await;
    let withdrawn = person.delete(&format!("/v1/programmes/{drafted}")).header("if-match", "\"1\"");
    walk.leaves("programme.deleted", withdrawn).await;
    walk.leaves("event.cancelled", manager.post(&format!("{path}/cancel"), json!({ "reason": "Snow" }))).await;
}

pub(super) async fn bookings(walk: &mut Walk) {
    let (hub, manager) = (walk.hub.clone(), walk.hub.manager());
    let (school, lead, teacher) = hub.funded_school("Feltham", "1000").await;
    let others = [
        hub.teacher(&school).await,
        hub.teacher(&school).await,
        hub.teacher(&school).await,
        hub.teacher(&school).await,
    ];
    let programme = hub.programme(json!({})).await;
    let event = hub.published_event(&programme, json!({ "evaluation_required": false })).await;
    let run = hub.published_event(&programme, json!({ "sessions": [new_session("2026-12-01T09:00")] })).await;
    let book = |who: &Client, event: &str| who.post("/v1/bookings", json!({ "event_id": event }));
    let of = |booking: &Value, what: &str| format!("/v1/bookings/{}/{what}", id(booking));

    let booking = walk.leaves("booking.requested", book(&teacher, &event)).await;
    walk.leaves("booking.confirmed", lead.post(&of(&booking, "approve"), None)).await;
    let declined = others[0].book(&event).await.created();
    walk.leaves("booking.declined", lead.post(&of(&declined, "decline"), None)).await;
    let group = json!({ "event_id": event, "delegates": [others[0].id()], "unnamed": { "places": 1, "names_by": "2026-11-01" } });
    let group = walk.leaves("booking.confirmed", lead.post("/v1/bookings/groups", group)).await;
    let places: Vec<Value> = lead.all(&format!("/v1/bookings?event_id={event}")).await;
    let unnamed = places.iter().find(|place| place["person_id"].is_null()).unwrap_or_else(|| panic!("{group}"));
    walk.leaves("booking.named", lead.post(&of(unnamed, "name"), json!({ "person_id": others[1].id() }))).await;
    walk.leaves("booking.substituted", lead.post(&of(unnamed, "substitute"), json!({ "person_id": others[2].id() })))
        .await;
    walk.leaves("booking.moved", lead.post(&of(unnamed, "transfer"), json!({ "event_id": run }))).await;
    let given_up = lead.book_for(&event, &others[3]).await.created();
    hub.world.at("2026-11-05T09:00:00Z");
    walk.leaves("booking.cancelled", lead.post(&of(&given_up, "cancel"), None)).await;
    walk.leaves("booking.refunded", manager.post(&of(&given_up, "waive"), json!({ "reason": "Illness" }))).await;

    // A place that comes free is offered.
    let admission = Admission { offer_hours: Some(48), ..Admission::default() };
    let offered = hub.event(EventPlan { capacity: 1, admission, ..EventPlan::default() }).await;
    let held = lead.book(&offered).await.created();
    let (first, second) =
        (lead.book_for(&offered, &teacher).await.created(), lead.book_for(&offered, &others[0]).await.created());
    lead.act(&held, "cancel").await.ok();
    walk.leaves("booking.cancelled", teacher.post(&of(&first, "offer/decline"), None)).await;
    walk.leaves("booking.confirmed", others[0].post(&of(&second, "offer/accept"), None)).await;

    // One of before.
    let there = json!({ "person_id": teacher.id(), "marks": [{ "mark": "present" }] });
    let past = json!({ "programme_id": programme, "title": "Before", "sessions": [new_session("2026-09-10T09:00")], "delegates": [there] });
    walk.adds("event.completed", manager.post("/v1/events/history", past)).await;

    // The day of the event, and after.
    let session = hub.sessions(&event).await.remove(0);
    hub.world.at("2026-11-12T09:05:00Z");
    let code = teacher.get(&of(&booking, "check-in-code")).await.ok()["code"].clone();
    let at = format!("/v1/events/{event}/sessions/{session}");
    walk.leaves("booking.checked_in", manager.post(&format!("{at}/check-in"), json!({ "code": code }))).await;
    let marks = json!({ "marks": [{ "booking_id": booking["id"], "mark": "late" }] });
    walk.leaves("event.register_marked", manager.put(&format!("{at}/register"), marks)).await;
    hub.world.at("2026-11-12T10:00:00Z");
    let complete = manager.post(&format!("/v1/events/{event}/complete?unmarked=absent"), None);
    walk.leaves("booking.certificate_issued", complete).await;
    let path = of(&booking, "evaluation");
    walk.leaves("event.evaluation_given", teacher.post(&path, json!({ "rating": 4 }))).await;
    walk.leaves("event.evaluation_changed", teacher.patch(&path, "\"1\"", json!({ "rating": 5 }))).await;
    let told = hub.manager().get("/v1/changes?kind=event.evaluation_given").await.ok();
    assert_eq!(
        (&told["items"][0]["actor_id"], &told["items"][0]["booking_id"]),
        (&Value::Null, &Value::Null),
        "nobody learns whose it is"
    );
}

pub(super) async fn tickets(walk: &mut Walk) {
    let (hub, manager) = (walk.hub.clone(), walk.hub.manager());
    let school = hub.school("Brentford").await;
    let teacher = hub.teacher(&school).await;
    let of = json!({ "name": "Fabulinus Ticket", "covers": { "kinds": ["cpd_programme"] }, "valid_months": 12, "returns": { "rule": "always" } });
    let of = walk.adds("ticket_type.created", manager.post("/v1/ticket-types", of)).await;
    walk.leaves(
        "ticket_type.changed",
        manager.patch(&format!("/v1/ticket-types/{of}"), "\"1\"", json!({ "valid_months": 6 })),
    )
    .await;
    let ticket = walk
        .adds("ticket.issued", manager.post("/v1/tickets", json!({ "ticket_type_id": of, "person_id": teacher.id() })))
        .await;
    walk.leaves(
        "ticket.revoked",
        manager.post(&format!("/v1/tickets/{ticket}/revoke"), json!({ "reason": "A mistake" })),
    )
    .await;
    let email = manager.get(&format!("/v1/people/{}", teacher.id())).await.ok()["email"].as_str().unwrap().to_owned();
    let file = format!("email\n{email}\n");
    walk.leaves("ticket.issued", manager.post(&format!("/v1/tickets/import?ticket_type_id={of}"), None).csv(file))
        .await;
    let event = hub
        .published_event(&hub.programme(json!({})).await, json!({ "sessions": [new_session("2027-01-12T09:00")] }))
        .await;
    let ticket = manager.all(&format!("/v1/tickets?person_id={}&state=issued", teacher.id())).await.remove(0);
    let place = json!({ "event_id": event, "ticket_id": ticket["id"] });
    let booking = walk.leaves("ticket.used", teacher.post("/v1/bookings", place)).await;
    walk.leaves("ticket.returned", teacher.post(&format!("/v1/bookings/{}/cancel", id(&booking)), None)).await;
}
