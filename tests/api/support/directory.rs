//! `GET /v1/offers`: every filter, alone and together, against what is plainly there; pages, orders, and what is hidden.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, TestHub, new_offer};

both_engines!(
    every_filter_finds_what_it_should,
    filters_together_find_what_fits_all,
    words_are_found_however_they_are_written,
    pages_follow_each_other_in_both_orders,
    what_is_not_open_is_for_its_provider_and_the_hub,
    what_is_changed_is_found_as_it_is_now
);

/// A directory of five offers by two schools and a partner.
struct Directory {
    lead: Client,
    schools: [String; 2],
    partner: String,
    priority: String,
}

async fn directory(hub: &TestHub) -> Directory {
    let (a, b) = (hub.school("Abbey").await, hub.school("Bourne").await);
    let (lead, other) = (hub.lead(&a).await, hub.lead(&b).await);
    let (partner, person) = hub.partner("Drama Company").await;
    let priority = hub.priority("Reading").await;
    let days = |year: &str, offered: &str| json!([{ "year": year, "offered": offered }]);
    for (who, over) in [
        (
            &lead,
            json!({ "title": "Maths", "subject": "Mathematics", "phases": ["primary"], "days": days("2026/27", "10") }),
        ),
        (
            &lead,
            json!({ "title": "Phonics", "subject": "English", "priority_ids": [priority], "days": days("2027/28", "3.5") }),
        ),
        (
            &other,
            json!({ "title": "Swimming pool", "kind": "facility", "subject": null, "place": "Heston, Hounslow", "what_for": "Lessons" }),
        ),
        (
            &other,
            json!({ "title": "Science fair", "kind": "activity", "subject": "Physics and chemistry", "phases": ["secondary", "primary"], "available_from": "2027-03-01", "available_to": "2027-03-15" }),
        ),
        (
            &person,
            json!({ "title": "Theatre", "kind": "activity", "subject": "Drama", "place": "Acton", "description": "A stage for poetry" }),
        ),
    ] {
        who.post("/v1/offers", new_offer(over)).await.created();
    }
    Directory { lead, schools: [a.id, b.id], partner, priority }
}

async fn found(who: &Client, query: &str) -> Vec<String> {
    let mut titles = who.titles(&format!("/v1/offers?{query}")).await;
    titles.sort();
    titles
}

async fn every_filter_finds_what_it_should(hub: TestHub) {
    let Directory { lead, schools, partner, priority } = directory(&hub).await;
    for (query, titles) in [
        ("", vec!["Maths", "Phonics", "Science fair", "Swimming pool", "Theatre"]),
        ("text=math", vec!["Maths"]),
        ("text=stage%20POETRY", vec!["Theatre"]),
        ("text=lessons", vec!["Swimming pool"]),
        ("text=hounslow%20swim", vec!["Swimming pool"]),
        ("text=poet", vec![]),
        ("text=xyz", vec![]),
        ("kind=facility", vec!["Swimming pool"]),
        ("kind=activity", vec!["Science fair", "Theatre"]),
        ("phase=primary", vec!["Maths", "Phonics", "Science fair", "Swimming pool", "Theatre"]),
        ("phase=nursery", vec!["Phonics", "Swimming pool", "Theatre"]),
        ("subject=mathematics", vec!["Maths"]),
        ("subject=chem", vec!["Science fair"]),
        (&format!("priority_id={priority}"), vec!["Phonics"]),
        (&format!("provider_school_id={}", schools[1]), vec!["Science fair", "Swimming pool"]),
        (&format!("provider_partner_id={partner}"), vec!["Theatre"]),
        ("place=hounslow", vec!["Swimming pool"]),
        ("place=hes", vec!["Swimming pool"]),
        ("status=open", vec!["Maths", "Phonics", "Science fair", "Swimming pool", "Theatre"]),
        ("status=closed", vec![]),
        ("available_on=2027-03-15", vec!["Maths", "Phonics", "Science fair", "Swimming pool", "Theatre"]),
        ("available_on=2027-03-16", vec!["Maths", "Phonics", "Swimming pool", "Theatre"]),
        ("available_on=2026-10-04", vec![]),
        ("year=2026-27", vec!["Maths"]),
        ("year=2027/28&days_left_at_least=3.5", vec!["Phonics"]),
        ("year=2027/28&days_left_at_least=4", vec![]),
        ("days_left_at_least=9.5", vec!["Maths"]),
    ] {
        assert_eq!(found(&lead, query).await, titles, "{query}");
    }
}

