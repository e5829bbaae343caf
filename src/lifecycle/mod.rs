//! What affects the whole of a school, a person, a year or a transaction: succession, leaving, moving, merging and
//! erasure of people, year close, reversal.

pub mod erasure;
pub mod leaving;
pub mod merging;
pub mod moving;
pub mod quote;
pub mod reversals;
pub mod succession;
pub mod year_close;
