//! `/v1/commissions`: asked for, quoted, agreed; the figures of the money; who may do and see what.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Deal, TestHub, at, days, new_quote, with};

both_engines!(
    four_days_of_which_three_and_a_half_are_delivered,
    what_is_not_delivered_comes_back_at_once,
    fifteen_per_cent_of_a_day,
    three_milestones_of_a_third_come_to_the_whole,
    the_buyer_bears_the_brokerage,
    what_was_quoted_is_what_is_agreed,
    credits_are_taken_together_or_not_at_all,
    nobody_agrees_on_both_sides_and_over_the_limit_two_of_the_buyer_do,
    an_open_request_is_quoted_by_several_and_brokered_by_the_hub,
    a_request_to_all_is_told_to_whoever_can_quote,
    the_hub_is_told_what_became_of_what_it_brokered,
    only_the_two_and_the_hub_see_it,
    requests_and_quotes_run_out,
    what_makes_no_sense_is_refused,
    a_partner_is_paid_in_instalments,
    questions_are_between_the_buyer_and_one_provider,
    lists_are_paged_and_say_what_is_tagged
);

/// The hub keeps this share of so much, borne by this side.
async fn keeps(hub: &TestHub, share: &str, of: &str, borne_by: &str) {
    let card = json!({ "lines": [], "brokerage": { "share": share, "of": of }, "borne_by": borne_by });
    let etag = hub.manager().get("/v1/rate-card").await.etag();
    hub.manager().put("/v1/rate-card", card).header("if-match", &etag).await.ok();
}

/// What the hub has earned in 2026/27.
async fn income(hub: &TestHub) -> String {
    let accounts = hub.manager().all("/v1/accounts?kind=income").await;
    accounts.first().map_or("0.00".to_owned(), |account| account["balance"].as_str().unwrap().to_owned())
}

/// What the provider earned, the hub's income, what the buyer has, and what is held.
async fn standing(hub: &TestHub, deal: &Deal, commission: &Value) -> [String; 4] {
    [
        hub.wallet_of(&deal.provider, "earned").await,
        income(hub).await,
        hub.wallet_of(&deal.buyer, "allocated").await,
        hub.escrow_of(commission).await,
    ]
}

async fn four_days_of_which_three_and_a_half_are_delivered(hub: TestHub) {
    keeps(&hub, "50", "350", "provider").await;
    let deal = hub.deal("2000").await;
    let commission = deal.agreed(json!([days("4", "350")])).await;
    assert_eq!(standing(&hub, &deal, &commission).await, ["0.00", "0.00", "600.00", "1400.00"]);
    let paid = deal.pay(&commission, 1, json!({ "days": "3.5" })).await;
    assert_eq!(standing(&hub, &deal, &commission).await, ["1050.00", "175.00", "775.00", "0.00"]);
    assert_eq!(paid["milestone"]["settled"], "1225.00");
    assert_eq!([&paid["commission"]["state"], &paid["commission"]["held"]], ["completed", "0.00"]);
    let wallet = deal.buying.get(&format!("/v1/schools/{}/wallet", deal.buyer.id)).await.ok();
    assert_eq!([&wallet["total"]["spent"], &wallet["total"]["held"]], ["1225.00", "0.00"]);
    let wallet = deal.providing.get(&format!("/v1/schools/{}/wallet", deal.provider.id)).await.ok();
    assert_eq!([&wallet["total"]["earned"], &wallet["total"]["available"]], ["1050.00", "1050.00"]);
    hub.verified().await;
}

async fn what_is_not_delivered_comes_back_at_once(hub: TestHub) {
    let deal = hub.deal("110").await;
    let commission = deal.agreed(json!([at("100"), at("10")])).await;
    deal.pay(&commission, 1, json!({ "credits": "80" })).await;
    assert_eq!(standing(&hub, &deal, &commission).await, ["80.00", "0.00", "20.00", "10.00"]);
    let wallet = deal.buying.get(&format!("/v1/schools/{}/wallet", deal.buyer.id)).await.ok();
    assert_eq!([&wallet["total"]["spent"], &wallet["total"]["held"]], ["80.00", "10.00"]);
    hub.verified().await;
}

