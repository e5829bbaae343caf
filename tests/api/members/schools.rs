//! `/v1/schools`.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, TestHub, World, nobody};

/// A new school of this URN and name, with what else is said of it.
async fn add(manager: &Client, urn: &str, name: &str, more: Value) -> Value {
    let mut school = json!({ "urn": urn, "name": name, "phase": "primary" });
    school.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    manager.post("/v1/schools", school).await.created()
}

fn names(schools: &[Value]) -> Vec<&str> {
    schools.iter().map(|school| school["name"].as_str().unwrap()).collect()
}

fn address(school: &Value) -> String {
    format!("/v1/schools/{}", school["id"].as_str().unwrap())
}

/// Words as they stand in an address.
fn typed(words: &str) -> String {
    url::form_urlencoded::byte_serialize(words.as_bytes()).collect()
}

both_engines!(
    a_school_is_added_seen_and_changed,
    schools_are_found_however_their_name_is_typed,
    schools_stand_in_the_order_that_people_expect,
    a_change_needs_the_etag_of_the_record_as_it_is,
    a_urn_is_one_schools_in_a_hub,
    lists_are_filtered,
    pages_follow_the_names_and_schools_may_share_one,
    formulas_in_names_are_made_safe_in_tables_only,
    each_role_does_what_it_may,
    every_wrong_field_is_told_and_nothing_is_kept
);

async fn a_school_is_added_seen_and_changed(hub: TestHub) {
    let manager = hub.manager();
    let new = json!({
        "urn": "136341", "name": "Lampton Academy", "phase": "secondary", "establishment_type": "Academy converter",
        "local_authority": "Hounslow", "membership": "participant", "joined_on": "2020-09-01"
    });
    let added = manager.post("/v1/schools", new.clone()).await;
    let school = added.created();
    for (field, value) in new.as_object().unwrap() {
        assert_eq!(&school[field], value, "{field}");
    }
    assert_eq!(school["left_on"], Value::Null);
    assert_eq!(added.header("location"), Some(address(&school).as_str()));
    let seen = manager.get(&address(&school)).await;
    assert_eq!((seen.ok(), seen.etag()), (school.clone(), added.etag()));

    let change = json!({ "urn": "999999", "name": "Lampton School", "establishment_type": null, "joined_on": null, "left_on": "2027-08-31" });
    let changed = manager.patch(&address(&school), &added.etag(), change.clone()).await;
    let after = changed.ok();
    for (field, value) in change.as_object().unwrap() {
        assert_eq!(&after[field], value, "{field}");
    }
    for field in ["id", "phase", "local_authority", "membership", "created_at"] {
        assert_eq!(after[field], school[field], "{field}");
    }
    assert_ne!(changed.etag(), added.etag());
    let seen = manager.get(&address(&school)).await;
    assert_eq!((seen.ok(), seen.etag()), (after, changed.etag()));
}

async fn schools_are_found_however_their_name_is_typed(hub: TestHub) {
    let manager = hub.manager();
    add(&manager, "100001", "St Mary\u{2019}s CofE Primary School", json!({})).await;
    add(&manager, "100002", "St. John's School", json!({})).await;
    add(&manager, "100003", "École Jeannine Manuel", json!({})).await;
    add(&manager, "100004", "Ysgol Ty\u{302} Gwyn", json!({})).await;
    add(&manager, "100005", "Saint John Stoke-on-Trent", json!({})).await;
    for (text, urns) in [
        ("mary's", vec!["100001"]),
        ("MARYS", vec!["100001"]),
        ("john\u{2019}s", vec!["100002"]),
        ("st john", vec!["100005", "100002"]),
        ("Saint John", vec!["100005", "100002"]),
        ("st. john", vec!["100005", "100002"]),
        ("école", vec!["100003"]),
        ("E\u{301}COLE", vec!["100003"]),
        ("TŶ", vec!["100004"]),
        ("stoke on", vec!["100005"]),
        ("%", vec![]),
    ] {
        let found = manager.get(&format!("/v1/schools?text={}", typed(text))).await.ok();
        let found: Vec<&str> =
            found["items"].as_array().unwrap().iter().map(|school| school["urn"].as_str().unwrap()).collect();
        assert_eq!(found, urns, "{text}");
    }
    let school = manager.get("/v1/schools?urn=100004").await.ok()["items"][0].clone();
    let etag = manager.get(&address(&school)).await.etag();
    manager.patch(&address(&school), &etag, json!({ "name": "White House" })).await.ok();
    assert_eq!(names(&manager.all("/v1/schools?text=white").await), ["White House"]);
    assert_eq!(manager.all("/v1/schools?text=gwyn").await.len(), 0);
}

