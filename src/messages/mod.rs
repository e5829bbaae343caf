//! Messages: what people are told, and what other systems are sent.

pub mod notices;
pub mod webhooks;
