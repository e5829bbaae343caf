//! Calendars (RFC 5545): an event's, the programme's, and a person's, by token or by a secret link.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::db::Tx;
use crate::base::ids::{EventId, HubId};
use crate::base::text::Line;
use crate::booking::calendars::{self, Access, Entry};
use crate::ledger;
use crate::members::hubs;
use crate::members::people::Person;
use crate::programme::programmes::catalogue;
use crate::web::api::programme::programmes::view;
use crate::web::app::App;
use crate::web::call::Call;
use crate::web::links;
use crate::web::openapi::Keeps;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;
use crate::web::secret::Secret;
use crate::web::tag;

/// Registered before the events: a path that ends in `.ics` is not an id.
pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config
        .service(of_event)
        .service(programme)
        .service(mine)
        .service(link)
        .service(make_link)
        .service(revoke_link)
        .service(bookings_by_link)
        .service(programme_by_link);
}

/// Whether the caller has a secret link.
#[derive(Serialize, ToSchema)]
#[schema(as = CalendarLink)]
struct LinkBody {
    /// When the link was made; null where there is none.
    made_at: Option<DateTime<Utc>>,
}

/// A secret link, shown once.
#[derive(Serialize, ToSchema)]
#[schema(as = NewCalendarLink)]
struct NewLinkBody {
    /// The address of the caller's bookings. Whoever has it can read them.
    bookings_url: Secret,
    /// The address of the hub's programme, by the same secret.
    programme_url: Secret,
    /// When the link was made.
    made_at: DateTime<Utc>,
}

/// An event as a calendar
#[utoipa::path(tag = "calendars", params(("id" = EventId, Path), Keeps), responses((status = 200, content_type = "text/calendar", body = String)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/events/{id}.ics")]
async fn of_event(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .read_unless_known(async |tx| {
            let event = catalogue::get(tx, caller.hub(), caller.id("id")?).await?;
            let seen = event.filter(|event| view(&caller).shows(event.state, event.provider.who()));
            let event = seen.ok_or_else(Problem::not_found)?;
            let entries = calendars::of_event(tx, &caller.person, event.id).await?;
            Ok(calendar("event", event.title.as_str(), &entries))
        })
        .await
}

/// The programme as a calendar, as far as the caller may see the catalogue: every session of the last year, and all to
/// come
///
/// Links to online sessions are included for those who have a place, the hub, the provider and the host.
#[utoipa::path(tag = "calendars", params(Keeps), responses((status = 200, content_type = "text/calendar", body = String)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/events.ics")]
async fn programme(call: Call) -> Answer {
    let caller = call.allow()?;
    caller.read_unless_known(async |tx| programme_of(tx, &caller.person, Access::SignedIn, caller.now()).await).await
}

/// The caller's bookings as a calendar
#[utoipa::path(tag = "calendars", params(Keeps), responses((status = 200, content_type = "text/calendar", body = String)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/me/calendar.ics")]
async fn mine(call: Call) -> Answer {
    let caller = call.allow()?;
    caller.read_unless_known(async |tx| bookings_of(tx, &caller.person, Access::SignedIn, caller.now()).await).await
}

/// Whether the caller has a secret link to their calendar
#[utoipa::path(tag = "calendars", responses((status = 200, body = LinkBody)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/me/calendar")]
async fn link(call: Call) -> Answer {
    let caller = call.allow()?;
    let made_at = calendars::link(&mut caller.read().await?, caller.hub(), caller.person.id).await?;
    Ok(Reply::ok(&LinkBody { made_at })?.into_response())
}

/// Makes a secret link to the caller's calendar; an older one stops working
#[utoipa::path(tag = "calendars", responses((status = 201, body = NewLinkBody)), extensions(("x-roles" = json!(EVERYONE))))]
#[post("/me/calendar")]
async fn make_link(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            let secret = calendars::make_link(journal, caller.person.id).await?;
            let bookings_url = links::calendar(caller.public_url(), &secret);
            let programme_url = links::programme_calendar(caller.public_url(), &secret);
            let made_at = journal.now();
            Reply::created(
                bookings_url.clone(),
                &NewLinkBody { bookings_url: Secret(bookings_url), programme_url: Secret(programme_url), made_at },
            )
        })
        .await
}

/// Revokes the caller's secret link: it stops working
#[utoipa::path(tag = "calendars", responses((status = 204)), extensions(("x-roles" = json!(EVERYONE))))]
#[delete("/me/calendar")]
async fn revoke_link(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            calendars::revoke_link(journal, caller.person.id).await?;
            Ok(Reply::nothing())
        })
        .await
}

/// Somebody's bookings as a calendar, by their secret link
///
/// It says which sessions are online, but not their links: those are for people who have signed in.
#[utoipa::path(tag = "calendars", security(()), params(("secret" = String, Path, description = "From the link"), Keeps), responses((status = 200, content_type = "text/calendar", body = String)))]
#[get("/calendars/{secret}.ics")]
async fn bookings_by_link(app: web::Data<App>, request: HttpRequest, secret: web::Path<String>) -> Answer {
    let now = app.clock.now();
    by_link(&app, &request, &secret, async |tx, person| bookings_of(tx, person, Access::SecretLink, now).await).await
}

/// The programme as a calendar, by a secret link: as far as its holder may see the catalogue
///
/// It says which sessions are online, but not their links: those are for people who have signed in.
#[utoipa::path(tag = "calendars", security(()), params(("secret" = String, Path, description = "From the link"), Keeps), responses((status = 200, content_type = "text/calendar", body = String)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/calendars/{secret}/programme.ics")]
async fn programme_by_link(app: web::Data<App>, request: HttpRequest, secret: web::Path<String>) -> Answer {
    let now = app.clock.now();
    by_link(&app, &request, &secret, async |tx, person| programme_of(tx, person, Access::SecretLink, now).await).await
}

/// The answer for the holder of a link's secret; 304 where nothing in the hub has changed since their last request.
async fn by_link(
    app: &App,
    request: &HttpRequest,
    secret: &str,
    answer: impl AsyncFnOnce(&mut Tx, &Person) -> Answer,
) -> Answer {
    let mut tx = app.db.read_everywhere().await?;
    let person = calendars::holder(&mut tx, secret).await?.ok_or_else(Problem::not_found)?;
    let writes = ledger::writes(&mut tx, person.hub_id).await?;
    let state = tag::State::new(writes, &format!("{} {}", env!("CARGO_PKG_VERSION"), request.uri()));
    match state.known(request) {
        Some(unchanged) => Ok(unchanged),
        None => Ok(state.stamp(answer(&mut tx, &person).await?)),
    }
}

async fn bookings_of(tx: &mut Tx, person: &Person, access: Access, now: DateTime<Utc>) -> Answer {
    let entries = calendars::of_person(tx, person, access, now).await?;
    let name = format!("{}: {}", hub_name(tx, person.hub_id).await?, person.name);
    Ok(calendar("bookings", &name, &entries))
}

async fn programme_of(tx: &mut Tx, person: &Person, access: Access, now: DateTime<Utc>) -> Answer {
    let entries = calendars::programme(tx, person, access, now).await?;
    let name = format!("{}: programme", hub_name(tx, person.hub_id).await?);
    Ok(calendar("programme", &name, &entries))
}

async fn hub_name(tx: &mut Tx, hub: HubId) -> Result<Line, Problem> {
    Ok(hubs::get(tx, hub).await?.ok_or_else(Problem::not_found)?.name)
}

fn calendar(file: &str, name: &str, entries: &[Entry]) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, format!("inline; filename=\"{file}.ics\"")))
        .body(calendars::text(name, entries))
}
