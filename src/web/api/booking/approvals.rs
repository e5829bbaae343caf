//! `/v1/approvals`, the requests that wait for a decision; a school's deputies and its rules of approval.

use std::convert::identity;

use actix_web::{delete, get, patch, post};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::ids::{DeputyId, PersonId, SchoolId};
use crate::base::text::{Change, Day};
use crate::booking::bookings::{self, Undecided};
use crate::members::people::{self, Deputy};
use crate::members::schools::{self, ApprovalRules};
use crate::web::api::booking::bookings::BookingBody;
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::openapi::Changes;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, PageQuery, Reply, Table, read_cursor};
use crate::web::roles::{HUB_AND_LEADS, HUB_AND_SCHOOLS, MANAGER_AND_LEADS};
use crate::web::seen;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config
        .service(queue)
        .service(list_deputies)
        .service(name_deputy)
        .service(dismiss_deputy)
        .service(show_rules)
        .service(change_rules);
}

/// A request that waits for a decision.
#[derive(Serialize, ToSchema)]
#[schema(as = Approval)]
struct ApprovalBody {
    #[serde(flatten)]
    booking: BookingBody,
    /// Whether the caller asked for it themselves: somebody else must approve it, unless the school allows it.
    own_request: bool,
    /// What the school still has to spend in its wallets of the event's academic year, which alone pay for it.
    available: Credits,
    /// What it would still have in that year after approving: what a request holds has already left the wallets, and a
    /// booking on the waiting list pays when a place is free.
    available_if_approved: Credits,
    /// What it would still have in that year after declining.
    available_if_declined: Credits,
}

impl Table for ApprovalBody {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "event_title",
        "starts_at",
        "person_name",
        "school_name",
        "state",
        "waiting_position",
        "price",
        "approve_by",
        "requested_at",
        "available",
        "available_if_approved",
        "available_if_declined",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Of this school.
    school_id: Option<SchoolId>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The requests that wait for a decision, the next to expire first; for a lead or a deputy, of their school
#[utoipa::path(tag = "approvals", params(Query), responses((status = 200, body = Page<ApprovalBody>)), extensions(("x-roles" = json!(HUB_AND_SCHOOLS))))]
#[get("/approvals")]
async fn queue(call: Call) -> Answer {
    call.pages(queue_page).await
}

async fn queue_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { school_id, limit, after } = caller.query()?;
    let (after, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let mut tx = caller.read().await?;
    seen::decides(&caller, &mut tx).await?;
    if school_id.is_some_and(|school| !caller.sees_school(school)) {
        return Err(Problem::not_found());
    }
    let school = caller.own_school().or(school_id);
    let rows = bookings::undecided(&mut tx, caller.hub(), school, after, limit.and_one()).await?;
    let me = Some(caller.person.id);
    caller.list(rows, limit, Undecided::place, |undecided| ApprovalBody {
        own_request: [undecided.view.booking.person_id, undecided.view.booking.requested_by].contains(&me),
        available: undecided.available,
        available_if_approved: undecided.available_after(true),
        available_if_declined: undecided.available_after(false),
        booking: BookingBody::from(undecided.view),
    })
}

impl Table for Deputy {
    const COLUMNS: &'static [&'static str] =
        &["id", "school_id", "person_id", "person_name", "starts_on", "ends_on", "named_by", "named_at"];
}

/// The deputies of a school's lead: past, present and future
#[utoipa::path(tag = "approvals", params(("id" = SchoolId, Path), PageQuery), responses((status = 200, body = Page<Deputy>)), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/schools/{id}/deputies")]
async fn list_deputies(call: Call) -> Answer {
    call.pages(list_deputies_page).await
}

async fn list_deputies_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let (school, (after, limit)) =
        (seen::school(&caller, &mut caller.read().await?).await?.id, caller.query::<PageQuery>()?.read()?);
    let rows = people::deputies(&mut caller.read().await?, caller.hub(), school, after, limit.and_one()).await?;
    caller.list(rows, limit, |deputy| deputy.id, identity)
}

/// A deputy to be named.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDeputy)]
struct NewDeputy {
    /// A person of the school.
    person_id: PersonId,
    /// The first day; today where it is not sent.
    starts_on: Option<Day>,
    /// The last day.
    ends_on: Day,
}

