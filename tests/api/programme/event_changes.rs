//! `/v1/events/{id}`: publication, and what is changed before it and after; who sees an event, and who changes it.

use serde_json::{Value, json};

use super::events::prepared;
use crate::both_engines;
use crate::support::{TestHub, World, new_event, new_session, nobody, with};

both_engines!(
    a_draft_can_be_changed_in_everything,
    a_window_is_checked_against_what_stays,
    what_makes_no_sense_is_refused_at_every_edit,
    sessions_are_added_to_a_draft,
    publication_opens_the_escrow_and_settles_the_sessions,
    what_has_begun_is_not_published,
    how_the_register_decides_is_a_setting,
    a_new_price_is_for_those_who_book_after_it,
    capacity_holds_what_is_held_and_a_raise_goes_to_the_line,
    drafts_are_hidden_from_schools,
    a_partner_makes_events_of_its_own_programmes,
    hubs_do_not_see_each_others_events
);

async fn a_draft_can_be_changed_in_everything(hub: TestHub) {
    let (manager, programme) = (hub.manager(), prepared(&hub).await);
    hub.year("2027/28").await;
    let path = format!("/v1/events/{}", hub.draft_event(&programme, json!({})).await);
    let before = manager.get(&path).await;
    let policy = json!({ "basis": "calendar_days", "tiers": [] });
    let change = json!({
        "title": "Spring run", "capacity": 5, "price": 3, "opens_at": "2026-10-10T00:00:00Z", "closes_at": "2027-10-01T00:00:00Z", "policy": policy,
        "sessions": [with(new_session("2027-10-02T09:00"), json!({ "title": "Later", "speaker": "Grace" })), with(new_session("2027-10-01T09:00"), json!({ "title": "Sooner" }))],
    });
    let reply = manager.patch(&path, &before.etag(), change).await;
    let after = reply.ok();
    for (field, value) in [
        ("title", json!("Spring run")),
        ("capacity", json!(5)),
        ("places_left", json!(5)),
        ("price", json!("3.00")),
        ("opens_at", json!("2026-10-10T00:00:00Z")),
        ("closes_at", json!("2027-10-01T00:00:00Z")),
        ("policy", policy),
        ("starts_at", json!("2027-10-01T09:00:00Z")),
        ("ends_at", json!("2027-10-02T10:00:00Z")),
        ("year", json!("2027/28")),
        ("state", json!("draft")),
    ] {
        assert_eq!(after[field], value, "{field}");
    }
    assert_eq!(after["sessions"].as_array().unwrap().len(), 2);
    assert_eq!(after["sessions"][0]["title"], "Sooner");
    assert_eq!(manager.get(&path).await.ok(), after);
    assert_eq!(
        (manager.titles("/v1/events?text=grace").await.len(), manager.titles("/v1/events?text=autumn").await.len()),
        (1, 0)
    );
    let cleared = manager.patch(&path, &reply.etag(), json!({ "opens_at": null, "closes_at": null })).await;
    assert_eq!(
        (&cleared.ok()["opens_at"], &cleared.ok()["closes_at"], &cleared.ok()["price"]),
        (&Value::Null, &Value::Null, &json!("3.00"))
    );
    manager.patch(&path, &reply.etag(), json!({ "title": "Late" })).await.refused(412, "stale");
    manager.patch(&path, "", json!({ "title": "Late" })).without("if-match").await.refused(428, "if_match_required");
    manager.patch(&path, &cleared.etag(), json!({ "capacity": 0, "sessions": [], "policy": { "basis": "calendar_days", "tiers": [{ "days_before": 1, "refund_percent": 101 }] } })).await
        .invalid(&[("/capacity", "invalid"), ("/sessions", "invalid"), ("/policy/tiers/0/refund_percent", "invalid")]);
    manager
        .patch(&path, &cleared.etag(), json!({ "sessions": [new_session("2028-10-01T09:00")] }))
        .await
        .refused(409, "year_closed");
    assert_eq!(manager.get(&path).await.ok(), cleared.ok());
}

