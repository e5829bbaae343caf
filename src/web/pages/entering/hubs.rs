//! The hub whose pages are shown, for somebody who is in several.

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::base::ids::HubId;
use crate::web::app::App;
use crate::web::browser;
use crate::web::entering::hubs;
use crate::web::entering::onward::{next, next_of, via};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::Labelled;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, open_page, see};
use crate::web::problem::{Answer, Problem};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/sign-in/hub", &[], show);
    pages.post("/sign-in/hub", &[], choose);
}

/// A hub that can be chosen.
struct Row {
    id: String,
    name: String,
    role: &'static str,
    here: bool,
}

#[derive(Template)]
#[template(path = "pages/entering/hub.html")]
struct Hubs {
    shell: Shell,
    filled: Filled,
    rows: Vec<Row>,
    next: String,
}

async fn show(app: web::Data<App>, request: HttpRequest) -> Answer {
    list(&app, &request, Filled::default(), &next_of(request.query_string())).await
}

async fn list(app: &App, request: &HttpRequest, filled: Filled, next: &str) -> Answer {
    let Some(session) = browser::session(request) else { return Ok(see(&via("/sign-in", next))) };
    let here = browser::hub(request);
    let open = hubs::of_session(app, session).await?.into_iter();
    let rows: Vec<Row> = open
        .map(|hub| Row {
            id: hub.hub_id.to_string(),
            name: hub.name.as_str().to_owned(),
            role: hub.role.label(),
            here: here == Some(hub.hub_id),
        })
        .collect();
    if rows.is_empty() {
        return Ok(see(&via("/sign-in", next)));
    }
    let shell = Shell::for_anyone(app, request, "Choose a hub");
    let template = Hubs { shell, filled, rows, next: next.to_owned() };
    open_page(app, request, &template.shell, &template)
}

#[derive(eserde::Deserialize)]
struct Chosen {
    hub_id: HubId,
}

async fn choose(app: web::Data<App>, request: HttpRequest, sent: Form) -> Answer {
    let next = next(Some(sent.text("next"))).to_owned();
    let Some(session) = browser::session(&request) else { return Ok(see(&via("/sign-in", &next))) };
    let chosen = match sent.read::<Chosen>() {
        Ok(Chosen { hub_id }) => hubs::choose(&app, session, hub_id).await?,
        Err(_) => None,
    };
    let Some((hub, end)) = chosen else {
        let problem = Problem::field("hub_id", "unknown", "Choose one of your hubs");
        return list(&app, &request, sent.refused(&problem), &next).await;
    };
    let mut response = see(&next);
    browser::into_hub(&app, &mut response, (session, &hub), (app.clock.now(), end))?;
    Ok(response)
}
