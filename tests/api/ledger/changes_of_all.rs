//! Every end point that changes something leaves a change in the feed: each is called, and the feed looked at.

mod credits;
mod hub;
mod programme;
mod support;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Request, TestHub, new_offer, new_session, operations, with};

/// What changes no record of the hub's business.
const LEAVE_NOTHING: &[&str] = &[
    // What somebody has read of what they were told.
    "POST /v1/me/notices/read",
    "POST /v1/me/notices/{id}/read",
    // What somebody looks for is their own.
    "POST /v1/me/saved-filters",
    "PATCH /v1/me/saved-filters/{id}",
    "DELETE /v1/me/saved-filters/{id}",
    // What somebody wants by e-mail is their own, and a letter that is sent again is as it was written.
    "PUT /v1/me/letters",
    "POST /v1/letters/stop/{word}",
    "POST /v1/letters/{id}/send-again",
    // What the hub writes to people is kept with what they are told, and looking at it first sends nothing.
    "POST /v1/announcements",
    "POST /v1/announcements/preview",
    // A secret of the person's own.
    "POST /v1/me/calendar",
    "DELETE /v1/me/calendar",
    // A new address that nobody has confirmed yet, and the link to it.
    "POST /v1/me/email",
    "POST /v1/people/{id}/email/link",
    // What other systems are sent: nothing of the hub is changed by it.
    "POST /v1/webhooks/{id}/ping",
    "POST /v1/webhooks/{id}/deliveries/{delivery_id}/redeliver",
    // Somebody comes in, or goes.
    "POST /v1/auth/codes",
    "POST /v1/auth/codes/sign-in",
    "POST /v1/auth/invitations/{secret}",
    "POST /v1/auth/links/{secret}",
    "POST /v1/auth/login",
    "POST /v1/auth/logout",
    "POST /v1/auth/logout-everywhere",
    "POST /v1/auth/refresh",
    "POST /v1/auth/resets",
    "POST /v1/auth/resets/{secret}",
    "DELETE /v1/me/sessions/{id}",
    // What a person signs in by, in whichever hub.
    "POST /v1/me/password",
    "POST /v1/me/totp",
    "POST /v1/me/totp/confirm",
    "POST /v1/me/totp/recovery-codes",
    "POST /v1/me/totp/remove",
    "POST /v1/me/totp/verify",
];

/// A walk past the end points, with what they are known to leave.
struct Walk {
    hub: TestHub,
    past: BTreeSet<String>,
}

impl Walk {
    async fn last(&self) -> u64 {
        let page = self.hub.manager().get("/v1/changes?limit=1").await.ok();
        page["last"].as_str().unwrap().parse().unwrap()
    }

    /// Does it, and looks for a change of this kind among those that it leaves.
    async fn leaves(&mut self, kind: &str, request: Request) -> Value {
        let (operation, before) = (request.operation(), self.last().await);
        let reply = request.await;
        assert!((200..300).contains(&reply.status), "{reply}");
        let path = format!("/v1/changes?limit=200&after={before}");
        let left = self.hub.manager().get(&path).await.ok()["items"].as_array().unwrap().clone();
        let kinds: Vec<&str> = left.iter().map(|change| change["kind"].as_str().unwrap()).collect();
        assert!(kinds.contains(&kind), "{operation} leaves {kinds:?}, not {kind}");
        self.past.insert(operation);
        if reply.body.is_empty() { Value::Null } else { reply.json() }
    }

    async fn adds(&mut self, kind: &str, request: Request) -> String {
        self.leaves(kind, request).await["id"].as_str().unwrap().to_owned()
    }
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

both_engines!(whatever_changes_something_leaves_a_change, nothing_that_people_wrote_or_are_called_is_in_the_feed);

async fn whatever_changes_something_leaves_a_change(hub: TestHub) {
    let mut walk = Walk { hub, past: BTreeSet::new() };
    hub::settings_and_people(&mut walk).await;
    hub::schools(&mut walk).await;
    credits::allocations(&mut walk).await;
    credits::corrected(&mut walk).await;
    programme::programme(&mut walk).await;
    programme::bookings(&mut walk).await;
    programme::tickets(&mut walk).await;
    credits::by_hand(&mut walk).await;
    support::offers(&mut walk).await;
    support::commissions(&mut walk).await;
    hub::records(&mut walk).await;
    hub::webhooks(&mut walk).await;
    hub::newsletter(&mut walk).await;
    hub::succession(&mut walk).await;
    credits::close(&mut walk).await;

    // A hub of its own tells of its beginning.
    let other = walk.hub.world.hub("South London").await;
    assert_eq!(other.manager().get("/v1/changes").await.ok()["items"][0]["kind"], "hub.created");
    walk.past.insert("POST /v1/hubs".to_owned());
    walk.hub.verified().await;

    let writes = operations().iter().filter(|operation| operation.method != "GET");
    let writes: BTreeSet<String> = writes.map(|operation| format!("{} {}", operation.method, operation.path)).collect();
    let known: BTreeSet<String> =
        walk.past.iter().cloned().chain(LEAVE_NOTHING.iter().map(|it| (*it).to_owned())).collect();
    let unseen: Vec<&String> = writes.difference(&known).collect();
    assert!(unseen.is_empty(), "walk past these, or say why they leave no change: {unseen:#?}");
    assert!(known.is_subset(&writes), "these are no end points: {:#?}", known.difference(&writes));
}

async fn nothing_that_people_wrote_or_are_called_is_in_the_feed(hub: TestHub) {
    let word = "Zzyzx";
    let manager = hub.manager();
    let school = manager
        .add("/v1/schools", json!({ "urn": "123456", "name": format!("{word} Academy"), "phase": "secondary" }))
        .await;
    let school = crate::support::School { id: school, name: String::new(), urn: String::new() };
    hub.fund(&school, "100").await;
    let person =
        json!({ "name": word, "email": format!("{word}@hub.example"), "role": "teacher", "school_id": school.id });
    let person = manager.add("/v1/people", person).await;
    let teacher = hub.world.person(&hub.id, &person);
    teacher.put("/v1/me/needs", json!({ "access": word })).await.is(204);
    let programme = hub.programme(json!({ "title": word, "description": word })).await;
    let event = hub.published_event(&programme, json!({ "title": word, "sessions": [with(new_session("2026-11-12T09:00"), json!({ "speaker": word, "place": word }))] })).await;
    let booking = manager.post("/v1/bookings", json!({ "event_id": event, "person_id": person })).await.created();
    hub.world.pass(TimeDelta::days(32));
    manager.act(&booking, "cancel").await.ok();
    manager.post(&format!("/v1/bookings/{}/waive", id(&booking)), json!({ "reason": word })).await.ok();
    let (lead, other) = (hub.lead(&school).await, hub.lead(&hub.school("Heston").await).await);
    let offer = lead.add("/v1/offers", new_offer(json!({ "title": word, "description": word, "subject": word }))).await;
    let hello = json!({ "subject": word, "text": word });
    let conversation = other.add(&format!("/v1/offers/{offer}/contact"), hello).await;
    other.post(&format!("/v1/conversations/{conversation}/complaint"), json!({ "reason": word })).await.ok();
    let feed = manager.get("/v1/changes?limit=200").await.text().to_lowercase();
    assert!(feed.contains("booking.refunded"), "{feed}");
    assert!(!feed.contains(&word.to_lowercase()), "{feed}");
}
