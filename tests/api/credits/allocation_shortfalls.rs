//! What becomes of credits that a school should give back and has spent.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{EventPlan, School, TestHub};

fn at(allocation: &Value) -> String {
    format!("/v1/allocations/{}", allocation["id"].as_str().unwrap())
}

/// C has 300 credits by an allocation of 600 and has spent 290 of them, when its 300 pupils turn out to be 200:
/// it should have 240. Schools, allocation, booking.
async fn spent(hub: &TestHub) -> (Vec<School>, Value, String) {
    let schools = hub.three_schools().await;
    hub.open_year("2027/28").await;
    let base = hub.allocate(json!({ "pool": "600" })).await;
    let event = hub.event(EventPlan::of(5, "290")).await;
    let booking = hub.lead(&schools[2]).await.book(&event).await.created();
    hub.correct_roll(&schools[2], 200).await;
    (schools, base, booking["id"].as_str().unwrap().to_owned())
}

/// A draft for the next year.
async fn next_year(hub: &TestHub, pool: &str) -> Value {
    hub.draft(json!({ "pool": pool, "year": "2027/28" })).await
}

/// What C gets of an allocation: credits, deduction, posted.
async fn of_c(hub: &TestHub, allocation: &Value) -> [String; 3] {
    hub.lines_of(allocation, ["credits", "deduction", "posted"]).await[2].clone()
}

both_engines!(
    a_shortfall_waits_for_a_decision,
    what_was_left_is_taken_by_a_later_adjustment,
    next_years_allocation_deducts_it_visibly,
    a_deduction_is_never_more_than_the_award,
    a_draft_from_before_the_shortfall_is_computed_again,
    a_later_adjustment_takes_the_place_of_what_is_owed,
    what_next_year_deducted_counts_as_given_back,
    where_nothing_can_be_taken_nothing_is_posted
);

async fn a_shortfall_waits_for_a_decision(hub: TestHub) {
    let (schools, base, _) = spent(&hub).await;
    let draft = hub.correct(&base, json!({})).await;
    let fields = ["urn", "difference", "taken", "shortfall", "posted"];
    let lines = [
        ["100001", "20.00", "0.00", "0.00", "20.00"],
        ["100002", "40.00", "0.00", "0.00", "40.00"],
        ["100003", "-60.00", "10.00", "50.00", "-10.00"],
    ];
    assert_eq!(hub.lines_of(&draft, fields).await, lines);
    let before = hub.manager().get("/v1/ledger/head").await.ok();
    let problem = hub.approval(&draft).await.refused(409, "shortfalls_undecided");
    assert_eq!(
        problem["errors"],
        json!([{ "pointer": "100003", "code": "too_few_credits", "detail": "C is short by 50.00 credits" }])
    );
    assert_eq!(hub.manager().get("/v1/ledger/head").await.ok(), before);
    hub.manager().patch(&format!("{}/adjustment", at(&draft)), "\"1\"", json!({ "shortfalls": "leave" })).await.ok();
    let approved = hub.manager().post(&format!("{}/approve", at(&draft)), None).header("if-match", "\"2\"").await.ok();
    // What C keeps is issued beside the pool.
    assert_eq!(
        (&approved["shortfall"], &approved["issued"], &approved["shortfalls"]),
        (&json!("50.00"), &json!("50.00"), &json!("leave"))
    );
    assert_eq!(hub.lines_of(&approved, fields).await, lines);
    assert_eq!(hub.balance(&schools[2]).await, "0.00");
    assert_eq!(hub.manager().all("/v1/accounts?kind=issuance").await[0]["balance"], "650.00");
    hub.verified().await;
    assert_eq!(of_c(&hub, &next_year(&hub, "500").await).await, ["200.00", "0.00", "200.00"]);
}

