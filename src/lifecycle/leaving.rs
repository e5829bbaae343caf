//! Leaving: somebody is disabled, and what they have open in the hub ends or is handed over.
//!
//! From that moment every request of theirs is refused; their requests and waiting-list entries end with a full refund,
//! and the waiting lists behind them move up, in the same transaction. A place that they have stays with their school,
//! whose lead and deputies are told to name somebody else for it, or to cancel it.

use crate::base::db;
use crate::base::ids::{PersonId, SchoolId};
use crate::base::seal::Form;
use crate::booking::bookings::{self, OpenBooking};
use crate::ledger::Journal;
use crate::lifecycle::quote::Quote;
use crate::members::people::{self, Person};
use crate::messages::notices::{self, Kind, Notice};

/// Why somebody can't be disabled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The person's record does not allow it.
    #[error(transparent)]
    People(#[from] people::Error),
    /// Their bookings could not be ended.
    #[error(transparent)]
    Bookings(#[from] bookings::Error),
    /// What would become of their bookings is not what was quoted.
    #[error("this has changed since it was shown: look at it again")]
    QuoteExpired,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Stands for what a person has open, and so for what becomes of it when they are disabled.
pub fn quote(id: PersonId, open: &[OpenBooking]) -> Quote {
    let form = Form::of("hub-credits/leaving/1").id(id.0);
    Quote::of(open.iter().fold(form, |form, booking| form.id(booking.id.0).number(booking.version)))
}

/// Disables a person, if the quote still holds; doing it twice changes nothing. The last active hub manager stays.
pub async fn disable(journal: &mut Journal, id: PersonId, agreed: Option<&Quote>) -> Result<Person, Error> {
    let hub = journal.hub();
    let Some(person) = people::disable(journal, id).await? else {
        return Ok(people::get(journal.tx(), hub, id).await?.ok_or(people::Error::Unknown)?);
    };
    if let Some(agreed) = agreed
        && *agreed != quote(id, &bookings::open_of(journal.tx(), hub, id).await?)
    {
        return Err(Error::QuoteExpired);
    }
    let places = bookings::leave(journal, id).await?;
    tell_of_places(journal, &places, Kind::DelegateLeft).await?;
    Ok(person)
}

/// Tells those who decide for the schools of these places that somebody else must take them over, or nobody can.
pub(super) async fn tell_of_places(journal: &mut Journal, places: &[OpenBooking], kind: Kind) -> Result<(), db::Error> {
    let mut schools: Vec<SchoolId> = places.iter().map(|place| place.school_id).collect();
    schools.sort_unstable();
    schools.dedup();
    let (hub, today) = (journal.hub(), journal.today());
    let deciders = people::deciders(journal.tx(), hub, &schools, today).await?;
    let notices: Vec<Notice> = places
        .iter()
        .flat_map(|place| {
            deciders.of(place.school_id).map(|decider| Notice {
                event: Some(place.event_id),
                booking: Some(place.id),
                due_at: Some(place.starts_at),
                ..Notice::new(decider, kind)
            })
        })
        .collect();
    notices::tell(journal, &notices).await
}
