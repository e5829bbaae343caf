//! A forgotten password: asking for a link, and setting another by it, once.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::gone::{Link, or_gone};
use super::{again, with};
use crate::base::config::Way;
use crate::base::text::Email;
use crate::members::logins::links::Purpose;
use crate::members::logins::passwords::Password;
use crate::web::app::App;
use crate::web::entering::again::or_before;
use crate::web::entering::onward::enter;
use crate::web::entering::{self, resets, ways};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, open_page, see};
use crate::web::problem::{Answer, Code};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/sign-in/forgotten", &[], show);
    pages.post("/sign-in/forgotten", &[], ask);
    pages.get("/reset/{secret}", &[], show_reset);
    pages.post("/reset/{secret}", &[], reset);
}

#[derive(Template)]
#[template(path = "pages/entering/forgotten.html")]
struct Forgotten {
    shell: Shell,
    filled: Filled,
    by_code: bool,
    /// Whether the service sends e-mail.
    sends: bool,
}

async fn show(app: web::Data<App>, request: HttpRequest) -> Answer {
    ways::open(&app, Way::Password)?;
    ask_page(&app, &request, Filled::default())
}

fn ask_page(app: &App, request: &HttpRequest, filled: Filled) -> Answer {
    let shell = Shell::for_anyone(app, request, "A new password");
    let template = Forgotten { shell, filled, by_code: ways::is_open(app, Way::Code), sends: app.postbox.takes() };
    open_page(app, request, &template.shell, &template)
}

#[derive(eserde::Deserialize)]
struct Whose {
    email: Email,
}

async fn ask(app: web::Data<App>, request: HttpRequest, sent: Form) -> Answer {
    let asked = match sent.read::<Whose>() {
        Ok(Whose { email }) => resets::ask(&app, &request, email).await,
        Err(problem) => Err(problem),
    };
    match asked {
        Ok(()) if app.postbox.takes() => Ok(see("/sign-in?done=reset-asked")),
        Ok(()) => Ok(see("/sign-in?done=reset-unsent")),
        Err(problem) => ask_page(&app, &request, sent.refused(&problem)),
    }
}

#[derive(Template)]
#[template(path = "pages/entering/reset.html")]
struct Reset {
    shell: Shell,
    filled: Filled,
    app_code: bool,
    email: String,
    action: String,
}

async fn show_reset(app: web::Data<App>, request: HttpRequest, secret: web::Path<String>) -> Answer {
    ways::open(&app, Way::Password)?;
    reset_page(&app, &request, &secret, (Filled::default(), false)).await
}

async fn reset_page(app: &App, request: &HttpRequest, secret: &str, (filled, app_code): (Filled, bool)) -> Answer {
    let login = match entering::look(app, Purpose::Reset, secret).await {
        Ok(login) => login,
        Err(problem) => return or_gone(app, request, problem, Link::Reset),
    };
    let shell = Shell::for_anyone(app, request, "Choose a new password");
    let (email, action) = (login.email.as_str().to_owned(), request.path().to_owned());
    let template = Reset { shell, filled, app_code, email, action };
    open_page(app, request, &template.shell, &template)
}

#[derive(eserde::Deserialize)]
struct New {
    password: Password,
}

async fn reset(app: web::Data<App>, request: HttpRequest, secret: web::Path<String>, sent: Form) -> Answer {
    let begun = match sent.read::<New>() {
        Ok(New { password }) => resets::set(&app, &request, &secret, &password, &with(&request, &sent)).await,
        Err(problem) => Err(problem.without_values_of(&["password"])),
    };
    match or_before(&app, &request, begun).await {
        Ok(begun) => enter(&app, &begun, "/?done=password-set"),
        Err(problem) if problem.code() == Code::NotFound => or_gone(&app, &request, problem, Link::Reset),
        Err(problem) => reset_page(&app, &request, &secret, again(&sent, &problem)).await,
    }
}
