//! The events to come of a hub that lets anyone look at them.

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::base::ids::HubId;
use crate::base::markdown;
use crate::base::text::Line;
use crate::members::hubs;
use crate::members::schools::Membership;
use crate::programme::programmes::catalogue::{self, Entry, View};
use crate::programme::programmes::events::State;
use crate::programme::programmes::{self, sessions};
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
    /// When each of several sessions is.
    each: Vec<String>,
    kind: &'static str,
    phase: Option<&'static str>,
    provider: String,
    about: String,
    places: Vec<String>,
    speakers: Vec<String>,
    price: String,
    participants: Option<String>,
}

impl Row {
    async fn of(tx: &mut Tx, hub: HubId, entry: Entry) -> Result<Row, Problem> {
        let programme = programmes::get(tx, hub, entry.programme_id).await?.ok_or_else(Problem::not_found)?;
        let sessions = sessions::of_event(tx, hub, entry.id).await?;
        // The link to join is for those who have a place.
        let at = sessions.iter().map(|it| it.place.as_ref().map_or("Online", Line::as_str));
        let who = sessions.iter().filter_map(|it| it.speaker.as_ref().map(Line::as_str));
        let several = !words::on_one_day(entry.starts_at, entry.ends_at);
        let [price, participants] =
            [Membership::Full, Membership::Participant].map(|kind| entry.admission.price(entry.price, kind));
        Ok(Row {
            about: markdown::of_prose(programme.description.as_str()),
            places: each_once(at),
            speakers: each_once(who),
            price: words::price(price),
            participants: (participants != price).then(|| words::price(participants)),
            title: entry.title.as_str().to_owned(),
            each: sessions.iter().filter(|_| several).map(|it| words::span(it.starts_at, it.ends_at)).collect(),
            when: words::held_at(entry.starts_at, entry.ends_at, entry.sessions),
            kind: entry.kind.label(),
            phase: entry.phase.map(|phase| phase.label()),
            provider: entry.provider.name.as_str().to_owned(),
        })
    }
}

fn each_once<'w>(all: impl Iterator<Item = &'w str>) -> Vec<String> {
    let mut each: Vec<String> = Vec::new();
    for words in all {
        if !each.iter().any(|known| known == words) {
            each.push(words.to_owned());
        }
    }
    each
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
    let next = next_page(&mut entries, limit, request.uri(), |last| (last.starts_at, last.id));
    // What has begun can't be booked any more.
    entries.retain(|entry| entry.starts_at > app.clock.now());
    let mut rows = Vec::new();
    for entry in entries {
        rows.push(Row::of(&mut tx, id, entry).await?);
    }
    drop(tx);
    let template = Programme {
        shell: Shell::for_anyone(&app, &request, "Programme").of_hub(&hub.name, hub.colour),
        hub: hub.name.as_str().to_owned(),
        rows,
        next,
    };
    open_page(&app, &request, &template.shell, &template)
}
