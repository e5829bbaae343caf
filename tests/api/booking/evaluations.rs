//! Evaluations: by who came, once; summed up so that nobody's can be told from the rest.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, TestHub, new_session};

fn evaluation(booking: &Value) -> String {
    format!("/v1/bookings/{}/evaluation", booking["id"].as_str().unwrap())
}

fn certificate(booking: &Value) -> String {
    format!("/v1/bookings/{}/certificate", booking["id"].as_str().unwrap())
}

/// A completed event of one session that so many delegates attended, with their bookings.
async fn attended(hub: &TestHub, programme: Value, event: Value, delegates: usize) -> (String, Vec<(Client, Value)>) {
    let (school, lead, _) = hub.funded_school("Lampton Academy", "1000").await;
    let programme = hub.programme(programme).await;
    let event = hub.published_event(&programme, event).await;
    let mut came = Vec::new();
    for _ in 0..delegates {
        let delegate = hub.teacher(&school).await;
        let booking = lead.book_for(&event, &delegate).await.created();
        came.push((delegate, booking));
    }
    let marks: Vec<(&Value, &[&str])> = came.iter().map(|(_, booking)| (booking, &["present"][..])).collect();
    hub.complete_with(&event, &marks).await;
    (event, came)
}

both_engines!(
    who_came_evaluates_once_and_changes_it_in_time,
    only_who_came_evaluates,
    all_that_is_wrong_is_told,
    a_certificate_may_wait_for_the_evaluation,
    whether_it_waits_is_a_setting_of_the_event,
    of_fewer_than_five_nothing_is_told,
    the_summary_is_for_the_hub_and_the_provider
);

async fn who_came_evaluates_once_and_changes_it_in_time(hub: TestHub) {
    let (event, came) = attended(&hub, json!({}), json!({}), 1).await;
    let (delegate, booking) = &came[0];
    let path = evaluation(booking);
    delegate.get(&path).await.refused(404, "not_found");
    let given = delegate.post(&path, json!({ "rating": 4, "comment": "Good." })).await;
    let body = given.created();
    assert_eq!(
        (&body["rating"], &body["comment"], &body["event_id"], &body["booking_id"]),
        (&json!(4), &json!("Good."), &json!(event), &booking["id"])
    );
    assert_eq!(
        (&body["given_at"], &body["changeable_until"]),
        (&json!("2026-11-12T10:00:00Z"), &json!("2026-11-26T10:00:00Z"))
    );
    assert_eq!(given.header("location"), Some(path.as_str()));
    delegate.post(&path, json!({ "rating": 5 })).await.refused(409, "duplicate");

    hub.world.pass(TimeDelta::days(13));
    delegate.patch(&path, "\"1\"", json!({ "rating": 5 })).without("if-match").await.refused(428, "if_match_required");
    let changed = delegate.patch(&path, &given.etag(), json!({ "rating": 5, "comment": null })).await;
    assert_eq!((&changed.ok()["rating"], &changed.ok()["comment"]), (&json!(5), &Value::Null));
    delegate.patch(&path, &given.etag(), json!({ "rating": 1 })).await.refused(412, "stale");
    hub.world.pass(TimeDelta::days(1));
    let late = delegate.patch(&path, &changed.etag(), json!({ "rating": 1 })).await.refused(409, "evaluation_settled");
    assert!(late["detail"].as_str().unwrap().contains("2026-11-26"), "{late}");
    let read = delegate.get(&path).await;
    assert_eq!((&read.ok()["rating"], read.etag()), (&json!(5), changed.etag()));
}

