//! `/v1/adjustments`: corrections by hand, each with its reason.

use std::convert::identity;

use actix_web::{get, post};
use utoipa::{IntoParams, ToSchema};

use crate::base::credits::Amount;
use crate::base::ids::{AdjustmentId, PartnerId, SchoolId, TransactionId};
use crate::base::text::{Day, Line};
use crate::base::year::AcademicYear;
use crate::credits::adjustments::{self, Adjustable, Adjustment, Filter, NewAdjustment, State, Target};
use crate::ledger::{Side, WalletKind};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::openapi::MovesCredits;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::{HUB, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(adjust).service(get_one).service(approve).service(discard);
}

impl Table for Adjustment {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "year",
        "account",
        "school_name",
        "wallet",
        "partner_name",
        "side",
        "amount",
        "reason",
        "effective_on",
        "state",
        "proposed_at",
        "decided_at",
        "corrects",
        "transaction_id",
        "reversed_by",
        "school_id",
        "partner_id",
        "proposed_by",
        "decided_by",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Of wallets of this school.
    school_id: Option<SchoolId>,
    /// Of this academic year.
    year: Option<AcademicYear>,
    /// In this state.
    state: Option<State>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The corrections by hand, the oldest first
#[utoipa::path(tag = "adjustments", params(Query), responses((status = 200, body = Page<Adjustment>)), extensions(("x-roles" = json!(HUB))))]
#[get("/adjustments")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { school_id, year, state, limit, after } = caller.query()?;
    let (after, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let filter = Filter { school: school_id, year, state };
    let rows = adjustments::list(&mut caller.read().await?, caller.hub(), filter, after, limit.and_one()).await?;
    caller.list(rows, limit, |adjustment| adjustment.id, identity)
}

/// A correction to be made.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAdjustment)]
struct NewAdjustmentBody {
    /// The kind of account to correct. Escrows can't be corrected: they are what their bookings hold.
    account: Adjustable,
    /// The school, for a wallet.
    school_id: Option<SchoolId>,
    /// The kind of wallet: `allocated` where it is not sent.
    wallet: Option<WalletKind>,
    /// The partner, for a payable.
    partner_id: Option<PartnerId>,
    /// The open year of the account, and of the adjustment account; the current one where it is not sent.
    year: Option<AcademicYear>,
    /// The side of the corrected account: `credit` puts credits into a wallet, `debit` takes them out.
    side: Side,
    /// How many credits.
    amount: Amount,
    /// Why the credits are corrected; the memo of the transaction.
    reason: Line,
    /// The business date, today or earlier, in an open year; the day on which it is posted where it is not sent.
    effective_on: Option<Day>,
    /// The transaction that it corrects; its year may be closed.
    corrects: Option<TransactionId>,
}

impl NewAdjustmentBody {
    /// Checks what must hold between the fields.
    fn checked(self) -> Result<NewAdjustment, Problem> {
        let target = Target::of(self.account, self.school_id, self.wallet, self.partner_id);
        let target = target.map_err(|misfits| Problem::misfits(&misfits))?;
        Ok(NewAdjustment {
            year: self.year,
            target,
            side: self.side,
            amount: self.amount,
            reason: self.reason,
            effective_on: self.effective_on.map(|day| day.0),
            corrects: self.corrects,
        })
    }
}

/// Corrects an account by hand, against the year's adjustment account
///
/// Where the hub asks for four eyes, it is only proposed, and another hub manager posts it.
#[utoipa::path(tag = "adjustments", params(MovesCredits), request_body = NewAdjustmentBody, responses((status = 201, body = Adjustment)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/adjustments")]
async fn adjust(call: Call, body: Body<NewAdjustmentBody>) -> Answer {
    let caller = call.allow()?;
    let new = body.parse()?.checked()?;
    caller
        .write_keyed(body.bytes(), async |journal| {
            let adjustment = adjustments::adjust(journal, &new).await?;
            Reply::created(format!("/v1/adjustments/{}", adjustment.id), &adjustment)
        })
        .await
}

/// One correction
#[utoipa::path(tag = "adjustments", params(("id" = AdjustmentId, Path)), responses((status = 200, body = Adjustment)), extensions(("x-roles" = json!(HUB))))]
#[get("/adjustments/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let adjustment = adjustments::get(&mut caller.read().await?, caller.hub(), caller.id("id")?).await?;
    Ok(Reply::ok(&adjustment.ok_or_else(Problem::not_found)?)?.into_response())
}

/// Posts a correction that another hub manager proposed
#[utoipa::path(tag = "adjustments", params(("id" = AdjustmentId, Path), MovesCredits), responses((status = 200, body = Adjustment)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/adjustments/{id}/approve")]
async fn approve(call: Call) -> Answer {
    let caller = call.allow()?;
    let id = caller.id("id")?;
    caller.write_keyed(&[], async |journal| Reply::ok(&adjustments::approve(journal, id).await?)).await
}

/// Discards a proposed correction
#[utoipa::path(tag = "adjustments", params(("id" = AdjustmentId, Path)), responses((status = 200, body = Adjustment)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/adjustments/{id}/discard")]
async fn discard(call: Call) -> Answer {
    let caller = call.allow()?;
    let id = caller.id("id")?;
    caller.write(&[], async |journal| Reply::ok(&adjustments::discard(journal, id).await?)).await
}
