//! A school's statement: every movement of its credits over a period, to read, to print, and as PDF.

use askama::Template;
use chrono::NaiveDate;
use url::form_urlencoded::Serializer;

use super::labels::{crumb, here};
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::pdf::{Block, Column, Sheet, Table};
use crate::base::text::Day;
use crate::base::year::AcademicYear;
use crate::ledger::checkpoints;
use crate::members::hubs;
use crate::members::schools::School;
use crate::reports::{self, Period, SchoolLine, SchoolStatement};
use crate::web::call::{Call, Caller};
use crate::web::files;
use crate::web::pages::form::{Filled, Form, asked, query};
use crate::web::pages::labels::Labelled;
use crate::web::pages::list_query::place_after;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::period;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, next_page};
use crate::web::roles::HUB_AND_LEADS;
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/schools/{id}/statement", HUB_AND_LEADS, show);
    pages.get("/schools/{id}/statement.pdf", HUB_AND_LEADS, pdf);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    from: Option<Day>,
    until: Option<Day>,
    year: Option<AcademicYear>,
    after: Option<String>,
}

struct Row {
    day: String,
    what_for: String,
    memo: Option<String>,
    wallet: String,
    credits_in: String,
    credits_out: String,
    balance: String,
}

#[derive(Template)]
#[template(path = "pages/wallet/statement.html")]
struct Statement {
    shell: Shell,
    filled: Filled,
    crumb: (String, String),
    path: String,
    urn: String,
    from: String,
    until: String,
    opening: String,
    closing: String,
    rows: Vec<Row>,
    files: String,
    next: Option<String>,
    checkpoint: Option<String>,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let school = seen::school_past(&caller, &mut caller.read().await?).await?;
    match period_asked(&caller) {
        Ok((period, after)) => shown(&caller, &school, period, after, None).await,
        Err(problem) => {
            let period = period::asked((None, None), None, london_date(caller.now()))?;
            let sent: Form = asked(caller.uri());
            shown(&caller, &school, period, None, Some(sent.again(problem)?)).await
        }
    }
}

fn period_asked(caller: &Caller) -> Result<(Period, Option<String>), Problem> {
    let Query { from, until, year, after } = query(caller.uri())?;
    // The days that were typed say more than the year that stood there.
    let year = year.filter(|_| from.or(until).is_none());
    Ok((period::asked((from, until), year, london_date(caller.now()))?, after))
}

async fn shown(
    caller: &Caller,
    school: &School,
    period: Period,
    after: Option<String>,
    refused: Option<Filled>,
) -> Answer {
    let (after, limit) = (place_after(caller, after.as_deref()), Limit::default());
    let mut tx = caller.read().await?;
    let mut found = reports::school_statement(&mut tx, caller.hub(), school.id, period, after, limit.and_one()).await?;
    let checkpoint = checkpoints::newest(&mut tx, caller.hub()).await?;
    drop(tx);
    let next = next_page(&mut found.lines, limit, caller.uri(), |last| last.place());
    let mut files = Serializer::new(String::new());
    files.append_pair("from", &period.from.to_string()).append_pair("until", &period.until.to_string());
    let filled = Filled::with([("from", period.from.to_string()), ("until", period.until.to_string())]);
    let statement = Statement {
        shell: Shell::of(caller, "Statement", here(caller)).await?,
        filled: refused.unwrap_or(filled),
        crumb: crumb(school),
        path: format!("/schools/{}/statement", school.id),
        urn: school.details.urn.to_string(),
        from: words::day(period.from),
        until: words::day(period.until),
        opening: words::credits(found.opening),
        closing: words::credits(found.closing),
        rows: found.lines.iter().map(Row::of).collect(),
        files: files.finish(),
        next,
        checkpoint: checkpoint.map(|checkpoint| checkpoint.note),
    };
    page(caller, &statement).await
}

impl Row {
    fn of(line: &SchoolLine) -> Row {
        let entry = &line.line.entry;
        let amount = |amount: Credits| if amount.is_zero() { String::new() } else { words::amount(amount) };
        Row {
            day: words::short_day_of(entry.recorded_at),
            what_for: line.in_words(),
            memo: line.memo().map(str::to_owned),
            wallet: format!("{}, {}", line.year, line.wallet.label().to_lowercase()),
            credits_in: amount(line.credits_in),
            credits_out: amount(line.credits_out),
            balance: words::amount(line.balance),
        }
    }
}

/// The most lines of a file.
const MOST_LINES: i64 = 10_000;

async fn pdf(call: Call) -> Answer {
    let caller = call.allow()?;
    let (mut tx, hub) = (caller.read().await?, caller.hub());
    let school = seen::school_past(&caller, &mut tx).await?;
    let (period, _) = period_asked(&caller)?;
    let found = reports::school_statement(&mut tx, hub, school.id, period, None, MOST_LINES + 1).await?;
    if i64::try_from(found.lines.len()).is_ok_and(|lines| lines > MOST_LINES) {
        let detail = format!("the statement has more than {MOST_LINES} lines: ask for a shorter period");
        return Err(Problem::field("from", "invalid", detail));
    }
    let name = hubs::get(&mut tx, hub).await?.ok_or_else(Problem::not_found)?.name;
    let checkpoint = checkpoints::newest(&mut tx, hub).await?.map(|checkpoint| checkpoint.note);
    drop(tx);
    let sheet = sheet(name.as_str(), &school, period, &found, checkpoint, london_date(caller.now()));
    files::pdf(sheet, &format!("statement-{}-{}", school.details.urn, period.until), caller.fonts()).await
}

fn sheet(
    hub: &str,
    school: &School,
    period: Period,
    found: &SchoolStatement,
    checkpoint: Option<String>,
    today: NaiveDate,
) -> Sheet {
    let title = format!("Statement of {}", school.details.name);
    let row = |line: &SchoolLine| {
        let Row { day, what_for, memo, wallet, credits_in, credits_out, balance } = Row::of(line);
        let what_for = memo.map_or(what_for.clone(), |memo| format!("{what_for} ({memo})"));
        vec![day, what_for, wallet, credits_in, credits_out, balance]
    };
    let columns = vec![
        Column::of_words("Day", 12),
        Column::of_words("What for", 38),
        Column::of_words("Wallet", 20),
        Column::of_numbers("In", 10),
        Column::of_numbers("Out", 10),
        Column::of_numbers("Balance", 10),
    ];
    let facts = vec![
        ("URN".to_owned(), school.details.urn.to_string()),
        ("Period".to_owned(), format!("{} to {}", words::day(period.from), words::day(period.until))),
        ("At the beginning".to_owned(), words::credits(found.opening)),
        ("At the end".to_owned(), words::credits(found.closing)),
        ("Made on".to_owned(), words::day(today)),
    ];
    let mut blocks = vec![Block::Title(title.clone()), Block::Facts(facts), Block::Gap];
    if found.lines.is_empty() {
        blocks.push(Block::Text("Nothing moved in this period.".to_owned()));
    } else {
        blocks.push(Block::Table(Table { columns, rows: found.lines.iter().map(row).collect() }));
    }
    if let Some(note) = checkpoint {
        blocks.push(Block::Gap);
        blocks.push(Block::Text(
            "The signature of the hub’s ledger. Kept with this statement, it lets anyone check later that nothing was changed:".to_owned(),
        ));
        blocks.extend(note.lines().filter(|line| !line.is_empty()).map(|line| Block::Text(line.to_owned())));
    }
    Sheet { title, foot: hub.to_owned(), blocks, frame: None }
}
