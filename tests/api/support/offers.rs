//! `/v1/offers`: what a school or partner can do for others, made and changed by its own people.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{TestHub, new_offer, nobody, with};

both_engines!(
    an_offer_of_each_kind_says_what_it_has,
    whose_an_offer_is_decides_who_changes_it,
    what_makes_no_sense_is_told_field_by_field,
    an_offer_is_paused_opened_and_closed_for_good,
    a_change_needs_the_version_that_was_read,
    the_rate_card_holds_where_an_offer_has_no_rate,
    offers_go_to_a_successor_and_close_with_a_school_that_leaves
);

fn path(offer: &Value) -> String {
    format!("/v1/offers/{}", offer["id"].as_str().unwrap())
}

async fn an_offer_of_each_kind_says_what_it_has(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    let lead = hub.lead(&school).await;
    let priority = hub.priority("Reading for all").await;
    hub.set_rate_card().await;
    let expertise = json!({
        "kind": "expertise", "title": "Phonics", "description": "A day in your\nclassrooms", "phases": ["secondary", "primary"],
        "subject": "English", "place": "Hounslow", "available_from": "2026-11-01", "available_to": "2028-07-31",
        "specialist_kind": "specialist leader of education", "half_day": "210", "priority_ids": [priority],
        "days": [{ "year": "2026/27", "offered": "10.5" }, { "year": "2027/28", "offered": 4 }],
    });
    let made = lead.post("/v1/offers", expertise).await;
    let offer = made.created();
    assert_eq!((made.header("location"), made.etag().as_str()), (Some(path(&offer).as_str()), "\"1\""));
    assert_eq!(lead.get(&path(&offer)).await.ok(), offer);
    let said = json!({
        "kind": "expertise", "status": "open", "title": "Phonics", "description": "A day in your\nclassrooms",
        "provider": { "kind": "school", "school_id": school.id, "partner_id": null, "name": "Lampton Academy" },
        "phases": ["primary", "secondary"], "subject": "English", "place": "Hounslow", "available_from": "2026-11-01",
        "available_to": "2028-07-31", "specialist_kind": "specialist leader of education", "full_day": null,
        "half_day": "210.00", "effective": { "full_day": "350.00", "half_day": "210.00" }, "priority_ids": [priority],
        "days": [
            { "year": "2026/27", "offered": "10.5", "agreed": "0.0", "left": "10.5" },
            { "year": "2027/28", "offered": "4.0", "agreed": "0.0", "left": "4.0" },
        ],
        "aims": null, "impact": null, "for_whom": null,
    });
    for (field, value) in said.as_object().unwrap() {
        assert_eq!(&offer[field], value, "{field}");
    }

    let (partner, person) = hub.partner("Drama Company").await;
    let facility = json!({
        "kind": "facility", "title": "A minibus", "available_when": "Weekends in term", "for_whom": "Schools nearby",
        "what_for": "Trips of up to 16",
    });
    let minibus = person.post("/v1/offers", facility).await.created();
    let provider = json!({ "kind": "partner", "school_id": null, "partner_id": partner, "name": "Drama Company" });
    assert_eq!((&minibus["provider"], &minibus["phases"], &minibus["days"]), (&provider, &json!([]), &json!([])));
    assert_eq!(minibus["available_when"], "Weekends in term");
    // From today to the end of the next academic year.
    assert_eq!(
        (&minibus["available_from"], &minibus["available_to"]),
        (&json!(hub.world.today()), &json!("2028-08-31"))
    );

    let activity = json!({
        "kind": "activity", "title": "A choir of schools", "provider": { "school_id": school.id }, "aims": "Sing\ntogether",
        "who_may_join": "Anybody", "how_often": "Each term", "impact": "Two concerts",
    });
    let choir = hub.manager().post("/v1/offers", activity).await.created();
    assert_eq!(
        (&choir["aims"], &choir["impact"], &choir["provider"]["name"]),
        (&json!("Sing\ntogether"), &json!("Two concerts"), &json!("Lampton Academy"))
    );
    let sheet = lead.get("/v1/offers?sort=created_at").as_csv().await.sheet();
    assert!(
        sheet.starts_with("id,kind,status,title,provider.kind,provider.name,") && sheet.contains("Trips of up to 16")
    );
}

