//! Signing in by a password, and signing out.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::base::config::Way;
use crate::base::text::Email;
use crate::members::logins::passwords::Password;
use crate::web::app::App;
use crate::web::browser;
use crate::web::entering::onward::{enter, next, next_of, via};
use crate::web::entering::password::{self, Step};
use crate::web::entering::{founding, proved, sessions, ways};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, open_page, see};
use crate::web::problem::Answer;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/sign-in", &[], show);
    pages.post("/sign-in", &[], sign_in);
    pages.post("/sign-out", &[], sign_out);
}

#[derive(Template)]
#[template(path = "pages/entering/sign_in.html")]
struct SignIn {
    shell: Shell,
    filled: Filled,
    next: String,
    /// That the password was right, where the code of the app is asked for.
    proved: Option<String>,
    password: bool,
    by_code: Option<String>,
    providers: Vec<(String, String)>,
    failed: String,
    /// Whether there is no hub yet that anybody could sign in to.
    no_hub: bool,
    /// Whether the service sends e-mail.
    sends: bool,
}

/// The ways by an identity provider: where each begins, and what it is called.
pub(super) fn providers(app: &App, next: &str) -> Vec<(String, String)> {
    let way = |name: &str| via(&format!("/sign-in/with/{name}"), next);
    ways::providers(app).map(|it| (way(&it.name), it.label.as_str().to_owned())).collect()
}

async fn show(app: web::Data<App>, request: HttpRequest) -> Answer {
    form(&app, &request, Filled::default(), None, &next_of(request.query_string())).await
}

/// The form: for address and password, or where these were right, for the code of the app.
async fn form(app: &App, request: &HttpRequest, filled: Filled, proved: Option<String>, next: &str) -> Answer {
    let shell = Shell::for_anyone(app, request, "Sign in");
    let by_code = ways::is_open(app, Way::Code).then(|| via("/sign-in/code", next));
    let failed = url::form_urlencoded::parse(request.query_string().as_bytes()).find(|(name, _)| name == "failed");
    let failed = failed.map(|(_, failed)| failed.into_owned()).unwrap_or_default();
    let (password, providers) = (ways::is_open(app, Way::Password), providers(app, next));
    let (next, no_hub) = (next.to_owned(), founding::is_open(app).await?);
    let sends = app.postbox.takes();
    let template = SignIn { shell, filled, next, proved, password, by_code, providers, failed, no_hub, sends };
    open_page(app, request, &template.shell, &template)
}

#[derive(eserde::Deserialize)]
struct Fields {
    email: Email,
    password: Password,
}

#[derive(eserde::Deserialize)]
struct CodeFields {
    email: Email,
    proved: String,
    totp_code: String,
}

async fn sign_in(app: web::Data<App>, request: HttpRequest, sent: Form) -> Answer {
    let next = next(Some(sent.text("next"))).to_owned();
    if sent.has("proved") {
        return by_code(app, request, sent, &next).await;
    }
    let step = match sent.read::<Fields>() {
        Ok(Fields { email, password }) => {
            let sent =
                password::Sent { email, password, totp_code: None, hub: None, browser: browser::known_by(&request) };
            password::first_step(&app, &request, &sent).await
        }
        Err(problem) => Err(problem.without_values_of(&["password"])),
    };
    match step {
        Ok(Step::In(begun)) => enter(&app, &begun, &next),
        Ok(Step::CodeNeeded(login)) => {
            form(&app, &request, sent.typed(), proved::of(&app, &request, &login), &next).await
        }
        Err(problem) => form(&app, &request, sent.refused(&problem), None, &next).await,
    }
}

/// The second step: the code of the app, of somebody whose password was right.
async fn by_code(app: web::Data<App>, request: HttpRequest, sent: Form, next: &str) -> Answer {
    let begun = match sent.read::<CodeFields>() {
        Ok(CodeFields { email, proved, totp_code }) => {
            let sent = proved::Sent { email, proved, totp_code, browser: browser::known_by(&request) };
            proved::sign_in(&app, &request, &sent).await
        }
        Err(problem) => Err(problem),
    };
    match begun {
        Ok(begun) => enter(&app, &begun, next),
        Err(problem) if proved::is_over(&problem) => form(&app, &request, sent.refused(&problem), None, next).await,
        Err(problem) => form(&app, &request, sent.refused(&problem), Some(sent.text("proved").to_owned()), next).await,
    }
}

async fn sign_out(app: web::Data<App>, request: HttpRequest, _: Form) -> Answer {
    if let Some(session) = browser::session(&request) {
        sessions::sign_out(&app, &request, session).await?;
    }
    let mut response: HttpResponse = see("/sign-in?done=signed-out");
    browser::forget(&app, &mut response)?;
    Ok(response)
}
