//! The catalogue: the events to come, by what people look for.

use std::collections::HashMap;

use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};

use super::choices::of_priorities;
use super::form::Filled;
use super::labels::{Labelled, options};
use super::own_tickets;
use super::router::Pages;
use super::saved_filters::{self, Link};
use super::shell::{Shell, page};
use super::words;
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::{EventId, PriorityId};
use crate::base::month::Month;
use crate::base::text::Line;
use crate::booking::bookings;
use crate::booking::saved_filters::is_told;
use crate::members::people::Role;
use crate::members::schools::{self, Membership, Phase};
use crate::programme::programmes::Kind;
use crate::programme::programmes::catalogue::{self, Entry, Place, PlacesLeft, View};
use crate::programme::programmes::events::State;
use crate::programme::tickets::Ticket;
use crate::web::call::{Call, Caller};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, next_page};
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
    priority_id: Option<PriorityId>,
    from: Option<Month>,
    to: Option<Month>,
    places_left: Option<PlacesLeft>,
    free: Option<Line>,
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
    ticket: Option<String>,
    places: String,
    full: bool,
    /// The caller's own place on it: where, and how it stands.
    own: Option<(String, bookings::State)>,
}

#[derive(Template)]
#[template(path = "pages/catalogue.html")]
struct Catalogue {
    shell: Shell,
    filled: Filled,
    kinds: Vec<(&'static str, &'static str)>,
    phases: Vec<(&'static str, &'static str)>,
    priorities: Vec<(String, String)>,
    months: Vec<(String, String)>,
    for_a_school: bool,
    filtered: bool,
    whole: Option<String>,
    saved: Vec<Link>,
    /// Whether they may be told of what is new.
    told: bool,
    rows: Vec<Row>,
    next: Option<String>,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let query: Query = asked_for(&caller)?;
    let limit = Limit::default();
    let mut tx = caller.read().await?;
    let means = Means::of(&caller, &mut tx).await?;
    let mut entries = found(&caller, &mut tx, &query, &means, limit).await?;
    let priorities = of_priorities(&mut tx, caller.hub()).await?;
    let saved = saved_filters::links(&caller, &mut tx).await?;
    let mut own = own_places(&caller, &mut tx).await?;
    drop(tx);
    let next = next_page(&mut entries, limit, caller.uri(), |last| (last.starts_at, last.id));
    let template = Catalogue {
        shell: Shell::of(&caller, "Catalogue", "/catalogue").await?,
        filled: query.filled(),
        kinds: options::<Kind>(),
        phases: options::<Phase>(),
        priorities,
        months: months(london_date(caller.now())),
        for_a_school: means.membership.is_some(),
        filtered: query.narrows(),
        whole: query.free.is_none().then(|| query.of_the_whole_list(&caller)),
        saved,
        told: is_told(caller.role()),
        next,
        rows: entries.into_iter().map(|entry| Row::of(&entry, &means, own.remove(&entry.id), caller.now())).collect(),
    };
    page(&caller, &template).await
}

/// How many places can still be booked on an event, and whether there is none: `2 places left`, `Has begun`.
pub(crate) fn bookable(entry: &Entry, now: DateTime<Utc>) -> (String, bool) {
    let none = |why: &str| (why.to_owned(), true);
    match entry.state {
        State::Cancelled => none("None: it is called off"),
        State::Completed => none("It is over"),
        State::Draft | State::Published if entry.ends_at <= now => none("It is over"),
        State::Draft | State::Published if entry.starts_at <= now => none("It has begun"),
        State::Draft | State::Published if entry.closes_at.is_some_and(|closes| closes <= now) => {
            none("Booking has closed")
        }
        State::Draft | State::Published => words::places(entry.capacity - entry.held, entry.waiting),
    }
}

/// The most places of one person that are looked at.
const MOST_PLACES: i64 = 200;

/// The caller's own places to come, by their events.
async fn own_places(caller: &Caller, tx: &mut Tx) -> Result<HashMap<EventId, (String, bookings::State)>, Problem> {
    let own = bookings::live_of(tx, caller.hub(), caller.person.id, MOST_PLACES).await?;
    let of = |view: bookings::View| {
        let bookings::Booking { id, event_id, state, .. } = view.booking;
        (event_id, (format!("/places/{id}"), state))
    };
    Ok(own.into_iter().map(of).collect())
}

/// This month and those after it, as far as events are planned.
fn months(today: NaiveDate) -> Vec<(String, String)> {
    let first = Month::of(today);
    (0..18).filter_map(|ahead| first.after(ahead)).map(|month| (month.as_str(), month.in_words())).collect()
}

/// By what the caller's school pays less than others, or nothing.
struct Means {
    membership: Option<Membership>,
    tickets: Vec<Ticket>,
}

impl Means {
    async fn of(caller: &Caller, tx: &mut Tx) -> Result<Means, Problem> {
        let Some(school) = caller.own_school() else { return Ok(Means { membership: None, tickets: Vec::new() }) };
        let school = schools::get(tx, caller.hub(), school).await?;
        let tickets = own_tickets::usable(caller, tx).await?;
        Ok(Means { membership: school.map(|school| school.details.membership), tickets })
    }

