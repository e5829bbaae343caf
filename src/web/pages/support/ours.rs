//! The offers of a school or partner in every status; for the hub, everybody's by status.

use askama::Template;

use super::directory::rate;
use super::rooms::{Room, rooms};
use crate::members::people::Role;
use crate::programme::programmes::Provider;
use crate::support::offers::directory::{self, Filter};
use crate::support::offers::{Offer, Sight, Status};
use crate::web::call::Call;
use crate::web::in_sight::own_provider;
use crate::web::pages::form::Filled;
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::{Limit, next_page};
use crate::web::roles::ACCOUNT_HOLDERS;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/support/ours", ACCOUNT_HOLDERS, list);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    status: Option<Status>,
    after: Option<String>,
}

struct Row {
    path: String,
    title: String,
    kind: &'static str,
    provider: String,
    rate: String,
    left: String,
    changed: String,
}

#[derive(Template)]
#[template(path = "pages/support/ours.html")]
struct Ours {
    shell: Shell,
    rooms: Vec<Room>,
    filled: Filled,
    statuses: Vec<(&'static str, &'static str)>,
    status: &'static str,
    /// Whose offers they are, for the query of the files.
    of: String,
    of_all: bool,
    makes: bool,
    rows: Vec<Row>,
    next: Option<String>,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { status, after } = asked_for(&caller)?;
    let (limit, status) = (Limit::default(), status.unwrap_or(Status::Open));
    let own = own_provider(&caller);
    let filter = Filter { status: Some(status), provider: own, ..Filter::default() };
    let (after, sight) = (place_after(&caller, after.as_deref()), Sight::of(&caller.person));
    let mut tx = caller.read().await?;
    let mut found = directory::list(&mut tx, caller.hub(), sight, &filter, after, limit.and_one()).await?;
    drop(tx);
    let next = next_page(&mut found, limit, caller.uri(), |last| last.id);
    let title = if own.is_some() { "Our offers" } else { "Offers by status" };
    let template = Ours {
        shell: Shell::of(&caller, title, "/support").await?,
        rooms: rooms(caller.role(), "/support/ours"),
        filled: Filled::with([("status", status.as_str())]),
        statuses: options::<Status>(),
        status: status.as_str(),
        of: match own {
            Some(Provider::School(school)) => format!("&provider_school_id={school}"),
            Some(Provider::Partner(partner)) => format!("&provider_partner_id={partner}"),
            Some(Provider::Hub) | None => String::new(),
        },
        of_all: own.is_none(),
        makes: caller.role() != Role::HubViewer,
        rows: found.iter().map(Row::of).collect(),
        next,
    };
    page(&caller, &template).await
}

impl Row {
    fn of(offer: &Offer) -> Row {
        let left: Vec<String> =
            offer.days.iter().map(|days| format!("{} of {} in {}", days.left, days.offered, days.year)).collect();
        Row {
            path: format!("/support/offers/{}", offer.id),
            title: offer.details.title.as_str().to_owned(),
            kind: offer.kind.label(),
            provider: offer.provider.name.as_str().to_owned(),
            rate: rate(offer.effective.full_day, offer.effective.half_day).unwrap_or_default(),
            left: left.join("; "),
            changed: words::short_day_of(offer.changed_at),
        }
    }
}
