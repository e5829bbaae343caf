pub mod commissions;
pub mod conversations;
pub mod days;
pub mod directory;
pub mod milestones;
pub mod offers;
pub mod rate_card;
pub mod visits;
