//! My CPD record: what somebody attended, in hours, by academic year.

use askama::Template;

use super::form::Filled;
use super::labels::Labelled;
use super::router::Pages;
use super::shell::{Shell, page};
use super::words;
use crate::base::clock::{london_date, london_last_day};
use crate::base::year::AcademicYear;
use crate::booking::cpd::{self, Attended, Total};
use crate::web::call::Call;
use crate::web::pages::list_query::asked_for;
use crate::web::problem::Answer;
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/record", EVERYONE, show);
}

#[derive(eserde::Deserialize)]
struct Query {
    year: Option<AcademicYear>,
}

/// The hours of one year, priority or programme.
struct Sum {
    name: String,
    events: i64,
    hours: String,
}

/// An event that was attended.
struct Row {
    path: String,
    title: String,
    days: String,
    kind: &'static str,
    provider: String,
    attended: i64,
    sessions: i64,
    hours: String,
    certificate: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/record.html")]
struct Record {
    shell: Shell,
    filled: Filled,
    years: Vec<(String, String)>,
    year: Option<String>,
    file_query: String,
    hours: String,
    events: usize,
    by_year: Vec<Sum>,
    by_priority: Vec<Sum>,
    rows: Vec<Row>,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { year } = asked_for(&caller)?;
    let (hub, me) = (caller.hub(), caller.person.id);
    let mut tx = caller.read().await?;
    let whole = cpd::record(&mut tx, hub, me, None).await?;
    let years: Vec<String> = whole.by_year.iter().map(|total| total.of.as_str()).collect();
    let record = if year.is_some() { cpd::record(&mut tx, hub, me, year).await? } else { whole };
    drop(tx);
    let chosen = year.map(AcademicYear::as_str);
    let template = Record {
        shell: Shell::of(&caller, "My CPD record", "/record").await?,
        filled: Filled::with([("year", chosen.clone().unwrap_or_default())]),
        years: years.into_iter().map(|year| (year.clone(), year)).collect(),
        file_query: chosen.as_ref().map(|year| format!("?year={}", year.replace('/', "%2F"))).unwrap_or_default(),
        year: chosen,
        hours: words::hours(record.hours),
        events: record.events.len(),
        by_year: record.by_year.into_iter().map(|total| Sum::of(total, AcademicYear::as_str)).collect(),
        by_priority: record
            .by_priority
            .into_iter()
            .map(|total| {
                Sum::of(total, |of| of.map_or("Without a priority".to_owned(), |(_, name)| name.as_str().to_owned()))
            })
            .collect(),
        rows: record.events.into_iter().map(Row::of).collect(),
    };
    page(&caller, &template).await
}

impl Sum {
    fn of<K>(Total { of, events, hours }: Total<K>, name: impl Fn(K) -> String) -> Sum {
        Sum { name: name(of), events, hours: words::hours(hours) }
    }
}

impl Row {
    fn of(Attended { event, sessions_attended, hours, .. }: Attended) -> Row {
        let (from, to) = (london_date(event.starts_at), london_last_day(event.ends_at));
        Row {
            path: format!("/places/{}", event.booking_id),
            title: event.event_title.as_str().to_owned(),
            days: words::from_day_to_day(from, to),
            kind: event.kind.label(),
            provider: event.provider_name.as_str().to_owned(),
            attended: sessions_attended,
            sessions: event.sessions,
            hours: words::hours(hours),
            certificate: event.certificate_number.map(|number| number.to_string()),
        }
    }
}
