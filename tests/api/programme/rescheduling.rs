//! `PATCH /v1/events/{id}/sessions/{session}`: a session is moved, and what that is to those who have booked.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, TestHub, new_session, nobody, with};

/// Nothing comes back by this policy.
fn strict() -> Value {
    json!({ "basis": "calendar_days", "tiers": [] })
}

/// What somebody was told of sessions that were moved.
async fn moved_for(who: &Client) -> Vec<Value> {
    who.all("/v1/me/notices").await.into_iter().filter(|notice| notice["kind"] == "rescheduled").collect()
}

both_engines!(
    a_moved_session_can_be_left_free_for_seven_days,
    a_new_title_speaker_or_host_moves_nothing,
    a_place_spelt_anew_and_a_move_there_and_back_are_no_moves,
    of_a_programme_half_held_the_share_of_what_is_to_come_comes_back,
    a_session_is_added_to_a_published_event_and_one_called_off,
    the_last_session_is_called_off_with_its_event,
    what_can_not_be_is_refused
);

async fn a_moved_session_can_be_left_free_for_seven_days(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let programme = hub.programme(json!({})).await;
    let days = ["2026-11-12T09:00", "2026-11-19T09:00"].map(new_session);
    let event = hub
        .published_event(&programme, json!({ "sessions": days, "policy": strict(), "capacity": 3, "price": "10" }))
        .await;
    let path = format!("/v1/events/{event}/sessions/{}", hub.sessions(&event).await[1]);
    let (manager, another) = (hub.manager(), hub.teacher(&school).await);
    let first = lead.book_for(&event, &teacher).await.created();
    let second = lead.book(&event).await.created();
    assert_eq!(lead.act(&first, "cancel?dry_run=true").await.ok()["refund"], "0.00");
    hub.world.at("2026-10-10T12:00:00Z");
    let before = manager.get(&path).await;
    let moved = manager.patch(&path, &before.etag(), json!({ "starts_at": "2026-11-26T09:00:00Z", "ends_at": "2026-11-26T10:00:00Z", "place": "Heston Community School" })).await;
    assert_eq!(
        (&moved.ok()["starts_at"], &moved.ok()["sequence"], &before.ok()["sequence"]),
        (&json!("2026-11-26T09:00:00Z"), &json!(1), &json!(0))
    );
    assert_eq!(manager.get(&path).await.ok(), moved.ok());
    let whole = manager.get(&format!("/v1/events/{event}")).await.ok();
    assert_eq!(
        (&whole["rescheduled_at"], &whole["ends_at"]),
        (&json!("2026-10-10T12:00:00Z"), &json!("2026-11-26T10:00:00Z"))
    );
    for (who, count) in [(&teacher, 1), (&lead, 2)] {
        let told = moved_for(who).await;
        assert!(told.iter().all(|notice| notice["due_at"] == "2026-10-17T12:00:00Z"), "{told:?}");
        assert_eq!(told.len(), count);
    }
    // Who books after it knows of it.
    hub.world.pass(TimeDelta::seconds(1));
    let third = another.book(&event).await.created();
    lead.act(&third, "approve").await.ok();
    assert_eq!(
        (&lead.booking(&first).await["free_until"], &third["free_until"]),
        (&json!("2026-10-17T12:00:00Z"), &Value::Null)
    );
    assert_eq!(another.act(&third, "cancel").await.ok()["refund"], "0.00");

    hub.world.at("2026-10-17T11:59:59Z");
    let quote = teacher.get(&format!("/v1/bookings/{}/cancellation-quote", first["id"].as_str().unwrap())).await.ok();
    assert_eq!(
        (&quote["refund"], &quote["kept"], &quote["holds_until"]),
        (&json!("10.00"), &json!("0.00"), &json!("2026-10-17T12:00:00Z"))
    );
    assert_eq!(teacher.act(&first, "cancel").await.ok()["refund"], "10.00");
    hub.world.at("2026-10-17T12:00:00Z");
    assert_eq!(lead.act(&second, "cancel").await.ok()["refund"], "0.00");
    assert_eq!(hub.balance(&school).await, "80.00");
    hub.verified().await;
}

