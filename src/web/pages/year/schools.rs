//! The schools of the hub: their list, and a new one.

use askama::Template;

use super::said::{self, on_form};
use crate::base::clock::london_date;
use crate::base::text::{Day, Line, Urn};
use crate::members::schools::{self, Details, Membership, Order, Phase};
use crate::web::body::Flag;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::sorting::{self, Sort};
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Reply, next_page};
use crate::web::roles::{HUB, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/schools", HUB, list);
    pages.get("/schools/new", MANAGER, new);
    pages.post("/schools/new", MANAGER, add);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    text: Option<Line>,
    phase: Option<Phase>,
    membership: Option<Membership>,
    current: Option<Flag>,
    sort: Option<Order>,
    after: Option<String>,
}

impl Query {
    fn order(&self) -> Order {
        self.sort.unwrap_or(Order::Name)
    }

    fn filled(&self) -> Filled {
        Filled::with([
            ("text", self.text.as_ref().map_or("", Line::as_str)),
            ("phase", self.phase.map_or("", Phase::as_str)),
            ("membership", self.membership.map_or("", Membership::as_str)),
            ("current", self.current.map_or("", Flag::as_str)),
            ("sort", self.order().as_str()),
        ])
    }
}

struct Row {
    path: String,
    name: String,
    urn: String,
    phase: &'static str,
    authority: String,
    membership: &'static str,
    standing: String,
    tone: &'static str,
}

#[derive(Template)]
#[template(path = "pages/year/schools.html")]
struct Schools {
    shell: Shell,
    filled: Filled,
    phases: Vec<(&'static str, &'static str)>,
    memberships: Vec<(&'static str, &'static str)>,
    filtered: bool,
    file_query: String,
    rows: Vec<Row>,
    by_name: Sort,
    next: Option<String>,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let query: Query = asked_for(&caller)?;
    let (today, limit) = (london_date(caller.now()), Limit::default());
    // Who types a number looks for the school that has it, or had.
    let urn = query.text.as_ref().and_then(|text| Urn::parse(text.as_str()).ok());
    let filter = schools::Filter {
        phase: query.phase,
        membership: query.membership,
        text: query.text.clone().filter(|_| urn.is_none()),
        urn: urn.clone(),
        member_on: query.current.filter(|current| current.is_true()).map(|_| today),
        order: Some(query.order()),
        ..schools::Filter::default()
    };
    let after = place_after(&caller, query.after.as_deref());
    let mut tx = caller.read().await?;
    let mut rows = schools::list(&mut tx, caller.hub(), &filter, after, limit.and_one()).await?;
    drop(tx);
    let by_name = sorting::by(caller.uri(), "name", query.order().as_str());
    let next = next_page(&mut rows, limit, caller.uri(), |last| (last.details.name.key(), last.id));
    let row = |school: schools::School| {
        let (standing, tone) = said::standing(&school, today);
        Row {
            path: format!("/schools/{}", school.id),
            name: school.details.name.to_string(),
            urn: school.details.urn.to_string(),
            phase: school.details.phase.label(),
            authority: school.details.local_authority.map_or_else(String::new, |line| line.to_string()),
            membership: said::membership(school.details.membership),
            standing,
            tone,
        }
    };
    let shell = Shell::of(&caller, "Schools and rolls", "/schools").await?;
    let (filled, rows) = (query.filled(), rows.into_iter().map(row).collect());
    let filtered = query.after.is_some()
        || query.text.is_some()
        || query.phase.is_some()
        || query.membership.is_some()
        || query.current.is_some();
    let (phases, memberships) = (options::<Phase>(), said::memberships());
    let file_query = file_query(&query, urn.as_ref());
    page(&caller, &Schools { shell, filled, phases, memberships, filtered, file_query, rows, by_name, next }).await
}

/// The filters as the whole list in a file takes them.
fn file_query(query: &Query, urn: Option<&Urn>) -> String {
    let mut sent = url::form_urlencoded::Serializer::new(String::new());
    let mut add = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            sent.append_pair(name, value);
        }
    };
    match urn {
        Some(urn) => add("urn", Some(urn.as_str())),
        None => add("text", query.text.as_ref().map(Line::as_str)),
    }
    add("phase", query.phase.map(Phase::as_str));
    add("sort", query.sort.map(Order::as_str));
    add("membership", query.membership.map(Membership::as_str));
    add("current", query.current.map(Flag::as_str));
    let sent = sent.finish();
    if sent.is_empty() { sent } else { format!("?{sent}") }
}

#[derive(Template)]
#[template(path = "pages/year/school_new.html")]
struct New {
    shell: Shell,
    filled: Filled,
    phases: Vec<(&'static str, &'static str)>,
    memberships: Vec<(&'static str, &'static str)>,
}

async fn new(call: Call) -> Answer {
    let caller = call.allow()?;
    shown(&caller, Filled::with([("membership", "full")])).await
}

async fn shown(caller: &Caller, filled: Filled) -> Answer {
    let shell = Shell::of(caller, "Add a school", "/schools").await?;
    let mut phases = options::<Phase>();
    phases.insert(0, ("", "Choose a phase"));
    page(caller, &New { shell, filled, phases, memberships: said::memberships() }).await
}

#[derive(eserde::Deserialize)]
struct Fields {
    urn: Urn,
    name: Line,
    phase: Phase,
    establishment_type: Option<Line>,
    local_authority: Option<Line>,
    membership: Option<Membership>,
    joined_on: Option<Day>,
}

async fn add(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match added(&caller, &form).await {
        Err(problem) => shown(&caller, form.refused(&on_form(problem)?)).await,
        done => done,
    }
}

async fn added(caller: &Caller, form: &Form) -> Result<actix_web::HttpResponse, Problem> {
    let fields: Fields = form.read()?;
    let details = Details {
        urn: fields.urn,
        name: fields.name,
        phase: fields.phase,
        establishment_type: fields.establishment_type,
        local_authority: fields.local_authority,
        membership: fields.membership.unwrap_or(Membership::Full),
        joined_on: fields.joined_on.map(|day| day.0),
        left_on: None,
    };
    caller
        .write(form.bytes(), async |journal| {
            let school = schools::create(journal, details.clone()).await?;
            Ok(Reply::see(&format!("/schools/{}/manage?done=school-added", school.id)))
        })
        .await
}