async fn fifteen_per_cent_of_a_day(hub: TestHub) {
    keeps(&hub, "15", "100", "provider").await;
    let deal = hub.deal("350").await;
    let commission = deal.agreed(json!([days("1", "350")])).await;
    deal.pay(&commission, 1, json!({})).await;
    assert_eq!(standing(&hub, &deal, &commission).await, ["297.50", "52.50", "0.00", "0.00"]);
    hub.verified().await;
}

async fn three_milestones_of_a_third_come_to_the_whole(hub: TestHub) {
    keeps(&hub, "7", "100", "provider").await;
    let deal = hub.deal("100").await;
    let commission = deal.agreed(json!([at("33.33"), at("33.33"), at("33.33")])).await;
    assert_eq!(standing(&hub, &deal, &commission).await, ["0.00", "0.00", "0.01", "99.99"]);
    let mut earned = Vec::new();
    for number in [2, 1, 3] {
        deal.pay(&commission, number, json!({})).await;
        let [provider, income, _, held] = standing(&hub, &deal, &commission).await;
        earned.push([provider, income, held]);
    }
    let expected = [["31.00", "2.33", "66.66"], ["61.99", "4.67", "33.33"], ["92.99", "7.00", "0.00"]];
    assert_eq!(earned, expected.map(|line| line.map(str::to_owned)));
    hub.verified().await;
}

async fn the_buyer_bears_the_brokerage(hub: TestHub) {
    keeps(&hub, "15", "100", "buyer").await;
    let deal = hub.deal("500").await;
    let commission = deal.agreed(json!([at("100"), at("300")])).await;
    assert_eq!(standing(&hub, &deal, &commission).await, ["0.00", "0.00", "40.00", "460.00"]);
    deal.pay(&commission, 1, json!({})).await;
    assert_eq!(standing(&hub, &deal, &commission).await, ["100.00", "15.00", "40.00", "345.00"]);
    deal.pay(&commission, 2, json!({ "credits": "200" })).await;
    assert_eq!(standing(&hub, &deal, &commission).await, ["300.00", "45.00", "155.00", "0.00"]);
    hub.verified().await;
}

async fn what_was_quoted_is_what_is_agreed(hub: TestHub) {
    let deal = hub.deal("1000").await;
    let commission = deal.request().await;
    assert_eq!(commission["state"], "requested");
    let first = deal.quote(&commission, json!([at("100")])).await;
    let second = deal.quote(&commission, json!([days("1.5", "200"), at("50")])).await;
    assert_eq!([&second["price"], &second["number"]], [&json!("350.00"), &json!(2)]);
    let quotes = deal.buying.commission_get(&commission, "quotes").await;
    assert_eq!(quotes["items"][0]["state"], "superseded");
    deal.buying.agree(&commission, &first).await.refused(409, "quote_over");
    let agreed = deal.buying.agree(&commission, &second).await.ok();
    assert_eq!([&agreed["state"], &agreed["committed"], &agreed["held"]], ["agreed", "350.00", "350.00"]);
    assert_eq!(agreed["year"], "2026/27");
    deal.buying.agree(&commission, &second).await.refused(409, "quote_over");
    let seen = deal.providing.see(&commission).await.ok();
    assert_eq!(seen["milestones"][0]["days"], "1.5");
    assert_eq!(seen["milestones"][0]["half_day_rate"], "100.00");
    assert_eq!(seen["milestones"][1]["state"], "open");
    // A later card changes nothing that was agreed.
    keeps(&hub, "1", "2", "provider").await;
    deal.pay(&commission, 1, json!({})).await;
    assert_eq!(standing(&hub, &deal, &commission).await, ["300.00", "0.00", "650.00", "50.00"]);
    hub.verified().await;
}

async fn credits_are_taken_together_or_not_at_all(hub: TestHub) {
    let deal = hub.deal("99.99").await;
    let commission = deal.request().await;
    let quote = deal.quote(&commission, json!([at("100")])).await;
    let refused = deal.buying.agree(&commission, &quote).await.refused(409, "insufficient_credits");
    assert!(refused["detail"].as_str().unwrap().contains("short by 0.01 credits in 2026/27"), "{refused}");
    let seen = deal.buying.see(&commission).await.ok();
    assert_eq!([&seen["state"], &seen["milestones"]], [&json!("quoted"), &json!([])]);
    assert_eq!(standing(&hub, &deal, &commission).await, ["0.00", "0.00", "99.99", "0.00"]);
    hub.top_up(&deal.buyer, "0.01").await;
    deal.buying.agree(&commission, &quote).await.ok();
    hub.verified().await;
}

