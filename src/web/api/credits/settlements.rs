//! `/v1/settlements`: statements of what partners have earned, and their payments.

use std::convert::identity;

use actix_web::{get, post};
use utoipa::{IntoParams, ToSchema};

use crate::base::ids::{PartnerId, PaymentId, SettlementId};
use crate::base::text::{Day, Line};
use crate::base::xlsx;
use crate::credits::settlements::{self, Filter, NewPayment, Payment, SettledLine, Settlement, State};
use crate::members::hubs;
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::files;
use crate::web::in_sight;
use crate::web::openapi::MovesCredits;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, PageQuery, Reply, Table, read_cursor};
use crate::web::roles::{HUB_AND_PARTNERS, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(make).service(get_one).service(list_lines).service(list_payments);
    config.service(pay).service(cancel);
}

/// The most lines of a statement on paper.
const MOST_LINES: usize = 10_000;

impl Table for Settlement {
    const COLUMNS: &'static [&'static str] = &[
        "number",
        "partner_name",
        "up_to",
        "state",
        "credits",
        "gbp",
        "credits_paid",
        "gbp_paid",
        "stated_at",
        "stated_by",
        "cancelled_at",
        "cancelled_by",
        "cancelled_because",
        "id",
        "partner_id",
    ];
}

impl Table for SettledLine {
    const COLUMNS: &'static [&'static str] =
        &["sequence", "earned_on", "what_for", "credits", "credit_value_pence", "gbp", "transaction_id"];
}

impl Table for Payment {
    const COLUMNS: &'static [&'static str] = &[
        "paid_on",
        "bank_reference",
        "credits",
        "gbp",
        "state",
        "paid_at",
        "paid_by",
        "id",
        "settlement_id",
        "transaction_id",
        "reversed_by",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Of this partner.
    partner_id: Option<PartnerId>,
    /// In this state.
    state: Option<State>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The statements of what partners have earned, the oldest first; for a partner, their own
#[utoipa::path(tag = "settlements", params(Query), responses((status = 200, body = Page<Settlement>)), extensions(("x-roles" = json!(HUB_AND_PARTNERS))))]
#[get("/settlements")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { partner_id, state, limit, after } = caller.query()?;
    if caller.own_partner().is_some_and(|own| partner_id.is_some_and(|asked| asked != own)) {
        return Err(Problem::not_found());
    }
    let (after, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let filter = Filter { partner: caller.own_partner().or(partner_id), state };
    let rows = settlements::list(&mut caller.read().await?, caller.hub(), filter, after, limit.and_one()).await?;
    caller.list(rows, limit, |settlement| settlement.id, identity)
}

/// Up to which day a partner's statement goes.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSettlement {
    /// The last day of what is to be on it: today or before.
    up_to: Day,
}

/// Makes a statement of what a partner has earned up to a day
///
/// On it is every posting to what the partner is owed that is on no statement yet, frozen with what it was for and with
/// the value that a credit had on the day it was earned. Corrections that come later are on the next statement.
#[utoipa::path(tag = "settlements", params(("id" = PartnerId, Path), MovesCredits), request_body = NewSettlement, responses((status = 201, body = Settlement)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/partners/{id}/settlements")]
async fn make(call: Call, body: Body<NewSettlement>) -> Answer {
    let caller = call.allow()?;
    let (partner, NewSettlement { up_to }) = (caller.id("id")?, body.parse()?);
    caller
        .write_keyed(body.bytes(), async |journal| {
            let stated = settlements::make(journal, partner, up_to.0, None).await?;
            Reply::created(format!("/v1/settlements/{}", stated.id), &stated)
        })
        .await
}

