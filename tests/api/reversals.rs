//! Reversals: the mirror of one earlier transaction, once, linked both ways.

use hub_credits::credits::Credits;
use hub_credits::ids::{PartnerId, TransactionId};
use hub_credits::ledger::{self, AccountName, Posting, Source, SourceKind, TransactionKind};
use hub_credits::year::AcademicYear;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::both_engines;
use crate::support::{EventPlan, TestHub, hundredths};

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

both_engines! {
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
        assert_eq!((&is["kind"], &is["memo"], &is["source_id"]), (&json!("reversed"), &json!("posted by mistake"), &allocation["id"]));
        assert_eq!(hub.balance(&schools[0]).await, "0.00");
        let listed = hub.manager().all("/v1/transactions").await;
        assert_eq!(listed.iter().map(|one| &one["reversed_by"]).collect::<Vec<_>>(), [&json!(reversal.to_string()), &Value::Null]);
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
        let mut expected: Vec<String> = schools[3..5].iter().map(|school| format!("wallet:2026/27:allocated:{}", school.id)).collect();
        expected.sort();
        assert_eq!(short.iter().map(|short| short.code.clone()).collect::<Vec<_>>(), expected);
        assert!(short.iter().all(|short| short.short_by == Credits::parse("0.01").unwrap() && short.school.is_some()));
        hub.verified().await;
    }

    async fn a_partner_is_settled_and_the_settlement_reversed(hub: TestHub) {
        let (partner, person) = hub.partner("Language Line").await;
        hub.open_year("2026/27").await;
        let of = PartnerId(partner.parse().unwrap());
        let year = AcademicYear::parse("2026/27").unwrap();
        let mut journal = hub.journal().await;
        let names = [AccountName::Adjustment(year), AccountName::Payable(of), AccountName::Settled(of)];
        let accounts = ledger::open_accounts(&mut journal, &names).await.unwrap();
        let today = hub_credits::clock::london_date(journal.now());
        let source = Source { kind: SourceKind::Settlement, id: journal.new_id() };
        let owed = |amount: &str, kind, from: usize, to: usize| {
            let amount = Credits::parse(amount).unwrap();
            Posting::new(kind, source, today, [(accounts[from], amount)], [(accounts[to], amount)]).unwrap()
        };
        let settled = owed("45.50", TransactionKind::PartnerSettled, 1, 2).with_memo("BACS 4711");
        let posted = ledger::post(&mut journal, &[owed("60", TransactionKind::AdjustmentPosted, 0, 1), settled]).await.unwrap();
        let too_much = ledger::post(&mut journal, &[owed("14.51", TransactionKind::PartnerSettled, 1, 2)]).await;
        assert!(matches!(too_much, Err(ledger::Error::InsufficientCredits { short_by, .. }) if short_by == Credits::parse("0.01").unwrap()));
        journal.commit().await.unwrap();

        let balances = async || {
            let mut balances: Vec<(String, String)> = person.all("/v1/accounts").await.iter().map(|account| (account["kind"].as_str().unwrap().to_owned(), account["balance"].as_str().unwrap().to_owned())).collect();
            balances.sort();
            balances
        };
        let are = |payable: &str, settled: &str| vec![("payable".to_owned(), payable.to_owned()), ("settled".to_owned(), settled.to_owned())];
        assert_eq!(balances().await, are("14.50", "45.50"));
        let trial = hub.manager().get("/v1/ledger/trial-balance").await.ok();
        let line = trial["lines"].as_array().unwrap().iter().find(|line| line["kind"] == "settled").unwrap();
        assert_eq!((&line["credit"], &line["year"], &trial["debit"]), (&json!("45.50"), &Value::Null, &json!("60.00")));
        let export = hub.manager().get("/v1/ledger/export?format=hledger").await.text();
        let (payable, settled) = (format!("liabilities:payable:Language Line {partner}  45.50 HC"), format!("assets:settled:Language Line {partner}  -45.50 HC"));
        assert!(export.contains(&payable) && export.contains(&settled) && export.contains("partner_settled: BACS 4711"), "{export}");

        mirror(&hub, posted[1]).await.unwrap();
        assert_eq!(balances().await, are("60.00", "0.00"));
    }
}
