//! Certificates and CPD records: for who attended, in JSON and on paper, and checked by anyone.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, School, TestHub, new_session, nobody, with};

/// A course of three sessions of an hour in November, at a school with a teacher and their lead.
struct Course {
    school: School,
    lead: Client,
    teacher: Client,
    event: String,
}

async fn course(hub: &TestHub, over: Value) -> Course {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "1000").await;
    let programme = hub.programme(json!({ "title": "Outstanding Teacher Programme" })).await;
    let sessions = ["2026-11-12T09:00", "2026-11-19T09:00", "2026-11-26T09:00"].map(new_session);
    let event =
        hub.published_event(&programme, with(json!({ "title": "Autumn run", "sessions": sessions }), over)).await;
    Course { school, lead, teacher, event }
}

impl Course {
    async fn booked(&self, delegate: &Client) -> Value {
        self.lead.book_for(&self.event, delegate).await.created()
    }
}

fn certificate(booking: &Value) -> String {
    format!("/v1/bookings/{}/certificate", booking["id"].as_str().unwrap())
}

fn check(certificate: &Value) -> String {
    format!("/v1/certificates/{}", certificate["number"].as_str().unwrap())
}

async fn rename(hub: &TestHub, person: &Client, name: &str) {
    let path = format!("/v1/people/{}", person.id());
    let etag = hub.manager().get(&path).await.etag();
    hub.manager().patch(&path, &etag, json!({ "name": name })).await.ok();
}

both_engines!(
    who_attended_has_a_certificate_that_anyone_can_check,
    a_certificate_is_printed_in_the_delegates_own_letters,
    a_correction_withdraws_what_it_makes_wrong,
    the_verification_finds_certificates_that_are_not_as_the_register,
    a_name_put_right_is_on_the_certificate_under_its_number,
    a_name_that_no_font_has_is_named_and_set_with_a_folder_of_fonts,
    a_certificate_is_seen_by_those_who_see_the_booking,
    checks_are_counted_by_address_whatever_token_is_sent,
    a_cpd_record_adds_up,
    a_part_counts_its_minutes_and_hours_are_of_the_year_of_their_session,
    a_cpd_record_is_seen_by_the_person_their_lead_and_the_hub,
    a_long_record_goes_over_many_pages
);

async fn who_attended_has_a_certificate_that_anyone_can_check(hub: TestHub) {
    let course = course(&hub, json!({})).await;
    rename(&hub, &course.teacher, "Zoë Nowak-Łukasz").await;
    let other = hub.teacher(&course.school).await;
    let (came, stayed_away) = (course.booked(&course.teacher).await, course.booked(&other).await);
    course.teacher.get(&certificate(&came)).await.refused(409, "not_attended");
    hub.world.at("2026-11-30T09:00:00Z");
    hub.complete_with(&course.event, &[(&came, &["present", "late", "absent"]), (&stayed_away, &["absent"; 3])]).await;

    let issued = course.teacher.get(&certificate(&came)).await.ok();
    let says = json!({
        "person_name": "Zoë Nowak-Łukasz", "school_name": "Lampton Academy", "hub_name": "West London",
        "programme_title": "Outstanding Teacher Programme", "event_title": "Autumn run", "provider_name": "West London",
        "starts_on": "2026-11-12", "ends_on": "2026-11-26", "sessions": 3, "sessions_attended": 2, "hours": "2.00"
    });
    for (field, value) in says.as_object().unwrap() {
        assert_eq!(&issued[field], value, "{field}");
    }
    assert_eq!(
        (&issued["booking_id"], &issued["person_id"], &issued["issued_on"]),
        (&came["id"], &json!(course.teacher.id()), &json!("2026-11-30"))
    );
    other.get(&certificate(&stayed_away)).await.refused(409, "not_attended");

    let stranger = hub.world.stranger();
    let checked = stranger.get(&check(&issued)).await.ok();
    let expected = json!({ "number": issued["number"], "valid": true, "issued_on": "2026-11-30", "reissued_on": null, "withdrawn_on": null, "certificate": says });
    assert_eq!(checked, expected, "it tells what the certificate says, and nothing else");
    assert_eq!(issued["check_url"], format!("{}{}", stranger.address(), check(&issued)));
    let typed = issued["number"].as_str().unwrap().to_lowercase().replace('-', "").replace('0', "o");
    assert_eq!(stranger.get(&format!("/v1/certificates/{typed}")).await.ok(), checked);
    for wrong in ["7K3M-9QRT-4XWD-2HFA", "x", "%00", &nobody()] {
        stranger.get(&format!("/v1/certificates/{wrong}")).await.refused(404, "not_found");
    }
}

