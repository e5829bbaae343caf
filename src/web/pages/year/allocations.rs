//! The allocations of the hub: their list.

use askama::Template;

use super::said;
use crate::base::year::AcademicYear;
use crate::credits::allocation::{self, Allocation, Filter, State};
use crate::members::years;
use crate::web::call::Call;
use crate::web::pages::form::Filled;
use crate::web::pages::list_query::asked_for;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::roles::HUB;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/allocations", HUB, list);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    year: Option<AcademicYear>,
    state: Option<State>,
}

struct Row {
    path: String,
    title: String,
    census: String,
    pool: String,
    schools: i64,
    state: &'static str,
    tone: &'static str,
    when: String,
}

#[derive(Template)]
#[template(path = "pages/year/allocations.html")]
struct Allocations {
    shell: Shell,
    filled: Filled,
    years: Vec<(String, String)>,
    states: Vec<(&'static str, &'static str)>,
    filtered: bool,
    file_query: String,
    rows: Vec<Row>,
}

/// How many the page shows: a hub makes a few a year.
const MOST: usize = 500;

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { year, state } = asked_for(&caller)?;
    let (mut tx, hub) = (caller.read().await?, caller.hub());
    let filter = Filter { year, state, posted: false };
    let mut all = allocation::list(&mut tx, hub, filter, None, i64::MAX).await?;
    let mut years = years::list(&mut tx, hub, None, 200).await?;
    drop(tx);
    all.reverse();
    all.truncate(MOST);
    years.reverse();
    let chosen = [("year", year.map_or_else(String::new, |year| year.to_string()))];
    let mut file_query = url::form_urlencoded::Serializer::new(String::new());
    file_query.extend_pairs(chosen.iter().filter(|(_, value)| !value.is_empty()));
    if let Some(state) = state {
        file_query.append_pair("state", state.as_str());
    }
    let file_query = file_query.finish();
    let view = Allocations {
        shell: Shell::of(&caller, "Allocation", "/allocations").await?,
        filled: Filled::with(chosen.into_iter().chain([("state", state.map_or("", State::as_str).to_owned())])),
        years: years.into_iter().map(|it| (it.year.to_string(), it.year.to_string())).collect(),
        states: State::ALL.iter().map(|state| (state.as_str(), said::allocation_state(*state).0)).collect(),
        filtered: year.is_some() || state.is_some(),
        file_query: if file_query.is_empty() { file_query } else { format!("?{file_query}") },
        rows: all.iter().map(Row::of).collect(),
    };
    page(&caller, &view).await
}

impl Row {
    fn of(it: &Allocation) -> Row {
        let (state, tone) = said::allocation_state(it.state);
        let when = match (it.reversed_at, it.approved_at) {
            (Some(at), _) => format!("reversed {}", words::short_day_of(at)),
            (None, Some(at)) => format!("approved {}", words::short_day_of(at)),
            (None, None) => format!("drafted {}", words::short_day_of(it.drafted_at)),
        };
        Row {
            path: format!("/allocations/{}", it.id),
            title: title(it),
            census: words::short_day(it.census_date),
            pool: words::amount(it.pool),
            schools: it.schools,
            state,
            tone,
            when,
        }
    }
}

/// What an allocation is called: `Allocation for 2026/27`, `Adjustment 2 of the allocation for 2026/27`.
pub(super) fn title(it: &Allocation) -> String {
    match (it.adjusts, it.nth) {
        (None, _) => format!("Allocation for {}", it.year),
        (Some(_), Some(nth)) => format!("Adjustment {nth} of the allocation for {}", it.year),
        (Some(_), None) => format!("Adjustment of the allocation for {}", it.year),
    }
}
