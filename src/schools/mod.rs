//! The schools of a hub and their rolls.

pub mod csv_file;
