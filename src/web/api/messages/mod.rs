//! Requests about what people are told: their notices.

pub(crate) mod notices;
