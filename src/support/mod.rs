//! Support from school to school: commissions of a school or a partner, from the request to the sign-off.

pub mod commissions;