async fn whose_an_offer_is_decides_who_changes_it(hub: TestHub) {
    let (school, other) = (hub.school("Lampton Academy").await, hub.school("Heston").await);
    let (lead, colleague, stranger) = (hub.lead(&school).await, hub.lead(&school).await, hub.lead(&other).await);
    let (teacher, viewer) = (hub.teacher(&school).await, hub.viewer().await);
    let (partner, person) = hub.partner("Drama Company").await;
    let named = |school: &str| new_offer(json!({ "provider": { "school_id": school } }));
    let offer = lead.post("/v1/offers", new_offer(json!({}))).await.created();
    lead.post("/v1/offers", named(&school.id)).await.created();
    lead.post("/v1/offers", named(&other.id)).await.refused(403, "forbidden");
    person.post("/v1/offers", named(&school.id)).await.refused(403, "forbidden");
    person.post("/v1/offers", new_offer(json!({ "provider": { "partner_id": partner } }))).await.created();
    for who in [&teacher, &viewer] {
        who.post("/v1/offers", named(&school.id)).await.refused(403, "forbidden");
    }
    hub.manager().post("/v1/offers", new_offer(json!({}))).await.invalid(&[("/provider", "missing")]);

    let path = path(&offer);
    let everybody = [&lead, &colleague, &stranger, &teacher, &viewer, &person, &hub.manager()];
    for who in everybody {
        assert_eq!(who.get(&path).await.ok()["title"], offer["title"]);
    }
    for who in [&stranger, &person] {
        who.patch(&path, "\"1\"", json!({ "title": "Mine" })).await.refused(403, "forbidden");
        who.post(&format!("{path}/pause"), None).await.refused(403, "forbidden");
        who.put(&format!("{path}/days/2026-27"), json!({ "offered": "1" })).await.refused(403, "forbidden");
    }
    // Paused, it is seen by its provider and by the hub alone.
    colleague.post(&format!("{path}/pause"), None).await.ok();
    for who in [&stranger, &teacher, &person] {
        who.get(&path).await.refused(404, "not_found");
    }
    stranger.patch(&path, "\"2\"", json!({ "title": "Mine" })).await.refused(404, "not_found");
    for who in [&lead, &colleague, &viewer, &hub.manager()] {
        assert_eq!(who.get(&path).await.ok()["status"], "paused");
    }
    hub.manager().patch(&path, "\"2\"", json!({ "title": "By the hub" })).await.ok();
    // Of another hub nobody sees anything.
    let elsewhere = hub.world.hub("South London").await;
    elsewhere.manager().get(&path).await.refused(404, "not_found");
    assert!(elsewhere.manager().all("/v1/offers").await.is_empty());
}

