//! `GET /v1/events`: filters, orders, pages, tables.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, TestHub, new_event, new_session};

/// An event of the title on its day.
fn on(title: &str, starts_at: &str) -> Value {
    json!({ "title": title, "sessions": [new_session(starts_at)] })
}

both_engines!(
    events_are_found_by_what_they_are,
    days_are_those_of_london,
    queries_are_read_strictly,
    a_forged_cursor_shows_nothing_that_the_filter_hides,
    pages_stay_whole_while_events_are_added,
    what_has_not_changed_is_not_sent_again,
    a_tag_that_was_kept_is_good_for_a_change,
    the_catalogue_is_a_table_that_no_spreadsheet_runs
);

async fn events_are_found_by_what_they_are(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (priority, (partner, _)) = (hub.priority("Great teaching").await, hub.partner("Language Line").await);
    let conference = hub.programme(json!({ "kind": "conference", "title": "Annual Conference", "description": "Keynotes for 100%_of us", "priority_id": priority })).await;
    let phonics = hub
        .programme(
            json!({ "title": "Phonics", "phase": "primary", "provider": { "kind": "school", "school_id": school.id } }),
        )
        .await;
    let language = hub.programme(json!({ "kind": "meet_the_expert", "title": "Language", "provider": { "kind": "partner", "partner_id": partner } })).await;
    let keynote = json!({ "title": "A", "capacity": 1, "sessions": [{ "title": "Keynote", "starts_at": "2026-11-01T09:00:00Z", "ends_at": "2026-11-01T10:00:00Z", "place": "Hall", "speaker": "Dr Émile Ünal" }] });
    let first = hub.published_event(&conference, keynote).await;
    hub.published_event(&phonics, on("B", "2026-11-02T09:00")).await;
    let off = hub.published_event(&language, on("C", "2026-11-03T09:00")).await;
    hub.draft_event(&phonics, on("D", "2026-11-04T09:00")).await;
    lead.book_for(&first, &teacher).await.created();
    for (query, found) in [
        (String::new(), vec!["A", "B", "C", "D"]),
        ("kind=conference".to_owned(), vec!["A"]),
        ("phase=primary".to_owned(), vec!["B", "D"]),
        (format!("priority_id={priority}"), vec!["A"]),
        ("provider=hub".to_owned(), vec!["A"]),
        ("provider=school".to_owned(), vec!["B", "D"]),
        ("provider=partner".to_owned(), vec!["C"]),
        (format!("provider_school_id={}", school.id), vec!["B", "D"]),
        (format!("provider_partner_id={partner}"), vec!["C"]),
        (format!("programme_id={language}"), vec!["C"]),
        ("state=draft".to_owned(), vec!["D"]),
        ("state=published".to_owned(), vec!["A", "B", "C"]),
        ("places_left=yes".to_owned(), vec!["B", "C", "D"]),
        ("places_left=no".to_owned(), vec!["A"]),
        ("text=KEYNOTE".to_owned(), vec!["A"]),
        ("text=%C3%A9mile+%C3%BCNAL".to_owned(), vec!["A"]),
        ("text=100%25_".to_owned(), vec!["A"]),
        ("text=k%25e".to_owned(), vec![]),
        ("text=phon_cs".to_owned(), vec![]),
        ("text=phonics&places_left=yes&provider=school&state=published".to_owned(), vec!["B"]),
        ("from=2026-11-02&to=2026-11-03".to_owned(), vec!["B", "C"]),
        ("from=2026-11-04&to=2026-11-04".to_owned(), vec!["D"]),
        ("sort=-starts_at".to_owned(), vec!["D", "C", "B", "A"]),
        ("sort=-starts_at&from=2026-11-02&to=2026-11-03".to_owned(), vec!["C", "B"]),
        ("sort=starts_at&kind=cpd_programme".to_owned(), vec!["B", "D"]),
    ] {
        for limit in ["", "&limit=1"] {
            assert_eq!(hub.manager().titles(&format!("/v1/events?{query}{limit}")).await, found, "{query}{limit}");
        }
    }
    let entry = &hub.manager().all("/v1/events?kind=conference").await[0];
    for (field, value) in [
        ("places_left", json!(0)),
        ("capacity", json!(1)),
        ("price", json!("12.50")),
        ("programme_title", json!("Annual Conference")),
        ("waiting", json!(0)),
    ] {
        assert_eq!(entry[field], value, "{field}");
    }
    assert_eq!(entry["provider"]["name"], "West London");
    // What is called off or over has no places left.
    hub.manager().post(&format!("/v1/events/{off}/cancel"), json!({ "reason": "Snow" })).await.ok();
    for (left, found) in [("yes", ["B", "D"]), ("no", ["A", "C"])] {
        assert_eq!(hub.manager().titles(&format!("/v1/events?places_left={left}")).await, found, "{left}");
    }
}

