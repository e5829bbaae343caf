//! An event as everybody sees it: what it is, for whom, what it costs their school, and how to get a place on it.

mod place;

use askama::Template;

use super::catalogue::bookable;
use super::form::{Filled, Form};
use super::labels::Labelled;
use super::meetings::{self, Meeting, NotHeld};
use super::router::Pages;
use super::shell::{Shell, page, see};
use super::words;
use crate::base::db::Tx;
use crate::base::ids::{BookingId, EventId, TicketId};
use crate::base::markdown;
use crate::booking::bookings::{self, Shown, What};
use crate::members::people::Role;
use crate::members::schools::{self, Membership};
use crate::programme::programmes::catalogue::{self, Entry};
use crate::programme::programmes::events::{self, State};
use crate::programme::programmes::terms::{self, Step};
use crate::programme::programmes::{self, priorities};
use crate::web::call::{Call, Caller};
use crate::web::desk::AtDesk;
use crate::web::files::internal;
use crate::web::problem::{Answer, Code, Problem};
use crate::web::roles::{AT_DESK, EVERYONE};
use place::Place;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/events/{id}", EVERYONE, show);
    pages.post("/events/{id}", AT_DESK, book);
}

#[derive(Template)]
#[template(path = "pages/event.html")]
struct EventPage {
    shell: Shell,
    filled: Filled,
    id: String,
    title: String,
    state: State,
    because: Option<String>,
    about: About,
    places: Places,
    meetings: Vec<Meeting>,
    not_held: Vec<NotHeld>,
    speakers: bool,
    steps: Vec<Step>,
    place: Place,
    runs: bool,
    hosts: bool,
    books_others: bool,
}

/// What is said of the event.
struct About {
    kind: &'static str,
    provider: String,
    programme: String,
    programme_path: String,
    description: String,
    when: String,
    priority: Option<String>,
    phase: Option<&'static str>,
    phases: Vec<&'static str>,
    roles: Vec<&'static str>,
    year: String,
}

/// What a place costs, and how many there are.
struct Places {
    price: String,
    free: bool,
    participants: Option<String>,
    words: String,
    opens: Option<String>,
    closes: Option<String>,
    most_per_school: Option<i64>,
    minimum: Option<(i64, String)>,
    offer_hours: Option<i64>,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    shown(&caller, Filled::default()).await
}

async fn shown(caller: &Caller, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let entry = catalogue::seen_by(&mut tx, &caller.person, caller.id("id")?).await?.ok_or_else(Problem::not_found)?;
    let provider = entry.provider.who();
    let membership = membership(caller, &mut tx).await?;
    let event = events::get(&mut tx, caller.hub(), entry.id).await?.ok_or_else(Problem::not_found)?;
    let about = About::of(caller, &mut tx, &entry).await?;
    let meetings = meetings::of_event(&mut tx, caller, entry.id, provider).await?;
    let not_held = meetings::not_held(&mut tx, caller, entry.id, None).await?;
    let place = place::of(caller, &mut tx, &entry).await?;
    drop(tx);
    let price = entry.admission.price(entry.price, membership.unwrap_or(Membership::Full));
    let runs = caller.sees_hub() || provider.acts_by(&caller.person);
    let decides = matches!(caller.role(), Role::SchoolLead | Role::HubManager);
    let template = EventPage {
        shell: Shell::of(caller, entry.title.as_str(), "/catalogue").await?,
        filled,
        id: entry.id.to_string(),
        title: entry.title.as_str().to_owned(),
        state: entry.state,
        because: event.cancelled_because.map(|because| because.as_str().to_owned()),
        about,
        steps: terms::steps(&entry.policy, price, entry.starts_at, caller.now()),
        places: Places::of(caller, &entry, membership),
        speakers: meetings.iter().any(|meeting| meeting.speaker.is_some()),
        hosts: meetings.iter().any(|meeting| meeting.hosted),
        meetings,
        not_held,
        place,
        runs,
        books_others: decides && entry.state == State::Published && caller.now() < entry.starts_at,
    };
    page(caller, &template).await
}

