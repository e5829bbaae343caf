//! The one answer of every way of signing in.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::auth::{Proven, Subject};
use crate::members::logins::{Begun, Membership};
use crate::web::app::App;
use crate::web::problem::{Answer, Code, Problem};
use crate::web::reply::Reply;
use crate::web::secret::Secret;

/// How long an access token of a session is good, in minutes.
const TOKEN_MINUTES: i64 = 15;

/// Somebody has signed in, or goes on with their session.
#[derive(Serialize, ToSchema)]
pub(super) struct SignedIn {
    /// Send it as `Authorization: Bearer …`; null where they are in several hubs and none is chosen: choose by
    /// `POST /v1/auth/refresh` with `hub_id`.
    access_token: Option<Secret>,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds until the access token expires.
    expires_in: i64,
    /// Works once, for the next answer like this one.
    refresh_token: Secret,
    /// Until when the refresh token can be used.
    refresh_expires_at: DateTime<Utc>,
    /// What this browser is known by: keep it, and send it when the same person signs in again, so that others who try
    /// their address do not keep them waiting. Null where the session only goes on.
    browser: Option<Secret>,
    /// The hub that the access token is for; null where none is chosen.
    hub: Option<Membership>,
    /// Every hub that they can choose.
    hubs: Vec<Membership>,
}

/// The answer for a session that has begun or goes on, with an access token for the hub that is chosen.
pub(crate) fn signed_in(app: &App, begun: Begun, now: DateTime<Utc>) -> Answer {
    let lasts = TimeDelta::minutes(TOKEN_MINUTES).min(begun.expires_at - now);
    let token = begun.hub.as_ref().map(|hub| {
        let subject = Subject::Person(hub.hub_id, hub.person_id);
        app.keys.issue_in(Proven { subject, session: Some(begun.session) }, now, lasts)
    });
    let access_token = token.transpose().map_err(|error| {
        tracing::error!(%error, "a token could not be signed");
        Problem::new(Code::Internal, "something went wrong here; the request id finds it in the logs")
    })?;
    let signed_in = SignedIn {
        access_token: access_token.map(Secret),
        token_type: "Bearer",
        expires_in: lasts.num_seconds(),
        refresh_token: Secret(begun.refresh),
        refresh_expires_at: begun.refresh_expires_at,
        browser: begun.browser.map(Secret),
        hub: begun.hub,
        hubs: begun.hubs,
    };
    Ok(Reply::ok(&signed_in)?.into_response())
}
