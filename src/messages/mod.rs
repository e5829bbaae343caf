//! Messages: what people are told, what of it they want to be sent, and the outbox from which it is; and what other
//! systems are sent.

pub mod choices;
mod kinds;
pub mod notices;
pub mod outbox;
pub mod webhooks;