async fn schools_stand_in_the_order_that_people_expect(hub: TestHub) {
    let manager = hub.manager();
    let in_order = [
        "Abbey School",
        "ARK Academy",
        "de Ferrers Academy",
        "Ecclesfield School",
        "École Manuel",
        "iCollege",
        "Saint Ann",
        "St Bede",
        "Stoke",
        "Zion School",
    ];
    for (number, name) in in_order.iter().rev().enumerate() {
        add(&manager, &(100_000 + number).to_string(), name, json!({})).await;
    }
    for list in ["/v1/schools", "/v1/schools?limit=1", "/v1/schools?limit=3"] {
        assert_eq!(names(&manager.all(list).await), in_order, "{list}");
    }
    for name in ["Zweite", "École", "ARK", "éclair"] {
        manager.post("/v1/partners", json!({ "name": name })).await.created();
        manager.post("/v1/priorities", json!({ "name": name })).await.created();
    }
    for list in ["/v1/partners", "/v1/priorities"] {
        assert_eq!(names(&manager.all(&format!("{list}?limit=1")).await), ["ARK", "éclair", "École", "Zweite"]);
        assert_eq!(names(&manager.all(&format!("{list}?text=EC")).await), ["éclair", "École"]);
    }
}

async fn a_change_needs_the_etag_of_the_record_as_it_is(hub: TestHub) {
    let manager = hub.manager();
    let school = add(&manager, "100001", "Abbey", json!({})).await;
    let etag = manager.get(&address(&school)).await.etag();
    let rename = |name: &str| json!({ "name": name });
    manager.patch(&address(&school), &etag, rename("B")).without("if-match").await.refused(428, "if_match_required");
    manager.patch(&address(&school), "x", rename("B")).await.refused(412, "stale");
    manager.patch(&address(&school), &etag, rename("B")).await.ok();
    manager.patch(&address(&school), &etag, rename("C")).await.refused(412, "stale");
    assert_eq!(manager.get(&address(&school)).await.ok()["name"], "B");
}

async fn a_urn_is_one_schools_in_a_hub(world: World) {
    let (west, south) = (world.hub("West").await.manager(), world.hub("South").await.manager());
    add(&west, "100001", "Abbey", json!({})).await;
    let other = add(&west, "100002", "Bourne", json!({})).await;
    west.post("/v1/schools", json!({ "urn": "100001", "name": "C", "phase": "primary" }))
        .await
        .refused(409, "duplicate");
    let etag = west.get(&address(&other)).await.etag();
    west.patch(&address(&other), &etag, json!({ "urn": "100001" })).await.refused(409, "duplicate");
    assert_eq!(west.get(&address(&other)).await.ok(), other);
    assert_eq!(west.all("/v1/schools").await.len(), 2);
    add(&south, "100001", "Abbey", json!({})).await;
}

