//! The days of an offer: offered by its provider, agreed and returned by commissions, never more than there are.

use hub_credits::support::offers::DaysRefusal;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, TestHub, new_offer, nobody};

both_engines!(
    days_go_down_with_what_is_agreed,
    of_two_who_agree_to_the_last_day_one_has_it,
    days_are_offered_whole_or_half,
    what_is_paused_or_closed_agrees_to_nothing_and_takes_back
);

/// An offer of a new school with so many days in 2026/27: its lead and its id.
async fn offered(hub: &TestHub, days: &str) -> (Client, String) {
    let school = hub.school("Lampton Academy").await;
    let lead = hub.lead(&school).await;
    let new = new_offer(json!({ "days": [{ "year": "2026/27", "offered": days }] }));
    let offer = lead.add("/v1/offers", new).await;
    (lead, offer)
}

/// How many days are offered, agreed and left in 2026/27.
async fn stand(who: &Client, offer: &str) -> [String; 3] {
    let days = who.get(&format!("/v1/offers/{offer}")).await.ok()["days"][0].clone();
    ["offered", "agreed", "left"].map(|field| days[field].as_str().unwrap().to_owned())
}

async fn days_go_down_with_what_is_agreed(hub: TestHub) {
    let (lead, offer) = offered(&hub, "3.5").await;
    let left = hub.agree_days(&offer, 5).await.unwrap().left;
    assert_eq!(left.to_string(), "1.0");
    assert_eq!(stand(&lead, &offer).await, ["3.5", "2.5", "1.0"]);
    let refused = hub.agree_days(&offer, 3).await.unwrap_err();
    assert!(matches!(&refused, DaysRefusal::TooFewDays { left, .. } if left.half_days() == 2), "{refused}");
    assert_eq!(refused.to_string(), "the offer has 1 day left in 2026/27");
    // The directory finds it by what is left.
    let found =
        async |at_least: &str| lead.all(&format!("/v1/offers?year=2026-27&days_left_at_least={at_least}")).await.len();
    assert_eq!((found("1").await, found("1.5").await), (1, 0));
    hub.agree_days(&offer, 2).await.unwrap();
    assert_eq!((found("0.5").await, found("0").await), (0, 1));
    assert!(lead.all("/v1/offers?year=2026-27").await.is_empty());
    hub.return_days(&offer, 7).await.unwrap();
    assert_eq!(stand(&lead, &offer).await, ["3.5", "0.0", "3.5"]);
    assert_eq!((found("3.5").await, found("4").await), (1, 0));
    let refused = hub.return_days(&offer, 1).await.unwrap_err();
    assert!(matches!(refused, DaysRefusal::NotAgreed { .. }), "{refused}");
    assert!(matches!(hub.agree_days(&nobody(), 1).await, Err(DaysRefusal::Unknown)));
    // What was agreed is told to those who follow.
    for (kind, counts) in [("agreed", vec![5, 2]), ("returned", vec![7])] {
        let told = hub.manager().get(&format!("/v1/changes?kind=offer.days_{kind}")).await.ok();
        let found: Vec<&Value> = told["items"].as_array().unwrap().iter().map(|change| &change["count"]).collect();
        assert_eq!(found, counts, "{told}");
    }
}

async fn of_two_who_agree_to_the_last_day_one_has_it(hub: TestHub) {
    let (lead, offer) = offered(&hub, "1").await;
    let (one, two) = tokio::join!(hub.agree_days(&offer, 2), hub.agree_days(&offer, 2));
    let refusals: Vec<DaysRefusal> = [one, two].into_iter().filter_map(Result::err).collect();
    assert!(
        matches!(refusals.as_slice(), [DaysRefusal::TooFewDays { left, .. }] if left.half_days() == 0),
        "{refusals:?}"
    );
    assert_eq!(stand(&lead, &offer).await, ["1.0", "1.0", "0.0"]);
    // Ten halves for four half days, at once.
    lead.put(&format!("/v1/offers/{offer}/days/2026-27"), json!({ "offered": "3" })).await.ok();
    let outcomes = futures_util::future::join_all((0..10).map(|_| hub.agree_days(&offer, 1))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 4);
    assert_eq!(stand(&lead, &offer).await, ["3.0", "3.0", "0.0"]);
}

async fn days_are_offered_whole_or_half(hub: TestHub) {
    let (lead, offer) = offered(&hub, "2").await;
    let path = format!("/v1/offers/{offer}/days/2026-27");
    let set = async |offered: Value| lead.put(&path, json!({ "offered": offered })).await;
    assert_eq!(
        set(json!("4.5")).await.ok(),
        json!({ "year": "2026/27", "offered": "4.5", "agreed": "0.0", "left": "4.5" })
    );
    for wrong in [json!("0.25"), json!("-1"), json!(0.5), json!("367"), json!(null), json!("many")] {
        let problem = set(wrong).await.refused(400, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], "/offered");
    }
    hub.agree_days(&offer, 3).await.unwrap();
    let problem = set(json!("1")).await.refused(409, "days_agreed");
    assert_eq!(problem["errors"][0]["pointer"], "/offered");
    assert_eq!(problem["detail"], "1.5 days of 2026/27 are agreed");
    assert_eq!(set(json!("1.5")).await.ok()["left"], "0.0");
    assert_eq!(stand(&lead, &offer).await, ["1.5", "1.5", "0.0"]);
    lead.put(&format!("/v1/offers/{offer}/days/2025-26"), json!({ "offered": "1" }))
        .await
        .invalid(&[("year", "invalid")]);
    // The offer ends with the next academic year.
    let beyond = lead.put(&format!("/v1/offers/{offer}/days/2028-29"), json!({ "offered": "1" })).await;
    assert!(beyond.refused(400, "invalid_request")["errors"][0]["detail"].as_str().unwrap().contains("2028-08-31"));
    let too_long = new_offer(json!({ "days": [{ "year": "2028/29", "offered": "1" }] }));
    lead.post("/v1/offers", too_long).await.invalid(&[("/days/0/year", "invalid")]);
    lead.put(&format!("/v1/offers/{offer}/days/soon"), json!({ "offered": "1" })).await.refused(404, "not_found");
    // An offer whose days were never said gets them.
    let plain = lead.add("/v1/offers", new_offer(json!({}))).await;
    lead.put(&format!("/v1/offers/{plain}/days/2027-28"), json!({ "offered": 6 })).await.ok();
    assert_eq!(lead.titles("/v1/offers?year=2027-28&days_left_at_least=6").await.len(), 1);
}

async fn what_is_paused_or_closed_agrees_to_nothing_and_takes_back(hub: TestHub) {
    let (lead, offer) = offered(&hub, "2").await;
    hub.agree_days(&offer, 2).await.unwrap();
    for (what, status) in [("pause", "paused"), ("close", "closed")] {
        lead.post(&format!("/v1/offers/{offer}/{what}"), None).await.ok();
        let refused = hub.agree_days(&offer, 1).await.unwrap_err();
        assert!(
            matches!(refused, DaysRefusal::OfferNotOpen { .. }) && refused.to_string().ends_with(status),
            "{refused}"
        );
        hub.return_days(&offer, 1).await.unwrap();
    }
    assert_eq!(stand(&lead, &offer).await, ["2.0", "0.0", "2.0"]);
}
