//! `/v1/people/{id}/erase`: what is held on a person is taken away.

use actix_web::{get, post};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::ids::PersonId;
use crate::base::text::Line;
use crate::lifecycle::erasure::{self, Goes, Stays};
use crate::lifecycle::quote::Quote;
use crate::members::people::{self, Person};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::MANAGER;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(show).service(erase);
}

/// What erasing a person would do.
#[derive(Serialize, ToSchema)]
#[schema(as = ErasurePreview)]
struct PreviewBody {
    /// The person as they are.
    person: Person,
    /// What they would be called.
    erased_name: Line,
    /// What would be erased.
    goes: Vec<Goes>,
    /// What would be kept, and why.
    stays: Vec<Stays>,
    /// How many requests and waiting-list entries would end, and places stay with their schools.
    open_bookings: i64,
    /// Send it with the erasure: if anything of this is different by then, nothing is done.
    #[schema(value_type = String, example = "9992f34bd8e970fd0f94098e504ac525b52759e438b65b295d5f66114e5785ea")]
    quote: Quote,
}

impl From<erasure::Preview> for PreviewBody {
    fn from(preview: erasure::Preview) -> Self {
        PreviewBody {
            quote: preview.quote(),
            erased_name: people::erased_name(preview.person.id),
            goes: preview.goes(),
            stays: preview.stays(),
            open_bookings: i64::try_from(preview.open).unwrap_or(i64::MAX),
            person: preview.person,
        }
    }
}

/// What erasing a person would take away and what must be kept, and why; nothing is changed
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), responses((status = 200, body = PreviewBody), (status = 409, description = "It can't be done as things stand")), extensions(("x-roles" = json!(MANAGER))))]
#[get("/people/{id}/erase")]
async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let preview = erasure::preview(&mut caller.read().await?, caller.hub(), caller.id("id")?).await?;
    Ok(Reply::ok(&PreviewBody::from(preview))?.into_response())
}

/// An erasure to be done.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Erasure)]
struct EraseBody {
    /// The quote of a preview.
    #[schema(value_type = String, example = "9992f34bd8e970fd0f94098e504ac525b52759e438b65b295d5f66114e5785ea")]
    quote: Quote,
}

/// Erases a person, for good: their name, address and words, as the preview says
///
/// Who is not disabled yet is disabled by it. What must be kept names an id, and is of somebody erased: the ledger is
/// proved as before, also against a head that was kept. The last active hub manager stays.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), request_body = EraseBody, responses((status = 200, body = Person)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/people/{id}/erase")]
async fn erase(call: Call, body: Body<EraseBody>) -> Answer {
    let caller = call.allow()?;
    let EraseBody { quote } = body.parse()?;
    let id: PersonId = caller.id("id")?;
    caller
        .write(body.bytes(), async |journal| {
            let person = erasure::erase(journal, id, &quote).await?;
            Ok(Reply::ok(&person)?.with_version(person.version))
        })
        .await
}
