//! Signing in and out, and the links by which somebody comes in: what anyone can do who has not signed in.

mod addresses;
mod app;
mod codes;
mod demonstration;
mod gone;
mod hubs;
mod invitations;
mod links;
mod openid;
mod resets;
mod sign_in;

use actix_web::HttpRequest;

use super::form::{Filled, Form};
use super::router::Pages;
use crate::web::browser;
use crate::web::entering::With;
use crate::web::problem::{Code, Problem};

pub(super) fn pages(pages: &mut Pages<'_>) {
    sign_in::pages(pages);
    codes::pages(pages);
    links::pages(pages);
    resets::pages(pages);
    invitations::pages(pages);
    addresses::pages(pages);
    openid::pages(pages);
    app::pages(pages);
    hubs::pages(pages);
    demonstration::pages(pages);
}

/// The field for the code of the app: shown once it is asked for.
const APP_CODE: &str = "totp_code";

/// What a form sends along with whatever somebody signs in by.
fn with(request: &HttpRequest, form: &Form) -> With {
    let code = Some(form.text(APP_CODE).trim()).filter(|code| !code.is_empty()).map(str::to_owned);
    With { totp_code: code, hub: None, browser: browser::known_by(request) }
}

/// What the form shows after a refusal, and whether it asks for the code of the app: that it must be given too is no fault
/// of what was typed.
fn again(form: &Form, problem: &Problem) -> (Filled, bool) {
    match problem.code() {
        Code::AppCodeNeeded if !form.has(APP_CODE) => (form.typed(), true),
        Code::AppCodeNeeded => {
            (form.refused(&Problem::field(APP_CODE, "missing", "Type the code that your app shows now")), true)
        }
        Code::SignInFailed if form.has("code") => {
            (form.refused(&Problem::new(problem.code(), "The address or the code is not right.")), form.has(APP_CODE))
        }
        Code::SignInFailed if form.has(APP_CODE) && !form.has("password") => {
            (form.refused(&Problem::field(APP_CODE, "wrong", "The code of your app is not right")), true)
        }
        _ => (form.refused(problem), form.has(APP_CODE)),
    }
}
