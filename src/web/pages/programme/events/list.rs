//! All events of the hub, whatever their state: drafts, what is at risk, what is over.

use askama::Template;
use chrono::NaiveDate;

use crate::base::ids::EventId;
use crate::base::text::{Day, Line};
use crate::programme::programmes::catalogue::{self, Filter, Order, View};
use crate::programme::programmes::events::State;
use crate::web::call::Call;
use crate::web::pages::form::Filled;
use crate::web::pages::labels::options;
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::programme::head::way;
use crate::web::pages::programme::runs::Run;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::sorting::{self, Sort};
use crate::web::problem::Answer;
use crate::web::reply::{Limit, next_page};
use crate::web::roles::HUB_AND_PARTNERS;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/programmes/events", HUB_AND_PARTNERS, list);
}

#[derive(eserde::Deserialize)]
struct Query {
    text: Option<Line>,
    state: Option<State>,
    at_risk: Option<String>,
    from: Option<Day>,
    to: Option<Day>,
    sort: Option<Order>,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/programme/events.html")]
struct Events {
    shell: Shell,
    filled: Filled,
    states: Vec<(&'static str, &'static str)>,
    events: Vec<Run>,
    by_start: Option<Sort>,
    next: Option<String>,
    files: String,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let query: Query = asked_for(&caller)?;
    let day = |day: Option<Day>| day.map(|day| day.0);
    let filter = Filter {
        text: query.text.clone(),
        state: query.state,
        at_risk: query.at_risk.as_ref().map(|_| true),
        from: day(query.from),
        to: day(query.to),
        order: query.sort,
        ..Filter::default()
    };
    let (limit, after) = (Limit::default(), place_after::<(_, EventId)>(&caller, query.after.as_deref()));
    let view = View::of(&caller.person);
    let mut found =
        catalogue::list(&mut caller.read().await?, caller.hub(), view, &filter, after, limit.and_one()).await?;
    let next = next_page(&mut found, limit, caller.uri(), |last| (last.starts_at, last.id));
    let view = Events {
        shell: Shell::of(&caller, "All events", way(caller.role())).await?,
        filled: query.filled(),
        states: options::<State>(),
        events: found.into_iter().map(Run::of).collect(),
        by_start: Some(sorting::by(caller.uri(), "starts_at", query.sort.unwrap_or(Order::Soonest).as_str())),
        next,
        files: query.filled().query(&["text", "state", "at_risk", "from", "to", "sort"]),
    };
    page(&caller, &view).await
}

impl Query {
    fn filled(&self) -> Filled {
        let day = |day: Option<Day>| day.map_or(String::new(), |Day(day): Day| NaiveDate::to_string(&day));
        Filled::with([
            ("text", self.text.as_ref().map_or(String::new(), |text| text.as_str().to_owned())),
            ("state", self.state.map_or("", State::as_str).to_owned()),
            ("at_risk", self.at_risk.as_ref().map_or("", |_| "true").to_owned()),
            ("from", day(self.from)),
            ("to", day(self.to)),
            ("sort", self.sort.map_or("", Order::as_str).to_owned()),
        ])
    }
}
