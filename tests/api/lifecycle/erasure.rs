//! Somebody is erased: their name, address and words are gone, and the ledger is proved as before.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, Engine, EventPlan, TestHub};

/// What stands in no other place.
const MARKER: &str = "marker 61c0e7";

fn path(person: &Client, what: &str) -> String {
    format!("/v1/people/{}/{what}", person.id())
}

impl Client {
    async fn erase(&self, person: &Client) -> Value {
        let preview = self.get(&path(person, "erase")).await.ok();
        self.post(&path(person, "erase"), json!({ "quote": preview["quote"] })).await.ok()
    }
}

/// Somebody of whom there is something of every sort, and their place on an event that is over.
async fn somebody(hub: &TestHub) -> (Client, Client, Value) {
    let (school, lead, _) = hub.funded_school("Lampton Academy", "200").await;
    let new = json!({ "name": format!("Noor {MARKER}"), "email": "noor.61c0e7@school.example", "role": "teacher", "school_id": school.id });
    let person = hub.manager().post("/v1/people", new).await.created();
    let who = hub.world.person(&hub.id, person["id"].as_str().unwrap());
    let event = hub.event(EventPlan::of(5, "30")).await;
    let other = hub.event(EventPlan::of(5, "20")).await;
    let booking = lead.book_for(&event, &who).await.created();
    let refunded = json!({ "event_id": other, "person_id": who.id(), "allow_clash": true });
    let refunded = lead.post("/v1/bookings", refunded).await.created();
    hub.world.pass(TimeDelta::days(50));
    lead.act(&refunded, "cancel").await.ok();
    let waiver = json!({ "reason": format!("Bereavement {MARKER}"), "amount": "3" });
    hub.manager().post(&format!("/v1/bookings/{}/waive", refunded["id"].as_str().unwrap()), waiver).await.ok();
    hub.complete(&event).await;
    let evaluation = json!({ "rating": 4, "comment": format!("Long {MARKER}") });
    who.post(&format!("/v1/bookings/{}/evaluation", booking["id"].as_str().unwrap()), evaluation).await.created();
    who.put("/v1/me/needs", json!({ "access": format!("A ramp {MARKER}") })).await.is(204);
    who.post("/v1/me/calendar", None).await.created();
    (lead, who, booking)
}

both_engines!(
    who_is_erased_is_found_nowhere_and_the_ledger_is_proved,
    an_erasure_is_previewed_and_for_good,
    the_last_manager_is_not_erased,
    the_retention_of_the_hub_erases_those_who_left_long_ago,
    nothing_of_an_erased_person_is_in_the_file
);

async fn who_is_erased_is_found_nowhere_and_the_ledger_is_proved(hub: TestHub) {
    let (lead, who, booking) = somebody(&hub).await;
    let manager = hub.manager();
    let certificate = who.get(&format!("/v1/bookings/{}/certificate", booking["id"].as_str().unwrap())).await.ok();
    let before = hub.verified().await;
    let head = format!("{}:{}", before["transactions"], before["head"].as_str().unwrap());
    let erased = manager.erase(&who).await;
    let name = erased["name"].as_str().unwrap().to_owned();
    assert!(name.starts_with("Erased person ") && name.len() == 18, "{name}");
    assert_eq!((&erased["erased"], &erased["disabled"]), (&json!(true), &json!(true)));
    who.get("/v1/me").await.refused(401, "person_disabled");

    let after = manager.get(&format!("/v1/ledger/verification?against={head}")).await.ok();
    assert_eq!(after["difference"], Value::Null, "{after}");
    let now = manager.booking(&booking).await;
    assert_eq!((&now["state"], &now["person_name"]), (&json!("attended"), &json!(name)));
    let number = certificate["number"].as_str().unwrap();
    let checked = hub.world.stranger().get(&format!("/v1/certificates/{number}")).await.ok();
    assert_eq!((&checked["certificate"]["person_name"], &checked["number"]), (&json!(name), &json!(number)));

    for list in
        ["/v1/people", "/v1/changes?limit=200", "/v1/transactions?limit=200", "/v1/tickets", "/v1/bookings?limit=200"]
    {
        let text = manager.get(list).await.text();
        assert!(!text.contains("61c0e7"), "{list}: {text}");
    }
    for file in ["/v1/people", "/v1/changes", "/v1/bookings"] {
        assert!(!manager.get(file).as_csv().await.text().contains("61c0e7"), "{file}");
    }
    let event = booking["event_id"].as_str().unwrap();
    let comments = manager.get(&format!("/v1/events/{event}/evaluations/comments")).await.text();
    assert!(!comments.contains("61c0e7"), "{comments}");
    let notices = lead.get("/v1/me/notices").await.text();
    assert!(!notices.contains("61c0e7"), "{notices}");
    hub.verified().await;
}

