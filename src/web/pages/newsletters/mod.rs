//! `/newsletters`: the issues of the hub's newsletter as pages; for the hub also the draft, edited and looked at as each of
//! its readers is sent it; and `/settings/newsletter`, when it is sent and to whom outside the hub.

mod editing;
mod labelled;
mod list;
mod one;
mod settings;

use crate::base::db::Tx;
use crate::news::{self, Newsletter};
use crate::web::call::Caller;
use crate::web::pages::router::Pages;
use crate::web::problem::Problem;
use crate::web::roles::{EVERYONE, HUB, MANAGER};

/// The way of which these pages are a part.
const HERE: &str = "/newsletters";

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/newsletters", EVERYONE, list::show);
    pages.get("/newsletters/{id}", EVERYONE, one::show);
    pages.get("/newsletters/{id}/gather", MANAGER, one::ask_to_gather);
    pages.post("/newsletters/{id}/gather", MANAGER, one::gather);
    pages.get("/newsletters/{id}/skip", MANAGER, one::ask_to_skip);
    pages.post("/newsletters/{id}/skip", MANAGER, one::skip);
    pages.get("/newsletters/{id}/send", MANAGER, one::ask_to_send);
    pages.post("/newsletters/{id}/send", MANAGER, one::send);
    pages.get("/newsletters/{id}/edit", MANAGER, editing::edit);
    pages.post("/newsletters/{id}/edit", MANAGER, editing::save);
    pages.get("/settings/newsletter", HUB, settings::show);
    pages.post("/settings/newsletter", MANAGER, settings::save);
    pages.post("/settings/newsletter/contacts", MANAGER, settings::add);
    pages.post("/settings/newsletter/contacts/{id}/remove", MANAGER, settings::remove);
}

/// The issue of the address, where the caller may see it.
async fn known(caller: &Caller, tx: &mut Tx) -> Result<Newsletter, Problem> {
    let issue = news::get(tx, caller.hub(), caller.id("id")?).await?;
    issue.filter(|issue| caller.sees_hub() || issue.is_out()).ok_or_else(Problem::not_found)
}

/// The page of an issue.
fn path(issue: &Newsletter) -> String {
    format!("{HERE}/{}", issue.id)
}
