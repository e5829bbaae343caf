//! `/v1/rate-card`: what specialists are paid unless an offer says otherwise, and what the hub keeps of a commission.

use actix_web::{get, put};
use utoipa::ToSchema;

use crate::support::rate_card::{self, BorneBy, Brokerage, NewRate, RateCard};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::openapi::Changes;
use crate::web::operations::Operations;
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::{EVERYONE, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(get_card).service(set_card);
}

/// The hub's rate card
#[utoipa::path(tag = "rate-card", responses((status = 200, body = RateCard)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/rate-card")]
async fn get_card(call: Call) -> Answer {
    let caller = call.allow()?;
    let card = rate_card::current(&mut caller.read().await?, caller.hub()).await?;
    Ok(Reply::ok(&card)?.with_version(card.version).into_response())
}

/// The rate card to be set, as a whole.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRateCard {
    /// The kinds of specialist, in the hub's own order: 100 at most.
    #[schema(max_items = 100)]
    lines: Vec<NewRate>,
    /// What the hub keeps of a commission: fifteen percent is 15 of 100. A share of zero is nothing, as is null.
    brokerage: Option<Brokerage>,
    /// Who bears what the hub keeps.
    borne_by: BorneBy,
}

/// Sets the hub's rate card
///
/// What was agreed before keeps the rates and the brokerage that it was agreed on.
#[utoipa::path(tag = "rate-card", params(Changes), request_body = NewRateCard, responses((status = 200, body = RateCard)), extensions(("x-roles" = json!(MANAGER))))]
#[put("/rate-card")]
async fn set_card(call: Call, body: Body<NewRateCard>) -> Answer {
    let caller = call.allow()?;
    let (NewRateCard { lines, brokerage, borne_by }, version) = (body.parse()?, caller.if_match()?);
    let new = rate_card::NewRateCard { lines, brokerage, borne_by };
    caller
        .write(body.bytes(), async |journal| {
            let set = rate_card::set(journal, version, &new).await?;
            Ok(Reply::ok(&set)?.with_version(set.version))
        })
        .await
}
