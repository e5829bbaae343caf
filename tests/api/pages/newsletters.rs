//! The newsletter, by a browser: set up, edited, looked at as each of its readers is sent it, skipped, read; and stopped by a
//! link.

use chrono::TimeDelta;
use serde_json::json;

use crate::both_engines;
use crate::support::{MailServer, Tab, TestHub};

both_engines!(
    a_manager_sets_it_up_and_keeps_its_contacts,
    a_draft_is_edited_and_looked_at_as_each_reader,
    sent_it_is_a_page_for_the_hubs_people,
    a_draft_is_sent_at_once_after_asking,
    a_contact_stops_it_by_a_button
);

const SETTINGS: &str = "/settings/newsletter";

async fn a_manager_sets_it_up_and_keeps_its_contacts(hub: TestHub) {
    let manager = hub.new_manager().await;
    let tab = hub.tab_by_password(&manager).await;
    assert!(tab.get("/settings").await.text.contains(SETTINGS));
    assert!(tab.get("/newsletters").await.words().contains("The newsletter is switched off"));
    let chosen = [("on", "yes"), ("weekday", "tuesday"), ("at", "16:15"), ("draft_days", "3")];
    let wrong = tab.submit(SETTINGS, SETTINGS, &[("on", "yes"), ("weekday", "tuesday"), ("at", "noon")]).await;
    assert!(wrong.words().contains("must be a time such as 22:00"), "{}", wrong.words());
    let saved = tab.submit(SETTINGS, SETTINGS, &chosen).await;
    assert_eq!(saved.location(), "/settings/newsletter?done=settings-saved");
    let settings = json!({ "enabled": true, "weekday": "tuesday", "at": "16:15", "draft_days": 3 });
    assert_eq!(manager.get("/v1/newsletter").await.ok(), settings);
    let words = tab.get(SETTINGS).await.words();
    assert!(words.contains("sent on Tuesday 6 October 2026, 4.15pm"), "{words}");
    let shown = tab.form(SETTINGS, SETTINGS).await;
    for (name, value) in chosen {
        assert!(shown.contains(&(name.to_owned(), value.to_owned())), "{name}: {shown:?}");
    }

    let contacts = format!("{SETTINGS}/contacts");
    let new = [("name", "Zoë Outside"), ("email", "zoe@council.example")];
    assert_eq!(tab.submit(SETTINGS, &contacts, &new).await.location(), "/settings/newsletter?done=contact-added");
    let again = tab.submit(SETTINGS, &contacts, &new).await;
    assert!(again.words().contains("the address is on the list already"), "{}", again.words());
    assert!(again.text.contains("zoe@council.example"));
    assert!(tab.get("/files/newsletter/contacts.csv").await.text.contains("zoe@council.example"));
    let contact = manager.all("/v1/newsletter/contacts").await.remove(0);
    let remove = format!("{contacts}/{}/remove", contact["id"].as_str().unwrap());
    assert_eq!(tab.submit(SETTINGS, &remove, &[]).await.location(), "/settings/newsletter?done=contact-removed");
    assert!(tab.get(SETTINGS).await.words().contains("There are none yet"));
    let off = tab.form(SETTINGS, SETTINGS).await.into_iter().filter(|(name, _)| name != "on").collect();
    tab.send(SETTINGS, off).await.location();
    assert_eq!(manager.get("/v1/newsletter").await.ok()["enabled"], false);
    let lead = hub.lead(&hub.school("Lampton Academy").await).await;
    assert_eq!(hub.tab_by_password(&lead).await.get(SETTINGS).await.status, 403);
    let seen = hub.tab_by_password(&hub.viewer().await).await.get(SETTINGS).await;
    assert!(seen.words().contains("No: it is switched off") && !seen.text.contains("<button>"), "{}", seen.text);
}

