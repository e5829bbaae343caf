//! Signing in by a password, and signing out.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::base::config::Way;
use crate::base::db;
use crate::base::text::Email;
use crate::ledger::audit::Outcome;
use crate::members::logins;
use crate::members::logins::audited::{self, Act};
use crate::members::logins::passwords::Password;
use crate::members::logins::{Begun, sessions};
use crate::web::app::App;
use crate::web::browser;
use crate::web::call::origin;
use crate::web::entering::{password, ways};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, open_page, see};
use crate::web::problem::{Answer, Code, Problem};

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
    app_code: bool,
    password: bool,
    code: bool,
    providers: Vec<(String, String)>,
}

async fn show(app: web::Data<App>, request: HttpRequest) -> Answer {
    let asked = url::form_urlencoded::parse(request.query_string().as_bytes()).find(|(name, _)| name == "next");
    form(&app, &request, Filled::default(), next(asked.map(|(_, next)| next.into_owned()).as_deref()), false)
}

fn form(app: &App, request: &HttpRequest, filled: Filled, next: &str, app_code: bool) -> Answer {
    let shell = Shell::for_anyone(app, request, "Sign in");
    let providers = ways::providers(app).map(|it| (it.name.clone(), it.label.as_str().to_owned())).collect();
    let (password, code) = (ways::is_open(app, Way::Password), ways::is_open(app, Way::Code));
    let next = next.to_owned();
    let template = SignIn { shell, filled, next, app_code, password, code, providers };
    open_page(app, request, &template.shell, &template)
}

/// A page of ours to go on with: nothing that leads elsewhere.
pub(super) fn next(asked: Option<&str>) -> &str {
    let asked = asked.unwrap_or_default();
    let ours =
        asked.starts_with('/') && !asked.starts_with("//") && asked.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if ours && browser::is_page(asked.split('?').next().unwrap_or_default()) { asked } else { "/" }
}

#[derive(eserde::Deserialize)]
struct Fields {
    email: Email,
    password: Password,
    totp_code: Option<String>,
}

async fn sign_in(app: web::Data<App>, request: HttpRequest, form_sent: Form) -> Answer {
    let next = next(Some(form_sent.text("next"))).to_owned();
    let begun = match form_sent.read::<Fields>() {
        Ok(Fields { email, password, totp_code }) => {
            let sent = password::Sent { email, password, totp_code, hub: None, browser: browser::known_by(&request) };
            password::sign_in(&app, &request, &sent).await
        }
        Err(problem) => Err(problem.without_values_of(&["password"])),
    };
    match begun {
        Ok(begun) => enter(&app, &begun, &next),
        Err(problem) => {
            let app_code = problem.code() == Code::AppCodeNeeded || form_sent.has("totp_code");
            form(&app, &request, form_sent.refused(&problem), &next, app_code)
        }
    }
}

/// Goes on to a page with the cookie of a session that has begun; where several hubs are open, to their list first.
pub(super) fn enter(app: &App, begun: &Begun, next: &str) -> Answer {
    let mut response = see(next);
    browser::keep(app, &mut response, begun, app.clock.now())?;
    Ok(response)
}

async fn sign_out(app: web::Data<App>, request: HttpRequest, _: Form) -> Answer {
    let now = app.clock.now();
    if let Some(session) = browser::session(&request) {
        db::retrying(async || {
            let mut tx = app.db.write_everywhere().await?;
            if let Some(login) = sessions::login_of(&mut tx, session, now).await? {
                logins::end(&mut tx, login.id, session, now).await?;
                let hubs = logins::memberships(&mut tx, &login).await?;
                let act = Act { word: "sign_out", outcome: Outcome::Done, detail: None };
                audited::note(&mut tx, act, &hubs, (login.id, Some(session)), &origin(&app, &request), now).await?;
            }
            Ok::<_, Problem>(tx.commit().await?)
        })
        .await?;
    }
    let mut response: HttpResponse = see("/sign-in?done=signed-out");
    browser::forget(&app, &mut response)?;
    Ok(response)
}
