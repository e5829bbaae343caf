//! The catalogue: the events to come, by what people look for.

use askama::Template;
use chrono::NaiveDate;

use super::form::{Filled, query};
use super::labels::{Labelled, options};
use super::router::Pages;
use super::shell::{Shell, page};
use super::words;
use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::base::text::Line;
use crate::members::people::Role;
use crate::members::schools::Phase;
use crate::programme::programmes::Kind;
use crate::programme::programmes::catalogue::{self, Entry, PlacesLeft, View};
use crate::programme::programmes::events::State;
use crate::web::call::{Call, Caller};
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, cursor, next_address, read_cursor};
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/catalogue", EVERYONE, list);
}

/// What is looked for, as it stands in the address.
#[derive(Default, eserde::Deserialize)]
struct Query {
    text: Option<Line>,
    kind: Option<Kind>,
    phase: Option<Phase>,
    places_left: Option<PlacesLeft>,
    after: Option<String>,
}

/// An event in the catalogue.
struct Row {
    path: String,
    title: String,
    kind: &'static str,
    provider: String,
    when: String,
    price: String,
    places: String,
    full: bool,
}

#[derive(Template)]
#[template(path = "pages/catalogue.html")]
struct Catalogue {
    shell: Shell,
    filled: Filled,
    kinds: Vec<(&'static str, &'static str)>,
    phases: Vec<(&'static str, &'static str)>,
    rows: Vec<Row>,
    next: Option<String>,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let query: Query = query(caller.uri())?;
    let limit = Limit::default();
    let mut tx = caller.read().await?;
    let mut entries = found(&caller, &mut tx, &query, limit).await?;
    drop(tx);
    let more = limit.cut(&mut entries);
    let last = entries.last().filter(|_| more).and_then(|last| cursor(&(last.starts_at, last.id)));
    let next = last.map(|last| next_address(caller.uri(), &last));
    let shell = Shell::of(&caller, "Catalogue", "/catalogue").await?;
    let rows = entries.into_iter().map(Row::of).collect();
    let (kinds, phases) = (options::<Kind>(), options::<Phase>());
    page(&caller, &Catalogue { shell, filled: query.filled(), kinds, phases, rows, next }).await
}

async fn found(caller: &Caller, tx: &mut Tx, query: &Query, limit: Limit) -> Result<Vec<Entry>, Problem> {
    let today: NaiveDate = london_date(caller.now());
    let filter = catalogue::Filter {
        text: query.text.clone(),
        kind: query.kind,
        phase: query.phase,
        places_left: query.places_left,
        from: Some(today),
        state: (caller.role() != Role::Partner).then_some(State::Published),
        ..catalogue::Filter::default()
    };
    let after = read_cursor(query.after.as_deref())?;
    Ok(catalogue::list(tx, caller.hub(), View::of(&caller.person), &filter, after, limit.and_one()).await?)
}

impl Query {
    fn filled(&self) -> Filled {
        Filled::with([
            ("text", self.text.as_ref().map_or("", Line::as_str)),
            ("kind", self.kind.map_or("", Kind::as_str)),
            ("phase", self.phase.map_or("", Phase::as_str)),
            ("places_left", self.places_left.map_or("", PlacesLeft::as_str)),
        ])
    }
}

impl Row {
    fn of(entry: Entry) -> Row {
        let left = (entry.capacity - entry.held).max(0);
        let places = match (left, entry.waiting) {
            (0, 0) => "Full".to_owned(),
            (0, waiting) => format!("Full, {waiting} waiting"),
            (1, _) => "1 place left".to_owned(),
            (left, _) => format!("{left} places left"),
        };
        Row {
            path: format!("/events/{}", entry.id),
            title: entry.title.as_str().to_owned(),
            kind: entry.kind.label(),
            provider: entry.provider.name.as_str().to_owned(),
            when: words::days(entry.starts_at, entry.ends_at),
            price: words::credits(entry.price),
            places,
            full: left == 0,
        }
    }
}
