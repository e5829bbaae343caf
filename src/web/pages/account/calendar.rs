//! `/account/calendar`: the secret link by which a calendar program reads somebody's places.

use std::cell::RefCell;

use askama::Template;

use super::HERE;
use crate::booking::calendars;
use crate::web::call::{Call, Caller};
use crate::web::links::Calendars;
use crate::web::pages::form::Form;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/account/calendar", EVERYONE, show);
    pages.post("/account/calendar", EVERYONE, make);
    pages.post("/account/calendar/revoke", EVERYONE, revoke);
}

#[derive(Template)]
#[template(path = "pages/account/calendar.html")]
struct Calendar {
    shell: Shell,
    since: Option<String>,
    made: Option<Calendars>,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    shown(&caller, None).await
}

async fn shown(caller: &Caller, made: Option<Calendars>) -> Answer {
    let since = calendars::link(&mut caller.read().await?, caller.hub(), caller.person.id).await?.map(words::day_of);
    page(caller, &Calendar { shell: Shell::of(caller, "Your calendar link", HERE).await?, since, made }).await
}

/// Makes a link, which the page shows this once; a form that is sent again leads back.
async fn make(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let made = RefCell::new(None);
    let answer = caller
        .write(sent.bytes(), async |journal| {
            let secret = calendars::make_link(journal, caller.person.id).await?;
            made.replace(Some(Calendars::of(caller.public_url(), &secret)));
            Ok(Reply::see("/account/calendar?done=calendar-made"))
        })
        .await?;
    match made.into_inner() {
        Some(made) => shown(&caller, Some(made)).await,
        None => Ok(answer),
    }
}

async fn revoke(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    caller
        .write(sent.bytes(), async |journal| {
            calendars::revoke_link(journal, caller.person.id).await?;
            Ok(Reply::see("/account/calendar?done=calendar-revoked"))
        })
        .await
}
