//! How every refusal of the domain is answered: one match for each error type, without a wildcard.

mod bookings;
mod commissions;
mod credits;
mod people;
mod postings;
mod programmes;
mod records;
mod succession;
mod support;
mod year_close;
