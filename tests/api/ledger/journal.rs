//! The exported journal: the same bytes each time in every format, and independent programs reach the same balances.

use chrono::TimeDelta;
use hub_credits::base::ids::TransactionId;
use hub_credits::ledger::{self, TransactionKind};
use serde_json::json;

use crate::both_engines;
use crate::support::{EventPlan, School, TestHub, bean_check, hledger, hundredths, new_adjustment};

/// A hub that has seen an allocation, bookings, tickets of cancellation, words about a person, and a reversal, with
/// names that mean something to every program.
pub(super) async fn lived_in(hub: &TestHub) {
    hub.open_year("2026/27").await;
    hub.import(
        "urn,name,pupils\n100001,\"St Mary's; (C of E), Acton\",333\n100002,A: B | C * D =1,334\n100003,A  B C D 1,1\n\
         100004,Ysgol Gymraeg Llundain – £,77\n100005,\"=HYPERLINK(\"\"x\"\") \\ \",5\n100006,    !open 2020-01-01,6\n",
    )
    .await;
    hub.allocate(json!({ "pool": "999.99", "step": "0.01" })).await;
    hub.world.pass(TimeDelta::days(3));
    let schools = hub.manager().all("/v1/schools?limit=200").await;
    let school = |urn: &str| {
        let found = schools.iter().find(|school| school["urn"] == urn).unwrap();
        School { id: found["id"].as_str().unwrap().to_owned(), name: String::new(), urn: urn.to_owned() }
    };
    let lead = hub.lead(&school("100001")).await;
    let event = hub.event(EventPlan { price: "33.33", ..EventPlan::default() }).await;
    let titled = hub.manager().get(&format!("/v1/events/{event}")).await;
    let title = json!({ "title": "\"Quoted\" \\ ; (tea) * 2020-01-01 open Assets:X" });
    hub.manager().patch(&format!("/v1/events/{event}"), &titled.etag(), title).await.ok();
    let booking = lead.book(&event).await.created();
    hub.lead(&school("100004")).await.book(&event).await.created();
    hub.world.pass(TimeDelta::days(40));
    lead.act(&booking, "cancel").await.ok();
    for (amount, reason) in [("3", "=cmd(\"x\"); \\ illness"), ("1.50", "zwei Wörter")] {
        let waiver = json!({ "reason": reason, "amount": amount });
        hub.manager().post(&format!("/v1/bookings/{}/waive", booking["id"].as_str().unwrap()), waiver).await.ok();
    }
    hub.fund(&school("100003"), "7").await;
    let last = hub.manager().all("/v1/transactions").await.pop().unwrap()["id"].as_str().unwrap().parse().unwrap();
    let mut journal = hub.journal().await;
    ledger::reverse(&mut journal, TransactionId(last), TransactionKind::Reversed, "posted by mistake;\n (x) | \"y\"")
        .await
        .unwrap();
    journal.commit().await.unwrap();
    hub.verified().await;
}

pub(super) async fn exported(hub: &TestHub, format: &str) -> String {
    let reply = hub.manager().get(&format!("/v1/ledger/export?format={format}")).await;
    assert_eq!(reply.status, 200);
    reply.text()
}

both_engines!(
    every_format_is_exported_and_the_same_bytes_each_time,
    beancount_and_hledger_reach_the_same_balances,
    days_out_of_order_are_asserted_at_the_end_only,
    the_table_has_a_row_for_each_entry
);

async fn every_format_is_exported_and_the_same_bytes_each_time(hub: TestHub) {
    lived_in(&hub).await;
    for (format, content_type) in [
        ("hledger", "text/plain; charset=utf-8"),
        ("beancount", "text/plain; charset=utf-8"),
        ("csv", "text/csv; charset=utf-8"),
        ("jsonl", "application/jsonl"),
    ] {
        let reply = hub.manager().get(&format!("/v1/ledger/export?format={format}")).await;
        assert_eq!((reply.status, reply.header("content-type")), (200, Some(content_type)));
        assert_eq!(
            reply.header("content-disposition"),
            Some(format!("attachment; filename=\"journal.{format}\"").as_str())
        );
        assert_eq!(reply.text(), exported(&hub, format).await);
    }
    hub.manager().get("/v1/ledger/export?format=ledger").await.invalid(&[("format", "invalid")]);
    hub.manager().get("/v1/ledger/export").await.invalid(&[("format", "missing")]);
}