async fn a_certificate_is_printed_in_the_delegates_own_letters(hub: TestHub) {
    let course = course(&hub, json!({})).await;
    rename(&hub, &course.teacher, "Zoë Nowak-Łukasz").await;
    let booking = course.booked(&course.teacher).await;
    hub.complete_with(&course.event, &[(&booking, &["present"; 3])]).await;
    let issued = course.teacher.get(&certificate(&booking)).await.ok();
    let printed = course.teacher.get(&certificate(&booking)).as_pdf().await;
    let pages = printed.pages();
    assert_eq!(pages.len(), 1);
    for words in [
        "Certificate of attendance",
        "Zoë Nowak-Łukasz",
        "of Lampton Academy",
        "Autumn run",
        "12 November 2026 to 26 November 2026",
        "3 of 3 sessions, 3 hours",
        issued["number"].as_str().unwrap(),
    ] {
        assert!(pages[0].contains(words), "{words}: {}", pages[0]);
    }
    // Whoever reads it on paper is led to the page, not to the operation.
    let page = format!("{}{}", course.teacher.address(), check(&issued).replace("/v1/", "/"));
    assert!(pages[0].replace(' ', "").contains(&page), "{}", pages[0]);
    assert_eq!(
        printed.header("content-disposition").unwrap(),
        format!("inline; filename=\"certificate-{}.pdf\"", issued["number"].as_str().unwrap())
    );
    assert_eq!(course.teacher.get(&certificate(&booking)).as_pdf().await.body, printed.body);
}

async fn a_correction_withdraws_what_it_makes_wrong(hub: TestHub) {
    let course = course(&hub, json!({})).await;
    let booking = course.booked(&course.teacher).await;
    hub.complete_with(&course.event, &[(&booking, &["present"; 3])]).await;
    let first = course.teacher.get(&certificate(&booking)).await.ok();
    hub.complete_with(&course.event, &[(&booking, &["present", "present", "late"])]).await;
    assert_eq!(course.teacher.get(&certificate(&booking)).await.ok()["number"], first["number"], "it says the same");

    hub.world.at("2026-12-01T09:00:00Z");
    hub.complete_with(&course.event, &[(&booking, &["present", "absent", "excused"])]).await;
    let second = course.teacher.get(&certificate(&booking)).await.ok();
    assert_eq!((&second["sessions_attended"], &second["hours"]), (&json!(1), &json!("1.00")));
    let stranger = hub.world.stranger();
    let withdrawn = json!({ "number": first["number"], "valid": false, "issued_on": "2026-11-26", "reissued_on": null, "withdrawn_on": "2026-12-01", "certificate": null });
    assert_eq!(stranger.get(&check(&first)).await.ok(), withdrawn);
    assert_eq!(stranger.get(&check(&second)).await.ok()["valid"], true);

    hub.complete_with(&course.event, &[(&booking, &["absent"; 3])]).await;
    course.teacher.get(&certificate(&booking)).await.refused(409, "not_attended");
    assert_eq!(stranger.get(&check(&second)).await.ok()["valid"], false);
}

async fn the_verification_finds_certificates_that_are_not_as_the_register(hub: TestHub) {
    let course = course(&hub, json!({})).await;
    let booking = course.booked(&course.teacher).await;
    hub.complete_with(&course.event, &[(&booking, &["present"; 3])]).await;
    hub.verified().await;
    let found = async |sql: &'static str| {
        let mut tx = hub.world.db().write_everywhere().await.unwrap();
        assert!(!tx.query(sql).run().await.unwrap().none(), "{sql}");
        tx.commit().await.unwrap();
        hub.manager().get("/v1/ledger/verification").await.ok()["difference"].clone()
    };
    let difference = found("UPDATE certificates SET sessions_attended = 2").await;
    assert_eq!(difference["what"], "a certificate says that more or fewer sessions were attended than the register");
    assert_eq!((&difference["expected"], &difference["found"]), (&json!("3"), &json!("2")));
    let withdrawn = "UPDATE certificates SET sessions_attended = 3, valid = NULL, withdrawn_at = issued_at";
    assert_eq!(found(withdrawn).await["what"], "a certificate is due, and was not issued");
    found("UPDATE register_marks SET mark = 'absent'").await;
    // What has become of a booking is sealed; no certificate is due of this one.
    let sealed = found("UPDATE bookings SET state = 'no_show'").await;
    assert_eq!(sealed["what"], "a booking is not the one that the hub's changes sealed");
    let difference = found("UPDATE certificates SET valid = TRUE, withdrawn_at = NULL").await;
    assert_eq!(difference["what"], "a certificate holds of a booking that was not attended");
}

