//! Letters: what people are told goes to them by e-mail, in order and once; what can't be sent says why.

use chrono::TimeDelta;
use hub_credits::base::ids::{BookingId, EventId, PersonId, ProgrammeId, TransferId};
use hub_credits::base::mail::{Settings, read_returned};
use hub_credits::base::year::AcademicYear;
use hub_credits::messages::notices::{self, Kind, Notice};
use hub_credits::sending::{Sender, Went, take_back};
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, FROM, MailServer, TestHub};

both_engines!(
    what_somebody_is_told_goes_to_them_by_mail,
    what_has_no_meaning_any_more_is_not_sent,
    every_kind_of_notice_is_a_letter_of_good_form,
    what_is_refused_for_now_arrives_in_order_and_once,
    what_is_refused_for_good_says_why_and_is_sent_again,
    what_comes_back_says_why_and_is_sent_again,
    a_complaint_stops_the_newsletter_and_the_letter_arrived,
    of_several_senders_one_sends_each_letter,
    after_three_days_a_letter_is_given_up,
    without_a_mail_server_no_letters_are_kept
);

/// A sender to this mail server.
fn sender(hub: &TestHub, mail: &Settings) -> Sender {
    hub.world.sender(|settings| settings.mail = Some(mail.clone()))
}

/// Sends whatever is due; returns how many letters were taken by the mail server.
async fn send(sender: &Sender) -> usize {
    sender.go().await.unwrap().sent
}

/// A teacher's request, and who decides on it.
async fn requested(hub: &TestHub) -> (Client, Client, Value) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let booking = teacher.book(&hub.event(EventPlan::of(10, "30")).await).await.created();
    (lead, teacher, booking)
}

/// A letter as the hub sees it.
async fn letters(hub: &TestHub, query: &str) -> Vec<Value> {
    hub.manager().all(&format!("/v1/letters{query}")).await
}

async fn what_somebody_is_told_goes_to_them_by_mail(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server.settings());
    assert_eq!(send(&sender).await, 0);
    hub.manager().patch("/v1/hub", "\"1\"", json!({ "colour": "#7a1f3d" })).await.ok();
    let (lead, teacher, _) = requested(&hub).await;
    assert_eq!(send(&sender).await, 1);
    assert_eq!(send(&sender).await, 0, "once");
    let notice = lead.all("/v1/me/notices").await.remove(0);
    let [letter] = server.letters().try_into().unwrap();
    let me = lead.get("/v1/me").await.ok();
    assert_eq!(letter["to"], json!([me["name"], me["email"]]));
    assert_eq!(letter["from"], json!(["West London", FROM]));
    assert_eq!(letter["subject"], "Spring conference: a request waits for your decision");
    assert!(letter["html"].as_str().unwrap().contains("background:#7a1f3d;color:#ffffff"));
    let headers = &letter["headers"];
    assert_eq!(headers["message-id"], format!("<{}@hub.example>", notice["id"].as_str().unwrap()));
    assert_eq!(headers["auto-submitted"], "auto-generated");
    let name = teacher.get("/v1/me").await.ok()["name"].as_str().unwrap().to_owned();
    for part in ["text", "html"] {
        let said = letter[part].as_str().unwrap();
        for wanted in [name.as_str(), "30 credits", "70 credits", "100 credits", "https://hub.example/approvals"] {
            assert!(said.contains(wanted), "{wanted:?} in the {part}: {said}");
        }
    }
    let [seen] = letters(&hub, "").await.try_into().unwrap();
    let sent = json!(["notice", "approval_waiting", "sent", 1, me["email"], hub.world.clock.now()]);
    let keys = ["kind", "notice_kind", "state", "tries", "address", "ended_at"];
    assert_eq!(json!(keys.map(|key| &seen[key])), sent);
    let path = format!("/v1/letters/{}", seen["id"].as_str().unwrap());
    assert_eq!(hub.manager().get(&path).await.ok(), seen);
    hub.manager().post(&format!("{path}/send-again"), None).await.refused(409, "invalid_transition");
    for who in [&lead, &teacher] {
        who.get("/v1/letters").await.refused(403, "forbidden");
    }
    let viewer = hub.viewer().await;
    assert_eq!(viewer.get(&path).await.ok(), seen);
    viewer.post(&format!("{path}/send-again"), None).await.refused(403, "forbidden");
}

