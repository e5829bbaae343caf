//! The feed of changes: in order, once, without a gap, whoever writes meanwhile; ids and words alone.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use hub_credits::base::db;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, TestHub};

/// Follows the feed by pages of `limit` until nothing more is there; what came, and where to go on.
async fn follow(reader: &Client, filter: &str, limit: usize, mut after: String) -> (Vec<Value>, String) {
    let mut items = Vec::new();
    loop {
        let page = reader.get(&format!("/v1/changes?limit={limit}&after={after}{filter}")).await.ok();
        let found = page["items"].as_array().unwrap();
        assert!(found.len() <= limit);
        items.extend(found.iter().cloned());
        page["next"].as_str().unwrap().clone_into(&mut after);
        if page["next"] == page["last"] {
            return (items, after);
        }
    }
}

/// Everything that has happened.
async fn changes(hub: &TestHub) -> Vec<Value> {
    follow(&hub.manager(), "", 200, "0".to_owned()).await.0
}

/// The kinds of what has happened since there were that many changes.
async fn kinds_after(hub: &TestHub, before: usize) -> Vec<String> {
    changes(hub).await[before..].iter().map(|change| change["kind"].as_str().unwrap().to_owned()).collect()
}

/// Asks for a place and gives it up, over and over; half the requests are refused.
async fn come_and_go(caller: Client, event: String) {
    for _ in 0..6 {
        let booking = caller.book(&event).await;
        caller.book(&event).await.refused(409, "already_booked");
        caller.act(&booking.created(), "cancel").await.ok();
    }
}

/// Adds people, and is refused as often.
async fn add_people(manager: Client, mine: usize) {
    for number in 0..6 {
        let email = format!("added.{mine}.{number}@hub.example");
        let person = json!({ "name": "Somebody", "email": email, "role": "hub_viewer" });
        manager.post("/v1/people", person.clone()).await.created();
        manager.post("/v1/people", person).await.refused(409, "duplicate");
    }
}

both_engines!(
    who_follows_sees_every_change_once_and_in_order_while_thirty_two_write,
    what_becomes_of_a_booking_is_told_with_its_credits,
    what_time_brings_about_is_told_without_an_actor,
    what_is_refused_looked_at_or_done_again_is_no_change,
    an_allocation_is_told_with_its_transaction_and_an_import_school_by_school,
    the_feed_says_where_to_go_on,
    the_hub_reads_its_own_feed_and_nobody_else_does,
    what_happened_is_not_changed_and_a_gap_is_found
);

async fn who_follows_sees_every_change_once_and_in_order_while_thirty_two_write(hub: TestHub) {
    let event = hub.event(EventPlan::of(16, "1")).await;
    let mut writers = Vec::new();
    for number in 0..6 {
        let school = hub.school(&format!("School {number}")).await;
        hub.fund(&school, "100").await;
        for _ in 0..4 {
            writers.push(tokio::spawn(come_and_go(hub.lead(&school).await, event.clone())));
        }
    }
    for mine in 0..8 {
        writers.push(tokio::spawn(add_people(hub.manager(), mine)));
    }
    assert_eq!(writers.len(), 32);

    let (reader, of_kind) = (hub.viewer().await, "&kind=booking.cancelled");
    let (mut all, mut cancelled, mut next, mut next_cancelled) =
        (Vec::new(), Vec::new(), "0".to_owned(), "0".to_owned());
    loop {
        let over = writers.iter().all(tokio::task::JoinHandle::is_finished);
        let (found, at) = follow(&reader, "", 7, next).await;
        let (ended, at_ended) = follow(&reader, of_kind, 3, next_cancelled).await;
        all.extend(found);
        cancelled.extend(ended);
        (next, next_cancelled) = (at, at_ended);
        if over && next == next_cancelled {
            break;
        }
    }
    for writer in writers {
        writer.await.unwrap();
    }

    let numbers: Vec<u64> = all.iter().map(|change| change["sequence"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=all.len() as u64).collect::<Vec<_>>(), "every number once and in order");
    assert!(all.is_sorted_by_key(|change| change["recorded_at"].as_str().unwrap().to_owned()));
    assert_eq!(all, changes(&hub).await, "as it is read afterwards");
    let of = |kind: &str| all.iter().filter(|change| change["kind"] == kind).cloned().collect::<Vec<_>>();
    assert_eq!(cancelled, of("booking.cancelled"), "by kind: the same, and no more");
    assert_eq!(cancelled.len(), 24 * 6);
    let asked = of("booking.confirmed").len() + of("booking.waitlisted").len();
    assert!(asked >= 24 * 6, "each was asked for: {asked}");
    assert!(of("person.created").len() > 48);

    // What credits moved is said with the transaction that moved them, once.
    let moved: Vec<&str> = all.iter().filter_map(|change| change["transaction_id"].as_str()).collect();
    let journal = hub.manager().all("/v1/transactions?limit=200").await;
    let posted: BTreeSet<&str> = journal.iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(moved.len(), posted.len());
    assert_eq!(moved.into_iter().collect::<BTreeSet<_>>(), posted);
    hub.verified().await;
}