async fn what_makes_no_sense_is_told_field_by_field(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    let lead = hub.lead(&school).await;
    hub.set_rate_card().await;
    let refused = async |over: Value, expected: &[(&str, &str)]| {
        lead.post("/v1/offers", new_offer(over)).await.invalid(expected);
    };
    refused(json!({ "days": [{ "year": "2026/27", "offered": "0.25" }] }), &[("/days/0/offered", "invalid")]).await;
    refused(json!({ "days": [{ "year": "2026/27", "offered": 1.5 }] }), &[("/days/0/offered", "wrong_type")]).await;
    refused(
        json!({ "days": [{ "year": "2025/26", "offered": "1" }, { "year": "2027/28", "offered": "1" }, { "year": "2027/28", "offered": "1" }] }),
        &[("/days/0/year", "invalid"), ("/days/2/year", "duplicate")],
    )
    .await;
    refused(
        json!({ "for_whom": "All", "aims": "None", "specialist_kind": "Wizard", "priority_ids": [nobody()] }),
        &[
            ("/for_whom", "invalid"),
            ("/aims", "invalid"),
            ("/specialist_kind", "unknown"),
            ("/priority_ids/0", "unknown"),
        ],
    )
    .await;
    refused(json!({ "kind": "facility", "full_day": "1" }), &[("/full_day", "invalid")]).await;
    refused(json!({ "half_day": "2", "full_day": "1" }), &[("/half_day", "invalid")]).await;
    refused(json!({ "full_day": "1000000.01" }), &[("/full_day", "invalid")]).await;
    let window = |from: &str, to: &str| json!({ "available_from": from, "available_to": to });
    refused(window("2026-11-02", "2026-11-01"), &[("/available_to", "invalid")]).await;
    refused(window("2026-11-02", "2031-11-03"), &[("/available_to", "invalid")]).await;
    lead.post("/v1/offers", new_offer(window("2026-11-02", "2031-11-02"))).await.created();
    let by_manager = async |provider: Value, expected: &[(&str, &str)]| {
        let new = new_offer(json!({ "provider": provider }));
        hub.manager().post("/v1/offers", new).await.invalid(expected);
    };
    by_manager(json!({}), &[("/provider", "invalid")]).await;
    by_manager(json!({ "school_id": nobody() }), &[("/provider/school_id", "unknown")]).await;
    by_manager(json!({ "partner_id": nobody() }), &[("/provider/partner_id", "unknown")]).await;
    by_manager(json!({ "school_id": school.id, "partner_id": nobody() }), &[("/provider", "invalid")]).await;
    assert_eq!(lead.all("/v1/offers").await.len(), 1, "what was refused changed nothing");
    for (query, field) in [
        ("text=a b c d e f g h i", "text"),
        ("place=a b c d e f g h i", "place"),
        ("days_left_at_least=0.3", "days_left_at_least"),
        ("kind=magic", "kind"),
        ("colour=red", "colour"),
        ("provider_school_id=x", "provider_school_id"),
    ] {
        let problem =
            lead.get(&format!("/v1/offers?{}", query.replace(' ', "%20"))).await.refused(400, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], field);
    }
}

async fn an_offer_is_paused_opened_and_closed_for_good(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    let lead = hub.lead(&school).await;
    let offer = path(&lead.post("/v1/offers", new_offer(json!({}))).await.created());
    let act = async |what: &str| lead.post(&format!("{offer}/{what}"), None).await;
    assert_eq!(act("pause").await.ok()["status"], "paused");
    let again = act("pause").await;
    assert_eq!((again.ok()["status"].as_str(), again.etag().as_str()), (Some("paused"), "\"2\""), "done once");
    assert_eq!(act("open").await.ok()["status"], "open");
    assert_eq!(act("close").await.ok()["status"], "closed");
    assert_eq!(act("close").await.ok()["status"], "closed");
    act("open").await.refused(409, "offer_closed");
    act("pause").await.refused(409, "offer_closed");
    let tag = lead.get(&offer).await.etag();
    lead.patch(&offer, &tag, json!({ "title": "Again" })).await.refused(409, "offer_closed");
    lead.put(&format!("{offer}/days/2026-27"), json!({ "offered": "1" })).await.refused(409, "offer_closed");
    assert!(lead.all("/v1/offers").await.is_empty());
    assert_eq!(lead.all("/v1/offers?status=closed").await.len(), 1);
}

async fn a_change_needs_the_version_that_was_read(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    let lead = hub.lead(&school).await;
    let priority = hub.priority("Reading").await;
    let new = new_offer(json!({ "priority_ids": [priority, priority], "place": "Hounslow" }));
    let offer = lead.post("/v1/offers", new).await.created();
    assert_eq!(offer["priority_ids"], json!([priority]));
    let path = path(&offer);
    lead.patch(&path, "\"1\"", json!({})).without("if-match").await.refused(428, "if_match_required");
    let changed = lead
        .patch(&path, "\"1\"", json!({ "title": "New", "place": null, "priority_ids": [], "phases": ["nursery"] }))
        .await;
    assert_eq!(changed.etag(), "\"2\"");
    let expected =
        with(offer.clone(), json!({ "title": "New", "place": null, "priority_ids": [], "phases": ["nursery"] }));
    assert_eq!(with(changed.ok(), json!({ "changed_at": offer["changed_at"] })), expected);
    lead.patch(&path, "\"1\"", json!({ "title": "Old" })).await.refused(412, "stale");
    lead.patch(&path, "\"2\"", json!({ "aims": "No" })).await.invalid(&[("/aims", "invalid")]);
    // Of two at once one is stale.
    let (one, two) = tokio::join!(async { lead.patch(&path, "\"2\"", json!({ "title": "One" })).await }, async {
        lead.patch(&path, "\"2\"", json!({ "title": "Two" })).await
    });
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
}

