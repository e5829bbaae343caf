//! The edge: what happens to every request before and after its handler: a request id, one JSON log line, a time limit,
//! rate limits, and one format for every refusal.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage, HttpRequest, web};
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::app::App;
use super::audited::{self, RequestId};
use super::browser;
use super::headers;
use super::key_proof;
use super::limits::{Left, Proof};
use super::problem::{Code, Problem};
use super::secret::without_secret;
use super::shown;
use super::takeout;
use crate::base::auth::Refused;
use crate::base::clock;
use crate::members::api_keys::KeyText;

/// The middleware around every handler.
pub(crate) async fn edge(mut request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    takeout::lead(&mut request);
    let id = request_id(&request);
    let (span, asked) = (span(&request, &id), headers::Asked::of(&request));
    let app = request.app_data::<web::Data<App>>().cloned();
    let head = request.method() == Method::HEAD;
    if head {
        // Whatever answers GET answers HEAD, with the same headers.
        request.head_mut().method = Method::GET;
    }

    let outcome = match count(app.as_ref(), &request, &id).instrument(span.clone()).await {
        Err(refusal) => Ok(request.into_response(refusal.answer(Some(&id)))),
        Ok(()) => match shown::in_place_of_an_operation(request.request()) {
            Some(page) => Ok(request.into_response(page)),
            None => handle(app.as_ref(), request, next).instrument(span.clone()).await,
        },
    };
    if let (Some(app), Ok(response)) = (&app, &outcome) {
        audited::of_answer(app, response, head).instrument(span.clone()).await;
    }
    let outcome = match outcome {
        Ok(response) if head => Ok(finish(response, &id).map_body(|_, body| headers_only(body))),
        Ok(response) => Ok(finish(response, &id)),
        // The request is lost with the handler that was given up: only its answer can be returned.
        Err(error) => {
            let mut response = match error.as_error::<Problem>() {
                Some(problem) => problem.answer(Some(&id)),
                None => error.error_response(),
            };
            let status = response.status();
            stamp(response.headers_mut(), &id);
            headers::stamp(response.headers_mut(), asked, status);
            let response = if head { response.map_body(|_, body| headers_only(body)) } else { response };
            Err((response.status(), InternalError::from_response("the request was given up", response)))
        }
    };
    span.in_scope(|| {
        let status = outcome.as_ref().map_or_else(|(status, _)| *status, ServiceResponse::status).as_u16();
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        tracing::info!(status, micros, "request");
    });
    outcome.map_err(|(_, error)| error.into())
}

/// Counts the request, unless it is a probe, and notes what it proves for its handler.
async fn count(app: Option<&web::Data<App>>, request: &ServiceRequest, id: &Arc<str>) -> Result<(), Problem> {
    let Some(app) = app.filter(|_| !is_probe(request.path())) else { return Ok(()) };
    let proof = prove(app, request.request()).await;
    request.extensions_mut().insert(RequestId(Arc::clone(id)));
    request.extensions_mut().insert(proof?);
    Ok(())
}

/// Has the request handled within the time that it may take.
async fn handle(
    app: Option<&web::Data<App>>,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let seconds = app.map_or(30, |app| app.settings.request_seconds);
    let timed_out = || {
        Problem::new(Code::TimedOut, format!("no answer in {seconds} seconds")).with_header(header::RETRY_AFTER, "1")
    };
    let handled = tokio::time::timeout(Duration::from_secs(seconds), next.call(request)).await;
    handled.unwrap_or_else(|_| Err(timed_out().into()))
}

/// The fields of every log line about a request: its id, what is asked for, and whom it is proved to come from
/// ([`super::call::identify`] adds that). Not the id that `tracing-actix-web` makes: the caller's own is kept.
fn span(request: &ServiceRequest, id: &str) -> Span {
    tracing::info_span!(
        "request",
        request_id = id,
        method = %request.method(),
        path = without_secret(request.path()),
        operation = request.match_pattern(),
        hub = Empty,
        caller = Empty,
        key = Empty,
    )
}

/// Adds to the answer the request's id and the caller's remaining allowance.
fn finish(response: ServiceResponse<BoxBody>, id: &str) -> ServiceResponse<BoxBody> {
    let other = takeout::is_none(&response);
    let problem = response.response().error().and_then(|error| error.as_error::<Problem>()).or(other.as_ref());
    let as_page = |problem| shown::answer(response.request(), problem, Some(id));
    let answer = problem.map(|problem| as_page(problem).unwrap_or_else(|| problem.answer(Some(id))));
    let mut response = match answer {
        Some(answer) => response.into_response(answer),
        None => response,
    };
    takeout::name(&mut response);
    stamp(response.headers_mut(), id);
    let left = response.request().extensions_mut().remove::<Left>();
    if let Some(Left { policy, left }) = left {
        response.headers_mut().insert(HeaderName::from_static("ratelimit-policy"), policy);
        set(response.headers_mut(), HeaderName::from_static("ratelimit"), &left);
    }
    response
}

/// What a request proves, with the request counted.
async fn prove(app: &web::Data<App>, request: &HttpRequest) -> Result<Proof, Problem> {
    let proof = match bearer(request.headers()) {
        Some(Ok(token)) if KeyText::is_meant(token) => return key_proof::prove(app, token, request).await,
        Some(token) => Proof::Token(token.and_then(|token| app.keys.verify(token, app.clock.now()))),
        None if browser::is_of_pages(request) => browser::proof(app, request),
        None => Proof::Nothing,
    };
    app.limits.count(proof, request).map(|()| proof)
}

/// The token of `Authorization: Bearer …`; the scheme's name is matched ignoring case. Whoever sends the header twice
/// proves nothing: two readers could each take another.
fn bearer(headers: &header::HeaderMap) -> Option<Result<&str, Refused>> {
    let mut sent = headers.get_all(header::AUTHORIZATION);
    let (one, another) = (sent.next()?, sent.next());
    if another.is_some() {
        return Some(Err(Refused::Invalid));
    }
    let (scheme, token) = one.to_str().ok()?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Ok(token.trim()))
}

/// The answer to HEAD: the length of that to GET, without sending it.
fn headers_only(body: BoxBody) -> BoxBody {
    match body.size() {
        BodySize::None | BodySize::Sized(0) => body,
        size => BoxBody::new(Unsent(size)),
    }
}

/// A body of which only the size is known.
struct Unsent(BodySize);

impl MessageBody for Unsent {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.0
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}

/// Adds the id of the request.
fn stamp(headers: &mut header::HeaderMap, id: &str) {
    set(headers, HeaderName::from_static("x-request-id"), id);
}

fn set(headers: &mut header::HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// The id that came with the request where it is acceptable, otherwise a new one.
fn request_id(request: &ServiceRequest) -> Arc<str> {
    let sent = request.headers().get("x-request-id").and_then(|id| id.to_str().ok());
    let decent = |id: &&str| {
        (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    match sent.filter(decent) {
        Some(id) => id.into(),
        None => clock::new_id(clock::Clock::System.now()).to_string().into(),
    }
}

fn is_probe(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}
