//! What somebody looks for in the catalogue, kept under a name: saved from the catalogue, found there as links.

use askama::Template;

use super::choices::of_priorities;
use super::form::{Filled, Form, written};
use super::labels::Labelled;
use super::router::Pages;
use super::shell::{Shell, page};
use crate::base::db::{self, Tx};
use crate::base::ids::{PriorityId, SavedFilterId};
use crate::base::month::Month;
use crate::base::text::Line;
use crate::booking::saved_filters::{self, FilterChange, SavedFilter, Sought, is_told};
use crate::members::schools::Phase;
use crate::programme::programmes::Kind;
use crate::programme::programmes::catalogue::PlacesLeft;
use crate::web::call::{Call, Caller};
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.post("/catalogue/filters", EVERYONE, save);
    pages.get("/catalogue/filters/{id}", EVERYONE, show);
    pages.post("/catalogue/filters/{id}", EVERYONE, change);
    pages.post("/catalogue/filters/{id}/remove", EVERYONE, remove);
}

/// A saved filter as a link of the catalogue.
pub(super) struct Link {
    pub(super) name: String,
    pub(super) path: String,
    /// Where it is changed.
    pub(super) own: String,
    pub(super) alert: bool,
}

/// The caller's saved filters as links.
pub(super) async fn links(caller: &Caller, tx: &mut Tx) -> Result<Vec<Link>, db::Error> {
    let all = saved_filters::list(tx, caller.hub(), caller.person.id).await?;
    let link = |filter: SavedFilter| Link {
        path: format!("/catalogue?{}", query_of(&filter.sought)),
        own: own(filter.id),
        alert: filter.alert,
        name: filter.name.to_string(),
    };
    Ok(all.into_iter().map(link).collect())
}

fn own(id: SavedFilterId) -> String {
    format!("/catalogue/filters/{id}")
}

/// What is looked for, as the catalogue has it in its address.
fn pairs(sought: &Sought) -> Vec<(&'static str, Option<String>)> {
    vec![
        ("text", sought.text.as_ref().map(Line::to_string)),
        ("kind", sought.kind.map(|kind| kind.to_string())),
        ("phase", sought.phase.map(|phase| phase.to_string())),
        ("priority_id", sought.priority_id.map(|id| id.to_string())),
        ("from", sought.from_month.map(Month::as_str)),
        ("to", sought.to_month.map(Month::as_str)),
        ("places_left", sought.places_left.map(|left| left.to_string())),
        ("free", sought.free.then(|| "yes".to_owned())),
    ]
}

fn query_of(sought: &Sought) -> String {
    written(pairs(sought))
}

/// A filter as the catalogue's form sends it.
#[derive(eserde::Deserialize)]
struct Fields {
    name: Line,
    alert: Option<Line>,
    text: Option<Line>,
    kind: Option<Kind>,
    phase: Option<Phase>,
    priority_id: Option<PriorityId>,
    from: Option<Month>,
    to: Option<Month>,
    places_left: Option<PlacesLeft>,
    free: Option<Line>,
}

