//! hub-credits: the booking and credit service for groups of schools.
//!
//! Its floors, and what lives on each, are described in `ARCHITECTURE.md`: a module uses those below it, never one
//! above.

pub mod base;
pub mod booking;
pub mod credits;
pub mod deliveries;
pub mod demo;
pub mod ledger;
pub mod letters;
pub mod lifecycle;
pub mod members;
pub mod messages;
pub mod news;
pub mod programme;
pub mod reports;
pub mod rounds;
pub mod sending;
pub mod support;
pub mod web;
