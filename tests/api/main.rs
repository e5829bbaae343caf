//! The API, through HTTP, on both engines: a file for each resource.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::as_conversions,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod adjustments;
mod admission;
mod allocation_adjustments;
mod allocation_reversals;
mod allocation_shortfalls;
mod allocations;
mod amounts;
mod approval;
mod bookings;
mod calendars;
mod callers;
mod calling_off;
mod cancellation;
mod catalogue;
mod certificates;
mod changes;
mod changes_of_all;
mod check_in;
mod checkpoints;
mod codes;
mod comparison;
mod completion;
mod conventions;
mod dates;
mod decisions;
mod desk;
mod evaluations;
mod events;
mod every_column;
mod every_decision;
mod first_start;
mod groups;
mod hub;
mod identifiers;
mod imports;
mod journal;
mod leaving;
mod ledger;
mod needs;
mod notices;
mod partners;
mod people;
mod places;
mod postings;
mod programmes;
mod races;
mod registers;
mod rescheduling;
mod reversals;
mod rolls;
mod school_statement;
mod schools;
mod second_person;
mod secrets;
mod service;
mod sheets;
mod sight;
mod sources;
mod specification;
mod succession;
mod tampering;
mod teachers_year;
mod tickets;
mod top_ups;
mod transfers;
mod turmoil;
mod upgrades;
mod wallet;
mod wrong_fields;
mod year_close;
mod years;
