//! Invitations, by a browser: whom they go to by e-mail, what the pages say of it, and whom letters do not reach.

use chrono::TimeDelta;
use hub_credits::sending::Sender;
use serde_json::json;

use super::{says, says_nothing_of};
use crate::both_engines;
use crate::support::{MailServer, Seen, Service, Tab, TestHub, filled};

both_engines!(
    whoever_is_added_is_invited_by_mail_and_their_page_says_so,
    a_sheet_of_people_is_invited_by_mail,
    without_a_mail_server_the_link_is_made_at_once_and_shown_once,
    home_counts_who_has_no_invitation_that_works,
    whom_no_letter_reaches_stands_where_managers_look,
    who_forgot_the_password_is_told_to_look_in_the_inbox,
    the_menu_marks_the_page_that_is_shown
);

/// An instance that sends, and its sender.
fn sending(hub: &TestHub, server: &MailServer) -> (Service, Sender) {
    let mail = server.settings();
    let service = hub.world.another_service(|settings| settings.mail = Some(mail.clone()));
    (service, hub.world.sender(|settings| settings.mail = Some(mail)))
}

/// The manager's browser at an instance.
async fn at(hub: &TestHub, service: &Service) -> Tab {
    hub.tab(&hub.manager().at(service)).await
}

/// The page that a form led to, without what it says has happened.
fn page_of(seen: &Seen) -> String {
    seen.location().split('?').next().unwrap().to_owned()
}

async fn whoever_is_added_is_invited_by_mail_and_their_page_says_so(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let (service, sender) = sending(&hub, &server);
    let school = hub.school("Lampton Academy").await;
    let tab = at(&hub, &service).await;
    let new = format!("/schools/{}/people/new", school.id);
    let fields = tab.form(&new, &new).await;
    assert!(fields.contains(&("invite".to_owned(), "yes".to_owned())), "it is offered: {fields:?}");
    let added = tab.submit(&new, &new, &[("name", "Noor Hart"), ("email", "noor@s.example")]).await;
    assert!(added.location().ends_with("?done=person-invited"), "{}", added.location());
    says(&tab.get(added.location()).await, &["their invitation goes to them by e-mail"]);
    let person = page_of(&added);
    says(&tab.get(&person).await, &["by e-mail: the letter is on its way", "The link works until"]);
    assert_eq!(sender.go().await.unwrap().sent, 1);
    says(&tab.get(&person).await, &["Invited On", "by e-mail. The link works until", "They were invited"]);
    says(&tab.get("/people?standing=not_signed_in").await, &["Noor Hart", "Invited, until"]);
    let letter = server.letters().remove(0);
    let text = letter["text"].as_str().unwrap();
    assert!(text.contains("a colleague at Lampton Academy: find training"), "{text}");

    let again = tab.submit(&person, &format!("{person}/invite"), &[]).await;
    says(&again, &["E-mailed to noor@s.example", "/invitation/"]);
    says_nothing_of(&again, &["Pass it on to"]);
    hub.world.pass(TimeDelta::days(8));
    let tab = at(&hub, &service).await;
    says(&tab.get(&person).await, &["The link works no more", "Invite them again"]);
    says_nothing_of(&tab.get("/people?standing=not_signed_in").await, &["Invited, until"]);
}

async fn a_sheet_of_people_is_invited_by_mail(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let (service, sender) = sending(&hub, &server);
    let tab = at(&hub, &service).await;
    let path = "/people/import";
    says(&tab.get(path).await, &["Send an invitation by e-mail to everybody"]);
    let mut fields = tab.form(path, path).await;
    fields.push(("invite".to_owned(), "yes".to_owned()));
    let sheet = "email,name,role\nvera@s.example,Vera View,Hub viewer\n";
    let looked = tab.upload(path, fields, Some(("people.csv", sheet.as_bytes()))).await;
    says(&looked, &["is sent an invitation by e-mail", "An earlier link of theirs stops working"]);
    let done = format!("{path}/done");
    let imported = tab.upload(&done, looked.form(&done), None).await;
    says(&imported, &["E-mailed to the address below", "vera@s.example", "/invitation/"]);
    says_nothing_of(&imported, &["pass them on"]);
    assert_eq!(sender.go().await.unwrap().sent, 1);
}

