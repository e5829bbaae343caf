//! `/account/password`: another password.

use askama::Template;

use super::HERE;
use crate::base::config::Way;
use crate::members::logins;
use crate::members::logins::passwords::Password;
use crate::web::call::{Call, Caller};
use crate::web::entering::{own_password, ways};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::{Answer, Code, Problem};
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/account/password", EVERYONE, show);
    pages.post("/account/password", EVERYONE, change);
}

#[derive(Template)]
#[template(path = "pages/account/password.html")]
struct Change {
    shell: Shell,
    filled: Filled,
    email: String,
    has_one: bool,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    ways::open(caller.app(), Way::Password)?;
    form(&caller, Filled::default()).await
}

async fn form(caller: &Caller, filled: Filled) -> Answer {
    let login = logins::find(&mut caller.read().await?, &caller.person.email).await?;
    let has_one = login.is_some_and(|login| login.password.is_some());
    let title = if has_one { "Change your password" } else { "Set a password" };
    let shell = Shell::of(caller, title, HERE).await?;
    page(caller, &Change { shell, filled, email: caller.person.email.as_str().to_owned(), has_one }).await
}

async fn change(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    match changed(&caller, &sent).await {
        Err(problem) if matches!(problem.code(), Code::InvalidRequest | Code::TooManyRequests) => {
            form(&caller, sent.refused(&problem)).await
        }
        outcome => outcome,
    }
}

/// A password is taken as it was typed, spaces and all.
async fn changed(caller: &Caller, sent: &Form) -> Answer {
    let typed = |name: &str| match sent.text(name) {
        "" => Ok(None),
        text => {
            Password::parse(text).map(Some).map_err(|reason| Problem::field(&format!("/{name}"), "invalid", reason))
        }
    };
    let (current, new) = (typed("current")?, typed("new")?);
    let new = new.ok_or_else(|| Problem::field("/new", "missing", "Choose a password"))?;
    own_password::change(caller, current.as_ref(), &new, Reply::see("/account?done=password-set")).await
}
