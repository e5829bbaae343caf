//! `/v1/commissions/{id}/milestones`: delivered, answered, disputed, varied, cancelled; what time and others bring about.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Deal, TestHub, at, days, new_offer, new_quote, with};

both_engines!(
    silence_accepts_after_ten_working_days,
    not_yet_is_delivered_again,
    a_dispute_leaves_the_others_payable,
    the_two_end_a_dispute_themselves,
    a_variation_posts_only_the_difference,
    a_variation_lapses_when_what_it_replaces_changes,
    cancelling_keeps_what_was_agreed,
    the_days_of_an_offer_go_down_and_come_back,
    of_two_for_the_last_day_one_gets_it,
    of_two_at_once_one_is_done,
    across_the_close_of_a_year,
    a_successor_takes_over,
    the_wallet_says_what_is_held
);

/// What is held, what the buyer has, and what the provider earned.
async fn standing(hub: &TestHub, deal: &Deal, commission: &Value) -> [String; 3] {
    [
        hub.escrow_of(commission).await,
        hub.wallet_of(&deal.buyer, "allocated").await,
        hub.wallet_of(&deal.provider, "earned").await,
    ]
}

async fn silence_accepts_after_ten_working_days(hub: TestHub) {
    let deal = hub.deal("100").await;
    let commission = deal.agreed(json!([at("40"), at("60")])).await;
    // A Tuesday; the tenth working day after it is a Tuesday again.
    hub.world.at("2026-11-03T15:00:00Z");
    let delivered = deal.providing.milestone(&commission, 1, "deliver", json!({ "note": "All done" })).await.ok();
    assert_eq!(delivered["milestone"]["answer_until"], "2026-11-18T00:00:00Z");
    let told = async |at: &str| {
        hub.world.at(at);
        hub.world.round().await;
        let due = hub.kinds_told(&deal.buying).await.iter().filter(|kind| *kind == "milestone_answer_due").count();
        let state = deal.buying.see(&commission).await.ok()["milestones"][0]["state"].as_str().unwrap().to_owned();
        (due, state)
    };
    assert_eq!(told("2026-11-12T23:59:59Z").await, (0, "delivered".to_owned()));
    assert_eq!(told("2026-11-13T00:00:00Z").await, (1, "delivered".to_owned()), "two working days before");
    assert_eq!(told("2026-11-17T23:59:59Z").await, (1, "delivered".to_owned()), "once");
    assert_eq!(told("2026-11-18T00:00:00Z").await, (1, "accepted".to_owned()));
    assert_eq!(standing(&hub, &deal, &commission).await, ["60.00", "0.00", "40.00"]);
    let seen = deal.providing.see(&commission).await.ok();
    assert_eq!([&seen["milestones"][0]["answered_by"], &seen["state"]], [&Value::Null, &json!("agreed")]);
    deal.buying.milestone(&commission, 1, "accept", json!({})).await.refused(409, "invalid_transition");
    hub.verified().await;
}

async fn not_yet_is_delivered_again(hub: TestHub) {
    let deal = hub.deal("100").await;
    let commission = deal.agreed(json!([days("2", "10")])).await;
    deal.buying.milestone(&commission, 1, "accept", json!({})).await.refused(409, "invalid_transition");
    deal.providing.milestone(&commission, 1, "deliver", json!({ "days": "2.5" })).await.refused(409, "too_many_days");
    deal.providing
        .milestone(&commission, 1, "deliver", json!({ "days": "0" }))
        .await
        .invalid(&[("/days", "out_of_range")]);
    let wrong = deal.providing.milestone(&commission, 1, "deliver", json!({ "credits": "5" })).await;
    wrong.invalid(&[("/credits", "superfluous")]);
    deal.providing.milestone(&commission, 1, "deliver", json!({})).await.ok();
    deal.providing.milestone(&commission, 1, "deliver", json!({})).await.refused(409, "invalid_transition");
    deal.buying.milestone(&commission, 1, "not-yet", json!({ "missing": " " })).await.invalid(&[("/missing", "empty")]);
    let missing = json!({ "missing": "The second day" });
    let open = deal.buying.milestone(&commission, 1, "not-yet", missing).await.ok();
    assert_eq!([&open["milestone"]["state"], &open["milestone"]["missing"]], ["open", "The second day"]);
    hub.world.pass(TimeDelta::days(40));
    hub.world.round().await;
    assert_eq!(
        standing(&hub, &deal, &commission).await,
        ["20.00", "80.00", "0.00"],
        "silence accepts nothing that is open"
    );
    deal.pay(&commission, 1, json!({})).await;
    assert_eq!(standing(&hub, &deal, &commission).await, ["0.00", "80.00", "20.00"]);
    for number in ["0", "2", "01", "x", "99999999999999999999"] {
        let path = format!("/v1/commissions/{}/milestones/{number}/accept", commission["id"].as_str().unwrap());
        deal.buying.post(&path, json!({})).await.refused(404, "not_found");
    }
    hub.verified().await;
}

