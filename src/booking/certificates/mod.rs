//! Certificates: what the hub certifies of a delegate who attended, under a number that anyone can check.
//!
//! A certificate says what was true when it was issued, in the words of that day. [`settle`] brings the certificates of
//! an event into line with its register, set-based and repeatable: it issues what is due (to everyone who attended and,
//! where the event requires it, has evaluated it), and where a correction has made one wrong it withdraws that and
//! issues another. It is called by whatever changes who attended. Withdrawn ones are kept, so that their numbers can
//! still be checked. A delegate whose name is corrected gets theirs reissued under the same numbers ([`rename`]);
//! whoever checks an older print is told the day of that. Whose certificate is issued is told so.

mod number;
mod paper;
mod sql;
mod verify;

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

use crate::base::clock::{london_date, london_last_day};
use crate::base::db::{self, Tx};
use crate::base::hours::Hours;
use crate::base::ids::{BookingId, EventId, HubId, PersonId, SessionId};
use crate::base::text::Line;
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};
use crate::members::hubs;
use crate::members::people;
use crate::messages::notices::{self, Notice};
use crate::programme::programmes::sessions::{self, Session};

pub use number::Number;
pub use paper::sheet;
pub use verify::verify;

/// What the hub certifies.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Certificate {
    /// The certificate's number.
    pub number: Number,
    /// The booking that it certifies.
    pub booking_id: BookingId,
    /// The event that was attended.
    pub event_id: EventId,
    /// The delegate who attended.
    pub person_id: PersonId,
    /// What it says.
    #[sqlx(flatten)]
    pub words: Words,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it was last reissued, with another name of the delegate.
    pub reissued_at: Option<DateTime<Utc>>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = CertificateWords)]
pub struct Words {
    /// The name of the delegate who attended.
    pub person_name: Line,
    /// The name of the school that paid.
    pub school_name: Line,
    /// The name of the hub that certifies it.
    pub hub_name: Line,
    /// The title of the programme.
    pub programme_title: Line,
    /// The title of the event.
    pub event_title: Line,
    /// The provider's name.
    pub provider_name: Line,
    /// The day of its first session.
    pub starts_on: NaiveDate,
    /// The day of its last session.
    pub ends_on: NaiveDate,
    /// How many sessions it had.
    pub sessions: i64,
    /// How many of them were attended, in whole or in part.
    pub sessions_attended: i64,
    /// The hours that were attended.
    #[sqlx(rename = "minutes")]
    pub hours: Hours,
}

/// Issues and withdraws certificates of an event, or of one booking on it, until they say what its register says. Three
/// reads and at most two writes, however many delegates.
pub async fn settle(journal: &mut Journal, event: EventId, booking: Option<BookingId>) -> Result<(), db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let tx = journal.tx();
    let Some(facts) = sql::facts(tx, hub, event).await? else { return Ok(()) };
    let sessions = sessions::of_event(tx, hub, event).await?;
    let standings = sql::standings(tx, hub, event, booking).await?;
    let mut attended = attended(&sessions, sql::attended(tx, hub, event, booking).await?);

    let (mut withdrawn, mut issued, mut changes) = (Vec::new(), Vec::new(), Vec::new());
    for standing in standings {
        let attended = attended.remove(&standing.booking_id).unwrap_or_default();
        let due = standing.due(facts.evaluation_required).then_some(attended);
        if standing.certified() == due {
            continue;
        }
        let of_booking = |kind| Change::new(kind, standing.booking_id).event(event);
        changes.extend(standing.number.as_ref().map(|_| of_booking(Kind::BookingCertificateWithdrawn)));
        changes.extend(due.map(|_| of_booking(Kind::BookingCertificateIssued)));
        withdrawn.extend(standing.number.clone());
        if let Some(attended) = due {
            let number = Number::new(hub, rand::random());
            issued.push(facts.certificate(number, standing, &sessions, attended, now));
        }
    }
    sql::withdraw(journal.tx(), hub, &withdrawn, now).await?.exactly(withdrawn.len())?;
    sql::insert(journal.tx(), hub, &issued).await?.exactly(issued.len())?;
    changes.into_iter().for_each(|change| journal.changed(change));
    let notice = |issued: &Certificate| Notice {
        event: Some(event),
        booking: Some(issued.booking_id),
        ..Notice::new(issued.person_id, notices::Kind::CertificateIssued)
    };
    let told: Vec<Notice> = issued.iter().map(notice).collect();
    notices::tell(journal, &told).await
}

