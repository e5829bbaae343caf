//! Requests about places: bookings, groups, approvals, check-in, registers, certificates, evaluations, calendars, CPD
//! records and needs; and what the hub writes to delegates and leads.

pub(crate) mod announcements;
pub(crate) mod answers;
pub(crate) mod approvals;
pub(crate) mod bookings;
pub(crate) mod calendars;
pub(crate) mod cancellation;
pub(crate) mod certificates;
pub(crate) mod check_in;
pub(crate) mod completion;
pub(crate) mod cpd_record;
pub(crate) mod evaluations;
pub(crate) mod groups;
pub(crate) mod needs;
pub(crate) mod places;
pub(crate) mod registers;
pub(crate) mod saved_filters;

use crate::web::operations::Operations;

/// The resources of the district.
pub(super) fn routes(config: &mut Operations<'_, '_>) {
    calendars::routes(config);
    completion::routes(config);
    registers::routes(config);
    check_in::routes(config);
    groups::routes(config);
    places::routes(config);
    bookings::routes(config);
    certificates::routes(config);
    evaluations::routes(config);
    cpd_record::routes(config);
    cancellation::routes(config);
    approvals::routes(config);
    needs::routes(config);
    saved_filters::routes(config);
    announcements::routes(config);
}
