//! Who sees what of events, and who may do what with them: every role at every way to the same thing.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, TestHub, new_event, new_session, operation_of, with};

const LINK: &str = "https://meet.example/room-7";

/// The path of a link to this service.
fn path<'a>(who: &Client, link: &'a Value) -> &'a str {
    link.as_str().unwrap().strip_prefix(who.address()).expect("a link to this service")
}

/// The titles of what a feed shows, in order.
async fn shown(who: &Client, path: &str) -> Vec<String> {
    let mut titles: Vec<String> = who.get(path).await.calendar().into_iter().map(|entry| entry.summary).collect();
    titles.sort_unstable();
    titles
}

fn given_by_partner(partner: &str) -> Value {
    json!({ "provider": { "kind": "partner", "partner_id": partner } })
}

/// A session online, with nowhere else to go.
fn online(host: Option<&Client>) -> Value {
    let session = json!({ "place": null, "online_url": LINK, "host_id": host.map(Client::id) });
    with(new_session("2026-11-12T09:00"), session)
}

both_engines!(
    a_feed_shows_what_the_catalogue_shows,
    a_joining_link_is_for_who_has_a_place_and_who_runs_the_event,
    a_draft_that_is_hidden_is_nowhere,
    a_check_in_code_is_for_the_delegate_their_lead_and_the_manager,
    a_partner_asks_the_hub_to_change_what_was_agreed,
    an_invitation_of_somebody_disabled_gives_no_token,
    a_deputy_books_for_others_alone_as_in_a_group
);

async fn a_feed_shows_what_the_catalogue_shows(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (one, one_of_one) = hub.partner("Hamilton").await;
    let (two, one_of_two) = hub.partner("Lingua").await;
    for (title, over) in [("Hub", json!({})), ("One", given_by_partner(&one)), ("Two", given_by_partner(&two))] {
        let programme = hub.programme(over).await;
        hub.draft_event(&programme, json!({ "title": format!("{title} draft") })).await;
        hub.published_event(&programme, json!({ "title": format!("{title} published") })).await;
    }
    for who in [hub.manager(), hub.viewer().await, lead, teacher, one_of_one, one_of_two] {
        let mut expected = who.titles("/v1/events").await;
        expected.sort_unstable();
        assert_eq!(shown(&who, "/v1/events.ics").await, expected);
        let link = who.post("/v1/me/calendar", None).await.created();
        assert_eq!(shown(&hub.world.stranger(), path(&who, &link["programme_url"])).await, expected);
    }
}

async fn a_joining_link_is_for_who_has_a_place_and_who_runs_the_event(hub: TestHub) {
    let (provider, provider_lead, host) = hub.funded_school("Heston Community School", "0").await;
    let (school, lead, delegate) = hub.funded_school("Lampton Academy", "100").await;
    let (asking, cancelled, nobody, waiting) = (
        hub.teacher(&school).await,
        hub.teacher(&school).await,
        hub.teacher(&school).await,
        hub.teacher(&school).await,
    );
    let (_, partner) = hub.partner("Hamilton").await;
    let programme = hub.programme(json!({ "provider": { "kind": "school", "school_id": provider.id } })).await;
    let event = hub
        .published_event(&programme, json!({ "title": "Online", "capacity": 2, "sessions": [online(Some(&host))] }))
        .await;
    let session = hub.sessions(&event).await.remove(0);
    let given_up = lead.book_for(&event, &cancelled).await.created();
    lead.act(&given_up, "cancel").await.ok();
    lead.book_for(&event, &delegate).await.created();
    asking.book(&event).await.created();
    assert_eq!(waiting.book(&event).await.created()["state"], "waitlisted");

    let ways = [
        format!("/v1/events/{event}"),
        format!("/v1/events/{event}/sessions"),
        format!("/v1/events/{event}/sessions/{session}"),
        format!("/v1/events/{event}.ics"),
        "/v1/events.ics".to_owned(),
    ];
    let (viewer, stranger) = (hub.viewer().await, hub.world.stranger());
    for (who, told) in [
        (&hub.manager(), true),
        (&viewer, true),
        (&provider_lead, true),
        (&host, true),
        (&delegate, true),
        (&lead, false),
        (&asking, false),
        (&waiting, false),
        (&cancelled, false),
        (&nobody, false),
    ] {
        for way in &ways {
            let answer = who.get(way).await.text();
            assert_eq!(answer.contains(LINK), told, "{way}: {answer}");
        }
        let table = who.get(&format!("/v1/events/{event}/sessions")).as_csv().await.sheet();
        assert_eq!((table.contains(LINK), table.contains(",true,")), (told, true), "{table}");
        // A catalogue that was read while there was a place is read anew when there is none.
        let link = who.post("/v1/me/calendar", None).await.created();
        for feed in ["bookings_url", "programme_url"] {
            let feed = stranger.get(path(who, &link[feed])).await;
            assert!(!feed.text().contains(LINK), "{feed}");
        }
    }
    let own = async |who: &Client| who.get("/v1/me/calendar.ics").await.calendar().remove(0);
    assert_eq!((own(&delegate).await.location.as_str(), own(&asking).await.location.as_str()), (LINK, "Online"));
    partner.get(&format!("/v1/events/{event}")).await.refused(404, "not_found");

    // With the place the link goes, also from what the delegate has kept.
    let tag = delegate.get(&ways[0]).await.etag();
    let place = delegate.all("/v1/me/bookings").await.remove(0);
    delegate.act(&place, "cancel").await.ok();
    let after = delegate.get(&ways[0]).header("if-none-match", &tag).await;
    assert!(!after.ok().to_string().contains(LINK));
    assert!(hub.manager().get(&ways[0]).await.ok().to_string().contains(LINK));
}

