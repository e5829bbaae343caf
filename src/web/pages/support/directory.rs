//! The directory of offers: what schools and partners can do for others.

use askama::Template;

use super::commissions::{AskedOfAll, asked_of_all};
use super::rooms::{Room, rooms};
use crate::base::credits::Credits;
use crate::base::days::Days;
use crate::base::ids::PriorityId;
use crate::base::text::Line;
use crate::members::people::Role;
use crate::members::schools::Phase;
use crate::support::offers::directory::{self, Filter, Order};
use crate::support::offers::{Kind, Offer, Phases, Sight};
use crate::web::call::Call;
use crate::web::pages::choices::of_priorities;
use crate::web::pages::form::Filled;
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::{Limit, next_page};
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/support", EVERYONE, list);
}

/// What is looked for, as it stands in the address.
#[derive(Default, eserde::Deserialize)]
struct Query {
    text: Option<Line>,
    kind: Option<Kind>,
    phase: Option<Phase>,
    priority_id: Option<PriorityId>,
    sort: Option<Order>,
    after: Option<String>,
}

/// An offer in the directory.
struct Row {
    path: String,
    title: String,
    kind: &'static str,
    provider: String,
    about: String,
    phases: String,
    rate: Option<String>,
    days: Vec<String>,
}

#[derive(Template)]
#[template(path = "pages/support/directory.html")]
struct Directory {
    shell: Shell,
    rooms: Vec<Room>,
    filled: Filled,
    kinds: Vec<(&'static str, &'static str)>,
    phases: Vec<(&'static str, &'static str)>,
    orders: Vec<(&'static str, &'static str)>,
    priorities: Vec<(String, String)>,
    /// What other schools ask of all.
    asked: Vec<AskedOfAll>,
    rows: Vec<Row>,
    offers: bool,
    asks: bool,
    query: String,
    next: Option<String>,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let query: Query = asked_for(&caller)?;
    let limit = Limit::default();
    let mut tx = caller.read().await?;
    let filter = Filter {
        text: query.text.clone(),
        kind: query.kind,
        phase: query.phase,
        priority: query.priority_id,
        order: query.sort,
        ..Filter::default()
    };
    let after = place_after(&caller, query.after.as_deref());
    let sight = Sight::of(&caller.person);
    let mut found = directory::list(&mut tx, caller.hub(), sight, &filter, after, limit.and_one()).await?;
    let priorities = of_priorities(&mut tx, caller.hub()).await?;
    let asked = asked_of_all(&caller, &mut tx).await?;
    drop(tx);
    let next = next_page(&mut found, limit, caller.uri(), |last| last.id);
    let shell = Shell::of(&caller, "Find help", "/support").await?;
    let filled = query.filled();
    let template = Directory {
        shell,
        rooms: rooms(caller.role(), "/support"),
        query: filled.query(&["text", "kind", "phase", "priority_id", "sort"]),
        filled,
        kinds: options::<Kind>(),
        phases: options::<Phase>(),
        orders: options::<Order>(),
        priorities,
        asked,
        rows: found.iter().map(Row::of).collect(),
        offers: matches!(caller.role(), Role::HubManager | Role::SchoolLead | Role::Partner),
        asks: caller.role() == Role::SchoolLead,
        next,
    };
    page(&caller, &template).await
}

impl Query {
    fn filled(&self) -> Filled {
        Filled::with([
            ("text", self.text.as_ref().map_or(String::new(), |text| text.as_str().to_owned())),
            ("kind", self.kind.map_or("", Kind::as_str).to_owned()),
            ("phase", self.phase.map_or("", Phase::as_str).to_owned()),
            ("priority_id", self.priority_id.map_or(String::new(), |id| id.to_string())),
            ("sort", self.sort.map_or("", Order::as_str).to_owned()),
        ])
    }
}

impl Row {
    fn of(offer: &Offer) -> Row {
        let about: String = offer.details.description.as_str().chars().take(160).collect();
        let cut = about.len() < offer.details.description.as_str().len();
        let days = offer.days.iter().filter(|days| days.left > Days::ZERO);
        Row {
            path: format!("/support/offers/{}", offer.id),
            title: offer.details.title.as_str().to_owned(),
            kind: offer.kind.label(),
            provider: offer.provider.name.as_str().to_owned(),
            about: if cut { format!("{about}…") } else { about },
            phases: phases(&offer.details.phases),
            rate: rate(offer.effective.full_day, offer.effective.half_day),
            days: days.map(|days| format!("{} left in {}", days.left.in_words(), days.year.as_str())).collect(),
        }
    }
}

/// The phases of school that something is for, in words.
pub(super) fn phases(of: &Phases) -> String {
    if of.each().len() == Phase::ALL.len() {
        return "All phases".to_owned();
    }
    of.each().iter().map(|phase| phase.label()).collect::<Vec<_>>().join(", ")
}

/// What a day and half a day cost, in words.
pub(super) fn rate(full_day: Option<Credits>, half_day: Option<Credits>) -> Option<String> {
    match (full_day, half_day) {
        (Some(full), Some(half)) => Some(format!("{} a day, {} half a day", words::credits(full), words::amount(half))),
        (Some(full), None) => Some(format!("{} a day", words::credits(full))),
        (None, Some(half)) => Some(format!("{} half a day", words::credits(half))),
        (None, None) => None,
    }
}
