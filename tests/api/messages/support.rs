//! Letters about support: whose, which part, how many credits, until when; and what the other side wrote. And about what
//! partners are paid.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, MailServer, TestHub, at, new_offer};

both_engines!(
    two_parts_are_two_letters,
    a_message_comes_with_its_words,
    a_partners_statement_says_what_is_paid_and_what_is_left
);

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

async fn a_partners_statement_says_what_is_paid_and_what_is_left(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let (partner, person) = hub.partner("Ambition").await;
    hub.open_year("2026-27").await;
    hub.owe(&partner, "1050").await;
    letters(&hub, &server, &person).await;
    let last = async || letters(&hub, &server, &person).await.pop().unwrap();
    let up_to = json!({ "up_to": hub.world.today() });
    let settlement = hub.manager().add(&format!("/v1/partners/{partner}/settlements"), up_to).await;
    let page = format!("https://hub.example/settlements/{settlement}");
    let pdf = "the statement as a PDF";
    let stated = last().await;
    assert_eq!(stated["subject"], "Statement 1: it is ready");
    let ready = "Statement 1 of what you have earned is ready: £1,050 is to be paid.";
    says(&stated, &[ready, "Left to be paid", "1,050 credits", &page, pdf]);
    let path = format!("/v1/settlements/{settlement}");
    let payment = json!({ "credits": "50", "bank_reference": "BACS 1" });
    let payment = hub.manager().post(&format!("{path}/payments"), payment).await.created();
    let paid = last().await;
    let part = "£50 of statement 1 was paid. £1,000 of it is left to be paid now.";
    says(&paid, &[part, "Paid now", "£50 for 50 credits", "Paid on", "BACS 1", "Paid in all", "£1,000", &page]);
    hub.manager().reverse(&payment).await.created();
    let back = last().await;
    let taken = "A payment of statement 1, £50, was taken back, because “A mistake”: it is owed to you again.";
    says(&back, &[taken, "Taken back", "BACS 1", "£1,050", &page]);
    hub.manager().post(&format!("{path}/cancel"), json!({ "reason": "Wrong day" })).await.ok();
    let cancelled = last().await;
    let over = "Statement 1, of £1,050, was cancelled, because “Wrong day”: what was on it comes on a later one.";
    says(&cancelled, &[over, &page]);
    assert!(!cancelled["text"].as_str().unwrap().contains("Left to be paid"));
    // On the pages too, as it is now.
    let seen = hub.tab(&person).await.get("/notices").await;
    assert!(seen.words().contains("Statement 1 of what you have earned, £1,050, was cancelled since."));
    assert!(seen.text.contains(&format!("/settlements/{settlement}")));
}
