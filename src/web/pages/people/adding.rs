//! A person is added: to the hub by its managers, to a school by its lead too.

use askama::Template;

use super::choices::{self, Choices};
use super::helping;
use super::shown::{here, roles};
use crate::base::clock::london_date;
use crate::base::ids::{PartnerId, SchoolId};
use crate::base::text::{Email, Line};
use crate::members::people::{NewPerson, Role};
use crate::members::schools::School;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::posts;
use crate::web::problem::Answer;
use crate::web::roles::{MANAGER, MANAGER_AND_LEADS};
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/people/new", MANAGER, to_hub);
    pages.post("/people/new", MANAGER, add_to_hub);
    pages.get("/schools/{id}/people/new", MANAGER_AND_LEADS, to_school);
    pages.post("/schools/{id}/people/new", MANAGER_AND_LEADS, add_to_school);
}

#[derive(Template)]
#[template(path = "pages/people/new.html")]
struct New {
    shell: Shell,
    filled: Filled,
    action: String,
    list: String,
    school: Option<String>,
    roles: Vec<(&'static str, &'static str)>,
    schools: Choices,
    partners: Choices,
    /// Whether the service sends e-mail.
    sends: bool,
}

/// A person to be added.
#[derive(eserde::Deserialize)]
struct Fields {
    name: Line,
    email: Email,
    role: Role,
    school_id: Option<SchoolId>,
    partner_id: Option<PartnerId>,
    /// Whether they are invited at once.
    invite: Option<String>,
}

async fn to_hub(call: Call) -> Answer {
    let caller = call.allow()?;
    form(&caller, None, begun(&caller)).await
}

/// What stands in the form at first: whom the service can write to is invited at once.
fn begun(caller: &Caller) -> Filled {
    Filled::with([("role", "teacher"), ("invite", if caller.app().postbox.takes() { "yes" } else { "" })])
}

async fn add_to_hub(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    add(&caller, None, &sent).await
}

async fn to_school(call: Call) -> Answer {
    let caller = call.allow()?;
    let school = seen::school(&caller, &mut caller.read().await?).await?;
    form(&caller, Some(&school), begun(&caller)).await
}

async fn add_to_school(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let school = seen::school(&caller, &mut caller.read().await?).await?;
    add(&caller, Some(&school), &sent).await
}

async fn add(caller: &Caller, school: Option<&School>, sent: &Form) -> Answer {
    match added(caller, school, sent).await {
        Err(problem) => form(caller, school, sent.again(problem)?).await,
        answer => answer,
    }
}

async fn added(caller: &Caller, school: Option<&School>, sent: &Form) -> Answer {
    let Fields { name, email, role, school_id, partner_id, invite } = sent.read()?;
    let school =
        school.map(|school| school.id).or(school_id.filter(|_| matches!(role, Role::SchoolLead | Role::Teacher)));
    let post = posts::of_new(caller, role, school, partner_id.filter(|_| role == Role::Partner))?;
    let invites = invite.is_some() && caller.role() == Role::HubManager;
    helping::add(caller, sent, NewPerson { name, email, post }, invites).await
}

async fn form(caller: &Caller, school: Option<&School>, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let (schools, partners) = match school {
        Some(_) => (Vec::new(), Vec::new()),
        None => (
            choices::schools(&mut tx, caller.hub(), london_date(caller.now()), "None").await?,
            choices::partners(&mut tx, caller.hub(), "None").await?,
        ),
    };
    drop(tx);
    let list = school.map_or("/people".to_owned(), |school| format!("/schools/{}/people", school.id));
    let mut roles = roles(caller);
    if school.is_some() {
        roles.retain(|(role, _)| [Role::SchoolLead.as_str(), Role::Teacher.as_str()].contains(role));
    }
    let new = New {
        shell: Shell::of(caller, "Add a person", here(caller)).await?,
        filled,
        action: format!("{list}/new"),
        list,
        school: school.map(|school| school.details.name.to_string()),
        roles,
        schools,
        partners,
        sends: caller.app().postbox.takes(),
    };
    page(caller, &new).await
}
