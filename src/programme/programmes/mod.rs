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
mod event;
pub mod events;
pub mod policy;
pub mod priorities;
pub mod sense;
mod session;
pub mod sessions;

mod sql;

use chrono::{DateTime, Utc};

use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PartnerId, PriorityId, ProgrammeId, SchoolId};
use crate::base::text::{Change, Line, Prose, counted};
use crate::ledger::changes;
use crate::ledger::{self, Journal};
use crate::members::people::{Person, Role};
use crate::members::schools::Phase;
use crate::members::years;
use crate::messages::notices;
use drafts::Draft;
use events::State;

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

words!(/** The kinds of provider. */ ProviderKind {
    /// The hub itself.
    Hub = "hub",
    /// A school of the hub.
    School = "school",
    /// A partner organisation.
    Partner = "partner",
});

words!(/** Whether everyone sees a programme. */ Stage {
    /// Only the hub and the partner who added it see it.
    Draft = "draft",
    /// Everyone sees it.
    Published = "published",
});

/// Who gives a programme, and is paid for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// The hub itself.
    Hub,
    /// A school of the hub.
    School(SchoolId),
    /// A partner organisation.
    Partner(PartnerId),
}

impl Provider {
    /// A provider from its parts; the error names the field that is missing or superfluous.
    pub fn new(
        kind: ProviderKind,
        school: Option<SchoolId>,
        partner: Option<PartnerId>,
    ) -> Result<Provider, (&'static str, &'static str)> {
        match (kind, school, partner) {
            (ProviderKind::Hub, None, None) => Ok(Provider::Hub),
            (ProviderKind::School, Some(school), None) => Ok(Provider::School(school)),
            (ProviderKind::Partner, None, Some(partner)) => Ok(Provider::Partner(partner)),
            (ProviderKind::School, None, _) => Err(("school_id", "is needed for a school")),
            (ProviderKind::Partner, _, None) => Err(("partner_id", "is needed for a partner")),
            (ProviderKind::Hub | ProviderKind::Partner, Some(_), _) => Err(("school_id", "goes only with a school")),
            (ProviderKind::Hub | ProviderKind::School, _, Some(_)) => Err(("partner_id", "goes only with a partner")),
        }
    }

    /// The provider of a record: its school or partner; the hub where there is neither.
    pub fn of(school: Option<SchoolId>, partner: Option<PartnerId>) -> Provider {
        match (school, partner) {
            (Some(school), _) => Provider::School(school),
            (None, Some(partner)) => Provider::Partner(partner),
            (None, None) => Provider::Hub,
        }
    }

    /// The provider's kind, and the school or partner.
    pub fn parts(self) -> (ProviderKind, Option<SchoolId>, Option<PartnerId>) {
        match self {
            Provider::Hub => (ProviderKind::Hub, None, None),
            Provider::School(school) => (ProviderKind::School, Some(school), None),
            Provider::Partner(partner) => (ProviderKind::Partner, None, Some(partner)),
        }
    }

    /// Whether the person acts for the provider: a lead of the school, or someone of the partner.
    pub fn acts_by(self, person: &Person) -> bool {
        match (self, person.role) {
            (Provider::School(school), Role::SchoolLead) => person.school_id == Some(school),
            (Provider::Partner(partner), Role::Partner) => person.partner_id == Some(partner),
            _ => false,
        }
    }
}

/// Who gives a programme, and is paid for it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Provider)]
pub struct NamedProvider {
    /// The hub, a school or a partner.
    #[sqlx(rename = "provider_kind")]
    pub kind: ProviderKind,
    /// The school, where it is one.
    #[sqlx(rename = "provider_school_id")]
    pub school_id: Option<SchoolId>,
    /// The partner, where it is one.
    #[sqlx(rename = "provider_partner_id")]
    pub partner_id: Option<PartnerId>,
    /// The provider's name.
    #[sqlx(rename = "provider_name")]
    pub name: Line,
}

