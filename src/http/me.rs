//! `/v1/me`: the caller.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;

use super::call::{Call, EVERYONE};
use super::people::PersonBody;
use super::problem::Answer;
use super::reply::Reply;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(me);
}

/// Who the caller is
#[utoipa::path(tag = "people", responses((status = 200, body = PersonBody)))]
#[get("/me")]
async fn me(call: Call) -> Answer {
    let caller = call.allow(EVERYONE)?;
    let version = caller.person.version;
    Ok(Reply::ok(&PersonBody::from(caller.person))?.with_version(version).into_response())
}