    fn ticket(&self, entry: &Entry) -> Option<&Ticket> {
        let costs = !self.price(entry).is_zero();
        self.tickets.iter().find(|ticket| costs && own_tickets::covers(ticket, entry))
    }

    fn price(&self, entry: &Entry) -> Credits {
        entry.admission.price(entry.price, self.membership.unwrap_or(Membership::Full))
    }

    fn is_free(&self, entry: &Entry) -> bool {
        self.price(entry).is_zero() || self.ticket(entry).is_some()
    }
}

/// How many pages of the catalogue are read at most to find what is free.
const MOST_PAGES: usize = 20;

async fn found(
    caller: &Caller,
    tx: &mut Tx,
    query: &Query,
    means: &Means,
    limit: Limit,
) -> Result<Vec<Entry>, Problem> {
    let (filter, view) = (query.filter(caller), View::of(&caller.person));
    let mut after: Option<Place> = place_after(caller, query.after.as_deref());
    if query.free.is_none() {
        return Ok(catalogue::list(tx, caller.hub(), view, &filter, after, limit.and_one()).await?);
    }
    let mut free = Vec::new();
    for _ in 0..MOST_PAGES {
        let page = catalogue::list(tx, caller.hub(), view, &filter, after, 200).await?;
        let last = page.last().filter(|_| page.len() == 200).map(|last| (last.starts_at, last.id));
        free.extend(page.into_iter().filter(|entry| means.is_free(entry)));
        after = last;
        if after.is_none() || i64::try_from(free.len()).is_ok_and(|found| found > limit.whole()) {
            break;
        }
    }
    Ok(free)
}

impl Query {
    fn filter(&self, caller: &Caller) -> catalogue::Filter {
        let today = london_date(caller.now());
        catalogue::Filter {
            text: self.text.clone(),
            kind: self.kind,
            phase: self.phase,
            priority: self.priority_id,
            places_left: self.places_left,
            from: Some(self.from.map_or(today, |month| month.first_day().max(today))),
            to: self.to.and_then(Month::last_day),
            state: (caller.role() != Role::Partner).then_some(State::Published),
            ..catalogue::Filter::default()
        }
    }

    /// Whether anything is looked for.
    fn narrows(&self) -> bool {
        let Query { text, kind, phase, priority_id, from, to, places_left, free, after: _ } = self;
        let dates = from.is_some() || to.is_some();
        let of = kind.is_some() || phase.is_some() || priority_id.is_some();
        text.is_some() || of || dates || places_left.is_some() || free.is_some()
    }

    /// The same filters as the whole list takes them, for files.
    fn of_the_whole_list(&self, caller: &Caller) -> String {
        let filter = self.filter(caller);
        let mut sent = url::form_urlencoded::Serializer::new(String::new());
        let mut add = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                sent.append_pair(name, &value);
            }
        };
        add("text", filter.text.map(|text| text.as_str().to_owned()));
        add("kind", filter.kind.map(|kind| kind.to_string()));
        add("phase", filter.phase.map(|phase| phase.to_string()));
        add("priority_id", filter.priority.map(|priority| priority.to_string()));
        add("places_left", filter.places_left.map(|left| left.to_string()));
        add("from", filter.from.map(|day| day.to_string()));
        add("to", filter.to.map(|day| day.to_string()));
        add("state", filter.state.map(|state| state.to_string()));
        sent.finish()
    }

    fn filled(&self) -> Filled {
        Filled::with([
            ("text", self.text.as_ref().map_or("", Line::as_str).to_owned()),
            ("kind", self.kind.map_or("", Kind::as_str).to_owned()),
            ("phase", self.phase.map_or("", Phase::as_str).to_owned()),
            ("priority_id", self.priority_id.map(|id| id.to_string()).unwrap_or_default()),
            ("from", self.from.map(Month::as_str).unwrap_or_default()),
            ("to", self.to.map(Month::as_str).unwrap_or_default()),
            ("places_left", self.places_left.map_or("", PlacesLeft::as_str).to_owned()),
            ("free", self.free.as_ref().map_or("", |_| "yes").to_owned()),
        ])
    }
}

impl Row {
    fn of(entry: &Entry, means: &Means, own: Option<(String, bookings::State)>, now: DateTime<Utc>) -> Row {
        let (places, full) = bookable(entry, now);
        Row {
            path: format!("/events/{}", entry.id),
            title: entry.title.as_str().to_owned(),
            kind: entry.kind.label(),
            when: words::held_at(entry.starts_at, entry.ends_at, entry.sessions),
            price: words::price(means.price(entry)),
            ticket: means.ticket(entry).filter(|_| own.is_none()).map(own_tickets::called),
            provider: entry.provider.name.as_str().to_owned(),
            places,
            full,
            own,
        }
    }
}
