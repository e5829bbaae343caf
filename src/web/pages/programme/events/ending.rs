//! How an event ends: completed, called off, or deleted as a draft. Each page says what it does, with the figures.

use std::fmt;

use askama::Template;

use super::manage::of_path;
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::EventId;
use crate::base::text::Line;
use crate::booking::bookings::{self, Filter, Shown, State as BookingState, What};
use crate::booking::{organising, registers};
use crate::ledger::{self, AccountName};
use crate::programme::programmes::attendance::Mark;
use crate::programme::programmes::catalogue::Entry;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form, Whole};
use crate::web::pages::labels::options;
use crate::web::pages::programme::head::{Head, way};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{MAKERS, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/events/{id}/complete", MANAGER, ask_to_complete);
    pages.post("/events/{id}/complete", MANAGER, complete);
    pages.get("/events/{id}/call-off", MANAGER, ask_to_call_off);
    pages.post("/events/{id}/call-off", MANAGER, call_off);
    pages.get("/events/{id}/delete", MAKERS, ask_to_delete);
    pages.post("/events/{id}/delete", MAKERS, delete);
}

/// What an event has taken and not yet paid on.
async fn taken(tx: &mut Tx, caller: &Caller, event: EventId) -> Result<Credits, Problem> {
    let account = ledger::account_named(tx, caller.hub(), AccountName::EventEscrow(event)).await?;
    Ok(account.map_or(Credits::ZERO, |account| account.balance))
}

/// How many bookings of an event are in a state.
async fn count(tx: &mut Tx, caller: &Caller, event: EventId, state: BookingState) -> Result<usize, Problem> {
    let filter = Filter { event: Some(event), state: Some(state), ..Filter::default() };
    let (mut count, mut after) = (0, None);
    loop {
        let page = bookings::list(tx, caller.hub(), filter, after, AT_ONCE).await?;
        count += page.len();
        match page.last() {
            Some(last) => after = Some(last.booking.id),
            None => return Ok(count),
        }
    }
}

/// How many bookings are read at a time.
const AT_ONCE: i64 = 500;

#[derive(Template)]
#[template(path = "pages/programme/event_complete.html")]
struct Complete {
    shell: Shell,
    filled: Filled,
    head: Head,
    provider: String,
    paid: String,
    /// How many attended by the registers as they are, and how many did not.
    attended: usize,
    no_show: usize,
    unnamed: usize,
    missing: usize,
    undecided: usize,
    waiting: i64,
    marks: Vec<(&'static str, &'static str)>,
    /// What is shown, as the form sends it back.
    shown: String,
}

/// What completing an event would come to, by its registers and its bookings as they are.
struct Standing {
    attended: usize,
    no_show: usize,
    unnamed: usize,
    missing: usize,
    undecided: usize,
    paid: Credits,
}

impl Standing {
    async fn of(tx: &mut Tx, caller: &Caller, event: EventId) -> Result<Standing, Problem> {
        let (mut attended, mut no_show, mut unnamed, mut after) = (0, 0, 0, 0);
        loop {
            let page = registers::of_event(tx, &caller.person, event, after, AT_ONCE).await?;
            let Some(last) = page.last() else { break };
            after = last.entry.line;
            for of in &page {
                match (of.entry.person_id, of.attended) {
                    (None, _) => unnamed += 1,
                    (Some(_), true) => attended += 1,
                    (Some(_), false) => no_show += 1,
                }
            }
        }
        let paid = taken(tx, caller, event).await?;
        let missing = registers::missing(tx, caller.hub(), event).await?;
        let undecided = count(tx, caller, event, BookingState::Requested).await?;
        Ok(Standing { attended, no_show, unnamed, missing, undecided, paid })
    }
}

/// As the form sends it back.
impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Standing { attended, no_show, unnamed, missing, undecided, paid } = self;
        write!(f, "{attended} {no_show} {unnamed} {missing} {undecided} {paid}")
    }
}

async fn ask_to_complete(call: Call) -> Answer {
    sure_to_complete(&call.allow()?, Filled::default()).await
}

async fn sure_to_complete(caller: &Caller, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let (entry, _) = of_path(caller, &mut tx).await?;
    let standing = Standing::of(&mut tx, caller, entry.id).await?;
    let shown = standing.to_string();
    let Standing { attended, no_show, unnamed, missing, undecided, paid } = standing;
    drop(tx);
    let view = Complete {
        shell: Shell::of(caller, "Complete the event", way(caller.role())).await?,
        filled,
        head: Head::of(caller, &entry, "manage"),
        provider: entry.provider.name.as_str().to_owned(),
        paid: words::credits(paid),
        attended,
        no_show,
        unnamed,
        missing,
        undecided,
        waiting: entry.waiting,
        marks: options::<Mark>(),
        shown,
    };
    page(caller, &view).await
}

#[derive(eserde::Deserialize)]
struct Unmarked {
    unmarked: Option<Mark>,
}

