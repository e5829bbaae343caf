//! What a manager does so that somebody gets in: links and codes, each shown once.

use std::cell::RefCell;

use actix_web::HttpResponse;
use askama::Template;

use super::shown::{Who, here};
use crate::base::config::Way;
use crate::ledger::Journal;
use crate::members::logins::links::{self, MadeBy, Purpose};
use crate::members::logins::{helping, totp};
use crate::members::people::{self, NewPerson, Person, Role, addresses};
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
    person: Person,
    what: &'static str,
    link: String,
    code: Option<String>,
    until: String,
    /// The address that it goes to by e-mail, too.
    emailed: Option<String>,
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
            let to = format!("/people/{}?done=link-made", person.id);
            shown.replace(Some(invitation(&caller, journal, person).await?));
            Ok(Reply::see(&to))
        })
        .await;
    once(&caller, done, shown.into_inner()).await
}

/// Invites somebody who has not signed in: by a letter as well, where the service sends e-mail.
async fn invitation(caller: &Caller, journal: &mut Journal, person: Person) -> Result<Shown, Problem> {
    let secret = people::invite(journal, person.id).await?;
    caller.post_invitations(journal, &[(person.id, secret.as_str())]).await?;
    let emailed = caller.app().postbox.takes().then(|| person.email.to_string());
    let link = format!("{}/invitation/{secret}", caller.public_url());
    Ok(Shown { person, what: "invitation", link, code: None, until: "seven days".to_owned(), emailed })
}

/// Adds somebody, whom a manager may invite at once. Where the service sends e-mail, the link goes to them and is shown to
/// nobody; elsewhere the answer shows it once.
pub(in crate::web::pages) async fn add(caller: &Caller, sent: &Form, new: NewPerson, invites: bool) -> Answer {
    let (shown, sends) = (RefCell::new(None), caller.app().postbox.takes());
    let done = caller
        .write(sent.bytes(), async |journal| {
            let person = people::create(journal, new.clone()).await?;
            let id = person.id;
            let done = match (invites, sends) {
                (false, _) => "person-added",
                (true, false) => "link-made",
                (true, true) => "person-invited",
            };
            if invites {
                shown.replace(Some(invitation(caller, journal, person).await?));
            }
            Ok(Reply::see(&format!("/people/{id}?done={done}")))
        })
        .await;
    once(caller, done, shown.into_inner().filter(|_| !sends)).await
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
            let (to, until) = (format!("/people/{}?done=link-made", person.id), words::deadline(made.expires_at));
            shown.replace(Some(Shown { person, what, link, code: made.code, until, emailed: None }));
            Ok(Reply::see(&to))
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
            let emailed = caller.app().postbox.takes().then(|| pending.email.to_string());
            let (to, until) = (format!("/people/{}?done=link-made", person.id), "seven days".to_owned());
            shown.replace(Some(Shown { person, what: "address", link, code: None, until, emailed }));
            Ok(Reply::see(&to))
        })
        .await;
    once(&caller, done, shown.into_inner()).await
}

/// The page that shows it, as the answer to the form: nothing keeps it. A form that is sent again leads to the person.
async fn once(caller: &Caller, done: Result<HttpResponse, Problem>, shown: Option<Shown>) -> Answer {
    let done = done?;
    let Some(shown) = shown else { return Ok(done) };
    let mut tx = caller.read().await?;
    let who = Who::of(&mut tx, caller, &shown.person).await?;
    drop(tx);
    let shell = Shell::of(caller, format!("For {}", shown.person.name), here(caller)).await?;
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
            let now = journal.now();
            totp::remove(journal.tx(), &login, now).await?;
            Ok(Reply::see(&format!("/people/{}?done=app-removed", person.id)))
        })
        .await
}
