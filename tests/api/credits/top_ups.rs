//! `/v1/top-ups`: credits sold to schools for money, once an invoice.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{School, TestHub, World, new_top_up, nobody};

/// The balance of the hub's sales of 2026/27.
async fn sales(hub: &TestHub) -> String {
    let found = hub.manager().all("/v1/accounts?kind=sales&year=2026-27").await;
    found.first().map_or("none", |sales| sales["balance"].as_str().unwrap()).to_owned()
}

both_engines!(
    credits_are_sold_by_an_invoice,
    an_invoice_sells_once_even_when_its_sale_was_reversed,
    what_can_t_be_sold_is_refused_by_its_field,
    a_school_that_has_left_buys_nothing,
    each_role_sees_what_it_may,
    many_who_sell_by_one_invoice_at_once_sell_once
);

async fn credits_are_sold_by_an_invoice(hub: TestHub) {
    hub.open_year("2026/27").await;
    let school = hub.school("Lampton").await;
    let new = json!({ "school_id": school.id, "amount": "12.5", "invoice_reference": " INV-0042 ", "gbp": "1250" });
    let made = hub.manager().post("/v1/top-ups", new).await;
    let sold = made.created();
    assert_eq!(made.header("location"), Some(format!("/v1/top-ups/{}", sold["id"].as_str().unwrap()).as_str()));
    let is = |field: &str| sold[field].as_str().unwrap_or("none").to_owned();
    assert_eq!(
        [is("amount"), is("invoice_reference"), is("gbp"), is("year"), is("state"), is("school_name")],
        ["12.50", "INV-0042", "1250.00", "2026/27", "sold", "Lampton"]
    );
    assert_eq!(sold["sold_by"], hub.manager().id());
    assert_eq!((hub.balance(&school).await, sales(&hub).await), ("12.50".to_owned(), "12.50".to_owned()));
    let posted = hub.manager().get(&format!("/v1/transactions/{}", is("transaction_id"))).await.ok();
    assert_eq!(
        (&posted["kind"], &posted["source_kind"], &posted["source_id"]),
        (&json!("top_up_sold"), &json!("top_up"), &sold["id"])
    );
    let wallet = hub.manager().all(&format!("/v1/accounts?school_id={}", school.id)).await.remove(0);
    let lines = hub.manager().all(&format!("/v1/accounts/{}/entries", wallet["id"].as_str().unwrap())).await;
    assert_eq!(lines[0]["what_for"], "Credits bought, invoice INV-0042");
    assert_eq!(hub.manager().get(&format!("/v1/top-ups/{}", is("id"))).await.ok(), sold);
    hub.verified().await;
}

async fn an_invoice_sells_once_even_when_its_sale_was_reversed(hub: TestHub) {
    hub.open_year("2026/27").await;
    let (one, other) = (hub.school("Lampton").await, hub.school("Heston").await);
    let invoice = json!({ "invoice_reference": "INV-1" });
    let sold = hub.manager().post("/v1/top-ups", new_top_up(&one, "10", invoice.clone())).await.created();
    let again = async |school: &School| {
        let reply = hub.manager().post("/v1/top-ups", new_top_up(school, "10", invoice.clone())).await;
        assert_eq!(reply.refused(409, "duplicate")["errors"][0]["pointer"], "/invoice_reference");
    };
    again(&other).await;
    hub.manager().reverse(&sold).await.created();
    again(&one).await;
    assert_eq!((hub.balance(&one).await, sales(&hub).await), ("0.00".to_owned(), "0.00".to_owned()));
    let now = hub.manager().get(&format!("/v1/top-ups/{}", sold["id"].as_str().unwrap())).await.ok();
    assert_eq!((&now["state"], now["reversed_by"].is_string()), (&json!("reversed"), true));
    let listed = async |state: &str| hub.manager().all(&format!("/v1/top-ups?state={state}")).await.len();
    assert_eq!((listed("sold").await, listed("reversed").await), (0, 1));
    // The invoice is the hub's own: another hub may have one of the same number.
    let elsewhere = hub.world.hub("East London").await;
    elsewhere.open_year("2026/27").await;
    let school = elsewhere.school("Mulberry").await;
    elsewhere.manager().post("/v1/top-ups", new_top_up(&school, "10", invoice.clone())).await.created();
    hub.verified().await;
}