async fn without_a_mail_server_the_link_is_made_at_once_and_shown_once(hub: TestHub) {
    let tab = hub.tab(&hub.manager()).await;
    let new = "/people/new";
    let fields = tab.form(new, new).await;
    assert!(!fields.iter().any(|(name, _)| name == "invite"), "not unless it is wanted: {fields:?}");
    let typed = [("name", "Vera View"), ("email", "vera@s.example"), ("role", "hub_viewer"), ("invite", "yes")];
    let fields = filled(fields, &typed);
    let shown = tab.send(new, fields.clone()).await;
    says(&shown, &["For Vera View", "This is shown once", "/invitation/"]);
    let again = tab.send(new, fields).await;
    assert!(again.location().ends_with("?done=link-made"), "sent twice: {}", again.location());
    says(&tab.get(&page_of(&again)).await, &["by a link that is passed on. The link works until"]);
    assert_eq!(hub.manager().all("/v1/people?email=vera@s.example").await.len(), 1);
    let lead = hub.lead(&hub.school("Lampton").await).await;
    let tab = hub.tab(&lead).await;
    let school = lead.get("/v1/me").await.ok()["school_id"].as_str().unwrap().to_owned();
    let new = format!("/schools/{school}/people/new");
    let typed = [("name", "Noor Hart"), ("email", "noor@s.example"), ("invite", "yes")];
    let added = tab.submit(&new, &new, &typed).await;
    assert!(added.location().ends_with("?done=person-added"), "the hub invites: {}", added.location());
}

async fn home_counts_who_has_no_invitation_that_works(hub: TestHub) {
    let viewer = hub.viewer().await;
    let tab = hub.tab(&hub.manager()).await;
    says(&tab.get("/").await, &["1 person without a way in yet"]);
    hub.manager().post(&format!("/v1/people/{}/invite", viewer.id()), None).await.created();
    says_nothing_of(&tab.get("/").await, &["without a way in"]);
    hub.world.pass(TimeDelta::days(8));
    let tab = hub.tab(&hub.manager()).await;
    says(&tab.get("/").await, &["1 person without a way in yet"]);
    hub.tab(&viewer).await;
    says_nothing_of(&tab.get("/").await, &["without a way in"]);
}

async fn whom_no_letter_reaches_stands_where_managers_look(hub: TestHub) {
    let viewer = hub.viewer().await;
    let address = hub.email_of(&viewer).await;
    let Some(server) = MailServer::that(json!({ "nobody": address })) else { return };
    let (service, sender) = sending(&hub, &server);
    hub.open_year("2026/27").await;
    let tab = at(&hub, &service).await;
    let person = format!("/people/{}", viewer.id());
    let places = ["/".to_owned(), "/hub".to_owned(), person.clone()];
    let words = ["Letters to 1 person", "Letters to 1 person", "Letters do not reach them"];
    tab.submit(&person, &format!("{person}/invite"), &[]).await;
    sender.go().await.unwrap();
    for (place, said) in places.iter().zip(words) {
        says(&tab.get(place).await, &[said]);
    }
    says(&tab.get(&person).await, &["nobody of this name is here", "put it right", "but the letter did not arrive"]);
    says(&tab.get("/letters?state=dead").await, &["put it right on the page of", "invite them again there"]);
    let looks = hub.tab(&hub.viewer().await.at(&service)).await;
    for place in &places {
        says_nothing_of(&looks.get(place).await, &["Letters to 1 person", "Letters do not reach them"]);
    }

    let edit = format!("{person}/edit");
    tab.submit(&edit, &edit, &[("email", "right@hub.example")]).await.location();
    tab.submit(&person, &format!("{person}/invite"), &[]).await;
    sender.go().await.unwrap();
    assert_eq!(server.count(), 1);
    for (place, said) in places.iter().zip(words) {
        says_nothing_of(&tab.get(place).await, &[said]);
    }
}

async fn who_forgot_the_password_is_told_to_look_in_the_inbox(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let (service, _) = sending(&hub, &server);
    let tab = Tab::new(&service.address);
    let path = "/sign-in/forgotten";
    says(&tab.get(path).await, &["is sent to this address"]);
    let asked = tab.submit(path, path, &[("email", "nobody@hub.example")]).await;
    assert_eq!(asked.location(), "/sign-in?done=reset-asked");
    says(&tab.get(asked.location()).await, &["Look in the inbox, and among the junk too", "ask a manager of your hub"]);
    let code = "/sign-in/code";
    says(&tab.submit(code, code, &[("email", "nobody@hub.example")]).await, &["among the junk too"]);
}

async fn the_menu_marks_the_page_that_is_shown(hub: TestHub) {
    let tab = hub.tab(&hub.manager()).await;
    let marked = async |path: &str| {
        let page = tab.get(path).await.page();
        let ways = page.all("nav")[0].all("a");
        let here = ways.iter().filter(|way| way.attribute("aria-current").is_some());
        here.filter_map(|way| way.attribute("href").map(str::to_owned)).collect::<Vec<_>>()
    };
    for path in ["/", "/notices", "/hub", "/people", "/letters"] {
        assert_eq!(marked(path).await, [path]);
    }
    assert!(marked("/set-up").await.is_empty(), "home leads there");
}
