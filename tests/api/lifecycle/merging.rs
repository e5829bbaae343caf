//! Two records of one person become one; what the ledger and the changes say stays as it is.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, TestHub};

fn path(person: &Client, what: &str) -> String {
    format!("/v1/people/{}/{what}", person.id())
}

impl Client {
    async fn merge_preview(&self, kept: &Client, with: &Client) -> Value {
        self.get(&format!("{}?with={}", path(kept, "merge"), with.id())).await.ok()
    }

    async fn merge(&self, kept: &Client, with: &Client) -> Value {
        let quote = self.merge_preview(kept, with).await["quote"].clone();
        self.post(&path(kept, "merge"), json!({ "with": with.id(), "quote": quote })).await.ok()
    }
}

both_engines!(
    everything_of_the_one_record_goes_to_the_other,
    a_kept_head_and_the_verification_agree_after_a_merge,
    two_live_bookings_on_an_event_prevent_it,
    what_has_changed_since_the_preview_prevents_it,
    nobody_is_a_second_person_beside_themselves,
    merged_again_the_first_is_still_found,
    who_can_t_be_merged
);

async fn everything_of_the_one_record_goes_to_the_other(hub: TestHub) {
    let (_, lead, old) = hub.funded_school("Lampton Academy", "200").await;
    let (_, other_lead, kept) = hub.funded_school("Heston Community School", "200").await;
    let (past, open) = (
        hub.event(EventPlan::of(5, "30")).await,
        hub.event(EventPlan { starts_in: chrono::TimeDelta::weeks(20), ..EventPlan::of(5, "20") }).await,
    );
    let attended = lead.book_for(&past, &old).await.created();
    let live = old.book(&open).await.created();
    lead.act(&live, "approve").await.ok();
    let of = hub.manager().post("/v1/ticket-types", json!({ "name": "Fabulinus Ticket", "covers": { "kinds": ["conference"] }, "valid_months": 12, "returns": { "rule": "always" } })).await.created();
    let ticket = json!({ "ticket_type_id": of["id"], "person_id": old.id() });
    hub.manager().post("/v1/tickets", ticket).await.created();
    hub.complete(&past).await;
    let evaluation = json!({ "rating": 5, "comment": "Good" });
    old.post(&format!("/v1/bookings/{}/evaluation", attended["id"].as_str().unwrap()), evaluation).await.created();
    old.put("/v1/me/needs", json!({ "access": "A ramp" })).await.is(204);
    // The hub calls an event off on which they have a place: they are told.
    let off = hub.event(EventPlan { starts_in: chrono::TimeDelta::weeks(30), ..EventPlan::of(5, "0") }).await;
    lead.book_for(&off, &old).await.created();
    hub.manager().post(&format!("/v1/events/{off}/cancel"), json!({ "reason": "Ill" })).await.ok();
    let (notices, was) = (old.all("/v1/me/notices").await.len(), old.get("/v1/me").await.ok());
    assert!(notices > 0);

    let preview = hub.manager().merge_preview(&kept, &old).await;
    let counts = &preview["goes_over"];
    assert_eq!((&counts["bookings"], &counts["certificates"], &counts["tickets"]), (&json!(3), &json!(1), &json!(1)));
    assert_eq!((&preview["needs"], &preview["bookings"][0]["id"]), (&json!(true), &live["id"]));
    assert_eq!(preview["conflicts"], json!([]));
    let person = hub.manager().merge(&kept, &old).await;
    let mine = kept.get("/v1/me").await.ok();
    assert_eq!(person, mine);
    old.get("/v1/me").await.refused(401, "unauthorized");
    hub.manager().get(&format!("/v1/people/{}", old.id())).await.refused(404, "not_found");

    for booking in [&attended, &live] {
        let now = kept.booking(booking).await;
        assert_eq!((&now["person_id"], &now["person_name"]), (&json!(kept.id()), &mine["name"]));
    }
    assert_eq!(kept.get("/v1/me/cpd-record").await.ok()["hours"], json!("6.00"));
    let certificate = kept.get(&format!("/v1/bookings/{}/certificate", attended["id"].as_str().unwrap())).await.ok();
    assert_eq!(certificate["person_name"], mine["name"]);
    assert_ne!(was["name"], mine["name"]);
    assert_eq!(kept.all("/v1/tickets").await.len(), 1);
    assert_eq!(kept.all("/v1/me/notices").await.len(), notices);
    assert_eq!(kept.get("/v1/me/needs").await.ok()["access"], "A ramp");
    let evaluation = kept.get(&format!("/v1/bookings/{}/evaluation", attended["id"].as_str().unwrap())).await.ok();
    assert_eq!(evaluation["comment"], "Good");
    // The place stays with the school that paid.
    other_lead.act(&live, "cancel").await.refused(404, "not_found");
    lead.act(&live, "cancel").await.ok();
    hub.verified().await;
}

