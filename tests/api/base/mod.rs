pub mod first_start;
pub mod upgrades;
