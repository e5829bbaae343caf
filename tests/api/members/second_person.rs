//! The second person: who counts as one, what it takes two to relax, and who ends up with a place.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, Reply, TestHub, operation_of};

impl Client {
    async fn set_hub(&self, change: Value) -> Reply {
        let etag = self.get("/v1/hub").await.etag();
        self.patch("/v1/hub", &etag, change).await
    }

    async fn draft(&self) -> Value {
        self.post("/v1/allocations", crate::support::allocation(json!({ "pool": "100" }))).await.created()
    }

    async fn approve_draft(&self, draft: &Value) -> Reply {
        let path = format!("/v1/allocations/{}/approve", draft["id"].as_str().unwrap());
        self.post(&path, None).header("if-match", "\"1\"").await
    }

    async fn hand_on(&self, booking: &Value, what: &str, to: &Client) -> Reply {
        let path = format!("/v1/bookings/{}/{what}", booking["id"].as_str().unwrap());
        self.post(&path, json!({ "person_id": to.id(), "allow_clash": true })).await
    }
}

/// The path of a person's new link, made by somebody.
async fn invited(by: &Client, person: &Client) -> String {
    let reply = by.post(&format!("/v1/people/{}/invite", person.id()), None).await.created();
    operation_of(&reply["link"])
}

both_engines!(
    whoever_was_added_lately_is_no_second_pair_of_eyes,
    the_operator_vouches_for_somebody_new,
    four_eyes_are_switched_off_by_two,
    a_link_for_somebody_who_signs_in_reaches_nobody_else,
    a_deputy_comes_to_no_approved_place_alone,
    a_lead_books_for_themselves_unless_the_school_asks_for_a_second_person,
    two_leads_let_people_approve_their_own_requests_and_one_where_there_is_one
);

async fn whoever_was_added_lately_is_no_second_pair_of_eyes(hub: TestHub) {
    hub.london_west().await;
    let (first, new) = (hub.manager(), hub.new_manager().await);
    first.set_hub(json!({ "four_eyes": true })).await.ok();
    let (ours, theirs) = (first.draft().await, new.draft().await);
    let problem = new.approve_draft(&ours).await.refused(409, "four_eyes");
    assert!(problem["detail"].as_str().unwrap().contains("last week"), "{problem}");
    first.approve_draft(&theirs).await.refused(409, "four_eyes");
    // The operator's counts at once, and is another than the one who added the author.
    let named = hub.another_manager().await;
    named.approve_draft(&theirs).await.ok();
    hub.world.pass(TimeDelta::days(7) - TimeDelta::seconds(1));
    new.approve_draft(&ours).await.refused(409, "four_eyes");
    hub.world.pass(TimeDelta::seconds(1));
    new.approve_draft(&ours).await.ok();
    hub.verified().await;
}

async fn the_operator_vouches_for_somebody_new(hub: TestHub) {
    hub.london_west().await;
    let (first, new) = (hub.manager(), hub.new_manager().await);
    first.set_hub(json!({ "four_eyes": true })).await.ok();
    let draft = first.draft().await;
    let email = new.get("/v1/me").await.ok()["email"].clone();
    let path = format!("/v1/hubs/{}/managers", hub.id);
    hub.world.operator().post(&path, json!({ "email": email })).no_key().await.created();
    new.approve_draft(&draft).await.ok();
}

