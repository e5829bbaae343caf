//! The certificates that were issued for an event.

use askama::Template;
use chrono::NaiveDate;

use super::head::{Head, way};
use crate::base::clock::london_date;
use crate::base::hours::Hours;
use crate::base::ids::BookingId;
use crate::base::text::Line;
use crate::booking::{certificates, organising};
use crate::web::accept::SheetFile;
use crate::web::call::{Call, Caller};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::{Limit, Table, next_page};
use crate::web::roles::HUB;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/events/{id}/certificates", HUB, list);
    pages.get("/events/{id}/certificates.csv", HUB, csv);
    pages.get("/events/{id}/certificates.xlsx", HUB, workbook);
}

#[derive(eserde::Deserialize)]
struct Query {
    after: Option<String>,
}

/// A certificate in the list.
struct Row {
    number: String,
    delegate: String,
    school: String,
    sessions: String,
    hours: String,
    issued: String,
    reissued: Option<String>,
    booking: String,
}

#[derive(Template)]
#[template(path = "pages/programme/certificates.html")]
struct Certificates {
    shell: Shell,
    head: Head,
    rows: Vec<Row>,
    next: Option<String>,
    /// The address of its files, without their ending.
    files: String,
}

/// A certificate, as files have it.
#[derive(serde::Serialize, utoipa::ToSchema)]
struct Issued {
    delegate: Line,
    school: Line,
    sessions_attended: i64,
    sessions: i64,
    hours: Hours,
    issued_on: NaiveDate,
    reissued_on: Option<NaiveDate>,
    number: String,
}

impl Table for Issued {
    const COLUMNS: &'static [&'static str] =
        &["delegate", "school", "sessions_attended", "sessions", "hours", "issued_on", "reissued_on", "number"];
}

async fn csv(call: Call) -> Answer {
    file(&call.allow()?, SheetFile::Csv).await
}

async fn workbook(call: Call) -> Answer {
    file(&call.allow()?, SheetFile::Workbook).await
}

/// All certificates of the event, for spreadsheets: an event has no more of them than places.
async fn file(caller: &Caller, file: SheetFile) -> Answer {
    let mut tx = caller.read().await?;
    let entry = organising::event(&mut tx, &caller.person, caller.id("id")?).await?;
    let found = certificates::of_event(&mut tx, caller.hub(), entry.id, None, i64::MAX).await?;
    drop(tx);
    let issued = |it: certificates::Certificate| Issued {
        delegate: it.words.person_name,
        school: it.words.school_name,
        sessions_attended: it.words.sessions_attended,
        sessions: it.words.sessions,
        hours: it.words.hours,
        issued_on: london_date(it.issued_at),
        reissued_on: it.reissued_at.map(london_date),
        number: it.number.to_string(),
    };
    caller.table(file, &found.into_iter().map(issued).collect::<Vec<_>>()).await
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { after } = asked_for(&caller)?;
    let (after, limit): (Option<BookingId>, _) = (place_after(&caller, after.as_deref()), Limit::default());
    let mut tx = caller.read().await?;
    let entry = organising::event(&mut tx, &caller.person, caller.id("id")?).await?;
    let mut found = certificates::of_event(&mut tx, caller.hub(), entry.id, after, limit.and_one()).await?;
    drop(tx);
    let next = next_page(&mut found, limit, caller.uri(), |last| last.booking_id);
    let row = |it: certificates::Certificate| Row {
        number: it.number.to_string(),
        delegate: it.words.person_name.as_str().to_owned(),
        school: it.words.school_name.as_str().to_owned(),
        sessions: format!("{} of {}", it.words.sessions_attended, it.words.sessions),
        hours: words::hours_alone(it.words.hours),
        issued: words::short_day_of(it.issued_at),
        reissued: it.reissued_at.map(words::short_day_of),
        booking: it.booking_id.to_string(),
    };
    let view = Certificates {
        shell: Shell::of(&caller, "Certificates", way(caller.role())).await?,
        head: Head::of(&caller, &entry, "certificates"),
        rows: found.into_iter().map(row).collect(),
        next,
        files: format!("/events/{}/certificates", entry.id),
    };
    page(&caller, &view).await
}
