//! The catalogue: the events that callers browse and search, with what they need to choose by.
//!
//! Pages go by (start, id): stable while events are added, and each costs one range of the index `events_by_start`,
//! however deep it is.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::admission::Admission;
use super::event::State;
use super::policy::Policy;
use super::{Kind, NamedProvider, Provider, ProviderKind, Stage, sql};
use crate::base::clock::london_midnight;
use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{EventId, HubId, PartnerId, PriorityId, ProgrammeId, SchoolId};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::members::people::{Person, Role};
use crate::members::schools::Phase;

words!(/** The orders of the catalogue. */ Order {
    /// The next to start first.
    Soonest = "starts_at",
    /// The last to start first.
    Latest = "-starts_at",
});

words!(/** Whether there is a free place. */ PlacesLeft {
    /// At least one.
    Yes = "yes",
    /// None left.
    No = "no",
});

/// An event as the catalogue shows it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Entry {
    /// The event's id.
    pub id: EventId,
    /// The event's title.
    pub title: Line,
    /// The state of the event.
    pub state: State,
    /// The academic year whose wallets pay.
    pub year: AcademicYear,
    /// The programme that it is a run of.
    pub programme_id: ProgrammeId,
    /// The title of the programme.
    pub programme_title: Line,
    /// The kind of the programme.
    pub kind: Kind,
    /// The phase of school that it is for.
    pub phase: Option<Phase>,
    /// The line of the Hub Action Plan that it serves.
    pub priority_id: Option<PriorityId>,
    /// Who gives it.
    #[sqlx(flatten)]
    pub provider: NamedProvider,
    /// How many places there are.
    pub capacity: i64,
    /// How many places are held.
    pub held: i64,
    /// How many bookings wait for a place.
    pub waiting: i64,
    /// What a place costs.
    pub price: Credits,
    /// When booking opens.
    pub opens_at: Option<DateTime<Utc>>,
    /// When booking closes.
    pub closes_at: Option<DateTime<Utc>>,
    /// The refund on cancellation.
    pub policy: Policy,
    /// Who may book it, and how.
    pub admission: Admission,
    /// How many delegates the event needs.
    pub minimum: Option<i64>,
    /// The day on which the hub decides whether it takes place.
    pub decide_by: Option<NaiveDate>,
    /// When its first session starts.
    pub starts_at: DateTime<Utc>,
    /// When its last session ends.
    pub ends_at: DateTime<Utc>,
    /// How many sessions it has.
    pub sessions: i64,
    /// Rises with every change.
    pub version: i64,
}

/// What a caller may see of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Everything in the hub.
    All,
    /// Everything except drafts.
    Published,
    /// Everything that this partner gives.
    OfPartner(PartnerId),
}

impl View {
    /// What a person may see: the hub's people everything, a partner's people their own, everybody else what is not a
    /// draft.
    pub fn of(person: &Person) -> View {
        match (person.role, person.partner_id) {
            (Role::HubManager | Role::HubViewer, _) => View::All,
            (Role::Partner, Some(own)) => View::OfPartner(own),
            (Role::Partner, None) | (Role::SchoolLead | Role::Teacher, _) => View::Published,
        }
    }

    /// Whether an event in this state of this provider is a draft that must be hidden.
    pub fn hides(self, state: State, provider: Provider) -> bool {
        state == State::Draft && !self.shows(state, provider)
    }

    /// Whether an event in this state of this provider is visible.
    pub fn shows(self, state: State, provider: Provider) -> bool {
        match self {
            View::All => true,
            View::Published => state != State::Draft,
            View::OfPartner(own) => provider == Provider::Partner(own),
        }
    }

    /// Whether a programme of this provider is visible.
    pub fn shows_programme(self, stage: Stage, provider: Provider) -> bool {
        match self {
            View::All => true,
            View::Published => stage == Stage::Published,
            View::OfPartner(own) => provider == Provider::Partner(own),
        }
    }

    /// The partner whose events alone are visible, if any.
    pub fn partner(self) -> Option<PartnerId> {
        match self {
            View::OfPartner(own) => Some(own),
            View::All | View::Published => None,
        }
    }
}

/// Filters and sorts the catalogue.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this kind.
    pub kind: Option<Kind>,
    /// For this phase.
    pub phase: Option<Phase>,
    /// Of this priority.
    pub priority: Option<PriorityId>,
    /// Given by the hub, a school or a partner.
    pub provider: Option<ProviderKind>,
    /// Given by this school.
    pub provider_school: Option<SchoolId>,
    /// Given by this partner.
    pub provider_partner: Option<PartnerId>,
    /// Starting on this day in London, or later.
    pub from: Option<NaiveDate>,
    /// Starting on this day in London, or earlier.
    pub to: Option<NaiveDate>,
    /// With these words in a title, the description or a speaker's name, ignoring case.
    pub text: Option<Line>,
    /// With a place that can still be had, or without.
    pub places_left: Option<PlacesLeft>,
    /// Published, not yet begun, and with fewer places held than it needs; or not.
    pub at_risk: Option<bool>,
    /// In this state.
    pub state: Option<State>,
    /// Of this programme.
    pub programme: Option<ProgrammeId>,
    /// The order of the list.
    pub order: Option<Order>,
}

/// An event's position in the catalogue.
pub type Place = (DateTime<Utc>, EventId);

/// A page of the catalogue, after a position in it.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    view: View,
    filter: &Filter,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<Entry>, db::Error> {
    let start = |day: NaiveDate| (london_midnight(day), EventId(Uuid::nil()));
    let first = start(filter.from.unwrap_or(FIRST_DAY));
    let end = start(filter.to.and_then(|day| day.succ_opt()).unwrap_or(LAST_DAY));
    match filter.order.unwrap_or(Order::Soonest) {
        Order::Soonest => {
            let after = after.map_or(first, |after| after.max(first).min(end));
            sql::catalogue::soonest(tx, hub, view, filter, after, end.0, limit).await
        }
        Order::Latest => {
            let before = after.map_or(end, |before| before.min(end).max(first));
            sql::catalogue::latest(tx, hub, view, filter, first.0, before, limit).await
        }
    }
}

/// One event of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: EventId) -> Result<Option<Entry>, db::Error> {
    sql::catalogue::get(tx, hub, id).await
}

/// One event of the hub, if the person may see it.
pub async fn seen_by(tx: &mut Tx, person: &Person, id: EventId) -> Result<Option<Entry>, db::Error> {
    let entry = get(tx, person.hub_id, id).await?;
    Ok(entry.filter(|entry| View::of(person).shows(entry.state, entry.provider.who())))
}

/// Before every day that an event can be on.
const FIRST_DAY: NaiveDate = day_or(NaiveDate::from_ymd_opt(1900, 1, 1), NaiveDate::MIN);
/// After every day that an event can be on.
const LAST_DAY: NaiveDate = day_or(NaiveDate::from_ymd_opt(2201, 1, 2), NaiveDate::MAX);

const fn day_or(day: Option<NaiveDate>, other: NaiveDate) -> NaiveDate {
    match day {
        Some(day) => day,
        None => other,
    }
}
