//! The catalogue: what callers browse and search of the events, with what they need to choose by.
//!
//! Pages go by (start, id): stable while events are added, and each costs one range of the index
//! `events_by_start`, however deep it is.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::admission::Admission;
use super::events::State;
use super::policy::Policy;
use super::{Kind, Provider, ProviderKind, sql};
use crate::clock::london_midnight;
use crate::credits::Credits;
use crate::db::types::words;
use crate::db::{self, Tx};
use crate::ids::{EventId, HubId, PartnerId, PriorityId, ProgrammeId, SchoolId};
use crate::people::{Person, Role};
use crate::schools::Phase;
use crate::text::Line;
use crate::year::AcademicYear;

words!(/** The orders of the catalogue. */ Order {
    /// The next to start first.
    Soonest = "starts_at",
    /// The last to start first.
    Latest = "-starts_at",
});

words!(/** Whether there is a free place. */ PlacesLeft {
    /// One at least.
    Yes = "yes",
    /// None.
    No = "no",
});

/// An event as the catalogue shows it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The event.
    pub id: EventId,
    /// Its title.
    pub title: Line,
    /// Where it stands.
    pub state: State,
    /// The academic year that pays.
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
    pub provider: Provider,
    /// The name of who gives it.
    pub provider_name: Line,
    /// How many places there are.
    pub capacity: i64,
    /// How many are held.
    pub held: i64,
    /// How many bookings wait for a place.
    pub waiting: i64,
    /// What a place costs.
    pub price: Credits,
    /// From when bookings are taken.
    pub opens_at: Option<DateTime<Utc>>,
    /// Until when bookings are taken.
    pub closes_at: Option<DateTime<Utc>>,
    /// What comes back on cancellation.
    pub policy: Policy,
    /// Who may book it, and how.
    pub admission: Admission,
    /// How many delegates it needs.
    pub minimum: Option<i64>,
    /// The day on which the hub decides whether it takes place.
    pub decide_by: Option<NaiveDate>,
    /// When its first session starts.
    pub starts_at: DateTime<Utc>,
    /// When its last session ends.
    pub ends_at: DateTime<Utc>,
    /// Rises with every change.
    pub version: i64,
}

/// What a caller may see of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Everything of the hub.
    All,
    /// Everything that is not a draft.
    Published,
    /// Everything of this partner.
    OfPartner(PartnerId),
}

impl View {
    /// What a person sees: all of the hub's people, their own of a partner's, what is no draft of everybody else.
    pub fn of(person: &Person) -> View {
        match (person.role, person.partner_id) {
            (Role::HubManager | Role::HubViewer, _) => View::All,
            (Role::Partner, Some(own)) => View::OfPartner(own),
            (Role::Partner, None) | (Role::SchoolLead | Role::Teacher, _) => View::Published,
        }
    }

    /// Whether an event in this state of this provider is a draft that is not to be seen.
    pub fn hides(self, state: State, provider: Provider) -> bool {
        state == State::Draft && !self.shows(state, provider)
    }

    /// Whether an event in this state of this provider is to be seen.
    pub fn shows(self, state: State, provider: Provider) -> bool {
        match self {
            View::All => true,
            View::Published => state != State::Draft,
            View::OfPartner(_) => self.shows_programme(provider),
        }
    }

    /// Whether a programme of this provider is to be seen.
    pub fn shows_programme(self, provider: Provider) -> bool {
        match self {
            View::All | View::Published => true,
            View::OfPartner(own) => provider == Provider::Partner(own),
        }
    }

    /// The partner it is kept to.
    pub fn partner(self) -> Option<PartnerId> {
        match self {
            View::OfPartner(own) => Some(own),
            View::All | View::Published => None,
        }
    }
}

/// Which events, in which order.
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
    /// With these words in a title, the description or a speaker's name, in any case.
    pub text: Option<Line>,
    /// With a free place, or without.
    pub places_left: Option<PlacesLeft>,
    /// Published, still to begin, and with fewer places held than it needs; or not.
    pub at_risk: Option<bool>,
    /// In this state.
    pub state: Option<State>,
    /// Of this programme.
    pub programme: Option<ProgrammeId>,
    /// In which order.
    pub order: Option<Order>,
}

/// Where in the catalogue an event stands.
pub type Place = (DateTime<Utc>, EventId);

/// A page of the catalogue, after a place in it.
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

/// Before and after every day that an event can have.
const FIRST_DAY: NaiveDate = day_or(NaiveDate::from_ymd_opt(1900, 1, 1), NaiveDate::MIN);
const LAST_DAY: NaiveDate = day_or(NaiveDate::from_ymd_opt(2201, 1, 2), NaiveDate::MAX);

const fn day_or(day: Option<NaiveDate>, other: NaiveDate) -> NaiveDate {
    match day {
        Some(day) => day,
        None => other,
    }
}
