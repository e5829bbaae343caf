//! One gift: what it would move, and the answer to it.

use askama::Template;

use super::labels::here;
use crate::base::ids::{SchoolId, TransferId};
use crate::credits::transfers::{self, Error, State, Transfer};
use crate::ledger::Journal;
use crate::members::people::Role;
use crate::reports;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::Labelled;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{HUB_AND_LEADS, LEADS};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/gifts/{id}", HUB_AND_LEADS, show);
    pages.post("/gifts/{id}/accept", LEADS, accept);
    pages.post("/gifts/{id}/decline", LEADS, decline);
    pages.post("/gifts/{id}/withdraw", LEADS, withdraw);
}

#[derive(Template)]
#[template(path = "pages/wallet/gift.html")]
struct Page {
    shell: Shell,
    filled: Filled,
    path: String,
    list: Option<String>,
    from: String,
    to: String,
    amount: String,
    wallet: String,
    message: Option<String>,
    state: &'static str,
    tone: &'static str,
    offered: String,
    decided: Option<String>,
    /// What the receiver, or the giver, would have in that wallet afterwards: to whom it is told.
    afterwards: Option<String>,
    answers: bool,
    withdraws: bool,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    shown(&caller, Filled::default()).await
}

async fn shown(caller: &Caller, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let gift = transfers::get(&mut tx, caller.hub(), caller.id("id")?).await?;
    let sees = |gift: &Transfer| [gift.from_school_id, gift.to_school_id].iter().any(|of| caller.sees_school(*of));
    let gift = gift.filter(sees).ok_or_else(Problem::not_found)?;
    let open = gift.state == State::Offered;
    let own = caller.own_school().filter(|_| caller.role() == Role::SchoolLead);
    let afterwards = match own.filter(|_| open) {
        Some(own) => {
            let view = reports::wallet(&mut tx, caller.hub(), own, caller.now()).await?;
            let of = view.wallets.iter().find(|line| line.year == gift.year && line.wallet == gift.wallet);
            let has = of.map(|line| line.sums.available).unwrap_or_default();
            let then = if gift.to_school_id == own { has + gift.amount } else { has - gift.amount };
            Some(words::credits(then))
        }
        None => None,
    };
    drop(tx);
    let shown = Page {
        shell: Shell::of(caller, "A gift", here(caller)).await?,
        filled,
        path: format!("/gifts/{}", gift.id),
        list: own.map(|own| format!("/schools/{own}/gifts")),
        from: gift.from_school_name.to_string(),
        to: gift.to_school_name.to_string(),
        amount: words::credits(gift.amount),
        wallet: format!("{}, {}", gift.year, gift.wallet.label().to_lowercase()),
        message: gift.message.as_ref().map(|line| line.to_string()),
        state: gift.state.label(),
        tone: gift.state.tone(),
        offered: words::moment(gift.offered_at),
        decided: gift.decided_at.map(words::moment),
        afterwards,
        answers: open && own == Some(gift.to_school_id),
        withdraws: open && own == Some(gift.from_school_id),
    };
    page(caller, &shown).await
}

/// What is done with a gift.
#[derive(Clone, Copy)]
enum Do {
    Accept,
    Decline,
    Withdraw,
}

impl Do {
    async fn with(self, journal: &mut Journal, school: SchoolId, id: TransferId) -> Result<Transfer, Error> {
        match self {
            Do::Accept => transfers::accept(journal, school, id).await,
            Do::Decline => transfers::decline(journal, school, id).await,
            Do::Withdraw => transfers::withdraw(journal, school, id).await,
        }
    }

    fn done(self) -> &'static str {
        match self {
            Do::Accept => "gift-accepted",
            Do::Decline => "gift-declined",
            Do::Withdraw => "gift-withdrawn",
        }
    }
}

async fn accept(call: Call, sent: Form) -> Answer {
    put(call, sent, Do::Accept).await
}

async fn decline(call: Call, sent: Form) -> Answer {
    put(call, sent, Do::Decline).await
}

async fn withdraw(call: Call, sent: Form) -> Answer {
    put(call, sent, Do::Withdraw).await
}

async fn put(call: Call, sent: Form, what: Do) -> Answer {
    let caller = call.allow()?;
    let (own, id) = (caller.own_school().ok_or_else(Problem::not_found)?, caller.id("id")?);
    let done = caller
        .write(sent.bytes(), async |journal| {
            let gift = what.with(journal, own, id).await?;
            Ok(Reply::see(&format!("/gifts/{}?done={}", gift.id, what.done())))
        })
        .await;
    match done {
        Err(problem) => shown(&caller, sent.again(problem)?).await,
        answer => answer,
    }
}
