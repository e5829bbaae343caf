//! The requests that wait, and the decisions on those that are ticked.

use std::collections::HashMap;

use actix_web::HttpResponse;
use askama::Template;

use super::cover::cover;
use super::declining;
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::{BookingId, EventId, SchoolId};
use crate::base::text::{Line, counted};
use crate::booking::bookings::{self, Undecided, What};
use crate::members::people::Role;
use crate::members::schools;
use crate::programme::programmes::events;
use crate::programme::programmes::sessions;
use crate::programme::programmes::terms;
use crate::web::call::{Call, Caller};
use crate::web::desk::AtDesk;
use crate::web::files::internal;
use crate::web::pages::form::{Filled, Form, query};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::people;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page, see};
use crate::web::pages::words;
use crate::web::plain;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, next_page};
use crate::web::roles::{AT_DESK, HUB_AND_SCHOOLS};
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/approvals", HUB_AND_SCHOOLS, show);
    pages.post("/approvals", AT_DESK, decide);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    school_id: Option<SchoolId>,
    after: Option<String>,
}

/// A request that waits.
struct Row {
    id: String,
    person: String,
    person_path: Option<String>,
    school: String,
    event: String,
    event_path: String,
    when: String,
    cost: String,
    ticket: bool,
    /// What comes back of it where it is cancelled, if anything was paid.
    terms: Option<String>,
    cover: Vec<String>,
    year: String,
    left: String,
    left_if_declined: String,
    asked: String,
    expires: Option<String>,
    /// Whether that is within two days.
    soon: bool,
    waiting: Option<i64>,
    own: bool,
}

/// What is left of a year after all.
struct Left {
    year: String,
    waits: String,
    cost: String,
    if_all: String,
    if_none: String,
}

#[derive(Template)]
#[template(path = "pages/approvals.html")]
struct Queue {
    shell: Shell,
    rows: Vec<Row>,
    left: Vec<Left>,
    /// Whether requests of several schools are among them.
    of_hub: bool,
    school: Option<(String, String)>,
    /// The schools to choose from, for the hub.
    schools: Vec<(String, String)>,
    filled: Filled,
    decides: bool,
    next: Option<String>,
    files: String,
    /// What was decided just now, and what could not be.
    decided: usize,
    refused: Vec<String>,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    queue(&caller, 0, Vec::new()).await
}

async fn queue(caller: &Caller, decided: usize, refused: Vec<String>) -> Answer {
    let Query { school_id, after } = asked_for(caller)?;
    let (after, limit) = (place_after(caller, after.as_deref()), Limit::default());
    let mut tx = caller.read().await?;
    seen::decides(caller, &mut tx).await?;
    if school_id.is_some_and(|school| !caller.sees_school(school)) {
        return Err(Problem::not_found());
    }
    let school = caller.own_school().or(school_id);
    let mut found = bookings::undecided(&mut tx, caller.hub(), school, after, limit.and_one()).await?;
    let next = next_page(&mut found, limit, caller.uri(), |last| last.place());
    let events = told(caller, &mut tx, &found).await?;
    let found = with_events(&found, &events)?;
    let name = match school.filter(|_| caller.sees_hub()) {
        Some(school) => schools::get(&mut tx, caller.hub(), school).await?,
        None => None,
    };
    let mut schools = match caller.sees_hub() {
        true => people::schools(&mut tx, caller.hub(), london_date(caller.now()), "").await?,
        false => Vec::new(),
    };
    schools.retain(|(id, _)| !id.is_empty());
    drop(tx);
    let left = if school.is_some() { left(&found) } else { Vec::new() };
    let rows = found.iter().map(|(undecided, event)| row(caller, undecided, event)).collect();
    let queue = Queue {
        shell: Shell::of(caller, "To approve", "/approvals").await?,
        rows,
        left,
        of_hub: school.is_none(),
        school: name.map(|school| (format!("/schools/{}", school.id), school.details.name.to_string())),
        schools,
        filled: Filled::with([("school_id", school_id.map(|id| id.to_string()).unwrap_or_default())]),
        decides: caller.role() != Role::HubViewer,
        next,
        files: school_id.map(|school| format!("?school_id={school}")).unwrap_or_default(),
        decided,
        refused,
    };
    page(caller, &queue).await
}

/// What is told of an event beside a request.
struct Told {
    year: String,
    cover: Vec<String>,
}

async fn told(caller: &Caller, tx: &mut Tx, found: &[Undecided]) -> Result<HashMap<EventId, Told>, Problem> {
    let mut told = HashMap::new();
    for id in found.iter().map(|undecided| undecided.view.booking.event_id) {
        if told.contains_key(&id) {
            continue;
        }
        let event = events::get(tx, caller.hub(), id).await?.ok_or_else(|| internal(&NO_EVENT))?;
        let sessions = sessions::of_event(tx, caller.hub(), id).await?;
        let cover = cover(sessions.iter().map(|session| (session.starts_at, session.ends_at)));
        told.insert(id, Told { year: event.year.to_string(), cover });
    }
    Ok(told)
}

/// What there is no request without.
const NO_EVENT: &str = "a booking names an event that is not there";

