//! `/v1/me/notices`: what the caller was told.

use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::body::Flag;
use super::call::{Call, EVERYONE};
use super::problem::Answer;
use super::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::credits::Credits;
use crate::ids::{AllocationId, BookingId, EventId, NoticeId, TransferId};
use crate::notices::{self, Kind, Told};
use crate::text::Line;
use crate::year::AcademicYear;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(read).service(read_all);
}

/// Something that the caller was told.
#[derive(Serialize, ToSchema)]
#[schema(as = Notice)]
struct NoticeBody {
    /// The notice.
    id: NoticeId,
    /// What it tells.
    kind: Kind,
    /// The event that it is about.
    event_id: Option<EventId>,
    /// The event's title.
    event_title: Option<Line>,
    /// The booking that it is about.
    booking_id: Option<BookingId>,
    /// The name of the booking's delegate, where it has one.
    delegate_name: Option<Line>,
    /// Until when the caller may do something about it: take an offer up, give the place up free, name someone, let
    /// somebody else take a place over, decide on a request.
    due_at: Option<DateTime<Utc>>,
    /// The allocation that it is about.
    allocation_id: Option<AllocationId>,
    /// Its year.
    allocation_year: Option<AcademicYear>,
    /// The gift of credits that it is about.
    transfer_id: Option<TransferId>,
    /// How many credits.
    transfer_amount: Option<Credits>,
    /// The name of the school that gives.
    from_school_name: Option<Line>,
    /// The name of the school that receives.
    to_school_name: Option<Line>,
    /// When they were told.
    told_at: DateTime<Utc>,
    /// When they read it.
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
    /// How many.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// What the caller was told, the newest first
#[utoipa::path(tag = "notices", params(Query), responses((status = 200, body = Page<NoticeBody>)))]
#[get("/me/notices")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow(EVERYONE)?;
    let Query { unread, limit, after } = caller.query()?;
    let (before, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let unread = unread.is_some_and(Flag::is_true);
    let mut tx = caller.read().await?;
    let rows = notices::list(&mut tx, caller.hub(), caller.person.id, unread, before, limit.and_one()).await?;
    caller.list(rows, limit, |told| told.id, NoticeBody::from)
}

/// Marks a notice as read
#[utoipa::path(tag = "notices", params(("id" = NoticeId, Path)), responses((status = 200, body = NoticeBody)))]
#[post("/me/notices/{id}/read")]
async fn read(call: Call) -> Answer {
    let caller = call.allow(EVERYONE)?;
    caller
        .write(&[], async |journal| {
            let told = notices::read(journal, caller.person.id, caller.id("id")?).await?;
            Reply::ok(&NoticeBody::from(told))
        })
        .await
}

/// Marks all that the caller was told so far as read
#[utoipa::path(tag = "notices", responses((status = 204)))]
#[post("/me/notices/read")]
async fn read_all(call: Call) -> Answer {
    let caller = call.allow(EVERYONE)?;
    caller
        .write(&[], async |journal| {
            notices::read_all(journal, caller.person.id).await?;
            Ok(Reply::nothing())
        })
        .await
}
