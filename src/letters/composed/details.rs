//! What one needs to know to decide, beside the sentence: when and where an event is, whom a request is for, what it costs
//! and what remains.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Error, Site, credits, places, tickets};
use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::base::ids::{BookingId, HubId, TransferId};
use crate::base::mail::Attachment;
use crate::base::said;
use crate::booking::bookings::{self, Booking};
use crate::booking::evaluations;
use crate::credits::transfers;
use crate::members::people::{self, Person};
use crate::messages::notices::{Kind, Told};
use crate::programme::programmes::{events, terms};

/// The lines of a notice, each with its label.
pub(super) async fn of(
    tx: &mut Tx,
    person: &Person,
    told: &Told,
    now: DateTime<Utc>,
) -> Result<Vec<(String, String)>, Error> {
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
        request(tx, hub, booking, now, &mut lines).await?;
    }
    if let (Some(booking), Kind::Offered | Kind::PassedOver) = (told.booking_id, told.kind) {
        lines.extend(offered(tx, person, booking, now).await?);
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
async fn request(
    tx: &mut Tx,
    hub: HubId,
    id: BookingId,
    now: DateTime<Utc>,
    lines: &mut Vec<(String, String)>,
) -> Result<(), Error> {
    let Some(view) = bookings::get(tx, hub, id).await? else { return Ok(()) };
    let booking = &view.booking;
    lines.push(("For".to_owned(), format!("{}, {}", view.delegate(), view.school_name)));
    lines.push(("Cost".to_owned(), cost(booking)));
    if booking.ticket_id.is_none() {
        let terms = terms::in_a_line(&booking.policy, booking.price, view.starts_at, now);
        lines.extend(terms.map(|terms| ("If cancelled".to_owned(), terms)));
    }
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

/// What a place costs.
fn cost(booking: &Booking) -> String {
    if booking.ticket_id.is_some() { "A ticket pays".to_owned() } else { said::price(booking.price) }
}

/// What a place that came free costs, and for those who decide for its school, what the school has, and would have left.
/// Nothing is paid before it is accepted.
async fn offered(
    tx: &mut Tx,
    person: &Person,
    id: BookingId,
    now: DateTime<Utc>,
) -> Result<Vec<(String, String)>, Error> {
    let hub = person.hub_id;
    let Some(view) = bookings::get(tx, hub, id).await? else { return Ok(Vec::new()) };
    let booking = &view.booking;
    let mut lines = vec![("Cost".to_owned(), cost(booking))];
    if booking.ticket_id.is_some() || booking.price.is_zero() {
        return Ok(lines);
    }
    let school = booking.school_id;
    let deciders = people::deciders(tx, hub, &[school], london_date(now)).await?;
    let decides = deciders.of_school(school).any(|decider| decider == person.id);
    if let Some(event) = events::get(tx, hub, booking.event_id).await?.filter(|_| decides) {
        let has = credits::available(tx, hub, event.year, school).await?;
        lines.push(("Your school has".to_owned(), said::credits(has)));
        let left = (has >= booking.price).then(|| said::credits(has - booking.price));
        lines.extend(left.map(|left| ("Left if accepted".to_owned(), left)));
    }
    Ok(lines)
}

/// What is said of a certificate that goes along.
const ATTACHED: &str = "The certificate is attached.";

/// What is said of one that has a letter that no font of the service has.
const NOT_ATTACHED: &str = "The certificate could not be attached: a name on it has letters that no font of this service has. \
                            Its page shows them, and you can print it there.";

/// What is said after the link.
pub(super) fn after(told: &Told, attached: &[Attachment]) -> Vec<String> {
    let has = |media_type: &str| attached.iter().any(|file| file.media_type.starts_with(media_type));
    let said: Vec<&str> = match told.kind {
        Kind::NamesDue => vec!["What then comes back of its cost is what the event’s cancellation policy gives."],
        Kind::RecordChanged | Kind::SignInChanged => {
            vec!["If it was not you, and nobody of your hub or school, tell your hub at once."]
        }
        Kind::EventSoon => vec![
            match (has("text/calendar"), has("image/png")) {
                (true, true) => "Attached are the sessions for your calendar, and a code to show at the door.",
                (true, false) => "Attached are the sessions for your calendar.",
                (false, true) => "Attached is a code to show at the door.",
                (false, false) => "The code to show at the door is on the page of the place.",
            },
            "If you can’t come, give up the place on its page, so that somebody else can.",
        ],
        Kind::CertificateIssued if has("application/pdf") => vec![ATTACHED],
        Kind::CertificateIssued => vec![NOT_ATTACHED],
        _ if has("text/calendar") => vec!["Attached are the sessions for your calendar."],
        _ => Vec::new(),
    };
    said.into_iter().map(str::to_owned).collect()
}

/// What else can be done, each with the page that it is done on: who has a certificate can say what they thought of the event.
pub(super) async fn besides(
    tx: &mut Tx,
    site: &Site,
    person: &Person,
    told: &Told,
) -> Result<Vec<(String, String)>, Error> {
    let (Some(booking), Kind::CertificateIssued) = (told.booking_id, told.kind) else { return Ok(Vec::new()) };
    if evaluations::get(tx, person.hub_id, booking, person.id).await?.is_some() {
        return Ok(Vec::new());
    }
    let page = format!("{}/places/{booking}/evaluation", site.public_url);
    Ok(vec![("What did you think of the event? Say so here.".to_owned(), page)])
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