async fn an_erasure_is_previewed_and_for_good(hub: TestHub) {
    let (lead, who, _) = somebody(&hub).await;
    let manager = hub.manager();
    let preview = manager.get(&path(&who, "erase")).await.ok();
    let of = |list: &str, what: &str| {
        let found =
            preview[list].as_array().unwrap().iter().find(|one| one["what"].as_str().unwrap().starts_with(what));
        found.unwrap_or_else(|| panic!("{what}: {preview}")).clone()
    };
    assert_eq!((&of("stays", "bookings")["count"], &of("stays", "numbers")["count"]), (&json!(2), &json!(1)));
    assert_eq!((&of("goes", "comments")["count"], &of("goes", "access")["count"]), (&json!(1), &json!(1)));
    assert!(of("stays", "postings")["why"].as_str().unwrap().contains("sealed"));
    for other in [&lead, &who] {
        other.get(&path(&who, "erase")).await.refused(403, "forbidden");
    }
    who.delete("/v1/me/needs").await.is(204);
    let quoted = json!({ "quote": preview["quote"] });
    manager.post(&path(&who, "erase"), quoted).await.refused(409, "quote_expired");
    manager.erase(&who).await;
    for command in ["enable", "invite"] {
        manager.post(&path(&who, command), None).await.refused(409, "invalid_transition");
    }
    let etag = manager.get(&format!("/v1/people/{}", who.id())).await.etag();
    let renamed = json!({ "name": "Noor" });
    manager.patch(&format!("/v1/people/{}", who.id()), &etag, renamed).await.refused(409, "invalid_transition");
    manager.get(&path(&who, "erase")).await.refused(409, "invalid_transition");
    let email = json!({ "email": "noor.61c0e7@school.example" });
    manager.post(&path(&who, "email"), email.clone()).await.refused(409, "invalid_transition");
    manager.post(&path(&who, "role"), json!({ "role": "hub_manager" })).await.refused(409, "invalid_transition");
    // The address is free.
    let mut again = json!({ "name": "Noor again", "role": "hub_viewer" });
    again["email"] = email["email"].clone();
    manager.post("/v1/people", again).await.created();
}

async fn the_last_manager_is_not_erased(hub: TestHub) {
    let manager = hub.manager();
    let quote = manager.get(&path(&manager, "erase")).await.ok()["quote"].clone();
    manager.post(&path(&manager, "erase"), json!({ "quote": quote })).await.refused(409, "last_manager");
    assert_eq!(manager.get("/v1/me").await.ok()["erased"], false);
    let second = hub.another_manager().await;
    second.erase(&manager).await;
    let quote = second.get(&path(&second, "erase")).await.ok()["quote"].clone();
    second.post(&path(&second, "erase"), json!({ "quote": quote })).await.refused(409, "last_manager");
}

async fn the_retention_of_the_hub_erases_those_who_left_long_ago(hub: TestHub) {
    let (_, lead, leaver) = hub.funded_school("Lampton Academy", "200").await;
    let (_, _, stays) = hub.funded_school("Heston", "0").await;
    let (_, others, booked) = hub.funded_school("Hounslow", "100").await;
    let manager = hub.manager();
    let event = hub.event(EventPlan { starts_in: TimeDelta::days(200), ..EventPlan::of(5, "30") }).await;
    others.book_for(&event, &booked).await.created();
    for who in [&leaver, &booked] {
        lead.post("/v1/me/notices/read", None).await;
        manager.post(&path(who, "disable"), None).await.ok();
    }
    let erased = async |who: &Client| manager.get(&format!("/v1/people/{}", who.id())).await.ok()["erased"] == true;
    hub.world.pass(TimeDelta::days(366));
    hub.world.round().await;
    assert!(!erased(&leaver).await, "a hub that does not say so erases nobody");
    let settings = manager.get("/v1/hub").await;
    for wrong in [0, 51] {
        let reply = manager.patch("/v1/hub", &settings.etag(), json!({ "retention_years": wrong })).await;
        reply.invalid(&[("/retention_years", "invalid")]);
    }
    let changed = manager.patch("/v1/hub", &settings.etag(), json!({ "retention_years": 1 })).await.ok();
    assert_eq!(changed["retention_years"], 1);
    hub.world.round().await;
    assert!(erased(&leaver).await && !erased(&booked).await, "who had a place since is kept as long again");
    hub.world.pass(TimeDelta::days(201));
    hub.world.round().await;
    assert!(erased(&booked).await && !erased(&stays).await && !erased(&lead).await);
    let settings = manager.get("/v1/hub").await;
    let never = manager.patch("/v1/hub", &settings.etag(), json!({ "retention_years": null })).await.ok();
    assert_eq!(never["retention_years"], Value::Null);
    hub.verified().await;
}

async fn nothing_of_an_erased_person_is_in_the_file(hub: TestHub) {
    if hub.world.engine() == Engine::Postgres {
        return;
    }
    let (_, who, _) = somebody(&hub).await;
    let file = hub.world.folder().join("hub-credits.db");
    let found = async || {
        hub.world.db().fold().await.unwrap();
        let bytes = std::fs::read(&file).unwrap();
        let at = bytes.windows(6).position(|bytes| bytes == b"61c0e7")?;
        let around = &bytes[at.saturating_sub(200)..(at + 100).min(bytes.len())];
        Some(String::from_utf8_lossy(around).into_owned())
    };
    assert!(found().await.is_some());
    hub.manager().erase(&who).await;
    // Their login ends with the next round.
    hub.world.round().await;
    assert_eq!(found().await, None);
}
