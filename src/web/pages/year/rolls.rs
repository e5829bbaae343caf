//! Pupils on roll: each census with the count of every school, and the allocations that use it.

use askama::Template;
use chrono::NaiveDate;

use super::said;
use crate::base::clock::london_date;
use crate::base::text::{Day, counted};
use crate::base::year::AcademicYear;
use crate::credits::allocation::{self, Allocation};
use crate::members::schools::{self, OnRoll};
use crate::web::accept::SheetFile;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::Filled;
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Table, next_page};
use crate::web::roles::HUB;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/rolls", HUB, list);
    pages.get("/rolls.csv", HUB, csv);
    pages.get("/rolls.xlsx", HUB, workbook);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    census_date: Option<Day>,
    after: Option<String>,
}

struct Row {
    path: String,
    name: String,
    urn: String,
    pupils: Option<String>,
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
    schools: String,
    pupils: String,
    missing: usize,
    rows: Vec<Row>,
    uses: Vec<Use>,
    census: String,
    next: Option<String>,
}

/// Of how many corrected rolls it is asked for an allocation.
const MOST_CORRECTED: i64 = 1000;

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let query: Query = asked_for(&caller)?;
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
    missing_first(&mut rows);
    let (all, pupils): (_, i64) = (rows.len(), rows.iter().filter_map(|row| row.pupils).sum());
    let missing = rows.iter().filter(|row| row.pupils.is_none()).count();
    let (limit, after) = (Limit::default(), place_after::<usize>(&caller, query.after.as_deref()).unwrap_or_default());
    let mut rows: Vec<(usize, OnRoll)> = rows.into_iter().enumerate().skip(after).collect();
    rows.truncate(usize::try_from(limit.and_one()).unwrap_or(usize::MAX));
    let next = next_page(&mut rows, limit, caller.uri(), |(place, _)| place + 1);
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
        schools: words::number(all),
        pupils: words::number(pupils),
        missing,
        rows: rows.into_iter().map(|(_, row)| Row::of(row)).collect(),
        uses,
        census: day.map_or_else(String::new, |day| day.to_string()),
        next,
    };
    page(&caller, &view).await
}

/// Schools without a count come first: there is something to do about them.
fn missing_first(rows: &mut [OnRoll]) {
    rows.sort_by_key(|row| (row.pupils.is_some(), row.name.key()));
}

/// A school's count, as files have it.
#[derive(serde::Serialize, utoipa::ToSchema)]
struct Count {
    urn: String,
    name: String,
    census_date: NaiveDate,
    pupils: Option<i64>,
    corrections: i64,
}

impl Table for Count {
    const COLUMNS: &'static [&'static str] = &["urn", "name", "census_date", "pupils", "corrections"];
}

async fn csv(call: Call) -> Answer {
    file(&call.allow()?, SheetFile::Csv).await
}

async fn workbook(call: Call) -> Answer {
    file(&call.allow()?, SheetFile::Workbook).await
}

/// The whole census, for spreadsheets: it can be corrected there, and imported again.
async fn file(caller: &Caller, file: SheetFile) -> Answer {
    let Query { census_date, .. } = asked_for(caller)?;
    let (mut tx, hub, today) = (caller.read().await?, caller.hub(), london_date(caller.now()));
    let newest = schools::censuses(&mut tx, hub).await?.first().map(|census| census.census_date);
    let day = census_date.map(|day| day.0).or(newest).ok_or_else(Problem::not_found)?;
    let year = AcademicYear::of(today).unwrap_or(AcademicYear::FIRST);
    let mut rows = schools::on_roll(&mut tx, hub, year, day).await?;
    drop(tx);
    missing_first(&mut rows);
    let count = |row: &OnRoll| Count {
        urn: row.urn.to_string(),
        name: row.name.to_string(),
        census_date: day,
        pupils: row.pupils,
        corrections: row.revision.unwrap_or(1) - 1,
    };
    caller.table(file, &rows.iter().map(count).collect::<Vec<_>>()).await
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
            pupils: row.pupils.map(words::number),
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