async fn what_has_no_meaning_any_more_is_not_sent(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server.settings());
    let (lead, teacher, decided) = requested(&hub).await;
    lead.act(&decided, "decline").await.ok();
    teacher.post("/v1/me/notices/read", None).await.is(204);
    let (_, another, gone) = hub.funded_school("Copthorne", "100").await;
    let booking = gone.book(&hub.event(EventPlan::of(10, "30")).await).await.created();
    another.act(&booking, "decline").await.ok();
    hub.manager().post(&format!("/v1/people/{}/disable", gone.id()), None).await.ok();
    assert_eq!(send(&sender).await, 0);
    let mut reasons: Vec<String> =
        letters(&hub, "?state=unwanted").await.iter().map(|it| it["reason"].as_str().unwrap().to_owned()).collect();
    reasons.sort_unstable();
    let decided = "it was decided already";
    assert_eq!(reasons, [decided, decided, "they are disabled", "they have read it on the pages"]);
    assert_eq!(server.count(), 0);
}

/// Names and titles as people have them, and as somebody would write them who means ill.
const NAME: &str = "Zoë O’Neill-Ørsted & <b>Søn</b>, \"Q\" 林";

async fn every_kind_of_notice_is_a_letter_of_good_form(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(EventPlan::of(10, "30")).await;
    let booking = teacher.book(&event).await.created();
    let receiver = hub.school("Copthorne").await;
    let gift = lead.add("/v1/transfers", json!({ "to_school_id": receiver.id, "amount": "10" })).await;
    let programme = hub.programme(json!({})).await;
    let person = json!({ "name": NAME, "email": "Zoe@Bücher.example", "role": "hub_viewer" });
    let person = hub.manager().add("/v1/people", person).await;
    let mut journal = hub.journal().await;
    let due_at = Some(journal.now() + TimeDelta::days(2));
    let told = Notice {
        event: Some(EventId(event.parse().unwrap())),
        booking: Some(BookingId(booking["id"].as_str().unwrap().parse().unwrap())),
        due_at,
        about: Some(PersonId(teacher.id().parse().unwrap())),
        transfer: Some(TransferId(gift.parse().unwrap())),
        programme: Some(ProgrammeId(programme.parse().unwrap())),
        year: Some(AcademicYear::parse("2026/27").unwrap()),
        ..Notice::new(PersonId(person.parse().unwrap()), Kind::Promoted)
    };
    // What else these need to be sent, the tests of reminders and of places show.
    let shown =
        |kind: &&Kind| !matches!(kind, Kind::EventSoon | Kind::CertificateIssued | Kind::NamesDue | Kind::TicketGiven);
    let all: Vec<Notice> = Kind::ALL.iter().filter(shown).map(|kind| Notice { kind: *kind, ..told.clone() }).collect();
    notices::tell(&mut journal, &all).await.unwrap();
    journal.commit().await.unwrap();
    while send(&sender(&hub, &server.settings())).await > 0 {}
    let letters: Vec<Value> = server.letters().into_iter().filter(|letter| letter["to"][0] == NAME).collect();
    assert_eq!(letters.len(), all.len());
    let first = hub.manager().get("/v1/letters?state=sent&limit=20").await.ok();
    let rest = format!("/v1/letters?state=sent&after={}", first["next"].as_str().unwrap());
    assert!(hub.manager().get(&rest).await.ok()["items"][0]["id"].as_str() < first["items"][19]["id"].as_str());
    for letter in &letters {
        assert_eq!(letter["to"][1], "Zoe@xn--bcher-kva.example");
        let text = |key: &str| letter[key].as_str().unwrap();
        // Of their own record the letter says what has changed.
        let of_record = text("subject") == "Another address was asked for";
        assert!(of_record || text("subject").starts_with("Spring conference: "), "{}", text("subject"));
        let (plain, html) = (text("text"), text("html"));
        assert!(plain.contains(&format!("Hello {NAME},")) && plain.contains("https://hub.example/"), "{plain}");
        assert!(html.contains("Zoë O’Neill-Ørsted &#38; &#60;b&#62;Søn") && !html.contains("<b>"), "{html}");
        let sentence = plain.split("\n\n").map(str::trim).nth(2).unwrap();
        assert!(sentence.len() > 20 && sentence.ends_with(['.', '?']), "{sentence}");
        for left in ["{{", "{%", "  ", "None", "Some("] {
            assert!(!plain.contains(left), "{left:?} in {plain}");
        }
        assert!(letter["longest_line"].as_u64().unwrap() <= 998);
        assert_eq!(letter["headers"]["auto-submitted"], "auto-generated");
    }
}

