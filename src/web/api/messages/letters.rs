//! `/v1/letters`: what is sent by e-mail, and what could not be.

use std::convert::identity;

use actix_web::{get, post};
use utoipa::IntoParams;

use crate::base::ids::{LetterId, PersonId};
use crate::messages::outbox::{self, State, Those, View};
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::{HUB, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(get_one).service(send_again);
}

impl Table for View {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "kind",
        "notice_kind",
        "newsletter_id",
        "person_name",
        "address",
        "state",
        "reason",
        "tries",
        "written_at",
        "due_at",
        "ended_at",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Those of which this has become; `dead` are those that could not be sent.
    state: Option<State>,
    /// Those to this person.
    person_id: Option<PersonId>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The letters of the hub, the newest first
///
/// Each notice that somebody is told is a letter too. Letters are kept for 90 days after they were sent or given up.
#[utoipa::path(tag = "letters", params(Query), responses((status = 200, body = Page<View>)), extensions(("x-roles" = json!(HUB))))]
#[get("/letters")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { state, person_id, limit, after } = caller.query()?;
    let (before, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let those = Those { state, person: person_id };
    let rows = outbox::list(&mut caller.read().await?, caller.hub(), those, before, limit.and_one()).await?;
    caller.list(rows, limit, |letter| letter.id, identity)
}

/// One letter
#[utoipa::path(tag = "letters", params(("id" = LetterId, Path)), responses((status = 200, body = View)), extensions(("x-roles" = json!(HUB))))]
#[get("/letters/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let letter = outbox::get(&mut caller.read().await?, caller.hub(), caller.id("id")?).await?;
    Ok(Reply::ok(&letter.ok_or_else(Problem::not_found)?)?.into_response())
}

/// Sends a letter again that could not be sent
///
/// It is tried for three days, as a new one. What it told once, such as a code to sign in, is not kept, and not sent again.
#[utoipa::path(tag = "letters", params(("id" = LetterId, Path)), responses((status = 200, body = View)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/letters/{id}/send-again")]
async fn send_again(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            let letter = outbox::send_again(journal, caller.id("id")?).await?;
            Reply::ok(&letter)
        })
        .await
}
