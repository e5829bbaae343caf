//! What is the successor's once a school has taken the place of another: bookings in any number, gifts, a share of the year,
//! what comes back later, and what the school did before.

use std::future::IntoFuture;

use chrono::TimeDelta;
use hub_credits::ledger::WalletKind;
use serde_json::{Value, json};

use super::succession::{ask, decided, ids, list, live, path, preview, succeed, wallet, wallets};
use crate::both_engines;
use crate::support::{Client, EventPlan, School, TestHub};

both_engines!(
    nothing_of_a_succeeded_school_changes_any_more,
    what_comes_back_later_is_the_successors,
    programmes_are_paid_to_the_successor_and_taken_back_from_it,
    six_hundred_bookings_go_over_with_their_places_in_the_line,
    gifts_and_corrections_that_are_not_decided_are_the_successors,
    a_share_of_the_year_is_the_successors,
    a_rush_of_bookings_is_before_it_or_after_it_and_never_lost,
    the_leads_of_the_successor_read_what_the_school_did,
    a_school_that_has_left_books_nothing_for_the_time_after
);

async fn nothing_of_a_succeeded_school_changes_any_more(hub: TestHub) {
    let (abbey, ..) = hub.funded_school("Abbey", "100").await;
    let (bourne, ..) = hub.funded_school("Bourne", "0").await;
    succeed(&hub, &abbey, &bourne).await;
    let (manager, address) = (hub.manager(), format!("/v1/schools/{}", abbey.id));
    let etag = manager.get(&address).await.etag();
    for change in [json!({ "left_on": null }), json!({ "urn": "999999" })] {
        manager.patch(&address, &etag, change).await.refused(409, "school_succeeded");
    }
    manager
        .post(&format!("{address}/identifiers"), json!({ "scheme": "urn", "value": "999999", "from": "2026-10-05" }))
        .await
        .refused(409, "school_succeeded");
    let person = json!({ "name": "New", "email": "new@hub.example", "role": "teacher", "school_id": abbey.id });
    manager.post("/v1/people", person).await.refused(409, "school_succeeded");
    let numbers = manager.all(&format!("{address}/identifiers")).await;
    assert_eq!(numbers[0]["until"], "2026-10-05", "its number ends with it");
    // A census before is still its own; one of the day on which its number ended is nobody's under it.
    let rolls = |day: &str| {
        manager.post("/v1/rolls/import", None).csv(format!("urn,pupils,census_date\n{},9,{day}\n", abbey.urn))
    };
    rolls("2026-01-15").await.ok();
    assert_eq!(rolls("2026-10-05").await.refused(400, "invalid_file")["errors"][0]["code"], "former_urn");
    hub.verified().await;
}

