//! A school's wallet view: what is there, what is held and for what, what became of the rest, what would come back.

use chrono::TimeDelta;
use hub_credits::ledger::WalletKind;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, School, TestHub, hundredths, nobody};

async fn wallet(who: &Client, school: &School) -> Value {
    let view = who.get(&format!("/v1/schools/{}/wallet", school.id)).await.ok();
    let lines = view["wallets"].as_array().unwrap();
    for sums in lines.iter().chain([&view["total"]]) {
        let of = |fields: &[&str]| fields.iter().map(|field| hundredths(&sums[*field])).sum::<i64>();
        let came = of(&["allocated", "topped_up", "earned", "received", "adjusted", "carried_in"]);
        let went = of(&["available", "held", "spent", "given", "lapsed", "carried_over"]);
        assert_eq!(came, went, "{sums}");
    }
    let total = |field: &str| lines.iter().map(|line| hundredths(&line[field])).sum::<i64>();
    for field in ["available", "held", "spent", "coming_back"] {
        assert_eq!(hundredths(&view["total"][field]), total(field), "{field}: {view}");
    }
    let held: i64 = view["held"].as_array().unwrap().iter().map(|held| hundredths(&held["held"])).sum();
    assert_eq!(hundredths(&view["total"]["held"]), held, "{view}");
    view
}

fn sums(of: &Value, fields: &[&str]) -> Vec<String> {
    fields.iter().map(|field| of[*field].as_str().unwrap().to_owned()).collect()
}

both_engines!(
    a_wallet_says_what_became_of_every_credit,
    what_a_provider_school_earns_and_what_it_leaves_behind_is_told,
    a_close_and_what_comes_back_after_it_are_told_wallet_by_wallet,
    leads_see_their_own_and_the_hub_sees_all
);

async fn a_wallet_says_what_became_of_every_credit(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "30").await;
    hub.fund_wallet(&school, "2026/27", WalletKind::Earned, "20").await;
    hub.fund_wallet(&school, "2027/28", WalletKind::Allocated, "100").await;
    let soon = hub.event(EventPlan { starts_in: TimeDelta::days(20), ..EventPlan::of(10, "10") }).await;
    let later = hub.event(EventPlan { starts_in: TimeDelta::days(40), ..EventPlan::of(10, "24") }).await;
    let over = hub.event(EventPlan { starts_in: TimeDelta::days(1), ..EventPlan::of(10, "3") }).await;

    // Half of the first would come back, all of the second; a request comes back whole whenever.
    lead.book(&soon).await.created();
    let other = hub.teacher(&school).await;
    let second = lead.book_for(&later, &other).await.created();
    assert_eq!(second["held"], "24.00");
    teacher.book(&soon).await.created();
    lead.book(&over).await.created();
    let view = wallet(&lead, &school).await;
    // 30 + 20 of this year, 10 + 24 + 10 + 3 drawn: of the events' year, allocated before earned.
    let [allocated, earned, next] = view["wallets"].as_array().unwrap().as_slice() else { panic!("{view}") };
    let fields = ["available", "held", "spent", "coming_back"];
    assert_eq!(
        (&allocated["year"], &allocated["wallet"], &allocated["expires_on"]),
        (&json!("2026/27"), &json!("allocated"), &json!("2027-08-31"))
    );
    assert_eq!(sums(allocated, &fields), ["0.00", "30.00", "0.00", "25.00"]);
    assert_eq!((&earned["wallet"], &next["year"]), (&json!("earned"), &json!("2027/28")));
    assert_eq!(sums(earned, &fields), ["3.00", "17.00", "0.00", "14.00"]);
    assert_eq!(sums(next, &fields), ["100.00", "0.00", "0.00", "0.00"]);
    assert_eq!(sums(&view["total"], &fields), ["103.00", "47.00", "0.00", "39.00"]);
    assert_eq!(view["soonest_expiry"], json!({ "expires_on": "2027-08-31", "credits": "3.00" }));
    assert_eq!((&view["school_id"], &view["date"]), (&json!(school.id), &json!("2026-10-05")));
    let held: Vec<(&Value, &Value, &Value, &Value)> = view["held"]
        .as_array()
        .unwrap()
        .iter()
        .map(|held| (&held["event_id"], &held["bookings"], &held["held"], &held["coming_back"]))
        .collect();
    assert_eq!(
        held,
        [
            (&json!(over), &json!(1), &json!("3.00"), &json!("0.00")),
            (&json!(soon), &json!(2), &json!("20.00"), &json!("15.00")),
            (&json!(later), &json!(1), &json!("24.00"), &json!("24.00")),
        ]
    );

    // The quotes of the bookings say the same, one by one.
    let mut quoted = 0;
    for booking in lead.all(&format!("/v1/bookings?school_id={}", school.id)).await {
        let quote =
            lead.get(&format!("/v1/bookings/{}/cancellation-quote", booking["id"].as_str().unwrap())).await.ok();
        quoted += hundredths(&quote["refund"]);
    }
    assert_eq!(quoted, 3900);

    // Another day, another tier of the frozen policies.
    let on = |date: &str| lead.get(&format!("/v1/schools/{}/wallet?date={date}", school.id));
    assert_eq!(
        on("2026-10-18").await.ok()["total"]["coming_back"],
        "22.00",
        "half of 24 after 12 days; a quarter of 10 no more; the request whole"
    );
    on("2026-10-04").await.invalid(&[("date", "invalid")]);

    // The one that is over is spent, and so is what a cancellation leaves with its event.
    hub.complete(&over).await;
    lead.act(&second, "cancel").await.ok();
    let view = wallet(&lead, &school).await;
    assert_eq!(sums(&view["total"], &fields), ["127.00", "20.00", "3.00", "15.00"]);
    let table = lead.get(&format!("/v1/schools/{}/wallet", school.id)).as_csv().await.sheet();
    assert!(table.starts_with("account_id,year,wallet,expires_on,available,held,spent,"), "{table}");
    assert_eq!(table.lines().count(), 4);
    hub.verified().await;
}

