//! `/v1/people` and `/v1/me`.

use serde_json::json;

use crate::both_engines;
use crate::support::{TestHub, World};

/// Words as they stand in an address.
fn typed(words: &str) -> String {
    url::form_urlencoded::byte_serialize(words.as_bytes()).collect()
}

both_engines!(
    a_person_is_added_read_and_renamed,
    an_address_is_one_persons_in_the_hub,
    an_address_is_one_by_its_canonical_form,
    a_name_is_seen_and_keeps_its_direction,
    people_are_found_and_listed_by_name,
    a_role_comes_with_what_belongs_to_it,
    a_lead_looks_after_the_people_of_their_school,
    teachers_see_themselves_only,
    a_viewer_reads_and_changes_nothing
);

async fn a_person_is_added_read_and_renamed(hub: TestHub) {
    let manager = hub.manager();
    let new = json!({ "name": " Vera Viewer ", "email": "Vera@Hub.Example", "role": "hub_viewer" });
    let reply = manager.post("/v1/people", new).await;
    let person = reply.created();
    assert_eq!((&person["name"], &person["email"]), (&json!("Vera Viewer"), &json!("Vera@Hub.Example")));
    assert_eq!((&person["hub_id"], &person["disabled"]), (&json!(hub.id), &json!(false)));
    let path = reply.header("location").unwrap().to_owned();
    let read = manager.get(&path).await;
    assert_eq!((read.ok(), read.etag()), (person.clone(), reply.etag()));
    let renamed = manager.patch(&path, &read.etag(), json!({ "name": "Vera V." })).await.ok();
    assert_eq!((&renamed["name"], &renamed["id"]), (&json!("Vera V."), &person["id"]));
    assert_eq!(manager.all("/v1/people?role=hub_viewer").await, [renamed]);
}

async fn an_address_is_one_persons_in_the_hub(world: World) {
    let (hub, other) = (world.hub("West London").await, world.hub("South London").await);
    let person = |email: &str| json!({ "name": "V", "email": email, "role": "hub_viewer" });
    hub.manager().post("/v1/people", person("v@hub.example")).await.created();
    hub.manager().post("/v1/people", person("V@HUB.example")).await.refused(409, "duplicate");
    other.manager().post("/v1/people", person("v@hub.example")).await.created();
}

async fn an_address_is_one_by_its_canonical_form(hub: TestHub) {
    let manager = hub.manager();
    let person = |email: &str| json!({ "name": "Zoë", "email": email, "role": "hub_viewer" });
    let shown = manager.post("/v1/people", person("\u{a0}Zo\u{eb}@München.Example ")).await.created();
    assert_eq!(shown["email"], "Zo\u{eb}@München.Example");
    for again in ["zoe\u{308}@münchen.example", "ZOË@xn--mnchen-3ya.example", "Zoë@mu\u{308}nchen.example"] {
        manager.post("/v1/people", person(again)).await.refused(409, "duplicate");
        let found = manager.get(&format!("/v1/people?email={}", typed(again))).await.ok();
        assert_eq!(found["items"], json!([shown]), "{again}");
    }
    for wrong in [
        "<z@s.example>",
        "z@s.example;",
        "z@s..example",
        "mailto:z@s.example",
        "z@s.example, y@s.example",
        "z@s.example\u{200b}",
        "z@-s.example",
    ] {
        manager.post("/v1/people", person(wrong)).await.invalid(&[("/email", "invalid")]);
    }
}

async fn a_name_is_seen_and_keeps_its_direction(hub: TestHub) {
    let manager = hub.manager();
    let person = |name: &str| json!({ "name": name, "email": "z@hub.example", "role": "hub_viewer" });
    for unseen in [
        "\u{200b}",
        "\u{2060}",
        "\u{feff}",
        "\u{3164}",
        "\u{ad}",
        "\u{301}",
        "Ella\u{202e} traH",
        "\u{2066}Ella",
        "\u{2028}Ella",
    ] {
        manager.post("/v1/people", person(unseen)).await.invalid(&[("/name", "invalid")]);
        manager.post("/v1/priorities", json!({ "name": unseen })).await.invalid(&[("/name", "invalid")]);
    }
    manager.post("/v1/people", person("فاطمة")).await.created();
}

async fn people_are_found_and_listed_by_name(hub: TestHub) {
    let (manager, lampton) = (hub.manager(), hub.school("Lampton").await);
    let names = ["zoe o\u{2019}neill", "Zoë O'Brien", "Abel Zu", "ABBA Ash", "E\u{301}mile", "Eve", "Emilia"];
    for (number, name) in names.iter().enumerate() {
        let new = json!({ "name": name, "email": format!("n{number}@s.example"), "role": "teacher", "school_id": lampton.id });
        manager.post("/v1/people", new).await.created();
    }
    let in_order = ["ABBA Ash", "Abel Zu", "É", "Emilia", "Eve", "Zoë O'Brien", "zoe"];
    for list in ["/v1/people?role=teacher&limit=2", &format!("/v1/people?school_id={}&limit=3", lampton.id)] {
        let seen = manager.all(list).await;
        assert_eq!(seen.len(), in_order.len());
        for (person, begins) in seen.iter().zip(in_order) {
            let name = person["name"].as_str().unwrap().replace("E\u{301}", "É");
            assert!(name.starts_with(begins), "{name}: {begins}");
        }
    }
    for (text, count) in [("zoe", 2), ("ZOË O'N", 1), ("o\u{2019}", 2), ("émil", 2), ("%", 0)] {
        let found = manager.get(&format!("/v1/people?text={}", typed(text))).await.ok();
        assert_eq!(found["items"].as_array().unwrap().len(), count, "{text}: {found}");
    }
}

