//! Every statement of the reminders of what is left of a year.

use chrono::{DateTime, NaiveDate, Utc};

use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, PersonId};
use crate::base::year::AcademicYear;

/// The years that are open, each with how many days before its end somebody was reminded.
pub(in super::super) async fn open_years(tx: &mut Tx, hub: HubId) -> Result<Vec<(AcademicYear, Option<i64>)>> {
    tx.query(
        "SELECT y.year, r.days
         FROM academic_years y
         LEFT JOIN year_reminders r ON r.hub_id = y.hub_id AND r.year = y.year
         WHERE y.hub_id = $1 AND y.state = 'open'
         ORDER BY y.year",
    )
    .bind(hub)
    .all()
    .await
}

pub(in super::super) async fn insert(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    days: i64,
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.query("INSERT INTO year_reminders (hub_id, year, days, reminded_at) VALUES ($1, $2, $3, $4)")
        .bind(hub)
        .bind(year)
        .bind(days)
        .bind(now)
        .run()
        .await
}

/// The leads of the schools with something in a wallet of the year that they can still spend: those that are members on a
/// day.
pub(in super::super) async fn leads(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    today: NaiveDate,
) -> Result<Vec<(PersonId,)>> {
    tx.query(
        "SELECT DISTINCT p.id
         FROM accounts a
         CROSS JOIN people p
         WHERE a.hub_id = $1 AND a.year = $2 AND a.kind = 'wallet' AND a.balance > 0
           AND p.hub_id = a.hub_id AND p.school_id = a.school_id AND p.role = 'school_lead' AND p.disabled_at IS NULL
           AND EXISTS (SELECT 1 FROM schools s
                       WHERE s.hub_id = a.hub_id AND s.id = a.school_id AND s.successor_id IS NULL
                         AND (s.left_on IS NULL OR s.left_on > $3))
         ORDER BY p.id",
    )
    .bind(hub)
    .bind(year)
    .bind(today)
    .all()
    .await
}
