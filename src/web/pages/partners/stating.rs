//! Making a statement of what a partner has earned up to a day: first what would be on it, then the button.

use askama::Template;

use super::labelled::pounds;
use super::partner::{balance, found};
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::text::Day;
use crate::credits::settlements;
use crate::ledger::AccountName;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form, Whole, query};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::plain;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::MANAGER;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/partners/{id}/settle", MANAGER, ask);
    pages.post("/partners/{id}/settle", MANAGER, make);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    up_to: Option<Day>,
}

#[derive(Template)]
#[template(path = "pages/partners/settle.html")]
struct Page {
    shell: Shell,
    filled: Filled,
    path: String,
    name: String,
    owed: String,
    day: Option<String>,
    would_be: Option<(String, String)>,
    /// The same, as the form sends it back.
    shown: Option<(Credits, i64)>,
    nothing: Option<String>,
}

async fn ask(call: Call) -> Answer {
    let caller = call.allow()?;
    let asked = query::<Query>(caller.uri());
    match asked {
        Ok(Query { up_to }) => settle_page(&caller, Filled::default(), up_to).await,
        Err(problem) => settle_page(&caller, Form::default().again(problem)?, None).await,
    }
}

async fn settle_page(caller: &Caller, filled: Filled, up_to: Option<Day>) -> Answer {
    let today = london_date(caller.now());
    let mut tx = caller.read().await?;
    let partner = found(caller, &mut tx).await?;
    let owed = balance(caller, &mut tx, AccountName::Payable(partner.id)).await?;
    let preview = match up_to {
        Some(Day(up_to)) => {
            Some(settlements::preview(&mut tx, caller.hub(), partner.id, (up_to, today)).await.map_err(Problem::from))
        }
        None => None,
    };
    drop(tx);
    let shown = preview.as_ref().and_then(|preview| preview.as_ref().ok()).copied();
    let (would_be, nothing) = match preview {
        Some(Ok((credits, pence))) => (Some((words::credits(credits), pounds(pence))), None),
        Some(Err(problem)) if problem.code().status().is_client_error() => (None, Some(plain::said(problem.detail()))),
        Some(Err(problem)) => return Err(problem),
        None => (None, None),
    };
    let day = up_to.map_or(today, |day| day.0);
    let template = Page {
        shell: Shell::of(caller, "Make a statement", "/partners").await?,
        filled: if filled.refused() { filled } else { Filled::with([("up_to", day.to_string())]) },
        path: format!("/partners/{}", partner.id),
        name: partner.name.as_str().to_owned(),
        owed: words::credits(owed),
        day: up_to.map(|day| words::day(day.0)),
        would_be,
        shown,
        nothing,
    };
    page(caller, &template).await
}

#[derive(eserde::Deserialize)]
struct Fields {
    up_to: Day,
    /// What the page has shown of it.
    credits: Credits,
    pence: Whole,
}

async fn make(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let (Fields { up_to, credits, pence }, partner) = (form.read()?, caller.id("id")?);
        caller
            .write_keyed(form.bytes(), async |journal| {
                let stated = settlements::make(journal, partner, up_to.0, Some((credits, pence.0))).await?;
                Ok(Reply::see(&format!("/settlements/{}?done=stated", stated.id)))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => {
            let up_to = form.read::<Fields>().ok().map(|fields| fields.up_to);
            settle_page(&caller, form.again(problem)?, up_to).await
        }
    }
}
