//! What belongs to no hub: health checks, the specification and its reader, the public keys, and the answer for
//! unknown paths.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_swagger_ui::Config;

use super::advice;
use super::app::App;
use super::call::recognise;
use super::files::internal;
use super::operations::Operations;
use super::packing::Packed;
use super::problem::{Answer, Code, Problem};
use super::reply::Reply;
use super::shown;

/// Registers the handlers that the specification describes.
pub(super) fn routes(config: &mut Operations<'_, '_>) {
    config.service(healthz).service(readyz).service(jwks);
}

/// The specification as it is served, and the page that reads it, whose assets are in the binary.
pub(super) fn reader(config: &mut web::ServiceConfig) {
    advice::routes(config);
    config
        .route("/openapi.json", web::get().to(specification))
        .route(
            "/docs",
            web::get().to(async || HttpResponse::Found().insert_header((header::LOCATION, "/docs/")).finish()),
        )
        .route("/docs/{file:.*}", web::get().to(reading));
}

/// The answer for an unknown path, or 405 where another method would be accepted.
pub(super) async fn nothing_here(request: HttpRequest, app: web::Data<App>) -> Answer {
    if shown::is_for_people(&request) {
        recognise(&app, &request).await;
    }
    let methods = app.roles.methods(request.path());
    if methods.is_empty() {
        return Err(Problem::new(Code::NotFound, "there is nothing at this path"));
    }
    let methods = methods.into_iter().collect::<Vec<_>>().join(", ");
    Err(Problem::new(Code::MethodNotAllowed, format!("this path takes {methods}")).with_header(header::ALLOW, methods))
}

async fn specification(request: HttpRequest, spec: web::Data<Value>) -> HttpResponse {
    static SENT: OnceLock<Packed> = OnceLock::new();
    SENT.get_or_init(|| Packed::of(spec.to_string().into_bytes())).answer(&request, "application/json")
}

/// A file of the reader, compressed when it is first asked for: it is some megabytes in all.
async fn reading(request: HttpRequest, file: web::Path<String>) -> Answer {
    static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| Arc::new(Config::new(["/openapi.json"])));
    static FILES: LazyLock<Mutex<HashMap<String, (Packed, String)>>> = LazyLock::new(Mutex::default);
    let name = file.into_inner();
    let known = FILES.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
    let (packed, media_type) = match known {
        Some(known) => known,
        None => {
            let read = utoipa_swagger_ui::serve(&name, CONFIG.clone()).map_err(|error| internal(&error))?;
            let read = read.ok_or_else(|| Problem::new(Code::NotFound, "there is nothing at this path"))?;
            let made = (Packed::of(read.bytes.into_owned()), read.content_type);
            FILES.lock().unwrap_or_else(PoisonError::into_inner).insert(name, made.clone());
            made
        }
    };
    Ok(packed.answer(&request, &media_type))
}

/// The answer to a health check.
#[derive(Serialize, ToSchema)]
struct Health {
    /// Always `ok`.
    status: &'static str,
}

/// Whether the process answers
#[utoipa::path(tag = "service", security(()), responses((status = 200, body = Health)))]
#[get("/healthz")]
async fn healthz() -> Answer {
    Ok(Reply::ok(&Health { status: "ok" })?.into_response())
}

/// Whether the service can serve: its database takes a write within a second
#[utoipa::path(tag = "service", security(()), responses((status = 200, body = Health)))]
#[get("/readyz")]
async fn readyz(app: web::Data<App>) -> Answer {
    app.ready.ask(&app.db).await?;
    Ok(Reply::ok(&Health { status: "ok" })?.into_response())
}

/// The public keys that access tokens are checked with (RFC 7517)
#[utoipa::path(tag = "service", security(()), responses((status = 200, body = Object)))]
#[get("/.well-known/jwks.json")]
async fn jwks(app: web::Data<App>) -> Answer {
    Ok(Reply::ok(&*app.keys.published())?.into_response())
}
