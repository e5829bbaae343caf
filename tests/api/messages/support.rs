//! Letters about support: whose, which part, how many credits, until when; and what the other side wrote.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, MailServer, TestHub, at, new_offer};

both_engines!(two_parts_are_two_letters, a_message_comes_with_its_words);

/// Sends whatever is due; returns the letters to somebody.
async fn letters(hub: &TestHub, server: &MailServer, to: &Client) -> Vec<Value> {
    let settings = server.settings();
    let sender = hub.world.sender(|given| given.mail = Some(settings.clone()));
    while sender.go().await.unwrap().sent > 0 {}
    let address = to.get("/v1/me").await.ok()["email"].clone();
    server.letters().into_iter().filter(|letter| letter["to"][1] == address).collect()
}

/// Holds that a letter says all this, in both its parts.
fn says(letter: &Value, words: &[&str]) {
    for part in ["text", "html"] {
        let text = letter[part].as_str().unwrap();
        for said in words {
            assert!(text.contains(said), "{said:?} in the {part}: {text}");
        }
    }
}

async fn two_parts_are_two_letters(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    hub.set_rate_card().await;
    let deal = hub.deal("200").await;
    let commission = deal.agreed(json!([at("35"), at("70")])).await;
    let note = json!({ "note": "We came on both days" });
    deal.providing.milestone(&commission, 1, "deliver", note).await.ok();
    deal.providing.milestone(&commission, 2, "deliver", json!({})).await.ok();
    let mut told = letters(&hub, &server, &deal.buying).await;
    told.retain(|letter| letter["subject"].as_str().unwrap().ends_with("delivered"));
    let [one, two] = told.try_into().unwrap();
    let mut both = [one, two];
    both.sort_by_key(|letter| letter["subject"].to_string());
    for (letter, number, price, gets, keeps) in [
        (&both[0], 1, "35 credits", "30 credits", "5 credits"),
        (&both[1], 2, "70 credits", "60 credits", "10 credits"),
    ] {
        assert_eq!(letter["subject"], format!("Help with phonics, part {number}: delivered"));
        let part = format!("(part {number} of “Help with phonics”), worth {price}.");
        says(letter, &["Brentside has delivered", &part, "Counts as accepted after", gets, keeps, "To the provider"]);
    }
    says(&both[0], &["We came on both days"]);
    assert!(!both[1]["text"].as_str().unwrap().contains("We came on both days"), "it is of the other part");
}

async fn a_message_comes_with_its_words(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let (asking, offering) = (hub.school("Drayton Manor").await, hub.school("Brentside").await);
    let (asks, provider) = (hub.lead(&asking).await, hub.lead(&offering).await);
    let offer = provider.post("/v1/offers", new_offer(json!({}))).await.created();
    let path = format!("/v1/offers/{}/contact", offer["id"].as_str().unwrap());
    asks.add(&path, json!({ "subject": "Thursdays?", "text": "Could it be\n\na Thursday?" })).await;
    let name = asks.get("/v1/me").await.ok()["name"].as_str().unwrap().to_owned();
    let told = letters(&hub, &server, &provider).await;
    let [letter] = told.try_into().unwrap();
    let from = format!("{name} of Drayton Manor has written to you about “Thursdays?”.");
    says(&letter, &[&from, "Could it be", "a Thursday?"]);
}