async fn what_comes_back_later_is_the_successors(hub: TestHub) {
    let (abbey, lead, teacher) = hub.funded_school("Abbey", "100").await;
    hub.fund_wallet(&abbey, "2026/27", WalletKind::Earned, "50").await;
    let (bourne, ..) = hub.funded_school("Bourne", "0").await;
    let (chase, heir, _) = hub.funded_school("Chase", "3").await;
    let (one, two) = (
        hub.event(EventPlan::of(9, "20")).await,
        hub.event(EventPlan { starts_in: TimeDelta::weeks(9), ..EventPlan::of(9, "110") }).await,
    );
    let cancelled = lead.book_for(&one, &teacher).await.created();
    let called_off = lead.book_for(&two, &teacher).await.created();
    // Two weeks before the first event a quarter comes back: the event keeps fifteen.
    hub.world.at("2026-11-20T09:00:00Z");
    assert_eq!(lead.act(&cancelled, "cancel").await.ok()["refund"], "5.00");
    let late = lead.book_for(&one, &hub.teacher(&abbey).await).await.created();
    assert_eq!(
        wallets(&hub, &abbey).await,
        [wallet("2026/27", "allocated", "0.00"), wallet("2026/27", "earned", "5.00")]
    );

    succeed(&hub, &abbey, &bourne).await;
    succeed(&hub, &bourne, &chase).await;
    assert_eq!(
        wallets(&hub, &chase).await,
        [wallet("2026/27", "allocated", "3.00"), wallet("2026/27", "earned", "5.00")]
    );
    // The desk knows the wallets of Chase from a booking of its own.
    heir.book_for(&one, &hub.teacher(&chase).await).await.refused(409, "insufficient_credits");
    // Of a booking that was the school's own: to the successor of its successor, each kind to its kind.
    let waiver = json!({ "reason": "illness" });
    hub.manager().post(&format!("/v1/bookings/{}/waive", cancelled["id"].as_str().unwrap()), waiver).await.ok();
    assert_eq!(
        wallets(&hub, &chase).await,
        [wallet("2026/27", "allocated", "18.00"), wallet("2026/27", "earned", "5.00")]
    );
    heir.book_for(&one, &hub.teacher(&chase).await).await.created();
    // Of one that went over with everything.
    hub.manager().post(&format!("/v1/events/{two}/cancel"), json!({ "reason": "storm" })).await.ok();
    assert_eq!(hub.manager().booking(&called_off).await["state"], "cancelled");
    let refunded = heir.act(&late, "cancel").await.ok();
    assert_eq!(refunded["refund"], "5.00");
    for school in [&abbey, &bourne] {
        assert!(wallets(&hub, school).await.iter().all(|(_, _, balance)| balance == "0.00"));
    }
    let sum: i64 = wallets(&hub, &chase)
        .await
        .iter()
        .map(|(_, _, balance)| balance.replace('.', "").parse::<i64>().unwrap())
        .sum();
    // 3 of its own and 150: less 20 for a place, and 15 that an event keeps.
    assert_eq!(sum, 15_300 - 2_000 - 1_500);
    hub.verified().await;
}

async fn programmes_are_paid_to_the_successor_and_taken_back_from_it(hub: TestHub) {
    let (abbey, ..) = hub.funded_school("Abbey", "0").await;
    let (bourne, ..) = hub.funded_school("Bourne", "0").await;
    let (_, buyer, teacher) = hub.funded_school("Chase", "100").await;
    let programme = hub.programme(json!({ "provider": { "kind": "school", "school_id": abbey.id } })).await;
    let run = |capacity: i64| json!({ "capacity": capacity, "price": "10", "sessions": [crate::support::new_session("2026-11-12T09:00")] });
    let (first, second) =
        (hub.published_event(&programme, run(3)).await, hub.published_event(&programme, run(4)).await);
    let place = buyer.book_for(&first, &teacher).await.created();
    buyer.book(&second).await.created();
    hub.world.at("2026-11-12T10:00:00Z");
    hub.manager().post(&format!("/v1/events/{first}/complete?unmarked=absent"), None).await.ok();
    assert_eq!(wallets(&hub, &abbey).await, [wallet("2026/27", "earned", "10.00")]);
    succeed(&hub, &abbey, &bourne).await;
    hub.manager().post(&format!("/v1/events/{second}/complete?unmarked=present"), None).await.ok();
    assert_eq!(wallets(&hub, &bourne).await, [wallet("2026/27", "earned", "20.00")]);
    hub.manager()
        .post(&format!("/v1/bookings/{}/waive", place["id"].as_str().unwrap()), json!({ "reason": "illness" }))
        .await
        .ok();
    assert_eq!(
        (wallets(&hub, &abbey).await, wallets(&hub, &bourne).await),
        (vec![wallet("2026/27", "earned", "0.00")], vec![wallet("2026/27", "earned", "10.00")])
    );
    hub.verified().await;
}

