//! The pages, as browsers show them.

mod account;
mod entering;
mod security;
