//! The walk past what a hub is: its settings, people and schools, and whom it tells of itself.

use chrono::TimeDelta;
use serde_json::json;

use super::{Walk, id};
use crate::support::{CENSUS, Client, operation_of, unique};

pub(super) async fn settings_and_people(walk: &mut Walk) {
    let (hub, manager) = (walk.hub.clone(), walk.hub.manager());
    walk.leaves("hub.changed", manager.patch("/v1/hub", "\"1\"", json!({ "returned_share_percent": 40 }))).await;
    let email = format!("new.{}@hub.example", unique());
    let person = json!({ "name": "Somebody New", "email": email, "role": "hub_viewer" });
    let person = walk.adds("person.created", manager.post("/v1/people", person)).await;
    let path = format!("/v1/people/{person}");
    walk.leaves("person.changed", manager.patch(&path, "\"1\"", json!({ "name": "Somebody Else" }))).await;
    walk.leaves("person.invited", manager.post(&format!("{path}/invite"), None)).await;
    walk.leaves("person.disabled", manager.post(&format!("{path}/disable"), None)).await;
    walk.leaves("person.enabled", manager.post(&format!("{path}/enable"), None)).await;
    let key = json!({ "name": "MIS", "scope": "read", "days": 1 });
    let key = walk.leaves("api_key.created", manager.post("/v1/api-keys", key).no_key()).await;
    walk.leaves("api_key.revoked", manager.delete(&format!("/v1/api-keys/{}", id(&key["api_key"])))).await;
    let named = json!({ "email": format!("named.{}@hub.example", unique()) });
    let operator = hub.world.operator();
    walk.leaves("person.created", operator.post(&format!("/v1/hubs/{}/managers", hub.id), named).no_key()).await;
    let viewer = hub.viewer().await;
    walk.leaves("person.needs_changed", viewer.put("/v1/me/needs", json!({ "access": "A ramp" }))).await;
    walk.leaves("person.needs_changed", viewer.delete("/v1/me/needs")).await;
    let (_, signed_in) = hub.joins(&viewer).await;
    let (path, caller) = (format!("/v1/people/{}", viewer.id()), signed_in.caller(&hub.world));
    walk.leaves("person.helped_in", manager.post(&format!("{path}/sign-in-code"), None)).await;
    walk.leaves("person.helped_in", manager.post(&format!("{path}/reset"), None)).await;
    caller.post("/v1/me/totp", None).await.created();
    walk.leaves("person.helped_in", manager.delete(&format!("{path}/totp"))).await;
}

pub(super) async fn records(walk: &mut Walk) {
    let (hub, manager) = (walk.hub.clone(), walk.hub.manager());
    let (lampton, heston) = (hub.school("Lampton").await, hub.school("Heston").await);
    let (teacher, double) = (hub.teacher(&lampton).await, hub.teacher(&lampton).await);
    let of = |person: &Client, what: &str| format!("/v1/people/{}/{what}", person.id());
    let there = json!({ "school_id": heston.id });
    walk.leaves("person.moved", manager.post(&of(&teacher, "move"), there)).await;
    walk.leaves("person.moved", manager.post(&of(&teacher, "role"), json!({ "role": "school_lead" }))).await;
    let address = json!({ "email": format!("corrected.{}@hub.example", unique()) });
    walk.leaves("person.address_changed", manager.post(&of(&teacher, "email"), address)).await;
    let address = json!({ "email": format!("new.{}@hub.example", unique()) });
    teacher.post("/v1/me/email", address).await.is(202);
    let link = manager.post(&of(&teacher, "email/link"), None).await.created()["link"].clone();
    let link = operation_of(&link);
    walk.leaves("person.address_changed", hub.world.stranger().post(&link, None)).await;
    let quote = manager.get(&format!("{}?with={}", of(&teacher, "merge"), double.id())).await.ok()["quote"].clone();
    let body = json!({ "with": double.id(), "quote": quote });
    walk.leaves("person.merged", manager.post(&of(&teacher, "merge"), body)).await;
    let quote = manager.get(&of(&teacher, "erase")).await.ok()["quote"].clone();
    walk.leaves("person.erased", manager.post(&of(&teacher, "erase"), json!({ "quote": quote }))).await;
    let file = "name,email,role\nVic,vic@import.example,viewer\n";
    walk.leaves("person.created", manager.post("/v1/people/import", None).csv(file)).await;
}