async fn what_becomes_of_a_booking_is_told_with_its_credits(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "50").await;
    let event = hub.event(EventPlan::of(1, "10")).await;
    let before = changes(&hub).await.len();
    let booking = teacher.book(&event).await.created();
    let waiting = lead.book(&event).await.created();
    lead.act(&booking, "approve").await.ok();
    hub.world.pass(TimeDelta::days(30));
    lead.act(&booking, "cancel").await.ok();

    let told = changes(&hub).await.split_off(before);
    let brief = |change: &Value| {
        let of = if change["subject_id"] == booking["id"] { "teacher" } else { "lead" };
        let field = |name: &str| change[name].as_str().unwrap_or("-").to_owned();
        format!("{} {of} {} {} {}", field("kind"), field("before"), field("after"), field("credits"))
    };
    assert_eq!(
        told.iter().map(brief).collect::<Vec<_>>(),
        [
            "booking.requested teacher - requested 10.00",
            "booking.waitlisted lead - waitlisted -",
            "booking.confirmed teacher requested confirmed -",
            // Half of it came back.
            "booking.cancelled teacher confirmed cancelled 5.00",
            "booking.confirmed lead waitlisted confirmed 10.00",
        ]
    );
    for change in &told {
        assert_eq!((&change["event_id"], &change["school_id"]), (&json!(event), &json!(school.id)));
        assert_eq!(
            (&change["subject_kind"], change["transaction_id"].is_null()),
            (&json!("booking"), change["credits"].is_null())
        );
    }
    assert_eq!(told[0]["actor_id"], teacher.id());
    assert_eq!(told[4]["actor_id"], lead.id());
    let transaction = told[3]["transaction_id"].as_str().unwrap();
    let transaction = hub.manager().get(&format!("/v1/transactions/{transaction}")).await.ok();
    assert_eq!((&transaction["kind"], &transaction["source_id"]), (&json!("booking_refunded"), &booking["id"]));
    assert_eq!(waiting["id"], told[1]["subject_id"]);
}

async fn what_time_brings_about_is_told_without_an_actor(hub: TestHub) {
    let (_, _, teacher) = hub.funded_school("Lampton", "50").await;
    let event = hub.event(EventPlan::of(1, "10")).await;
    teacher.book(&event).await.created();
    let before = changes(&hub).await.len();
    hub.world.pass(TimeDelta::days(14));
    hub.world.round().await;
    let told = changes(&hub).await.split_off(before);
    assert_eq!(
        told.iter().map(|change| (&change["kind"], &change["actor_id"])).collect::<Vec<_>>(),
        [(&json!("booking.expired"), &Value::Null)]
    );
    hub.world.round().await;
    assert_eq!(changes(&hub).await.len(), before + 1, "nothing is due");
}

async fn what_is_refused_looked_at_or_done_again_is_no_change(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton", "5").await;
    let event = hub.event(EventPlan::of(1, "10")).await;
    let cheap = hub.event(EventPlan::of(1, "5")).await;
    let request = || lead.post("/v1/bookings", json!({ "event_id": cheap })).key("one");
    let booking = request().await.created();
    let manager = hub.manager();
    let before = changes(&hub).await.len();
    request().await.created();
    teacher.book(&event).await.refused(409, "insufficient_credits");
    lead.post(&format!("/v1/bookings/{}/cancel?dry_run=true", booking["id"].as_str().unwrap()), None).await.ok();
    manager.post("/v1/years", json!({ "year": "2026/27" })).await.refused(409, "duplicate");
    manager.post(&format!("/v1/events/{event}/publish"), None).await.refused(409, "invalid_transition");
    assert_eq!(kinds_after(&hub, before).await, Vec::<String>::new());
    manager.post("/v1/years", json!({ "year": "2027/28" })).await.created();
    let told = changes(&hub).await.split_off(before);
    assert_eq!(
        (&told[0]["sequence"], &told[0]["subject_id"], &told[0]["year"]),
        (&json!(before + 1), &json!("2027/28"), &json!("2027/28"))
    );
}

