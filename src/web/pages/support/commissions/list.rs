//! The commissions that somebody may see, each with what is next; for the hub all of them, and those that are stuck.

use askama::Template;

use super::next::{Who, base, next};
use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::base::ids::{CommissionId, PartnerId, SchoolId};
use crate::base::text::Line;
use crate::members::people::Role;
use crate::members::{partners, schools};
use crate::support::commissions::{self, Commission, Filter, MilestoneState, Party, Reach, State, disputes};
use crate::web::call::{Call, Caller};
use crate::web::in_sight::reach;
use crate::web::pages::form::Filled;
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::support::rooms::{Room, rooms};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, next_page};
use crate::web::roles::ACCOUNT_HOLDERS;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/support/commissions", ACCOUNT_HOLDERS, list);
}

/// What is looked for, as it stands in the address.
#[derive(Default, eserde::Deserialize)]
struct Query {
    state: Option<State>,
    party: Option<Party>,
    school_id: Option<SchoolId>,
    partner_id: Option<PartnerId>,
    stuck: Option<Line>,
    after: Option<String>,
}

struct Row {
    path: String,
    title: String,
    buyer: String,
    provider: String,
    state: &'static str,
    tone: &'static str,
    next: String,
    held: String,
    asked: String,
}

#[derive(Template)]
#[template(path = "pages/support/commissions/list.html")]
struct List {
    shell: Shell,
    rooms: Vec<Room>,
    filled: Filled,
    states: Vec<(&'static str, &'static str)>,
    of_hub: bool,
    asks: bool,
    stuck: bool,
    schools: Vec<(String, String)>,
    partners: Vec<(String, String)>,
    rows: Vec<Row>,
    query: String,
    more: Option<String>,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let query: Query = asked_for(&caller)?;
    let reach = reach(&caller)?;
    let of_hub = reach == Reach::Hub;
    let stuck = of_hub && query.stuck.is_some();
    let limit = Limit::default();
    let mut tx = caller.read().await?;
    let mut found = found(&caller, &mut tx, &query, limit).await?;
    let next = next_page(&mut found, limit, caller.uri(), |last| last.id);
    let mut rows = Vec::new();
    for commission in &found {
        rows.push(row(&caller, &mut tx, reach, commission).await?);
    }
    let (schools, partners) = if of_hub { members(&caller, &mut tx).await? } else { Default::default() };
    drop(tx);
    let filled = query.filled();
    let template = List {
        shell: Shell::of(&caller, "Commissions", "/support").await?,
        rooms: rooms(caller.role(), "/support/commissions"),
        query: filled.query(&["state", "party", "school_id", "partner_id"]),
        filled,
        states: options::<State>(),
        of_hub,
        asks: caller.role() == Role::SchoolLead,
        stuck,
        schools,
        partners,
        rows,
        more: next,
    };
    page(&caller, &template).await
}

/// A request of a school that is open to all, with what is next for whoever reads of it.
pub(in crate::web::pages::support) struct AskedOfAll {
    pub(in crate::web::pages::support) path: String,
    pub(in crate::web::pages::support) title: String,
    pub(in crate::web::pages::support) buyer: String,
    pub(in crate::web::pages::support) next: String,
}

/// How many requests in each state are shown beside the directory.
const ASKED: i64 = 20;

/// What other schools ask of every school and partner, for those who can quote for it; nothing for others.
pub(in crate::web::pages::support) async fn asked_of_all(
    caller: &Caller,
    tx: &mut Tx,
) -> Result<Vec<AskedOfAll>, Problem> {
    let (hub, today) = (caller.hub(), london_date(caller.now()));
    let reach = match (caller.role(), caller.own_school(), caller.own_partner()) {
        (Role::SchoolLead, Some(school), _) => {
            let school = schools::get(tx, hub, school).await?.filter(|school| !school.has_left(today));
            school.map(|school| Reach::School(school.id))
        }
        (Role::Partner, _, Some(partner)) => Some(Reach::Partner(partner)),
        _ => None,
    };
    let Some(reach) = reach else { return Ok(Vec::new()) };
    let mut asked = Vec::new();
    for state in [State::Requested, State::Quoted] {
        let filter = Filter { state: Some(state), open: Some(true), ..Filter::default() };
        for commission in commissions::list(tx, hub, reach, filter, None, ASKED).await? {
            if commission.party(reach).is_none() {
                let Row { path, title, buyer, next, .. } = row(caller, tx, reach, &commission).await?;
                asked.push(AskedOfAll { path, title, buyer, next });
            }
        }
    }
    Ok(asked)
}