async fn nobody_agrees_on_both_sides_and_over_the_limit_two_of_the_buyer_do(hub: TestHub) {
    let deal = hub.deal("1000").await;
    let path = format!("/v1/schools/{}/approval", deal.buyer.id);
    let etag = deal.buying.get(&path).await.etag();
    deal.buying.patch(&path, &etag, json!({ "commission_limit": "500" })).await.ok();
    let etag = deal.buying.get(&path).await.etag();
    deal.buying.patch(&path, &etag, json!({ "commission_limit": null })).await.refused(403, "ask_the_hub");
    deal.buying.patch(&path, &etag, json!({ "commission_limit": "500.01" })).await.refused(403, "ask_the_hub");
    let commission = deal.request().await;
    let quote = deal.quote(&commission, json!([at("500.01")])).await;
    deal.providing.agree(&commission, &quote).await.refused(409, "already_agreed");
    let waiting = deal.buying.agree(&commission, &quote).await.ok();
    assert_eq!(waiting["state"], "quoted");
    deal.buying.agree(&commission, &quote).await.refused(409, "four_eyes");
    let colleague = hub.lead(&deal.buyer).await;
    colleague.agree(&commission, &quote).await.refused(409, "four_eyes");
    hub.world.pass(chrono::TimeDelta::days(8));
    let agreed = colleague.agree(&commission, &quote).await.ok();
    assert_eq!(agreed["state"], "agreed");
    let quotes = deal.buying.commission_get(&commission, "quotes").await;
    assert_eq!(quotes["items"][0]["second_agreed_by"], colleague.id());
    // At the limit one is enough.
    let commission = deal.request().await;
    let quote = deal.quote(&commission, json!([at("499.99")])).await;
    assert_eq!(deal.buying.agree(&commission, &quote).await.ok()["state"], "agreed");
    hub.verified().await;
}

async fn an_open_request_is_quoted_by_several_and_brokered_by_the_hub(hub: TestHub) {
    let deal = hub.deal("1000").await;
    let third = hub.school("Featherstone").await;
    let third_lead = hub.lead(&third).await;
    let new = json!({ "title": "Somebody for maths", "budget": "400" });
    let commission = deal.buying.post("/v1/commissions", new).await.created();
    assert_eq!(commission["open"], true);
    let seen = third_lead.see(&commission).await.ok();
    assert_eq!([&seen["budget"], &seen["buyer_name"]], [&Value::Null, &json!("Drayton Manor")]);
    assert_eq!(deal.buying.see(&commission).await.ok()["budget"], "400.00");
    deal.buying.commission(&commission, "quote", new_quote(json!([at("1")]))).await.refused(409, "own_request");
    let own = third_lead.commission(&commission, "quote", new_quote(json!([at("300")]))).await.created();
    let brokered = with(new_quote(json!([at("250")])), json!({ "provider_school_id": deal.provider.id }));
    let brokered = hub.manager().commission(&commission, "quote", brokered).await.created();
    assert_eq!(brokered["provider_agreed_at"], Value::Null);
    assert_eq!(third_lead.commission_get(&commission, "quotes").await["items"].as_array().unwrap().len(), 1);
    assert_eq!(deal.buying.commission_get(&commission, "quotes").await["items"].as_array().unwrap().len(), 2);
    third_lead.agree(&commission, &brokered).await.refused(404, "not_found");
    assert_eq!(deal.buying.agree(&commission, &brokered).await.ok()["state"], "quoted");
    assert_eq!(deal.providing.agree(&commission, &brokered).await.ok()["state"], "agreed");
    deal.buying.agree(&commission, &own).await.refused(409, "quote_over");
    third_lead.see(&commission).await.refused(404, "not_found");
    // Who lost reads that they did, and nothing of the others.
    let lost = third_lead.commission_get(&commission, "quotes").await;
    assert_eq!([&lost["items"][0]["id"], &lost["items"][0]["state"]], [&own["id"], &json!("declined")]);
    assert_eq!(lost["items"].as_array().unwrap().len(), 1);
    assert_eq!(hub.escrow_of(&commission).await, "250.00");
    hub.verified().await;
}

