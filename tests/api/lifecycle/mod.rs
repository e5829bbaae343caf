pub mod erasure;
pub mod leaving;
pub mod merging;
pub mod moving;
pub mod reversals;
pub mod succession;
pub mod successors;
pub mod year_close;
