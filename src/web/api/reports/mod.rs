//! Requests for reports: a school's wallet view and its statement, what is held on a person, a year in figures.

pub(crate) mod personal;
pub(crate) mod school_statement;
pub(crate) mod wallet;
pub(crate) mod year_figures;

use crate::web::operations::Operations;

/// The resources of the district.
pub(super) fn routes(config: &mut Operations<'_, '_>) {
    wallet::routes(config);
    school_statement::routes(config);
    personal::routes(config);
    year_figures::routes(config);
}
