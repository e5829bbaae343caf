//! Calendars that calendar programs subscribe to (RFC 5545): an event, a person's bookings, and the hub's programme.
//! One entry is one session, under an identifier that never changes.
//!
//! Calendar programs send no access token. So a person may make a secret link to their bookings and to the programme,
//! and revoke it; a new one replaces the old. Only the digest of its secret is stored. The link of someone who is
//! disabled does not work.

mod ical;
mod itip;
mod sql;

use chrono::{DateTime, Days, Utc};
use uuid::Uuid;

use crate::base::db::{self, Tx};
use crate::base::ids::{EventId, HubId, PersonId, SessionId};
use crate::base::secret;
use crate::base::text::{Line, Link};
use crate::booking::bookings;
use crate::booking::bookings::joining::Joining;
use crate::ledger::Journal;
use crate::members::people::{self, Person};
use crate::programme::programmes;
use crate::programme::programmes::catalogue::View;

pub use ical::{text, why_called_off, wordings};
pub use itip::{Addressee, Message, Method};

/// Whether what an entry announces takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It takes place.
    Firm,
    /// It may take place: a draft, a request, a place on the waiting list.
    Tentative(&'static str),
    /// It does not take place.
    Cancelled,
}

/// One session in a calendar.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The session's id.
    pub session: SessionId,
    /// The event that the session is part of.
    pub event: EventId,
    /// Rises whenever what the entry says changes.
    pub sequence: i64,
    /// When `sequence` last rose.
    pub revised_at: DateTime<Utc>,
    /// The event's title.
    pub event_title: Line,
    /// The session's title.
    pub title: Line,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Where it takes place.
    pub place: Option<Line>,
    /// Whether it can be joined online.
    pub online: bool,
    /// The link to join it online, for those who may see it.
    pub online_url: Option<Link>,
    /// The speaker's name.
    pub speaker: Option<Line>,
    /// Why it was called off, where only the session was and not its event.
    pub called_off: Option<Line>,
    /// Whether it takes place.
    pub standing: Standing,
}

/// What a calendar says of a session, besides when it is.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Wording {
    /// Its title, with that of its event.
    pub title: String,
    /// Where it takes place.
    pub place: Option<String>,
    /// The link to join it online, for those who may see it.
    pub url: Option<String>,
    /// What else is said of it, in lines.
    pub words: Option<String>,
}

/// For how many days calendars look back: an event that was over earlier is left out.
const LOOK_BACK: Days = Days::new(366);

/// How somebody reads a calendar. By a secret link they are not signed in, and see no link for joining online.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// With an access token.
    SignedIn,
    /// By the secret link of a person.
    SecretLink,
}

impl Access {
    async fn joining(self, tx: &mut Tx, person: &Person) -> Result<Joining, db::Error> {
        match self {
            Access::SignedIn => Joining::of(tx, person).await,
            Access::SecretLink => Ok(Joining::of_nobody()),
        }
    }
}

/// The sessions of an event, as far as the person may see them.
pub async fn of_event(tx: &mut Tx, person: &Person, event: EventId) -> Result<Vec<Entry>, db::Error> {
    let joining = Access::SignedIn.joining(tx, person).await?;
    let rows = sql::of_event(tx, person.hub_id, event).await?;
    Ok(rows.into_iter().map(|row| row.entry(&joining)).collect())
}

/// The sessions of all events that the catalogue shows the person, unless they were over more than a year ago.
pub async fn programme(
    tx: &mut Tx,
    person: &Person,
    access: Access,
    now: DateTime<Utc>,
) -> Result<Vec<Entry>, db::Error> {
    let (view, joining) = (View::of(person), access.joining(tx, person).await?);
    let rows = sql::programme(tx, person.hub_id, now - LOOK_BACK).await?;
    Ok(current(rows.into_iter().filter(|row| row.shown(view)).map(|row| row.entry(&joining)), now))
}

/// The sessions that a person has booked, or had before somebody else took their place, unless over more than a year
/// ago.
pub async fn of_person(
    tx: &mut Tx,
    person: &Person,
    access: Access,
    now: DateTime<Utc>,
) -> Result<Vec<Entry>, db::Error> {
    let joining = access.joining(tx, person).await?;
    let mut entries: Vec<Entry> = Vec::new();
    for sql::Booked { row, state, version, requested_at, booking_revised_at } in
        sql::of_person(tx, person.hub_id, person.id, now - LOOK_BACK).await?
    {
        let mut entry = row.entry(&joining);
        if entry.standing != Standing::Cancelled {
            entry.standing = standing(state);
        }
        entry.sequence += version;
        entry.revised_at = entry.revised_at.max(booking_revised_at.unwrap_or(requested_at));
        // Somebody who booked again has several bookings on one session: the one that has not ended counts, whichever
        // was made first. The sequence sums all of them, including those that were handed on, so that it never falls.
        match entries.last_mut().filter(|before| before.session == entry.session) {
            Some(before) => {
                let sequence = before.sequence + version;
                let revised_at = before.revised_at.max(entry.revised_at);
                let holds = if entry.standing == Standing::Cancelled { before.clone() } else { entry };
                *before = Entry { sequence, revised_at, ..holds };
            }
            None => entries.push(entry),
        }
    }
    Ok(current(entries, now))
}

/// Leaves out cancelled entries that would be over by now: nobody needs to be told any more.
fn current(entries: impl IntoIterator<Item = Entry>, now: DateTime<Utc>) -> Vec<Entry> {
    entries.into_iter().filter(|entry| entry.standing != Standing::Cancelled || entry.ends_at > now).collect()
}

fn standing(state: bookings::State) -> Standing {
    use bookings::State;
    match state {
        State::Confirmed | State::Attended | State::NoShow => Standing::Firm,
        State::Requested => Standing::Tentative("Not yet approved."),
        State::Waitlisted => Standing::Tentative("On the waiting list."),
        State::Cancelled | State::Declined | State::Expired => Standing::Cancelled,
    }
}

/// When the person's secret link was made, where they have one.
pub async fn link(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Option<DateTime<Utc>>, db::Error> {
    sql::link(tx, hub, person).await
}

/// Makes a secret link for the person; returns its secret, which is not stored. An older link of theirs stops working.
pub async fn make_link(journal: &mut Journal, person: PersonId) -> Result<String, db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let secret = format!("{}{}", hub.0.simple(), secret::new());
    sql::set_link(journal.tx(), hub, person, &secret::digest(&secret), now).await?.exactly(1)?;
    Ok(secret)
}

/// Revokes the person's secret link, if they have one.
pub async fn revoke_link(journal: &mut Journal, person: PersonId) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::delete_link(journal.tx(), hub, person).await?.any();
    Ok(())
}

/// The person whose link it is, unless they are disabled.
pub async fn holder(tx: &mut Tx, secret: &str) -> Result<Option<Person>, db::Error> {
    // The secret begins with its hub's id, so that it is found in that hub's index.
    let Some(hub) = secret.get(..32).and_then(|hub| Uuid::try_parse(hub).ok()).map(HubId) else { return Ok(None) };
    let Some(person) = sql::holder(tx, hub, &secret::digest(secret)).await? else { return Ok(None) };
    Ok(people::get(tx, hub, person).await?.filter(|person| person.disabled_at.is_none()))
}
