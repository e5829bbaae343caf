//! `/v1/changes`: what happened in the hub, for programs that follow it.

use actix_web::http::header;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::ledger::changes::{self, Entry, Kind};
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Reply, Table, next_address};
use crate::web::roles::HUB;
use crate::web::rows::Rows;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list);
}

impl Table for Entry {
    const COLUMNS: &'static [&'static str] = &[
        "sequence",
        "recorded_at",
        "actor_id",
        "kind",
        "subject_kind",
        "subject_id",
        "before",
        "after",
        "credits",
        "transaction_id",
        "year",
        "date",
        "count",
        "event_id",
        "booking_id",
        "school_id",
        "person_id",
        "partner_id",
        "programme_id",
    ];
}

/// Changes in order, and where to go on.
#[derive(Serialize, ToSchema)]
#[schema(as = Page_Change)]
struct Changes {
    /// The changes, the earliest first.
    items: Vec<Entry>,
    /// Send it as `after` for what comes next, now or later. It is never null: at the end, the same request later gives
    /// what has happened since.
    next: String,
    /// The number of the hub's last change: where `next` is the same, there is nothing more now.
    last: String,
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// The changes after this one: the `next` of the answer before, or a change's `sequence`; from the first if not
    /// given.
    #[param(pattern = "^[0-9]{1,18}$")]
    after: Option<String>,
    /// Only of this kind. The cursor is the same with and without it.
    kind: Option<Kind>,
    /// The most changes on a page.
    limit: Option<Limit>,
}

/// What happened in the hub, in order, each change once, without a gap
///
/// Every change of the hub's records has a number, from 1 without a gap, and is seen only after all those before it:
/// whoever asks again with the `next` of the answer before misses nothing and gets nothing twice.
#[utoipa::path(tag = "changes", params(Query), responses((status = 200, body = Changes)), extensions(("x-roles" = json!(HUB))))]
#[get("/changes")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { after, kind, limit } = caller.query()?;
    let after = after.as_deref().map_or(Ok(0), number)?;
    let limit = limit.unwrap_or_default();
    let page = changes::after(&mut caller.read().await?, caller.hub(), after, kind, limit.whole()).await?;
    let next = page.looked_to.to_string();
    let mut response = HttpResponse::Ok();
    response.insert_header((header::VARY, "Accept"));
    if page.looked_to < page.last {
        response.insert_header((header::LINK, format!("<{}>; rel=\"next\"", next_address(caller.uri(), &next))));
    }
    let items: Vec<Entry> = page.changes.into_iter().map(Entry::from).collect();
    if caller.wants_file().is_some() {
        let mut answer = response.finish();
        let next = (page.looked_to < page.last).then_some(next);
        answer.extensions_mut().insert(Rows::of(&items, next)?);
        return Ok(answer);
    }
    let changes = Reply::ok(&Changes { items, next, last: page.last.to_string() })?;
    Ok(response.content_type("application/json").body(changes.body))
}

fn number(text: &str) -> Result<i64, Problem> {
    let digits = (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten();
    number
        .ok_or_else(|| Problem::field("after", "invalid", "must be the `next` of an answer, or the number of a change"))
}
