//! An event, and how it is stored: with its dates, which are those of its sessions, and the text it is found by.

use chrono::{DateTime, NaiveDate, Utc};

use super::admission::{Admission, Minimum};
use super::attendance::Attendance;
use super::policy::Policy;
use super::sense::{self, Field, Plan};
use super::session::Session;
use super::{Error, Flaw, Programme, sql};
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{EventId, HubId, ProgrammeId};
use crate::base::text::{Line, fold};
use crate::base::year::AcademicYear;
use crate::ledger::Journal;
use crate::members::years;

words!(/** The states of an event. */ State {
    /// Being prepared; visible only to those who prepare it.
    Draft = "draft",
    /// In the catalogue, open for booking.
    Published = "published",
    /// Over, its register settled.
    Completed = "completed",
    /// Called off.
    Cancelled = "cancelled",
});

/// A dated, bookable run of a programme.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Event {
    /// The event's id.
    pub id: EventId,
    /// The programme that it is a run of.
    pub programme_id: ProgrammeId,
    /// The event's title.
    pub title: Line,
    /// The state of the event.
    pub state: State,
    /// The academic year of its first session, whose wallets pay.
    pub year: AcademicYear,
    /// How many places there are.
    pub capacity: i64,
    /// How many places are held; never more than the capacity.
    pub held: i64,
    /// How many bookings wait for a place.
    pub waiting: i64,
    /// The last number given out in its waiting list.
    pub line: i64,
    /// What a place costs.
    pub price: Credits,
    /// When booking opens; on publication where none is given.
    pub opens_at: Option<DateTime<Utc>>,
    /// When booking closes; when the first session starts where none is given.
    pub closes_at: Option<DateTime<Utc>>,
    /// The refund on cancellation.
    pub policy: Policy,
    /// How its register decides who attended.
    #[sqlx(flatten)]
    pub attendance: Attendance,
    /// Who may book it, and how.
    pub admission: Admission,
    /// How many delegates the event needs.
    pub minimum: Option<i64>,
    /// The day on which the hub decides whether it takes place.
    pub decide_by: Option<NaiveDate>,
    /// When its first session starts.
    pub starts_at: DateTime<Utc>,
    /// When its last session ends.
    pub ends_at: DateTime<Utc>,
    /// Rises with every change.
    pub version: i64,
    /// When the event was added.
    pub created_at: DateTime<Utc>,
    /// When the event was published.
    pub published_at: Option<DateTime<Utc>>,
    /// When the event was last moved: a session was given another time or place, added, or called off.
    pub rescheduled_at: Option<DateTime<Utc>>,
    /// The number of its schedule, from 1: rises with every move.
    pub schedule: i64,
    /// When the event was completed and its provider paid.
    pub completed_at: Option<DateTime<Utc>>,
    /// When the hub called the event off.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// Why the event was called off.
    pub cancelled_because: Option<Line>,
}

impl Event {
    /// Everything that does not make sense together with these sessions, reported at the fields that were sent.
    pub(super) fn senseless(
        &self,
        sessions: impl IntoIterator<Item = (DateTime<Utc>, DateTime<Utc>)>,
        sent: impl Fn(Field) -> bool,
    ) -> Vec<Flaw> {
        let minimum = self.minimum.zip(self.decide_by);
        let plan = Plan {
            capacity: self.capacity,
            held: self.held,
            minimum: minimum.map(|(delegates, decide_by)| Minimum { delegates, decide_by }),
            opens_at: self.opens_at,
            closes_at: self.closes_at,
            admission: &self.admission,
            sessions: sessions.into_iter().collect(),
        };
        plan.flaws(sent)
    }
}

/// Refuses where something is wrong; where nothing is wrong but too many places held, that is a refusal of its own.
pub(super) fn refuse(flaws: Vec<Flaw>, held: i64) -> Result<(), Error> {
    match flaws.as_slice() {
        [] => Ok(()),
        [only] if only.code == sense::BELOW_HELD => Err(Error::CapacityBelowHeld { held }),
        _ => Err(Error::Invalid(flaws)),
    }
}

/// One event of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: EventId) -> Result<Option<Event>, db::Error> {
    sql::events::get(tx, hub, id).await
}

/// Takes start, end and year of the event from its sessions; the year must be open.
pub(super) async fn date(journal: &mut Journal, event: &mut Event, sessions: &[Session]) -> Result<(), Error> {
    let dated = when(sessions)?;
    let hub = journal.hub();
    years::require_open(journal.tx(), hub, dated.2).await?;
    (event.starts_at, event.ends_at, event.year) = dated;
    Ok(())
}

/// When the first of the sessions starts, when the last ends, and the academic year of the first.
pub(super) fn when(sessions: &[Session]) -> Result<(DateTime<Utc>, DateTime<Utc>, AcademicYear), Error> {
    let starts_at = sessions.iter().map(|session| session.starts_at).min().ok_or(Error::Unknown)?;
    let ends_at = sessions.iter().map(|session| session.ends_at).max().ok_or(Error::Unknown)?;
    Ok((starts_at, ends_at, AcademicYear::of(london_date(starts_at)).ok_or(Error::Unknown)?))
}

/// Stores the event with these sessions, if it still has the version that was read.
pub(super) async fn store(journal: &mut Journal, event: &Event, sessions: &[Session]) -> Result<Event, Error> {
    let hub = journal.hub();
    let programme = super::get(journal.tx(), hub, event.programme_id).await?.ok_or(Error::Unknown)?;
    let search = search(&programme, &event.title, sessions);
    sql::events::update(journal.tx(), hub, event, search).await?.ok_or(Error::Stale)
}

/// The text that the text filter searches.
pub(super) fn search<'a>(
    programme: &Programme,
    title: &Line,
    sessions: impl IntoIterator<Item = &'a Session>,
) -> String {
    let mut text = format!("{title}\n{}\n{}", programme.title, programme.description);
    for session in sessions {
        for line in [Some(&session.title), session.speaker.as_ref()].into_iter().flatten() {
            text.push('\n');
            text.push_str(line.as_str());
        }
    }
    fold::searchable(&text)
}

/// Records when and where the sessions are: what bookings made from now on are agreed on.
pub(super) async fn publish_schedule(journal: &mut Journal, event: &Event, sessions: &[Session]) -> Result<(), Error> {
    let hub = journal.hub();
    sql::sessions::insert_schedule(journal.tx(), hub, event.schedule, sessions).await?.exactly(sessions.len())?;
    Ok(())
}