impl Fields {
    fn sought(self) -> Sought {
        Sought {
            text: self.text,
            kind: self.kind,
            phase: self.phase,
            priority_id: self.priority_id,
            from_month: self.from,
            to_month: self.to,
            places_left: self.places_left,
            free: self.free.is_some(),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/saved_filter.html")]
struct One {
    shell: Shell,
    filled: Filled,
    /// Where the form goes.
    path: String,
    /// What it looks for, in words.
    said: Vec<(&'static str, String)>,
    /// What stands unseen in the form: all that is looked for, where it is not saved yet.
    hidden: Vec<(&'static str, String)>,
    told: bool,
    /// Where it is removed, where it is saved.
    remove: Option<String>,
}

async fn save(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    match saved(&caller, &sent).await {
        Err(problem) => save_page(&caller, &sent, problem).await,
        answer => answer,
    }
}

async fn saved(caller: &Caller, sent: &Form) -> Answer {
    let fields: Fields = sent.read()?;
    let (name, alert) = (fields.name.clone(), fields.alert.is_some());
    let sought = fields.sought();
    caller
        .write(sent.bytes(), async |journal| {
            saved_filters::save(journal, &caller.person, (name.clone(), sought.clone(), alert)).await?;
            let mut asked = pairs(&sought);
            asked.push(("done", Some("filter-saved".to_owned())));
            Ok(Reply::see(&format!("/catalogue?{}", written(asked))))
        })
        .await
}

/// What could not be saved, with what was typed.
async fn save_page(caller: &Caller, sent: &Form, problem: Problem) -> Answer {
    let names = pairs(&Sought::default()).into_iter().map(|(name, _)| name);
    let hidden = names.map(|name| (name, sent.text(name).to_owned())).filter(|(_, value)| !value.is_empty());
    let view = One {
        shell: Shell::of(caller, "Save what you look for", "/catalogue").await?,
        filled: sent.again(problem)?,
        path: "/catalogue/filters".to_owned(),
        said: Vec::new(),
        hidden: hidden.collect(),
        told: is_told(caller.role()),
        remove: None,
    };
    page(caller, &view).await
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    shown(&caller, None).await
}

async fn shown(caller: &Caller, refused: Option<Filled>) -> Answer {
    let (mut tx, id) = (caller.read().await?, caller.id("id")?);
    let filter = saved_filters::get(&mut tx, caller.hub(), caller.person.id, id).await?;
    let filter = filter.ok_or_else(Problem::not_found)?;
    let priorities = of_priorities(&mut tx, caller.hub()).await?;
    drop(tx);
    let as_it_is = || {
        let alert = if filter.alert { "yes" } else { "" };
        Filled::with([("name", filter.name.as_str()), ("alert", alert)])
    };
    let view = One {
        shell: Shell::of(caller, filter.name.as_str(), "/catalogue").await?,
        filled: refused.unwrap_or_else(as_it_is),
        path: own(id),
        said: said(&filter.sought, &priorities),
        hidden: Vec::new(),
        told: is_told(caller.role()),
        remove: Some(format!("{}/remove", own(id))),
    };
    page(caller, &view).await
}

/// What is looked for, in words.
fn said(sought: &Sought, priorities: &[(String, String)]) -> Vec<(&'static str, String)> {
    let priority = |id: PriorityId| {
        let found = priorities.iter().find(|(known, _)| *known == id.to_string());
        found.map_or_else(String::new, |(_, name)| name.clone())
    };
    let places = |left| match left {
        PlacesLeft::Yes => "With a place left".to_owned(),
        PlacesLeft::No => "Full".to_owned(),
    };
    let all = [
        ("Words or a speaker", sought.text.as_ref().map(Line::to_string)),
        ("Kind", sought.kind.map(|kind| kind.label().to_owned())),
        ("Phase", sought.phase.map(|phase| phase.label().to_owned())),
        ("Subject or priority", sought.priority_id.map(priority)),
        ("From", sought.from_month.map(Month::in_words)),
        ("Until the end of", sought.to_month.map(Month::in_words)),
        ("Places", sought.places_left.map(places)),
        ("Price", sought.free.then(|| "Free to me".to_owned())),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// What of a saved filter is changed.
#[derive(eserde::Deserialize)]
struct Changed {
    name: Line,
    alert: Option<Line>,
}

async fn change(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    match changed(&caller, &sent).await {
        Err(problem) => shown(&caller, Some(sent.again(problem)?)).await,
        answer => answer,
    }
}

async fn changed(caller: &Caller, sent: &Form) -> Answer {
    let (Changed { name, alert }, id) = (sent.read()?, caller.id("id")?);
    caller
        .write(sent.bytes(), async |journal| {
            let (hub, me) = (caller.hub(), caller.person.id);
            let now = saved_filters::get(journal.tx(), hub, me, id).await?.ok_or_else(Problem::not_found)?;
            let change = FilterChange { name: Some(name.clone()), alert: Some(alert.is_some()) };
            saved_filters::change(journal, &caller.person, (id, now.version), change).await?;
            Ok(Reply::see("/catalogue?done=filter-changed"))
        })
        .await
}

async fn remove(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    caller
        .write(sent.bytes(), async |journal| {
            saved_filters::remove(journal, caller.person.id, caller.id("id")?).await?;
            Ok(Reply::see("/catalogue?done=filter-removed"))
        })
        .await
}
