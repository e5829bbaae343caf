//! What people are told as its time comes: an event soon, a certificate, an evaluation, credits that may lapse.

use chrono::TimeDelta;
use hub_credits::sending::Sender;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, MailServer, TestHub, new_session};

both_engines!(
    delegates_are_reminded_a_week_and_a_day_before,
    before_every_later_day_of_an_event_they_are_reminded,
    who_reserved_places_is_told_before_they_are_given_up,
    of_an_event_that_is_moved_they_are_reminded_anew,
    a_certificate_comes_by_mail_as_a_file,
    a_certificate_that_no_font_has_the_letters_of_says_so,
    an_evaluation_that_a_certificate_waits_for_is_asked_for_once,
    what_is_left_of_a_year_is_said_twice_before_its_end,
    the_letter_of_an_allocation_explains_the_schools_line,
    the_letter_of_an_allocation_says_how_it_was_rounded,
);

fn sender(hub: &TestHub, server: &MailServer) -> Sender {
    let mail = server.settings();
    hub.world.sender(|settings| settings.mail = Some(mail))
}

/// What somebody was told of this kind.
async fn told(who: &Client, kind: &str) -> Vec<Value> {
    who.all("/v1/me/notices").await.into_iter().filter(|notice| notice["kind"] == kind).collect()
}

/// The letters to somebody with this in their subject.
async fn letters(who: &Client, server: &MailServer, subject: &str) -> Vec<Value> {
    let email = who.get("/v1/me").await.ok()["email"].clone();
    let wanted = |letter: &Value| letter["to"][1] == email && letter["subject"].as_str().unwrap().contains(subject);
    server.letters().into_iter().filter(wanted).collect()
}

/// Why letters were not sent.
async fn reasons(hub: &TestHub) -> Vec<String> {
    let unwanted = hub.manager().all("/v1/letters?state=unwanted").await;
    unwanted.iter().map(|letter| letter["reason"].as_str().unwrap().to_owned()).collect()
}

async fn at(hub: &TestHub, instant: &str) {
    hub.world.at(instant);
    hub.world.round().await;
}

