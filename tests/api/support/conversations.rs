//! `/v1/conversations`: a school and the provider of an offer write to each other; the hub sees what is complained of.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, TestHub, new_offer, nobody};

both_engines!(
    two_schools_write_to_each_other_and_nobody_else_reads,
    a_partner_is_written_to,
    each_has_one_unread_notice_of_a_conversation,
    the_hub_sees_what_is_complained_of,
    the_hub_answers_a_complaint_for_both_sides,
    what_says_nothing_is_refused,
    a_successor_goes_on_with_the_conversation,
    the_first_words_of_two_at_once_are_one_conversation
);

/// A lead whose school has an offer, a lead of another school, and the offer's path.
async fn two_schools(hub: &TestHub) -> (Client, Client, String) {
    let (provider, asking) = (hub.school("Abbey").await, hub.school("Bourne").await);
    let (lead, other) = (hub.lead(&provider).await, hub.lead(&asking).await);
    let offer = lead.add("/v1/offers", new_offer(json!({}))).await;
    (lead, other, format!("/v1/offers/{offer}"))
}

fn hello() -> Value {
    json!({ "subject": "A day in May", "text": "Could you come to us?\nAll of a day" })
}

/// Writes to the provider of the offer: the path of the conversation.
async fn contact(who: &Client, offer: &str) -> String {
    format!("/v1/conversations/{}", who.add(&format!("{offer}/contact"), hello()).await)
}

async fn say(who: &Client, conversation: &str, text: &str) {
    who.post(&format!("{conversation}/messages"), json!({ "text": text })).await.created();
}

async fn texts(who: &Client, conversation: &str) -> Vec<String> {
    let all = who.all(&format!("{conversation}/messages?limit=2")).await;
    all.iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect()
}

/// How many notices of this kind somebody has, and how many of them are unread.
async fn told(who: &Client, kind: &str) -> [usize; 2] {
    let all = who.all("/v1/me/notices").await;
    let of_kind: Vec<&Value> = all.iter().filter(|notice| notice["kind"] == kind).collect();
    [of_kind.len(), of_kind.iter().filter(|notice| notice["read_at"].is_null()).count()]
}

async fn two_schools_write_to_each_other_and_nobody_else_reads(hub: TestHub) {
    let (lead, other, offer) = two_schools(&hub).await;
    let opened = other.post(&format!("{offer}/contact"), hello()).await;
    let conversation = opened.created();
    let path = format!("/v1/conversations/{}", conversation["id"].as_str().unwrap());
    assert_eq!(opened.header("location"), Some(path.as_str()));
    for (field, value) in [
        ("subject", "A day in May"),
        ("offer_title", "Maths in the early years"),
        ("asking_school_name", "Bourne"),
        ("complaint", ""),
    ] {
        assert_eq!(conversation[field].as_str().unwrap_or_default(), value);
    }
    assert_eq!(conversation["provider"]["name"], "Abbey");
    hub.world.pass(chrono::TimeDelta::hours(1));
    say(&lead, &path, "Gladly").await;
    // To write about the offer again is to go on.
    assert_eq!(contact(&other, &offer).await, path);
    for who in [&lead, &other] {
        let all = who.all("/v1/conversations").await;
        assert_eq!((all.len(), &all[0]["last_message_at"]), (1, &json!(hub.world.clock.now())));
        assert_eq!(
            texts(who, &path).await,
            ["Could you come to us?\nAll of a day", "Gladly", "Could you come to us?\nAll of a day"]
        );
    }
    // A school and a name, and no address.
    let messages = lead.get(&format!("{path}/messages")).await.ok();
    let answer = &messages["items"][1];
    let name = lead.get("/v1/me").await.ok()["name"].clone();
    assert_eq!(
        (&answer["side"], &answer["written_for"], &answer["written_by_name"]),
        (&json!("offering"), &json!("Abbey"), &name)
    );
    assert!(!messages.to_string().contains('@'));
    let sheet = lead.get(&format!("{path}/messages")).as_csv().await.sheet();
    assert!(
        sheet.starts_with("sent_at,side,written_for,written_by_name,text,id\r\n") && !sheet.contains('@'),
        "{sheet}"
    );
    assert!(lead.get("/v1/conversations").as_csv().await.sheet().contains("A day in May"));

    let colleague = hub.lead(&hub.schools_by_urn().await[0]).await;
    assert_eq!(texts(&colleague, &path).await.len(), 3);
    let third = hub.lead(&hub.school("Cedar").await).await;
    let (_, partner) = hub.partner("Drama Company").await;
    for who in [&third, &partner, &hub.manager(), &hub.viewer().await] {
        who.get(&path).await.refused(404, "not_found");
        who.get(&format!("{path}/messages")).await.refused(404, "not_found");
        assert!(who.all("/v1/conversations").await.is_empty());
    }
    for who in [&third, &partner] {
        who.post(&format!("{path}/messages"), json!({ "text": "Me too" })).await.refused(404, "not_found");
        who.post(&format!("{path}/complaint"), json!({ "reason": "Me too" })).await.refused(404, "not_found");
    }
    let teacher = hub.teacher(&hub.schools_by_urn().await[0]).await;
    teacher.get(&path).await.refused(403, "forbidden");
    for who in [&teacher, &partner, &hub.manager()] {
        who.post(&format!("{offer}/contact"), hello()).await.refused(403, "forbidden");
    }
}

