//! Links that sign in by themselves, in a demonstration alone, and the page that lists them.

use actix_web::{HttpRequest, web};
use askama::Template;

use crate::base::config::Demonstrated;
use crate::members::people::Role;
use crate::web::app::App;
use crate::web::entering::demonstration;
use crate::web::entering::onward::enter;
use crate::web::pages::labels::Labelled;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, open_page};
use crate::web::problem::{Answer, Problem};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/demo", &[], choose);
    pages.get("/demo/{secret}", &[], sign_in);
}

/// Somebody as whom one can look at the demonstration.
struct Link {
    path: String,
    name: String,
    role: &'static str,
}

#[derive(Template)]
#[template(path = "pages/entering/demonstration.html")]
struct Choose {
    shell: Shell,
    links: Vec<Link>,
}

async fn choose(app: web::Data<App>, request: HttpRequest) -> Answer {
    if app.settings.demonstration.is_empty() {
        return Err(Problem::not_found());
    }
    let link = |one: &Demonstrated| Link {
        path: format!("/demo/{}", one.secret),
        name: one.name.clone(),
        role: Role::parse(&one.role).map_or("", Labelled::label),
    };
    let links = app.settings.demonstration.iter().map(link).collect();
    let choose = Choose { shell: Shell::for_anyone(&app, &request, "Look at the demonstration"), links };
    open_page(&app, &request, &choose.shell, &choose)
}

async fn sign_in(app: web::Data<App>, request: HttpRequest, secret: web::Path<String>) -> Answer {
    enter(&app, &demonstration::sign_in(&app, &request, &secret).await?, "/")
}
