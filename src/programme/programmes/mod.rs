//! The programme: what the hub, its schools and its partners offer, by priorities of the Hub Action Plan, and its dated
//! events, on which places are booked.
//!
//! Operations are functions on the caller's journal or transaction and never commit. Events are in [`events`], their
//! [`sessions`] beside them; who may book is in [`admission`], what callers browse in the [`catalogue`]; [`sense`]
//! checks that what is written makes sense; refunds follow a [`policy`], and [`attendance`] decides who came.

pub mod admission;
pub mod attendance;
pub mod catalogue;
pub mod copying;
pub mod drafts;
mod error;
mod event;
pub mod events;
pub mod policy;
pub mod priorities;
mod provider;
pub mod sense;
mod session;
pub mod sessions;
pub mod terms;

mod sql;

use chrono::{DateTime, Utc};

pub use error::{Error, Flaw};
pub use provider::{NamedProvider, Provider, ProviderKind};

use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PartnerId, PriorityId, ProgrammeId, SchoolId};
use crate::base::text::{Change, Line, Prose};
use crate::ledger::{Journal, changes};
use crate::members::schools::Phase;
use crate::messages::notices;
use drafts::Draft;

words!(/** The kinds of programme. */ Kind {
    /// A course of sessions for staff.
    CpdProgramme = "cpd_programme",
    /// A conference.
    Conference = "conference",
    /// A session with an expert.
    MeetTheExpert = "meet_the_expert",
    /// The hub's termly meeting.
    TermlyMeeting = "termly_meeting",
    /// A day for leaders.
    LeadershipDay = "leadership_day",
});

words!(/** Whether everyone sees a programme. */ Stage {
    /// Only the hub and the partner who added it see it.
    Draft = "draft",
    /// Everyone sees it.
    Published = "published",
});

/// A programme of the hub.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Programme {
    /// The programme's id.
    pub id: ProgrammeId,
    /// The kind of programme.
    pub kind: Kind,
    /// The programme's title.
    pub title: Line,
    /// What the programme is about.
    pub description: Prose,
    /// The phase of school that it is for; null for all.
    pub phase: Option<Phase>,
    /// The line of the Hub Action Plan that it serves.
    pub priority_id: Option<PriorityId>,
    /// Who gives it.
    #[sqlx(flatten)]
    pub provider: NamedProvider,
    /// Whether everyone sees it.
    #[sqlx(rename = "state")]
    #[serde(rename = "state")]
    pub stage: Stage,
    /// Why the hub sent the draft back; null once it is changed.
    pub returned_because: Option<Line>,
    /// Rises with every change.
    #[serde(skip)]
    pub version: i64,
    /// When the programme was added.
    pub created_at: DateTime<Utc>,
}

/// A programme to be added.
#[derive(Clone, Debug)]
pub struct NewProgramme {
    /// The kind of programme.
    pub kind: Kind,
    /// The programme's title.
    pub title: Line,
    /// What the programme is about.
    pub description: Prose,
    /// The phase of school it is for, where it is for one.
    pub phase: Option<Phase>,
    /// The line of the Hub Action Plan that it serves.
    pub priority_id: Option<PriorityId>,
    /// Who gives it.
    pub provider: Provider,
    /// Whether everyone is to see it.
    pub stage: Stage,
}

/// What may be changed of a programme; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct ProgrammeChange {
    /// The new kind of programme.
    pub kind: Option<Kind>,
    /// The programme's new title.
    pub title: Option<Line>,
    /// What the programme is about.
    pub description: Option<Prose>,
    /// The phase of school it is for.
    pub phase: Change<Phase>,
    /// The line of the Hub Action Plan that it serves.
    pub priority_id: Change<PriorityId>,
}

/// Filters a list of programmes.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this kind.
    pub kind: Option<Kind>,
    /// For this phase.
    pub phase: Option<Phase>,
    /// Of this priority.
    pub priority: Option<PriorityId>,
    /// With these words in title or description, ignoring case.
    pub text: Option<Line>,
    /// Of this partner.
    pub partner: Option<PartnerId>,
    /// With drafts.
    pub drafts: bool,
}

/// The highest price of a place.
pub const HIGHEST_PRICE: Credits = Credits::from_hundredths(100_000_000);

impl ProgrammeChange {
    /// Which fields it would change that the provider and the hub agreed on at publication, as pointers; none for a
    /// draft. By them the programme is found, counted, and paid for by tickets.
    pub fn agreed(&self, of: &Programme) -> Vec<&'static str> {
        let changed = [
            ("/kind", self.kind.is_some_and(|kind| kind != of.kind)),
            ("/phase", self.phase.0.is_some_and(|phase| phase != of.phase)),
            ("/priority_id", self.priority_id.0.is_some_and(|priority| priority != of.priority_id)),
        ];
        let agreed = of.stage == Stage::Published;
        changed.into_iter().filter(|(_, changed)| agreed && *changed).map(|(pointer, _)| pointer).collect()
    }
}

