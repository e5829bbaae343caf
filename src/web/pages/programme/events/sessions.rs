//! The sessions of an event: added, changed, called off. What that means to those who have booked is said before.

use askama::Template;

use super::flaws::Wrong;
use super::manage::of_path;
use super::rows::{self, Row, Typed};
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::{EventId, HubId, SessionId};
use crate::base::text::{Change, Email, Line};
use crate::booking::organising;
use crate::ledger::Journal;
use crate::members::people::Role;
use crate::programme::programmes::catalogue::Entry;
use crate::programme::programmes::events::State;
use crate::programme::programmes::sessions::{self, NewSession, Session, SessionChange};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::programme::head::{Head, way};
use crate::web::pages::programme::people::{by_email, email};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{MAKERS, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/events/{id}/sessions/new", MAKERS, new);
    pages.post("/events/{id}/sessions/new", MAKERS, add);
    pages.get("/events/{id}/sessions/{session}", MAKERS, edit);
    pages.post("/events/{id}/sessions/{session}", MAKERS, change);
    pages.get("/events/{id}/sessions/{session}/call-off", MANAGER, ask_to_call_off);
    pages.post("/events/{id}/sessions/{session}/call-off", MANAGER, call_off);
}

/// What a move of the event means to those who have booked.
struct Move {
    from: Option<String>,
    to: String,
    place: Option<(String, String)>,
    /// Whether its time changes, or it is a new one.
    moves: bool,
    held: i64,
    waiting: i64,
    free_until: String,
    /// Whether the first session has begun, so that only a share comes back.
    begun: bool,
}

#[derive(Template)]
#[template(path = "pages/programme/session.html")]
struct One {
    shell: Shell,
    filled: Filled,
    head: Head,
    action: String,
    row: Option<Row>,
    session: Option<String>,
    to_come: bool,
    means: Option<Move>,
    typed: Vec<(String, String)>,
}

async fn new(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut filled = Filled::default();
    filled.put("rows", "1");
    show(&caller, None, filled, None, Vec::new()).await
}

async fn show(
    caller: &Caller,
    session: Option<&Session>,
    filled: Filled,
    means: Option<Move>,
    typed: Vec<(String, String)>,
) -> Answer {
    let entry = organising::event(&mut caller.read().await?, &caller.person, caller.id("id")?).await?;
    let title = if session.is_some() { "Change the session" } else { "Add a session" };
    let part = session.map_or("new".to_owned(), |session| session.id.to_string());
    let view = One {
        shell: Shell::of(caller, title, way(caller.role())).await?,
        head: Head::of(caller, &entry, "manage"),
        action: format!("/events/{}/sessions/{part}", entry.id),
        row: rows::rows(&filled).into_iter().next(),
        session: session.map(|session| session.id.to_string()),
        to_come: session.is_none_or(|session| session.starts_at > caller.now()),
        means,
        typed,
        filled,
    };
    page(caller, &view).await
}

/// The session that was typed.
async fn typed(caller: &Caller, form: &Form, title: &Line) -> Result<Vec<Typed>, Problem> {
    let mut wrong = Wrong::default();
    let mut all = rows::read(form, Some(title), &mut wrong);
    let hosts: Vec<Email> = all.iter().filter_map(|row| row.host.clone()).collect();
    let people = by_email(&mut caller.read().await?, caller.hub(), &hosts).await?;
    rows::with_hosts(&mut all, &people, &mut wrong);
    if all.is_empty() && wrong.count() == 0 {
        rows::nothing_typed(&mut wrong);
    }
    wrong.refuse()?;
    Ok(all)
}

