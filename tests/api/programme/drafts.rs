//! What partners draft and the hub publishes: who sees it, who is told, and who changes it then.

use reqwest::Method;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{
    Client, Extent, MailServer, Operation, Reply, TestHub, new_event, new_programme, new_session, nobody, operations,
    sample, unique, with,
};

/// What somebody was told, the newest first: the kind, and the titles of the programme and the event.
async fn told(who: &Client) -> Vec<[Value; 3]> {
    let notices = who.all("/v1/me/notices").await;
    notices.iter().map(|told| ["kind", "programme_title", "event_title"].map(|field| told[field].clone())).collect()
}

fn of_programme(kind: &str, title: &str) -> [Value; 3] {
    [json!(kind), json!(title), Value::Null]
}

fn of_event(kind: &str, title: &str) -> [Value; 3] {
    [json!(kind), Value::Null, json!(title)]
}

fn given_by(partner: &str) -> Value {
    json!({ "provider": { "kind": "partner", "partner_id": partner } })
}

both_engines!(
    a_programme_of_a_partner_is_seen_when_the_hub_has_published_it,
    an_event_of_a_partner_waits_for_the_hub,
    an_event_of_a_published_programme_says_who_drafted_it,
    a_draft_is_sent_back_or_withdrawn,
    what_was_agreed_is_changed_by_the_hub,
    a_partner_finds_nothing_of_others
);

async fn a_programme_of_a_partner_is_seen_when_the_hub_has_published_it(hub: TestHub) {
    let (school, manager) = (hub.school("Lampton Academy").await, hub.manager());
    let (lead, teacher, viewer) = (hub.lead(&school).await, hub.teacher(&school).await, hub.viewer().await);
    let ((_, partner), (_, other)) = (hub.partner("Language Line").await, hub.partner("Music Trust").await);
    let theirs = hub.programme(json!({ "title": "The hub's" })).await;
    assert_eq!(manager.get(&format!("/v1/programmes/{theirs}")).await.ok()["state"], "published");
    let draft = partner.post("/v1/programmes", new_programme(json!({ "title": "Bilingual learners" }))).await.created();
    assert_eq!(draft["state"], "draft");
    let path = format!("/v1/programmes/{}", draft["id"].as_str().unwrap());
    for who in [&partner, &manager, &viewer] {
        assert_eq!(who.get(&path).await.ok(), draft);
        assert!(who.titles("/v1/programmes").await.contains(&"Bilingual learners".to_owned()));
    }
    for who in [&lead, &teacher, &other, &hub.world.hub("Elsewhere").await.manager()] {
        who.get(&path).await.refused(404, "not_found");
        assert!(!who.titles("/v1/programmes").await.contains(&"Bilingual learners".to_owned()));
    }
    assert_eq!(told(&manager).await, [of_programme("programme_drafted", "Bilingual learners")]);
    for who in [&partner, &lead, &viewer] {
        who.post(&format!("{path}/publish"), None).await.refused(403, "forbidden");
    }
    hub.world.hub("South").await.manager().post(&format!("{path}/publish"), None).await.refused(404, "not_found");
    let published = manager.post(&format!("{path}/publish"), None).await.ok();
    assert_eq!(published, with(draft, json!({ "state": "published" })));
    manager.post(&format!("{path}/publish"), None).await.refused(409, "invalid_transition");
    for who in [&lead, &teacher] {
        assert_eq!(who.get(&path).await.ok(), published);
    }
    assert_eq!(told(&partner).await, [of_programme("programme_published", "Bilingual learners")]);
    assert_eq!((told(&other).await, told(&viewer).await), (Vec::new(), Vec::new()));
}

