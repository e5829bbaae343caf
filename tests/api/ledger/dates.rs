//! The two dates of the ledger: balances as they were recorded, and as they are effective on a day.

use chrono::{DateTime, NaiveDate, TimeDelta};
use hub_credits::base::ids::HubId;
use hub_credits::ledger::{self, Journal, Moment};
use hub_credits::members::years;
use serde_json::json;
use uuid::Uuid;

use crate::both_engines;
use crate::support::{TestHub, marks};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

impl TestHub {
    async fn open_journal(&self) -> Journal {
        let hub = HubId(self.id.parse().unwrap());
        Journal::open_marked(
            self.world.db().write_everywhere().await.unwrap(),
            &marks(),
            hub,
            None,
            self.world.clock.now(),
        )
        .await
        .unwrap()
    }

    /// Corrects the year's subsidy account by so many credits, dated that day.
    async fn dated(&self, amount: &str, asked: &str) {
        let correction = json!({
            "account": "subsidy", "year": "2026/27", "side": "debit", "amount": amount, "effective_on": asked,
            "reason": "Counted twice",
        });
        self.manager().post("/v1/adjustments", correction).await.created();
    }

    /// What `query` says of the account of the subsidy, and of the whole ledger's.
    async fn asked(&self, query: &str) -> String {
        let subsidy = self.manager().all("/v1/accounts?kind=subsidy").await.remove(0);
        let path = format!("/v1/accounts/{}?{query}", subsidy["id"].as_str().unwrap());
        let balance = self.manager().get(&path).await.ok()["balance"].clone();
        let trial = self.manager().get(&format!("/v1/ledger/trial-balance?{query}")).await.ok();
        let line = trial["lines"].as_array().unwrap().iter().find(|line| line["kind"] == "subsidy").unwrap();
        assert_eq!((&line["debit"], &trial["debit"]), (&balance, &trial["credit"]), "{trial}");
        balance.as_str().unwrap().to_owned()
    }
}

both_engines!(
    a_balance_is_answered_by_either_date_and_by_both,
    the_future_is_not_known,
    nothing_is_dated_after_today_or_into_a_year_that_is_not_open,
    what_is_dated_back_is_listed_and_nothing_else,
    an_instant_lies_between_the_transactions_before_it_and_those_after_it
);

async fn a_balance_is_answered_by_either_date_and_by_both(hub: TestHub) {
    hub.year("2026/27").await;
    hub.dated("1", "2026-10-05").await;
    // 20 October, 23:30 in London: still the 20th.
    hub.world.at("2026-10-20T22:30:00Z");
    hub.dated("10", "2026-10-20").await;
    hub.world.at("2026-11-02T09:00:00Z");
    hub.dated("100", "2026-10-06").await;
    hub.dated("1000", "2026-11-02").await;
    for (query, balance) in [
        ("effective_on=2026-10-04", "0.00"),
        ("effective_on=2026-10-05", "1.00"),
        ("effective_on=2026-10-06", "101.00"),
        ("effective_on=2026-10-19", "101.00"),
        ("effective_on=2026-10-20", "111.00"),
        ("effective_on=2026-11-02", "1111.00"),
        ("", "1111.00"),
        ("as_of=2026-10-20T22:29:59Z", "1.00"),
        ("as_of=2026-10-20T22:30:00Z", "11.00"),
        ("as_of=2026-11-02T08:59:59Z", "11.00"),
        // Of what was known then, what is effective on the day.
        ("effective_on=2026-10-06&as_of=2026-10-31T00:00:00Z", "1.00"),
        ("effective_on=2026-10-31&as_of=2026-10-31T00:00:00Z", "11.00"),
        ("effective_on=2026-10-06&as_of=2026-11-02T09:00:00Z", "101.00"),
        ("effective_on=2026-10-20&as_of=2026-10-01T00:00:00Z", "0.00"),
    ] {
        assert_eq!(hub.asked(query).await, balance, "{query}");
    }
    hub.verified().await;
}

