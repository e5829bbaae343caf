//! What one needs to know to decide, beside the sentence: when and where an event is, whom a request is for, what it costs
//! and what remains.

use chrono::TimeDelta;
use uuid::Uuid;

use super::{Error, credits, places, tickets};
use crate::base::db::Tx;
use crate::base::ids::{BookingId, HubId, TransferId};
use crate::base::mail::Attachment;
use crate::base::said;
use crate::booking::{bookings, evaluations};
use crate::credits::transfers;
use crate::members::people::Person;
use crate::messages::notices::{Kind, Told};

/// The lines of a notice, each with its label.
pub(super) async fn of(tx: &mut Tx, person: &Person, told: &Told) -> Result<Vec<(String, String)>, Error> {
    let (hub, mut lines) = (person.hub_id, Vec::new());
    if let Some(event) = told.event_id {
        lines.extend(places::of(tx, person, told, event).await?);
    }
    if told.kind == Kind::TicketGiven {
        lines.extend(tickets::of(tx, person, told).await?);
    }
    if let (Some(allocation), Some(school)) = (told.allocation_id, person.school_id) {
        lines.extend(match told.kind {
            Kind::AllocationReversed => credits::taken_back(tx, hub, allocation, school).await?,
            _ => credits::line(tx, hub, allocation, school).await?,
        });
    }
    if let (Some(year), Some(school)) = (told.year, person.school_id) {
        lines.extend(match told.kind {
            Kind::YearClosed => credits::closed(tx, hub, year, school).await?,
            _ => credits::left(tx, hub, year, school).await?,
        });
    }
    if let (Some(transfer), Kind::GiftOffered) = (told.transfer_id, told.kind) {
        gift(tx, hub, transfer, &mut lines).await?;
    }
    if let (Some(booking), Kind::NamesDue) = (told.booking_id, told.kind) {
        nameless(tx, hub, booking, &mut lines).await?;
    }
    if let (Some(booking), Kind::ApprovalWaiting | Kind::ApprovalDue) = (told.booking_id, told.kind) {
        request(tx, hub, booking, &mut lines).await?;
    }
    Ok(lines)
}

/// What a gift is of, what its giver says, and until when it can be accepted.
async fn gift(tx: &mut Tx, hub: HubId, id: TransferId, lines: &mut Vec<(String, String)>) -> Result<(), Error> {
    let Some(gift) = transfers::get(tx, hub, id).await? else { return Ok(()) };
    if let Some(message) = &gift.message {
        lines.push(("Message".to_owned(), message.to_string()));
    }
    lines.push(("To be spent in".to_owned(), gift.year.to_string()));
    let until = format!("{}, unless it is withdrawn", said::day(gift.year.last_day()));
    lines.push(("Accept it by".to_owned(), until));
    Ok(())
}

/// How many places of the school on the event have no name yet.
async fn nameless(tx: &mut Tx, hub: HubId, id: BookingId, lines: &mut Vec<(String, String)>) -> Result<(), Error> {
    let Some(view) = bookings::get(tx, hub, id).await? else { return Ok(()) };
    let (event, school) = (view.booking.event_id, view.booking.school_id);
    let unnamed = bookings::unnamed(tx, hub, school, MOST_UNNAMED).await?;
    let here = unnamed.iter().filter(|other| other.booking.event_id == event).count();
    lines.push(("School".to_owned(), view.school_name.to_string()));
    lines.push(("Places without a name".to_owned(), said::number(here)));
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

/// What is said of a certificate that goes along.
const ATTACHED: &str = "The certificate is attached.";

/// What is said of one that has a letter that no font of the service has.
const NOT_ATTACHED: &str = "The certificate could not be attached: a name on it has letters that no font of this service has. \
                            Its page shows them, and you can print it there.";

/// What is said after the link.
pub(super) async fn after(
    tx: &mut Tx,
    person: &Person,
    told: &Told,
    attached: &[Attachment],
) -> Result<Vec<String>, Error> {
    let has = |media_type: &str| attached.iter().any(|file| file.media_type.starts_with(media_type));
    let said: Vec<&str> = match (told.kind, told.booking_id) {
        (Kind::NamesDue, _) => vec!["What then comes back of its cost is what the event’s cancellation policy gives."],
        (Kind::RecordChanged, _) => vec!["If it was not you, and nobody of your hub or school, tell your hub at once."],
        (Kind::EventSoon, _) => vec![
            match (has("text/calendar"), has("image/png")) {
                (true, true) => "Attached are the sessions for your calendar, and a code to show at the door.",
                (true, false) => "Attached are the sessions for your calendar.",
                (false, true) => "Attached is a code to show at the door.",
                (false, false) => "The code to show at the door is on the page of the place.",
            },
            "If you can’t come, give up the place on its page, so that somebody else can.",
        ],
        (Kind::CertificateIssued, Some(booking)) => {
            let file = if has("application/pdf") { ATTACHED } else { NOT_ATTACHED };
            match evaluations::get(tx, person.hub_id, booking, person.id).await? {
                Some(_) => vec![file],
                None => vec![file, "What did you think of the event? You can say so on the page of the place."],
            }
        }
        _ => Vec::new(),
    };
    Ok(said.into_iter().map(str::to_owned).collect())
}

/// How many places without a name of a school are looked through.
const MOST_UNNAMED: i64 = 500;

/// How many requests of a school that expire at one instant are looked through.
const SAME_INSTANT: i64 = 50;

/// What the button of a letter says.
pub(super) fn act(kind: Kind) -> &'static str {
    match kind {
        Kind::ApprovalWaiting | Kind::ApprovalDue => "Decide",
        Kind::Offered => "Accept the place",
        Kind::Promoted | Kind::Booked | Kind::Approved | Kind::Named | Kind::EventSoon => "See the place",
        Kind::NamesDue => "Name somebody",
        Kind::AgreementWaiting | Kind::CommissionQuoted | Kind::VariationProposed => "See and decide",
        Kind::MilestoneDelivered | Kind::MilestoneAnswerDue => "Accept it, or say what is missing",
        Kind::MessageReceived => "Read and answer",
        Kind::EventMessage | Kind::LeadsMessage => "See it on the pages",
        Kind::CreditsAllocated
        | Kind::CreditsAdjusted
        | Kind::CreditsBought
        | Kind::CreditsCorrected
        | Kind::GiftAccepted
        | Kind::CreditsLapse => "See the credits",
        Kind::EarningsCorrected => "See what you are owed",
        Kind::SettlementStated | Kind::SettlementCancelled | Kind::SettlementPaid | Kind::SettlementPaymentReversed => {
            "See the statement"
        }
        Kind::GiftOffered => "Accept or decline",
        Kind::EvaluationAsked => "Say what you thought",
        Kind::CertificateIssued => "See the certificate",
        Kind::TicketGiven => "See what it pays for",
        _ => "See more",
    }
}
