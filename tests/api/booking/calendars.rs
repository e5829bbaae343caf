//! Calendars, read by an independent parser: an event, the programme, a person's bookings at a secret link.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, TestHub, new_session, with};

/// The path of a link to this service.
fn path<'a>(who: &Client, link: &'a Value) -> &'a str {
    link.as_str().unwrap().strip_prefix(who.address()).expect("a link to this service")
}

/// The place is somebody else's from now on.
async fn hand_on(who: &Client, booking: &Value, to: &Client) {
    let path = format!("/v1/bookings/{}/substitute", booking["id"].as_str().unwrap());
    who.post(&path, json!({ "person_id": to.id() })).await.ok();
}

both_engines!(
    times_are_those_of_london_on_both_sides_of_the_change,
    words_come_through_whole,
    an_event_is_a_calendar_for_those_who_see_it,
    what_has_not_changed_reads_the_same_and_what_is_shown_raises_the_sequence,
    a_programme_stays_in_the_feeds_until_it_is_over_for_a_year,
    a_person_s_bookings_are_at_a_secret_link,
    a_place_that_somebody_else_took_over_is_cancelled_for_who_had_it,
    the_sequence_of_an_identifier_never_falls_in_a_feed,
    what_changes_comes_under_the_same_identifier_with_a_higher_sequence,
    a_session_that_is_called_off_is_cancelled_in_every_calendar_and_says_why,
    a_secret_link_opens_nothing_once_it_is_taken_back,
    a_calendar_is_not_sent_again_unless_something_changed
);

/// The clocks go back on 25 October 2026 at 2:00, which is 1:00 UTC.
async fn times_are_those_of_london_on_both_sides_of_the_change(hub: TestHub) {
    let programme = hub.programme(json!({})).await;
    let sessions = [
        "2026-10-22T15:00",
        "2026-10-25T00:30",
        "2026-10-25T01:30",
        "2026-10-29T16:00",
        "2027-03-28T00:30",
        "2027-03-28T01:30",
    ];
    let sessions: Vec<Value> =
        sessions.iter().map(|start| with(new_session(start), json!({ "title": start }))).collect();
    let event = hub.published_event(&programme, json!({ "sessions": sessions })).await;
    let entries = hub.manager().get(&format!("/v1/events/{event}.ics")).await.calendar();
    let times: Vec<(String, String)> =
        entries.iter().map(|entry| (entry.starts.to_string(), entry.ends.to_string())).collect();
    let expected = [
        ("2026-10-22 16:00:00", "2026-10-22 17:00:00"),
        ("2026-10-25 01:30:00", "2026-10-25 01:30:00"),
        ("2026-10-25 01:30:00", "2026-10-25 02:30:00"),
        ("2026-10-29 16:00:00", "2026-10-29 17:00:00"),
        ("2027-03-28 00:30:00", "2027-03-28 02:30:00"),
        ("2027-03-28 02:30:00", "2027-03-28 03:30:00"),
    ];
    assert_eq!(times, expected.map(|(from, to)| (from.to_owned(), to.to_owned())));
    assert_eq!(entries[0].summary, "Autumn run: 2026-10-22T15:00");
    let mut uids: Vec<&str> = entries.iter().map(|entry| entry.uid.as_str()).collect();
    uids.sort_unstable();
    uids.dedup();
    assert_eq!(uids.len(), 6, "an identifier a session");
    assert!(
        entries.iter().all(|entry| (entry.sequence, entry.status, entry.busy) == (0, "CONFIRMED", true)),
        "{entries:?}"
    );
}

async fn words_come_through_whole(hub: TestHub) {
    let programme = hub.programme(json!({})).await;
    let odd = "Maths, English; \"and\" \\n science: naïve 老虎 🏫 ".repeat(4).trim().to_owned();
    let place = "Ünïcode ".repeat(24).trim().to_owned();
    let session = with(
        new_session("2026-11-12T09:00"),
        json!({ "title": "Day", "place": place, "online_url": "https://meet.example/?a=1;b=2,3", "speaker": odd }),
    );
    let event = hub.published_event(&programme, json!({ "title": odd, "sessions": [session] })).await;
    let reply = hub.manager().get(&format!("/v1/events/{event}.ics")).await;
    let entry = reply.calendar().remove(0);
    assert_eq!((&entry.summary, &entry.location), (&odd, &place));
    assert_eq!(entry.description, format!("Speaker: {odd}\nOnline: https://meet.example/?a=1;b=2,3"));
    assert_eq!(reply.header("content-disposition"), Some("inline; filename=\"event.ics\""));
}

