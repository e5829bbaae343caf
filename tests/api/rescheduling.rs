//! `PATCH /v1/events/{id}/sessions/{session}`: a session is moved, and what that is to those who have booked.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{TestHub, new_session, nobody, with};

/// Nothing comes back by this policy.
fn strict() -> Value {
    json!({ "basis": "calendar_days", "tiers": [] })
}

both_engines! {
    async fn a_moved_session_can_be_left_free_for_seven_days(hub: TestHub) {
        let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
        let programme = hub.programme(json!({})).await;
        let days = ["2026-11-12T09:00", "2026-11-19T09:00"].map(new_session);
        let event = hub.published_event(&programme, json!({ "sessions": days, "policy": strict(), "capacity": 3, "price": "10" })).await;
        let path = format!("/v1/events/{event}/sessions/{}", hub.sessions(&event).await[1]);
        let (manager, another) = (hub.manager(), hub.teacher(&school).await);
        let first = lead.book_for(&event, &teacher).await.created();
        let second = lead.book(&event).await.created();
        assert_eq!(lead.act(&first, "cancel?dry_run=true").await.ok()["refund"], "0.00");
        hub.world.at("2026-10-10T12:00:00Z");
        let before = manager.get(&path).await;
        let moved = manager.patch(&path, &before.etag(), json!({ "starts_at": "2026-11-26T09:00:00Z", "ends_at": "2026-11-26T10:00:00Z", "place": "Heston Community School" })).await;
        assert_eq!((&moved.ok()["starts_at"], &moved.ok()["sequence"], &before.ok()["sequence"]), (&json!("2026-11-26T09:00:00Z"), &json!(1), &json!(0)));
        assert_eq!(manager.get(&path).await.ok(), moved.ok());
        let whole = manager.get(&format!("/v1/events/{event}")).await.ok();
        assert_eq!((&whole["rescheduled_at"], &whole["ends_at"]), (&json!("2026-10-10T12:00:00Z"), &json!("2026-11-26T10:00:00Z")));
        for (who, count) in [(&teacher, 1), (&lead, 2)] {
            let told = who.all("/v1/me/notices").await;
            assert!(told.iter().all(|notice| notice["kind"] == "rescheduled" && notice["due_at"] == "2026-10-17T12:00:00Z"), "{told:?}");
            assert_eq!(told.len(), count);
        }
        // Who books after it knows of it.
        hub.world.pass(TimeDelta::seconds(1));
        let third = another.book(&event).await.created();
        lead.act(&third, "approve").await.ok();
        assert_eq!((&lead.booking(&first).await["free_until"], &third["free_until"]), (&json!("2026-10-17T12:00:00Z"), &Value::Null));
        assert_eq!(another.act(&third, "cancel").await.ok()["refund"], "0.00");

        hub.world.at("2026-10-17T11:59:59Z");
        let quote = teacher.get(&format!("/v1/bookings/{}/cancellation-quote", first["id"].as_str().unwrap())).await.ok();
        assert_eq!((&quote["refund"], &quote["kept"], &quote["holds_until"]), (&json!("10.00"), &json!("0.00"), &json!("2026-10-17T12:00:00Z")));
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
        assert!(teacher.all("/v1/me/notices").await.is_empty());
        assert_eq!(manager.get(&format!("/v1/events/{event}")).await.ok()["rescheduled_at"], Value::Null);
        assert_eq!(manager.titles("/v1/events?text=dr%20ada").await.len(), 1);
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
        patch(json!({ "starts_at": "2026-11-12T09:30:00Z", "ends_at": "2026-11-12T10:30:00Z" })).await.invalid(&[("/starts_at", "invalid")]);
        patch(json!({ "starts_at": "2026-10-01T09:30:00Z", "ends_at": "2026-10-02T09:30:01Z", "place": null, "host_id": nobody() })).await.invalid(&[("/starts_at", "invalid"), ("/ends_at", "invalid"), ("/place", "invalid"), ("/host_id", "unknown")]);
        patch(json!({ "starts_at": "tomorrow", "colour": "red" })).await.invalid(&[("/starts_at", "invalid"), ("/colour", "unknown_field")]);
        patch(json!({ "starts_at": "2028-11-12T09:30:00Z", "ends_at": "2028-11-12T10:30:00Z" })).await.ok();
        manager.patch(&second, &tag, json!({ "title": "Late" })).await.refused(412, "stale");
        manager.patch(&second, "", json!({})).without("if-match").await.refused(428, "if_match_required");
        manager.patch(&path(&nobody()), "\"1\"", json!({})).await.refused(404, "not_found");
        for who in [&lead, &teacher, &hub.viewer().await] {
            who.patch(&first, "\"1\"", json!({ "title": "Mine" })).await.refused(403, "forbidden");
            who.get(&first).await.ok();
        }
        of_partner.patch(&first, "\"1\"", json!({ "title": "Ours" })).await.ok();
        hub.partner("Music Trust").await.1.patch(&first, "\"2\"", json!({ "title": "Theirs" })).await.refused(404, "not_found");
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
        let draft = hub.draft_event(&programme, json!({ "sessions": [with(new_session("2026-12-12T09:00"), json!({}))] })).await;
        let of_draft = format!("/v1/events/{draft}/sessions/{}", hub.sessions(&draft).await[0]);
        let moved = manager.patch(&of_draft, "\"1\"", json!({ "starts_at": "2026-12-12T08:00:00Z" })).await.ok();
        assert_eq!((&moved["starts_at"], &moved["sequence"]), (&json!("2026-12-12T08:00:00Z"), &json!(0)));
        assert_eq!(manager.get(&format!("/v1/events/{draft}")).await.ok()["starts_at"], "2026-12-12T08:00:00Z");
        lead.get(&of_draft).await.refused(404, "not_found");
        hub.verified().await;
    }
}
