//! A person is disabled, after a look at what that ends, and enabled again.

use askama::Template;

use super::shown::{Open, Who, here};
use crate::base::credits::Credits;
use crate::booking::bookings::{self, State};
use crate::lifecycle::leaving;
use crate::lifecycle::quote::Quote;
use crate::members::people::{self, Person};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::{MANAGER, MANAGER_AND_LEADS};
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/people/{id}/disable", MANAGER_AND_LEADS, show);
    pages.post("/people/{id}/disable", MANAGER_AND_LEADS, disable);
    pages.post("/people/{id}/enable", MANAGER, enable);
}

#[derive(Template)]
#[template(path = "pages/people/disable.html")]
struct Disable {
    shell: Shell,
    filled: Filled,
    who: Who,
    ends: Vec<Open>,
    returned: String,
    stays: Vec<Open>,
    quote: String,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let person = seen::person(&caller, &mut caller.read().await?).await?;
    form(&caller, &person, Filled::default()).await
}

async fn form(caller: &Caller, person: &Person, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let open = bookings::open_of(&mut tx, caller.hub(), person.id).await?;
    let who = Who::of(&mut tx, caller, person).await?;
    drop(tx);
    let quote = leaving::quote(person.id, &open).as_str().to_owned();
    let (stays, ends): (Vec<_>, Vec<_>) = open.into_iter().partition(|booking| booking.state == State::Confirmed);
    let returned: Credits = ends.iter().map(|booking| booking.held).sum();
    let shell = Shell::of(caller, format!("Disable {}", person.name), here(caller)).await?;
    let returned = words::credits(returned);
    let disable = Disable { shell, filled, who, ends: Open::all(&ends), returned, stays: Open::all(&stays), quote };
    page(caller, &disable).await
}

#[derive(eserde::Deserialize)]
struct Agreed {
    quote: Quote,
}

async fn disable(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let done = caller
        .write(sent.bytes(), async |journal| {
            let person = seen::person(&caller, journal.tx()).await?;
            let Agreed { quote } = sent.read()?;
            let person = leaving::disable(journal, person.id, Some(&quote)).await?;
            Ok(Reply::see(&format!("/people/{}?done=person-disabled", person.id)))
        })
        .await;
    match done {
        Err(problem) => {
            let person = seen::person(&caller, &mut caller.read().await?).await?;
            form(&caller, &person, sent.again(problem)?).await
        }
        answer => answer,
    }
}

async fn enable(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    caller
        .write(sent.bytes(), async |journal| {
            let person = seen::person(&caller, journal.tx()).await?;
            let person = people::enable(journal, person.id).await?;
            Ok(Reply::see(&format!("/people/{}?done=person-enabled", person.id)))
        })
        .await
}
