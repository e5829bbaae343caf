//! The delegates of an event: who has a place, who waits, which places have no name; and one moved to another run.

use askama::Template;

use super::head::{Head, way};
use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::base::ids::{BookingId, EventId};
use crate::booking::bookings::held::{self, Pending};
use crate::booking::bookings::{self, Filter, Foreseen, Shown, State, View, What};
use crate::booking::organising;
use crate::programme::programmes::catalogue::{self, Entry};
use crate::programme::programmes::events::State as EventState;
use crate::web::call::{Call, Caller};
use crate::web::desk::AtDesk;
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page, see};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, next_page};
use crate::web::roles::{MANAGER_AND_LEADS, ORGANISERS};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/events/{id}/delegates", ORGANISERS, list);
    pages.get("/places/{id}/move", MANAGER_AND_LEADS, ask_where);
    pages.post("/places/{id}/move", MANAGER_AND_LEADS, transfer);
}

#[derive(eserde::Deserialize)]
struct Query {
    /// A state, `all`, or `places`: those who hold a place, as long as the event is to come and nothing else is said.
    state: Option<String>,
    after: Option<String>,
}

/// A booking in the list.
struct Row {
    id: String,
    delegate: Option<String>,
    names_by: Option<String>,
    school: String,
    state: (&'static str, &'static str),
    position: Option<i64>,
    offered_until: Option<String>,
    passed_over: bool,
    price: String,
    ticket: bool,
    asked: String,
    /// Whether it can be moved to another run.
    movable: bool,
    /// Whether it can be cancelled.
    live: bool,
}

