//! `/v1/schools/{id}/succession`: a school takes the place of another, as previewed.

use std::future::IntoFuture;

use chrono::TimeDelta;
use hub_credits::ledger::WalletKind;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, Reply, School, TestHub, World, nobody, with};

pub(super) fn path(school: &School) -> String {
    format!("/v1/schools/{}/succession", school.id)
}

pub(super) async fn preview(hub: &TestHub, school: &School, successor: &School) -> Value {
    hub.manager().get(&format!("{}?successor_id={}", path(school), successor.id)).await.ok()
}

/// What a manager sends after a look at the preview.
pub(super) fn decided(preview: &Value) -> Value {
    json!({ "successor_id": preview["successor_id"], "reason": "Merged into one academy", "quote": preview["quote"] })
}

pub(super) async fn ask(hub: &TestHub, school: &School, successor: &School) -> Reply {
    let seen = preview(hub, school, successor).await;
    hub.manager().post(&path(school), decided(&seen)).await
}

pub async fn succeed(hub: &TestHub, school: &School, successor: &School) -> Value {
    ask(hub, school, successor).await.created()
}

/// Year, kind and balance of each wallet of the school.
pub(super) async fn wallets(hub: &TestHub, school: &School) -> Vec<(String, String, String)> {
    let accounts = hub.manager().all(&format!("/v1/accounts?kind=wallet&school_id={}", school.id)).await;
    let text = |account: &Value, field: &str| account[field].as_str().unwrap().to_owned();
    let mut wallets: Vec<_> =
        accounts.iter().map(|one| (text(one, "year"), text(one, "wallet"), text(one, "balance"))).collect();
    wallets.sort();
    wallets
}

pub(super) fn wallet(year: &str, kind: &str, balance: &str) -> (String, String, String) {
    (year.to_owned(), kind.to_owned(), balance.to_owned())
}

