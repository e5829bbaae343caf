//! What was sent to delegates and leads: when, by whom, to how many, with its words.

use askama::Template;

use crate::base::db::Tx;
use crate::base::ids::EventId;
use crate::base::text::{Line, people};
use crate::booking::announcements::{self, Announcement, Audience, Filter, Which};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, written};
use crate::web::pages::labels::options;
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, next_page};
use crate::web::roles::HUB;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/announcements", HUB, list);
    pages.get("/announcements/{id}", HUB, one);
}

/// A message that was sent, as a list has it.
pub(in crate::web::pages) struct Row {
    pub(in crate::web::pages) path: String,
    pub(in crate::web::pages) when: String,
    pub(in crate::web::pages) to: String,
    pub(in crate::web::pages) subject: String,
    pub(in crate::web::pages) receivers: String,
    pub(in crate::web::pages) by: String,
}

impl Row {
    fn of(sent: &Announcement) -> Row {
        Row {
            path: format!("/announcements/{}", sent.id),
            when: words::moment(sent.sent_at),
            to: to(sent),
            subject: sent.subject_told(),
            receivers: people(sent.receivers),
            by: by(sent),
        }
    }
}

/// Whom it was for.
fn to(sent: &Announcement) -> String {
    let event = sent.event_title.as_ref().map_or("", Line::as_str);
    match (sent.audience, sent.delegates, sent.schools) {
        (Audience::Delegates, Some(Which::WithPlace), _) => format!("Those with a place on {event}"),
        (Audience::Delegates, Some(Which::Waiting), _) => format!("Those on the waiting list of {event}"),
        (Audience::Delegates, ..) => format!("All delegates of {event}"),
        (Audience::Leads, _, Some(1)) => "CPD leads of 1 school".to_owned(),
        (Audience::Leads, _, Some(many)) => format!("CPD leads of {many} schools"),
        (Audience::Leads, _, None) => "CPD leads of all schools".to_owned(),
    }
}

fn by(sent: &Announcement) -> String {
    sent.sent_by_name.as_ref().map_or("the hub", Line::as_str).to_owned()
}

/// The last messages to the delegates of an event.
pub(in crate::web::pages) async fn rows_of_event(
    caller: &Caller,
    tx: &mut Tx,
    event: EventId,
) -> Result<Vec<Row>, Problem> {
    let limit = Limit::default().whole();
    let sent =
        announcements::list(tx, caller.hub(), Filter { event: Some(event), audience: None }, None, limit).await?;
    Ok(sent.iter().map(Row::of).collect())
}

#[derive(eserde::Deserialize)]
struct Query {
    audience: Option<Audience>,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/announcements/list.html")]
struct List {
    shell: Shell,
    filled: Filled,
    audiences: Vec<(&'static str, &'static str)>,
    rows: Vec<Row>,
    next: Option<String>,
    files: String,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { audience, after } = asked_for(&caller)?;
    let (before, limit) = (place_after(&caller, after.as_deref()), Limit::default());
    let mut tx = caller.read().await?;
    let mut sent =
        announcements::list(&mut tx, caller.hub(), Filter { event: None, audience }, before, limit.and_one()).await?;
    drop(tx);
    let next = next_page(&mut sent, limit, caller.uri(), |last| last.id);
    let audience = audience.map(Audience::as_str);
    let list = List {
        shell: Shell::of(&caller, "Messages", "/announcements").await?,
        filled: Filled::with([("audience", audience.unwrap_or_default())]),
        audiences: options::<Audience>(),
        rows: sent.iter().map(Row::of).collect(),
        next,
        files: written([("audience", audience.map(str::to_owned))]),
    };
    page(&caller, &list).await
}

#[derive(Template)]
#[template(path = "pages/announcements/one.html")]
struct One {
    shell: Shell,
    row: Row,
    words: String,
    event: Option<(String, String)>,
}

async fn one(call: Call) -> Answer {
    let caller = call.allow()?;
    let sent = announcements::get(&mut caller.read().await?, caller.hub(), caller.id("id")?).await?;
    let sent = sent.ok_or_else(Problem::not_found)?;
    let row = Row::of(&sent);
    let view = One {
        shell: Shell::of(&caller, row.subject.as_str(), "/announcements").await?,
        row,
        words: sent.words.as_str().to_owned(),
        event: sent
            .event_id
            .zip(sent.event_title)
            .map(|(id, title)| (format!("/events/{id}/manage"), title.to_string())),
    };
    page(&caller, &view).await
}
