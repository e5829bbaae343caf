//! Who is given the links by which sessions are joined online.
//!
//! Whoever has such a link is in. So it goes to those who have a place on the event (confirmed or attended), to those
//! who run it (the hub, the event's provider, the session's host), and to nobody who only browses: not to the rest of
//! the catalogue's readers, not to those who have asked or wait, and never to somebody who has not signed in. The link
//! of a calendar is secret but gets about (calendar programs sync, share and log it), so a feed by such a link says
//! that a session is online and not where.

use std::collections::HashSet;

use super::sql;
use crate::db::{self, Tx};
use crate::ids::{EventId, PersonId};
use crate::people::{Person, Role};
use crate::programmes::Provider;

/// What somebody may join, as it is now.
#[derive(Debug, Default)]
pub struct Joining {
    person: Option<Person>,
    places: HashSet<EventId>,
}

impl Joining {
    /// Of somebody who has signed in.
    pub async fn of(tx: &mut Tx, person: &Person) -> Result<Joining, db::Error> {
        let places = sql::views::places_of(tx, person.hub_id, person.id).await?;
        Ok(Joining { person: Some(person.clone()), places: places.into_iter().collect() })
    }

    /// Of whoever has not.
    pub fn of_nobody() -> Joining {
        Joining::default()
    }

    /// Whether they are given the link of a session of this event, which this provider gives and this person hosts.
    pub fn gives(&self, event: EventId, provider: Provider, host: Option<PersonId>) -> bool {
        let runs = |person: &Person| {
            matches!(person.role, Role::HubManager | Role::HubViewer)
                || provider.acts_by(person)
                || host == Some(person.id)
        };
        self.places.contains(&event) || self.person.as_ref().is_some_and(runs)
    }
}
