//! Requests about what people are told: their notices.

pub(crate) mod notices;

use utoipa_actix_web::service_config::ServiceConfig;

/// The resources of the district.
pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    notices::routes(config);
}
