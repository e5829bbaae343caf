//! What letters about places say beside their sentence: where and how each session is, what was moved and from when, what
//! came back, what a ticket covers, what an offer costs; and which have the sessions as a file.

use chrono::TimeDelta;
use hub_credits::programme::programmes::admission::Admission;
use hub_credits::sending::Sender;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, MailServer, TestHub, new_session, with};

both_engines!(
    each_session_says_where_it_is_and_who_has_a_place_how_to_join,
    a_move_says_what_moved_and_from_when_to_leads_too,
    of_a_session_added_or_called_off_it_is_said_which_and_why,
    whoever_has_a_place_has_its_sessions_as_a_file,
    a_request_and_an_offer_say_what_they_cost,
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

/// The last letter to somebody, after whatever is due was sent.
async fn last_letter(hub: &TestHub, server: &MailServer, who: &Client) -> Value {
    while sender(hub, server).go().await.unwrap().sent > 0 {}
    let email = who.get("/v1/me").await.ok()["email"].clone();
    server.letters().into_iter().rfind(|letter| letter["to"][1] == email).unwrap()
}

/// The same as text.
async fn last(hub: &TestHub, server: &MailServer, who: &Client) -> String {
    last_letter(hub, server, who).await["text"].as_str().unwrap().to_owned()
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
    let strict = json!({ "basis": "calendar_days", "tiers": [] });
    let event = two_sessions(&hub, json!({ "capacity": 1, "policy": strict })).await;
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
    let moved = "A session of Oracy has been moved, that of Thursday 19 November 2026, 9am to 10am.";
    let until = "Until Saturday 17 October 2026, 1pm";
    says(&text, &[moved, &format!("{until} your place can be cancelled free of charge.")]);
    assert_eq!(text.matches("It was:").count(), 1, "the first did not move: {text}");
    let text = last(&hub, &server, &lead).await;
    says(&text, &[moved, was, "Your school: ", &name(&teacher).await, &name(&waiting).await]);
    says(&text, &[&format!("{until} your school’s places can be cancelled free of charge.")]);
    let text = last(&hub, &server, &waiting).await;
    says(&text, &[moved, was]);
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

async fn of_a_session_added_or_called_off_it_is_said_which_and_why(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let (_, lead, teacher) = hub.funded_school("Chiswick School", "100").await;
    let event = two_sessions(&hub, json!({})).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    let (manager, second) = (hub.manager(), hub.sessions(&event).await.remove(1));
    let off = async |session: &str, reason: &str| {
        hub.world.pass(TimeDelta::minutes(1));
        let path = format!("/v1/events/{event}/sessions/{session}/cancel");
        manager.post(&path, json!({ "reason": reason })).await.ok();
    };
    off(&second, "The speaker is ill").await;
    for who in [&teacher, &lead] {
        let letter = last_letter(&hub, &server, who).await;
        assert_eq!(letter["subject"], "Oracy: a session is called off");
        let text = letter["text"].as_str().unwrap();
        let gone = "Thursday 19 November 2026, 9am to 10am";
        says(text, &[&format!("A session of Oracy has been called off, that of {gone}: “The speaker is ill”.")]);
        says(text, &[&format!("Called off: {gone}; Lampton Academy, and online")]);
        // Until 29 October all comes back anyway.
        says_nothing_of(text, &["free of charge", "has been moved"]);
    }
    hub.world.pass(TimeDelta::minutes(1));
    let added = manager.post(&format!("/v1/events/{event}/sessions"), new_session("2026-11-26T09:00")).await.created();
    let letter = last_letter(&hub, &server, &teacher).await;
    assert_eq!(letter["subject"], "Oracy: a session is added");
    let (text, new) = (letter["text"].as_str().unwrap(), "Thursday 26 November 2026, 9am to 10am");
    says(text, &[&format!("A session of Oracy has been added: {new}."), &format!("Session 2, added: {new}")]);
    says_nothing_of(text, &["Called off", "Session 1, added", "19 November"]);

    off(added["id"].as_str().unwrap(), "Too few come").await;
    for who in [&teacher, &lead] {
        let text = last(&hub, &server, who).await;
        says(&text, &[&format!("Called off: {new}; Lampton Academy"), "“Too few come”"]);
        says_nothing_of(&text, &["19 November", "The speaker is ill"]);
    }
    let notices = hub.tab(&teacher).await.get("/notices").await.words();
    says(&notices, &["“The speaker is ill”", "“Too few come”", &format!("A session of Oracy has been added: {new}.")]);
    for path in [format!("/events/{event}"), format!("/places/{}", booking["id"].as_str().unwrap())] {
        let words = hub.tab(&teacher).await.get(&path).await.words();
        says(&words, &["“The speaker is ill”", &format!("{new}: “Too few come”")]);
    }
}

/// The names of what goes along with the last letter to somebody.
async fn files(hub: &TestHub, server: &MailServer, who: &Client) -> Vec<Value> {
    let letter = last_letter(hub, server, who).await;
    letter["attachments"].as_array().into_iter().flatten().map(|file| file["name"].clone()).collect()
}

async fn whoever_has_a_place_has_its_sessions_as_a_file(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let (school, lead, teacher) = hub.funded_school("Chiswick School", "100").await;
    let colleague = hub.teacher(&school).await;
    let programme = hub.programme(json!({})).await;
    let run = json!({ "title": "Second", "sessions": [new_session("2026-11-20T09:00")] });
    let (first, second) =
        (hub.published_event(&programme, json!({})).await, hub.published_event(&programme, run).await);
    let calendar = ["calendar.ics"];
    let asked = teacher.book(&first).await.created();
    assert!(files(&hub, &server, &lead).await.is_empty());
    lead.act(&asked, "approve").await.ok();
    assert_eq!(files(&hub, &server, &teacher).await, calendar);
    says(&last(&hub, &server, &teacher).await, &["is approved", "Attached are the sessions for your calendar."]);

    let act = |booking: &Value, what: &str| format!("/v1/bookings/{}/{what}", booking["id"].as_str().unwrap());
    let moved = lead.post(&act(&asked, "transfer"), json!({ "event_id": second })).await.created();
    says(&last(&hub, &server, &teacher).await, &["was moved to another run"]);
    assert_eq!(files(&hub, &server, &teacher).await, calendar);
    lead.post(&act(&moved, "substitute"), json!({ "person_id": colleague.id() })).await.ok();
    says(&last(&hub, &server, &colleague).await, &["it is yours now"]);
    assert_eq!(files(&hub, &server, &colleague).await, calendar);
    assert!(files(&hub, &server, &teacher).await.is_empty(), "it is theirs no more");

    let path = format!("/v1/events/{second}/sessions/{}", hub.sessions(&second).await[0]);
    let later = json!({ "starts_at": "2026-11-27T09:00:00Z", "ends_at": "2026-11-27T10:00:00Z" });
    hub.manager().patch(&path, &hub.manager().get(&path).await.etag(), later).await.ok();
    says(&last(&hub, &server, &colleague).await, &["Second has been moved."]);
    assert_eq!(files(&hub, &server, &colleague).await, calendar);
    assert!(files(&hub, &server, &lead).await.is_empty(), "it is not theirs");
}

async fn a_request_and_an_offer_say_what_they_cost(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let (school, lead, teacher) = hub.funded_school("Chiswick School", "100").await;
    let colleague = hub.teacher(&school).await;
    teacher.book(&two_sessions(&hub, json!({})).await).await.created();
    let terms = "If cancelled: all 10 credits back until Thursday 29 October 2026, \
                 5 credits back until Wednesday 4 November 2026, then nothing";
    says(&last(&hub, &server, &lead).await, &["Cost: 10 credits", terms]);
    says(&hub.tab(&lead).await.get("/approvals").await.words(), &[terms]);

    let admission = Admission { offer_hours: Some(48), ..Admission::default() };
    let event = hub.event(EventPlan { capacity: 1, price: "30", admission, ..EventPlan::default() }).await;
    let held = lead.book_for(&event, &teacher).await.created();
    lead.book_for(&event, &colleague).await.created();
    hub.manager().act(&held, "cancel").await.ok();
    let text = last(&hub, &server, &colleague).await;
    says(&text, &["accept it by", "Cost: 30 credits"]);
    says_nothing_of(&text, &["Your school has", "Left if accepted"]);
    while sender(&hub, &server).go().await.unwrap().sent > 0 {}
    let email = lead.get("/v1/me").await.ok()["email"].clone();
    let offers = |letter: &Value| {
        letter["to"][1] == email && letter["subject"].as_str().unwrap().ends_with("a place has come free")
    };
    let letter = server.letters().into_iter().find(offers).unwrap();
    // What was asked for before is paid already.
    says(
        letter["text"].as_str().unwrap(),
        &["Cost: 30 credits", "Your school has: 90 credits", "Left if accepted: 60 credits"],
    );
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
    says(&text, &["You were on its waiting list; nothing was paid."]);
    says_nothing_of(&text, &["Came back", "Whatever was paid"]);
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
