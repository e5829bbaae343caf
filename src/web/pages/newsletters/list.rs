//! The issues: those that were sent, and for the hub all of them.

use askama::Template;

use super::labelled::fate;
use super::{HERE, path};
use crate::news::{self, Newsletter, Sight, State};
use crate::web::call::Call;
use crate::web::pages::form::{Filled, written};
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::{Limit, next_page};

struct Row {
    path: String,
    subject: String,
    day: String,
    state: &'static str,
    tone: &'static str,
    fate: String,
}

impl Row {
    fn of(issue: Newsletter) -> Row {
        Row {
            path: path(&issue),
            day: words::day_of(issue.sent_at.unwrap_or(issue.send_at)),
            state: issue.state.label(),
            tone: issue.state.tone(),
            fate: fate(&issue),
            subject: issue.subject.to_string(),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/newsletters/list.html")]
struct List {
    shell: Shell,
    filled: Filled,
    states: Vec<(&'static str, &'static str)>,
    rows: Vec<Row>,
    /// Whether there is a newsletter.
    on: bool,
    /// Whether whoever looks sees all of them.
    all: bool,
    next: Option<String>,
    files: String,
}

#[derive(eserde::Deserialize)]
struct Which {
    state: Option<State>,
    after: Option<String>,
}

pub(super) async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let Which { state, after } = asked_for(&caller)?;
    let (before, limit, all) = (place_after(&caller, after.as_deref()), Limit::default(), caller.sees_hub());
    let sight = if all { Sight::All } else { Sight::Sent };
    let mut tx = caller.read().await?;
    let on = news::settings(&mut tx, caller.hub()).await?.enabled;
    let mut issues = news::list(&mut tx, caller.hub(), (sight, state), before, limit.and_one()).await?;
    drop(tx);
    let next = next_page(&mut issues, limit, caller.uri(), |last| last.id);
    let state = state.map(State::as_str);
    let list = List {
        shell: Shell::of(&caller, "Newsletter", HERE).await?,
        filled: Filled::with([("state", state.unwrap_or_default())]),
        states: options::<State>(),
        rows: issues.into_iter().map(Row::of).collect(),
        on,
        all,
        next,
        files: written([("state", state.map(str::to_owned))]),
    };
    page(&caller, &list).await
}
