//! `/v1/bookings/groups`: places for several, asked for as one.

use actix_web::post;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::body::Body;
use super::bookings::BookingBody;
use super::desk::AtDesk;
use super::openapi::MovesCredits;
use super::problem::{Answer, Code, Problem};
use super::reply::Reply;
use crate::bookings::{Group, Outcome, Refusal, Unnamed, What};
use crate::db::types::words;
use crate::idempotency::Stored;
use crate::ids::{EventId, PersonId, SchoolId};
use crate::text::Day;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(create);
}

/// The most places of a group.
const MOST: usize = 50;

words!(/** What becomes of a group of which not all can be booked. */ GroupMode {
    /// Nobody is booked.
    AllOrNothing = "all_or_nothing",
    /// Each is booked by themselves: a place, the waiting list, or a refusal.
    BestEffort = "best_effort",
});

/// Places for several: 1 to 50 in all.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewGroup)]
struct NewGroup {
    /// The event.
    event_id: EventId,
    /// The delegates, in the order in which they are booked.
    #[serde(default)]
    #[schema(max_items = 50)]
    delegates: Vec<PersonId>,
    /// Places that are reserved without a name, beside theirs.
    unnamed: Option<UnnamedBody>,
    /// The school of the places without a name; the lead's own where it is not sent.
    school_id: Option<SchoolId>,
    /// all_or_nothing where it is not sent.
    mode: Option<GroupMode>,
    /// Whether it may be at the same time as other bookings of theirs.
    allow_clash: Option<bool>,
}

/// Places that a school reserves before it knows for whom. Those that have no name after the day are released: what
/// the cancellation policy gives back then goes back.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Unnamed)]
struct UnnamedBody {
    /// How many.
    #[schema(minimum = 1, maximum = 50)]
    places: u8,
    /// The last day, in London, on which they may be named: from today to that of the first session.
    names_by: Day,
}

/// What came of a group.
#[derive(Serialize, ToSchema)]
#[schema(as = GroupOutcome)]
struct GroupBody {
    /// How many were booked, those in the line among them.
    booked: usize,
    /// One for each, in the order in which they were sent, the places without a name last.
    results: Vec<ResultBody>,
}

/// What came of one of a group.
#[derive(Serialize, ToSchema)]
#[schema(as = GroupResult)]
struct ResultBody {
    /// The delegate; null for a place without a name.
    person_id: Option<PersonId>,
    /// The booking; null where it was refused.
    booking: Option<BookingBody>,
    /// Why it was refused; null where it was not.
    refusal: Option<RefusalBody>,
}

/// Why one of a group was refused.
#[derive(Serialize, ToSchema)]
#[schema(as = GroupRefusal)]
struct RefusalBody {
    /// As of a problem.
    code: Code,
    /// In words.
    detail: String,
}

impl From<Refusal> for RefusalBody {
    fn from(refusal: Refusal) -> Self {
        let problem = Problem::from(refusal);
        RefusalBody { code: problem.code(), detail: problem.detail().to_owned() }
    }
}

/// Books places for a group of up to 50, as one: all of them or none, or each as far as it goes
#[utoipa::path(tag = "bookings", params(MovesCredits), request_body = NewGroup, responses((status = 200, body = GroupBody)))]
#[post("/bookings/groups")]
async fn create(desk: AtDesk, body: Body<NewGroup>) -> Answer {
    let sent = body.parse()?;
    let unnamed = sent.unnamed.map(|unnamed| Unnamed {
        places: usize::from(unnamed.places),
        school: sent.school_id,
        names_by: unnamed.names_by.0,
    });
    let places = sent.delegates.len() + unnamed.map_or(0, |unnamed| unnamed.places);
    if !(1..=MOST).contains(&places) {
        return Err(Problem::field("/delegates", "invalid", format!("must be 1 to {MOST}, with the places unnamed")));
    }
    let group = Group {
        event: sent.event_id,
        delegates: sent.delegates,
        unnamed,
        best_effort: sent.mode == Some(GroupMode::BestEffort),
        allow_clash: sent.allow_clash.unwrap_or(false),
    };
    desk.ask(What::Group(Box::new(group)), body.bytes(), true).await
}

/// The answer of a group.
pub(super) fn render(group: &Group, outcome: &Outcome) -> Stored {
    let people = group.delegates.iter().copied().map(Some).chain(std::iter::repeat(None));
    let results = people.zip(&outcome.group).map(|(person_id, result)| match result.clone() {
        Ok(view) => ResultBody { person_id, booking: Some(BookingBody::from(view)), refusal: None },
        Err(refusal) => ResultBody { person_id, booking: None, refusal: Some(RefusalBody::from(refusal)) },
    });
    let booked = outcome.group.iter().filter(|result| result.is_ok()).count();
    let body = GroupBody { booked, results: results.collect() };
    Reply::ok(&body).unwrap_or_else(|_| Reply::nothing()).into()
}
