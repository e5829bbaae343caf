//! `/account`: who somebody is here, and their name.

use askama::Template;

use super::HERE;
use crate::base::config::Way;
use crate::base::text::Line;
use crate::booking::{calendars, certificates};
use crate::members::logins::{self, totp};
use crate::members::people::addresses;
use crate::members::{partners, schools};
use crate::web::call::{Call, Caller};
use crate::web::entering::ways;
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::Labelled;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{EVERYONE, MANAGER_AND_LEADS};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/account", EVERYONE, show);
    pages.get("/account/name", MANAGER_AND_LEADS, show_name);
    pages.post("/account/name", MANAGER_AND_LEADS, rename);
}

#[derive(Template)]
#[template(path = "pages/account/account.html")]
struct Account {
    shell: Shell,
    name: String,
    email: String,
    asked_for: Option<String>,
    role: &'static str,
    place: Option<String>,
    hubs: usize,
    renames: bool,
    /// Who corrects their name, where they don't themselves.
    corrects: &'static str,
    password: bool,
    has_password: bool,
    app_since: Option<String>,
    sessions: usize,
    keys: bool,
    calendar_since: Option<String>,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let (mut tx, now, person) = (caller.read().await?, caller.now(), &caller.person);
    let school = match person.school_id {
        Some(school) => schools::get(&mut tx, caller.hub(), school).await?.map(|school| school.details.name),
        None => None,
    };
    let partner = match person.partner_id {
        Some(partner) => partners::get(&mut tx, caller.hub(), partner).await?.map(|partner| partner.name),
        None => None,
    };
    let pending = addresses::pending(&mut tx, caller.hub(), person.id, now).await?;
    let calendar = calendars::link(&mut tx, caller.hub(), person.id).await?;
    let login = logins::find(&mut tx, &person.email).await?;
    let (mut hubs, mut sessions) = (0, 0);
    if let Some(login) = &login {
        hubs = logins::memberships(&mut tx, login).await?.len();
        sessions = logins::sessions::all(&mut tx, login.id, now).await?.len();
    }
    drop(tx);
    let template = Account {
        shell: Shell::of(&caller, "Your account", HERE).await?,
        name: person.name.as_str().to_owned(),
        email: person.email.as_str().to_owned(),
        asked_for: pending.map(|pending| pending.email.as_str().to_owned()),
        role: person.role.label(),
        place: school.or(partner).map(|name| name.as_str().to_owned()),
        hubs,
        renames: may_rename(&caller),
        corrects: match person.school_id {
            Some(_) => "Your CPD lead or the hub corrects it.",
            None => "The hub corrects it.",
        },
        password: ways::is_open(caller.app(), Way::Password),
        has_password: login.as_ref().is_some_and(|login| login.password.is_some()),
        app_since: login.as_ref().filter(|it| totp::is_on(it)).and_then(|it| it.totp_confirmed_at).map(words::day_of),
        sessions,
        keys: may_rename(&caller),
        calendar_since: calendar.map(words::day_of),
    };
    page(&caller, &template).await
}

/// Managers and leads correct names, their own too, and make keys.
fn may_rename(caller: &Caller) -> bool {
    MANAGER_AND_LEADS.contains(&caller.role())
}

#[derive(Template)]
#[template(path = "pages/account/name.html")]
struct Name {
    shell: Shell,
    filled: Filled,
}

async fn show_name(call: Call) -> Answer {
    let caller = call.allow()?;
    name_page(&caller, name_of(&caller)).await
}

/// The name as it is, in the form.
fn name_of(caller: &Caller) -> Filled {
    let person = &caller.person;
    Filled::with([("name", person.name.as_str().to_owned()), ("version", person.version.to_string())])
}

async fn name_page(caller: &Caller, filled: Filled) -> Answer {
    page(caller, &Name { shell: Shell::of(caller, "Your name", HERE).await?, filled }).await
}

#[derive(eserde::Deserialize)]
struct New {
    name: Line,
}

async fn rename(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    match renamed(&caller, &sent).await {
        Err(problem) => name_page(&caller, sent.again(problem)?.beside(name_of(&caller))).await,
        outcome => outcome,
    }
}

async fn renamed(caller: &Caller, sent: &Form) -> Answer {
    let New { name } = sent.read()?;
    let version = sent.text("version").parse().map_err(|_| Problem::not_found())?;
    caller
        .write(sent.bytes(), async |journal| {
            certificates::rename(journal, caller.person.id, version, name.clone()).await?;
            Ok(Reply::see("/account?done=name-changed"))
        })
        .await
}
