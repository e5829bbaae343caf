//! Places: bookings and their desk, what organisers do, registers, certificates, evaluations, calendars and invitations for
//! them, CPD records, needs, what people look for in the catalogue, and what the hub writes to delegates and leads.

pub mod announcements;
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