async fn a_dispute_leaves_the_others_payable(hub: TestHub) {
    let card = json!({ "lines": [], "brokerage": { "share": "10", "of": "100" }, "borne_by": "provider" });
    let etag = hub.manager().get("/v1/rate-card").await.etag();
    hub.manager().put("/v1/rate-card", card).header("if-match", &etag).await.ok();
    let deal = hub.deal("100").await;
    let commission = deal.agreed(json!([at("33.33"), at("50")])).await;
    deal.providing.milestone(&commission, 1, "deliver", json!({})).await.ok();
    let raised = json!({ "reason": "Nobody came" });
    let dispute = deal.buying.milestone(&commission, 1, "dispute", raised).await.created();
    assert_eq!([&dispute["side"], &dispute["buyer_case"]], ["buyer", "Nobody came"]);
    deal.buying.milestone(&commission, 1, "accept", json!({})).await.refused(409, "invalid_transition");
    deal.pay(&commission, 2, json!({})).await;
    assert_eq!(standing(&hub, &deal, &commission).await, ["33.33", "16.67", "45.00"]);
    let split =
        |provider: &str, buyer: &str| json!({ "to_provider": provider, "to_buyer": buyer, "reason": "Half a day" });
    let resolve = async |split: Value| hub.manager().milestone(&commission, 1, "resolve", split).await;
    resolve(split("11.11", "22.22")).await.refused(409, "cases_open");
    let case = json!({ "case": "We waited at the gate" });
    deal.providing.milestone(&commission, 1, "state-case", case).await.ok();
    resolve(split("11.11", "22.21")).await.refused(409, "split_does_not_sum");
    resolve(split("-1", "34.33")).await.refused(400, "invalid_request");
    let resolved = resolve(split("11.11", "22.22")).await.ok();
    assert_eq!([&resolved["to_provider"], &resolved["decision"]], ["11.11", "Half a day"]);
    // 10 % of 61.11 in all is 6.11: 1.11 more than of the 50 before.
    assert_eq!(standing(&hub, &deal, &commission).await, ["0.00", "38.89", "55.00"]);
    assert_eq!(deal.buying.see(&commission).await.ok()["state"], "completed");
    resolve(split("11.11", "22.22")).await.refused(409, "invalid_transition");
    hub.verified().await;
}

async fn the_two_end_a_dispute_themselves(hub: TestHub) {
    let deal = hub.deal("100").await;
    let commission = deal.agreed(json!([at("10"), at("1")])).await;
    deal.providing.milestone(&commission, 1, "dispute", json!({ "reason": "They let nobody in" })).await.created();
    let offer = async |client: &crate::support::Client, amount: &str| {
        client.milestone(&commission, 1, "offer-split", json!({ "to_provider": amount })).await
    };
    offer(&deal.providing, "10.01").await.invalid(&[("/to_provider", "too_many")]);
    offer(&deal.providing, "8").await.ok();
    assert_eq!(offer(&deal.buying, "4").await.ok()["resolved_at"], Value::Null);
    let ended = offer(&deal.providing, "4").await.ok();
    assert_eq!(
        [&ended["to_provider"], &ended["decision"], &ended["resolved_by"]],
        [&json!("4.00"), &Value::Null, &Value::Null]
    );
    assert_eq!(standing(&hub, &deal, &commission).await, ["1.00", "95.00", "4.00"]);
    // Who says nothing in time is not heard, and the hub may decide then.
    deal.buying.milestone(&commission, 2, "dispute", json!({ "reason": "Late" })).await.created();
    hub.world.pass(TimeDelta::days(17));
    deal.providing.milestone(&commission, 2, "state-case", json!({ "case": "No" })).await.refused(409, "cases_closed");
    let nothing = json!({ "to_provider": "0", "to_buyer": "1", "reason": "Nothing was heard" });
    hub.manager().milestone(&commission, 2, "resolve", nothing).await.ok();
    assert_eq!(standing(&hub, &deal, &commission).await, ["0.00", "96.00", "4.00"]);
    hub.verified().await;
}

