//! Messages: what people are told, and the outbox from which it is sent to them.

mod kinds;
pub mod notices;
pub mod outbox;
