//! What people choose to be sent, and when.

use chrono::TimeDelta;
use hub_credits::sending::Sender;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, MailServer, TestHub};

both_engines!(
    a_digest_has_all_that_waited_in_one_letter,
    in_quiet_hours_nothing_comes_but_what_can_not_wait,
    a_link_in_a_letter_stops_its_topic_alone,
    what_waits_for_a_decision_is_put_together_and_not_stopped_by_a_click,
    a_reminder_goes_by_itself_with_its_files,
    what_can_not_be_chosen_is_refused
);

fn sender(hub: &TestHub, server: &MailServer) -> Sender {
    let mail = server.settings();
    hub.world.sender(|settings| settings.mail = Some(mail))
}

async fn choose(who: &Client, choices: Value, quiet: [Value; 2]) -> Value {
    let [from, until] = quiet;
    who.put("/v1/me/letters", json!({ "choices": choices, "quiet_from": from, "quiet_until": until })).await.ok()
}

const NEVER_QUIET: [Value; 2] = [Value::Null, Value::Null];

/// Books so many places, which the lead approves.
async fn approved(hub: &TestHub, lead: &Client, teacher: &Client, weeks: std::ops::Range<i64>) {
    for week in weeks {
        let plan = EventPlan { starts_in: TimeDelta::weeks(week), ..EventPlan::of(10, "10") };
        let booking = teacher.book(&hub.event(plan).await).await.created();
        lead.act(&booking, "approve").await.ok();
    }
}

/// The letters to somebody.
async fn to(who: &Client, server: &MailServer) -> Vec<Value> {
    let email = who.get("/v1/me").await.ok()["email"].clone();
    server.letters().into_iter().filter(|letter| letter["to"][1] == email).collect()
}

async fn a_digest_has_all_that_waited_in_one_letter(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "1000").await;
    let chosen = choose(&teacher, json!([{ "topic": "places", "way": "digest" }]), NEVER_QUIET).await;
    assert_eq!(
        chosen["choices"][1],
        json!({ "topic": "places", "way": "digest", "can_be_changed": true, "can_be_gathered": true })
    );
    approved(&hub, &lead, &teacher, 8..11).await;
    sender.go().await.unwrap();
    assert!(to(&teacher, &server).await.is_empty());
    let gathered = hub.manager().all("/v1/letters?state=gathered").await;
    assert_eq!(gathered.len(), 3);
    assert!(gathered.iter().all(|letter| letter["due_at"] == "2026-10-06T06:00:00Z"), "{gathered:#?}");
    hub.world.at("2026-10-06T05:59:59Z");
    assert_eq!(sender.go().await.unwrap().sent, 0);
    hub.world.at("2026-10-06T06:00:00Z");
    assert_eq!(sender.go().await.unwrap().sent, 1);
    assert_eq!(sender.go().await.unwrap().sent, 0);
    let [digest] = to(&teacher, &server).await.try_into().unwrap();
    assert_eq!(digest["subject"], "3 notices from West London");
    let text = digest["text"].as_str().unwrap();
    assert_eq!(text.matches("Your place on Spring conference is approved.").count(), 3, "{text}");
    assert_eq!(text.matches("https://hub.example/places/").count(), 3, "{text}");
    assert!(hub.manager().all("/v1/letters?state=gathered").await.is_empty());
    // What is alone comes as it is.
    approved(&hub, &lead, &teacher, 11..12).await;
    sender.go().await.unwrap();
    hub.world.at("2026-10-07T06:00:00Z");
    sender.go().await.unwrap();
    assert_eq!(to(&teacher, &server).await[1]["subject"], "Spring conference: the place is approved");
}

async fn in_quiet_hours_nothing_comes_but_what_can_not_wait(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "1000").await;
    let chosen = choose(&teacher, json!([]), [json!("09:00"), json!("12:30")]).await;
    assert_eq!((&chosen["quiet_from"], &chosen["quiet_until"]), (&json!("09:00"), &json!("12:30")));
    approved(&hub, &lead, &teacher, 8..9).await;
    sender.go().await.unwrap();
    assert!(to(&teacher, &server).await.is_empty(), "it is ten o'clock in London");
    hub.world.at("2026-10-05T11:30:00Z");
    sender.go().await.unwrap();
    assert!(
        to(&teacher, &server)
            .await
            .iter()
            .any(|letter| letter["subject"] == "Spring conference: the place is approved")
    );
    assert_eq!(teacher.get("/v1/me/letters").await.ok()["quiet_until"], "12:30");
    let none = choose(&teacher, json!([]), NEVER_QUIET).await;
    assert_eq!(none["quiet_from"], Value::Null);
}

