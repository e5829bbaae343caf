//! Reversals: the mirror of one earlier transaction, once, linked both ways.

use hub_credits::base::credits::Credits;
use hub_credits::base::ids::TransactionId;
use hub_credits::ledger::{self, TransactionKind};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::both_engines;
use crate::support::{EventPlan, TestHub, World, hundredths};

fn id(value: &Value) -> TransactionId {
    TransactionId(value.as_str().unwrap().parse().unwrap())
}

/// Reverses a transaction by the ledger alone.
async fn mirror(hub: &TestHub, of: TransactionId) -> Result<TransactionId, ledger::Error> {
    let mut journal = hub.journal().await;
    let reversal = ledger::reverse(&mut journal, of, TransactionKind::Reversed, "posted by mistake").await?;
    journal.commit().await?;
    Ok(reversal)
}

/// What a transaction moves: each account with its amount, debits above zero.
async fn moves(hub: &TestHub, transaction: &str) -> (Value, Vec<(String, i64)>) {
    let whole = hub.manager().get(&format!("/v1/transactions/{transaction}")).await.ok();
    let mut moves: Vec<(String, i64)> = whole["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let amount = hundredths(&entry["amount"]);
            (entry["account"].as_str().unwrap().to_owned(), if entry["side"] == "debit" { amount } else { -amount })
        })
        .collect();
    moves.sort();
    (whole, moves)
}

both_engines!(
    the_ledger_mirrors_a_transaction_once,
    what_was_spent_is_not_taken_back,
    a_partner_is_settled_and_the_settlement_reversed,
    what_the_hub_posted_is_taken_back_once,
    a_gift_that_was_spent_is_not_taken_back,
    what_bookings_posted_is_undone_by_their_commands,
    only_a_manager_takes_back_and_says_why,
    two_reversals_at_once_are_one,
    a_closed_year_is_not_reversed_into
);

async fn the_ledger_mirrors_a_transaction_once(hub: TestHub) {
    let schools = hub.london_west().await;
    let allocation = hub.allocate(json!({ "pool": "500" })).await;
    let original = id(&allocation["transaction_id"]);
    let reversal = mirror(&hub, original).await.unwrap();
    let (was, posted) = moves(&hub, &original.to_string()).await;
    let (is, mirrored) = moves(&hub, &reversal.to_string()).await;
    assert_eq!(mirrored, posted.iter().map(|(account, amount)| (account.clone(), -amount)).collect::<Vec<_>>());
    assert_eq!((&is["reverses"], &is["reversed_by"]), (&json!(original.to_string()), &Value::Null));
    assert_eq!((&was["reverses"], &was["reversed_by"]), (&Value::Null, &json!(reversal.to_string())));
    assert_eq!(
        (&is["kind"], &is["memo"], &is["source_id"]),
        (&json!("reversed"), &json!("posted by mistake"), &allocation["id"])
    );
    assert_eq!(hub.balance(&schools[0]).await, "0.00");
    let listed = hub.manager().all("/v1/transactions").await;
    assert_eq!(
        listed.iter().map(|one| &one["reversed_by"]).collect::<Vec<_>>(),
        [&json!(reversal.to_string()), &Value::Null]
    );
    assert!(matches!(mirror(&hub, original).await, Err(ledger::Error::AlreadyReversed { by }) if by == reversal));
    assert!(matches!(mirror(&hub, reversal).await, Err(ledger::Error::ReversalOfReversal)));
    assert!(matches!(mirror(&hub, TransactionId(Uuid::nil())).await, Err(ledger::Error::UnknownTransaction)));
}

async fn what_was_spent_is_not_taken_back(hub: TestHub) {
    let schools = hub.london_west().await;
    let original = id(&hub.allocate(json!({ "pool": "500" })).await["transaction_id"]);
    let event = hub.event(EventPlan::of(10, "0.01")).await;
    for school in &schools[3..5] {
        hub.lead(school).await.book(&event).await.created();
    }
    let Err(ledger::Error::Spent { mut short }) = mirror(&hub, original).await else { panic!("it was spent") };
    short.sort_by_key(|short| short.code.clone());
    let mut expected: Vec<String> =
        schools[3..5].iter().map(|school| format!("wallet:2026/27:allocated:{}", school.id)).collect();
    expected.sort();
    assert_eq!(short.iter().map(|short| short.code.clone()).collect::<Vec<_>>(), expected);
    assert!(short.iter().all(|short| short.short_by == Credits::parse("0.01").unwrap() && short.school.is_some()));
    hub.verified().await;
}

