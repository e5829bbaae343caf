//! Support: what schools and partners do for one another, from the offer in the directory to the sign-off.

pub mod commissions;
pub mod conversations;
pub mod offers;
pub mod rate_card;
