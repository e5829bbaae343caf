//! `/v1/events`: how one comes about, as a draft, as a copy or afterwards, and goes again; what every field may be.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{TestHub, new_event, new_session, nobody, with};

/// A hub with an open year and a programme.
pub(super) async fn prepared(hub: &TestHub) -> String {
    hub.year("2026/27").await;
    hub.programme(json!({ "description": "Ten days" })).await
}

both_engines!(
    an_event_begins_as_a_draft_with_its_sessions_in_order,
    without_a_policy_everything_comes_back_until_the_start,
    every_wrong_field_is_told_at_once,
    the_year_of_the_first_session_in_london_must_be_open,
    a_session_may_have_a_host_of_the_hub,
    a_copy_is_at_the_same_times_on_the_clock,
    an_event_of_before_is_entered_with_its_register_and_no_credits_move,
    a_draft_is_deleted_and_nothing_else,
    the_same_key_adds_one_event
);

async fn an_event_begins_as_a_draft_with_its_sessions_in_order(hub: TestHub) {
    let programme = prepared(&hub).await;
    let online = json!({ "title": "Second", "starts_at": "2026-12-01T18:30:00+01:00", "ends_at": "2026-12-02T18:30:00+01:00", "online_url": "https://meet.example/1", "speaker": "Dr Ada" });
    let new = json!({ "opens_at": "2026-10-06T08:00:00Z", "closes_at": "2026-11-01T00:00:00Z", "sessions": [online, new_session("2026-11-12T09:00")] });
    let reply = hub.manager().post("/v1/events", new_event(&programme, new)).await;
    let event = reply.created();
    for (field, value) in [
        ("state", json!("draft")),
        ("title", json!("Autumn run")),
        ("programme_title", json!("Outstanding Teacher Programme")),
        ("kind", json!("cpd_programme")),
        ("capacity", json!(20)),
        ("places_left", json!(20)),
        ("waiting", json!(0)),
        ("price", json!("12.50")),
        ("year", json!("2026/27")),
        ("starts_at", json!("2026-11-12T09:00:00Z")),
        ("ends_at", json!("2026-12-02T17:30:00Z")),
        ("opens_at", json!("2026-10-06T08:00:00Z")),
    ] {
        assert_eq!(event[field], value, "{field}");
    }
    assert_eq!(event["provider"]["name"], "West London");
    assert_eq!(event["policy"], new_event(&programme, json!({}))["policy"]);
    let titles: Vec<_> =
        event["sessions"].as_array().unwrap().iter().map(|session| session["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Session", "Second"]);
    assert_eq!(event["sessions"][1]["speaker"], "Dr Ada");
    let path = reply.header("location").unwrap();
    let read = hub.manager().get(path).await;
    assert_eq!(
        (read.ok(), read.etag().split('-').next()),
        (event.clone(), reply.etag().strip_suffix('"')),
        "the tag begins with the version"
    );
    assert_eq!(hub.manager().all(&format!("{path}/sessions?limit=1")).await, *event["sessions"].as_array().unwrap());
}

async fn without_a_policy_everything_comes_back_until_the_start(hub: TestHub) {
    let programme = prepared(&hub).await;
    let mut new = new_event(&programme, json!({}));
    new.as_object_mut().unwrap().remove("policy");
    let event = hub.manager().post("/v1/events", new).await.created();
    assert_eq!(
        event["policy"],
        json!({ "basis": "calendar_days", "tiers": [{ "days_before": 0, "refund_percent": 100 }] })
    );
}