async fn a_new_title_speaker_or_host_moves_nothing(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let programme = hub.programme(json!({})).await;
    let event = hub.published_event(&programme, json!({ "policy": strict() })).await;
    let path = format!("/v1/events/{event}/sessions/{}", hub.sessions(&event).await[0]);
    let booking = lead.book_for(&event, &teacher).await.created();
    let manager = hub.manager();
    let tag = manager.get(&path).await.etag();
    let changed = manager.patch(&path, &tag, json!({ "title": "Keynote", "speaker": "Dr Ada" })).await;
    assert_eq!((&changed.ok()["title"], &changed.ok()["sequence"]), (&json!("Keynote"), &json!(1)));
    let hosted = manager.patch(&path, &changed.etag(), json!({ "host_id": teacher.id() })).await;
    assert_eq!((&hosted.ok()["host_id"], &hosted.ok()["sequence"]), (&json!(teacher.id()), &json!(1)));
    assert_eq!(manager.patch(&path, &hosted.etag(), json!({ "host_id": null })).await.ok()["host_id"], Value::Null);
    assert_eq!(lead.act(&booking, "cancel?dry_run=true").await.ok()["refund"], "0.00");
    assert!(moved_for(&teacher).await.is_empty());
    assert_eq!(manager.get(&format!("/v1/events/{event}")).await.ok()["rescheduled_at"], Value::Null);
    assert_eq!(manager.titles("/v1/events?text=dr%20ada").await.len(), 1);
}

async fn a_place_spelt_anew_and_a_move_there_and_back_are_no_moves(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let programme = hub.programme(json!({})).await;
    let event = hub.published_event(&programme, json!({ "policy": strict(), "price": "10" })).await;
    let path = format!("/v1/events/{event}/sessions/{}", hub.sessions(&event).await[0]);
    let manager = hub.manager();
    let change = async |to: Value| {
        let tag = manager.get(&path).await.etag();
        manager.patch(&path, &tag, to).await
    };
    let first = lead.book_for(&event, &teacher).await.created();
    let free = async |booking: &Value| lead.booking(booking).await["free_until"].clone();
    let mended = change(json!({ "place": "Lampton Academy, hall", "online_url": "https://meet.example/1" })).await;
    assert_eq!(mended.ok()["sequence"], 1, "calendars show it");
    assert_eq!((free(&first).await, moved_for(&teacher).await.len()), (Value::Null, 0));
    assert_eq!(manager.get(&format!("/v1/events/{event}")).await.ok()["rescheduled_at"], Value::Null);
    change(json!({ "title": "Another", "moved": true })).await.invalid(&[("/moved", "invalid")]);

    let there = json!({ "starts_at": "2026-11-13T09:00:00Z", "ends_at": "2026-11-13T10:00:00Z" });
    change(there).await.ok();
    assert_eq!(free(&first).await, "2026-10-12T09:00:00Z");
    let meanwhile = lead.book(&event).await.created();
    assert_eq!(meanwhile["free_until"], Value::Null);
    hub.world.pass(TimeDelta::days(1));
    change(json!({ "starts_at": "2026-11-12T09:00:00Z", "ends_at": "2026-11-12T10:00:00Z" })).await.ok();
    assert_eq!((free(&first).await, free(&meanwhile).await), (Value::Null, json!("2026-10-13T09:00:00Z")));
    let told = moved_for(&teacher).await;
    assert!(told.len() == 2 && told.iter().any(|notice| notice["due_at"] == Value::Null), "told of both: {told:?}");
    assert_eq!(lead.act(&first, "cancel?dry_run=true").await.ok()["refund"], "0.00");

    // Elsewhere, where the manager says so; and back there.
    change(json!({ "place": "Heston Community School", "moved": true })).await.ok();
    assert_eq!(free(&first).await, "2026-10-13T09:00:00Z");
    change(json!({ "place": "Lampton Academy", "online_url": null, "moved": true })).await.ok();
    assert_eq!((free(&first).await, free(&meanwhile).await), (Value::Null, json!("2026-10-13T09:00:00Z")));
    assert_eq!(lead.act(&meanwhile, "cancel").await.ok()["refund"], "10.00");
    assert_eq!(hub.balance(&school).await, "90.00");
    hub.verified().await;
}