async fn an_event_of_a_partner_waits_for_the_hub(hub: TestHub) {
    hub.year("2026/27").await;
    let (lead, manager) = (hub.lead(&hub.school("Lampton Academy").await).await, hub.manager());
    let (_, partner) = hub.partner("Language Line").await;
    let programme = partner.add("/v1/programmes", new_programme(json!({ "title": "Bilingual learners" }))).await;
    let event = partner.add("/v1/events", new_event(&programme, json!({ "title": "Autumn" }))).await;
    let path = format!("/v1/events/{event}");
    let copy = partner.post(&format!("{path}/copy"), json!({ "starts_on": "2026-11-26", "title": "Winter" })).await;
    let copy = format!("/v1/events/{}", copy.created()["id"].as_str().unwrap());
    let drafted = of_programme("programme_drafted", "Bilingual learners");
    assert_eq!(told(&manager).await, [drafted], "its events wait with it");
    let said = "Language Line has drafted the programme Bilingual learners: it waits for you to publish it.";
    let page = hub.tab(&manager).await.get("/notices").await.words();
    assert!(page.contains(said), "{page}");
    lead.get(&path).await.refused(404, "not_found");
    partner.delete(&copy).header("if-match", "\"1\"").await.is(204);
    assert_eq!(told(&manager).await.len(), 1);
    partner.patch(&path, "\"1\"", json!({ "price": "10", "sessions": [new_session("2026-11-19T09:00")] })).await.ok();
    manager.post(&format!("{path}/publish"), None).await.ok();
    let both = [json!("event_published"), json!("Bilingual learners"), json!("Autumn")];
    assert_eq!(told(&partner).await, [both], "once of what is published together");
    let said = "The hub has published your event Autumn, and with it the programme Bilingual learners.";
    let page = hub.tab(&partner).await.get("/notices").await.words();
    assert!(page.contains(said), "{page}");
    lead.get(&path).await.ok();
    assert_eq!(lead.get(&format!("/v1/programmes/{programme}")).await.ok()["state"], "published");
    hub.draft_event(&programme, json!({ "title": "The manager's own" })).await;
    assert_eq!(told(&manager).await.len(), 1, "a manager is not told of what managers draft");
    hub.verified().await;
}

