//! Who comes on a place: named for one that was reserved, or instead of somebody else.

use askama::Template;

use super::choices::{self, Choices, Finding, here};
use super::clashes;
use crate::base::db::Tx;
use crate::base::ids::{BookingId, PersonId};
use crate::booking::bookings::{self, View, What};
use crate::members::people::Role;
use crate::web::call::{Call, Caller};
use crate::web::desk::AtDesk;
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page, see};
use crate::web::pages::words;
use crate::web::problem::{Answer, Code, Problem};
use crate::web::roles::AT_DESK;
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/places/{id}/name", AT_DESK, show);
    pages.post("/places/{id}/name", AT_DESK, name);
    pages.get("/places/{id}/substitute", AT_DESK, show);
    pages.post("/places/{id}/substitute", AT_DESK, substitute);
}

#[derive(Template)]
#[template(path = "pages/school/delegate.html")]
struct Delegate {
    shell: Shell,
    filled: Filled,
    action: String,
    back: String,
    event: String,
    event_path: String,
    when: String,
    /// Who has the place; none where nobody is named yet.
    has: Option<String>,
    names_by: Option<String>,
    starts: String,
    people: Choices,
    finding: Finding,
    clash: bool,
}

#[derive(eserde::Deserialize)]
struct Fields {
    person_id: PersonId,
    allow_clash: Option<String>,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    form(&caller, Filled::default(), false).await
}

async fn name(call: Call, desk: AtDesk, sent: Form) -> Answer {
    let caller = call.allow()?;
    let what = |booking, delegate, allow_clash| What::Name { booking, delegate, allow_clash };
    put(&caller, &desk, &sent, what, "named").await
}

async fn substitute(call: Call, desk: AtDesk, sent: Form) -> Answer {
    let caller = call.allow()?;
    let what = |booking, delegate, allow_clash| What::Substitute { booking, delegate, allow_clash };
    put(&caller, &desk, &sent, what, "substituted").await
}

async fn put(
    caller: &Caller,
    desk: &AtDesk,
    sent: &Form,
    what: impl Fn(BookingId, PersonId, bool) -> What,
    done: &str,
) -> Answer {
    let back = back(caller, &seen_by(caller, &mut caller.read().await?).await?);
    let booking: BookingId = caller.id("id")?;
    let asked = match sent.read::<Fields>() {
        Ok(Fields { person_id, allow_clash }) => what(booking, person_id, allow_clash.is_some()),
        Err(problem) => return form(caller, sent.again(problem)?, false).await,
    };
    match desk.outcome(asked.clone(), sent.bytes()).await {
        Ok(_) if done == "named" => Ok(see(&format!("{}?done={done}", still_unnamed(caller, back).await?))),
        Ok(_) => Ok(see(&format!("{back}?done={done}"))),
        Err(problem) if problem.code() == Code::Clash => {
            let why = overlap(caller, asked).await?;
            form(caller, sent.refused(&Problem::field("/person_id", "clash", why)), true).await
        }
        Err(problem) => form(caller, sent.again(problem)?, false).await,
    }
}

/// What whoever is to have the place has at the same time, and where to say that it does not matter.
async fn overlap(caller: &Caller, asked: What) -> Result<String, Problem> {
    let mut tx = caller.read().await?;
    let foreseen = bookings::foresee(&mut tx, (caller.hub(), caller.now()), caller.person.id, vec![asked]).await?;
    let refusal = foreseen.into_iter().next().and_then(|foreseen| foreseen.outcome.err());
    let why = match refusal {
        Some(refusal) => clashes::why(caller, &mut tx, refusal).await?,
        None => "has something else at the same time".to_owned(),
    };
    Ok(format!("Whoever you chose {why}. Tick the box below if they are to have the place all the same."))
}

/// The booking of the path, for those who decide for its school.
async fn seen_by(caller: &Caller, tx: &mut Tx) -> Result<View, Problem> {
    seen::decides(caller, tx).await?;
    let view = bookings::get(tx, caller.hub(), caller.id("id")?).await?;
    view.filter(|view| caller.sees_school(view.booking.school_id)).ok_or_else(Problem::not_found)
}

/// Where they go on: a deputy has no list of the school's bookings.
fn back(caller: &Caller, view: &View) -> String {
    match caller.role() {
        Role::Teacher => "/approvals".to_owned(),
        _ => format!("/schools/{}/bookings", view.booking.school_id),
    }
}

/// Where they go on after a name: to the places of the school that still lack one, where there are any.
async fn still_unnamed(caller: &Caller, back: String) -> Result<String, Problem> {
    let mut tx = caller.read().await?;
    let school = seen_by(caller, &mut tx).await?.booking.school_id;
    let more = !bookings::unnamed(&mut tx, caller.hub(), school, 1).await?.is_empty();
    Ok(if more && caller.role() != Role::Teacher { format!("/schools/{school}/places") } else { back })
}

async fn form(caller: &Caller, filled: Filled, clash: bool) -> Answer {
    let mut tx = caller.read().await?;
    let view = seen_by(caller, &mut tx).await?;
    let mut people = choices::of_people(&mut tx, caller, view.booking.school_id).await?;
    drop(tx);
    people.people.retain(|(id, _)| view.booking.person_id.is_none_or(|person| *id != person.to_string()));
    let named = view.booking.person_id.is_some();
    let word = if named { "substitute" } else { "name" };
    let title = if named { "Let somebody else take the place" } else { "Name somebody" };
    let delegate = Delegate {
        shell: Shell::of(caller, title, here(caller)).await?,
        filled,
        action: format!("/places/{}/{word}", view.booking.id),
        back: back(caller, &view),
        event: view.event_title.to_string(),
        event_path: format!("/events/{}", view.booking.event_id),
        when: words::held(view.starts_at, view.ends_at, view.sessions),
        has: view.person_name.as_ref().map(|name| name.to_string()),
        names_by: view.booking.names_by.filter(|_| !named).map(words::day),
        starts: words::moment(view.starts_at),
        finding: people.on(&format!("/places/{}/{word}", view.booking.id), ""),
        people: people.people,
        clash,
    };
    page(caller, &delegate).await
}
