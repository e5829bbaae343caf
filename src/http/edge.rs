//! The edge: what happens to every request before and after its handler. A request id, one JSON log
//! line, a time limit, rate limits, and one form for every refusal.

use std::convert::Infallible;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
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
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use super::call::App;
use super::client_address;
use super::problem::{Code, Problem};
use crate::auth::{Refused, Subject};
use crate::clock;
use crate::config::{Network, Settings};

type Keyed<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// How many requests each person, and each address that proves nobody, may make in a minute.
pub(crate) struct Limits {
    people: Option<Limit<Subject>>,
    addresses: Option<Limit<Option<IpAddr>>>,
    trusted: Vec<Network>,
}

/// What the token of a request proves: somebody, or why nobody; none where there is no token.
#[derive(Clone, Copy)]
pub(super) struct Proof(pub(super) Option<Result<Subject, Refused>>);

struct Limit<K: Hash + Eq + Clone> {
    name: &'static str,
    policy: HeaderValue,
    limiter: Keyed<K>,
}

/// What is left to the caller, for the headers of the answer.
struct Left {
    policy: HeaderValue,
    left: String,
}

impl Limits {
    /// The limits of the settings; 0 is none.
    pub(crate) fn new(settings: &Settings) -> Limits {
        Limits {
            people: Limit::new("person", settings.requests_per_person),
            addresses: Limit::new("address", settings.requests_per_address),
            trusted: settings.trusted_proxies.clone(),
        }
    }

    /// Counts a request for whom it is proved to come from, a person or the operator, and else for its address.
    /// Where a secret or a number opens what a token does not, whoever guesses counts as an address, token or not.
    fn count(&self, proof: Proof, request: &HttpRequest) -> Result<(), Problem> {
        match proof.0 {
            Some(Ok(who)) if !opens_by_knowing(request.path()) => {
                self.people.as_ref().map_or(Ok(()), |limit| limit.count(&who, request))
            }
            _ => {
                let count = |limit: &Limit<_>| limit.count(&client_address::counted(request, &self.trusted), request);
                self.addresses.as_ref().map_or(Ok(()), count)
            }
        }
    }

    /// Forgets callers who have their whole allowance again.
    pub(crate) fn forget_idle(&self) {
        if let Some(people) = &self.people {
            people.limiter.retain_recent();
        }
        if let Some(addresses) = &self.addresses {
            addresses.limiter.retain_recent();
        }
    }
}

impl<K: Hash + Eq + Clone> Limit<K> {
    /// None where it is 0.
    fn new(name: &'static str, a_minute: u32) -> Option<Limit<K>> {
        let quota = Quota::per_minute(NonZeroU32::new(a_minute)?);
        let policy = HeaderValue::from_str(&format!("\"{name}\";q={a_minute};w=60")).ok()?;
        Some(Limit { name, policy, limiter: RateLimiter::keyed(quota).with_middleware() })
    }

    fn count(&self, who: &K, request: &HttpRequest) -> Result<(), Problem> {
        let (name, policy) = (self.name, self.policy.clone());
        match self.limiter.check_key(who) {
            Ok(state) => {
                let left = format!("\"{name}\";r={}", state.remaining_burst_capacity());
                request.extensions_mut().insert(Left { policy, left });
                Ok(())
            }
            Err(refused) => {
                let wait = refused.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
                request.extensions_mut().insert(Left { policy, left: format!("\"{name}\";r=0;t={wait}") });
                let problem = Problem::new(Code::TooManyRequests, format!("wait {wait} seconds"));
                Err(problem.with_header(header::RETRY_AFTER, wait.to_string()))
            }
        }
    }
}