async fn days_are_those_of_london(hub: TestHub) {
    let programme = hub.programme(json!({})).await;
    // British Summer Time ends on 25 October 2026: this is half past midnight of the 21st, and this half past eleven of the 31st.
    hub.draft_event(&programme, on("Summer", "2026-10-20T23:30")).await;
    hub.draft_event(&programme, on("Winter", "2026-10-31T23:30")).await;
    for (query, found) in [
        ("to=2026-10-20", vec![]),
        ("from=2026-10-21&to=2026-10-21", vec!["Summer"]),
        ("from=2026-10-22&to=2026-10-30", vec![]),
        ("from=2026-10-31&to=2026-10-31", vec!["Winter"]),
        ("from=2026-11-01", vec![]),
        ("from=1900-01-01&to=2200-12-31", vec!["Summer", "Winter"]),
    ] {
        assert_eq!(hub.manager().titles(&format!("/v1/events?{query}")).await, found, "{query}");
    }
}

async fn queries_are_read_strictly(hub: TestHub) {
    let get = async |query: &str| hub.manager().get(&format!("/v1/events?{query}")).await;
    get("kind=party&phase=x&priority_id=x&provider=us&from=x&to=2026-02-30&places_left=maybe&state=open&sort=title&limit=0&colour=red&text=").await.invalid(&[
        ("kind", "invalid"), ("phase", "invalid"), ("priority_id", "invalid"), ("provider", "invalid"), ("from", "invalid"), ("to", "invalid"), ("places_left", "invalid"),
        ("state", "invalid"), ("sort", "invalid"), ("limit", "invalid"), ("colour", "unknown_field"), ("text", "invalid"),
    ]);
    get("from=2026-11-02&to=2026-11-01").await.invalid(&[("to", "invalid")]);
    get("kind=conference&kind=conference").await.invalid(&[("kind", "duplicate_field")]);
    for cursor in ["zz", "00", ""] {
        get(&format!("after={cursor}")).await.invalid(&[("after", "invalid")]);
    }
}

async fn a_forged_cursor_shows_nothing_that_the_filter_hides(hub: TestHub) {
    let programme = hub.programme(json!({})).await;
    for (title, day) in [("A", "2026-11-01T09:00"), ("B", "2026-11-02T09:00"), ("C", "2026-11-03T09:00")] {
        hub.draft_event(&programme, on(title, day)).await;
    }
    let cursor = |at: &str| {
        json!([at, "00000000-0000-0000-0000-000000000000"])
            .to_string()
            .bytes()
            .map(|b| format!("{b:02x}"))
            .collect::<String>()
    };
    for (at, order, found) in [
        ("1000-01-01T00:00:00Z", "starts_at", vec!["B"]),
        ("9999-01-01T00:00:00Z", "starts_at", vec![]),
        ("1000-01-01T00:00:00Z", "-starts_at", vec![]),
        ("9999-01-01T00:00:00Z", "-starts_at", vec!["B"]),
    ] {
        let page = hub
            .manager()
            .titles(&format!("/v1/events?from=2026-11-02&to=2026-11-02&sort={order}&after={}", cursor(at)))
            .await;
        assert_eq!(page, found, "{at} {order}");
    }
}

async fn pages_stay_whole_while_events_are_added(hub: TestHub) {
    let (programme, manager) = (hub.programme(json!({})).await, hub.manager());
    for (order, word) in [("starts_at", "earliest"), ("-starts_at", "latest")] {
        let mut expected = Vec::new();
        for n in 0..6 {
            // Three and three start at the same time.
            let title = format!("{word} {n}");
            hub.draft_event(&programme, on(&title, if n < 3 { "2026-11-10T09:00" } else { "2026-11-11T09:00" })).await;
            expected.push(title);
        }
        if order == "-starts_at" {
            expected.reverse();
        }
        let (mut seen, mut next) = (Vec::new(), String::new());
        for page in 0.. {
            let path = format!("/v1/events?sort={order}&text={word}&limit=2{next}");
            let reply = manager.get(&path).await;
            let answer = reply.ok();
            seen.extend(
                answer["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap().to_owned()),
            );
            // One before what was read, one after all.
            for day in ["2026-10-10T09:00", "2026-12-10T09:00"] {
                manager.add("/v1/events", new_event(&programme, on(&format!("{word} new {page}"), day))).await;
            }
            let Some(cursor) = answer["next"].as_str() else { break };
            assert!(
                reply.header("link").unwrap().contains(cursor)
                    && reply.header("link").unwrap().contains("rel=\"next\""),
                "{reply}"
            );
            next = format!("&after={cursor}");
            if seen.len() > 20 {
                break;
            }
        }
        let old: Vec<_> = seen.iter().filter(|title| !title.contains("new")).cloned().collect();
        assert_eq!(old, expected, "each once, in order");
        let mut once = seen.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), seen.len(), "{seen:?}");
        for event in manager.all("/v1/events").await {
            assert_eq!(event["state"], "draft");
        }
    }
}

