//! `/v1/me/data` and `/v1/people/{id}/data`: everything that is held on a person.

use actix_web::http::header;
use actix_web::{HttpResponse, get};

use crate::base::ids::PersonId;
use crate::web::call::{Call, Caller};
use crate::web::files;
use crate::web::held::{self, HeldBody};
use crate::web::operations::Operations;
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::{EVERYONE, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(mine).service(of_person);
}

/// Everything that is held on the caller; `Accept: text/html` gives a page to read
#[utoipa::path(tag = "people", responses((status = 200, content((HeldBody = "application/json"), (String = "text/html")))), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/me/data")]
async fn mine(call: Call) -> Answer {
    let caller = call.allow()?;
    let id = caller.person.id;
    answer(&caller, id, true).await
}

/// Everything that is held on a person; `Accept: text/html` gives a page to read
///
/// What they need, and how they sign in, is told to themselves alone, at `/v1/me/data`.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), responses((status = 200, content((HeldBody = "application/json"), (String = "text/html")))), extensions(("x-roles" = json!(MANAGER))))]
#[get("/people/{id}/data")]
async fn of_person(call: Call) -> Answer {
    let caller = call.allow()?;
    let id: PersonId = caller.id("id")?;
    answer(&caller, id, false).await
}

async fn answer(caller: &Caller, id: PersonId, themselves: bool) -> Answer {
    let (held, sheet) = held::read(caller, id, themselves).await?;
    if caller.wants("text/html") {
        return unkept(files::sheet_page(&sheet)?);
    }
    unkept(Reply::ok(&held)?.into_response())
}

/// The answer, marked so that nothing on its way may cache it.
fn unkept(mut answer: HttpResponse) -> Answer {
    answer.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    answer.headers_mut().insert(header::VARY, header::HeaderValue::from_static("Accept"));
    Ok(answer)
}
