pub mod first_start;
pub mod upgrades;
mod walls;
