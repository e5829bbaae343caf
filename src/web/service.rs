//! What belongs to no hub: health checks, the specification and its reader, the public keys, and the answer for
//! unknown paths.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_swagger_ui::SwaggerUi;

use super::advice;
use super::app::App;
use super::operations::Operations;
use super::problem::{Answer, Code, Problem};
use super::reply::Reply;

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
        .service(SwaggerUi::new("/docs/{_:.*}").config(utoipa_swagger_ui::Config::new(["/openapi.json"])));
}

/// The answer for an unknown path, or 405 where another method would be accepted.
pub(super) async fn nothing_here(request: HttpRequest, app: web::Data<App>) -> Answer {
    let methods = app.roles.methods(request.path());
    if methods.is_empty() {
        return Err(Problem::new(Code::NotFound, "there is nothing at this path"));
    }
    let methods = methods.into_iter().collect::<Vec<_>>().join(", ");
    Err(Problem::new(Code::MethodNotAllowed, format!("this path takes {methods}")).with_header(header::ALLOW, methods))
}

async fn specification(spec: web::Data<Value>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(spec.to_string())
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