async fn a_kept_head_and_the_verification_agree_after_a_merge(hub: TestHub) {
    let (_, lead, old) = hub.funded_school("Lampton Academy", "200").await;
    let kept = hub.teacher(&hub.school("Heston").await).await;
    let event = hub.event(EventPlan::of(5, "30")).await;
    lead.book_for(&event, &old).await.created();
    let asked = hub.event(EventPlan::of(5, "20")).await;
    old.post("/v1/bookings", json!({ "event_id": asked, "allow_clash": true })).await.created();
    let before = hub.verified().await;
    let head = format!("{}:{}", before["transactions"], before["head"].as_str().unwrap());
    let feed = async || {
        let page = hub.manager().get("/v1/changes?limit=200").await.ok();
        page["items"].as_array().unwrap().clone()
    };
    let changes = feed().await;
    hub.manager().merge(&kept, &old).await;
    let after = hub.manager().get(&format!("/v1/ledger/verification?against={head}")).await.ok();
    assert_eq!(after["difference"], Value::Null, "{after}");
    let now = feed().await;
    assert_eq!(now[..changes.len()], changes[..], "what was told stays");
    assert!(now.iter().any(|change| change["kind"] == "booking.merged"));
    // Wherever names are shown beside ids, the old id is the person who is left.
    let name = kept.get("/v1/me").await.ok()["name"].as_str().unwrap().to_owned();
    let table = hub.manager().get("/v1/changes").as_csv().await.sheet();
    let line = table.lines().find(|line| line.contains("booking.requested")).unwrap().to_owned();
    assert!(line.contains(old.id()) && line.contains(&name), "{line}");
}

async fn two_live_bookings_on_an_event_prevent_it(hub: TestHub) {
    let (_, lead, old) = hub.funded_school("Lampton Academy", "200").await;
    let (_, other_lead, kept) = hub.funded_school("Heston Community School", "200").await;
    let event = hub.event(EventPlan::of(5, "30")).await;
    let (one, two) = (lead.book_for(&event, &old).await.created(), other_lead.book_for(&event, &kept).await.created());
    let preview = hub.manager().merge_preview(&kept, &old).await;
    assert_eq!(preview["conflicts"][0]["id"], one["id"]);
    let body = json!({ "with": old.id(), "quote": preview["quote"] });
    let problem = hub.manager().post(&path(&kept, "merge"), body).await.refused(409, "already_booked");
    assert!(problem["detail"].as_str().unwrap().contains("Spring conference"), "{problem}");
    old.get("/v1/me").await.ok();
    other_lead.act(&two, "cancel").await.ok();
    hub.manager().merge(&kept, &old).await;
    assert_eq!(kept.booking(&one).await["person_id"], json!(kept.id()));
    hub.verified().await;
}

