//! Coming into a hub by an invitation: with a password, or by another way. Looking at it does nothing.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::gone::{Link, or_gone};
use super::sign_in::providers;
use super::{again, with};
use crate::base::config::Way;
use crate::members::logins::passwords::Password;
use crate::web::app::App;
use crate::web::entering::again::or_before;
use crate::web::entering::invitations::{self, Invitation};
use crate::web::entering::onward::enter;
use crate::web::entering::ways;
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, open_page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Code, Problem};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/invitation/{secret}", &[], show);
    pages.post("/invitation/{secret}", &[], accept);
}

#[derive(Template)]
#[template(path = "pages/entering/invitation.html")]
struct Invited {
    shell: Shell,
    filled: Filled,
    app_code: bool,
    hub: String,
    name: String,
    email: String,
    until: String,
    action: String,
    password: bool,
    others: bool,
    providers: Vec<(String, String)>,
}

async fn show(app: web::Data<App>, request: HttpRequest, secret: web::Path<String>) -> Answer {
    form(&app, &request, &secret, (Filled::default(), false)).await
}

async fn form(app: &App, request: &HttpRequest, secret: &str, (filled, app_code): (Filled, bool)) -> Answer {
    let Invitation { person, hub, expires_at } = match invitations::look(app, secret).await {
        Ok(invitation) => invitation,
        Err(problem) => return or_gone(app, request, problem, Link::Invitation),
    };
    let (password, providers) = (ways::is_open(app, Way::Password), providers(app, "/"));
    let template = Invited {
        shell: Shell::for_anyone(app, request, "Your invitation").of_hub(&hub.name, hub.colour),
        filled,
        app_code,
        hub: hub.name.as_str().to_owned(),
        name: person.name.as_str().to_owned(),
        email: person.email.as_str().to_owned(),
        until: words::deadline(expires_at),
        action: request.path().to_owned(),
        password,
        others: !password || ways::is_open(app, Way::Code) || !providers.is_empty(),
        providers,
    };
    open_page(app, request, &template.shell, &template)
}

#[derive(eserde::Deserialize)]
struct Chosen {
    password: Option<Password>,
}

async fn accept(app: web::Data<App>, request: HttpRequest, secret: web::Path<String>, sent: Form) -> Answer {
    let chosen = match sent.read::<Chosen>() {
        // Coming in without a password is a button of its own.
        Ok(Chosen { password: None }) if !sent.has("without") => {
            Err(Problem::field("password", "missing", "Choose a password"))
        }
        Ok(Chosen { password }) => Ok(password.filter(|_| !sent.has("without"))),
        Err(problem) => Err(problem.without_values_of(&["password"])),
    };
    let begun = match chosen {
        Ok(password) => invitations::accept(&app, &request, &secret, password.as_ref(), &with(&request, &sent)).await,
        Err(problem) => Err(problem),
    };
    match or_before(&app, &request, begun).await {
        Ok(begun) => enter(&app, &begun, "/?done=welcome"),
        Err(problem) if problem.code() == Code::NotFound => or_gone(&app, &request, problem, Link::Invitation),
        Err(problem) => form(&app, &request, &secret, again(&sent, &problem)).await,
    }
}
