//! The Action Plan: how a year's programme was used, by school and by priority.

use actix_web::http::Uri;
use askama::Template;

use super::chart::{Chart, Series, Shown};
use super::form::{Filled, Whole};
use super::router::Pages;
use super::shell::{Shell, page};
use super::sorting::{self, Sort};
use super::words;
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::hours::Hours;
use crate::base::text::{Line, Urn};
use crate::base::year::AcademicYear;
use crate::members::years;
use crate::reports::{self, ActionPlan, OfPriority, OfSchool, Used};
use crate::web::accept::SheetFile;
use crate::web::call::{Call, Caller};
use crate::web::pages::list_query::asked_for;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Table;
use crate::web::roles::HUB;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/reports", HUB, action_plan);
    pages.get("/reports/schools.csv", HUB, of_schools);
    pages.get("/reports/schools.xlsx", HUB, of_schools);
    pages.get("/reports/priorities.csv", HUB, of_priorities);
    pages.get("/reports/priorities.xlsx", HUB, of_priorities);
}

/// The year that is reported on, the school with which the page begins, and the order of the schools.
#[derive(Default, eserde::Deserialize)]
struct Query {
    year: Option<AcademicYear>,
    from: Option<Whole>,
    sort: Option<String>,
}

/// The columns of the schools, with the words of the orders by them.
const COLUMNS: [(&str, &str); 8] = [
    ("name", "School"),
    ("people", "People"),
    ("places", "Places"),
    ("by_ticket", "By ticket"),
    ("attended", "Attended"),
    ("hours", "Hours"),
    ("credits", "Credits"),
    ("left", "Left"),
];

/// Puts the schools, which are in the order of their names, in another; `-places` has the most places first. Returns the order
/// that they are in.
fn put_in_order(schools: &mut [OfSchool], asked: Option<String>) -> String {
    let order = asked.unwrap_or_default();
    match order.trim_start_matches('-') {
        "people" => schools.sort_by_key(|school| school.used.people),
        "places" => schools.sort_by_key(|school| school.used.places),
        "by_ticket" => schools.sort_by_key(|school| school.used.by_ticket),
        "attended" => schools.sort_by_key(|school| school.used.attended),
        "hours" => schools.sort_by_key(|school| school.used.hours),
        "credits" => schools.sort_by_key(|school| school.used.credits),
        "left" => schools.sort_by_key(|school| school.left),
        "name" => {}
        _ => return "name".to_owned(),
    }
    if order.starts_with('-') {
        schools.reverse();
    }
    order
}

/// How many schools a page shows.
const AT_ONCE: usize = 100;

/// What was used, in figures.
struct Figures {
    places: String,
    by_ticket: String,
    attended: String,
    people: String,
    credits: String,
    hours: String,
}

/// A school in the table, with its number in the chart.
struct School {
    number: usize,
    path: String,
    name: String,
    used: Figures,
    left: String,
}

/// A line of the Action Plan, with its number in the chart.
struct Priority {
    number: usize,
    name: String,
    events: i64,
    schools: i64,
    used: Figures,
    evaluations: i64,
    mean: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/reports.html")]
struct Report {
    shell: Shell,
    filled: Filled,
    years: Vec<String>,
    year: String,
    total: Figures,
    schools: Vec<School>,
    /// The heads of their columns, by which they can be put in order, and the order that they are in.
    heads: Vec<(Sort, &'static str)>,
    order: String,
    /// How many schools there are.
    all: usize,
    /// The schools with which the pages before and after this one begin.
    before: Option<usize>,
    next: Option<usize>,
    unused: usize,
    priorities: Vec<Priority>,
    smallest_group: i64,
    of_schools: Option<Chart>,
    of_priorities: Option<Chart>,
}

/// What a school used, as a row of a file.
#[derive(serde::Serialize, utoipa::ToSchema)]
struct SchoolRow {
    urn: Urn,
    school: Line,
    people: i64,
    places: i64,
    by_ticket: i64,
    attended: i64,
    hours: Hours,
    credits: Credits,
    left: Credits,
}

impl Table for SchoolRow {
    const COLUMNS: &'static [&'static str] =
        &["urn", "school", "people", "places", "by_ticket", "attended", "hours", "credits", "left"];
}

/// What was used of a priority, as a row of a file.
#[derive(serde::Serialize, utoipa::ToSchema)]
struct PriorityRow {
    priority: Option<Line>,
    events: i64,
    schools: i64,
    people: i64,
    places: i64,
    by_ticket: i64,
    attended: i64,
    hours: Hours,
    credits: Credits,
    evaluations: i64,
    rating: Option<String>,
}

impl Table for PriorityRow {
    const COLUMNS: &'static [&'static str] = &[
        "priority",
        "events",
        "schools",
        "people",
        "places",
        "by_ticket",
        "attended",
        "hours",
        "credits",
        "evaluations",
        "rating",
    ];
}