/// One statement; with its lines and payments as a PDF, a workbook (XLSX) or a page to print, by Accept
///
/// A PDF and a page have the first 10,000 lines, and say so where there are more; the workbook and the CSV of the lines
/// have all.
#[utoipa::path(tag = "settlements", params(("id" = SettlementId, Path)), responses((status = 200, content((Settlement = "application/json"), (Vec<u8> = "application/pdf"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "text/html")))), extensions(("x-roles" = json!(HUB_AND_PARTNERS))))]
#[get("/settlements/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let settlement = in_sight::settlement(&caller, &mut tx).await?;
    let (pdf, workbook) = (caller.wants_pdf(), caller.wants(xlsx::MEDIA_TYPE));
    if !pdf && !workbook && !caller.wants("text/html") {
        return Ok(Reply::ok(&settlement)?.into_response());
    }
    let (hub, id) = (caller.hub(), settlement.id);
    let most = if workbook { None } else { Some(MOST_LINES) };
    let (lines, more) = settlements::all_lines(&mut tx, hub, id, most).await?;
    let payments = settlements::payments(&mut tx, hub, id, None, i64::MAX).await?;
    let name = hubs::get(&mut tx, hub).await?.ok_or_else(Problem::not_found)?.name;
    drop(tx);
    let file = format!("settlement-{}", settlement.number);
    if workbook {
        let book = settlements::workbook::book(&name, &settlement, &lines, &payments, caller.now());
        return files::workbook(book, &file).await;
    }
    let sheet = settlements::paper::sheet(&name, &settlement, (&lines, more), &payments);
    if pdf { files::pdf(sheet, &file, caller.fonts()).await } else { files::sheet_page(&sheet) }
}

/// The lines of a statement, in the order of their postings
#[utoipa::path(tag = "settlements", params(("id" = SettlementId, Path), PageQuery), responses((status = 200, body = Page<SettledLine>)), extensions(("x-roles" = json!(HUB_AND_PARTNERS))))]
#[get("/settlements/{id}/lines")]
async fn list_lines(call: Call) -> Answer {
    call.pages(list_lines_page).await
}

async fn list_lines_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let (after, limit) = caller.query::<PageQuery>()?.read()?;
    let mut tx = caller.read().await?;
    let id = in_sight::settlement(&caller, &mut tx).await?.id;
    let rows = settlements::lines(&mut tx, caller.hub(), id, after, limit.and_one()).await?;
    caller.list(rows, limit, |line| line.sequence, identity)
}

/// The payments of a statement, the oldest first, with those that were reversed
#[utoipa::path(tag = "settlements", params(("id" = SettlementId, Path), PageQuery), responses((status = 200, body = Page<Payment>)), extensions(("x-roles" = json!(HUB_AND_PARTNERS))))]
#[get("/settlements/{id}/payments")]
async fn list_payments(call: Call) -> Answer {
    call.pages(list_payments_page).await
}

async fn list_payments_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let (after, limit) = caller.query::<PageQuery>()?.read::<PaymentId>()?;
    let mut tx = caller.read().await?;
    let id = in_sight::settlement(&caller, &mut tx).await?.id;
    let rows = settlements::payments(&mut tx, caller.hub(), id, after, limit.and_one()).await?;
    caller.list(rows, limit, |payment| payment.id, identity)
}

/// Records that the bank paid a statement, or a part of it: credits move from what is owed to what was paid
///
/// What is paid in pounds follows from the credits, in proportion, so that the parts come to the whole. A payment that
/// the bank returned is undone by reversing its transaction.
#[utoipa::path(tag = "settlements", params(("id" = SettlementId, Path), MovesCredits), request_body = NewPayment, responses((status = 201, body = Payment)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/settlements/{id}/payments")]
async fn pay(call: Call, body: Body<NewPayment>) -> Answer {
    let caller = call.allow()?;
    let (id, new) = (caller.id("id")?, body.parse()?);
    caller
        .write_keyed(body.bytes(), async |journal| {
            let paid = settlements::pay(journal, id, &new).await?;
            Reply::created(format!("/v1/settlements/{id}/payments"), &paid)
        })
        .await
}

/// Why a statement is cancelled.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SettlementCancellation {
    /// The reason.
    reason: Line,
}

/// Cancels a statement of which nothing is paid: what was on it can be stated again
///
/// The statement keeps its number.
#[utoipa::path(tag = "settlements", params(("id" = SettlementId, Path)), request_body = SettlementCancellation, responses((status = 200, body = Settlement)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/settlements/{id}/cancel")]
async fn cancel(call: Call, body: Body<SettlementCancellation>) -> Answer {
    let caller = call.allow()?;
    let (id, SettlementCancellation { reason }) = (caller.id("id")?, body.parse()?);
    caller.write(body.bytes(), async |journal| Reply::ok(&settlements::cancel(journal, id, &reason).await?)).await
}