async fn six_hundred_bookings_go_over_with_their_places_in_the_line(hub: TestHub) {
    let (abbey, ..) = hub.funded_school("Abbey", "10000").await;
    let (bourne, heir, _) = hub.funded_school("Bourne", "20").await;
    let (full, large) = (
        hub.event(EventPlan::of(250, "10")).await,
        hub.event(EventPlan { starts_in: TimeDelta::weeks(9), ..EventPlan::of(400, "10") }).await,
    );
    hub.crowd(&full, &abbey, 150).await;
    hub.crowd(&full, &bourne, 2).await;
    hub.crowd(&full, &abbey, 150).await;
    hub.crowd(&large, &abbey, 320).await;
    let line = |all: Vec<Value>| {
        all.iter().map(|one| (one["id"].clone(), one["waiting_position"].clone())).collect::<Vec<_>>()
    };
    let waiting = format!("/v1/events/{full}/waiting-list?limit=200");
    let (before, places) = (line(hub.manager().all(&waiting).await), hub.places(&full).await);
    assert_eq!((before.len(), places), (52, (250, 52)));
    let seen = preview(&hub, &abbey, &bourne).await;
    assert_eq!((&seen["confirmed"], &seen["waitlisted"]), (&json!(568), &json!(52)));
    let done = hub.manager().post(&path(&abbey), decided(&seen)).await.created();
    assert_eq!((&done["bookings"], &done["people"]), (&json!(620), &json!(622)));
    assert_eq!((line(hub.manager().all(&waiting).await), hub.places(&full).await), (before.clone(), places));
    assert_eq!(line(heir.all(&waiting).await), before, "all of the line is the successor's");
    hub.verified().await;
}

async fn gifts_and_corrections_that_are_not_decided_are_the_successors(hub: TestHub) {
    let (abbey, lead, _) = hub.funded_school("Abbey", "100").await;
    let (bourne, heir, _) = hub.funded_school("Bourne", "100").await;
    let (chase, other, _) = hub.funded_school("Chase", "100").await;
    let offer =
        |to: &School| json!({ "to_school_id": to.id, "year": "2026/27", "wallet": "allocated", "amount": "10" });
    let between = lead.post("/v1/transfers", offer(&bourne)).await.created();
    let given = lead.post("/v1/transfers", offer(&chase)).await.created();
    let received = other.post("/v1/transfers", offer(&abbey)).await.created();
    let taken = lead.post("/v1/transfers", offer(&chase)).await.created();
    let act = async |who: &Client, gift: &Value, what: &str| {
        who.post(&format!("/v1/transfers/{}/{what}", gift["id"].as_str().unwrap()), None).await
    };
    act(&other, &taken, "accept").await.ok();
    let state = async |gift: &Value| {
        hub.manager().get(&format!("/v1/transfers/{}", gift["id"].as_str().unwrap())).await.ok()["state"].clone()
    };
    let seen = preview(&hub, &abbey, &bourne).await;
    let shown: Vec<_> = list(&seen["gifts"]).iter().map(|gift| (gift["id"].clone(), gift["ends"].clone())).collect();
    assert_eq!(
        shown,
        [
            (between["id"].clone(), json!(true)),
            (given["id"].clone(), json!(false)),
            (received["id"].clone(), json!(false))
        ]
    );
    hub.manager().post(&path(&abbey), decided(&seen)).await.created();
    assert_eq!(state(&between).await, "withdrawn");
    act(&other, &given, "accept").await.ok();
    act(&heir, &received, "accept").await.ok();
    assert_eq!(
        (hub.balance(&abbey).await.as_str(), hub.balance(&bourne).await.as_str(), hub.balance(&chase).await.as_str()),
        ("0.00", "190.00", "110.00")
    );
    // What moved a wallet of the school before can't be taken back to it.
    let posted =
        hub.manager().get(&format!("/v1/transfers/{}", taken["id"].as_str().unwrap())).await.ok()["transaction_id"]
            .clone();
    let reverse = |transaction: &Value| {
        hub.manager().post(
            &format!("/v1/transactions/{}/reverse", transaction.as_str().unwrap()),
            json!({ "reason": "mistake" }),
        )
    };
    reverse(&posted).await.refused(409, "not_reversible");
    let succession = hub.manager().all("/v1/successions").await[0]["transaction_id"].clone();
    reverse(&succession).await.refused(409, "not_reversible");
    let correction = json!({ "account": "wallet", "school_id": abbey.id, "wallet": "allocated", "year": "2026/27", "side": "credit", "amount": "1", "reason": "x" });
    hub.manager().post("/v1/adjustments", correction).await.invalid(&[("/school_id", "succeeded")]);
    let top_up = json!({ "school_id": abbey.id, "year": "2026/27", "amount": "1", "invoice_reference": "INV-1" });
    hub.manager().post("/v1/top-ups", top_up).await.invalid(&[("/school_id", "left")]);
    hub.verified().await;
}