async fn complete(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match completed(&caller, &form).await {
        Err(problem) => sure_to_complete(&caller, form.again(problem)?).await,
        done => done,
    }
}

async fn completed(caller: &Caller, form: &Form) -> Answer {
    let (id, Unmarked { unmarked }): (EventId, _) = (caller.id("id")?, form.read()?);
    caller
        .write_keyed(form.bytes(), async |journal| {
            let event = organising::event(journal.tx(), &caller.person, id).await?.id;
            if Standing::of(journal.tx(), caller, event).await?.to_string() != form.text("shown") {
                return Err(bookings::Refusal::NotAsShown.into());
            }
            registers::complete(journal, event, unmarked).await?;
            Ok(Reply::see(&format!("/events/{id}/manage?done=completed")))
        })
        .await
}

#[derive(Template)]
#[template(path = "pages/programme/event_call_off.html")]
struct CallOff {
    shell: Shell,
    filled: Filled,
    head: Head,
    refund: String,
    confirmed: usize,
    undecided: usize,
    waiting: i64,
    /// What is shown, as the form sends it back.
    shown: String,
}

async fn ask_to_call_off(call: Call) -> Answer {
    sure_to_call_off(&call.allow()?, Filled::default()).await
}

async fn sure_to_call_off(caller: &Caller, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let (entry, _): (Entry, _) = of_path(caller, &mut tx).await?;
    let (refund, shown) = would_go_back(&mut tx, caller, entry.id).await?;
    let confirmed = count(&mut tx, caller, entry.id, BookingState::Confirmed).await?;
    let undecided = count(&mut tx, caller, entry.id, BookingState::Requested).await?;
    drop(tx);
    let view = CallOff {
        shell: Shell::of(caller, "Call the event off", way(caller.role())).await?,
        filled,
        head: Head::of(caller, &entry, "manage"),
        refund: words::credits(refund),
        confirmed,
        undecided,
        waiting: entry.waiting,
        shown,
    };
    page(caller, &view).await
}

/// What calling an event off would give back, and what is shown of it: nothing where it can't be called off.
async fn would_go_back(tx: &mut Tx, caller: &Caller, event: EventId) -> Result<(Credits, String), Problem> {
    // Who is told why is not asked yet, and changes nothing of what comes back.
    let Ok(reason) = Line::parse("?") else { return Ok((Credits::ZERO, String::new())) };
    let what = vec![What::CallOff { event, reason }];
    let foreseen = bookings::foresee(tx, (caller.hub(), caller.now()), caller.person.id, what).await?;
    let outcome = foreseen.into_iter().next().and_then(|foreseen| foreseen.outcome.ok()).unwrap_or_default();
    Ok((outcome.refund, Shown::of(&outcome).as_str().to_owned()))
}

#[derive(eserde::Deserialize)]
struct Reason {
    reason: Line,
}

async fn call_off(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match called_off(&caller, &form).await {
        Err(problem) => sure_to_call_off(&caller, form.again(problem)?).await,
        done => done,
    }
}

async fn called_off(caller: &Caller, form: &Form) -> Answer {
    let (id, Reason { reason }): (EventId, _) = (caller.id("id")?, form.read()?);
    caller
        .write_keyed(form.bytes(), async |journal| {
            let shown = Some(Shown::read(form.text("shown")));
            organising::call_off_event(journal, &caller.person, id, reason.clone(), shown).await?;
            Ok(Reply::see(&format!("/events/{id}/manage?done=called-off")))
        })
        .await
}

#[derive(Template)]
#[template(path = "pages/programme/event_delete.html")]
struct Delete {
    shell: Shell,
    filled: Filled,
    head: Head,
    version: i64,
}

async fn ask_to_delete(call: Call) -> Answer {
    sure_to_delete(&call.allow()?, Filled::default()).await
}

async fn sure_to_delete(caller: &Caller, filled: Filled) -> Answer {
    let (entry, event) = of_path(caller, &mut caller.read().await?).await?;
    let shell = Shell::of(caller, "Delete the draft", way(caller.role())).await?;
    let (head, version) = (Head::of(caller, &entry, "manage"), event.version);
    page(caller, &Delete { shell, filled, head, version }).await
}

#[derive(eserde::Deserialize)]
struct Version {
    version: Whole,
}

async fn delete(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match deleted(&caller, &form).await {
        Err(problem) => sure_to_delete(&caller, form.again(problem)?).await,
        done => done,
    }
}

async fn deleted(caller: &Caller, form: &Form) -> Answer {
    let (id, Version { version }): (EventId, _) = (caller.id("id")?, form.read()?);
    caller
        .write(form.bytes(), async |journal| {
            let programme = organising::event(journal.tx(), &caller.person, id).await?.programme_id;
            organising::discard_event(journal, &caller.person, id, version.0).await?;
            Ok(Reply::see(&format!("/programmes/{programme}?done=deleted")))
        })
        .await
}