async fn an_event_is_a_calendar_for_those_who_see_it(hub: TestHub) {
    let (_, _, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let programme = hub.programme(json!({})).await;
    let draft = hub.draft_event(&programme, json!({})).await;
    let path = format!("/v1/events/{draft}.ics");
    let entry = hub.manager().get(&path).await.calendar().remove(0);
    assert_eq!((entry.status, entry.description.as_str()), ("TENTATIVE", "A draft."));
    teacher.get(&path).await.refused(404, "not_found");
    let elsewhere = hub.world.hub("Another hub").await;
    elsewhere.manager().get(&path).await.refused(404, "not_found");
    hub.manager().get("/v1/events/nothing.ics").await.refused(404, "not_found");
    hub.world.stranger().get(&path).await.refused(401, "unauthorized");
    assert!(teacher.get("/v1/events.ics").await.calendar().is_empty(), "a draft is not in the programme");
    hub.manager().post(&format!("/v1/events/{draft}/publish"), None).await.ok();
    let published = teacher.get(&path).await.calendar();
    assert_eq!(published, teacher.get("/v1/events.ics").await.calendar());
    assert_eq!((published[0].status, &published[0].uid), ("CONFIRMED", &entry.uid));
}

async fn what_has_not_changed_reads_the_same_and_what_is_shown_raises_the_sequence(hub: TestHub) {
    let (programme, manager) = (hub.programme(json!({})).await, hub.manager());
    let event = hub.published_event(&programme, json!({})).await;
    let (path, calendar) = (format!("/v1/events/{event}"), format!("/v1/events/{event}.ics"));
    let read = async || {
        let reply = manager.get(&calendar).await;
        (reply.text(), reply.calendar().remove(0))
    };
    let (text, before) = read().await;
    assert!(
        text.contains("DTSTAMP:20261005T090000Z\r\n") && text.contains("LAST-MODIFIED:20261005T090000Z\r\n"),
        "{text}"
    );
    hub.world.pass(TimeDelta::days(1));
    assert_eq!(read().await.0, text, "a day later");
    let session = format!("{path}/sessions/{}", hub.sessions(&event).await[0]);
    let mut sequence = before.sequence;
    for (of, change) in [
        (&path, json!({ "title": "Another title" })),
        (&session, json!({ "place": "Lampton Academy, hall" })),
        (&session, json!({ "online_url": "https://meet.example/1" })),
        (&session, json!({ "speaker": "Dr Ada" })),
        (&session, json!({ "starts_at": "2026-11-12T09:30:00Z" })),
    ] {
        manager.patch(of, &manager.get(of).await.etag(), change.clone()).await.ok();
        let (text, entry) = read().await;
        sequence += 1;
        assert_eq!(entry.sequence, sequence, "{change}");
        assert!(text.contains("DTSTAMP:20261006T090000Z\r\n"), "{text}");
    }
    assert_eq!(read().await.1.summary, "Another title");
    // What is not shown raises nothing, and with a second session each is called by its own name too.
    manager
        .patch(&path, &manager.get(&path).await.etag(), json!({ "capacity": 30, "title": "Another title" }))
        .await
        .ok();
    assert_eq!(read().await.1.sequence, sequence);
    manager.post(&format!("{path}/sessions"), new_session("2026-11-19T09:00")).await.created();
    let entry = read().await.1;
    assert_eq!((entry.summary.as_str(), entry.sequence), ("Another title: Session", sequence + 1));
}

async fn a_programme_stays_in_the_feeds_until_it_is_over_for_a_year(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let programme = hub.programme(json!({})).await;
    let days = ["2026-11-12T09:00", "2028-03-01T09:00"].map(new_session);
    let event = hub.published_event(&programme, json!({ "sessions": days })).await;
    lead.book_for(&event, &teacher).await.created();
    let link = teacher.post("/v1/me/calendar", None).await.created();
    let stranger = hub.world.stranger();
    for (now, sessions) in [("2028-01-10T09:00:00Z", 2), ("2029-03-01T09:00:00Z", 2), ("2029-03-05T09:00:00Z", 0)] {
        hub.world.at(now);
        assert_eq!(lead.get("/v1/events.ics").await.calendar().len(), sessions, "{now}");
        assert_eq!(stranger.get(path(&teacher, &link["bookings_url"])).await.calendar().len(), sessions, "{now}");
    }
}

async fn a_person_s_bookings_are_at_a_secret_link(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (_, other_lead, other) = hub.funded_school("Heston Community School", "100").await;
    let (asked, booked) = (
        hub.event(EventPlan::default()).await,
        hub.event(EventPlan { starts_in: TimeDelta::weeks(9), ..EventPlan::default() }).await,
    );
    let full = hub.event(EventPlan { capacity: 1, starts_in: TimeDelta::weeks(10), ..EventPlan::default() }).await;
    other_lead.book_for(&full, &other).await.created();
    let request = teacher.book(&asked).await.created();
    let place = lead.book_for(&booked, &teacher).await.created();
    teacher.book(&full).await.created();

    assert_eq!(teacher.get("/v1/me/calendar").await.ok()["made_at"], Value::Null);
    let made = teacher.post("/v1/me/calendar", None).await;
    let (link, stranger) = (made.created(), hub.world.stranger());
    assert_eq!(made.header("location"), link["bookings_url"].as_str());
    assert_eq!(teacher.get("/v1/me/calendar").await.ok(), json!({ "made_at": link["made_at"] }));
    let read = async || stranger.get(path(&teacher, &link["bookings_url"])).await.calendar();
    let standing = |entries: &[crate::support::CalendarEntry]| {
        entries.iter().map(|entry| (entry.status, entry.description.clone())).collect::<Vec<_>>()
    };
    let said = |status, words: &str| (status, words.to_owned());
    let before = read().await;
    assert_eq!(
        standing(&before),
        [said("TENTATIVE", "Not yet approved."), said("CONFIRMED", ""), said("TENTATIVE", "On the waiting list.")]
    );
    assert_eq!(before, teacher.get("/v1/me/calendar.ics").await.calendar());

    lead.act(&request, "approve").await.ok();
    teacher.act(&place, "cancel").await.ok();
    let after = read().await;
    assert_eq!(standing(&after)[..2], [said("CONFIRMED", ""), said("CANCELLED", "")]);
    assert!(after[0].sequence > before[0].sequence && after[1].sequence > before[1].sequence, "{before:?} {after:?}");
    assert!(!after[1].busy);
    let again = lead.book_for(&booked, &teacher).await.created();
    let rebooked = read().await;
    assert_eq!((rebooked.len(), rebooked[1].status), (3, "CONFIRMED"));
    assert!(rebooked[1].sequence > after[1].sequence, "{after:?} {rebooked:?}");
    assert_eq!(rebooked[1].uid, before[1].uid);

    // What was given up and is over is left out.
    teacher.act(&again, "cancel").await.ok();
    hub.world.pass(TimeDelta::weeks(9) + TimeDelta::days(1));
    assert_eq!(read().await.len(), 2);
    hub.world.pass(TimeDelta::weeks(60));
    assert!(read().await.is_empty(), "long over");
}

async fn a_place_that_somebody_else_took_over_is_cancelled_for_who_had_it(hub: TestHub) {
    let (school, lead, a) = hub.funded_school("Lampton Academy", "100").await;
    let (b, start) = (hub.teacher(&school).await, TimeDelta::weeks(9));
    let event = hub.event(EventPlan { starts_in: start, ..EventPlan::default() }).await;
    let booking = lead.book_for(&event, &a).await.created();
    let link = a.post("/v1/me/calendar", None).await.created();
    let stranger = hub.world.stranger();
    let before = stranger.get(path(&a, &link["bookings_url"])).await.calendar().remove(0);
    hub.world.pass(TimeDelta::days(1));
    hand_on(&lead, &booking, &b).await;
    let reply = stranger.get(path(&a, &link["bookings_url"])).await;
    let after = reply.calendar().remove(0);
    assert_eq!((after.status, after.busy, &after.uid, after.starts), ("CANCELLED", false, &before.uid, before.starts));
    assert!(after.sequence > before.sequence, "{before:?} {after:?}");
    assert!(reply.text().contains("DTSTAMP:20261006T090000Z\r\n"), "{}", reply.text());
    assert_eq!(b.get("/v1/me/calendar.ics").await.calendar()[0].status, "CONFIRMED");
    // What becomes of the place is nothing to who had it.
    lead.act(&booking, "cancel").await.ok();
    assert_eq!(stranger.get(path(&a, &link["bookings_url"])).await.text(), reply.text());
    hub.world.pass(start);
    assert!(stranger.get(path(&a, &link["bookings_url"])).await.calendar().is_empty(), "it would be over");
}

/// By way of whatever bookings somebody comes to an event and leaves it.
async fn the_sequence_of_an_identifier_never_falls_in_a_feed(hub: TestHub) {
    let (school, lead, a) = hub.funded_school("Lampton Academy", "1000").await;
    let b = hub.teacher(&school).await;
    let event = hub.event(EventPlan { starts_in: TimeDelta::weeks(9), ..EventPlan::default() }).await;
    let mut seen: Vec<Vec<(i64, String, String)>> = vec![Vec::new(); 2];
    let mut look = async |statuses: [&str; 2]| {
        for ((who, seen), status) in [&a, &b].into_iter().zip(&mut seen).zip(statuses) {
            let reply = who.get("/v1/me/calendar.ics").await;
            let entries = reply.calendar();
            assert_eq!(entries.first().map_or("", |entry| entry.status), status, "{seen:?}");
            let Some(entry) = entries.into_iter().next() else { continue };
            let text = reply.text();
            let stamp = text.lines().find(|line| line.starts_with("DTSTAMP:")).unwrap().to_owned();
            assert_eq!(text.matches(stamp.trim_start_matches("DTSTAMP:")).count(), 2, "and LAST-MODIFIED: {text}");
            if let Some((sequence, before, written)) = seen.last() {
                assert!(entry.sequence >= *sequence && stamp >= *before, "{entry:?} after {seen:?}");
                assert!(text == *written || entry.sequence > *sequence, "{text} after {written}");
            }
            seen.push((entry.sequence, stamp, text));
        }
        hub.world.pass(TimeDelta::hours(1));
    };
    let theirs = lead.book_for(&event, &b).await.created();
    look(["", "CONFIRMED"]).await;
    let first = lead.book_for(&event, &a).await.created();
    look(["CONFIRMED", "CONFIRMED"]).await;
    lead.act(&first, "cancel").await.ok();
    look(["CANCELLED", "CONFIRMED"]).await;
    let second = a.book(&event).await.created();
    look(["TENTATIVE", "CONFIRMED"]).await;
    lead.act(&second, "approve").await.ok();
    look(["CONFIRMED", "CONFIRMED"]).await;
    hand_on(&lead, &second, &lead).await;
    look(["CANCELLED", "CONFIRMED"]).await;
    // A booking that is older than those that they gave up.
    hand_on(&lead, &theirs, &a).await;
    look(["CONFIRMED", "CANCELLED"]).await;
    hand_on(&lead, &theirs, &b).await;
    look(["CANCELLED", "CONFIRMED"]).await;
    hand_on(&lead, &theirs, &a).await;
    look(["CONFIRMED", "CANCELLED"]).await;
    hand_on(&lead, &second, &b).await;
    look(["CONFIRMED", "CONFIRMED"]).await;
    lead.act(&theirs, "cancel").await.ok();
    look(["CANCELLED", "CONFIRMED"]).await;
    hub.manager().post(&format!("/v1/events/{event}/cancel"), json!({ "reason": "The speaker is ill" })).await.ok();
    look(["CANCELLED", "CANCELLED"]).await;
    hub.verified().await;
}

async fn what_changes_comes_under_the_same_identifier_with_a_higher_sequence(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let programme = hub.programme(json!({})).await;
    let sessions = [new_session("2026-10-22T15:00"), new_session("2026-10-29T16:00")];
    let event = hub.published_event(&programme, json!({ "sessions": sessions })).await;
    lead.book_for(&event, &teacher).await.created();
    let paths = [format!("/v1/events/{event}.ics"), "/v1/events.ics".to_owned(), "/v1/me/calendar.ics".to_owned()];
    for moved in [true, false] {
        let mut before = Vec::new();
        for path in &paths {
            before.push(teacher.get(path).await.calendar());
        }
        if moved {
            let mut tx = hub.world.db().write_everywhere().await.unwrap();
            tx.query("UPDATE sessions SET starts_at = $1, sequence = sequence + 1 WHERE starts_at < $1")
                .bind("2026-10-22T15:30:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap())
                .run()
                .await
                .unwrap()
                .any();
            tx.commit().await.unwrap();
        } else {
            hub.manager()
                .post(&format!("/v1/events/{event}/cancel"), json!({ "reason": "The speaker is ill" }))
                .await
                .ok();
        }
        for (path, before) in paths.iter().zip(before) {
            let after = teacher.get(path).await.calendar();
            assert_eq!((after.len(), &after[0].uid, &after[1].uid), (2, &before[0].uid, &before[1].uid));
            assert_eq!(after[0].starts.to_string(), "2026-10-22 16:30:00");
            assert_eq!(after[0].status, if moved { "CONFIRMED" } else { "CANCELLED" }, "{path}");
            assert!(after[0].sequence > before[0].sequence, "{path}");
            assert_eq!(after[1].sequence == before[1].sequence, moved, "{path}: only what was changed");
        }
    }
}

async fn a_session_that_is_called_off_is_cancelled_in_every_calendar_and_says_why(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let programme = hub.programme(json!({})).await;
    let days = ["2026-11-05T09:00", "2026-11-12T09:00", "2026-11-19T09:00"].map(new_session);
    let event = hub.published_event(&programme, json!({ "sessions": days })).await;
    lead.book_for(&event, &teacher).await.created();
    let paths = [format!("/v1/events/{event}.ics"), "/v1/events.ics".to_owned(), "/v1/me/calendar.ics".to_owned()];
    let mut before = Vec::new();
    for path in &paths {
        before.push(teacher.get(path).await.calendar());
    }
    let second = hub.sessions(&event).await.remove(1);
    let off = format!("/v1/events/{event}/sessions/{second}/cancel");
    hub.manager().post(&off, json!({ "reason": "The hall is flooded" })).await.ok();
    for (path, before) in paths.iter().zip(&before) {
        let after = teacher.get(path).await.calendar();
        let statuses: Vec<&str> = after.iter().map(|entry| entry.status).collect();
        assert_eq!(statuses, ["CONFIRMED", "CANCELLED", "CONFIRMED"], "{path}");
        assert_eq!((&after[1].uid, &after[1].starts, after[1].busy), (&before[1].uid, &before[1].starts, false));
        assert!(after[1].sequence > before[1].sequence, "{path}");
        assert_eq!(after[1].description, "Called off: The hall is flooded");
    }
    // Who books now has never known it, and once it would have been over nobody needs to be told.
    hub.world.pass(TimeDelta::minutes(1));
    lead.book(&event).await.created();
    assert_eq!(lead.get("/v1/me/calendar.ics").await.calendar().len(), 2);
    hub.world.at("2026-11-12T16:00:00Z");
    for path in &paths[1..] {
        assert_eq!(teacher.get(path).await.calendar().len(), 2, "{path}");
    }
}

async fn a_secret_link_opens_nothing_once_it_is_taken_back(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    hub.event(EventPlan::default()).await;
    let stranger = hub.world.stranger();
    let first = teacher.post("/v1/me/calendar", None).key("same").await.created();
    let second = teacher.post("/v1/me/calendar", None).key("same").await.created();
    assert_ne!(first, second, "the secret is kept nowhere, so it can't be given again");
    for link in ["bookings_url", "programme_url"] {
        stranger.get(path(&teacher, &first[link])).await.refused(404, "not_found");
        stranger.get(path(&teacher, &second[link])).await.calendar();
    }
    assert_eq!(stranger.get(path(&teacher, &second["programme_url"])).await.calendar().len(), 1);
    lead.delete("/v1/me/calendar").await.is(204);
    stranger.get(path(&teacher, &second["bookings_url"])).await.calendar();
    teacher.delete("/v1/me/calendar").await.is(204);
    stranger.get(path(&teacher, &second["bookings_url"])).await.refused(404, "not_found");
    teacher.delete("/v1/me/calendar").await.is(204);

    let third = teacher.post("/v1/me/calendar", None).await.created();
    hub.manager().post(&format!("/v1/people/{}/disable", teacher.id()), None).await.ok();
    stranger.get(path(&teacher, &third["bookings_url"])).await.refused(404, "not_found");
    for odd in ["x", "%00", "é", "00000000000000000000000000000000", &format!("{}00", hub.id)] {
        stranger.get(&format!("/v1/calendars/{odd}.ics")).await.refused(404, "not_found");
    }
    let rows: Vec<(Vec<u8>,)> = hub
        .world
        .db()
        .read_everywhere()
        .await
        .unwrap()
        .query("SELECT secret_digest FROM calendar_links")
        .all()
        .await
        .unwrap();
    assert!(rows.iter().all(|(digest,)| digest.len() == 32));
}

async fn a_calendar_is_not_sent_again_unless_something_changed(hub: TestHub) {
    let (_, _, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(EventPlan::default()).await;
    let link = teacher.post("/v1/me/calendar", None).await.created();
    let stranger = hub.world.stranger();
    for (who, path) in [
        (&stranger, path(&teacher, &link["bookings_url"])),
        (&stranger, path(&teacher, &link["programme_url"])),
        (&teacher, "/v1/me/calendar.ics"),
        (&teacher, "/v1/events.ics"),
        (&teacher, &format!("/v1/events/{event}.ics")),
    ] {
        let tag = who.get(path).await.etag();
        who.get(path).header("if-none-match", &tag).await.is(304);
        hub.priority(&format!("Priority {}", crate::support::unique())).await;
        assert_eq!(who.get(path).header("if-none-match", &tag).await.status, 200);
    }
}
