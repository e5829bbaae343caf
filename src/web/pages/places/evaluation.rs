//! What a delegate thought of an event: given once, and changed for some days.

use askama::Template;

use crate::base::db::Tx;
use crate::base::ids::BookingId;
use crate::base::text::{Change, Prose};
use crate::booking::bookings::{State, View};
use crate::booking::evaluations::{self, CHANGEABLE_DAYS, Evaluation, Rating};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form, Whole};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/places/{id}/evaluation", EVERYONE, show);
    pages.post("/places/{id}/evaluation", EVERYONE, give);
}

#[derive(Template)]
#[template(path = "pages/places/evaluation.html")]
struct Sheet {
    shell: Shell,
    filled: Filled,
    id: String,
    title: String,
    when: String,
    version: Option<i64>,
    given: Option<String>,
    changeable_until: Option<String>,
    days: i64,
    required: bool,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    shown(&caller, None).await
}

async fn shown(caller: &Caller, refused: Option<Filled>) -> Answer {
    let mut tx = caller.read().await?;
    let view = attended(caller, &mut tx).await?;
    let (hub, booking) = (caller.hub(), &view.booking);
    let given = evaluations::get(&mut tx, hub, booking.id, caller.person.id).await?;
    let required = evaluations::required(&mut tx, hub, booking.event_id).await?;
    drop(tx);
    let filled = refused.or_else(|| given.as_ref().map(of)).unwrap_or_default();
    let until = given.as_ref().map(Evaluation::changeable_until).filter(|until| *until > caller.now());
    let template = Sheet {
        shell: Shell::of(caller, "What did you think of it?", "/places").await?,
        filled,
        id: booking.id.to_string(),
        title: view.event_title.as_str().to_owned(),
        when: words::held(view.starts_at, view.ends_at, view.sessions),
        version: given.as_ref().map(|given| given.version),
        given: given.as_ref().map(|given| words::day_of(given.given_at)),
        changeable_until: until.map(words::deadline),
        days: CHANGEABLE_DAYS,
        required,
    };
    page(caller, &template).await
}

/// What was given, as it stands in the form.
fn of(given: &Evaluation) -> Filled {
    let rating = serde_json::to_string(&given.rating).unwrap_or_default();
    Filled::with([("rating", rating), ("comment", given.comment.as_ref().map_or("", Prose::as_str).to_owned())])
}

#[derive(eserde::Deserialize)]
struct Fields {
    rating: Whole,
    comment: Option<Prose>,
    version: Option<Whole>,
}

async fn give(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let (booking, me): (BookingId, _) = (caller.id("id")?, caller.person.id);
    let read = form.read::<Fields>().and_then(|fields| {
        let rating = Rating::new(fields.rating.0).map_err(|wrong| Problem::field("/rating", "invalid", wrong))?;
        Ok((rating, fields.comment, fields.version))
    });
    let outcome = match read {
        Ok((rating, comment, version)) => {
            caller
                .write(form.bytes(), async |journal| {
                    match version {
                        Some(Whole(version)) => {
                            let comment = Change(Some(comment.clone()));
                            evaluations::change(journal, booking, me, version, Some(rating), comment).await?
                        }
                        None => evaluations::give(journal, booking, me, rating, comment.clone()).await?,
                    };
                    Ok(Reply::see(&format!("/places/{booking}?done=evaluated")))
                })
                .await
        }
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(answer) => Ok(answer),
        Err(problem) => shown(&caller, Some(form.again(problem)?)).await,
    }
}

/// The booking of the path, where the caller attended by it.
async fn attended(caller: &Caller, tx: &mut Tx) -> Result<View, Problem> {
    let view = seen::booking(caller, tx).await?;
    let theirs = view.booking.person_id == Some(caller.person.id) && view.booking.state == State::Attended;
    if theirs { Ok(view) } else { Err(Problem::not_found()) }
}