async fn what_was_left_is_taken_by_a_later_adjustment(hub: TestHub) {
    let (schools, base, booking) = spent(&hub).await;
    let first = hub.approve(&hub.correct(&base, json!({ "shortfalls": "leave" })).await).await;
    hub.lead(&schools[2]).await.post(&format!("/v1/bookings/{booking}/cancel"), json!({})).await.ok();
    // It compares with what C was really given: 290, and not the 240 that it should have had.
    let second = hub.correct(&first, json!({})).await;
    let fields = ["was", "credits", "posted"];
    assert_eq!(
        hub.lines_of(&second, fields).await,
        [["120.00", "120.00", "0.00"], ["240.00", "240.00", "0.00"], ["290.00", "240.00", "-50.00"]]
    );
    let approved = hub.approve(&second).await;
    assert_eq!(
        (&approved["nth"], &approved["issued"], hub.balance(&schools[2]).await),
        (&json!(2), &json!("-50.00"), "240.00".to_owned())
    );
    assert_eq!(hub.manager().all("/v1/accounts?kind=issuance").await[0]["balance"], "600.00");
    hub.verified().await;
}

async fn next_years_allocation_deducts_it_visibly(hub: TestHub) {
    let (schools, base, _) = spent(&hub).await;
    let adjusted = hub.approve(&hub.correct(&base, json!({ "shortfalls": "next_year" })).await).await;
    let (draft, twin) = (next_year(&hub, "500").await, next_year(&hub, "500").await);
    assert_eq!((&draft["pool"], &draft["deduction"]), (&json!("500.00"), &json!("50.00")));
    assert_eq!(of_c(&hub, &draft).await, ["200.00", "50.00", "150.00"]);
    let approved = hub.approve(&draft).await;
    assert_eq!((&approved["issued"], &approved["deduction"]), (&json!("450.00"), &json!("50.00")));
    let wallets =
        hub.manager().all(&format!("/v1/accounts?kind=wallet&year=2027-28&school_id={}", schools[2].id)).await;
    assert_eq!(wallets[0]["balance"], "150.00");
    assert_eq!(hub.lines_of(&adjusted, ["shortfall", "recovered"]).await[2], ["50.00", "50.00"]);
    hub.verified().await;
    // It is deducted once: what was drafted before is computed again.
    hub.approval(&twin).await.refused(409, "allocation_outdated");
    assert_eq!(of_c(&hub, &next_year(&hub, "500").await).await, ["200.00", "0.00", "200.00"]);
    // An adjustment of it compares with what was given, and the deduction counts as given.
    hub.correct_roll(&schools[2], 700).await;
    let more = hub.correct(&approved, json!({})).await;
    assert_eq!(
        hub.lines_of(&more, ["was", "credits", "deduction", "posted"]).await[2],
        ["200.00", "350.00", "0.00", "150.00"]
    );
    hub.approve(&more).await;
    hub.verified().await;
}

async fn a_deduction_is_never_more_than_the_award(hub: TestHub) {
    let (_, base, _) = spent(&hub).await;
    hub.approve(&hub.correct(&base, json!({ "shortfalls": "next_year" })).await).await;
    let first = next_year(&hub, "75").await;
    assert_eq!(of_c(&hub, &first).await, ["30.00", "30.00", "0.00"]);
    hub.approve(&first).await;
    let second = next_year(&hub, "500").await;
    assert_eq!(of_c(&hub, &second).await, ["200.00", "20.00", "180.00"]);
    hub.approve(&second).await;
    hub.verified().await;
}

async fn a_draft_from_before_the_shortfall_is_computed_again(hub: TestHub) {
    let (_, base, _) = spent(&hub).await;
    let early = next_year(&hub, "500").await;
    hub.approve(&hub.correct(&base, json!({ "shortfalls": "next_year" })).await).await;
    let problem = hub.approval(&early).await.refused(409, "allocation_outdated");
    assert!(problem["detail"].as_str().unwrap().contains("deducted for earlier years"), "{problem}");
    let rules = crate::support::allocation(json!({ "pool": "500", "year": "2027/28" }));
    let again = hub.manager().patch(&at(&early), "\"1\"", rules).await.ok();
    assert_eq!(again["deduction"], "50.00");
    hub.manager().post(&format!("{}/approve", at(&early)), None).header("if-match", "\"2\"").await.ok();
    hub.verified().await;
    // A draft with a deduction is thrown away whole.
    let other = next_year(&hub, "10").await;
    hub.manager().delete(&at(&other)).header("if-match", "\"1\"").await.is(204);
}

