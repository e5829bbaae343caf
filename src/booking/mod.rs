//! Places: bookings and their desk, what organisers do, registers, certificates, evaluations, calendars and invitations for
//! them, CPD records, needs, and what people look for in the catalogue.

pub mod bookings;
pub mod calendars;
pub mod certificates;
pub mod cpd;
pub mod evaluations;
pub mod needs;
pub mod organising;
pub mod registers;
pub mod saved_filters;
pub mod scheduling;
