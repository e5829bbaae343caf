//! `/v1/accounts`, `/v1/transactions`, `/v1/ledger`: balances, statements, the trial balance, the export.

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;
use hub_credits::base::ids::{HubId, PartnerId};
use hub_credits::ledger::{self, AccountName, Journal};
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{EventPlan, TestHub, World, hledger, hundredths, nobody};

/// The hub's one issuance account.
async fn issuance(hub: &TestHub) -> Value {
    hub.manager().all("/v1/accounts?kind=issuance").await.remove(0)
}

fn path(account: &Value) -> String {
    format!("/v1/accounts/{}", account["id"].as_str().unwrap())
}

both_engines!(
    accounts_are_found_by_what_they_stand_for,
    a_balance_is_answered_for_any_instant,
    a_statement_runs_from_the_first_entry_to_the_balance,
    a_statement_says_what_each_booking_was_for,
    transactions_balance_and_link_to_what_they_came_from,
    each_role_sees_its_own_accounts,
    a_partner_sees_what_it_is_owed_and_nothing_else,
    an_account_that_is_asked_for_twice_is_opened_once,
    an_empty_ledger_is_well_and_exports,
    hledger_reaches_the_same_balances
);

async fn accounts_are_found_by_what_they_stand_for(hub: TestHub) {
    let schools = hub.london_west().await;
    hub.open_year("2027/28").await;
    hub.allocate(json!({ "pool": "500" })).await;
    hub.allocate(json!({ "pool": "700", "year": "2027/28" })).await;
    let count = async |query: &str| hub.manager().all(&format!("/v1/accounts?{query}")).await.len();
    assert_eq!(count("limit=7").await, 44);
    assert_eq!(count("kind=wallet&limit=200").await, 42);
    assert_eq!(count("year=2027-28&limit=200").await, 22);
    assert_eq!(count(&format!("school_id={}", schools[0].id)).await, 2);
    assert_eq!(count(&format!("school_id={}&year=2026-27&kind=wallet", schools[0].id)).await, 1);
    assert_eq!(count(&format!("event_id={}", nobody())).await, 0);
    assert_eq!(count(&format!("partner_id={}", nobody())).await, 0);
    hub.manager().get("/v1/accounts?kind=purse").await.invalid(&[("kind", "invalid")]);
    hub.manager().get("/v1/accounts?colour=red").await.invalid(&[("colour", "unknown_field")]);
    let table = hub.manager().get("/v1/accounts?kind=issuance").as_csv().await.sheet();
    assert!(
        table.starts_with("id,code,kind,normal_side,year,wallet,")
            && table.contains(",issuance:2027/28,issuance,debit,2027/28,"),
        "{table}"
    );
}

async fn a_balance_is_answered_for_any_instant(hub: TestHub) {
    let schools = hub.london_west().await;
    let start = hub.world.clock.now();
    hub.allocate(json!({ "pool": "500" })).await;
    hub.world.pass(TimeDelta::days(1));
    hub.allocate(json!({ "pool": "700" })).await;
    // Two transactions at one instant: the later of them counts.
    hub.allocate(json!({ "pool": "900" })).await;
    hub.world.pass(TimeDelta::days(1));
    let account = issuance(&hub).await;
    let at = async |offset: TimeDelta| -> (Value, Value, Value) {
        let instant = (start + offset).to_rfc3339().replace('+', "%2B");
        let balance = hub.manager().get(&format!("{}?as_of={instant}", path(&account))).await.ok()["balance"].clone();
        let trial = hub.manager().get(&format!("/v1/ledger/trial-balance?as_of={instant}")).await.ok();
        assert_eq!(trial["debit"], trial["credit"]);
        let wallets =
            trial["lines"].as_array().unwrap().iter().find(|line| line["kind"] == "wallet").unwrap()["credit"].clone();
        (balance, trial["debit"].clone(), wallets)
    };
    let all = |credits: &str| (json!(credits), json!(credits), json!(credits));
    assert_eq!(at(-TimeDelta::microseconds(1)).await, all("0.00"));
    assert_eq!(at(TimeDelta::zero()).await, all("500.00"));
    assert_eq!(at(TimeDelta::days(1) - TimeDelta::microseconds(1)).await, all("500.00"));
    assert_eq!(at(TimeDelta::days(1)).await, all("2100.00"));
    assert_eq!(at(TimeDelta::days(2)).await, all("2100.00"));
    assert_eq!(hub.manager().get(&path(&account)).await.ok()["balance"], "2100.00");
    assert_eq!(hub.manager().get("/v1/ledger/trial-balance").await.ok()["debit"], "2100.00");
    hub.manager().get(&format!("{}?as_of=yesterday", path(&account))).await.invalid(&[("as_of", "invalid")]);
    assert!(hundredths(&json!(hub.balance(&schools[0]).await)) > 0);
}

