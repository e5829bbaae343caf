//! `/v1/me/notices`: what the caller was told.

use std::convert::identity;

use actix_web::{get, post};
use utoipa::IntoParams;

use crate::base::ids::NoticeId;
use crate::messages::choices::{self, Topic};
use crate::messages::notices::{self, Told};
use crate::web::body::Flag;
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::problem::Answer;
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::EVERYONE;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(read).service(read_all);
}

impl Table for Told {
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
        "programme_title",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// `true` for those that the caller has not read.
    #[param(value_type = Option<bool>)]
    unread: Option<Flag>,
    /// Those about this.
    about: Option<Topic>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// What the caller was told, the newest first
#[utoipa::path(tag = "notices", params(Query), responses((status = 200, body = Page<Told>)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/me/notices")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { unread, about, limit, after } = caller.query()?;
    let (before, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let unread = unread.is_some_and(Flag::is_true);
    let mut tx = caller.read().await?;
    let (hub, me) = (caller.hub(), caller.person.id);
    let rows = match about {
        Some(topic) => choices::told(&mut tx, (hub, me), (topic, unread), before, limit.and_one()).await?,
        None => notices::list(&mut tx, hub, me, unread, before, limit.and_one()).await?,
    };
    caller.list(rows, limit, |told| told.id, identity)
}

/// Marks a notice as read
#[utoipa::path(tag = "notices", params(("id" = NoticeId, Path)), responses((status = 200, body = Told)), extensions(("x-roles" = json!(EVERYONE))))]
#[post("/me/notices/{id}/read")]
async fn read(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            let told = notices::read(journal, caller.person.id, caller.id("id")?).await?;
            Reply::ok(&told)
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
