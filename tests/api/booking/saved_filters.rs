//! `/v1/me/saved-filters`: what somebody looks for in the catalogue, and being told of what is new of it.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, TestHub, new_session};

both_engines!(
    a_filter_is_saved_renamed_and_removed_by_its_person_alone,
    names_are_unique_and_there_are_twenty_at_most,
    who_could_book_what_is_published_is_told_once_and_nobody_else,
    every_part_of_a_filter_counts,
    what_is_free_is_by_price_or_by_ticket,
    a_saved_filter_is_handed_out_handed_over_and_erased,
);

const PATH: &str = "/v1/me/saved-filters";

fn path(filter: &Value) -> String {
    format!("{PATH}/{}", filter["id"].as_str().unwrap())
}

/// Of which events they were told that they match.
async fn matches(who: &Client) -> Vec<String> {
    let told = who.all("/v1/me/notices").await.into_iter().filter(|notice| notice["kind"] == "catalogue_match");
    told.map(|notice| notice["event_id"].as_str().unwrap().to_owned()).collect()
}

async fn a_filter_is_saved_renamed_and_removed_by_its_person_alone(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    let (teacher, other) = (hub.teacher(&school).await, hub.teacher(&school).await);
    let priority = hub.priority("Phonics").await;
    let all = json!({
        "name": "Phonics in spring", "text": "phonics", "kind": "conference", "phase": "primary", "priority_id": priority,
        "from_month": "2027-01", "to_month": "2027-03", "places_left": "yes", "free": true, "alert": true
    });
    let saved = teacher.post(PATH, all.clone()).await.created();
    for (field, value) in all.as_object().unwrap() {
        assert_eq!(&saved[field], value, "{field}");
    }
    let plain = teacher.post(PATH, json!({ "name": "All" })).await.created();
    assert_eq!((&plain["text"], &plain["free"], &plain["alert"]), (&Value::Null, &json!(false), &json!(false)));
    let names: Vec<Value> = teacher.all(PATH).await.into_iter().map(|filter| filter["name"].clone()).collect();
    assert_eq!(names, ["All", "Phonics in spring"]);
    assert!(other.all(PATH).await.is_empty());

    let read = teacher.get(&path(&saved)).await;
    let renamed = teacher.patch(&path(&saved), &read.etag(), json!({ "name": "Spring", "alert": false })).await.ok();
    assert_eq!(
        (&renamed["name"], &renamed["alert"], &renamed["text"]),
        (&json!("Spring"), &json!(false), &all["text"])
    );
    teacher.patch(&path(&saved), &read.etag(), json!({ "alert": true })).await.refused(412, "stale");
    for what in [other.get(&path(&saved)).await, other.delete(&path(&saved)).await] {
        what.refused(404, "not_found");
    }
    other.patch(&path(&saved), "\"2\"", json!({ "alert": true })).await.refused(404, "not_found");
    teacher.delete(&path(&saved)).await.is(204);
    teacher.get(&path(&saved)).await.refused(404, "not_found");

    teacher.post(PATH, json!({ "name": "X", "from_month": "2027-13" })).await.invalid(&[("/from_month", "invalid")]);
    let nowhere = json!({ "name": "X", "priority_id": crate::support::nobody() });
    teacher.post(PATH, nowhere).await.invalid(&[("/priority_id", "unknown")]);
    // Who can't book is told of nothing, and can look for something nevertheless.
    let viewer = hub.viewer().await;
    viewer.post(PATH, json!({ "name": "X", "alert": true })).await.invalid(&[("/alert", "invalid")]);
    let of_viewer = viewer.post(PATH, json!({ "name": "X" })).await.created();
    viewer.patch(&path(&of_viewer), "\"1\"", json!({ "alert": true })).await.invalid(&[("/alert", "invalid")]);
}