async fn every_wrong_field_is_told_at_once(hub: TestHub) {
    let (manager, programme) = (hub.manager(), prepared(&hub).await);
    manager.post("/v1/events", json!({
        "title": "", "capacity": 1.5, "price": 12.5, "opens_at": "tomorrow", "colour": "red",
        "policy": { "basis": "moons", "tiers": [{ "days_before": -1, "refund_percent": 300 }, { "days_before": 1 }] },
        "sessions": [{ "title": "a\nb", "starts_at": "2026-11-12", "online_url": "javascript:alert(1)" }],
    })).await.invalid(&[
        ("/programme_id", "missing"), ("/title", "invalid"), ("/capacity", "wrong_type"), ("/price", "wrong_type"), ("/opens_at", "invalid"), ("/colour", "unknown_field"),
        ("/policy/basis", "invalid"), ("/policy/tiers/0/days_before", "invalid"), ("/policy/tiers/0/refund_percent", "invalid"),
        ("/sessions/0/title", "invalid"), ("/sessions/0/starts_at", "invalid"), ("/sessions/0/ends_at", "missing"), ("/sessions/0/online_url", "invalid"),
    ]);
    let nowhere = with(new_session("2026-11-12T09:30"), json!({ "place": null }));
    let over = json!({
        "programme_id": nobody(), "capacity": 0, "price": "1000000.01", "opens_at": "2026-11-01T00:00:00Z", "closes_at": "2026-11-01T00:00:00Z",
        "policy": { "basis": "calendar_days", "tiers": [{ "days_before": 7, "refund_percent": 101 }, { "days_before": 7, "refund_percent": 0 }, { "days_before": 1, "refund_percent": 50 }] },
        "sessions": [
            new_session("2026-10-05T09:00"),
            with(new_session("2026-11-10T09:00"), json!({ "ends_at": "2026-11-10T09:00:00Z" })),
            new_session("2026-11-12T09:00"), nowhere,
            with(new_session("2026-11-20T09:00"), json!({ "ends_at": "2026-11-21T09:00:00.000001Z" })),
        ],
    });
    manager.post("/v1/events", new_event(&programme, over)).await.invalid(&[
        ("/programme_id", "unknown"),
        ("/capacity", "invalid"),
        ("/price", "invalid"),
        ("/closes_at", "invalid"),
        ("/policy/tiers/0/refund_percent", "invalid"),
        ("/policy/tiers/1/days_before", "invalid"),
        ("/policy/tiers/2/refund_percent", "invalid"),
        ("/sessions/0/starts_at", "invalid"),
        ("/sessions/1/ends_at", "invalid"),
        ("/sessions/3/place", "invalid"),
        ("/sessions/3/starts_at", "invalid"),
        ("/sessions/4/ends_at", "invalid"),
    ]);
    for capacity in [json!(100_001), json!(-1), json!(99_999_999_999_i64), json!(1e300)] {
        let reply = manager.post("/v1/events", new_event(&programme, json!({ "capacity": capacity }))).await;
        assert_eq!(reply.refused(400, "invalid_request")["errors"][0]["pointer"], "/capacity", "{reply}");
    }
    let tiers: Vec<Value> = (0..11).rev().map(|day| json!({ "days_before": day, "refund_percent": 0 })).collect();
    manager
        .post("/v1/events", new_event(&programme, json!({ "policy": { "basis": "calendar_days", "tiers": tiers } })))
        .await
        .invalid(&[("/policy/tiers", "invalid")]);
    let many: Vec<Value> = (0..51)
        .map(|day| {
            new_session(
                &(chrono::NaiveDate::from_ymd_opt(2026, 11, 1).unwrap() + chrono::Days::new(day))
                    .format("%Y-%m-%dT09:00")
                    .to_string(),
            )
        })
        .collect();
    for sessions in [json!([]), json!(many)] {
        manager
            .post("/v1/events", new_event(&programme, json!({ "sessions": sessions })))
            .await
            .invalid(&[("/sessions", "invalid")]);
    }
    assert!(manager.all("/v1/events").await.is_empty());
    manager
        .post(
            "/v1/events",
            new_event(&programme, json!({ "sessions": many[..50], "capacity": 100_000, "price": "1000000" })),
        )
        .await
        .created();
}

async fn the_year_of_the_first_session_in_london_must_be_open(hub: TestHub) {
    let (manager, programme) = (hub.manager(), prepared(&hub).await);
    let event = |start: &str| new_event(&programme, json!({ "sessions": [new_session(start)] }));
    // Half past eleven in the evening of 31 August, UTC, is 1 September in London.
    manager.post("/v1/events", event("2027-08-31T23:30")).await.refused(409, "year_closed");
    assert_eq!(manager.post("/v1/events", event("2027-08-31T22:30")).await.created()["year"], "2026/27");
    hub.year("2027/28").await;
    assert_eq!(manager.post("/v1/events", event("2027-08-31T23:30")).await.created()["year"], "2027/28");
}

