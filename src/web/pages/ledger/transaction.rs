//! One transaction with its entries, and its reversal.

use askama::Template;

use super::words::Owners;
use crate::base::ids::TransactionId;
use crate::base::text::Line;
use crate::ledger::{self, Entry, Side, Transaction};
use crate::lifecycle::reversals;
use crate::reports::{self, Named, Sight};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::Labelled;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{HUB, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/ledger/transactions/{id}", HUB, show);
    pages.get("/ledger/transactions/{id}/reverse", MANAGER, ask);
    pages.post("/ledger/transactions/{id}/reverse", MANAGER, reverse);
}

/// A debit or credit as it is shown.
struct Leg {
    account: String,
    path: String,
    debit: String,
    credit: String,
    after: String,
}

/// A transaction as it is shown.
struct View {
    id: TransactionId,
    number: i64,
    kind: &'static str,
    what_for: String,
    memo: Option<String>,
    day: String,
    recorded: String,
    by: String,
    reverses: Option<TransactionId>,
    reversed_by: Option<TransactionId>,
    hash: String,
    lines: Vec<Leg>,
    total: String,
    open: bool,
}

#[derive(Template)]
#[template(path = "pages/ledger/transaction.html")]
struct Shown {
    shell: Shell,
    view: View,
}

#[derive(Template)]
#[template(path = "pages/ledger/reverse.html")]
struct Reversal {
    shell: Shell,
    filled: Filled,
    view: View,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let view = View::of(&caller).await?;
    let shell = Shell::of(&caller, format!("Transaction {}", view.number), "/ledger").await?;
    page(&caller, &Shown { shell, view }).await
}

async fn ask(call: Call) -> Answer {
    let caller = call.allow()?;
    reversal(&caller, Filled::default()).await
}

async fn reversal(caller: &Caller, filled: Filled) -> Answer {
    let view = View::of(caller).await?;
    let shell = Shell::of(caller, format!("Reverse transaction {}", view.number), "/ledger").await?;
    page(caller, &Reversal { shell, filled, view }).await
}

#[derive(eserde::Deserialize)]
struct Reason {
    reason: Line,
}

async fn reverse(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let id = caller.id("id")?;
    let done = match form.read::<Reason>() {
        Ok(Reason { reason }) => {
            caller
                .write_keyed(form.bytes(), async |journal| {
                    let mirror = reversals::reverse(journal, id, &reason).await?;
                    Ok(Reply::see(&format!("/ledger/transactions/{}?done=transaction-reversed", mirror.id)))
                })
                .await
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(answer) => Ok(answer),
        Err(problem) => reversal(&caller, form.again(problem)?).await,
    }
}

impl View {
    /// The transaction of the path.
    async fn of(caller: &Caller) -> Result<View, Problem> {
        let (mut tx, hub) = (caller.read().await?, caller.hub());
        let transaction = ledger::transaction(&mut tx, hub, caller.id("id")?).await?.ok_or_else(Problem::not_found)?;
        let entries = ledger::transaction_entries(&mut tx, hub, transaction.sequence).await?;
        let owners = Owners::of(&mut tx, hub, entries.iter().map(|entry| entry.account.as_str())).await?;
        let what_for = reports::what_for(&mut tx, hub, &transaction).await?;
        let by = match transaction.actor_id {
            Some(id) => {
                let mut found = reports::names(&mut tx, hub, Named::Person, vec![id.0], Sight::Hub).await?;
                found.remove(&id.0).unwrap_or_else(|| "Somebody whose record was erased".to_owned())
            }
            None => "The service, or its operator".to_owned(),
        };
        let total = entries.iter().filter(|entry| entry.side == Side::Debit).map(|entry| entry.amount).sum();
        let Transaction { id, sequence, kind, effective_on, recorded_at, memo, reverses, reversed_by, hash, .. } =
            transaction;
        Ok(View {
            id,
            number: sequence,
            kind: kind.label(),
            what_for,
            memo,
            day: words::day(effective_on),
            recorded: words::moment(recorded_at),
            by,
            reverses,
            reversed_by,
            hash: hex::encode(hash),
            lines: entries.into_iter().map(|entry| Leg::of(entry, &owners)).collect(),
            total: words::amount(total),
            open: reversed_by.is_none() && reversals::is_mirrored(kind),
        })
    }
}

impl Leg {
    fn of(entry: Entry, owners: &Owners) -> Leg {
        let amount = words::amount(entry.amount);
        let (debit, credit) = match entry.side {
            Side::Debit => (amount, String::new()),
            Side::Credit => (String::new(), amount),
        };
        Leg {
            account: owners.account(&entry.account),
            path: format!("/ledger/accounts/{}", entry.account_id),
            debit,
            credit,
            after: words::amount(entry.balance_after),
        }
    }
}
