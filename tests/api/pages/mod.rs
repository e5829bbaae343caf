//! The pages, as browsers show them.

mod programme;