async fn what_is_refused_for_now_arrives_in_order_and_once(hub: TestHub) {
    let Some(server) = MailServer::that(json!({ "refuse_every": 3 })) else { return };
    let sender = sender(&hub, &server.settings());
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "500").await;
    let mut told = Vec::new();
    for weeks in 8..16 {
        let plan = EventPlan { starts_in: TimeDelta::weeks(weeks), ..EventPlan::of(10, "30") };
        let booking = teacher.book(&hub.event(plan).await).await.created();
        hub.world.pass(TimeDelta::seconds(1));
        lead.act(&booking, "approve").await.ok();
        hub.world.pass(TimeDelta::seconds(1));
    }
    for notice in teacher.all("/v1/me/notices").await.iter().rev() {
        told.push(format!("<{}@hub.example>", notice["id"].as_str().unwrap()));
    }
    assert_eq!(told.len(), 8);
    for _ in 0..20 {
        send(&sender).await;
        hub.world.pass(TimeDelta::minutes(10));
    }
    let mine = teacher.get("/v1/me").await.ok()["email"].clone();
    let arrived: Vec<Value> = server.letters().into_iter().filter(|letter| letter["to"][1] == mine).collect();
    let arrived: Vec<&str> = arrived.iter().map(|letter| letter["headers"]["message-id"].as_str().unwrap()).collect();
    assert_eq!(arrived, told);
    assert!(letters(&hub, "?state=waiting").await.is_empty());
    assert!(letters(&hub, "?state=dead").await.is_empty());
    assert!(letters(&hub, "").await.iter().any(|letter| letter["tries"].as_i64() > Some(1)), "some were refused");
}

async fn what_is_refused_for_good_says_why_and_is_sent_again(hub: TestHub) {
    let (lead, teacher, _) = requested(&hub).await;
    let address = lead.get("/v1/me").await.ok()["email"].clone();
    let Some(server) = MailServer::that(json!({ "nobody": address })) else { return };
    assert_eq!(send(&sender(&hub, &server.settings())).await, 0);
    let [dead] = letters(&hub, "?state=dead").await.try_into().unwrap();
    let reason = dead["reason"].as_str().unwrap();
    assert!(reason.contains("5.1.1 nobody of this name is here"), "{reason}");
    assert_eq!((&dead["tries"], &dead["due_at"]), (&json!(1), &Value::Null));
    let table = hub.manager().get("/v1/letters?state=dead").as_csv().await;
    assert!(table.sheet().contains("nobody of this name is here"), "{}", table.sheet());
    let again = format!("/v1/letters/{}/send-again", dead["id"].as_str().unwrap());
    teacher.post(&again, None).await.refused(403, "forbidden");
    let waiting = hub.manager().post(&again, None).await.ok();
    assert_eq!((&waiting["state"], &waiting["due_at"]), (&json!("waiting"), &json!(hub.world.clock.now())));
    let Some(mended) = MailServer::start() else { return };
    assert_eq!(send(&sender(&hub, &mended.settings())).await, 1);
    assert_eq!(mended.letters()[0]["to"][1], address);
    hub.manager().post(&again, None).await.refused(409, "invalid_transition");
    hub.manager()
        .post("/v1/letters/0190f3a8-5b1e-7c3d-9f60-2a4b6c8d0e1f/send-again", None)
        .await
        .refused(404, "not_found");
}

async fn what_comes_back_says_why_and_is_sent_again(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server.settings());
    requested(&hub).await;
    assert_eq!(send(&sender).await, 1);
    let sent = server.letters().remove(0);
    let report = format!(
        "From: mailer-daemon@school.example\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\
         Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; school.example\r\n\r\nAction: failed\r\n\
         Status: 5.2.2\r\nDiagnostic-Code: smtp; 552 5.2.2 the mailbox is full\r\n\r\n--b\r\n\
         Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: {}\r\n\r\n--b--\r\n",
        sent["headers"]["message-id"].as_str().unwrap()
    );
    let returned = read_returned(report.as_bytes()).unwrap();
    assert!(take_back(hub.world.db(), &returned, hub.world.clock.now()).await.unwrap());
    assert!(!take_back(hub.world.db(), &returned, hub.world.clock.now()).await.unwrap(), "it has come back already");
    let [dead] = letters(&hub, "?state=dead").await.try_into().unwrap();
    assert_eq!(dead["reason"], "it came back: 552 5.2.2 the mailbox is full");
    hub.manager().post(&format!("/v1/letters/{}/send-again", dead["id"].as_str().unwrap()), None).await.ok();
    assert_eq!(send(&sender).await, 1);
}