async fn lists_are_filtered(hub: TestHub) {
    let manager = hub.manager();
    add(&manager, "100001", "Abbey Road 100%", json!({ "local_authority": "Brent" })).await;
    add(&manager, "100002", "St Anne's_Infants", json!({ "local_authority": "Ealing", "membership": "participant" }))
        .await;
    add(&manager, "100003", "The ABBEY College", json!({ "phase": "sixteen_plus", "local_authority": "Brent" })).await;
    add(&manager, "100004", "Gone", json!({ "left_on": "2026-10-05" })).await;
    add(&manager, "100005", "Goes tomorrow", json!({ "left_on": "2026-10-06" })).await;
    add(&manager, "100006", "Joins today", json!({ "joined_on": "2026-10-05" })).await;
    add(&manager, "100007", "Joins tomorrow", json!({ "joined_on": "2026-10-06" })).await;
    for (query, expected) in [
        ("phase=sixteen_plus", &["The ABBEY College"][..]),
        ("membership=participant", &["St Anne's_Infants"]),
        ("local_authority=Brent", &["Abbey Road 100%", "The ABBEY College"]),
        ("local_authority=Brent&phase=primary", &["Abbey Road 100%"]),
        ("text=abbey", &["Abbey Road 100%", "The ABBEY College"]),
        ("text=100%25", &["Abbey Road 100%"]),
        ("text=%25a", &[]),
        ("text=s_i", &["St Anne's_Infants"]),
        ("text=y_r", &[]),
        ("text=%5C", &[]),
        ("text=jo&current=true", &["Joins today"]),
        ("text=go&current=true", &["Goes tomorrow"]),
        ("text=jo&current=false", &["Joins today", "Joins tomorrow"]),
    ] {
        let found = manager.all(&format!("/v1/schools?{query}")).await;
        assert_eq!(names(&found), expected, "{query}");
    }
    for (query, code) in [
        ("phase=upper", "invalid"),
        ("current=yes", "invalid"),
        ("text=", "invalid"),
        ("text=%00", "invalid"),
        ("limit=0", "invalid"),
        ("nam=x", "unknown_field"),
        ("text=a&text=b", "duplicate_field"),
        ("after=zz", "invalid"),
    ] {
        let name = query.split('=').next().unwrap();
        manager.get(&format!("/v1/schools?{query}")).await.invalid(&[(name, code)]);
    }
}

async fn pages_follow_the_names_and_schools_may_share_one(hub: TestHub) {
    let manager = hub.manager();
    for (urn, name) in
        [("100001", "Cardinal"), ("100002", "Abbey"), ("100003", "Abbey"), ("100004", "Bourne"), ("100005", "Abbey")]
    {
        add(&manager, urn, name, json!({})).await;
    }
    let paged = manager.all("/v1/schools?limit=2").await;
    assert_eq!(names(&paged), ["Abbey", "Abbey", "Abbey", "Bourne", "Cardinal"]);
    assert_eq!(paged, manager.all("/v1/schools").await);
    let first = manager.get("/v1/schools?limit=2&text=b").await;
    let link = first.header("link").unwrap();
    assert!(link.starts_with("</v1/schools?limit=2&text=b&after=") && link.ends_with(">; rel=\"next\""), "{link}");
    let table = manager.get("/v1/schools").as_csv().await;
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
    let text = table.sheet();
    assert!(text.starts_with("id,urn,name,phase,establishment_type,local_authority,membership,joined_on,left_on,successor_id,successor_name,created_at\r\n"), "{text}");
    assert_eq!(text.lines().count(), 6);
}

async fn formulas_in_names_are_made_safe_in_tables_only(hub: TestHub) {
    let manager = hub.manager();
    let school = add(&manager, "100001", "=1+1", json!({})).await;
    assert_eq!(school["name"], "=1+1");
    assert!(manager.get("/v1/schools").as_csv().await.sheet().contains(",'=1+1,"));
}

