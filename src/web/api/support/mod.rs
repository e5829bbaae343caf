//! Requests about support: offers, conversations, the rate card, and commissions with all around them.

pub(crate) mod commissions;
pub(crate) mod conversations;
pub(crate) mod milestones;
pub(crate) mod offers;
pub(crate) mod rate_card;
pub(crate) mod talk;
