//! The authenticator app that a hub asks its managers for: setting one up, or giving a code of it.

use std::cell::RefCell;

use actix_web::HttpResponse;
use askama::Template;

use crate::members::logins::{self, throttle, totp};
use crate::web::app::App;
use crate::web::call::{Call, Caller, unauthorized};
use crate::web::entering::app_codes::{count, issuer, login};
use crate::web::entering::onward::{next, next_of, via};
use crate::web::pages::app_setup::{Recovery, SetUp};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, open_page};
use crate::web::problem::{Answer, Code, Problem};
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/sign-in/app", EVERYONE, show);
    pages.post("/sign-in/app", EVERYONE, give);
    pages.post("/sign-in/app/set-up", EVERYONE, set_up);
    pages.post("/sign-in/app/confirm", EVERYONE, confirm);
}

#[derive(Template)]
#[template(path = "pages/entering/app.html")]
struct AppCode {
    shell: Shell,
    filled: Filled,
    next: String,
    is_on: bool,
    set_up: Option<SetUp>,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let next = next_of(caller.uri().query().unwrap_or_default());
    form(&caller, Filled::default(), &next).await
}

async fn form(caller: &Caller, filled: Filled, next: &str) -> Answer {
    let app: &App = caller.app();
    let login = logins::find(&mut caller.read().await?, &caller.person.email).await?;
    let is_on = login.as_ref().is_some_and(totp::is_on);
    let set_up = match &login {
        Some(login) => SetUp::of(totp::unconfirmed(&app.vault, login, &issuer(caller.public_url()))?)?,
        None => None,
    };
    let shell = Shell::for_anyone(app, caller.request(), "Your authenticator app").of_their_hub(caller).await?;
    let template = AppCode { shell, filled, next: next.to_owned(), is_on, set_up };
    open_page(app, caller.request(), &template.shell, &template)
}

#[derive(eserde::Deserialize)]
struct Given {
    code: String,
}

async fn give(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let next = next(Some(sent.text("next"))).to_owned();
    match verify(&caller, &sent, &next).await {
        Err(problem) if stays(&problem) => form(&caller, sent.refused(&problem), &next).await,
        outcome => outcome,
    }
}

async fn verify(caller: &Caller, sent: &Form, next: &str) -> Answer {
    let Given { code } = sent.read()?;
    let counted = count(caller).await?;
    let Some(session) = caller.session else {
        return Err(unauthorized(Code::SessionEnded, "the token belongs to no session"));
    };
    caller
        .write(sent.bytes(), async |journal| {
            let (login, now) = (login(caller, journal).await?, journal.now());
            totp::verify(journal.tx(), &caller.app().vault, &login, (&code, session), now).await?;
            throttle::forgive(journal.tx(), &counted).await?;
            Ok(Reply::see(next))
        })
        .await
}

/// The secret that is set up is shown by the page that follows, until a code confirms it.
async fn set_up(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let next = next(Some(sent.text("next"))).to_owned();
    let issuer = issuer(caller.public_url());
    caller
        .write(sent.bytes(), async |journal| {
            let login = login(&caller, journal).await?;
            totp::set_up(journal.tx(), &caller.app().vault, &login, &issuer).await?;
            Ok(Reply::see(&via("/sign-in/app", &next)))
        })
        .await
}

async fn confirm(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let next = next(Some(sent.text("next"))).to_owned();
    let codes = RefCell::new(None);
    let answer = match confirmed(&caller, &sent, &next, &codes).await {
        Err(problem) if stays(&problem) => return form(&caller, sent.refused(&problem), &next).await,
        outcome => outcome?,
    };
    recovery(&caller, codes.into_inner(), answer, &next).await
}

async fn confirmed(caller: &Caller, sent: &Form, next: &str, codes: &RefCell<Option<Vec<String>>>) -> Answer {
    let Given { code } = sent.read()?;
    let counted = count(caller).await?;
    caller
        .write(sent.bytes(), async |journal| {
            let (login, now) = (login(caller, journal).await?, journal.now());
            let vault = &caller.app().vault;
            let made = totp::confirm(journal.tx(), vault, &login, (&code, caller.session), now).await?;
            throttle::forgive(journal.tx(), &counted).await?;
            codes.replace(Some(made));
            Ok(Reply::see(next))
        })
        .await
}

/// The page with the recovery codes, which are shown this once; a form that is sent again leads on.
async fn recovery(caller: &Caller, codes: Option<Vec<String>>, answer: HttpResponse, next: &str) -> Answer {
    let Some(codes) = codes else { return Ok(answer) };
    let shell = Shell::for_anyone(caller.app(), caller.request(), "Your recovery codes").of_their_hub(caller).await?;
    let template = Recovery { shell, codes, next: next.to_owned() };
    open_page(caller.app(), caller.request(), &template.shell, &template)
}

/// Whether the form is shown again: what is wrong with it, or that somebody has to wait.
fn stays(problem: &Problem) -> bool {
    matches!(problem.code(), Code::InvalidRequest | Code::TooManyRequests | Code::InvalidTransition)
}
