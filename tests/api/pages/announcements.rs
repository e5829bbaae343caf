//! Messages of the hub on the pages: written, looked at as one of them gets it, sent once, listed, read by whoever got it.

use serde_json::json;

use crate::both_engines;
use crate::support::{Client, EventPlan, TestHub, filled};

both_engines!(
    a_message_to_delegates_is_looked_at_and_sent_once,
    a_message_to_leads_goes_to_the_schools_that_are_ticked,
    what_is_wrong_is_said_beside_what_was_typed,
    messages_are_written_by_managers_alone
);

async fn name(who: &Client) -> String {
    who.get("/v1/me").await.ok()["name"].as_str().unwrap().to_owned()
}

async fn a_message_to_delegates_is_looked_at_and_sent_once(hub: TestHub) {
    let (school, lead, one) = hub.funded_school("Chiswick School", "100").await;
    let two = hub.teacher(&school).await;
    let event = hub.event(EventPlan::of(10, "10")).await;
    for delegate in [&one, &two] {
        lead.book_for(&event, delegate).await.created();
    }
    let manager = hub.new_manager().await;
    let tab = hub.tab_by_password(&manager).await;
    let path = format!("/events/{event}/message");
    assert!(tab.get(&format!("/events/{event}/manage")).await.text.contains(&path));
    assert!(tab.get(&path).await.words().contains("{{name}}, {{school}}, {{event}}, {{date}}, {{time}}, {{place}}"));

    let words =
        "Dear {{name}},\r\n\r\n<script>alert(1)</script> javascript:alert(2)\r\nSee https://hub.example/map?a=1&b=2.";
    let typed = [("delegates", "with_place"), ("subject", "{{event}}, {{date}}"), ("words", words)];
    let seen = tab.submit(&path, &path, &typed).await;
    let said = seen.words();
    let name_of_one = name(&one).await;
    for wanted in [
        "This goes to 2 people",
        "Spring conference, 30 November 2026",
        "writes to the delegates of Spring conference:",
        &format!("Dear {name_of_one}"),
        "Send it to 2 people",
    ] {
        assert!(said.contains(wanted), "{wanted:?} in {said}");
    }
    assert!(!said.contains("Hello "), "the words have their own greeting: {said}");
    assert!(said.contains("<script>alert(1)</script> javascript:alert(2)"), "{said}");
    let links: Vec<String> =
        seen.page().all("a").iter().filter_map(|a| a.attribute("href").map(str::to_owned)).collect();
    assert!(links.contains(&"https://hub.example/map?a=1&b=2".to_owned()), "{links:?}");
    assert!(links.iter().all(|link| !link.starts_with("javascript:")));
    assert!(manager.all("/v1/announcements").await.is_empty(), "nothing is sent yet");

    // As another of them gets it; and back to the form with what was typed.
    let mut look = seen.form(&path);
    look.retain(|(field, _)| field != "sure");
    let other = tab.send(&path, filled(look.clone(), &[("person_id", two.id())])).await;
    assert!(other.words().contains(&format!("Dear {}", name(&two).await)), "{}", other.words());
    let back = tab.send(&path, filled(look, &[("change", "yes")])).await;
    assert!(back.form(&path).contains(&("subject".to_owned(), "{{event}}, {{date}}".to_owned())), "{}", back.text);

    let fields = other.form(&path);
    let sent = tab.send(&path, fields.clone()).await;
    assert_eq!(tab.send(&path, fields).await.location(), sent.location(), "sent twice, it goes out once");
    let all = manager.all("/v1/announcements").await;
    assert_eq!((all.len(), &all[0]["receivers"]), (1, &json!(2)));
    let id = all[0]["id"].as_str().unwrap();
    assert_eq!(sent.location(), format!("/announcements/{id}?done=message-sent"));
    let logged = tab.get(sent.location()).await.words();
    for wanted in ["The message is sent", "Those with a place on Spring conference: 2 people", "Dear {{name}},"] {
        assert!(logged.contains(wanted), "{wanted:?} in {logged}");
    }
    let others = tab.get("/announcements?audience=leads").await;
    assert!(others.words().contains("Nothing was sent to these") && !others.text.contains(id), "{}", others.text);
    assert!(others.text.contains("/files/announcements.csv?audience=leads"));
    for list in ["/announcements", "/announcements?audience=delegates", &path] {
        assert!(tab.get(list).await.text.contains(&format!("/announcements/{id}")), "{list}");
    }
    let audit = manager.all("/v1/audit?act=POST%20%2Fevents%2F%7Bid%7D%2Fmessage").await;
    assert_eq!(audit.len(), 1, "{audit:?}");
    assert!(tab.get("/audit").await.words().contains("Wrote to the delegates of an event"));

    let reader = hub.tab_by_password(&one).await;
    let notices = reader.get("/notices").await;
    let told = "The hub has written to the delegates of Spring conference: “Spring conference, 30 November 2026”";
    assert!(notices.words().contains(told) && notices.text.contains(&format!("/messages/{id}")), "{}", notices.text);
    let read = reader.get(&format!("/messages/{id}")).await;
    assert!(
        read.words().contains(&format!("Dear {name_of_one}")) && !read.text.contains("<script>alert"),
        "{}",
        read.text
    );
    let stranger = hub.tab_by_password(&lead).await;
    assert_eq!(stranger.get(&format!("/messages/{id}")).await.status, 404);
}

