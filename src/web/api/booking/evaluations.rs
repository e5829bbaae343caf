//! `/v1/bookings/{id}/evaluation`, for those who attended; `/v1/events/{id}/evaluations`, summed up for those who gave
//! it.

use actix_web::{get, patch, post};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::db::Tx;
use crate::base::ids::{BookingId, EventId};
use crate::base::text::{Change, Prose};
use crate::booking::evaluations::{self, Evaluation, Rating, Summary};
use crate::booking::organising;
use crate::web::body::Body;
use crate::web::call::{Call, Caller};
use crate::web::openapi::Changes;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Page, PageQuery, Reply, Table};
use crate::web::roles::{EVERYONE, ORGANISERS};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(give).service(get_own).service(change).service(summary).service(comments);
}

/// What a delegate thought of an event.
#[derive(Serialize, ToSchema)]
#[schema(as = Evaluation)]
struct EvaluationBody {
    #[serde(flatten)]
    #[schema(inline)]
    evaluation: Evaluation,
    /// Until when it can be changed.
    changeable_until: DateTime<Utc>,
}

impl EvaluationBody {
    fn of(evaluation: Evaluation) -> EvaluationBody {
        EvaluationBody { changeable_until: evaluation.changeable_until(), evaluation }
    }
}

/// An evaluation to be given.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEvaluation)]
struct NewEvaluation {
    /// The rating, from 1, poor, to 5, excellent.
    rating: Rating,
    /// A comment; the hub and the provider read it without a name.
    comment: Option<Prose>,
}

/// Evaluates an event that the caller attended, once; where the event requires it, this issues the certificate
#[utoipa::path(tag = "evaluations", params(("id" = BookingId, Path)), request_body = NewEvaluation, responses((status = 201, body = EvaluationBody)), extensions(("x-roles" = json!(EVERYONE))))]
#[post("/bookings/{id}/evaluation")]
async fn give(call: Call, body: Body<NewEvaluation>) -> Answer {
    let caller = call.allow()?;
    let (booking, new): (BookingId, _) = (caller.id("id")?, body.parse()?);
    caller
        .write(body.bytes(), async |journal| {
            let given = evaluations::give(journal, booking, caller.person.id, new.rating, new.comment.clone()).await?;
            let version = given.version;
            let place = format!("/v1/bookings/{booking}/evaluation");
            Ok(Reply::created(place, &EvaluationBody::of(given))?.with_version(version))
        })
        .await
}

/// The caller's evaluation of an event that they attended
#[utoipa::path(tag = "evaluations", params(("id" = BookingId, Path)), responses((status = 200, body = EvaluationBody)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/bookings/{id}/evaluation")]
async fn get_own(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let given = evaluations::get(&mut tx, caller.hub(), caller.id("id")?, caller.person.id).await?;
    let given = given.ok_or_else(Problem::not_found)?;
    let version = given.version;
    Ok(Reply::ok(&EvaluationBody::of(given))?.with_version(version).into_response())
}

/// What may be changed of an evaluation; what is not sent stays.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EvaluationChange)]
struct EvaluationChange {
    /// The rating, from 1, poor, to 5, excellent.
    rating: Option<Rating>,
    /// The comment; null for none.
    #[serde(default)]
    #[schema(value_type = Option<Prose>)]
    comment: Change<Prose>,
}

/// Changes the caller's evaluation, for 14 days after it was given
#[utoipa::path(tag = "evaluations", params(("id" = BookingId, Path), Changes), request_body = EvaluationChange, responses((status = 200, body = EvaluationBody)), extensions(("x-roles" = json!(EVERYONE))))]
#[patch("/bookings/{id}/evaluation")]
async fn change(call: Call, body: Body<EvaluationChange>) -> Answer {
    let caller = call.allow()?;
    let (booking, sent, version): (BookingId, _, _) = (caller.id("id")?, body.parse()?, caller.if_match()?);
    caller
        .write(body.bytes(), async |journal| {
            let EvaluationChange { rating, comment } = &sent;
            let changed =
                evaluations::change(journal, booking, caller.person.id, version, *rating, comment.clone()).await?;
            let version = changed.version;
            Ok(Reply::ok(&EvaluationBody::of(changed))?.with_version(version))
        })
        .await
}

