//! The page of an offer: what it is, asking about it, and what its provider does with it.

use askama::Template;

use super::directory::{phases, rate};
use crate::base::db::Tx;
use crate::base::markdown;
use crate::base::text::{Line, Prose};
use crate::members::people::Role;
use crate::programme::programmes::{Provider, priorities};
use crate::support::conversations;
use crate::support::offers::{self, Details, Offer, Status};
use crate::web::call::{Call, Caller};
use crate::web::in_sight::{self, own_provider, their_offer};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::Labelled;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{EVERYONE, LEADS};

/// Who makes offers: leads their school's, partners their own, hub managers anybody's.
pub(super) const MAKERS: &[Role] = &[Role::HubManager, Role::SchoolLead, Role::Partner];

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/support/offers/{id}", EVERYONE, show);
    pages.get("/support/offers/{id}/contact", LEADS, ask);
    pages.post("/support/offers/{id}/contact", LEADS, contact);
    pages.post("/support/offers/{id}/open", MAKERS, open);
    pages.post("/support/offers/{id}/pause", MAKERS, pause);
    pages.get("/support/offers/{id}/close", MAKERS, ask_to_close);
    pages.post("/support/offers/{id}/close", MAKERS, close);
}

/// The days of an offer in a year.
struct Days {
    year: String,
    offered: String,
    agreed: String,
    left: String,
}

#[derive(Template)]
#[template(path = "pages/support/offer.html")]
struct Page {
    shell: Shell,
    path: String,
    id: String,
    title: String,
    kind: &'static str,
    status: &'static str,
    tone: &'static str,
    provider: String,
    description: String,
    facts: Vec<(&'static str, String)>,
    days: Vec<Days>,
    has_days: bool,
    asks: bool,
    changes: bool,
    open: bool,
    closed: bool,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let offer = in_sight::offer(&caller, &mut tx).await?;
    let facts = facts(&caller, &mut tx, &offer).await?;
    drop(tx);
    let own = own_provider(&caller).is_some_and(|own| own == offer.provider.who());
    let closed = offer.status == Status::Closed;
    let days = offer.days.iter().map(|days| Days {
        year: days.year.as_str(),
        offered: days.offered.to_string(),
        agreed: days.agreed.to_string(),
        left: days.left.to_string(),
    });
    let template = Page {
        shell: Shell::of(&caller, offer.details.title.as_str(), "/support").await?,
        path: format!("/support/offers/{}", offer.id),
        id: offer.id.to_string(),
        title: offer.details.title.as_str().to_owned(),
        kind: offer.kind.label(),
        status: offer.status.label(),
        tone: offer.status.tone(),
        provider: offer.provider.name.as_str().to_owned(),
        description: markdown::of_prose(offer.details.description.as_str()),
        facts,
        days: days.collect(),
        has_days: offer.kind == offers::Kind::Expertise,
        asks: caller.role() == Role::SchoolLead && !own && offer.status == Status::Open,
        changes: changes(&caller, offer.provider.who()),
        open: offer.status == Status::Open,
        closed,
    };
    page(&caller, &template).await
}

/// Whether a caller may change the offers of a provider.
fn changes(caller: &Caller, provider: Provider) -> bool {
    match caller.role() {
        Role::HubManager => true,
        Role::SchoolLead | Role::Partner => own_provider(caller) == Some(provider),
        Role::HubViewer | Role::Teacher => false,
    }
}

/// What there is to know of an offer, each with its name.
async fn facts(caller: &Caller, tx: &mut Tx, offer: &Offer) -> Result<Vec<(&'static str, String)>, Problem> {
    let Details { subject, place, specialist_kind, available_when, for_whom, what_for, .. } = &offer.details;
    let Details { aims, who_may_join, how_often, impact, .. } = &offer.details;
    let line = |line: &Option<Line>| line.as_ref().map(|line| line.as_str().to_owned());
    let prose = |prose: &Option<Prose>| prose.as_ref().map(|prose| prose.as_str().to_owned());
    let (from, to) = (words::day(offer.details.available_from), words::day(offer.details.available_to));
    let mut all = vec![
        ("From", Some(offer.provider.name.as_str().to_owned())),
        ("For", Some(phases(&offer.details.phases))),
        ("Subject", line(subject)),
        ("Place", line(place)),
        ("Kind of specialist", line(specialist_kind)),
        ("Rate", rate(offer.effective.full_day, offer.effective.half_day)),
        ("When it can be used", line(available_when)),
        ("For whom", line(for_whom)),
        ("What for", line(what_for)),
        ("What it aims at", prose(aims)),
        ("Who may join", line(who_may_join)),
        ("How often", line(how_often)),
        ("What has come of it", prose(impact)),
        ("Available", Some(format!("{from} to {to}"))),
    ];
    let mut lines = Vec::new();
    for id in &offer.priority_ids {
        if let Some(priority) = priorities::get(tx, caller.hub(), *id).await? {
            lines.push(priority.name.as_str().to_owned());
        }
    }
    all.push(("Action Plan", Some(lines.join("; ")).filter(|lines| !lines.is_empty())));
    Ok(all.into_iter().filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?))).collect())
}