async fn a_variation_posts_only_the_difference(hub: TestHub) {
    let deal = hub.deal("100").await;
    let commission = deal.agreed(json!([at("10"), at("20")])).await;
    deal.pay(&commission, 1, json!({})).await;
    let vary = async |client: &crate::support::Client, milestones: Value| {
        client.commission(&commission, "quote", new_quote(milestones)).await.created()
    };
    let more = vary(&deal.buying, json!([at("15"), at("30.5")])).await;
    assert_eq!([&more["varies"], &more["milestones"][0]["number"]], [&json!(true), &json!(3)]);
    deal.buying.agree(&commission, &more).await.refused(409, "already_agreed");
    let before = hub.manager().all("/v1/transactions").await.len();
    let varied = deal.providing.agree(&commission, &more).await.ok();
    assert_eq!([&varied["committed"], &varied["held"]], ["55.50", "45.50"]);
    let posted = hub.manager().all("/v1/transactions").await;
    assert_eq!(posted.len(), before + 1);
    assert_eq!(standing(&hub, &deal, &commission).await, ["45.50", "44.50", "10.00"]);
    deal.providing.milestone(&commission, 2, "deliver", json!({})).await.refused(409, "invalid_transition");
    deal.providing.milestone(&commission, 3, "deliver", json!({})).await.ok();
    let less = vary(&deal.providing, json!([at("0.5")])).await;
    deal.buying.agree(&commission, &less).await.ok();
    assert_eq!(standing(&hub, &deal, &commission).await, ["15.50", "74.50", "10.00"], "what is delivered stays");
    // Too much for the wallet: nothing is varied.
    let too_much = vary(&deal.buying, json!([at("75.01")])).await;
    let refused = deal.providing.agree(&commission, &too_much).await.refused(409, "insufficient_credits");
    assert_eq!(refused["detail"], "the buyer has too few credits for it now", "and not how many");
    assert_eq!(standing(&hub, &deal, &commission).await, ["15.50", "74.50", "10.00"]);
    let states: Vec<Value> = deal.buying.see(&commission).await.ok()["milestones"]
        .as_array()
        .unwrap()
        .iter()
        .map(|milestone| milestone["state"].clone())
        .collect();
    assert_eq!(states, ["accepted", "replaced", "delivered", "replaced", "open"]);
    hub.verified().await;
}

/// A variation is about the milestones that were open when it was proposed, and no way round the buyer's limit.
async fn a_variation_lapses_when_what_it_replaces_changes(hub: TestHub) {
    let deal = hub.deal("1000").await;
    let commission = deal.agreed(json!([at("30"), at("20")])).await;
    let vary = async |price: &str| {
        deal.providing.commission(&commission, "quote", new_quote(json!([at(price)]))).await.created()
    };
    let proposed = vary("15").await;
    deal.providing.milestone(&commission, 2, "deliver", json!({})).await.ok();
    deal.buying.agree(&commission, &proposed).await.refused(409, "quote_over");
    let proposed = vary("15").await;
    deal.buying.milestone(&commission, 2, "not-yet", json!({ "missing": "All" })).await.ok();
    deal.buying.agree(&commission, &proposed).await.refused(409, "quote_over");
    let proposed = vary("15").await;
    deal.buying.milestone(&commission, 2, "dispute", json!({ "reason": "All" })).await.created();
    deal.buying.agree(&commission, &proposed).await.refused(409, "quote_over");
    let path = format!("/v1/schools/{}/approval", deal.buyer.id);
    let etag = deal.buying.get(&path).await.etag();
    deal.buying.patch(&path, &etag, json!({ "commission_limit": "100" })).await.ok();
    let proposed = vary("80.01").await;
    assert_eq!(deal.buying.agree(&commission, &proposed).await.ok()["committed"], "50.00", "it waits for a second");
    deal.buying.agree(&commission, &proposed).await.refused(409, "four_eyes");
    // Once the hub raises the limit, one person is enough.
    let etag = hub.manager().get(&path).await.etag();
    hub.manager().patch(&path, &etag, json!({ "commission_limit": "500" })).await.ok();
    assert_eq!(deal.buying.agree(&commission, &proposed).await.ok()["committed"], "100.01");
    hub.verified().await;
}

