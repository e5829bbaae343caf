//! The page of a partner: what it is owed, its people, its statements; renaming it, and adding somebody of it.

use askama::Template;

use super::labelled::pounds;
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::PartnerId;
use crate::base::text::{Email, Line};
use crate::credits::settlements::{self, Filter, Settlement};
use crate::ledger::{self, AccountName};
use crate::members::partners::{self, Partner};
use crate::members::people::{self, NewPerson, Person, Post, Role};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form, Whole};
use crate::web::pages::labels::Labelled;
use crate::web::pages::people::add;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{HUB, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/partners/{id}", HUB, show);
    pages.get("/partners/{id}/edit", MANAGER, edit);
    pages.post("/partners/{id}/edit", MANAGER, rename);
    pages.get("/partners/{id}/people/new", MANAGER, ask_for_person);
    pages.post("/partners/{id}/people/new", MANAGER, add_person);
}

/// The partner of the path.
pub(super) async fn found(caller: &Caller, tx: &mut Tx) -> Result<Partner, Problem> {
    partners::get(tx, caller.hub(), caller.id("id")?).await?.ok_or_else(Problem::not_found)
}

struct PersonRow {
    path: String,
    name: String,
    email: String,
    disabled: bool,
}

/// A statement in a list.
pub(super) struct StatementRow {
    pub(super) path: String,
    pub(super) number: i64,
    pub(super) partner: String,
    pub(super) up_to: String,
    pub(super) credits: String,
    pub(super) pounds: String,
    pub(super) paid: String,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
}

impl StatementRow {
    pub(super) fn of(of: &Settlement) -> StatementRow {
        StatementRow {
            path: format!("/settlements/{}", of.id),
            number: of.number,
            partner: of.partner_name.as_str().to_owned(),
            up_to: words::short_day(of.up_to),
            credits: words::amount(of.credits),
            pounds: pounds(of.pence),
            paid: pounds(of.pence_paid),
            state: of.state.label(),
            tone: of.state.tone(),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/partners/partner.html")]
struct Page {
    shell: Shell,
    path: String,
    id: String,
    name: String,
    owed: String,
    paid: String,
    people: Vec<PersonRow>,
    statements: Vec<StatementRow>,
    manages: bool,
}

/// What an account has; nothing before it is opened.
pub(super) async fn balance(caller: &Caller, tx: &mut Tx, name: AccountName) -> Result<Credits, Problem> {
    let account = ledger::account_named(tx, caller.hub(), name).await?;
    Ok(account.map_or(Credits::ZERO, |account| account.balance))
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let partner = found(&caller, &mut tx).await?;
    let owed = balance(&caller, &mut tx, AccountName::Payable(partner.id)).await?;
    let paid = balance(&caller, &mut tx, AccountName::Settled(partner.id)).await?;
    let people = people_of(&caller, &mut tx, partner.id).await?;
    let filter = Filter { partner: Some(partner.id), state: None };
    let statements = settlements::list(&mut tx, caller.hub(), filter, None, 200).await?;
    drop(tx);
    let people = people.iter().map(|person| PersonRow {
        path: format!("/people/{}", person.id),
        name: person.name.as_str().to_owned(),
        email: person.email.as_str().to_owned(),
        disabled: person.disabled_at.is_some(),
    });
    let template = Page {
        shell: Shell::of(&caller, partner.name.as_str(), "/partners").await?,
        path: format!("/partners/{}", partner.id),
        id: partner.id.to_string(),
        name: partner.name.as_str().to_owned(),
        owed: words::amount(owed),
        paid: words::amount(paid),
        people: people.collect(),
        statements: statements.iter().rev().map(StatementRow::of).collect(),
        manages: caller.role() == Role::HubManager,
    };
    page(&caller, &template).await
}

/// The people of a partner by name, with those who are disabled.
async fn people_of(caller: &Caller, tx: &mut Tx, partner: PartnerId) -> Result<Vec<Person>, Problem> {
    let filter = people::Filter { role: Some(Role::Partner), ..people::Filter::default() };
    let mut all = people::list(tx, caller.hub(), &filter, None, i64::MAX).await?;
    all.retain(|person| person.partner_id == Some(partner) && person.erased_at.is_none());
    Ok(all)
}

#[derive(Template)]
#[template(path = "pages/partners/edit.html")]
struct Edit {
    shell: Shell,
    filled: Filled,
    path: String,
    name: String,
}

async fn edit(call: Call) -> Answer {
    let caller = call.allow()?;
    let partner = found(&caller, &mut caller.read().await?).await?;
    edit_page(&caller, name_of(&partner)).await
}

/// The name as it is, in the form.
fn name_of(partner: &Partner) -> Filled {
    Filled::with([("name", partner.name.as_str().to_owned()), ("version", partner.version.to_string())])
}

async fn edit_page(caller: &Caller, filled: Filled) -> Answer {
    let partner = found(caller, &mut caller.read().await?).await?;
    let template = Edit {
        shell: Shell::of(caller, "Rename a partner", "/partners").await?,
        filled: filled.beside(name_of(&partner)),
        path: format!("/partners/{}", partner.id),
        name: partner.name.as_str().to_owned(),
    };
    page(caller, &template).await
}

#[derive(eserde::Deserialize)]
struct EditFields {
    name: Line,
    version: Whole,
}

async fn rename(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let EditFields { name, version } = form.read()?;
        caller
            .write(form.bytes(), async |journal| {
                let id = found(&caller, journal.tx()).await?.id;
                partners::rename(journal, id, version.0, name.clone()).await?;
                Ok(Reply::see(&format!("/partners/{id}?done=saved")))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => edit_page(&caller, form.again(problem)?).await,
    }
}

#[derive(Template)]
#[template(path = "pages/partners/person.html")]
struct NewPersonPage {
    shell: Shell,
    filled: Filled,
    path: String,
    name: String,
    /// Whether the service sends e-mail.
    sends: bool,
}

async fn ask_for_person(call: Call) -> Answer {
    let caller = call.allow()?;
    let invite = if caller.app().postbox.takes() { "yes" } else { "" };
    person_page(&caller, Filled::with([("invite", invite)])).await
}

async fn person_page(caller: &Caller, filled: Filled) -> Answer {
    let partner = found(caller, &mut caller.read().await?).await?;
    let template = NewPersonPage {
        shell: Shell::of(caller, "Add somebody of a partner", "/partners").await?,
        filled,
        path: format!("/partners/{}", partner.id),
        name: partner.name.as_str().to_owned(),
        sends: caller.app().postbox.takes(),
    };
    page(caller, &template).await
}

#[derive(eserde::Deserialize)]
struct PersonFields {
    name: Line,
    email: Email,
    invite: Option<String>,
}

async fn add_person(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match added(&caller, &form).await {
        Err(problem) => person_page(&caller, form.again(problem)?).await,
        answer => answer,
    }
}

async fn added(caller: &Caller, form: &Form) -> Answer {
    let PersonFields { name, email, invite } = form.read()?;
    let post = Post::Partner(found(caller, &mut caller.read().await?).await?.id);
    add(caller, form, NewPerson { name, email, post }, invite.is_some()).await
}
