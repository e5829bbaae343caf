//! `/v1/years/{year}/close` and `/v1/years/{year}/reopen`.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use hub_credits::ledger::WalletKind;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, Reply, School, TestHub, World, allocation, hundredths};

const CLOSE: &str = "/v1/years/2026-27/close";
const REOPEN: &str = "/v1/years/2026-27/reopen";
/// Well into the last day of 2026/27.
const LAST_DAY: &str = "2027-08-31T10:00:00Z";

impl TestHub {
    /// Moves an event's only session: what was paid for it stays with it, whichever year it is in then.
    async fn moved(&self, event: &str, starts_in: TimeDelta) {
        let path = format!("/v1/events/{event}/sessions/{}", self.sessions(event).await.remove(0));
        let starts_at = self.world.clock.now() + starts_in;
        let times = json!({ "starts_at": starts_at, "ends_at": starts_at + TimeDelta::hours(6) });
        let etag = self.manager().get(&path).await.etag();
        self.manager().patch(&path, &etag, times).await.ok();
    }

    /// Opens the year after 2026/27 and goes to its last day.
    async fn at_the_end(&self) {
        self.year("2026/27").await;
        self.year("2027/28").await;
        self.world.at(LAST_DAY);
    }

    async fn close(&self, rule: Value) -> Reply {
        self.manager().post(CLOSE, rule).await
    }

    /// The balances of a school's wallets of a year, or of an account of the hub, by kind.
    async fn of(&self, query: &str) -> BTreeMap<String, String> {
        let accounts = self.manager().all(&format!("/v1/accounts?{query}&limit=200")).await;
        let word = |account: &Value, field: &str| account[field].as_str().unwrap_or_default().to_owned();
        let kind = |account: &Value| {
            let wallet = word(account, "wallet");
            if wallet.is_empty() { word(account, "kind") } else { wallet }
        };
        accounts.iter().map(|account| (kind(account), word(account, "balance"))).collect()
    }

    async fn wallets(&self, school: &School, year: &str) -> BTreeMap<String, String> {
        self.of(&format!("kind=wallet&school_id={}&year={year}", school.id)).await
    }
}

fn are<const N: usize>(balances: [(&str, &str); N]) -> BTreeMap<String, String> {
    balances.into_iter().map(|(kind, balance)| (kind.to_owned(), balance.to_owned())).collect()
}

fn totals(close: &Value) -> (&str, &str, &str) {
    let of = |field: &str| close[field].as_str().unwrap();
    (of("balance"), of("carried"), of("lapsed"))
}

fn codes(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect()
}

/// An event in the next year, whose policy gives nothing back.
fn in_the_next_year() -> EventPlan {
    EventPlan {
        starts_in: TimeDelta::weeks(60),
        policy: r#"{"basis":"calendar_days","tiers":[]}"#,
        ..EventPlan::of(5, "30")
    }
}

async fn cancel(lead: &Client, booking: &Value) {
    lead.act(booking, "cancel").await.ok();
}

both_engines!(
    a_close_carries_what_the_rule_allows_and_the_rest_lapses,
    all_or_nothing_can_be_carried,
    a_year_without_credits_is_closed_and_opened_without_a_posting,
    a_year_is_closed_from_its_last_day_in_london_on,
    a_year_is_closed_after_those_before_it_and_before_those_after,
    a_rule_that_is_none_is_refused,
    who_may_close_and_who_may_look,
    open_holds_are_named_and_may_follow_the_rule,
    a_refund_finds_its_way_through_two_closed_years,
    a_place_on_offer_is_a_hold_and_can_not_be_paid_after_the_close,
    a_closed_year_takes_no_posting,
    what_is_settled_after_the_close_is_the_open_years,
    a_close_is_undone_once_while_nothing_depends_on_it,
    of_many_closes_at_once_one_is_done,
    the_same_key_closes_once
);