async fn a_partner_is_written_to(hub: TestHub) {
    let (_, other, _) = two_schools(&hub).await;
    let (_, person) = hub.partner("Drama Company").await;
    let offer = format!("/v1/offers/{}", person.add("/v1/offers", new_offer(json!({ "kind": "activity" }))).await);
    let path = contact(&other, &offer).await;
    say(&person, &path, "On Mondays").await;
    assert_eq!(person.all("/v1/conversations").await.len(), 1);
    let last = other.all(&format!("{path}/messages")).await.pop().unwrap();
    assert_eq!((&last["written_for"], &last["side"]), (&json!("Drama Company"), &json!("offering")));
    assert_eq!(told(&person, "message_received").await, [1, 0], "whoever answers has read it");
    assert_eq!(told(&other, "message_received").await, [1, 1]);
}

async fn each_has_one_unread_notice_of_a_conversation(hub: TestHub) {
    let (lead, other, offer) = two_schools(&hub).await;
    let path = contact(&other, &offer).await;
    say(&other, &path, "Are you there?").await;
    say(&other, &path, "Hello?").await;
    assert_eq!(told(&lead, "message_received").await, [1, 1]);
    assert_eq!(told(&other, "message_received").await, [0, 0], "nobody is told of their own");
    let notice = lead.all("/v1/me/notices").await.remove(0);
    assert_eq!(
        (&notice["conversation_id"].as_str(), &notice["conversation_subject"]),
        (&path.strip_prefix("/v1/conversations/"), &json!("A day in May"))
    );
    lead.post("/v1/me/notices/read", None).await.is(204);
    say(&other, &path, "It is I again").await;
    assert_eq!(told(&lead, "message_received").await, [2, 1]);
    say(&lead, &path, "Yes").await;
    assert_eq!(told(&lead, "message_received").await, [2, 0]);
    assert_eq!(told(&other, "message_received").await, [1, 1]);
    // Of another conversation they are told for itself.
    let third = hub.lead(&hub.school("Cedar").await).await;
    say(&other, &path, "Good").await;
    contact(&third, &offer).await;
    assert_eq!(told(&lead, "message_received").await, [4, 2]);
}

async fn the_hub_sees_what_is_complained_of(hub: TestHub) {
    let (lead, other, offer) = two_schools(&hub).await;
    let path = contact(&other, &offer).await;
    let (manager, viewer) = (hub.manager(), hub.viewer().await);
    let complaint = lead.post(&format!("{path}/complaint"), json!({ "reason": "Not how we speak" })).await.ok();
    assert_eq!(
        (&complaint["complained_by"], &complaint["complaint"], &complaint["complained_at"]),
        (&json!("offering"), &json!("Not how we speak"), &json!(hub.world.clock.now()))
    );
    assert_eq!(told(&manager, "conversation_complained").await, [1, 1]);
    for who in [&manager, &viewer] {
        assert_eq!(who.get(&path).await.ok(), complaint);
        assert_eq!(who.all("/v1/conversations").await, std::slice::from_ref(&complaint));
        assert_eq!(texts(who, &path).await.len(), 1);
        who.post(&format!("{path}/messages"), json!({ "text": "Peace" })).await.refused(403, "forbidden");
    }
    // The other side learns that there is a complaint, not what it says, and writes on.
    let seen = other.get(&path).await.ok();
    assert_eq!((&seen["complained_by"], &seen["complaint"]), (&json!("offering"), &Value::Null));
    say(&other, &path, "Sorry").await;
    other.post(&format!("{path}/complaint"), json!({ "reason": "I too" })).await.refused(409, "already_complained");
    assert_eq!(texts(&manager, &path).await, ["Could you come to us?\nAll of a day", "Sorry"]);
    // Another of the two schools stays between them.
    let another = format!("/v1/offers/{}", lead.add("/v1/offers", new_offer(json!({ "title": "Two" }))).await);
    manager.get(&contact(&other, &another).await).await.refused(404, "not_found");
    hub.world.hub("South London").await.manager().get(&path).await.refused(404, "not_found");
}

