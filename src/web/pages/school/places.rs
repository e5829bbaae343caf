//! Places that a school has reserved without a name, and more to be reserved.

use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use url::form_urlencoded::Serializer;

use super::choices::{self, Choices, crumb, here};
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::ids::EventId;
use crate::base::text::Line;
use crate::booking::bookings::{self, View};
use crate::members::people::Role;
use crate::members::schools::School;
use crate::web::accept::SheetFile;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, asked};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page, see};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Table;
use crate::web::roles::{HUB_AND_LEADS, MANAGER_AND_LEADS};
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/schools/{id}/places", HUB_AND_LEADS, list);
    pages.get("/schools/{id}/places.csv", HUB_AND_LEADS, csv);
    pages.get("/schools/{id}/places.xlsx", HUB_AND_LEADS, workbook);
    pages.get("/schools/{id}/places/new", MANAGER_AND_LEADS, reserve);
}

struct Row {
    path: String,
    event: String,
    event_path: String,
    when: String,
    held: String,
    names_by: String,
    soon: bool,
}

#[derive(Template)]
#[template(path = "pages/school/places.html")]
struct List {
    shell: Shell,
    filled: Filled,
    crumb: (String, String),
    path: String,
    rows: Vec<Row>,
    events: Choices,
    changes: bool,
}

/// A reserved place, as files have it.
#[derive(serde::Serialize, utoipa::ToSchema)]
struct Place {
    event: Line,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    names_by: Option<NaiveDate>,
    held: Credits,
}

impl Table for Place {
    const COLUMNS: &'static [&'static str] = &["event", "starts_at", "ends_at", "names_by", "held"];
}

async fn csv(call: Call) -> Answer {
    file(&call.allow()?, SheetFile::Csv).await
}

async fn workbook(call: Call) -> Answer {
    file(&call.allow()?, SheetFile::Workbook).await
}

async fn file(caller: &Caller, file: SheetFile) -> Answer {
    let mut tx = caller.read().await?;
    let school = seen::school(caller, &mut tx).await?;
    let found = bookings::unnamed(&mut tx, caller.hub(), school.id, i64::MAX).await?;
    drop(tx);
    let place = |view: View| Place {
        event: view.event_title,
        starts_at: view.starts_at,
        ends_at: view.ends_at,
        names_by: view.booking.names_by,
        held: view.booking.held,
    };
    caller.table(file, &found.into_iter().map(place).collect::<Vec<_>>()).await
}

/// The most places that the page shows; the files have all.
const MOST: i64 = 500;

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let school = seen::school(&caller, &mut caller.read().await?).await?;
    shown(&caller, &school, Filled::default()).await
}

async fn shown(caller: &Caller, school: &School, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let found = bookings::unnamed(&mut tx, caller.hub(), school.id, MOST).await?;
    let events = choices::of_events(&mut tx, caller, "Choose an event").await?;
    drop(tx);
    let today = london_date(caller.now());
    let row = |view: View| Row {
        path: format!("/places/{}", view.booking.id),
        event: view.event_title.to_string(),
        event_path: format!("/events/{}", view.booking.event_id),
        when: words::held(view.starts_at, view.ends_at, view.sessions),
        held: words::credits(view.booking.held),
        names_by: view.booking.names_by.map(words::day).unwrap_or_default(),
        soon: view.booking.names_by.is_some_and(|by| (by - today).num_days() < 7),
    };
    let list = List {
        shell: Shell::of(caller, "Reserved places", here(caller)).await?,
        filled,
        crumb: crumb(school),
        path: format!("/schools/{}/places", school.id),
        rows: found.into_iter().map(row).collect(),
        events,
        changes: caller.role() != Role::HubViewer,
    };
    page(caller, &list).await
}

/// Goes on to the event, which says what the places cost before they are booked.
async fn reserve(call: Call) -> Answer {
    let caller = call.allow()?;
    let school = seen::school(&caller, &mut caller.read().await?).await?;
    let sent = asked(caller.uri());
    let Ok(event) = uuid::Uuid::try_parse(sent.text("event_id")).map(EventId) else {
        let problem = Problem::field("/event_id", "missing", "Choose the event");
        return shown(&caller, &school, sent.refused(&problem)).await;
    };
    let mut query = Serializer::new(String::new());
    query.append_pair("school_id", &school.id.to_string());
    query.append_pair("places", sent.text("places")).append_pair("names_by", sent.text("names_by"));
    query.append_pair("mode", "all_or_nothing").append_pair("check", "yes");
    Ok(see(&format!("/events/{event}/book?{}", query.finish())))
}
