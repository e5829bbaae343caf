//! The answer to a place that came free and is offered to somebody in the line.

use crate::booking::bookings::{State, What};
use crate::web::call::Call;
use crate::web::desk::AtDesk;
use crate::web::files::internal;
use crate::web::pages::form::Form;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::see;
use crate::web::problem::Answer;
use crate::web::roles::AT_DESK;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.post("/places/{id}/accept", AT_DESK, accept);
    pages.post("/places/{id}/decline", AT_DESK, decline);
}

#[derive(serde::Deserialize)]
struct Now {
    state: State,
}

async fn accept(call: Call, desk: AtDesk, form: Form) -> Answer {
    call.allow()?;
    let booking = desk.id("id")?;
    let stored = desk.outcome(What::AcceptOffer(booking), form.bytes()).await?;
    let now: Now = serde_json::from_str(&stored.body).map_err(|error| internal(&error))?;
    let done = if now.state == State::Requested { "requested" } else { "booked" };
    Ok(see(&format!("/places/{booking}?done={done}")))
}

async fn decline(call: Call, desk: AtDesk, form: Form) -> Answer {
    call.allow()?;
    let booking = desk.id("id")?;
    desk.outcome(What::DeclineOffer(booking), form.bytes()).await?;
    Ok(see(&format!("/places/{booking}?done=offer-declined")))
}