async fn a_later_adjustment_takes_the_place_of_what_is_owed(hub: TestHub) {
    let (schools, base, _) = spent(&hub).await;
    let first = hub.approve(&hub.correct(&base, json!({ "shortfalls": "next_year" })).await).await;
    hub.correct_roll(&schools[2], 300).await;
    let second = hub.correct(&first, json!({})).await;
    assert_eq!(hub.lines_of(&second, ["was", "credits", "posted"]).await[2], ["290.00", "300.00", "10.00"]);
    // The other two have to give back, and can.
    hub.approve(&second).await;
    assert_eq!(of_c(&hub, &next_year(&hub, "600").await).await, ["300.00", "0.00", "300.00"]);
    hub.verified().await;
}

async fn what_next_year_deducted_counts_as_given_back(hub: TestHub) {
    let (schools, base, _) = spent(&hub).await;
    let first = hub.approve(&hub.correct(&base, json!({ "shortfalls": "next_year" })).await).await;
    let next = hub.approve(&next_year(&hub, "500").await).await;
    hub.correct_roll(&schools[2], 300).await;
    let second = hub.correct(&first, json!({})).await;
    assert_eq!(hub.lines_of(&second, ["was", "credits", "posted"]).await[2], ["240.00", "300.00", "60.00"]);
    hub.approve(&second).await;
    assert_eq!(hub.balance(&schools[2]).await, "60.00");
    hub.verified().await;
    // So next year's can't be taken back while this one counts on it.
    let reverse = async |of: &Value| {
        hub.manager()
            .post(&format!("{}/reverse", at(of)), json!({ "reason": "wrong" }))
            .header("if-match", "\"2\"")
            .await
    };
    let problem = reverse(&next).await.refused(409, "in_use");
    assert_eq!(problem["errors"][0]["pointer"], at(&second));
    reverse(&first).await.refused(409, "in_use");
    reverse(&second).await.ok();
    reverse(&next).await.ok();
    hub.verified().await;
    // Then it is owed again.
    hub.correct_roll(&schools[2], 200).await;
    assert_eq!(of_c(&hub, &next_year(&hub, "500").await).await, ["200.00", "50.00", "150.00"]);
}

async fn where_nothing_can_be_taken_nothing_is_posted(hub: TestHub) {
    let (schools, base, _) = spent(&hub).await;
    let event = hub.event(EventPlan::of(5, "10")).await;
    hub.lead(&schools[2]).await.book(&event).await.created();
    let draft = hub.correct(&base, json!({ "pool": "500", "shortfalls": "next_year" })).await;
    let approved = hub.approve(&draft).await;
    assert_eq!(
        (&approved["transaction_id"], &approved["shortfall"], &approved["issued"]),
        (&Value::Null, &json!("100.00"), &json!("0.00"))
    );
    assert_eq!(of_c(&hub, &next_year(&hub, "500").await).await, ["200.00", "100.00", "100.00"]);
    hub.verified().await;
    let reversed = hub
        .manager()
        .post(&format!("{}/reverse", at(&approved)), json!({ "reason": "wrong" }))
        .header("if-match", "\"2\"")
        .await
        .ok();
    assert_eq!((&reversed["state"], &reversed["reversal"]["transaction_id"]), (&json!("reversed"), &Value::Null));
    assert_eq!(of_c(&hub, &next_year(&hub, "500").await).await, ["200.00", "0.00", "200.00"]);
    hub.verified().await;
}
