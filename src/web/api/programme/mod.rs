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
