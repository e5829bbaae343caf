//! Pupils on roll: each census with the count of every school, and the allocations that use it.

use askama::Template;
use chrono::NaiveDate;

use super::said;
use crate::base::clock::london_date;
use crate::base::text::{Day, counted};
use crate::base::year::AcademicYear;
use crate::credits::allocation::{self, Allocation};
use crate::members::schools::{self, OnRoll};
use crate::web::call::Call;
use crate::web::pages::form::{Filled, query};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::roles::HUB;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/rolls", HUB, list);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    census_date: Option<Day>,
}

struct Row {
    path: String,
    name: String,
    urn: String,
    pupils: Option<i64>,
    corrected: i64,
}

/// An allocation that uses the census.
struct Use {
    path: String,
    title: String,
    state: &'static str,
    tone: &'static str,
    corrected: usize,
}

#[derive(Template)]
#[template(path = "pages/year/rolls.html")]
struct Rolls {
    shell: Shell,
    filled: Filled,
    censuses: Vec<(String, String)>,
    day: String,
    schools: usize,
    pupils: i64,
    missing: usize,
    rows: Vec<Row>,
    uses: Vec<Use>,
}

/// Of how many corrected rolls it is asked for an allocation.
const MOST_CORRECTED: i64 = 1000;

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let query: Query = query(caller.uri())?;
    let (mut tx, hub, today) = (caller.read().await?, caller.hub(), london_date(caller.now()));
    let censuses = schools::censuses(&mut tx, hub).await?;
    let newest = censuses.first().map(|census| census.census_date);
    let day = query.census_date.map(|day| day.0).or(newest);
    let (mut rows, mut uses) = (Vec::new(), Vec::new());
    if let Some(day) = day {
        let year = AcademicYear::of(today).unwrap_or(AcademicYear::FIRST);
        rows = schools::on_roll(&mut tx, hub, year, day).await?;
        for used in using(&mut tx, hub, day).await? {
            let corrected = allocation::corrected_since(&mut tx, hub, used.id, MOST_CORRECTED).await?.len();
            uses.push(Use::of(&used, corrected));
        }
    }
    drop(tx);
    // Who is missing comes first.
    rows.sort_by_key(|row| (row.pupils.is_some(), row.name.key()));
    let census = |it: &schools::Census| {
        let corrections = match it.corrections {
            0 => String::new(),
            1 => ", 1 correction".to_owned(),
            many => format!(", {many} corrections"),
        };
        (
            it.census_date.to_string(),
            format!("{}: {}{corrections}", words::short_day(it.census_date), counted(it.schools, "school")),
        )
    };
    let view = Rolls {
        shell: Shell::of(&caller, "Pupils on roll", "/schools").await?,
        filled: Filled::with([("census_date", day.map_or_else(String::new, |day| day.to_string()))]),
        censuses: censuses.iter().map(census).collect(),
        day: day.map_or_else(String::new, words::day),
        schools: rows.len(),
        pupils: rows.iter().filter_map(|row| row.pupils).sum(),
        missing: rows.iter().filter(|row| row.pupils.is_none()).count(),
        rows: rows.into_iter().map(Row::of).collect(),
        uses,
    };
    page(&caller, &view).await
}

/// The allocations that count this census.
async fn using(
    tx: &mut crate::base::db::Tx,
    hub: crate::base::ids::HubId,
    day: NaiveDate,
) -> Result<Vec<Allocation>, crate::base::db::Error> {
    let mut all = allocation::list(tx, hub, allocation::Filter::default(), None, i64::MAX).await?;
    all.retain(|allocation| allocation.census_date == day);
    Ok(all)
}

impl Row {
    fn of(row: OnRoll) -> Row {
        Row {
            path: format!("/schools/{}/manage", row.id),
            name: row.name.to_string(),
            urn: row.urn.to_string(),
            pupils: row.pupils,
            corrected: row.revision.unwrap_or(1) - 1,
        }
    }
}

impl Use {
    fn of(used: &Allocation, corrected: usize) -> Use {
        let (state, tone) = said::allocation_state(used.state);
        let kind = if used.adjusts.is_some() { "Adjustment" } else { "Allocation" };
        Use {
            path: format!("/allocations/{}", used.id),
            title: format!("{kind} of {} for {}", words::credits(used.pool), used.year),
            state,
            tone,
            corrected,
        }
    }
}