async fn four_eyes_are_switched_off_by_two(hub: TestHub) {
    let (first, second, new) = (hub.manager(), hub.another_manager().await, hub.new_manager().await);
    assert_eq!(first.set_hub(json!({ "four_eyes": true })).await.ok()["four_eyes"], true);
    for _ in 0..2 {
        let asked = first.set_hub(json!({ "four_eyes": false })).await.ok();
        assert_eq!((&asked["four_eyes"], &asked["four_eyes_off_asked_by"]), (&json!(true), &json!(first.id())));
    }
    new.set_hub(json!({ "four_eyes": false })).await.refused(409, "four_eyes");
    first.set_hub(json!({ "four_eyes": true })).await.ok();
    let asked = second.set_hub(json!({ "four_eyes": false })).await.ok();
    assert_eq!(
        (&asked["four_eyes"], &asked["four_eyes_off_asked_by"]),
        (&json!(true), &json!(second.id())),
        "it was taken back"
    );
    assert_eq!(second.set_hub(json!({ "approval_days": 4 })).await.ok()["four_eyes_off_asked_by"], second.id());
    let off = first.set_hub(json!({ "four_eyes": false })).await.ok();
    assert_eq!((&off["four_eyes"], &off["four_eyes_off_asked_by"]), (&json!(false), &Value::Null));
}

async fn a_link_for_somebody_who_signs_in_reaches_nobody_else(hub: TestHub) {
    let (manager, colleague, stranger) = (hub.manager(), hub.new_manager().await, hub.world.stranger());
    let (theirs, kept) = (invited(&manager, &colleague).await, invited(&manager, &colleague).await);
    let link = if stranger.get(&theirs).await.status == 200 { &theirs } else { &kept };
    stranger.post(link, None).await.ok();
    for link in [&theirs, &kept] {
        stranger.post(link, None).await.refused(404, "not_found");
        stranger.get(link).await.refused(404, "not_found");
    }
    let problem = manager.post(&format!("/v1/people/{}/invite", colleague.id()), None).await.refused(409, "signs_in");
    assert!(problem["detail"].as_str().unwrap().contains("by their own means"), "{problem}");
    // The operator lets them in.
    let email = colleague.get("/v1/me").await.ok()["email"].clone();
    let path = format!("/v1/hubs/{}/managers", hub.id);
    let named = hub.world.operator().post(&path, json!({ "email": email })).no_key().await.created();
    let link = operation_of(&named["link"]);
    stranger.post(&link, None).await.ok();
}

async fn a_deputy_comes_to_no_approved_place_alone(hub: TestHub) {
    let (school, lead, colleague) = hub.funded_school("Lampton Academy", "500").await;
    lead.set_approval(&school, json!({ "own_approval": false })).await.ok();
    let deputy = hub.teacher(&school).await;
    let deputation = json!({ "person_id": deputy.id(), "ends_on": "2026-12-24" });
    lead.post(&format!("/v1/schools/{}/deputies", school.id), deputation).await.created();
    let programme = hub.programme(json!({})).await;
    let event = hub.published_event(&programme, json!({})).await;
    let dearer = hub.published_event(&programme, json!({ "price": "99" })).await;
    let theirs = lead.book_for(&event, &colleague).await.created();
    let unnamed = json!({ "unnamed": { "places": 1, "names_by": "2026-10-30" } });
    let unnamed = deputy.book_group(&event, &[], unnamed).await.ok()["results"][0]["booking"].clone();
    deputy.hand_on(&theirs, "substitute", &deputy).await.refused(409, "own_request");
    deputy.hand_on(&unnamed, "name", &deputy).await.refused(409, "own_request");
    // Somebody else decides so, and then it is theirs; but not a dearer one.
    lead.hand_on(&theirs, "substitute", &deputy).await.ok();
    let path = format!("/v1/bookings/{}/transfer", theirs["id"].as_str().unwrap());
    deputy.post(&path, json!({ "event_id": dearer, "allow_clash": true })).await.refused(409, "own_request");
    deputy.hand_on(&unnamed, "name", &colleague).await.ok();
    deputy.hand_on(&unnamed, "substitute", &hub.teacher(&school).await).await.ok();
    // Where the school lets people, they may.
    hub.manager().set_approval(&school, json!({ "own_approval": true })).await.ok();
    deputy.post(&path, json!({ "event_id": dearer, "allow_clash": true })).await.created();
    // And what they book for themselves is the same by itself and in a group.
    for (own_approval, state) in [(true, "confirmed"), (false, "requested")] {
        hub.manager().set_approval(&school, json!({ "own_approval": own_approval })).await.ok();
        for in_group in [false, true] {
            let event = hub.event(EventPlan::default()).await;
            let own = match in_group {
                true => deputy.book_group(&event, &[&deputy], json!({ "allow_clash": true })).await.ok()["results"][0]
                    ["booking"]
                    .clone(),
                false => deputy.post("/v1/bookings", json!({ "event_id": event, "allow_clash": true })).await.created(),
            };
            assert_eq!(own["state"], state, "own_approval {own_approval}, in a group {in_group}");
        }
    }
    hub.verified().await;
}