async fn a_window_is_checked_against_what_stays(hub: TestHub) {
    let (manager, programme) = (hub.manager(), prepared(&hub).await);
    let path =
        format!("/v1/events/{}", hub.draft_event(&programme, json!({ "opens_at": "2026-10-20T00:00:00Z" })).await);
    manager
        .patch(&path, "\"1\"", json!({ "closes_at": "2026-10-19T00:00:00Z" }))
        .await
        .invalid(&[("/closes_at", "invalid")]);
    manager.patch(&path, "\"1\"", json!({ "closes_at": "2026-10-19T00:00:00Z", "opens_at": null })).await.ok();
}

async fn what_makes_no_sense_is_refused_at_every_edit(hub: TestHub) {
    let (manager, programme) = (hub.manager(), prepared(&hub).await);
    let days =
        json!({ "sessions": [new_session("2026-11-12T09:00"), new_session("2026-11-19T09:00")], "capacity": 10 });
    // The decision on the day of the first session, a minimum over the capacity, booking that opens too late or closes too late.
    let senseless = json!({ "minimum": { "delegates": 11, "decide_by": "2026-11-12" }, "opens_at": "2026-11-12T09:00:00Z", "closes_at": "2026-11-19T10:00:00Z" });
    manager.post("/v1/events", new_event(&programme, with(days.clone(), senseless.clone()))).await.invalid(&[
        ("/minimum/delegates", "invalid"),
        ("/minimum/decide_by", "invalid"),
        ("/opens_at", "invalid"),
        ("/closes_at", "invalid"),
    ]);
    let sensible = json!({ "minimum": { "delegates": 10, "decide_by": "2026-11-11" }, "opens_at": "2026-11-12T08:59:59Z", "closes_at": "2026-11-19T09:59:59Z" });
    for published in [false, true] {
        let over = with(days.clone(), sensible.clone());
        let event = if published {
            hub.published_event(&programme, over).await
        } else {
            hub.draft_event(&programme, over).await
        };
        let path = format!("/v1/events/{event}");
        let (before, session) = (manager.get(&path).await, hub.sessions(&event).await);
        let refused = async |change: Value, fields: &[(&str, &str)]| {
            manager.patch(&path, &before.etag(), change).await.invalid(fields);
        };
        refused(
            senseless.clone(),
            &[
                ("/minimum/delegates", "invalid"),
                ("/minimum/decide_by", "invalid"),
                ("/opens_at", "invalid"),
                ("/closes_at", "invalid"),
            ],
        )
        .await;
        // What was sent is named, not what stays.
        refused(json!({ "capacity": 9 }), &[("/capacity", "invalid")]).await;
        refused(json!({ "closes_at": "2026-11-12T08:59:59Z" }), &[("/closes_at", "invalid")]).await;
        refused(json!({ "closes_at": "2027-07-01T00:00:00Z", "capacity": 9, "policy": { "basis": "calendar_days", "tiers": [{ "days_before": 1, "refund_percent": 10 }, { "days_before": 9, "refund_percent": 10 }] } }),
            &[("/capacity", "invalid"), ("/closes_at", "invalid"), ("/policy/tiers/1/days_before", "invalid")]).await;
        let patch = async |at: usize, change: Value, fields: &[(&str, &str)]| {
            let path = format!("{path}/sessions/{}", session[at]);
            let tag = manager.get(&path).await.etag();
            manager.patch(&path, &tag, change).await.invalid(fields);
        };
        // The first session may not come before the decision and the opening, the last not end before booking closes, and none meet.
        patch(
            0,
            json!({ "starts_at": "2026-11-11T09:00:00Z", "ends_at": "2026-11-11T10:00:00Z" }),
            &[("/starts_at", "invalid"), ("/starts_at", "invalid")],
        )
        .await;
        patch(
            1,
            json!({ "starts_at": "2026-11-18T09:00:00Z", "ends_at": "2026-11-18T10:00:00Z" }),
            &[("/ends_at", "invalid")],
        )
        .await;
        patch(
            1,
            json!({ "starts_at": "2026-11-12T09:59:00Z", "ends_at": "2026-11-12T11:00:00Z" }),
            &[("/starts_at", "invalid")],
        )
        .await;
        assert_eq!(manager.get(&path).await.ok(), before.ok(), "nothing was changed");
        manager.patch(&path, &before.etag(), json!({ "minimum": null, "capacity": 9 })).await.ok();
    }
}

