//! Requests about what people are told: their notices, and the letters that go to them.

pub(crate) mod choices;
pub(crate) mod letters;
pub(crate) mod notices;
