//! Notices: who is told what, once, and marks it as read.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, TestHub, new_adjustment, new_top_up};

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
    notices_are_read_one_by_one_or_all,
    whoever_others_book_for_is_told,
    leads_hear_of_what_their_people_lose_and_give_up,
    who_is_given_a_ticket_is_told,
    whose_credits_are_sold_or_corrected_is_told
);

async fn the_line_that_moves_up_is_told(hub: TestHub) {
    let event = hub.event(EventPlan::of(1, "30")).await;
    let (_, first, a) = hub.funded_school("First", "30").await;
    let (_, second, b) = hub.funded_school("Second", "0").await;
    let (_, third, c) = hub.funded_school("Third", "30").await;
    let one = first.book_for(&event, &a).await.created();
    let two = second.book_for(&event, &b).await.created();
    third.book_for(&event, &c).await.created();
    for who in [&first, &second, &third] {
        assert!(told(who).await.is_empty(), "who books is told nothing of it");
    }
    for (who, kind) in [(&a, "booked"), (&b, "put_on_waiting_list"), (&c, "put_on_waiting_list")] {
        assert_eq!(told(who).await, [kind]);
    }
    a.act(&one, "cancel").await.ok();
    assert_eq!(told(&a).await, ["booked"], "they did it themselves");
    assert_eq!(told(&first).await, ["cancelled"], "who asked for it is told once");
    for (who, kind) in [(&second, "passed_over"), (&b, "passed_over"), (&third, "promoted"), (&c, "promoted")] {
        assert_eq!(told(who).await[0], kind);
    }
    let notice = b.all("/v1/me/notices").await.remove(0);
    assert_eq!((&notice["event_id"], &notice["booking_id"]), (&json!(event), &two["id"]));
    assert_eq!((&notice["event_title"], &notice["delegate_name"]), (&json!("Spring conference"), &two["person_name"]));
    assert_eq!((&notice["told_at"], &notice["read_at"]), (&json!(hub.world.clock.now()), &Value::Null));

    // Passed over again: told once.
    let again = first.book_for(&event, &a).await.created();
    first.act(&again, "cancel").await.ok();
    assert_eq!(told(&b).await, ["passed_over", "put_on_waiting_list"]);
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

async fn whoever_others_book_for_is_told(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let colleague = hub.teacher(&school).await;
    let event = hub.event(in_weeks(8)).await;
    lead.book_group(&event, &[&teacher, &colleague, &lead], json!({})).await.ok();
    assert_eq!((told(&teacher).await, told(&colleague).await), (vec!["booked".to_owned()], vec!["booked".to_owned()]));
    assert!(told(&lead).await.is_empty(), "nobody is told of their own");
    let notice = teacher.all("/v1/me/notices").await.remove(0);
    let name = lead.get("/v1/me").await.ok()["name"].clone();
    assert_eq!((&notice["about_id"], &notice["about_name"]), (&json!(lead.id()), &name));
    let said = format!("{} has booked you on Spring conference.", name.as_str().unwrap());
    let page = hub.tab(&teacher).await.get("/notices").await.words();
    assert!(page.contains(&said), "{page}");
}

async fn leads_hear_of_what_their_people_lose_and_give_up(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "500").await;
    let colleague = hub.teacher(&school).await;
    let (off, kept) = (hub.event(in_weeks(8)).await, hub.event(in_weeks(9)).await);
    let asked = teacher.book(&off).await.created();
    lead.act(&asked, "approve").await.ok();
    lead.book_for(&off, &colleague).await.created();
    let given_up = teacher.book(&kept).await.created();
    lead.act(&given_up, "approve").await.ok();
    let withdrawn = colleague.book(&kept).await.created();

    teacher.act(&given_up, "cancel").await.ok();
    colleague.act(&withdrawn, "cancel").await.ok();
    assert_eq!(told(&lead).await[0], "place_given_up", "of what was approved");
    assert_eq!(told(&lead).await.iter().filter(|kind| *kind == "place_given_up").count(), 1);

    let reason = "The hall is flooded";
    hub.manager().post(&format!("/v1/events/{off}/cancel"), json!({ "reason": reason })).await.ok();
    for (who, kind) in [(&lead, "event_called_off"), (&teacher, "cancelled_by_hub"), (&colleague, "cancelled_by_hub")] {
        let all = who.all("/v1/me/notices").await;
        let of_it: Vec<&Value> = all.iter().filter(|notice| notice["called_off_because"] == reason).collect();
        assert_eq!(of_it.len(), 1, "one of an event: {all:#?}");
        assert_eq!(of_it[0]["kind"], kind);
        let page = hub.tab(who).await.get("/notices").await.words();
        assert!(page.contains("has called off Spring conference") && page.contains("“The hall is flooded”"), "{page}");
    }
    let place = hub.tab(&teacher).await.get(&format!("/places/{}", asked["id"].as_str().unwrap())).await.words();
    assert!(place.contains("The hub has called the event off: “The hall is flooded”"), "{place}");
    let page = hub.tab(&lead).await.get("/notices").await.words();
    assert!(!page.contains("waits for your decision"), "what was decided or is over waits no longer: {page}");
    let tile = hub.tab(&teacher).await.get(&format!("/events/{off}")).await.words();
    assert!(tile.contains("None: it is called off") && !tile.contains("places left"), "{tile}");
}

