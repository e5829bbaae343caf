//! `/v1/programmes` and `/v1/priorities`.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{TestHub, World, new_event, new_programme, nobody};

both_engines!(
    a_programme_is_added_read_and_changed,
    all_that_is_wrong_is_told_at_once,
    a_programme_is_given_by_the_hub_a_school_or_a_partner,
    a_partner_makes_and_sees_its_own,
    schools_and_viewers_read_and_change_nothing,
    programmes_are_found_by_what_they_are,
    the_same_key_adds_one_programme,
    a_priority_is_named_once_in_the_hub,
    a_renamed_programme_is_found_in_the_catalogue_by_its_new_name
);

async fn a_programme_is_added_read_and_changed(hub: TestHub) {
    let manager = hub.manager();
    let priority = hub.priority("Great teaching").await;
    let new = new_programme(
        json!({ "description": "Two days\nand eight half-days", "phase": "secondary", "priority_id": priority }),
    );
    let reply = manager.post("/v1/programmes", new).await;
    let programme = reply.created();
    let path = reply.header("location").unwrap().to_owned();
    assert_eq!(manager.get(&path).await.ok(), programme);
    assert_eq!(
        programme["provider"],
        json!({ "kind": "hub", "school_id": null, "partner_id": null, "name": "West London" })
    );
    let change = json!({ "title": "Improving Teacher Programme", "kind": "leadership_day", "phase": null });
    let changed = manager.patch(&path, &reply.etag(), change).await;
    let after = changed.ok();
    assert_eq!(
        (&after["title"], &after["kind"], &after["phase"]),
        (&json!("Improving Teacher Programme"), &json!("leadership_day"), &Value::Null)
    );
    assert_eq!((&after["priority_id"], &after["description"]), (&programme["priority_id"], &programme["description"]));
    let cleared = manager.patch(&path, &changed.etag(), json!({ "priority_id": null })).await.ok();
    assert_eq!(cleared["priority_id"], Value::Null);
    manager.patch(&path, &changed.etag(), json!({ "title": "Late" })).await.refused(412, "stale");
    manager.patch(&path, "", json!({ "title": "Late" })).without("if-match").await.refused(428, "if_match_required");
    assert_eq!(manager.get(&path).await.ok(), cleared);
}

async fn all_that_is_wrong_is_told_at_once(hub: TestHub) {
    let manager = hub.manager();
    manager.post("/v1/programmes", json!({ "kind": "party", "description": "a\u{0}b", "phase": "tertiary", "priority_id": "x", "colour": "red" })).await.invalid(&[
        ("/kind", "invalid"), ("/title", "missing"), ("/description", "invalid"), ("/phase", "invalid"), ("/priority_id", "invalid"), ("/colour", "unknown_field"),
    ]);
    let strange = json!({ "priority_id": nobody(), "provider": { "kind": "school", "school_id": nobody() } });
    manager
        .post("/v1/programmes", new_programme(strange))
        .await
        .invalid(&[("/priority_id", "unknown"), ("/provider/school_id", "unknown")]);
    let strange = json!({ "provider": { "kind": "partner", "partner_id": nobody() } });
    manager.post("/v1/programmes", new_programme(strange)).await.invalid(&[("/provider/partner_id", "unknown")]);
    let school = hub.school("Lampton").await;
    for (provider, pointer) in [
        (json!({ "kind": "school" }), "/provider/school_id"),
        (json!({ "kind": "partner", "school_id": school.id }), "/provider/partner_id"),
        (json!({ "kind": "hub", "school_id": school.id }), "/provider/school_id"),
    ] {
        manager
            .post("/v1/programmes", new_programme(json!({ "provider": provider })))
            .await
            .invalid(&[(pointer, "invalid")]);
    }
    assert!(manager.all("/v1/programmes").await.is_empty());
    let id = hub.programme(json!({})).await;
    manager
        .patch(&format!("/v1/programmes/{id}"), "\"1\"", json!({ "priority_id": nobody() }))
        .await
        .invalid(&[("/priority_id", "unknown")]);
    manager
        .patch(&format!("/v1/programmes/{id}"), "\"1\"", json!({ "provider": { "kind": "hub" } }))
        .await
        .invalid(&[("/provider", "unknown_field")]);
}