async fn a_name_put_right_is_on_the_certificate_under_its_number(hub: TestHub) {
    let course = course(&hub, json!({})).await;
    rename(&hub, &course.teacher, "Zoë Nowak").await;
    let booking = course.booked(&course.teacher).await;
    hub.complete_with(&course.event, &[(&booking, &["present"; 3])]).await;
    let before = course.teacher.get(&certificate(&booking)).await.ok();
    let check = format!("/v1/certificates/{}", before["number"].as_str().unwrap());
    assert_eq!(hub.world.stranger().get(&check).await.ok()["reissued_on"], json!(null));
    hub.world.pass(chrono::TimeDelta::days(30));
    rename(&hub, &course.teacher, "Zoë Łukasz").await;
    let today = json!(hub_credits::base::clock::london_date(hub.world.clock.now()));
    let after = course.teacher.get(&certificate(&booking)).await.ok();
    let mut expected = before.clone();
    (expected["person_name"], expected["reissued_on"]) = (json!("Zoë Łukasz"), today.clone());
    assert_eq!(after, expected);
    let checked = hub.world.stranger().get(&check).await.ok();
    assert_eq!(
        (&checked["valid"], &checked["issued_on"], &checked["reissued_on"]),
        (&json!(true), &before["issued_on"], &today)
    );
    assert_eq!(checked["certificate"]["person_name"], "Zoë Łukasz");
    rename(&hub, &course.teacher, "Zoë Łukasz").await;
    hub.world.pass(chrono::TimeDelta::days(1));
    rename(&hub, &course.teacher, "Zoë Łukasz").await;
    assert_eq!(course.teacher.get(&certificate(&booking)).await.ok(), after, "the same name is no new print");
    assert_eq!(course.teacher.get("/v1/me/cpd-record").await.ok()["person_name"], "Zoë Łukasz");
}

async fn a_name_that_no_font_has_is_named_and_set_with_a_folder_of_fonts(hub: TestHub) {
    let course = course(&hub, json!({})).await;
    rename(&hub, &course.teacher, "Noor שרה").await;
    let booking = course.booked(&course.teacher).await;
    hub.complete_with(&course.event, &[(&booking, &["present"; 3])]).await;
    let refused = course.teacher.get(&certificate(&booking)).as_pdf().await.refused(406, "no_font");
    assert!(refused["detail"].as_str().unwrap().contains("Noor שרה"), "{refused}");
    course.teacher.get("/v1/me/cpd-record").as_pdf().await.refused(406, "no_font");
    assert_eq!(course.teacher.get(&certificate(&booking)).await.ok()["person_name"], "Noor שרה");

    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fonts");
    let service = hub.world.another_service(|settings| settings.fonts = Some(folder));
    let teacher = course.teacher.clone().at(&service);
    let text = teacher.get(&certificate(&booking)).as_pdf().await.pages().join(" ");
    // The reader of the test gives the letters as they stand, from the left.
    assert!(text.contains("Noor") && (text.contains("שרה") || text.contains("הרש")), "{text}");

    // No character of a name goes unsaid, be it a sign.
    rename(&hub, &course.teacher, "Иван 🎓 Петров").await;
    for path in [certificate(&booking), "/v1/me/cpd-record".to_owned()] {
        let refused = course.teacher.get(&path).as_pdf().await.refused(406, "no_font");
        assert!(refused["detail"].as_str().unwrap().contains("the character 🎓 of “Иван 🎓 Петров”"), "{refused}");
    }
}

