//! Requests about credits outside bookings: allocations, top-ups, gifts between schools, and corrections by hand.

pub(crate) mod adjustments;
pub(crate) mod allocations;
pub(crate) mod purchases;
pub(crate) mod settlements;
pub(crate) mod top_ups;
pub(crate) mod transfers;

use crate::web::operations::Operations;

/// The resources of the district.
pub(super) fn routes(config: &mut Operations<'_, '_>) {
    allocations::routes(config);
    top_ups::routes(config);
    transfers::routes(config);
    adjustments::routes(config);
    settlements::routes(config);
    purchases::routes(config);
}