async fn a_share_of_the_year_is_the_successors(hub: TestHub) {
    let schools = hub.london_west().await;
    let (abbey, bourne) = (&schools[0], &schools[1]);
    let drafted = hub.draft(json!({ "pool": "1000", "step": "0.01" })).await["id"].as_str().unwrap().to_owned();
    succeed(&hub, abbey, bourne).await;
    let approve = hub.manager().post(&format!("/v1/allocations/{drafted}/approve"), None).header("if-match", "\"1\"");
    approve.await.ok();
    let lines = hub.manager().all(&format!("/v1/allocations/{drafted}/lines?limit=200")).await;
    let share = |school: &School| {
        let line = lines.iter().find(|line| line["school_id"] == school.id.as_str()).unwrap();
        crate::support::hundredths(&line["credits"])
    };
    let balance = crate::support::hundredths(&json!(hub.balance(bourne).await));
    assert_eq!((balance, hub.balance(abbey).await.as_str()), (share(abbey) + share(bourne), "0.00"));
    hub.verified().await;
}

async fn a_rush_of_bookings_is_before_it_or_after_it_and_never_lost(hub: TestHub) {
    let (abbey, ..) = hub.funded_school("Abbey", "1000").await;
    let (bourne, ..) = hub.funded_school("Bourne", "5").await;
    let event = hub.event(EventPlan::of(100, "10")).await;
    let mut teachers = Vec::new();
    for _ in 0..40 {
        teachers.push(hub.teacher(&abbey).await);
    }
    // The desk knows both schools before.
    teachers[0].book(&event).await.created();
    let rush: Vec<_> = teachers[1..]
        .iter()
        .map(|teacher| tokio::spawn(teacher.post("/v1/bookings", json!({ "event_id": event })).into_future()))
        .collect();
    let mut done = ask(&hub, &abbey, &bourne).await;
    while done.status == 409 {
        done.refused(409, "quote_expired");
        done = ask(&hub, &abbey, &bourne).await;
    }
    let done = done.created();
    for booked in rush {
        let booked = booked.await.unwrap().created();
        assert_eq!(booked["state"], "requested");
    }
    let (theirs, before) = (live(&hub, &bourne).await, done["bookings"].as_u64().unwrap());
    assert_eq!((theirs.len(), live(&hub, &abbey).await.len()), (40, 0));
    assert!((1..=40).contains(&before));
    assert_eq!(done["credits"], format!("{}.00", 1000 - 10 * before));
    assert_eq!((hub.balance(&abbey).await.as_str(), hub.balance(&bourne).await.as_str()), ("0.00", "605.00"));
    // Who books now books for the successor, from its wallet.
    let (left, right) =
        (hub.event(EventPlan { starts_in: TimeDelta::weeks(9), ..EventPlan::of(100, "605") }).await, &teachers[3]);
    assert_eq!(right.book(&left).await.created()["school_id"], bourne.id.as_str());
    teachers[4].book(&left).await.refused(409, "insufficient_credits");
    hub.verified().await;
}