async fn only_who_came_evaluates(hub: TestHub) {
    let (_, came) = attended(&hub, json!({}), json!({}), 1).await;
    let (delegate, booking) = &came[0];
    let path = evaluation(booking);
    let (school, lead, teacher) = hub.funded_school("Heston Community School", "100").await;
    for who in [&lead, &teacher, &hub.manager(), &hub.partner("Language Service").await.1] {
        who.post(&path, json!({ "rating": 4 })).await.refused(404, "not_found");
        who.get(&path).await.refused(404, "not_found");
        who.patch(&path, "\"1\"", json!({ "rating": 4 })).await.refused(404, "not_found");
    }
    delegate.post(&path, json!({ "rating": 4 })).await.created();
    for who in [&lead, &hub.manager()] {
        who.get(&path).await.refused(404, "not_found");
    }
    let event = hub.event(crate::support::EventPlan::default()).await;
    let other = hub.teacher(&school).await;
    let booked = lead.book_for(&event, &other).await.created();
    other.post(&evaluation(&booked), json!({ "rating": 4 })).await.refused(409, "not_attended");
    hub.complete_with(&event, &[(&booked, &["absent"])]).await;
    other.post(&evaluation(&booked), json!({ "rating": 4 })).await.refused(409, "not_attended");
}

async fn all_that_is_wrong_is_told(hub: TestHub) {
    let (_, came) = attended(&hub, json!({}), json!({}), 1).await;
    let (delegate, booking) = &came[0];
    let path = evaluation(booking);
    for wrong in [json!(0), json!(6), json!(-1)] {
        delegate
            .post(&path, json!({ "rating": wrong, "comment": "x".repeat(5001) }))
            .await
            .invalid(&[("/rating", "invalid"), ("/comment", "invalid")]);
    }
    delegate
        .post(&path, json!({ "rating": 4.5, "colour": 1 }))
        .await
        .invalid(&[("/rating", "wrong_type"), ("/colour", "unknown_field")]);
    delegate.post(&path, json!({})).await.invalid(&[("/rating", "missing")]);
    assert_eq!(delegate.post(&path, json!({ "rating": 3, "comment": "  \n" })).await.created()["comment"], Value::Null);
}

async fn a_certificate_may_wait_for_the_evaluation(hub: TestHub) {
    let (event, came) = attended(&hub, json!({}), json!({ "evaluation_required": true }), 2).await;
    assert_eq!(hub.manager().get(&format!("/v1/events/{event}")).await.ok()["evaluation_required"], true);
    let (delegate, booking) = &came[0];
    delegate.get(&certificate(booking)).await.refused(409, "evaluation_required");
    assert_eq!(delegate.get("/v1/me/cpd-record").await.ok()["events"][0]["certificate_number"], Value::Null);
    delegate.post(&evaluation(booking), json!({ "rating": 5 })).await.created();
    delegate.get(&certificate(booking)).await.ok();
    came[1].0.get(&certificate(&came[1].1)).await.refused(409, "evaluation_required");
}

async fn whether_it_waits_is_a_setting_of_the_event(hub: TestHub) {
    let programme = hub.programme(json!({})).await;
    let event = hub.published_event(&programme, json!({})).await;
    let path = format!("/v1/events/{event}");
    let first = hub.manager().get(&path).await;
    assert_eq!(first.ok()["evaluation_required"], false);
    let second = hub.manager().patch(&path, &first.etag(), json!({ "evaluation_required": true })).await;
    assert_eq!(second.ok()["evaluation_required"], true);
    assert_ne!(second.etag(), first.etag());
    assert_eq!(
        hub.manager().patch(&path, &second.etag(), json!({ "title": "Spring run" })).await.ok()["evaluation_required"],
        true
    );
}

