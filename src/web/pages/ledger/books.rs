//! The books as a whole: the trial balance, the verification, what was signed, and the journal to take away.

use askama::Template;
use chrono::NaiveDate;

use super::Tabs;
use crate::base::clock::london_date;
use crate::base::text::{Day, counted};
use crate::ledger::checkpoints::{self, Checkpoint};
use crate::ledger::{self, Difference, Moment, TrialBalanceLine};
use crate::reports::{ExportFormat, KeptHead};
use crate::web::books;
use crate::web::call::Call;
use crate::web::pages::form::Filled;
use crate::web::pages::labels::Labelled;
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, next_page};
use crate::web::roles::HUB;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/ledger/trial-balance", HUB, trial_balance);
    pages.get("/ledger/verification", HUB, verification);
    pages.get("/ledger/checkpoints", HUB, signed);
    pages.get("/ledger/export", HUB, formats);
    pages.get("/ledger/export/{format}", HUB, export);
}

/// The day of the trial balance.
#[derive(Default, eserde::Deserialize)]
struct OnDay {
    on: Option<Day>,
}

/// A line of the trial balance.
struct Row {
    kind: &'static str,
    year: String,
    accounts: i64,
    debit: String,
    credit: String,
}

#[derive(Template)]
#[template(path = "pages/ledger/trial_balance.html")]
struct TrialBalance {
    shell: Shell,
    tabs: Tabs,
    filled: Filled,
    when: String,
    rows: Vec<Row>,
    /// The query of its files.
    files: String,
    debit: String,
    credit: String,
    equal: bool,
}

async fn trial_balance(call: Call) -> Answer {
    let caller = call.allow()?;
    let OnDay { on } = asked_for(&caller)?;
    let day: Option<NaiveDate> = on.map(|Day(day)| day);
    if day.is_some_and(|day| day > london_date(caller.now())) {
        return Err(Problem::field("on", "in_future", "the balances of a day to come are not known yet"));
    }
    let (mut tx, hub) = (caller.read().await?, caller.hub());
    let lines = match day {
        None => ledger::trial_balance(&mut tx, hub, Moment::Now).await?,
        Some(day) => ledger::trial_balance_on(&mut tx, hub, day, Moment::Now).await?,
    };
    drop(tx);
    let (debit, credit) = (lines.iter().map(|line| line.debit).sum(), lines.iter().map(|line| line.credit).sum());
    let shell = Shell::of(&caller, "Trial balance", "/ledger").await?;
    let balance = TrialBalance {
        shell,
        tabs: Tabs("/ledger/trial-balance"),
        filled: Filled::with([("on", day.map_or_else(String::new, |day| day.to_string()))]),
        when: match day {
            Some(day) => format!("At the end of {}", words::day(day)),
            None => format!("Now, {}", words::moment(caller.now())),
        },
        files: day.map_or_else(String::new, |day| format!("?effective_on={day}")),
        equal: debit == credit,
        debit: words::amount(debit),
        credit: words::amount(credit),
        rows: lines.into_iter().map(Row::of).collect(),
    };
    page(&caller, &balance).await
}

impl Row {
    fn of(line: TrialBalanceLine) -> Row {
        let amount = |amount: crate::base::credits::Credits| match amount.is_zero() {
            true => String::new(),
            false => words::amount(amount),
        };
        Row {
            kind: line.kind.label(),
            year: line.year.map_or_else(String::new, |year| year.as_str()),
            accounts: line.accounts,
            debit: amount(line.debit),
            credit: amount(line.credit),
        }
    }
}

/// Whether it is to be verified now, and against which head that somebody kept.
#[derive(Default, eserde::Deserialize)]
struct Verify {
    verify: Option<String>,
    against: Option<KeptHead>,
}

/// What the verification found.
struct Found {
    transactions: i64,
    entries: i64,
    accounts: i64,
    difference: Option<Difference>,
    signed: Option<(i64, String)>,
    after: Option<String>,
    head: String,
}

#[derive(Template)]
#[template(path = "pages/ledger/verification.html")]
struct Verification {
    shell: Shell,
    tabs: Tabs,
    kept: String,
    against: bool,
    found: Option<Found>,
}

async fn verification(call: Call) -> Answer {
    let caller = call.allow()?;
    let Verify { verify, against } = asked_for(&caller)?;
    let found = match verify {
        Some(_) => {
            let (found, coverage) = books::verify(&caller, against).await?;
            let after = coverage.as_ref().map(|coverage| counted(coverage.after, "transaction"));
            let signed = coverage.and_then(|coverage| coverage.checkpoint);
            Some(Found {
                transactions: found.transactions,
                entries: found.entries,
                accounts: found.accounts,
                difference: found.difference,
                signed: signed.map(|signed| (signed.sequence, words::moment(signed.signed_at))),
                after,
                head: format!("{}:{}", found.transactions, hex::encode(found.head)),
            })
        }
        None => None,
    };
    let kept = against.map_or_else(String::new, |kept| format!("{}:{}", kept.sequence, hex::encode(kept.hash)));
    let shell = Shell::of(&caller, "Verification", "/ledger").await?;
    let tabs = Tabs("/ledger/verification");
    page(&caller, &Verification { shell, tabs, kept, against: against.is_some(), found }).await
}

/// Which page of the checkpoints.
#[derive(Default, eserde::Deserialize)]
struct After {
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/ledger/checkpoints.html")]
struct Checkpoints {
    shell: Shell,
    tabs: Tabs,
    rows: Vec<(i64, String, String)>,
    keys: Vec<String>,
    next: Option<String>,
}

async fn signed(call: Call) -> Answer {
    let caller = call.allow()?;
    let After { after } = asked_for(&caller)?;
    let (after, limit) = (place_after::<i64>(&caller, after.as_deref()), Limit::default());
    let mut rows =
        checkpoints::list(&mut caller.read().await?, caller.hub(), after.unwrap_or(0), limit.and_one()).await?;
    let next = next_page(&mut rows, limit, caller.uri(), |last| last.sequence);
    let row = |row: Checkpoint| (row.sequence, words::moment(row.signed_at), hex::encode(row.hash));
    let origin = checkpoints::origin(caller.public_url(), caller.hub());
    let keys = caller.keys().public().iter().map(|key| checkpoints::verifier_key(&origin, key)).collect();
    let shell = Shell::of(&caller, "Checkpoints", "/ledger").await?;
    let (rows, tabs) = (rows.into_iter().map(row).collect(), Tabs("/ledger/checkpoints"));
    page(&caller, &Checkpoints { shell, tabs, rows, keys, next }).await
}

#[derive(Template)]
#[template(path = "pages/ledger/export.html")]
struct Formats {
    shell: Shell,
    tabs: Tabs,
}

async fn formats(call: Call) -> Answer {
    let caller = call.allow()?;
    let shell = Shell::of(&caller, "Export the journal", "/ledger").await?;
    page(&caller, &Formats { shell, tabs: Tabs("/ledger/export") }).await
}

async fn export(call: Call) -> Answer {
    let caller = call.allow()?;
    let format = caller.request().match_info().get("format").unwrap_or_default();
    let format = ExportFormat::parse(format).map_err(|_| Problem::not_found())?;
    books::written(&caller, format).await
}
