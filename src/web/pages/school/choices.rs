//! What is chosen from in a school's forms: its people, and the events to come.

use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::base::ids::SchoolId;
use crate::members::people::{self, Filter, Person};
use crate::members::schools::School;
use crate::programme::programmes::catalogue::{self, View};
use crate::programme::programmes::events::State;
use crate::web::call::Caller;
use crate::web::pages::words;
use crate::web::problem::Problem;

/// Values with their words.
pub(super) type Choices = Vec<(String, String)>;

/// The most people of a school that a form offers.
const MOST: i64 = 1000;

/// The people of a school who can be booked for, by name.
pub(super) async fn enabled(tx: &mut Tx, caller: &Caller, school: SchoolId) -> Result<Vec<Person>, Problem> {
    let filter = Filter { school: Some(school), ..Filter::default() };
    let mut found = people::list(tx, caller.hub(), &filter, None, MOST).await?;
    found.retain(|person| person.disabled_at.is_none());
    Ok(found)
}

/// The same people, to choose one.
pub(super) async fn of_people(tx: &mut Tx, caller: &Caller, school: SchoolId) -> Result<Choices, Problem> {
    let choose = (String::new(), "Choose a person".to_owned());
    let found = enabled(tx, caller, school).await?.into_iter();
    Ok(std::iter::once(choose).chain(found.map(|person| (person.id.to_string(), person.name.to_string()))).collect())
}

/// The published events to come, the next first.
pub(super) async fn of_events(tx: &mut Tx, caller: &Caller, none: &str) -> Result<Choices, Problem> {
    let today = london_date(caller.now());
    let filter = catalogue::Filter { from: Some(today), state: Some(State::Published), ..catalogue::Filter::default() };
    let found = catalogue::list(tx, caller.hub(), View::of(&caller.person), &filter, None, 200).await?;
    let choice = |entry: catalogue::Entry| {
        (entry.id.to_string(), format!("{}, {}", entry.title, words::days(entry.starts_at, entry.ends_at)))
    };
    Ok(std::iter::once((String::new(), none.to_owned())).chain(found.into_iter().map(choice)).collect())
}

/// A school, as its pages begin: its page and its name.
pub(super) fn crumb(school: &School) -> (String, String) {
    (format!("/schools/{}", school.id), school.details.name.to_string())
}

/// The way of the menu of which pages about a school are a part.
pub(super) fn here(caller: &Caller) -> &'static str {
    if caller.sees_hub() { "/schools" } else { "/school" }
}