async fn sessions_are_added_to_a_draft(hub: TestHub) {
    let (manager, programme) = (hub.manager(), prepared(&hub).await);
    let path = format!("/v1/events/{}", hub.draft_event(&programme, json!({})).await);
    let before = manager.get(&path).await;
    let sessions = format!("{path}/sessions");
    let earlier = with(new_session("2026-11-11T09:00"), json!({ "title": "Induction", "speaker": "Prof. Noether" }));
    let added = manager.post(&sessions, earlier).await.created();
    let after = manager.get(&path).await;
    assert_eq!((&after.ok()["starts_at"], &after.ok()["sessions"][0]), (&json!("2026-11-11T09:00:00Z"), &added));
    assert_ne!(after.etag(), before.etag());
    assert_eq!(manager.titles("/v1/events?text=noether").await.len(), 1);
    manager
        .post(&sessions, with(new_session("2026-11-12T09:59"), json!({ "place": null })))
        .await
        .invalid(&[("/starts_at", "invalid"), ("/place", "invalid")]);
    manager.post(&sessions, new_session("2026-10-01T09:00")).await.invalid(&[("/starts_at", "invalid")]);
    manager.post(&sessions, json!({ "title": "", "x": 1 })).await.invalid(&[
        ("/title", "invalid"),
        ("/starts_at", "missing"),
        ("/ends_at", "missing"),
        ("/x", "unknown_field"),
    ]);
    manager.post(&sessions, new_session("2026-11-12T10:00")).await.created();
    assert_eq!(manager.titles(&format!("{sessions}?limit=2")).await, ["Induction", "Session", "Session"]);
    assert!(manager.get(&sessions).as_csv().await.sheet().contains("Prof. Noether"));
}

async fn publication_opens_the_escrow_and_settles_the_sessions(hub: TestHub) {
    let (manager, programme) = (hub.manager(), prepared(&hub).await);
    let event = hub.draft_event(&programme, json!({})).await;
    let path = format!("/v1/events/{event}");
    let escrows = async || manager.all("/v1/accounts?kind=escrow").await.len();
    assert_eq!(escrows().await, 0);
    let published = manager.post(&format!("{path}/publish"), None).await;
    assert_eq!((published.ok()["state"].as_str(), escrows().await), (Some("published"), 1));
    let again = manager.post(&format!("{path}/publish"), None).await.refused(409, "invalid_transition");
    assert!(again["detail"].as_str().unwrap().contains("the event is published; it can't become published"), "{again}");
    let refused = manager
        .patch(
            &path,
            &published.etag(),
            json!({ "title": "New", "price": "1", "sessions": [new_session("2026-12-01T09:00")] }),
        )
        .await;
    assert!(
        refused.refused(409, "invalid_transition")["detail"].as_str().unwrap().contains("sessions can't be changed"),
        "{refused}"
    );
    assert_eq!(manager.get(&path).await.ok(), published.ok());
    let changed = manager.patch(&path, &published.etag(), json!({ "title": "Run one", "capacity": 3, "opens_at": "2026-10-10T00:00:00Z", "closes_at": "2026-11-01T00:00:00Z" })).await.ok();
    assert_eq!(
        (&changed["title"], &changed["capacity"], &changed["price"]),
        (&json!("Run one"), &json!(3), &json!("12.50"))
    );
}

async fn what_has_begun_is_not_published(hub: TestHub) {
    let (manager, programme) = (hub.manager(), prepared(&hub).await);
    let event = hub.draft_event(&programme, json!({})).await;
    hub.world.at("2026-11-12T09:00:00Z");
    manager.post(&format!("/v1/events/{event}/publish"), None).await.refused(409, "event_started");
    assert_eq!(manager.get(&format!("/v1/events/{event}")).await.ok()["state"], "draft");
    manager.post(&format!("/v1/events/{}/publish", nobody()), None).await.refused(404, "not_found");
}