async fn names_are_unique_and_there_are_twenty_at_most(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    let (teacher, other) = (hub.teacher(&school).await, hub.teacher(&school).await);
    let first = teacher.post(PATH, json!({ "name": "Café" })).await.created();
    teacher.post(PATH, json!({ "name": "CAFE" })).await.refused(409, "duplicate");
    other.post(PATH, json!({ "name": "Café" })).await.created();
    let second = teacher.post(PATH, json!({ "name": "Another" })).await.created();
    teacher.patch(&path(&second), "\"1\"", json!({ "name": "cafe" })).await.refused(409, "duplicate");
    for number in 3..=20 {
        teacher.post(PATH, json!({ "name": format!("Number {number}") })).await.created();
    }
    teacher.post(PATH, json!({ "name": "One too many" })).await.refused(409, "too_many_filters");
    teacher.delete(&path(&first)).await.is(204);
    teacher.post(PATH, json!({ "name": "One too many" })).await.created();
}

async fn who_could_book_what_is_published_is_told_once_and_nobody_else(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (silent, gone) = (hub.teacher(&school).await, hub.teacher(&school).await);
    let publisher = hub.manager();
    let manager = hub.another_manager().await;
    let all = [&lead, &teacher, &gone, &manager, &publisher];
    for who in all {
        who.post(PATH, json!({ "name": "All", "alert": true })).await.created();
        who.post(PATH, json!({ "name": "Autumn", "text": "autumn", "alert": true })).await.created();
    }
    silent.post(PATH, json!({ "name": "All" })).await.created();
    hub.manager().post(&format!("/v1/people/{}/disable", gone.id()), None).await.ok();
    let programme = hub.programme(json!({})).await;
    let draft = hub.draft_event(&programme, json!({})).await;
    assert!(matches(&teacher).await.is_empty(), "of a draft nobody is told");
    publisher.post(&format!("/v1/events/{draft}/publish"), None).await.ok();
    for who in [&lead, &teacher, &manager] {
        assert_eq!(matches(who).await, std::slice::from_ref(&draft), "once, though two filters fit");
    }
    for who in [&silent, &publisher] {
        assert!(matches(who).await.is_empty());
    }

    // For teachers of primary schools alone: a lead of one books for them, and the others are not told.
    let primary =
        hub.manager().post("/v1/schools", json!({ "urn": "100777", "name": "Acton", "phase": "primary" })).await;
    let primary = primary.created()["id"].as_str().unwrap().to_owned();
    let person = async |role: &str| {
        let email = format!("{role}@acton.example");
        let new = json!({ "name": role, "email": email, "role": role, "school_id": primary });
        let id = hub.manager().add("/v1/people", new).await;
        let who = hub.world.person(&hub.id, &id);
        who.post(PATH, json!({ "name": "All", "alert": true })).await.created();
        who
    };
    let (their_lead, their_teacher) = (person("school_lead").await, person("teacher").await);
    let audience = json!({ "admission": { "phases": ["primary"], "roles": ["teacher"] } });
    let event = hub.published_event(&programme, audience).await;
    for who in [&their_lead, &their_teacher] {
        assert_eq!(matches(who).await, std::slice::from_ref(&event));
    }
    for who in [&lead, &teacher] {
        assert_eq!(matches(who).await, std::slice::from_ref(&draft));
    }
    // Nor of what closed before it was published, nor of what is after their school has left.
    let closed = json!({ "opens_at": "2026-09-01T08:00:00Z", "closes_at": "2026-09-30T08:00:00Z" });
    hub.published_event(&programme, closed).await;
    let left = hub.manager().get(&format!("/v1/schools/{primary}")).await;
    let leaves = json!({ "left_on": "2026-11-01" });
    hub.manager().patch(&format!("/v1/schools/{primary}"), &left.etag(), leaves).await.ok();
    let later = hub.published_event(&programme, json!({})).await;
    assert_eq!(matches(&their_teacher).await, std::slice::from_ref(&event));
    assert_eq!(matches(&teacher).await, [later, draft]);
}

