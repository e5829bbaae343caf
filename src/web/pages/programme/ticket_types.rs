//! Types of ticket: which programmes they cover, how long they hold, and when a cancelled place gives them back.

use askama::Template;

use crate::base::db::Tx;
use crate::base::ids::{PriorityId, ProgrammeId, TicketTypeId};
use crate::base::text::{Change, Line};
use crate::programme::programmes::catalogue::View;
use crate::programme::programmes::{self, Kind};
use crate::programme::tickets::{self, Coverage, ReturnRule, Returns, Terms, TicketReturn, TicketType, TypeChange};
use crate::web::call::{Call, Caller};
use crate::web::pages::choices::of_priorities;
use crate::web::pages::form::{Filled, Form, Whole};
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::own_tickets::covered;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::{Answer, FieldError, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{HUB, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/tickets/types", HUB, list);
    pages.get("/tickets/types/new", MANAGER, new);
    pages.post("/tickets/types/new", MANAGER, add);
    pages.get("/tickets/types/{id}", MANAGER, edit);
    pages.post("/tickets/types/{id}", MANAGER, change);
}

/// The most types, and the most programmes to choose from.
const MOST: i64 = 200;

/// Every type of ticket, for a list to choose from.
pub(super) async fn choices(caller: &Caller, tx: &mut Tx) -> Result<Vec<(String, String)>, Problem> {
    let all = tickets::list_types(tx, caller.hub(), None, MOST).await?;
    Ok(all.into_iter().map(|of| (of.id.to_string(), of.terms.name.as_str().to_owned())).collect())
}

/// A type in the list.
struct Row {
    id: String,
    name: String,
    covers: Vec<String>,
    months: Option<i64>,
    returns: Returned,
    needs_approval: bool,
}

/// When a cancelled place gives a ticket back.
enum Returned {
    Always,
    Never,
    Days(u16),
}

#[derive(Template)]
#[template(path = "pages/programme/ticket_types.html")]
struct Types {
    shell: Shell,
    rows: Vec<Row>,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let all = tickets::list_types(&mut tx, caller.hub(), None, MOST).await?;
    let (programmes, priorities) =
        (programmes_of(&caller, &mut tx).await?, of_priorities(&mut tx, caller.hub()).await?);
    drop(tx);
    let row = |of: TicketType| Row {
        id: of.id.to_string(),
        name: of.terms.name.as_str().to_owned(),
        covers: covered(&of.terms.covers, &programmes, &priorities),
        months: of.terms.valid_months,
        returns: match of.terms.returns {
            Returns::Always => Returned::Always,
            Returns::Never => Returned::Never,
            Returns::DaysBefore(days) => Returned::Days(days),
        },
        needs_approval: of.terms.needs_approval,
    };
    let rows = all.into_iter().map(row).collect();
    let shell = Shell::of(&caller, "Types of ticket", "/tickets").await?;
    page(&caller, &Types { shell, rows }).await
}

async fn programmes_of(caller: &Caller, tx: &mut Tx) -> Result<Vec<(String, String)>, Problem> {
    let drafts = View::of(&caller.person) != View::Published;
    let filter = programmes::Filter { drafts, ..programmes::Filter::default() };
    let all = programmes::list(tx, caller.hub(), &filter, None, MOST).await?;
    Ok(all.into_iter().map(|of| (of.id.to_string(), of.title.as_str().to_owned())).collect())
}

#[derive(Template)]
#[template(path = "pages/programme/ticket_type.html")]
struct Edit {
    shell: Shell,
    filled: Filled,
    action: String,
    new: bool,
    kinds: Vec<(&'static str, &'static str)>,
    priorities: Vec<(String, String)>,
    programmes: Vec<(String, String)>,
    rules: Vec<(&'static str, &'static str)>,
}

async fn form(caller: &Caller, of: Option<TicketTypeId>, filled: Filled) -> Answer {
    let title = if of.is_some() { "Change the type of ticket" } else { "Add a type of ticket" };
    let shell = Shell::of(caller, title, "/tickets").await?;
    let mut tx = caller.read().await?;
    let view = Edit {
        shell,
        filled,
        action: of.map_or("/tickets/types/new".to_owned(), |id| format!("/tickets/types/{id}")),
        new: of.is_none(),
        kinds: options::<Kind>(),
        priorities: of_priorities(&mut tx, caller.hub()).await?,
        programmes: programmes_of(caller, &mut tx).await?,
        rules: options::<ReturnRule>(),
    };
    drop(tx);
    page(caller, &view).await
}

#[derive(eserde::Deserialize)]
struct Fields {
    name: Line,
    kinds: Option<Vec<Kind>>,
    priority_ids: Option<Vec<PriorityId>>,
    programme_ids: Option<Vec<ProgrammeId>>,
    valid_months: Option<Whole>,
    rule: ReturnRule,
    days: Option<Whole>,
    version: Option<Whole>,
}

/// The terms that were typed, and the version that was read.
fn read(sent: &Form) -> Result<(Terms, i64), Problem> {
    let typed: Fields = sent.read()?;
    let days = typed.days.filter(|_| typed.rule == ReturnRule::DaysBefore);
    let days = days.map(|days| u16::try_from(days.0)).transpose();
    let days = days.map_err(|_| Problem::field("days", "invalid", "must be 0 to 65535"))?;
    let returns = TicketReturn { rule: typed.rule, days }.checked();
    let terms = Terms {
        name: typed.name,
        covers: Coverage {
            programme_ids: typed.programme_ids.unwrap_or_default(),
            kinds: typed.kinds.unwrap_or_default(),
            priority_ids: typed.priority_ids.unwrap_or_default(),
        },
        valid_months: typed.valid_months.map(|months| months.0),
        returns: returns.map_err(|reason| Problem::field("days", "invalid", reason))?,
        needs_approval: sent.has("needs_approval"),
    };
    Ok((terms, typed.version.map_or(0, |version| version.0)))
}

/// What was refused, at the fields of the form.
fn at_fields(problem: &Problem) -> Problem {
    let errors = problem.errors().iter().map(|error| {
        let field = error.pointer.trim_start_matches('/').split('/').next().unwrap_or_default();
        FieldError { pointer: if field == "covers" { "kinds" } else { field }.to_owned(), ..error.clone() }
    });
    Problem::new(problem.code(), problem.detail()).with_errors(errors.collect())
}

async fn new(call: Call) -> Answer {
    let filled = Filled::with([("rule", ReturnRule::Always.word()), ("needs_approval", "yes")]);
    form(&call.allow()?, None, filled).await
}

async fn add(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    match added(&caller, &sent).await {
        Err(problem) => form(&caller, None, sent.refused(&at_fields(&problem))).await,
        done => done,
    }
}

async fn added(caller: &Caller, sent: &Form) -> Answer {
    let (terms, _) = read(sent)?;
    caller
        .write(sent.bytes(), async |journal| {
            tickets::create_type(journal, terms.clone()).await?;
            Ok(Reply::see("/tickets/types?done=ticket-type-added"))
        })
        .await
}

async fn edit(call: Call) -> Answer {
    let caller = call.allow()?;
    let id: TicketTypeId = caller.id("id")?;
    form(&caller, Some(id), as_it_is(&caller, id).await?).await
}

/// A type as it is, in the form.
async fn as_it_is(caller: &Caller, id: TicketTypeId) -> Result<Filled, Problem> {
    let of = tickets::get_type(&mut caller.read().await?, caller.hub(), id).await?;
    let TicketType { terms, version, .. } = of.ok_or_else(Problem::not_found)?;
    let TicketReturn { rule, days } = terms.returns.into();
    let mut filled = Filled::with([
        ("name", terms.name.as_str().to_owned()),
        ("valid_months", terms.valid_months.map_or(String::new(), |months| months.to_string())),
        ("rule", rule.word().to_owned()),
        ("days", days.map_or(String::new(), |days| days.to_string())),
        ("needs_approval", if terms.needs_approval { "yes" } else { "" }.to_owned()),
        ("version", version.to_string()),
    ]);
    terms.covers.kinds.iter().for_each(|kind| filled.put("kinds[]", kind.word()));
    terms.covers.priority_ids.iter().for_each(|id| filled.put("priority_ids[]", id.to_string()));
    terms.covers.programme_ids.iter().for_each(|id| filled.put("programme_ids[]", id.to_string()));
    Ok(filled)
}

async fn change(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let id: TicketTypeId = caller.id("id")?;
    match changed(&caller, id, &sent).await {
        Err(problem) => {
            let refused = sent.refused(&at_fields(&problem)).beside(as_it_is(&caller, id).await?);
            form(&caller, Some(id), refused).await
        }
        done => done,
    }
}

async fn changed(caller: &Caller, id: TicketTypeId, sent: &Form) -> Answer {
    let (terms, version) = read(sent)?;
    let change = TypeChange {
        name: Some(terms.name),
        covers: Some(terms.covers),
        valid_months: Change(Some(terms.valid_months)),
        returns: Some(terms.returns),
        needs_approval: Some(terms.needs_approval),
    };
    caller
        .write(sent.bytes(), async |journal| {
            tickets::change_type(journal, id, version, change.clone()).await?;
            Ok(Reply::see("/tickets/types?done=saved"))
        })
        .await
}
