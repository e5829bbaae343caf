//! The secret link by which a calendar program reads somebody's places: made on request, shown once.

use std::cell::RefCell;

use askama::Template;

use crate::booking::calendars;
use crate::web::call::Call;
use crate::web::links::Calendars;
use crate::web::pages::form::Form;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.post("/places/calendar", EVERYONE, make);
    pages.post("/places/calendar/end", EVERYONE, end);
}

#[derive(Template)]
#[template(path = "pages/places/calendar.html")]
struct Feed {
    shell: Shell,
    links: Calendars,
}

/// Makes a link, which the page shows this once; a form that is sent again leads back.
async fn make(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let secret = RefCell::new(None);
    let answer = caller
        .write(sent.bytes(), async |journal| {
            secret.replace(Some(calendars::make_link(journal, caller.person.id).await?));
            Ok(Reply::see("/places?done=calendar-made"))
        })
        .await?;
    let Some(secret) = secret.into_inner() else { return Ok(answer) };
    let links = Calendars::of(caller.public_url(), &secret);
    let shell = Shell::of(&caller, "Your calendar link", "/places").await?;
    page(&caller, &Feed { shell, links }).await
}

async fn end(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    caller
        .write(form.bytes(), async |journal| {
            calendars::revoke_link(journal, caller.person.id).await?;
            Ok(Reply::see("/places?done=calendar-ended"))
        })
        .await
}
