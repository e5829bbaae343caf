//! Who gets an announcement, and what its placeholders stand for.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::placeholders::{Facts, OfEvent};
use super::{Error, To, sql};
use crate::base::clock::london_date;
use crate::base::db::{self, Tx};
use crate::base::ids::{BookingId, EventId, HubId, PersonId, SchoolId};
use crate::base::said;
use crate::base::text::Line;
use crate::members::schools;
use crate::programme::programmes::events;
use crate::programme::programmes::sessions::{self, Session};

/// So many days are named one by one.
const FEW: usize = 6;

/// Somebody who gets an announcement.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = AnnouncementReceiver)]
pub struct Receiver {
    /// The person.
    pub person_id: PersonId,
    /// Their name.
    pub name: Line,
    /// Their booking on the event.
    #[serde(skip)]
    pub booking_id: Option<BookingId>,
    /// Their school; a delegate's is the one whose place it is.
    pub school_id: Option<SchoolId>,
    /// The school's name.
    pub school_name: Option<Line>,
}

impl Receiver {
    /// What the placeholders stand for, for this receiver.
    pub(super) fn facts(&self, event: Option<OfEvent>) -> Facts {
        let school = self.school_name.as_ref().map_or("your school", Line::as_str);
        Facts { name: self.name.to_string(), school: school.to_owned(), event }
    }
}

/// Everyone who gets what is sent so now, each once, by name.
pub(super) async fn of(tx: &mut Tx, hub: HubId, to: &To, now: DateTime<Utc>) -> Result<Vec<Receiver>, Error> {
    let (mut found, nobody) = match to {
        To::Delegates(event, which) => {
            events::get(tx, hub, *event).await?.ok_or(Error::UnknownEvent)?;
            (sql::delegates(tx, hub, *event, *which).await?, Error::NoDelegates)
        }
        To::Leads(None) => (sql::leads(tx, hub, london_date(now)).await?, Error::NoLeads),
        To::Leads(Some(chosen)) => {
            if chosen.is_empty() {
                return Err(Error::NoSchool);
            }
            if schools::names(tx, hub, chosen).await?.len() != chosen.len() {
                return Err(Error::UnknownSchool);
            }
            let mut leads = sql::leads(tx, hub, london_date(now)).await?;
            leads.retain(|lead| lead.school_id.is_some_and(|school| chosen.contains(&school)));
            (leads, Error::NoLeads)
        }
    };
    let mut seen = BTreeSet::new();
    found.retain(|receiver| seen.insert(receiver.person_id));
    if found.is_empty() { Err(nobody) } else { Ok(found) }
}

/// What the placeholders of an event stand for.
pub(super) async fn event(tx: &mut Tx, hub: HubId, id: Option<EventId>) -> Result<Option<OfEvent>, db::Error> {
    let Some(id) = id else { return Ok(None) };
    let Some(event) = events::get(tx, hub, id).await? else { return Ok(None) };
    let sessions = sessions::of_event(tx, hub, id).await?;
    let title = event.title.to_string();
    Ok(Some(OfEvent {
        title,
        date: dates(&sessions),
        time: of_each(&sessions, time),
        place: of_each(&sessions, place),
    }))
}

/// The days of sessions: each, as long as there are few.
fn dates(sessions: &[Session]) -> String {
    let mut days: Vec<NaiveDate> = sessions.iter().map(|session| london_date(session.starts_at)).collect();
    days.dedup();
    match days.as_slice() {
        [first, .., last] if days.len() > FEW => {
            format!("{} days, {}", days.len(), said::from_day_to_day(*first, *last))
        }
        few => said::listed_days(few),
    }
}

/// What is true of all sessions once, and what differs with the day of each.
fn of_each(sessions: &[Session], what: fn(&Session) -> String) -> String {
    let all: Vec<(String, String)> =
        sessions.iter().map(|session| (what(session), said::short_day_of(session.starts_at))).collect();
    match all.as_slice() {
        [(first, _), rest @ ..] if rest.iter().all(|(other, _)| other == first) => first.clone(),
        all => said::and(&all.iter().map(|(what, day)| format!("{what} ({day})")).collect::<Vec<_>>()),
    }
}

fn time(session: &Session) -> String {
    said::time_of(session.starts_at)
}

fn place(session: &Session) -> String {
    session.place.as_ref().map_or("online", Line::as_str).to_owned()
}
