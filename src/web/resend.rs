//! A form that can't be taken because its session is over, or another has begun: what was typed is not lost. The answer
//! shows it, and holds it in a form that can be sent once more. Nothing is done without a mark of the session that there
//! is then, and nothing is kept here.

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::{Method, StatusCode, header};
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use askama::Template;
use futures_util::{StreamExt, stream};

use super::app::App;
use super::assets;
use super::browser::{self, Shown};
use super::entering::onward::via;
use super::headers;
use super::plain;
use super::problem::{Code, Problem};
use crate::base::clock::new_id;

/// The longest form that is shown again, in bytes.
const LONGEST: usize = 64 * 1024;

/// What was typed into the form that this request sends.
struct Typed(Bytes);

/// What is said of a form whose mark is of another session, or of none that is known.
pub(crate) const GROWN_OLD: &str = "This form has grown old, or you have signed in or out since: open the page again.";

/// That the mark of the form is of another session than the request.
#[derive(Clone, Copy)]
pub(crate) struct OfAnother;

/// Reads a form before its handler does, and lets the handler read it too.
pub(super) async fn keep(request: &mut ServiceRequest) {
    let typed = request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded");
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let short = length.is_some_and(|length: usize| length <= LONGEST);
    if request.method() != Method::POST || !typed || !short || !browser::is_page(request.path()) {
        return;
    }
    let mut sent = request.take_payload();
    let mut bytes = BytesMut::new();
    let mut failed = None;
    while let Some(piece) = sent.next().await {
        match piece {
            Ok(piece) => bytes.extend_from_slice(&piece),
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    let bytes = bytes.freeze();
    request.extensions_mut().insert(Typed(bytes.clone()));
    let pieces: Vec<Result<Bytes, PayloadError>> = std::iter::once(Ok(bytes)).chain(failed.map(Err)).collect();
    request.set_payload(Payload::Stream { payload: Box::pin(stream::iter(pieces)) });
}

/// What was typed, to be read and to be sent once more.
#[derive(Template)]
#[template(path = "pages/resend.html")]
struct Resend<'a> {
    style: &'static str,
    action: &'a str,
    /// Where to sign in first; none for whoever has signed in.
    sign_in: Option<String>,
    fields: Vec<(String, String)>,
    /// What people typed of them, as the page called it.
    typed: Vec<(String, String)>,
    key: String,
    mark: String,
}

/// The page that holds what was typed into a form of ours that can't be taken any more; none for anything else.
pub(super) fn page(request: &HttpRequest, problem: &Problem) -> Option<HttpResponse> {
    let app = request.app_data::<Data<App>>()?;
    let signed_out = [Code::Unauthorized, Code::TokenExpired, Code::SessionEnded].contains(&problem.code());
    let of_another = request.extensions().get::<OfAnother>().is_some();
    if !(signed_out || of_another) || !browser::surely_from_our_pages(app, request) {
        return None;
    }
    let fields = fields(request)?;
    let key = new_id(app.clock.now()).to_string();
    let mark = match (signed_out, browser::session(request).map(Shown::Session)) {
        (false, Some(shown)) => shown.mark(app, &key),
        (false, None) => return None,
        (true, _) => String::new(),
    };
    let action = request.path();
    let sign_in = signed_out.then(|| via("/sign-in", browser::page_before(request).as_deref().unwrap_or("/")));
    let worth = |(name, value): &&(String, String)| is_typed(name) && !value.trim().is_empty();
    let typed = fields.iter().filter(worth).map(|(name, value)| (label(name), value.clone())).collect();
    let page = Resend { style: assets::style(), action, sign_in, typed, fields, key, mark };
    let status = if signed_out { StatusCode::UNAUTHORIZED } else { StatusCode::FORBIDDEN };
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CONTENT_SECURITY_POLICY, headers::OF_PAGES));
    response.insert_header((header::REFERRER_POLICY, "same-origin"));
    Some(response.content_type("text/html; charset=utf-8").body(page.render().unwrap_or_default()))
}

include!(concat!(env!("OUT_DIR"), "/fields.rs"));

/// Whether people type into a field of this name.
fn is_typed(name: &str) -> bool {
    let of_it = |other: &&str| *other == name || (other.ends_with(['-', '.', '_', '/']) && name.starts_with(other));
    !OTHERS.iter().any(of_it)
}

/// What the pages call a field.
fn label(name: &str) -> String {
    let known = LABELS.iter().find(|(field, _)| *field == name);
    known.map_or_else(|| plain::name(name), |(_, label)| (*label).to_owned())
}

/// The fields of the form, without what proves it; none where it holds what is shown to nobody.
fn fields(request: &HttpRequest) -> Option<Vec<(String, String)>> {
    let extensions = request.extensions();
    let Typed(bytes) = extensions.get::<Typed>()?;
    let sent = url::form_urlencoded::parse(bytes).into_owned();
    let fields: Vec<_> = sent.filter(|(name, _)| !["form_key", "form_mark"].contains(&name.as_str())).collect();
    let secret = |(name, _): &(String, String)| ["password", "code", "secret"].iter().any(|word| name.contains(word));
    (!fields.iter().any(secret)).then_some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_told_from_what_the_page_sent_along() {
        for other in ["shown", "version", "sure", "quote", "shown-0199", "was.0199", "school_id", "role", "form_key"] {
            assert!(!is_typed(other), "{other}");
        }
        for (name, called) in
            [("capacity", "Places"), ("milestones/0/title", "Title"), ("comment", "What would you say about it?")]
        {
            assert!(is_typed(name), "{name}");
            assert_eq!(label(name), called);
        }
    }
}