async fn a_draft_that_is_hidden_is_nowhere(hub: TestHub) {
    let (school, lead, host) = hub.funded_school("Lampton Academy", "100").await;
    let (partner, own) = hub.partner("Hamilton").await;
    let (_, other) = hub.partner("Lingua").await;
    for (over, sees, hidden_from) in [
        (
            json!({ "provider": { "kind": "school", "school_id": school.id } }),
            hub.manager(),
            vec![&lead, &host, &own, &other],
        ),
        (given_by_partner(&partner), own.clone(), vec![&lead, &host, &other]),
    ] {
        let programme = hub.programme(over).await;
        let draft = hub.draft_event(&programme, json!({ "sessions": [online(Some(&host))] })).await;
        let session = hub.sessions(&draft).await.remove(0);
        let ways = [
            "",
            ".ics",
            "/sessions",
            &format!("/sessions/{session}"),
            &format!("/sessions/{session}/register"),
            "/register",
            "/needs",
            "/evaluations",
            "/evaluations/comments",
            "/bookings",
            "/waiting-list",
        ];
        for way in ways {
            let path = format!("/v1/events/{draft}{way}");
            assert_eq!(sees.get(&path).await.status, 200, "{path}");
            for who in &hidden_from {
                let refused = who.get(&path).await;
                assert!(matches!(refused.status, 403 | 404), "{path}: {refused}");
                let published = format!("/v1/events/{}{way}", uuid::Uuid::nil());
                assert_eq!(who.get(&published).await.status, refused.status, "{path} tells that it is there");
            }
        }
        let marks = json!({ "marks": [] });
        for who in &hidden_from {
            who.put(&format!("/v1/events/{draft}/sessions/{session}/register"), marks.clone())
                .await
                .refused(404, "not_found");
        }
    }
}

async fn a_check_in_code_is_for_the_delegate_their_lead_and_the_manager(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (_, other_lead, other) = hub.funded_school("Heston Community School", "100").await;
    let (partner, person) = hub.partner("Hamilton").await;
    let programme = hub.programme(given_by_partner(&partner)).await;
    let event = hub.published_event(&programme, json!({})).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    let path = format!("/v1/bookings/{}/check-in-code", booking["id"].as_str().unwrap());
    for (who, status) in [
        (&teacher, 200),
        (&lead, 200),
        (&hub.manager(), 200),
        (&hub.viewer().await, 403),
        (&person, 403),
        (&other, 404),
        (&other_lead, 404),
    ] {
        for form in ["application/json", "text/plain", "image/png", "image/svg+xml"] {
            assert_eq!(who.get(&path).header("accept", form).await.status, status);
        }
    }
}

