//! The codes of bookings, from the event and the place on it to the certificate.

use chrono::TimeDelta;
use hub_credits::members::people::Role;
use hub_credits::programme::programmes::admission::Admission;
use serde_json::{Value, json};

use super::{Row, rows};
use crate::support::{Client, EventPlan, TestHub, new_session};

/// A ticket that pays for conferences, of a teacher: the teacher and the ticket.
async fn ticket(hub: &TestHub) -> (Client, String) {
    let (_, _, teacher) = hub.funded_school("Lampton Academy", "0").await;
    let new = json!({ "name": "Pass", "covers": { "kinds": ["conference"] }, "valid_months": 12, "needs_approval": false, "returns": { "rule": "days_before", "days": 14 } });
    let of = hub.manager().add("/v1/ticket-types", new).await;
    let ticket = hub.manager().add("/v1/tickets", json!({ "ticket_type_id": of, "person_id": teacher.id() })).await;
    (teacher, ticket)
}

fn by_ticket(event: &str, delegate: &Client, ticket: &str) -> Value {
    json!({ "event_id": event, "person_id": delegate.id(), "ticket_id": ticket, "allow_clash": true })
}

/// An event of a programme with a booking on it: the event, the lead, the teacher and the booking.
pub(super) async fn booked(hub: &TestHub, over: Value) -> (String, Client, Client, Value) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.published_event(&hub.programme(json!({})).await, over).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    (event, lead, teacher, booking)
}

/// The same, attended.
async fn attended(hub: &TestHub, over: Value) -> (Client, Value) {
    let (event, _, teacher, booking) = booked(hub, over).await;
    hub.complete_with(&event, &[(&booking, &["present"])]).await;
    (teacher, booking)
}

fn of_booking(booking: &Value, what: &str) -> String {
    format!("/v1/bookings/{}/{what}", booking["id"].as_str().unwrap())
}

