//! The certificates that were issued for an event.

use askama::Template;

use super::head::{Head, way};
use crate::base::ids::BookingId;
use crate::booking::{certificates, organising};
use crate::web::call::Call;
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::{Limit, next_page};
use crate::web::roles::HUB;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/events/{id}/certificates", HUB, list);
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
    };
    page(&caller, &view).await
}