/// How closely the caller's school belongs to the hub; none where they have no school.
async fn membership(caller: &Caller, tx: &mut Tx) -> Result<Option<Membership>, Problem> {
    let Some(school) = caller.own_school() else { return Ok(None) };
    Ok(schools::get(tx, caller.hub(), school).await?.map(|school| school.details.membership))
}

impl About {
    async fn of(caller: &Caller, tx: &mut Tx, entry: &Entry) -> Result<About, Problem> {
        let programme = programmes::get(tx, caller.hub(), entry.programme_id).await?.ok_or_else(Problem::not_found)?;
        let priority = match entry.priority_id {
            Some(id) => priorities::get(tx, caller.hub(), id).await?.map(|priority| priority.name.as_str().to_owned()),
            None => None,
        };
        Ok(About {
            kind: entry.kind.label(),
            provider: entry.provider.name.as_str().to_owned(),
            programme: entry.programme_title.as_str().to_owned(),
            programme_path: format!("/programmes/{}", entry.programme_id),
            description: markdown::of_prose(programme.description.as_str()),
            when: words::held(entry.starts_at, entry.ends_at, entry.sessions),
            priority,
            phase: entry.phase.map(Labelled::label),
            phases: entry.admission.phases.iter().map(|phase| phase.label()).collect(),
            roles: entry.admission.roles.iter().map(|role| role.label()).collect(),
            year: entry.year.as_str(),
        })
    }
}

impl Places {
    fn of(caller: &Caller, entry: &Entry, membership: Option<Membership>) -> Places {
        let now = caller.now();
        let price = entry.admission.price(entry.price, membership.unwrap_or(Membership::Full));
        let participants = entry.admission.price(entry.price, Membership::Participant);
        let opens = entry.admission.opens_at(entry.opens_at, membership.unwrap_or(Membership::Full));
        let (words, _) = bookable(entry, now);
        Places {
            price: words::price(price),
            free: price.is_zero(),
            participants: (membership.is_none() && participants != price).then(|| words::price(participants)),
            words,
            opens: opens.filter(|opens| *opens > now).map(words::moment),
            closes: entry.closes_at.map(words::deadline),
            most_per_school: entry.admission.max_per_school,
            minimum: entry.minimum.zip(entry.decide_by).map(|(minimum, by)| (minimum, words::day(by))),
            offer_hours: entry.admission.offer_hours,
        }
    }
}

#[derive(eserde::Deserialize)]
struct Fields {
    ticket_id: Option<TicketId>,
}

/// Asks for a place for the caller, or takes it, by what their role may: as the page has shown it, or not at all.
async fn book(call: Call, desk: AtDesk, form: Form) -> Answer {
    let caller = call.allow()?;
    let (event, delegate, allow_clash): (EventId, _, _) = (caller.id("id")?, desk.person, form.has("allow_clash"));
    let asked = match form.read::<Fields>() {
        Ok(Fields { ticket_id: None }) => Ok(What::Book { event, delegate, allow_clash }),
        Ok(Fields { ticket_id: Some(ticket) }) => Ok(What::BookByTicket { event, delegate, allow_clash, ticket }),
        Err(problem) => Err(problem),
    };
    let outcome = match asked {
        Ok(what) => desk.outcome_as_shown(what, Shown::read(form.text("shown")), form.bytes()).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(stored) => {
            let made: Made = serde_json::from_str(&stored.body).map_err(|error| internal(&error))?;
            let done = match made.state {
                bookings::State::Requested => "requested",
                bookings::State::Waitlisted => "waiting",
                _ => "booked",
            };
            Ok(see(&format!("/places/{}?done={done}", made.id)))
        }
        // The page itself says what their other place is.
        Err(problem) if [Code::Clash, Code::AlreadyBooked].contains(&problem.code()) => {
            shown(&caller, Filled::default()).await
        }
        Err(problem) => shown(&caller, form.again(problem)?).await,
    }
}

/// What a page needs to know of a booking that the desk has made.
#[derive(serde::Deserialize)]
struct Made {
    id: BookingId,
    state: bookings::State,
}
