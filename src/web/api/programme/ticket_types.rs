//! `/v1/ticket-types`: which programmes the hub's tickets cover, and on what terms.

use std::convert::identity;

use actix_web::{get, patch, post};
use utoipa::ToSchema;

use crate::base::ids::TicketTypeId;
use crate::base::text::{Change, Line};
use crate::programme::tickets::{self, Coverage, Returns, Terms, TicketReturn, TicketType, TypeChange};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::openapi::Changes;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Page, PageQuery, Reply, Table};
use crate::web::roles::{HUB_AND_SCHOOLS, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(create).service(get_one).service(change);
}

impl Table for TicketType {
    const COLUMNS: &'static [&'static str] =
        &["id", "name", "valid_months", "returns.rule", "returns.days", "needs_approval", "created_at"];
}

/// A type of ticket to be added.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTicketType)]
struct NewTicketType {
    /// The type's name, unique in the hub.
    name: Line,
    /// The programmes on which a ticket pays for a place: at least one programme, kind or priority.
    covers: Coverage,
    /// For how many months after its issue a ticket can book a place; for ever where it is not sent.
    #[schema(minimum = 1, maximum = 120)]
    valid_months: Option<u16>,
    /// Whether cancelling gives the ticket back.
    returns: TicketReturn,
    /// Whether a teacher's booking by ticket is a request to their lead; true where it is not sent.
    needs_approval: Option<bool>,
}

/// Adds a type of ticket
#[utoipa::path(tag = "tickets", request_body = NewTicketType, responses((status = 201, body = TicketType)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/ticket-types")]
async fn create(call: Call, body: Body<NewTicketType>) -> Answer {
    let caller = call.allow()?;
    let NewTicketType { name, covers, valid_months, returns, needs_approval } = body.parse()?;
    let terms = Terms {
        name,
        covers,
        valid_months: valid_months.map(i64::from),
        returns: checked(returns)?,
        needs_approval: needs_approval.unwrap_or(true),
    };
    caller
        .write(body.bytes(), async |journal| {
            let added = tickets::create_type(journal, terms.clone()).await?;
            Ok(Reply::created(format!("/v1/ticket-types/{}", added.id), &added)?.with_version(added.version))
        })
        .await
}

/// The types of ticket of the hub
#[utoipa::path(tag = "tickets", params(PageQuery), responses((status = 200, body = Page<TicketType>)), extensions(("x-roles" = json!(HUB_AND_SCHOOLS))))]
#[get("/ticket-types")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let (after, limit) = caller.query::<PageQuery>()?.read()?;
    let rows = tickets::list_types(&mut caller.read().await?, caller.hub(), after, limit.and_one()).await?;
    caller.list(rows, limit, |of| of.id, identity)
}

/// One type of ticket
#[utoipa::path(tag = "tickets", params(("id" = TicketTypeId, Path)), responses((status = 200, body = TicketType)), extensions(("x-roles" = json!(HUB_AND_SCHOOLS))))]
#[get("/ticket-types/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let found = tickets::get_type(&mut caller.read().await?, caller.hub(), caller.id("id")?).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(Reply::ok(&found)?.with_version(found.version).into_response())
}

/// What may be changed of a type of ticket; what is not sent stays. Tickets already issued keep their last day and
/// their return rule; what they cover, and whether they need approval, follows the type.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TicketTypeChange)]
struct TicketTypeChange {
    /// The type's new name.
    name: Option<Line>,
    /// The programmes, replaced as a whole.
    covers: Option<Coverage>,
    /// For how many months after its issue a ticket can book a place; null for ever.
    #[serde(default)]
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 120)]
    valid_months: Change<u16>,
    /// Whether cancelling gives the ticket back.
    returns: Option<TicketReturn>,
    /// Whether a teacher's booking by ticket is a request to their lead.
    needs_approval: Option<bool>,
}

/// Changes a type of ticket
#[utoipa::path(tag = "tickets", params(("id" = TicketTypeId, Path), Changes), request_body = TicketTypeChange, responses((status = 200, body = TicketType)), extensions(("x-roles" = json!(MANAGER))))]
#[patch("/ticket-types/{id}")]
async fn change(call: Call, body: Body<TicketTypeChange>) -> Answer {
    let caller = call.allow()?;
    let (sent, version) = (body.parse()?, caller.if_match()?);
    let change = TypeChange {
        name: sent.name,
        covers: sent.covers,
        valid_months: Change(sent.valid_months.0.map(|months| months.map(i64::from))),
        returns: sent.returns.map(checked).transpose()?,
        needs_approval: sent.needs_approval,
    };
    caller
        .write(body.bytes(), async |journal| {
            let id = caller.id("id")?;
            tickets::get_type(journal.tx(), caller.hub(), id).await?.ok_or_else(Problem::not_found)?;
            let changed = tickets::change_type(journal, id, version, change.clone()).await?;
            Ok(Reply::ok(&changed)?.with_version(changed.version))
        })
        .await
}

fn checked(returns: TicketReturn) -> Result<Returns, Problem> {
    returns.checked().map_err(|reason| Problem::field("/returns/days", "invalid", reason))
}