async fn every_part_of_a_filter_counts(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    let priority = hub.priority("Phonics").await;
    let of = json!({ "kind": "conference", "phase": "secondary", "priority_id": priority, "title": "Reading aloud" });
    let programme = hub.programme(of).await;
    let with = |field: &str, value: &str| json!({ "name": "X", "alert": true, field: value });
    let (other, fits) = (
        hub.priority("Sums").await,
        [
            ("text", "ALOUD"),
            ("kind", "conference"),
            ("phase", "secondary"),
            ("priority_id", priority.as_str()),
            ("from_month", "2026-11"),
            ("to_month", "2026-11"),
            ("places_left", "yes"),
        ],
    );
    let misses = [
        ("text", "a_oud"),
        ("kind", "leadership_day"),
        ("phase", "primary"),
        ("priority_id", other.as_str()),
        ("from_month", "2026-12"),
        ("to_month", "2026-10"),
        ("places_left", "no"),
    ];
    let mut told = Vec::new();
    for ((field, value), fit) in fits.iter().map(|it| (it, true)).chain(misses.iter().map(|it| (it, false))) {
        let teacher = hub.teacher(&school).await;
        teacher.post(PATH, with(field, value)).await.created();
        told.push((teacher, field, value, fit));
    }
    hub.published_event(&programme, json!({})).await;
    for (teacher, field, value, fit) in told {
        assert_eq!(matches(&teacher).await.len(), usize::from(fit), "{field}: {value}");
    }
}

async fn what_is_free_is_by_price_or_by_ticket(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    let (plain, holder, both) = (hub.teacher(&school).await, hub.teacher(&school).await, hub.teacher(&school).await);
    for who in [&plain, &holder, &both] {
        who.post(PATH, json!({ "name": "Free", "free": true, "alert": true })).await.created();
    }
    both.post(PATH, json!({ "name": "All", "alert": true })).await.created();
    let of = json!({ "name": "Pass", "covers": { "kinds": ["conference"] }, "valid_months": 12, "needs_approval": false, "returns": { "rule": "always" } });
    let of = hub.manager().add("/v1/ticket-types", of).await;
    let ticket = json!({ "ticket_type_id": of, "person_id": holder.id() });
    hub.manager().post("/v1/tickets", ticket).await.created();
    let conference = hub.programme(json!({ "kind": "conference" })).await;
    let costs = hub.published_event(&conference, json!({})).await;
    assert!(matches(&plain).await.is_empty());
    for who in [&holder, &both] {
        assert_eq!(matches(who).await, std::slice::from_ref(&costs));
    }
    // Not covered by the ticket; and free for everybody.
    let other = hub.programme(json!({ "kind": "leadership_day" })).await;
    hub.published_event(&other, json!({})).await;
    assert_eq!(matches(&holder).await, std::slice::from_ref(&costs));
    let sessions = json!([new_session("2026-12-01T09:00")]);
    let free = hub.published_event(&other, json!({ "price": "0", "sessions": sessions })).await;
    assert_eq!(matches(&plain).await, std::slice::from_ref(&free));
    assert_eq!(matches(&holder).await, [free, costs]);
}

async fn a_saved_filter_is_handed_out_handed_over_and_erased(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    let (old, kept) = (hub.teacher(&school).await, hub.teacher(&school).await);
    let priority = hub.priority("Phonics").await;
    old.post(PATH, json!({ "name": "Mine", "text": "marker 0a1b", "priority_id": priority })).await.created();
    old.post(PATH, json!({ "name": "Both", "text": "old" })).await.created();
    kept.post(PATH, json!({ "name": "both", "text": "kept" })).await.created();
    let held = &old.get("/v1/me/data").await.ok()["held"]["saved_filters"];
    assert_eq!((&held[1]["name"], &held[1]["text"]), (&json!("Mine"), &json!("marker 0a1b")));
    assert_eq!(held[1]["priority"], "Phonics");

    let merge = format!("/v1/people/{}/merge", kept.id());
    let quote = hub.manager().get(&format!("{merge}?with={}", old.id())).await.ok()["quote"].clone();
    hub.manager().post(&merge, json!({ "with": old.id(), "quote": quote })).await.ok();
    let texts: Vec<Value> = kept.all(PATH).await.into_iter().map(|filter| filter["text"].clone()).collect();
    assert_eq!(texts, ["kept", "marker 0a1b"]);

    let erase = format!("/v1/people/{}/erase", kept.id());
    let quote = hub.manager().get(&erase).await.ok()["quote"].clone();
    hub.manager().post(&erase, json!({ "quote": quote })).await.ok();
    let data = hub.manager().get(&format!("/v1/people/{}/data", kept.id())).await.ok();
    assert_eq!(data["held"]["saved_filters"], json!([]));
}
