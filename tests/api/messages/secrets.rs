//! Letters that tell a secret: codes, links to set a password, invitations, new addresses; and how the mail server is spoken
//! to.

use chrono::TimeDelta;
use hub_credits::sending::Sender;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, MailServer, PASSWORD, Service, SignedIn, TestHub, certificate, operation_of};

both_engines!(
    a_code_that_was_asked_for_comes_by_mail_and_signs_in,
    a_link_to_set_a_password_comes_by_mail,
    an_invitation_and_a_new_address_go_by_mail,
    what_works_no_longer_is_not_sent_and_nothing_keeps_it,
    letters_go_encrypted_and_after_a_login
);

/// An instance that sends, and its sender.
fn sending(hub: &TestHub, server: &MailServer) -> (Service, Sender) {
    let mail = server.settings();
    let service = hub.world.another_service(|settings| settings.mail = Some(mail.clone()));
    (service, hub.world.sender(|settings| settings.mail = Some(mail)))
}

/// Waits for a letter that is written after the answer, and sends it; the newest that the mail server took.
async fn arrived(sender: &Sender, server: &MailServer, count: usize) -> Value {
    for _ in 0..200 {
        sender.go().await.unwrap();
        if server.count() >= count {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let mut letters = server.letters();
    assert_eq!(letters.len(), count);
    letters.pop().unwrap()
}

/// The link to a page that a letter has, as text and in HTML alike.
fn link(letter: &Value, page: &str) -> String {
    let text = letter["text"].as_str().unwrap();
    let link = text.split_whitespace().find(|word| word.contains(page)).unwrap_or_else(|| panic!("{page} in {text}"));
    assert!(letter["html"].as_str().unwrap().contains(&format!("href=\"{link}\"")));
    link.to_owned()
}

async fn a_code_that_was_asked_for_comes_by_mail_and_signs_in(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let (service, sender) = sending(&hub, &server);
    let viewer = hub.viewer().await;
    let (email, _) = hub.joins(&viewer).await;
    let stranger = hub.world.stranger().at(&service);
    let asked = stranger.post("/v1/auth/codes", json!({ "email": email })).await;
    let letter = arrived(&sender, &server, 1).await;
    assert_eq!((&letter["subject"], &letter["to"][1]), (&json!("Your code to sign in to West London"), &json!(email)));
    let text = letter["text"].as_str().unwrap();
    let code = text.lines().map(str::trim).find(|line| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit()));
    let body = json!({ "email": email, "code": code.unwrap(), "request": asked.is(202)["request"] });
    let signed_in = SignedIn(stranger.post("/v1/auth/codes/sign-in", body).await.ok());
    assert_eq!(signed_in.caller(&hub.world).get("/v1/me").await.ok()["id"], viewer.id());
    stranger.post(&operation_of(&json!(link(&letter, "/sign-in/link/"))), None).await.refused(404, "not_found");
    // The password was set before they had shown that the address is theirs: it ends, and they are told.
    hub.world.sign_in(&email, PASSWORD, json!({})).await.refused(401, "sign_in_failed");
    let letter = arrived(&sender, &server, 2).await;
    assert_eq!((&letter["subject"], &letter["to"][1]), (&json!("How you sign in has changed"), &json!(email)));
    assert!(letter["text"].as_str().unwrap().contains("works no longer"), "{letter:#}");
    // Nobody learns by a letter who has an address.
    stranger.post("/v1/auth/codes", json!({ "email": "nobody@hub.example" })).await.is(202);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(sender.go().await.unwrap().taken, 0);
}

async fn a_link_to_set_a_password_comes_by_mail(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let (service, sender) = sending(&hub, &server);
    let viewer = hub.viewer().await;
    let (email, _) = hub.joins(&viewer).await;
    let stranger = hub.world.stranger().at(&service);
    stranger.post("/v1/auth/resets", json!({ "email": email })).await.is(202);
    let letter = arrived(&sender, &server, 1).await;
    let path = operation_of(&json!(link(&letter, "/reset/")));
    let other = "a longer password than before 71";
    stranger.post(&path, json!({ "password": other })).await.ok();
    hub.world.sign_in(&email, other, json!({})).await.ok();
    hub.world.sign_in(&email, PASSWORD, json!({})).await.refused(401, "sign_in_failed");
    let letter = arrived(&sender, &server, 2).await;
    assert_eq!(letter["subject"], "How you sign in has changed");
    let text = letter["text"].as_str().unwrap();
    assert!(text.contains("a new password was set.") && text.contains("If it was not you"), "{text}");
}

async fn an_invitation_and_a_new_address_go_by_mail(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let (service, sender) = sending(&hub, &server);
    let viewer = hub.viewer().await;
    let manager = hub.manager().at(&service);
    let invited = manager.post(&format!("/v1/people/{}/invite", viewer.id()), None).await.created();
    let letter = arrived(&sender, &server, 1).await;
    assert_eq!(letter["subject"], "You are invited to West London");
    assert!(letter["text"].as_str().unwrap().contains("to look at everything in West London"), "{letter:#}");
    let secret = |link: &str| link.rsplit_once('/').unwrap().1.to_owned();
    let sent = link(&letter, "/invitation/");
    assert_eq!(secret(&sent), secret(invited["link"].as_str().unwrap()), "the manager sees it too");
    hub.world.stranger().post(&operation_of(&json!(sent)), json!({ "password": PASSWORD })).await.ok();
    let viewer: Client = viewer.at(&service);
    viewer.post("/v1/me/email", json!({ "email": "New@Hub.example" })).await.is(202);
    let old = letter["to"][1].clone();
    arrived(&sender, &server, 3).await;
    let of = |subject: &str| -> Vec<Value> {
        server.letters().into_iter().filter(|letter| letter["subject"] == subject).collect()
    };
    let [letter] = of("Confirm your new address").try_into().unwrap();
    assert_eq!(letter["to"][1], "New@hub.example");
    let [asked] = of("Another address was asked for").try_into().unwrap();
    assert_eq!(asked["to"][1], old, "whoever has the old one is told");
    assert!(asked["text"].as_str().unwrap().contains("New@Hub.example"), "{asked:#}");
    let path = operation_of(&json!(link(&letter, "/address/")));
    let confirmed = hub.world.stranger().post(&path, None).await.ok();
    assert_eq!(confirmed["email"], "New@Hub.example");
    arrived(&sender, &server, 5).await;
    let changed = of("Your record has changed");
    let to: Vec<&Value> = changed.iter().map(|letter| &letter["to"][1]).collect();
    assert!(to.len() == 2 && to.contains(&&old), "at the old address too: {to:?}");
    assert!(changed.iter().all(|letter| letter["text"].as_str().unwrap().contains("New@Hub.example")), "{changed:#?}");
}

async fn what_works_no_longer_is_not_sent_and_nothing_keeps_it(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let (service, sender) = sending(&hub, &server);
    let viewer = hub.viewer().await;
    let manager = hub.manager().at(&service);
    let invite = format!("/v1/people/{}/invite", viewer.id());
    manager.post(&invite, None).await.created();
    let sealed = async || {
        let sql = "SELECT COUNT(*) FROM letters WHERE sealed IS NOT NULL";
        let (count,): (i64,) = hub.world.db().read_everywhere().await.unwrap().query(sql).one().await.unwrap();
        count
    };
    assert_eq!(sealed().await, 1);
    hub.world.pass(TimeDelta::days(8));
    sender.go().await.unwrap();
    let [letter] = hub.manager().all("/v1/letters").await.try_into().unwrap();
    assert_eq!((&letter["state"], &letter["reason"]), (&json!("unwanted"), &json!("it works no longer")));
    assert_eq!((sealed().await, server.count()), (0, 0));
    manager.post(&invite, None).await.created();
    arrived(&sender, &server, 1).await;
    assert_eq!(sealed().await, 0, "wiped once it is sent");
}

async fn letters_go_encrypted_and_after_a_login(hub: TestHub) {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, cert)) = certificate(folder.path()) else { return };
    let (_, _, teacher) = hub.funded_school("Lampton Academy", "1000").await;
    let login = "login = 'hub'\npassword = 'open sesame'";
    for (weeks, way) in [(8, "tls"), (9, "starttls")] {
        let options = json!({ way: true, "key": key, "cert": cert, "login": "hub", "password": "open sesame" });
        let Some(server) = MailServer::that(options) else { return };
        let plan = EventPlan { starts_in: TimeDelta::weeks(weeks), ..EventPlan::of(10, "30") };
        teacher.book(&hub.event(plan).await).await.created();
        let with = |lines: String| hub.world.sender(|settings| settings.mail = Some(server.settings_with(&lines)));
        let reason = async || hub.manager().all("/v1/letters?state=waiting").await[0]["reason"].to_string();
        // A server that nobody vouches for is told nothing.
        let went = with(format!("encryption = '{way}'\n{login}")).go().await.unwrap();
        assert_eq!((went.sent, went.away), (0, true));
        assert!(reason().await.to_lowercase().contains("certificate"), "{}", reason().await);
        hub.world.pass(TimeDelta::minutes(2));
        // A wrong login is no fault of the letter.
        let vouched = format!("encryption = '{way}'\nauthority = '{}'", cert.display());
        with(format!("{vouched}\nlogin = 'hub'\npassword = 'wrong'")).go().await.unwrap();
        assert!(reason().await.contains("535"), "{}", reason().await);
        hub.world.pass(TimeDelta::minutes(5));
        assert_eq!(with(format!("{vouched}\n{login}")).go().await.unwrap().sent, 1);
        let envelope = &server.letters()[0]["envelope"];
        assert_eq!((&envelope["secure"], &envelope["user"]), (&json!(true), &json!("hub")));
    }
}
