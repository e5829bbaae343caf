//! A certificate as a page, made for paper.

use askama::Template;

use crate::base::qr;
use crate::booking::certificates;
use crate::web::call::Call;
use crate::web::files::internal;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::roles::EVERYONE;
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/places/{id}/certificate", EVERYONE, show);
}

#[derive(Template)]
#[template(path = "pages/places/certificate.html")]
struct Certificate {
    shell: Shell,
    id: String,
    number: String,
    check: String,
    picture: String,
    person: String,
    school: String,
    hub: String,
    programme: String,
    event: String,
    provider: String,
    days: String,
    sessions: i64,
    attended: i64,
    hours: String,
    issued: String,
    reissued: Option<String>,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let booking = seen::booking(&caller, &mut tx).await?.booking;
    let found = certificates::of_booking(&mut tx, caller.hub(), booking.id).await?.ok_or_else(Problem::not_found)?;
    drop(tx);
    let said = found.words;
    let check = format!("{}/certificates/{}", caller.public_url(), found.number);
    let picture = qr::svg(&check).map_err(|error| internal(&error))?;
    let template = Certificate {
        shell: Shell::of(&caller, "Certificate", "/places").await?,
        id: booking.id.to_string(),
        number: found.number.to_string(),
        picture: picture.find("<svg").and_then(|start| picture.get(start..)).unwrap_or_default().to_owned(),
        check,
        person: said.person_name.as_str().to_owned(),
        school: said.school_name.as_str().to_owned(),
        hub: said.hub_name.as_str().to_owned(),
        programme: said.programme_title.as_str().to_owned(),
        event: said.event_title.as_str().to_owned(),
        provider: said.provider_name.as_str().to_owned(),
        days: words::from_day_to_day(said.starts_on, said.ends_on),
        sessions: said.sessions,
        attended: said.sessions_attended,
        hours: words::hours(said.hours),
        issued: words::day_of(found.issued_at),
        reissued: found.reissued_at.map(words::day_of),
    };
    page(&caller, &template).await
}