async fn a_programme_is_given_by_the_hub_a_school_or_a_partner(hub: TestHub) {
    let school = hub.school("Lampton").await;
    let (partner, _) = hub.partner("Language Line").await;
    let given = async |provider: Value| {
        hub.manager().post("/v1/programmes", new_programme(json!({ "provider": provider }))).await.created()["provider"]
            .clone()
    };
    assert_eq!(given(json!({ "kind": "hub" })).await["name"], "West London");
    assert_eq!(given(json!({ "kind": "school", "school_id": school.id })).await["name"], "Lampton");
    assert_eq!(given(json!({ "kind": "partner", "partner_id": partner })).await["name"], "Language Line");
}

async fn a_partner_makes_and_sees_its_own(hub: TestHub) {
    let ((own, partner), (foreign, _)) = (hub.partner("Language Line").await, hub.partner("Leaders").await);
    hub.programme(json!({ "title": "The hub's" })).await;
    let theirs =
        hub.programme(json!({ "title": "Theirs", "provider": { "kind": "partner", "partner_id": foreign } })).await;
    let mine = partner.post("/v1/programmes", new_programme(json!({ "title": "Mine" }))).await;
    assert_eq!(mine.created()["provider"]["partner_id"].as_str(), Some(own.as_str()));
    partner
        .post(
            "/v1/programmes",
            new_programme(json!({ "title": "Mine too", "provider": { "kind": "partner", "partner_id": own } })),
        )
        .await
        .created();
    for provider in [json!({ "kind": "hub" }), json!({ "kind": "partner", "partner_id": foreign })] {
        partner.post("/v1/programmes", new_programme(json!({ "provider": provider }))).await.refused(403, "forbidden");
    }
    assert_eq!(partner.titles("/v1/programmes").await, ["Mine", "Mine too"]);
    let path = mine.header("location").unwrap();
    partner.patch(path, &mine.etag(), json!({ "title": "Mine still" })).await.ok();
    partner.get(&format!("/v1/programmes/{theirs}")).await.refused(404, "not_found");
    partner
        .patch(&format!("/v1/programmes/{theirs}"), "\"1\"", json!({ "title": "Mine now" }))
        .await
        .refused(404, "not_found");
}

async fn schools_and_viewers_read_and_change_nothing(world: World) {
    let (hub, other) = (world.hub("West London").await, world.hub("South London").await);
    let (id, priority, school) =
        (hub.programme(json!({})).await, hub.priority("Great teaching").await, hub.school("Lampton").await);
    let path = format!("/v1/programmes/{id}");
    for caller in [hub.viewer().await, hub.lead(&school).await, hub.teacher(&school).await] {
        caller.get(&path).await.ok();
        assert_eq!(caller.titles("/v1/programmes").await.len(), 1);
        caller.post("/v1/programmes", new_programme(json!({}))).await.refused(403, "forbidden");
        caller.patch(&path, "\"1\"", json!({ "title": "Mine" })).await.refused(403, "forbidden");
        assert_eq!(caller.get(&format!("/v1/priorities/{priority}")).await.ok()["name"], "Great teaching");
        caller.post("/v1/priorities", json!({ "name": "Mine" })).await.refused(403, "forbidden");
    }
    let stranger = other.manager();
    stranger.get(&path).await.refused(404, "not_found");
    stranger.patch(&path, "\"1\"", json!({ "title": "Mine" })).await.refused(404, "not_found");
    stranger.get(&format!("/v1/priorities/{priority}")).await.refused(404, "not_found");
    assert!(stranger.all("/v1/programmes").await.is_empty() && stranger.all("/v1/priorities").await.is_empty());
    let borrowed = json!({ "priority_id": priority, "provider": { "kind": "school", "school_id": school.id } });
    stranger
        .post("/v1/programmes", new_programme(borrowed))
        .await
        .invalid(&[("/priority_id", "unknown"), ("/provider/school_id", "unknown")]);
}