/// The year that is asked for, or today's.
fn year_or_today(caller: &Caller, year: Option<AcademicYear>) -> Result<AcademicYear, Problem> {
    year.or(AcademicYear::of(london_date(caller.now()))).ok_or_else(Problem::not_found)
}

/// The file that the address ends with.
fn file(caller: &Caller) -> SheetFile {
    if caller.uri().path().ends_with(".csv") { SheetFile::Csv } else { SheetFile::Workbook }
}

async fn of_schools(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { year, sort, .. } = asked_for(&caller)?;
    let year = year_or_today(&caller, year)?;
    let mut plan = reports::action_plan(&mut caller.read().await?, caller.hub(), year).await?;
    put_in_order(&mut plan.schools, sort);
    let row = |OfSchool { urn, name, used, left, .. }: OfSchool| {
        let Used { places, by_ticket, attended, people, credits, hours } = used;
        SchoolRow { urn, school: name, people, places, by_ticket, attended, hours, credits, left }
    };
    caller.table(file(&caller), &plan.schools.into_iter().map(row).collect::<Vec<_>>()).await
}

async fn of_priorities(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { year, .. } = asked_for(&caller)?;
    let year = year_or_today(&caller, year)?;
    let plan = reports::action_plan(&mut caller.read().await?, caller.hub(), year).await?;
    let row = |OfPriority { priority, events, schools, used, evaluations, tenths }: OfPriority| {
        let Used { places, by_ticket, attended, people, credits, hours } = used;
        let (priority, rating) = (priority.map(|(_, name)| name), tenths.map(mean));
        PriorityRow {
            priority,
            events,
            schools,
            people,
            places,
            by_ticket,
            attended,
            hours,
            credits,
            evaluations,
            rating,
        }
    };
    caller.table(file(&caller), &plan.priorities.into_iter().map(row).collect::<Vec<_>>()).await
}

