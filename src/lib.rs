//! hub-credits: the booking and credit service of groups of schools.
//!
//! The house, top to bottom (see `ARCHITECTURE.md`): the command line and `demo`; `http`; the domain
//! (`reports`, `calendars`, `bookings`, `reversals`, `allocation`, `top_ups`, `transfers`, `adjustments`, `tickets`, `programmes`, `schools`, `notices`, `years`,
//! `people`, `partners`, `hubs`, `checkpoints`, `auth`);
//! `ledger`; `db`, `credits`, `clock`, `config`. A module uses those below it, never one above.

pub mod adjustments;
pub mod allocation;
pub mod auth;
pub mod bookings;
pub mod calendars;
pub mod certificates;
pub mod changes;
pub mod checkpoints;
pub mod clock;
pub mod config;
pub mod cpd;
pub mod credits;
pub mod csv_file;
pub mod db;
pub mod demo;
pub mod evaluations;
pub mod files;
pub mod hours;
pub mod http;
pub mod hubs;
pub mod idempotency;
pub mod ids;
pub mod leaving;
pub mod ledger;
pub mod needs;
pub mod notices;
pub mod partners;
pub mod pdf;
pub mod people;
pub mod programmes;
pub mod qr;
pub mod registers;
pub mod reports;
pub mod reversals;
pub mod rounds;
pub mod schools;
pub mod seal;
pub mod succession;
pub mod text;
pub mod tickets;
pub mod top_ups;
pub mod transfers;
pub mod upgrade;
pub mod workdays;
pub mod year;
pub mod year_close;
pub mod years;
