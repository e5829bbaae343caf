//! What the pages about one person have in common.

use crate::base::db::{self, Tx};
use crate::base::ids::HubId;
use crate::booking::bookings::OpenBooking;
use crate::members::people::{Person, Role};
use crate::members::schools;
use crate::web::call::Caller;
use crate::web::pages::labels::Labelled;
use crate::web::pages::words;

/// A live booking of somebody.
pub(super) struct Open {
    pub(super) path: String,
    pub(super) title: String,
    pub(super) when: String,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
    pub(super) held: String,
}

impl Open {
    pub(super) fn of(booking: &OpenBooking) -> Open {
        Open {
            path: format!("/places/{}", booking.id),
            title: booking.event_title.to_string(),
            when: words::days(booking.starts_at, booking.ends_at),
            state: booking.state.label(),
            tone: booking.state.tone(),
            held: words::credits(booking.held),
        }
    }

    pub(super) fn all(bookings: &[OpenBooking]) -> Vec<Open> {
        bookings.iter().map(Open::of).collect()
    }
}

/// Somebody, as the pages about them begin.
pub(super) struct Who {
    pub(super) path: String,
    pub(super) name: String,
    /// The page with the list that they stand in, and its name.
    pub(super) list: String,
    pub(super) list_name: String,
}

impl Who {
    pub(super) async fn of(tx: &mut Tx, caller: &Caller, person: &Person) -> Result<Who, db::Error> {
        let school = school_name(tx, caller.hub(), person).await?;
        let (list, list_name) = match (person.school_id, school) {
            (Some(id), Some(school)) => (format!("/schools/{id}/people"), format!("People of {school}")),
            _ => ("/people".to_owned(), "People".to_owned()),
        };
        Ok(Who { path: format!("/people/{}", person.id), name: person.name.to_string(), list, list_name })
    }
}

pub(super) async fn school_name(tx: &mut Tx, hub: HubId, person: &Person) -> Result<Option<String>, db::Error> {
    let Some(id) = person.school_id else { return Ok(None) };
    Ok(schools::get(tx, hub, id).await?.map(|school| school.details.name.to_string()))
}

/// The way of the menu of which pages about people are a part.
pub(super) fn here(caller: &Caller) -> &'static str {
    if caller.sees_hub() { "/people" } else { "/school" }
}

/// The roles that the caller can give, with their words: a lead those of their school.
pub(super) fn roles(caller: &Caller) -> Vec<(&'static str, &'static str)> {
    let given = |role: &&Role| caller.sees_hub() || matches!(role, Role::SchoolLead | Role::Teacher);
    Role::ALL.iter().filter(given).map(|role| (role.as_str(), role.label())).collect()
}
