//! `GET /v1/events`: the catalogue that everyone browses.

use actix_web::get;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::credits::Credits;
use crate::base::ids::{EventId, PartnerId, PriorityId, ProgrammeId, SchoolId};
use crate::base::text::{Day, Line};
use crate::base::year::AcademicYear;
use crate::members::schools::Phase;
use crate::programme::programmes::NamedProvider;
use crate::programme::programmes::catalogue::{self, Entry, Filter, Order, PlacesLeft};
use crate::programme::programmes::events::State;
use crate::programme::programmes::{Kind, ProviderKind};
use crate::web::api::programme::admission::{AdmissionBody, MinimumBody};
use crate::web::api::programme::programmes::view;
use crate::web::body::Flag;
use crate::web::call::Call;
use crate::web::openapi::Keeps;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, Table, read_cursor};
use crate::web::roles::EVERYONE;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list);
}

/// An event as the catalogue shows it.
#[derive(Serialize, ToSchema)]
#[schema(as = CatalogueEntry)]
pub(crate) struct EntryBody {
    /// The event's id.
    id: EventId,
    /// The event's title.
    title: Line,
    /// The state of the event.
    state: State,
    /// The kind of programme.
    kind: Kind,
    /// The programme that it is a run of.
    programme_id: ProgrammeId,
    /// The title of the programme.
    programme_title: Line,
    /// Who gives it.
    provider: NamedProvider,
    /// The phase of school that it is for; null for all.
    phase: Option<Phase>,
    /// The line of the Hub Action Plan that it serves.
    priority_id: Option<PriorityId>,
    /// When its first session starts.
    starts_at: DateTime<Utc>,
    /// When its last session ends.
    ends_at: DateTime<Utc>,
    /// What a place costs.
    price: Credits,
    /// How many places there are.
    capacity: i64,
    /// How many places are free.
    places_left: i64,
    /// How many bookings wait for a place.
    waiting: i64,
    /// When booking opens; on publication where it is null.
    opens_at: Option<DateTime<Utc>>,
    /// When booking closes; when the first session starts where it is null.
    closes_at: Option<DateTime<Utc>>,
    /// The academic year whose wallets pay: that of the first session.
    year: AcademicYear,
    /// Who may book it, and how.
    admission: AdmissionBody,
    /// How many delegates it needs, and when that is decided; null where any number will do.
    minimum: Option<MinimumBody>,
    /// Whether it is published and has fewer places held than it needs.
    at_risk: bool,
}

impl From<Entry> for EntryBody {
    fn from(entry: Entry) -> Self {
        let short = entry.minimum.is_some_and(|minimum| entry.held < minimum);
        EntryBody {
            id: entry.id,
            title: entry.title,
            state: entry.state,
            kind: entry.kind,
            programme_id: entry.programme_id,
            programme_title: entry.programme_title,
            provider: entry.provider,
            phase: entry.phase,
            priority_id: entry.priority_id,
            starts_at: entry.starts_at,
            ends_at: entry.ends_at,
            price: entry.price,
            capacity: entry.capacity,
            places_left: entry.capacity - entry.held,
            waiting: entry.waiting,
            opens_at: entry.opens_at,
            closes_at: entry.closes_at,
            year: entry.year,
            admission: AdmissionBody::from(entry.admission),
            minimum: MinimumBody::of(entry.minimum, entry.decide_by),
            at_risk: short && entry.state == State::Published,
        }
    }
}

impl Table for EntryBody {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "title",
        "state",
        "kind",
        "programme_title",
        "provider.kind",
        "provider.name",
        "phase",
        "priority_id",
        "starts_at",
        "ends_at",
        "price",
        "capacity",
        "places_left",
        "waiting",
        "opens_at",
        "closes_at",
        "year",
        "minimum.delegates",
        "minimum.decide_by",
        "at_risk",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Of this kind.
    kind: Option<Kind>,
    /// For this phase.
    phase: Option<Phase>,
    /// Of this priority.
    priority_id: Option<PriorityId>,
    /// Given by the hub, a school or a partner.
    provider: Option<ProviderKind>,
    /// Given by this school.
    provider_school_id: Option<SchoolId>,
    /// Given by this partner.
    provider_partner_id: Option<PartnerId>,
    /// Starting on this day in London, or later.
    from: Option<Day>,
    /// Starting on this day in London, or earlier.
    to: Option<Day>,
    /// With these words in a title, the description or a speaker's name, ignoring case.
    text: Option<Line>,
    /// With a place that can still be had, or without.
    places_left: Option<PlacesLeft>,
    /// Published and with fewer places held than it needs, or not.
    #[param(value_type = Option<bool>)]
    at_risk: Option<Flag>,
    /// In this state.
    state: Option<State>,
    /// Of this programme.
    programme_id: Option<ProgrammeId>,
    /// In this order: the next to start first where it is not sent.
    sort: Option<Order>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before, in the same order.
    after: Option<String>,
}

/// The catalogue: the events of the hub; drafts only for those who prepare them, a partner sees its own
#[utoipa::path(tag = "events", params(Query, Keeps), responses((status = 200, body = Page<EntryBody>)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/events")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let query: Query = caller.query()?;
    let (after, limit) = (read_cursor(query.after.as_deref())?, query.limit.unwrap_or_default());
    if query.from.zip(query.to).is_some_and(|(from, to)| to < from) {
        return Err(Problem::field("to", "invalid", "must not be before from"));
    }
    let filter = Filter {
        kind: query.kind,
        phase: query.phase,
        priority: query.priority_id,
        provider: query.provider,
        provider_school: query.provider_school_id,
        provider_partner: query.provider_partner_id,
        from: query.from.map(|day| day.0),
        to: query.to.map(|day| day.0),
        text: query.text,
        places_left: query.places_left,
        at_risk: query.at_risk.map(Flag::is_true),
        state: query.state,
        programme: query.programme_id,
        order: query.sort,
    };
    caller
        .read_unless_known(async |tx| {
            let rows = catalogue::list(tx, caller.hub(), view(&caller), &filter, after, limit.and_one()).await?;
            caller.list(rows, limit, |entry| (entry.starts_at, entry.id), EntryBody::from)
        })
        .await
}
