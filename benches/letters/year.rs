//! A year of a hub, by a clock that is moved: 32 schools with a lead and twelve teachers each, forty events with their
//! requests, decisions, waiting lists, cancellations, a session that is moved, one that is called off, registers and
//! certificates; a commission, a gift, and the close of the year. The service does what it does by itself four times a
//! day; letters go to a mail server, and are read by an independent reader. Printed is all that one teacher, their lead
//! and the manager were sent, with what each came to.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, TimeDelta, Utc, Weekday};
use serde_json::{Value, json};

use super::support::{Client, Deal, Engine, EventPlan, MailServer, School, TestHub, at, begins_at, run};

const SCHOOLS: usize = 32;
const TEACHERS: usize = 12;
const EVENTS: usize = 40;
/// How many days after it is published an event starts.
const AHEAD: i64 = 35;
/// The school whose people are looked at.
const LOOKED_AT: usize = 3;

/// A school's people.
struct Staff {
    school: School,
    lead: Client,
    teachers: Vec<Client>,
}

/// An event, and who has asked for a place.
struct Run {
    id: String,
    published_at: DateTime<Utc>,
    starts_at: DateTime<Utc>,
    /// Each with whoever decides.
    asked: Vec<(Value, usize, Client)>,
}

/// Lives the year, and prints it.
pub fn print() {
    run(Engine::Sqlite, async |hub: TestHub| {
        let Some(server) = MailServer::start() else { return };
        let mail = server.settings();
        let sender = hub.world.sender(|settings| settings.mail = Some(mail));
        let staff = staff(&hub).await;
        let (mut runs, mut day) = (Vec::<Run>::new(), 0_i64);
        while day < 355 {
            for hours in [-2, 0, 3, 7] {
                hub.world.clock.set(begins_at() + TimeDelta::days(day) + TimeDelta::hours(hours));
                if hours == 0 {
                    doings(&hub, &staff, &mut runs, day).await;
                }
                hub.world.round().await;
                sender.go().await.unwrap();
            }
            day += 1;
        }
        let letters = server.letters();
        println!("{} letters in a year to {} people", letters.len(), SCHOOLS * (TEACHERS + 1) + 1);
        let own = &staff[LOOKED_AT];
        for (who, client) in
            [("A teacher", &own.teachers[0]), ("Their lead", &own.lead), ("The manager", &hub.manager())]
        {
            sent(who, client, &letters).await;
        }
    });
}

/// Schools with people and this year's credits.
async fn staff(hub: &TestHub) -> Vec<Staff> {
    hub.open_year("2026/27").await;
    let rows: Vec<String> =
        (0..SCHOOLS).map(|nth| format!("{},School {nth:02},{}", 100_001 + nth, 400 + 40 * nth)).collect();
    hub.import(format!("urn,name,pupils\n{}\n", rows.join("\n"))).await;
    let mut staff = Vec::new();
    for school in hub.schools_by_urn().await {
        let lead = hub.lead(&school).await;
        let mut teachers = Vec::new();
        for _ in 0..TEACHERS {
            teachers.push(hub.teacher(&school).await);
        }
        staff.push(Staff { school, lead, teachers });
    }
    hub.allocate(json!({ "pool": "40000" })).await;
    staff
}

/// What people do on a day at ten.
async fn doings(hub: &TestHub, staff: &[Staff], runs: &mut Vec<Run>, day: i64) {
    let today = hub.world.clock.now();
    if today.weekday() == Weekday::Mon && runs.len() < EVENTS {
        runs.push(publish(hub, staff, runs.len()).await);
    }
    for (nth, event) in runs.iter_mut().enumerate() {
        let (age, over) = ((today - event.published_at).num_days(), (today - event.starts_at).num_days());
        match (nth, age) {
            // The lead decides the next day; of each event one is declined.
            (_, 1) => decide(event, staff).await,
            // Somebody can't come after all, and the next in the line gets the place.
            (_, 10) => cancel(event).await,
            (7, 15) => {
                hub.manager()
                    .post(&format!("/v1/events/{}/cancel", event.id), json!({ "reason": "The speaker is ill" }))
                    .await
                    .ok();
            }
            (9, 15) => shift(hub, event).await,
            _ => {}
        }
        if over == 1 && nth != 7 {
            hub.manager().post(&format!("/v1/events/{}/complete?unmarked=present", event.id), None).await.ok();
        }
    }
    match day {
        60 => support(staff).await,
        120 => gift(staff).await,
        345 => {
            hub.open_year("2027/28").await;
            hub.manager().post("/v1/years/2026-27/close", json!({ "carry": "all" })).await.created();
        }
        _ => {}
    }
}

