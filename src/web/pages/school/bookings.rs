//! Who of a school is booked on what.

use askama::Template;

use super::choices::{self, Choices, crumb, here};
use crate::base::ids::{EventId, PersonId};
use crate::booking::bookings::{self, Filter, State, View};
use crate::members::people::{self, Role};
use crate::web::call::Call;
use crate::web::pages::form::{Filled, written};
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, next_page};
use crate::web::roles::HUB_AND_LEADS;
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/schools/{id}/bookings", HUB_AND_LEADS, list);
}

/// What is looked for. Without a state, what is booked and still to come.
#[derive(Default, eserde::Deserialize)]
struct Query {
    event_id: Option<EventId>,
    person_id: Option<PersonId>,
    state: Option<String>,
    after: Option<String>,
}

struct Row {
    path: String,
    event: String,
    event_path: String,
    when: String,
    person: String,
    person_path: Option<String>,
    state: &'static str,
    tone: &'static str,
    waiting: Option<i64>,
    price: String,
    held: String,
    /// Whether somebody else can take the place, and whether nobody is named for it.
    place: bool,
    unnamed: bool,
    live: bool,
}

#[derive(Template)]
#[template(path = "pages/school/bookings.html")]
struct List {
    shell: Shell,
    crumb: (String, String),
    path: String,
    filled: Filled,
    states: Vec<(&'static str, &'static str)>,
    events: Choices,
    person: Option<String>,
    rows: Vec<Row>,
    files: String,
    changes: bool,
    next: Option<String>,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let query: Query = asked_for(&caller)?;
    let (after, limit) = (place_after(&caller, query.after.as_deref()), Limit::default());
    let mut tx = caller.read().await?;
    let school = seen::school_past(&caller, &mut tx).await?;
    let state = match query.state.as_deref() {
        Some("all") => None,
        Some(word) => Some(State::parse(word).map_err(|detail| Problem::field("state", "invalid", detail))?),
        None => Some(State::Confirmed),
    };
    let filter = Filter { event: query.event_id, school: Some(school.id), person: query.person_id, state };
    let mut found = bookings::list(&mut tx, caller.hub(), filter, after, limit.and_one()).await?;
    let next = next_page(&mut found, limit, caller.uri(), |last| last.booking.id);
    found
        .sort_by_key(|view| (view.starts_at, view.event_title.key(), view.person_name.as_ref().map(|name| name.key())));
    let person = match query.person_id {
        Some(person) => people::get(&mut tx, caller.hub(), person).await?,
        None => None,
    };
    let mut events = choices::of_events(&mut tx, &caller, "All").await?;
    drop(tx);
    // An event of the past may be asked for too.
    if let Some((event, title)) = query.event_id.zip(found.first().map(|view| view.event_title.to_string()))
        && !events.iter().any(|(id, _)| *id == event.to_string())
    {
        events.push((event.to_string(), title));
    }
    let states = std::iter::once(("all", "All")).chain(options::<State>()).collect();
    let shown = List {
        shell: Shell::of(&caller, "Who is booked on what", here(&caller)).await?,
        crumb: crumb(&school),
        path: format!("/schools/{}/bookings", school.id),
        filled: Filled::with([
            ("state", state.map_or("all", State::as_str).to_owned()),
            ("event_id", query.event_id.map(|event| event.to_string()).unwrap_or_default()),
            ("person_id", query.person_id.map(|person| person.to_string()).unwrap_or_default()),
        ]),
        states,
        events,
        person: person.filter(|it| it.school_id == Some(school.id) || caller.sees_hub()).map(|it| it.name.to_string()),
        rows: found.into_iter().map(Row::of).collect(),
        files: files(&filter),
        changes: caller.role() != Role::HubViewer,
        next,
    };
    page(&caller, &shown).await
}

impl Row {
    fn of(view: View) -> Row {
        let booking = &view.booking;
        Row {
            path: format!("/places/{}", booking.id),
            event: view.event_title.to_string(),
            event_path: format!("/events/{}", booking.event_id),
            when: words::held(view.starts_at, view.ends_at, view.sessions),
            person: view.delegate().to_owned(),
            person_path: booking.person_id.map(|person| format!("/people/{person}")),
            state: booking.state.label(),
            tone: booking.state.tone(),
            waiting: view.waiting_position,
            price: if booking.ticket_id.is_some() { "A ticket pays".to_owned() } else { words::credits(booking.price) },
            held: words::credits(booking.held),
            place: booking.state == State::Confirmed,
            unnamed: booking.person_id.is_none(),
            live: booking.state.live(),
        }
    }
}

fn files(filter: &Filter) -> String {
    written([
        ("school_id", filter.school.map(|school| school.to_string())),
        ("event_id", filter.event.map(|event| event.to_string())),
        ("person_id", filter.person.map(|person| person.to_string())),
        ("state", filter.state.map(|state| state.to_string())),
    ])
}