impl NamedProvider {
    /// The provider without its name.
    pub fn who(&self) -> Provider {
        Provider::of(self.school_id, self.partner_id)
    }
}

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

/// One fault in what a caller wants to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Where it is, as a JSON pointer: `/sessions/0/ends_at`.
    pub pointer: String,
    /// A stable code for it.
    pub code: &'static str,
    /// What is wrong, in words.
    pub detail: String,
}

impl Flaw {
    /// An invalid value.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Flaw {
        Flaw { pointer: pointer.into(), code: "invalid", detail: detail.into() }
    }

    /// A reference to something that is not in the hub.
    pub fn unknown(pointer: impl Into<String>, detail: impl Into<String>) -> Flaw {
        Flaw { pointer: pointer.into(), code: "unknown", detail: detail.into() }
    }
}

/// Why something of the programme can't be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such programme or event in the hub.
    #[error("there is nothing with this id")]
    Unknown,
    /// The record was changed since it was read.
    #[error("the record has changed since it was read")]
    Stale,
    /// A priority of that name exists.
    #[error("there is a priority with this name")]
    PriorityTaken,
    /// Invalid fields: all of them.
    #[error("{} fields can't be taken", .0.len())]
    Invalid(Vec<Flaw>),
    /// The programme is no draft.
    #[error("the programme is published already")]
    Published,
    /// The draft has events.
    #[error("the draft has {}: delete what it has first", counted(*.events, "event"))]
    HasEvents {
        /// How many.
        events: usize,
    },
    /// The event can't go from its state to the one asked for.
    #[error("the event is {from}; it can't become {to}")]
    InvalidTransition {
        /// The state it is in.
        from: State,
        /// The state asked for.
        to: State,
    },
    /// These fields can't be changed any more.
    #[error("{} can't be changed: the event is {state}", .fields.join(", "))]
    Settled {
        /// The state of the event.
        state: State,
        /// The settled fields.
        fields: Vec<&'static str>,
    },
    /// More places are held than the capacity asked for.
    #[error("{held} places are held")]
    CapacityBelowHeld {
        /// How many places are held.
        held: i64,
    },
    /// The first session has begun.
    #[error("the first session began at {0}")]
    Started(DateTime<Utc>),
    /// The event would have no session left.
    #[error("it is the last session of the event: call the event off")]
    LastSession,
    /// The session's register has marks.
    #[error("the register of the session has been begun: it can't be moved or called off")]
    RegisterBegun,
    /// The academic year of the first session is closed or not opened.
    #[error(transparent)]
    Year(#[from] years::Error),
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
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
    sql::publish(journal.tx(), hub, id).await?.exactly(1)?;
    let change = changes::Change::new(changes::Kind::ProgrammePublished, id).before(programme.stage.as_str());
    journal.changed(change.after(Stage::Published.as_str()));
    drafts::tell_published(journal, programme.provider.who(), Draft::Programme(id)).await?;
    sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_provider_has_exactly_what_belongs_to_it() {
        let (school, partner) = (SchoolId(Uuid::from_u128(1)), PartnerId(Uuid::from_u128(2)));
        for provider in [Provider::Hub, Provider::School(school), Provider::Partner(partner)] {
            let (kind, school, partner) = provider.parts();
            assert_eq!(Provider::new(kind, school, partner), Ok(provider));
        }
        let field = |kind, school, partner| Provider::new(kind, school, partner).unwrap_err().0;
        assert_eq!(field(ProviderKind::School, None, None), "school_id");
        assert_eq!(field(ProviderKind::Partner, None, None), "partner_id");
        assert_eq!(field(ProviderKind::Hub, Some(school), None), "school_id");
        assert_eq!(field(ProviderKind::Hub, None, Some(partner)), "partner_id");
        assert_eq!(field(ProviderKind::School, Some(school), Some(partner)), "partner_id");
        assert_eq!(field(ProviderKind::Partner, Some(school), Some(partner)), "school_id");
    }
}
