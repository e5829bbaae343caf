//! What affects the whole of a school, a person, a year or a transaction: succession, leaving, year close, reversal.

pub mod leaving;
pub mod reversals;
pub mod succession;
pub mod year_close;
