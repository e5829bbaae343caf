//! Questions and answers about a commission, and the record of a visit.

use askama::Template;

use super::show::show_with;
use crate::base::ids::{CommissionId, PartnerId, SchoolId};
use crate::base::text::{Day, Line, Link, Prose};
use crate::members::people::Role;
use crate::support::commissions::{self, NewVisit, Provider};
use crate::web::call::{Call, Caller};
use crate::web::in_sight::{self, reach};
use crate::web::pages::form::{Filled, Form, Whole};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::SUPPORT;

/// Those who buy or provide support, and the specialists who come.
const RECORDERS: &[Role] = &[Role::HubManager, Role::SchoolLead, Role::Partner, Role::Teacher];

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.post("/support/commissions/{id}/questions", SUPPORT, ask);
    pages.get("/support/commissions/{id}/visits/new", RECORDERS, ask_for_visit);
    pages.post("/support/commissions/{id}/visits/new", RECORDERS, record);
}

#[derive(eserde::Deserialize)]
struct QuestionFields {
    text: Prose,
    provider_school_id: Option<SchoolId>,
    provider_partner_id: Option<PartnerId>,
}

async fn ask(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let sorts = [("school", "provider_school_id"), ("partner", "provider_partner_id")];
        let new: QuestionFields = form.with_choice("to", &sorts).read()?;
        let to = Provider::of(new.provider_school_id, new.provider_partner_id);
        let (id, reach) = (caller.id::<CommissionId>("id")?, reach(&caller)?);
        caller
            .write(form.bytes(), async |journal| {
                commissions::ask(journal, reach, id, to, &new.text).await?;
                Ok(Reply::see(&format!("/support/commissions/{id}?done=written")))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => show_with(&caller, form.again(problem)?).await,
    }
}

#[derive(Template)]
#[template(path = "pages/support/commissions/visit.html")]
struct VisitPage {
    shell: Shell,
    filled: Filled,
    here: String,
    back: String,
    title: String,
    own: bool,
    parts: Vec<(String, String)>,
}

async fn ask_for_visit(call: Call) -> Answer {
    let caller = call.allow()?;
    visit_page(&caller, Filled::default()).await
}

/// The form; a specialist, who does not see the commission, gives the number of the part.
async fn visit_page(caller: &Caller, filled: Filled) -> Answer {
    let id = caller.id::<CommissionId>("id")?;
    let own = caller.role() == Role::Teacher;
    let (title, parts) = if own {
        (String::new(), Vec::new())
    } else {
        let mut tx = caller.read().await?;
        let of = in_sight::commission(caller, &mut tx).await?;
        let milestones = commissions::milestones(&mut tx, caller.hub(), of.id).await?;
        let part = |one: &commissions::Milestone| {
            (one.terms.number.to_string(), format!("{}. {}", one.terms.number, one.terms.title))
        };
        (of.title.as_str().to_owned(), milestones.iter().map(part).collect())
    };
    let filled = if own && filled.value("who").is_empty() {
        filled.and("who", vec![caller.person.name.as_str().to_owned()])
    } else {
        filled
    };
    let path = format!("/support/commissions/{id}");
    let template = VisitPage {
        shell: Shell::of(caller, "Record a visit", "/support").await?,
        filled,
        here: format!("{path}/visits/new"),
        back: if own { "/support".to_owned() } else { path },
        title,
        own,
        parts,
    };
    page(caller, &template).await
}

#[derive(eserde::Deserialize)]
struct VisitFields {
    milestone: Whole,
    visited_on: Day,
    minutes: Whole,
    who: Line,
    done: Prose,
    next_step: Option<Prose>,
    link: Option<Link>,
}

async fn record(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let own = caller.role() == Role::Teacher;
    let sent = async {
        let fields: VisitFields = form.read()?;
        let new = NewVisit {
            milestone: fields.milestone.0,
            visited_on: fields.visited_on,
            minutes: fields.minutes.0,
            who: fields.who,
            done: fields.done,
            next_step: fields.next_step.unwrap_or_default(),
            link: fields.link,
        };
        let (id, reach) = (caller.id::<CommissionId>("id")?, reach(&caller)?);
        let specialist = own.then_some(&caller.person.name);
        caller
            .write(form.bytes(), async |journal| {
                commissions::record_visit(journal, reach, specialist, id, &new).await?;
                let to = if own {
                    format!("/support/commissions/{id}/visits/new")
                } else {
                    format!("/support/commissions/{id}")
                };
                Ok(Reply::see(&format!("{to}?done=visit-recorded")))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => visit_page(&caller, form.again(problem)?).await,
    }
}