async fn what_a_provider_school_earns_and_what_it_leaves_behind_is_told(hub: TestHub) {
    let (provider, lead, _) = hub.funded_school("Provider", "5").await;
    let (buyer, buying, _) = hub.funded_school("Buyer", "50").await;
    let programme = hub.programme(json!({ "provider": { "kind": "school", "school_id": provider.id } })).await;
    let event = hub.published_event(&programme, json!({ "price": "8" })).await;
    buying.book(&event).await.created();
    let cancelled = buying.book_for(&event, &hub.teacher(&buyer).await).await.created();
    // Half of it stays with the event.
    hub.world.at("2026-11-03T09:00:00Z");
    buying.act(&cancelled, "cancel").await.ok();
    let fields = ["available", "held", "spent", "earned"];
    assert_eq!(sums(&wallet(&buying, &buyer).await["total"], &fields), ["38.00", "8.00", "4.00", "0.00"]);
    hub.complete(&event).await;
    assert_eq!(sums(&wallet(&buying, &buyer).await["total"], &fields), ["38.00", "0.00", "12.00", "0.00"]);
    assert_eq!(sums(&wallet(&lead, &provider).await["total"], &fields), ["17.00", "0.00", "0.00", "12.00"]);
    // Waived: the provider gives it back.
    let path = format!("/v1/bookings/{}/waive", cancelled["id"].as_str().unwrap());
    hub.manager().post(&path, json!({ "reason": "Bereavement" })).await.ok();
    assert_eq!(sums(&wallet(&buying, &buyer).await["total"], &fields), ["42.00", "0.00", "8.00", "0.00"]);
    assert_eq!(sums(&wallet(&lead, &provider).await["total"], &fields), ["13.00", "0.00", "0.00", "8.00"]);
}

async fn a_close_and_what_comes_back_after_it_are_told_wallet_by_wallet(hub: TestHub) {
    let (school, lead, _) = hub.funded_school("Lampton", "100").await;
    let event = hub.event(EventPlan::of(10, "10")).await;
    lead.book(&event).await.created();
    hub.year("2027/28").await;
    hub.world.at("2027-09-01T10:00:00Z");
    let rule = json!({ "carry": "95", "open_holds": "follow_the_rule" });
    hub.manager().post("/v1/years/2026-27/close", rule).await.created();
    let fields = ["available", "held", "spent", "lapsed", "carried_in", "carried_over"];
    let of = |view: &Value, nth: usize| sums(&view["wallets"][nth], &fields);
    let view = wallet(&lead, &school).await;
    assert_eq!(of(&view, 0), ["0.00", "10.00", "0.00", "0.00", "0.00", "90.00"]);
    assert_eq!(of(&view, 1), ["90.00", "0.00", "0.00", "0.00", "90.00", "0.00"]);
    assert_eq!(
        (&view["wallets"][0]["expires_on"], &view["wallets"][1]["expires_on"]),
        (&Value::Null, &json!("2028-08-31"))
    );
    assert_eq!(view["soonest_expiry"], json!({ "expires_on": "2028-08-31", "credits": "90.00" }));
    // Called off, it comes back by the rule: as far as there is room, and the rest lapses.
    hub.manager().post(&format!("/v1/events/{event}/cancel"), json!({ "reason": "Snow" })).await.ok();
    let view = wallet(&lead, &school).await;
    assert_eq!(of(&view, 0), ["0.00", "0.00", "0.00", "5.00", "0.00", "95.00"]);
    assert_eq!(of(&view, 1), ["95.00", "0.00", "0.00", "0.00", "95.00", "0.00"]);
    assert_eq!(sums(&view["total"], &["available", "topped_up", "lapsed"]), ["95.00", "100.00", "5.00"]);
    hub.verified().await;
}

async fn leads_see_their_own_and_the_hub_sees_all(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "30").await;
    let (other, others, _) = hub.funded_school("Heston", "0").await;
    let path = format!("/v1/schools/{}/wallet", school.id);
    for who in [&lead, &hub.manager(), &hub.viewer().await] {
        assert_eq!(who.get(&path).await.ok()["total"]["available"], "30.00");
    }
    others.get(&path).await.refused(404, "not_found");
    teacher.get(&path).await.refused(403, "forbidden");
    hub.world.hub("South London").await.manager().get(&path).await.refused(404, "not_found");
    hub.manager().get(&format!("/v1/schools/{}/wallet", nobody())).await.refused(404, "not_found");
    let empty = others.get(&format!("/v1/schools/{}/wallet", other.id)).await.ok();
    assert_eq!((&empty["wallets"], &empty["soonest_expiry"], &empty["held"]), (&json!([]), &Value::Null, &json!([])));
    assert_eq!(empty["total"]["available"], "0.00");
}