async fn how_the_register_decides_is_a_setting(hub: TestHub) {
    let (manager, programme) = (hub.manager(), prepared(&hub).await);
    let event = hub.published_event(&programme, json!({})).await;
    let path = format!("/v1/events/{event}");
    let first = manager.get(&path).await;
    assert_eq!(
        first.ok()["attendance"],
        json!({ "threshold_percent": 50, "excused": "left_out", "late_after_minutes": 10 })
    );
    let changed = manager
        .patch(&path, &first.etag(), json!({ "attendance": { "threshold_percent": 80, "excused": "missed" } }))
        .await;
    let expected = json!({ "threshold_percent": 80, "excused": "missed", "late_after_minutes": 10 });
    assert_eq!((&changed.ok()["attendance"], &manager.get(&path).await.ok()["attendance"]), (&expected, &expected));
    manager
        .patch(&path, &changed.etag(), json!({ "attendance": { "threshold_percent": 0, "late_after_minutes": 1441 } }))
        .await
        .invalid(&[("/attendance/threshold_percent", "invalid"), ("/attendance/late_after_minutes", "invalid")]);
    manager
        .patch(&path, &changed.etag(), json!({ "attendance": { "excused": "perhaps", "colour": 1 } }))
        .await
        .invalid(&[("/attendance/excused", "invalid"), ("/attendance/colour", "unknown_field")]);
    let draft = hub.draft_event(&programme, json!({ "attendance": { "late_after_minutes": 0 } })).await;
    assert_eq!(manager.get(&format!("/v1/events/{draft}")).await.ok()["attendance"]["late_after_minutes"], 0);
}

async fn a_new_price_is_for_those_who_book_after_it(hub: TestHub) {
    let (_, lead, first) = hub.funded_school("Lampton Academy", "100").await;
    let programme = prepared(&hub).await;
    let event = hub.published_event(&programme, json!({ "capacity": 2 })).await;
    let (path, manager) = (format!("/v1/events/{event}"), hub.manager());
    let before = lead.book_for(&event, &first).await.created();
    let tag = manager.get(&path).await.etag();
    let none = json!({ "basis": "calendar_days", "tiers": [] });
    let changed = manager.patch(&path, &tag, json!({ "price": "20", "policy": none })).await.ok();
    assert_eq!((&changed["price"], &changed["policy"]), (&json!("20.00"), &none));
    let after = lead.book(&event).await.created();
    assert_eq!(
        (&before["price"], &after["price"], &after["held"]),
        (&json!("12.50"), &json!("20.00"), &json!("20.00"))
    );
    assert_eq!(lead.act(&before, "cancel").await.ok()["refund"], "12.50", "by the policy that was agreed");
    assert_eq!(lead.act(&after, "cancel").await.ok()["refund"], "0.00");
    hub.verified().await;
}

async fn capacity_holds_what_is_held_and_a_raise_goes_to_the_line(hub: TestHub) {
    let (_, lead, first) = hub.funded_school("Lampton Academy", "100").await;
    let programme = prepared(&hub).await;
    let event = hub.published_event(&programme, json!({ "capacity": 2 })).await;
    let (path, manager) = (format!("/v1/events/{event}"), hub.manager());
    lead.book(&event).await.created();
    lead.book_for(&event, &first).await.created();
    let (_, second_lead, second) = hub.funded_school("Heston Community School", "100").await;
    let waiting = second_lead.book_for(&event, &second).await.created();
    assert_eq!(waiting["state"], "waitlisted");
    let full = manager.get(&path).await;
    assert_eq!((&full.ok()["places_left"], &full.ok()["waiting"]), (&json!(0), &json!(1)));
    let refused =
        manager.patch(&path, &full.etag(), json!({ "capacity": 1 })).await.refused(409, "capacity_below_held");
    assert!(refused["detail"].as_str().unwrap().contains('2'), "{refused}");
    let raised = manager.patch(&path, &full.etag(), json!({ "capacity": 4 })).await.ok();
    assert_eq!((&raised["capacity"], &raised["places_left"], &raised["waiting"]), (&json!(4), &json!(1), &json!(0)));
    assert_eq!(second.booking(&waiting).await["state"], "confirmed");
    hub.verified().await;
}

