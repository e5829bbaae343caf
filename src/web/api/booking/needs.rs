//! `/v1/me/needs` and `/v1/events/{id}/needs`: access and dietary needs. These answers must not be cached anywhere, and
//! no refusal repeats what was sent.

use actix_web::http::header;
use actix_web::{HttpResponse, delete, get, put};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::ids::{EventId, PersonId};
use crate::base::text::{Line, Prose};
use crate::booking::needs::{self, OfDelegate};
use crate::booking::organising;
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{PageQuery, Reply, Table, cursor};
use crate::web::roles::{EVERYONE, MAKERS_AND_LEADS};
use crate::web::rows::Rows;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(mine).service(write).service(remove).service(of_event);
}

/// The caller's access and dietary needs.
#[derive(Serialize, ToSchema)]
#[schema(as = Needs)]
struct NeedsBody {
    /// Access needs: to get there, to get in, to see, hear and follow.
    access: Option<Prose>,
    /// Dietary needs.
    dietary: Option<Prose>,
    /// When the needs were written; null where there are none.
    written_at: Option<DateTime<Utc>>,
}

/// The caller's needs, replacing what they wrote before.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewNeeds)]
struct NewNeedsBody {
    /// Access needs: to get there, to get in, to see, hear and follow.
    access: Option<Prose>,
    /// Dietary needs.
    dietary: Option<Prose>,
}

/// A delegate's access and dietary needs.
#[derive(Serialize, ToSchema)]
#[schema(as = DelegateNeeds)]
struct DelegateBody {
    /// The delegate who has the needs.
    person_id: PersonId,
    /// The delegate's name.
    person_name: Line,
    /// Their school's name.
    school_name: Line,
    /// Access needs: to get there, to get in, to see, hear and follow.
    access: Option<Prose>,
    /// Dietary needs.
    dietary: Option<Prose>,
    /// Whether there are needs that the service can't read, because its key file lacks their key: ask the delegate.
    unreadable: bool,
}

impl From<OfDelegate> for DelegateBody {
    fn from(of: OfDelegate) -> Self {
        let OfDelegate { person_id, person_name, school_name, needs } = of;
        let unreadable = needs.is_none();
        let (access, dietary) = needs.map_or((None, None), |needs| (needs.access, needs.dietary));
        DelegateBody { person_id, person_name, school_name, access, dietary, unreadable }
    }
}

impl Table for DelegateBody {
    const COLUMNS: &'static [&'static str] =
        &["person_id", "person_name", "school_name", "access", "dietary", "unreadable"];
}

/// The needs of an event's delegates: those who wrote something.
#[derive(Serialize, ToSchema)]
#[schema(as = EventNeeds)]
struct EventNeedsBody {
    /// The delegates' needs, in the order of the delegates' ids.
    items: Vec<DelegateBody>,
    /// Send it as `after` for the next page; null at the end.
    next: Option<String>,
}

/// The caller's access and dietary needs, as they wrote them
#[utoipa::path(tag = "needs", responses((status = 200, body = NeedsBody)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/me/needs")]
async fn mine(call: Call) -> Answer {
    let caller = call.allow()?;
    let needs = needs::get(&mut caller.read().await?, caller.vault(), caller.hub(), caller.person.id).await?;
    let body = match needs {
        Some(needs) => NeedsBody { access: needs.access, dietary: needs.dietary, written_at: Some(needs.written_at) },
        None => NeedsBody { access: None, dietary: None, written_at: None },
    };
    unkept(&body)
}

/// Writes the caller's needs: organisers of events that they hold a place on can read them, until 30 days after each
#[utoipa::path(tag = "needs", request_body = NewNeedsBody, responses((status = 204)), extensions(("x-roles" = json!(EVERYONE))))]
#[put("/me/needs")]
async fn write(call: Call, body: Body<NewNeedsBody>) -> Answer {
    let caller = call.allow()?;
    let NewNeedsBody { access, dietary } = body.parse().map_err(Problem::without_values)?;
    caller
        .write(&[], async |journal| {
            needs::write(journal, caller.vault(), caller.person.id, access.clone(), dietary.clone()).await?;
            Ok(Reply::nothing())
        })
        .await
}

/// Removes the caller's needs
#[utoipa::path(tag = "needs", responses((status = 204)), extensions(("x-roles" = json!(EVERYONE))))]
#[delete("/me/needs")]
async fn remove(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            needs::remove(journal, caller.person.id).await?;
            Ok(Reply::nothing())
        })
        .await
}

/// The needs of those who hold a place on an event, for its organiser, until 30 days after its last session
#[utoipa::path(tag = "needs", params(("id" = EventId, Path), PageQuery), responses((status = 200, content((EventNeedsBody = "application/json"), (String = "text/csv")))), extensions(("x-roles" = json!(MAKERS_AND_LEADS))))]
#[get("/events/{id}/needs")]
async fn of_event(call: Call) -> Answer {
    call.pages(of_event_page).await
}

async fn of_event_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let (after, limit) = caller.query::<PageQuery>()?.read()?;
    let mut tx = caller.read().await?;
    let event = organising::organised(&mut tx, &caller.person, caller.id("id")?).await?;
    let of = (caller.hub(), event.id);
    let mut rows = needs::of_event(&mut tx, caller.vault(), of, caller.now(), after, limit.and_one()).await?;
    let more = limit.cut(&mut rows);
    let next = rows.last().filter(|_| more).and_then(|last| cursor(&last.person_id));
    let items: Vec<DelegateBody> = rows.into_iter().map(DelegateBody::from).collect();
    if caller.wants_file().is_some() {
        let mut answer = HttpResponse::Ok().finish();
        answer.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
        answer.extensions_mut().insert(Rows::of(&items, next)?);
        return Ok(answer);
    }
    unkept(&EventNeedsBody { items, next })
}

/// The answer, marked so that nothing on its way may cache it.
fn unkept<T: Serialize>(body: &T) -> Result<HttpResponse, Problem> {
    let mut answer = Reply::ok(body)?.into_response();
    answer.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    Ok(answer)
}