async fn a_certificate_is_seen_by_those_who_see_the_booking(hub: TestHub) {
    let course = course(&hub, json!({})).await;
    let (_, other_lead, other) = hub.funded_school("Heston Community School", "100").await;
    let booking = course.booked(&course.teacher).await;
    hub.complete_with(&course.event, &[(&booking, &["present"; 3])]).await;
    for who in [&course.teacher, &course.lead, &hub.manager(), &hub.viewer().await] {
        who.get(&certificate(&booking)).await.ok();
    }
    let elsewhere = hub.world.hub("Another hub").await;
    for who in [&other_lead, &other, &elsewhere.manager()] {
        who.get(&certificate(&booking)).await.refused(404, "not_found");
        who.get(&certificate(&booking)).as_pdf().await.refused(404, "not_found");
    }
}

async fn checks_are_counted_by_address_whatever_token_is_sent(hub: TestHub) {
    let service = hub.world.another_service(|settings| settings.requests_per_address = 2);
    let (stranger, manager) = (hub.world.stranger().at(&service), hub.manager().at(&service));
    let path = "/v1/certificates/7K3M-9QRT-4XWD-2HFA";
    manager.get(path).await.refused(404, "not_found");
    let left = stranger.clone().with_token("a.b.c").get(path).await;
    left.refused(404, "not_found");
    assert_eq!(left.header("ratelimit"), Some("\"address\";r=0"));
    for who in [&stranger, &manager, &stranger.clone().with_token("a.b.c")] {
        let reply = who.get(path).await;
        reply.refused(429, "too_many_requests");
        assert!(reply.header("retry-after").is_some());
    }
}

async fn a_cpd_record_adds_up(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "1000").await;
    hub.year("2027/28").await;
    let priority = hub.priority("Teaching and learning").await;
    let (partner, _) = hub.partner("Language Service").await;
    let course = hub.programme(json!({ "title": "Middle leaders", "priority_id": priority })).await;
    let talk = hub.programme(json!({ "title": "Meet the expert", "kind": "meet_the_expert", "provider": { "kind": "partner", "partner_id": partner } })).await;
    let half = with(new_session("2026-11-26T09:00"), json!({ "ends_at": "2026-11-26T09:50:00Z" }));
    let one = hub
        .published_event(&course, json!({ "title": "First run", "sessions": [new_session("2026-11-12T09:00"), half] }))
        .await;
    let two = hub
        .published_event(&course, json!({ "title": "Second run", "sessions": [new_session("2027-09-09T09:00")] }))
        .await;
    let three =
        hub.published_event(&talk, json!({ "title": "=Talk", "sessions": [new_session("2027-01-21T16:00")] })).await;
    let missed = hub.published_event(&talk, json!({ "sessions": [new_session("2027-01-28T16:00")] })).await;
    hub.fund_wallet(
        &School {
            id: lead.get("/v1/me").await.ok()["school_id"].as_str().unwrap().to_owned(),
            name: String::new(),
            urn: String::new(),
        },
        "2027/28",
        hub_credits::ledger::WalletKind::Allocated,
        "100",
    )
    .await;
    let mut bookings = Vec::new();
    for event in [&one, &three, &missed, &two] {
        bookings.push((event, lead.book_for(event, &teacher).await.created()));
    }
    for ((event, booking), marks) in
        bookings.iter().zip([vec!["partial", "late"], vec!["present"], vec!["excused"], vec!["present"]])
    {
        hub.complete_with(event, &[(booking, &marks)]).await;
    }
    hub.verified().await;

    let record = teacher.get("/v1/me/cpd-record").await.ok();
    assert_eq!(record["hours"], "3.33");
    assert_eq!(
        record["by_year"],
        json!([{ "year": "2027/28", "events": 1, "hours": "1.00" }, { "year": "2026/27", "events": 2, "hours": "2.33" }])
    );
    assert_eq!(
        record["by_priority"],
        json!([
            { "priority_id": priority, "name": "Teaching and learning", "events": 2, "hours": "2.33" },
            { "priority_id": null, "name": null, "events": 1, "hours": "1.00" }
        ])
    );
    assert_eq!(
        record["by_programme"],
        json!([
            { "programme_id": course, "title": "Middle leaders", "events": 2, "hours": "2.33" },
            { "programme_id": talk, "title": "Meet the expert", "events": 1, "hours": "1.00" }
        ])
    );
    let events = record["events"].as_array().unwrap();
    let titles: Vec<&str> = events.iter().map(|event| event["event_title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Second run", "=Talk", "First run"]);
    let first = &events[2];
    assert_eq!(
        (&first["sessions"], &first["sessions_attended"], &first["hours"], &first["starts_on"], &first["ends_on"]),
        (&json!(2), &json!(2), &json!("1.33"), &json!("2026-11-12"), &json!("2026-11-26"))
    );
    assert_eq!(
        hub.world
            .stranger()
            .get(&format!("/v1/certificates/{}", first["certificate_number"].as_str().unwrap()))
            .await
            .ok()["certificate"]["hours"],
        "1.33"
    );
    assert_eq!(
        (&events[1]["provider_name"], &events[1]["kind"]),
        (&json!("Language Service"), &json!("meet_the_expert"))
    );

    let of_year = teacher.get("/v1/me/cpd-record?year=2026-27").await.ok();
    assert_eq!((&of_year["hours"], of_year["events"].as_array().unwrap().len()), (&json!("2.33"), 2));
    let table = teacher.get("/v1/me/cpd-record").as_csv().await;
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
    let text = table.sheet();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(
        lines[0],
        "event_title,programme_title,kind,priority_name,provider_name,year,starts_on,ends_on,sessions,sessions_attended,hours,certificate_number"
    );
    assert!(
        lines[2].starts_with(
            "'=Talk,Meet the expert,meet_the_expert,,Language Service,2026/27,2027-01-21,2027-01-21,1,1,1.00,"
        ),
        "{text}"
    );
    let pages = teacher.get("/v1/me/cpd-record").as_pdf().await.pages();
    for words in [
        "CPD record",
        "3.33 hours of 3 events, as of 9 September 2027",
        "Hours by academic year",
        "2027/28 1 1.00",
        "Teaching and learning 2 2.33",
        "First run",
    ] {
        assert!(pages[0].contains(words), "{words}: {}", pages[0]);
    }
    hub.manager().get("/v1/me/cpd-record").await.ok();
}

