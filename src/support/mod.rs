//! Support: what schools and partners do for one another, from the offer in the directory to the talk about it.

pub mod conversations;
pub mod offers;
pub mod rate_card;
