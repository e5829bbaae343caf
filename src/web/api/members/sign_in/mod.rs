//! `/v1/auth`: signing in and out, and going on with a session.

mod answer;
mod invitations;
mod sessions;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use answer::signed_in;

pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    invitations::routes(config);
    sessions::routes(config);
}
