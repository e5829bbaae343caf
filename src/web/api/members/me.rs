//! `/v1/me`: the caller.

use actix_web::get;

use crate::members::people::Person;
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(me);
}

/// Who the caller is
#[utoipa::path(tag = "people", responses((status = 200, body = Person)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/me")]
async fn me(call: Call) -> Answer {
    let caller = call.allow()?;
    let version = caller.person.version;
    Ok(Reply::ok(&caller.person)?.with_version(version).into_response())
}
