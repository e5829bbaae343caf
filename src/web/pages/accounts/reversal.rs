//! Taking a transaction back: what moves the other way, then the button.

use askama::Template;

use super::labelled::{account, transaction};
use crate::base::text::Line;
use crate::ledger::{self, Transaction, TransactionKind};
use crate::lifecycle::reversals;
use crate::members::{partners, schools};
use crate::web::call::{Call, Caller};
use crate::web::files::internal;
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::MANAGER;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/reversals/{id}", MANAGER, ask);
    pages.post("/reversals/{id}", MANAGER, reverse);
}

/// An account that a reversal touches.
struct Row {
    account: String,
    change: String,
    before: String,
    after: String,
}

#[derive(Template)]
#[template(path = "pages/accounts/reversal.html")]
struct Page {
    shell: Shell,
    filled: Filled,
    path: String,
    back: &'static str,
    what: &'static str,
    day: String,
    memo: String,
    rows: Vec<Row>,
    over: bool,
}

/// Where what a transaction did is listed.
fn listed(of: &Transaction) -> &'static str {
    match of.kind {
        TransactionKind::TopUpSold => "/top-ups",
        TransactionKind::CreditsGiven => "/transfers",
        TransactionKind::AdjustmentPosted => "/adjustments",
        TransactionKind::PartnerSettled => "/settlements",
        TransactionKind::AllocationApproved | TransactionKind::AllocationAdjusted => "/allocations",
        _ => "/ledger",
    }
}

async fn ask(call: Call) -> Answer {
    let caller = call.allow()?;
    show(&caller, Filled::default()).await
}

async fn show(caller: &Caller, filled: Filled) -> Answer {
    let (mut tx, hub) = (caller.read().await?, caller.hub());
    let of = ledger::transaction(&mut tx, hub, caller.id("id")?).await?.ok_or_else(Problem::not_found)?;
    let entries = ledger::transaction_entries(&mut tx, hub, of.sequence).await?;
    let mut rows = Vec::new();
    for entry in entries.iter().take(200) {
        let Some(of) = ledger::account(&mut tx, hub, entry.account_id).await? else {
            return Err(internal(&"an entry names an account that is not there"));
        };
        let owner = match (of.school_id, of.partner_id) {
            (Some(school), _) => schools::get(&mut tx, hub, school).await?.map(|school| school.details.name),
            (None, Some(partner)) => partners::get(&mut tx, hub, partner).await?.map(|partner| partner.name),
            (None, None) => None,
        };
        let year = of.year.map_or(String::new(), |year| format!(" {year}"));
        let kind = account(of.kind);
        let name =
            owner.map_or_else(|| format!("{kind}{year}"), |owner| format!("{owner}: {}{year}", kind.to_lowercase()));
        // The mirror goes to the other side.
        let grows = entry.side != of.normal_side;
        let after = if grows { of.balance + entry.amount } else { of.balance - entry.amount };
        rows.push(Row {
            account: name,
            change: format!("{}{}", if grows { "+" } else { "−" }, words::amount(entry.amount)),
            before: words::amount(of.balance),
            after: words::amount(after),
        });
    }
    drop(tx);
    let template = Page {
        shell: Shell::of(caller, "Take it back", "/ledger").await?,
        filled,
        path: format!("/reversals/{}", of.id),
        back: listed(&of),
        what: transaction(of.kind),
        day: words::day(of.effective_on),
        memo: of.memo.clone().unwrap_or_default(),
        rows,
        over: of.reversed_by.is_some(),
    };
    page(caller, &template).await
}

#[derive(eserde::Deserialize)]
struct Fields {
    reason: Line,
}

async fn reverse(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let (Fields { reason }, id) = (form.read()?, caller.id("id")?);
        caller
            .write_keyed(form.bytes(), async |journal| {
                let hub = journal.hub();
                let of = ledger::transaction(journal.tx(), hub, id).await?.ok_or_else(Problem::not_found)?;
                reversals::reverse(journal, id, &reason).await?;
                Ok(Reply::see(&format!("{}?done=reversed", listed(&of))))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => show(&caller, form.again(problem)?).await,
    }
}