async fn a_link_in_a_letter_stops_its_topic_alone(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "1000").await;
    approved(&hub, &lead, &teacher, 8..9).await;
    sender.go().await.unwrap();
    let letter = to(&teacher, &server).await.remove(0);
    let headers = &letter["headers"];
    assert_eq!(headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
    let link = headers["list-unsubscribe"].as_str().unwrap().trim_matches(['<', '>']);
    let path = link.strip_prefix("https://hub.example").unwrap();
    let word = path.strip_prefix("/letters/stop/").unwrap();
    assert!(letter["text"].as_str().unwrap().contains(&format!("https://hub.example/letters/stop/{word}")));
    let stranger = hub.world.stranger();
    stranger.post("/v1/letters/stop/another", None).await.refused(404, "not_found");
    let other = if word.starts_with('A') { "B" } else { "A" };
    stranger.post(&format!("/v1/letters/stop/{other}{}", &word[1..]), None).await.refused(404, "not_found");
    let way = async |topic: usize| teacher.get("/v1/me/letters").await.ok()["choices"][topic]["way"].clone();
    assert_eq!(way(1).await, "at_once", "nothing has been stopped yet");
    for _ in 0..2 {
        stranger.one_click(path).await;
    }
    assert_eq!((way(0).await, way(1).await), (json!("at_once"), json!("none")));
    // The address that older letters named works still.
    stranger.post(&format!("/v1/letters/stop/{word}"), None).await.is(204);
    approved(&hub, &lead, &teacher, 9..10).await;
    sender.go().await.unwrap();
    assert_eq!(to(&teacher, &server).await.len(), 1);
    let mut stopped = hub.manager().all("/v1/letters?state=unwanted").await;
    stopped.retain(|letter| letter["person_id"] == teacher.id());
    let [stopped] = stopped.try_into().unwrap();
    assert_eq!(stopped["reason"], "they do not want it by e-mail");
    assert_eq!(teacher.all("/v1/me/notices").await.len(), 2, "it stands among the notices");
}

async fn what_waits_for_a_decision_is_put_together_and_not_stopped_by_a_click(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "1000").await;
    teacher.book(&hub.event(EventPlan::of(10, "10")).await).await.created();
    sender.go().await.unwrap();
    let letter = to(&lead, &server).await.remove(0);
    let link = letter["headers"]["list-unsubscribe"].as_str().unwrap().trim_matches(['<', '>']);
    let path = link.strip_prefix("https://hub.example").unwrap();
    let stranger = hub.world.stranger();
    let click = async || {
        stranger.one_click(path).await;
        lead.get("/v1/me/letters").await.ok()["choices"][0]["way"].clone()
    };
    assert_eq!(click().await, "digest");
    choose(&lead, json!([{ "topic": "to_do", "way": "none" }]), NEVER_QUIET).await;
    assert_eq!(click().await, "none", "who has chosen none stays without");
}

async fn a_reminder_goes_by_itself_with_its_files(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "1000").await;
    choose(&teacher, json!([{ "topic": "places", "way": "digest" }]), NEVER_QUIET).await;
    approved(&hub, &lead, &teacher, 8..11).await;
    // A week before the first of them, and the digest of the morning after.
    hub.world.at("2026-11-23T09:00:00Z");
    hub.world.round().await;
    sender.go().await.unwrap();
    hub.world.at("2026-11-24T07:00:00Z");
    sender.go().await.unwrap();
    let letters = to(&teacher, &server).await;
    let reminder = letters.iter().find(|letter| letter["subject"] == "Spring conference: it begins soon").unwrap();
    assert_eq!(reminder["attachments"].as_array().unwrap().len(), 2, "{reminder:#}");
    assert!(reminder["text"].as_str().unwrap().contains("Where: "), "{reminder:#}");
    assert!(letters.iter().any(|letter| letter["subject"] == "3 notices from West London"), "{letters:#?}");
}

async fn what_can_not_be_chosen_is_refused(hub: TestHub) {
    let viewer = hub.viewer().await;
    let choose = async |choices: Value, from: Value, until: Value| {
        viewer.put("/v1/me/letters", json!({ "choices": choices, "quiet_from": from, "quiet_until": until })).await
    };
    let off = json!([{ "topic": "security", "way": "none" }]);
    choose(off, Value::Null, Value::Null).await.invalid(&[("/choices", "invalid")]);
    let gathered = json!([{ "topic": "calendar", "way": "digest" }]);
    choose(gathered, Value::Null, Value::Null).await.invalid(&[("/choices", "invalid")]);
    choose(json!([]), json!("22:00"), Value::Null).await.invalid(&[("/quiet_until", "invalid")]);
    choose(json!([]), json!("22:00"), json!("22:00")).await.invalid(&[("/quiet_until", "invalid")]);
    choose(json!([]), json!("25:00"), json!("7:00"))
        .await
        .invalid(&[("/quiet_from", "invalid"), ("/quiet_until", "invalid")]);
    let mine = viewer.get("/v1/me/letters").await.ok();
    let choices = mine["choices"].as_array().unwrap();
    let once = |choice: &Value| choice["way"] == if choice["topic"] == "calendar" { "none" } else { "at_once" };
    assert!(choices.iter().all(once));
    assert_eq!(choices.iter().filter(|choice| choice["can_be_changed"] == false).count(), 1);
}