async fn beancount_and_hledger_reach_the_same_balances(hub: TestHub) {
    lived_in(&hub).await;
    let (beancount, plain) = (exported(&hub, "beancount").await, exported(&hub, "hledger").await);
    let accounts = hub.manager().all("/v1/accounts?limit=200").await;
    assert_eq!(beancount.matches(" balance ").count(), accounts.len());
    assert_eq!(
        ["Assets", "Equity", "Liabilities"]
            .iter()
            .map(|kind| beancount.matches(&format!(" open {kind}:")).count())
            .sum::<usize>(),
        accounts.len(),
        "{beancount}"
    );
    assert!(plain.matches(" HC = ").count() > 2 * accounts.len(), "each posting, and each account at the end");
    if let Some(said) = bean_check(&beancount) {
        assert_eq!(said, Ok(String::new()), "{beancount}");
        // The assertions bite.
        let balance = beancount.lines().rfind(|line| line.contains(" balance ") && !line.contains("  0.00")).unwrap();
        let wrong = beancount.replace(balance, &balance.replace(" ~ 0.00 HC", "1 ~ 0.00 HC"));
        assert!(bean_check(&wrong).unwrap().unwrap_err().contains("Balance failed"), "{balance}");
    }
    if let Some(said) = hledger(&plain, &["check"]) {
        assert_eq!(said, Ok(String::new()), "{plain}");
        let balance = plain.lines().rfind(|line| line.contains("  0.00 HC = ") && !line.ends_with(" 0.00 HC")).unwrap();
        let wrong = plain.replace(balance, &balance.replace(" HC = ", " HC = 1"));
        assert!(hledger(&wrong, &["check"]).unwrap().is_err(), "{balance}");
    }
}

async fn days_out_of_order_are_asserted_at_the_end_only(hub: TestHub) {
    let (school, ..) = hub.funded_school("Lampton Academy", "100").await;
    let earlier = new_adjustment(&school, "credit", "2.50", json!({ "effective_on": "2026-09-01" }));
    hub.manager().post("/v1/adjustments", earlier).await.created();
    let (beancount, plain) = (exported(&hub, "beancount").await, exported(&hub, "hledger").await);
    assert_eq!(plain.matches(" HC = ").count(), 3, "{plain}");
    assert!(beancount.contains("2026-09-01 open ") && beancount.contains("2026-10-06 balance "), "{beancount}");
    assert!(bean_check(&beancount).is_none_or(|said| said == Ok(String::new())));
    assert!(hledger(&plain, &["check"]).is_none_or(|said| said == Ok(String::new())));
}

async fn the_table_has_a_row_for_each_entry(hub: TestHub) {
    lived_in(&hub).await;
    let table = exported(&hub, "csv").await;
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    assert_eq!(
        reader.headers().unwrap().iter().collect::<Vec<_>>().join(","),
        "sequence,ordinal,transaction_id,kind,effective_on,recorded_at,actor_id,source_kind,source_id,memo,reverses,account_id,account,account_name,position,side,amount,balance_after"
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(json!(rows.len()), hub.verified().await["entries"]);
    for row in &rows {
        assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{row:?}");
    }
    assert!(
        table.contains("\"'=cmd(\"\"x\"\"); \\ illness\"")
            && table.contains("\"posted by mistake;\n (x) | \"\"y\"\"\""),
        "{table}"
    );
    assert!(table.contains("wallet 2026/27 allocated 100002 A: B | C * D =1"), "{table}");
    let sum =
        |side: &str| rows.iter().filter(|row| &row[15] == side).map(|row| hundredths(&json!(row[16]))).sum::<i64>();
    assert_eq!((sum("debit") > 0, sum("debit")), (true, sum("credit")));
}