async fn a_statement_runs_from_the_first_entry_to_the_balance(hub: TestHub) {
    hub.london_west().await;
    for pool in ["500", "700", "900"] {
        hub.allocate(json!({ "pool": pool })).await;
        hub.world.pass(TimeDelta::hours(1));
    }
    for account in hub.manager().all("/v1/accounts?limit=200").await {
        let entries = hub.manager().all(&format!("{}/entries?limit=2", path(&account))).await;
        assert_eq!(entries.len(), 3);
        let mut balance = 0;
        for (position, entry) in (1..).zip(&entries) {
            assert_eq!((&entry["position"], &entry["sequence"]), (&json!(position), &json!(position)));
            assert_eq!(entry["side"], account["normal_side"]);
            assert_eq!(entry["what_for"], "Allocation for 2026/27");
            balance += hundredths(&entry["amount"]);
            assert_eq!(hundredths(&entry["balance_after"]), balance);
        }
        assert_eq!(hundredths(&account["balance"]), balance);
    }
    let table = hub.manager().get(&format!("{}/entries", path(&issuance(&hub).await))).as_csv().await.sheet();
    assert_eq!(table.lines().count(), 4);
    assert!(table.lines().nth(3).unwrap().ends_with(",debit,900.00,2100.00"), "{table}");
}

async fn a_statement_says_what_each_booking_was_for(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(EventPlan::of(2, "30")).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    lead.act(&booking, "cancel").await.ok();
    let of = |name: &str| booking[name].as_str().unwrap().to_owned();
    let words = format!("{}: {}", of("event_title"), of("person_name"));
    let wallet = &lead.all("/v1/accounts?kind=wallet").await[0];
    let lines = lead.all(&format!("{}/entries", path(wallet))).await;
    let booked: Vec<&Value> = lines.iter().filter(|line| line["source_kind"] == "booking").collect();
    assert_eq!(booked.len(), 2);
    assert!(booked.iter().all(|line| line["what_for"] == words.as_str()), "{booked:?}");
    let table = lead.get(&format!("{}/entries", path(wallet))).as_csv().await.sheet();
    assert!(table.lines().nth(2).unwrap().contains(&words), "{table}");
}

async fn transactions_balance_and_link_to_what_they_came_from(hub: TestHub) {
    hub.london_west().await;
    let first = hub.allocate(json!({ "pool": "500" })).await;
    hub.allocate(json!({ "pool": "700" })).await;
    let all = hub.manager().all("/v1/transactions?limit=1").await;
    assert_eq!(all.iter().map(|one| one["sequence"].as_i64().unwrap()).collect::<Vec<_>>(), [1, 2]);
    let of = hub.manager().all(&format!("/v1/transactions?source_id={}", first["id"].as_str().unwrap())).await;
    assert_eq!((of.len(), &of[0]["id"], &of[0]["actor_id"]), (1, &first["transaction_id"], &json!(hub.manager().id())));
    for one in &all {
        let whole = hub.manager().get(&format!("/v1/transactions/{}", one["id"].as_str().unwrap())).await.ok();
        assert_eq!(&whole["hash"], &one["hash"]);
        let sum = |side: &str| {
            whole["entries"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|entry| entry["side"] == side)
                .map(|entry| hundredths(&entry["amount"]))
                .sum::<i64>()
        };
        assert_eq!((sum("debit") > 0, sum("debit")), (true, sum("credit")));
    }
    let head = hub.manager().get("/v1/ledger/head").await.ok();
    assert_eq!((&head["sequence"], &head["hash"]), (&json!(2), &all[1]["hash"]));
    assert_eq!(hub.verified().await["head"], head["hash"]);
    hub.manager().get(&format!("/v1/transactions/{}", nobody())).await.refused(404, "not_found");
    hub.manager().get("/v1/transactions/1").await.refused(404, "not_found");
}

