//! `/v1/newsletter` and `/v1/newsletters`: when the hub's newsletter is sent, and each of its issues.

use actix_web::{get, patch, post, put};
use utoipa::{IntoParams, ToSchema};

use crate::base::db::Tx;
use crate::base::ids::NewsletterId;
use crate::base::text::{Line, Markdown};
use crate::ledger::Journal;
use crate::messages::choices::TimeOfDay;
use crate::news::{self, Audience, Newsletter, Says, Settings, Sight, State, Weekday};
use crate::web::body::Body;
use crate::web::call::{Call, Caller};
use crate::web::openapi::Changes;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::{EVERYONE, HUB, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(settings).service(set).service(list).service(get_one).service(preview);
    config.service(edit).service(gather).service(skip).service(send);
}

impl Table for Newsletter {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "state",
        "subject",
        "since",
        "gathered_at",
        "send_at",
        "edited_at",
        "edited_by",
        "skipped_because",
        "sent_at",
    ];
}

/// When the newsletter is sent, if at all
#[utoipa::path(tag = "newsletter", responses((status = 200, body = Settings)), extensions(("x-roles" = json!(HUB))))]
#[get("/newsletter")]
async fn settings(call: Call) -> Answer {
    let caller = call.allow()?;
    let settings = news::settings(&mut caller.read().await?, caller.hub()).await?;
    Ok(Reply::ok(&settings)?.into_response())
}

/// When the newsletter is to be sent.
#[derive(Clone, Copy, eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewNewsletterSettings)]
struct SettingsBody {
    /// Whether there is a newsletter.
    enabled: bool,
    /// The day of the week on which it is sent.
    weekday: Weekday,
    /// When it is sent on that day, in London.
    at: TimeOfDay,
    /// How many days before that it is drafted.
    #[schema(minimum = 1, maximum = 6)]
    draft_days: i64,
}

/// Switches the newsletter on or off, and sets when it is sent
///
/// It is drafted by itself some days before, of what is new since the last one that was sent. A draft that there is goes at
/// the new time; where the newsletter is switched off it is skipped.
#[utoipa::path(tag = "newsletter", request_body = SettingsBody, responses((status = 200, body = Settings)), extensions(("x-roles" = json!(MANAGER))))]
#[put("/newsletter")]
async fn set(call: Call, body: Body<SettingsBody>) -> Answer {
    let caller = call.allow()?;
    let SettingsBody { enabled, weekday, at, draft_days } = body.parse()?;
    let wanted = Settings { enabled, weekday, at, draft_days };
    caller.write(body.bytes(), async |journal| Reply::ok(&news::set(journal, wanted).await?)).await
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Those in this state.
    state: Option<State>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The issues of the newsletter, the newest first
///
/// The hub sees also those that are being prepared and those that were skipped; everybody else those that were sent, with the
/// parts that are for them.
#[utoipa::path(tag = "newsletter", params(Query), responses((status = 200, body = Page<Newsletter>)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/newsletters")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { state, limit, after } = caller.query()?;
    let (before, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let sight = if caller.sees_hub() { Sight::All } else { Sight::Sent };
    let rows = news::list(&mut caller.read().await?, caller.hub(), (sight, state), before, limit.and_one()).await?;
    let audience = Audience::of(caller.role());
    caller.list(rows, limit, |issue| issue.id, |issue| issue.seen_by(audience))
}

/// One issue of the newsletter
#[utoipa::path(tag = "newsletter", params(("id" = NewsletterId, Path)), responses((status = 200, body = Newsletter)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/newsletters/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let issue = known(&caller, &mut caller.read().await?).await?;
    let version = issue.version;
    let seen = issue.seen_by(Audience::of(caller.role()));
    Ok(Reply::ok(&seen)?.with_version(version).into_response())
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReadBy {
    /// Whom it is read by.
    audience: Audience,
}

/// An issue of the newsletter as some of its readers are sent it
#[utoipa::path(tag = "newsletter", params(("id" = NewsletterId, Path), ReadBy), responses((status = 200, body = Says)), extensions(("x-roles" = json!(HUB))))]
#[get("/newsletters/{id}/preview")]
async fn preview(call: Call) -> Answer {
    let caller = call.allow()?;
    let ReadBy { audience } = caller.query()?;
    let mut tx = caller.read().await?;
    let issue = known(&caller, &mut tx).await?;
    let issue = news::as_it_stands(&mut tx, caller.hub(), issue, caller.now()).await?;
    drop(tx);
    Ok(Reply::ok(&issue.says(audience, caller.public_url()))?.into_response())
}

/// What of a draft is to be changed. What is not sent stays.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewsletterChange)]
struct Edited {
    /// The new subject.
    subject: Option<Line>,
    /// The new text. A part for some of its readers stands between `::: leads, managers` and `:::`, each on a line of its
    /// own; of teachers, leads, managers, contacts.
    markdown: Option<Markdown>,
}

/// Edits the draft of an issue of the newsletter
#[utoipa::path(tag = "newsletter", params(("id" = NewsletterId, Path), Changes), request_body = Edited, responses((status = 200, body = Newsletter)), extensions(("x-roles" = json!(MANAGER))))]
#[patch("/newsletters/{id}")]
async fn edit(call: Call, body: Body<Edited>) -> Answer {
    let caller = call.allow()?;
    let (sent, version) = (body.parse()?, caller.if_match()?);
    caller
        .write(body.bytes(), async |journal| {
            let old = known(&caller, journal.tx()).await?;
            let subject = sent.subject.clone().unwrap_or(old.subject);
            let markdown = sent.markdown.clone().unwrap_or(old.markdown);
            replied(&news::edit(journal, (old.id, version), subject, markdown).await?)
        })
        .await
}

/// Writes the draft of an issue of the newsletter anew
///
/// Of what is new by now; whatever was edited is gone.
#[utoipa::path(tag = "newsletter", params(("id" = NewsletterId, Path)), responses((status = 200, body = Newsletter)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/newsletters/{id}/gather")]
async fn gather(call: Call) -> Answer {
    act(call, async |journal, id| news::gather(journal, id).await).await
}

/// Decides that the draft of an issue of the newsletter is not sent
#[utoipa::path(tag = "newsletter", params(("id" = NewsletterId, Path)), responses((status = 200, body = Newsletter)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/newsletters/{id}/skip")]
async fn skip(call: Call) -> Answer {
    act(call, async |journal, id| news::skip(journal, id).await).await
}

/// Sends the draft of an issue of the newsletter now
///
/// Instead of at the time that was set, which is then over for it. Its letters are written within a minute.
#[utoipa::path(tag = "newsletter", params(("id" = NewsletterId, Path)), responses((status = 200, body = Newsletter)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/newsletters/{id}/send")]
async fn send(call: Call) -> Answer {
    act(call, async |journal, id| news::send_now(journal, id).await).await
}

async fn act(
    call: Call,
    operation: impl AsyncFn(&mut Journal, NewsletterId) -> Result<Newsletter, news::Error>,
) -> Answer {
    let caller = call.allow()?;
    caller.write(&[], async |journal| replied(&operation(journal, caller.id("id")?).await?)).await
}

fn replied(issue: &Newsletter) -> Result<Reply, Problem> {
    Ok(Reply::ok(issue)?.with_version(issue.version))
}

/// The issue of the path, where the caller may see it.
async fn known(caller: &Caller, tx: &mut Tx) -> Result<Newsletter, Problem> {
    let issue = news::get(tx, caller.hub(), caller.id("id")?).await?;
    issue.filter(|issue| caller.sees_hub() || issue.is_out()).ok_or_else(Problem::not_found)
}
