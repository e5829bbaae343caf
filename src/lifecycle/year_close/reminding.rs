//! Reminders of what is left of a year: 60 and 14 days before its last day, to the leads of every school with something
//! in a wallet of it. What will lapse of that is known only when the year is closed, by the rule of the close.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::sql;
use crate::base::clock::{london_date, london_midnight};
use crate::base::db::{self, Tx};
use crate::base::ids::HubId;
use crate::base::year::AcademicYear;
use crate::ledger::Journal;
use crate::messages::notices::{self, Kind, Notice};

/// How many days before the last day of the year; only the last of those that have passed is said.
const DAYS: [i64; 2] = [14, 60];

/// The hour in London before which nobody is reminded.
const MORNING: TimeDelta = TimeDelta::hours(7);

/// Whether [`remind`] would remind anybody.
pub async fn anything_due(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<bool, db::Error> {
    Ok(!due(tx, hub, now).await?.is_empty())
}

/// Reminds the leads of schools with credits left of a year that ends soon.
pub async fn remind(journal: &mut Journal) -> Result<(), db::Error> {
    let (hub, now, today) = (journal.hub(), journal.now(), journal.today());
    for (year, days) in due(journal.tx(), hub, now).await? {
        sql::reminders::insert(journal.tx(), hub, year, days, now).await?.exactly(1)?;
        let ends_at = year.last_day().succ_opt().map(london_midnight);
        let leads = sql::reminders::leads(journal.tx(), hub, year, today).await?;
        let told: Vec<Notice> = leads
            .into_iter()
            .map(|(lead,)| Notice { year: Some(year), due_at: ends_at, ..Notice::new(lead, Kind::CreditsLapse) })
            .collect();
        notices::tell(journal, &told).await?;
    }
    Ok(())
}

/// The years of which schools are to be reminded, each with how many days before its end.
async fn due(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<Vec<(AcademicYear, i64)>, db::Error> {
    let today = london_date(now - MORNING);
    let open = sql::reminders::open_years(tx, hub).await?;
    let reminded = |year, days| open.iter().any(|(of, said)| *of == year && *said == Some(days));
    let mut due: Vec<(AcademicYear, i64)> = open
        .iter()
        .filter_map(|(year, _)| Some((*year, days(*year, today)?)))
        .filter(|(year, days)| !reminded(*year, *days))
        .collect();
    due.dedup();
    Ok(due)
}

/// How many days before the end of the year a reminder is due today, if one is.
fn days(year: AcademicYear, today: NaiveDate) -> Option<i64> {
    let left = (year.last_day() - today).num_days();
    DAYS.into_iter().find(|days| (0..=*days).contains(&left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_sixty_and_fourteen_days_before_the_end() {
        let year = AcademicYear::parse("2026-27").unwrap();
        let on = |day: &str| days(year, day.parse().unwrap());
        assert_eq!(on("2027-07-01"), None);
        assert_eq!(on("2027-07-02"), Some(60));
        assert_eq!(on("2027-08-16"), Some(60));
        assert_eq!(on("2027-08-17"), Some(14));
        assert_eq!(on("2027-08-31"), Some(14));
        assert_eq!(on("2027-09-01"), None);
    }
}
