//! Programmes: listed, added, changed, sent back, deleted; each with its events.

use askama::Template;

use super::head::way;
use super::runs::Run;
use crate::base::db::Tx;
use crate::base::ids::{PartnerId, PriorityId, ProgrammeId, SchoolId};
use crate::base::markdown;
use crate::base::text::{Change, Line, Prose};
use crate::booking::organising::{self, Addition};
use crate::members::people::Role;
use crate::members::schools::Phase;
use crate::members::{partners, schools};
use crate::programme::programmes::catalogue::{self, Order, View};
use crate::programme::programmes::{self, Filter, Kind, Programme, ProgrammeChange, Provider, Stage};
use crate::web::call::{Call, Caller};
use crate::web::pages::choices::of_priorities;
use crate::web::pages::form::{Filled, Form, Whole};
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::sorting::Sort;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Reply, next_page};
use crate::web::roles::{HUB_AND_PARTNERS, MAKERS, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/programmes", HUB_AND_PARTNERS, list);
    pages.get("/programmes/new", MAKERS, new);
    pages.post("/programmes/new", MAKERS, add);
    pages.get("/programmes/{id}", HUB_AND_PARTNERS, one);
    pages.get("/programmes/{id}/edit", MAKERS, edit);
    pages.post("/programmes/{id}/edit", MAKERS, change);
    pages.post("/programmes/{id}/send-back", MANAGER, send_back);
    pages.get("/programmes/{id}/delete", MAKERS, ask_to_delete);
    pages.post("/programmes/{id}/delete", MAKERS, delete);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    kind: Option<Kind>,
    phase: Option<Phase>,
    priority_id: Option<PriorityId>,
    text: Option<Line>,
    after: Option<String>,
}

/// A programme in the list.
struct Row {
    path: String,
    title: String,
    kind: &'static str,
    phase: &'static str,
    provider: String,
    stage: (&'static str, &'static str),
}

