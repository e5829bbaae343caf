pub mod admission;
pub mod catalogue;
pub mod drafts;
pub mod events;
pub mod programmes;
pub mod rescheduling;
pub mod tickets;
