//! A partner's own pages: its events with their registers, and what it is owed.

use askama::Template;

use super::partner::{StatementRow, balance};
use crate::base::clock::london_date;
use crate::credits::settlements::{self, Filter, State};
use crate::ledger::AccountName;
use crate::members::people::Role;
use crate::programme::programmes::catalogue::{self, Entry, Order, View};
use crate::programme::programmes::events;
use crate::web::call::Call;
use crate::web::pages::form::Filled;
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, next_page};

const PARTNER: &[Role] = &[Role::Partner];

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/partner/events", PARTNER, list_events);
    pages.get("/partner/settlements", PARTNER, list_settlements);
}

#[derive(Default, eserde::Deserialize)]
struct EventsQuery {
    when: Option<String>,
    state: Option<events::State>,
    after: Option<String>,
}

struct EventRow {
    path: String,
    title: String,
    programme: String,
    when: String,
    state: &'static str,
    tone: &'static str,
    places: String,
    price: String,
    registers: bool,
}

#[derive(Template)]
#[template(path = "pages/partners/our_events.html")]
struct Events {
    shell: Shell,
    filled: Filled,
    states: Vec<(&'static str, &'static str)>,
    past: bool,
    rows: Vec<EventRow>,
    files: String,
    next: Option<String>,
}

async fn list_events(call: Call) -> Answer {
    let caller = call.allow()?;
    let EventsQuery { when, state, after } = asked_for(&caller)?;
    let (limit, today) = (Limit::default(), london_date(caller.now()));
    let past = when.as_deref() == Some("past");
    let filter = catalogue::Filter {
        state,
        from: (!past).then_some(today),
        to: past.then_some(today),
        order: past.then_some(Order::Latest),
        ..catalogue::Filter::default()
    };
    let after = place_after(&caller, after.as_deref());
    let mut tx = caller.read().await?;
    let view = View::of(&caller.person);
    let mut found = catalogue::list(&mut tx, caller.hub(), view, &filter, after, limit.and_one()).await?;
    drop(tx);
    let next = next_page(&mut found, limit, caller.uri(), |last| (last.starts_at, last.id));
    let mut files = url::form_urlencoded::Serializer::new(String::new());
    files.append_pair(if past { "to" } else { "from" }, &today.to_string());
    if let Some(state) = state {
        files.append_pair("state", state.as_str());
    }
    let template = Events {
        shell: Shell::of(&caller, "Our events", "/partner/events").await?,
        filled: Filled::with([
            ("when", if past { "past" } else { "" }),
            ("state", state.map_or("", events::State::as_str)),
        ]),
        states: options::<events::State>(),
        past,
        rows: found.iter().map(EventRow::of).collect(),
        files: files.finish(),
        next,
    };
    page(&caller, &template).await
}

impl EventRow {
    fn of(of: &Entry) -> EventRow {
        let waiting = if of.waiting > 0 { format!(", {} waiting", of.waiting) } else { String::new() };
        EventRow {
            path: format!("/events/{}", of.id),
            title: of.title.as_str().to_owned(),
            programme: of.programme_title.as_str().to_owned(),
            when: words::held(of.starts_at, of.ends_at, of.sessions),
            state: of.state.label(),
            tone: of.state.tone(),
            places: format!("{} of {}{waiting}", of.held, of.capacity),
            price: words::credits(of.price),
            registers: of.state != events::State::Draft && of.state != events::State::Cancelled,
        }
    }
}

#[derive(Default, eserde::Deserialize)]
struct SettlementsQuery {
    state: Option<State>,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/partners/our_settlements.html")]
struct Settlements {
    shell: Shell,
    filled: Filled,
    states: Vec<(&'static str, &'static str)>,
    owed: String,
    paid: String,
    statements: Vec<StatementRow>,
    /// The query of its files.
    files: String,
    next: Option<String>,
}

async fn list_settlements(call: Call) -> Answer {
    let caller = call.allow()?;
    let SettlementsQuery { state, after } = asked_for(&caller)?;
    let own = caller.own_partner().ok_or_else(Problem::not_found)?;
    let (limit, after) = (Limit::default(), place_after(&caller, after.as_deref()));
    let filter = Filter { partner: Some(own), state };
    let mut tx = caller.read().await?;
    let mut found = settlements::list(&mut tx, caller.hub(), filter, after, limit.and_one()).await?;
    let owed = balance(&caller, &mut tx, AccountName::Payable(own)).await?;
    let paid = balance(&caller, &mut tx, AccountName::Settled(own)).await?;
    drop(tx);
    let next = next_page(&mut found, limit, caller.uri(), |last| last.id);
    let filled = Filled::with([("state", state.map_or("", State::as_str))]);
    let template = Settlements {
        shell: Shell::of(&caller, "What we are owed", "/partner/settlements").await?,
        files: filled.query(&["state"]),
        filled,
        states: options::<State>(),
        owed: words::amount(owed),
        paid: words::amount(paid),
        statements: found.iter().map(StatementRow::of).collect(),
        next,
    };
    page(&caller, &template).await
}
