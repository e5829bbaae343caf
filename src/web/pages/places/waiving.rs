//! What a manager gives back beyond the policy, of what a place left with its event: for a reason such as illness.

use askama::Template;

use crate::base::credits::{Amount, Credits};
use crate::base::text::Line;
use crate::booking::bookings::What;
use crate::web::call::{Call, Caller};
use crate::web::desk::AtDesk;
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page, see};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::roles::MANAGER;
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/places/{id}/waive", MANAGER, ask);
    pages.post("/places/{id}/waive", MANAGER, waive);
}

#[derive(Template)]
#[template(path = "pages/places/waive.html")]
struct Waive {
    shell: Shell,
    filled: Filled,
    id: String,
    title: String,
    delegate: String,
    school: String,
    kept: String,
    /// The same, as the form sends it back.
    whole: String,
    ticket: bool,
}

async fn ask(call: Call) -> Answer {
    let caller = call.allow()?;
    shown(&caller, Filled::default()).await
}

async fn shown(caller: &Caller, filled: Filled) -> Answer {
    let view = seen::booking(caller, &mut caller.read().await?).await?;
    let template = Waive {
        shell: Shell::of(caller, "Give back what was kept", "/programmes").await?,
        filled,
        id: view.booking.id.to_string(),
        title: view.event_title.as_str().to_owned(),
        delegate: view.delegate().to_owned(),
        school: view.school_name.as_str().to_owned(),
        kept: words::credits(view.booking.held),
        whole: view.booking.held.to_string(),
        ticket: view.booking.ticket_id.is_some(),
    };
    page(caller, &template).await
}

#[derive(eserde::Deserialize)]
struct Fields {
    amount: Option<Amount>,
    /// What the event kept when the page was shown: no more and no less goes back where no amount is said.
    kept: Credits,
    reason: Line,
}

async fn waive(call: Call, desk: AtDesk, form: Form) -> Answer {
    let caller = call.allow()?;
    let booking = desk.id("id")?;
    let outcome = match form.read::<Fields>() {
        Ok(Fields { amount, kept, reason }) => {
            let amount = amount.map(Amount::credits).or(Some(kept).filter(|kept| !kept.is_zero()));
            desk.outcome(What::Waive { booking, amount, reason }, form.bytes()).await
        }
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(_) => Ok(see(&format!("/places/{booking}?done=waived"))),
        Err(problem) => shown(&caller, form.again(problem)?).await,
    }
}