async fn a_close_carries_what_the_rule_allows_and_the_rest_lapses(hub: TestHub) {
    let schools = hub.london_west().await;
    hub.allocate(json!({ "pool": "500.55", "step": "0.01" })).await;
    hub.fund_wallet(&schools[0], "2026/27", WalletKind::Earned, "7.77").await;
    hub.at_the_end().await;
    let rule = "carry=10%25&earned_carry=2.50";
    let preview = hub.viewer().await.get(&format!("{CLOSE}?{rule}")).await.ok();
    assert_eq!((&preview["id"], &preview["obstacles"], &preview["wallets"]), (&Value::Null, &json!([]), &json!(22)));
    let lines = hub.manager().all(&format!("{CLOSE}/lines?{rule}&limit=9")).await;
    assert_eq!(lines.len(), 22);
    for line in &lines {
        let [allocated, balance, cap, carried, lapsed] =
            ["allocated", "balance", "cap", "carried", "lapsed"].map(|field| hundredths(&line[field]));
        assert!(allocated > 0, "{line}");
        assert_eq!(cap, if line["wallet"] == "earned" { 250 } else { allocated / 10 }, "{line}");
        assert_eq!((carried, lapsed), (balance.min(cap), balance - balance.min(cap)), "{line}");
    }
    let sum = |field: &str| lines.iter().map(|line| hundredths(&line[field])).sum::<i64>();
    assert_eq!((hundredths(&preview["carried"]), hundredths(&preview["lapsed"])), (sum("carried"), sum("lapsed")));
    assert_eq!(sum("balance"), 50_055 + 777);

    let lead = hub.lead(&schools[0]).await;
    let done = hub.close(json!({ "carry": "10%", "earned_carry": "2.50" })).await;
    assert_eq!(done.header("location"), Some(CLOSE));
    let closed = done.created();
    assert_eq!(totals(&closed), totals(&preview));
    assert_eq!(hub.manager().get("/v1/years/2026-27").await.ok()["state"], "closed");
    assert_eq!(hub.manager().get(CLOSE).await.ok(), closed);
    let recorded = hub.manager().all(&format!("{CLOSE}/lines?limit=9")).await;
    for (before, after) in lines.iter().zip(&recorded) {
        let same = ["urn", "wallet", "allocated", "balance", "cap", "carried", "lapsed", "account_id"];
        assert!(same.iter().all(|field| before[field] == after[field]), "{before} {after}");
        let next =
            hub.manager().get(&format!("/v1/accounts/{}", after["next_account_id"].as_str().unwrap())).await.ok();
        let is = ["year", "wallet", "school_id", "balance"].map(|field| next[field].clone());
        assert_eq!(
            is,
            [json!("2027/28"), after["wallet"].clone(), after["school_id"].clone(), after["carried"].clone()]
        );
    }
    assert!(hub.of("year=2026-27&kind=wallet").await.values().all(|balance| balance == "0.00"));
    assert_eq!(hub.of("kind=lapsed").await, are([("lapsed", closed["lapsed"].as_str().unwrap())]));
    let posted = hub.manager().all(&format!("/v1/transactions?source_id={}", closed["id"].as_str().unwrap())).await;
    assert_eq!(
        (posted.len(), &posted[0]["kind"], &posted[0]["id"]),
        (1, &json!("year_closed"), &closed["transaction_id"])
    );

    let own = lead.all(&format!("{CLOSE}/lines")).await;
    assert_eq!(own.len(), 2);
    assert!(own.iter().all(|line| line["school_id"] == schools[0].id.as_str()));
    let told = lead.all("/v1/me/notices").await;
    assert_eq!((told.len(), &told[0]["kind"]), (1, &json!("year_closed")));
    let statement = lead.all(&format!("/v1/accounts/{}/entries", own[0]["account_id"].as_str().unwrap())).await;
    assert_eq!(statement.last().unwrap()["what_for"], "Close of the year 2026/27");
    let table = hub.manager().get(&format!("{CLOSE}/lines?limit=200")).as_csv().await.sheet();
    assert!(
        table.starts_with("urn,name,wallet,allocated,balance,cap,carried,lapsed,") && table.lines().count() == 23,
        "{table}"
    );
    hub.verified().await;
}

async fn all_or_nothing_can_be_carried(hub: TestHub) {
    let (school, ..) = hub.funded_school("Lampton", "12.34").await;
    hub.fund_wallet(&school, "2026/27", WalletKind::Earned, "5").await;
    hub.at_the_end().await;
    assert_eq!(
        totals(&hub.close(json!({ "carry": "all", "earned_carry": "none" })).await.created()),
        ("17.34", "12.34", "5.00")
    );
    assert_eq!(hub.wallets(&school, "2027-28").await, are([("allocated", "12.34"), ("earned", "0.00")]));
    for line in hub.manager().all(&format!("{CLOSE}/lines")).await {
        let cap = if line["wallet"] == "earned" { json!("0.00") } else { Value::Null };
        assert_eq!(line["cap"], cap, "{line}");
    }
    hub.verified().await;
}

