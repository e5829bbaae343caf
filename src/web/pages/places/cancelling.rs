//! Cancelling a place: what comes back is shown first, and is what comes back, or nothing is done.

use askama::Template;

use super::acts;
use crate::base::db::Tx;
use crate::booking::bookings::{self, Quote, State, View, What};
use crate::programme::programmes::catalogue;
use crate::web::call::{Call, Caller};
use crate::web::desk::AtDesk;
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page, see};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::roles::AT_DESK;
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/places/{id}/cancel", AT_DESK, ask);
    pages.post("/places/{id}/cancel", AT_DESK, cancel);
}

#[derive(Template)]
#[template(path = "pages/places/cancel.html")]
struct Cancel {
    shell: Shell,
    filled: Filled,
    id: String,
    title: String,
    when: String,
    whose: Option<String>,
    state: State,
    /// Whether anybody waits for a place on the event.
    waiting: bool,
    costs: bool,
    ticket: bool,
    refund: String,
    all: bool,
    nothing: bool,
    kept: String,
    until: Option<String>,
    quote: String,
}

async fn ask(call: Call) -> Answer {
    let caller = call.allow()?;
    shown(&caller, Filled::default()).await
}

async fn shown(caller: &Caller, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let view = theirs(caller, &mut tx).await?;
    let entry = catalogue::get(&mut tx, caller.hub(), view.booking.event_id).await?.ok_or_else(Problem::not_found)?;
    drop(tx);
    let terms = bookings::cancellation_terms(&view, caller.now())?;
    let booking = &view.booking;
    let other = booking.person_id != Some(caller.person.id);
    let template = Cancel {
        shell: Shell::of(caller, "Cancel a place", "/places").await?,
        filled,
        id: booking.id.to_string(),
        title: view.event_title.as_str().to_owned(),
        when: words::held(view.starts_at, view.ends_at, view.sessions),
        whose: other.then(|| view.delegate().to_owned()),
        state: booking.state,
        waiting: entry.waiting > 0,
        costs: !booking.held.is_zero(),
        ticket: booking.ticket_id.is_some(),
        refund: words::credits(terms.refund),
        all: terms.refund == booking.held,
        nothing: terms.refund.is_zero(),
        kept: words::credits(booking.held - terms.refund),
        until: terms.until.map(words::deadline),
        quote: terms.quote().as_str(),
    };
    page(caller, &template).await
}

#[derive(eserde::Deserialize)]
struct Fields {
    quote: Quote,
}

async fn cancel(call: Call, desk: AtDesk, form: Form) -> Answer {
    let caller = call.allow()?;
    let booking = desk.id("id")?;
    let outcome = match form.read::<Fields>() {
        Ok(Fields { quote }) => {
            let what = What::Cancel { booking, dry_run: false, quote: Some(quote) };
            desk.outcome(what, form.bytes()).await
        }
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(_) => Ok(see(&format!("/places/{booking}?done=cancelled"))),
        Err(problem) => shown(&caller, form.again(problem)?).await,
    }
}

/// The booking of the path, where the caller may do something with it.
async fn theirs(caller: &Caller, tx: &mut Tx) -> Result<View, Problem> {
    let view = seen::booking(caller, tx).await?;
    if acts(caller, &view) { Ok(view) } else { Err(Problem::not_found()) }
}