async fn a_partner_asks_the_hub_to_change_what_was_agreed(hub: TestHub) {
    let (partner, person) = hub.partner("Hamilton").await;
    let programme = hub.programme(given_by_partner(&partner)).await;
    hub.open_year("2026/27").await;
    let event = person.add("/v1/events", new_event(&programme, json!({}))).await;
    let (at, policy) = (format!("/v1/events/{event}"), json!({ "basis": "working_days", "tiers": [] }));
    let agreed = [
        (json!({ "price": "13" }), "/price"),
        (json!({ "capacity": 21 }), "/capacity"),
        (json!({ "capacity": 19 }), "/capacity"),
        (json!({ "policy": policy }), "/policy"),
        (json!({ "admission": { "participant_price": "99" } }), "/admission/participant_price"),
    ];
    let change = async |who: &Client, change: Value| {
        let tag = who.get(&at).await.etag();
        who.patch(&at, &tag, change).await
    };
    change(&person, json!({ "price": "12", "capacity": 30 })).await.ok();
    change(&person, json!({ "price": "12.50", "capacity": 20 })).await.ok();
    hub.manager().post(&format!("{at}/publish"), None).await.ok();
    let before = person.get(&at).await.ok();
    for (over, pointer) in &agreed {
        let refused = change(&person, over.clone()).await.refused(403, "ask_the_hub");
        assert_eq!(
            (&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]),
            (&json!(pointer), &json!("ask_the_hub"))
        );
    }
    let both =
        change(&person, json!({ "price": "1", "policy": policy, "title": "New" })).await.refused(403, "ask_the_hub");
    assert_eq!(both["errors"].as_array().unwrap().len(), 2);
    assert_eq!(person.get(&at).await.ok(), before, "nothing was changed");
    // What says the same, and what is the partner's own, is taken.
    change(
        &person,
        json!({ "title": "Leading change", "price": "12.5", "capacity": 20, "admission": { "max_per_school": 4 } }),
    )
    .await
    .ok();
    for (over, _) in agreed {
        change(&hub.manager(), over).await.ok();
    }
}

async fn an_invitation_of_somebody_disabled_gives_no_token(hub: TestHub) {
    let (_, _, teacher) = hub.funded_school("Lampton Academy", "0").await;
    let (manager, stranger) = (hub.manager(), hub.world.stranger());
    let invited = manager.post(&format!("/v1/people/{}/invite", teacher.id()), None).await.created();
    let link = operation_of(&invited["link"]);
    let link = link.as_str();
    stranger.get(link).await.ok();
    manager.post(&format!("/v1/people/{}/disable", teacher.id()), None).await.ok();
    stranger.get(link).await.refused(404, "not_found");
    stranger.post(link, None).no_key().await.refused(404, "not_found");
}

async fn a_deputy_books_for_others_alone_as_in_a_group(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (_, _, foreign) = hub.funded_school("Heston Community School", "100").await;
    let (deputy, colleague) = (hub.teacher(&school).await, hub.teacher(&school).await);
    let event = hub.published_event(&hub.programme(json!({})).await, json!({})).await;
    deputy.book_for(&event, &teacher).await.refused(400, "invalid_request");
    let named = json!({ "person_id": deputy.id(), "ends_on": "2026-12-31" });
    lead.post(&format!("/v1/schools/{}/deputies", school.id), named).await.created();
    let alone = deputy.book_for(&event, &teacher).await.created();
    let group = deputy.book_group(&event, &[&colleague], json!({})).await.ok();
    let grouped = &group["results"][0]["booking"];
    for booking in [&alone, grouped] {
        assert_eq!(
            (&booking["state"], &booking["approved_by"], &booking["requested_by"]),
            (&json!("confirmed"), &json!(deputy.id()), &json!(deputy.id()))
        );
    }
    deputy.book_for(&event, &foreign).await.refused(400, "invalid_request");
    lead.set_approval(&school, json!({ "own_approval": false })).await.ok();
    assert_eq!(deputy.book(&event).await.created()["state"], "requested", "their own is for somebody else to approve");
    teacher.book_for(&event, &deputy).await.refused(400, "invalid_request");
    hub.verified().await;
}
