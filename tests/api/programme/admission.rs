//! Who may book an event, and how many it needs.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{TestHub, new_event, new_session, with};

both_engines!(
    an_event_says_who_books_it_and_how,
    conditions_that_can_not_hold_are_told_at_once,
    events_at_risk_are_listed
);

async fn an_event_says_who_books_it_and_how(hub: TestHub) {
    let programme = hub.programme(json!({})).await;
    hub.year("2026/27").await;
    let admission = json!({
        "opens_at_full": "2026-10-06T08:00:00Z", "participant_price": "20.00", "max_per_school": 3,
        "phases": ["secondary"], "roles": ["teacher"], "offer_hours": 48,
    });
    let over = json!({ "opens_at": "2026-10-13T08:00:00Z", "admission": admission, "minimum": { "delegates": 8, "decide_by": "2026-11-05" } });
    let event = hub.manager().post("/v1/events", new_event(&programme, over)).await.created();
    assert_eq!(
        (&event["admission"], &event["minimum"]),
        (&admission, &json!({ "delegates": 8, "decide_by": "2026-11-05" }))
    );
    let path = format!("/v1/events/{}", event["id"].as_str().unwrap());
    hub.manager().post(&format!("{path}/publish"), None).await.ok();
    let published = hub.manager().get(&path).await;
    assert_eq!(published.ok()["admission"], admission);

    let change = json!({ "admission": { "max_per_school": 5 }, "minimum": null });
    let changed = hub.manager().patch(&path, &published.etag(), change).await;
    let none = json!({ "opens_at_full": null, "participant_price": null, "max_per_school": 5, "phases": [], "roles": [], "offer_hours": null });
    assert_eq!((&changed.ok()["admission"], &changed.ok()["minimum"]), (&none, &Value::Null), "all of it anew");
    let other = hub.manager().patch(&path, &changed.etag(), json!({ "title": "Another" })).await;
    assert_eq!(other.ok()["admission"], none, "what is not sent stays");
    hub.manager()
        .patch(
            &path,
            &other.etag(),
            json!({ "opens_at": null, "admission": { "opens_at_full": "2026-10-06T08:00:00Z" } }),
        )
        .await
        .invalid(&[("/admission/opens_at_full", "invalid")]);
}

async fn conditions_that_can_not_hold_are_told_at_once(hub: TestHub) {
    let programme = hub.programme(json!({})).await;
    hub.year("2026/27").await;
    let refused = async |over: Value, fields: &[(&str, &str)]| {
        hub.manager().post("/v1/events", new_event(&programme, over)).await.invalid(fields);
    };
    let wrong = json!({
        "admission": { "opens_at_full": "2026-10-06T08:00:00Z", "participant_price": "1000000.01", "max_per_school": 0, "roles": ["partner"], "offer_hours": 721 },
        "minimum": { "delegates": 21, "decide_by": "2026-11-13" },
    });
    refused(
        wrong,
        &[
            ("/admission/participant_price", "invalid"),
            ("/admission/max_per_school", "invalid"),
            ("/admission/roles", "invalid"),
            ("/admission/offer_hours", "invalid"),
            ("/minimum/delegates", "invalid"),
            ("/minimum/decide_by", "invalid"),
            ("/admission/opens_at_full", "invalid"),
        ],
    )
    .await;
    refused(
        json!({ "admission": { "phases": ["moon"], "colour": "red" }, "minimum": {} }),
        &[
            ("/admission/phases/0", "invalid"),
            ("/admission/colour", "unknown_field"),
            ("/minimum/delegates", "missing"),
            ("/minimum/decide_by", "missing"),
        ],
    )
    .await;
}

async fn events_at_risk_are_listed(hub: TestHub) {
    let programme = hub.programme(json!({})).await;
    let minimum = json!({ "minimum": { "delegates": 2, "decide_by": "2026-11-05" } });
    let short = hub.published_event(&programme, minimum.clone()).await;
    let later = with(minimum.clone(), json!({ "sessions": [new_session("2026-11-13T09:00")] }));
    let enough = hub.published_event(&programme, later).await;
    hub.published_event(&programme, json!({})).await;
    hub.draft_event(&programme, minimum).await;
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    for event in [&short, &enough] {
        lead.book_for(event, &teacher).await.created();
    }
    lead.book(&enough).await.created();
    let at_risk = hub.manager().all("/v1/events?at_risk=true").await;
    let ids: Vec<&str> = at_risk.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [short.as_str()]);
    assert_eq!(
        (&at_risk[0]["at_risk"], &at_risk[0]["minimum"]),
        (&json!(true), &json!({ "delegates": 2, "decide_by": "2026-11-05" }))
    );
    assert_eq!(hub.manager().all("/v1/events?at_risk=false").await.len(), 3);
    hub.manager().get("/v1/events?at_risk=maybe").await.invalid(&[("at_risk", "invalid")]);
}
