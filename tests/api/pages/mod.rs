//! The pages, as browsers show them.

mod books;
