//! Who sees which booking, for the API and the pages alike.

use crate::base::db::Tx;
use crate::booking::bookings::{self, View};
use crate::members::people::Role;
use crate::web::call::Caller;
use crate::web::problem::Problem;

/// The booking of the path, where the caller may see it.
pub(crate) async fn booking(caller: &Caller, tx: &mut Tx) -> Result<View, Problem> {
    let view = bookings::get(tx, caller.hub(), caller.id("id")?).await?.ok_or_else(Problem::not_found)?;
    let heir = caller.person.role == Role::SchoolLead && caller.sees_past_of(tx, view.booking.school_id).await?;
    if heir || sees(caller, &view) { Ok(view) } else { Err(Problem::not_found()) }
}

/// Whether the caller sees a booking: the hub every one, a lead their school's, everybody their own.
pub(crate) fn sees(caller: &Caller, view: &View) -> bool {
    let lead = caller.person.role == Role::SchoolLead && caller.own_school() == Some(view.booking.school_id);
    caller.sees_hub() || lead || view.booking.person_id == Some(caller.person.id)
}
