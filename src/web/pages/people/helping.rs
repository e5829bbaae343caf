//! What a manager does so that somebody gets in: links and codes, each shown once.

use std::cell::RefCell;

use actix_web::HttpResponse;
use askama::Template;

use super::shown::{Who, here};
use crate::base::config::Way;
use crate::members::logins::links::{self, MadeBy, Purpose};
use crate::members::logins::{helping, totp};
use crate::members::people::{self, Role, addresses};
use crate::web::call::{Call, Caller};
use crate::web::entering::ways;
use crate::web::pages::form::Form;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Code, Problem};
use crate::web::reply::Reply;
use crate::web::roles::MANAGER;
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.post("/people/{id}/invite", MANAGER, invite);
    pages.post("/people/{id}/sign-in-code", MANAGER, code);
    pages.post("/people/{id}/reset", MANAGER, reset);
    pages.post("/people/{id}/email/link", MANAGER, address);
    pages.get("/people/{id}/app", MANAGER, show_app);
    pages.post("/people/{id}/app", MANAGER, remove_app);
}

/// What is shown once.
#[derive(Clone)]
struct Shown {
    what: &'static str,
    link: String,
    code: Option<String>,
    until: String,
}

#[derive(Template)]
#[template(path = "pages/people/once.html")]
struct Once {
    shell: Shell,
    who: Who,
    shown: Shown,
}

async fn invite(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let shown = RefCell::new(None);
    let done = caller
        .write(sent.bytes(), async |journal| {
            let person = seen::person(&caller, journal.tx()).await?;
            let secret = people::invite(journal, person.id).await?;
            caller.post_invitations(journal, &[(person.id, secret.as_str())]).await?;
            let link = format!("{}/invitation/{secret}", caller.public_url());
            shown.replace(Some(Shown { what: "invitation", link, code: None, until: "seven days".to_owned() }));
            Ok(Reply::see(&format!("/people/{}?done=link-made", person.id)))
        })
        .await;
    once(&caller, done, shown.into_inner()).await
}

async fn code(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    ways::open(caller.app(), Way::Code)?;
    let (shown, done) = made(&caller, &sent, Purpose::SignIn).await;
    once(&caller, done, shown).await
}

async fn reset(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    ways::open(caller.app(), Way::Password)?;
    let (shown, done) = made(&caller, &sent, Purpose::Reset).await;
    once(&caller, done, shown).await
}

/// Makes a link of this purpose for somebody who has signed in before.
async fn made(caller: &Caller, sent: &Form, purpose: Purpose) -> (Option<Shown>, Answer) {
    let (what, path) = match purpose {
        Purpose::SignIn => ("code", "sign-in/link"),
        Purpose::Reset => ("reset", "reset"),
    };
    let shown = RefCell::new(None);
    let done = caller
        .write(sent.bytes(), async |journal| {
            let person = seen::person(caller, journal.tx()).await?;
            let (login, now) = (helping::by_manager(journal, person.id).await?, journal.now());
            let made = links::make(journal.tx(), &caller.app().vault, &login, (purpose, MadeBy::Manager), None, now);
            let made = made.await?.ok_or_else(Problem::not_found)?;
            let link = format!("{}/{path}/{}", caller.public_url(), made.secret);
            shown.replace(Some(Shown { what, link, code: made.code, until: words::deadline(made.expires_at) }));
            Ok(Reply::see(&format!("/people/{}?done=link-made", person.id)))
        })
        .await;
    (shown.into_inner(), done)
}

async fn address(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let shown = RefCell::new(None);
    let done = caller
        .write(sent.bytes(), async |journal| {
            let person = seen::person(&caller, journal.tx()).await?;
            if person.role == Role::HubManager {
                let detail = "nobody vouches for a hub manager’s address but whoever runs the service";
                return Err(Problem::new(Code::Forbidden, detail));
            }
            let (hub, now) = (journal.hub(), journal.now());
            let pending =
                addresses::pending(journal.tx(), hub, person.id, now).await?.ok_or_else(Problem::not_found)?;
            let secret = addresses::ask(journal, person.id, &pending.email).await?;
            caller.post_address(journal, person.id, (&pending.email, secret.as_str())).await?;
            let link = format!("{}/v1/auth/addresses/{secret}", caller.public_url());
            shown.replace(Some(Shown { what: "address", link, code: None, until: "seven days".to_owned() }));
            Ok(Reply::see(&format!("/people/{}?done=link-made", person.id)))
        })
        .await;
    once(&caller, done, shown.into_inner()).await
}

/// The page that shows it, as the answer to the form: nothing keeps it. A form that is sent again leads to the person.
async fn once(caller: &Caller, done: Result<HttpResponse, Problem>, shown: Option<Shown>) -> Answer {
    let done = done?;
    let Some(shown) = shown else { return Ok(done) };
    let mut tx = caller.read().await?;
    let person = seen::person(caller, &mut tx).await?;
    let who = Who::of(&mut tx, caller, &person).await?;
    drop(tx);
    let shell = Shell::of(caller, format!("For {}", person.name), here(caller)).await?;
    page(caller, &Once { shell, who, shown }).await
}

#[derive(Template)]
#[template(path = "pages/people/app.html")]
struct App {
    shell: Shell,
    who: Who,
}

async fn show_app(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let person = seen::person(&caller, &mut tx).await?;
    let who = Who::of(&mut tx, &caller, &person).await?;
    drop(tx);
    let shell = Shell::of(&caller, format!("Authenticator app of {}", person.name), here(&caller)).await?;
    page(&caller, &App { shell, who }).await
}

async fn remove_app(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    caller
        .write(sent.bytes(), async |journal| {
            let person = seen::person(&caller, journal.tx()).await?;
            let login = helping::by_manager(journal, person.id).await?;
            totp::remove(journal.tx(), login.id).await?;
            Ok(Reply::see(&format!("/people/{}?done=app-removed", person.id)))
        })
        .await
}
