//! What belongs to no hub: health checks, the specification and its reader, the public keys, invitations, and the
//! answer for unknown paths.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_swagger_ui::SwaggerUi;

use super::advice;
use super::app::App;
use super::call::subject;
use super::problem::{Answer, Code, Problem};
use super::reply::Reply;
use super::secret::Secret;
use crate::members::people;

/// Registers the handlers that the specification describes.
pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(healthz).service(readyz).service(jwks).service(invitation).service(accept_invitation);
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
pub(super) async fn nothing_here(request: HttpRequest, spec: web::Data<Value>) -> Answer {
    let methods = methods_of(&spec, request.path());
    if methods.is_empty() {
        return Err(Problem::new(Code::NotFound, "there is nothing at this path"));
    }
    Err(Problem::new(Code::MethodNotAllowed, format!("this path takes {methods}")).with_header(header::ALLOW, methods))
}

fn methods_of(spec: &Value, path: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    let same = |pattern: &str| {
        let pattern: Vec<&str> = pattern.split('/').collect();
        pattern.len() == parts.len()
            && pattern
                .iter()
                .zip(&parts)
                .all(|(pattern, part)| pattern == part || (pattern.starts_with('{') && !part.is_empty()))
    };
    let methods = spec["paths"].as_object().into_iter().flatten().filter(|(pattern, _)| same(pattern));
    let mut allowed: Vec<String> = Vec::new();
    for method in methods.flat_map(|(_, methods)| methods.as_object().into_iter().flatten().map(|(method, _)| method)) {
        let more =
            if method == "get" { vec!["GET".to_owned(), "HEAD".to_owned()] } else { vec![method.to_uppercase()] };
        allowed.extend(more);
    }
    allowed.sort();
    allowed.dedup();
    allowed.join(", ")
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

/// An invitation that has not been accepted.
#[derive(Serialize, ToSchema)]
struct InvitationBody {
    /// The e-mail address of the person invited.
    email: crate::base::text::Email,
    /// The name of the person invited.
    name: crate::base::text::Line,
    /// Until when it can be accepted.
    expires_at: DateTime<Utc>,
}

/// A new access token.
#[derive(Serialize, ToSchema)]
struct TokenBody {
    /// Send it as `Authorization: Bearer …`.
    access_token: Secret,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds until it expires.
    expires_in: i64,
}

/// How long an access token of the service is valid, in minutes.
const TOKEN_MINUTES: i64 = 15;

/// Looks at an invitation without accepting it
#[utoipa::path(tag = "service", security(()), params(("secret" = String, Path, description = "From the link")), responses((status = 200, body = InvitationBody)))]
#[get("/v1/auth/invitations/{secret}")]
async fn invitation(app: web::Data<App>, secret: web::Path<String>) -> Answer {
    let mut tx = app.db.read_everywhere().await?;
    let (person, expires_at) =
        people::invitation(&mut tx, &secret, app.clock.now()).await?.ok_or_else(Problem::not_found)?;
    Ok(Reply::ok(&InvitationBody { email: person.email, name: person.name, expires_at })?.into_response())
}

/// Accepts an invitation, once: the answer is an access token
#[utoipa::path(tag = "service", security(()), params(("secret" = String, Path, description = "From the link")), responses((status = 200, body = TokenBody)))]
#[post("/v1/auth/invitations/{secret}")]
async fn accept_invitation(app: web::Data<App>, secret: web::Path<String>) -> Answer {
    let (mut tx, now) = (app.db.write_everywhere().await?, app.clock.now());
    let person = people::accept(&mut tx, &secret, now).await?.ok_or_else(Problem::not_found)?;
    let token =
        app.keys.issue(subject(person.hub_id, person.id), now, TimeDelta::minutes(TOKEN_MINUTES)).map_err(|error| {
            tracing::error!(%error, "a token could not be signed");
            Problem::new(Code::Internal, "something went wrong here; the request id finds it in the logs")
        })?;
    tx.commit().await?;
    Ok(Reply::ok(&TokenBody { access_token: Secret(token), token_type: "Bearer", expires_in: TOKEN_MINUTES * 60 })?
        .into_response())
}