/// The requests, each with what is told of its event.
fn with_events<'a>(
    found: &'a [Undecided],
    events: &'a HashMap<EventId, Told>,
) -> Result<Vec<(&'a Undecided, &'a Told)>, Problem> {
    let with_event = |undecided: &'a Undecided| {
        let event = events.get(&undecided.view.booking.event_id).ok_or_else(|| internal(&NO_EVENT))?;
        Ok((undecided, event))
    };
    found.iter().map(with_event).collect()
}

fn row(caller: &Caller, undecided: &Undecided, event: &Told) -> Row {
    let (view, me) = (&undecided.view, Some(caller.person.id));
    let booking = &view.booking;
    let sees_people = caller.role() != Role::Teacher;
    Row {
        id: booking.id.to_string(),
        person: view.delegate().to_owned(),
        person_path: booking.person_id.filter(|_| sees_people).map(|person| format!("/people/{person}")),
        school: view.school_name.to_string(),
        event: view.event_title.to_string(),
        event_path: format!("/events/{}", booking.event_id),
        when: words::held(view.starts_at, view.ends_at, view.sessions),
        cost: words::credits(booking.price),
        ticket: booking.ticket_id.is_some(),
        terms: terms::in_a_line(&booking.policy, booking.price, view.starts_at, caller.now())
            .filter(|_| booking.ticket_id.is_none()),
        cover: event.cover.clone(),
        year: event.year.clone(),
        left: words::credits(undecided.available_after(true)),
        left_if_declined: words::credits(undecided.available_after(false)),
        asked: words::short_day_of(booking.requested_at),
        expires: booking.approve_by.map(words::deadline),
        soon: booking.approve_by.is_some_and(|by| by - caller.now() < chrono::TimeDelta::days(2)),
        waiting: view.waiting_position,
        own: [booking.person_id, booking.requested_by].contains(&me),
    }
}

/// What is left of each year after all of these are approved, or all declined: what a request holds has left the wallets.
fn left(found: &[(&Undecided, &Told)]) -> Vec<Left> {
    let mut years: Vec<(&str, Vec<&Undecided>)> = Vec::new();
    for (undecided, event) in found {
        match years.iter_mut().find(|(year, _)| *year == event.year) {
            Some((_, of)) => of.push(undecided),
            None => years.push((&event.year, vec![undecided])),
        }
    }
    years.sort_by_key(|(year, _)| *year);
    let left = |(year, of): (&str, Vec<&Undecided>)| {
        let available = of.first().map(|undecided| undecided.available).unwrap_or_default();
        let held: Credits = of.iter().map(|one| one.available_after(false) - one.available).sum();
        Left {
            year: year.to_owned(),
            waits: counted(of.len(), "request"),
            cost: words::credits(held),
            if_all: words::credits(available),
            if_none: words::credits(available + held),
        }
    };
    years.into_iter().map(left).collect()
}

/// What is said of all that are declined.
#[derive(eserde::Deserialize)]
struct Said {
    reason: Option<Line>,
}

/// Approves at once; what is declined is asked about first, with room to say why.
async fn decide(call: Call, desk: AtDesk, sent: Form) -> Answer {
    let caller = call.allow()?;
    let (approves, ids) = chosen(&sent);
    if !approves && !ids.is_empty() && !sent.has("sure") {
        return declining::ask(&caller, &ids, Filled::default()).await;
    }
    let reason = match sent.read() {
        Ok(Said { reason }) => reason,
        Err(problem) => return declining::ask(&caller, &ids, sent.again(problem)?).await,
    };
    let (mut decided, mut refused) = (0, Vec::new());
    if ids.is_empty() {
        refused.push("Tick the requests to decide on first.".to_owned());
    }
    for id in ids {
        let Ok(booking) = uuid::Uuid::try_parse(id).map(BookingId) else { return Err(Problem::not_found()) };
        let reason = reason.clone();
        let what = if approves { What::Approve(booking) } else { What::Decline { booking, reason } };
        match desk.outcome_of(id, what, sent.bytes()).await {
            Ok(_) => decided += 1,
            Err(problem) => refused.push(said(&caller, booking, &problem).await?),
        }
    }
    if refused.is_empty() {
        let done = if approves { "approved" } else { "declined" };
        return Ok(after(&caller, done));
    }
    queue(&caller, decided, refused).await
}

/// The same list, which says what was done.
fn after(caller: &Caller, done: &str) -> HttpResponse {
    let school = query::<Query>(caller.uri()).ok().and_then(|query| query.school_id);
    see(&school.map_or_else(
        || format!("/approvals?done={done}"),
        |school| format!("/approvals?school_id={school}&done={done}"),
    ))
}

/// Whether it is approved, and the requests: the one whose own button was pressed, or all that are ticked.
fn chosen(sent: &Form) -> (bool, Vec<&str>) {
    match (sent.text("approve"), sent.text("decline")) {
        ("", "") => (sent.text("decision") == "approve", sent.all("pick")),
        (one, "") => (true, vec![one]),
        (_, one) => (false, vec![one]),
    }
}

/// Why one could not be decided on.
async fn said(caller: &Caller, id: BookingId, problem: &Problem) -> Result<String, Problem> {
    let view = bookings::get(&mut caller.read().await?, caller.hub(), id).await?;
    let view = view.filter(|view| caller.sees_school(view.booking.school_id));
    let of = view.map_or_else(|| "A request".to_owned(), |view| format!("{}, {}", view.delegate(), view.event_title));
    Ok(format!("{of}: {}", plain::said(problem.detail())))
}
