//! What people do around the programme: partners, programmes, events, as they send them.

use serde_json::{Value, json};

use super::{Client, TestHub, unique};

/// `base` with the fields of `over` in place of its own.
pub fn with(mut base: Value, over: Value) -> Value {
    for (field, value) in over.as_object().expect("fields").clone() {
        base[field] = value;
    }
    base
}

/// A programme to be added.
pub fn new_programme(over: Value) -> Value {
    with(json!({ "kind": "cpd_programme", "title": "Outstanding Teacher Programme" }), over)
}

/// A session of an hour that starts at `2026-11-12T09:00`.
pub fn new_session(starts_at: &str) -> Value {
    let starts_at: chrono::DateTime<chrono::Utc> = format!("{starts_at}:00Z").parse().unwrap();
    let ends_at = starts_at + chrono::TimeDelta::hours(1);
    json!({ "title": "Session", "starts_at": starts_at, "ends_at": ends_at, "place": "Lampton Academy" })
}

/// An event to be added: twenty places at 12.50, one session on 12 November 2026.
pub fn new_event(programme: &str, over: Value) -> Value {
    let event = json!({
        "programme_id": programme, "title": "Autumn run", "capacity": 20, "price": "12.50",
        "policy": { "basis": "calendar_days", "tiers": [{ "days_before": 14, "refund_percent": 100 }, { "days_before": 8, "refund_percent": 50 }] },
        "sessions": [new_session("2026-11-12T09:00")]
    });
    with(event, over)
}

impl TestHub {
    /// A new partner, and someone of it.
    pub async fn partner(&self, name: &str) -> (String, Client) {
        let partner = self.manager().post("/v1/partners", json!({ "name": name })).await.created();
        let partner = partner["id"].as_str().unwrap().to_owned();
        let number = unique();
        let person = json!({ "name": format!("Person {number}"), "email": format!("person.{number}@partner.example"), "role": "partner", "partner_id": partner });
        let person = self.manager().post("/v1/people", person).await.created();
        (partner, self.world.person(&self.id, person["id"].as_str().unwrap()))
    }

    /// A new priority.
    pub async fn priority(&self, name: &str) -> String {
        self.manager().add("/v1/priorities", json!({ "name": name })).await
    }

    /// A new programme; the answer is its id.
    pub async fn programme(&self, over: Value) -> String {
        self.manager().add("/v1/programmes", new_programme(over)).await
    }

    /// A new event of the programme, as a draft.
    pub async fn draft_event(&self, programme: &str, over: Value) -> String {
        self.year("2026/27").await;
        self.manager().add("/v1/events", new_event(programme, over)).await
    }

    /// A new event of the programme, published.
    pub async fn published_event(&self, programme: &str, over: Value) -> String {
        let event = self.draft_event(programme, over).await;
        self.manager().post(&format!("/v1/events/{event}/publish"), None).await.ok();
        event
    }
}

impl Client {
    /// Adds something; the answer is its id.
    pub async fn add(&self, path: &str, body: Value) -> String {
        self.post(path, body).await.created()["id"].as_str().expect("an id").to_owned()
    }

    /// The titles of a list, page by page.
    pub async fn titles(&self, path: &str) -> Vec<String> {
        self.all(path).await.iter().map(|item| item["title"].as_str().expect("a title").to_owned()).collect()
    }
}