async fn delegates_are_reminded_a_week_and_a_day_before(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (late, gone) = (hub.teacher(&school).await, hub.teacher(&school).await);
    // On Monday 30 November at 9am.
    let event = hub.event(EventPlan::of(10, "10")).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    let given_up = lead.book_for(&event, &gone).await.created();
    at(&hub, "2026-11-23T08:59:59Z").await;
    assert!(told(&teacher, "event_soon").await.is_empty());
    at(&hub, "2026-11-23T09:00:00Z").await;
    at(&hub, "2026-11-23T09:01:00Z").await;
    let [notice] = told(&teacher, "event_soon").await.try_into().unwrap();
    assert_eq!((&notice["booking_id"], &notice["due_at"]), (&booking["id"], &json!("2026-11-30T09:00:00Z")));
    gone.act(&given_up, "cancel").await.ok();
    sender.go().await.unwrap();
    let [letter] = letters(&teacher, &server, "it begins soon").await.try_into().unwrap();
    let text = letter["text"].as_str().unwrap();
    for wanted in ["Monday 30 November 2026, 9am", "Where: ", "See the place:", "a code to show at the door"] {
        assert!(text.contains(wanted), "{wanted:?} in {text}");
    }
    let files: Vec<[&str; 2]> = letter["attachments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| ["name", "type"].map(|key| file[key].as_str().unwrap()))
        .collect();
    assert_eq!(files, [["calendar.ics", "text/calendar"], ["check-in.png", "image/png"]]);
    assert!(letters(&gone, &server, "it begins soon").await.is_empty());
    assert!(reasons(&hub).await.contains(&"the place was given up".to_owned()));
    // Who books later is reminded when the next reminder goes.
    lead.book_for(&event, &late).await.created();
    at(&hub, "2026-11-24T09:00:00Z").await;
    assert!(told(&late, "event_soon").await.is_empty());
    at(&hub, "2026-11-29T09:00:00Z").await;
    at(&hub, "2026-11-29T09:01:00Z").await;
    assert_eq!((told(&teacher, "event_soon").await.len(), told(&late, "event_soon").await.len()), (2, 1));
    // Who is given a place after the last reminder has it by themselves.
    let last = hub.teacher(&school).await;
    lead.book_for(&event, &last).await.created();
    at(&hub, "2026-11-29T09:02:00Z").await;
    at(&hub, "2026-11-29T09:03:00Z").await;
    assert_eq!((told(&teacher, "event_soon").await.len(), told(&last, "event_soon").await.len()), (2, 1));
    // What comes too late is not said.
    hub.world.at("2026-11-30T09:00:00Z");
    let before = letters(&late, &server, "it begins soon").await.len();
    sender.go().await.unwrap();
    assert_eq!(letters(&late, &server, "it begins soon").await.len(), before);
    assert!(reasons(&hub).await.contains(&"the time for it is over".to_owned()));
}

async fn before_every_later_day_of_an_event_they_are_reminded(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let times = ["2026-11-12T09:00", "2026-11-12T14:00", "2026-11-26T09:00"];
    let sessions: Vec<Value> = times.iter().map(|time| new_session(time)).collect();
    let programme = hub.programme(json!({})).await;
    let event = hub.published_event(&programme, json!({ "sessions": sessions })).await;
    lead.book_for(&event, &teacher).await.created();
    for instant in ["2026-11-05T09:00:00Z", "2026-11-11T09:00:00Z", "2026-11-11T14:00:00Z", "2026-11-19T09:00:00Z"] {
        at(&hub, instant).await;
    }
    assert_eq!(told(&teacher, "event_soon").await.len(), 2, "of two sessions on a day the first is said");
    at(&hub, "2026-11-25T09:00:00Z").await;
    at(&hub, "2026-11-25T09:01:00Z").await;
    let all = told(&teacher, "event_soon").await;
    assert_eq!(all.len(), 3);
    assert!(all.iter().any(|notice| notice["due_at"] == "2026-11-26T09:00:00Z"), "{all:?}");
    sender.go().await.unwrap();
    let [letter] = letters(&teacher, &server, "its next session begins soon").await.try_into().unwrap();
    let text = letter["text"].as_str().unwrap();
    assert!(text.contains("goes on soon: Thursday 26 November 2026, 9am"), "{text}");
    assert!(text.contains("Session 3: ") && !text.contains("Session 1: "), "{text}");
    assert_eq!(letter["attachments"].as_array().unwrap().len(), 2);
}

async fn who_reserved_places_is_told_before_they_are_given_up(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    // On Monday 30 November at 9am.
    let event = hub.event(EventPlan::of(10, "10")).await;
    let unnamed = json!({ "unnamed": { "places": 2, "names_by": "2026-11-20" } });
    lead.book_group(&event, &[], unnamed).await.ok();
    let places = json!({ "school_id": school.id, "unnamed": { "places": 1, "names_by": "2026-11-20" } });
    hub.manager().book_group(&event, &[], places).await.ok();
    at(&hub, "2026-11-14T12:00:00Z").await;
    assert!(told(&lead, "names_due").await.is_empty());
    at(&hub, "2026-11-15T12:00:00Z").await;
    at(&hub, "2026-11-16T12:00:00Z").await;
    let [notice] = told(&lead, "names_due").await.try_into().unwrap();
    assert_eq!((&notice["event_id"], &notice["due_at"]), (&json!(event), &json!("2026-11-21T00:00:00Z")));
    assert_eq!(told(&hub.manager(), "names_due").await.len(), 1, "who reserved one is told too");
    sender.go().await.unwrap();
    let [letter] = letters(&lead, &server, "a reserved place needs a name").await.try_into().unwrap();
    let text = letter["text"].as_str().unwrap();
    assert!(text.contains("the end of Friday 20 November 2026") && text.contains("Places without a name: 3"), "{text}");
    let place = format!("/v1/bookings/{}/name", notice["booking_id"].as_str().unwrap());
    lead.post(&place, json!({ "person_id": teacher.id() })).await.ok();
    at(&hub, "2026-11-17T12:00:00Z").await;
    assert_eq!(told(&lead, "names_due").await.len(), 1, "once for all of them");
    at(&hub, "2026-11-21T00:00:00Z").await;
    assert!(!told(&lead, "released").await.is_empty());
}

async fn of_an_event_that_is_moved_they_are_reminded_anew(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(EventPlan::of(10, "10")).await;
    lead.book_for(&event, &teacher).await.created();
    at(&hub, "2026-11-24T09:00:00Z").await;
    assert!(told(&teacher, "event_soon").await.is_empty(), "six days before it is too late to say it in a week");
    let other = hub.event(EventPlan { starts_in: TimeDelta::days(7), ..EventPlan::of(10, "10") }).await;
    lead.book_for(&other, &teacher).await.created();
    hub.world.round().await;
    assert_eq!(told(&teacher, "event_soon").await.len(), 1);
    let path = format!("/v1/events/{other}/sessions/{}", hub.sessions(&other).await[0]);
    let session = hub.manager().get(&path).await;
    let times = json!({ "starts_at": "2026-12-10T09:00:00Z", "ends_at": "2026-12-10T12:00:00Z" });
    hub.manager().patch(&path, &session.etag(), times).await.ok();
    sender.go().await.unwrap();
    assert!(letters(&teacher, &server, "it begins soon").await.is_empty());
    assert!(reasons(&hub).await.contains(&"the event was moved".to_owned()));
    at(&hub, "2026-12-03T09:00:00Z").await;
    let again = told(&teacher, "event_soon").await;
    assert!(again.iter().any(|notice| notice["due_at"] == "2026-12-10T09:00:00Z"), "{again:?}");
}

async fn a_certificate_comes_by_mail_as_a_file(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let corrected = hub.teacher(&school).await;
    let event = hub.event(EventPlan::of(10, "10")).await;
    let came = lead.book_for(&event, &teacher).await.created();
    let counted = lead.book_for(&event, &corrected).await.created();
    hub.complete_with(&event, &[(&came, &["present"]), (&counted, &["present"])]).await;
    assert_eq!(told(&teacher, "certificate_issued").await[0]["booking_id"], came["id"]);
    assert!(told(&teacher, "evaluation_asked").await.is_empty());
    hub.complete_with(&event, &[(&counted, &["absent"])]).await;
    sender.go().await.unwrap();
    let [letter] = letters(&teacher, &server, "your certificate").await.try_into().unwrap();
    let number =
        teacher.get(&format!("/v1/bookings/{}/certificate", came["id"].as_str().unwrap())).await.ok()["number"]
            .as_str()
            .unwrap()
            .to_owned();
    let [file] = letter["attachments"].as_array().unwrap().clone().try_into().unwrap();
    assert_eq!(
        (&file["name"], &file["type"]),
        (&json!(format!("certificate-{number}.pdf")), &json!("application/pdf"))
    );
    assert!(file["size"].as_u64() > Some(2000), "{file}");
    let text = letter["text"].as_str().unwrap();
    let page = format!("https://hub.example/places/{}/certificate", came["id"].as_str().unwrap());
    assert!(text.contains(&page) && text.contains("What did you think of the event?"), "{text}");
    let evaluation = format!("https://hub.example/places/{}/evaluation", came["id"].as_str().unwrap());
    assert!(text.contains(&evaluation), "{text}");
    assert!(letter["html"].as_str().unwrap().contains(&format!("href=\"{evaluation}\"")), "{letter:#}");
    assert!(letters(&corrected, &server, "your certificate").await.is_empty());
    assert!(reasons(&hub).await.contains(&"the certificate was withdrawn".to_owned()));
}

async fn a_certificate_that_no_font_has_the_letters_of_says_so(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let (school, lead, _) = hub.funded_school("Lampton Academy", "100").await;
    let body = json!({ "name": "محمد", "email": "m@school.example", "role": "teacher", "school_id": school.id });
    let id = hub.manager().add("/v1/people", body).await;
    let teacher = hub.world.person(&hub.id, &id);
    let event = hub.event(EventPlan::of(10, "10")).await;
    let came = lead.book_for(&event, &teacher).await.created();
    hub.complete_with(&event, &[(&came, &["present"])]).await;
    sender.go().await.unwrap();
    let [letter] = letters(&teacher, &server, "your certificate").await.try_into().unwrap();
    let text = letter["text"].as_str().unwrap();
    assert!(
        text.contains("The certificate could not be attached") && text.contains("you can print it there"),
        "{text}"
    );
    assert!(letter["attachments"].as_array().is_none_or(Vec::is_empty), "{letter:#}");
}

async fn an_evaluation_that_a_certificate_waits_for_is_asked_for_once(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let corrected = hub.teacher(&school).await;
    let programme = hub.programme(json!({})).await;
    let event = hub.published_event(&programme, json!({ "evaluation_required": true })).await;
    let came = lead.book_for(&event, &teacher).await.created();
    let counted = lead.book_for(&event, &corrected).await.created();
    hub.complete_with(&event, &[(&came, &["present"]), (&counted, &["absent"])]).await;
    let [asked] = told(&teacher, "evaluation_asked").await.try_into().unwrap();
    assert_eq!(asked["booking_id"], came["id"]);
    assert!(told(&teacher, "certificate_issued").await.is_empty());
    assert!(told(&corrected, "evaluation_asked").await.is_empty());
    // Whoever came after all is asked too, and nobody else again.
    hub.complete_with(&event, &[(&counted, &["present"])]).await;
    assert_eq!(
        (told(&teacher, "evaluation_asked").await.len(), told(&corrected, "evaluation_asked").await.len()),
        (1, 1)
    );
    let path = format!("/v1/bookings/{}/evaluation", counted["id"].as_str().unwrap());
    corrected.post(&path, json!({ "rating": 4 })).await.created();
    sender.go().await.unwrap();
    let [letter] = letters(&teacher, &server, "what did you think of it?").await.try_into().unwrap();
    let page = format!("https://hub.example/places/{}/evaluation", came["id"].as_str().unwrap());
    assert!(letter["text"].as_str().unwrap().contains(&page), "{letter:#}");
    assert!(letters(&corrected, &server, "what did you think of it?").await.is_empty(), "it was given before");
    let [certificate] = letters(&corrected, &server, "your certificate").await.try_into().unwrap();
    assert!(!certificate["text"].as_str().unwrap().contains("What did you think"), "{certificate:#}");
}

async fn what_is_left_of_a_year_is_said_twice_before_its_end(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (_, spent, _) = hub.funded_school("Copthorne", "10").await;
    spent.book(&hub.event(EventPlan::of(10, "10")).await).await.created();
    // Sixty days before 31 August, at 7am by the clocks of London.
    at(&hub, "2027-07-02T05:59:00Z").await;
    assert!(told(&lead, "credits_lapse").await.is_empty());
    at(&hub, "2027-07-02T06:00:00Z").await;
    at(&hub, "2027-07-03T06:00:00Z").await;
    let [notice] = told(&lead, "credits_lapse").await.try_into().unwrap();
    assert_eq!((&notice["year"], &notice["due_at"]), (&json!("2026/27"), &json!("2027-08-31T23:00:00Z")));
    for who in [&spent, &teacher, &hub.manager()] {
        assert!(told(who, "credits_lapse").await.is_empty());
    }
    at(&hub, "2027-08-17T06:00:00Z").await;
    at(&hub, "2027-08-31T06:00:00Z").await;
    assert_eq!(told(&lead, "credits_lapse").await.len(), 2);
    sender.go().await.unwrap();
    let letters = letters(&lead, &server, "Your school has credits left (2026/27)").await;
    assert_eq!(letters.len(), 2);
    let text = letters[0]["text"].as_str().unwrap();
    for wanted in ["credits left: 100", "the end of Tuesday 31 August 2027", "https://hub.example/credits"] {
        assert!(text.contains(wanted), "{wanted:?} in {text}");
    }
}

async fn the_letter_of_an_allocation_explains_the_schools_line(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let schools = hub.three_schools().await;
    let (first, last) = (hub.lead(&schools[0]).await, hub.lead(&schools[2]).await);
    hub.allocate(json!({ "pool": "600", "floor": "120" })).await;
    sender.go().await.unwrap();
    for (who, lines) in [
        (
            &first,
            [
                "Pupils: 100 of 600, on Thursday 19 January 2023",
                "Exact share: 96 of 600 credits",
                "Credits: 120: the least that a school gets",
            ],
        ),
        (&last, ["Pupils: 300 of 600, on Thursday 19 January 2023", "Exact share: 288 of 600 credits", "Credits: 288"]),
    ] {
        let [letter] = letters(who, &server, "Your school has its credits (2026/27)").await.try_into().unwrap();
        let text = letter["text"].as_str().unwrap();
        for line in lines {
            assert!(text.contains(line), "{line:?} in {text}");
        }
    }
}

async fn the_letter_of_an_allocation_says_how_it_was_rounded(hub: TestHub) {
    let Some(server) = MailServer::start() else { return };
    let sender = sender(&hub, &server);
    let schools = hub.three_schools().await;
    let (first, second, third) =
        (hub.lead(&schools[0]).await, hub.lead(&schools[1]).await, hub.lead(&schools[2]).await);
    hub.allocate(json!({ "pool": "1000" })).await;
    sender.go().await.unwrap();
    for (who, rounding) in [
        (&first, "Rounding: down to 166, and 1 more, since what was cut off is among the largest of all schools"),
        (&second, "Rounding: down to 333; what was cut off went to the schools with the largest parts cut off"),
        (&third, "Credits: 500"),
    ] {
        let [letter] = letters(who, &server, "Your school has its credits (2026/27)").await.try_into().unwrap();
        let text = letter["text"].as_str().unwrap();
        assert!(text.contains(rounding) && text.contains("Rounding") == rounding.starts_with('R'), "{text}");
    }
}