async fn cancelling_keeps_what_was_agreed(hub: TestHub) {
    let deal = hub.deal("100").await;
    hub.world.at("2026-11-02T09:00:00Z");
    let soon = json!({ "title": "Soon", "due_on": "2026-11-06", "price": "10" });
    let later = json!({ "title": "Later", "due_on": "2026-12-06", "price": "20" });
    let terms = json!({ "notice_days": 5, "kept_percent": 30 });
    let commission = deal.agreed_on(json!([soon, later, at("7")]), terms.clone()).await;
    deal.providing.milestone(&commission, 3, "deliver", json!({})).await.ok();
    let preview = deal.buying.commission_get(&commission, "cancellation").await;
    assert_eq!(preview, json!({ "kept": "3.00", "back": "27.00", "held": "7.00" }));
    assert_eq!(deal.providing.commission_get(&commission, "cancellation").await["kept"], "0.00");
    let cancelled = deal.buying.commission(&commission, "cancel", json!({ "reason": "Ofsted" })).await.ok();
    assert_eq!([&cancelled["state"], &cancelled["held"]], ["cancelled", "7.00"]);
    assert_eq!(standing(&hub, &deal, &commission).await, ["7.00", "90.00", "3.00"]);
    deal.providing.milestone(&commission, 1, "deliver", json!({})).await.refused(409, "invalid_transition");
    deal.buying
        .commission(&commission, "cancel", json!({ "reason": "Again" }))
        .await
        .refused(409, "invalid_transition");
    let previewed = deal.buying.get(&format!("/v1/commissions/{}/cancellation", commission["id"].as_str().unwrap()));
    previewed.await.refused(409, "invalid_transition");
    deal.buying.milestone(&commission, 3, "accept", json!({})).await.ok();
    assert_eq!(standing(&hub, &deal, &commission).await, ["0.00", "90.00", "10.00"]);
    let second = deal.agreed_on(json!([at("10")]), with(terms, json!({ "notice_days": 60 }))).await;
    deal.providing.commission(&second, "cancel", json!({ "reason": "Ill" })).await.ok();
    assert_eq!(standing(&hub, &deal, &second).await, ["0.00", "90.00", "10.00"], "the provider keeps nothing");
    hub.verified().await;
}

/// An offer of so many days in 2026/27, and a way to see how many are left.
async fn offered(deal: &Deal, days: &str) -> String {
    let days = json!([{ "year": "2026/27", "offered": days }]);
    deal.providing.add("/v1/offers", new_offer(json!({ "days": days, "full_day": "10", "half_day": "6" }))).await
}

async fn left(deal: &Deal, offer: &str) -> String {
    let offer = deal.buying.get(&format!("/v1/offers/{offer}")).await.ok();
    offer["days"][0]["left"].as_str().unwrap().to_owned()
}

async fn the_days_of_an_offer_go_down_and_come_back(hub: TestHub) {
    let deal = hub.deal("1000").await;
    let offer = offered(&deal, "5").await;
    let new = json!({ "title": "Two days", "offer_id": offer });
    let commission = deal.buying.post("/v1/commissions", new).await.created();
    assert_eq!(commission["provider_school_id"], json!(deal.provider.id));
    let own_rate = json!({ "title": "Days", "due_on": "2027-03-01", "days": "2.5" });
    let quote = deal.quote(&commission, json!([own_rate, at("1")])).await;
    assert_eq!(quote["price"], "27.00", "two days and a half at the offer's own rates, and one");
    assert_eq!(left(&deal, &offer).await, "5.0");
    deal.buying.agree(&commission, &quote).await.ok();
    assert_eq!(left(&deal, &offer).await, "2.5");
    let varied = new_quote(json!([days("5.5", "10")]));
    let varied = deal.buying.commission(&commission, "quote", varied).await.created();
    deal.providing.agree(&commission, &varied).await.refused(409, "too_few_days");
    let varied = new_quote(json!([days("5", "10")]));
    let varied = deal.buying.commission(&commission, "quote", varied).await.created();
    deal.providing.agree(&commission, &varied).await.ok();
    assert_eq!(left(&deal, &offer).await, "0.0");
    deal.pay(&commission, 3, json!({ "days": "3.5" })).await;
    assert_eq!(left(&deal, &offer).await, "1.5");
    hub.verified().await;
}

