//! What the hub writes to the delegates of an event and to CPD leads: looked at first, sent once, logged; by e-mail as each
//! has chosen.

use std::future::IntoFuture;

use futures_util::future::join_all;
use hub_credits::sending::Sender;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, MailServer, TestHub, nobody, with};

both_engines!(
    what_is_looked_at_is_what_is_sent,
    each_sort_of_delegates_is_written_to,
    leads_of_all_schools_or_of_some_are_written_to,
    placeholders_that_stand_for_nothing_are_refused_by_name,
    what_does_not_fit_its_audience_is_refused,
    what_is_sent_twice_at_once_goes_out_once,
    hostile_words_are_text_and_nothing_else,
    what_people_chose_holds_for_messages_too,
    a_message_is_logged_with_its_words,
    another_hub_sees_nothing_of_it,
    who_is_erased_or_merged_has_their_messages_no_more
);

const PATH: &str = "/v1/announcements";

fn sender(hub: &TestHub, server: &MailServer) -> Sender {
    let mail = server.settings();
    hub.world.sender(|settings| settings.mail = Some(mail))
}

/// A message to the delegates of an event.
fn to_delegates(event: &str, over: Value) -> Value {
    with(
        json!({ "audience": "delegates", "event_id": event, "subject": "Before {{event}}", "words": "Dear {{name}}" }),
        over,
    )
}

/// A message to all leads.
fn to_leads(over: Value) -> Value {
    with(json!({ "audience": "leads", "subject": "News for {{school}}", "words": "Dear {{name}}" }), over)
}

async fn preview(hub: &TestHub, message: &Value, person: Option<&Client>) -> Value {
    let asked = with(message.clone(), json!({ "person_id": person.map(Client::id) }));
    hub.manager().post("/v1/announcements/preview", asked).await.ok()
}

/// What somebody was told of messages.
async fn told(who: &Client) -> Vec<Value> {
    let of_hub = |notice: &Value| ["event_message", "leads_message"].contains(&notice["kind"].as_str().unwrap());
    who.all("/v1/me/notices").await.into_iter().filter(of_hub).collect()
}

async fn name(who: &Client) -> String {
    who.get("/v1/me").await.ok()["name"].as_str().unwrap().to_owned()
}

/// The letters to somebody.
async fn letters(who: &Client, server: &MailServer) -> Vec<Value> {
    let email = who.get("/v1/me").await.ok()["email"].clone();
    server.letters().into_iter().filter(|letter| letter["to"][1] == email).collect()
}

fn names(preview: &Value) -> Vec<&str> {
    preview["people"].as_array().unwrap().iter().map(|person| person["person_id"].as_str().unwrap()).collect()
}

/// A teacher of a funded school with a place on an event, and another of another school.
async fn two_delegates(hub: &TestHub) -> (String, Client, Client) {
    let (_, lead, one) = hub.funded_school("Chiswick School", "100").await;
    let (_, other_lead, two) = hub.funded_school("Heston Community School", "100").await;
    let event = hub.event(EventPlan::of(10, "10")).await;
    lead.book_for(&event, &one).await.created();
    other_lead.book_for(&event, &two).await.created();
    (event, one, two)
}

