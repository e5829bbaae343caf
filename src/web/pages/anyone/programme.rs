//! The events to come of a hub that lets anyone look at them.

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::base::clock::london_date;
use crate::base::ids::HubId;
use crate::members::hubs;
use crate::programme::programmes::catalogue::{self, Entry, View};
use crate::programme::programmes::events::State;
use crate::web::app::App;
use crate::web::body::path_id;
use crate::web::pages::form::query;
use crate::web::pages::labels::Labelled;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, open_page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, next_page, read_cursor};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/programme/{hub}", &[], show);
}

/// An event as anyone sees it.
struct Row {
    title: String,
    when: String,
    kind: &'static str,
    phase: Option<&'static str>,
    provider: String,
}

impl Row {
    fn of(entry: Entry) -> Row {
        Row {
            title: entry.title.as_str().to_owned(),
            when: words::span(entry.starts_at, entry.ends_at),
            kind: entry.kind.label(),
            phase: entry.phase.map(|phase| phase.label()),
            provider: entry.provider.name.as_str().to_owned(),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/anyone/programme.html")]
struct Programme {
    shell: Shell,
    hub: String,
    rows: Vec<Row>,
    next: Option<String>,
}

#[derive(eserde::Deserialize)]
struct Which {
    after: Option<String>,
}

async fn show(app: web::Data<App>, request: HttpRequest) -> Answer {
    let id: HubId = path_id(&request, "hub")?;
    let Which { after } = query(request.uri())?;
    let (after, limit) = (read_cursor(after.as_deref())?, Limit::default());
    let mut tx = app.db.read(id).await?;
    let hub = hubs::get(&mut tx, id).await?.filter(|hub| hub.public_programme).ok_or_else(Problem::not_found)?;
    let filter = catalogue::Filter {
        from: Some(london_date(app.clock.now())),
        state: Some(State::Published),
        ..catalogue::Filter::default()
    };
    let mut entries = catalogue::list(&mut tx, id, View::Published, &filter, after, limit.and_one()).await?;
    drop(tx);
    let next = next_page(&mut entries, limit, request.uri(), |last| (last.starts_at, last.id));
    let template = Programme {
        shell: Shell::for_anyone(&app, &request, format!("Programme of {}", hub.name)).in_colour(hub.colour),
        hub: hub.name.as_str().to_owned(),
        rows: entries.into_iter().map(Row::of).collect(),
        next,
    };
    open_page(&app, &request, &template.shell, &template)
}
