//! `/account/sessions`: where somebody is signed in, and ending it.

use askama::Template;

use super::HERE;
use crate::base::ids::LoginSessionId;
use crate::members::logins;
use crate::members::logins::sessions::{self, Session};
use crate::web::agent;
use crate::web::call::Call;
use crate::web::pages::form::Form;
use crate::web::pages::labels::Labelled;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/account/sessions", EVERYONE, show);
    pages.post("/account/sessions/end-others", EVERYONE, end_others);
    pages.post("/account/sessions/{id}/end", EVERYONE, end);
}

/// A session that lasts.
struct Row {
    id: String,
    with: String,
    from: String,
    means: &'static str,
    began: String,
    used: String,
    current: bool,
}

impl Row {
    fn of(session: Session, current: Option<LoginSessionId>) -> Row {
        Row {
            id: session.id.to_string(),
            with: session.agent.as_deref().map_or_else(|| "A program".to_owned(), agent::in_words),
            from: session.address.unwrap_or_default(),
            means: session.means.label(),
            began: words::moment(session.created_at),
            used: words::moment(session.last_used_at),
            current: current == Some(session.id),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/account/sessions.html")]
struct Sessions {
    shell: Shell,
    rows: Vec<Row>,
    others: bool,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let found = match logins::find(&mut tx, &caller.person.email).await? {
        Some(login) => sessions::all(&mut tx, login.id, caller.now()).await?,
        None => Vec::new(),
    };
    drop(tx);
    let rows: Vec<Row> = found.into_iter().map(|session| Row::of(session, caller.session)).collect();
    let others = rows.iter().any(|row| !row.current);
    let shell = Shell::of(&caller, "Where you are signed in", HERE).await?;
    page(&caller, &Sessions { shell, rows, others }).await
}

async fn end(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    caller
        .write(sent.bytes(), async |journal| {
            let (now, id) = (journal.now(), caller.id("id")?);
            let login = logins::find(journal.tx(), &caller.person.email).await?.ok_or_else(Problem::not_found)?;
            if !logins::end(journal.tx(), login.id, id, now).await? {
                return Err(Problem::not_found());
            }
            Ok(Reply::see("/account/sessions?done=session-ended"))
        })
        .await
}

async fn end_others(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    caller
        .write(sent.bytes(), async |journal| {
            if let Some(login) = logins::find(journal.tx(), &caller.person.email).await? {
                let now = journal.now();
                logins::end_all(journal.tx(), login.id, now, caller.session).await?;
            }
            Ok(Reply::see("/account/sessions?done=sessions-ended"))
        })
        .await
}
