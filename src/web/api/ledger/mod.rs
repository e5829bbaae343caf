//! Requests about the ledger: accounts, transactions, the books as a whole, checkpoints, and the hub's changes.

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod books;
pub(crate) mod changes;
pub(crate) mod checkpoints;
pub(crate) mod transactions;

use crate::web::operations::Operations;

/// The resources of the district.
pub(super) fn routes(config: &mut Operations<'_, '_>) {
    accounts::routes(config);
    transactions::routes(config);
    books::routes(config);
    checkpoints::routes(config);
    changes::routes(config);
    audit::routes(config);
}