async fn found(caller: &Caller, tx: &mut Tx, query: &Query, limit: Limit) -> Result<Vec<Commission>, Problem> {
    let (reach, after) = (reach(caller)?, place_after::<CommissionId>(caller, query.after.as_deref()));
    if reach == Reach::Hub && query.stuck.is_some() {
        return Ok(commissions::stuck(tx, caller.hub(), caller.now(), after, limit.and_one()).await?);
    }
    let named = query.school_id.is_some() || query.partner_id.is_some();
    // Of the whole hub, everybody is on some side.
    let party = query.party.filter(|party| *party != Party::Hub && (reach != Reach::Hub || named));
    let filter =
        Filter { state: query.state, party, school: query.school_id, partner: query.partner_id, ..Filter::default() };
    Ok(commissions::list(tx, caller.hub(), reach, filter, after, limit.and_one()).await?)
}

async fn row(caller: &Caller, tx: &mut Tx, reach: Reach, of: &Commission) -> Result<Row, Problem> {
    let hub = caller.hub();
    let quotes = match of.state {
        State::Quoted | State::Agreed => commissions::quotes(tx, hub, of, reach).await?,
        _ => Vec::new(),
    };
    let milestones = match of.state {
        State::Agreed | State::Cancelled => commissions::milestones(tx, hub, of.id).await?,
        _ => Vec::new(),
    };
    let disputes = match milestones.iter().any(|milestone| milestone.state == MilestoneState::Disputed) {
        true => disputes::list(tx, hub, of.id).await?,
        false => Vec::new(),
    };
    let who = Who { reach, party: of.party(reach), acts: false };
    let says = next(who, of, &quotes, (&milestones, &disputes)).says;
    let more = says.len().saturating_sub(2);
    let mut said = says.into_iter().take(2).collect::<Vec<_>>().join(" ");
    if more > 0 {
        said.push_str(&format!(" And {more} more."));
    }
    let provider = of.provider_name.as_ref().map(|name| name.as_str().to_owned());
    Ok(Row {
        path: base(of),
        title: of.title.as_str().to_owned(),
        buyer: of.buyer_name.as_str().to_owned(),
        provider: provider.unwrap_or_else(|| "Open to all".to_owned()),
        state: of.state.label(),
        tone: of.state.tone(),
        next: said,
        held: if of.held.is_zero() { String::new() } else { words::amount(of.held) },
        asked: words::short_day_of(of.requested_at),
    })
}

/// Pairs of an id and a name.
type Named = Vec<(String, String)>;

/// The schools and the partners of the hub, to choose from.
pub(super) async fn members(caller: &Caller, tx: &mut Tx) -> Result<(Named, Named), Problem> {
    let schools = schools::every(tx, caller.hub()).await?;
    let schools = schools.into_iter().map(|one| (one.id.to_string(), one.details.name.as_str().to_owned())).collect();
    let partners = partners::every(tx, caller.hub()).await?;
    Ok((schools, partners.into_iter().map(|one| (one.id.to_string(), one.name.as_str().to_owned())).collect()))
}

impl Query {
    fn filled(&self) -> Filled {
        Filled::with([
            ("state", self.state.map_or("", State::as_str).to_owned()),
            ("party", self.party.map_or("", Party::as_str).to_owned()),
            ("school_id", self.school_id.map_or(String::new(), |id| id.to_string())),
            ("partner_id", self.partner_id.map_or(String::new(), |id| id.to_string())),
        ])
    }
}