async fn a_request_to_all_is_told_to_whoever_can_quote(hub: TestHub) {
    let deal = hub.deal("1000").await;
    let manager = hub.manager();
    let colleague = hub.lead(&deal.buyer).await;
    let (off, teacher) = (hub.lead(&deal.provider).await, hub.teacher(&deal.provider).await);
    manager.post(&format!("/v1/people/{}/disable", off.id()), None).await.ok();
    let gone = hub.school("Chiswick").await;
    let of_gone = hub.lead(&gone).await;
    let school = format!("/v1/schools/{}", gone.id);
    let tag = manager.get(&school).await.etag();
    manager.patch(&school, &tag, json!({ "left_on": "2026-10-05" })).await.ok();
    let (_, partner) = hub.partner("Language Line").await;
    let viewer = hub.viewer().await;
    hub.world.at("2026-10-07T09:00:00Z");
    let asked = deal.buying.post("/v1/commissions", json!({ "title": "Somebody for maths" })).await.created();
    let told = async |who: &crate::support::Client| {
        hub.kinds_told(who).await.iter().filter(|kind| *kind == "commission_requested").count()
    };
    for who in [&deal.providing, &partner, &manager] {
        assert_eq!(told(who).await, 1);
    }
    for other in [&deal.buying, &colleague, &of_gone, &teacher, &viewer] {
        assert_eq!(told(other).await, 0);
    }
    manager.post(&format!("/v1/people/{}/enable", off.id()), None).await.ok();
    assert_eq!(told(&off).await, 0, "who was disabled was not told");
    // It waits for those who have not quoted; who asks one provider tells that one alone.
    let of_provider = hub.tab(&deal.providing).await;
    partner.commission(&asked, "quote", new_quote(json!([at("10")]))).await.created();
    let page = of_provider.get("/notices").await;
    assert!(page.words().contains("Drayton Manor asks every school and partner for support"), "{}", page.words());
    let path = format!("/support/commissions/{}", asked["id"].as_str().unwrap());
    assert!(page.text.contains(&path));
    deal.buying.commission(&asked, "withdraw", json!({})).await.ok();
    let page = of_provider.get("/notices").await;
    assert!(page.words().contains("Somebody for maths") && !page.text.contains(&path), "it is theirs to see no more");
    deal.request().await;
    assert_eq!((told(&deal.providing).await, told(&partner).await), (2, 1));
}

async fn the_hub_is_told_what_became_of_what_it_brokered(hub: TestHub) {
    let deal = hub.deal("1000").await;
    let manager = hub.manager();
    let colleague = hub.another_manager().await;
    let quoted = async |price: &str| {
        let new = json!({ "title": "Somebody for maths" });
        let commission = deal.buying.post("/v1/commissions", new).await.created();
        let quote = with(new_quote(json!([at(price)])), json!({ "provider_school_id": deal.provider.id }));
        let quote = manager.commission(&commission, "quote", quote).await.created();
        (commission, quote)
    };
    let last = async || hub.kinds_told(&colleague).await.into_iter().next().unwrap();
    let (commission, quote) = quoted("250").await;
    assert_eq!(last().await, "commission_requested");
    deal.buying.agree(&commission, &quote).await.ok();
    deal.providing.agree(&commission, &quote).await.ok();
    assert_eq!(last().await, "commission_agreed");
    let (commission, quote) = quoted("100").await;
    deal.buying.commission(&commission, "decline", json!({ "quote_id": quote["id"] })).await.ok();
    assert_eq!(last().await, "quote_declined");
    let (commission, _) = quoted("100").await;
    let own = deal.providing.commission(&commission, "quote", new_quote(json!([at("90")]))).await.created();
    assert_eq!(last().await, "commission_quoted", "the provider speaks for itself");
    // Of a quote of others the hub is not told.
    let before = hub.kinds_told(&colleague).await.len();
    deal.buying.agree(&commission, &own).await.ok();
    assert_eq!(hub.kinds_told(&colleague).await.len(), before);
    let (commission, _) = quoted("100").await;
    deal.buying.commission(&commission, "withdraw", json!({})).await.ok();
    assert_eq!(last().await, "commission_withdrawn");
    quoted("100").await;
    hub.world.at("2027-08-01T09:00:00Z");
    hub.world.round().await;
    assert_eq!(last().await, "quote_expired");
}