async fn drafts_are_hidden_from_schools(hub: TestHub) {
    let (programme, school) = (prepared(&hub).await, hub.school("Lampton").await);
    let (draft, published) = (
        hub.draft_event(&programme, json!({ "title": "Draft" })).await,
        hub.published_event(&programme, json!({ "title": "Out" })).await,
    );
    for caller in [hub.lead(&school).await, hub.teacher(&school).await] {
        for path in [format!("/v1/events/{draft}"), format!("/v1/events/{draft}/sessions")] {
            caller.get(&path).await.refused(404, "not_found");
        }
        caller.get(&format!("/v1/events/{published}")).await.ok();
        caller.get(&format!("/v1/events/{published}/sessions")).await.ok();
        assert_eq!(caller.titles("/v1/events").await, ["Out"]);
        assert!(caller.titles("/v1/events?state=draft").await.is_empty());
    }
    let viewer = hub.viewer().await;
    assert_eq!(viewer.titles("/v1/events").await, ["Draft", "Out"]);
    viewer.get(&format!("/v1/events/{draft}")).await.ok();
    for caller in [viewer, hub.lead(&school).await, hub.teacher(&school).await] {
        let path = format!("/v1/events/{published}");
        caller.post("/v1/events", new_event(&programme, json!({}))).await.refused(403, "forbidden");
        caller.patch(&path, "\"2\"", json!({ "title": "Mine" })).await.refused(403, "forbidden");
        caller.post(&format!("/v1/events/{draft}/publish"), None).await.refused(403, "forbidden");
        caller
            .post(&format!("/v1/events/{draft}/sessions"), new_session("2026-12-01T09:00"))
            .await
            .refused(403, "forbidden");
    }
}

async fn a_partner_makes_events_of_its_own_programmes(hub: TestHub) {
    let hubs = prepared(&hub).await;
    let (_, partner) = hub.partner("Language Line").await;
    let own = partner.add("/v1/programmes", json!({ "kind": "meet_the_expert", "title": "Bilingual learners" })).await;
    let foreign = hub.published_event(&hubs, json!({ "title": "The hub's" })).await;
    let event = partner.add("/v1/events", new_event(&own, json!({ "title": "Ours" }))).await;
    partner.post("/v1/events", new_event(&hubs, json!({}))).await.invalid(&[("/programme_id", "unknown")]);
    assert_eq!(partner.titles("/v1/events").await, ["Ours"]);
    let path = format!("/v1/events/{event}");
    partner.patch(&path, "\"1\"", json!({ "capacity": 9 })).await.ok();
    partner.post(&format!("{path}/sessions"), new_session("2026-12-01T09:00")).await.created();
    partner.post(&format!("{path}/publish"), None).await.refused(403, "forbidden");
    hub.manager().post(&format!("{path}/publish"), None).await.ok();
    let path = format!("/v1/events/{foreign}");
    partner.get(&path).await.refused(404, "not_found");
    partner.patch(&path, "\"2\"", json!({ "title": "Ours too" })).await.refused(404, "not_found");
    partner.get(&format!("{path}/sessions")).await.refused(404, "not_found");
    partner.post(&format!("{path}/sessions"), new_session("2026-12-01T09:00")).await.refused(404, "not_found");
}

async fn hubs_do_not_see_each_others_events(world: World) {
    let (hub, other) = (world.hub("West London").await, world.hub("South London").await);
    let programme = prepared(&hub).await;
    let (draft, event) =
        (hub.draft_event(&programme, json!({})).await, hub.published_event(&programme, json!({})).await);
    other.year("2026/27").await;
    let stranger = other.manager();
    assert!(stranger.titles("/v1/events").await.is_empty());
    for id in [draft, event, nobody()] {
        let path = format!("/v1/events/{id}");
        stranger.get(&path).await.refused(404, "not_found");
        stranger.get(&format!("{path}/sessions")).await.refused(404, "not_found");
        stranger.patch(&path, "\"1\"", json!({ "title": "Mine" })).await.refused(404, "not_found");
        stranger.post(&format!("{path}/publish"), None).await.refused(404, "not_found");
        stranger.post(&format!("{path}/sessions"), new_session("2026-12-01T09:00")).await.refused(404, "not_found");
    }
    stranger.post("/v1/events", new_event(&programme, json!({}))).await.invalid(&[("/programme_id", "unknown")]);
}