async fn an_event_of_a_published_programme_says_who_drafted_it(hub: TestHub) {
    hub.year("2026/27").await;
    let (manager, (_, partner)) = (hub.manager(), hub.partner("Language Line").await);
    let programme = partner.add("/v1/programmes", new_programme(json!({ "title": "Bilingual learners" }))).await;
    manager.post(&format!("/v1/programmes/{programme}/publish"), None).await.ok();
    let (post, me) = (MailServer::start(), manager.get("/v1/me").await.ok()["email"].clone());
    let event = partner.add("/v1/events", new_event(&programme, json!({ "title": "Autumn" }))).await;
    assert_eq!(told(&manager).await[0], of_event("event_drafted", "Autumn"));
    if let Some(post) = post {
        let settings = post.settings();
        let sender = hub.world.sender(|given| given.mail = Some(settings.clone()));
        while sender.go().await.unwrap().sent > 0 {}
        let letter = post.letters().into_iter().rfind(|letter| letter["to"][1] == me).unwrap();
        let text = letter["text"].as_str().unwrap();
        for said in [
            "Language Line has drafted the event Autumn: it waits for you to publish it.",
            "Programme: Bilingual learners",
            "Price of a place: 12.50 credits",
            "Places: 20",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
    }
    // A draft that is gone waits no longer.
    partner.delete(&format!("/v1/events/{event}")).header("if-match", "\"1\"").await.is(204);
    assert_eq!(told(&manager).await.len(), 1);
}

async fn a_draft_is_sent_back_or_withdrawn(hub: TestHub) {
    hub.year("2026/27").await;
    let (manager, (_, partner), (_, other)) =
        (hub.manager(), hub.partner("Language Line").await, hub.partner("Music Trust").await);
    let id = partner.add("/v1/programmes", new_programme(json!({ "title": "Bilingual learners" }))).await;
    let path = format!("/v1/programmes/{id}");
    let back = |who: &Client| who.post(&format!("{path}/send-back"), json!({ "reason": "Say for which phase" }));
    back(&partner).await.refused(403, "forbidden");
    let returned = back(&manager).await.ok();
    assert_eq!([&returned["state"], &returned["returned_because"]], ["draft", "Say for which phase"]);
    assert_eq!(partner.get(&path).await.ok(), returned);
    assert_eq!(told(&partner).await, [of_programme("programme_returned", "Bilingual learners")]);
    // Once it is changed it waits again.
    let changed = partner.patch(&path, "\"2\"", json!({ "phase": "primary" })).await.ok();
    assert_eq!(changed["returned_because"], Value::Null);
    let waits = of_programme("programme_drafted", "Bilingual learners");
    assert_eq!(told(&manager).await, [waits.clone(), waits]);
    let event = partner.add("/v1/events", new_event(&id, json!({}))).await;
    let withdraw = async |who: &Client, version: &str| who.delete(&path).header("if-match", version).await;
    withdraw(&other, "\"3\"").await.refused(404, "not_found");
    withdraw(&partner, "\"3\"").await.refused(409, "in_use");
    partner.delete(&format!("/v1/events/{event}")).header("if-match", "\"1\"").await.is(204);
    withdraw(&partner, "\"2\"").await.refused(412, "stale");
    withdraw(&partner, "\"3\"").await.is(204);
    for who in [&partner, &manager] {
        who.get(&path).await.refused(404, "not_found");
        assert_eq!(told(who).await, Vec::<[Value; 3]>::new(), "what is gone waits no longer");
    }
    // What is published stays.
    let id = partner.add("/v1/programmes", new_programme(json!({}))).await;
    manager.post(&format!("/v1/programmes/{id}/publish"), None).await.ok();
    let path = format!("/v1/programmes/{id}");
    partner.delete(&path).header("if-match", "\"2\"").await.refused(409, "invalid_transition");
    manager.post(&format!("{path}/send-back"), json!({ "reason": "No" })).await.refused(409, "invalid_transition");
}

async fn what_was_agreed_is_changed_by_the_hub(hub: TestHub) {
    hub.year("2026/27").await;
    let (manager, (_, partner)) = (hub.manager(), hub.partner("Language Line").await);
    let priority = hub.priority("Great teaching").await;
    let programme = partner.add("/v1/programmes", new_programme(json!({}))).await;
    let event = partner.add("/v1/events", new_event(&programme, json!({}))).await;
    let session = hub.sessions(&event).await.remove(0);
    let [programme, event] = [format!("/v1/programmes/{programme}"), format!("/v1/events/{event}")];
    let session = format!("{event}/sessions/{session}");
    let change = async |who: &Client, path: &str, body: &Value| {
        let tag = who.get(path).await.etag();
        who.patch(path, &tag, body.clone()).await
    };
    let agreed = [
        (&programme, json!({ "kind": "conference" }), "/kind"),
        (&programme, json!({ "phase": "primary" }), "/phase"),
        (&programme, json!({ "priority_id": priority }), "/priority_id"),
        (&event, json!({ "attendance": { "threshold_percent": 55 } }), "/attendance"),
        (&event, json!({ "evaluation_required": true }), "/evaluation_required"),
        (&session, json!({ "place": "Town Hall" }), "/place"),
        (&session, json!({ "ends_at": "2026-11-12T10:30:00Z" }), "/ends_at"),
        (&session, json!({ "starts_at": "2026-11-12T08:30:00Z" }), "/starts_at"),
    ];
    let undo = [
        (&programme, json!({ "kind": "cpd_programme", "phase": null, "priority_id": null })),
        (&event, json!({ "attendance": { "threshold_percent": 50 }, "evaluation_required": false })),
        (
            &session,
            json!({ "place": "Lampton Academy", "starts_at": "2026-11-12T09:00:00Z", "ends_at": "2026-11-12T10:00:00Z" }),
        ),
    ];
    for (path, body) in
        agreed.iter().map(|(path, body, _)| (path, body)).chain(undo.iter().map(|(path, body)| (path, body)))
    {
        change(&partner, path, body).await.ok();
    }
    manager.post(&format!("{event}/publish"), None).await.ok();
    for (path, body, pointer) in &agreed {
        let before = partner.get(path).await.ok();
        let refused = change(&partner, path, body).await.refused(403, "ask_the_hub");
        assert_eq!(refused["errors"][0]["pointer"], *pointer);
        assert_eq!(partner.get(path).await.ok(), before, "nothing was changed");
    }
    partner.post(&format!("{event}/sessions"), new_session("2026-12-01T09:00")).await.refused(403, "ask_the_hub");
    // What says the same, and what is the partner's own, is taken.
    for (path, body) in &undo {
        change(&partner, path, body).await.ok();
    }
    let own = [
        (&programme, json!({ "title": "Bilingual learners", "description": "For all phases" })),
        (&event, json!({ "title": "Autumn" })),
        (&session, json!({ "title": "First words", "speaker": "Dr Adé", "online_url": "https://meet.example/room-7" })),
    ];
    for (path, body) in &own {
        change(&partner, path, body).await.ok();
    }
    for (path, body, _) in &agreed {
        change(&manager, path, body).await.ok();
    }
    hub.verified().await;
}

/// What an operation answers about a record, or about none.
async fn ask(who: &Client, operation: &Operation, id: &str, session: &str) -> Reply {
    let path = operation.at(|parameter| if parameter == "session" { session.to_owned() } else { id.to_owned() });
    let request = who.request(operation.method.parse::<Method>().unwrap(), &path).header("if-match", "\"1\"");
    let request = request.key(&format!("drafts-{}", unique()));
    match operation.body_type() {
        Some(_) => {
            let schema = &operation.description["requestBody"]["content"]["application/json"]["schema"];
            request.json(&sample(schema, Extent::Required)).await
        }
        None => request.await,
    }
}

async fn a_partner_finds_nothing_of_others(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let ((partner, own), (_, other)) = (hub.partner("Hamilton").await, hub.partner("Lingua").await);
    let programme = hub.programme(given_by(&partner)).await;
    let event = hub.published_event(&programme, json!({})).await;
    let session = hub.sessions(&event).await.remove(0);
    let booking = lead.book_for(&event, &teacher).await.created()["id"].as_str().unwrap().to_owned();
    let drafted = own.add("/v1/programmes", new_programme(json!({}))).await;
    let draft = own.add("/v1/events", new_event(&drafted, json!({}))).await;
    let draft_session = hub.sessions(&draft).await.remove(0);
    let of_hub = hub.published_event(&hub.programme(json!({})).await, json!({})).await;
    let session_of_hub = hub.sessions(&of_hub).await.remove(0);
    hub.owe(&partner, "5").await;
    let stated = json!({ "up_to": hub.world.today() });
    let settlement = hub.manager().add(&format!("/v1/partners/{partner}/settlements"), stated).await;
    let account = hub.manager().all("/v1/accounts?kind=payable").await.remove(0)["id"].as_str().unwrap().to_owned();
    let records = [
        ("programmes", &programme, &session),
        ("programmes", &drafted, &session),
        ("events", &event, &session),
        ("events", &draft, &draft_session),
        ("events", &of_hub, &session_of_hub),
        ("bookings", &booking, &session),
        ("partners", &partner, &session),
        ("settlements", &settlement, &session),
        ("accounts", &account, &session),
    ];
    let mut missed = 0;
    for operation in operations().iter().filter(|operation| operation.roles().contains(&"partner")) {
        let collection = operation.path.split('/').nth(2).unwrap_or_default();
        let of_one = operation.path.contains("{id}");
        for (_, id, session) in records.iter().filter(|(of, ..)| of_one && *of == collection) {
            let reply = ask(&other, operation, id, session).await;
            let nothing = ask(&other, operation, &nobody(), &nobody()).await;
            let asked = format!("{} {}", operation.method, operation.path);
            assert!(matches!(reply.status, 400 | 404), "{asked}: {reply}");
            assert_eq!(reply.status, nothing.status, "{asked} tells that it is there");
            missed += usize::from(reply.status == 404);
        }
        if operation.method == "GET" && !operation.path.contains('{') {
            let listed = other.get(&operation.path).await.text();
            for (_, id, _) in records {
                assert!(!listed.contains(id.as_str()), "{} lists {id}", operation.path);
            }
        }
    }
    assert!(missed > 60, "only {missed} were asked");
    // Their own they find: the delegates by name and school.
    let delegates = own.all(&format!("/v1/events/{event}/bookings")).await;
    assert_eq!((delegates.len(), &delegates[0]["school_name"]), (1, &json!("Lampton Academy")));
    assert!(delegates[0]["person_name"].is_string());
    hub.verified().await;
}