async fn programmes_are_found_by_what_they_are(hub: TestHub) {
    let manager = hub.manager();
    let priority = hub.priority("Great teaching").await;
    hub.programme(json!({ "title": "Conference of 100%_Élan", "kind": "conference", "priority_id": priority })).await;
    hub.programme(json!({ "title": "-Phonics", "phase": "primary", "description": "Reading \\ first" })).await;
    hub.programme(json!({ "title": "Sixth form", "phase": "sixteen_plus" })).await;
    for (query, found) in [
        ("kind=conference".to_owned(), vec!["Conference of 100%_Élan"]),
        ("phase=primary".to_owned(), vec!["-Phonics"]),
        (format!("priority_id={priority}"), vec!["Conference of 100%_Élan"]),
        ("text=%C3%89LAN".to_owned(), vec!["Conference of 100%_Élan"]),
        ("text=100%25_".to_owned(), vec!["Conference of 100%_Élan"]),
        ("text=%25".to_owned(), vec!["Conference of 100%_Élan"]),
        ("text=x%25h".to_owned(), vec![]),
        ("text=s_xth".to_owned(), vec![]),
        ("text=%5C".to_owned(), vec!["-Phonics"]),
        ("text=reading&phase=primary".to_owned(), vec!["-Phonics"]),
        ("text=reading&kind=conference".to_owned(), vec![]),
    ] {
        assert_eq!(manager.titles(&format!("/v1/programmes?{query}")).await, found, "{query}");
    }
    assert_eq!(manager.titles("/v1/programmes?limit=1").await.len(), 3);
    manager.get("/v1/programmes?kind=party&phase=x&colour=red").await.invalid(&[
        ("kind", "invalid"),
        ("phase", "invalid"),
        ("colour", "unknown_field"),
    ]);
    let table = manager.get("/v1/programmes").as_csv().await;
    assert!(table.sheet().contains(",'-Phonics,"), "{table}");
}

async fn the_same_key_adds_one_programme(hub: TestHub) {
    let manager = hub.manager();
    let first = manager.post("/v1/programmes", new_programme(json!({}))).key("one").await;
    let again = manager.post("/v1/programmes", new_programme(json!({}))).key("one").await;
    assert_eq!(
        (again.created(), again.header("idempotency-replayed"), again.etag()),
        (first.created(), Some("true"), first.etag())
    );
    assert_eq!(first.header("idempotency-replayed"), None);
    manager
        .post("/v1/programmes", new_programme(json!({ "title": "Another" })))
        .key("one")
        .await
        .refused(422, "idempotency_key_reused");
    assert_eq!(manager.all("/v1/programmes").await.len(), 1);
}

async fn a_priority_is_named_once_in_the_hub(hub: TestHub) {
    let manager = hub.manager();
    for name in ["Great teaching", "Leadership", "+Inclusion"] {
        hub.priority(name).await;
    }
    manager.post("/v1/priorities", json!({ "name": "Leadership" })).await.refused(409, "duplicate");
    manager
        .post("/v1/priorities", json!({ "name": 1, "x": 2 }))
        .await
        .invalid(&[("/name", "wrong_type"), ("/x", "unknown_field")]);
    let names: Vec<Value> =
        manager.all("/v1/priorities?limit=2").await.into_iter().map(|priority| priority["name"].clone()).collect();
    assert_eq!(names, ["+Inclusion", "Great teaching", "Leadership"]);
    assert!(manager.get("/v1/priorities").as_csv().await.sheet().contains(",'+Inclusion,"));
}

async fn a_renamed_programme_is_found_in_the_catalogue_by_its_new_name(hub: TestHub) {
    let (manager, id) = (hub.manager(), hub.programme(json!({ "title": "Old name" })).await);
    hub.year("2026/27").await;
    for _ in 0..2 {
        manager.add("/v1/events", new_event(&id, json!({}))).await;
    }
    manager
        .patch(&format!("/v1/programmes/{id}"), "\"1\"", json!({ "title": "NEW name", "description": "About Ölands" }))
        .await
        .ok();
    assert_eq!(manager.all("/v1/events?text=old+name").await.len(), 0);
    for text in ["new+name", "%C3%B6land", "autumn+run", "session"] {
        assert_eq!(manager.all(&format!("/v1/events?text={text}")).await.len(), 2, "{text}");
    }
}
