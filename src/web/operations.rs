//! Where the operations of the API are put: into a service, or into the specification. Whoever serves does not make the
//! specification anew for each of its threads.

use actix_web::dev::HttpServiceFactory;
use actix_web::web;
use utoipa_actix_web::OpenApiFactory;
use utoipa_actix_web::service_config::ServiceConfig;

/// What takes the operations of the API.
pub(crate) enum Operations<'o, 's> {
    /// A service.
    Served(&'o mut web::ServiceConfig),
    /// The specification.
    Described(&'o mut ServiceConfig<'s>),
}

impl Operations<'_, '_> {
    /// Adds an operation.
    pub(crate) fn service<F: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, operation: F) -> &mut Self {
        match self {
            Operations::Served(config) => {
                config.service(operation);
            }
            Operations::Described(config) => {
                config.service(operation);
            }
        }
        self
    }
}
