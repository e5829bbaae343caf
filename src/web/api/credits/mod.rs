//! Requests about credits outside bookings: allocations, top-ups, gifts between schools, and corrections by hand.

pub(crate) mod adjustments;
pub(crate) mod allocations;
pub(crate) mod purchases;
pub(crate) mod settlements;
pub(crate) mod top_ups;
pub(crate) mod transfers;