async fn only_the_two_and_the_hub_see_it(hub: TestHub) {
    let deal = hub.deal("1000").await;
    let commission = deal.agreed(json!([at("10")])).await;
    let (_, stranger, teacher) = hub.funded_school("Featherstone", "1").await;
    let path = format!("/v1/commissions/{}", commission["id"].as_str().unwrap());
    for what in ["", "/quotes", "/questions", "/visits", "/reviews", "/cancellation"] {
        stranger.get(&format!("{path}{what}")).await.refused(404, "not_found");
        teacher.get(&format!("{path}{what}")).await.refused(403, "forbidden");
        for sees in [&deal.buying, &deal.providing, &hub.manager()] {
            sees.get(&format!("{path}{what}")).await.ok();
        }
    }
    hub.viewer().await.get(&path).await.ok();
    let (_, partner) = hub.partner("Language Line").await;
    partner.get(&path).await.refused(404, "not_found");
    for (what, body) in [
        ("quote", new_quote(json!([at("1")]))),
        ("cancel", json!({ "reason": "No" })),
        ("decline", json!({})),
        ("milestones/1/deliver", json!({})),
        ("milestones/1/accept", json!({})),
        ("milestones/1/dispute", json!({ "reason": "No" })),
        ("visits", json!({ "milestone": 1, "visited_on": "2026-11-02", "minutes": 5, "who": "A", "done": "B" })),
        ("questions", json!({ "text": "Why?" })),
    ] {
        stranger.commission(&commission, what, body.clone()).await.refused(404, "not_found");
        partner.commission(&commission, what, body).await.refused(404, "not_found");
    }
    deal.buying.milestone(&commission, 1, "deliver", json!({})).await.refused(403, "forbidden");
    deal.providing.milestone(&commission, 1, "accept", json!({})).await.refused(403, "forbidden");
    assert_eq!(stranger.all("/v1/commissions").await, Vec::<Value>::new());
    assert_eq!(deal.buying.all("/v1/commissions?party=buyer&state=agreed").await.len(), 1);
    assert_eq!(deal.buying.all("/v1/commissions?party=provider").await.len(), 0);
    assert_eq!(deal.providing.all("/v1/commissions?party=provider").await.len(), 1);
    assert_eq!(hub.manager().all(&format!("/v1/commissions?school_id={}", deal.buyer.id)).await.len(), 1);
    let sheet = deal.buying.get("/v1/commissions").as_csv().await.sheet();
    assert!(sheet.contains("Help with phonics"), "{sheet}");
}

async fn requests_and_quotes_run_out(hub: TestHub) {
    let deal = hub.deal("1000").await;
    let today = hub.world.today();
    let new = json!({ "title": "Soon", "provider_school_id": deal.provider.id, "answer_by": today });
    let unanswered = deal.buying.post("/v1/commissions", new).await.created();
    let commission = deal.request().await;
    let quote = with(new_quote(json!([at("10")])), json!({ "valid_until": today }));
    let quote = deal.providing.commission(&commission, "quote", quote).await.created();
    hub.world.round().await;
    assert_eq!(deal.buying.see(&commission).await.ok()["state"], "quoted", "its last day is not over");
    hub.world.pass(chrono::TimeDelta::days(1));
    deal.buying.agree(&commission, &quote).await.refused(409, "quote_expired");
    hub.world.round().await;
    deal.buying.agree(&commission, &quote).await.refused(409, "quote_expired");
    assert_eq!(deal.buying.see(&commission).await.ok()["state"], "requested", "there is time for another quote");
    assert_eq!(deal.buying.see(&unanswered).await.ok()["state"], "expired");
    deal.providing
        .commission(&unanswered, "quote", new_quote(json!([at("1")])))
        .await
        .refused(409, "invalid_transition");
    let again = deal.quote(&commission, json!([at("10")])).await;
    let declined = json!({ "quote_id": again["id"] });
    assert_eq!(deal.buying.commission(&commission, "decline", declined).await.ok()["state"], "requested");
    let third = deal.quote(&commission, json!([at("10")])).await;
    let withdrawn = json!({ "quote_id": third["id"] });
    deal.buying.commission(&commission, "withdraw", withdrawn.clone()).await.refused(403, "forbidden");
    assert_eq!(deal.providing.commission(&commission, "withdraw", withdrawn).await.ok()["state"], "requested");
    let no = json!({ "reason": "We are full" });
    let declined = deal.providing.commission(&commission, "decline", no).await.ok();
    assert_eq!([&declined["state"], &declined["ended_because"]], ["declined", "We are full"]);
    let kinds = hub.kinds_told(&deal.buying).await;
    for kind in ["commission_quoted", "quote_expired", "commission_expired", "quote_withdrawn", "commission_declined"] {
        assert!(kinds.contains(&kind.to_owned()), "{kind}: {kinds:?}");
    }
    hub.verified().await;
}