/// Two quotes for the same offer.
async fn two_quotes(deal: &Deal, offer: &str, days_of_each: &str) -> [(Value, Value); 2] {
    let one = async || {
        let new = json!({ "title": "A day", "offer_id": offer });
        let commission = deal.buying.post("/v1/commissions", new).await.created();
        let quote = deal.quote(&commission, json!([days(days_of_each, "10")])).await;
        (commission, quote)
    };
    [one().await, one().await]
}

async fn of_two_for_the_last_day_one_gets_it(hub: TestHub) {
    let deal = hub.deal("1000").await;
    let offer = offered(&deal, "1").await;
    let [(one, first), (other, second)] = two_quotes(&deal, &offer, "1").await;
    let (a, b) = tokio::join!(deal.buying.agree(&one, &first), deal.buying.agree(&other, &second));
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!(left(&deal, &offer).await, "0.0");
    hub.verified().await;
}

async fn of_two_at_once_one_is_done(hub: TestHub) {
    let deal = hub.deal("30").await;
    let colleague = hub.lead(&deal.buyer).await;
    let commission = deal.request().await;
    let quote = deal.quote(&commission, json!([at("10"), at("10"), at("10")])).await;
    let (a, b) = tokio::join!(deal.buying.agree(&commission, &quote), colleague.agree(&commission, &quote));
    let one = |a: &crate::support::Reply, b: &crate::support::Reply| {
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{a} {b}");
    };
    one(&a, &b);
    deal.providing.milestone(&commission, 1, "deliver", json!({})).await.ok();
    let reason = json!({ "reason": "No" });
    let (a, b) = tokio::join!(
        deal.buying.milestone(&commission, 1, "accept", json!({})),
        deal.providing.milestone(&commission, 1, "dispute", reason)
    );
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert!([[200, 409], [201, 409]].contains(&statuses), "{statuses:?}");
    deal.providing.milestone(&commission, 2, "deliver", json!({})).await.ok();
    hub.world.pass(TimeDelta::days(30));
    let ill = json!({ "reason": "Ill" });
    let (cancelled, ()) = tokio::join!(deal.providing.commission(&commission, "cancel", ill), hub.world.round());
    cancelled.ok();
    hub.world.round().await;
    let seen = deal.buying.see(&commission).await.ok();
    assert_eq!([&seen["milestones"][1]["state"], &seen["milestones"][2]["state"]], ["accepted", "ended"]);
    hub.verified().await;
}

async fn across_the_close_of_a_year(hub: TestHub) {
    let deal = hub.deal("100").await;
    let late = json!({ "title": "Late", "due_on": "2027-09-20", "price": "30" });
    let commission = deal.agreed(json!([late, at("10")])).await;
    hub.year("2027/28").await;
    hub.world.at("2027-09-02T09:00:00Z");
    let preview = hub.manager().get("/v1/years/2026-27/close?carry=50").await.ok();
    let holds = hub.manager().all("/v1/years/2026-27/close/holds").await;
    let held = [&holds[0]["kind"], &holds[0]["title"], &holds[0]["credits"], &holds[0]["school_id"]];
    assert_eq!(held, [&json!("commission"), &json!("Help with phonics"), &json!("40.00"), &json!(deal.buyer.id)]);
    assert_eq!([&preview["holds"], &preview["held"]], [&json!(1), &json!("40.00")]);
    let close = json!({ "carry": "65", "open_holds": "follow_the_rule" });
    hub.manager().post("/v1/years/2026-27/close", close).await.created();
    assert_eq!(hub.escrow_of(&commission).await, "40.00", "it stays");
    deal.pay(&commission, 1, json!({})).await;
    let path = format!("/v1/accounts?kind=wallet&school_id={}&year=2027/28", deal.provider.id);
    let earned = hub.manager().all(&path).await;
    assert_eq!([&earned[0]["wallet"], &earned[0]["balance"]], ["earned", "30.00"], "the year in which it was accepted");
    deal.providing.commission(&commission, "cancel", json!({ "reason": "Enough" })).await.ok();
    // Of the ten that come back, the cap has room for five: 60 were carried.
    let path = format!("/v1/accounts?kind=wallet&school_id={}&year=2027/28", deal.buyer.id);
    let carried = hub.manager().all(&path).await;
    assert_eq!(carried[0]["balance"], "65.00");
    let lapsed = hub.manager().all("/v1/accounts?kind=lapsed").await;
    assert_eq!(lapsed[0]["balance"], "5.00");
    hub.verified().await;
}

