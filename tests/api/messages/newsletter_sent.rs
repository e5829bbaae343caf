//! The newsletter as it is sent: what was looked at, to each of its readers once, as they want it.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use hub_credits::rounds;
use hub_credits::sending::Sender;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, MailServer, NEWSLETTER, TestHub};

both_engines!(
    each_is_sent_what_was_looked_at,
    of_several_who_send_each_reader_has_one_letter,
    what_people_choose_and_who_has_stopped_it_is_kept_to,
    of_two_records_of_one_person_one_letter_is_left
);

fn sender(hub: &TestHub, server: &MailServer) -> Sender {
    let mail = server.settings();
    hub.world.sender(|settings| settings.mail = Some(mail))
}

const TEXT: &str = "## News\n\n- [The catalogue](/catalogue) & **more**\n- [A site](https://site.example/?a=b&c=d)\n\n\
                    ::: teachers\nFor teachers\n:::\n::: leads\nFor leads\n:::\n::: managers\nFor the hub\n:::\n\
                    ::: contacts\nFor contacts\n:::\n";

/// A draft with this text, whose time comes in two days.
async fn drafted(hub: &TestHub, markdown: &str) -> String {
    let issue = hub.newsletter_draft().await;
    let path = format!("/v1/newsletters/{}", issue["id"].as_str().unwrap());
    let tag = hub.manager().get(&path).await.etag();
    hub.manager().patch(&path, &tag, json!({ "markdown": markdown })).await.ok();
    path
}

/// Lets its time come.
async fn sent(hub: &TestHub) {
    hub.world.pass(TimeDelta::hours(50));
    hub.world.round().await;
    assert_eq!(hub.newsletter().await["state"], "sent");
}

async fn address(who: &Client) -> String {
    who.get("/v1/me").await.ok()["email"].as_str().unwrap().to_owned()
}

/// The newsletters that the mail server took, by the address that each went to.
fn by_address(server: &MailServer) -> BTreeMap<String, Vec<Value>> {
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for letter in server.letters() {
        if letter["subject"].as_str().unwrap().starts_with(NEWSLETTER) {
            found.entry(letter["to"][1].as_str().unwrap().to_owned()).or_default().push(letter);
        }
    }
    found
}

/// The letters of newsletters, as the hub sees them.
async fn letters(hub: &TestHub) -> Vec<Value> {
    let all = hub.manager().all("/v1/letters").await;
    all.into_iter().filter(|letter| letter["kind"] == "newsletter").collect()
}

async fn contact(hub: &TestHub, email: &str) -> String {
    hub.manager().add("/v1/newsletter/contacts", json!({ "name": "Outside", "email": email })).await
}

