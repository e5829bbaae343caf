//! `/v1/commissions/{id}/questions`, `/visits` and `/reviews`: what the sides tell each other.

use std::convert::identity;

use actix_web::{get, post, put};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::ids::{CommissionId, PartnerId, SchoolId};
use crate::base::text::Prose;
use crate::members::people::Role;
use crate::support::commissions::{self, NewVisit, Provider, Question, Review, Visit};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::in_sight::{self, reach};
use crate::web::operations::Operations;
use crate::web::problem::Answer;
use crate::web::reply::{Page, PageQuery, Reply, Table};
use crate::web::roles::{ACCOUNT_HOLDERS, SUPPORT};

/// Those who buy or provide support, and the specialists who come.
const RECORDERS: &[Role] = &[Role::HubManager, Role::SchoolLead, Role::Partner, Role::Teacher];

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list_questions).service(ask).service(list_visits).service(record);
    config.service(list_reviews).service(review);
}

impl Table for Question {
    const COLUMNS: &'static [&'static str] =
        &["written_at", "side", "text", "id", "provider_school_id", "provider_partner_id", "written_by"];
}

impl Table for Visit {
    const COLUMNS: &'static [&'static str] = &[
        "visited_on",
        "milestone",
        "minutes",
        "who",
        "done",
        "next_step",
        "link",
        "late",
        "recorded_at",
        "id",
        "recorded_by",
    ];
}

/// The questions and answers about a commission, the oldest first: all for the buyer and the hub, a provider's own for
/// others
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path), PageQuery), responses((status = 200, body = Page<Question>)), extensions(("x-roles" = json!(ACCOUNT_HOLDERS))))]
#[get("/commissions/{id}/questions")]
async fn list_questions(call: Call) -> Answer {
    call.pages(list_questions_page).await
}

async fn list_questions_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let (after, limit) = caller.query::<PageQuery>()?.read()?;
    let mut tx = caller.read().await?;
    let commission = in_sight::commission(&caller, &mut tx).await?;
    let reach = reach(&caller)?;
    let rows = commissions::questions(&mut tx, caller.hub(), &commission, reach, after, limit.and_one()).await?;
    caller.list(rows, limit, |question| question.id, identity)
}

/// A question or an answer.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCommissionQuestion)]
struct NewQuestion {
    /// What is asked or answered.
    text: Prose,
    /// Of an open request, the school that the buyer answers.
    provider_school_id: Option<SchoolId>,
    /// Of an open request, the partner that the buyer answers.
    provider_partner_id: Option<PartnerId>,
}

/// Asks the other side about a commission, or answers
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path)), request_body = NewQuestion, responses((status = 201, body = Question)), extensions(("x-roles" = json!(SUPPORT))))]
#[post("/commissions/{id}/questions")]
async fn ask(call: Call, body: Body<NewQuestion>) -> Answer {
    let caller = call.allow()?;
    let (id, new, reach) = (caller.id("id")?, body.parse()?, reach(&caller)?);
    let to = Provider::of(new.provider_school_id, new.provider_partner_id);
    caller
        .write(body.bytes(), async |journal| {
            let asked = commissions::ask(journal, reach, id, to, &new.text).await?;
            Reply::created(format!("/v1/commissions/{id}/questions"), &asked)
        })
        .await
}

/// The visits of a commission, the oldest record first
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path), PageQuery), responses((status = 200, body = Page<Visit>)), extensions(("x-roles" = json!(ACCOUNT_HOLDERS))))]
#[get("/commissions/{id}/visits")]
async fn list_visits(call: Call) -> Answer {
    call.pages(list_visits_page).await
}

async fn list_visits_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let (after, limit) = caller.query::<PageQuery>()?.read()?;
    let mut tx = caller.read().await?;
    let id = in_sight::commission(&caller, &mut tx).await?.id;
    let rows = commissions::visits(&mut tx, caller.hub(), id, after, limit.and_one()).await?;
    caller.list(rows, limit, |visit| visit.id, identity)
}

/// Records a visit: due within five working days of it
///
/// The people of the side that provides do. A teacher of that school records their own visits, where what was agreed
/// names them as the specialist.
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path)), request_body = NewVisit, responses((status = 201, body = Visit)), extensions(("x-roles" = json!(RECORDERS))))]
#[post("/commissions/{id}/visits")]
async fn record(call: Call, body: Body<NewVisit>) -> Answer {
    let caller = call.allow()?;
    let (id, new, reach) = (caller.id("id")?, body.parse()?, reach(&caller)?);
    let specialist = (caller.role() == Role::Teacher).then_some(&caller.person.name);
    caller
        .write(body.bytes(), async |journal| {
            let visit = commissions::record_visit(journal, reach, specialist, id, &new).await?;
            Reply::created(format!("/v1/commissions/{id}/visits"), &visit)
        })
        .await
}

/// What came of a commission, as each side sees it.
#[derive(Serialize, ToSchema)]
struct CommissionReviews {
    /// At most one of each side.
    items: Vec<Review>,
}

/// What came of a commission, as each side sees it: shown to the two and the hub
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path)), responses((status = 200, body = CommissionReviews)), extensions(("x-roles" = json!(ACCOUNT_HOLDERS))))]
#[get("/commissions/{id}/reviews")]
async fn list_reviews(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let commission = in_sight::commission(&caller, &mut tx).await?;
    let items = commissions::reviews(&mut tx, caller.hub(), commission.id).await?;
    Ok(Reply::ok(&CommissionReviews { items })?.into_response())
}

/// What came of a commission.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCommissionReview {
    /// What came of it: what changed in the school.
    impact: Prose,
    /// From 1, poor, to 5, very good.
    rating: i64,
}

/// Says what came of a completed or cancelled commission, for the caller's side; again, to say it better
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path)), request_body = NewCommissionReview, responses((status = 200, body = Review)), extensions(("x-roles" = json!(SUPPORT))))]
#[put("/commissions/{id}/review")]
async fn review(call: Call, body: Body<NewCommissionReview>) -> Answer {
    let caller = call.allow()?;
    let (id, new, reach) = (caller.id("id")?, body.parse()?, reach(&caller)?);
    caller
        .write(body.bytes(), async |journal| {
            Reply::ok(&commissions::review(journal, reach, id, &new.impact, new.rating).await?)
        })
        .await
}