async fn a_lead_books_for_themselves_unless_the_school_asks_for_a_second_person(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "500").await;
    lead.set_approval(&school, json!({ "own_approval": false })).await.ok();
    let own = lead.book(&hub.event(EventPlan::default()).await).await.created();
    assert_eq!((&own["state"], &own["approved_by"]), (&json!("confirmed"), &json!(lead.id())));
    let asked = json!({ "second_person": true, "yearly_limit": "400.00" });
    assert_eq!(lead.set_approval(&school, asked).await.ok()["second_person"], true);
    let event = hub.event(EventPlan { starts_in: TimeDelta::weeks(9), ..EventPlan::default() }).await;
    let own = lead.book(&event).await.created();
    assert_eq!(own["state"], "requested", "what passes unasked is no way around it");
    lead.act(&own, "approve").await.refused(409, "own_request");
    let theirs = lead.book_for(&event, &teacher).await.created();
    assert_eq!(theirs["state"], "confirmed");
    let third = hub.event(EventPlan { starts_in: TimeDelta::weeks(10), ..EventPlan::default() }).await;
    let theirs = lead.book_for(&third, &teacher).await.created();
    lead.hand_on(&theirs, "substitute", &lead).await.refused(409, "own_request");
    assert_eq!(hub.manager().act(&own, "approve").await.ok()["state"], "confirmed");
    // One lead does not do without the second person alone.
    let asked = lead.set_approval(&school, json!({ "second_person": false })).await.ok();
    assert_eq!((&asked["second_person"], &asked["one_person_asked_by"]), (&json!(true), &json!(lead.id())));
    let off = hub.manager().set_approval(&school, json!({ "second_person": false })).await.ok();
    assert_eq!((&off["second_person"], &off["one_person_asked_by"]), (&json!(false), &Value::Null));
    hub.verified().await;
}

async fn two_leads_let_people_approve_their_own_requests_and_one_where_there_is_one(hub: TestHub) {
    let (school, lead, _) = hub.funded_school("Lampton Academy", "100").await;
    assert_eq!(lead.set_approval(&school, json!({ "own_approval": false })).await.ok()["own_approval"], false);
    assert_eq!(lead.set_approval(&school, json!({ "own_approval": true })).await.ok()["own_approval"], true);
    let second = hub.lead(&school).await;
    lead.set_approval(&school, json!({ "own_approval": false })).await.ok();
    let asked = lead.set_approval(&school, json!({ "own_approval": true })).await.ok();
    assert_eq!((&asked["own_approval"], &asked["own_approval_asked_by"]), (&json!(false), &json!(lead.id())));
    // Sending the other away is no way to be the only one.
    lead.post(&format!("/v1/people/{}/disable", second.id()), None).await.ok();
    assert_eq!(lead.set_approval(&school, json!({ "own_approval": true })).await.ok()["own_approval"], false);
    hub.manager().post(&format!("/v1/people/{}/enable", second.id()), None).await.ok();
    second.set_approval(&school, json!({ "own_approval": true })).await.refused(409, "four_eyes");
    hub.world.pass(TimeDelta::days(7));
    let both = second.set_approval(&school, json!({ "own_approval": true })).await.ok();
    assert_eq!((&both["own_approval"], &both["own_approval_asked_by"]), (&json!(true), &Value::Null));
}
