//! What one needs to know to decide, beside the sentence: when and where an event is, whom a request is for, what it costs
//! and what remains.

use chrono::TimeDelta;
use uuid::Uuid;

use super::Error;
use crate::base::db::Tx;
use crate::base::ids::{BookingId, EventId, HubId};
use crate::base::said;
use crate::base::text::Line;
use crate::booking::bookings;
use crate::messages::notices::{Kind, Told};
use crate::programme::programmes::sessions;

/// How many sessions a letter lists: the others are on the page.
const SESSIONS: usize = 6;

/// The lines of a notice, each with its label.
pub(super) async fn of(tx: &mut Tx, hub: HubId, told: &Told) -> Result<Vec<(String, String)>, Error> {
    let mut lines = Vec::new();
    if let Some(event) = told.event_id.filter(|_| told.kind != Kind::CancelledByHub) {
        sessions_of(tx, hub, event, &mut lines).await?;
    }
    if let (Some(booking), Kind::ApprovalWaiting | Kind::ApprovalDue) = (told.booking_id, told.kind) {
        request(tx, hub, booking, &mut lines).await?;
    }
    Ok(lines)
}

async fn sessions_of(tx: &mut Tx, hub: HubId, event: EventId, lines: &mut Vec<(String, String)>) -> Result<(), Error> {
    let sessions = sessions::of_event(tx, hub, event).await?;
    let several = sessions.len() > 1;
    for (at, session) in sessions.iter().take(SESSIONS).enumerate() {
        let label = if several { format!("Session {}", at + 1) } else { "When".to_owned() };
        lines.push((label, said::span(session.starts_at, session.ends_at)));
        // The link to join is for whoever has a place: it stands on the page.
        let place = session.place.as_ref().map_or("Online", Line::as_str);
        // The place of several is said where it changes.
        let before = at.checked_sub(1).and_then(|before| sessions.get(before));
        if before.is_none_or(|before| before.place != session.place) {
            lines.push(("Where".to_owned(), place.to_owned()));
        }
    }
    if sessions.len() > SESSIONS {
        lines.push((String::new(), format!("and {} more", sessions.len() - SESSIONS)));
    }
    Ok(())
}

/// Whom a request is for, what it costs, and what the wallets have when it is approved. They paid when it was asked for.
async fn request(tx: &mut Tx, hub: HubId, id: BookingId, lines: &mut Vec<(String, String)>) -> Result<(), Error> {
    let Some(view) = bookings::get(tx, hub, id).await? else { return Ok(()) };
    let booking = &view.booking;
    lines.push(("For".to_owned(), format!("{}, {}", view.delegate(), view.school_name)));
    let cost = if booking.ticket_id.is_some() { "A ticket pays".to_owned() } else { said::price(booking.price) };
    lines.push(("Cost".to_owned(), cost));
    let before = booking.approve_by.map(|by| (by - TimeDelta::microseconds(1), BookingId(Uuid::max())));
    let waiting = bookings::undecided(tx, hub, Some(booking.school_id), before, SAME_INSTANT).await?;
    if let Some(undecided) = waiting.iter().find(|undecided| undecided.view.booking.id == id) {
        lines.push(("Left if approved".to_owned(), said::credits(undecided.available_after(true))));
        lines.push(("Left if declined".to_owned(), said::credits(undecided.available_after(false))));
    }
    if let Some(by) = booking.approve_by {
        lines.push(("Decide by".to_owned(), said::deadline(by)));
    }
    Ok(())
}

/// How many requests of a school that expire at one instant are looked through.
const SAME_INSTANT: i64 = 50;

/// What the button of a letter says.
pub(super) fn act(kind: Kind) -> &'static str {
    match kind {
        Kind::ApprovalWaiting | Kind::ApprovalDue => "Decide",
        Kind::Offered => "Accept the place",
        Kind::Promoted | Kind::Approved | Kind::Named => "See the place",
        Kind::NamesDue => "Name somebody",
        Kind::AgreementWaiting | Kind::CommissionQuoted | Kind::VariationProposed => "See and decide",
        Kind::MilestoneDelivered | Kind::MilestoneAnswerDue => "Accept it, or say what is missing",
        Kind::MessageReceived => "Read and answer",
        Kind::CreditsAllocated | Kind::CreditsAdjusted | Kind::GiftAccepted => "See the credits",
        Kind::GiftOffered => "Accept or decline",
        _ => "See more",
    }
}
