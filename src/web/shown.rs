//! A refusal as a page, for whoever asked for a page.

use actix_web::http::header::HeaderMap;
use actix_web::http::{Method, StatusCode, Uri, header};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use askama::Template;

use super::app::{App, WaysOf};
use super::assets;
use super::browser::{self, is_of_pages};
use super::headers;
use super::links;
use super::plain;
use super::problem::{Code, Problem};
use super::resend;
use super::takeout;
use super::who::{HubLook, SignedIn};

/// What went wrong, in words, and where to go.
#[derive(Template)]
#[template(path = "pages/refused.html")]
struct Refused<'a> {
    style: &'static str,
    title: &'static str,
    detail: &'a str,
    /// Who looks at it, where they have signed in.
    around: Option<Around>,
    /// The page for paper in place of a PDF that can't be set.
    on_paper: Option<String>,
    id: Option<&'a str>,
    back: Option<String>,
    /// Where somebody chooses another of their hubs, and comes back from.
    elsewhere: Option<String>,
}

/// What stands around the page for somebody who has signed in.
struct Around {
    hub: String,
    colour: Option<String>,
    person: String,
    ways: WaysOf,
}

impl Around {
    /// For whoever the request was found to come from.
    fn of(request: &HttpRequest) -> Option<Around> {
        let app = request.app_data::<web::Data<App>>()?;
        let extensions = request.extensions();
        let (look, SignedIn { name, role }) = (extensions.get::<HubLook>()?, extensions.get::<SignedIn>()?);
        Some(Around {
            hub: look.name.to_string(),
            colour: assets::colour(look.colour),
            person: name.to_string(),
            ways: (app.menu)(*role),
        })
    }
}

/// Whether a refusal of this request is shown as a page to somebody who may have signed in.
pub(super) fn is_for_people(request: &HttpRequest) -> bool {
    browser::is_page(request.path()) && asks_for_pages(request)
}

/// The page that tells of a refusal, where a page was asked for; none for callers of the API. Whoever has not signed in is
/// taken there first, and whoever must give a code of their app, to that.
pub(super) fn answer(request: &HttpRequest, problem: &Problem, id: Option<&str>) -> Option<HttpResponse> {
    let file = takeout::asked(request);
    let nothing = request.match_pattern().is_none() && file.is_none() && !asks_for_pages(request);
    // Of what belongs to nobody, a problem that is not known is looked up by people alone.
    let advice = request.path().starts_with("/problems") && asks_for_pages(request);
    if !(advice || is_of_pages(request)) || nothing {
        return None;
    }
    let look = request.method() == Method::GET || request.method() == Method::HEAD;
    if let Some(page) = resend::page(request, problem) {
        return Some(page);
    }
    let asked = file.as_ref().unwrap_or(request.uri());
    let onward = |asked| match browser::page_before(request).filter(|_| !look) {
        Some(before) => with_next(&before),
        None => onward(asked, look),
    };
    match problem.code() {
        Code::Unauthorized | Code::TokenExpired | Code::SessionEnded | Code::PersonDisabled => {
            Some(to("/sign-in", &onward(asked)))
        }
        Code::TotpNeeded => Some(to("/sign-in/app", &onward(asked))),
        _ => {
            let on_paper = takeout::on_paper(asked).filter(|_| problem.code() == Code::NoFont);
            let (back, around) = (browser::page_before(request).filter(|_| !look), Around::of(request));
            let elsewhere = (look && problem.code() == Code::NotFound && browser::session(request).is_some())
                .then(|| in_another_hub(asked));
            Some(page(problem, id, Ways { on_paper, back, around, elsewhere }))
        }
    }
}

/// The page for a browser that opens a link to an operation of the API: looking at a link never uses it up.
pub(super) fn in_place_of_an_operation(request: &HttpRequest) -> Option<HttpResponse> {
    let look = request.method() == Method::GET && asks_for_pages(request);
    links::page_of(request.path()).filter(|_| look).map(|page| to(&page, ""))
}

/// The page on which another hub is chosen, from which one comes back to what was looked at: letters of every hub lead to
/// the same pages.
fn in_another_hub(asked: &Uri) -> String {
    let query = onward(asked, true);
    if query.is_empty() { "/sign-in/hub".to_owned() } else { format!("/sign-in/hub?{query}") }
}

/// What was looked at, as the query of the page that comes before it.
fn onward(asked: &Uri, look: bool) -> String {
    let back = asked.path_and_query().map_or("/", |asked| asked.as_str());
    if look { with_next(back) } else { String::new() }
}

fn with_next(back: &str) -> String {
    let mut next = url::form_urlencoded::Serializer::new(String::new());
    if back != "/" {
        next.append_pair("next", back);
    }
    next.finish()
}

/// Whether it is a browser that asks.
fn asks_for_pages(request: &HttpRequest) -> bool {
    asks_by(request.headers())
}

/// Whether it is a browser that asks, by what it takes.
pub(super) fn asks_by(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

fn to(path: &str, query: &str) -> HttpResponse {
    let address = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    HttpResponse::SeeOther().insert_header((header::LOCATION, address)).finish()
}

/// Where a refusal's page leads besides to the first page.
#[derive(Default)]
pub(super) struct Ways {
    /// The page for paper in place of a PDF that can't be set.
    on_paper: Option<String>,
    /// The page of the form.
    back: Option<String>,
    /// Who looks at it, where they have signed in.
    around: Option<Around>,
    /// Where another hub is chosen.
    elsewhere: Option<String>,
}

/// The page of a refusal.
pub(super) fn page(problem: &Problem, id: Option<&str>, ways: Ways) -> HttpResponse {
    let Ways { on_paper, back, around, elsewhere } = ways;
    let title = match problem.code().status() {
        StatusCode::NOT_FOUND => "There is nothing here",
        StatusCode::METHOD_NOT_ALLOWED => "This page can’t be opened like that",
        StatusCode::PAYLOAD_TOO_LARGE => "That is too much to send",
        StatusCode::FORBIDDEN if problem.detail() == resend::GROWN_OLD => "This form is not open any more",
        StatusCode::FORBIDDEN => "This is not for you",
        StatusCode::TOO_MANY_REQUESTS => "That was too much at once",
        _ if on_paper.is_some() => "This PDF can’t be made",
        status if status.is_server_error() => "Something went wrong here",
        _ => "That could not be done",
    };
    let detail = match problem.code() {
        Code::NotFound => "Either it never was, or it is not yours to see.".to_owned(),
        Code::MethodNotAllowed => "What it does is done by a button on another page.".to_owned(),
        Code::TooManyRequests => format!("Too much was asked from here in a short time: {}.", problem.detail()),
        _ => plain::detail(problem),
    };
    let mut response = HttpResponse::build(problem.code().status());
    response.insert_header((header::CONTENT_SECURITY_POLICY, headers::OF_PAGES));
    problem.stamp(&mut response);
    let page = Refused { style: assets::style(), title, detail: &detail, around, on_paper, id, back, elsewhere };
    response.content_type("text/html; charset=utf-8").body(page.render().unwrap_or_default())
}