pub(super) async fn schools(walk: &mut Walk) {
    let (hub, manager) = (walk.hub.clone(), walk.hub.manager());
    let school = json!({ "urn": "123456", "name": "Lampton", "phase": "secondary" });
    let school = walk.adds("school.created", manager.post("/v1/schools", school)).await;
    let path = format!("/v1/schools/{school}");
    walk.leaves("school.changed", manager.patch(&path, "\"1\"", json!({ "local_authority": "Hounslow" }))).await;
    let etag = manager.get(&format!("{path}/approval")).await.etag();
    walk.leaves(
        "school.approval_changed",
        manager.patch(&format!("{path}/approval"), &etag, json!({ "own_approval": true })),
    )
    .await;
    walk.leaves(
        "school.roll_recorded",
        manager.post(&format!("{path}/rolls"), json!({ "census_date": CENSUS, "pupils": 900 })),
    )
    .await;
    let rolls = "urn,pupils,census_date\n123456,901,2023-01-19\n";
    walk.leaves("school.roll_recorded", manager.post("/v1/rolls/import", None).csv(rolls)).await;
    let more = "urn,name,pupils\n123457,Heston,500\n";
    let import = manager.post(&format!("/v1/schools/import?census_date={CENSUS}"), None).csv(more);
    walk.leaves("school.created", import).await;
    let school = crate::support::School { id: school, name: "Lampton".to_owned(), urn: "123456".to_owned() };
    let (lead, teacher) = (hub.lead(&school).await, hub.teacher(&school).await);
    let deputy = json!({ "person_id": teacher.id(), "starts_on": "2026-10-05", "ends_on": "2026-10-09" });
    let deputy = walk.adds("deputy.named", lead.post(&format!("{path}/deputies"), deputy)).await;
    walk.leaves("deputy.dismissed", lead.delete(&format!("{path}/deputies/{deputy}"))).await;
}

/// A school has another number, and another school takes its place.
pub(super) async fn succession(walk: &mut Walk) {
    let (hub, manager) = (walk.hub.clone(), walk.hub.manager());
    let (old, new) = (hub.school("Abbey").await, hub.school("Bourne").await);
    let number = json!({ "scheme": "urn", "value": "900009", "from": "2026-09-01" });
    walk.leaves("school.identified", manager.post(&format!("/v1/schools/{}/identifiers", old.id), number)).await;
    let path = format!("/v1/schools/{}/succession", old.id);
    let preview = manager.get(&format!("{path}?successor_id={}", new.id)).await.ok();
    let decided = json!({ "successor_id": new.id, "reason": "Merged", "quote": preview["quote"] });
    walk.leaves("school.succeeded", manager.post(&path, decided)).await;
}

pub(super) async fn webhooks(walk: &mut Walk) {
    let manager = walk.hub.manager();
    let new = json!({ "name": "Finance", "url": "https://finance.example/hook" });
    let made = walk.leaves("webhook.created", manager.post("/v1/webhooks", new).no_key()).await;
    let path = format!("/v1/webhooks/{}", id(&made["webhook"]));
    walk.leaves("webhook.changed", manager.patch(&path, "\"1\"", json!({ "name": "Accounts" }))).await;
    walk.leaves("webhook.secret_changed", manager.post(&format!("{path}/secret"), json!({})).no_key()).await;
    walk.leaves("webhook.paused", manager.post(&format!("{path}/pause"), None)).await;
    walk.leaves("webhook.resumed", manager.post(&format!("{path}/resume"), None)).await;
    walk.leaves("webhook.deleted", manager.delete(&path)).await;
}

pub(super) async fn newsletter(walk: &mut Walk) {
    let manager = walk.hub.manager();
    let contact = json!({ "name": "Somebody Outside", "email": format!("outside.{}@council.example", unique()) });
    let contact = walk.adds("newsletter.contact_added", manager.post("/v1/newsletter/contacts", contact)).await;
    let path = format!("/v1/newsletter/contacts/{contact}");
    walk.leaves("newsletter.contact_removed", manager.delete(&path)).await;
    let draft = walk.hub.newsletter_draft().await;
    let path = format!("/v1/newsletters/{}", id(&draft));
    walk.leaves("newsletter.edited", manager.patch(&path, "\"1\"", json!({ "subject": "News" }))).await;
    walk.leaves("newsletter.edited", manager.post(&format!("{path}/gather"), None)).await;
    walk.leaves("newsletter.skipped", manager.post(&format!("{path}/skip"), None)).await;
    // That of the next week is sent.
    walk.hub.world.pass(TimeDelta::days(4));
    walk.hub.world.round().await;
    let path = format!("/v1/newsletters/{}", id(&walk.hub.newsletter().await));
    let tag = manager.get(&path).await.etag();
    manager.patch(&path, &tag, json!({ "markdown": "Hello" })).await.ok();
    walk.leaves("newsletter.edited", manager.post(&format!("{path}/send"), None)).await;
    let off = json!({ "enabled": false, "weekday": "friday", "at": "07:00", "draft_days": 2 });
    walk.leaves("newsletter.scheduled", manager.put("/v1/newsletter", off)).await;
}