async fn a_draft_is_edited_and_looked_at_as_each_reader(hub: TestHub) {
    let issue = hub.newsletter_draft().await;
    let page = format!("/newsletters/{}", issue["id"].as_str().unwrap());
    let tab = hub.tab_by_password(&hub.new_manager().await).await;
    assert!(tab.get("/newsletters").await.text.contains(&page));
    assert!(tab.get("/files/newsletters.csv").await.text.contains("Newsletter of Wednesday 7 October 2026"));
    let edit = format!("{page}/edit");
    let wrong = tab.submit(&edit, &edit, &[("subject", "This week"), ("markdown", "::: governors\nx\n:::")]).await;
    assert!(wrong.words().contains("begins a part for “governors”"), "{}", wrong.words());
    assert!(wrong.text.contains("::: governors"), "what was typed is still there");
    let text =
        "Come to [the *catalogue*](/catalogue).\r\n\r\n<script>alert(1)</script>\r\n\r\n::: leads\r\nFor leads\r\n:::";
    let typed = [("subject", "This week"), ("markdown", text)];
    assert_eq!(tab.submit(&edit, &edit, &typed).await.location(), format!("{page}?done=newsletter-edited"));
    for (audience, leads, link) in [("teacher", false, true), ("lead", true, true), ("contact", false, false)] {
        let seen = tab.get(&format!("{page}?as={audience}")).await;
        let article = seen.page().all("article")[0].text.clone();
        assert_eq!(article.contains("For leads"), leads, "{audience}: {article}");
        assert!(article.contains("Come to the catalogue") && !seen.text.contains("alert(1)"), "{}", seen.text);
        let within = seen.text.split("<article").nth(1).unwrap().split("</article>").next().unwrap().to_owned();
        assert_eq!(within.contains("href=\"/catalogue\""), link, "{audience}: {within}");
    }
    let viewer = hub.tab_by_password(&hub.viewer().await).await;
    let seen = viewer.get(&page).await;
    assert!(seen.status == 200 && !seen.text.contains(&edit), "a viewer looks on");
    assert_eq!(viewer.get(&edit).await.status, 403);
    let teacher = hub.teacher(&hub.school("Lampton Academy").await).await;
    assert_eq!(hub.tab_by_password(&teacher).await.get(&page).await.status, 404, "a draft is for the hub");

    let (gather, skip) = (format!("{page}/gather"), format!("{page}/skip"));
    assert!(tab.get(&page).await.text.contains(&gather) && tab.get(&page).await.text.contains(&skip));
    assert!(tab.get(&gather).await.words().contains("Its text, which was edited on"), "it is asked about first");
    let gathered = tab.submit(&gather, &gather, &[]).await;
    assert_eq!(gathered.location(), format!("{page}?done=newsletter-gathered"));
    assert!(tab.get(&gather).await.words().contains("Nobody has edited it, so nothing is lost"));
    assert!(tab.get(&page).await.words().contains("Nothing in it is for them"));
    assert!(tab.get(&skip).await.words().contains("this can’t be undone"));
    let skipped = tab.submit(&skip, &skip, &[]).await;
    assert_eq!(skipped.location(), format!("{page}?done=newsletter-skipped"));
    let words = tab.get(&page).await.words();
    assert!(words.contains("A manager decided that it is not sent."), "{words}");
}

async fn sent_it_is_a_page_for_the_hubs_people(hub: TestHub) {
    let issue = hub.newsletter_draft().await;
    let path = format!("/v1/newsletters/{}", issue["id"].as_str().unwrap());
    let change = json!({ "subject": "A good week", "markdown": "All\n\n::: leads\nFor leads\n:::" });
    hub.manager().patch(&path, "\"1\"", change).await.ok();
    hub.world.pass(TimeDelta::days(3));
    hub.world.round().await;
    let page = format!("/newsletters/{}", issue["id"].as_str().unwrap());
    let school = hub.school("Lampton Academy").await;
    let (lead, teacher) = (hub.lead(&school).await, hub.teacher(&school).await);
    for (who, leads) in [(lead, true), (teacher, false)] {
        let tab = hub.tab_by_password(&who).await;
        let list = tab.get("/newsletters").await;
        assert!(list.words().contains("A good week") && list.text.contains(&page), "{}", list.words());
        let words = tab.get(&format!("{page}?as=manager")).await.words();
        assert!(words.contains("All") && words.contains("For leads") == leads, "{words}");
        assert!(words.contains("Sent on Thursday 8 October 2026") && !words.contains("As it is sent to"), "{words}");
    }
    let other = hub.world.hub("Another").await;
    let tab = other.tab_by_password(&other.new_manager().await).await;
    assert_eq!(tab.get(&page).await.status, 404);
}

