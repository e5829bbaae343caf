//! Requests about the whole of a school or a year: succession, and closing a year.

pub(crate) mod erasure;
pub(crate) mod records;
pub(crate) mod succession;
pub(crate) mod year_close;

use crate::web::operations::Operations;

/// The resources of the district.
pub(super) fn routes(config: &mut Operations<'_, '_>) {
    records::routes(config);
    erasure::routes(config);
    succession::routes(config);
    year_close::routes(config);
}