async fn a_year_without_credits_is_closed_and_opened_without_a_posting(hub: TestHub) {
    hub.at_the_end().await;
    let closed = hub.close(json!({ "carry": "all" })).await.created();
    assert_eq!((&closed["wallets"], &closed["transaction_id"]), (&json!(0), &Value::Null));
    assert_eq!(hub.verified().await["transactions"], 0);
    hub.manager().post(REOPEN, json!({ "reason": "one more event" })).await.ok();
    hub.verified().await;
}

async fn a_year_is_closed_from_its_last_day_in_london_on(hub: TestHub) {
    hub.at_the_end().await;
    hub.world.at("2027-08-30T22:59:59.999999Z");
    let problem = hub.close(json!({ "carry": "all" })).await.refused(409, "year_not_over");
    assert!(problem["detail"].as_str().unwrap().contains("2027-08-31"), "{problem}");
    let preview = hub.manager().get(&format!("{CLOSE}?carry=all")).await.ok();
    assert_eq!(preview["obstacles"], json!(["year_not_over"]));
    hub.world.at("2027-08-30T23:00:00Z");
    hub.close(json!({ "carry": "all" })).await.created();
}

async fn a_year_is_closed_after_those_before_it_and_before_those_after(hub: TestHub) {
    for year in ["2025/26", "2026/27"] {
        hub.year(year).await;
    }
    hub.world.at(LAST_DAY);
    let preview = hub.manager().get(&format!("{CLOSE}?carry=all")).await.ok();
    assert_eq!(preview["obstacles"], json!(["earlier_year_open", "next_year_not_open"]));
    hub.close(json!({ "carry": "all" })).await.refused(409, "earlier_year_open");
    hub.manager().post("/v1/years/2025-26/close", json!({ "carry": "all" })).await.created();
    hub.close(json!({ "carry": "all" })).await.refused(409, "next_year_not_open");
    hub.year("2027/28").await;
    hub.manager().post("/v1/years/2027-28/close", json!({ "carry": "all" })).await.refused(409, "year_not_over");
    hub.close(json!({ "carry": "all" })).await.created();
    hub.close(json!({ "carry": "all" })).await.refused(409, "year_closed");
    hub.manager().get(&format!("{CLOSE}?carry=all")).await.refused(409, "year_closed");
    hub.manager().get(&format!("{CLOSE}/lines?carry=all")).await.refused(409, "year_closed");
    hub.manager()
        .post("/v1/years/2025-26/reopen", json!({ "reason": "too soon" }))
        .await
        .refused(409, "next_year_not_open");
    for path in ["/v1/years/2031-32/close", "/v1/years/2026-28/close", "/v1/years/last/close"] {
        hub.manager().post(path, json!({ "carry": "all" })).await.refused(404, "not_found");
        hub.manager().get(path).await.refused(404, "not_found");
    }
    hub.manager().post("/v1/years/2031-32/reopen", json!({ "reason": "x" })).await.refused(404, "not_found");
    hub.verified().await;
}

async fn a_rule_that_is_none_is_refused(hub: TestHub) {
    hub.at_the_end().await;
    for wrong in ["", "half", "101%", "-1", "0.001", "10.5%", "12345678901234"] {
        hub.close(json!({ "carry": wrong })).await.invalid(&[("/carry", "invalid")]);
    }
    hub.close(json!({})).await.invalid(&[("/carry", "missing")]);
    hub.close(json!({ "carry": "all", "open_holds": "ignore", "cap": 1 }))
        .await
        .invalid(&[("/open_holds", "invalid"), ("/cap", "unknown_field")]);
    hub.manager().get(&format!("{CLOSE}?open_holds=refuse")).await.invalid(&[("carry", "missing")]);
    hub.manager().post(CLOSE, json!({ "carry": "all" })).no_key().await.refused(400, "idempotency_key_required");
    hub.manager().post(REOPEN, json!({ "reason": "" })).await.invalid(&[("/reason", "invalid")]);
    hub.manager().post(REOPEN, json!({ "reason": "x" })).await.refused(409, "invalid_transition");
    hub.manager().get(CLOSE).await.refused(404, "not_found");
}