async fn what_makes_no_sense_is_refused(hub: TestHub) {
    let deal = hub.deal("1000").await;
    let ask = |new: Value| deal.buying.post("/v1/commissions", with(json!({ "title": "Help" }), new));
    ask(json!({ "provider_school_id": deal.buyer.id })).await.invalid(&[("/provider_school_id", "own_school")]);
    ask(json!({ "answer_by": "2020-01-01" })).await.invalid(&[("/answer_by", "in_the_past")]);
    ask(json!({ "priority_id": crate::support::nobody() })).await.invalid(&[("/priority_id", "unknown")]);
    ask(json!({ "offer_id": crate::support::nobody() })).await.invalid(&[("/offer_id", "unknown")]);
    let commission = deal.request().await;
    let quote = |milestones: Value, over: Value| {
        deal.providing.commission(&commission, "quote", with(new_quote(milestones), over))
    };
    quote(json!([]), json!({})).await.invalid(&[("/milestones", "count")]);
    let late = json!({ "title": "A", "due_on": "2020-01-01", "price": "1" });
    quote(json!([at("1"), late]), json!({})).await.invalid(&[("/milestones/1/due_on", "in_the_past")]);
    let none = json!({ "title": "A", "due_on": "2027-01-01" });
    quote(json!([none]), json!({})).await.invalid(&[("/milestones/0/price", "missing")]);
    quote(json!([days("0", "350")]), json!({})).await.invalid(&[("/milestones/0/days", "out_of_range")]);
    quote(json!([at("1")]), json!({ "kept_percent": 101 })).await.invalid(&[("/kept_percent", "out_of_range")]);
    quote(json!([at("1")]), json!({ "notice_days": 61 })).await.invalid(&[("/notice_days", "out_of_range")]);
    quote(json!([at("1")]), json!({ "valid_until": "2020-01-01" })).await.invalid(&[("/valid_until", "in_the_past")]);
    for wrong in [at("0"), at("1.234"), at("-1"), days("0.25", "350"), days("1", "350.123")] {
        quote(json!([wrong]), json!({})).await.refused(400, "invalid_request");
    }
    assert_eq!(deal.buying.see(&commission).await.ok()["state"], "requested", "nothing was changed");
}

async fn a_partner_is_paid_in_instalments(hub: TestHub) {
    let (partner, person) = hub.partner("Ambition").await;
    let (buyer, buying, _) = hub.funded_school("Drayton Manor", "900").await;
    let new = json!({ "title": "NPQ in three instalments", "provider_partner_id": partner });
    let commission = buying.post("/v1/commissions", new).await.created();
    let quote =
        person.commission(&commission, "quote", new_quote(json!([at("300"), at("300"), at("300")]))).await.created();
    buying.agree(&commission, &quote).await.ok();
    person.milestone(&commission, 1, "deliver", json!({})).await.ok();
    buying.milestone(&commission, 1, "accept", json!({})).await.ok();
    let owed = hub.manager().all("/v1/accounts?kind=payable").await;
    assert_eq!([&owed[0]["partner_id"], &owed[0]["balance"]], [&json!(partner), &json!("300.00")]);
    let stated = json!({ "up_to": hub.world.today() });
    let stated = hub.manager().post(&format!("/v1/partners/{partner}/settlements"), stated).await.created();
    assert_eq!(stated["credits"], "300.00");
    let lines = hub.manager().all(&format!("/v1/settlements/{}/lines", stated["id"].as_str().unwrap())).await;
    assert_eq!(lines[0]["what_for"], "NPQ in three instalments: A part of it");
    let ended = buying.commission(&commission, "cancel", json!({ "reason": "Left" })).await.ok();
    assert_eq!(ended["state"], "cancelled");
    assert_eq!(hub.wallet_of(&buyer, "allocated").await, "600.00");
    hub.verified().await;
}