async fn what_is_looked_at_is_what_is_sent(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let (event, one, two) = two_delegates(&hub).await;
    sender.go().await.unwrap();
    let before = server.count();
    let words = "Dear {{name}} of {{school}},\n\n{{event}} is on {{ date }} at {{time}}, at {{place}}.\nSee https://hub.example/map.\n\nBring a pen.";
    let message = to_delegates(&event, json!({ "subject": "{{event}}: what to bring, {{name}}", "words": words }));
    let mut shown = Vec::new();
    for (who, school) in [(&one, "Chiswick School"), (&two, "Heston Community School")] {
        let seen = preview(&hub, &message, Some(who)).await;
        let name = name(who).await;
        assert_eq!(seen["subject"], format!("Spring conference: what to bring, {name}"));
        assert_eq!(
            seen["text"],
            format!(
                "Dear {name} of {school},\n\nSpring conference is on 30 November 2026 at 9am, at Lampton Academy.\nSee https://hub.example/map.\n\nBring a pen."
            )
        );
        assert_eq!(
            (&seen["receivers"], &seen["person_id"], &seen["name"]),
            (&json!(2), &json!(who.id()), &json!(name))
        );
        shown.push(seen);
    }
    assert_eq!(names(&shown[0]), [one.id(), two.id()]);
    assert_eq!(shown[0]["people"][1]["school_name"], "Heston Community School");
    // Whose is shown where nobody is named, is the first.
    assert_eq!(preview(&hub, &message, None).await["person_id"], one.id());
    sender.go().await.unwrap();
    assert_eq!((server.count(), told(&one).await.len()), (before, 0), "nothing was sent yet");

    let sent = hub.manager().post(PATH, message).await.created();
    assert_eq!((&sent["receivers"], &sent["delegates"]), (&json!(2), &json!("with_place")));
    sender.go().await.unwrap();
    assert_eq!(server.count(), before + 2);
    for (who, seen) in [(&one, &shown[0]), (&two, &shown[1])] {
        let letter = letters(who, &server).await.pop().unwrap();
        assert_eq!(letter["subject"], seen["subject"]);
        let (text, html) = (letter["text"].as_str().unwrap(), letter["html"].as_str().unwrap());
        assert!(text.contains(seen["text"].as_str().unwrap()), "{text}");
        assert!(html.contains("<a href=\"https://hub.example/map\"") && html.contains("Bring a pen.</p>"), "{html}");
        let page = format!("https://hub.example/messages/{}", sent["id"].as_str().unwrap());
        assert!(
            text.contains(&page) && text.contains("Mary Manager writes to the delegates of Spring conference:"),
            "{text}"
        );
        let [notice] = told(who).await.try_into().unwrap();
        assert_eq!(
            (&notice["subject"], &notice["announcement_id"], &notice["event_id"], &notice["due_at"]),
            (&seen["subject"], &sent["id"], &json!(event), &json!("2026-11-30T09:00:00Z"))
        );
        let got = who.get(&format!("/v1/me/announcements/{}", sent["id"].as_str().unwrap())).await.ok();
        assert_eq!((&got["subject"], &got["text"]), (&seen["subject"], &seen["text"]));
        assert_eq!((&got["sent_by_name"], &got["event_title"]), (&json!("Mary Manager"), &json!("Spring conference")));
        let held = who.get("/v1/me/data").await.ok()["held"].clone();
        assert!(held["notices"].to_string().contains("what to bring"), "{:#}", held["notices"]);
    }
}