impl Row {
    fn of(programme: Programme) -> Row {
        Row {
            path: format!("/programmes/{}", programme.id),
            title: programme.title.as_str().to_owned(),
            kind: programme.kind.label(),
            phase: programme.phase.map_or("All phases", Labelled::label),
            provider: programme.provider.name.as_str().to_owned(),
            stage: (programme.stage.label(), programme.stage.tone()),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/programme/programmes.html")]
struct Programmes {
    shell: Shell,
    filled: Filled,
    kinds: Vec<(&'static str, &'static str)>,
    phases: Vec<(&'static str, &'static str)>,
    priorities: Vec<(String, String)>,
    rows: Vec<Row>,
    next: Option<String>,
    makes: bool,
    of_hub: bool,
    files: String,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let query: Query = asked_for(&caller)?;
    let (limit, after) = (Limit::default(), place_after(&caller, query.after.as_deref()));
    let filter = Filter {
        kind: query.kind,
        phase: query.phase,
        priority: query.priority_id,
        text: query.text.clone(),
        partner: View::of(&caller.person).partner(),
        drafts: true,
    };
    let mut tx = caller.read().await?;
    let mut found = programmes::list(&mut tx, caller.hub(), &filter, after, limit.and_one()).await?;
    let priorities = of_priorities(&mut tx, caller.hub()).await?;
    drop(tx);
    let next = next_page(&mut found, limit, caller.uri(), |last| last.id);
    let view = Programmes {
        shell: Shell::of(&caller, "Programmes", way(caller.role())).await?,
        filled: query.filled(),
        kinds: options::<Kind>(),
        phases: options::<Phase>(),
        priorities,
        rows: found.into_iter().map(Row::of).collect(),
        next,
        makes: MAKERS.contains(&caller.role()),
        of_hub: caller.sees_hub(),
        files: query.filled().query(&["text", "kind", "phase", "priority_id"]),
    };
    page(&caller, &view).await
}

impl Query {
    fn filled(&self) -> Filled {
        Filled::with([
            ("text", self.text.as_ref().map_or(String::new(), |text| text.as_str().to_owned())),
            ("kind", self.kind.map_or("", Kind::as_str).to_owned()),
            ("phase", self.phase.map_or("", Phase::as_str).to_owned()),
            ("priority_id", self.priority_id.map_or(String::new(), |id| id.to_string())),
        ])
    }
}

#[derive(Template)]
#[template(path = "pages/programme/programme.html")]
struct One {
    shell: Shell,
    filled: Filled,
    id: String,
    row: Row,
    description: String,
    priority: Option<String>,
    returned: Option<String>,
    draft: bool,
    of_partner: bool,
    makes: bool,
    events: Vec<Run>,
    /// The dates of one programme are in one order.
    by_start: Option<Sort>,
    next: Option<String>,
}

/// Where the page of its events begins.
#[derive(eserde::Deserialize)]
struct At {
    after: Option<String>,
}

async fn one(call: Call) -> Answer {
    show(&call.allow()?, Filled::default()).await
}

async fn show(caller: &Caller, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let programme = organising::programme(&mut tx, &caller.person, caller.id("id")?).await?;
    let At { after } = asked_for(caller)?;
    let (after, limit) = (place_after(caller, after.as_deref()), Limit::default());
    let filter =
        catalogue::Filter { programme: Some(programme.id), order: Some(Order::Latest), ..catalogue::Filter::default() };
    let view = View::of(&caller.person);
    let mut events = catalogue::list(&mut tx, caller.hub(), view, &filter, after, limit.and_one()).await?;
    let priorities = of_priorities(&mut tx, caller.hub()).await?;
    drop(tx);
    let next = next_page(&mut events, limit, caller.uri(), |last| (last.starts_at, last.id));
    let serves = programme.priority_id.map(|id| id.to_string());
    let view = One {
        shell: Shell::of(caller, programme.title.as_str(), way(caller.role())).await?,
        filled,
        id: programme.id.to_string(),
        description: markdown::of_prose(programme.description.as_str()),
        priority: priorities.into_iter().find(|(id, _)| Some(id) == serves.as_ref()).map(|(_, name)| name),
        returned: programme.returned_because.as_ref().map(|why| why.as_str().to_owned()),
        draft: programme.stage == Stage::Draft,
        of_partner: programme.provider.partner_id.is_some(),
        makes: MAKERS.contains(&caller.role()),
        row: Row::of(programme),
        events: events.into_iter().map(Run::of).collect(),
        by_start: None,
        next,
    };
    page(caller, &view).await
}

/// The form of a programme, new or old.
#[derive(Template)]
#[template(path = "pages/programme/programme_form.html")]
struct Edit {
    shell: Shell,
    filled: Filled,
    action: String,
    back: String,
    kinds: Vec<(&'static str, &'static str)>,
    phases: Vec<(&'static str, &'static str)>,
    priorities: Vec<(String, String)>,
    providers: Vec<(String, String)>,
    new: bool,
}

async fn form(caller: &Caller, of: Option<ProgrammeId>, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let title = if of.is_some() { "Change the programme" } else { "Add a programme" };
    let view = Edit {
        shell: Shell::of(caller, title, way(caller.role())).await?,
        filled,
        action: of.map_or("/programmes/new".to_owned(), |id| format!("/programmes/{id}/edit")),
        back: of.map_or("/programmes".to_owned(), |id| format!("/programmes/{id}")),
        kinds: options::<Kind>(),
        phases: or_all("For all phases", options::<Phase>()),
        priorities: or_all_of("None", of_priorities(&mut tx, caller.hub()).await?),
        providers: if caller.role() == Role::HubManager { providers(caller, &mut tx).await? } else { Vec::new() },
        new: of.is_none(),
    };
    drop(tx);
    page(caller, &view).await
}

fn or_all(words: &'static str, mut options: Vec<(&'static str, &'static str)>) -> Vec<(&'static str, &'static str)> {
    options.insert(0, ("", words));
    options
}

fn or_all_of(words: &str, mut options: Vec<(String, String)>) -> Vec<(String, String)> {
    options.insert(0, (String::new(), words.to_owned()));
    options
}

/// Who may give a programme: the hub, each school, each partner.
async fn providers(caller: &Caller, tx: &mut Tx) -> Result<Vec<(String, String)>, Problem> {
    let mut all = vec![(String::new(), "The hub".to_owned())];
    let partners = partners::every(tx, caller.hub()).await?;
    all.extend(partners.into_iter().map(|it| (format!("partner:{}", it.id), it.name.as_str().to_owned())));
    let schools = schools::every(tx, caller.hub()).await?;
    all.extend(schools.into_iter().map(|it| (format!("school:{}", it.id), it.details.name.as_str().to_owned())));
    Ok(all)
}

#[derive(eserde::Deserialize)]
struct Fields {
    kind: Kind,
    title: Line,
    description: Option<Prose>,
    phase: Option<Phase>,
    priority_id: Option<PriorityId>,
    provider: Option<Giver>,
    version: Option<Whole>,
}

/// A provider as the form says it.
struct Giver(Provider);

impl<'de> serde::Deserialize<'de> for Giver {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom("must be one of the list");
        let (kind, id) = text.split_once(':').ok_or_else(wrong)?;
        let id = uuid::Uuid::try_parse(id).map_err(|_| wrong())?;
        match kind {
            "school" => Ok(Giver(Provider::School(SchoolId(id)))),
            "partner" => Ok(Giver(Provider::Partner(PartnerId(id)))),
            _ => Err(wrong()),
        }
    }
}

crate::base::db::types::reports_errors!(Giver);

async fn new(call: Call) -> Answer {
    form(&call.allow()?, None, Filled::default()).await
}

async fn add(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    match added(&caller, &sent).await {
        Err(problem) => form(&caller, None, sent.again(problem)?).await,
        done => done,
    }
}

async fn added(caller: &Caller, sent: &Form) -> Answer {
    let Fields { kind, title, description, phase, priority_id, provider, .. } = sent.read()?;
    let (description, provider) = (description.unwrap_or_default(), provider.map(|giver| giver.0));
    let new = Addition { kind, title, description, phase, priority_id, provider };
    caller
        .write(sent.bytes(), async |journal| {
            let programme = organising::add_programme(journal, &caller.person, new.clone()).await?;
            Ok(Reply::see(&format!("/programmes/{}?done=programme-added", programme.id)))
        })
        .await
}

async fn edit(call: Call) -> Answer {
    let caller = call.allow()?;
    let of = organising::programme(&mut caller.read().await?, &caller.person, caller.id("id")?).await?;
    form(&caller, Some(of.id), filled(&of)).await
}

/// A programme as it is, in the form.
fn filled(of: &Programme) -> Filled {
    Filled::with([
        ("kind", of.kind.word().to_owned()),
        ("title", of.title.as_str().to_owned()),
        ("description", of.description.as_str().to_owned()),
        ("phase", of.phase.map_or("", Labelled::word).to_owned()),
        ("priority_id", of.priority_id.map_or(String::new(), |id| id.to_string())),
        ("version", of.version.to_string()),
    ])
}

async fn change(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let id: ProgrammeId = caller.id("id")?;
    match changed(&caller, id, &sent).await {
        Err(problem) => {
            let of = organising::programme(&mut caller.read().await?, &caller.person, id).await?;
            form(&caller, Some(id), sent.again(problem)?.beside(filled(&of))).await
        }
        done => done,
    }
}

async fn changed(caller: &Caller, id: ProgrammeId, sent: &Form) -> Answer {
    let Fields { kind, title, description, phase, priority_id, version, .. } = sent.read()?;
    let version = version.map_or(0, |version| version.0);
    let change = ProgrammeChange {
        kind: Some(kind),
        title: Some(title),
        description: Some(description.unwrap_or_default()),
        phase: Change(Some(phase)),
        priority_id: Change(Some(priority_id)),
    };
    caller
        .write(sent.bytes(), async |journal| {
            organising::change_programme(journal, &caller.person, id, version, change.clone()).await?;
            Ok(Reply::see(&format!("/programmes/{id}?done=saved")))
        })
        .await
}

#[derive(eserde::Deserialize)]
struct Reason {
    reason: Line,
}

async fn send_back(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    match sent_back(&caller, &sent).await {
        Err(problem) => show(&caller, sent.again(problem)?).await,
        done => done,
    }
}

async fn sent_back(caller: &Caller, sent: &Form) -> Answer {
    let (id, Reason { reason }): (ProgrammeId, _) = (caller.id("id")?, sent.read()?);
    caller
        .write(sent.bytes(), async |journal| {
            programmes::send_back(journal, id, &reason).await?;
            Ok(Reply::see(&format!("/programmes/{id}?done=sent-back")))
        })
        .await
}

#[derive(Template)]
#[template(path = "pages/programme/programme_delete.html")]
struct Delete {
    shell: Shell,
    filled: Filled,
    id: String,
    title: String,
    version: i64,
}

async fn ask_to_delete(call: Call) -> Answer {
    sure(&call.allow()?, Filled::default()).await
}

async fn sure(caller: &Caller, filled: Filled) -> Answer {
    let of = organising::programme(&mut caller.read().await?, &caller.person, caller.id("id")?).await?;
    let shell = Shell::of(caller, "Delete the draft", way(caller.role())).await?;
    let (id, title) = (of.id.to_string(), of.title.as_str().to_owned());
    page(caller, &Delete { shell, filled, id, title, version: of.version }).await
}

#[derive(eserde::Deserialize)]
struct Version {
    version: Whole,
}

async fn delete(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    match deleted(&caller, &sent).await {
        Err(problem) => sure(&caller, sent.again(problem)?).await,
        done => done,
    }
}

async fn deleted(caller: &Caller, sent: &Form) -> Answer {
    let (id, Version { version }): (ProgrammeId, _) = (caller.id("id")?, sent.read()?);
    caller
        .write(sent.bytes(), async |journal| {
            organising::discard_programme(journal, &caller.person, id, version.0).await?;
            Ok(Reply::see("/programmes?done=deleted"))
        })
        .await
}
