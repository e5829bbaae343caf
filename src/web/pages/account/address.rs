//! `/account/address`: another address, which is theirs once they have opened the link to it.

use askama::Template;

use super::HERE;
use crate::base::text::Email;
use crate::members::people::addresses;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/account/address", EVERYONE, show);
    pages.post("/account/address", EVERYONE, ask);
}

#[derive(Template)]
#[template(path = "pages/account/address.html")]
struct Address {
    shell: Shell,
    filled: Filled,
    email: String,
    asked_for: Option<(String, String)>,
    /// Whether the service sends e-mail.
    sends: bool,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    form(&caller, Filled::default()).await
}

async fn form(caller: &Caller, filled: Filled) -> Answer {
    let pending = addresses::pending(&mut caller.read().await?, caller.hub(), caller.person.id, caller.now()).await?;
    let asked_for = pending.map(|it| (it.email.as_str().to_owned(), words::deadline(it.expires_at)));
    let email = caller.person.email.as_str().to_owned();
    let shell = Shell::of(caller, "Your e-mail address", HERE).await?;
    page(caller, &Address { shell, filled, email, asked_for, sends: caller.app().postbox.takes() }).await
}

#[derive(eserde::Deserialize)]
struct New {
    email: Email,
}

async fn ask(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let New { email } = match sent.read() {
        Ok(new) => new,
        Err(problem) => return form(&caller, sent.refused(&problem)).await,
    };
    let asked = caller.write(sent.bytes(), async |journal| {
        let secret = addresses::ask(journal, caller.person.id, &email).await?;
        caller.post_address(journal, caller.person.id, (&email, secret.as_str())).await?;
        Ok(Reply::see("/account/address?done=address-asked"))
    });
    match asked.await {
        Err(problem) => form(&caller, sent.again(problem)?).await,
        done => done,
    }
}