/// An event that fourteen people ask for, of twelve places; the teacher who is looked at, every third time.
async fn publish(hub: &TestHub, staff: &[Staff], nth: usize) -> Run {
    let starts_in = TimeDelta::days(AHEAD);
    let published_at = hub.world.clock.now();
    let id = hub.event(EventPlan { starts_in, ..EventPlan::of(12, "10") }).await;
    let mut asked = Vec::new();
    for place in 0..14 {
        let school = if place == 0 && nth.is_multiple_of(3) { LOOKED_AT } else { (nth + place * 2) % SCHOOLS };
        let teacher = if place == 0 && nth.is_multiple_of(3) { 0 } else { 1 + (nth + place) % (TEACHERS - 1) };
        let teacher = &staff[school].teachers[teacher];
        asked.push((teacher.book(&id).await.created(), school, teacher.clone()));
    }
    Run { id, published_at, starts_at: published_at + starts_in, asked }
}

async fn decide(event: &mut Run, staff: &[Staff]) {
    for (nth, (booking, school, _)) in event.asked.iter_mut().enumerate() {
        let path = format!("/v1/bookings/{}", booking["id"].as_str().unwrap());
        if nth == 5 {
            staff[*school].lead.post(&format!("{path}/decline"), json!({ "reason": "Not this term" })).await.ok();
        } else {
            staff[*school].lead.post(&format!("{path}/approve"), None).await.ok();
        }
    }
}

async fn cancel(event: &Run) {
    let (booking, _, teacher) = &event.asked[2];
    teacher.act(booking, "cancel").await.ok();
}

/// The only session is two days later.
async fn shift(hub: &TestHub, event: &mut Run) {
    let path = format!("/v1/events/{}/sessions/{}", event.id, hub.sessions(&event.id).await[0]);
    let session = hub.manager().get(&path).await;
    event.starts_at += TimeDelta::days(2);
    let times = json!({ "starts_at": event.starts_at, "ends_at": event.starts_at + TimeDelta::hours(6) });
    hub.manager().patch(&path, &session.etag(), times).await.ok();
}

/// The school that is looked at buys support of another.
async fn support(staff: &[Staff]) {
    let (own, other) = (&staff[LOOKED_AT], &staff[LOOKED_AT + 1]);
    let deal = Deal {
        buyer: own.school.clone(),
        buying: own.lead.clone(),
        provider: other.school.clone(),
        providing: other.lead.clone(),
    };
    let commission = deal.agreed(json!([at("20")])).await;
    deal.pay(&commission, 1, json!({})).await;
}

/// And is given credits by a third.
async fn gift(staff: &[Staff]) {
    let (giver, own) = (&staff[LOOKED_AT + 2], &staff[LOOKED_AT]);
    let body = json!({ "to_school_id": own.school.id, "amount": "15" });
    let gift = giver.lead.post("/v1/transfers", body).await.created();
    own.lead.post(&format!("/v1/transfers/{}/accept", gift["id"].as_str().unwrap()), None).await.ok();
}

/// Prints what somebody was sent, in order, and how often each subject came.
async fn sent(who: &str, client: &Client, letters: &[Value]) {
    let email = client.get("/v1/me").await.ok()["email"].clone();
    let own: Vec<&Value> = letters.iter().filter(|letter| letter["to"][1] == email).collect();
    println!("\n{who} was sent {} letters", own.len());
    let mut of_each = BTreeMap::<&str, usize>::new();
    for letter in own {
        let subject = letter["subject"].as_str().unwrap();
        println!("  {}  {subject}", letter["headers"]["date"].as_str().unwrap());
        *of_each.entry(subject).or_default() += 1;
    }
    of_each.retain(|_, count| *count > 1);
    for (subject, count) in of_each {
        println!("  {count} times: {subject}");
    }
}
