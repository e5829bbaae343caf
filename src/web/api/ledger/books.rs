//! `/v1/ledger`: the trial balance, the end of the chain, the verification, the export.

use actix_web::get;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::credits::Credits;
use crate::ledger::checkpoints::Checkpoint;
use crate::ledger::{self, Moment, TrialBalanceLine};
use crate::reports::{ExportFormat, KeptHead, Verification};
use crate::web::books::{verify, written};
use crate::web::call::Call;
use crate::web::moment::At;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Reply, Table};
use crate::web::roles::HUB;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(trial_balance).service(get_head).service(verification).service(export);
}

/// The balances of the whole ledger, by kind of account and year.
#[derive(Serialize, ToSchema)]
#[schema(as = TrialBalance)]
struct TrialBalance {
    /// Counts everything recorded at or before this instant.
    as_of: DateTime<Utc>,
    /// Counts only business dates on or before this day; null where none was asked for.
    effective_on: Option<NaiveDate>,
    /// A line for each kind of account and year.
    lines: Vec<TrialBalanceLine>,
    /// The sum of the debits, equal to the sum of the credits.
    debit: Credits,
    /// The sum of the credits.
    credit: Credits,
}

impl Table for TrialBalanceLine {
    const COLUMNS: &'static [&'static str] = &["kind", "year", "accounts", "debit", "credit"];
}

/// The trial balance: now, as recorded by an instant, or as effective on a day
///
/// As JSON or, where Accept asks for it, its lines as CSV or a workbook (XLSX).
#[utoipa::path(tag = "ledger", params(At), responses((status = 200, content((TrialBalance = "application/json"), (String = "text/csv")))), extensions(("x-roles" = json!(HUB))))]
#[get("/ledger/trial-balance")]
async fn trial_balance(call: Call) -> Answer {
    let caller = call.allow()?;
    let (moment, effective_on) = caller.query::<At>()?.read(&caller)?;
    let as_of = if let Moment::At(instant) = moment { instant } else { caller.now() };
    let (mut tx, hub) = (caller.read().await?, caller.hub());
    let lines = match effective_on {
        None => ledger::trial_balance(&mut tx, hub, moment).await?,
        Some(day) => ledger::trial_balance_on(&mut tx, hub, day, moment).await?,
    };
    if let Some(file) = caller.wants_file() {
        return caller.table(file, &lines).await;
    }
    let (debit, credit) = (lines.iter().map(|line| line.debit).sum(), lines.iter().map(|line| line.credit).sum());
    Ok(Reply::ok(&TrialBalance { as_of, effective_on, lines, debit, credit })?.into_response())
}

/// The end of the hub's chain: keep it elsewhere, and nobody can rewrite what came before.
#[derive(Serialize, ToSchema)]
#[schema(as = LedgerHead)]
struct HeadBody {
    /// How many transactions the hub has.
    sequence: i64,
    /// The hash of the last transaction, in hexadecimal.
    hash: String,
    /// When the last transaction was recorded.
    recorded_at: DateTime<Utc>,
}

/// The end of the hub's chain
#[utoipa::path(tag = "ledger", responses((status = 200, body = HeadBody)), extensions(("x-roles" = json!(HUB))))]
#[get("/ledger/head")]
async fn get_head(call: Call) -> Answer {
    let caller = call.allow()?;
    let head = ledger::head(&mut caller.read().await?, caller.hub()).await?.ok_or_else(Problem::not_found)?;
    let ledger::Head { sequence, hash, recorded_at } = head;
    Ok(Reply::ok(&HeadBody { sequence, hash: hex::encode(hash), recorded_at })?.into_response())
}

/// What was recomputed from the entries, and the first fault found.
#[derive(Serialize, ToSchema)]
#[schema(as = Verification)]
struct VerificationBody {
    /// Whether no fault was found.
    verified: bool,
    /// How many transactions were recomputed.
    transactions: i64,
    /// How many entries were recomputed.
    entries: i64,
    /// How many accounts were compared.
    accounts: i64,
    /// The hash of the last transaction, in hexadecimal.
    head: String,
    /// The newest checkpoint, up to which the history is what was signed; null where nothing was, or there is a fault.
    checkpoint: Option<Checkpoint>,
    /// How many transactions follow that checkpoint; null where there is a fault.
    after_checkpoint: Option<i64>,
    /// The first difference; null where there is none.
    difference: Option<DifferenceBody>,
}

/// Something recorded that differs from what the entries say.
#[derive(Serialize, ToSchema)]
#[schema(as = Difference)]
struct DifferenceBody {
    /// What is wrong, in words.
    what: String,
    /// The sequence of the transaction where it is.
    transaction: Option<i64>,
    /// The code of the account, or the id of the event or booking, where it is.
    subject: Option<String>,
    /// What the entries say.
    expected: String,
    /// What is recorded.
    found: String,
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Against {
    /// A head that was kept, as `SEQUENCE:HASH`: proves that the history up to it is unchanged.
    against: Option<KeptHead>,
}

/// Recomputes the whole ledger and names the first fault
///
/// The history is checked against every checkpoint that the service has signed, in its database and outside it, and its
/// end must have been made by this service.
#[utoipa::path(tag = "ledger", params(Against), responses((status = 200, body = VerificationBody)), extensions(("x-roles" = json!(HUB))))]
#[get("/ledger/verification")]
async fn verification(call: Call) -> Answer {
    let caller = call.allow()?;
    let Against { against } = caller.query()?;
    let (found, coverage) = verify(&caller, against).await?;
    let Verification { transactions, entries, accounts, head, difference } = found;
    let difference = difference.map(|ledger::Difference { what, transaction, subject, expected, found }| {
        DifferenceBody { what, transaction, subject, expected, found }
    });
    let after_checkpoint = coverage.as_ref().map(|coverage| coverage.after);
    let body = VerificationBody {
        verified: difference.is_none(),
        transactions,
        entries,
        accounts,
        head: hex::encode(head),
        checkpoint: coverage.and_then(|coverage| coverage.checkpoint),
        after_checkpoint,
        difference,
    };
    Ok(Reply::ok(&body)?.into_response())
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct As {
    /// The format of the export.
    format: ExportFormat,
}

/// The whole journal, for another program to check or to keep
///
/// `hledger` and `beancount` are plain text for those programs, with the balance of every account asserted. `csv` has a
/// row for each entry. `jsonl` holds all that the ledger knows, one JSON value a line, and can be imported again
/// (`hub-credits import journal`). The same journal gives the same bytes.
#[utoipa::path(tag = "ledger", params(As), responses((status = 200, content(
    (String = "text/plain"), (String = "text/csv"), (String = "application/jsonl")
))),
    extensions(("x-roles" = json!(HUB)))
)]
#[get("/ledger/export")]
async fn export(call: Call) -> Answer {
    let caller = call.allow()?;
    let As { format } = caller.query()?;
    written(&caller, format).await
}
