//! The JSON REST API: one file a resource, grouped by district. It only translates between HTTP and the domain.

pub(crate) mod booking;
pub(crate) mod credits;
pub(crate) mod ledger;
pub(crate) mod lifecycle;
pub(crate) mod members;
pub(crate) mod messages;
pub(crate) mod programme;
pub(crate) mod reports;
pub(super) mod schemas;
pub(crate) mod support;

use crate::web::operations::Operations;

/// Every resource of the API. Booking comes before the programme: `/events/{id}` matches the path of an
/// event's calendar, `/events/{id}.ics`, too.
pub(super) fn v1(config: &mut Operations<'_, '_>) {
    members::routes(config);
    lifecycle::routes(config);
    booking::routes(config);
    programme::routes(config);
    credits::routes(config);
    ledger::routes(config);
    reports::routes(config);
    support::routes(config);
    messages::routes(config);
}
