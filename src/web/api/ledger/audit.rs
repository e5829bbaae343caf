//! `/v1/audit`: who did what to what, when, and from where.

use std::convert::identity;
use std::net::IpAddr;

use actix_web::get;
use chrono::{DateTime, TimeDelta, Utc};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::base::ids::PersonId;
use crate::base::text::{Instant, Line};
use crate::ledger::audit::{self, Filter, Outcome, Record};
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, Table, read_cursor};
use crate::web::roles::HUB;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list);
}

impl Table for Record {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "recorded_at",
        "act",
        "outcome",
        "person_id",
        "login_id",
        "session_id",
        "key_id",
        "address",
        "agent",
        "request_id",
        "target",
        "detail",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// What this person did.
    person_id: Option<PersonId>,
    /// This act alone: `PATCH /v1/hub`, `sign_in`.
    act: Option<Line>,
    /// What ended so.
    outcome: Option<Outcome>,
    /// What was done to this record: its id, or a path with it, as in `target`.
    #[param(value_type = Option<String>)]
    target: Option<Line>,
    /// What came from this address.
    #[param(value_type = Option<String>)]
    address: Option<Line>,
    /// At or after this instant.
    from: Option<Instant>,
    /// Before this instant.
    until: Option<Instant>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// Who did what in the hub, the newest first
///
/// Every request of a person or API key that changed something, but for bookings, which `/v1/changes` tells of; sign-ins,
/// also those that failed; the files that were taken out; and every refusal of rights. It is never changed, and kept as
/// long as the hub's `audit_days` say.
#[utoipa::path(tag = "audit", params(Query), responses((status = 200, body = Page<Record>)), extensions(("x-roles" = json!(HUB))))]
#[get("/audit")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

/// The record of an id, or of a path that holds one.
fn record(text: &Line) -> Result<Uuid, Problem> {
    let id = text.as_str().split('/').find_map(|part| Uuid::try_parse(part).ok());
    id.ok_or_else(|| Problem::field("target", "invalid", "must be the id of a record, or a path with it"))
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { person_id, act, outcome, target, address, from, until, limit, after } = caller.query()?;
    let address = address.map(|text| text.as_str().parse::<IpAddr>()).transpose();
    let address =
        address.map_err(|_| Problem::field("address", "invalid", "must be an address such as 203.0.113.9"))?;
    let (before, limit) = (read_cursor::<(DateTime<Utc>, Uuid)>(after.as_deref())?, limit.unwrap_or_default());
    let filter = Filter {
        person: person_id,
        address,
        outcome,
        act: act.map(|act| act.as_str().to_owned()),
        target: target.map(|text| record(&text)).transpose()?,
        from: from.map_or(DateTime::UNIX_EPOCH, |Instant(from)| from),
        until: until.map_or_else(|| caller.now() + TimeDelta::days(1), |Instant(until)| until),
    };
    let rows = audit::list(&mut caller.read().await?, caller.hub(), &filter, before, limit.and_one()).await?;
    caller.list(rows, limit, |record| (record.at, record.id), identity)
}