async fn of_a_programme_half_held_the_share_of_what_is_to_come_comes_back(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "200").await;
    let programme = hub.programme(json!({})).await;
    let days = ["2026-11-05T09:00", "2026-11-12T09:00", "2026-11-19T09:00"].map(new_session);
    let event = hub.published_event(&programme, json!({ "sessions": days, "policy": strict(), "price": "100" })).await;
    let last = format!("/v1/events/{event}/sessions/{}", hub.sessions(&event).await[2]);
    let (first, second) = (lead.book_for(&event, &teacher).await.created(), lead.book(&event).await.created());
    let manager = hub.manager();
    hub.world.at("2026-11-05T11:00:00Z");
    let change = json!({ "starts_at": "2026-11-20T09:00:00Z", "ends_at": "2026-11-20T10:00:00Z" });
    manager.patch(&last, &manager.get(&last).await.etag(), change).await.ok();
    let quote = |who: &Value| format!("/v1/bookings/{}/cancellation-quote", who["id"].as_str().unwrap());
    let told = lead.get(&quote(&first)).await.ok();
    assert_eq!(
        (&told["refund"], &told["kept"], &told["holds_until"]),
        (&json!("66.66"), &json!("33.34"), &json!("2026-11-12T09:00:00Z"))
    );
    let cancel = format!("cancel?quote={}", told["quote"].as_str().unwrap());
    assert_eq!(teacher.act(&first, &cancel).await.ok()["refund"], "66.66");
    // The second session is held, and the week is over with it.
    hub.world.at("2026-11-12T09:00:00Z");
    assert_eq!(lead.get(&quote(&second)).await.ok()["refund"], "33.33");
    hub.world.at("2026-11-12T11:00:00Z");
    assert_eq!(lead.act(&second, "cancel").await.ok()["refund"], "0.00");
    assert_eq!(hub.balance(&school).await, "66.66");
    hub.verified().await;
}

async fn a_session_is_added_to_a_published_event_and_one_called_off(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "200").await;
    let programme = hub.programme(json!({})).await;
    let days = ["2026-11-05T09:00", "2026-11-12T09:00", "2026-11-19T09:00"].map(new_session);
    let event = hub.published_event(&programme, json!({ "sessions": days, "policy": strict(), "price": "100" })).await;
    let (manager, sessions) = (hub.manager(), hub.sessions(&event).await);
    let (first, second) = (lead.book_for(&event, &teacher).await.created(), lead.book(&event).await.created());
    let free = async |booking: &Value| lead.booking(booking).await["free_until"].clone();
    let off = |session: &str| format!("/v1/events/{event}/sessions/{session}/cancel");
    let reason = || json!({ "reason": "The hall is flooded" });
    let added = manager.post(&format!("/v1/events/{event}/sessions"), new_session("2026-11-26T09:00")).await.created();
    assert_eq!(free(&first).await, "2026-10-12T09:00:00Z");
    assert_eq!(teacher.all("/v1/me/notices").await[0]["kind"], "session_added");
    // Taken out again, it is as it was; before the start nothing goes back.
    let out = manager.post(&off(added["id"].as_str().unwrap()), reason()).await.ok();
    assert_eq!(
        (&out["session"]["id"], &out["refund"], free(&first).await),
        (&added["id"], &json!("0.00"), Value::Null)
    );
    manager.post(&off(&sessions[1]), json!({})).await.invalid(&[("/reason", "missing")]);
    lead.post(&off(&sessions[1]), reason()).await.refused(403, "forbidden");
    manager.post(&off(&nobody()), reason()).await.refused(404, "not_found");
    hub.verified().await;

    // One of three, called off after the first was held: a third of the price goes back to everybody.
    hub.world.at("2026-11-05T11:00:00Z");
    manager.post(&off(&sessions[0]), reason()).await.refused(409, "event_started");
    let out = manager.post(&off(&sessions[1]), reason()).key("flood").await;
    assert_eq!(out.ok()["refund"], "66.66");
    assert_eq!(manager.post(&off(&sessions[1]), reason()).key("flood").await.ok(), out.ok(), "once");
    assert_eq!(
        (lead.booking(&first).await["held"].clone(), hub.balance(&school).await),
        (json!("66.67"), "66.66".to_owned())
    );
    assert_eq!((free(&first).await, hub.sessions(&event).await.len()), (json!("2026-11-12T09:00:00Z"), 2));
    // And of the two that are left, one is to come.
    assert_eq!(lead.act(&second, "cancel").await.ok()["refund"], "33.33");
    manager.post(&off(&sessions[2]), reason()).await.ok();
    assert_eq!(lead.booking(&first).await["held"], "33.34", "half of what was left, rounded down");
    manager.post(&off(&sessions[0]), reason()).await.refused(409, "event_started");
    hub.verified().await;
}

async fn the_last_session_is_called_off_with_its_event(hub: TestHub) {
    let programme = hub.programme(json!({})).await;
    let (manager, event) = (hub.manager(), hub.published_event(&programme, json!({})).await);
    let session = hub.sessions(&event).await.remove(0);
    let path = format!("/v1/events/{event}/sessions/{session}/cancel");
    let refused = manager.post(&path, json!({ "reason": "Snow" })).await.refused(409, "invalid_transition");
    assert!(refused["detail"].as_str().unwrap().contains("call the event off"), "{refused}");
    manager.post(&format!("/v1/events/{event}/cancel"), json!({ "reason": "Snow" })).await.ok();
    manager.post(&path, json!({ "reason": "Snow" })).await.refused(409, "invalid_transition");
    manager
        .post(&format!("/v1/events/{event}/sessions"), new_session("2026-12-01T09:00"))
        .await
        .refused(409, "invalid_transition");
}

