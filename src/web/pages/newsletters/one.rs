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
            format!(
                "Drafted automatically from what was new from {since} to {until}, and edited on {}.",
                words::moment(at)
            )
        }
        None => format!("Drafted automatically from what was new from {since} to {until}."),
    }
}

/// What is done with a draft that can't be undone, which is asked about first.
#[derive(Clone, Copy)]
enum Act {
    Send,
    Gather,
    Skip,
}

#[derive(Template)]
#[template(path = "pages/newsletters/sure.html")]
struct Sure {
    shell: Shell,
    filled: Filled,
    path: String,
    subject: String,
    asks: &'static str,
    what: String,
    act: &'static str,
    button: &'static str,
}

/// Asks before a draft is sent at once.
pub(super) async fn ask_to_send(call: Call) -> Answer {
    sure(&call.allow()?, Act::Send, Filled::default()).await
}

/// Asks before a draft is written anew.
pub(super) async fn ask_to_gather(call: Call) -> Answer {
    sure(&call.allow()?, Act::Gather, Filled::default()).await
}

/// Asks before a draft is skipped.
pub(super) async fn ask_to_skip(call: Call) -> Answer {
    sure(&call.allow()?, Act::Skip, Filled::default()).await
}

async fn sure(caller: &Caller, act: Act, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let issue = known(caller, &mut tx).await?;
    let outside = contacts::list(&mut tx, caller.hub(), None, contacts::MOST).await?;
    drop(tx);
    let contacts = counted(outside.iter().filter(|contact| contact.stopped_at.is_none()).count(), "contact");
    let send_at = words::moment(issue.send_at);
    let (asks, what, act, button) = match act {
        Act::Send => (
            "Send the newsletter now?",
            format!(
                "It goes to everybody of the hub who wants it, and to {contacts} outside, instead of on {send_at}. It can’t \
                 be taken back or changed after that. The next one is in a week’s time."
            ),
            "send",
            "Send it now",
        ),
        Act::Gather => (
            "Write the newsletter anew?",
            match issue.edited_at {
                Some(at) => format!(
                    "It is written of what is new by now. Its text, which was edited on {}, is gone then.",
                    words::moment(at)
                ),
                None => "It is written of what is new by now. Nobody has edited it, so nothing is lost.".to_owned(),
            },
            "gather",
            "Write it anew",
        ),
        Act::Skip => (
            "Skip the newsletter this week?",
            format!(
                "It is not sent on {send_at}, nor later: this can’t be undone. What is new goes into the next one, which is \
                 in a week’s time."
            ),
            "skip",
            "Skip it",
        ),
    };
    let (path, subject) = (path(&issue), issue.subject.to_string());
    let shell = Shell::of(caller, asks, HERE).await?;
    page(caller, &Sure { shell, filled, path, subject, asks, what, act, button }).await
}

pub(super) async fn send(call: Call, sent: Form) -> Answer {
    act(call, sent, (Act::Send, "newsletter-sending"), async |journal, id| news::send_now(journal, id).await).await
}

pub(super) async fn gather(call: Call, sent: Form) -> Answer {
    act(call, sent, (Act::Gather, "newsletter-gathered"), async |journal, id| news::gather(journal, id).await).await
}

pub(super) async fn skip(call: Call, sent: Form) -> Answer {
    act(call, sent, (Act::Skip, "newsletter-skipped"), async |journal, id| news::skip(journal, id).await).await
}

async fn act(
    call: Call,
    sent: Form,
    (what, done): (Act, &str),
    operation: impl AsyncFn(&mut Journal, NewsletterId) -> Result<Newsletter, news::Error>,
) -> Answer {
    let caller = call.allow()?;
    let written = caller.write(sent.bytes(), async |journal| {
        let issue = operation(journal, caller.id("id")?).await?;
        Ok(Reply::see(&format!("{}?done={done}", path(&issue))))
    });
    match written.await {
        Err(problem) => sure(&caller, what, sent.again(problem)?).await,
        outcome => outcome,
    }
}