async fn a_partner_is_settled_and_the_settlement_reversed(hub: TestHub) {
    let (partner, person) = hub.partner("Language Line").await;
    hub.open_year("2026/27").await;
    let owed =
        json!({ "account": "payable", "partner_id": partner, "side": "credit", "amount": "60", "reason": "As agreed" });
    hub.manager().post("/v1/adjustments", owed).await.created();
    let new = json!({ "up_to": hub.world.today() });
    let stated = hub.manager().post(&format!("/v1/partners/{partner}/settlements"), new).await.created();
    let payments = format!("/v1/settlements/{}/payments", stated["id"].as_str().unwrap());
    let new = json!({ "credits": "45.50", "bank_reference": "BACS 4711" });
    let paid = hub.manager().post(&payments, new).await.created();

    let balances = async || {
        let mut balances: Vec<(String, String)> = person
            .all("/v1/accounts")
            .await
            .iter()
            .map(|account| {
                (account["kind"].as_str().unwrap().to_owned(), account["balance"].as_str().unwrap().to_owned())
            })
            .collect();
        balances.sort();
        balances
    };
    let are = |payable: &str, settled: &str| {
        vec![("payable".to_owned(), payable.to_owned()), ("settled".to_owned(), settled.to_owned())]
    };
    assert_eq!(balances().await, are("14.50", "45.50"));
    let trial = hub.manager().get("/v1/ledger/trial-balance").await.ok();
    let line = trial["lines"].as_array().unwrap().iter().find(|line| line["kind"] == "settled").unwrap();
    assert_eq!((&line["credit"], &line["year"], &trial["debit"]), (&json!("45.50"), &Value::Null, &json!("60.00")));
    let export = hub.manager().get("/v1/ledger/export?format=hledger").await.text();
    let (payable, settled) = (
        format!("liabilities:payable:Language Line {partner}  45.50 HC"),
        format!("assets:settled:Language Line {partner}  -45.50 HC"),
    );
    assert!(
        export.contains(&payable) && export.contains(&settled) && export.contains("partner_settled: BACS 4711"),
        "{export}"
    );

    hub.manager().reverse(&paid).await.created();
    assert_eq!(balances().await, are("60.00", "0.00"));
    hub.verified().await;
}

async fn what_the_hub_posted_is_taken_back_once(hub: TestHub) {
    let (school, giving, _) = hub.funded_school("Lampton", "100").await;
    let (other, receiving, _) = hub.funded_school("Heston", "0").await;
    let gift = giving.give(&other, "30").await.created();
    let gift = receiving.answer(&gift, "accept").await.ok();
    let (sold, corrected) = (hub.top_up(&school, "20").await, hub.adjust(&school, "debit", "5").await);
    assert_eq!((hub.balance(&school).await, hub.balance(&other).await), ("85.00".to_owned(), "30.00".to_owned()));
    for (posted, path, left) in
        [(&corrected, "adjustments", "90.00"), (&sold, "top-ups", "70.00"), (&gift, "transfers", "100.00")]
    {
        let made = hub.manager().reverse(posted).await;
        let mirror = made.created();
        assert_eq!(
            made.header("location"),
            Some(format!("/v1/transactions/{}", mirror["id"].as_str().unwrap()).as_str())
        );
        assert_eq!(
            (&mirror["kind"], &mirror["reverses"], &mirror["memo"]),
            (&json!("reversed"), &posted["transaction_id"], &json!("A mistake"))
        );
        assert_eq!((&mirror["source_id"], mirror["entries"].as_array().unwrap().len()), (&posted["id"], 2));
        assert_eq!(hub.balance(&school).await, left);
        let now = hub.manager().get(&format!("/v1/{path}/{}", posted["id"].as_str().unwrap())).await.ok();
        assert_eq!((&now["state"], &now["reversed_by"]), (&json!("reversed"), &mirror["id"]));
        assert_eq!(hub.manager().all(&format!("/v1/{path}?state=reversed")).await, [now]);
        let again = hub.manager().reverse(posted).await.refused(409, "already_reversed");
        assert!(again["detail"].as_str().unwrap().contains(mirror["id"].as_str().unwrap()), "{again}");
        let back = format!("/v1/transactions/{}/reverse", mirror["id"].as_str().unwrap());
        hub.manager().post(&back, json!({ "reason": "It was right" })).await.refused(409, "reversal_of_reversal");
    }
    for (lead, more) in [(&giving, "more"), (&receiving, "less")] {
        let told = lead.all("/v1/me/notices").await.remove(0);
        assert_eq!((&told["kind"], &told["year"]), (&json!("gift_reversed"), &json!("2026/27")));
        assert_eq!(told["subject"], format!("your school has 30 credits {more}, because “A mistake”"));
        let said = format!(
            "The hub has taken back the gift of 30 credits from Lampton to Heston: your school has 30 credits {more}, because “A \
             mistake”."
        );
        let page = hub.tab(lead).await.get("/notices").await.words();
        assert!(page.contains(&said), "{page}");
        receiving.answer(&gift, "accept").await.refused(409, "invalid_transition");
    }
    let wallet = giving.all("/v1/accounts?kind=wallet").await.remove(0);
    let lines = giving.all(&format!("/v1/accounts/{}/entries", wallet["id"].as_str().unwrap())).await;
    let words: Vec<&str> = lines[4..].iter().map(|line| line["what_for"].as_str().unwrap()).collect();
    assert_eq!(words[0], "Reversed: Correction: Counted twice");
    assert!(
        words[1].starts_with("Reversed: Credits bought, invoice INV-")
            && words[2] == "Reversed: Gift from Lampton to Heston",
        "{words:?}"
    );
    hub.verified().await;
}

