//! Requests about what people are told: their notices, and the letters that go to them; about the newsletter; and about
//! what other systems are sent.

pub(crate) mod choices;
pub(crate) mod deliveries;
pub(crate) mod letters;
pub(crate) mod newsletter;
pub(crate) mod newsletter_contacts;
pub(crate) mod notices;
pub(crate) mod webhooks;

use crate::web::operations::Operations;

/// The resources of the district.
pub(super) fn routes(config: &mut Operations<'_, '_>) {
    notices::routes(config);
    letters::routes(config);
    choices::routes(config);
    newsletter::routes(config);
    newsletter_contacts::routes(config);
    webhooks::routes(config);
    deliveries::routes(config);
}
