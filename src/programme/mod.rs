//! What a hub offers: its priorities, programmes, events and their sessions, and the tickets to free places.

pub mod programmes;
pub mod tickets;