async fn the_rate_card_holds_where_an_offer_has_no_rate(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    let lead = hub.lead(&school).await;
    hub.set_rate_card().await;
    let kind = "NATIONAL leader of education";
    let path = path(&lead.post("/v1/offers", new_offer(json!({ "specialist_kind": kind }))).await.created());
    let effective = async || lead.get(&path).await.ok()["effective"].clone();
    assert_eq!(effective().await, json!({ "full_day": "500.00", "half_day": "300.00" }));
    lead.patch(&path, "\"1\"", json!({ "full_day": "450", "half_day": "250.5" })).await.ok();
    assert_eq!(effective().await, json!({ "full_day": "450.00", "half_day": "250.50" }));
    lead.patch(&path, "\"2\"", json!({ "half_day": null })).await.ok();
    // The kind is taken from the card: what is its own stays, and it can be changed for all that.
    let none = json!({ "lines": [], "brokerage": null, "borne_by": "buyer" });
    hub.manager().put("/v1/rate-card", none).header("if-match", "\"1\"").await.ok();
    assert_eq!(effective().await, json!({ "full_day": "450.00", "half_day": "225.00" }), "half of its own");
    lead.patch(&path, "\"3\"", json!({ "title": "Still here" })).await.ok();
    lead.patch(&path, "\"4\"", json!({ "specialist_kind": "Wizard" }))
        .await
        .invalid(&[("/specialist_kind", "unknown")]);
}

async fn offers_go_to_a_successor_and_close_with_a_school_that_leaves(hub: TestHub) {
    let (old, new, gone) = (hub.school("Abbey").await, hub.school("Bourne").await, hub.school("Cedar").await);
    let (old_lead, new_lead) = (hub.lead(&old).await, hub.lead(&new).await);
    let add = async |title: &str| {
        let offer = old_lead.post("/v1/offers", new_offer(json!({ "title": title }))).await.created();
        path(&offer)
    };
    let (open, paused, closed) = (add("Open").await, add("Paused").await, add("Closed").await);
    old_lead.post(&format!("{paused}/pause"), None).await.ok();
    old_lead.post(&format!("{closed}/close"), None).await.ok();
    let preview = format!("/v1/schools/{}/succession?successor_id={}", old.id, new.id);
    let goes_over = hub.manager().get(&preview).await.ok()["offers"].clone();
    assert_eq!([&goes_over[0]["title"], &goes_over[1]["status"]], ["Open", "paused"]);
    crate::lifecycle::succession::succeed(&hub, &old, &new).await;
    assert_eq!(new_lead.get(&open).await.ok()["provider"]["school_id"], new.id);
    assert_eq!(new_lead.get(&paused).await.ok()["status"], "paused");
    assert_eq!(hub.manager().get(&closed).await.ok()["provider"]["school_id"], old.id);
    let of = |school: &str| format!("/v1/offers?provider_school_id={school}");
    assert_eq!(new_lead.titles(&of(&new.id)).await, ["Open"]);
    assert_eq!(new_lead.titles("/v1/offers?status=paused").await, ["Paused"]);
    assert!(new_lead.all(&of(&old.id)).await.is_empty());

    let lead = hub.lead(&gone).await;
    let offer = path(&lead.post("/v1/offers", new_offer(json!({}))).await.created());
    let school = format!("/v1/schools/{}", gone.id);
    let tag = hub.manager().get(&school).await.etag();
    hub.manager().patch(&school, &tag, json!({ "left_on": "2026-10-06" })).await.ok();
    hub.world.round().await;
    assert_eq!(lead.get(&offer).await.ok()["status"], "open", "it has not left yet");
    hub.world.at("2026-10-06T09:00:00Z");
    hub.world.round().await;
    assert_eq!(lead.get(&offer).await.ok()["status"], "closed");
    lead.post("/v1/offers", new_offer(json!({}))).await.invalid(&[("/provider/school_id", "left")]);
    assert_eq!(new_lead.titles("/v1/offers").await, ["Open"]);
    hub.verified().await;
}