#[derive(Template)]
#[template(path = "pages/support/contact.html")]
struct Contact {
    shell: Shell,
    filled: Filled,
    path: String,
    title: String,
    provider: String,
}

#[derive(eserde::Deserialize)]
struct ContactFields {
    subject: Line,
    text: Prose,
}

async fn ask(call: Call) -> Answer {
    let caller = call.allow()?;
    contact_form(&caller, Filled::default()).await
}

async fn contact_form(caller: &Caller, filled: Filled) -> Answer {
    let offer = in_sight::offer(caller, &mut caller.read().await?).await?;
    let template = Contact {
        shell: Shell::of(caller, "Ask about an offer", "/support").await?,
        filled,
        path: format!("/support/offers/{}", offer.id),
        title: offer.details.title.as_str().to_owned(),
        provider: offer.provider.name.as_str().to_owned(),
    };
    page(caller, &template).await
}

async fn contact(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let ContactFields { subject, text } = form.read()?;
        let school = caller.own_school().ok_or_else(Problem::not_found)?;
        caller
            .write(form.bytes(), async |journal| {
                let offer = in_sight::offer(&caller, journal.tx()).await?;
                let by = (caller.person.id, school);
                let opened = conversations::contact(journal, by, &offer, subject.clone(), text.clone()).await?;
                Ok(Reply::see(&format!("/support/conversations/{}?done=written", opened.id)))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => contact_form(&caller, form.again(problem)?).await,
    }
}

async fn open(call: Call, form: Form) -> Answer {
    set_status(call, form, Status::Open, "offer-opened").await
}

async fn pause(call: Call, form: Form) -> Answer {
    set_status(call, form, Status::Paused, "offer-paused").await
}

async fn close(call: Call, form: Form) -> Answer {
    set_status(call, form, Status::Closed, "offer-closed").await
}

async fn set_status(call: Call, form: Form, status: Status, done: &str) -> Answer {
    let caller = call.allow()?;
    caller
        .write(form.bytes(), async |journal| {
            let id = their_offer(&caller, journal.tx()).await?.id;
            offers::set_status(journal, id, status).await?;
            Ok(Reply::see(&format!("/support/offers/{id}?done={done}")))
        })
        .await
}

#[derive(Template)]
#[template(path = "pages/support/close.html")]
struct Close {
    shell: Shell,
    path: String,
    title: String,
}

async fn ask_to_close(call: Call) -> Answer {
    let caller = call.allow()?;
    let offer = their_offer(&caller, &mut caller.read().await?).await?;
    let template = Close {
        shell: Shell::of(&caller, "Withdraw an offer", "/support").await?,
        path: format!("/support/offers/{}", offer.id),
        title: offer.details.title.as_str().to_owned(),
    };
    page(&caller, &template).await
}