/// The evaluations of an event, summed up. Where fewer people than the hub's smallest group gave one, nothing is shown;
/// and the number who gave a rating is shown only where it is zero or at least that many.
#[derive(Serialize, ToSchema)]
#[schema(as = EvaluationSummary)]
struct SummaryBody {
    /// The event that was evaluated.
    event_id: EventId,
    /// Whether too few people have evaluated it for anything to be shown.
    suppressed: bool,
    /// Numbers of people below this, other than zero, are withheld: a setting of the hub, 5 at first.
    smallest_group: i64,
    /// How many evaluations there are.
    given: Option<i64>,
    /// The mean of the ratings, with one decimal.
    #[schema(example = "4.5")]
    mean: Option<String>,
    /// How many gave each rating, from 1 to 5; null in place of a number that is withheld.
    ratings: Option<Vec<RatingCount>>,
}

/// How many gave a rating.
#[derive(Serialize, ToSchema)]
struct RatingCount {
    /// The rating, from 1 to 5.
    rating: i64,
    /// How many gave the rating; null where that is withheld.
    given: Option<i64>,
}

impl SummaryBody {
    fn new(event_id: EventId, Summary { smallest_group, shown }: Summary) -> SummaryBody {
        let ratings = shown
            .as_ref()
            .map(|shown| (1..).zip(shown.counts).map(|(rating, given)| RatingCount { rating, given }).collect());
        SummaryBody {
            event_id,
            suppressed: shown.is_none(),
            smallest_group,
            given: shown.as_ref().map(|shown| shown.given),
            mean: shown.map(|shown| format!("{}.{}", shown.tenths / 10, shown.tenths % 10)),
            ratings,
        }
    }
}

/// The evaluations of an event, summed up: for the hub and the event's provider
#[utoipa::path(tag = "evaluations", params(("id" = EventId, Path)), responses((status = 200, body = SummaryBody)), extensions(("x-roles" = json!(ORGANISERS))))]
#[get("/events/{id}/evaluations")]
async fn summary(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let event = given_by(&caller, &mut tx).await?;
    let summary = evaluations::summary(&mut tx, caller.hub(), event).await?;
    Ok(Reply::ok(&SummaryBody::new(event, summary))?.into_response())
}

/// A comment on an event.
#[derive(Serialize, ToSchema)]
#[schema(as = EvaluationComment)]
struct CommentBody {
    /// The comment, in the delegate's own words.
    comment: Prose,
}

impl Table for CommentBody {
    const COLUMNS: &'static [&'static str] = &["comment"];
}

/// The comments on an event, without names, in random order: for the hub and the event's provider. None
/// where fewer people than the hub's smallest group evaluated it
#[utoipa::path(tag = "evaluations", params(("id" = EventId, Path), PageQuery), responses((status = 200, body = Page<CommentBody>)), extensions(("x-roles" = json!(ORGANISERS))))]
#[get("/events/{id}/evaluations/comments")]
async fn comments(call: Call) -> Answer {
    call.pages(comments_page).await
}

async fn comments_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let (after, limit) = caller.query::<PageQuery>()?.read()?;
    let mut tx = caller.read().await?;
    let event = given_by(&caller, &mut tx).await?;
    let rows = evaluations::comments(&mut tx, caller.hub(), event, after, limit.and_one()).await?;
    caller.list(rows, limit, |(place, _)| place.clone(), |(_, comment)| CommentBody { comment })
}

/// The event of the path, if the caller belongs to the hub or to the event's provider.
async fn given_by(caller: &Caller, tx: &mut Tx) -> Result<EventId, Problem> {
    Ok(organising::evaluated(tx, &caller.person, caller.id("id")?).await?.id)
}
