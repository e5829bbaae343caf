//! What is not worth a letter any more when its turn comes.

use chrono::{DateTime, Utc};

use super::{Error, LEFT, school_has_left};
use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::base::ids::{BookingId, HubId};
use crate::booking::bookings::{self, State};
use crate::booking::{certificates, evaluations};
use crate::members::people::Person;
use crate::messages::notices::{Kind, Told};
use crate::programme::programmes::sessions;
use crate::programme::tickets::{self, Filter};

/// Why something is not to be sent, where it is not.
type Why = Result<Option<&'static str>, Error>;

/// Why a notice is not to be sent, where it is not.
pub(super) async fn why(tx: &mut Tx, person: &Person, told: &Told, now: DateTime<Utc>) -> Why {
    let hub = person.hub_id;
    if let Some(why) = of_itself(told, now) {
        return Ok(Some(why));
    }
    if is_for_members(told.kind) && school_has_left(tx, person, now).await? {
        return Ok(Some(LEFT));
    }
    if told.kind == Kind::TicketGiven {
        return taken_back(tx, person, told, now).await;
    }
    let Some(booking) = told.booking_id else { return Ok(None) };
    match told.kind {
        Kind::ApprovalWaiting | Kind::ApprovalDue => decided(tx, hub, booking).await,
        Kind::EventSoon => over(tx, hub, booking, told).await,
        Kind::EvaluationAsked => given(tx, person, booking).await,
        Kind::Booked | Kind::PutOnWaitingList | Kind::Approved | Kind::Promoted | Kind::Named => {
            given_up(tx, hub, booking).await
        }
        Kind::CertificateIssued => {
            let certificate = certificates::of_booking(tx, hub, booking).await?;
            Ok(certificate.is_none().then_some("the certificate was withdrawn"))
        }
        _ => Ok(None),
    }
}

/// Whether a request was decided.
async fn decided(tx: &mut Tx, hub: HubId, booking: BookingId) -> Why {
    let view = bookings::get(tx, hub, booking).await?;
    let waits = |view: &bookings::View| {
        matches!(view.booking.state, State::Requested | State::Waitlisted) && view.booking.approved_at.is_none()
    };
    let decided = view.is_none_or(|view| !waits(&view));
    Ok(decided.then_some("it was decided already"))
}

/// Whether a place, or a wait for one, that they are told of has ended since, of which they are told too.
async fn given_up(tx: &mut Tx, hub: HubId, booking: BookingId) -> Why {
    let view = bookings::get(tx, hub, booking).await?;
    let ended =
        |view: &bookings::View| matches!(view.booking.state, State::Cancelled | State::Declined | State::Expired);
    Ok(view.is_none_or(|view| ended(&view)).then_some("the place was given up"))
}

/// Whether it means something only to those whose school is with the hub.
fn is_for_members(kind: Kind) -> bool {
    matches!(kind, Kind::CreditsLapse | Kind::CatalogueMatch | Kind::LeadsMessage)
}

/// Whether a ticket was taken back since, or used, or is not valid any more.
async fn taken_back(tx: &mut Tx, person: &Person, told: &Told, now: DateTime<Utc>) -> Why {
    let filter = Filter { person: Some(person.id), state: Some(tickets::State::Issued), ..Filter::default() };
    let held = tickets::list(tx, person.hub_id, filter, london_date(now), None, MOST_TICKETS).await?;
    let has = held.iter().any(|ticket| told.subject.as_ref().is_none_or(|name| *name == ticket.type_name));
    Ok((!has).then_some("they have the free place no more"))
}

/// How many tickets of somebody are looked through.
const MOST_TICKETS: i64 = 100;

/// Whether a place of which a session begins soon was given up, or the session moved.
async fn over(tx: &mut Tx, hub: HubId, booking: BookingId, told: &Told) -> Why {
    let view = bookings::get(tx, hub, booking).await?;
    let Some(view) = view.filter(|view| view.booking.state == State::Confirmed) else {
        return Ok(Some("the place was given up"));
    };
    let Some(due) = told.due_at.filter(|due| *due != view.starts_at) else { return Ok(None) };
    let sessions = sessions::of_event(tx, hub, view.booking.event_id).await?;
    Ok((!sessions.iter().any(|session| session.starts_at == due)).then_some("the event was moved"))
}

/// Whether an evaluation was given since it was asked for.
async fn given(tx: &mut Tx, person: &Person, booking: BookingId) -> Why {
    let given = evaluations::get(tx, person.hub_id, booking, person.id).await?;
    Ok(given.is_some().then_some("they have said what they thought of it"))
}

/// Why, as far as the notice says it itself.
fn of_itself(told: &Told, now: DateTime<Utc>) -> Option<&'static str> {
    if told.read_at.is_some() {
        return Some("they have read it on the pages");
    }
    if told.became.is_some() && is_answered_elsewhere(told.kind) {
        return Some("it was decided already");
    }
    let over = told.due_at.is_some_and(|due| due <= now);
    (over && is_to_be_done(told.kind)).then_some("the time for it is over")
}

/// Whether it asks for an answer that another may have given meanwhile.
fn is_answered_elsewhere(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::NamesDue
            | Kind::GiftOffered
            | Kind::CommissionRequested
            | Kind::CommissionQuoted
            | Kind::AgreementWaiting
            | Kind::VariationProposed
            | Kind::MilestoneDelivered
            | Kind::MilestoneAnswerDue
    )
}

/// Whether it asks for something that can't be done after its time.
fn is_to_be_done(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Offered
            | Kind::ApprovalWaiting
            | Kind::ApprovalDue
            | Kind::NamesDue
            | Kind::MilestoneDelivered
            | Kind::MilestoneAnswerDue
            | Kind::EventSoon
            | Kind::CreditsLapse
    )
}
