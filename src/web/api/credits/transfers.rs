//! `/v1/transfers`: credits that one school gives to another.

use std::convert::identity;

use actix_web::{get, post};
use utoipa::{IntoParams, ToSchema};

use crate::base::credits::Amount;
use crate::base::ids::{SchoolId, TransferId};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::credits::transfers::{self, Filter, NewTransfer, State, Transfer};
use crate::ledger::WalletKind;
use crate::web::body::Body;
use crate::web::call::{Call, Caller};
use crate::web::openapi::MovesCredits;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::{HUB_AND_LEADS, LEADS};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(offer).service(get_one).service(accept).service(decline).service(withdraw);
}

impl Table for Transfer {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "from_school_name",
        "to_school_name",
        "year",
        "wallet",
        "amount",
        "message",
        "state",
        "offered_at",
        "decided_at",
        "from_school_id",
        "to_school_id",
        "transaction_id",
        "reversed_by",
        "offered_by",
        "decided_by",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// From or to this school.
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

/// The gifts between schools, the oldest offer first; for a lead, from and to their school
#[utoipa::path(tag = "transfers", params(Query), responses((status = 200, body = Page<Transfer>)), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/transfers")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { school_id, year, state, limit, after } = caller.query()?;
    if school_id.is_some_and(|school| !caller.sees_school(school)) {
        return Err(Problem::not_found());
    }
    let (after, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let filter = Filter { school: caller.own_school().or(school_id), year, state };
    let rows = transfers::list(&mut caller.read().await?, caller.hub(), filter, after, limit.and_one()).await?;
    caller.list(rows, limit, |transfer| transfer.id, identity)
}

/// Credits to be given to another school.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTransfer)]
struct NewTransferBody {
    /// The receiving school, another one of the same hub.
    to_school_id: SchoolId,
    /// The open year of the wallet that they come from and of the one that they go to; the current one where not sent.
    year: Option<AcademicYear>,
    /// The kind of both wallets: `allocated` where it is not sent.
    wallet: Option<WalletKind>,
    /// How many credits.
    amount: Amount,
    /// A message to the receiver.
    message: Option<Line>,
}

/// Offers credits of the lead's school to another; they move when its lead accepts
///
/// The receiver gets them in its wallet of the same year and kind. An offer holds nothing: whether the giver has the
/// credits is checked now, and again when the receiver accepts.
#[utoipa::path(tag = "transfers", request_body = NewTransferBody, responses((status = 201, body = Transfer)), extensions(("x-roles" = json!(LEADS))))]
#[post("/transfers")]
async fn offer(call: Call, body: Body<NewTransferBody>) -> Answer {
    let caller = call.allow()?;
    let from = own_school(&caller)?;
    let NewTransferBody { to_school_id: to, year, wallet, amount, message } = body.parse()?;
    let new = NewTransfer { to, year, wallet: wallet.unwrap_or(WalletKind::Allocated), amount, message };
    caller
        .write(body.bytes(), async |journal| {
            let offered = transfers::offer(journal, from, &new).await?;
            Reply::created(format!("/v1/transfers/{}", offered.id), &offered)
        })
        .await
}

/// One gift
#[utoipa::path(tag = "transfers", params(("id" = TransferId, Path)), responses((status = 200, body = Transfer)), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/transfers/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let transfer = transfers::get(&mut caller.read().await?, caller.hub(), caller.id("id")?).await?;
    let sees = |gift: &Transfer| [gift.from_school_id, gift.to_school_id].iter().any(|of| caller.sees_school(*of));
    let transfer = transfer.filter(sees).ok_or_else(Problem::not_found)?;
    Ok(Reply::ok(&transfer)?.into_response())
}

/// Accepts a gift: the credits move to the wallet of the lead's school
#[utoipa::path(tag = "transfers", params(("id" = TransferId, Path), MovesCredits), responses((status = 200, body = Transfer)), extensions(("x-roles" = json!(LEADS))))]
#[post("/transfers/{id}/accept")]
async fn accept(call: Call) -> Answer {
    let caller = call.allow()?;
    let (to, id) = (own_school(&caller)?, caller.id("id")?);
    caller.write_keyed(&[], async |journal| Reply::ok(&transfers::accept(journal, to, id).await?)).await
}

/// Declines a gift
#[utoipa::path(tag = "transfers", params(("id" = TransferId, Path)), responses((status = 200, body = Transfer)), extensions(("x-roles" = json!(LEADS))))]
#[post("/transfers/{id}/decline")]
async fn decline(call: Call) -> Answer {
    let caller = call.allow()?;
    let (to, id) = (own_school(&caller)?, caller.id("id")?);
    caller.write(&[], async |journal| Reply::ok(&transfers::decline(journal, to, id).await?)).await
}

/// Withdraws an offer
#[utoipa::path(tag = "transfers", params(("id" = TransferId, Path)), responses((status = 200, body = Transfer)), extensions(("x-roles" = json!(LEADS))))]
#[post("/transfers/{id}/withdraw")]
async fn withdraw(call: Call) -> Answer {
    let caller = call.allow()?;
    let (from, id) = (own_school(&caller)?, caller.id("id")?);
    caller.write(&[], async |journal| Reply::ok(&transfers::withdraw(journal, from, id).await?)).await
}

/// The school of the calling lead.
fn own_school(caller: &Caller) -> Result<SchoolId, Problem> {
    caller.own_school().ok_or_else(Problem::not_found)
}