async fn a_draft_is_sent_at_once_after_asking(hub: TestHub) {
    let issue = hub.newsletter_draft().await;
    let page = format!("/newsletters/{}", issue["id"].as_str().unwrap());
    let tab = hub.tab_by_password(&hub.new_manager().await).await;
    let send = format!("{page}/send");
    assert!(tab.get(&page).await.text.contains(&send));
    let empty = tab.submit(&send, &send, &[]).await;
    assert!(empty.words().contains("othing stands in it"), "{}", empty.words());
    hub.manager().patch(&format!("/v1{page}"), "\"1\"", json!({ "markdown": "Hello" })).await.ok();
    let asked = tab.get(&send).await.words();
    assert!(asked.contains("instead of on Wednesday 7 October 2026") && asked.contains("0 contacts"), "{asked}");
    assert_eq!(hub.newsletter().await["state"], "draft", "nothing is sent by looking");
    let sent = tab.submit(&send, &send, &[]).await;
    assert_eq!(sent.location(), format!("{page}?done=newsletter-sending"));
    hub.world.round().await;
    let issue = hub.newsletter().await;
    let said = (&issue["state"], &issue["subject"], &issue["sent_at"]);
    let today = json!("Newsletter of Monday 5 October 2026");
    assert_eq!(said, (&json!("sent"), &today, &json!(hub.world.clock.now())));
    let skipped = tab.get("/newsletters?state=skipped").await;
    assert!(skipped.words().contains("There are none of these") && !skipped.text.contains(&page), "{}", skipped.text);
    assert!(tab.get("/newsletters?state=sent").await.text.contains(&page));
    // There is no other for that time.
    hub.world.pass(TimeDelta::days(1));
    hub.world.round().await;
    assert_eq!(hub.manager().all("/v1/newsletters").await.len(), 1);
    let viewer = hub.tab_by_password(&hub.viewer().await).await;
    assert_eq!(viewer.get(&send).await.status, 403);
}

async fn a_contact_stops_it_by_a_button(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let new = json!({ "name": "Zoë Outside", "email": "zoe@council.example" });
    hub.manager().post("/v1/newsletter/contacts", new).await.created();
    let issue = hub.newsletter_draft().await;
    let path = format!("/v1/newsletters/{}", issue["id"].as_str().unwrap());
    hub.manager().patch(&path, "\"1\"", json!({ "markdown": "Hello" })).await.ok();
    hub.world.pass(TimeDelta::days(3));
    hub.world.round().await;
    let mail = server.settings();
    hub.world.sender(|settings| settings.mail = Some(mail)).go().await.unwrap();
    let letters = server.letters();
    let letter = letters.iter().find(|letter| letter["to"][1] == "zoe@council.example").unwrap();
    let text = letter["text"].as_str().unwrap();
    let link = text.split_whitespace().find(|word| word.contains("/letters/stop/")).unwrap();
    let page = link.strip_prefix("https://hub.example").unwrap();
    let tab = Tab::new(hub.manager().address());
    let words = tab.get(page).await.words();
    assert!(words.contains("Zoë Outside") && words.contains("newsletter") && !words.contains("notices"), "{words}");
    let contact = async || hub.manager().all("/v1/newsletter/contacts").await.remove(0);
    assert!(contact().await["stopped_at"].is_null(), "nothing is done by looking");
    let done = tab.submit(page, page, &[]).await;
    assert!(done.words().contains("They are stopped") && !done.words().contains("Sign in"), "{}", done.words());
    assert!(contact().await["stopped_at"].is_string());
    let manager = hub.tab_by_password(&hub.new_manager().await).await;
    let words = manager.get("/settings/newsletter").await.words();
    assert!(words.contains("Stopped it on 8 Oct 2026"), "{words}");
}
