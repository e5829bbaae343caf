//! Messages: what people are told, what of it they want to be sent, and the outbox from which it is.

pub mod choices;
mod kinds;
pub mod notices;
pub mod outbox;
