//! What somebody was told, the newest first.

use askama::Template;

use super::router::Pages;
use super::shell::{Shell, page};
use super::told::Notice;
use crate::messages::notices;
use crate::web::body::Flag;
use crate::web::call::Call;
use crate::web::pages::form::Form;
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
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/notices.html")]
struct Notices {
    shell: Shell,
    unread: bool,
    any_unread: bool,
    notices: Vec<Notice>,
    next: Option<String>,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { unread, after } = asked_for(&caller)?;
    let (before, limit, unread) =
        (place_after(&caller, after.as_deref()), Limit::default(), unread.is_some_and(Flag::is_true));
    let (hub, me) = (caller.hub(), caller.person.id);
    let mut tx = caller.read().await?;
    let mut told = notices::list(&mut tx, hub, me, unread, before, limit.and_one()).await?;
    let any_unread = !notices::list(&mut tx, hub, me, true, None, 1).await?.is_empty();
    let next = next_page(&mut told, limit, caller.uri(), |last| last.id);
    let mut notices = Vec::new();
    for told in &told {
        notices.push(Notice::of(&mut tx, told, &caller.person, caller.now()).await?);
    }
    drop(tx);
    let template = Notices { shell: Shell::of(&caller, "Notices", "/").await?, unread, any_unread, next, notices };
    page(&caller, &template).await
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