async fn who_may_close_and_who_may_look(world: World) {
    let (hub, other) = (world.hub("West London").await, world.hub("East London").await);
    let (school, lead, teacher) = hub.funded_school("Lampton", "10").await;
    hub.at_the_end().await;
    let viewer = hub.viewer().await;
    viewer.get(&format!("{CLOSE}?carry=all")).await.ok();
    viewer.get(&format!("{CLOSE}/holds")).await.ok();
    for caller in [&viewer, &lead, &teacher] {
        caller.post(CLOSE, json!({ "carry": "all" })).await.refused(403, "forbidden");
        caller.post(REOPEN, json!({ "reason": "x" })).await.refused(403, "forbidden");
    }
    for caller in [&lead, &teacher] {
        caller.get(&format!("{CLOSE}?carry=all")).await.refused(403, "forbidden");
        caller.get(&format!("{CLOSE}/lines?carry=all")).await.refused(403, "forbidden");
        caller.get(&format!("{CLOSE}/holds")).await.refused(403, "forbidden");
    }
    lead.get(&format!("{CLOSE}/lines")).await.refused(404, "not_found");
    other.manager().post(CLOSE, json!({ "carry": "all" })).await.refused(404, "not_found");
    hub.close(json!({ "carry": "all" })).await.created();
    assert_eq!(lead.all(&format!("{CLOSE}/lines")).await.len(), 1);
    other.manager().get(CLOSE).await.refused(404, "not_found");
    assert_eq!(hub.wallets(&school, "2027-28").await, are([("allocated", "10.00")]));
}

async fn open_holds_are_named_and_may_follow_the_rule(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    hub.year("2027/28").await;
    let (soon, later) = (
        hub.event(EventPlan::of(5, "20")).await,
        hub.event(EventPlan { starts_in: TimeDelta::weeks(10), ..in_the_next_year() }).await,
    );
    lead.book_for(&soon, &teacher).await.created();
    let booked = lead.book_for(&later, &teacher).await.created();
    hub.moved(&later, in_the_next_year().starts_in).await;
    hub.world.at(LAST_DAY);
    let other = hub.school("Chiswick").await;
    let receiver = hub.lead(&other).await;
    let gift = json!({ "to_school_id": other.id, "year": "2026/27", "wallet": "allocated", "amount": "1" });
    let gift = lead.post("/v1/transfers", gift).await.created();
    let problem = hub.close(json!({ "carry": "40" })).await.refused(409, "open_holds");
    assert_eq!(codes(&problem), ["open_booking", "open_event", "open_gift"]);
    receiver.post(&format!("/v1/transfers/{}/decline", gift["id"].as_str().unwrap()), None).await.ok();
    let holds = hub.manager().all(&format!("{CLOSE}/holds?limit=1")).await;
    let named: Vec<_> =
        holds.iter().map(|hold| (hold["kind"].clone(), hold["id"].clone(), hold["credits"].clone())).collect();
    assert_eq!(
        named,
        [(json!("booking"), booked["id"].clone(), json!("30.00")), (json!("event"), json!(soon), json!("20.00"))]
    );
    let preview = hub.manager().get(&format!("{CLOSE}?carry=40")).await.ok();
    assert_eq!(
        (&preview["obstacles"], &preview["holds"], &preview["held"]),
        (&json!(["open_holds"]), &json!(2), &json!("50.00"))
    );
    assert_eq!(
        hub.manager().get(&format!("{CLOSE}?carry=40&open_holds=follow_the_rule")).await.ok()["obstacles"],
        json!([])
    );

    let closed = hub.close(json!({ "carry": "60", "open_holds": "follow_the_rule" })).await.created();
    assert_eq!((totals(&closed), &closed["held"]), (("50.00", "50.00", "0.00"), &json!("50.00")));
    // There is room for 10 more of the 30 that come back.
    assert_eq!(lead.act(&booked, "cancel").await.ok()["refund"], "0.00", "its policy gives nothing back");
    hub.manager()
        .post(
            &format!("/v1/bookings/{}/waive", booked["id"].as_str().unwrap()),
            json!({ "amount": "4", "reason": "illness" }),
        )
        .await
        .ok();
    hub.manager()
        .post(&format!("/v1/bookings/{}/waive", booked["id"].as_str().unwrap()), json!({ "reason": "illness" }))
        .await
        .ok();
    assert_eq!(hub.wallets(&school, "2027-28").await, are([("allocated", "60.00")]));
    assert_eq!(hub.wallets(&school, "2026-27").await, are([("allocated", "0.00")]));
    assert_eq!(hub.of("kind=lapsed").await, are([("lapsed", "20.00")]));
    let now = hub.manager().get(CLOSE).await.ok();
    assert_eq!(
        (&now["carried_later"], &now["lapsed_later"], &now["holds"]),
        (&json!("10.00"), &json!("20.00"), &json!(1))
    );
    let line = lead.all(&format!("{CLOSE}/lines")).await.remove(0);
    assert_eq!(
        (&line["cap"], &line["carried_later"], &line["lapsed_later"]),
        (&json!("60.00"), &json!("10.00"), &json!("20.00"))
    );
    hub.manager().post(REOPEN, json!({ "reason": "x" })).await.refused(409, "in_use");
    hub.verified().await;
}

