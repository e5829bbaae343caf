//! Requests about what people are told: their notices; and about what other systems are sent.

pub(crate) mod deliveries;
pub(crate) mod notices;
pub(crate) mod webhooks;
