//! Every statement about who decides on requests, and which need no decision.

use chrono::NaiveDate;

use crate::base::credits::Credits;
use crate::base::db::{Result, Tx};
use crate::base::ids::{HubId, PersonId, SchoolId};
use crate::base::year::AcademicYear;

/// Which of these people deputise for their school's lead on this day, and for which school.
pub(in crate::booking::bookings) async fn deputies(
    tx: &mut Tx,
    hub: HubId,
    today: NaiveDate,
    people: &[PersonId],
) -> Result<Vec<(PersonId, SchoolId)>> {
    tx.batch_all::<3, _, _>(
        "WITH wanted (hub_id, person_id, today) AS (VALUES $rows)
         SELECT d.person_id, d.school_id
         FROM wanted w
         JOIN deputies d ON d.hub_id = w.hub_id AND d.person_id = w.person_id AND d.ends_on >= w.today AND d.starts_on <= w.today",
        people,
        |query, person| query.bind(hub).bind(person.copied()).bind(today),
    )
    .await
}

/// What people's bookings hold, or will when they move up the waiting list, on the events of an academic year.
pub(in crate::booking::bookings) async fn spent(
    tx: &mut Tx,
    hub: HubId,
    people: &[(PersonId, AcademicYear)],
) -> Result<Vec<(PersonId, AcademicYear, Credits)>> {
    tx.batch_all::<3, _, _>(
        "WITH wanted (hub_id, person_id, year) AS (VALUES $rows)
         SELECT b.person_id, e.year, CAST(SUM(CASE WHEN b.ticket_id IS NOT NULL THEN 0 WHEN b.state = 'waitlisted' THEN b.price ELSE b.held END) AS BIGINT)
         FROM wanted w
         JOIN bookings b ON b.hub_id = w.hub_id AND b.person_id = w.person_id
         JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id AND e.year = w.year
         GROUP BY b.person_id, e.year",
        people,
        |query, row| query.bind(hub).bind(row.map(|(person, _)| *person)).bind(row.map(|(_, year)| *year)),
    )
    .await
}
