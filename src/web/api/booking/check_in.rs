//! Check-in: the code on a delegate's booking, and its use at the door.

use actix_web::{HttpResponse, get, post};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::ids::{BookingId, EventId, SessionId};
use crate::base::qr;
use crate::booking::bookings::{self, State};
use crate::booking::registers::Entry;
use crate::booking::registers::{self, Code};
use crate::members::people::Role;
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Code as ProblemCode, Problem};
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;
use crate::web::secret::Secret;
use crate::web::seen::sees;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(code).service(check_in);
}

/// Who may need to show a code: not viewers, who only look on, nor partners, who read codes at the door.
const HOLDERS: &[Role] = &[Role::HubManager, Role::SchoolLead, Role::Teacher];

/// The code of a delegate's place.
#[derive(Serialize, ToSchema)]
#[schema(as = CheckInCode)]
struct CodeBody {
    /// The booking that the code is for.
    booking_id: BookingId,
    /// The code to show at the door.
    code: Secret,
}

/// The check-in code of a confirmed place: for the delegate, their lead and the hub's managers
///
/// It exists as long as the place is confirmed. As JSON, as text, or as a QR code in SVG or PNG, by `Accept`.
#[utoipa::path(
    tag = "registers",
    params(("id" = BookingId, Path)),
    responses((status = 200, content(
        (CodeBody = "application/json"), (String = "text/plain"), (String = "image/svg+xml"), (Vec<u8> = "image/png"),
    ))),
    extensions(("x-roles" = json!(HOLDERS)))
)]
#[get("/bookings/{id}/check-in-code")]
async fn code(call: Call) -> Answer {
    let caller = call.allow()?;
    let view = bookings::get(&mut caller.read().await?, caller.hub(), caller.id("id")?).await?;
    let booking = view.filter(|view| sees(&caller, view)).ok_or_else(Problem::not_found)?.booking;
    let delegate = booking.person_id.filter(|_| booking.state == State::Confirmed);
    let delegate = delegate.ok_or_else(Problem::not_found)?;
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "a check-in code could not be made");
        Problem::new(ProblemCode::Internal, "something went wrong here; the request id finds it in the logs")
    };
    let code = Code::issue(caller.keys(), caller.hub(), booking.id, delegate).map_err(|error| failed(&error))?;
    let mut response = HttpResponse::Ok();
    response.insert_header(("vary", "Accept")).insert_header(("cache-control", "no-store"));
    if caller.wants("image/png") {
        let image = qr::png(&code.as_str()).map_err(|error| failed(&error))?;
        return Ok(response.content_type("image/png").body(image));
    }
    if caller.wants("image/svg+xml") {
        let image = qr::svg(&code.as_str()).map_err(|error| failed(&error))?;
        return Ok(response.content_type("image/svg+xml").body(image));
    }
    if caller.wants("text/plain") {
        return Ok(response.content_type("text/plain; charset=utf-8").body(code.as_str()));
    }
    let body = Reply::ok(&CodeBody { booking_id: booking.id, code: Secret(code.as_str()) })?.body;
    Ok(response.content_type("application/json").body(body))
}

/// A code that was shown at the door.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CheckIn)]
struct CheckInBody {
    /// The code, as the delegate has it.
    code: Code,
}

/// Checks a delegate in to a session by their code: present, or late by the event's minutes
///
/// On the day of the session, until its end. Somebody already marked as there stays so.
#[utoipa::path(tag = "registers", params(("id" = EventId, Path), ("session" = SessionId, Path)), request_body = CheckInBody, responses((status = 200, body = Entry)), extensions(("x-roles" = json!(EVERYONE))))]
#[post("/events/{id}/sessions/{session}/check-in")]
async fn check_in(call: Call, body: Body<CheckInBody>) -> Answer {
    let caller = call.allow()?;
    let sent = body.parse()?;
    caller
        .write(body.bytes(), async |journal| {
            let (event, session) = (caller.id("id")?, caller.id("session")?);
            let entry = registers::check_in(journal, caller.keys(), &caller.person, event, session, &sent.code).await?;
            Reply::ok(&entry)
        })
        .await
}
