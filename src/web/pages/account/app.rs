//! `/account/app`: the authenticator app and its recovery codes.

use std::cell::RefCell;

use askama::Template;

use super::HERE;
use crate::members::logins::{self, throttle, totp};
use crate::web::call::{Call, Caller};
use crate::web::entering::app_codes::{count, login};
use crate::web::pages::app_setup::Recovery;
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Code};
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/account/app", EVERYONE, show);
    pages.post("/account/app/codes", EVERYONE, new_codes);
    pages.post("/account/app/remove", EVERYONE, remove);
}

#[derive(Template)]
#[template(path = "pages/account/app.html")]
struct OwnApp {
    shell: Shell,
    filled: Filled,
    since: Option<String>,
    left: i64,
    removes: bool,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let removes = caller.uri().query() == Some("remove");
    form(&caller, Filled::default(), removes).await
}

async fn form(caller: &Caller, filled: Filled, removes: bool) -> Answer {
    let mut tx = caller.read().await?;
    let login = logins::find(&mut tx, &caller.person.email).await?;
    let left = match &login {
        Some(login) => totp::recovery_codes_left(&mut tx, login.id).await?,
        None => 0,
    };
    drop(tx);
    let since = login.as_ref().filter(|it| totp::is_on(it)).and_then(|it| it.totp_confirmed_at).map(words::day_of);
    let shell = Shell::of(caller, "Your authenticator app", HERE).await?;
    page(caller, &OwnApp { shell, filled, since, left, removes }).await
}

#[derive(eserde::Deserialize)]
struct Given {
    code: String,
}

/// New recovery codes, which the page shows this once; a form that is sent again leads back.
async fn new_codes(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let codes = RefCell::new(None);
    let answer = match made(&caller, &sent, &codes).await {
        Err(problem) if stays(problem.code()) => return form(&caller, sent.refused(&problem), false).await,
        outcome => outcome?,
    };
    let Some(codes) = codes.into_inner() else { return Ok(answer) };
    let shell = Shell::of(&caller, "Your recovery codes", HERE).await?;
    page(&caller, &Recovery { shell, codes, next: "/account/app".to_owned() }).await
}

async fn made(caller: &Caller, sent: &Form, codes: &RefCell<Option<Vec<String>>>) -> Answer {
    let Given { code } = sent.read()?;
    let counted = count(caller).await?;
    caller
        .write(sent.bytes(), async |journal| {
            let (login, now) = (login(caller, journal).await?, journal.now());
            totp::take(journal.tx(), &caller.app().vault, &login, &code, now).await?;
            let made = totp::new_recovery_codes(journal.tx(), login.id, now).await?;
            throttle::forgive(journal.tx(), &counted).await?;
            codes.replace(Some(made));
            Ok(Reply::see("/account/app?done=codes-made"))
        })
        .await
}

async fn remove(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    match removed(&caller, &sent).await {
        Err(problem) if stays(problem.code()) => form(&caller, sent.refused(&problem), true).await,
        outcome => outcome,
    }
}

async fn removed(caller: &Caller, sent: &Form) -> Answer {
    let Given { code } = sent.read()?;
    let counted = count(caller).await?;
    caller
        .write(sent.bytes(), async |journal| {
            let (login, now) = (login(caller, journal).await?, journal.now());
            totp::take(journal.tx(), &caller.app().vault, &login, &code, now).await?;
            totp::remove(journal.tx(), &login, now).await?;
            throttle::forgive(journal.tx(), &counted).await?;
            Ok(Reply::see("/account?done=app-removed"))
        })
        .await
}

/// Whether the form is shown again.
fn stays(code: Code) -> bool {
    matches!(code, Code::InvalidRequest | Code::TooManyRequests | Code::InvalidTransition)
}