async fn a_role_comes_with_what_belongs_to_it(hub: TestHub) {
    let (manager, school) = (hub.manager(), hub.school("Lampton").await);
    for (role, employer, pointer) in [
        ("teacher", json!({}), "/school_id"),
        ("school_lead", json!({}), "/school_id"),
        ("partner", json!({}), "/partner_id"),
        ("hub_manager", json!({ "school_id": school.id }), "/school_id"),
        ("partner", json!({ "school_id": school.id }), "/partner_id"),
        ("hub_viewer", json!({ "partner_id": school.id }), "/partner_id"),
    ] {
        let mut person = json!({ "name": "P", "email": "p@hub.example", "role": role });
        person.as_object_mut().unwrap().extend(employer.as_object().unwrap().clone());
        manager.post("/v1/people", person).await.invalid(&[(pointer, "invalid")]);
    }
    let nowhere = json!({ "name": "P", "email": "p@hub.example", "role": "teacher", "school_id": manager.id() });
    manager.post("/v1/people", nowhere).await.invalid(&[("/school_id", "unknown")]);
}

async fn a_lead_looks_after_the_people_of_their_school(hub: TestHub) {
    let (lampton, heston) = (hub.school("Lampton").await, hub.school("Heston").await);
    let (lead, teacher, other) = (hub.lead(&lampton).await, hub.teacher(&lampton).await, hub.teacher(&heston).await);
    let seen: Vec<_> =
        lead.all("/v1/people").await.iter().map(|person| person["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(seen, [lead.id(), teacher.id()]);
    assert_eq!(lead.all(&format!("/v1/people?school_id={}", heston.id)).await.len(), 2);
    lead.get(&format!("/v1/people/{}", teacher.id())).await.ok();
    for hidden in [other.id(), hub.manager().id()] {
        lead.get(&format!("/v1/people/{hidden}")).await.refused(404, "not_found");
        lead.patch(&format!("/v1/people/{hidden}"), "\"1\"", json!({ "name": "X" })).await.refused(404, "not_found");
        lead.post(&format!("/v1/people/{hidden}/disable"), None).await.refused(404, "not_found");
    }
    let new = |role: &str, school: &str| json!({ "name": "N", "email": format!("{role}@hub.example"), "role": role, "school_id": school });
    lead.post("/v1/people", new("teacher", &lampton.id)).await.created();
    lead.post("/v1/people", new("school_lead", &lampton.id)).await.created();
    lead.post("/v1/people", new("teacher", &heston.id)).await.invalid(&[("/role", "invalid")]);
    let manager = json!({ "name": "N", "email": "n@hub.example", "role": "hub_manager" });
    lead.post("/v1/people", manager).await.invalid(&[("/role", "invalid")]);
    lead.post(&format!("/v1/people/{}/disable", teacher.id()), None).await.ok();
    lead.post(&format!("/v1/people/{}/invite", teacher.id()), None).await.refused(403, "forbidden");
}

async fn teachers_see_themselves_only(hub: TestHub) {
    let school = hub.school("Lampton").await;
    let teacher = hub.teacher(&school).await;
    let me = teacher.get("/v1/me").await.ok();
    assert_eq!(
        (&me["id"], &me["role"], &me["school_id"]),
        (&json!(teacher.id()), &json!("teacher"), &json!(school.id))
    );
    teacher.get("/v1/people").await.refused(403, "forbidden");
    teacher.get(&format!("/v1/people/{}", teacher.id())).await.refused(403, "forbidden");
    teacher.post("/v1/people", json!({})).await.refused(403, "forbidden");
}

async fn a_viewer_reads_and_changes_nothing(hub: TestHub) {
    let viewer = hub.viewer().await;
    assert_eq!(viewer.all("/v1/people").await.len(), 2);
    viewer.get(&format!("/v1/people/{}", hub.manager().id())).await.ok();
    viewer
        .patch(&format!("/v1/people/{}", viewer.id()), "\"1\"", json!({ "name": "X" }))
        .await
        .refused(403, "forbidden");
    viewer.patch("/v1/hub", "\"1\"", json!({})).await.refused(403, "forbidden");
    viewer.post(&format!("/v1/people/{}/disable", viewer.id()), None).await.refused(403, "forbidden");
}
