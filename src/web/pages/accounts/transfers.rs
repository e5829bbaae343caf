//! Gifts of credits between schools, as the hub sees them.

use askama::Template;

use super::labelled::{ASKED, Options, asked, school_options, year_options};
use crate::base::ids::SchoolId;
use crate::base::year::AcademicYear;
use crate::credits::transfers::{self, Filter, State, Transfer};
use crate::members::people::Role;
use crate::web::call::Call;
use crate::web::pages::form::Filled;
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::{Limit, next_page};
use crate::web::roles::HUB;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/transfers", HUB, list);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    school_id: Option<SchoolId>,
    year: Option<AcademicYear>,
    state: Option<State>,
    after: Option<String>,
}

struct Row {
    from: String,
    to: String,
    amount: String,
    credits: String,
    message: String,
    state: &'static str,
    tone: &'static str,
    offered: String,
    decided: String,
    reverse: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/accounts/transfers.html")]
struct List {
    shell: Shell,
    filled: Filled,
    schools: Options,
    years: Options,
    states: Vec<(&'static str, &'static str)>,
    manages: bool,
    rows: Vec<Row>,
    query: String,
    next: Option<String>,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { school_id, year, state, after } = asked_for(&caller)?;
    let (limit, after) = (Limit::default(), place_after(&caller, after.as_deref()));
    let filter = Filter { school: school_id, year, state };
    let mut tx = caller.read().await?;
    let mut found = transfers::list(&mut tx, caller.hub(), filter, after, limit.and_one()).await?;
    let (schools, years) = (school_options(&caller, &mut tx).await?, year_options(&caller, &mut tx, false).await?);
    drop(tx);
    let next = next_page(&mut found, limit, caller.uri(), |last| last.id);
    let manages = caller.role() == Role::HubManager;
    let filled = asked(school_id, year, state);
    let template = List {
        shell: Shell::of(&caller, "Gifts between schools", "/ledger").await?,
        query: filled.query(ASKED),
        filled,
        schools,
        years,
        states: options::<State>(),
        manages,
        rows: found.iter().map(|one| Row::of(one, manages)).collect(),
        next,
    };
    page(&caller, &template).await
}

impl Row {
    fn of(of: &Transfer, manages: bool) -> Row {
        let reverses = manages && of.state == State::Accepted;
        Row {
            from: of.from_school_name.as_str().to_owned(),
            to: of.to_school_name.as_str().to_owned(),
            amount: words::amount(of.amount),
            credits: format!("{}, {}", of.wallet.label(), of.year.as_str()),
            message: of.message.as_ref().map_or(String::new(), |message| message.as_str().to_owned()),
            state: of.state.label(),
            tone: of.state.tone(),
            offered: words::short_day_of(of.offered_at),
            decided: of.decided_at.map_or(String::new(), words::short_day_of),
            reverse: of.transaction_id.filter(|_| reverses).map(|id| format!("/reversals/{id}")),
        }
    }
}
