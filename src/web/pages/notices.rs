//! What somebody was told, the newest first.

use askama::Template;

use super::router::Pages;
use super::shell::{Shell, page};
use super::told::Notice;
use crate::messages::choices::{self, Topic};
use crate::messages::notices;
use crate::web::body::Flag;
use crate::web::call::Call;
use crate::web::pages::form::{Filled, Form, written};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::problem::Answer;
use crate::web::reply::{Limit, Reply, next_page};
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/notices", EVERYONE, list);
    pages.post("/notices/read", EVERYONE, read);
}

#[derive(eserde::Deserialize)]
struct Query {
    unread: Option<Flag>,
    about: Option<Topic>,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/notices.html")]
struct Notices {
    shell: Shell,
    filled: Filled,
    /// What notices can be about.
    topics: Vec<(&'static str, &'static str)>,
    unread: bool,
    any_unread: bool,
    notices: Vec<Notice>,
    next: Option<String>,
    /// The query of its files.
    files: String,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { unread, about, after } = asked_for(&caller)?;
    let (before, limit, unread) =
        (place_after(&caller, after.as_deref()), Limit::default(), unread.is_some_and(Flag::is_true));
    let (hub, me) = (caller.hub(), caller.person.id);
    let mut tx = caller.read().await?;
    let mut told = match about {
        Some(topic) => choices::told(&mut tx, (hub, me), (topic, unread), before, limit.and_one()).await?,
        None => notices::list(&mut tx, hub, me, unread, before, limit.and_one()).await?,
    };
    let any_unread = !notices::list(&mut tx, hub, me, true, None, 1).await?.is_empty();
    let next = next_page(&mut told, limit, caller.uri(), |last| last.id);
    let mut notices = Vec::new();
    for told in &told {
        notices.push(Notice::of(&mut tx, told, &caller.person, caller.now()).await?);
    }
    drop(tx);
    let about = about.map(Topic::as_str);
    let template = Notices {
        shell: Shell::of(&caller, "Notices", "/notices").await?,
        filled: Filled::with([("unread", if unread { "true" } else { "" }), ("about", about.unwrap_or_default())]),
        topics: Topic::ALL.iter().filter_map(|topic| Some((topic.as_str(), short(*topic)?))).collect(),
        unread,
        any_unread,
        next,
        notices,
        files: written([("unread", unread.then(|| "true".to_owned())), ("about", about.map(str::to_owned))]),
    };
    page(&caller, &template).await
}

/// What a list of notices calls what they are about; nothing for what no notice is about.
fn short(topic: Topic) -> Option<&'static str> {
    match topic {
        Topic::ToDo => Some("What waits for you"),
        Topic::Places => Some("Places on events"),
        Topic::Credits => Some("Credits"),
        Topic::Support => Some("Support"),
        Topic::News => Some("News of the hub"),
        Topic::Security => Some("Your account"),
        Topic::Calendar | Topic::Newsletter => None,
    }
}

async fn read(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    caller
        .write(form.bytes(), async |journal| {
            notices::read_all(journal, caller.person.id).await?;
            Ok(Reply::see("/notices?done=notices-read"))
        })
        .await
}