async fn the_leads_of_the_successor_read_what_the_school_did(hub: TestHub) {
    let schools = hub.london_west().await;
    let (abbey, bourne, other) = (&schools[0], &schools[1], &schools[2]);
    hub.allocate(json!({ "pool": "1000", "step": "0.01" })).await;
    let (lead, heir, stranger) = (hub.lead(abbey).await, hub.lead(bourne).await, hub.lead(other).await);
    let teacher = hub.teacher(bourne).await;
    let event = hub.event(EventPlan::of(9, "1")).await;
    let over = lead.book_for(&event, &hub.teacher(abbey).await).await.created();
    lead.act(&over, "cancel").await.ok();
    let account = hub.manager().all(&format!("/v1/accounts?school_id={}", abbey.id)).await[0].clone();
    let allocation = hub.manager().all("/v1/allocations").await[0]["id"].as_str().unwrap().to_owned();
    let pages = [
        format!("/v1/bookings?school_id={}", abbey.id),
        format!("/v1/schools/{}/rolls", abbey.id),
        format!("/v1/allocations/{allocation}/lines?school_id={}", abbey.id),
        format!("/v1/accounts/{}/entries", account["id"].as_str().unwrap()),
    ];
    for page in &pages {
        heir.get(page).await.refused(404, "not_found");
        lead.get(page).await.ok();
    }
    let done = succeed(&hub, abbey, bourne).await;
    for who in [&heir, &lead] {
        for page in &pages {
            assert_eq!(who.all(page).await, hub.manager().all(page).await, "{page}");
        }
        assert_eq!(who.booking(&over).await["school_name"], abbey.name.as_str());
        assert_eq!(who.all(&format!("/v1/accounts?school_id={}", abbey.id)).await[0]["balance"], "0.00");
        assert_eq!(ids(&who.all("/v1/successions").await), [done["id"].as_str().unwrap()]);
        who.get(&format!("/v1/successions/{}", done["id"].as_str().unwrap())).await.ok();
    }
    let statement = heir.all(&pages[3]).await;
    let last = statement.last().unwrap();
    assert_eq!((&last["kind"], &last["balance_after"]), (&json!("school_succeeded"), &json!("0.00")));
    assert!(last["what_for"].as_str().unwrap().contains(&abbey.name), "{last}");
    for page in &pages {
        stranger.get(page).await.refused(404, "not_found");
    }
    stranger.get(&format!("/v1/successions/{}", done["id"].as_str().unwrap())).await.refused(404, "not_found");
    assert!(stranger.all("/v1/successions").await.is_empty());
    assert!(stranger.all(&format!("/v1/accounts?school_id={}", abbey.id)).await.is_empty());
    teacher.get(&format!("/v1/bookings/{}", over["id"].as_str().unwrap())).await.refused(404, "not_found");
    assert!(hub.manager().get("/v1/successions").as_csv().await.sheet().starts_with("id,school_name,successor_name,"));
    hub.verified().await;
}

async fn a_school_that_has_left_books_nothing_for_the_time_after(hub: TestHub) {
    let (abbey, lead, teacher) = hub.funded_school("Abbey", "20").await;
    let (_, other, _) = hub.funded_school("Bourne", "100").await;
    let (before, after) = (
        hub.event(EventPlan::of(1, "10")).await,
        hub.event(EventPlan { starts_in: TimeDelta::weeks(9), ..EventPlan::of(1, "10") }).await,
    );
    let place = other.book(&after).await.created();
    let waiting = lead.book_for(&after, &teacher).await.created();
    assert_eq!(waiting["state"], "waitlisted");
    let path = format!("/v1/schools/{}", abbey.id);
    let leave = async |day: Value| {
        let etag = hub.manager().get(&path).await.etag();
        hub.manager().patch(&path, &etag, json!({ "left_on": day })).await.ok();
    };
    leave(json!("2026-12-01")).await;
    lead.book(&after).await.refused(409, "school_left");
    let names_by = json!({ "unnamed": { "places": 1, "names_by": "2026-11-20" } });
    lead.book_group(&after, &[], names_by).await.refused(409, "school_left");
    lead.book(&before).await.created();
    // Who waits keeps the place in the line, and is passed over.
    other.act(&place, "cancel").await.ok();
    hub.world.round().await;
    assert_eq!(hub.manager().booking(&waiting).await["state"], "waitlisted");
    assert_eq!(hub.places(&after).await, (0, 1));
    // On the day of leaving itself it is none any more; the day before it is one.
    leave(json!("2026-12-08")).await;
    hub.world.round().await;
    assert_eq!(hub.manager().booking(&waiting).await["state"], "confirmed");
    hub.verified().await;
}