async fn each_role_does_what_it_may(world: World) {
    let (west, south) = (world.hub("West").await, world.hub("South").await);
    let school = west.school("Lampton").await;
    let path = format!("/v1/schools/{}", school.id);
    let manager = west.manager();
    let etag = manager.get(&path).await.etag();
    let new = json!({ "urn": "100001", "name": "Abbey", "phase": "primary" });
    for reader in [west.viewer().await, west.lead(&school).await, west.teacher(&school).await] {
        assert_eq!(names(&reader.all("/v1/schools").await), ["Lampton"]);
        assert_eq!(reader.get(&path).await.ok()["name"], "Lampton");
        reader.post("/v1/schools", new.clone()).await.refused(403, "forbidden");
        reader.patch(&path, &etag, json!({ "name": "Mine" })).await.refused(403, "forbidden");
        reader.post("/v1/schools/import", None).csv("urn,name\n100001,A\n").await.refused(403, "forbidden");
    }
    let outsider = south.manager();
    assert_eq!(outsider.all("/v1/schools").await.len(), 0);
    outsider.get(&path).await.refused(404, "not_found");
    outsider.patch(&path, &etag, json!({ "name": "Mine" })).await.refused(404, "not_found");
    for (caller, status, code) in [(world.stranger(), 401, "unauthorized"), (world.operator(), 403, "forbidden")] {
        caller.get("/v1/schools").await.refused(status, code);
        caller.get(&path).await.refused(status, code);
        caller.post("/v1/schools", new.clone()).await.refused(status, code);
    }
    assert_eq!(names(&manager.all("/v1/schools").await), ["Lampton"]);
    for wrong in ["/v1/schools/1".to_owned(), format!("/v1/schools/{}", nobody()), "/v1/schools/import".to_owned()] {
        manager.get(&wrong).await.refused(404, "not_found");
    }
}

async fn every_wrong_field_is_told_and_nothing_is_kept(hub: TestHub) {
    let manager = hub.manager();
    let wrong = json!({
        "urn": "12345", "name": "a\u{0}b", "phase": "upper", "establishment_type": "", "local_authority": 7,
        "membership": "member", "joined_on": "2023-02-29", "left_on": "0001-01-01", "colour": "red"
    });
    manager.post("/v1/schools", wrong).await.invalid(&[
        ("/urn", "invalid"),
        ("/name", "invalid"),
        ("/phase", "invalid"),
        ("/establishment_type", "invalid"),
        ("/local_authority", "wrong_type"),
        ("/membership", "invalid"),
        ("/joined_on", "invalid"),
        ("/left_on", "invalid"),
        ("/colour", "unknown_field"),
    ]);
    manager.post("/v1/schools", json!({})).await.invalid(&[
        ("/urn", "missing"),
        ("/name", "missing"),
        ("/phase", "missing"),
    ]);
    let doubled = r#"{ "urn": "100001", "urn": "100002", "name": "A", "phase": "primary" }"#;
    manager.post("/v1/schools", None).body("application/json", doubled).await.invalid(&[("/urn", "duplicate_field")]);
    let backwards =
        json!({ "urn": "100001", "name": "A", "phase": "primary", "joined_on": "2026-09-01", "left_on": "2026-09-01" });
    manager.post("/v1/schools", backwards).await.invalid(&[("/left_on", "invalid")]);
    assert_eq!(manager.all("/v1/schools").await.len(), 0);

    let school = add(&manager, "100001", "A", json!({ "joined_on": "2026-09-01" })).await;
    let etag = manager.get(&address(&school)).await.etag();
    manager
        .patch(&address(&school), &etag, json!({ "left_on": "2026-08-31" }))
        .await
        .invalid(&[("/left_on", "invalid")]);
    manager
        .patch(&address(&school), &etag, json!({ "name": null, "left_on": "x", "id": "y" }))
        .await
        .refused(400, "invalid_request");
    manager.patch(&address(&school), &etag, json!({ "urn": "1", "left_on": "x", "id": "y" })).await.invalid(&[
        ("/urn", "invalid"),
        ("/left_on", "invalid"),
        ("/id", "unknown_field"),
    ]);
    assert_eq!(manager.get(&address(&school)).await.ok(), school);
}