async fn a_session_may_have_a_host_of_the_hub(hub: TestHub) {
    let (manager, programme) = (hub.manager(), prepared(&hub).await);
    let host = hub.viewer().await;
    let hosted = |host: &str| with(new_session("2026-11-14T09:00"), json!({ "host_id": host }));
    let event =
        hub.draft_event(&programme, json!({ "sessions": [new_session("2026-11-12T09:00"), hosted(host.id())] })).await;
    let path = format!("/v1/events/{event}");
    let sessions = &manager.get(&path).await.ok()["sessions"];
    assert_eq!(
        (&sessions[0]["host_id"], &sessions[1]["host_id"], &sessions[1]["sequence"]),
        (&Value::Null, &json!(host.id()), &json!(0))
    );
    manager
        .post("/v1/events", new_event(&programme, json!({ "sessions": [hosted(&nobody())] })))
        .await
        .invalid(&[("/sessions/0/host_id", "unknown")]);
    manager
        .post(
            &format!("{path}/sessions"),
            with(hosted(&nobody()), json!({ "starts_at": "2026-11-15T09:00:00Z", "ends_at": "2026-11-15T10:00:00Z" })),
        )
        .await
        .invalid(&[("/host_id", "unknown")]);
    manager
        .patch(&path, "\"1\"", json!({ "sessions": [hosted(&nobody())] }))
        .await
        .invalid(&[("/sessions/0/host_id", "unknown")]);
    let elsewhere = hub.world.hub("South London").await.viewer().await;
    manager
        .patch(&path, "\"1\"", json!({ "sessions": [hosted(elsewhere.id())] }))
        .await
        .invalid(&[("/sessions/0/host_id", "unknown")]);
}

/// The clocks go forward on 28 March 2027 and back on 25 October 2026.
async fn a_copy_is_at_the_same_times_on_the_clock(hub: TestHub) {
    let (manager, programme) = (hub.manager(), prepared(&hub).await);
    let over = json!({
        "sessions": [new_session("2026-10-22T15:00"), new_session("2026-10-29T16:00")], "capacity": 7, "evaluation_required": true,
        "opens_at": "2026-10-12T07:00:00Z", "minimum": { "delegates": 3, "decide_by": "2026-10-20" },
    });
    let event = format!("/v1/events/{}", hub.published_event(&programme, over).await);
    let copied =
        manager.post(&format!("{event}/copy"), json!({ "starts_on": "2027-03-25", "title": "Spring run" })).await;
    let copy = copied.created();
    assert_eq!(
        (&copy["state"], &copy["title"], &copy["capacity"], &copy["price"], &copy["evaluation_required"]),
        (&json!("draft"), &json!("Spring run"), &json!(7), &json!("12.50"), &json!(true))
    );
    let starts: Vec<&str> =
        copy["sessions"].as_array().unwrap().iter().map(|session| session["starts_at"].as_str().unwrap()).collect();
    // Four o'clock in London, in winter and then in summer.
    assert_eq!(starts, ["2027-03-25T16:00:00Z", "2027-04-01T15:00:00Z"]);
    assert_eq!(
        (&copy["opens_at"], &copy["minimum"]),
        (&json!("2027-03-15T08:00:00Z"), &json!({ "delegates": 3, "decide_by": "2027-03-23" }))
    );
    manager
        .post(&format!("{event}/copy"), json!({ "starts_on": "2026-10-01" }))
        .await
        .invalid(&[("/starts_on", "invalid")]);
    hub.teacher(&hub.school("Lampton").await)
        .await
        .post(&format!("{event}/copy"), json!({ "starts_on": "2027-03-25" }))
        .await
        .refused(403, "forbidden");
    manager.post(&format!("{}/publish", copied.header("location").unwrap()), None).await.ok();
}

