//! Editing the draft of an issue.

use askama::Template;

use super::{HERE, known, path};
use crate::base::ids::NewsletterId;
use crate::base::text::{Line, Markdown};
use crate::news::{self, Newsletter};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form, Whole};
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;

#[derive(Template)]
#[template(path = "pages/newsletters/edit.html")]
struct Edit {
    shell: Shell,
    filled: Filled,
    path: String,
    subject: String,
    send_at: String,
    placeholders: String,
}

fn filled(issue: &Newsletter) -> Filled {
    Filled::with([
        ("version", issue.version.to_string()),
        ("subject", issue.subject.to_string()),
        ("markdown", issue.markdown.to_string()),
    ])
}

pub(super) async fn edit(call: Call) -> Answer {
    let caller = call.allow()?;
    let issue = known(&caller, &mut caller.read().await?).await?;
    form(&caller, &issue, filled(&issue)).await
}

async fn form(caller: &Caller, issue: &Newsletter, filled: Filled) -> Answer {
    let edit = Edit {
        shell: Shell::of(caller, "Edit the newsletter", HERE).await?,
        filled,
        path: path(issue),
        subject: issue.subject.to_string(),
        send_at: words::moment(issue.send_at),
        placeholders: news::placeholders(),
    };
    page(caller, &edit).await
}

/// What was typed.
#[derive(eserde::Deserialize)]
struct Typed {
    version: Whole,
    subject: Line,
    /// Nothing, where it was emptied.
    markdown: Option<Markdown>,
}

pub(super) async fn save(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    match saved(&caller, &sent).await {
        Err(problem) => {
            let again = sent.again(problem)?;
            let issue = known(&caller, &mut caller.read().await?).await?;
            form(&caller, &issue, again.beside(filled(&issue))).await
        }
        outcome => outcome,
    }
}

async fn saved(caller: &Caller, sent: &Form) -> Answer {
    let Typed { version: Whole(version), subject, markdown } = sent.read()?;
    let markdown = markdown.unwrap_or_default();
    caller
        .write(sent.bytes(), async |journal| {
            let id: NewsletterId = caller.id("id")?;
            news::get(journal.tx(), caller.hub(), id).await?.ok_or_else(Problem::not_found)?;
            let edited = news::edit(journal, (id, version), subject.clone(), markdown.clone()).await?;
            Ok(Reply::see(&format!("{}?done=newsletter-edited", path(&edited))))
        })
        .await
}
