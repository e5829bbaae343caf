//! `/v1/certificates/{number}`, which anyone can check, and `/v1/bookings/{id}/certificate`.

use actix_web::{HttpRequest, get, web};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::clock::london_date;
use crate::base::colour::Colour;
use crate::base::ids::{BookingId, EventId, PersonId};
use crate::booking::bookings::State;
use crate::booking::certificates::{self, Number, Words};
use crate::booking::evaluations;
use crate::members::hubs;
use crate::web::app::App;
use crate::web::call::Call;
use crate::web::files;
use crate::web::links;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Code, Problem, ProblemBody};
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;
use crate::web::seen;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(check).service(of_booking);
}

/// The state of a certificate that somebody was shown.
#[derive(Serialize, ToSchema)]
#[schema(as = CertificateCheck)]
struct CheckBody {
    /// The certificate's number.
    number: Number,
    /// Whether the certificate is valid.
    valid: bool,
    /// The day on which it was issued.
    issued_on: NaiveDate,
    /// The day on which it was reissued with another name of the delegate: older prints are not valid any more. Null
    /// where it was not.
    reissued_on: Option<NaiveDate>,
    /// The day on which it was withdrawn; null where it is valid.
    withdrawn_on: Option<NaiveDate>,
    /// What the certificate says; null where it is not valid.
    certificate: Option<Words>,
}

/// Whether a certificate is valid, and what it says: for anyone who was shown its number
#[utoipa::path(tag = "certificates", security(()), params(("number" = String, Path, description = "In groups of four or in one, in large or small letters")), responses((status = 200, body = CheckBody)))]
#[get("/certificates/{number}")]
async fn check(app: web::Data<App>, request: HttpRequest) -> Answer {
    let number = Number::parse(request.match_info().get("number").unwrap_or_default());
    let number = number.map_err(|_| Problem::not_found())?;
    let certificate =
        certificates::check(&mut app.db.read_everywhere().await?, &number).await?.ok_or_else(Problem::not_found)?;
    let body = CheckBody {
        number,
        valid: certificate.withdrawn_at.is_none(),
        issued_on: london_date(certificate.issued_at),
        reissued_on: certificate.reissued_at.map(london_date),
        withdrawn_on: certificate.withdrawn_at.map(london_date),
        certificate: certificate.withdrawn_at.is_none().then_some(certificate.words),
    };
    Ok(Reply::ok(&body)?.into_response())
}

/// The certificate of a booking.
#[derive(Serialize, ToSchema)]
#[schema(as = Certificate)]
struct CertificateBody {
    /// The certificate's number.
    number: Number,
    /// Where anyone can check it.
    check_url: String,
    /// The booking that it certifies.
    booking_id: BookingId,
    /// The event that was attended.
    event_id: EventId,
    /// The delegate who attended.
    person_id: PersonId,
    /// The day on which it was issued.
    issued_on: NaiveDate,
    /// The day on which it was last reissued with another name of the delegate; null where it was not.
    reissued_on: Option<NaiveDate>,
    #[serde(flatten)]
    words: Words,
}

/// The certificate of a booking that was attended, as JSON or, where Accept asks for it, as PDF or a page to print
#[utoipa::path(tag = "certificates", params(("id" = BookingId, Path)), responses((status = 200, content((CertificateBody = "application/json"), (Vec<u8> = "application/pdf"), (String = "text/html"))), (status = 409, description = "It was not attended, or waits for the evaluation", content_type = "application/problem+json", body = ProblemBody)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/bookings/{id}/certificate")]
async fn of_booking(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let booking = seen::booking(&caller, &mut tx).await?.booking;
    let Some(certificate) = certificates::of_booking(&mut tx, caller.hub(), booking.id).await? else {
        let waits =
            booking.state == State::Attended && evaluations::required(&mut tx, caller.hub(), booking.event_id).await?;
        return Err(if waits {
            Problem::new(
                Code::EvaluationRequired,
                "the certificate is issued once the delegate has evaluated the event",
            )
        } else {
            Problem::new(Code::NotAttended, "a certificate is issued to who attended, once the event is completed")
        });
    };
    let check_url = format!("{}/v1/certificates/{}", caller.public_url(), certificate.number);
    let pdf = caller.wants_pdf();
    if pdf || caller.wants("text/html") {
        let check_page = links::certificate(caller.public_url(), certificate.number.as_str());
        let colour = hubs::get(&mut tx, caller.hub()).await?.map_or(Colour::USUAL, |hub| hub.colour);
        drop(tx);
        let name = format!("certificate-{}", certificate.number);
        let sheet = certificates::sheet(&certificate, &check_page, colour);
        return if pdf { files::pdf(sheet, &name, caller.fonts()).await } else { files::sheet_page(&sheet) };
    }
    let body = CertificateBody {
        number: certificate.number.clone(),
        check_url,
        booking_id: certificate.booking_id,
        event_id: certificate.event_id,
        person_id: certificate.person_id,
        issued_on: london_date(certificate.issued_at),
        reissued_on: certificate.reissued_at.map(london_date),
        words: certificate.words,
    };
    Ok(Reply::ok(&body)?.into_response())
}
