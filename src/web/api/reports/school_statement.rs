//! `/v1/schools/{id}/statement`: where a school's credits came from and went to; as JSON, for spreadsheets, and to
//! print.

use actix_web::http::header;
use actix_web::{HttpResponse, get};
use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::ids::{AccountId, SchoolId, SourceId, TransactionId};
use crate::base::text::{Day, Line, Urn};
use crate::base::year::AcademicYear;
use crate::ledger::checkpoints::{self, Checkpoint};
use crate::ledger::{Entry, SourceKind, TransactionKind, WalletKind};
use crate::members::hubs;
use crate::members::schools::School;
use crate::reports::{self, Period, SchoolLine, SchoolStatement, StatementLine};
use crate::web::call::{Call, Caller};
use crate::web::files;
use crate::web::operations::Operations;
use crate::web::period;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Reply, Table, cursor, next_address, read_cursor};
use crate::web::roles::HUB_AND_LEADS;
use crate::web::{seen, takeout};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(statement);
}

/// The most lines of a whole statement, as CSV or to print.
const MOST_LINES: i64 = 10_000;

/// One line of a school's statement.
#[derive(Serialize, ToSchema)]
#[schema(as = SchoolStatementLine)]
struct LineBody {
    /// The hub's gap-free number for the transaction.
    sequence: i64,
    /// The transaction that the line is part of.
    transaction_id: TransactionId,
    /// The wallet's account.
    account_id: AccountId,
    /// The year of the wallet.
    year: AcademicYear,
    /// The kind of wallet.
    wallet: WalletKind,
    /// What the transaction does.
    kind: TransactionKind,
    /// The business date.
    effective_on: NaiveDate,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// What the transaction came from.
    source_kind: SourceKind,
    /// The id of the source.
    source_id: SourceId,
    /// What it was for, in words: a booking's event and delegate, an allocation's year, the schools of a gift.
    what_for: String,
    /// The memo of the transaction.
    memo: Option<String>,
    /// Credits that came in; zero where they went out.
    credits_in: Credits,
    /// Credits that went out; zero where they came in.
    credits_out: Credits,
    /// The balance of all wallets of the school together after the line.
    balance: Credits,
}

impl From<SchoolLine> for LineBody {
    fn from(line: SchoolLine) -> Self {
        let SchoolLine { line: StatementLine { entry, what_for }, year, wallet, credits_in, credits_out, balance } =
            line;
        let Entry {
            account_id,
            account: _,
            position: _,
            sequence,
            transaction_id,
            kind,
            effective_on,
            recorded_at,
            source_kind,
            source_id,
            memo,
            side: _,
            amount: _,
            balance_after: _,
        } = entry;
        LineBody {
            sequence,
            transaction_id,
            account_id,
            year,
            wallet,
            kind,
            effective_on,
            recorded_at,
            source_kind,
            source_id: SourceId(source_id),
            what_for,
            memo,
            credits_in,
            credits_out,
            balance,
        }
    }
}

impl LineBody {
    /// A line as the pages say it.
    fn for_people(line: SchoolLine) -> LineBody {
        let (what_for, memo) = (line.in_words(), line.memo().map(str::to_owned));
        LineBody { what_for, memo, ..LineBody::from(line) }
    }
}

impl Table for LineBody {
    const COLUMNS: &'static [&'static str] = &[
        "sequence",
        "transaction_id",
        "account_id",
        "year",
        "wallet",
        "kind",
        "effective_on",
        "recorded_at",
        "source_kind",
        "source_id",
        "what_for",
        "memo",
        "credits_in",
        "credits_out",
        "balance",
    ];
}