async fn an_allocation_is_told_with_its_transaction_and_an_import_school_by_school(hub: TestHub) {
    hub.london_west().await;
    let told = changes(&hub).await;
    let count = |kind: &str| told.iter().filter(|change| change["kind"] == kind).count();
    assert_eq!((count("school.created"), count("school.roll_recorded")), (21, 21));
    assert!(told.iter().any(|change| change["kind"] == "school.roll_recorded"
        && change["date"] == "2023-01-19"
        && change["count"].as_u64() > Some(0)));
    let allocation = hub.allocate(json!({ "pool": "2100" })).await;
    let told = changes(&hub).await.split_off(told.len());
    assert_eq!(
        told.iter().map(|change| &change["kind"]).collect::<Vec<_>>(),
        ["allocation.drafted", "allocation.approved"]
    );
    let approved = &told[1];
    assert_eq!(
        (&approved["subject_id"], &approved["before"], &approved["after"]),
        (&allocation["id"], &json!("draft"), &json!("approved"))
    );
    assert_eq!((&approved["credits"], &approved["transaction_id"]), (&json!("2100.00"), &allocation["transaction_id"]));
    assert_eq!(approved["year"], "2026/27");
}

async fn the_feed_says_where_to_go_on(hub: TestHub) {
    let manager = hub.manager();
    let last = changes(&hub).await.len();
    let page = manager.get(&format!("/v1/changes?after={last}")).await;
    assert_eq!(page.ok(), json!({ "items": [], "next": last.to_string(), "last": last.to_string() }));
    assert_eq!(page.header("link"), None);
    let first = manager.get("/v1/changes?limit=1").await;
    assert_eq!((&first.ok()["items"][0]["kind"], &first.ok()["next"]), (&json!("hub.created"), &json!("1")));
    assert_eq!(first.header("link"), Some("</v1/changes?limit=1&after=1>; rel=\"next\""));
    // Of a kind that never happened everything was looked at.
    assert_eq!(manager.get("/v1/changes?kind=ticket.revoked").await.ok()["next"], last.to_string());
    // Who is ahead of the hub stays there.
    assert_eq!(manager.get("/v1/changes?after=999").await.ok()["next"], "999");
    for wrong in ["-1", "x", "1.5", "", "%2B1", "9999999999999999999"] {
        manager.get(&format!("/v1/changes?after={wrong}")).await.invalid(&[("after", "invalid")]);
    }
    manager.get("/v1/changes?kind=booking").await.invalid(&[("kind", "invalid")]);
    let table = manager.get("/v1/changes?limit=2").as_csv().await.sheet();
    let mut lines = table.lines();
    assert!(
        lines
            .next()
            .unwrap()
            .starts_with("sequence,recorded_at,actor_id,actor_name,kind,subject_kind,subject_id,before,after,credits,")
    );
    assert!(lines.next().unwrap().starts_with("1,2026-10-05 10:00,,,hub.created,hub,"), "{table}");
    assert_eq!(lines.count(), 1);
}

async fn the_hub_reads_its_own_feed_and_nobody_else_does(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton", "5").await;
    let (_, partner) = hub.partner("Languages for all").await;
    for who in [lead, teacher, partner] {
        who.get("/v1/changes").await.refused(403, "forbidden");
    }
    let other = hub.world.hub("South London").await;
    let theirs = changes(&other).await;
    assert_eq!(theirs.iter().map(|change| change["sequence"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    let ours: BTreeSet<String> = changes(&hub).await.iter().map(|change| change["subject_id"].to_string()).collect();
    assert!(theirs.iter().all(|change| !ours.contains(&change["subject_id"].to_string())));
}

async fn what_happened_is_not_changed_and_a_gap_is_found(hub: TestHub) {
    let run = async |sql: &'static str| -> db::Result<u64> {
        let mut tx = hub.world.db().write_everywhere().await?;
        let rows = tx.query(sql).run().await?.count();
        tx.commit().await?;
        Ok(rows)
    };
    for sql in ["UPDATE changes SET kind = 'hub.changed'", "DELETE FROM changes WHERE sequence = 2"] {
        assert!(run(sql).await.unwrap_err().to_string().contains("append-only"), "{sql}");
    }
    hub.verified().await;
    run("UPDATE ledger_heads SET changes = changes + 1").await.unwrap();
    let verification = hub.manager().get("/v1/ledger/verification").await.ok();
    assert_eq!(
        (&verification["difference"]["what"], &verification["difference"]["found"]),
        (&json!("the changes of the hub have a gap"), &json!("3"))
    );
}