async fn a_successor_takes_over(hub: TestHub) {
    let deal = hub.deal("100").await;
    let heir = hub.school("Academy").await;
    let heir_lead = hub.lead(&heir).await;
    let bought = deal.agreed(json!([at("10"), at("20")])).await;
    hub.world.pass(TimeDelta::days(1));
    let path = format!("/v1/schools/{}/succession?successor_id={}", deal.buyer.id, heir.id);
    let preview = hub.manager().get(&path).await.ok();
    let line = &preview["commissions"][0];
    assert_eq!([&line["title"], &line["party"], &line["held"]], ["Help with phonics", "buyer", "30.00"]);
    let between = format!("/v1/schools/{}/succession?successor_id={}", deal.buyer.id, deal.provider.id);
    hub.manager().get(&between).await.refused(409, "in_use");
    let asked = deal.buying.post("/v1/commissions", json!({ "title": "Open to all" })).await.created();
    heir_lead.commission(&asked, "quote", new_quote(json!([at("5")]))).await.created();
    crate::lifecycle::succession::succeed(&hub, &deal.buyer, &heir).await;
    assert_eq!(heir_lead.see(&asked).await.ok()["state"], "requested", "nobody quotes for their own request");
    deal.providing.milestone(&bought, 1, "deliver", json!({})).await.ok();
    heir_lead.milestone(&bought, 1, "accept", json!({})).await.ok();
    let wallet = heir_lead.get(&format!("/v1/schools/{}/wallet", heir.id)).await.ok();
    assert_eq!([&wallet["total"]["held"], &wallet["held"][0]["title"]], ["20.00", "Help with phonics"]);
    deal.providing.commission(&bought, "cancel", json!({ "reason": "Full" })).await.ok();
    assert_eq!(hub.wallet_of(&heir, "allocated").await, "90.00", "what comes back reaches the successor");
    hub.verified().await;
}

async fn the_wallet_says_what_is_held(hub: TestHub) {
    let deal = hub.deal("100").await;
    let terms = json!({ "notice_days": 60, "kept_percent": 50 });
    hub.world.at("2027-02-01T09:00:00Z");
    let commission = deal.agreed_on(json!([at("10"), at("30")]), terms).await;
    deal.pay(&commission, 1, json!({})).await;
    let wallet = deal.buying.get(&format!("/v1/schools/{}/wallet", deal.buyer.id)).await.ok();
    let total = &wallet["total"];
    let sums = [&total["available"], &total["held"], &total["spent"], &total["coming_back"]];
    assert_eq!(sums, ["60.00", "30.00", "10.00", "15.00"]);
    let held = &wallet["held"][0];
    assert_eq!([&held["commission_id"], &held["event_id"]], [&commission["id"], &Value::Null]);
    assert_eq!([&held["held"], &held["coming_back"], &held["bookings"]], [&json!("30.00"), &json!("15.00"), &json!(0)]);
    let wallet = hub.manager().all(&format!("/v1/accounts?kind=wallet&school_id={}", deal.buyer.id)).await;
    let entries = deal.buying.all(&format!("/v1/accounts/{}/entries", wallet[0]["id"].as_str().unwrap())).await;
    assert_eq!(entries.last().unwrap()["what_for"], "Support: Help with phonics");
    hub.verified().await;
}
