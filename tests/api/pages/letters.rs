//! Letters, by a browser: what somebody is sent, the page that stops a topic, and what could not be sent.

use serde_json::json;

use crate::both_engines;
use crate::support::{EventPlan, MailServer, Tab, TestHub};

both_engines!(
    what_is_sent_is_chosen_on_a_page,
    a_link_leads_to_a_page_that_stops_a_topic_by_a_button,
    a_manager_sees_what_could_not_be_sent_and_sends_it_again
);

async fn what_is_sent_is_chosen_on_a_page(hub: TestHub) {
    let viewer = hub.viewer().await;
    let tab = hub.tab_by_password(&viewer).await;
    let page = "/account/letters";
    assert!(tab.get("/account").await.text.contains("href=\"/account/letters\""));
    let half = tab.submit(page, page, &[("quiet_from", "22:00"), ("quiet_until", "")]).await;
    assert!(half.words().contains("quiet hours need a beginning and an end"), "{}", half.words());
    let gathered = tab.submit(page, page, &[("calendar", "digest")]).await;
    assert!(gathered.words().contains("come at once, or not at all"), "{}", gathered.words());
    let chosen = [
        ("places", "digest"),
        ("news", "none"),
        ("calendar", "at_once"),
        ("quiet_from", "22:00"),
        ("quiet_until", "07:00"),
    ];
    assert_eq!(tab.submit(page, page, &chosen).await.location(), "/account/letters?done=letters-chosen");
    let mine = viewer.get("/v1/me/letters").await.ok();
    let way = |topic: &str| {
        mine["choices"].as_array().unwrap().iter().find(|choice| choice["topic"] == topic).unwrap()["way"].clone()
    };
    assert_eq!((way("places"), way("news"), way("credits")), (json!("digest"), json!("none"), json!("at_once")));
    assert_eq!(way("calendar"), "at_once");
    assert_eq!((&mine["quiet_from"], &mine["quiet_until"]), (&json!("22:00"), &json!("07:00")));
    let shown = tab.form(page, page).await;
    assert!(shown.contains(&("places".to_owned(), "digest".to_owned())), "{shown:?}");
}

async fn a_link_leads_to_a_page_that_stops_a_topic_by_a_button(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    teacher.book(&hub.event(EventPlan::of(10, "30")).await).await.created();
    let mail = server.settings();
    hub.world.sender(|settings| settings.mail = Some(mail)).go().await.unwrap();
    let [letter] = server.letters().try_into().unwrap();
    let text = letter["text"].as_str().unwrap();
    let link = text.split_whitespace().find(|word| word.contains("/letters/stop/")).unwrap();
    let page = link.strip_prefix("https://hub.example").unwrap();
    let tab = Tab::new(lead.address());
    let seen = tab.get(page).await;
    assert!(seen.words().contains("what waits for them to decide or do in one letter a day"), "{}", seen.words());
    let way = async || lead.get("/v1/me/letters").await.ok()["choices"][0]["way"].clone();
    assert_eq!(way().await, "at_once", "nothing is done by looking");
    let done = tab.submit(page, page, &[]).await;
    assert!(done.words().contains("They come once a day"), "{}", done.words());
    assert_eq!(way().await, "digest", "what waits for a decision is not lost by a link");
    assert_eq!(tab.get("/letters/stop/another").await.status, 404);
}

async fn a_manager_sees_what_could_not_be_sent_and_sends_it_again(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    teacher.book(&hub.event(EventPlan::of(10, "30")).await).await.created();
    let address = lead.get("/v1/me").await.ok()["email"].clone();
    let Some(server) = MailServer::that(json!({ "nobody": address })) else { return };
    let mail = server.settings();
    hub.world.sender(|settings| settings.mail = Some(mail)).go().await.unwrap();
    let tab = hub.tab_by_password(&hub.new_manager().await).await;
    let page = "/letters?state=dead";
    let words = tab.get(page).await.words();
    for said in
        ["A request waits for your decision", "Could not be sent", "nobody of this name is here", "has no mail server"]
    {
        assert!(words.contains(said), "{said:?} in {words}");
    }
    let [dead] = hub.manager().all("/v1/letters?state=dead").await.try_into().unwrap();
    // By whom they were sent to, also as a file.
    let manager = hub.manager();
    let mut to_lead = manager.all("/v1/letters").await;
    to_lead.retain(|letter| letter["address"] == address);
    let of_lead = format!("person_id={}", lead.id());
    assert_eq!(manager.all(&format!("/v1/letters?{of_lead}")).await, to_lead);
    assert_eq!(manager.all(&format!("/v1/letters?{of_lead}&state=dead")).await, std::slice::from_ref(&dead));
    assert_eq!(manager.all(&format!("/v1/letters?{of_lead}&limit=1")).await, to_lead, "page by page");
    let found = tab.get(&format!("/letters?who={}", address.as_str().unwrap())).await;
    assert!(found.words().contains("Only what was sent to"), "{}", found.words());
    assert!(found.text.contains(&format!("/files/letters.csv?{of_lead}")), "{}", found.text);
    let nobody = tab.get("/letters?who=nobody+of+the+hub").await.words();
    assert!(nobody.contains("Nobody is called “nobody of the hub”"), "{nobody}");
    let again = format!("/letters/{}/send-again", dead["id"].as_str().unwrap());
    assert_eq!(tab.submit(page, &again, &[]).await.location(), "/letters?done=letter-sent-again");
    assert_eq!(hub.manager().all("/v1/letters?state=waiting").await.len(), 1);
    let viewer = hub.tab_by_password(&hub.viewer().await).await;
    let seen = viewer.get(page).await;
    assert!(seen.status == 200 && !seen.text.contains("send-again"), "{}", seen.text);
}