/// A mean with one decimal.
fn mean(tenths: i64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

async fn action_plan(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { year, from, sort } = asked_for(&caller)?;
    let year = year_or_today(&caller, year)?;
    let (mut tx, hub) = (caller.read().await?, caller.hub());
    let mut years: Vec<AcademicYear> =
        years::list(&mut tx, hub, None, 200).await?.into_iter().map(|year| year.year).collect();
    let ActionPlan { mut schools, priorities, total, smallest_group } =
        reports::action_plan(&mut tx, hub, year).await?;
    drop(tx);
    let order = put_in_order(&mut schools, sort);
    let here: Uri = format!("/reports?year={year}").parse().unwrap_or_default();
    let from = from.and_then(|from| usize::try_from(from.0).ok()).map_or(1, |from| from.max(1));
    let (all, unused) = (schools.len(), schools.iter().filter(|school| school.used.places == 0).count());
    let schools: Vec<OfSchool> = schools.into_iter().skip(from - 1).take(AT_ONCE).collect();
    let after = from + schools.len();
    if !years.contains(&year) {
        years.push(year);
        years.sort();
    }
    let shell = Shell::of(&caller, "Action Plan", "/reports").await?;
    let report = Report {
        shell,
        filled: Filled::with([("year", year.as_str())]),
        years: years.into_iter().map(AcademicYear::as_str).collect(),
        year: year.as_str(),
        of_schools: chart_of_schools(from, &schools),
        of_priorities: chart_of_priorities(&priorities),
        heads: COLUMNS.iter().map(|(key, label)| (sorting::by(&here, key, &order), *label)).collect(),
        order,
        all,
        before: (from > 1).then(|| from.saturating_sub(AT_ONCE).max(1)),
        next: (after <= all).then_some(after),
        unused,
        schools: (from..).zip(schools).map(|(number, school)| School::of(number, school)).collect(),
        priorities: (1..).zip(priorities).map(|(number, priority)| Priority::of(number, priority)).collect(),
        total: Figures::of(total),
        smallest_group,
    };
    page(&caller, &report).await
}

/// What each of these schools used its credits for, by its number, the first of which is given; none where none did.
fn chart_of_schools(from: usize, schools: &[OfSchool]) -> Option<Chart> {
    let most = schools.iter().max_by_key(|school| school.used.credits).filter(|most| !most.used.credits.is_zero())?;
    let desc = format!("{} used the most: {}.", most.name, words::credits(most.used.credits));
    let series = vec![
        Series::of_credits("Used for places", schools.iter().map(|school| school.used.credits)),
        Series::of_credits("Left in the wallet", schools.iter().map(|school| school.left)),
    ];
    let labels = (from..from + schools.len()).map(|number| number.to_string()).collect();
    let title = "Credits by school".to_owned();
    let heads = (from..).zip(schools).map(|(number, school)| format!("{number} {}", school.name));
    let of = "School, by its number";
    let chart = Chart::of(Shown { id: "schools", title, desc, of, labels, series, stacked: true });
    Some(chart.with_heads(heads))
}

/// How many places each line of the Action Plan came to; none where there were none.
fn chart_of_priorities(priorities: &[OfPriority]) -> Option<Chart> {
    let most = priorities.iter().max_by_key(|it| it.used.places).filter(|most| most.used.places > 0)?;
    let name = most.priority.as_ref().map_or("No priority", |(_, name)| name.as_str());
    let desc = format!("Most places were used for: {name}, {}.", most.used.places);
    let series = vec![
        Series::of_numbers("Places", priorities.iter().map(|it| it.used.places)),
        Series::of_numbers("Attended", priorities.iter().map(|it| it.used.attended)),
    ];
    let labels = (1..=priorities.len()).map(|number| number.to_string()).collect();
    let title = "Places by priority".to_owned();
    let name = |it: &OfPriority| it.priority.as_ref().map_or("No priority", |(_, name)| name.as_str()).to_owned();
    let heads = (1..).zip(priorities).map(|(number, it)| format!("{number} {}", name(it)));
    let of = "Priority, by its number";
    let chart = Chart::of(Shown { id: "priorities", title, desc, of, labels, series, stacked: false });
    Some(chart.with_heads(heads))
}

impl Figures {
    fn of(used: Used) -> Figures {
        Figures {
            places: words::number(used.places),
            by_ticket: words::number(used.by_ticket),
            attended: words::number(used.attended),
            people: words::number(used.people),
            credits: words::amount(used.credits),
            hours: words::hours_alone(used.hours),
        }
    }
}

impl School {
    fn of(number: usize, OfSchool { id, name, used, left, .. }: OfSchool) -> School {
        School {
            number,
            path: format!("/schools/{id}"),
            name: name.as_str().to_owned(),
            used: Figures::of(used),
            left: words::amount(left),
        }
    }
}

impl Priority {
    fn of(number: usize, of: OfPriority) -> Priority {
        let OfPriority { priority, events, schools, used, evaluations, tenths } = of;
        Priority {
            number,
            name: priority.map_or_else(|| "No priority".to_owned(), |(_, name)| name.as_str().to_owned()),
            events,
            schools,
            used: Figures::of(used),
            evaluations,
            mean: tenths.map(mean),
        }
    }
}