async fn what_has_changed_since_the_preview_prevents_it(hub: TestHub) {
    let (_, lead, old) = hub.funded_school("Lampton Academy", "200").await;
    let kept = hub.teacher(&hub.school("Heston").await).await;
    let quote = hub.manager().merge_preview(&kept, &old).await["quote"].clone();
    let event = hub.event(EventPlan::of(5, "30")).await;
    lead.book_for(&event, &old).await.created();
    let body = json!({ "with": old.id(), "quote": quote });
    hub.manager().post(&path(&kept, "merge"), body).await.refused(409, "quote_expired");
    hub.manager().post(&path(&kept, "merge"), json!({ "with": old.id() })).await.invalid(&[("/quote", "missing")]);
}

/// Who asked for something under one record does not agree to it under another.
async fn nobody_is_a_second_person_beside_themselves(hub: TestHub) {
    let (first, second) = (hub.manager(), hub.another_manager().await);
    let (lampton, ..) = hub.funded_school("Lampton Academy", "100").await;
    let settings = first.get("/v1/hub").await;
    first.patch("/v1/hub", &settings.etag(), json!({ "four_eyes": true })).await.ok();
    let proposal = crate::support::new_adjustment(&lampton, "credit", "10", json!({ "year": "2026/27" }));
    let proposal = second.post("/v1/adjustments", proposal).await.created();
    assert_eq!(proposal["state"], "proposed");
    let third = hub.another_manager().await;
    third.merge(&first, &second).await;
    let approve = format!("/v1/adjustments/{}/approve", proposal["id"].as_str().unwrap());
    first.post(&approve, None).await.refused(409, "four_eyes");
    third.post(&approve, None).await.ok();
    hub.verified().await;
}

async fn merged_again_the_first_is_still_found(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    let [first, second, third] = [hub.teacher(&school).await, hub.teacher(&school).await, hub.teacher(&school).await];
    let deputy = json!({ "person_id": first.id(), "ends_on": "2026-10-30" });
    let deputies = format!("/v1/schools/{}/deputies", school.id);
    hub.manager().post(&deputies, deputy).await.created();
    hub.manager().merge(&second, &first).await;
    hub.manager().merge(&third, &second).await;
    let named = hub.manager().all(&deputies).await;
    assert_eq!((named.len(), &named[0]["person_id"]), (1, &json!(third.id())));
    let name = third.get("/v1/me").await.ok()["name"].as_str().unwrap().to_owned();
    let table = hub.manager().get("/v1/changes").as_csv().await.sheet();
    let merged: Vec<&str> = table.lines().filter(|line| line.contains("person.merged")).collect();
    assert!(merged.len() == 2 && merged.iter().all(|line| line.contains(&name)), "{merged:?}");
}

async fn who_can_t_be_merged(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    let (kept, lead) = (hub.teacher(&school).await, hub.lead(&school).await);
    let manager = hub.manager();
    let preview = async |with: &str| manager.get(&format!("{}?with={with}", path(&kept, "merge"))).await;
    preview(kept.id()).await.invalid(&[("with", "invalid")]);
    let unsaid = manager.get(&path(&kept, "merge")).await;
    unsaid.invalid(&[("with", "missing")]);
    assert_eq!(unsaid.json()["detail"], "with: is needed");
    preview(&crate::support::nobody()).await.invalid(&[("with", "unknown")]);
    preview(hub.world.hub("Elsewhere").await.manager().id()).await.invalid(&[("with", "unknown")]);
    lead.get(&format!("{}?with={}", path(&kept, "merge"), lead.id())).await.refused(403, "forbidden");
    let quote = manager.merge_preview(&kept, &manager).await["quote"].clone();
    let body = json!({ "with": manager.id(), "quote": quote });
    manager.post(&path(&kept, "merge"), body).await.refused(409, "last_manager");
    manager.get("/v1/me").await.ok();
    let quote = manager.merge_preview(&kept, &lead).await["quote"].clone();
    let body = json!({ "with": lead.id(), "quote": quote });
    hub.world.hub("Somewhere").await.manager().post(&path(&kept, "merge"), body).await.refused(404, "not_found");
    hub.verified().await;
}
