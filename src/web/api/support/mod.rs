//! What schools and partners do for one another.

pub(crate) mod conversations;
pub(crate) mod offers;
pub(crate) mod rate_card;