async fn each_role_sees_its_own_accounts(world: World) {
    let (hub, other) = (world.hub("West London").await, world.hub("East London").await);
    let schools = hub.london_west().await;
    let approved = hub.allocate(json!({ "pool": "500" })).await;
    let (lead, teacher, viewer) = (hub.lead(&schools[0]).await, hub.teacher(&schools[0]).await, hub.viewer().await);
    let own = lead.all("/v1/accounts").await;
    assert_eq!((own.len(), &own[0]["school_id"]), (1, &json!(schools[0].id)));
    let others = hub.manager().all(&format!("/v1/accounts?school_id={}", schools[1].id)).await.remove(0);
    let issuance = issuance(&hub).await;
    lead.get(&path(&own[0])).await.ok();
    assert_eq!(lead.all(&format!("{}/entries", path(&own[0]))).await.len(), 1);
    assert!(lead.all(&format!("/v1/accounts?school_id={}", schools[1].id)).await.is_empty());
    for account in [&others, &issuance] {
        for caller in [&lead, &other.manager()] {
            caller.get(&path(account)).await.refused(404, "not_found");
            caller.get(&format!("{}/entries", path(account))).await.refused(404, "not_found");
        }
        viewer.get(&path(account)).await.ok();
        teacher.get(&path(account)).await.refused(403, "forbidden");
    }
    let transaction = format!("/v1/transactions/{}", approved["transaction_id"].as_str().unwrap());
    for path in [
        "/v1/transactions",
        &transaction,
        "/v1/ledger/head",
        "/v1/ledger/trial-balance",
        "/v1/ledger/verification",
        "/v1/ledger/export?format=hledger",
    ] {
        for caller in [&lead, &teacher] {
            caller.get(path).await.refused(403, "forbidden");
        }
        assert_eq!(viewer.get(path).await.status, 200);
        world.stranger().get(path).await.refused(401, "unauthorized");
    }
    other.manager().get(&transaction).await.refused(404, "not_found");
    assert!(other.manager().all("/v1/accounts").await.is_empty());
    assert!(other.manager().all("/v1/transactions").await.is_empty());
    assert_eq!(other.manager().get("/v1/ledger/trial-balance").await.ok()["lines"], json!([]));
}

async fn a_partner_sees_what_it_is_owed_and_nothing_else(hub: TestHub) {
    let (partner, person) = hub.partner("Language Line").await;
    let (other, _) = hub.partner("Leading Well").await;
    hub.london_west().await;
    hub.allocate(json!({ "pool": "500" })).await;
    let id = HubId(hub.id.parse().unwrap());
    let mut journal =
        Journal::open(hub.world.db().write_everywhere().await.unwrap(), id, None, hub.world.clock.now()).await.unwrap();
    let names = [&partner, &other].map(|partner| AccountName::Payable(PartnerId(partner.parse().unwrap())));
    let accounts = ledger::open_accounts(&mut journal, &names).await.unwrap();
    journal.commit().await.unwrap();
    let seen = person.all("/v1/accounts").await;
    assert_eq!((seen.len(), &seen[0]["id"], &seen[0]["kind"]), (1, &json!(accounts[0].to_string()), &json!("payable")));
    person.get(&path(&seen[0])).await.ok();
    assert!(person.all(&format!("{}/entries", path(&seen[0]))).await.is_empty());
    assert!(person.all(&format!("/v1/accounts?partner_id={other}")).await.is_empty());
    person.get(&format!("/v1/accounts/{}", accounts[1])).await.refused(404, "not_found");
    person.get(&path(&issuance(&hub).await)).await.refused(404, "not_found");
    for path in [
        "/v1/transactions",
        "/v1/ledger/head",
        "/v1/ledger/trial-balance",
        "/v1/ledger/export?format=hledger",
        "/v1/allocations",
    ] {
        person.get(path).await.refused(403, "forbidden");
    }
}