async fn who_is_given_a_ticket_is_told(hub: TestHub) {
    let (_, _, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let terms = json!({
        "name": "Fabulinus Ticket", "covers": { "kinds": ["conference"] }, "returns": { "rule": "always" },
        "needs_approval": false,
    });
    let of = hub.manager().add("/v1/ticket-types", terms).await;
    let ticket = hub.manager().add("/v1/tickets", json!({ "ticket_type_id": of, "person_id": teacher.id() })).await;
    let notice = teacher.all("/v1/me/notices").await.remove(0);
    assert_eq!((&notice["kind"], &notice["subject"]), (&json!("ticket_given"), &json!("Fabulinus Ticket")));
    let tab = hub.tab(&teacher).await;
    let page = tab.get("/notices").await.words();
    assert!(page.contains("The hub has given you a free place, the Fabulinus Ticket"), "{page}");
    let event = hub.event(EventPlan::default()).await;
    let page = tab.get(&format!("/events/{event}")).await.words();
    assert!(page.contains("Book with your Fabulinus Ticket") && !page.contains("Ticket ticket"), "{page}");

    let reason = json!({ "reason": "It was for another year" });
    hub.manager().post(&format!("/v1/tickets/{ticket}/revoke"), reason).await.ok();
    assert_eq!(told(&teacher).await, ["ticket_taken_back", "ticket_given"]);
    let page = tab.get("/notices").await.words();
    let said = "taken back a free place of yours: the Fabulinus Ticket, because “It was for another year”.";
    assert!(page.contains(said), "{page}");
}

async fn whose_credits_are_sold_or_corrected_is_told(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "0").await;
    let (partner, provider) = hub.partner("City Trust").await;
    hub.year("2026/27").await;
    let manager = hub.manager();
    let sold = manager.post("/v1/top-ups", new_top_up(&school, "120", json!({ "invoice_reference": "INV-7" }))).await;
    let (sold, reason) = (sold.created(), json!({ "reason": "Paid for twice" }));
    let more = manager.post("/v1/adjustments", new_adjustment(&school, "credit", "12.5", reason)).await.created();
    manager.reverse(&more).await.created();
    manager.reverse(&sold).await.created();
    let owed =
        json!({ "account": "payable", "partner_id": partner, "side": "credit", "amount": "1", "reason": "Travel" });
    manager.post("/v1/adjustments", owed).await.created();

    let all = lead.all("/v1/me/notices").await;
    let of: Vec<(&str, &str)> =
        all.iter().map(|it| (it["kind"].as_str().unwrap(), it["subject"].as_str().unwrap())).collect();
    assert_eq!(
        of,
        [
            (
                "credits_corrected",
                "120 credits less, since their sale by invoice INV-7 was taken back, because “A mistake”"
            ),
            (
                "credits_corrected",
                "12.50 credits less, since the correction “Paid for twice” was taken back, because “A mistake”"
            ),
            ("credits_corrected", "12.50 credits more, since “Paid for twice”"),
            ("credits_bought", "120 credits, by invoice INV-7"),
        ]
    );
    assert!(all.iter().all(|it| it["year"] == "2026/27"));
    assert!(told(&teacher).await.is_empty());
    assert_eq!(told(&provider).await, ["earnings_corrected"]);
    let page = hub.tab(&lead).await.get("/notices").await.words();
    assert!(page.contains("Your school has bought credits of 2026/27: 120 credits, by invoice INV-7."), "{page}");
    let page = hub.tab(&provider).await.get("/notices").await.words();
    assert!(page.contains("The hub has corrected what it owes you: 1 credit more, since “Travel”."), "{page}");
    hub.verified().await;
}
