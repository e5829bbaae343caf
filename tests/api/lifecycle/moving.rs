//! Somebody goes to another school, or gets another role: what they have open ends, stays, or goes along.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, School, TestHub, World};

fn path(person: &Client, what: &str) -> String {
    format!("/v1/people/{}/{what}", person.id())
}

async fn state(hub: &TestHub, booking: &Value) -> String {
    hub.manager().booking(booking).await["state"].as_str().unwrap().to_owned()
}

async fn told(who: &Client, kind: &str) -> Vec<Value> {
    who.all("/v1/me/notices").await.into_iter().filter(|notice| notice["kind"] == kind).collect()
}

async fn moved(hub: &TestHub, person: &Client, school: &School) -> Value {
    hub.manager().post(&path(person, "move"), json!({ "school_id": school.id })).await.ok()
}

both_engines!(
    places_stay_with_the_school_that_paid_and_the_next_are_paid_by_the_new_one,
    what_waits_at_the_old_school_ends_and_comes_back,
    a_preview_says_what_happens_and_its_quote_holds,
    the_record_goes_along,
    nobody_goes_where_nobody_is,
    a_lead_makes_leads_of_their_own_school_alone,
    the_last_manager_stays_one,
    a_partners_person_comes_to_a_school_by_the_hub_alone,
    who_comes_back_has_what_they_had,
    of_two_who_demote_each_other_one_stays
);