async fn what_has_not_changed_is_not_sent_again(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let programme = hub.programme(json!({})).await;
    let event = hub.published_event(&programme, on("A", "2026-11-10T09:00")).await;
    let draft = hub.draft_event(&programme, on("B", "2026-11-11T09:00")).await;
    let paths = [
        "/v1/events?kind=cpd_programme&limit=1".to_owned(),
        format!("/v1/events/{event}"),
        "/v1/programmes".to_owned(),
        format!("/v1/programmes/{programme}"),
    ];
    let kept = async |caller: &Client| {
        let mut tags = Vec::new();
        for path in &paths {
            let reply = caller.get(path).await;
            reply.ok();
            assert_eq!(
                (reply.header("cache-control"), reply.header("vary")),
                (Some("no-store"), Some("Accept")),
                "{reply}"
            );
            tags.push(reply.etag());
        }
        tags
    };
    let status = async |caller: &Client, path: &str, tag: &str| {
        let reply = caller.get(path).header("if-none-match", tag).await;
        if reply.status == 304 {
            assert!(reply.body.is_empty(), "{reply}");
            assert_eq!((reply.etag(), reply.header("cache-control")), (tag.to_owned(), Some("no-store")));
        }
        reply.status
    };
    let (teachers, leads) = (kept(&teacher).await, kept(&lead).await);
    for ((path, mine), other) in paths.iter().zip(&teachers).zip(&leads) {
        assert_eq!(status(&teacher, path, mine).await, 304);
        assert_eq!(status(&teacher, path, other).await, 200, "another role's");
        assert_eq!(status(&teacher, path, &format!("{mine}x")).await, 200);
        assert_eq!(status(&teacher, path, "*").await, 200);
    }
    assert_eq!(status(&teacher, "/v1/events?kind=cpd_programme&limit=2", &teachers[0]).await, 200, "another page's");
    assert_eq!(teacher.get(&paths[0]).as_csv().header("if-none-match", &teachers[0]).await.status, 200, "another form");
    assert_eq!(teacher.get(&format!("/v1/events/{draft}")).header("if-none-match", &teachers[1]).await.status, 404);

    let mut before = teachers;
    lead.book_for(&event, &teacher).await.created();
    for changed in ["a booking", "a publication"] {
        for (path, old) in paths.iter().zip(&before) {
            assert_eq!(status(&teacher, path, old).await, 200, "{changed}");
        }
        let after = kept(&teacher).await;
        assert!(after.iter().zip(&before).all(|(new, old)| new != old), "{changed}: {after:?}");
        for (path, new) in paths.iter().zip(&after) {
            assert_eq!(status(&teacher, path, new).await, 304, "{changed}");
        }
        before = after;
        if changed == "a booking" {
            hub.manager().post(&format!("/v1/events/{draft}/publish"), None).await.ok();
        }
    }
    assert_eq!(teacher.get(&paths[1]).await.ok()["places_left"], 19);
}

async fn a_tag_that_was_kept_is_good_for_a_change(hub: TestHub) {
    let (manager, programme) = (hub.manager(), hub.programme(json!({})).await);
    let event = hub.draft_event(&programme, on("A", "2026-11-10T09:00")).await;
    for path in [format!("/v1/events/{event}"), format!("/v1/programmes/{programme}")] {
        let tag = manager.get(&path).await.etag();
        hub.priority(&format!("Priority of {path}")).await;
        let changed = manager.patch(&path, &tag, json!({ "title": "B" })).await;
        assert_eq!(changed.ok()["title"], "B", "others wrote meanwhile, but not this record");
        manager.patch(&path, &tag, json!({ "title": "C" })).await.refused(412, "stale");
        manager.patch(&path, &changed.etag(), json!({ "title": "C" })).await.ok();
    }
}

async fn the_catalogue_is_a_table_that_no_spreadsheet_runs(hub: TestHub) {
    let programme = hub.programme(json!({ "title": "+SUM(A1)" })).await;
    hub.draft_event(&programme, on("=HYPERLINK(\"https://x.example\"), and more", "2026-11-10T09:00")).await;
    hub.draft_event(&programme, on("@risk", "2026-11-11T09:00")).await;
    let table = hub.manager().get("/v1/events?limit=1").as_csv().await;
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(table.header("link").is_some());
    let text = table.sheet();
    let mut lines = text.lines();
    assert!(
        lines.next().unwrap().starts_with("id,title,state,kind,programme_title,provider.kind,provider.name,"),
        "{text}"
    );
    let line = lines.next().unwrap();
    assert!(
        line.contains(
            ",\"'=HYPERLINK(\"\"https://x.example\"\"), and more\",draft,cpd_programme,'+SUM(A1),hub,West London,"
        ),
        "{line}"
    );
    assert!(line.ends_with(",12.50,20,20,0,,,2026/27,,,false") && lines.next().is_none(), "{line}");
}
