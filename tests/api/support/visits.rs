//! `/v1/commissions/{id}/visits`: recorded by whoever came or their lead, asked after where they are not; and what came of
//! the support in the end.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, TestHub, at, days, new_quote, with};

both_engines!(
    visits_are_recorded_and_both_say_what_came_of_it,
    who_records_no_visit_is_told_once,
    a_specialist_records_their_own_visits
);

async fn visits_are_recorded_and_both_say_what_came_of_it(hub: TestHub) {
    let deal = hub.deal("100").await;
    hub.world.at("2026-11-02T09:00:00Z");
    let commission = deal.agreed(json!([days("1", "10")])).await;
    let visit = |day: &str, minutes: i64| json!({ "milestone": 1, "visited_on": day, "minutes": minutes, "who": "Ann", "done": "Phonics", "next_step": "Year 2" });
    hub.world.at("2026-11-16T09:00:00Z");
    let record = async |body: Value| deal.providing.commission(&commission, "visits", body).await;
    assert_eq!(record(visit("2026-11-09", 180)).await.created()["late"], false);
    assert_eq!(record(visit("2026-11-06", 180)).await.created()["late"], true);
    record(visit("2026-11-17", 180)).await.invalid(&[("/visited_on", "out_of_range")]);
    record(visit("2026-11-01", 180)).await.invalid(&[("/visited_on", "out_of_range")]);
    record(visit("2026-11-09", 0)).await.invalid(&[("/minutes", "out_of_range")]);
    let other = with(visit("2026-11-09", 5), json!({ "milestone": 2 }));
    record(other).await.invalid(&[("/milestone", "unknown")]);
    deal.buying.commission(&commission, "visits", visit("2026-11-09", 5)).await.refused(403, "forbidden");
    let path = format!("/v1/commissions/{}", commission["id"].as_str().unwrap());
    assert_eq!(deal.buying.all(&format!("{path}/visits")).await.len(), 2);
    let review = json!({ "impact": "All staff teach phonics", "rating": 5 });
    let put = async |client: &Client, body: &Value| client.put(&format!("{path}/review"), body.clone()).await;
    put(&deal.buying, &review).await.refused(409, "invalid_transition");
    deal.pay(&commission, 1, json!({})).await;
    put(&deal.buying, &json!({ "impact": "x", "rating": 6 })).await.invalid(&[("/rating", "out_of_range")]);
    put(&deal.buying, &review).await.ok();
    put(&deal.providing, &json!({ "impact": "They were ready", "rating": 4 })).await.ok();
    put(&deal.providing, &json!({ "impact": "They were ready", "rating": 3 })).await.ok();
    let reviews = hub.manager().get(&format!("{path}/reviews")).await.ok();
    let ratings: Vec<&Value> = reviews["items"].as_array().unwrap().iter().map(|review| &review["rating"]).collect();
    assert_eq!(ratings, [&json!(5), &json!(3)]);
}

/// Five working days after the days were due, or delivered: of a milestone of days alone, and where a day is missing.
async fn who_records_no_visit_is_told_once(hub: TestHub) {
    let deal = hub.deal("100").await;
    let due = |on: &str, what: Value| with(what, json!({ "due_on": on }));
    // A Monday, Friday of the week after, and Monday of the one after that.
    let parts = json!([
        due("2026-11-02", days("2", "10")),
        due("2026-11-13", days("1.5", "10")),
        due("2026-11-23", days("1", "10")),
        due("2026-11-02", at("5"))
    ]);
    let commission = deal.agreed(parts).await;
    let visit = async |milestone: i64, on: &str| {
        let visit =
            json!({ "milestone": milestone, "visited_on": on, "minutes": 300, "who": "Ann", "done": "Phonics" });
        deal.providing.commission(&commission, "visits", visit).await.created();
    };
    let told = async |at: &str| {
        hub.world.at(at);
        hub.world.round().await;
        let told = async |to| hub.kinds_told(to).await.iter().filter(|kind| *kind == "visit_due").count();
        assert_eq!(told(&deal.buying).await, 0, "the provider records them");
        told(&deal.providing).await
    };
    hub.world.at("2026-11-02T15:00:00Z");
    visit(1, "2026-11-02").await;
    assert_eq!(told("2026-11-09T23:59:59Z").await, 0);
    assert_eq!(told("2026-11-10T00:00:00Z").await, 1, "one of two days");
    assert_eq!(told("2026-11-11T09:00:00Z").await, 1, "once");
    // Delivered earlier than it was due.
    deal.providing.milestone(&commission, 3, "deliver", json!({})).await.ok();
    hub.world.at("2026-11-16T15:00:00Z");
    for day in ["2026-11-12", "2026-11-13"] {
        visit(2, day).await;
    }
    assert_eq!(told("2026-11-18T23:59:59Z").await, 1);
    assert_eq!(told("2026-11-19T00:00:00Z").await, 2);
    assert_eq!(told("2026-12-15T09:00:00Z").await, 2, "all days of the second are recorded");
    hub.verified().await;
}

/// A teacher of the school that provides, where the quote that was agreed names them.
async fn a_specialist_records_their_own_visits(hub: TestHub) {
    let deal = hub.deal("100").await;
    let (specialist, colleague) = (hub.teacher(&deal.provider).await, hub.teacher(&deal.provider).await);
    let name = specialist.get("/v1/me").await.ok()["name"].clone();
    let commission = deal.agreed_on(json!([days("2", "10")]), json!({ "specialist": name })).await;
    hub.world.at("2026-11-09T09:00:00Z");
    let visit = json!({ "milestone": 1, "visited_on": "2026-11-06", "minutes": 300, "who": name, "done": "Phonics" });
    let record = async |by: &Client, over: Value| by.commission(&commission, "visits", with(visit.clone(), over)).await;
    let recorded = record(&specialist, json!({})).await.created();
    assert_eq!([&recorded["who"], &recorded["recorded_by"]], [&name, &json!(specialist.id())]);
    record(&specialist, json!({ "who": "Somebody else" })).await.invalid(&[("/who", "not_yours")]);
    record(&colleague, json!({})).await.refused(404, "not_found");
    record(&hub.teacher(&deal.buyer).await, json!({})).await.refused(404, "not_found");
    // The lead changes who comes.
    let other = colleague.get("/v1/me").await.ok()["name"].clone();
    let variation = with(new_quote(json!([days("3", "10")])), json!({ "specialist": other }));
    let variation = deal.providing.commission(&commission, "quote", variation).await.created();
    deal.buying.agree(&commission, &variation).await.ok();
    record(&specialist, json!({})).await.refused(404, "not_found");
    record(&colleague, json!({ "who": other, "milestone": 2 })).await.created();
    specialist.see(&commission).await.refused(403, "forbidden");
}