/// A page of a school's statement.
#[derive(Serialize, ToSchema)]
#[schema(as = SchoolStatement)]
struct StatementBody {
    /// The school whose statement it is.
    school_id: SchoolId,
    /// The school's URN.
    urn: Urn,
    /// The school's name.
    name: Line,
    /// The first day of the period.
    from: NaiveDate,
    /// The last day of the period.
    until: NaiveDate,
    /// The school's balance at the beginning of the first day.
    opening_balance: Credits,
    /// The school's balance at the end of the last day, or now.
    closing_balance: Credits,
    /// The newest checkpoint of the hub's ledger: kept with the statement, it proves which history it belongs to. Null
    /// until one is signed.
    checkpoint: Option<Checkpoint>,
    /// The lines, the earliest first.
    items: Vec<LineBody>,
    /// Send it as `after` for the next page; null at the end.
    next: Option<String>,
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// The first day of the period, in London; the first of the academic year of `until` where it is not given.
    from: Option<Day>,
    /// The last day; today where it is not given.
    until: Option<Day>,
    /// From the first to the last day of this academic year, in place of both.
    year: Option<AcademicYear>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The statement of a school: all its wallets as one account over a period, with what each line was for
///
/// JSON comes in pages. Files for spreadsheets and the page to print (`Accept: text/html`) hold the whole period, of 10,000 lines at most.
#[utoipa::path(tag = "schools", params(("id" = SchoolId, Path), Query), responses((status = 200, content((StatementBody = "application/json"), (String = "text/csv"), (String = "text/html")))), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/schools/{id}/statement")]
async fn statement(call: Call) -> Answer {
    let caller = call.allow()?;
    let query: Query = caller.query()?;
    let period = period::asked((query.from, query.until), query.year, london_date(caller.now()))?;
    let (after, limit) = (read_cursor(query.after.as_deref())?, query.limit.unwrap_or_default());
    let mut tx = caller.read().await?;
    let (hub, school) = (caller.hub(), seen::school_past(&caller, &mut tx).await?);
    let checkpoint = checkpoints::newest(&mut tx, hub).await?;
    let whole = caller.wants_file().is_some() || caller.wants("text/html");
    if !whole {
        let page = reports::school_statement(&mut tx, hub, school.id, period, after, limit.and_one()).await?;
        return pages(&caller, school, period, page, checkpoint, limit);
    }
    let found = reports::school_statement(&mut tx, hub, school.id, period, None, MOST_LINES + 1).await?;
    if i64::try_from(found.lines.len()).is_ok_and(|lines| lines > MOST_LINES) {
        let detail =
            format!("the statement has more than {MOST_LINES} lines: ask for a shorter period, or for JSON by pages");
        return Err(Problem::field("from", "invalid", detail));
    }
    if let Some(file) = caller.wants_file() {
        let people = takeout::for_people(caller.request());
        let line = |line| if people { LineBody::for_people(line) } else { LineBody::from(line) };
        return caller.table(file, &found.lines.into_iter().map(line).collect::<Vec<_>>()).await;
    }
    let name = hubs::get(&mut tx, hub).await?.ok_or_else(Problem::not_found)?.name;
    let sheet = Sheet::new(name.as_str(), &school, period, &found, london_date(caller.now()));
    files::page(&Sheet { checkpoint: checkpoint.as_ref().map(|checkpoint| checkpoint.note.as_str()), ..sheet })
}

fn pages(
    caller: &Caller,
    school: School,
    period: Period,
    mut page: SchoolStatement,
    checkpoint: Option<Checkpoint>,
    limit: Limit,
) -> Answer {
    let more = limit.cut(&mut page.lines);
    let next = page.lines.last().filter(|_| more).and_then(|last| cursor(&last.place()));
    let mut response = HttpResponse::Ok();
    response.insert_header((header::VARY, "Accept"));
    if let Some(next) = &next {
        response.insert_header((header::LINK, format!("<{}>; rel=\"next\"", next_address(caller.uri(), next))));
    }
    let body = StatementBody {
        school_id: school.id,
        urn: school.details.urn,
        name: school.details.name,
        from: period.from,
        until: period.until,
        opening_balance: page.opening,
        closing_balance: page.closing,
        checkpoint,
        items: page.lines.into_iter().map(LineBody::from).collect(),
        next,
    };
    Ok(response.content_type("application/json").body(Reply::ok(&body)?.body))
}

/// The page to print. What people wrote is escaped by the template.
#[derive(Template)]
#[template(path = "statement.html")]
struct Sheet<'a> {
    hub: &'a str,
    school: &'a str,
    urn: &'a str,
    from: String,
    until: String,
    made_on: String,
    opening: Credits,
    closing: Credits,
    total_in: Credits,
    total_out: Credits,
    lines: Vec<Row<'a>>,
    /// The note of the newest checkpoint.
    checkpoint: Option<&'a str>,
}

struct Row<'a> {
    date: String,
    what_for: String,
    memo: Option<&'a str>,
    /// The business date, where it differs from the day of the line.
    effective_on: Option<String>,
    wallet: String,
    money_in: String,
    money_out: String,
    balance: Credits,
}

impl<'a> Sheet<'a> {
    fn new(
        hub: &'a str,
        school: &'a School,
        period: Period,
        found: &'a SchoolStatement,
        today: NaiveDate,
    ) -> Sheet<'a> {
        Sheet {
            hub,
            school: school.details.name.as_str(),
            urn: school.details.urn.as_str(),
            from: in_words(period.from),
            until: in_words(period.until),
            made_on: in_words(today),
            opening: found.opening,
            closing: found.closing,
            total_in: found.lines.iter().map(|line| line.credits_in).sum(),
            total_out: found.lines.iter().map(|line| line.credits_out).sum(),
            lines: found.lines.iter().map(Row::of).collect(),
            checkpoint: None,
        }
    }
}

impl<'a> Row<'a> {
    fn of(line: &'a SchoolLine) -> Row<'a> {
        let entry = &line.line.entry;
        let day = london_date(entry.recorded_at);
        let amount = |amount: Credits| if amount.is_zero() { String::new() } else { amount.to_string() };
        Row {
            date: in_words(day),
            what_for: line.in_words(),
            memo: line.memo(),
            effective_on: (entry.effective_on != day).then(|| in_words(entry.effective_on)),
            wallet: format!("{} {}", line.year, line.wallet),
            money_in: amount(line.credits_in),
            money_out: amount(line.credits_out),
            balance: line.balance,
        }
    }
}

fn in_words(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}