/// Adds a programme to the hub's catalogue; of a draft the hub's managers are told.
pub async fn create(journal: &mut Journal, new: NewProgramme) -> Result<Programme, Error> {
    let (hub, id, now) = (journal.hub(), journal.new_id(), journal.now());
    let mut flaws = unknown_priority(journal.tx(), hub, new.priority_id).await?;
    if !sql::provider_exists(journal.tx(), hub, new.provider).await? {
        let field = match new.provider {
            Provider::Partner(_) => "/provider/partner_id",
            Provider::School(_) | Provider::Hub => "/provider/school_id",
        };
        flaws.push(Flaw::unknown(field, "is not in the hub"));
    }
    if !flaws.is_empty() {
        return Err(Error::Invalid(flaws));
    }
    sql::insert(journal.tx(), hub, id, &new, now).await?.exactly(1)?;
    let (_, school, partner) = new.provider.parts();
    let change = changes::Change::new(changes::Kind::ProgrammeCreated, id).school(school).partner(partner);
    journal.changed(change.after(new.stage.as_str()));
    if new.stage == Stage::Draft {
        drafts::submit(journal, Draft::Programme(id)).await?;
    }
    sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)
}

/// Publishes a draft: everyone sees it, and its partner is told.
pub async fn publish(journal: &mut Journal, id: ProgrammeId) -> Result<Programme, Error> {
    let programme = draft(journal, id).await?;
    let hub = journal.hub();
    make_public(journal, &programme).await?;
    drafts::tell_published(journal, programme.provider.who(), Draft::Programme(id), None).await?;
    sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)
}

/// Makes a draft seen by everyone, and tells nobody.
async fn make_public(journal: &mut Journal, draft: &Programme) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::publish(journal.tx(), hub, draft.id).await?.exactly(1)?;
    let change = changes::Change::new(changes::Kind::ProgrammePublished, draft.id).before(draft.stage.as_str());
    journal.changed(change.after(Stage::Published.as_str()));
    Ok(())
}

/// Sends a draft back to its partner, for a reason: it waits again once it is changed.
pub async fn send_back(journal: &mut Journal, id: ProgrammeId, because: &Line) -> Result<Programme, Error> {
    let programme = draft(journal, id).await?;
    let hub = journal.hub();
    sql::send_back(journal.tx(), hub, id, Some(because)).await?.exactly(1)?;
    journal.changed(changes::Change::new(changes::Kind::ProgrammeReturned, id));
    drafts::tell_returned(journal, programme.provider.who(), id).await?;
    sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)
}

/// Deletes a draft that has no events.
pub async fn delete(journal: &mut Journal, id: ProgrammeId, version: i64) -> Result<(), Error> {
    let programme = draft(journal, id).await?;
    let hub = journal.hub();
    if programme.version != version {
        return Err(Error::Stale);
    }
    let events = sql::events::titles(journal.tx(), hub, id).await?.len();
    if events > 0 {
        return Err(Error::HasEvents { events });
    }
    notices::forget_programme(journal, id).await?;
    sql::delete(journal.tx(), hub, id).await?.exactly(1)?;
    let change = changes::Change::new(changes::Kind::ProgrammeDeleted, id).before(programme.stage.as_str());
    let (_, school, partner) = programme.provider.who().parts();
    journal.changed(change.school(school).partner(partner));
    Ok(())
}

async fn draft(journal: &mut Journal, id: ProgrammeId) -> Result<Programme, Error> {
    let hub = journal.hub();
    let programme = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    if programme.stage == Stage::Published { Err(Error::Published) } else { Ok(programme) }
}

/// One programme of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: ProgrammeId) -> Result<Option<Programme>, db::Error> {
    sql::get(tx, hub, id).await
}

/// A page of programmes in the order of their ids.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: &Filter,
    after: Option<ProgrammeId>,
    limit: i64,
) -> Result<Vec<Programme>, db::Error> {
    sql::list(tx, hub, filter, after, limit).await
}

/// Changes a programme whose version the caller read; the text that its events are found by follows.
pub async fn change(
    journal: &mut Journal,
    id: ProgrammeId,
    version: i64,
    change: ProgrammeChange,
) -> Result<Programme, Error> {
    let hub = journal.hub();
    let old = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    if old.version != version {
        return Err(Error::Stale);
    }
    let programme = Programme {
        kind: change.kind.unwrap_or(old.kind),
        title: change.title.unwrap_or(old.title),
        description: change.description.unwrap_or(old.description),
        phase: change.phase.over(old.phase),
        priority_id: change.priority_id.over(old.priority_id),
        version: version + 1,
        returned_because: None,
        ..old
    };
    let was_returned = old.returned_because.is_some();
    let flaws = unknown_priority(journal.tx(), hub, programme.priority_id).await?;
    if !flaws.is_empty() {
        return Err(Error::Invalid(flaws));
    }
    if sql::update(journal.tx(), hub, &programme).await?.none() {
        return Err(Error::Stale);
    }
    events::reindex(journal, &programme).await?;
    journal.changed(changes::Change::new(changes::Kind::ProgrammeChanged, id));
    if was_returned {
        drafts::submit(journal, Draft::Programme(id)).await?;
    }
    Ok(programme)
}

async fn unknown_priority(tx: &mut Tx, hub: HubId, priority: Option<PriorityId>) -> Result<Vec<Flaw>, db::Error> {
    let Some(priority) = priority else { return Ok(Vec::new()) };
    let known = priorities::get(tx, hub, priority).await?.is_some();
    Ok(if known { Vec::new() } else { vec![Flaw::unknown("/priority_id", "is not a priority of the hub")] })
}

/// Makes the programmes that a school provides its successor's.
pub async fn pass_to_successor(tx: &mut Tx, hub: HubId, pair: (SchoolId, SchoolId)) -> Result<(), db::Error> {
    sql::pass_to_successor(tx, hub, pair).await?.any();
    Ok(())
}
