//! A link that opens nothing: what to do now.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use crate::web::app::App;
use crate::web::pages::shell::{Shell, open_page};
use crate::web::problem::{Answer, Code, Problem};

/// What the link was for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Invitation,
    Reset,
    SignIn,
    Address,
}

#[derive(Template)]
#[template(path = "pages/entering/gone.html")]
struct Gone {
    shell: Shell,
    link: Link,
}

/// The page in place of a refusal, where there is no such link any more.
pub(super) fn or_gone(app: &App, request: &HttpRequest, problem: Problem, link: Link) -> Answer {
    if problem.code() != Code::NotFound {
        return Err(problem);
    }
    let shell = Shell::for_anyone(app, request, "This link does not work any more");
    let template = Gone { shell, link };
    let mut response = open_page(app, request, &template.shell, &template)?;
    *response.status_mut() = StatusCode::NOT_FOUND;
    Ok(response)
}
