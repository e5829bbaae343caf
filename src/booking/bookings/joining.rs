//! Who may see the links for joining sessions online.
//!
//! Whoever has such a link is in. So it is shown to those who have a place on the event (confirmed or attended) and to
//! those who run it (the hub, the event's provider, the session's host), and to nobody else: not to others who read the
//! catalogue, not to those who have only asked or wait, and never to anybody who has not signed in. The secret link of
//! a calendar gets about (calendar programs sync, share and log it), so a feed by such a link says that a session is
//! online but not where.

use std::collections::HashSet;

use super::sql;
use crate::base::db::{self, Tx};
use crate::base::ids::{EventId, PersonId};
use crate::members::people::{Person, Role};
use crate::programme::programmes::Provider;

/// Which sessions somebody may join, as of now.
#[derive(Debug, Default)]
pub struct Joining {
    person: Option<Person>,
    places: HashSet<EventId>,
}

impl Joining {
    /// For a person who has signed in.
    pub async fn of(tx: &mut Tx, person: &Person) -> Result<Joining, db::Error> {
        let places = sql::views::places_of(tx, person.hub_id, person.id).await?;
        Ok(Joining { person: Some(person.clone()), places: places.into_iter().collect() })
    }

    /// For anybody who has not signed in.
    pub fn of_nobody() -> Joining {
        Joining::default()
    }

    /// Whether they see the link of a session of this event, with this provider and this host.
    pub fn gives(&self, event: EventId, provider: Provider, host: Option<PersonId>) -> bool {
        let runs = |person: &Person| {
            matches!(person.role, Role::HubManager | Role::HubViewer)
                || provider.acts_by(person)
                || host == Some(person.id)
        };
        self.places.contains(&event) || self.person.as_ref().is_some_and(runs)
    }
}