async fn a_refund_finds_its_way_through_two_closed_years(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "30").await;
    for year in ["2027/28", "2028/29"] {
        hub.year(year).await;
    }
    let event = hub.event(EventPlan::of(5, "30")).await;
    let booked = lead.book_for(&event, &teacher).await.created();
    hub.moved(&event, TimeDelta::weeks(110)).await;
    hub.world.at(LAST_DAY);
    hub.close(json!({ "carry": "25", "open_holds": "follow_the_rule" })).await.created();
    hub.world.at("2028-09-03T10:00:00Z");
    let next = hub.manager().post("/v1/years/2027-28/close", json!({ "carry": "10" })).await.created();
    assert_eq!(totals(&next), ("0.00", "0.00", "0.00"));
    cancel(&lead, &booked).await;
    assert_eq!(hub.wallets(&school, "2028-29").await, are([("allocated", "10.00")]));
    let lapsed = hub.manager().all("/v1/accounts?kind=lapsed").await;
    assert_eq!(
        lapsed.iter().map(|account| account["balance"].as_str().unwrap()).collect::<Vec<_>>(),
        ["5.00", "15.00"]
    );
    hub.verified().await;
}

async fn a_place_on_offer_is_a_hold_and_can_not_be_paid_after_the_close(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let (_, other, _) = hub.funded_school("Chiswick", "100").await;
    hub.year("2027/28").await;
    let mut plan = EventPlan { starts_in: TimeDelta::days(330) + TimeDelta::hours(3), ..EventPlan::of(1, "20") };
    plan.admission.offer_hours = Some(300);
    let event = hub.event(plan).await;
    let first = lead.book_for(&event, &teacher).await.created();
    let waiting = other.book(&event).await.created();
    hub.world.at("2027-08-30T09:00:00Z");
    cancel(&lead, &first).await;
    hub.manager()
        .post(&format!("/v1/bookings/{}/waive", first["id"].as_str().unwrap()), json!({ "reason": "illness" }))
        .await
        .ok();
    hub.world.at("2027-08-31T09:00:00Z");
    let found = other.get(&format!("/v1/bookings/{}", waiting["id"].as_str().unwrap())).await.ok();
    assert!(!found["offered_until"].is_null(), "{found}");
    assert_eq!(codes(&hub.close(json!({ "carry": "all" })).await.refused(409, "open_holds")), ["open_offer"]);
    hub.close(json!({ "carry": "all", "open_holds": "follow_the_rule" })).await.created();
    other.act(&waiting, "offer/accept").await.refused(409, "year_closed");
    lead.book_for(&event, &teacher).await.refused(409, "year_closed");
    hub.verified().await;
}

async fn a_closed_year_takes_no_posting(hub: TestHub) {
    let schools = hub.london_west().await;
    let draft = hub.draft(json!({ "pool": "500" })).await;
    hub.fund(&schools[0], "10").await;
    hub.at_the_end().await;
    hub.close(json!({ "carry": "none" })).await.created();
    let approve = format!("/v1/allocations/{}/approve", draft["id"].as_str().unwrap());
    hub.manager().post(&approve, None).header("if-match", "\"1\"").await.refused(409, "year_closed");
    hub.manager().post("/v1/allocations", allocation(json!({ "pool": "5" }))).await.refused(409, "year_closed");
    hub.verified().await;
}

