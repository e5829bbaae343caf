//! How every refusal of the domain is answered: one match for each error type, without a wildcard.

mod announcements;
mod bookings;
mod commissions;
mod credits;
mod news;
mod people;
mod postings;
mod programmes;
mod records;
mod sign_in;
mod succession;
mod support;
mod webhooks;
mod year_close;

pub(super) use sign_in::sign_in_failed;