async fn a_message_to_leads_goes_to_the_schools_that_are_ticked(hub: TestHub) {
    let (one, two) = (hub.school("Chiswick School").await, hub.school("Heston Community School").await);
    let (lead, other) = (hub.lead(&one).await, hub.lead(&two).await);
    let tab = hub.tab_by_password(&hub.new_manager().await).await;
    let path = "/announcements/new";
    assert!(tab.get("/announcements").await.words().contains("Nothing has been sent yet."));
    let typed = [("subject", "News"), ("words", "Dear {{name}} of {{school}}")];
    let all = tab.submit(path, path, &typed).await;
    assert!(all.words().contains("This goes to 2 people"), "{}", all.words());
    let ticked = [("school_ids[]", two.id.as_str()), typed[0], typed[1]];
    let seen = tab.submit(path, path, &ticked).await;
    let wanted = format!("Dear {} of Heston Community School", name(&other).await);
    assert!(seen.words().contains(&wanted) && seen.words().contains("Send it to 1 person"), "{}", seen.words());
    let sent = tab.send(path, seen.form(path)).await;
    assert!(tab.get(sent.location()).await.words().contains("CPD leads of 1 school: 1 person"));
    let told = other.all("/v1/me/notices").await;
    assert_eq!((told.len(), lead.all("/v1/me/notices").await.len()), (1, 0));
    assert_eq!((&told[0]["kind"], &told[0]["subject"]), (&json!("leads_message"), &json!("News")));
    let reader = hub.tab_by_password(&other).await;
    assert!(
        reader
            .get(&format!("/messages/{}", told[0]["announcement_id"].as_str().unwrap()))
            .await
            .words()
            .contains(&wanted)
    );
}

async fn what_is_wrong_is_said_beside_what_was_typed(hub: TestHub) {
    hub.lead(&hub.school("Chiswick School").await).await;
    let event = hub.event(EventPlan::of(10, "10")).await;
    let tab = hub.tab_by_password(&hub.new_manager().await).await;
    let path = format!("/events/{event}/message");
    let typed = [("delegates", "all"), ("subject", "Dear {{nmae}}"), ("words", "Hello")];
    let refused = tab.submit(&path, &path, &typed).await;
    assert!(refused.words().contains("{{nmae}} is no placeholder"), "{}", refused.words());
    assert!(refused.form(&path).contains(&("words".to_owned(), "Hello".to_owned())));
    let nobody = tab.submit(&path, &path, &[("delegates", "all"), ("subject", "Dear all"), ("words", "Hello")]).await;
    assert!(nobody.words().contains("nobody would get it"), "{}", nobody.words());
    let leads =
        tab.submit("/announcements/new", "/announcements/new", &[("subject", "{{event}}"), ("words", "a")]).await;
    assert!(leads.words().contains("{{event}} has no meaning for CPD leads"), "{}", leads.words());
}

async fn messages_are_written_by_managers_alone(hub: TestHub) {
    let school = hub.school("Chiswick School").await;
    let event = hub.event(EventPlan::of(10, "10")).await;
    let (lead, viewer, teacher) = (hub.lead(&school).await, hub.viewer().await, hub.teacher(&school).await);
    let new = json!({ "audience": "leads", "subject": "a", "words": "b" });
    let sent = hub.manager().add("/v1/announcements", new).await;
    let tab = hub.tab_by_password(&viewer).await;
    let list = tab.get("/announcements").await;
    assert!(list.status == 200 && !list.text.contains("/announcements/new"), "{}", list.text);
    assert_eq!(tab.get(&format!("/announcements/{sent}")).await.status, 200);
    for page in ["/announcements/new", &format!("/events/{event}/message")] {
        assert_eq!(tab.get(page).await.status, 403, "{page}");
    }
    for who in [&lead, &teacher] {
        let tab = hub.tab_by_password(who).await;
        for page in [
            "/announcements",
            "/announcements/new",
            &format!("/announcements/{sent}"),
            &format!("/events/{event}/message"),
        ] {
            assert_eq!(tab.get(page).await.status, 403, "{page}");
        }
        assert!(!tab.get("/").await.text.contains("\"/announcements\""));
    }
    let other = hub.world.hub("Another").await;
    let tab = other.tab_by_password(&other.new_manager().await).await;
    for page in [format!("/announcements/{sent}"), format!("/messages/{sent}"), format!("/events/{event}/message")] {
        assert_eq!(tab.get(&page).await.status, 404, "{page}");
    }
}