/// The middleware around every handler.
pub(crate) async fn edge(mut request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let id = request_id(&request);
    let line = tracing::enabled!(tracing::Level::INFO)
        .then(|| (request.method().clone(), without_secret(request.path()).to_owned()));
    let app = request.app_data::<web::Data<App>>().cloned();
    let seconds = app.as_ref().map_or(30, |app| app.settings.request_seconds);

    let head = request.method() == Method::HEAD;
    if head {
        // Whatever answers GET answers HEAD, with the same headers.
        request.head_mut().method = Method::GET;
    }

    let counted = match app.as_ref() {
        Some(app) if !is_probe(request.path()) => {
            let proof = Proof(bearer(request.headers()).map(|token| app.keys.verify(token, app.clock.now())));
            request.extensions_mut().insert(proof);
            app.limits.count(proof, request.request())
        }
        _ => Ok(()),
    };
    let outcome = match counted {
        Err(refusal) => Ok(request.into_response(refusal.answer(Some(&id)))),
        Ok(()) => match tokio::time::timeout(Duration::from_secs(seconds), next.call(request)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Problem::new(Code::TimedOut, format!("no answer in {seconds} seconds"))
                .with_header(header::RETRY_AFTER, "1")
                .into()),
        },
    };
    let outcome = match outcome {
        Ok(response) if head => Ok(finish(response, &id).map_body(|_, body| headers_only(body))),
        Ok(response) => Ok(finish(response, &id)),
        // The request is gone with the handler that was given up: only its answer can be returned.
        Err(error) => {
            let mut response = match error.as_error::<Problem>() {
                Some(problem) => problem.answer(Some(&id)),
                None => error.error_response(),
            };
            stamp(response.headers_mut(), &id);
            let response = if head { response.map_body(|_, body| headers_only(body)) } else { response };
            Err((response.status(), InternalError::from_response("the request was given up", response)))
        }
    };
    if let Some((method, path)) = line {
        let status = outcome.as_ref().map_or_else(|(status, _)| *status, ServiceResponse::status).as_u16();
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        tracing::info!(request_id = %id, method = %method, path, status, micros, "request");
    }
    outcome.map_err(|(_, error)| error.into())
}

/// The answer with the request's id in it, and what is left to the caller.
fn finish(response: ServiceResponse<BoxBody>, id: &str) -> ServiceResponse<BoxBody> {
    let problem = response.response().error().and_then(|error| error.as_error::<Problem>());
    let answer = problem.map(|problem| problem.answer(Some(id)));
    let mut response = match answer {
        Some(answer) => response.into_response(answer),
        None => response,
    };
    stamp(response.headers_mut(), id);
    let left = response.request().extensions_mut().remove::<Left>();
    if let Some(Left { policy, left }) = left {
        response.headers_mut().insert(HeaderName::from_static("ratelimit-policy"), policy);
        set(response.headers_mut(), HeaderName::from_static("ratelimit"), &left);
    }
    response
}

/// The token of `Authorization: Bearer …`; the name of the scheme is read in either case.
fn bearer(headers: &header::HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The answer to HEAD: as long as that to GET, and not sent.
fn headers_only(body: BoxBody) -> BoxBody {
    match body.size() {
        BodySize::None | BodySize::Sized(0) => body,
        size => BoxBody::new(Unsent(size)),
    }
}

/// A body of which only the size is told.
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

/// Whether what is there is open to whoever knows the path.
fn opens_by_knowing(path: &str) -> bool {
    ["/v1/auth/", "/v1/calendars/", "/v1/certificates/"].iter().any(|before| path.starts_with(before))
}

/// The path as it may be logged: whoever reads the secret of a link could use it.
fn without_secret(path: &str) -> &str {
    const SECRET: &[&str] = &["/v1/auth/invitations/", "/v1/calendars/"];
    SECRET.iter().find(|before| path.starts_with(**before)).unwrap_or(&path)
}

/// What every answer carries.
fn stamp(headers: &mut header::HeaderMap, id: &str) {
    set(headers, HeaderName::from_static("x-request-id"), id);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

fn set(headers: &mut header::HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// The id that came with the request where it is a decent one, or a new one.
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
