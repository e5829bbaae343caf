//! One issue, as whoever looks reads it; the hub looks at it as any of its readers.

use askama::Template;

use super::labelled::fate;
use super::{HERE, known, path};
use crate::base::ids::NewsletterId;
use crate::base::text::counted;
use crate::ledger::Journal;
use crate::news::{self, Audience, Newsletter, State, contacts};
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
    let mut tx = caller.read().await?;
    let issue = known(caller, &mut tx).await?;
    let issue = news::as_it_stands(&mut tx, caller.hub(), issue, caller.now()).await?;
    drop(tx);
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

#[derive(Template)]
#[template(path = "pages/newsletters/send.html")]
struct Sure {
    shell: Shell,
    filled: Filled,
    path: String,
    subject: String,
    send_at: String,
    /// How many contacts outside it goes to besides.
    contacts: String,
}

/// Asks before a draft is sent at once.
pub(super) async fn sure(call: Call) -> Answer {
    let caller = call.allow()?;
    sure_of(&caller, Filled::default()).await
}

async fn sure_of(caller: &Caller, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let issue = known(caller, &mut tx).await?;
    let outside = contacts::list(&mut tx, caller.hub(), None, contacts::MOST).await?;
    drop(tx);
    let sure = Sure {
        shell: Shell::of(caller, "Send the newsletter now?", HERE).await?,
        filled,
        path: path(&issue),
        subject: issue.subject.to_string(),
        send_at: words::moment(issue.send_at),
        contacts: counted(outside.iter().filter(|contact| contact.stopped_at.is_none()).count(), "contact"),
    };
    page(caller, &sure).await
}

pub(super) async fn send(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    match acted(&caller, &sent, "newsletter-sending", async |journal, id| news::send_now(journal, id).await).await {
        Err(problem) => sure_of(&caller, sent.again(problem)?).await,
        outcome => outcome,
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
    match acted(&caller, &sent, done, operation).await {
        Err(problem) => one(&caller, sent.again(problem)?).await,
        outcome => outcome,
    }
}

async fn acted(
    caller: &Caller,
    sent: &Form,
    done: &str,
    operation: impl AsyncFn(&mut Journal, NewsletterId) -> Result<Newsletter, news::Error>,
) -> Answer {
    caller
        .write(sent.bytes(), async |journal| {
            let issue = operation(journal, caller.id("id")?).await?;
            Ok(Reply::see(&format!("{}?done={done}", path(&issue))))
        })
        .await
}
