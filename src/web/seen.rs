//! What a request's path names, where the caller may see it: one rule for pages and the API. Anything else gives 404.

use super::call::Caller;
use super::problem::{Code, Problem};
use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::booking::bookings::{self, View};
use crate::members::people::{self, Person, Role};
use crate::members::schools::{self, School};

/// The person of the path: for the hub everyone, for a lead those of their school.
pub(crate) async fn person(caller: &Caller, tx: &mut Tx) -> Result<Person, Problem> {
    let person = people::get(tx, caller.hub(), caller.id("id")?).await?;
    person
        .filter(|person| caller.sees_hub() || (person.school_id.is_some() && person.school_id == caller.own_school()))
        .ok_or_else(Problem::not_found)
}

/// The school of the path, for those who see what it does.
pub(crate) async fn school(caller: &Caller, tx: &mut Tx) -> Result<School, Problem> {
    let found = schools::get(tx, caller.hub(), caller.id("id")?).await?;
    found.filter(|school| caller.sees_school(school.id)).ok_or_else(Problem::not_found)
}

/// The school of the path, for those who see its credits: also the lead of the school that took its place.
pub(crate) async fn school_past(caller: &Caller, tx: &mut Tx) -> Result<School, Problem> {
    let id = caller.id("id")?;
    let (school, seen) = (schools::get(tx, caller.hub(), id).await?, caller.sees_past_of(tx, id).await?);
    school.filter(|_| seen).ok_or_else(Problem::not_found)
}

/// Refuses a teacher who is no deputy today: the hub, leads and deputies decide on requests.
pub(crate) async fn decides(caller: &Caller, tx: &mut Tx) -> Result<(), Problem> {
    if let (Role::Teacher, Some(own)) = (caller.role(), caller.own_school())
        && !people::is_deputy(tx, caller.hub(), own, caller.person.id, london_date(caller.now())).await?
    {
        return Err(Problem::new(Code::Forbidden, "only the lead of a school and their deputies decide"));
    }
    Ok(())
}

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