async fn a_part_counts_its_minutes_and_hours_are_of_the_year_of_their_session(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    hub.year("2027/28").await;
    let programme = hub.programme(json!({})).await;
    // The last evening ends at midnight in London, where it is summer.
    let evening = with(new_session("2027-09-09T21:00"), json!({ "ends_at": "2027-09-09T23:00:00Z" }));
    let event =
        hub.published_event(&programme, json!({ "sessions": [new_session("2027-07-08T09:00"), evening] })).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    let (manager, sessions) = (hub.manager(), hub.sessions(&event).await);
    hub.world.at("2027-09-09T23:00:00Z");
    let mark = async |session: usize, mark: Value| {
        let path = format!("/v1/events/{event}/sessions/{}/register", sessions[session]);
        manager.put(&path, json!({ "marks": [with(json!({ "booking_id": booking["id"] }), mark)] })).await
    };
    mark(0, json!({ "mark": "partial", "minutes": 61 })).await.invalid(&[("/marks/0/minutes", "invalid")]);
    mark(0, json!({ "mark": "partial", "minutes": 0 })).await.invalid(&[("/marks/0/minutes", "invalid")]);
    mark(0, json!({ "mark": "present", "minutes": 60 })).await.invalid(&[("/marks/0/minutes", "invalid")]);
    mark(0, json!({ "mark": "partial", "minutes": 20 })).await.is(204);
    let register = manager.all(&format!("/v1/events/{event}/sessions/{}/register", sessions[0])).await;
    assert_eq!((&register[0]["mark"], &register[0]["minutes"]), (&json!("partial"), &json!(20)));
    mark(1, json!({ "mark": "partial" })).await.is(204);
    manager.post(&format!("/v1/events/{event}/complete"), None).await.ok();
    let record = teacher.get("/v1/me/cpd-record").await.ok();
    assert_eq!(
        record["by_year"],
        json!([{ "year": "2027/28", "events": 1, "hours": "1.00" }, { "year": "2026/27", "events": 1, "hours": "0.33" }]),
        "half where no minutes were said"
    );
    assert_eq!((&record["hours"], &record["events"][0]["ends_on"]), (&json!("1.33"), &json!("2027-09-09")));
    assert_eq!(
        record["events"][0]["by_year"],
        json!([
            { "year": "2027/28", "sessions_attended": 1, "hours": "1.00" },
            { "year": "2026/27", "sessions_attended": 1, "hours": "0.33" }
        ])
    );
    let rows = async |query: &str| {
        let sheet = teacher.get(&format!("/v1/me/cpd-record{query}")).as_csv().await.sheet();
        let rows = sheet
            .lines()
            .skip(1)
            .map(|row| row.split(',').skip(5).take(6).map(str::to_owned).collect::<Vec<_>>().join(","));
        rows.collect::<Vec<_>>()
    };
    let (first, second) = ("2026/27,2027-07-08,2027-09-09,2,1,0.33", "2027/28,2027-07-08,2027-09-09,2,1,1.00");
    assert_eq!(rows("").await, [second, first], "a row for each year");
    let pages = teacher.get("/v1/me/cpd-record").as_pdf().await.pages().join(" ");
    assert!(
        pages.contains("1.33 hours of 1 event,") && pages.contains("2027/28 1.00") && pages.contains("2026/27 0.33"),
        "{pages}"
    );
    for (year, hours, attended, row) in [("2026-27", "0.33", 1, first), ("2027-28", "1.00", 1, second)] {
        let of_year = teacher.get(&format!("/v1/me/cpd-record?year={year}")).await.ok();
        assert_eq!((&of_year["hours"], &of_year["events"][0]["sessions_attended"]), (&json!(hours), &json!(attended)));
        assert_eq!(of_year["events"][0]["by_year"].as_array().unwrap().len(), 1);
        assert_eq!(rows(&format!("?year={year}")).await, [row]);
    }
    assert_eq!(teacher.get("/v1/me/cpd-record?year=2025-26").await.ok()["events"], json!([]));
    // A correction of the minutes alone is one, and the certificate follows it.
    mark(1, json!({ "mark": "partial", "minutes": 100 })).await.is(204);
    let history = teacher.get(&format!("/v1/bookings/{}/attendance", booking["id"].as_str().unwrap())).await.ok();
    let minutes: Vec<&Value> =
        history["sessions"][1]["history"].as_array().unwrap().iter().map(|made| &made["minutes"]).collect();
    assert_eq!(minutes, [&json!(100), &Value::Null]);
    let certificate = teacher.get(&format!("/v1/bookings/{}/certificate", booking["id"].as_str().unwrap())).await.ok();
    assert_eq!(
        (&certificate["hours"], &certificate["starts_on"], &certificate["ends_on"]),
        (&json!("2.00"), &json!("2027-07-08"), &json!("2027-09-09"))
    );
    hub.verified().await;
}

