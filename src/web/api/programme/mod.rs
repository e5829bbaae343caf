//! Requests about what a hub offers: programmes, events, sessions, the catalogue, priorities and tickets.

pub(crate) mod admission;
pub(crate) mod catalogue;
pub(crate) mod events;
pub(crate) mod history;
pub(crate) mod priorities;
pub(crate) mod programmes;
pub(crate) mod sessions;
pub(crate) mod ticket_types;
pub(crate) mod tickets;

use crate::web::operations::Operations;

/// The resources of the district.
pub(super) fn routes(config: &mut Operations<'_, '_>) {
    priorities::routes(config);
    programmes::routes(config);
    catalogue::routes(config);
    events::routes(config);
    history::routes(config);
    sessions::routes(config);
    ticket_types::routes(config);
    tickets::routes(config);
}