async fn what_is_settled_after_the_close_is_the_open_years(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton", "100").await;
    hub.year("2027/28").await;
    let kept = EventPlan { policy: r#"{"basis":"calendar_days","tiers":[]}"#, ..EventPlan::of(5, "20") };
    let (first, second) =
        (hub.event(kept).await, hub.event(EventPlan { starts_in: TimeDelta::weeks(9), ..EventPlan::of(5, "7") }).await);
    let left = lead.book_for(&first, &teacher).await.created();
    cancel(&lead, &left).await;
    lead.book_for(&second, &teacher).await.created();
    hub.world.at(LAST_DAY);
    hub.manager().post(&format!("/v1/events/{first}/complete?unmarked=present"), None).await.ok();
    hub.close(json!({ "carry": "none", "open_holds": "follow_the_rule" })).await.created();
    let waive = format!("/v1/bookings/{}/waive", left["id"].as_str().unwrap());
    hub.manager().post(&waive, json!({ "reason": "illness" })).await.refused(409, "insufficient_credits");
    // Still the last day of the closed year: the next one is paid.
    hub.manager().post(&format!("/v1/events/{second}/complete?unmarked=present"), None).await.ok();
    assert_eq!(hub.of("kind=income&year=2027-28").await, are([("income", "7.00")]));
    hub.manager().post(&waive, json!({ "amount": "5", "reason": "illness" })).await.ok();
    assert_eq!(hub.of("kind=income&year=2027-28").await, are([("income", "2.00")]));
    assert_eq!(hub.of("kind=income&year=2026-27").await, are([("income", "20.00")]));
    assert_eq!(hub.of("kind=lapsed&year=2026-27").await, are([("lapsed", "78.00")]));
    hub.verified().await;
}

async fn a_close_is_undone_once_while_nothing_depends_on_it(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "50").await;
    hub.at_the_end().await;
    let closed = hub.close(json!({ "carry": "20" })).await.created();
    // The next year's own credits pay for this: nothing depends on what was carried.
    hub.fund_wallet(&school, "2027/28", WalletKind::Allocated, "40").await;
    let event = hub.event(EventPlan::of(5, "40")).await;
    lead.book_for(&event, &teacher).await.created();
    let reopened = hub.manager().post(REOPEN, json!({ "reason": "one more top-up" })).await.ok();
    assert_eq!((&reopened["id"], &reopened["reopened_because"]), (&closed["id"], &json!("one more top-up")));
    assert_eq!(hub.manager().get("/v1/years/2026-27").await.ok()["state"], "open");
    assert_eq!(
        (hub.wallets(&school, "2026-27").await, hub.wallets(&school, "2027-28").await),
        (are([("allocated", "50.00")]), are([("allocated", "0.00")]))
    );
    assert_eq!(hub.of("kind=lapsed").await, are([("lapsed", "0.00")]));
    let posted = hub.manager().all(&format!("/v1/transactions?source_id={}", closed["id"].as_str().unwrap())).await;
    assert_eq!(
        (&posted[1]["kind"], &posted[1]["reverses"], &posted[1]["memo"]),
        (&json!("year_reopened"), &closed["transaction_id"], &json!("one more top-up"))
    );
    hub.verified().await;
    hub.manager().post(REOPEN, json!({ "reason": "again" })).await.refused(409, "invalid_transition");

    let again = hub.close(json!({ "carry": "20" })).await.created();
    assert_ne!(again["id"], closed["id"]);
    let second = hub.event(EventPlan { starts_in: TimeDelta::weeks(9), ..EventPlan::of(5, "0.01") }).await;
    let booked = lead.book_for(&second, &teacher).await.created();
    let problem = hub.manager().post(REOPEN, json!({ "reason": "too late" })).await.refused(409, "in_use");
    assert!(problem["errors"][0]["detail"].as_str().unwrap().ends_with("Lampton: 0.01 credits"), "{problem}");
    cancel(&lead, &booked).await;
    hub.manager().post(REOPEN, json!({ "reason": "it was used once" })).await.refused(409, "in_use");
    hub.verified().await;
}

async fn of_many_closes_at_once_one_is_done(hub: TestHub) {
    for number in 0..4 {
        hub.funded_school(&format!("School {number}"), "10").await;
    }
    hub.at_the_end().await;
    let other = hub.world.another_service(|_| ());
    let managers = [hub.manager(), hub.another_manager().await.at(&other)];
    let closes = (0..16).map(|n| managers[n % 2].post(CLOSE, json!({ "carry": "4" })).into_future());
    let replies = futures_util::future::join_all(closes).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        reply.refused(409, "year_closed");
    }
    assert_eq!(hub.of("kind=lapsed").await, are([("lapsed", "24.00")]));
    hub.verified().await;
}

async fn the_same_key_closes_once(hub: TestHub) {
    hub.funded_school("Lampton", "10").await;
    hub.at_the_end().await;
    let first = hub.manager().post(CLOSE, json!({ "carry": "4" })).key("close").await.created();
    let again = hub.manager().post(CLOSE, json!({ "carry": "4" })).key("close").await;
    assert_eq!((again.created(), again.header("idempotency-replayed")), (first, Some("true")));
    hub.manager().post(CLOSE, json!({ "carry": "5" })).key("close").await.refused(422, "idempotency_key_reused");
}
