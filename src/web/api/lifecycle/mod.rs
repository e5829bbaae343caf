//! Requests about the whole of a school or a year: succession, and closing a year.

pub(crate) mod erasure;
pub(crate) mod records;
pub(crate) mod succession;
pub(crate) mod year_close;
