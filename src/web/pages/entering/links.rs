//! Signing in by a link, once: looking at it does nothing, a button signs in.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::gone::{Link, or_gone};
use super::{again, with};
use crate::members::logins::links::Purpose;
use crate::web::app::App;
use crate::web::entering;
use crate::web::entering::again::or_before;
use crate::web::entering::codes::by_link;
use crate::web::entering::onward::enter;
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, open_page};
use crate::web::problem::{Answer, Code};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/sign-in/link/{secret}", &[], show);
    pages.post("/sign-in/link/{secret}", &[], sign_in);
}

#[derive(Template)]
#[template(path = "pages/entering/link.html")]
struct ByLink {
    shell: Shell,
    filled: Filled,
    app_code: bool,
    email: String,
    action: String,
}

async fn show(app: web::Data<App>, request: HttpRequest, secret: web::Path<String>) -> Answer {
    form(&app, &request, &secret, (Filled::default(), false)).await
}

async fn form(app: &App, request: &HttpRequest, secret: &str, (filled, app_code): (Filled, bool)) -> Answer {
    let login = match entering::look(app, Purpose::SignIn, secret).await {
        Ok(login) => login,
        Err(problem) => return or_gone(app, request, problem, Link::SignIn),
    };
    let shell = Shell::for_anyone(app, request, "Sign in");
    let (email, action) = (login.email.as_str().to_owned(), request.path().to_owned());
    let template = ByLink { shell, filled, app_code, email, action };
    open_page(app, request, &template.shell, &template)
}

async fn sign_in(app: web::Data<App>, request: HttpRequest, secret: web::Path<String>, sent: Form) -> Answer {
    let begun = by_link(&app, &request, &secret, &with(&request, &sent)).await;
    match or_before(&app, &request, begun).await {
        Ok(begun) => enter(&app, &begun, "/"),
        Err(problem) if problem.code() == Code::NotFound => or_gone(&app, &request, problem, Link::SignIn),
        Err(problem) => form(&app, &request, &secret, again(&sent, &problem)).await,
    }
}
