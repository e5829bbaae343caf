//! The partners of the hub, with what each is owed; adding one.

use askama::Template;

use crate::base::credits::Credits;
use crate::base::ids::PartnerId;
use crate::base::text::Line;
use crate::ledger::{self, AccountFilter, AccountKind};
use crate::members::partners;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::{Limit, Reply, next_page};
use crate::web::roles::{HUB, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/partners", HUB, list);
    pages.get("/partners/new", MANAGER, begin);
    pages.post("/partners/new", MANAGER, create);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    text: Option<Line>,
    after: Option<String>,
}

struct Row {
    path: String,
    name: String,
    owed: String,
    paid: String,
    added: String,
}

#[derive(Template)]
#[template(path = "pages/partners/list.html")]
struct List {
    shell: Shell,
    filled: Filled,
    rows: Vec<Row>,
    /// The query of its files.
    files: String,
    next: Option<String>,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { text, after } = asked_for(&caller)?;
    let limit = Limit::default();
    let after = place_after(&caller, after.as_deref());
    let mut tx = caller.read().await?;
    let mut found = partners::list(&mut tx, caller.hub(), None, text.as_ref(), after, limit.and_one()).await?;
    let of = |kind| AccountFilter { kind: Some(kind), ..AccountFilter::default() };
    let owed = ledger::accounts(&mut tx, caller.hub(), of(AccountKind::Payable), None, i64::MAX).await?;
    let settled = ledger::accounts(&mut tx, caller.hub(), of(AccountKind::Settled), None, i64::MAX).await?;
    drop(tx);
    let next = next_page(&mut found, limit, caller.uri(), |last| (last.name.key(), last.id));
    let balance = |accounts: &[ledger::Account], partner: PartnerId| {
        let account = accounts.iter().find(|account| account.partner_id == Some(partner));
        words::amount(account.map_or(Credits::ZERO, |account| account.balance))
    };
    let rows = found.iter().map(|partner| Row {
        path: format!("/partners/{}", partner.id),
        name: partner.name.as_str().to_owned(),
        owed: balance(&owed, partner.id),
        paid: balance(&settled, partner.id),
        added: words::short_day_of(partner.created_at),
    });
    let filled = Filled::with([("text", text.as_ref().map_or("", Line::as_str))]);
    let template = List {
        shell: Shell::of(&caller, "Partners", "/partners").await?,
        files: filled.query(&["text"]),
        filled,
        rows: rows.collect(),
        next,
    };
    page(&caller, &template).await
}

#[derive(Template)]
#[template(path = "pages/partners/new.html")]
struct New {
    shell: Shell,
    filled: Filled,
}

async fn begin(call: Call) -> Answer {
    let caller = call.allow()?;
    new_page(&caller, Filled::default()).await
}

async fn new_page(caller: &Caller, filled: Filled) -> Answer {
    let shell = Shell::of(caller, "Add a partner", "/partners").await?;
    page(caller, &New { shell, filled }).await
}

#[derive(eserde::Deserialize)]
struct Fields {
    name: Line,
}

async fn create(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let Fields { name } = form.read()?;
        caller
            .write(form.bytes(), async |journal| {
                let partner = partners::create(journal, name.clone()).await?;
                Ok(Reply::see(&format!("/partners/{}?done=added", partner.id)))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => new_page(&caller, form.again(problem)?).await,
    }
}
