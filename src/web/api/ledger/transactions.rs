//! `/v1/transactions`: the journal, one balanced transaction after another.

use std::convert::identity;

use actix_web::{get, post};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::{AccountId, HubId, SourceId, TransactionId};
use crate::base::text::{Day, Line};
use crate::ledger::{self, Entry, Side, Transaction, TransactionKind};
use crate::lifecycle::reversals;
use crate::reports::{self, Sought};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::openapi::MovesCredits;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, Reply, Table, cursor, read_cursor};
use crate::web::roles::{HUB, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(get_one).service(reverse);
}

impl Table for Transaction {
    const COLUMNS: &'static [&'static str] = &[
        "sequence",
        "id",
        "kind",
        "effective_on",
        "recorded_at",
        "actor_id",
        "source_kind",
        "source_id",
        "memo",
        "reverses",
        "reversed_by",
        "hash",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Those that came from this allocation, booking and so on.
    source_id: Option<SourceId>,
    /// Those in whose memo, or in what they were for, this stands; found whatever its capitals and accents.
    text: Option<Line>,
    /// Those of this kind.
    kind: Option<TransactionKind>,
    /// Those posted to this account.
    account_id: Option<AccountId>,
    /// Those recorded on this day in London or later.
    from: Option<Day>,
    /// Those recorded on this day in London or earlier.
    until: Option<Day>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The hub's transactions in the order of the chain
///
/// A search takes a bounded time: where words, a kind, an account or days are asked for, a page may have fewer items than its
/// limit, or none, and a `next` still.
#[utoipa::path(tag = "ledger", params(Query), responses((status = 200, body = Page<Transaction>)), extensions(("x-roles" = json!(HUB))))]
#[get("/transactions")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { source_id, text, kind, account_id, from, until, limit, after } = caller.query()?;
    let (after, limit) = (read_cursor(after.as_deref())?.unwrap_or(0), limit.unwrap_or_default());
    let source = source_id.map(|source| source.0);
    let (from, until) = (from.map(|Day(day)| day), until.map(|Day(day)| day));
    let sought = Sought { source, text, kind, account: account_id, from, until, oldest_first: true };
    let mut tx = caller.read().await?;
    if sought.narrows() {
        let found = reports::journal(&mut tx, caller.hub(), &sought, Some(after), limit.size()).await?;
        let next = found.more_beyond.and_then(|beyond| cursor(&beyond));
        return caller.listed(found.rows.into_iter().map(|posted| posted.transaction).collect(), next);
    }
    let rows = ledger::transactions(&mut tx, caller.hub(), source, after, limit.and_one()).await?;
    caller.list(rows, limit, |transaction| transaction.sequence, identity)
}

/// A transaction with its entries.
#[derive(Serialize, ToSchema)]
#[schema(as = TransactionWithEntries)]
struct WithEntries {
    /// The transaction itself.
    #[serde(flatten)]
    transaction: Transaction,
    /// Its debits and credits, whose sums are equal.
    entries: Vec<EntryBody>,
}

/// One debit or credit of a transaction.
#[derive(Serialize, ToSchema)]
#[schema(as = Entry)]
struct EntryBody {
    /// The account posted to.
    account_id: AccountId,
    /// The account's code.
    account: String,
    /// The account's gap-free number for the entry.
    position: i64,
    /// Debit or credit.
    side: Side,
    /// The amount, above zero.
    amount: Credits,
    /// The account's balance after the entry, on its normal side.
    balance_after: Credits,
}

impl From<Entry> for EntryBody {
    fn from(entry: Entry) -> Self {
        let Entry { account_id, account, position, side, amount, balance_after, .. } = entry;
        EntryBody { account_id, account, position, side, amount, balance_after }
    }
}

/// One transaction with its entries
#[utoipa::path(tag = "ledger", params(("id" = TransactionId, Path)), responses((status = 200, body = WithEntries)), extensions(("x-roles" = json!(HUB))))]
#[get("/transactions/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let transaction =
        ledger::transaction(&mut tx, caller.hub(), caller.id("id")?).await?.ok_or_else(Problem::not_found)?;
    Ok(Reply::ok(&with_entries(&mut tx, caller.hub(), transaction).await?)?.into_response())
}

async fn with_entries(tx: &mut Tx, hub: HubId, transaction: Transaction) -> Result<WithEntries, Problem> {
    let entries = ledger::transaction_entries(tx, hub, transaction.sequence).await?;
    let entries = entries.into_iter().map(EntryBody::from).collect();
    Ok(WithEntries { transaction, entries })
}

/// Why a transaction is reversed.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Reversal)]
struct Reversal {
    /// Why; the memo of the mirror.
    reason: Line,
}

/// Posts the mirror of a transaction, once; the answer is the mirror
///
/// Allocations, top-ups, gifts, settlements and adjustments are reversed this way. What a booking or an event posted is
/// undone by its own command, which the refusal names.
#[utoipa::path(tag = "ledger", params(("id" = TransactionId, Path), MovesCredits), request_body = Reversal, responses((status = 201, body = WithEntries)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/transactions/{id}/reverse")]
async fn reverse(call: Call, body: Body<Reversal>) -> Answer {
    let caller = call.allow()?;
    let Reversal { reason } = body.parse()?;
    let id = caller.id("id")?;
    caller
        .write_keyed(body.bytes(), async |journal| {
            let mirror = reversals::reverse(journal, id, &reason).await?;
            let at = format!("/v1/transactions/{}", mirror.id);
            Reply::created(at, &with_entries(journal.tx(), caller.hub(), mirror).await?)
        })
        .await
}