async fn the_hub_answers_a_complaint_for_both_sides(hub: TestHub) {
    let (lead, other, offer) = two_schools(&hub).await;
    let (path, manager) = (contact(&other, &offer).await, hub.manager());
    let answer = async |who: &Client, words: &str| {
        who.post(&format!("{path}/complaint/answer"), json!({ "answer": words })).await
    };
    answer(&manager, "No complaint yet").await.refused(404, "not_found");
    lead.post(&format!("{path}/complaint"), json!({ "reason": "Not how we speak" })).await.ok();
    for who in [&lead, &other, &hub.viewer().await] {
        answer(who, "I answer").await.refused(403, "forbidden");
    }
    answer(&manager, " ").await.invalid(&[("/answer", "invalid")]);
    let closed = answer(&manager, "Please talk to each other").await.ok();
    let now = json!(hub.world.clock.now());
    assert_eq!([&closed["answer"], &closed["answered_at"]], [&json!("Please talk to each other"), &now]);
    answer(&manager, "Again").await.refused(409, "invalid_transition");
    for (who, complaint) in
        [(&lead, json!("Not how we speak")), (&other, Value::Null), (&manager, json!("Not how we speak"))]
    {
        let seen = who.get(&path).await.ok();
        assert_eq!([&seen["answer"], &seen["complaint"]], [&closed["answer"], &complaint]);
    }
    assert_eq!((told(&lead, "complaint_answered").await, told(&other, "complaint_answered").await), ([1, 1], [1, 1]));
    // Either side may complain again, and the answer to that is another.
    let again = other.post(&format!("{path}/complaint"), json!({ "reason": "I too" })).await.ok();
    assert_eq!(
        [&again["complained_by"], &again["answer"], &again["answered_at"]],
        [&json!("asking"), &Value::Null, &Value::Null]
    );
    lead.post(&format!("{path}/complaint"), json!({ "reason": "No" })).await.refused(409, "already_complained");
    answer(&manager, "Enough").await.ok();
}

async fn what_says_nothing_is_refused(hub: TestHub) {
    let (lead, other, offer) = two_schools(&hub).await;
    let ask = async |subject: &str, text: &str| {
        other.post(&format!("{offer}/contact"), json!({ "subject": subject, "text": text })).await
    };
    ask("Maths", " \n\t").await.invalid(&[("/text", "invalid")]);
    ask("", "a\u{202e}b").await.invalid(&[("/subject", "invalid"), ("/text", "invalid")]);
    ask("Maths", &"x".repeat(5001)).await.invalid(&[("/text", "invalid")]);
    assert!(lead.all("/v1/conversations").await.is_empty());
    lead.post(&format!("{offer}/contact"), hello()).await.refused(409, "own_offer");
    lead.post(&format!("{offer}/pause"), None).await.ok();
    other.post(&format!("{offer}/contact"), hello()).await.refused(404, "not_found");
    other.post(&format!("/v1/offers/{}/contact", nobody()), hello()).await.refused(404, "not_found");
    lead.post(&format!("{offer}/open"), None).await.ok();
    let path = contact(&other, &offer).await;
    lead.post(&format!("{path}/messages"), json!({ "text": "\u{200b}" })).await.invalid(&[("/text", "invalid")]);
    lead.post(&format!("{path}/complaint"), json!({ "reason": "" })).await.invalid(&[("/reason", "invalid")]);
    lead.post(&format!("{path}/messages"), json!({ "text": "Hello", "to": "x" }))
        .await
        .invalid(&[("/to", "unknown_field")]);
    // What was begun goes on when the offer is closed.
    lead.post(&format!("{offer}/close"), None).await.ok();
    say(&other, &path, "A pity").await;
    assert_eq!(texts(&lead, &path).await.len(), 2);
}

async fn a_successor_goes_on_with_the_conversation(hub: TestHub) {
    let (provider, asking, new) = (hub.school("Abbey").await, hub.school("Bourne").await, hub.school("Cedar").await);
    let (lead, other) = (hub.lead(&provider).await, hub.lead(&asking).await);
    let offer = format!("/v1/offers/{}", lead.add("/v1/offers", new_offer(json!({}))).await);
    let path = contact(&other, &offer).await;
    let heir = hub.lead(&new).await;
    crate::lifecycle::succession::succeed(&hub, &provider, &new).await;
    say(&heir, &path, "We are in their place").await;
    let messages = other.all(&format!("{path}/messages")).await;
    assert_eq!((&messages[0]["written_for"], &messages[1]["written_for"]), (&json!("Bourne"), &json!("Cedar")));
    assert_eq!(other.get(&path).await.ok()["provider"]["name"], "Cedar");
    crate::lifecycle::succession::succeed(&hub, &asking, &new).await;
    assert_eq!(heir.get(&path).await.ok()["asking_school_name"], "Cedar");
}

async fn the_first_words_of_two_at_once_are_one_conversation(hub: TestHub) {
    let (lead, other, offer) = two_schools(&hub).await;
    let (one, two) = tokio::join!(contact(&other, &offer), contact(&other, &offer));
    assert_eq!(one, two);
    assert_eq!(texts(&lead, &one).await.len(), 2);
    assert_eq!(told(&lead, "message_received").await, [1, 1]);
}