async fn places_stay_with_the_school_that_paid_and_the_next_are_paid_by_the_new_one(hub: TestHub) {
    let (lampton, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (heston, other_lead, _) = hub.funded_school("Heston Community School", "100").await;
    let (first, second) = (hub.event(EventPlan::of(5, "30")).await, hub.event(EventPlan::of(5, "20")).await);
    let place = lead.book_for(&first, &teacher).await.created();
    let person = moved(&hub, &teacher, &heston).await;
    assert_eq!((&person["school_id"], &person["role"]), (&json!(heston.id), &json!("teacher")));
    assert_eq!(state(&hub, &place).await, "confirmed");
    assert_eq!((hub.balance(&lampton).await, hub.balance(&heston).await), ("70.00".into(), "100.00".into()));

    let notice = told(&lead, "delegate_moved").await.remove(0);
    assert_eq!((&notice["booking_id"], &notice["event_id"]), (&place["id"], &json!(first)));
    for (who, kind) in [(&lead, "person_left"), (&other_lead, "person_joined")] {
        let notice = told(who, kind).await.remove(0);
        assert_eq!((&notice["about_id"], &notice["about_name"]), (&json!(teacher.id()), &person["name"]));
    }
    assert_eq!(told(&teacher, "record_changed").await.len(), 1);

    // The old school may cancel the place or let somebody else have it; the new one has nothing to do with it.
    other_lead.act(&place, "cancel").await.refused(404, "not_found");
    let asked = teacher.post("/v1/bookings", json!({ "event_id": second, "allow_clash": true })).await.created();
    assert_eq!(asked["school_id"], json!(heston.id));
    lead.act(&asked, "approve").await.refused(404, "not_found");
    other_lead.act(&asked, "approve").await.ok();
    assert_eq!(hub.balance(&heston).await, "80.00");
    lead.act(&place, "cancel").await.ok();
    assert_eq!((hub.balance(&lampton).await, hub.balance(&heston).await), ("100.00".into(), "80.00".into()));
    hub.verified().await;
}

async fn what_waits_at_the_old_school_ends_and_comes_back(hub: TestHub) {
    let (lampton, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (heston, others, next) = hub.funded_school("Heston Community School", "100").await;
    let (full, open) = (hub.event(EventPlan::of(1, "30")).await, hub.event(EventPlan::of(1, "20")).await);
    others.book_for(&full, &next).await.created();
    let waits = lead.book_for(&full, &teacher).await.created();
    let asked = teacher.post("/v1/bookings", json!({ "event_id": open, "allow_clash": true })).await.created();
    let behind = others.post("/v1/bookings", json!({ "event_id": open, "allow_clash": true })).await.created();
    assert_eq!((&waits["state"], &asked["state"]), (&json!("waitlisted"), &json!("requested")));
    let deputy = json!({ "person_id": teacher.id(), "ends_on": "2026-10-30" });
    let deputies = format!("/v1/schools/{}/deputies", lampton.id);
    lead.post(&deputies, deputy).await.created();

    moved(&hub, &teacher, &heston).await;
    assert_eq!((state(&hub, &waits).await.as_str(), state(&hub, &asked).await.as_str()), ("cancelled", "cancelled"));
    assert_eq!(state(&hub, &behind).await, "confirmed", "the line moves up");
    assert_eq!(hub.balance(&lampton).await, "100.00");
    assert_eq!(lead.all(&deputies).await, [] as [Value; 0]);
    // Nothing that comes free is theirs at the expense of the school that they left.
    hub.world.round().await;
    assert_eq!(hub.balance(&lampton).await, "100.00");
    hub.verified().await;
}

async fn a_preview_says_what_happens_and_its_quote_holds(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (heston, ..) = hub.funded_school("Heston Community School", "100").await;
    let (held, asked) = (hub.event(EventPlan::of(5, "30")).await, hub.event(EventPlan::of(5, "20")).await);
    let place = lead.book_for(&held, &teacher).await.created();
    let request = teacher.post("/v1/bookings", json!({ "event_id": asked, "allow_clash": true })).await.created();
    let manager = hub.manager();
    let preview = manager.get(&format!("{}?school_id={}", path(&teacher, "move"), heston.id)).await.ok();
    assert_eq!((&preview["returned"], &preview["school_id"]), (&json!("20.00"), &json!(heston.id)));
    assert_eq!((&preview["stays"][0]["id"], &preview["ends"][0]["id"]), (&place["id"], &request["id"]));
    assert_eq!(state(&hub, &request).await, "requested", "nothing has changed");

    lead.act(&request, "approve").await.ok();
    let body = json!({ "school_id": heston.id, "quote": preview["quote"] });
    manager.post(&path(&teacher, "move"), body).await.refused(409, "quote_expired");
    let again = manager.get(&format!("{}?school_id={}", path(&teacher, "move"), heston.id)).await.ok();
    assert_eq!(again["stays"].as_array().unwrap().len(), 2);
    let body = json!({ "school_id": heston.id, "quote": again["quote"] });
    assert_eq!(manager.post(&path(&teacher, "move"), body).await.ok()["school_id"], json!(heston.id));
    for who in [&lead, &teacher] {
        let there = json!({ "school_id": heston.id });
        who.post(&path(&teacher, "move"), there).await.refused(403, "forbidden");
    }
}

async fn the_record_goes_along(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (heston, new_lead, _) = hub.funded_school("Heston Community School", "100").await;
    let of = json!({ "name": "Fabulinus Ticket", "covers": { "kinds": ["conference"] }, "valid_months": 12, "returns": { "rule": "always" } });
    let of = hub.manager().post("/v1/ticket-types", of).await.created();
    let ticket = json!({ "ticket_type_id": of["id"], "person_id": teacher.id() });
    let ticket = hub.manager().post("/v1/tickets", ticket).await.created();
    let event = hub.event(EventPlan::of(5, "30")).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    hub.complete(&event).await;
    moved(&hub, &teacher, &heston).await;
    let record = new_lead.get(&path(&teacher, "cpd-record")).await.ok();
    assert_eq!(record["hours"], json!("6.00"), "{record}");
    lead.get(&path(&teacher, "cpd-record")).await.refused(404, "not_found");
    let path = format!("/v1/bookings/{}/certificate", booking["id"].as_str().unwrap());
    assert_eq!(teacher.get(&path).await.ok()["school_name"], "Lampton Academy", "as it was");
    let seen = new_lead.all("/v1/tickets").await;
    assert_eq!((seen.len(), &seen[0]["id"], &seen[0]["school_id"]), (1, &ticket["id"], &json!(heston.id)));
    hub.verified().await;
}

async fn nobody_goes_where_nobody_is(hub: TestHub) {
    let (lampton, _, teacher) = hub.funded_school("Lampton Academy", "0").await;
    let (gone, left) = (hub.school("Gone").await, hub.school("Left").await);
    let manager = hub.manager();
    let last_day = json!({ "left_on": "2026-10-01" });
    manager.patch(&format!("/v1/schools/{}", left.id), "\"1\"", last_day).await.ok();
    let succession = format!("/v1/schools/{}/succession", gone.id);
    let quote = manager.get(&format!("{succession}?successor_id={}", lampton.id)).await.ok()["quote"].clone();
    let body = json!({ "successor_id": lampton.id, "reason": "Merged", "quote": quote });
    manager.post(&succession, body).await.created();
    let go = async |to: &str| manager.post(&path(&teacher, "move"), json!({ "school_id": to })).await;
    go(&gone.id).await.refused(409, "school_succeeded");
    go(&left.id).await.refused(409, "school_left");
    let preview = format!("{}?school_id={}", path(&teacher, "move"), left.id);
    manager.get(&preview).await.refused(409, "school_left");
    go(&crate::support::nobody()).await.invalid(&[("/school_id", "unknown")]);
    let elsewhere = hub.world.hub("Elsewhere").await;
    go(&elsewhere.school("Other").await.id).await.invalid(&[("/school_id", "unknown")]);
    elsewhere
        .manager()
        .post(&path(&teacher, "move"), json!({ "school_id": lampton.id }))
        .await
        .refused(404, "not_found");
    assert_eq!(go(&lampton.id).await.ok()["school_id"], json!(lampton.id), "where they are");
    let body = json!({ "school_id": lampton.id, "role": "hub_viewer" });
    manager.post(&path(&teacher, "move"), body).await.invalid(&[("/role", "invalid")]);
    manager
        .post(&path(&hub.viewer().await, "move"), json!({ "school_id": lampton.id }))
        .await
        .invalid(&[("/role", "invalid")]);
}

async fn a_lead_makes_leads_of_their_own_school_alone(hub: TestHub) {
    let (lampton, lead, teacher) = hub.funded_school("Lampton Academy", "0").await;
    let (heston, other, _) = hub.funded_school("Heston Community School", "0").await;
    let role = |role: &str| json!({ "role": role });
    assert_eq!(lead.post(&path(&teacher, "role"), role("school_lead")).await.ok()["role"], "school_lead");
    teacher.get("/v1/people").await.ok();
    assert_eq!(lead.post(&path(&teacher, "role"), role("teacher")).await.ok()["role"], "teacher");
    teacher.get("/v1/people").await.refused(403, "forbidden");
    other.post(&path(&teacher, "role"), role("school_lead")).await.refused(404, "not_found");
    for more in [
        json!({ "role": "hub_manager" }),
        json!({ "role": "hub_viewer" }),
        json!({ "role": "teacher", "school_id": heston.id }),
    ] {
        lead.post(&path(&teacher, "role"), more).await.refused(403, "ask_the_hub");
    }
    lead.post(&path(&teacher, "role"), json!({ "role": "partner" })).await.invalid(&[("/partner_id", "invalid")]);
    teacher.post(&path(&teacher, "role"), role("school_lead")).await.refused(403, "forbidden");
    hub.manager().post(&path(&teacher, "role"), role("hub_viewer")).await.ok();
    teacher.get("/v1/people").await.ok();
    let preview =
        hub.manager().get(&format!("{}?role=teacher&school_id={}", path(&teacher, "role"), lampton.id)).await.ok();
    assert_eq!((&preview["role"], &preview["school_id"]), (&json!("teacher"), &json!(lampton.id)));
}

async fn the_last_manager_stays_one(hub: TestHub) {
    let (first, second) = (hub.manager(), hub.another_manager().await);
    let viewer = json!({ "role": "hub_viewer" });
    second.post(&path(&first, "role"), viewer.clone()).await.ok();
    first.post(&path(&second, "role"), viewer.clone()).await.refused(403, "forbidden");
    let problem = second.post(&path(&second, "role"), viewer.clone()).await.refused(409, "last_manager");
    assert!(problem["detail"].as_str().unwrap().contains("name another one first"), "{problem}");
    // One who is disabled does not count, and may be demoted.
    second.post(&path(&first, "role"), json!({ "role": "hub_manager" })).await.ok();
    second.post(&format!("/v1/people/{}/disable", first.id()), None).await.ok();
    second.post(&path(&second, "role"), viewer.clone()).await.refused(409, "last_manager");
    second.post(&path(&first, "role"), viewer).await.ok();
}

async fn a_partners_person_comes_to_a_school_by_the_hub_alone(hub: TestHub) {
    let (lampton, lead, _) = hub.funded_school("Lampton Academy", "0").await;
    let (partner, someone) = hub.partner("Language Services").await;
    lead.post(&path(&someone, "role"), json!({ "role": "teacher", "school_id": lampton.id }))
        .await
        .refused(404, "not_found");
    let body = json!({ "role": "teacher", "school_id": lampton.id });
    let person = hub.manager().post(&path(&someone, "role"), body).await.ok();
    assert_eq!((&person["partner_id"], &person["school_id"]), (&Value::Null, &json!(lampton.id)));
    let back = json!({ "role": "partner", "partner_id": partner });
    let preview = format!("{}?role=partner&partner_id={partner}", path(&someone, "role"));
    assert_eq!(hub.manager().get(&preview).await.ok()["partner_id"], json!(partner));
    let person = hub.manager().post(&path(&someone, "role"), back).await.ok();
    assert_eq!((&person["partner_id"], &person["school_id"]), (&json!(partner), &Value::Null));
}

/// Back after having been disabled: of a school that is there, that left, or whose place another took.
async fn who_comes_back_has_what_they_had(hub: TestHub) {
    let (lampton, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (heston, _, leaver) = hub.funded_school("Heston Community School", "0").await;
    let (hounslow, _, passed) = hub.funded_school("Hounslow Town", "0").await;
    let event = hub.event(EventPlan::default()).await;
    let place = lead.book_for(&event, &teacher).await.created();
    let manager = hub.manager();
    for who in [&teacher, &leaver, &passed] {
        manager.post(&path(who, "disable"), None).await.ok();
        who.get("/v1/me").await.refused(401, "person_disabled");
    }
    manager.patch(&format!("/v1/schools/{}", heston.id), "\"1\"", json!({ "left_on": "2026-10-01" })).await.ok();
    let succession = format!("/v1/schools/{}/succession", hounslow.id);
    let quote = manager.get(&format!("{succession}?successor_id={}", lampton.id)).await.ok()["quote"].clone();
    let body = json!({ "successor_id": lampton.id, "reason": "Merged", "quote": quote });
    manager.post(&succession, body).await.created();
    for (who, school) in [(&teacher, &lampton), (&leaver, &heston), (&passed, &lampton)] {
        assert_eq!(manager.post(&path(who, "enable"), None).await.ok()["school_id"], json!(school.id));
        who.get("/v1/me").await.ok();
    }
    assert_eq!(state(&hub, &place).await, "confirmed", "the place is theirs still");
    let refused = leaver.book(&event).await;
    assert_eq!(refused.status, 409, "{refused}");
    refused.refused(409, "school_left");
    assert_eq!(passed.book(&event).await.created()["school_id"], json!(lampton.id));
    hub.verified().await;
}

async fn of_two_who_demote_each_other_one_stays(world: World) {
    use std::future::IntoFuture;
    for round in 0..4 {
        let hub = world.hub(&format!("Hub {round}")).await;
        let (first, second) = (hub.manager(), hub.another_manager().await);
        let viewer = || json!({ "role": "hub_viewer" });
        let requests = [first.post(&path(&second, "role"), viewer()), second.post(&path(&first, "role"), viewer())];
        let tasks: Vec<_> = requests.into_iter().map(|request| tokio::spawn(request.into_future())).collect();
        for task in tasks {
            let reply = task.await.unwrap();
            assert!([200, 403, 409].contains(&reply.status), "{reply}");
        }
        let managers = first.all("/v1/people?role=hub_manager").await;
        assert!(!managers.is_empty(), "{managers:?}");
    }
}
