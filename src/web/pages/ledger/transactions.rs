//! The transactions of the hub, looked through from the newest back, or from the oldest on.

use askama::Template;

use super::Tabs;
use super::words::Owners;
use crate::base::ids::AccountId;
use crate::base::text::{Day, Line};
use crate::ledger::{self, TransactionKind};
use crate::reports::{self, Found, Posted, Sought};
use crate::web::call::Call;
use crate::web::pages::form::{Filled, written};
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::sorting::{self, Sort};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{cursor, next_address};
use crate::web::roles::HUB;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/ledger", HUB, list);
}

/// How many stand on a page.
const ON_A_PAGE: usize = 50;

/// What is looked for, as it stands in the address.
#[derive(Default, eserde::Deserialize)]
struct Query {
    text: Option<Line>,
    kind: Option<TransactionKind>,
    account: Option<AccountId>,
    from: Option<Day>,
    until: Option<Day>,
    /// `number` from the first on; from the last back otherwise.
    sort: Option<String>,
    after: Option<String>,
}

/// A transaction in the list.
struct Row {
    path: String,
    number: i64,
    day: String,
    kind: &'static str,
    what_for: String,
    memo: Option<String>,
    amount: String,
}

#[derive(Template)]
#[template(path = "pages/ledger/transactions.html")]
struct Transactions {
    shell: Shell,
    tabs: Tabs,
    filled: Filled,
    kinds: Vec<(&'static str, &'static str)>,
    account: Option<(AccountId, String)>,
    rows: Vec<Row>,
    by_number: Sort,
    sought: bool,
    next: Option<String>,
    files: String,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let query: Query = asked_for(&caller)?;
    let (beyond, hub) = (place_after::<i64>(&caller, query.after.as_deref()), caller.hub());
    let mut tx = caller.read().await?;
    let account = match query.account {
        Some(id) => {
            let account = ledger::account(&mut tx, hub, id).await?.ok_or_else(Problem::not_found)?;
            let owners = Owners::of(&mut tx, hub, std::iter::once(account.code.as_str())).await?;
            Some((id, owners.account(&account.code)))
        }
        None => None,
    };
    let Found { rows, more_beyond } = reports::journal(&mut tx, hub, &query.sought(), beyond, ON_A_PAGE).await?;
    drop(tx);
    let next = more_beyond.and_then(|beyond| cursor(&beyond)).map(|next| next_address(caller.uri(), &next));
    let shell = Shell::of(&caller, "Transactions", "/ledger").await?;
    let (filled, files) = (query.filled(), query.of_api());
    let sought = !files.is_empty();
    let (rows, kinds) = (rows.into_iter().map(Row::of).collect(), options::<TransactionKind>());
    // They were posted in the order of their numbers, and so of the days on which they were recorded.
    let by_number = sorting::by(caller.uri(), "number", query.order());
    let tabs = Tabs("/ledger");
    page(&caller, &Transactions { shell, tabs, filled, kinds, account, rows, by_number, sought, next, files }).await
}

impl Query {
    /// The order of the list, as its heads say it.
    fn order(&self) -> &'static str {
        if self.sort.as_deref() == Some("number") { "number" } else { "-number" }
    }

    fn sought(&self) -> Sought {
        Sought {
            source: None,
            text: self.text.clone(),
            kind: self.kind,
            account: self.account,
            from: self.from.map(|Day(day)| day),
            until: self.until.map(|Day(day)| day),
            oldest_first: self.order() == "number",
        }
    }

    /// The same filters as the API takes them.
    fn of_api(&self) -> String {
        let day = |day: Option<Day>| day.map(|Day(day)| day.to_string());
        written([
            ("text", self.text.as_ref().map(|text| text.as_str().to_owned())),
            ("kind", self.kind.map(|kind| kind.as_str().to_owned())),
            ("account_id", self.account.map(|id| id.to_string())),
            ("from", day(self.from)),
            ("until", day(self.until)),
        ])
    }

    fn filled(&self) -> Filled {
        let day = |day: Option<Day>| day.map_or_else(String::new, |Day(day)| day.to_string());
        Filled::with([
            ("text", self.text.as_ref().map_or_else(String::new, |text| text.as_str().to_owned())),
            ("kind", self.kind.map_or("", TransactionKind::as_str).to_owned()),
            ("from", day(self.from)),
            ("until", day(self.until)),
            ("sort", self.order().to_owned()),
        ])
    }
}

impl Row {
    fn of(Posted { transaction, what_for, amount }: Posted) -> Row {
        let memo = reports::memo_beside(&what_for, transaction.memo.as_deref()).map(str::to_owned);
        Row {
            path: format!("/ledger/transactions/{}", transaction.id),
            number: transaction.sequence,
            day: words::short_day(transaction.effective_on),
            kind: transaction.kind.label(),
            what_for,
            memo,
            amount: words::amount(amount),
        }
    }
}