impl Row {
    fn of(view: View) -> Row {
        let entered_afterwards = view.entered_afterwards();
        let booking = view.booking;
        let told = match booking.state {
            State::Requested => "Waits for its school",
            State::Waitlisted if booking.offered_until.is_some() => "Was offered a place",
            state => state.label(),
        };
        Row {
            id: booking.id.to_string(),
            delegate: view.person_name.map(|name| name.as_str().to_owned()),
            names_by: booking.names_by.filter(|_| booking.person_id.is_none()).map(words::short_day),
            school: view.school_name.as_str().to_owned(),
            state: (told, booking.state.tone()),
            position: view.waiting_position,
            offered_until: booking.offered_until.map(words::moment),
            passed_over: booking.passed_over_at.is_some(),
            price: words::credits(booking.price),
            ticket: booking.ticket_id.is_some(),
            asked: match words::short_day_of(booking.requested_at) {
                day if entered_afterwards => format!("Entered afterwards, on {day}"),
                day => day,
            },
            movable: booking.state == State::Confirmed && booking.person_id.is_some(),
            live: booking.state.live(),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/programme/delegates.html")]
struct Delegates {
    shell: Shell,
    head: Head,
    held: i64,
    /// What of these are booked, and not only asked for or offered.
    booked: i64,
    pending: Pending,
    capacity: i64,
    waiting_count: i64,
    state: String,
    states: Vec<(&'static str, &'static str)>,
    rows: Vec<Row>,
    waiting: Vec<Row>,
    unnamed: usize,
    /// Whether these are of one school alone.
    own: bool,
    moves: bool,
    /// Whether the one who looks sees each booking by itself.
    links: bool,
    next: Option<String>,
    files: String,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { state, after } = asked_for(&caller)?;
    let mut tx = caller.read().await?;
    let entry = organising::with_delegates(&mut tx, &caller.person, caller.id("id")?).await?;
    let asked = state.unwrap_or_else(|| of_course(&entry).to_owned());
    let filter = Filter {
        event: Some(entry.id),
        school: caller.own_school(),
        state: State::parse(&asked).ok(),
        ..Filter::default()
    };
    let (limit, first): (Limit, bool) = (Limit::default(), after.is_none());
    let after: Option<BookingId> = place_after(&caller, after.as_deref());
    let mut found = match asked == PLACES {
        true => held::holders(&mut tx, caller.hub(), entry.id, filter.school, after, limit.and_one()).await?,
        false => bookings::list(&mut tx, caller.hub(), filter, after, limit.and_one()).await?,
    };
    let pending = held::pending(&mut tx, caller.hub(), entry.id).await?;
    let waiting = if first { waiting(&caller, &mut tx, entry.id).await? } else { Vec::new() };
    drop(tx);
    let next = next_page(&mut found, limit, caller.uri(), |last| last.booking.id);
    let rows: Vec<Row> = found.into_iter().map(Row::of).collect();
    let view = Delegates {
        shell: Shell::of(&caller, "Delegates", way(caller.role())).await?,
        head: Head::of(&caller, &entry, "delegates"),
        held: entry.held,
        booked: entry.held - pending.requested - pending.offered,
        pending,
        capacity: entry.capacity,
        waiting_count: entry.waiting,
        files: match filter.state {
            Some(state) => format!("?state={state}"),
            None if asked == PLACES => "?holds_place=true".to_owned(),
            None => String::new(),
        },
        state: asked,
        states: options::<State>(),
        unnamed: rows.iter().filter(|row| row.delegate.is_none() && row.live).count(),
        rows,
        waiting,
        own: caller.own_school().is_some(),
        moves: MANAGER_AND_LEADS.contains(&caller.role()),
        links: caller.own_partner().is_none(),
        next,
    };
    page(&caller, &view).await
}

/// All who hold a place, whether their school has decided or not.
const PLACES: &str = "places";

/// What is shown first: who holds a place, as long as the event is to come; then all.
fn of_course(entry: &Entry) -> &'static str {
    if entry.state == EventState::Published { PLACES } else { "all" }
}

async fn waiting(caller: &Caller, tx: &mut Tx, event: EventId) -> Result<Vec<Row>, Problem> {
    let all = bookings::waiting_list(tx, caller.hub(), event, caller.own_school(), 0, MOST_WAITING).await?;
    Ok(all.into_iter().map(Row::of).collect())
}

/// The most entries of the waiting list on the page.
const MOST_WAITING: i64 = 200;

/// Another run of the programme.
struct Run {
    id: String,
    title: String,
    when: String,
    price: String,
    left: i64,
    /// What is shown of moving there, as the form sends it back.
    shown: String,
}

#[derive(Template)]
#[template(path = "pages/programme/place_move.html")]
struct MoveForm {
    shell: Shell,
    filled: Filled,
    id: String,
    event: String,
    event_title: String,
    delegate: String,
    school: String,
    held: String,
    runs: Vec<Run>,
}

async fn ask_where(call: Call) -> Answer {
    show(&call.allow()?, Filled::default()).await
}

/// The booking of the path, where the caller's school or hub has it.
async fn of_path(caller: &Caller, tx: &mut Tx) -> Result<View, Problem> {
    let view = bookings::get(tx, caller.hub(), caller.id("id")?).await?;
    view.filter(|view| caller.sees_school(view.booking.school_id)).ok_or_else(Problem::not_found)
}

async fn show(caller: &Caller, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let view = of_path(caller, &mut tx).await?;
    let of = catalogue::get(&mut tx, caller.hub(), view.booking.event_id).await?.ok_or_else(Problem::not_found)?;
    let filter = catalogue::Filter {
        programme: Some(of.programme_id),
        state: Some(EventState::Published),
        from: Some(london_date(caller.now())),
        ..catalogue::Filter::default()
    };
    let seen = catalogue::View::of(&caller.person);
    let runs = catalogue::list(&mut tx, caller.hub(), seen, &filter, None, MOST_WAITING).await?;
    let runs: Vec<Entry> = runs.into_iter().filter(|entry| entry.id != of.id).collect();
    // Whether it overlaps with something else of theirs is asked, and changes nothing of what it costs.
    let moves = |entry: &Entry| What::Transfer { booking: view.booking.id, event: entry.id, allow_clash: true };
    let at = (caller.hub(), caller.now());
    let foreseen = bookings::foresee(&mut tx, at, caller.person.id, runs.iter().map(moves).collect()).await?;
    drop(tx);
    let run = |(entry, then): (Entry, Foreseen)| Run {
        shown: then.outcome.map(|outcome| Shown::of(&outcome).as_str().to_owned()).unwrap_or_default(),
        id: entry.id.to_string(),
        title: entry.title.as_str().to_owned(),
        when: words::held(entry.starts_at, entry.ends_at, entry.sessions),
        price: words::credits(entry.price),
        left: (entry.capacity - entry.held).max(0),
    };
    let form = MoveForm {
        shell: Shell::of(caller, "Move to another run", way(caller.role())).await?,
        filled,
        id: view.booking.id.to_string(),
        event: of.id.to_string(),
        event_title: of.title.as_str().to_owned(),
        delegate: view.delegate().to_owned(),
        school: view.school_name.as_str().to_owned(),
        held: words::credits(view.booking.held),
        runs: runs.into_iter().zip(foreseen).map(run).collect(),
    };
    page(caller, &form).await
}

#[derive(eserde::Deserialize)]
struct Fields {
    event_id: EventId,
}

async fn transfer(call: Call, desk: AtDesk, form: Form) -> Answer {
    let caller = call.allow()?;
    let from = of_path(&caller, &mut caller.read().await?).await?.booking;
    let moved = async {
        let Fields { event_id: event } = form.read()?;
        let what = What::Transfer { booking: from.id, event, allow_clash: form.has("allow_clash") };
        let shown = Shown::read(form.text(&format!("shown-{event}")));
        desk.outcome_as_shown(what, shown, form.bytes()).await
    };
    match moved.await {
        Ok(_) => Ok(see(&format!("/events/{}/delegates?done=delegate-moved", from.event_id))),
        Err(problem) => show(&caller, form.again(problem)?).await,
    }
}
