//! `/v1/auth/refresh` and signing out; `/v1/me/sessions`: what somebody is signed in by.

use actix_web::{post, web};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::answer::{SignedIn, signed_in};
use crate::base::db;
use crate::base::ids::HubId;
use crate::members::logins::{self, Refreshed};
use crate::web::app::App;
use crate::web::body::Body;
use crate::web::call::unauthorized;
use crate::web::problem::{Answer, Code, Problem};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(refresh);
}

/// A session to be gone on with.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Refresh)]
struct Refresh {
    /// The newest refresh token of the session.
    refresh_token: String,
    /// The hub to go on in; where it is not sent, the one of before.
    hub_id: Option<HubId>,
}

/// Goes on with a session: a new access token, in the same hub or in another, and the next refresh token
///
/// A refresh token works once. Where one is sent again somebody has copied it, and the session ends.
#[utoipa::path(tag = "sign-in", security(()), request_body = Refresh, responses((status = 200, body = SignedIn), (status = 401, description = "The session has ended")))]
#[post("/auth/refresh")]
async fn refresh(app: web::Data<App>, body: Body<Refresh>) -> Answer {
    let Refresh { refresh_token, hub_id } = body.parse()?;
    let now = app.clock.now();
    let refreshed = db::retrying(async || {
        let mut tx = app.db.write().await?;
        let refreshed = logins::refresh(&mut tx, &refresh_token, hub_id, &app.settings.sessions, now).await?;
        tx.commit().await?;
        Ok::<_, Problem>(refreshed)
    })
    .await?;
    match refreshed {
        Refreshed::On(begun) => signed_in(&app, *begun, now),
        Refreshed::Ended => Err(unauthorized(Code::SessionEnded, "the session has ended: sign in again")),
    }
}
