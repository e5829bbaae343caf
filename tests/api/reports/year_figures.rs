//! `/v1/years/{year}/figures`: what became of a year's credits, month by month.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{EventPlan, TestHub, at, hundredths};

both_engines!(months_are_those_of_the_ledger_and_add_up_to_the_year, the_hub_alone_reads_them);

const PATH: &str = "/v1/years/2026-27/figures";

/// Allocated, spent, held at the end and lapsed, of each month that is told.
fn months(told: &Value) -> Vec<(String, [String; 4])> {
    let of = |month: &Value| {
        let figures = ["allocated", "spent", "held", "lapsed"].map(|name| month[name].as_str().unwrap().to_owned());
        (month["month"].as_str().unwrap().to_owned(), figures)
    };
    told["months"].as_array().unwrap().iter().map(of).collect()
}

/// The figures, whose months add up to the year.
async fn told(hub: &TestHub) -> Value {
    let told = hub.manager().get(PATH).await.ok();
    let all = told["months"].as_array().unwrap();
    for figure in ["allocated", "spent", "lapsed"] {
        let sum: i64 = all.iter().map(|month| hundredths(&month[figure])).sum();
        assert_eq!(sum, hundredths(&told[figure]), "{figure}: {told}");
    }
    assert_eq!(all.last().unwrap()["held"], told["held"]);
    told
}

async fn months_are_those_of_the_ledger_and_add_up_to_the_year(hub: TestHub) {
    let schools = hub.three_schools().await;
    hub.allocate(json!({ "pool": "600" })).await;
    let lead = hub.lead(&schools[0]).await;
    let deal = hub.deal("50").await;
    let in_weeks = |weeks, price| EventPlan { starts_in: TimeDelta::weeks(weeks), ..EventPlan::of(10, price) };
    let (soon, later) = (hub.event(in_weeks(5, "8")).await, hub.event(in_weeks(20, "10")).await);
    let kept = hub.event(in_weeks(8, "25")).await;
    lead.book(&kept).await.created();
    lead.book(&later).await.created();
    let given_up = lead.book(&soon).await.created();
    let commission = deal.agreed(json!([at("6"), at("4")])).await;
    let figures = |all: [&str; 4]| all.map(|amount| format!("{amount}.00"));
    let september = ("2026-09".to_owned(), figures(["0", "0", "0", "0"]));
    let october = ("2026-10".to_owned(), figures(["600", "0", "53", "0"]));
    assert_eq!(months(&told(&hub).await), [september.clone(), october.clone()]);

    // In November a place is given up for a quarter of its price, and a milestone is paid.
    hub.world.at("2026-11-01T10:00:00Z");
    lead.act(&given_up, "cancel").await.ok();
    deal.pay(&commission, 1, json!({})).await;
    let november = ("2026-11".to_owned(), figures(["0", "12", "39", "0"]));
    assert_eq!(months(&told(&hub).await), [september.clone(), october.clone(), november.clone()]);

    // In December the event is completed, and the rest of the support comes back.
    hub.world.at("2026-12-02T10:00:00Z");
    hub.complete(&kept).await;
    deal.buying.commission(&commission, "cancel", json!({ "reason": "No more" })).await.ok();
    let december = ("2026-12".to_owned(), figures(["0", "25", "10", "0"]));
    let so_far = [september, october, november, december];
    let year = told(&hub).await;
    assert_eq!(months(&year), so_far);
    assert_eq!((&year["spent"], &year["held"]), (&json!("37.00"), &json!("10.00")));
    // The wallets of the schools say the same.
    let mut sums = [0, 0];
    for school in [&schools[0], &schools[1], &schools[2], &deal.buyer, &deal.provider] {
        let total = hub.manager().get(&format!("/v1/schools/{}/wallet", school.id)).await.ok()["total"].clone();
        sums = [sums[0] + hundredths(&total["spent"]), sums[1] + hundredths(&total["held"])];
    }
    assert_eq!(sums, [3700, 1000]);

    // What is left lapses at the close, in August, as the ledger has it.
    hub.complete(&later).await;
    hub.open_year("2027/28").await;
    hub.world.at("2027-08-31T10:00:00Z");
    hub.manager().post("/v1/years/2026-27/close", json!({ "carry": "none", "earned_carry": "all" })).await.created();
    let year = told(&hub).await;
    let all = months(&year);
    assert_eq!((all.len(), &all[..4]), (12, &so_far[..]));
    let lapsed = hub.manager().all("/v1/accounts?kind=lapsed&year=2026-27").await.remove(0);
    assert_eq!(json!(all[11].1[3]), lapsed["balance"]);
    assert_eq!((&year["held"], &year["available"]), (&json!("0.00"), &json!("0.00")));
    hub.world.at("2028-02-01T10:00:00Z");
    assert_eq!(months(&told(&hub).await), all, "what is over stays");
}

async fn the_hub_alone_reads_them(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    hub.viewer().await.get(PATH).await.ok();
    for who in [&lead, &teacher] {
        who.get(PATH).await.refused(403, "forbidden");
    }
    hub.manager().get("/v1/years/2031-32/figures").await.refused(404, "not_found");
}
