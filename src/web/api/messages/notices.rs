//! `/v1/me/notices`: what the caller was told.

use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::base::credits::Credits;
use crate::base::ids::{AllocationId, BookingId, EventId, NoticeId, TransferId};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::messages::notices::{self, Kind, Told};
use crate::web::body::Flag;
use crate::web::call::Call;
use crate::web::problem::Answer;
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::EVERYONE;

pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(read).service(read_all);
}

/// Something that the caller was told.
#[derive(Serialize, ToSchema)]
#[schema(as = Notice)]
struct NoticeBody {
    /// The notice's id.
    id: NoticeId,
    /// What the notice tells.
    kind: Kind,
    /// The event concerned.
    event_id: Option<EventId>,
    /// The event's title.
    event_title: Option<Line>,
    /// The booking concerned.
    booking_id: Option<BookingId>,
    /// The name of the booking's delegate, where it has one.
    delegate_name: Option<Line>,
    /// Until when the caller may act on it: accept an offer, cancel free of charge, name someone, let somebody else
    /// take over a place, decide on a request.
    due_at: Option<DateTime<Utc>>,
    /// The allocation concerned.
    allocation_id: Option<AllocationId>,
    /// The academic year of the allocation.
    allocation_year: Option<AcademicYear>,
    /// The gift of credits concerned.
    transfer_id: Option<TransferId>,
    /// How many credits are given.
    transfer_amount: Option<Credits>,
    /// The name of the giving school.
    from_school_name: Option<Line>,
    /// The name of the receiving school.
    to_school_name: Option<Line>,
    /// When the caller was told.
    told_at: DateTime<Utc>,
    /// When the caller read it.
    read_at: Option<DateTime<Utc>>,
}

impl From<Told> for NoticeBody {
    fn from(told: Told) -> Self {
        let Told {
            id,
            kind,
            event_id,
            event_title,
            booking_id,
            delegate_name,
            due_at,
            allocation_id,
            allocation_year,
            transfer_id,
            transfer_amount,
            from_school_name,
            to_school_name,
            told_at,
            read_at,
        } = told;
        NoticeBody {
            id,
            kind,
            event_id,
            event_title,
            booking_id,
            delegate_name,
            due_at,
            allocation_id,
            allocation_year,
            transfer_id,
            transfer_amount,
            from_school_name,
            to_school_name,
            told_at,
            read_at,
        }
    }
}

impl Table for NoticeBody {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "kind",
        "event_title",
        "delegate_name",
        "due_at",
        "told_at",
        "read_at",
        "transfer_amount",
        "from_school_name",
        "to_school_name",
        "allocation_year",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// `true` for those that the caller has not read.
    #[param(value_type = Option<bool>)]
    unread: Option<Flag>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// What the caller was told, the newest first
#[utoipa::path(tag = "notices", params(Query), responses((status = 200, body = Page<NoticeBody>)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/me/notices")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { unread, limit, after } = caller.query()?;
    let (before, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let unread = unread.is_some_and(Flag::is_true);
    let mut tx = caller.read().await?;
    let rows = notices::list(&mut tx, caller.hub(), caller.person.id, unread, before, limit.and_one()).await?;
    caller.list(rows, limit, |told| told.id, NoticeBody::from)
}

/// Marks a notice as read
#[utoipa::path(tag = "notices", params(("id" = NoticeId, Path)), responses((status = 200, body = NoticeBody)), extensions(("x-roles" = json!(EVERYONE))))]
#[post("/me/notices/{id}/read")]
async fn read(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            let told = notices::read(journal, caller.person.id, caller.id("id")?).await?;
            Reply::ok(&NoticeBody::from(told))
        })
        .await
}

/// Marks all the caller's notices so far as read
#[utoipa::path(tag = "notices", responses((status = 204)), extensions(("x-roles" = json!(EVERYONE))))]
#[post("/me/notices/read")]
async fn read_all(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            notices::read_all(journal, caller.person.id).await?;
            Ok(Reply::nothing())
        })
        .await
}