async fn an_account_that_is_asked_for_twice_is_opened_once(hub: TestHub) {
    let (partner, _) = hub.partner("Language Line").await;
    let id = HubId(hub.id.parse().unwrap());
    let mut journal =
        Journal::open(hub.world.db().write_everywhere().await.unwrap(), id, None, hub.world.clock.now()).await.unwrap();
    let [owed, paid] = [AccountName::Payable, AccountName::Settled].map(|of| of(PartnerId(partner.parse().unwrap())));
    let [first, other, again] = ledger::open_each(&mut journal, [owed, paid, owed]).await.unwrap();
    journal.commit().await.unwrap();
    assert!(first == again && first != other);
    assert_eq!(hub.manager().all("/v1/accounts").await.len(), 2);
    hub.verified().await;
}

async fn an_empty_ledger_is_well_and_exports(hub: TestHub) {
    let found = hub.verified().await;
    assert_eq!((&found["transactions"], &found["entries"], &found["accounts"]), (&json!(0), &json!(0), &json!(0)));
    let export = hub.manager().get("/v1/ledger/export?format=hledger").await;
    assert_eq!((export.status, export.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    assert!(hledger(&export.text(), &["check"]).is_none_or(|said| said == Ok(String::new())));
}

async fn hledger_reaches_the_same_balances(hub: TestHub) {
    // Names that mean something to hledger, two of them the same but for what it can't take.
    hub.open_year("2026/27").await;
    hub.import("urn,name,pupils\n100001,\"St Mary's; (C of E), Acton\",333\n100002,A: B | C * D =1,334\n100003,A  B C D 1,1\n100004,Ysgol Gymraeg Llundain – £,77\n").await;
    hub.allocate(json!({ "pool": "999.99", "step": "0.01" })).await;
    hub.world.pass(TimeDelta::days(40));
    hub.allocate(json!({ "pool": "0.07", "step": "0.01" })).await;
    let schools = hub.manager().all("/v1/schools").await;
    let first = schools.iter().find(|school| school["urn"] == "100001").unwrap();
    let school = crate::support::School {
        id: first["id"].as_str().unwrap().to_owned(),
        name: String::new(),
        urn: String::new(),
    };
    let event = hub.event(EventPlan { price: "33.33", ..EventPlan::default() }).await;
    hub.lead(&school).await.book(&event).await.created();
    hub.verified().await;

    let export = hub.manager().get("/v1/ledger/export?format=hledger").await.text();
    let Some(said) = hledger(&export, &["check"]) else { return };
    assert_eq!(said, Ok(String::new()));
    let table = hledger(&export, &["balance", "--flat", "--empty", "--output-format=csv"]).unwrap().unwrap();
    let mut balances: BTreeMap<String, i64> = BTreeMap::new();
    for row in csv::Reader::from_reader(table.as_bytes()).records() {
        let row = row.unwrap();
        let amount = row[1].trim_end_matches(" HC").replace(',', "");
        let amount = if amount == "0" { "0.00".to_owned() } else { amount };
        balances.insert(row[0].to_owned(), hundredths(&json!(amount)));
    }
    assert_eq!(balances.remove("Total:").or(balances.remove("total")), Some(0), "{table}");
    let accounts = hub.manager().all("/v1/accounts?limit=200").await;
    assert_eq!(balances.len(), accounts.len(), "{table}");
    let urns: HashMap<&str, &str> =
        schools.iter().map(|school| (school["id"].as_str().unwrap(), school["urn"].as_str().unwrap())).collect();
    for account in &accounts {
        let owner = account["school_id"].as_str().map(|id| urns[id]).or(account["event_id"].as_str());
        let kind = account["kind"].as_str().unwrap();
        let mut found = balances
            .iter()
            .filter(|(name, _)| name.split(':').nth(1) == Some(kind) && owner.is_none_or(|owner| name.contains(owner)));
        let (_, found_balance) = found.next().unwrap_or_else(|| panic!("no {account} in {table}"));
        assert!(found.next().is_none(), "two of {account} in {table}");
        let side = if account["normal_side"] == "debit" { 1 } else { -1 };
        assert_eq!(*found_balance, side * hundredths(&account["balance"]), "{account}");
    }
}