/// What it means that the event is moved; nothing where nobody has booked.
fn means(caller: &Caller, entry: &Entry, old: Option<&Session>, new: &NewSession) -> Option<Move> {
    let booked = entry.state == State::Published && entry.held + entry.waiting > 0;
    let changed = old.is_none_or(|old| (old.starts_at, old.ends_at) != (new.starts_at, new.ends_at));
    let place = old.filter(|old| old.place != new.place).map(|old| {
        let words =
            |place: &Option<Line>| place.as_ref().map_or("online".to_owned(), |place| place.as_str().to_owned());
        (words(&old.place), words(&new.place))
    });
    let free_until = (caller.now() + sessions::FREE_AFTER).min(new.starts_at);
    (booked && (changed || place.is_some())).then(|| Move {
        from: old.map(|old| words::span(old.starts_at, old.ends_at)),
        to: words::span(new.starts_at, new.ends_at),
        place,
        moves: changed,
        held: entry.held,
        waiting: entry.waiting,
        free_until: words::deadline(free_until),
        begun: entry.starts_at <= caller.now(),
    })
}

async fn add(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match added(&caller, &form).await {
        Err(problem) => show(&caller, None, form.again(problem)?, None, Vec::new()).await,
        done => done,
    }
}

async fn added(caller: &Caller, form: &Form) -> Answer {
    let (entry, _) = of_path(caller, &mut caller.read().await?).await?;
    let all = typed(caller, form, &entry.title).await?;
    let new = all.first().map(|row| row.session.clone()).ok_or_else(Problem::not_found)?;
    let new = with_title(&mut caller.read().await?, (caller.hub(), &entry), new, form.text("s0_title")).await?;
    if let Some(means) = means(caller, &entry, None, &new).filter(|_| !form.has("sure")) {
        // What would be refused is not asked about.
        let tried = caller
            .tried(async |journal| Ok(organising::add_session(journal, &caller.person, entry.id, new.clone()).await?))
            .await;
        tried.map_err(|problem| rows::at_rows(&problem, &all))?;
        return show(caller, None, form.typed(), Some(means), form.pairs()).await;
    }
    let done = caller
        .write(form.bytes(), async |journal| {
            name_the_only_one(journal, caller, &entry, &new).await?;
            organising::add_session(journal, &caller.person, entry.id, new.clone()).await?;
            Ok(Reply::see(&format!("/events/{}/manage?done=session-added", entry.id)))
        })
        .await;
    done.map_err(|problem| rows::at_rows(&problem, &all))
}

/// A session that is added, which is called by its place among the others where no title was typed for it.
async fn with_title(
    tx: &mut Tx,
    (hub, entry): (HubId, &Entry),
    new: NewSession,
    typed: &str,
) -> Result<NewSession, Problem> {
    if !typed.trim().is_empty() {
        return Ok(new);
    }
    let before = sessions::of_event(tx, hub, entry.id).await?;
    let earlier = before.iter().filter(|session| session.starts_at <= new.starts_at).count();
    Ok(NewSession { title: rows::numbered(earlier + 1).unwrap_or(new.title), ..new })
}

/// An only session may bear the title of its event: beside another it is called by its place.
async fn name_the_only_one(
    journal: &mut Journal,
    caller: &Caller,
    entry: &Entry,
    new: &NewSession,
) -> Result<(), Problem> {
    let before = sessions::of_event(journal.tx(), caller.hub(), entry.id).await?;
    let [only] = before.as_slice() else { return Ok(()) };
    if only.title == entry.title {
        let title = rows::numbered(if only.starts_at <= new.starts_at { 1 } else { 2 });
        let change = SessionChange { title, ..SessionChange::default() };
        organising::change_session(journal, &caller.person, (entry.id, only.id), only.version, change).await?;
    }
    Ok(())
}

async fn of_session(caller: &Caller, tx: &mut Tx) -> Result<(Entry, Session), Problem> {
    Ok(organising::session(tx, &caller.person, caller.id("id")?, caller.id("session")?).await?)
}

async fn edit(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let (_, session) = of_session(&caller, &mut tx).await?;
    let host = email(&mut tx, caller.hub(), session.host_id).await?;
    drop(tx);
    let filled = rows::filled(&session, host);
    show(&caller, Some(&session), filled, None, Vec::new()).await
}

