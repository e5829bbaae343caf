//! Everything that is held on a person, handed out to them and to the hub manager.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{EventPlan, TestHub, operation_of};

both_engines!(
    a_person_reads_all_that_is_held_on_them,
    the_manager_hands_it_out_without_how_they_sign_in,
    it_is_a_page_to_read_too,
    what_an_earlier_record_did_is_in_it
);

async fn a_person_reads_all_that_is_held_on_them(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let colleague = hub.teacher(&school).await;
    let event = hub.event(EventPlan::of(5, "30")).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    teacher.put("/v1/me/needs", json!({ "access": "A ramp", "dietary": "Vegan" })).await.is(204);
    teacher.post("/v1/me/calendar", None).await.created();
    teacher.post("/v1/me/email", json!({ "email": "new@school.example" })).await.is(202);
    let deputy = json!({ "person_id": teacher.id(), "ends_on": "2026-10-30" });
    lead.post(&format!("/v1/schools/{}/deputies", school.id), deputy).await.created();
    let asked = colleague.post("/v1/bookings", json!({ "event_id": event })).await.created();
    teacher.act(&asked, "approve").await.ok();
    hub.complete(&event).await;
    let evaluation = json!({ "rating": 5, "comment": "Good" });
    teacher.post(&format!("/v1/bookings/{}/evaluation", booking["id"].as_str().unwrap()), evaluation).await.created();

    let reply = teacher.get("/v1/me/data").await;
    let data = reply.ok();
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let held = &data["held"];
    let me = teacher.get("/v1/me").await.ok();
    let record = &held["record"][0];
    assert_eq!(
        (&record["name"], &record["email"], &record["school"]),
        (&me["name"], &me["email"], &json!("Lampton Academy"))
    );
    assert_eq!(record["id"], json!(teacher.id()));
    let of = &held["bookings"][0];
    assert_eq!((&of["id"], &of["state"], &of["price"]), (&booking["id"], &json!("attended"), &json!("30.00")));
    assert_eq!(of["requested_at"], booking["requested_at"]);
    assert_eq!(
        (&held["attendance"][0]["mark"], &held["evaluations"][0]["comment"]),
        (&json!("present"), &json!("Good"))
    );
    assert_eq!(held["certificates"][0]["person_name"], me["name"]);
    assert_eq!(
        (&held["deputations"][0]["school"], &held["deputations"][0]["ends_on"]),
        (&json!("Lampton Academy"), &json!("2026-10-30"))
    );
    assert_eq!(held["address_asked_for"][0]["email"], "new@school.example");
    assert!(held["notices"].as_array().is_some_and(|notices| !notices.is_empty()), "{held}");
    assert_eq!(held["calendar_link"].as_array().unwrap().len(), 1);
    assert_eq!((&data["needs"]["access"], &data["needs"]["dietary"]), (&json!("A ramp"), &json!("Vegan")));
    let acts = data["acts"].as_array().unwrap();
    let approved = acts.iter().find(|act| act["act"] == "bookings.approved_by").unwrap();
    assert_eq!(approved["times"], 1);
    assert!(approved["first_at"].is_string() && approved["first_at"] == approved["last_at"]);
    assert!(acts.iter().all(|act| act["times"].as_i64().unwrap() > 0));
    assert!(!reply.text().contains("digest") && !reply.text().contains(colleague.id()), "{}", reply.text());

    let path = format!("/v1/people/{}/data", teacher.id());
    let handed_out = hub.manager().get(&path).await.ok();
    let given = &handed_out["held"]["evaluations"][0];
    assert_eq!(
        (&given["event"], &given["given_at"]),
        (&json!("Spring conference"), &held["evaluations"][0]["given_at"])
    );
    assert!(given["rating"].is_null() && given["comment"].is_null(), "nobody else reads what they thought: {given}");
}

async fn the_manager_hands_it_out_without_how_they_sign_in(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let manager = hub.manager();
    let link = manager.post(&format!("/v1/people/{}/invite", teacher.id()), None).await.created();
    let path = operation_of(&link["link"]);
    hub.world.stranger().post(&path, None).header("user-agent", "Test/1.0").await.ok();
    let data = teacher.get("/v1/me/data").await.ok();
    assert_eq!((&data["sign_in"]["password"], &data["sign_in"]["app"]), (&json!(false), &json!(false)));
    let session = &data["sign_in"]["sessions"][0];
    assert_eq!((&session["means"], &session["agent"]), (&json!("invitation"), &json!("Test/1.0")));
    assert!(session["address"].is_string());
    assert!(manager.get("/v1/me/data").await.ok()["sign_in"]["proved_at"].is_string(), "the operator vouched");
    let path = format!("/v1/people/{}/data", teacher.id());
    teacher.put("/v1/me/needs", json!({ "access": "A ramp" })).await.is(204);
    let handed_out = manager.get(&path).await.ok();
    assert_eq!(handed_out["needs_held"], true);
    assert_eq!((&handed_out["sign_in"], &handed_out["needs"]), (&Value::Null, &Value::Null));
    // That it was handed out to them is in the audit since.
    let without_audit = |data: &Value| {
        let mut held = data["held"].clone();
        held.as_object_mut().unwrap().remove("audit").expect("what the audit has");
        held
    };
    assert_eq!(without_audit(&handed_out), without_audit(&data));
    assert!(handed_out["held"]["invitations"][0]["used_at"].is_string());
    for who in [&lead, &teacher, &hub.viewer().await] {
        who.get(&path).await.refused(403, "forbidden");
    }
    hub.world.hub("Elsewhere").await.manager().get(&path).await.refused(404, "not_found");
    manager.get(&format!("/v1/people/{}/data", crate::support::nobody())).await.refused(404, "not_found");
}

async fn it_is_a_page_to_read_too(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton <Academy>", "100").await;
    let event = hub.event(EventPlan::of(5, "30")).await;
    lead.book_for(&event, &teacher).await.created();
    teacher.put("/v1/me/needs", json!({ "access": "A <b>ramp</b>" })).await.is(204);
    let page = teacher.get("/v1/me/data").header("accept", "text/html").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let text = page.text();
    for part in ["What is held on a person", "Bookings", "Spring conference", "30.00", "A &#60;b&#62;ramp", "Record"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("<Academy>") && !text.contains("<b>ramp"), "{text}");
    let of = hub.manager().get(&format!("/v1/people/{}/data", teacher.id())).header("accept", "text/html").await;
    assert_eq!(of.status, 200);
}

async fn what_an_earlier_record_did_is_in_it(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    let (old, kept) = (hub.lead(&school).await, hub.lead(&school).await);
    let new = json!({ "name": "New", "email": "new@school.example", "role": "teacher", "school_id": school.id });
    old.post("/v1/people", new).await.created();
    let merge = format!("/v1/people/{}/merge", kept.id());
    let quote = hub.manager().get(&format!("{merge}?with={}", old.id())).await.ok()["quote"].clone();
    hub.manager().post(&merge, json!({ "with": old.id(), "quote": quote })).await.ok();
    let data = kept.get("/v1/me/data").await.ok();
    assert_eq!(data["held"]["earlier_records"][0]["id"], json!(old.id()));
    let acts = data["acts"].as_array().unwrap();
    assert!(acts.iter().any(|act| act["act"] == "people.created_by"), "{acts:?}");
}