async fn each_is_sent_what_was_looked_at(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let school = hub.school("Lampton Academy").await;
    let (lead, teacher, viewer) = (hub.lead(&school).await, hub.teacher(&school).await, hub.viewer().await);
    let (_, partner) = hub.partner("Languages").await;
    contact(&hub, "outside@council.example").await;
    let path = drafted(&hub, TEXT).await;
    let mut looked_at: BTreeMap<&str, Value> = BTreeMap::new();
    for audience in ["teacher", "lead", "manager", "contact"] {
        let says = hub.manager().get(&format!("{path}/preview?audience={audience}")).await.ok();
        let here = |key: &str| says[key].as_str().unwrap().replace(hub.manager().address(), "https://hub.example");
        looked_at.insert(audience, json!([says["subject"], here("html"), here("text")]));
    }
    sent(&hub).await;
    sender(&hub, &server).go().await.unwrap();
    let found = by_address(&server);
    let outside = "outside@council.example".to_owned();
    let readers = [
        (address(&teacher).await, "teacher"),
        (address(&lead).await, "lead"),
        (address(&viewer).await, "manager"),
        (address(&partner).await, "contact"),
        (outside.clone(), "contact"),
    ];
    assert_eq!(found.len(), readers.len() + 1, "and the manager: {:?}", found.keys());
    for (email, audience) in &readers {
        let [letter] = found[email].as_slice() else { panic!("{email} has one") };
        let looked_at = &looked_at[audience];
        assert_eq!(letter["subject"], looked_at[0]);
        assert!(letter["html"].as_str().unwrap().contains(looked_at[1].as_str().unwrap()), "{letter:#} {looked_at:#}");
        assert!(letter["text"].as_str().unwrap().contains(looked_at[2].as_str().unwrap()), "{letter:#} {looked_at:#}");
        let own = letter["text"].as_str().unwrap();
        assert_eq!(own.contains("https://hub.example/catalogue"), *audience != "contact", "{own}");
        assert_eq!(own.contains("https://hub.example/newsletters/"), *email != outside, "{own}");
        assert_eq!(letter["headers"]["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
    }
    let seen = letters(&hub).await;
    assert!(seen.iter().all(|letter| path.ends_with(letter["newsletter_id"].as_str().unwrap())), "{seen:?}");
    assert!(seen.iter().any(|letter| letter["person_name"] == "Outside" && letter["person_id"].is_null()));
}

/// More people than are written to at once.
async fn crowd(hub: &TestHub, count: usize) {
    let school = hub.school("Crowded Academy").await;
    let mut sheet = "name,email,role,school\n".to_owned();
    for number in 0..count {
        sheet.push_str(&format!("Crowd {number},crowd.{number}@crowd.example,teacher,{}\n", school.urn));
    }
    hub.manager().post("/v1/people/import", None).csv(sheet).await.ok();
}

async fn of_several_who_send_each_reader_has_one_letter(hub: TestHub) {
    crowd(&hub, 520).await;
    contact(&hub, "outside@council.example").await;
    drafted(&hub, "Hello").await;
    hub.world.pass(TimeDelta::days(3));
    let (db, marks, now) = (hub.world.db(), hub.world.keys().marks(), hub.world.clock.now());
    let round = async || rounds::go(db, &marks, now).await.unwrap();
    let ((), (), ()) = tokio::join!(round(), round(), round());
    round().await;
    assert_eq!(hub.newsletter().await["state"], "sent");
    let people = hub.manager().all("/v1/people").await.len();
    let all = letters(&hub).await;
    assert_eq!(all.len(), people + 1);
    let mut addresses: Vec<&str> = all.iter().map(|letter| letter["address"].as_str().unwrap()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    assert_eq!(addresses.len(), people + 1, "each once");
    let Some(server) = MailServer::start() else { return };
    let (one, other) = (sender(&hub, &server), sender(&hub, &server));
    let (first, second) = tokio::join!(one.go(), other.go());
    assert_eq!(first.unwrap().sent + second.unwrap().sent, people + 1);
    assert!(by_address(&server).values().all(|letters| letters.len() == 1));
}

async fn what_people_choose_and_who_has_stopped_it_is_kept_to(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let school = hub.school("Lampton Academy").await;
    let (lead, teacher, digest) = (hub.lead(&school).await, hub.teacher(&school).await, hub.teacher(&school).await);
    let (gone, viewer) = (hub.teacher(&school).await, hub.viewer().await);
    let choose = |way: &str| json!({ "choices": [{ "topic": "newsletter", "way": way }] });
    teacher.put("/v1/me/letters", choose("none")).await.ok();
    digest.put("/v1/me/letters", choose("digest")).await.ok();
    hub.manager().post(&format!("/v1/people/{}/disable", gone.id()), None).await.ok();
    contact(&hub, "outside@council.example").await;
    contact(&hub, &address(&viewer).await).await;
    let removed = contact(&hub, "removed@council.example").await;
    let left = hub.school("Heston").await;
    let of_left = hub.teacher(&left).await;
    let path = format!("/v1/schools/{}", left.id);
    let tag = hub.manager().get(&path).await.etag();
    hub.manager().patch(&path, &tag, json!({ "left_on": "2026-10-06" })).await.ok();
    drafted(&hub, "Hello").await;
    sent(&hub).await;
    hub.manager().delete(&format!("/v1/newsletter/contacts/{removed}")).await.is(204);
    sender(&hub, &server).go().await.unwrap();
    let outside = "outside@council.example".to_owned();
    let mut wanted = vec![address(&hub.manager()).await, address(&lead).await, address(&viewer).await, outside.clone()];
    wanted.sort_unstable();
    let found = by_address(&server);
    assert_eq!(found.keys().cloned().collect::<Vec<_>>(), wanted, "each once, and nobody else");
    assert!(found.values().all(|letters| letters.len() == 1));
    // Once a day is at seven in the morning, and then by itself.
    hub.world.pass(TimeDelta::hours(24));
    sender(&hub, &server).go().await.unwrap();
    let digest = address(&digest).await;
    assert_eq!(by_address(&server)[&digest].len(), 1);
    let of_teacher = |letter: &&Value| letter["person_id"] == teacher.id();
    assert_eq!(letters(&hub).await.iter().find(of_teacher).unwrap()["reason"], "they do not want it by e-mail");

    let of_left = |letter: &&Value| letter["person_id"] == of_left.id();
    assert_eq!(letters(&hub).await.iter().find(of_left).unwrap()["reason"], "their school has left the hub");

    // By the link in it, without signing in.
    let stop = |letters: &BTreeMap<String, Vec<Value>>, email: &str| {
        let header = letters[email][0]["headers"]["list-unsubscribe"].as_str().unwrap().to_owned();
        header.trim_matches(['<', '>']).strip_prefix("https://hub.example").unwrap().to_owned()
    };
    let (of_lead, of_outside) = (stop(&found, &address(&lead).await), stop(&found, &outside));
    let stranger = hub.world.stranger();
    for stop in [&of_lead, &of_outside, &of_outside] {
        stranger.one_click(stop).await;
    }
    let of_outside = |contact: &&Value| contact["email"] == json!(outside);
    let contacts = hub.manager().all("/v1/newsletter/contacts").await;
    let stopped = contacts.iter().find(of_outside).unwrap();
    assert_eq!(stopped["stopped_at"], json!(hub.world.clock.now()));
    let again = json!({ "name": "Outside", "email": outside });
    hub.manager().post("/v1/newsletter/contacts", again).await.invalid(&[("/email", "stopped")]);
    let path = format!("/v1/newsletter/contacts/{}", stopped["id"].as_str().unwrap());
    // Their name and address go; nobody adds them again all the same.
    hub.manager().delete(&path).await.is(204);
    hub.manager().delete(&path).await.refused(404, "not_found");
    let kept = hub.manager().all("/v1/newsletter/contacts").await;
    assert!(kept.iter().all(|contact| contact["id"] != stopped["id"]), "{kept:?}");
    let again = json!({ "name": "Outside", "email": "Outside@council.example" });
    hub.manager().post("/v1/newsletter/contacts", again).await.invalid(&[("/email", "stopped")]);
    hub.world.pass(TimeDelta::days(2));
    drafted(&hub, "Hello again").await;
    sent(&hub).await;
    sender(&hub, &server).go().await.unwrap();
    let found = by_address(&server);
    let count = |email: &str| found.get(email).map_or(0, Vec::len);
    assert_eq!((count(&outside), count(&address(&lead).await)), (1, 1), "no more came");
    assert_eq!(count(&address(&viewer).await), 2);
}

async fn of_two_records_of_one_person_one_letter_is_left(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    let (kept, absorbed) = (hub.teacher(&school).await, hub.teacher(&school).await);
    drafted(&hub, "Hello").await;
    sent(&hub).await;
    let of = async |who: &Client| letters(&hub).await.iter().filter(|it| it["person_id"] == who.id()).count();
    assert_eq!((of(&kept).await, of(&absorbed).await), (1, 1));
    let path = format!("/v1/people/{}/merge", kept.id());
    let quote = hub.manager().get(&format!("{path}?with={}", absorbed.id())).await.ok()["quote"].clone();
    hub.manager().post(&path, json!({ "with": absorbed.id(), "quote": quote })).await.ok();
    assert_eq!((of(&kept).await, of(&absorbed).await), (1, 0));
}