async fn a_complaint_stops_the_newsletter_and_the_letter_arrived(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server.settings());
    requested(&hub).await;
    assert_eq!(send(&sender).await, 1);
    let sent = server.letters().remove(0);
    let report = format!(
        "Content-Type: multipart/report; report-type=feedback-report\r\n\r\n--b\r\n\
         Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\n\r\n--b\r\n\
         Content-Type: message/rfc822\r\n\r\nMessage-ID: {}\r\n\r\nHello\r\n",
        sent["headers"]["message-id"].as_str().unwrap()
    );
    let returned = read_returned(report.as_bytes()).unwrap();
    assert!(take_back(hub.world.db(), &returned, hub.world.clock.now()).await.unwrap());
    assert!(letters(&hub, "?state=dead").await.is_empty());
    let [arrived] = letters(&hub, "?state=sent").await.try_into().unwrap();
    assert_eq!(arrived["reason"], "its receiver complained of it: abuse");
    let lead = hub.world.person(&hub.id, arrived["person_id"].as_str().unwrap());
    let choices = lead.get("/v1/me/letters").await.ok()["choices"].clone();
    let newsletter = choices.as_array().unwrap().iter().find(|choice| choice["topic"] == "newsletter").unwrap();
    assert_eq!(newsletter["way"], "none");
}

async fn of_several_senders_one_sends_each_letter(hub: TestHub) {
    let Some(server) = MailServer::that(json!({ "slow": 20 })) else { return };
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "3000").await;
    for weeks in 8..28 {
        let plan = EventPlan { starts_in: TimeDelta::weeks(weeks), ..EventPlan::of(10, "30") };
        teacher.book(&hub.event(plan).await).await.created();
    }
    let senders = [(); 3].map(|()| sender(&hub, &server.settings()));
    let went = futures_util::future::join_all(senders.iter().map(async |sender| {
        let mut sent = 0;
        // Whoever finds that another has all that is due looks again.
        for _ in 0..40 {
            sent += send(sender).await;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        sent
    }))
    .await;
    assert_eq!(went.iter().sum::<usize>(), 20, "{went:?}");
    let mut arrived: Vec<String> =
        server.letters().iter().map(|letter| letter["headers"]["message-id"].to_string()).collect();
    assert_eq!(arrived.len(), 20);
    arrived.sort_unstable();
    arrived.dedup();
    assert_eq!(arrived.len(), lead.all("/v1/me/notices").await.len());
}

async fn after_three_days_a_letter_is_given_up(hub: TestHub) {
    // Nobody listens at this port.
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let text = format!("server = '127.0.0.1'\nport = {nowhere}\nencryption = 'none'\nfrom = '{FROM}'");
    let given: hub_credits::base::mail::Given = toml::from_str(&text).unwrap();
    let sender = sender(&hub, &given.checked().unwrap().unwrap());
    let (_, teacher, booking) = requested(&hub).await;
    hub.manager().act(&booking, "cancel").await.ok();
    let began = hub.world.clock.now();
    loop {
        let Went { sent, .. } = sender.go().await.unwrap();
        assert_eq!(sent, 0);
        let waiting = letters(&hub, "?state=waiting").await;
        let Some(next) = waiting.iter().filter_map(|letter| letter["due_at"].as_str()).min() else { break };
        assert!(waiting.iter().all(|letter| letter["reason"].as_str().is_some_and(|words| !words.is_empty())));
        hub.world.at(next);
    }
    assert_eq!(hub.world.clock.now() - began, TimeDelta::days(3));
    let dead = letters(&hub, "?state=dead").await;
    assert!(dead.iter().any(|letter| letter["person_id"] == teacher.id()), "{dead:#?}");
    assert!(dead.iter().all(|letter| letter["tries"].as_i64() > Some(50)), "{dead:#?}");
    // What has been over for long is removed.
    hub.world.pass(TimeDelta::days(91));
    hub.world.round().await;
    assert!(letters(&hub, "?state=dead").await.is_empty());
}

async fn without_a_mail_server_no_letters_are_kept(hub: TestHub) {
    requested(&hub).await;
    let sender = hub.world.sender(|_| {});
    sender.go().await.unwrap();
    assert_eq!(letters(&hub, "").await.len(), 1, "another instance may have one");
    hub.world.pass(TimeDelta::hours(1));
    sender.go().await.unwrap();
    assert!(letters(&hub, "").await.is_empty());
}