async fn what_can_t_be_sold_is_refused_by_its_field(hub: TestHub) {
    hub.open_year("2026/27").await;
    let school = hub.school("Lampton").await;
    let sell = async |over: Value| hub.manager().post("/v1/top-ups", new_top_up(&school, "10", over)).await;
    for wrong in [
        json!("0"),
        json!("0.00"),
        json!(0),
        json!("-1"),
        json!("1.234"),
        json!("1000000000000"),
        json!("1e3"),
        json!(""),
    ] {
        sell(json!({ "amount": wrong })).await.invalid(&[("/amount", "invalid")]);
    }
    for wrong in [json!(-1), json!(1.5), json!(null), json!(true)] {
        sell(json!({ "amount": wrong })).await.invalid(&[("/amount", "wrong_type")]);
    }
    sell(json!({ "amount": "0", "invoice_reference": "", "gbp": "1.234", "school_id": nobody(), "colour": "red" }))
        .await
        .invalid(&[
            ("/amount", "invalid"),
            ("/invoice_reference", "invalid"),
            ("/gbp", "invalid"),
            ("/colour", "unknown_field"),
        ]);
    hub.manager().post("/v1/top-ups", json!({})).await.invalid(&[
        ("/school_id", "missing"),
        ("/amount", "missing"),
        ("/invoice_reference", "missing"),
    ]);
    sell(json!({ "school_id": nobody() })).await.invalid(&[("/school_id", "unknown")]);
    let refused = sell(json!({ "year": "2025/26" })).await.refused(409, "year_closed");
    assert_eq!(refused["errors"][0]["pointer"], "/year");
    let elsewhere = hub.world.hub("East London").await.school("Mulberry").await;
    sell(json!({ "school_id": elsewhere.id })).await.invalid(&[("/school_id", "unknown")]);
    hub.manager()
        .post("/v1/top-ups", new_top_up(&school, "10", json!({})))
        .no_key()
        .await
        .refused(400, "idempotency_key_required");
    assert!(
        hub.manager().all("/v1/top-ups").await.is_empty() && hub.manager().all("/v1/transactions").await.is_empty()
    );
    sell(json!({ "amount": "9999999999.99" })).await.created();
    hub.verified().await;
}

async fn a_school_that_has_left_buys_nothing(hub: TestHub) {
    let schools = hub.london_west().await;
    let path = format!("/v1/schools/{}", schools[0].id);
    let etag = hub.manager().get(&path).await.etag();
    hub.manager().patch(&path, &etag, json!({ "left_on": "2026-10-05" })).await.ok();
    hub.manager()
        .post("/v1/top-ups", new_top_up(&schools[0], "10", json!({})))
        .await
        .invalid(&[("/school_id", "left")]);
}

async fn each_role_sees_what_it_may(world: World) {
    let (hub, other) = (world.hub("West London").await, world.hub("East London").await);
    hub.open_year("2026/27").await;
    let (one, two) = (hub.school("Lampton").await, hub.school("Heston").await);
    let (first, second) = (hub.top_up(&one, "10").await, hub.top_up(&two, "20").await);
    let (lead, teacher, viewer) = (hub.lead(&one).await, hub.teacher(&one).await, hub.viewer().await);
    let path = |sold: &Value| format!("/v1/top-ups/{}", sold["id"].as_str().unwrap());
    assert_eq!(lead.all("/v1/top-ups").await, std::slice::from_ref(&first));
    assert_eq!(viewer.all("/v1/top-ups?limit=1").await, [first.clone(), second.clone()]);
    assert_eq!(viewer.all(&format!("/v1/top-ups?school_id={}", two.id)).await, std::slice::from_ref(&second));
    assert!(
        viewer.all("/v1/top-ups?year=2027-28").await.is_empty() && other.manager().all("/v1/top-ups").await.is_empty()
    );
    lead.get(&path(&first)).await.ok();
    lead.get(&path(&second)).await.refused(404, "not_found");
    lead.get(&format!("/v1/top-ups?school_id={}", two.id)).await.refused(404, "not_found");
    other.manager().get(&path(&first)).await.refused(404, "not_found");
    for caller in [&lead, &teacher, &viewer] {
        caller.post("/v1/top-ups", new_top_up(&one, "10", json!({}))).await.refused(403, "forbidden");
    }
    teacher.get("/v1/top-ups").await.refused(403, "forbidden");
    let table = viewer.get("/v1/top-ups").as_csv().await.sheet();
    assert!(
        table.starts_with("id,school_name,year,amount,invoice_reference,gbp,state,")
            && table.contains(",Heston,2026/27,20.00,INV-"),
        "{table}"
    );
}

async fn many_who_sell_by_one_invoice_at_once_sell_once(hub: TestHub) {
    hub.open_year("2026/27").await;
    let school = hub.school("Lampton").await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            tokio::spawn(
                hub.manager()
                    .post("/v1/top-ups", new_top_up(&school, "10", json!({ "invoice_reference": "INV-1" })))
                    .into_future(),
            )
        })
        .collect();
    let mut sold = 0;
    for task in tasks {
        let reply = task.await.unwrap();
        if reply.status == 201 {
            sold += 1
        } else {
            reply.refused(409, "duplicate");
        }
    }
    assert_eq!((sold, hub.balance(&school).await), (1, "10.00".to_owned()));
    hub.verified().await;
}
