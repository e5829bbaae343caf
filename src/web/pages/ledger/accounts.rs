//! The accounts of the hub, and the statement of each.

use askama::Template;

use super::Tabs;
use super::words::Owners;
use crate::base::clock::london_date;
use crate::base::ids::{AccountId, SchoolId};
use crate::base::text::Day;
use crate::base::year::AcademicYear;
use crate::ledger::{self, Account, AccountFilter, AccountKind, Moment, Side};
use crate::members::years;
use crate::reports::{self, StatementLine};
use crate::web::call::Call;
use crate::web::pages::form::Filled;
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, next_page};
use crate::web::roles::HUB;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/ledger/accounts", HUB, list);
    pages.get("/ledger/accounts/{id}", HUB, show);
}

/// Which accounts are looked for, as it stands in the address.
#[derive(Default, eserde::Deserialize)]
struct Query {
    kind: Option<AccountKind>,
    school_id: Option<SchoolId>,
    year: Option<AcademicYear>,
    after: Option<String>,
}

/// An account in the list.
struct Row {
    path: String,
    name: String,
    kind: &'static str,
    year: String,
    balance: String,
}

#[derive(Template)]
#[template(path = "pages/ledger/accounts.html")]
struct Accounts {
    shell: Shell,
    tabs: Tabs,
    filled: Filled,
    kinds: Vec<(&'static str, &'static str)>,
    years: Vec<String>,
    rows: Vec<Row>,
    query: String,
    next: Option<String>,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { kind, school_id, year, after } = asked_for(&caller)?;
    let (after, limit, hub) = (place_after::<AccountId>(&caller, after.as_deref()), Limit::default(), caller.hub());
    let mut tx = caller.read().await?;
    let filter = AccountFilter { kind, school: school_id, year, ..AccountFilter::default() };
    let mut accounts = ledger::accounts(&mut tx, hub, filter, after, limit.and_one()).await?;
    let next = next_page(&mut accounts, limit, caller.uri(), |last| last.id);
    let owners = Owners::of(&mut tx, hub, accounts.iter().map(|account| account.code.as_str())).await?;
    let years = years::list(&mut tx, hub, None, 200).await?.into_iter().map(|year| year.year.as_str()).collect();
    drop(tx);
    let mut asked = url::form_urlencoded::Serializer::new(String::new());
    asked.extend_pairs(kind.map(|kind| ("kind", kind.as_str())));
    asked.extend_pairs(school_id.map(|school| ("school_id", school.to_string())));
    asked.extend_pairs(year.map(|year| ("year", year.as_str())));
    let filled = Filled::with([
        ("kind", kind.map_or("", AccountKind::as_str).to_owned()),
        ("school_id", school_id.map_or_else(String::new, |school| school.to_string())),
        ("year", year.map_or_else(String::new, AcademicYear::as_str)),
    ]);
    let rows = accounts.into_iter().map(|account| Row::of(&account, &owners)).collect();
    let shell = Shell::of(&caller, "Accounts", "/ledger").await?;
    let (tabs, kinds, query) = (Tabs("/ledger/accounts"), options::<AccountKind>(), asked.finish());
    page(&caller, &Accounts { shell, tabs, filled, kinds, years, rows, query, next }).await
}

impl Row {
    fn of(account: &Account, owners: &Owners) -> Row {
        Row {
            path: format!("/ledger/accounts/{}", account.id),
            name: owners.account(&account.code),
            kind: account.kind.label(),
            year: account.year.map_or_else(String::new, AcademicYear::as_str),
            balance: words::amount(account.balance),
        }
    }
}

/// Which page of a statement, and on which day the balance is asked for.
#[derive(Default, eserde::Deserialize)]
struct StatementQuery {
    on: Option<Day>,
    after: Option<String>,
}

/// A line of the statement.
struct Line {
    path: String,
    number: i64,
    day: String,
    kind: &'static str,
    what_for: String,
    memo: Option<String>,
    debit: String,
    credit: String,
    balance: String,
}

#[derive(Template)]
#[template(path = "pages/ledger/account.html")]
struct Statement {
    shell: Shell,
    filled: Filled,
    id: AccountId,
    name: String,
    kind: &'static str,
    side: &'static str,
    balance: String,
    on: Option<(String, String)>,
    lines: Vec<Line>,
    first: bool,
    next: Option<String>,
    /// The query of its files.
    files: String,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let StatementQuery { on, after } = asked_for(&caller)?;
    let (after, limit, hub) = (place_after::<i64>(&caller, after.as_deref()), Limit::default(), caller.hub());
    let mut tx = caller.read().await?;
    let account = ledger::account(&mut tx, hub, caller.id("id")?).await?.ok_or_else(Problem::not_found)?;
    let id = account.id;
    let day = on.map(|Day(day)| day);
    if day.is_some_and(|day| day > london_date(caller.now())) {
        return Err(Problem::field("on", "in_future", "the balance of a day to come is not known yet"));
    }
    let on = match day {
        Some(day) => {
            let balance = ledger::account_balance_on(&mut tx, hub, id, day, Moment::Now).await?;
            Some((words::day(day), words::credits(balance)))
        }
        None => None,
    };
    let mut lines = reports::statement(&mut tx, hub, id, day, after.unwrap_or(0), limit.and_one()).await?;
    let next = next_page(&mut lines, limit, caller.uri(), |last| last.entry.sequence);
    let owners = Owners::of(&mut tx, hub, std::iter::once(account.code.as_str())).await?;
    drop(tx);
    let name = owners.account(&account.code);
    let shell = Shell::of(&caller, name.clone(), "/ledger").await?;
    let side = match account.normal_side {
        Side::Debit => "Debits raise it, credits lower it.",
        Side::Credit => "Credits raise it, debits lower it.",
    };
    let statement = Statement {
        shell,
        filled: Filled::with([("on", day.map_or_else(String::new, |day| day.to_string()))]),
        id,
        name,
        kind: account.kind.label(),
        side,
        balance: words::credits(account.balance),
        on,
        lines: lines.into_iter().map(Line::of).collect(),
        first: after.is_none(),
        next,
        files: day.map_or_else(String::new, |day| format!("?effective_on={day}")),
    };
    page(&caller, &statement).await
}

impl Line {
    fn of(StatementLine { entry, what_for }: StatementLine) -> Line {
        let amount = words::amount(entry.amount);
        let (debit, credit) = match entry.side {
            Side::Debit => (amount, String::new()),
            Side::Credit => (String::new(), amount),
        };
        let memo = reports::memo_beside(&what_for, entry.memo.as_deref()).map(str::to_owned);
        Line {
            path: format!("/ledger/transactions/{}", entry.transaction_id),
            number: entry.sequence,
            day: words::short_day(entry.effective_on),
            kind: entry.kind.label(),
            what_for,
            memo,
            debit,
            credit,
            balance: words::amount(entry.balance_after),
        }
    }
}
