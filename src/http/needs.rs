//! `/v1/me/needs` and `/v1/events/{id}/needs`: access and dietary needs. No answer of these is kept by
//! anyone on the way, and no refusal repeats what was sent.

use actix_web::http::header;
use actix_web::{HttpResponse, delete, get, put};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::body::Body;
use super::call::{Call, Caller, EVERYONE};
use super::problem::{Answer, Problem};
use super::programmes::view;
use super::reply::{PageQuery, Reply, Table, cursor, values};
use super::sheet::Rows;
use crate::ids::{EventId, PersonId};
use crate::needs::{self, OfDelegate};
use crate::people::Role;
use crate::programmes::Provider;
use crate::programmes::catalogue::{self, Entry};
use crate::text::{Line, Prose};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(mine).service(write).service(remove).service(of_event);
}

/// Those who organise events: the hub, a school by its leads, a partner.
const ORGANISERS: &[Role] = &[Role::HubManager, Role::SchoolLead, Role::Partner];

/// What the caller needs to take part.
#[derive(Serialize, ToSchema)]
#[schema(as = Needs)]
struct NeedsBody {
    /// To get there, to get in, to see, hear and follow.
    access: Option<Prose>,
    /// To eat.
    dietary: Option<Prose>,
    /// When it was written; null where nothing is.
    written_at: Option<DateTime<Utc>>,
}

/// What the caller needs, in place of what they wrote before.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewNeeds)]
struct NewNeedsBody {
    /// To get there, to get in, to see, hear and follow.
    access: Option<Prose>,
    /// To eat.
    dietary: Option<Prose>,
}

/// What a delegate needs.
#[derive(Serialize, ToSchema)]
#[schema(as = DelegateNeeds)]
struct DelegateBody {
    /// The delegate.
    person_id: PersonId,
    /// Their name.
    person_name: Line,
    /// Their school's name.
    school_name: Line,
    /// To get there, to get in, to see, hear and follow.
    access: Option<Prose>,
    /// To eat.
    dietary: Option<Prose>,
}

impl From<OfDelegate> for DelegateBody {
    fn from(of: OfDelegate) -> Self {
        let OfDelegate { person_id, person_name, school_name, needs } = of;
        DelegateBody { person_id, person_name, school_name, access: needs.access, dietary: needs.dietary }
    }
}

impl Table for DelegateBody {
    const COLUMNS: &'static [&'static str] = &["person_id", "person_name", "school_name", "access", "dietary"];
}

/// What the delegates of an event need: those who wrote something.
#[derive(Serialize, ToSchema)]
#[schema(as = EventNeeds)]
struct EventNeedsBody {
    /// In the order of the delegates' ids.
    items: Vec<DelegateBody>,
    /// Send it as `after` for the next page; null at the end.
    next: Option<String>,
}

/// What the caller needs to take part, as they wrote it
#[utoipa::path(tag = "needs", responses((status = 200, body = NeedsBody)))]
#[get("/me/needs")]
async fn mine(call: Call) -> Answer {
    let caller = call.allow(EVERYONE)?;
    let needs = needs::get(&mut caller.read().await?, caller.hub(), caller.person.id).await?;
    let body = match needs {
        Some(needs) => NeedsBody { access: needs.access, dietary: needs.dietary, written_at: Some(needs.written_at) },
        None => NeedsBody { access: None, dietary: None, written_at: None },
    };
    unkept(&body)
}

/// Writes what the caller needs: the organisers of events that they hold a place on read it, until 30 days after each
#[utoipa::path(tag = "needs", request_body = NewNeedsBody, responses((status = 204)))]
#[put("/me/needs")]
async fn write(call: Call, body: Body<NewNeedsBody>) -> Answer {
    let caller = call.allow(EVERYONE)?;
    let NewNeedsBody { access, dietary } = body.parse().map_err(Problem::without_values)?;
    caller
        .write(&[], async |journal| {
            needs::write(journal, caller.person.id, access.clone(), dietary.clone()).await?;
            Ok(Reply::nothing())
        })
        .await
}

/// Removes what the caller needs
#[utoipa::path(tag = "needs", responses((status = 204)))]
#[delete("/me/needs")]
async fn remove(call: Call) -> Answer {
    let caller = call.allow(EVERYONE)?;
    caller
        .write(&[], async |journal| {
            needs::remove(journal, caller.person.id).await?;
            Ok(Reply::nothing())
        })
        .await
}

/// What those who hold a place on an event need, for its organiser, until 30 days after its last session
#[utoipa::path(tag = "needs", params(("id" = EventId, Path), PageQuery), responses((status = 200, content((EventNeedsBody = "application/json"), (String = "text/csv")))))]
#[get("/events/{id}/needs")]
async fn of_event(call: Call) -> Answer {
    call.pages(of_event_page).await
}

async fn of_event_page(call: Call) -> Answer {
    let caller = call.allow(ORGANISERS)?;
    let (after, limit) = caller.query::<PageQuery>()?.read()?;
    let mut tx = caller.read().await?;
    let event = catalogue::get(&mut tx, caller.hub(), caller.id("id")?).await?;
    let seen = |event: &Entry| organises(&caller, event.provider) && !view(&caller).hides(event.state, event.provider);
    let event = event.filter(seen).ok_or_else(Problem::not_found)?;
    let mut rows = needs::of_event(&mut tx, caller.hub(), event.id, caller.now(), after, limit.and_one()).await?;
    let more = limit.cut(&mut rows);
    let next = rows.last().filter(|_| more).and_then(|last| cursor(&last.person_id));
    let items: Vec<DelegateBody> = rows.into_iter().map(DelegateBody::from).collect();
    if caller.wants_csv() {
        let mut answer = HttpResponse::Ok().finish();
        answer.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
        answer.extensions_mut().insert(Rows { columns: DelegateBody::COLUMNS, items: values(&items)?, next });
        return Ok(answer);
    }
    unkept(&EventNeedsBody { items, next })
}

/// Whether the caller organises what this provider gives.
fn organises(caller: &Caller, provider: Provider) -> bool {
    caller.person.role == Role::HubManager || provider.acts_by(&caller.person)
}

/// The answer, which nobody on its way may keep.
fn unkept<T: Serialize>(body: &T) -> Result<HttpResponse, Problem> {
    let mut answer = Reply::ok(body)?.into_response();
    answer.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    Ok(answer)
}