rows! {
    "invalid_transition" 409 |hub| {
        let (_, lead, _, booking) = booked(hub, json!({})).await;
        lead.act(&booking, "cancel").await.ok();
        lead.act(&booking, "cancel").await
    }
    "insufficient_credits" 409 |hub| {
        let (_, lead, _) = hub.funded_school("Lampton Academy", "9.99").await;
        lead.book(&hub.event(EventPlan::of(1, "10")).await).await
    }
    "event_not_open" 409 |hub| {
        let (_, lead, _) = hub.funded_school("Lampton Academy", "100").await;
        lead.book(&hub.event(EventPlan { opens_at: Some(hub.world.clock.now() + TimeDelta::days(1)), ..EventPlan::default() }).await).await
    }
    "event_started" 409 |hub| {
        let (_, lead, _) = hub.funded_school("Lampton Academy", "100").await;
        let event = hub.event(EventPlan { starts_in: TimeDelta::hours(1), ..EventPlan::default() }).await;
        hub.world.pass(TimeDelta::hours(1));
        lead.book(&event).await
    }
    "quote_expired" 409 |hub| {
        let (_, lead, _) = hub.funded_school("Lampton Academy", "100").await;
        let event = hub.event(EventPlan { starts_in: TimeDelta::days(30), ..EventPlan::default() }).await;
        let booking = lead.book(&event).await.created();
        let quote = lead.get(&of_booking(&booking, "cancellation-quote")).await.ok();
        hub.world.pass(TimeDelta::days(10));
        lead.post(&format!("{}?agreed_quote={}", of_booking(&booking, "cancel"), quote["quote"].as_str().unwrap()), None).await
    }
    "nothing_kept" 409 |hub| {
        let (_, lead, _, booking) = booked(hub, json!({})).await;
        lead.act(&booking, "cancel").await.ok();
        hub.manager().post(&of_booking(&booking, "waive"), json!({ "reason": "Illness" })).await
    }
    "event_not_over" 409 |hub| {
        let (event, ..) = booked(hub, json!({})).await;
        hub.manager().post(&format!("/v1/events/{event}/complete"), None).await
    }
    "register_not_open" 409 |hub| {
        let (event, _, _, booking) = booked(hub, json!({})).await;
        hub.manager().mark(&event, &hub.sessions(&event).await[0], &[(&booking, "present")]).await
    }
    "register_incomplete" 409 |hub| {
        let (event, ..) = booked(hub, json!({})).await;
        hub.world.at("2026-11-12T10:00:00Z");
        hub.manager().post(&format!("/v1/events/{event}/complete"), None).await
    }
    "already_booked" 409 |hub| {
        let (event, lead, teacher, _) = booked(hub, json!({})).await;
        lead.book_for(&event, &teacher).await
    }
    "event_full" 409 |hub| {
        let (school, lead, a) = hub.funded_school("Lampton Academy", "100").await;
        let (b, event) = (hub.teacher(&school).await, hub.event(EventPlan::of(1, "10")).await);
        lead.book_group(&event, &[&a, &b], json!({})).await
    }
    "not_in_audience" 409 |hub| {
        let (_, _, teacher) = hub.funded_school("Lampton Academy", "100").await;
        let admission = Admission { roles: vec![Role::SchoolLead], ..Admission::default() };
        teacher.book(&hub.event(EventPlan { admission, ..EventPlan::default() }).await).await
    }
    "too_many_filters" 409 |hub| {
        for number in 0..20 {
            hub.manager().post("/v1/me/saved-filters", json!({ "name": format!("{number}") })).await.created();
        }
        hub.manager().post("/v1/me/saved-filters", json!({ "name": "More" })).await
    }
    "school_limit" 409 |hub| {
        let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
        let admission = Admission { max_per_school: Some(1), ..Admission::default() };
        let event = hub.event(EventPlan { admission, ..EventPlan::default() }).await;
        lead.book(&event).await.created();
        teacher.book(&event).await
    }
    "clash" 409 |hub| {
        let (_, _, teacher, _) = booked(hub, json!({})).await;
        let at_the_same_time = json!({ "sessions": [new_session("2026-11-12T09:30")] });
        teacher.book(&hub.published_event(&hub.programme(json!({ "title": "Another" })).await, at_the_same_time).await).await
    }
    "ticket_not_usable" 409 |hub| {
        let (teacher, ticket) = ticket(hub).await;
        let (one, two) = (hub.event(EventPlan::default()).await, hub.event(EventPlan::default()).await);
        teacher.post("/v1/bookings", by_ticket(&one, &teacher, &ticket)).await.created();
        teacher.post("/v1/bookings", by_ticket(&two, &teacher, &ticket)).await
    }
    "ticket_does_not_cover" 409 |hub| {
        let (teacher, ticket) = ticket(hub).await;
        let event = hub.published_event(&hub.programme(json!({})).await, json!({})).await;
        teacher.post("/v1/bookings", by_ticket(&event, &teacher, &ticket)).await
    }
    "ticket_not_needed" 409 |hub| {
        let (teacher, ticket) = ticket(hub).await;
        let event = hub.event(EventPlan::of(1, "0")).await;
        teacher.post("/v1/bookings", by_ticket(&event, &teacher, &ticket)).await
    }
    "capacity_below_held" 409 |hub| {
        let (event, lead, _, _) = booked(hub, json!({})).await;
        lead.book(&event).await.created();
        let path = format!("/v1/events/{event}");
        hub.manager().patch(&path, &hub.manager().get(&path).await.etag(), json!({ "capacity": 1 })).await
    }
    "school_left" 409 |hub| {
        let (school, lead, _) = hub.funded_school("Lampton Academy", "100").await;
        let (path, event) = (format!("/v1/schools/{}", school.id), hub.event(EventPlan::default()).await);
        let left = json!({ "left_on": "2026-10-05" });
        hub.manager().patch(&path, &hub.manager().get(&path).await.etag(), left).await.ok();
        lead.book(&event).await
    }
    "own_request" 409 |hub| {
        let (school, lead, _) = hub.funded_school("Lampton Academy", "100").await;
        let path = format!("/v1/schools/{}/approval", school.id);
        lead.patch(&path, &lead.get(&path).await.etag(), json!({ "second_person": true })).await.ok();
        let own = lead.book(&hub.event(EventPlan::default()).await).await.created();
        lead.act(&own, "approve").await
    }
    "not_attended" 409 |hub| {
        let (_, _, teacher, booking) = booked(hub, json!({})).await;
        teacher.get(&of_booking(&booking, "certificate")).await
    }
    "evaluation_required" 409 |hub| {
        let (teacher, booking) = attended(hub, json!({ "evaluation_required": true })).await;
        teacher.get(&of_booking(&booking, "certificate")).await
    }
    "no_font" 406 |hub| {
        let manager = hub.manager();
        let path = format!("/v1/people/{}", manager.id());
        manager.patch(&path, &manager.get(&path).await.etag(), json!({ "name": "李明" })).await.ok();
        manager.get("/v1/me/cpd-record").as_pdf().await
    }
    "evaluation_settled" 409 |hub| {
        let (teacher, booking) = attended(hub, json!({})).await;
        let path = of_booking(&booking, "evaluation");
        let given = teacher.post(&path, json!({ "rating": 4 })).await;
        given.created();
        hub.world.pass(TimeDelta::days(14));
        teacher.patch(&path, &given.etag(), json!({ "rating": 1 })).await
    }
    "in_use" 409 |hub| {
        let (event, _, _, booking) = booked(hub, json!({})).await;
        let session = hub.sessions(&event).await.remove(0);
        hub.world.at("2026-11-12T08:00:00Z");
        hub.manager().mark(&event, &session, &[(&booking, "excused")]).await.is(204);
        let later = json!({ "starts_at": "2026-11-12T15:00:00Z", "ends_at": "2026-11-12T16:00:00Z" });
        hub.manager().patch(&format!("/v1/events/{event}/sessions/{session}"), "\"1\"", later).await
    }
}
