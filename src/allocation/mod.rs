//! The yearly division of credits over the hub's schools.

pub mod apportion;