async fn each_sort_of_delegates_is_written_to(hub: TestHub) {
    let (school, lead, asking) = hub.funded_school("Chiswick School", "100").await;
    let [one, gone, waiting, given_up] = [
        hub.teacher(&school).await,
        hub.teacher(&school).await,
        hub.teacher(&school).await,
        hub.teacher(&school).await,
    ];
    let event = hub.event(EventPlan::of(5, "10")).await;
    lead.book_for(&event, &one).await.created();
    lead.book_for(&event, &gone).await.created();
    let cancelled = lead.book_for(&event, &given_up).await.created();
    asking.book(&event).await.created();
    let places = json!({ "event_id": event, "delegates": [], "unnamed": { "places": 1, "names_by": "2026-11-20" } });
    assert!([200, 201].contains(&lead.post("/v1/bookings/groups", places).await.status));
    assert_eq!(lead.book_for(&event, &waiting).await.created()["state"], "waitlisted");
    let whom = async |which: &str| {
        let message = to_delegates(&event, json!({ "delegates": which }));
        let seen = preview(&hub, &message, None).await;
        let mut ids: Vec<String> = names(&seen).into_iter().map(str::to_owned).collect();
        ids.sort_unstable();
        ids
    };
    let sorted = |people: &[&Client]| {
        let mut ids: Vec<String> = people.iter().map(|person| person.id().to_owned()).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(whom("with_place").await, sorted(&[&one, &gone, &given_up]));
    assert_eq!(whom("waiting").await, sorted(&[&waiting]));
    assert_eq!(whom("all").await, sorted(&[&one, &gone, &given_up, &waiting, &asking]));
    hub.manager().post(&format!("/v1/people/{}/disable", gone.id()), None).await.ok();
    lead.act(&cancelled, "cancel").await.ok();
    let to_all = to_delegates(&event, json!({ "delegates": "all" }));
    let sent = hub.manager().post(PATH, to_all).await.created();
    // Whoever waited has the place that came free by then.
    assert_eq!(sent["receivers"], 3);
    for (who, count) in [(&one, 1), (&waiting, 1), (&asking, 1), (&given_up, 0), (&lead, 0)] {
        assert_eq!(told(who).await.len(), count, "{}", who.id());
    }
    // After the event it goes to those who had a place.
    let other = hub.event(EventPlan { starts_in: chrono::TimeDelta::weeks(9), ..EventPlan::of(4, "10") }).await;
    lead.book_for(&other, &one).await.created();
    hub.complete(&other).await;
    let thanks = to_delegates(&other, json!({ "subject": "Thank you" }));
    assert_eq!(hub.manager().post(PATH, thanks).await.created()["receivers"], 1);
    assert_eq!(told(&one).await[0]["due_at"], Value::Null);
}

async fn leads_of_all_schools_or_of_some_are_written_to(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let (chiswick, heston, bare) =
        (hub.school("Chiswick School").await, hub.school("Heston Community School").await, hub.school("Bare").await);
    let [one, second, two, gone] =
        [hub.lead(&chiswick).await, hub.lead(&chiswick).await, hub.lead(&heston).await, hub.lead(&heston).await];
    let teacher = hub.teacher(&chiswick).await;
    hub.manager().post(&format!("/v1/people/{}/disable", gone.id()), None).await.ok();
    let message = to_leads(json!({}));
    let seen = preview(&hub, &message, Some(&two)).await;
    assert_eq!(names(&seen), [one.id(), second.id(), two.id()]);
    assert_eq!(seen["subject"], "News for Heston Community School");
    let all = hub.manager().post(PATH, message).await.created();
    assert_eq!((&all["receivers"], &all["schools"], &all["event_id"]), (&json!(3), &Value::Null, &Value::Null));
    let some = to_leads(json!({ "school_ids": [chiswick.id, bare.id, chiswick.id] }));
    let some = hub.manager().post(PATH, some).await.created();
    assert_eq!((&some["receivers"], &some["schools"]), (&json!(2), &json!(2)));
    for (who, count) in [(&one, 2), (&second, 2), (&two, 1), (&gone, 0), (&teacher, 0)] {
        if count > 0 || who.id() == teacher.id() {
            assert_eq!(told(who).await.len(), count);
        }
    }
    sender.go().await.unwrap();
    let [letter] = letters(&two, &server).await.try_into().unwrap();
    assert_eq!(letter["subject"], "News for Heston Community School");
    let text = letter["text"].as_str().unwrap();
    assert!(text.contains("Mary Manager writes to CPD leads:\n\nDear Person") && !text.contains("Hello "), "{text}");
    for (schools, code) in [(json!([bare.id]), "nobody"), (json!([]), "invalid"), (json!([nobody()]), "unknown")] {
        let message = to_leads(json!({ "school_ids": schools }));
        hub.manager().post(PATH, message).await.invalid(&[("/school_ids", code)]);
    }
}

async fn placeholders_that_stand_for_nothing_are_refused_by_name(hub: TestHub) {
    let (event, ..) = two_delegates(&hub).await;
    let flawed = to_delegates(&event, json!({ "subject": "Dear {{nmae}}", "words": "On {{date" }));
    for path in [PATH, "/v1/announcements/preview"] {
        let refused = hub.manager().post(path, flawed.clone()).await;
        refused.invalid(&[("/subject", "invalid"), ("/words", "invalid")]);
        let text = refused.text();
        assert!(text.contains("{{nmae}} is no placeholder: there are {{name}}, {{school}}, {{event}}"), "{text}");
        assert!(text.contains("{{ must be followed by }}"), "{text}");
    }
    let of_event = to_leads(json!({ "words": "Come to {{event}}" }));
    let refused = hub.manager().post(PATH, of_event).await;
    refused.invalid(&[("/words", "invalid")]);
    assert!(refused.text().contains("{{event}} has no meaning for CPD leads"), "{refused}");
    hub.manager().post(PATH, to_leads(json!({ "words": " \n" }))).await.invalid(&[("/words", "invalid")]);
    assert!(hub.manager().all(PATH).await.is_empty());
}

async fn what_does_not_fit_its_audience_is_refused(hub: TestHub) {
    let (event, one, _) = two_delegates(&hub).await;
    let manager = hub.manager();
    let send = async |message: Value, wrong: (&str, &str)| manager.post(PATH, message).await.invalid(&[wrong]);
    send(json!({ "audience": "delegates", "subject": "a", "words": "b" }), ("/event_id", "missing")).await;
    send(to_delegates(&event, json!({ "school_ids": [nobody()] })), ("/school_ids", "invalid")).await;
    send(to_leads(json!({ "event_id": event })), ("/event_id", "invalid")).await;
    send(to_leads(json!({ "delegates": "all" })), ("/delegates", "invalid")).await;
    send(to_delegates(&nobody(), json!({})), ("/event_id", "unknown")).await;
    send(to_delegates(&event, json!({ "delegates": "waiting" })), ("/delegates", "nobody")).await;
    let stranger = with(to_leads(json!({})), json!({ "person_id": one.id() }));
    manager.post("/v1/announcements/preview", stranger).await.invalid(&[("/person_id", "unknown")]);
    manager.post(PATH, to_leads(json!({}))).no_key().await.refused(400, "idempotency_key_required");
    let draft = hub.event(EventPlan { published: false, ..EventPlan::of(4, "10") }).await;
    send(to_delegates(&draft, json!({ "delegates": "all" })), ("/delegates", "nobody")).await;
    assert!(manager.all(PATH).await.is_empty());
}

async fn what_is_sent_twice_at_once_goes_out_once(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let (event, one, two) = two_delegates(&hub).await;
    sender.go().await.unwrap();
    let before = server.count();
    let (manager, service) = (hub.manager(), hub.world.another_service(|_| ()));
    let message = to_delegates(&event, json!({}));
    let callers = (0..8).map(|n| if n % 2 == 0 { manager.clone() } else { manager.at(&service) });
    let replies = join_all(callers.map(|caller| caller.post(PATH, message.clone()).key("once").into_future())).await;
    let done: Vec<Value> = replies.iter().filter(|reply| reply.status == 201).map(|reply| reply.json()).collect();
    assert!(!done.is_empty() && done.iter().all(|sent| *sent == done[0]), "{done:?}");
    assert!(replies.iter().all(|reply| [201, 409].contains(&reply.status)));
    assert_eq!(manager.post(PATH, message.clone()).key("once").await.created(), done[0], "later too");
    let other = to_delegates(&event, json!({ "words": "Something else" }));
    manager.post(PATH, other).key("once").await.refused(422, "idempotency_key_reused");
    sender.go().await.unwrap();
    assert_eq!((manager.all(PATH).await.len(), server.count()), (1, before + 2));
    assert_eq!((told(&one).await.len(), told(&two).await.len()), (1, 1));
}

async fn hostile_words_are_text_and_nothing_else(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let (event, one, _) = two_delegates(&hub).await;
    let words = "<script>alert(1)</script> & <img src=x onerror=alert(2)>\n\njavascript:alert(3) data:text/html,x <a href=\"https://evil.example\">click</a>\nhttps://x.example/\"onmouseover=\"alert(4)\n\n{% if page %} ${7*7} {{name}}";
    let message = to_delegates(&event, json!({ "subject": "</title><script>alert(0)</script>", "words": words }));
    hub.manager().post(PATH, message).await.created();
    sender.go().await.unwrap();
    let letter = letters(&one, &server).await.pop().unwrap();
    assert_eq!(letter["subject"], "</title><script>alert(0)</script>");
    let (text, html) = (letter["text"].as_str().unwrap(), letter["html"].as_str().unwrap());
    assert!(text.contains("<script>alert(1)</script>") && text.contains("{% if page %} ${7*7} Person"), "{text}");
    for never in ["<script", "<img", "<a href=\"javascript", "href=\"data:", "\"onmouseover", " onerror=alert(2)>"] {
        assert!(!html.contains(never), "{never:?} in {html}");
    }
    let links: Vec<&str> = html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(links.iter().all(|link| link.starts_with("https://")), "{links:?}");
    assert!(links.contains(&"https://x.example/") && html.contains(">https://evil.example</a>"), "{html}");
}

async fn what_people_chose_holds_for_messages_too(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let (event, one, two) = two_delegates(&hub).await;
    sender.go().await.unwrap();
    let chosen =
        |way: &str| json!({ "choices": [{ "topic": "places", "way": way }], "quiet_from": null, "quiet_until": null });
    one.put("/v1/me/letters", chosen("none")).await.ok();
    two.put("/v1/me/letters", chosen("digest")).await.ok();
    let (mine, theirs) = (letters(&one, &server).await.len(), letters(&two, &server).await.len());
    hub.manager().post(PATH, to_delegates(&event, json!({}))).await.created();
    sender.go().await.unwrap();
    assert_eq!((letters(&one, &server).await.len(), letters(&two, &server).await.len()), (mine, theirs));
    let unwanted = hub.manager().all("/v1/letters?state=unwanted").await;
    assert!(unwanted.iter().any(|letter| letter["person_id"] == one.id()
        && letter["notice_kind"] == "event_message"
        && letter["reason"] == "they do not want it by e-mail"));
    assert_eq!(told(&one).await.len(), 1, "it stands among the notices");
    hub.world.at("2026-10-06T06:00:00Z");
    sender.go().await.unwrap();
    let digest = letters(&two, &server).await.pop().unwrap();
    assert_eq!(digest["subject"], "Before Spring conference");
    // One click stops what is of the topic.
    let stop = digest["headers"]["list-unsubscribe"].as_str().unwrap().trim_matches(['<', '>']).to_owned();
    let stop = stop.strip_prefix("https://hub.example").unwrap();
    hub.world.stranger().one_click(stop).await;
    let sent = letters(&two, &server).await.len();
    hub.manager().post(PATH, to_delegates(&event, json!({ "subject": "Again" }))).await.created();
    sender.go().await.unwrap();
    hub.world.at("2026-10-07T06:00:00Z");
    sender.go().await.unwrap();
    assert_eq!(letters(&two, &server).await.len(), sent);
    // What is written to leads is of another topic.
    let lead = hub.lead(&hub.school("Bare").await).await;
    lead.put("/v1/me/letters", chosen("none")).await.ok();
    hub.manager().post(PATH, to_leads(json!({}))).await.created();
    sender.go().await.unwrap();
    assert_eq!(letters(&lead, &server).await.len(), 1);
}

async fn a_message_is_logged_with_its_words(hub: TestHub) {
    let (event, one, _) = two_delegates(&hub).await;
    let manager = hub.manager();
    let mut sent = Vec::new();
    for (nth, message) in
        [to_delegates(&event, json!({})), to_leads(json!({})), to_delegates(&event, json!({ "delegates": "all" }))]
            .into_iter()
            .enumerate()
    {
        sent.push(manager.post(PATH, message).await.created());
        hub.world.pass(chrono::TimeDelta::seconds(nth as i64 + 1));
    }
    sent.reverse();
    assert_eq!(manager.all(PATH).await, sent, "the newest first");
    assert_eq!(manager.all(&format!("{PATH}?limit=1")).await, sent, "page by page");
    assert_eq!(manager.all(&format!("{PATH}?event_id={event}")).await, [sent[0].clone(), sent[2].clone()]);
    assert_eq!(manager.all(&format!("{PATH}?audience=leads")).await, [sent[1].clone()]);
    assert!(manager.all(&format!("{PATH}?audience=leads&event_id={event}")).await.is_empty());
    let first = &sent[2];
    assert_eq!(manager.get(&format!("{PATH}/{}", first["id"].as_str().unwrap())).await.ok(), *first);
    assert_eq!((&first["subject"], &first["words"]), (&json!("Before {{event}}"), &json!("Dear {{name}}")));
    assert_eq!(
        (&first["sent_by"], &first["sent_by_name"], &first["event_title"]),
        (&json!(manager.id()), &json!("Mary Manager"), &json!("Spring conference"))
    );
    let table = manager.get(PATH).as_csv().await.sheet();
    assert!(table.contains("Before {{event}}") && table.contains("Mary Manager"), "{table}");
    let audit = manager.all(&format!("/v1/audit?target={}", first["id"].as_str().unwrap())).await;
    assert_eq!((audit.len(), &audit[0]["act"]), (1, &json!("POST /v1/announcements")));
    let one_sent = format!("{PATH}/{}", first["id"].as_str().unwrap());
    let lead = hub.lead(&hub.school("Bare").await).await;
    let viewer = hub.viewer().await;
    assert_eq!(viewer.get(&one_sent).await.ok(), *first);
    for who in [&lead, &one] {
        who.get(PATH).await.refused(403, "forbidden");
        who.get(&one_sent).await.refused(403, "forbidden");
    }
    for who in [&viewer, &lead, &one] {
        who.post(PATH, to_leads(json!({}))).await.refused(403, "forbidden");
        who.post("/v1/announcements/preview", to_leads(json!({}))).await.refused(403, "forbidden");
    }
    // Who got none reads none.
    let mine = format!("/v1/me/announcements/{}", first["id"].as_str().unwrap());
    one.get(&mine).await.ok();
    for who in [&lead, &manager] {
        who.get(&mine).await.refused(404, "not_found");
    }
}

async fn another_hub_sees_nothing_of_it(hub: TestHub) {
    let (event, one, _) = two_delegates(&hub).await;
    let sent = hub.manager().post(PATH, to_delegates(&event, json!({}))).await.created();
    let other = hub.world.hub("Another").await;
    let school = other.school("Elsewhere").await;
    let (manager, lead) = (other.manager(), other.lead(&school).await);
    assert!(manager.all(PATH).await.is_empty());
    assert!(manager.all(&format!("{PATH}?event_id={event}")).await.is_empty());
    let id = sent["id"].as_str().unwrap();
    manager.get(&format!("{PATH}/{id}")).await.refused(404, "not_found");
    for who in [&manager, &lead] {
        who.get(&format!("/v1/me/announcements/{id}")).await.refused(404, "not_found");
    }
    manager.post(PATH, to_delegates(&event, json!({}))).await.invalid(&[("/event_id", "unknown")]);
    let mine = hub.manager().get("/v1/schools").await.ok()["items"][0]["id"].clone();
    manager.post(PATH, to_leads(json!({ "school_ids": [mine] }))).await.invalid(&[("/school_ids", "unknown")]);
    assert_eq!(names(&preview(&other, &to_leads(json!({})), None).await), [lead.id()]);
    assert_eq!(told(&one).await.len(), 1);
}

async fn who_is_erased_or_merged_has_their_messages_no_more(hub: TestHub) {
    let (school, lead, one) = hub.funded_school("Chiswick School", "100").await;
    let (kept, by) = (hub.teacher(&school).await, hub.new_manager().await);
    let event = hub.event(EventPlan::of(10, "10")).await;
    let other = hub.teacher(&school).await;
    for delegate in [&one, &other] {
        lead.book_for(&event, delegate).await.created();
    }
    let message = to_delegates(&event, json!({ "subject": "For {{name}}" }));
    let sent = by.post(PATH, message).await.created();
    let path = format!("/v1/me/announcements/{}", sent["id"].as_str().unwrap());
    let erased = name(&one).await;
    let erase = async |who: &Client| {
        let path = format!("/v1/people/{}/erase", who.id());
        let quote = hub.manager().get(&path).await.ok()["quote"].clone();
        hub.manager().post(&path, json!({ "quote": quote })).await.ok();
    };
    erase(&one).await;
    let mut tx = hub.world.db().read_everywhere().await.unwrap();
    let left: Vec<(Option<String>,)> =
        tx.query("SELECT subject FROM notices WHERE announcement_id IS NOT NULL").all().await.unwrap();
    drop(tx);
    assert_eq!(left.len(), 1);
    assert!(!left[0].0.as_ref().unwrap().contains(&erased), "{left:?}");
    let letters = hub.manager().all("/v1/letters").await;
    assert!(letters.iter().all(|letter| letter["person_id"] != one.id()));
    // What is kept of it says to how many it went, as it was written.
    let log = hub.manager().all(PATH).await.remove(0);
    assert_eq!((&log["receivers"], &log["subject"]), (&json!(2), &json!("For {{name}}")));
    // Of two records of one person, the one that is kept has the message.
    other.get(&path).await.ok();
    kept.get(&path).await.refused(404, "not_found");
    let merge = format!("/v1/people/{}/merge", kept.id());
    let quote = hub.manager().get(&format!("{merge}?with={}", other.id())).await.ok()["quote"].clone();
    hub.manager().post(&merge, json!({ "with": other.id(), "quote": quote })).await.ok();
    let text = kept.get(&path).await.ok()["text"].clone();
    assert_eq!(text, format!("Dear {}", name(&kept).await));
    // Who sent it is somebody erased.
    erase(&by).await;
    let log = hub.manager().all(PATH).await.remove(0);
    assert!(log["sent_by_name"].as_str().unwrap().starts_with("Erased person"), "{log}");
}
