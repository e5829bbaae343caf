//! My places: what is to come, what was, and each of them with what can be done with it.

mod cancelling;
mod certificate;
mod evaluation;
mod feed;
mod offered;
mod one;
mod waiving;

use askama::Template;
use chrono::{DateTime, Utc};

use super::labels::Labelled;
use super::meetings::{self, Meeting};
use super::own_tickets::{self, Own};
use super::router::Pages;
use super::shell::{Shell, page};
use super::words;
use crate::base::db::Tx;
use crate::booking::bookings::{self, State, View};
use crate::booking::{calendars, evaluations};
use crate::members::people::Role;
use crate::programme::programmes::catalogue;
use crate::web::call::{Call, Caller};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, next_page};
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/places", EVERYONE, list);
    feed::pages(pages);
    one::pages(pages);
    cancelling::pages(pages);
    offered::pages(pages);
    certificate::pages(pages);
    evaluation::pages(pages);
    waiving::pages(pages);
}

#[derive(eserde::Deserialize)]
struct Query {
    after: Option<String>,
}

/// A place to come.
pub(super) struct Coming {
    pub(super) path: String,
    pub(super) title: String,
    pub(super) state: State,
    pub(super) position: Option<i64>,
    pub(super) when: String,
    /// When it goes on after that.
    pub(super) then: Option<String>,
    pub(super) place: Option<String>,
    pub(super) online: bool,
    pub(super) join: Option<String>,
    /// Until when a place that came free is offered.
    pub(super) offered_until: Option<String>,
}

/// A place that is over.
struct Past {
    path: String,
    title: String,
    when: String,
    state: State,
    certificate: bool,
    evaluate: bool,
}

#[derive(Template)]
#[template(path = "pages/places.html")]
struct Places {
    shell: Shell,
    coming: Vec<Coming>,
    tickets: Vec<Own>,
    past: Vec<Past>,
    later_page: bool,
    next: Option<String>,
    linked_since: Option<String>,
}

/// So many sessions are named one by one.
const FEW: usize = 3;

/// The most places to come that are shown.
const MOST: i64 = 200;

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { after } = asked_for(&caller)?;
    let (before, limit) = (place_after(&caller, after.as_deref()), Limit::default());
    let (hub, me, now) = (caller.hub(), caller.person.id, caller.now());
    let mut tx = caller.read().await?;
    let live = bookings::live_of(&mut tx, hub, me, MOST).await?;
    let mut ended = bookings::ended_of(&mut tx, hub, me, before, limit.and_one()).await?;
    let to_give = evaluations::to_give(&mut tx, hub, me, now, MOST).await?;
    let linked = calendars::link(&mut tx, hub, me).await?;
    let next = next_page(&mut ended, limit, caller.uri(), |last| (last.starts_at, last.booking.id));
    // Who has a place on an event that is over, and of which the register is not settled, has been there.
    let (over, to_come): (Vec<View>, Vec<View>) = live.into_iter().partition(|view| view.ends_at <= now);
    let coming = if before.is_none() { coming(&caller, &mut tx, to_come).await? } else { Vec::new() };
    let tickets = if before.is_none() { own_tickets::own(&caller, &mut tx).await? } else { Vec::new() };
    drop(tx);
    let evaluate = |view: &View| to_give.iter().any(|it| it.booking_id == view.booking.id);
    let over = over.into_iter().rev().filter(|_| before.is_none());
    let past = over.chain(ended).map(|view| Past::of(&view, evaluate(&view))).collect();
    let template = Places {
        shell: Shell::of(&caller, "My places", "/places").await?,
        coming,
        tickets,
        past,
        later_page: before.is_some(),
        next,
        linked_since: linked.map(words::day_of),
    };
    page(&caller, &template).await
}

/// The places to come, each with the next of its sessions.
pub(super) async fn coming(caller: &Caller, tx: &mut Tx, views: Vec<View>) -> Result<Vec<Coming>, Problem> {
    let mut coming = Vec::new();
    for view in views {
        coming.push(Coming::of(caller, tx, view).await?);
    }
    Ok(coming)
}

impl Coming {
    async fn of(caller: &Caller, tx: &mut Tx, view: View) -> Result<Coming, Problem> {
        let event = view.booking.event_id;
        let entry = catalogue::get(tx, caller.hub(), event).await?.ok_or_else(Problem::not_found)?;
        let meetings = meetings::of_event(tx, caller, event, entry.provider.who()).await?;
        let mut to_come = meetings.into_iter().filter(|meeting| meeting.ends_at > caller.now());
        let next = to_come.next();
        let then = then(&to_come.collect::<Vec<_>>());
        let (when, place, online, join) = match next {
            Some(next) => (next.when, next.place, next.online, next.join),
            None => (words::held(view.starts_at, view.ends_at, view.sessions), None, false, None),
        };
        Ok(Coming {
            path: format!("/places/{}", view.booking.id),
            title: view.event_title.as_str().to_owned(),
            state: view.booking.state,
            position: view.waiting_position,
            when,
            then,
            place,
            online,
            join,
            offered_until: offered(&view, caller.now()),
        })
    }
}

/// When an event goes on after its next session: each time, where there are few.
fn then(rest: &[Meeting]) -> Option<String> {
    let last = words::short_day_of(rest.last()?.ends_at);
    Some(match rest.len() {
        ..=FEW => format!("Then {}", rest.iter().map(|it| it.when.as_str()).collect::<Vec<_>>().join("; ")),
        more => format!("Then {more} more sessions, until {last}"),
    })
}

/// Until when a place is offered that came free.
fn offered(view: &View, now: DateTime<Utc>) -> Option<String> {
    view.booking.offered_until.filter(|until| *until > now).map(words::deadline)
}

impl Past {
    fn of(view: &View, evaluate: bool) -> Past {
        Past {
            path: format!("/places/{}", view.booking.id),
            title: view.event_title.as_str().to_owned(),
            when: words::held(view.starts_at, view.ends_at, view.sessions),
            state: view.booking.state,
            certificate: view.booking.state == State::Attended && !evaluate,
            evaluate,
        }
    }
}

/// Whether the caller may do something with a booking that they see: the hub's managers, the leads of its school, and its
/// delegate. The desk has the last word.
fn acts(caller: &Caller, view: &View) -> bool {
    match caller.role() {
        Role::HubManager => true,
        Role::SchoolLead if caller.own_school() == Some(view.booking.school_id) => true,
        _ => view.booking.person_id == Some(caller.person.id),
    }
}
