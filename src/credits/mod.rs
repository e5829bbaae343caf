//! Where a school's credits come from and go to outside bookings: allocations, sales, gifts, and corrections by hand.

pub mod adjustments;
pub mod allocation;
pub mod top_ups;
pub mod transfers;
