//! Notices: who is told what, once, and marks it as read.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, TestHub};

/// The kinds of what someone was told, the newest first.
async fn told(who: &Client) -> Vec<String> {
    who.all("/v1/me/notices").await.iter().map(|notice| notice["kind"].as_str().unwrap().to_owned()).collect()
}

/// An event in so many weeks.
fn in_weeks(weeks: i64) -> EventPlan {
    EventPlan { starts_in: TimeDelta::weeks(weeks), ..EventPlan::default() }
}

both_engines!(
    the_line_that_moves_up_is_told,
    whoever_asked_is_told_what_was_decided,
    what_changes_nothing_tells_nothing,
    notices_are_read_one_by_one_or_all
);

async fn the_line_that_moves_up_is_told(hub: TestHub) {
    let event = hub.event(EventPlan::of(1, "30")).await;
    let (_, first, a) = hub.funded_school("First", "30").await;
    let (_, second, b) = hub.funded_school("Second", "0").await;
    let (_, third, c) = hub.funded_school("Third", "30").await;
    let one = first.book_for(&event, &a).await.created();
    let two = second.book_for(&event, &b).await.created();
    third.book_for(&event, &c).await.created();
    for who in [&first, &a, &second, &b, &third, &c] {
        assert!(told(who).await.is_empty(), "a booking tells nobody anything");
    }
    a.act(&one, "cancel").await.ok();
    assert!(told(&a).await.is_empty(), "they did it themselves");
    assert_eq!(told(&first).await, ["cancelled"]);
    for (who, kind) in [(&second, "passed_over"), (&b, "passed_over"), (&third, "promoted"), (&c, "promoted")] {
        assert_eq!(told(who).await, [kind]);
    }
    let notice = b.all("/v1/me/notices").await.remove(0);
    assert_eq!((&notice["event_id"], &notice["booking_id"]), (&json!(event), &two["id"]));
    assert_eq!((&notice["event_title"], &notice["delegate_name"]), (&json!("Spring conference"), &two["person_name"]));
    assert_eq!((&notice["told_at"], &notice["read_at"]), (&json!(hub.world.clock.now()), &Value::Null));

    // Passed over again: told once.
    let again = first.book_for(&event, &a).await.created();
    first.act(&again, "cancel").await.ok();
    assert_eq!(told(&b).await, ["passed_over"]);
    hub.verified().await;
}

async fn whoever_asked_is_told_what_was_decided(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (one, two) = (hub.event(in_weeks(8)).await, hub.event(in_weeks(9)).await);
    let (yes, no) = (teacher.book(&one).await.created(), teacher.book(&two).await.created());
    lead.act(&yes, "approve").await.ok();
    lead.act(&no, "decline").await.ok();
    hub.manager().act(&yes, "cancel").await.ok();
    assert_eq!(told(&teacher).await, ["cancelled", "declined", "approved"]);
    assert_eq!(told(&lead).await, ["approval_waiting", "approval_waiting"]);
}

async fn what_changes_nothing_tells_nothing(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(EventPlan::default()).await;
    let booking = teacher.book(&event).await.created();
    lead.post(&format!("/v1/bookings/{}/cancel?dry_run=true", booking["id"].as_str().unwrap()), None).await.ok();
    teacher.act(&booking, "cancel").await.ok();
    lead.act(&booking, "approve").await.refused(409, "invalid_transition");
    assert!(told(&teacher).await.is_empty());
}

async fn notices_are_read_one_by_one_or_all(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    for weeks in [8, 9, 10] {
        let event = hub.event(in_weeks(weeks)).await;
        let booking = teacher.book(&event).await.created();
        lead.act(&booking, "approve").await.ok();
    }
    let all = teacher.all("/v1/me/notices?limit=1").await;
    assert_eq!(all.len(), 3);
    let path = format!("/v1/me/notices/{}/read", all[1]["id"].as_str().unwrap());
    lead.post(&path, None).await.refused(404, "not_found");
    let read = teacher.post(&path, None).await.ok();
    assert_eq!(read["read_at"], json!(hub.world.clock.now()));
    hub.world.pass(TimeDelta::hours(1));
    assert_eq!(teacher.post(&path, None).await.ok(), read, "read once");
    let unread = teacher.all("/v1/me/notices?unread=true&limit=1").await;
    assert_eq!(unread, [all[0].clone(), all[2].clone()]);
    teacher.post("/v1/me/notices/read", None).await.is(204);
    assert!(teacher.all("/v1/me/notices?unread=true").await.is_empty());
    assert_eq!(teacher.all("/v1/me/notices?unread=false").await.len(), 3);
    let table = teacher.get("/v1/me/notices?limit=1").as_csv().await;
    assert!(
        table.sheet().starts_with("id,kind,event_title,delegate_name,due_at,told_at,read_at,"),
        "{}",
        table.sheet()
    );
    teacher.get("/v1/me/notices?unread=yes").await.invalid(&[("unread", "invalid")]);
    teacher.get("/v1/me/notices?after=zz").await.invalid(&[("after", "invalid")]);
}
