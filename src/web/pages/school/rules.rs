//! What a school allows without a decision of its lead, and where a second person is asked for.

use askama::Template;

use super::choices::{crumb, here};
use crate::base::credits::Credits;
use crate::base::ids::PersonId;
use crate::base::text::Change;
use crate::members::people::{self, Role, RulesChange};
use crate::members::schools::{self, ApprovalRules, School};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form, Whole};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{HUB_AND_LEADS, MANAGER_AND_LEADS};
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/schools/{id}/approval", HUB_AND_LEADS, show);
    pages.post("/schools/{id}/approval", MANAGER_AND_LEADS, change);
}

#[derive(Template)]
#[template(path = "pages/school/rules.html")]
struct Rules {
    shell: Shell,
    filled: Filled,
    crumb: (String, String),
    path: String,
    changes: bool,
    yearly_limit: String,
    commission_limit: String,
    /// Who asked that people may approve their own requests, and that one person be enough.
    own_asked_by: Option<String>,
    one_asked_by: Option<String>,
}

#[derive(eserde::Deserialize)]
struct Fields {
    own_approval: Option<String>,
    second_person: Option<String>,
    yearly_limit: Option<Credits>,
    commission_limit: Option<Credits>,
    version: Whole,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let school = seen::school(&caller, &mut caller.read().await?).await?;
    shown(&caller, &school, None).await
}

async fn shown(caller: &Caller, school: &School, refused: Option<Filled>) -> Answer {
    let mut tx = caller.read().await?;
    let rules = schools::approval_rules(&mut tx, caller.hub(), school.id).await?.ok_or_else(Problem::not_found)?;
    let own_asked_by = asked_by(caller, &mut tx, rules.own_approval_asked_by).await?;
    let one_asked_by = asked_by(caller, &mut tx, rules.one_person_asked_by).await?;
    drop(tx);
    let shown = Rules {
        shell: Shell::of(caller, "What needs no decision", here(caller)).await?,
        filled: refused.unwrap_or_else(|| filled(&rules)),
        crumb: crumb(school),
        path: format!("/schools/{}/approval", school.id),
        changes: caller.role() != Role::HubViewer,
        yearly_limit: rules.approval_limit.map(words::credits).unwrap_or_default(),
        commission_limit: rules.commission_limit.map(words::credits).unwrap_or_default(),
        own_asked_by,
        one_asked_by,
    };
    page(caller, &shown).await
}

async fn asked_by(
    caller: &Caller,
    tx: &mut crate::base::db::Tx,
    asked: Option<PersonId>,
) -> Result<Option<String>, Problem> {
    let Some(person) = asked else { return Ok(None) };
    Ok(people::get(tx, caller.hub(), person).await?.map(|person| person.name.to_string()))
}

fn filled(rules: &ApprovalRules) -> Filled {
    let yes = |is: bool| if is { "yes" } else { "" }.to_owned();
    let limit = |limit: Option<Credits>| limit.map(words::amount).unwrap_or_default();
    Filled::with([
        ("own_approval", yes(rules.own_approval)),
        ("second_person", yes(rules.second_person)),
        ("yearly_limit", limit(rules.approval_limit)),
        ("commission_limit", limit(rules.commission_limit)),
        ("version", rules.version.to_string()),
    ])
}

async fn change(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let school = seen::school(&caller, &mut caller.read().await?).await?;
    match changed(&caller, &school, &sent).await {
        Err(problem) => shown(&caller, &school, Some(sent.again(problem)?)).await,
        answer => answer,
    }
}

async fn changed(caller: &Caller, school: &School, sent: &Form) -> Answer {
    let fields: Fields = sent.read()?;
    caller
        .write(sent.bytes(), async |journal| {
            let hub = journal.hub();
            let rules = schools::approval_rules(journal.tx(), hub, school.id).await?.ok_or_else(Problem::not_found)?;
            people::change_approval_rules(journal, school.id, fields.version.0, fields.over(&rules)).await?;
            Ok(Reply::see(&format!("/schools/{}/approval?done=rules-changed", school.id)))
        })
        .await
}

impl Fields {
    /// What is different from the rules as they are: what stays is not sent, since to send it takes back what was asked.
    fn over(&self, rules: &ApprovalRules) -> RulesChange {
        let switch = |ticked: &Option<String>, is: bool| Some(ticked.is_some()).filter(|to| *to != is);
        let limit = |sent: Option<Credits>, is: Option<Credits>| Change((sent != is).then_some(sent));
        RulesChange {
            own_approval: switch(&self.own_approval, rules.own_approval),
            second_person: switch(&self.second_person, rules.second_person),
            approval_limit: limit(self.yearly_limit, rules.approval_limit),
            commission_limit: limit(self.commission_limit, rules.commission_limit),
        }
    }
}
