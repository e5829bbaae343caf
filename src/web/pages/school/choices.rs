//! What is chosen from in a school's forms: its people, and the events to come.

use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::base::ids::SchoolId;
use crate::base::text::Line;
use crate::members::people::{self, Filter, Person};
use crate::members::schools::School;
use crate::programme::programmes::catalogue::{self, View};
use crate::programme::programmes::events::State;
use crate::web::call::Caller;
use crate::web::pages::form::{Form, asked};
use crate::web::pages::words;
use crate::web::problem::Problem;

/// Values with their words.
pub(super) type Choices = Vec<(String, String)>;

/// The most people of a school that a form offers.
const MOST: i64 = 1000;

/// Those of a school's people who are looked for.
pub(super) struct Sought<P> {
    /// Who they are.
    pub(super) people: P,
    /// The part of a name that they were looked for by; empty for all.
    find: String,
    /// Whether there are more than a form offers.
    cut: bool,
}

/// How a page finds people of a school that has more of them than its form offers.
pub(super) struct Finding {
    /// The page, and the school that its address names, if any.
    pub(super) path: String,
    pub(super) school: String,
    pub(super) find: String,
    pub(super) cut: bool,
}

impl<P> Sought<P> {
    /// On the page of this path; `school` is the one that its address names.
    pub(super) fn on(&self, path: &str, school: &str) -> Finding {
        Finding { path: path.to_owned(), school: school.to_owned(), find: self.find.clone(), cut: self.cut }
    }
}

/// The people of a school who can be booked for, by name: those with `find` of the form in it, where that was typed.
pub(super) async fn enabled(
    tx: &mut Tx,
    caller: &Caller,
    school: SchoolId,
    sent: &Form,
) -> Result<Sought<Vec<Person>>, Problem> {
    let text = Line::parse(sent.text("find")).ok();
    let find = text.as_ref().map_or("", Line::as_str).to_owned();
    let filter = Filter { school: Some(school), text, ..Filter::default() };
    let mut people = people::list(tx, caller.hub(), &filter, None, MOST + 1).await?;
    let cut = people.len() > usize::try_from(MOST).unwrap_or(usize::MAX);
    people.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
    people.retain(|person| person.disabled_at.is_none());
    Ok(Sought { people, find, cut })
}

/// The same people, to choose one; `find` stands in the address of the page.
pub(super) async fn of_people(tx: &mut Tx, caller: &Caller, school: SchoolId) -> Result<Sought<Choices>, Problem> {
    let choose = (String::new(), "Choose a person".to_owned());
    let Sought { people, find, cut } = enabled(tx, caller, school, &asked(caller.uri())).await?;
    let people = people.into_iter().map(|person| (person.id.to_string(), person.name.to_string()));
    Ok(Sought { people: std::iter::once(choose).chain(people).collect(), find, cut })
}

/// The published events to come, the next first.
pub(super) async fn of_events(tx: &mut Tx, caller: &Caller, none: &str) -> Result<Choices, Problem> {
    let today = london_date(caller.now());
    let filter = catalogue::Filter { from: Some(today), state: Some(State::Published), ..catalogue::Filter::default() };
    let found = catalogue::list(tx, caller.hub(), View::of(&caller.person), &filter, None, 200).await?;
    let choice = |entry: catalogue::Entry| {
        (
            entry.id.to_string(),
            format!("{}, {}", entry.title, words::held(entry.starts_at, entry.ends_at, entry.sessions)),
        )
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
