//! `/v1/accounts`: balances now and then, and statements.

use std::convert::identity;

use actix_web::get;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::{AccountId, EventId, PartnerId, SchoolId, SourceId, TransactionId};
use crate::base::text::Day;
use crate::base::year::AcademicYear;
use crate::ledger::{self, Account, AccountFilter, AccountKind, Entry, Moment, Side, SourceKind, TransactionKind};
use crate::reports;
use crate::web::call::{Call, Caller};
use crate::web::moment::At;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::ACCOUNT_HOLDERS;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(get_one).service(entries);
}

impl Table for Account {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "code",
        "kind",
        "normal_side",
        "year",
        "wallet",
        "school_id",
        "partner_id",
        "event_id",
        "commission_id",
        "balance",
        "opened_at",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Of this kind.
    kind: Option<AccountKind>,
    /// Of this school; for a lead their own, or one whose place it took.
    school_id: Option<SchoolId>,
    /// Of this academic year.
    year: Option<AcademicYear>,
    /// Of this event.
    event_id: Option<EventId>,
    /// Of this partner.
    partner_id: Option<PartnerId>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The accounts of the hub; for a lead their school's wallets, for a partner their own
#[utoipa::path(tag = "ledger", params(Query), responses((status = 200, body = Page<Account>)), extensions(("x-roles" = json!(ACCOUNT_HOLDERS))))]
#[get("/accounts")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { kind, school_id, year, event_id, partner_id, limit, after } = caller.query()?;
    let (after, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let mut tx = caller.read().await?;
    let seen = match (school_id, caller.own_school()) {
        (Some(asked), Some(_)) => caller.sees_past_of(&mut tx, asked).await?,
        _ => true,
    };
    let school = if seen { Ok(school_id.or(caller.own_school())) } else { Err(Anothers) };
    let partner = own_or_asked(caller.own_partner(), partner_id);
    let rows = match (school, partner) {
        (Ok(school), Ok(partner)) => {
            let filter = AccountFilter { kind, school, partner, event: event_id, year };
            ledger::accounts(&mut tx, caller.hub(), filter, after, limit.and_one()).await?
        }
        _ => Vec::new(),
    };
    caller.list(rows, limit, |account| account.id, identity)
}

/// Another caller's accounts were asked for: for this caller there are none.
struct Anothers;

/// What the caller is restricted to, or what was asked for.
fn own_or_asked<T: PartialEq>(own: Option<T>, asked: Option<T>) -> Result<Option<T>, Anothers> {
    match (own, asked) {
        (Some(own), Some(asked)) if own != asked => Err(Anothers),
        (Some(own), _) => Ok(Some(own)),
        (None, asked) => Ok(asked),
    }
}

/// One account and its balance: now, as recorded by an instant, or as effective on a day
#[utoipa::path(tag = "ledger", params(("id" = AccountId, Path), At), responses((status = 200, body = Account)), extensions(("x-roles" = json!(ACCOUNT_HOLDERS))))]
#[get("/accounts/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let (moment, day) = caller.query::<At>()?.read(&caller)?;
    let mut tx = caller.read().await?;
    let mut account = visible(&caller, &mut tx).await?;
    match (moment, day) {
        (Moment::Now, None) => {}
        (moment, None) => {
            account.balance = ledger::account_balance_at(&mut tx, caller.hub(), account.id, moment).await?;
        }
        (known, Some(day)) => {
            account.balance = ledger::account_balance_on(&mut tx, caller.hub(), account.id, day, known).await?;
        }
    }
    Ok(Reply::ok(&account)?.into_response())
}

/// One line of a statement.
#[derive(Serialize, ToSchema)]
#[schema(as = StatementLine)]
struct StatementLine {
    /// The account's gap-free number for the entry.
    position: i64,
    /// The hub's gap-free number for the transaction.
    sequence: i64,
    /// The transaction that the entry is part of.
    transaction_id: TransactionId,
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
    /// What it was for, in words: the year of an allocation, the event and delegate of a booking.
    what_for: String,
    /// The memo of the transaction.
    memo: Option<String>,
    /// Debit or credit.
    side: Side,
    /// The amount, above zero.
    amount: Credits,
    /// The account's balance after the entry, on its normal side.
    balance_after: Credits,
}

impl From<reports::StatementLine> for StatementLine {
    fn from(reports::StatementLine { entry, what_for }: reports::StatementLine) -> Self {
        let Entry {
            account_id: _,
            account: _,
            position,
            sequence,
            transaction_id,
            kind,
            effective_on,
            recorded_at,
            source_kind,
            source_id,
            memo,
            side,
            amount,
            balance_after,
        } = entry;
        StatementLine {
            position,
            sequence,
            transaction_id,
            kind,
            effective_on,
            recorded_at,
            source_kind,
            source_id: SourceId(source_id),
            what_for,
            memo,
            side,
            amount,
            balance_after,
        }
    }
}

impl Table for StatementLine {
    const COLUMNS: &'static [&'static str] = &[
        "position",
        "sequence",
        "transaction_id",
        "kind",
        "effective_on",
        "recorded_at",
        "source_kind",
        "source_id",
        "what_for",
        "memo",
        "side",
        "amount",
        "balance_after",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatementQuery {
    /// Those with a business date on or before this day; all where it is not given.
    effective_on: Option<Day>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The statement of an account, oldest first, with the running balance
#[utoipa::path(tag = "ledger", params(("id" = AccountId, Path), StatementQuery), responses((status = 200, body = Page<StatementLine>)), extensions(("x-roles" = json!(ACCOUNT_HOLDERS))))]
#[get("/accounts/{id}/entries")]
async fn entries(call: Call) -> Answer {
    call.pages(entries_page).await
}

async fn entries_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let StatementQuery { effective_on, limit, after } = caller.query()?;
    let (after, limit) = (read_cursor(after.as_deref())?.unwrap_or(0), limit.unwrap_or_default());
    let until = effective_on.map(|Day(day)| day);
    let mut tx = caller.read().await?;
    let account = visible(&caller, &mut tx).await?;
    let rows = reports::statement(&mut tx, caller.hub(), account.id, until, after, limit.and_one()).await?;
    caller.list(rows, limit, |line| line.entry.sequence, StatementLine::from)
}

/// The account of the path, where the caller may see it.
async fn visible(caller: &Caller, tx: &mut Tx) -> Result<Account, Problem> {
    let account = ledger::account(tx, caller.hub(), caller.id("id")?).await?.ok_or_else(Problem::not_found)?;
    let seen = match account.school_id {
        _ if caller.sees_hub() => true,
        Some(school) => caller.sees_past_of(tx, school).await?,
        None => account.partner_id.is_some() && account.partner_id == caller.own_partner(),
    };
    if seen { Ok(account) } else { Err(Problem::not_found()) }
}