async fn what_can_not_be_is_refused(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (partner, of_partner) = hub.partner("Language Line").await;
    let programme = hub.programme(json!({ "provider": { "kind": "partner", "partner_id": partner } })).await;
    let days = ["2026-11-12T09:00", "2026-11-19T09:00"].map(new_session);
    let event = hub.published_event(&programme, json!({ "sessions": days })).await;
    let sessions = hub.sessions(&event).await;
    let path = |session: &str| format!("/v1/events/{event}/sessions/{session}");
    let booking = lead.book_for(&event, &teacher).await.created();
    let (manager, first, second) = (hub.manager(), path(&sessions[0]), path(&sessions[1]));
    let tag = manager.get(&second).await.etag();
    let patch = async |change: Value| manager.patch(&second, &tag, change).await;
    patch(json!({ "starts_at": "2026-11-12T09:30:00Z", "ends_at": "2026-11-12T10:30:00Z" }))
        .await
        .invalid(&[("/starts_at", "invalid")]);
    patch(json!({ "starts_at": "2026-10-01T09:30:00Z", "ends_at": "2026-10-02T09:30:01Z", "place": null, "host_id": nobody() })).await.invalid(&[("/starts_at", "invalid"), ("/ends_at", "invalid"), ("/place", "invalid"), ("/host_id", "unknown")]);
    patch(json!({ "starts_at": "tomorrow", "colour": "red" }))
        .await
        .invalid(&[("/starts_at", "invalid"), ("/colour", "unknown_field")]);
    patch(json!({ "starts_at": "2028-11-12T09:30:00Z", "ends_at": "2028-11-12T10:30:00Z" })).await.ok();
    manager.patch(&second, &tag, json!({ "title": "Late" })).await.refused(412, "stale");
    manager.patch(&second, "", json!({})).without("if-match").await.refused(428, "if_match_required");
    manager.patch(&path(&nobody()), "\"1\"", json!({})).await.refused(404, "not_found");
    for who in [&lead, &teacher, &hub.viewer().await] {
        who.patch(&first, "\"1\"", json!({ "title": "Mine" })).await.refused(403, "forbidden");
        who.get(&first).await.ok();
    }
    of_partner.patch(&first, "\"1\"", json!({ "title": "Ours" })).await.ok();
    of_partner
        .patch(&first, "\"2\"", json!({ "place": "Elsewhere", "moved": true }))
        .await
        .invalid(&[("/moved", "invalid")]);
    hub.partner("Music Trust")
        .await
        .1
        .patch(&first, "\"2\"", json!({ "title": "Theirs" }))
        .await
        .refused(404, "not_found");
    // The year of a first session must be open.
    let tag = manager.get(&first).await.etag();
    let next_year = json!({ "starts_at": "2027-11-12T09:00:00Z", "ends_at": "2027-11-12T10:00:00Z" });
    manager.patch(&first, &tag, next_year).await.refused(409, "year_closed");
    // A register that is begun stays where it is, and so does a session that has begun.
    hub.world.at("2026-11-12T08:00:00Z");
    let later = json!({ "starts_at": "2026-11-12T15:00:00Z", "ends_at": "2026-11-12T16:00:00Z" });
    manager.mark(&event, &sessions[0], &[(&booking, "excused")]).await.is(204);
    manager.patch(&first, &tag, later.clone()).await.refused(409, "in_use");
    hub.world.at("2026-11-12T09:00:00Z");
    manager.patch(&first, &tag, later).await.refused(409, "event_started");
    manager.patch(&first, &tag, json!({ "title": "Renamed" })).await.ok();
    let draft =
        hub.draft_event(&programme, json!({ "sessions": [with(new_session("2026-12-12T09:00"), json!({}))] })).await;
    let of_draft = format!("/v1/events/{draft}/sessions/{}", hub.sessions(&draft).await[0]);
    let moved = manager.patch(&of_draft, "\"1\"", json!({ "starts_at": "2026-12-12T08:00:00Z" })).await.ok();
    assert_eq!((&moved["starts_at"], &moved["sequence"]), (&json!("2026-12-12T08:00:00Z"), &json!(0)));
    assert_eq!(manager.get(&format!("/v1/events/{draft}")).await.ok()["starts_at"], "2026-12-12T08:00:00Z");
    lead.get(&of_draft).await.refused(404, "not_found");
    hub.verified().await;
}
