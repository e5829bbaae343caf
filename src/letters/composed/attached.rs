//! What goes along with a letter: the certificate, the sessions for a calendar, the code to check in by.

use std::sync::Arc;

use super::places::has_place;
use super::{Error, Site};
use crate::base::db::Tx;
use crate::base::ids::BookingId;
use crate::base::mail::Attachment;
use crate::base::qr;
use crate::booking::bookings;
use crate::booking::calendars::{self, Access};
use crate::booking::certificates;
use crate::booking::registers::Code;
use crate::members::hubs::Hub;
use crate::members::people::Person;
use crate::messages::notices::{Kind, Told};

/// Whether the letter of a notice has what is to be used: where and how to come in, or the certificate. It is not put among
/// others.
pub(super) fn is_to_be_used(kind: Kind) -> bool {
    matches!(kind, Kind::EventSoon | Kind::CertificateIssued)
}

/// What goes along with the letter of a notice. What can't be written is left out: the page that the letter leads to has
/// it.
pub(super) async fn of(
    tx: &mut Tx,
    site: &Site,
    (hub, person): (&Hub, &Person),
    told: &Told,
) -> Result<Vec<Attachment>, Error> {
    let Some(booking) = told.booking_id else { return Ok(Vec::new()) };
    Ok(match told.kind {
        Kind::CertificateIssued => certificate(tx, site, hub, booking).await?.into_iter().collect(),
        Kind::EventSoon => {
            let calendar = calendar(tx, person, told).await?;
            calendar.into_iter().chain(code(site, person, booking)).collect()
        }
        kind if is_of_place(kind) && has_it(tx, person, booking).await? => {
            calendar(tx, person, told).await?.into_iter().collect()
        }
        _ => Vec::new(),
    })
}

/// Whether a notice tells of somebody's own place, or that it is at another time.
fn is_of_place(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Booked
            | Kind::Approved
            | Kind::Promoted
            | Kind::Named
            | Kind::Substituted
            | Kind::Moved
            | Kind::Rescheduled
            | Kind::SessionAdded
            | Kind::SessionCalledOff
    )
}

/// Whether the place is the reader's, and booked.
async fn has_it(tx: &mut Tx, person: &Person, booking: BookingId) -> Result<bool, Error> {
    Ok(bookings::get(tx, person.hub_id, booking).await?.is_some_and(|view| has_place(person, &view)))
}

/// The certificate as a file to print, written off the threads that send.
async fn certificate(tx: &mut Tx, site: &Site, hub: &Hub, booking: BookingId) -> Result<Option<Attachment>, Error> {
    let Some(certificate) = certificates::of_booking(tx, hub.id, booking).await? else { return Ok(None) };
    let check_at = format!("{}/certificates/{}", site.public_url, certificate.number);
    let (sheet, fonts) = (certificates::sheet(&certificate, &check_at, hub.colour), Arc::clone(&site.fonts));
    let written = match tokio::task::spawn_blocking(move || sheet.write(&fonts)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => {
            tracing::warn!(%error, %booking, "a certificate goes without its file");
            return Ok(None);
        }
        Err(error) => {
            tracing::error!(%error, %booking, "a certificate goes without its file");
            return Ok(None);
        }
    };
    let name = format!("certificate-{}.pdf", certificate.number);
    Ok(Some(Attachment { name, media_type: "application/pdf", bytes: written }))
}

/// The sessions of the event, for a calendar that is not subscribed to the service.
async fn calendar(tx: &mut Tx, person: &Person, told: &Told) -> Result<Option<Attachment>, Error> {
    let mut entries = calendars::of_person(tx, person, Access::SignedIn, told.told_at).await?;
    entries.retain(|entry| Some(entry.event) == told.event_id);
    let Some(title) = entries.first().map(|entry| entry.event_title.clone()) else { return Ok(None) };
    let bytes = calendars::text(title.as_str(), &entries).into_bytes();
    Ok(Some(Attachment { name: "calendar.ics".to_owned(), media_type: "text/calendar; charset=utf-8", bytes }))
}

/// The code that the delegate shows at the door.
fn code(site: &Site, person: &Person, booking: BookingId) -> Option<Attachment> {
    let code = Code::issue(&site.keys, person.hub_id, booking, person.id);
    let code = code.inspect_err(|error| tracing::error!(%error, "a code to check in was not signed")).ok()?;
    let picture = qr::png(&code.address(&site.public_url));
    let bytes = picture.inspect_err(|error| tracing::error!(%error, "a code to check in was not drawn")).ok()?;
    Some(Attachment { name: "check-in.png".to_owned(), media_type: "image/png", bytes })
}