async fn an_event_of_before_is_entered_with_its_register_and_no_credits_move(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let other = hub.teacher(&school).await;
    let (manager, programme) = (hub.manager(), prepared(&hub).await);
    let past = |delegates: Value| {
        json!({
            "programme_id": programme, "title": "September run",
            // Sent out of order: marks come as the sessions are sent.
            "sessions": [new_session("2026-09-17T15:00"), new_session("2026-09-10T15:00")], "delegates": delegates,
        })
    };
    let path = "/v1/events/history";
    manager
        .post(
            path,
            past(json!([
                { "person_id": teacher.id(), "marks": [{ "mark": "present" }] }, { "person_id": nobody(), "marks": [] },
                { "person_id": manager.id(), "marks": [{ "mark": "partial", "minutes": 61 }, { "mark": "late" }] },
            ])),
        )
        .await
        .invalid(&[
            ("/delegates/0/marks", "invalid"),
            ("/delegates/1/marks", "invalid"),
            ("/delegates/1/person_id", "unknown"),
            ("/delegates/2/marks/0/minutes", "invalid"),
            ("/delegates/2/person_id", "invalid"),
        ]);
    let there = json!([{ "person_id": teacher.id(), "marks": [{ "mark": "partial", "minutes": 20 }, { "mark": "present" }] }, { "person_id": other.id(), "marks": [{ "mark": "absent" }, { "mark": "absent" }] }]);
    manager
        .post(
            path,
            with(
                past(there.clone()),
                json!({ "sessions": [new_session("2026-10-05T08:30"), new_session("2026-09-10T15:00")] }),
            ),
        )
        .await
        .invalid(&[("/sessions/0/ends_at", "invalid")]);
    lead.post(path, past(there.clone())).await.refused(403, "forbidden");
    let before = manager.all("/v1/transactions").await.len();
    let event = manager.post(path, past(there.clone())).key("once").await.created();
    // Whoever was there would have it twice in their record; who was not is not in the way.
    manager.post(path, past(there.clone())).await.invalid(&[("/delegates/0/person_id", "invalid")]);
    manager
        .post(path, with(past(there.clone()), json!({ "allow_clash": "no" })))
        .await
        .invalid(&[("/allow_clash", "wrong_type")]);
    assert_eq!(
        (&event["state"], &event["price"], &event["starts_at"]),
        (&json!("completed"), &json!("0.00"), &json!("2026-09-10T15:00:00Z"))
    );
    let record = teacher.get("/v1/me/cpd-record").await.ok();
    assert_eq!((&record["hours"], record["events"][0]["certificate_number"].is_string()), (&json!("1.33"), true));
    assert_eq!(record["by_year"], json!([{ "year": "2026/27", "events": 1, "hours": "1.33" }]));
    assert!(other.get("/v1/me/cpd-record").await.ok()["events"].as_array().unwrap().is_empty());
    assert_eq!(
        (manager.all("/v1/transactions").await.len(), hub.balance(&school).await),
        (before, "100.00".to_owned())
    );
    hub.verified().await;
}

async fn a_draft_is_deleted_and_nothing_else(hub: TestHub) {
    let (manager, programme) = (hub.manager(), prepared(&hub).await);
    let draft = format!("/v1/events/{}", hub.draft_event(&programme, json!({})).await);
    let tag = manager.get(&draft).await.etag();
    manager.delete(&draft).header("if-match", "\"7\"").await.refused(412, "stale");
    hub.partner("Language Line").await.1.delete(&draft).header("if-match", &tag).await.refused(404, "not_found");
    manager.delete(&draft).header("if-match", &tag).await.is(204);
    manager.get(&draft).await.refused(404, "not_found");
    let out = format!("/v1/events/{}", hub.published_event(&programme, json!({})).await);
    let tag = manager.get(&out).await.etag();
    manager.delete(&out).header("if-match", &tag).await.refused(409, "invalid_transition");
    hub.verified().await;
}

async fn the_same_key_adds_one_event(hub: TestHub) {
    let (manager, programme) = (hub.manager(), prepared(&hub).await);
    let first = manager.post("/v1/events", new_event(&programme, json!({}))).key("one").await;
    let again = manager.post("/v1/events", new_event(&programme, json!({}))).key("one").await;
    assert_eq!(
        (again.created(), again.header("idempotency-replayed"), again.etag()),
        (first.created(), Some("true"), first.etag())
    );
    manager
        .post("/v1/events", new_event(&programme, json!({ "capacity": 3 })))
        .key("one")
        .await
        .refused(422, "idempotency_key_reused");
    assert_eq!(manager.all("/v1/events").await.len(), 1);
    let path = format!("{}/publish", first.header("location").unwrap());
    let published = manager.post(&path, None).key("two").await;
    let again = manager.post(&path, None).key("two").await;
    assert_eq!((again.ok(), again.header("idempotency-replayed")), (published.ok(), Some("true")));
}