/// The ids of a list of the preview or the API, sorted.
pub(super) fn ids(items: &[Value]) -> Vec<String> {
    let mut ids: Vec<String> = items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

pub(super) async fn live(hub: &TestHub, school: &School) -> Vec<Value> {
    let all = hub.manager().all(&format!("/v1/bookings?limit=200&school_id={}", school.id)).await;
    let live = |booking: &Value| ["requested", "waitlisted", "confirmed"].contains(&booking["state"].as_str().unwrap());
    all.into_iter().filter(live).collect()
}

pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

both_engines!(
    everything_goes_over_as_it_was_previewed,
    a_quote_holds_for_as_long_as_what_it_stands_for,
    a_school_is_not_succeeded_by_just_any,
    an_offer_is_previewed_with_its_deadline,
    what_will_be_odd_is_told_before,
    two_at_once_are_one
);

async fn everything_goes_over_as_it_was_previewed(hub: TestHub) {
    let (abbey, lead, teacher) = hub.funded_school("Abbey", "100").await;
    let (bourne, heir, _) = hub.funded_school("Bourne", "7").await;
    hub.fund_wallet(&abbey, "2026/27", WalletKind::Earned, "5.50").await;
    hub.fund_wallet(&abbey, "2027/28", WalletKind::Allocated, "0.01").await;
    let (small, large) = (
        hub.event(EventPlan::of(1, "10")).await,
        hub.event(EventPlan { starts_in: TimeDelta::weeks(9), ..EventPlan::of(9, "20") }).await,
    );
    let confirmed = lead.book(&small).await.created();
    let waiting = lead.book_for(&small, &teacher).await.created();
    let requested = teacher.book(&large).await.created();
    let gone = lead.book(&large).await.created();
    lead.act(&gone, "cancel").await.ok();
    let names_by = json!({ "unnamed": { "places": 2, "names_by": "2026-11-20" } });
    let unnamed = lead.book_group(&large, &[], names_by).await.ok();
    assert_eq!((waiting["state"].as_str(), requested["state"].as_str()), (Some("waitlisted"), Some("requested")));
    let disabled = hub.teacher(&abbey).await;
    hub.manager().post(&format!("/v1/people/{}/disable", disabled.id()), None).await.ok();
    let programme = hub.programme(json!({ "provider": { "kind": "school", "school_id": abbey.id } })).await;
    let of = hub
        .manager()
        .add(
            "/v1/ticket-types",
            json!({ "name": "Ticket", "covers": { "kinds": ["conference"] }, "returns": { "rule": "always" } }),
        )
        .await;
    let ticket = hub.manager().add("/v1/tickets", json!({ "ticket_type_id": of, "person_id": teacher.id() })).await;
    lead.post(
        &format!("/v1/schools/{}/deputies", abbey.id),
        json!({ "person_id": teacher.id(), "ends_on": "2026-12-01" }),
    )
    .await
    .created();

    let seen = preview(&hub, &abbey, &bourne).await;
    assert_eq!(seen, preview(&hub, &abbey, &bourne).await, "a preview changes nothing");
    assert_eq!(["requested", "waitlisted", "confirmed"].map(|state| seen[state].as_i64().unwrap()), [1, 1, 3]);
    assert_eq!((seen["credits"].as_str(), seen["effective_on"].as_str()), (Some("35.51"), Some("2026-10-05")));
    let shown: Vec<_> = list(&seen["wallets"])
        .iter()
        .map(|one| ["year", "kind", "credits", "successor_has"].map(|field| one[field].as_str().unwrap()))
        .collect();
    assert_eq!(
        shown,
        [
            ["2026/27", "allocated", "30.00", "7.00"],
            ["2026/27", "earned", "5.50", "0.00"],
            ["2027/28", "allocated", "0.01", "0.00"]
        ]
    );
    let before = live(&hub, &abbey).await;
    assert_eq!(ids(list(&seen["bookings"])), ids(&before));
    let people = hub.manager().all(&format!("/v1/people?school_id={}", abbey.id)).await;
    assert_eq!((ids(list(&seen["people"])), people.len()), (ids(&people), 3));
    assert_eq!(
        (&seen["tickets"][0]["id"], &seen["programmes"][0]["id"], &seen["clashes"]),
        (&json!(ticket), &json!(programme), &json!([]))
    );

    let done = hub.manager().post(&path(&abbey), decided(&seen)).await;
    let said = done.created();
    assert_eq!(
        ["bookings", "people", "tickets", "programmes"].map(|field| said[field].as_i64().unwrap()),
        [5, 3, 1, 1]
    );
    assert_eq!(
        (&said["credits"], &said["effective_on"], &said["reason"]),
        (&json!("35.51"), &json!("2026-10-05"), &json!("Merged into one academy"))
    );
    assert_eq!(hub.manager().get(done.header("location").unwrap()).await.ok(), said);

    assert_eq!(
        wallets(&hub, &abbey).await,
        [
            wallet("2026/27", "allocated", "0.00"),
            wallet("2026/27", "earned", "0.00"),
            wallet("2027/28", "allocated", "0.00")
        ]
    );
    assert_eq!(
        wallets(&hub, &bourne).await,
        [
            wallet("2026/27", "allocated", "37.00"),
            wallet("2026/27", "earned", "5.50"),
            wallet("2027/28", "allocated", "0.01")
        ]
    );
    let transaction =
        hub.manager().get(&format!("/v1/transactions/{}", said["transaction_id"].as_str().unwrap())).await.ok();
    let changes = hub.manager().get("/v1/changes?limit=200").await.ok();
    let told = list(&changes["items"]).iter().find(|change| change["kind"] == "school.succeeded").unwrap();
    assert_eq!(
        (&told["subject_id"], &told["school_id"], &told["credits"], &told["transaction_id"]),
        (&json!(abbey.id), &json!(bourne.id), &json!("35.51"), &said["transaction_id"])
    );
    assert_eq!(
        (&transaction["kind"], &transaction["source_kind"], &transaction["source_id"], &transaction["memo"]),
        (&json!("school_succeeded"), &json!("succession"), &said["id"], &said["reason"])
    );
    let after = live(&hub, &bourne).await;
    assert_eq!((ids(&after), live(&hub, &abbey).await.len()), (ids(&before), 0));
    let purse = heir.get(&format!("/v1/schools/{}/wallet", bourne.id)).await.ok()["total"].clone();
    assert_eq!(
        ["available", "held", "spent", "topped_up", "received"].map(|field| purse[field].as_str().unwrap()),
        ["42.51", "70.00", "0.00", "7.00", "105.51"]
    );
    assert_eq!(heir.get(&format!("/v1/schools/{}/wallet", abbey.id)).await.ok()["total"]["available"], "0.00");
    for booking in [&confirmed, &waiting, &requested] {
        let now = hub.manager().booking(booking).await;
        assert_eq!(
            ["state", "held", "waiting_position", "event_id", "person_id", "price"].map(|field| &now[field]),
            ["state", "held", "waiting_position", "event_id", "person_id", "price"].map(|field| &booking[field])
        );
        assert_eq!(now["school_id"], bourne.id.as_str());
    }
    assert_eq!(hub.manager().booking(&gone).await["school_id"], abbey.id.as_str(), "what is over stays history");
    assert_eq!(hub.manager().all(&format!("/v1/people?school_id={}", abbey.id)).await.len(), 0);
    let roles: Vec<Value> = hub
        .manager()
        .all(&format!("/v1/people?school_id={}", bourne.id))
        .await
        .iter()
        .map(|one| one["role"].clone())
        .collect();
    assert_eq!(roles.iter().filter(|role| **role == "school_lead").count(), 2);
    let school = hub.manager().get(&format!("/v1/schools/{}", abbey.id)).await.ok();
    assert_eq!((&school["left_on"], &school["successor_id"]), (&json!("2026-10-05"), &json!(bourne.id)));
    assert_eq!(
        ids(&hub.manager().all(&format!("/v1/schools?successor_id={}", bourne.id)).await),
        std::slice::from_ref(&abbey.id)
    );
    assert_eq!(
        hub.manager().get(&format!("/v1/programmes/{programme}")).await.ok()["provider"]["school_id"],
        bourne.id.as_str()
    );
    assert_eq!(heir.get(&format!("/v1/tickets/{ticket}")).await.ok()["state"], "issued");
    assert_eq!(heir.all(&format!("/v1/schools/{}/deputies", bourne.id)).await.len(), 1);
    // The successor's leads decide now, whoever they were before; the deputy too.
    assert_eq!(ids(&heir.all("/v1/approvals").await), ids(&teacher.all("/v1/approvals").await));
    assert_eq!(heir.act(&requested, "approve").await.ok()["state"], "confirmed");
    assert_eq!(unnamed["booked"], 2);
    let told = |notices: Vec<Value>| {
        notices.iter().map(|notice| notice["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(told(teacher.all("/v1/me/notices").await).contains(&"school_succeeded".to_owned()));
    assert_eq!(told(heir.all("/v1/me/notices").await), ["school_taken_over"]);
    hub.verified().await;
}

async fn a_quote_holds_for_as_long_as_what_it_stands_for(hub: TestHub) {
    let (abbey, lead, teacher) = hub.funded_school("Abbey", "100").await;
    let (bourne, heir, _) = hub.funded_school("Bourne", "100").await;
    let event = hub.event(EventPlan::of(9, "10")).await;
    let seen = preview(&hub, &abbey, &bourne).await;
    // Another school's business is not in it.
    heir.book(&event).await.created();
    assert_eq!(preview(&hub, &abbey, &bourne).await["quote"], seen["quote"]);
    lead.book_for(&event, &teacher).await.created();
    let refused = hub.manager().post(&path(&abbey), decided(&seen)).await.refused(409, "quote_expired");
    assert!(refused["detail"].as_str().unwrap().contains("preview"), "{refused}");
    let newer = preview(&hub, &abbey, &bourne).await;
    for (change, pointer) in [
        (json!({ "quote": "abc" }), "/quote"),
        (json!({ "reason": "" }), "/reason"),
        (json!({ "effective_on": "2026-02-30" }), "/effective_on"),
    ] {
        hub.manager().post(&path(&abbey), with(decided(&newer), change)).await.invalid(&[(pointer, "invalid")]);
    }
    let another_day = with(decided(&newer), json!({ "effective_on": "2026-10-01" }));
    hub.manager().post(&path(&abbey), another_day.clone()).await.refused(409, "quote_expired");
    hub.manager().post(&path(&abbey), decided(&newer)).no_key().await.refused(400, "idempotency_key_required");
    assert_eq!(preview(&hub, &abbey, &bourne).await, newer, "refusals change nothing");

    let dated =
        hub.manager().get(&format!("{}?successor_id={}&effective_on=2026-10-01", path(&abbey), bourne.id)).await.ok();
    let body = with(decided(&dated), json!({ "effective_on": "2026-10-01" }));
    let first = hub.manager().post(&path(&abbey), body.clone()).key("merge").await;
    let again = hub.manager().post(&path(&abbey), body).key("merge").await;
    assert_eq!((again.created(), again.header("idempotency-replayed")), (first.created(), Some("true")));
    let transaction = first.created()["transaction_id"].as_str().unwrap().to_owned();
    assert_eq!(hub.manager().get(&format!("/v1/transactions/{transaction}")).await.ok()["effective_on"], "2026-10-01");
    assert_eq!((hub.balance(&abbey).await.as_str(), hub.balance(&bourne).await.as_str()), ("0.00", "180.00"));
    hub.verified().await;
}

async fn a_school_is_not_succeeded_by_just_any(world: World) {
    let (west, south) = (world.hub("West").await, world.hub("South").await);
    west.year("2026/27").await;
    let [abbey, bourne, chase] = [west.school("Abbey").await, west.school("Bourne").await, west.school("Chase").await];
    let theirs = south.school("Dale").await;
    let manager = west.manager();
    let look = |school: &School, successor: &str| manager.get(&format!("{}?successor_id={successor}", path(school)));
    look(&abbey, &abbey.id).await.invalid(&[("successor_id", "invalid")]);
    for stranger in [&theirs.id, &nobody()] {
        look(&abbey, stranger).await.invalid(&[("successor_id", "unknown")]);
    }
    look(&theirs, &abbey.id).await.refused(404, "not_found");
    look(&abbey, "x").await.invalid(&[("successor_id", "invalid")]);
    manager.get(&path(&abbey)).await.invalid(&[("successor_id", "missing")]);
    for (day, status, code) in [("2026-10-06", 400, "invalid_request"), ("2026-08-31", 409, "year_closed")] {
        manager
            .get(&format!("{}?successor_id={}&effective_on={day}", path(&abbey), bourne.id))
            .await
            .refused(status, code);
    }
    // What can't be seen can't be done either.
    let quote = preview(&west, &abbey, &bourne).await["quote"].clone();
    let body = |successor: &str| json!({ "successor_id": successor, "reason": "x", "quote": quote });
    manager.post(&path(&abbey), body(&abbey.id)).await.invalid(&[("/successor_id", "invalid")]);
    manager.post(&path(&abbey), body(&theirs.id)).await.invalid(&[("/successor_id", "unknown")]);
    manager.post(&path(&theirs), body(&abbey.id)).await.refused(404, "not_found");
    manager.post(&path(&abbey), json!({})).await.invalid(&[
        ("/successor_id", "missing"),
        ("/reason", "missing"),
        ("/quote", "missing"),
    ]);

    succeed(&west, &abbey, &bourne).await;
    look(&abbey, &chase.id).await.refused(409, "school_succeeded");
    manager.post(&path(&abbey), body(&bourne.id)).await.refused(409, "school_succeeded");
    look(&chase, &abbey.id).await.refused(409, "school_succeeded");
    look(&bourne, &abbey.id).await.refused(409, "school_succeeded");
    let etag = manager.get(&format!("/v1/schools/{}", chase.id)).await.etag();
    manager.patch(&format!("/v1/schools/{}", chase.id), &etag, json!({ "left_on": "2026-10-05" })).await.ok();
    look(&bourne, &chase.id).await.refused(409, "school_left");

    for (caller, status, code) in [
        (west.lead(&bourne).await, 403, "forbidden"),
        (west.teacher(&bourne).await, 403, "forbidden"),
        (world.operator(), 403, "forbidden"),
        (world.stranger(), 401, "unauthorized"),
        (south.manager(), 404, "not_found"),
    ] {
        caller.get(&format!("{}?successor_id={}", path(&bourne), chase.id)).await.refused(status, code);
        caller.post(&path(&bourne), body(&chase.id)).await.refused(status, code);
    }
    let viewer = west.viewer().await;
    viewer.get(&format!("{}?successor_id={}", path(&chase), bourne.id)).await.ok();
    viewer.post(&path(&chase), body(&bourne.id)).await.refused(403, "forbidden");
    west.verified().await;
}

async fn an_offer_is_previewed_with_its_deadline(hub: TestHub) {
    let (abbey, lead, teacher) = hub.funded_school("Abbey", "100").await;
    let (bourne, heir, other) = hub.funded_school("Bourne", "100").await;
    let admission =
        hub_credits::programme::programmes::admission::Admission { offer_hours: Some(48), ..Default::default() };
    let event = hub.event(EventPlan { admission, ..EventPlan::of(1, "10") }).await;
    let held = heir.book_for(&event, &other).await.created();
    let waiting = lead.book_for(&event, &teacher).await.created();
    heir.act(&held, "cancel").await.ok();
    let offered = lead.booking(&waiting).await["offered_until"].clone();
    assert!(offered.is_string());
    let seen = preview(&hub, &abbey, &bourne).await;
    assert_eq!(list(&seen["bookings"])[0]["offered_until"], offered);
    hub.manager().post(&path(&abbey), decided(&seen)).await.created();
    assert_eq!(heir.booking(&waiting).await["offered_until"], offered);
    hub.verified().await;
}

async fn what_will_be_odd_is_told_before(hub: TestHub) {
    let (abbey, lead, teacher) = hub.funded_school("Abbey", "100").await;
    let (bourne, heir, their_teacher) = hub.funded_school("Bourne", "100").await;
    let admission =
        hub_credits::programme::programmes::admission::Admission { max_per_school: Some(1), ..Default::default() };
    let event = hub.event(EventPlan { admission, ..EventPlan::of(9, "10") }).await;
    let rename = async |who: &Client, name: &str| {
        let path = format!("/v1/people/{}", who.id());
        let etag = hub.manager().get(&path).await.etag();
        hub.manager().patch(&path, &etag, json!({ "name": name })).await.ok();
    };
    rename(&teacher, "Ann Able").await;
    rename(&their_teacher, "ann able").await;
    lead.book_for(&event, &teacher).await.created();
    heir.book_for(&event, &their_teacher).await.created();
    let seen = preview(&hub, &abbey, &bourne).await;
    let told: Vec<_> = list(&seen["clashes"])
        .iter()
        .map(|clash| ["kind", "event_id", "name", "most", "together"].map(|field| clash[field].clone()))
        .collect();
    assert_eq!(
        told,
        [
            [json!("school_limit"), json!(event), json!(null), json!(1), json!(2)],
            [json!("booked_twice"), json!(event), json!("Ann Able"), json!(null), json!(null)],
            [json!("same_name"), json!(null), json!("Ann Able"), json!(null), json!(null)],
        ]
    );
    hub.manager().post(&path(&abbey), decided(&seen)).await.created();
    assert_eq!(live(&hub, &bourne).await.len(), 2, "both keep their places");
    heir.book(&event).await.refused(409, "school_limit");
    hub.verified().await;
}

async fn two_at_once_are_one(hub: TestHub) {
    let (abbey, ..) = hub.funded_school("Abbey", "100").await;
    let (bourne, ..) = hub.funded_school("Bourne", "0").await;
    let (chase, ..) = hub.funded_school("Chase", "0").await;
    let (to_bourne, to_chase) = (preview(&hub, &abbey, &bourne).await, preview(&hub, &abbey, &chase).await);
    let tasks: Vec<_> = [to_bourne, to_chase]
        .iter()
        .map(|seen| tokio::spawn(hub.manager().post(&path(&abbey), decided(seen)).into_future()))
        .collect();
    let mut statuses = Vec::new();
    for task in tasks {
        let reply = task.await.unwrap();
        statuses.push(reply.status.to_owned());
        if reply.status != 201 {
            reply.refused(409, "school_succeeded");
        }
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    hub.verified().await;
}
