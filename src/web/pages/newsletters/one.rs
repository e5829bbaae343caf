//! One issue, as whoever looks reads it; the hub looks at it as any of its readers.

use askama::Template;

use super::labelled::fate;
use super::{HERE, known, path};
use crate::base::ids::NewsletterId;
use crate::ledger::Journal;
use crate::news::{self, Audience, Newsletter, State};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::Labelled;
use crate::web::pages::list_query::asked_for;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::Reply;

/// A look at it as some readers.
struct Look {
    path: String,
    label: &'static str,
    here: bool,
}

#[derive(Template)]
#[template(path = "pages/newsletters/one.html")]
struct One {
    shell: Shell,
    filled: Filled,
    path: String,
    subject: String,
    /// What becomes of it, where that is of interest.
    fate: String,
    /// How it was made: for the hub.
    made: Option<String>,
    looks: Vec<Look>,
    html: String,
    /// Whether it can be edited, gathered anew and skipped.
    draft: bool,
}

#[derive(eserde::Deserialize)]
struct As {
    r#as: Option<Audience>,
}

pub(super) async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    one(&caller, Filled::default()).await
}

async fn one(caller: &Caller, filled: Filled) -> Answer {
    let As { r#as: asked } = asked_for(caller)?;
    let issue = known(caller, &mut caller.read().await?).await?;
    let own = Audience::of(caller.role());
    let audience = asked.filter(|_| caller.sees_hub()).unwrap_or(own);
    let look = |word: &Audience| Look {
        path: format!("{}?as={word}", path(&issue)),
        label: word.label(),
        here: *word == audience,
    };
    let one = One {
        shell: Shell::of(caller, issue.subject.as_str(), HERE).await?,
        filled,
        path: path(&issue),
        subject: issue.subject.to_string(),
        fate: fate(&issue),
        made: caller.sees_hub().then(|| made(&issue)),
        looks: if caller.sees_hub() { Audience::ALL.iter().map(look).collect() } else { Vec::new() },
        html: issue.says(audience, "").html,
        draft: issue.state == State::Draft,
    };
    page(caller, &one).await
}

/// From when to when it tells what is new, and whether it was edited.
fn made(issue: &Newsletter) -> String {
    let (since, until) = (words::day_of(issue.since), words::moment(issue.gathered_at));
    match issue.edited_at {
        Some(at) => {
            format!("Written by itself of what was new from {since} to {until}, and edited on {}.", words::moment(at))
        }
        None => format!("Written by itself of what was new from {since} to {until}."),
    }
}

pub(super) async fn gather(call: Call, sent: Form) -> Answer {
    act(call, sent, "newsletter-gathered", async |journal, id| news::gather(journal, id).await).await
}

pub(super) async fn skip(call: Call, sent: Form) -> Answer {
    act(call, sent, "newsletter-skipped", async |journal, id| news::skip(journal, id).await).await
}

async fn act(
    call: Call,
    sent: Form,
    done: &str,
    operation: impl AsyncFn(&mut Journal, NewsletterId) -> Result<Newsletter, news::Error>,
) -> Answer {
    let caller = call.allow()?;
    let acted = caller
        .write(sent.bytes(), async |journal| {
            let issue = operation(journal, caller.id("id")?).await?;
            Ok(Reply::see(&format!("{}?done={done}", path(&issue))))
        })
        .await;
    match acted {
        Err(problem) => one(&caller, sent.again(problem)?).await,
        outcome => outcome,
    }
}