async fn a_gift_that_was_spent_is_not_taken_back(hub: TestHub) {
    let (_, giving, _) = hub.funded_school("Lampton", "100").await;
    let (other, receiving, _) = hub.funded_school("Heston", "0").await;
    let gift = giving.give(&other, "30").await.created();
    let gift = receiving.answer(&gift, "accept").await.ok();
    let event = hub.event(EventPlan::of(10, "0.01")).await;
    let booking = receiving.book(&event).await.created();
    let refused = hub.manager().reverse(&gift).await.refused(409, "insufficient_credits");
    let error = &refused["errors"][0];
    assert_eq!((&error["pointer"], &error["code"]), (&json!(other.urn), &json!("too_few_credits")));
    let detail = error["detail"].as_str().unwrap();
    assert!(
        detail.contains("Heston")
            && detail.contains(&format!("wallet:2026/27:allocated:{}", other.id))
            && detail.ends_with("short by 0.01 credits"),
        "{detail}"
    );
    receiving.act(&booking, "cancel").await.ok();
    hub.manager().reverse(&gift).await.created();
    hub.verified().await;
}

async fn what_bookings_posted_is_undone_by_their_commands(hub: TestHub) {
    let (_, lead, _) = hub.funded_school("Lampton", "100").await;
    let event = hub.event(EventPlan::of(10, "10")).await;
    let booking = lead.book(&event).await.created();
    lead.act(&booking, "cancel").await.ok();
    let posted = hub.manager().all(&format!("/v1/transactions?source_id={}", booking["id"].as_str().unwrap())).await;
    for (transaction, instead) in posted.iter().zip(["cancel the booking", "book the place again"]) {
        let refused = hub
            .manager()
            .post(
                &format!("/v1/transactions/{}/reverse", transaction["id"].as_str().unwrap()),
                json!({ "reason": "A mistake" }),
            )
            .await
            .refused(409, "not_reversible");
        assert!(refused["detail"].as_str().unwrap().contains(instead), "{refused}");
    }
    assert_eq!(posted.len(), 2);
}

async fn only_a_manager_takes_back_and_says_why(world: World) {
    let (hub, other) = (world.hub("West London").await, world.hub("East London").await);
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let sold = hub.top_up(&school, "20").await;
    for caller in [&lead, &teacher, &hub.viewer().await] {
        caller.reverse(&sold).await.refused(403, "forbidden");
    }
    other.manager().reverse(&sold).await.refused(404, "not_found");
    let path = format!("/v1/transactions/{}/reverse", sold["transaction_id"].as_str().unwrap());
    hub.manager().post(&path, json!({})).await.invalid(&[("/reason", "missing")]);
    hub.manager().post(&path, json!({ "reason": "" })).await.invalid(&[("/reason", "invalid")]);
    hub.manager().post(&path, json!({ "reason": "A mistake" })).no_key().await.refused(400, "idempotency_key_required");
    let first = hub.manager().post(&path, json!({ "reason": "A mistake" })).key("once").await.created();
    let replayed = hub.manager().post(&path, json!({ "reason": "A mistake" })).key("once").await;
    assert_eq!((replayed.created(), replayed.header("idempotency-replayed")), (first, Some("true")));
}

async fn two_reversals_at_once_are_one(hub: TestHub) {
    let (school, _, _) = hub.funded_school("Lampton", "100").await;
    let (sold, second) = (hub.top_up(&school, "20").await, hub.another_manager().await);
    let path = format!("/v1/transactions/{}/reverse", sold["transaction_id"].as_str().unwrap());
    let body = json!({ "reason": "A mistake" });
    let tasks: Vec<_> = (0..6)
        .map(|n| {
            tokio::spawn(
                if n % 2 == 0 { hub.manager() } else { second.clone() }.post(&path, body.clone()).into_future(),
            )
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        let reply = task.await.unwrap();
        if reply.status == 201 {
            done += 1
        } else {
            reply.refused(409, "already_reversed");
        }
    }
    assert_eq!((done, hub.balance(&school).await), (1, "100.00".to_owned()));
    hub.verified().await;
}

async fn a_closed_year_is_not_reversed_into(hub: TestHub) {
    let (school, giving, _) = hub.funded_school("Lampton", "100").await;
    let (other, receiving, _) = hub.funded_school("Heston", "0").await;
    hub.open_year("2027/28").await;
    let sold = hub.top_up(&school, "20").await;
    let gift = giving.give(&other, "10").await.created();
    let gift = receiving.answer(&gift, "accept").await.ok();
    hub.world.at("2027-09-10T09:00:00Z");
    hub.manager().post("/v1/years/2026-27/close", json!({ "carry": "all" })).await.created();
    for posted in [&sold, &gift] {
        hub.manager().reverse(posted).await.refused(409, "year_closed");
    }
    let body = json!({ "to_school_id": other.id, "amount": "1", "year": "2026/27" });
    giving.post("/v1/transfers", body).await.refused(409, "year_closed");
    let gift = giving.give(&other, "1").await.created();
    assert_eq!(receiving.answer(&gift, "accept").await.ok()["year"], "2027/28");
    hub.verified().await;
}