async fn a_cpd_record_is_seen_by_the_person_their_lead_and_the_hub(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (_, other_lead, _) = hub.funded_school("Heston Community School", "100").await;
    let path = format!("/v1/people/{}/cpd-record", teacher.id());
    for who in [&lead, &hub.manager(), &hub.viewer().await] {
        assert_eq!(who.get(&path).await.ok()["events"], json!([]));
        who.get(&path).as_pdf().await.pages();
    }
    teacher.get(&path).await.refused(403, "forbidden");
    hub.partner("Language Service").await.1.get(&path).await.refused(403, "forbidden");
    for who in [&other_lead, &hub.world.hub("Another hub").await.manager()] {
        who.get(&path).await.refused(404, "not_found");
    }
}

async fn a_long_record_goes_over_many_pages(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "1000").await;
    let programme = hub.programme(json!({})).await;
    let mut bookings = Vec::new();
    for number in 0..30 {
        let title = format!("Run {number} {}", "with a long title ".repeat(8));
        let session = new_session(&format!("2026-11-{:02}T09:00", number + 1));
        let event =
            hub.published_event(&programme, json!({ "title": title, "price": "0", "sessions": [session] })).await;
        let booking = lead.book_for(&event, &teacher).await.created();
        bookings.push((event, booking));
    }
    for (event, booking) in &bookings {
        hub.complete_with(event, &[(booking, &["present"])]).await;
    }
    let pages = teacher.get("/v1/me/cpd-record").as_pdf().await.pages();
    assert!(pages.len() > 2, "{} pages", pages.len());
    assert!(pages.iter().enumerate().all(|(at, page)| page.contains(&format!("Page {} of {}", at + 1, pages.len()))));
    assert!(pages[1].contains("Certificate Year Hours"), "the headings are on every page: {}", pages[1]);
}
