//! What has just happened is said once: the answer to a form leads on to a page whose address says what (`done`), and gives
//! the browser a cookie for that address. The page takes the cookie away, so that a reload says nothing again.

use actix_web::cookie::Cookie;
use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use super::app::App;
use super::browser;

/// The cookie for the page that says what has happened.
const DONE: &str = "hub_credits_done";

/// How long a browser may take to go on to that page.
const FOR: TimeDelta = TimeDelta::minutes(5);

/// Whether this request is the first for a page that a form led to.
pub(crate) fn is_first(request: &HttpRequest) -> bool {
    let asked = request.uri().path_and_query().map_or("", |asked| asked.as_str());
    browser::cookie(request, DONE).is_some_and(|kept| kept == digest(asked))
}

/// Gives the cookie with an answer that leads on to such a page, and takes it away with that page.
pub(super) fn pass_on(request: &HttpRequest, response: &mut HttpResponse) {
    let Some(app) = request.app_data::<web::Data<App>>().filter(|_| browser::is_page(request.path())) else { return };
    let to = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()).filter(|to| says(to));
    let cookie = match (response.status(), to) {
        (StatusCode::SEE_OTHER, Some(to)) => browser::ours(app, DONE, digest(to), FOR),
        _ if request.method() == Method::GET && is_first(request) => {
            browser::ours(app, DONE, String::new(), TimeDelta::zero())
        }
        _ => return,
    };
    add(response, &cookie);
}

fn add(response: &mut HttpResponse, cookie: &Cookie<'_>) {
    if let Err(error) = response.add_cookie(cookie) {
        tracing::error!(%error, "a cookie could not be made");
    }
}

/// Whether an address says what has happened.
fn says(address: &str) -> bool {
    let query = address.split('#').next().and_then(|address| address.split_once('?')).map_or("", |(_, query)| query);
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "done")
}

/// An address as it stands in the cookie: without what follows `#`, which a browser keeps to itself.
fn digest(address: &str) -> String {
    let address = address.split('#').next().unwrap_or_default();
    hex::encode(&Sha256::digest(address.as_bytes())[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_happened_by_its_query() {
        assert!(says("/places?done=booked") && says("/a?b=c&done=x#top"));
        assert!(!says("/done") && !says("/a?undone=x") && !says("/a#?done"));
        assert_eq!(digest("/a?done=x#top"), digest("/a?done=x"));
        assert_ne!(digest("/a?done=x"), digest("/b?done=x"));
    }
}
