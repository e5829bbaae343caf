pub mod leaving;
pub mod reversals;
pub mod succession;
pub mod year_close;