/// Renames a person whose version the caller read, and reissues their certificates in the new name.
pub async fn rename(
    journal: &mut Journal,
    id: PersonId,
    version: i64,
    name: Line,
) -> Result<people::Person, people::Error> {
    let renamed = people::rename(journal, id, version, name).await?;
    reissue(journal, id, &renamed.name).await?;
    Ok(renamed)
}

/// Hands the certificates of one record of a person to another; the valid ones are reissued where that has another name.
/// Their bookings must have been handed over.
pub async fn hand_over(journal: &mut Journal, from: PersonId, to: PersonId, name: &Line) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::hand_over(journal.tx(), hub, (from, to)).await?.any();
    reissue(journal, to, name).await
}

/// Puts another name on everything that was certified to a person, withdrawn or not. Numbers stay.
pub async fn erase_name(journal: &mut Journal, person: PersonId, name: &Line) -> Result<(), db::Error> {
    reissue(journal, person, name).await?;
    let hub = journal.hub();
    sql::erase_name(journal.tx(), hub, person, name).await?.any();
    Ok(())
}

async fn reissue(journal: &mut Journal, person: PersonId, name: &Line) -> Result<(), db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    for (booking, event) in sql::reissue(journal.tx(), hub, person, name, now).await? {
        journal.changed(Change::new(Kind::BookingCertificateIssued, booking).event(event));
    }
    Ok(())
}

/// The valid certificate of a booking, if there is one.
pub async fn of_booking(tx: &mut Tx, hub: HubId, booking: BookingId) -> Result<Option<Certificate>, db::Error> {
    sql::of_booking(tx, hub, booking).await
}

/// A page of the valid certificates of an event, in the order of the bookings.
pub async fn of_event(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    after: Option<BookingId>,
    limit: i64,
) -> Result<Vec<Certificate>, db::Error> {
    sql::of_event(tx, hub, event, after, limit).await
}

/// The certificate of this number, of whichever hub, withdrawn or not: for whoever was shown it.
pub async fn check(tx: &mut Tx, number: &Number) -> Result<Option<Certificate>, db::Error> {
    for hub in hubs::ids(tx).await? {
        if number.is_of(hub)
            && let Some(certificate) = sql::get(tx, hub, number).await?
        {
            return Ok(Some(certificate));
        }
    }
    Ok(None)
}

/// How much of an event somebody attended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Attended {
    sessions: i64,
    hours: Hours,
}

/// What each delegate attended, from the sessions at which the register has them.
fn attended(sessions: &[Session], rows: Vec<sql::Marked>) -> HashMap<BookingId, Attended> {
    let lengths: HashMap<SessionId, Hours> =
        sessions.iter().map(|session| (session.id, Hours::between(session.starts_at, session.ends_at))).collect();
    let mut attended: HashMap<BookingId, Attended> = HashMap::new();
    for (booking, session, mark, minutes) in rows {
        let sum = attended.entry(booking).or_default();
        sum.sessions += 1;
        sum.hours = sum.hours + mark.hours(minutes, lengths.get(&session).copied().unwrap_or_default());
    }
    attended
}

impl sql::Standing {
    /// Whether a certificate is due.
    fn due(&self, evaluation_required: bool) -> bool {
        // A certificate that was issued is not withdrawn because the event now asks for more.
        let earned = self.evaluated || !evaluation_required || self.number.is_some();
        self.attended && earned
    }

    /// What the booking's valid certificate says.
    fn certified(&self) -> Option<Attended> {
        let (sessions, hours) = self.sessions_attended.zip(self.minutes)?;
        Some(Attended { sessions, hours })
    }
}

impl sql::Facts {
    fn certificate(
        &self,
        number: Number,
        standing: sql::Standing,
        sessions: &[Session],
        attended: Attended,
        now: DateTime<Utc>,
    ) -> Certificate {
        Certificate {
            number,
            booking_id: standing.booking_id,
            event_id: self.event_id,
            person_id: standing.person_id,
            words: Words {
                hub_name: self.hub_name.clone(),
                person_name: standing.person_name,
                school_name: standing.school_name,
                programme_title: self.programme_title.clone(),
                event_title: self.event_title.clone(),
                provider_name: self.provider_name.clone(),
                starts_on: london_date(self.starts_at),
                ends_on: london_last_day(self.ends_at),
                sessions: i64::try_from(sessions.len()).unwrap_or(i64::MAX),
                sessions_attended: attended.sessions,
                hours: attended.hours,
            },
            issued_at: now,
            reissued_at: None,
            withdrawn_at: None,
        }
    }
}
