//! What every answer says to browsers and caches: nothing is stored, nothing of it is run, framed or guessed at.

use actix_cors::Cors;
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::app::App;

/// An answer of the API is data, whatever a browser takes it for.
const DATA: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The reader of the specification is made of scripts and styles of this service. The digest is of the one style that its
/// script writes into an element.
const READER: &str = "default-src 'none'; script-src 'self'; \
                      style-src 'self' 'unsafe-hashes' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; \
                      img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// A page to print loads nothing, and is styled by the one text that it holds: `digest` is its SHA-256.
pub(super) fn of_paper(digest: &[u8]) -> String {
    let digest = BASE64_STANDARD.encode(digest);
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// The pages that people use: their own style and script, their own forms, pictures that they are made with.
pub(super) const OF_PAGES: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
                                   connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A year: what was once reached by HTTPS is not asked for by HTTP again.
const HTTPS_ONLY: &str = "max-age=31536000";

/// What is the same for everyone, and changes with a release or the rotation of a key.
const PUBLIC: &[&str] = &["/openapi.json", "/docs", "/.well-known/jwks.json"];

/// What the stamp of an answer depends on besides the answer.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    reader: bool,
    public: bool,
    https: bool,
}

impl Asked {
    pub(super) fn of(request: &ServiceRequest) -> Asked {
        let path = request.path();
        let within =
            |place: &str| path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let app = request.app_data::<web::Data<App>>();
        Asked {
            reader: within("/docs"),
            public: PUBLIC.iter().any(|public| within(public)),
            https: app.is_some_and(|app| app.settings.public_url.starts_with("https://")),
        }
    }
}

/// The middleware around all others: stamps every answer, also those to preflights.
pub(crate) async fn stamped<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let asked = Asked::of(&request);
    let mut response = next.call(request).await?;
    let status = response.status();
    stamp(response.headers_mut(), asked, status);
    Ok(response)
}

/// Adds what the answer does not say itself.
pub(super) fn stamp(headers: &mut HeaderMap, Asked { reader, public, https }: Asked, status: StatusCode) {
    let mut say = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    let cached = public && (status.is_success() || status.is_redirection());
    say(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    say(header::REFERRER_POLICY, "no-referrer");
    say(header::CONTENT_SECURITY_POLICY, if reader { READER } else { DATA });
    say(header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin");
    say(header::CROSS_ORIGIN_OPENER_POLICY, "same-origin");
    say(header::PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    say(header::CACHE_CONTROL, if cached { "public, max-age=300" } else { "no-store" });
    if https {
        say(header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
}

/// Lets pages of these origins call the API from a browser; none where there are none. Callers are known by their tokens
/// alone, so no cookie goes along.
pub(super) fn cors(origins: &[String]) -> Cors {
    let answers = [
        "etag",
        "link",
        "location",
        "retry-after",
        "x-request-id",
        "ratelimit",
        "ratelimit-policy",
        "idempotency-replayed",
    ];
    let asked =
        ["authorization", "accept", "content-type", "idempotency-key", "if-match", "if-none-match", "x-request-id"];
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers(asked)
        .expose_headers(answers)
        .max_age(600);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}
