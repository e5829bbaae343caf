//! One place: when and where, what was agreed, and what can be done with it.

use askama::Template;
use chrono::{DateTime, Utc};

use super::{acts, offered};
use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::base::qr;
use crate::booking::bookings::{self, Booking, State, View};
use crate::booking::registers::{self, Code, Marked};
use crate::booking::{certificates, evaluations};
use crate::members::people::{self, Role};
use crate::programme::programmes::attendance::Mark;
use crate::programme::programmes::catalogue;
use crate::programme::programmes::events::{self, Event};
use crate::programme::programmes::terms::{self, Step};
use crate::web::call::{Call, Caller};
use crate::web::files::internal;
use crate::web::pages::labels::Labelled;
use crate::web::pages::meetings::{self, Meeting, NotHeld};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::roles::EVERYONE;
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/places/{id}", EVERYONE, show);
}

#[derive(Template)]
#[template(path = "pages/places/one.html")]
struct One {
    shell: Shell,
    id: String,
    title: String,
    event: String,
    state: State,
    mine: bool,
    delegate: Option<String>,
    school: String,
    position: Option<i64>,
    passed_over: bool,
    declined_because: Option<String>,
    /// Why the hub called the event off, where that ended the place; empty where it says nothing.
    called_off: Option<String>,
    when: String,
    price: String,
    paid: Option<String>,
    /// What came back of it, where anything did.
    came_back: Option<String>,
    ticket: bool,
    /// When it was asked for, or entered where the event was over by then, with words for which of the two.
    asked: (&'static str, String),
    approve_by: Option<String>,
    /// Whether only the hub can decide on it.
    by_hub: bool,
    names_by: Option<String>,
    free_until: Option<String>,
    moved_to: Option<String>,
    offer: Option<String>,
    meetings: Vec<(Meeting, Option<&'static str>)>,
    not_held: Vec<NotHeld>,
    speakers: bool,
    marked: bool,
    code: Option<String>,
    cancels: bool,
    waives: bool,
    substitutes: bool,
    names: bool,
    certificate: Option<String>,
    evaluation: Evaluation,
    steps: Vec<Step>,
}

/// What there is to say of the evaluation.
enum Evaluation {
    /// There is none to give.
    None,
    /// It can be given; whether the certificate waits for it.
    ToGive { required: bool },
    /// It was given.
    Given,
}

fn asked(view: &View) -> (&'static str, String) {
    let what = if view.entered_afterwards() { "Entered afterwards" } else { "Asked for" };
    (what, words::day_of(view.booking.requested_at))
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let view = seen::booking(&caller, &mut tx).await?;
    let (hub, now, booking) = (caller.hub(), caller.now(), &view.booking);
    let entry = catalogue::get(&mut tx, hub, booking.event_id).await?.ok_or_else(Problem::not_found)?;
    let meetings = meetings::of_event(&mut tx, &caller, booking.event_id, entry.provider.who()).await?;
    let not_held = meetings::not_held(&mut tx, &caller, booking.event_id, Some(booking.requested_at)).await?;
    let marks = registers::of_booking(&mut tx, hub, booking.id).await?;
    let certificate = certificates::of_booking(&mut tx, hub, booking.id).await?;
    let evaluation = evaluation(&caller, &mut tx, &view).await?;
    let came_back = bookings::came_back(&mut tx, hub, &[booking.id]).await?.remove(&booking.id);
    let by_hub = left_to_hub(&caller, &mut tx, booking).await?;
    let event = events::get(&mut tx, hub, booking.event_id).await?.ok_or_else(Problem::not_found)?;
    drop(tx);
    let (acts, mine) = (acts(&caller, &view), booking.person_id == Some(caller.person.id));
    let decides = acts && matches!(caller.role(), Role::SchoolLead | Role::HubManager);
    let held = matches!(booking.state, State::Requested | State::Confirmed) && now < view.starts_at;
    let live = booking.state.live();
    let gone = matches!(booking.state, State::Cancelled | State::NoShow);
    let template = One {
        shell: Shell::of(&caller, view.event_title.as_str(), if mine { "/places" } else { "/school" }).await?,
        id: booking.id.to_string(),
        title: view.event_title.as_str().to_owned(),
        event: format!("/events/{}", booking.event_id),
        state: booking.state,
        mine,
        delegate: view.person_name.as_ref().map(|name| name.as_str().to_owned()),
        school: view.school_name.as_str().to_owned(),
        position: view.waiting_position,
        passed_over: live && booking.state == State::Waitlisted && booking.passed_over_at.is_some(),
        declined_because: view.declined_because.as_ref().map(|reason| reason.as_str().to_owned()),
        called_off: called_off(&event, booking),
        when: words::held(view.starts_at, view.ends_at, view.sessions),
        price: words::price(booking.price),
        paid: (!booking.price.is_zero() && booking.ticket_id.is_none()).then(|| words::credits(booking.held)),
        came_back: came_back.filter(|_| booking.ticket_id.is_none()).map(words::credits),
        ticket: booking.ticket_id.is_some(),
        asked: asked(&view),
        approve_by: booking.approve_by.filter(|_| booking.state == State::Requested).map(words::deadline),
        by_hub,
        names_by: booking.names_by.filter(|_| live && booking.person_id.is_none()).map(words::day),
        free_until: free_until(&view, now).map(words::deadline),
        moved_to: booking.moved_to.map(|to| format!("/places/{to}")),
        offer: offered(&view, now).filter(|_| acts),
        not_held,
        marked: !marks.is_empty(),
        speakers: meetings.iter().any(|meeting| meeting.speaker.is_some()),
        meetings: meetings.into_iter().map(|meeting| attended(meeting, &marks)).collect(),
        code: if mine { code(&caller, &view)? } else { None },
        cancels: acts && live && bookings::cancellation_terms(&view, now).is_ok(),
        waives: caller.role() == Role::HubManager && !booking.held.is_zero() && gone,
        substitutes: decides && held && booking.person_id.is_some() && booking.ticket_id.is_none(),
        names: decides && live && booking.person_id.is_none(),
        certificate: certificate.map(|certificate| certificate.number.to_string()),
        evaluation,
        steps: if live { terms::steps(&booking.policy, booking.price, view.starts_at, now) } else { Vec::new() },
    };
    page(&caller, &template).await
}

/// Why the hub called the event off, where that ended the place.
fn called_off(event: &Event, booking: &Booking) -> Option<String> {
    let with_it =
        booking.state == State::Cancelled && event.cancelled_at.is_some_and(|at| booking.ended_at == Some(at));
    event.cancelled_because.as_ref().filter(|_| with_it).map(|because| because.as_str().to_owned())
}

/// Until when a place that is held can be left free of charge, since its event was moved, where the terms give less.
fn free_until(view: &View, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let moved = view.moved.as_ref().filter(|moved| moved.betters(&view.booking, view.starts_at, now))?;
    (view.booking.state != State::Waitlisted).then_some(moved.free_until)
}

/// Whether only the hub can decide on a request, since there is nobody at the school.
async fn left_to_hub(caller: &Caller, tx: &mut Tx, booking: &Booking) -> Result<bool, Problem> {
    if booking.state != State::Requested {
        return Ok(false);
    }
    let deciders = people::deciders(tx, caller.hub(), &[booking.school_id], london_date(caller.now())).await?;
    Ok(deciders.left_to_hub(booking.school_id, &[booking.person_id, booking.requested_by]))
}

async fn evaluation(caller: &Caller, tx: &mut Tx, view: &View) -> Result<Evaluation, Problem> {
    let booking = &view.booking;
    if booking.state != State::Attended || booking.person_id != Some(caller.person.id) {
        return Ok(Evaluation::None);
    }
    Ok(match evaluations::get(tx, caller.hub(), booking.id, caller.person.id).await? {
        Some(_) => Evaluation::Given,
        None => Evaluation::ToGive { required: evaluations::required(tx, caller.hub(), booking.event_id).await? },
    })
}

/// A session with what its register says.
fn attended(meeting: Meeting, marks: &[Marked]) -> (Meeting, Option<&'static str>) {
    let mark = marks.iter().find(|marked| marked.session_id == meeting.id).map(|marked| match marked.mark {
        Mark::Present => "Attended",
        Mark::Late => "Attended, late",
        Mark::Partial => "Attended in part",
        Mark::Excused => "Excused",
        Mark::Absent => "Absent",
    });
    (meeting, mark)
}

/// The check-in code of a confirmed place on an event that is not over, as a picture.
fn code(caller: &Caller, view: &View) -> Result<Option<String>, Problem> {
    let (booking, to_come) = (&view.booking, view.ends_at > caller.now());
    let Some(delegate) = booking.person_id.filter(|_| booking.state == State::Confirmed && to_come) else {
        return Ok(None);
    };
    let code = Code::issue(caller.keys(), caller.hub(), booking.id, delegate).map_err(|error| internal(&error))?;
    let picture = qr::svg(&code.address(caller.public_url())).map_err(|error| internal(&error))?;
    // In a page stands the picture alone, without the head of a file.
    Ok(picture.find("<svg").and_then(|start| picture.get(start..)).map(str::to_owned))
}