async fn filters_together_find_what_fits_all(hub: TestHub) {
    let Directory { lead, schools, .. } = directory(&hub).await;
    for (query, titles) in [
        ("kind=activity&phase=secondary", vec!["Science fair", "Theatre"]),
        ("kind=activity&phase=secondary&subject=physics", vec!["Science fair"]),
        ("kind=activity&available_on=2027-03-02&text=fair&phase=primary", vec!["Science fair"]),
        (&format!("kind=facility&provider_school_id={}", schools[0]), vec![]),
        ("text=maths&year=2026-27&days_left_at_least=10&kind=expertise&subject=maths", vec![]),
        ("text=maths&year=2026-27&days_left_at_least=10&kind=expertise&subject=math", vec!["Maths"]),
    ] {
        assert_eq!(found(&lead, query).await, titles, "{query}");
    }
}

async fn words_are_found_however_they_are_written(hub: TestHub) {
    let school = hub.school("Abbey").await;
    let lead = hub.lead(&school).await;
    let title = "Café français at St. Mary’s, Ealing";
    lead.post("/v1/offers", new_offer(json!({ "title": title, "description": "日本語 also" }))).await.created();
    for text in ["cafe", "CAFÉ FRANCAIS", "saint mary's", "st marys", "ealing%2C st", "fra", "日本語"] {
        assert_eq!(found(&lead, &format!("text={}", text.replace(' ', "%20"))).await, [title], "{text}");
    }
    for text in ["cafes", "fr", "%25", "_"] {
        assert!(found(&lead, &format!("text={text}")).await.is_empty(), "{text}");
    }
}

async fn pages_follow_each_other_in_both_orders(hub: TestHub) {
    let Directory { lead, .. } = directory(&hub).await;
    let newest = ["Theatre", "Science fair", "Swimming pool", "Phonics", "Maths"];
    assert_eq!(lead.titles("/v1/offers?limit=2").await, newest);
    assert_eq!(lead.titles("/v1/offers?limit=2&sort=-created_at").await, newest);
    assert_eq!(lead.titles("/v1/offers?limit=2&sort=created_at").await, newest.into_iter().rev().collect::<Vec<_>>());
    let page = lead.get("/v1/offers?limit=2").await.ok();
    // What is made meanwhile does not shift the pages after.
    lead.post("/v1/offers", new_offer(json!({ "title": "Later" }))).await.created();
    let next = lead.get(&format!("/v1/offers?limit=2&after={}", page["next"].as_str().unwrap())).await.ok();
    assert_eq!(next["items"][0]["title"], "Swimming pool");
    let kept = lead.get("/v1/offers").await.etag();
    assert_eq!(lead.get("/v1/offers").header("if-none-match", &kept).await.status, 304);
    let table = lead.get("/v1/offers?kind=facility").as_csv().await.sheet();
    assert_eq!(table.lines().count(), 2, "{table}");
}

async fn what_is_not_open_is_for_its_provider_and_the_hub(hub: TestHub) {
    let Directory { lead, schools, .. } = directory(&hub).await;
    let (teacher, viewer) = {
        let school = hub.schools_by_urn().await.remove(0);
        (hub.teacher(&school).await, hub.viewer().await)
    };
    let theatre = lead.all("/v1/offers?text=theatre").await.remove(0);
    for title in ["maths", "theatre"] {
        let offer = lead.all(&format!("/v1/offers?text={title}")).await.remove(0);
        hub.manager().post(&format!("/v1/offers/{}/pause", offer["id"].as_str().unwrap()), None).await.ok();
    }
    assert_eq!(found(&lead, "").await.len(), 3);
    assert_eq!(found(&lead, "status=paused").await, ["Maths"]);
    assert_eq!(found(&lead, &format!("status=paused&provider_school_id={}", schools[0])).await, ["Maths"]);
    assert!(found(&lead, &format!("status=paused&provider_school_id={}", schools[1])).await.is_empty());
    assert!(found(&teacher, "status=paused").await.is_empty());
    for who in [&viewer, &hub.manager()] {
        assert_eq!(found(who, "status=paused").await, ["Maths", "Theatre"]);
        assert_eq!(found(who, "status=paused&text=theatre").await, ["Theatre"]);
    }
    lead.get(&format!("/v1/offers/{}", theatre["id"].as_str().unwrap())).await.refused(404, "not_found");
}

async fn what_is_changed_is_found_as_it_is_now(hub: TestHub) {
    let Directory { lead, priority, .. } = directory(&hub).await;
    let offer = lead.all("/v1/offers?text=maths").await.remove(0);
    let path = format!("/v1/offers/{}", offer["id"].as_str().unwrap());
    let change: Value =
        json!({ "title": "Numbers", "subject": null, "phases": [], "priority_ids": [priority], "place": "Ealing" });
    lead.patch(&path, "\"1\"", change).await.ok();
    for (query, titles) in [
        ("text=maths", vec![]),
        ("subject=mathematics", vec![]),
        ("text=numbers", vec!["Numbers"]),
        ("place=ealing", vec!["Numbers"]),
        (&format!("priority_id={priority}"), vec!["Numbers", "Phonics"]),
        ("phase=nursery&year=2026-27", vec!["Numbers"]),
    ] {
        assert_eq!(found(&lead, query).await, titles, "{query}");
    }
}
