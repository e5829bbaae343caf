//! Requests for reports: a school's wallet view and its statement.

pub(crate) mod personal;
pub(crate) mod school_statement;
pub(crate) mod wallet;
