//! Confirming a new address by the link to it: looking at it does nothing, a button confirms.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::gone::{Link, or_gone};
use crate::web::app::App;
use crate::web::browser;
use crate::web::entering::addresses;
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, open_page, see};
use crate::web::problem::{Answer, Code};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/address/{secret}", &[], show);
    pages.post("/address/{secret}", &[], confirm);
}

#[derive(Template)]
#[template(path = "pages/entering/address.html")]
struct Address {
    shell: Shell,
    filled: Filled,
    email: String,
    action: String,
}

async fn show(app: web::Data<App>, request: HttpRequest, secret: web::Path<String>) -> Answer {
    form(&app, &request, &secret, Filled::default()).await
}

async fn form(app: &App, request: &HttpRequest, secret: &str, filled: Filled) -> Answer {
    let email = match addresses::look(app, secret).await {
        Ok(email) => email.as_str().to_owned(),
        Err(problem) => return or_gone(app, request, problem, Link::Address),
    };
    let shell = Shell::for_anyone(app, request, "Confirm your new address");
    let template = Address { shell, filled, email, action: request.path().to_owned() };
    open_page(app, request, &template.shell, &template)
}

/// Every session of theirs ends with it, the one of this browser too.
async fn confirm(app: web::Data<App>, request: HttpRequest, secret: web::Path<String>, sent: Form) -> Answer {
    match addresses::confirm(&app, &request, &secret).await {
        Ok(_) => {
            let mut response: HttpResponse = see("/sign-in?done=address-confirmed");
            browser::forget(&app, &mut response)?;
            Ok(response)
        }
        Err(problem) if problem.code() == Code::NotFound => or_gone(&app, &request, problem, Link::Address),
        Err(problem) => form(&app, &request, &secret, sent.refused(&problem)).await,
    }
}