async fn the_future_is_not_known(hub: TestHub) {
    hub.year("2026/27").await;
    hub.dated("1", "2026-10-05").await;
    let subsidy = hub.manager().all("/v1/accounts?kind=subsidy").await.remove(0);
    for path in [format!("/v1/accounts/{}", subsidy["id"].as_str().unwrap()), "/v1/ledger/trial-balance".to_owned()] {
        hub.manager().get(&format!("{path}?as_of=2026-10-05T09:00:01Z")).await.invalid(&[("as_of", "in_future")]);
        hub.manager().get(&format!("{path}?effective_on=2026-10-06")).await.invalid(&[("effective_on", "in_future")]);
        hub.manager().get(&format!("{path}?effective_on=yesterday")).await.invalid(&[("effective_on", "invalid")]);
        // The day begins in London an hour before it does in UTC.
        hub.world.at("2026-10-05T23:00:00Z");
        hub.manager().get(&format!("{path}?effective_on=2026-10-06")).await.ok();
        hub.world.at("2026-10-05T09:00:00Z");
    }
}

async fn nothing_is_dated_after_today_or_into_a_year_that_is_not_open(hub: TestHub) {
    for year in ["2026/27", "2027/28"] {
        hub.year(year).await;
    }
    hub.world.at("2027-09-10T09:00:00Z");
    hub.manager().post("/v1/years/2026-27/close", json!({ "carry": "all" })).await.created();
    let mut journal = hub.open_journal().await;
    for (asked, found) in [
        (None, Ok("2027-09-10")),
        (Some("2027-09-10"), Ok("2027-09-10")),
        (Some("2027-09-01"), Ok("2027-09-01")),
        (Some("2027-08-31"), Err("the year 2026/27 is closed")),
        (Some("1999-12-31"), Err("the year 2000/01 has not been opened: the hub manager opens it first")),
        (Some("2027-09-11"), Err("is after today, 2027-09-10")),
    ] {
        let dated = years::business_date(&mut journal, asked.map(day)).await.map_err(|error| error.to_string());
        assert_eq!(dated, found.map(day).map_err(str::to_owned), "{asked:?}");
    }
    journal.commit().await.unwrap();
    // Today is today, whichever year it is in.
    hub.world.pass(TimeDelta::days(400));
    let mut journal = hub.open_journal().await;
    assert_eq!(years::business_date(&mut journal, None).await.unwrap(), day("2028-10-14"));
    drop(journal);
}

async fn what_is_dated_back_is_listed_and_nothing_else(hub: TestHub) {
    hub.year("2026/27").await;
    hub.world.pass(TimeDelta::days(30));
    hub.dated("1", "2026-10-05").await;
    hub.verified().await;
    let id: Uuid = hub.id.parse().unwrap();
    for (sql, what) in [
        (
            "UPDATE backdated_entries SET effective_on = '2026-10-04' WHERE hub_id = $1",
            "an entry is listed as dated back and is not",
        ),
        ("DELETE FROM backdated_entries WHERE hub_id = $1", "entries that are dated back are not listed as such"),
    ] {
        let mut tx = hub.world.db().write_everywhere().await.unwrap();
        tx.query(sql).bind(id).run().await.unwrap().any();
        tx.commit().await.unwrap();
        let found = hub.manager().get("/v1/ledger/verification").await.ok();
        assert_eq!(found["difference"]["what"], what, "{found}");
    }
}

async fn an_instant_lies_between_the_transactions_before_it_and_those_after_it(hub: TestHub) {
    hub.year("2026/27").await;
    let start = hub.world.clock.now();
    for microseconds in [1_000_000, 1_000_300, 1_000_900, 1_001_000, 1_001_001, 6_000_000, 6_000_000, 60_000_000] {
        hub.world.clock.set(start + TimeDelta::microseconds(microseconds));
        for _ in 0..3 {
            hub.dated("1", "2026-10-05").await;
        }
    }
    let mut tx = hub.world.db().read_everywhere().await.unwrap();
    let id = HubId(hub.id.parse().unwrap());
    let posted = ledger::transactions(&mut tx, id, None, 0, 100).await.unwrap();
    assert_eq!(posted.len(), 24);
    let times = posted.iter().map(|transaction| transaction.recorded_at);
    for time in times.clone().chain([
        start,
        start + TimeDelta::days(1),
        DateTime::UNIX_EPOCH,
        start + TimeDelta::weeks(52 * 5_000),
    ]) {
        for microseconds in [-1000, -1, 0, 1, 999, 1000] {
            let instant = time + TimeDelta::microseconds(microseconds);
            let by_then = times.clone().filter(|time| *time <= instant).count();
            let found = ledger::sequence_at(&mut tx, id, Moment::At(instant)).await.unwrap();
            assert_eq!(found, i64::try_from(by_then).unwrap(), "{instant:?}");
        }
    }
}
