//! A teacher's year, as a teacher, their lead and the hub live it: find, request, approve, calendar, six
//! dates, evaluation, certificate, check it, CPD record.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{TestHub, new_session, with};

/// Six Thursdays at four o'clock in London, an hour and a half each, in summer time, winter time, and summer time again.
const DATES: [(&str, &str); 6] = [
    ("2026-10-15T15:00", "2026-10-15T16:30"),
    ("2026-11-12T16:00", "2026-11-12T17:30"),
    ("2026-12-10T16:00", "2026-12-10T17:30"),
    ("2027-01-14T16:00", "2027-01-14T17:30"),
    ("2027-02-25T16:00", "2027-02-25T17:30"),
    ("2027-04-15T15:00", "2027-04-15T16:30"),
];

both_engines!(from_finding_a_programme_to_the_record_of_it);

async fn from_finding_a_programme_to_the_record_of_it(hub: TestHub) {
    // The hub has divided its credits, and offers a course.
    let schools = hub.london_west().await;
    hub.allocate(json!({ "pool": "2100" })).await;
    let school = schools.iter().find(|school| school.name.contains("Lampton")).expect("a member");
    let (manager, lead) = (hub.manager(), hub.lead(school).await);
    let new = json!({ "name": "Zoë Nowak-Łukasz", "email": "zoe@lampton.example", "role": "teacher", "school_id": school.id });
    let teacher = lead.post("/v1/people", new).await.created()["id"].as_str().unwrap().to_owned();
    let teacher = hub.world.person(&hub.id, &teacher);
    let priority = hub.priority("Teaching and learning").await;
    let programme = hub.programme(json!({ "title": "Improving Teacher Programme", "priority_id": priority })).await;
    let sessions: Vec<Value> = DATES
        .iter()
        .zip(1..)
        .map(|((starts, ends), number)| {
            with(new_session(starts), json!({ "title": format!("Session {number}"), "ends_at": format!("{ends}:00Z") }))
        })
        .collect();
    let event = hub
        .published_event(&programme, json!({
            "title": "ITP 2026/27", "capacity": 12, "price": "20", "sessions": sessions, "evaluation_required": true,
            "attendance": { "threshold_percent": 80, "excused": "left_out" }
        }))
        .await;
    let before = hub.balance(school).await;

    // Find, request, approve.
    let found = teacher.all("/v1/events?text=improving+teacher&kind=cpd_programme&places_left=yes").await;
    assert_eq!(found.iter().map(|entry| &entry["id"]).collect::<Vec<_>>(), [&json!(event)]);
    let booking = teacher.book(&event).await.created();
    assert_eq!((&booking["state"], &booking["held"]), (&json!("requested"), &json!("20.00")));
    let waiting = lead.all("/v1/bookings?state=requested").await;
    assert_eq!(waiting.iter().map(|waiting| &waiting["id"]).collect::<Vec<_>>(), [&booking["id"]]);
    teacher.act(&booking, "approve").await.refused(403, "forbidden");
    assert_eq!(lead.act(&booking, "approve").await.ok()["state"], "confirmed");
    let told = teacher.all("/v1/me/notices").await;
    assert_eq!(told.iter().map(|notice| &notice["kind"]).collect::<Vec<_>>(), [&json!("approved")]);

    // Six dates in the calendar on the teacher's telephone, which knows only the secret link.
    let link = teacher.post("/v1/me/calendar", None).await.created()["bookings_url"].as_str().unwrap().to_owned();
    let stranger = hub.world.stranger();
    let entries = stranger.get(link.strip_prefix(stranger.address()).unwrap()).await.calendar();
    let times: Vec<String> = entries.iter().map(|entry| format!("{} {}", entry.starts, entry.ends.time())).collect();
    let expected = DATES.map(|(day, _)| format!("{} 16:00:00 17:30:00", &day[..10]));
    assert_eq!(times, expected, "four o'clock in London on either side of the clock's changes");

    // Five of six attended, late once and in part once; excused once.
    let marks = ["present", "late", "present", "excused", "partial", "present"];
    for ((session, (_, ends)), mark) in hub.sessions(&event).await.iter().zip(DATES).zip(marks) {
        hub.world.at(&format!("{ends}:00Z"));
        manager.mark(&event, session, &[(&booking, mark)]).await.is(204);
    }
    let certificate = format!("/v1/bookings/{}/certificate", booking["id"].as_str().unwrap());
    let evaluation = format!("/v1/bookings/{}/evaluation", booking["id"].as_str().unwrap());
    teacher.post(&evaluation, json!({ "rating": 5 })).await.refused(409, "not_attended");
    let completed = manager.post(&format!("/v1/events/{event}/complete"), None).await.ok();
    assert_eq!(
        (&completed["attended"], &completed["no_show"], &completed["paid"]),
        (&json!(1), &json!(0), &json!("20.00"))
    );
    assert_eq!(teacher.booking(&booking).await["state"], "attended");

    // The certificate waits for the evaluation; of one person's evaluation nothing is told.
    teacher.get(&certificate).await.refused(409, "evaluation_required");
    teacher.post(&evaluation, json!({ "rating": 5, "comment": "It changed how I plan." })).await.created();
    assert_eq!(manager.get(&format!("/v1/events/{event}/evaluations")).await.ok()["suppressed"], true);
    let issued = teacher.get(&certificate).await.ok();
    assert_eq!(
        (&issued["person_name"], &issued["sessions"], &issued["sessions_attended"], &issued["hours"]),
        (&json!("Zoë Nowak-Łukasz"), &json!(6), &json!(5), &json!("6.75"))
    );
    let printed = teacher.get(&certificate).as_pdf().await.pages().join(" ");
    let number = issued["number"].as_str().unwrap();
    for words in
        ["Zoë Nowak-Łukasz", "ITP 2026/27", "15 October 2026 to 15 April 2027", "5 of 6 sessions, 6.75 hours", number]
    {
        assert!(printed.contains(words), "{words}: {printed}");
    }

    // A new employer checks it.
    let checked = stranger.get(&format!("/v1/certificates/{number}")).await.ok();
    assert_eq!(
        (&checked["valid"], &checked["issued_on"], &checked["certificate"]["person_name"]),
        (&json!(true), &json!("2027-04-15"), &json!("Zoë Nowak-Łukasz"))
    );

    // It stands in the record, as the teacher, the lead and the hub read it.
    let record = teacher.get("/v1/me/cpd-record").await.ok();
    assert_eq!(record["by_year"], json!([{ "year": "2026/27", "events": 1, "hours": "6.75" }]));
    assert_eq!(
        record["by_priority"],
        json!([{ "priority_id": priority, "name": "Teaching and learning", "events": 1, "hours": "6.75" }])
    );
    assert_eq!(
        record["by_programme"],
        json!([{ "programme_id": programme, "title": "Improving Teacher Programme", "events": 1, "hours": "6.75" }])
    );
    assert_eq!((&record["events"][0]["certificate_number"], &record["hours"]), (&json!(number), &json!("6.75")));
    for who in [&lead, &manager] {
        assert_eq!(who.get(&format!("/v1/people/{}/cpd-record", teacher.id())).await.ok(), record);
    }
    let table = teacher.get("/v1/me/cpd-record").as_csv().await.sheet();
    assert_eq!(table.lines().nth(1), Some(format!("ITP 2026/27,Improving Teacher Programme,cpd_programme,Teaching and learning,West London,2026/27,2026-10-15,2027-04-15,6,5,6.75,{number}").as_str()));
    assert!(teacher.get("/v1/me/cpd-record").as_pdf().await.pages().join(" ").contains("6.75 hours of 1 event,"));

    // And it was paid for once.
    let (before, after) =
        (crate::support::hundredths(&json!(before)), crate::support::hundredths(&json!(hub.balance(school).await)));
    assert_eq!(before - after, 2000);
    hub.verified().await;
}
