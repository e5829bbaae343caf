//! Where credits come from and go to outside bookings: allocations, sales, gifts, corrections by hand, and what partners
//! are paid.

pub mod adjustments;
pub mod allocation;
pub mod purchases;
pub mod settlements;
pub mod top_ups;
pub mod transfers;