async fn change(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let (entry, session) = of_session(&caller, &mut caller.read().await?).await?;
    match changed(&caller, &entry, &session, &form).await {
        Err(problem) => {
            let (_, session) = of_session(&caller, &mut caller.read().await?).await?;
            let host = email(&mut caller.read().await?, caller.hub(), session.host_id).await?;
            let refused = form.again(problem)?.beside(rows::filled(&session, host));
            show(&caller, Some(&session), refused, None, Vec::new()).await
        }
        done => done,
    }
}

async fn changed(caller: &Caller, entry: &Entry, old: &Session, form: &Form) -> Answer {
    let all = typed(caller, form, &entry.title).await?;
    let new = all.first().map(|row| row.session.clone()).ok_or_else(Problem::not_found)?;
    let moved = form.has("moved") && caller.role() == Role::HubManager;
    let version = form.text("version").parse().unwrap_or_default();
    let ids: (EventId, SessionId) = (entry.id, old.id);
    let change = async |journal: &mut Journal| -> Result<(), Problem> {
        let new = new.clone();
        let change = SessionChange {
            title: Some(new.title),
            starts_at: Some(new.starts_at),
            ends_at: Some(new.ends_at),
            place: Change(Some(new.place)),
            online_url: Change(Some(new.online_url)),
            speaker: Change(Some(new.speaker)),
            host_id: Change(Some(new.host_id)),
            moved,
        };
        organising::change_session(journal, &caller.person, ids, version, change).await?;
        Ok(())
    };
    if let Some(means) = means(caller, entry, Some(old), &new).filter(|_| !form.has("sure")) {
        // What would be refused is not asked about.
        caller.tried(&change).await.map_err(|problem| rows::at_rows(&problem, &all))?;
        return show(caller, Some(old), form.typed(), Some(means), form.pairs()).await;
    }
    let done = caller
        .write(form.bytes(), async |journal| {
            change(journal).await?;
            Ok(Reply::see(&format!("/events/{}/manage?done=saved", entry.id)))
        })
        .await;
    done.map_err(|problem| rows::at_rows(&problem, &all))
}

#[derive(Template)]
#[template(path = "pages/programme/session_call_off.html")]
struct CallOff {
    shell: Shell,
    filled: Filled,
    head: Head,
    session: String,
    title: String,
    when: String,
    held: i64,
    waiting: i64,
    sessions: usize,
    /// Whether it has begun, so that it can't be called off any more.
    begun: bool,
}

async fn ask_to_call_off(call: Call) -> Answer {
    sure(&call.allow()?, Filled::default()).await
}

async fn sure(caller: &Caller, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let (entry, session) = of_session(caller, &mut tx).await?;
    let all = sessions::of_event(&mut tx, caller.hub(), entry.id).await?.len();
    drop(tx);
    let view = CallOff {
        shell: Shell::of(caller, "Call the session off", way(caller.role())).await?,
        filled,
        head: Head::of(caller, &entry, "manage"),
        session: session.id.to_string(),
        title: session.title.as_str().to_owned(),
        when: words::span(session.starts_at, session.ends_at),
        held: entry.held,
        waiting: entry.waiting,
        sessions: all,
        begun: entry.state == State::Published && session.starts_at <= caller.now(),
    };
    page(caller, &view).await
}

#[derive(eserde::Deserialize)]
struct Reason {
    reason: Line,
}

async fn call_off(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match called_off(&caller, &form).await {
        Err(problem) => sure(&caller, form.again(problem)?).await,
        done => done,
    }
}

async fn called_off(caller: &Caller, form: &Form) -> Answer {
    let Reason { reason } = form.read()?;
    let ids: (EventId, SessionId) = (caller.id("id")?, caller.id("session")?);
    caller
        .write_keyed(form.bytes(), async |journal| {
            let (_, refund) = organising::call_off_session(journal, &caller.person, ids, &reason).await?;
            let done = if refund > Credits::ZERO { "session-off-refunded" } else { "session-off" };
            Ok(Reply::see(&format!("/events/{}/manage?done={done}", ids.0)))
        })
        .await
}
