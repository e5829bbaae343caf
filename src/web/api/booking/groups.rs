//! `/v1/bookings/groups`: places for several delegates, booked together.

use actix_web::post;
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::db::types::words;
use crate::base::ids::{EventId, PersonId, SchoolId};
use crate::base::text::Day;
use crate::booking::bookings::{Group, Outcome, Refusal, Unnamed, What};
use crate::ledger::idempotency::Stored;
use crate::web::api::booking::bookings::BookingBody;
use crate::web::body::Body;
use crate::web::desk::AtDesk;
use crate::web::openapi::MovesCredits;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Code, Problem};
use crate::web::reply::Reply;
use crate::web::roles::AT_DESK;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(create);
}

words!(/** What becomes of a group of which not all can be booked. */ GroupMode {
    /// If one can't be booked, nobody is.
    AllOrNothing = "all_or_nothing",
    /// Each is booked separately: a place, the waiting list, or a refusal.
    BestEffort = "best_effort",
});

/// Places for several: 1 to 50 in all.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewGroup)]
struct NewGroup {
    /// The event to book places on.
    event_id: EventId,
    /// The delegates, in the order in which they are booked.
    #[serde(default)]
    #[schema(max_items = 50)]
    delegates: Vec<PersonId>,
    /// Places to reserve without a name, in addition to the delegates'.
    unnamed: Option<UnnamedBody>,
    /// The school of the places without a name; the lead's own where it is not sent.
    school_id: Option<SchoolId>,
    /// How the group is booked; `all_or_nothing` where it is not sent.
    mode: Option<GroupMode>,
    /// Whether the event may overlap with other bookings of theirs.
    allow_clash: Option<bool>,
}

/// Places that a school reserves before it knows who will come. Those without a name after the day are released, with
/// the refund that the cancellation policy then gives.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Unnamed)]
struct UnnamedBody {
    /// How many places to reserve.
    #[schema(minimum = 1, maximum = 50)]
    places: u8,
    /// The last day, in London, for naming delegates: from today to the day of the first session.
    names_by: Day,
}

/// The outcome for a group.
#[derive(Serialize, ToSchema)]
#[schema(as = GroupOutcome)]
struct GroupBody {
    /// How many were booked, including those on the waiting list.
    booked: usize,
    /// One result for each, in the order in which they were sent, with places without a name last.
    results: Vec<ResultBody>,
}

/// The outcome for one of a group.
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
    /// The code, as in a problem.
    code: Code,
    /// Why it was refused, in words.
    detail: String,
}

impl From<Refusal> for RefusalBody {
    fn from(refusal: Refusal) -> Self {
        let problem = Problem::from(refusal);
        RefusalBody { code: problem.code(), detail: problem.detail().to_owned() }
    }
}

/// Books places for a group of up to 50: all of them or none, or each as far as possible
#[utoipa::path(tag = "bookings", params(MovesCredits), request_body = NewGroup, responses((status = 200, body = GroupBody)), extensions(("x-roles" = json!(AT_DESK))))]
#[post("/bookings/groups")]
async fn create(desk: AtDesk, body: Body<NewGroup>) -> Answer {
    let sent = body.parse()?;
    let unnamed = sent.unnamed.map(|unnamed| Unnamed {
        places: usize::from(unnamed.places),
        school: sent.school_id,
        names_by: unnamed.names_by.0,
    });
    let group = Group {
        event: sent.event_id,
        delegates: sent.delegates,
        unnamed,
        best_effort: sent.mode == Some(GroupMode::BestEffort),
        allow_clash: sent.allow_clash.unwrap_or(false),
    };
    group.check().map_err(|wrong| Problem::field("/delegates", "invalid", wrong))?;
    desk.ask(What::Group(Box::new(group)), body.bytes(), true).await
}

/// The answer for a group.
pub(crate) fn render(group: &Group, outcome: &Outcome) -> Stored {
    let people = group.delegates.iter().copied().map(Some).chain(std::iter::repeat(None));
    let results = people.zip(&outcome.group).map(|(person_id, result)| match result.clone() {
        Ok(view) => ResultBody { person_id, booking: Some(BookingBody::from(view)), refusal: None },
        Err(refusal) => ResultBody { person_id, booking: None, refusal: Some(RefusalBody::from(refusal)) },
    });
    let booked = outcome.group.iter().filter(|result| result.is_ok()).count();
    let body = GroupBody { booked, results: results.collect() };
    Reply::ok(&body).unwrap_or_else(|_| Reply::nothing()).into()
}
