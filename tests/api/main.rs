//! The API, through HTTP, on both engines: a file for each resource, in the districts of the source.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::as_conversions,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod base;
mod booking;
mod credits;
mod ledger;
mod lifecycle;
mod members;
mod messages;
mod pages;
mod programme;
mod reports;
#[path = "support/mod.rs"]
mod support_district;
mod web;
