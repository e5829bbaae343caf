//! What letters about places say beside their sentence: where and how each session is, what was moved and from when, what
//! came back, what a ticket covers.

use hub_credits::sending::Sender;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, MailServer, TestHub, new_session, with};

both_engines!(
    each_session_says_where_it_is_and_who_has_a_place_how_to_join,
    a_move_says_what_moved_and_from_when_to_leads_too,
    what_is_called_off_says_when_it_was_to_be_and_what_came_back,
    a_place_that_is_given_up_says_what_came_back,
    a_ticket_says_what_it_covers_and_until_when
);

fn sender(hub: &TestHub, server: &MailServer) -> Sender {
    let mail = server.settings();
    hub.world.sender(|settings| settings.mail = Some(mail))
}

async fn name(who: &Client) -> String {
    who.get("/v1/me").await.ok()["name"].as_str().unwrap().to_owned()
}

/// The last letter to somebody, as text, after whatever is due was sent.
async fn last(hub: &TestHub, server: &MailServer, who: &Client) -> String {
    while sender(hub, server).go().await.unwrap().sent > 0 {}
    let email = who.get("/v1/me").await.ok()["email"].clone();
    let letter = server.letters().into_iter().rfind(|letter| letter["to"][1] == email);
    letter.unwrap()["text"].as_str().unwrap().to_owned()
}

fn says(text: &str, words: &[&str]) {
    for said in words {
        assert!(text.contains(said), "{said}: {text}");
    }
}

fn says_nothing_of(text: &str, words: &[&str]) {
    for said in words {
        assert!(!text.contains(said), "{said}: {text}");
    }
}

/// An event with two sessions in one room, the second online too.
async fn two_sessions(hub: &TestHub, over: Value) -> String {
    let programme = hub.programme(json!({})).await;
    let second = with(new_session("2026-11-19T09:00"), json!({ "online_url": "https://meet.example/join" }));
    let event = json!({ "title": "Oracy", "price": "10", "sessions": [new_session("2026-11-12T09:00"), second] });
    hub.published_event(&programme, with(event, over)).await
}

async fn each_session_says_where_it_is_and_who_has_a_place_how_to_join(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let (_, lead, teacher) = hub.funded_school("Chiswick School", "100").await;
    let asked = teacher.book(&two_sessions(&hub, json!({})).await).await.created();
    let waits = last(&hub, &server, &lead).await;
    says(
        &waits,
        &["Session 1: Thursday 12 November 2026", "Where: Lampton Academy\n", "Where: Lampton Academy, and online"],
    );
    says_nothing_of(&waits, &["meet.example"]);
    lead.act(&asked, "approve").await.ok();
    let approved = last(&hub, &server, &teacher).await;
    says(&approved, &["Where: Lampton Academy, and online", "Join: https://meet.example/join"]);
}

async fn a_move_says_what_moved_and_from_when_to_leads_too(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let (school, lead, teacher) = hub.funded_school("Chiswick School", "100").await;
    let waiting = hub.teacher(&school).await;
    let event = two_sessions(&hub, json!({ "capacity": 1 })).await;
    let asked = teacher.book(&event).await.created();
    lead.act(&asked, "approve").await.ok();
    waiting.book(&event).await.created();
    hub.world.at("2026-10-10T12:00:00Z");
    let path = format!("/v1/events/{event}/sessions/{}", hub.sessions(&event).await[1]);
    let tag = hub.manager().get(&path).await.etag();
    let moved = json!({ "starts_at": "2026-11-26T09:00:00Z", "ends_at": "2026-11-26T10:00:00Z", "place": "Heston" });
    hub.manager().patch(&path, &tag, moved).await.ok();
    let text = last(&hub, &server, &teacher).await;
    let was = "It was: Thursday 19 November 2026, 9am to 10am; Lampton Academy, and online";
    says(&text, &["Session 2: Thursday 26 November 2026, 9am to 10am\nWhere: Heston, and online", was]);
    says(&text, &["your place can be cancelled free of charge"]);
    assert_eq!(text.matches("It was:").count(), 1, "the first did not move: {text}");
    let text = last(&hub, &server, &lead).await;
    says(&text, &["Oracy has been moved.", was, "Your school: ", &name(&teacher).await, &name(&waiting).await]);
    let text = last(&hub, &server, &waiting).await;
    says(&text, &["Oracy has been moved.", was]);
    says_nothing_of(&text, &["free of charge"]);
    let page = hub.tab(&waiting).await.get("/places").await;
    let place = page
        .page()
        .all("a")
        .iter()
        .find_map(|link| link.attribute("href").filter(|path| path.starts_with("/places/")).map(str::to_owned));
    let words = hub.tab(&waiting).await.get(&place.unwrap()).await.words();
    says_nothing_of(&words, &["free of charge"]);
}

async fn what_is_called_off_says_when_it_was_to_be_and_what_came_back(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let (school, lead, teacher) = hub.funded_school("Chiswick School", "100").await;
    let waiting = hub.teacher(&school).await;
    let event = hub.event(EventPlan::of(1, "10")).await;
    lead.book_for(&event, &teacher).await.created();
    lead.book_for(&event, &waiting).await.created();
    let reason = json!({ "reason": "The hall is flooded" });
    hub.manager().post(&format!("/v1/events/{event}/cancel"), reason).key("off").await.ok();
    let text = last(&hub, &server, &teacher).await;
    says(&text, &["It was to be: ", "30 November 2026", "Came back: 10 credits, to Chiswick School"]);
    let text = last(&hub, &server, &waiting).await;
    says(&text, &["It was to be: "]);
    says_nothing_of(&text, &["Came back", "Everything that was paid"]);
    let text = last(&hub, &server, &lead).await;
    let (paid, free) = (name(&teacher).await, name(&waiting).await);
    says(&text, &["It was to be: ", &format!("{paid}: 10 credits came back")]);
    says(&text, &[&format!("{free}: nothing had been paid")]);
}

async fn a_place_that_is_given_up_says_what_came_back(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let (_, lead, teacher) = hub.funded_school("Chiswick School", "100").await;
    let booked = teacher.book(&hub.event(EventPlan::of(5, "10")).await).await.created();
    lead.act(&booked, "approve").await.ok();
    teacher.act(&booked, "cancel").await.ok();
    let text = last(&hub, &server, &lead).await;
    says(&text, &["has given up their place", "Came back: 10 credits, to Chiswick School"]);
    says_nothing_of(&text, &["Kept by the event"]);
}

async fn a_ticket_says_what_it_covers_and_until_when(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let (_, _, teacher) = hub.funded_school("Chiswick School", "0").await;
    let terms = json!({
        "name": "Fabulinus Ticket", "covers": { "kinds": ["conference", "meet_the_expert"] }, "valid_months": 12,
        "returns": { "rule": "always" }, "needs_approval": false,
    });
    let of = hub.manager().add("/v1/ticket-types", terms).await;
    let ticket = json!({ "ticket_type_id": of, "person_id": teacher.id(), "valid_until": "2027-01-31" });
    hub.manager().add("/v1/tickets", ticket).await;
    let text = last(&hub, &server, &teacher).await;
    says(
        &text,
        &["the Fabulinus Ticket", "Covers: conferences; Meet the Expert", "Can be used: until Sunday 31 January 2027"],
    );
    says(&text, &["See what it pays for:\nhttps://hub.example/places"]);
}
