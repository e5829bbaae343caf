//! Requests about support: offers, conversations, the rate card, and commissions with all around them.

pub(crate) mod commissions;
pub(crate) mod conversations;
pub(crate) mod milestones;
pub(crate) mod offers;
pub(crate) mod rate_card;
pub(crate) mod talk;

use crate::web::operations::Operations;

/// The resources of the district.
pub(super) fn routes(config: &mut Operations<'_, '_>) {
    offers::routes(config);
    rate_card::routes(config);
    conversations::routes(config);
    commissions::routes(config);
    milestones::routes(config);
    talk::routes(config);
}
