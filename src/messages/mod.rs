//! Messages: what people are told.

pub mod notices;
