//! Signing in by a code of six digits: asked for at one's address, or given by a manager of the hub.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::{again, with};
use crate::base::config::Way;
use crate::base::text::Email;
use crate::web::app::App;
use crate::web::entering::again::or_before;
use crate::web::entering::onward::{enter, next, next_of, via};
use crate::web::entering::{codes, ways};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, open_page};
use crate::web::problem::Answer;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/sign-in/code", &[], show);
    pages.post("/sign-in/code", &[], ask);
    pages.get("/sign-in/code/given", &[], show_given);
    pages.post("/sign-in/code/given", &[], sign_in);
}

#[derive(Template)]
#[template(path = "pages/entering/code.html")]
struct Ask {
    shell: Shell,
    filled: Filled,
    next: String,
    given: String,
    back: String,
    /// Whether the service sends e-mail.
    sends: bool,
}

#[derive(Template)]
#[template(path = "pages/entering/code_given.html")]
struct Give {
    shell: Shell,
    filled: Filled,
    next: String,
    app_code: bool,
    asked: bool,
    ask: String,
    /// Whether the service sends e-mail.
    sends: bool,
}

async fn show(app: web::Data<App>, request: HttpRequest) -> Answer {
    ways::open(&app, Way::Code)?;
    ask_page(&app, &request, Filled::default(), &next_of(request.query_string()))
}

fn ask_page(app: &App, request: &HttpRequest, filled: Filled, next: &str) -> Answer {
    let shell = Shell::for_anyone(app, request, "Sign in by a code");
    let (given, back) = (via("/sign-in/code/given", next), via("/sign-in", next));
    let template = Ask { shell, filled, next: next.to_owned(), given, back, sends: app.postbox.takes() };
    open_page(app, request, &template.shell, &template)
}

async fn show_given(app: web::Data<App>, request: HttpRequest) -> Answer {
    ways::open(&app, Way::Code)?;
    give_page(&app, &request, (Filled::default(), false), &next_of(request.query_string()))
}

fn give_page(app: &App, request: &HttpRequest, (filled, app_code): (Filled, bool), next: &str) -> Answer {
    let shell = Shell::for_anyone(app, request, "Type your code");
    let asked = !filled.value("request").is_empty();
    let ask = via(if asked { "/sign-in/code/given" } else { "/sign-in/code" }, next);
    let template = Give { shell, filled, next: next.to_owned(), app_code, asked, ask, sends: app.postbox.takes() };
    open_page(app, request, &template.shell, &template)
}

#[derive(eserde::Deserialize)]
struct Whose {
    email: Email,
}

/// Asks for a code, and goes on to where it is typed: what the code is good with stands in that form.
async fn ask(app: web::Data<App>, request: HttpRequest, sent: Form) -> Answer {
    let next = next(Some(sent.text("next"))).to_owned();
    let asked = match sent.read::<Whose>() {
        Ok(Whose { email }) => codes::ask(&app, &request, email.clone()).await.map(|asked| (asked, email)),
        Err(problem) => Err(problem),
    };
    match asked {
        Ok((asked, email)) => {
            let filled = Filled::with([("request", asked), ("email", email.as_str().to_owned())]);
            give_page(&app, &request, (filled, false), &next)
        }
        Err(problem) => ask_page(&app, &request, sent.refused(&problem), &next),
    }
}

#[derive(eserde::Deserialize)]
struct Given {
    email: Email,
    code: String,
    request: Option<String>,
}

async fn sign_in(app: web::Data<App>, request: HttpRequest, sent: Form) -> Answer {
    let next = next(Some(sent.text("next"))).to_owned();
    let begun = match sent.read::<Given>() {
        Ok(Given { email, code, request: asked }) => {
            let by = codes::Sent { email, code, request: asked, with: with(&request, &sent) };
            codes::by_code(&app, &request, &by).await
        }
        Err(problem) => Err(problem),
    };
    match or_before(&app, &request, begun).await {
        Ok(begun) => enter(&app, &begun, &next),
        Err(problem) => give_page(&app, &request, again(&sent, &problem), &next),
    }
}