async fn of_fewer_than_five_nothing_is_told(hub: TestHub) {
    let (event, came) = attended(&hub, json!({}), json!({}), 6).await;
    let manager = hub.manager();
    let path = format!("/v1/events/{event}/evaluations");
    let suppressed = json!({ "event_id": event, "suppressed": true, "smallest_group": 5, "given": null, "mean": null, "ratings": null });
    assert_eq!(manager.get(&path).await.ok(), suppressed);
    for (rating, (delegate, booking)) in [5, 4, 4, 5].into_iter().zip(&came) {
        delegate
            .post(&evaluation(booking), json!({ "rating": rating, "comment": format!("From {rating}") }))
            .await
            .created();
    }
    assert_eq!(manager.get(&path).await.ok(), suppressed);
    assert!(manager.all(&format!("{path}/comments")).await.is_empty());

    came[4].0.post(&evaluation(&came[4].1), json!({ "rating": 5, "comment": "=Excellent" })).await.created();
    let summary = manager.get(&path).await.ok();
    assert_eq!(
        (&summary["suppressed"], &summary["given"], &summary["mean"]),
        (&json!(false), &json!(5), &json!("4.6"))
    );
    assert_eq!(
        summary["ratings"],
        json!([
            { "rating": 1, "given": 0 }, { "rating": 2, "given": 0 }, { "rating": 3, "given": 0 }, { "rating": 4, "given": null }, { "rating": 5, "given": null }
        ]),
        "small numbers are kept back"
    );
    let comments = manager.all(&format!("{path}/comments?limit=2")).await;
    let mut words: Vec<&str> = comments.iter().map(|comment| comment["comment"].as_str().unwrap()).collect();
    words.sort_unstable();
    assert_eq!(words, ["=Excellent", "From 4", "From 4", "From 5", "From 5"]);
    assert!(comments.iter().all(|comment| comment.as_object().unwrap().len() == 1), "words and nothing else");
    assert!(manager.get(&format!("{path}/comments")).as_csv().await.sheet().contains("'=Excellent\r\n"));

    let etag = manager.get("/v1/hub").await.etag();
    manager.patch("/v1/hub", &etag, json!({ "smallest_group": 0 })).await.invalid(&[("/smallest_group", "invalid")]);
    assert_eq!(manager.patch("/v1/hub", &etag, json!({ "smallest_group": 6 })).await.ok()["smallest_group"], 6);
    assert_eq!(manager.get(&path).await.ok()["suppressed"], true);
    came[5].0.post(&evaluation(&came[5].1), json!({ "rating": 1 })).await.created();
    let summary = manager.get(&path).await.ok();
    assert_eq!(
        (&summary["suppressed"], &summary["given"], &summary["smallest_group"]),
        (&json!(false), &json!(6), &json!(6))
    );
}

async fn the_summary_is_for_the_hub_and_the_provider(hub: TestHub) {
    let (partner, of_partner) = hub.partner("Language Service").await;
    let (_, of_another) = hub.partner("Another Service").await;
    let (event, came) =
        attended(&hub, json!({ "provider": { "kind": "partner", "partner_id": partner } }), json!({}), 1).await;
    let (giver, giving_lead, _) = hub.funded_school("Heston Community School", "100").await;
    let (by_school, _) = attended(
        &hub,
        json!({ "provider": { "kind": "school", "school_id": giver.id } }),
        json!({ "sessions": [new_session("2026-12-10T09:00")] }),
        1,
    )
    .await;
    let sending_lead = hub
        .lead(&crate::support::School {
            id: came[0].1["school_id"].as_str().unwrap().to_owned(),
            name: String::new(),
            urn: String::new(),
        })
        .await;
    for what in ["evaluations", "evaluations/comments"] {
        let path = |event: &str| format!("/v1/events/{event}/{what}");
        for who in [&hub.manager(), &hub.viewer().await, &of_partner] {
            who.get(&path(&event)).await.ok();
        }
        giving_lead.get(&path(&by_school)).await.ok();
        for who in [&of_another, &giving_lead, &sending_lead, &hub.world.hub(&format!("Hub {what}")).await.manager()] {
            who.get(&path(&event)).await.refused(404, "not_found");
        }
        sending_lead.get(&path(&by_school)).await.refused(404, "not_found");
        came[0].0.get(&path(&event)).await.refused(403, "forbidden");
    }
}
