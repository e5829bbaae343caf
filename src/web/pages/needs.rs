//! My access and dietary needs. Nothing of what is written here is kept with the form that brought it.

use askama::Template;

use super::form::{Filled, Form};
use super::router::Pages;
use super::shell::{Shell, page};
use super::words;
use crate::base::text::Prose;
use crate::booking::needs;
use crate::web::call::{Call, Caller};
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/needs", EVERYONE, show);
    pages.post("/needs", EVERYONE, write);
    pages.post("/needs/remove", EVERYONE, remove);
}

#[derive(Template)]
#[template(path = "pages/needs.html")]
struct Needs {
    shell: Shell,
    filled: Filled,
    written: Option<String>,
    unreadable: bool,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    shown(&caller, None).await
}

async fn shown(caller: &Caller, refused: Option<Filled>) -> Answer {
    let mut tx = caller.read().await?;
    let (found, unreadable) = match needs::get(&mut tx, caller.vault(), caller.hub(), caller.person.id).await {
        Ok(found) => (found, false),
        Err(needs::Error::Sealed(_)) => (None, true),
        Err(error @ needs::Error::Database(_)) => return Err(error.into()),
    };
    drop(tx);
    let text = |words: &Option<Prose>| words.as_ref().map_or("", Prose::as_str).to_owned();
    let of = |needs: &needs::Needs| Filled::with([("access", text(&needs.access)), ("dietary", text(&needs.dietary))]);
    let template = Needs {
        shell: Shell::of(caller, "My access needs", "/places").await?,
        filled: refused.or_else(|| found.as_ref().map(of)).unwrap_or_default(),
        written: found.map(|needs| words::day_of(needs.written_at)),
        unreadable,
    };
    page(caller, &template).await
}

#[derive(eserde::Deserialize)]
struct Fields {
    access: Option<Prose>,
    dietary: Option<Prose>,
}

async fn write(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let outcome = match form.read::<Fields>().map_err(Problem::without_values) {
        Ok(Fields { access, dietary }) => {
            caller
                .write(&[], async |journal| {
                    needs::write(journal, caller.vault(), caller.person.id, access.clone(), dietary.clone()).await?;
                    Ok(Reply::see("/needs?done=needs-written"))
                })
                .await
        }
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(answer) => Ok(answer),
        Err(problem) => shown(&caller, Some(form.again(problem)?)).await,
    }
}

async fn remove(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    caller
        .write(form.bytes(), async |journal| {
            needs::remove(journal, caller.person.id).await?;
            Ok(Reply::see("/needs?done=needs-removed"))
        })
        .await
}