/// Names somebody of the school who decides on requests in place of its lead
#[utoipa::path(tag = "approvals", params(("id" = SchoolId, Path)), request_body = NewDeputy, responses((status = 201, body = Deputy)), extensions(("x-roles" = json!(MANAGER_AND_LEADS))))]
#[post("/schools/{id}/deputies")]
async fn name_deputy(call: Call, body: Body<NewDeputy>) -> Answer {
    let caller = call.allow()?;
    let (new, school) = (body.parse()?, seen::school(&caller, &mut caller.read().await?).await?.id);
    let starts_on = new.starts_on.map_or_else(|| london_date(caller.now()), |day| day.0);
    caller
        .write(body.bytes(), async |journal| {
            let deputy = people::name_deputy(journal, school, new.person_id, starts_on, new.ends_on.0).await?;
            Reply::created(format!("/v1/schools/{school}/deputies/{}", deputy.id), &deputy)
        })
        .await
}

/// Ends a deputation
#[utoipa::path(tag = "approvals", params(("id" = SchoolId, Path), ("deputy_id" = DeputyId, Path)), responses((status = 204)), extensions(("x-roles" = json!(MANAGER_AND_LEADS))))]
#[delete("/schools/{id}/deputies/{deputy_id}")]
async fn dismiss_deputy(call: Call) -> Answer {
    let caller = call.allow()?;
    let (school, deputy) = (seen::school(&caller, &mut caller.read().await?).await?.id, caller.id("deputy_id")?);
    caller
        .write(&[], async |journal| {
            people::dismiss_deputy(journal, school, deputy).await?;
            Ok(Reply::nothing())
        })
        .await
}

/// What a school allows without a decision of its lead
#[utoipa::path(tag = "approvals", params(("id" = SchoolId, Path)), responses((status = 200, body = ApprovalRules)), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/schools/{id}/approval")]
async fn show_rules(call: Call) -> Answer {
    let caller = call.allow()?;
    let school = seen::school(&caller, &mut caller.read().await?).await?.id;
    let rules = schools::approval_rules(&mut caller.read().await?, caller.hub(), school).await?;
    let rules = rules.ok_or_else(Problem::not_found)?;
    Ok(Reply::ok(&rules)?.with_version(rules.version).into_response())
}

/// What may be changed of a school's rules of approval; what is not sent stays.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ApprovalRulesChange)]
struct RulesChange {
    /// Whether those who may approve may approve their own requests.
    ///
    /// A lead alone can allow it where there has been no other lead for a week; otherwise another lead, or the hub,
    /// must send the same change.
    own_approval: Option<bool>,
    /// Whether a second person decides where a lead books for themselves: otherwise the booking is confirmed at once. A
    /// lead who switches it off needs another lead, or the hub, to send the same change.
    second_person: Option<bool>,
    /// Up to how many credits in an academic year each person's requests need no approval; null for none.
    #[serde(default)]
    #[schema(value_type = Option<Credits>)]
    yearly_limit: Change<Credits>,
    /// Above how many credits two people of the school must agree to a commission; null for never. Only the hub raises
    /// or removes it.
    #[serde(default)]
    #[schema(value_type = Option<Credits>)]
    commission_limit: Change<Credits>,
}

/// Changes what a school allows without a decision of its lead
#[utoipa::path(tag = "approvals", params(("id" = SchoolId, Path), Changes), request_body = RulesChange, responses((status = 200, body = ApprovalRules)), extensions(("x-roles" = json!(MANAGER_AND_LEADS))))]
#[patch("/schools/{id}/approval")]
async fn change_rules(call: Call, body: Body<RulesChange>) -> Answer {
    let caller = call.allow()?;
    let (change, version, school) =
        (body.parse()?, caller.if_match()?, seen::school(&caller, &mut caller.read().await?).await?.id);
    caller
        .write(body.bytes(), async |journal| {
            let change = people::RulesChange {
                own_approval: change.own_approval,
                second_person: change.second_person,
                approval_limit: change.yearly_limit,
                commission_limit: change.commission_limit,
            };
            let rules = people::change_approval_rules(journal, school, version, change).await?;
            Ok(Reply::ok(&rules)?.with_version(rules.version))
        })
        .await
}