async fn questions_are_between_the_buyer_and_one_provider(hub: TestHub) {
    let deal = hub.deal("100").await;
    let other = hub.school("Featherstone").await;
    let other = hub.lead(&other).await;
    let commission = deal.buying.post("/v1/commissions", json!({ "title": "Maths" })).await.created();
    deal.providing.commission(&commission, "questions", json!({ "text": "Which year group?" })).await.created();
    other.commission(&commission, "questions", json!({ "text": "When?" })).await.created();
    let answer = json!({ "text": "Year 6", "provider_school_id": deal.provider.id });
    deal.buying.commission(&commission, "questions", answer).await.created();
    deal.buying
        .commission(&commission, "questions", json!({ "text": "?" }))
        .await
        .invalid(&[("/provider_school_id", "missing")]);
    let path = format!("/v1/commissions/{}/questions", commission["id"].as_str().unwrap());
    let texts = async |client: &crate::support::Client| {
        let all = client.all(&path).await;
        all.iter().map(|question| question["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(texts(&deal.buying).await, ["Which year group?", "When?", "Year 6"]);
    assert_eq!(texts(&deal.providing).await, ["Which year group?", "Year 6"]);
    assert_eq!(texts(&other).await, ["When?"]);
}

async fn lists_are_paged_and_say_what_is_tagged(hub: TestHub) {
    let deal = hub.deal("100").await;
    let priority = hub.priority("Reading").await;
    let tagged = json!({ "title": "Reading", "priority_id": priority });
    let tagged = deal.buying.post("/v1/commissions", tagged).await.created();
    assert_eq!(tagged["priority_id"], json!(priority));
    let (partner, person) = hub.partner("Language Line").await;
    for text in ["When?", "Where?"] {
        let asked = person.commission(&tagged, "questions", json!({ "text": text })).await.created();
        assert_eq!(asked["provider_partner_id"], json!(partner));
    }
    let agreed = deal.agreed(json!([at("1")])).await;
    for who in ["Ann", "Ben"] {
        let visit = json!({
            "milestone": 1, "visited_on": hub.world.today(), "minutes": 60, "who": who, "done": "Read",
            "link": "https://school.example/report"
        });
        let visit = deal.providing.commission(&agreed, "visits", visit).await.created();
        assert_eq!(visit["link"], "https://school.example/report");
    }
    for title in ["Maths", "Music"] {
        let offer = deal.providing.add("/v1/offers", crate::support::new_offer(json!({ "title": title }))).await;
        let hello = json!({ "subject": title, "text": "Hello" });
        deal.buying.post(&format!("/v1/offers/{offer}/contact"), hello).await.created();
    }
    let path = |of: &Value, what: &str| format!("/v1/commissions/{}/{what}", of["id"].as_str().unwrap());
    for list in [
        "/v1/commissions".to_owned(),
        path(&tagged, "questions"),
        path(&agreed, "visits"),
        "/v1/conversations".to_owned(),
    ] {
        let page = deal.buying.get(&format!("{list}?limit=1")).await.ok();
        assert_eq!(page["items"].as_array().unwrap().len(), 1, "{list}");
        let next = format!("{list}?limit=1&after={}", page["next"].as_str().unwrap());
        assert_ne!(deal.buying.get(&next).await.ok()["items"][0]["id"], page["items"][0]["id"], "{list}");
    }
    assert_eq!(deal.buying.all(&format!("/v1/commissions?priority_id={priority}")).await.len(), 1);
}
