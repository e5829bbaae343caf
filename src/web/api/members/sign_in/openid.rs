//! `/v1/auth/openid`: signing in by a provider of OpenID Connect.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use utoipa::IntoParams;

use super::answer::{SignedIn, signed_in};
use crate::base::ids::HubId;
use crate::web::app::App;
use crate::web::body;
use crate::web::entering::onward;
use crate::web::entering::openid::{self, Asked, Sent};
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;

pub(super) fn routes(config: &mut Operations<'_, '_>) {
    config.service(begin).service(end);
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wish {
    /// The hub to sign in to, where the person is in several.
    hub_id: Option<HubId>,
}

/// Sends the browser to a provider, to sign in there
///
/// The provider sends it back to `/v1/auth/openid/{provider}/callback`, within ten minutes and in the same browser: a
/// cookie knows it again.
#[utoipa::path(tag = "sign-in", security(()), params(("provider" = String, Path, description = "A provider of `GET /v1/auth/ways`"), Wish), responses((status = 302, description = "To the provider")))]
#[get("/auth/openid/{provider}")]
async fn begin(app: web::Data<App>, request: HttpRequest, name: web::Path<String>) -> Answer {
    let Wish { hub_id } = body::parse_query(request.query_string())?;
    let Asked { to, cookie, .. } = openid::begin(&app, &request, &name, hub_id).await?;
    Ok(HttpResponse::Found()
        .insert_header((header::LOCATION, to))
        .insert_header((header::SET_COOKIE, cookie))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish())
}

/// The way back from a provider: signs in whoever it vouches for
///
/// A verified e-mail address finds the login of whoever has it in a hub. From then on the provider's own name for the
/// person decides, even where their address changes.
#[utoipa::path(tag = "sign-in", security(()), params(("provider" = String, Path, description = "The provider"), Sent), responses((status = 200, body = SignedIn)))]
#[get("/auth/openid/{provider}/callback")]
async fn end(app: web::Data<App>, request: HttpRequest, name: web::Path<String>) -> Answer {
    let outcome = openid::end(&app, &request, &name).await;
    if let Some(next) = openid::page(&request) {
        return match outcome {
            Ok(begun) => onward::enter(&app, &begun, &next),
            Err(problem) => Ok(back(&problem, &next)),
        };
    }
    let mut answer = signed_in(&app, outcome?, app.clock.now())?;
    answer.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// Back to the page on which the sign-in began, which says why it failed.
fn back(problem: &Problem, next: &str) -> HttpResponse {
    Reply::see(&onward::via(&format!("/sign-in?failed={}", problem.code()), next)).into_response()
}
