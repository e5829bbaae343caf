//! The statements of what partners have earned, for the hub.

use askama::Template;

use super::partner::StatementRow;
use crate::base::ids::PartnerId;
use crate::credits::settlements::{self, Filter, State};
use crate::members::partners;
use crate::web::call::Call;
use crate::web::pages::form::Filled;
use crate::web::pages::labels::options;
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::Answer;
use crate::web::reply::{Limit, next_page};
use crate::web::roles::HUB;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/settlements", HUB, list);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    partner_id: Option<PartnerId>,
    state: Option<State>,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/partners/settlements.html")]
struct List {
    shell: Shell,
    filled: Filled,
    partners: Vec<(String, String)>,
    states: Vec<(&'static str, &'static str)>,
    statements: Vec<StatementRow>,
    query: String,
    next: Option<String>,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { partner_id, state, after } = asked_for(&caller)?;
    let limit = Limit::default();
    let (after, filter) = (place_after(&caller, after.as_deref()), Filter { partner: partner_id, state });
    let mut tx = caller.read().await?;
    let mut found = settlements::list(&mut tx, caller.hub(), filter, after, limit.and_one()).await?;
    let partners = partners::every(&mut tx, caller.hub()).await?;
    drop(tx);
    let next = next_page(&mut found, limit, caller.uri(), |last| last.id);
    let filled = Filled::with([
        ("partner_id", partner_id.map_or(String::new(), |id| id.to_string())),
        ("state", state.map_or("", State::as_str).to_owned()),
    ]);
    let template = List {
        shell: Shell::of(&caller, "Statements", "/partners").await?,
        query: filled.query(&["partner_id", "state"]),
        filled,
        partners: partners.into_iter().map(|one| (one.id.to_string(), one.name.as_str().to_owned())).collect(),
        states: options::<State>(),
        statements: found.iter().map(StatementRow::of).collect(),
        next,
    };
    page(&caller, &template).await
}
