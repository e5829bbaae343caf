//! `/v1/auth/ways`: how people sign in here.

use actix_web::{get, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::config::Way;
use crate::base::openid::Settings;
use crate::base::text::Line;
use crate::web::app::App;
use crate::web::entering::ways;
use crate::web::operations::Operations;
use crate::web::problem::Answer;
use crate::web::reply::Reply;

pub(super) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list);
}

/// The ways of signing in that the operator has switched on.
#[derive(Serialize, ToSchema)]
struct Ways {
    /// Whether by a password.
    password: bool,
    /// Whether by a code or a link that is sent to the address.
    code: bool,
    /// The identity providers, where they are switched on.
    openid: Vec<OpenidProvider>,
}

/// An identity provider.
#[derive(Serialize, ToSchema)]
struct OpenidProvider {
    /// Its id: `GET /v1/auth/openid/{id}` leads there.
    id: String,
    /// What it is called.
    name: Line,
}

/// How people sign in here
#[utoipa::path(tag = "sign-in", security(()), responses((status = 200, body = Ways)))]
#[get("/auth/ways")]
async fn list(app: web::Data<App>) -> Answer {
    let on = |way| ways::is_open(&app, way);
    let of = |provider: &Settings| OpenidProvider { id: provider.name.clone(), name: provider.label.clone() };
    let openid = ways::providers(&app).map(of).collect();
    let ways = Ways { password: on(Way::Password), code: on(Way::Code), openid };
    Ok(Reply::ok(&ways)?.into_response())
}
