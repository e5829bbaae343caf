//! One correction: what it does, and the second manager's part.

use askama::Template;

use super::adjustments::what;
use super::labelled::does;
use crate::base::db::Tx;
use crate::credits::adjustments::{self, Adjustment, State};
use crate::members::people::Role;
use crate::web::call::{Call, Caller};
use crate::web::pages::eyes::Eyes;
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::Labelled;
use crate::web::pages::named::Names;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{HUB, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/adjustments/{id}", HUB, show);
    pages.post("/adjustments/{id}/approve", MANAGER, approve);
    pages.post("/adjustments/{id}/discard", MANAGER, discard);
}

#[derive(Template)]
#[template(path = "pages/accounts/adjustment.html")]
struct Page {
    shell: Shell,
    filled: Filled,
    path: String,
    what: String,
    does: &'static str,
    amount: String,
    state: &'static str,
    tone: &'static str,
    facts: Vec<(&'static str, String)>,
    waits: bool,
    own: bool,
    /// Whether the caller may approve it, and from when where not yet.
    may: bool,
    from: Option<String>,
    /// Whether another can, and who will.
    others: bool,
    later: Vec<(String, String)>,
    reverse: Option<String>,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    show_with(&caller, Filled::default()).await
}

async fn found(caller: &Caller, tx: &mut Tx) -> Result<Adjustment, Problem> {
    adjustments::get(tx, caller.hub(), caller.id("id")?).await?.ok_or_else(Problem::not_found)
}

async fn show_with(caller: &Caller, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let of = found(caller, &mut tx).await?;
    let names = Names::of(caller, &mut tx, [of.proposed_by, of.decided_by]).await?;
    let eyes = Eyes::on(caller, &mut tx, of.proposed_by).await?;
    drop(tx);
    let manages = caller.role() == Role::HubManager;
    let at = |name: &str, at| match name {
        "" => words::moment(at),
        name => format!("{name}, {}", words::moment(at)),
    };
    let decided = if of.state == State::Discarded { "Discarded by" } else { "Done by" };
    let facts = vec![
        ("Year", Some(of.year.as_str())),
        ("Why", Some(of.reason.as_str().to_owned())),
        ("Business date", of.effective_on.map(words::day)),
        ("Asked for by", Some(at(names.name(of.proposed_by), of.proposed_at))),
        (decided, of.decided_at.map(|instant| at(names.name(of.decided_by), instant))),
    ];
    let reverses = manages && of.state == State::Posted;
    let template = Page {
        shell: Shell::of(caller, "A correction", "/adjustments").await?,
        filled,
        path: format!("/adjustments/{}", of.id),
        what: what(&of),
        does: does(of.account, of.side),
        amount: words::credits(of.amount),
        state: of.state.label(),
        tone: of.state.tone(),
        facts: facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
        waits: manages && of.state == State::Proposed,
        own: of.proposed_by == Some(caller.person.id),
        may: eyes.may(),
        from: eyes.from(),
        others: !eyes.others.is_empty(),
        later: eyes.later(),
        reverse: of.transaction_id.filter(|_| reverses).map(|id| format!("/reversals/{id}")),
    };
    page(caller, &template).await
}

async fn approve(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let id = caller.id("id")?;
        caller
            .write_keyed(form.bytes(), async |journal| {
                adjustments::approve(journal, id).await?;
                Ok(Reply::see(&format!("/adjustments/{id}?done=adjusted")))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => show_with(&caller, form.again(problem)?).await,
    }
}

async fn discard(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let id = caller.id("id")?;
        caller
            .write(form.bytes(), async |journal| {
                adjustments::discard(journal, id).await?;
                Ok(Reply::see(&format!("/adjustments/{id}?done=adjustment-discarded")))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => show_with(&caller, form.again(problem)?).await,
    }
}
