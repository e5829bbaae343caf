//! Cancelling what was agreed, with what it does to the credits; and what came of a commission.

use askama::Template;

use super::next::base;
use super::show::who;
use super::views::shares;
use crate::base::clock::london_date;
use crate::base::text::{Line, Prose};
use crate::support::commissions::{self, Party, Refusal};
use crate::web::call::{Call, Caller};
use crate::web::in_sight::{self, reach};
use crate::web::pages::form::{Filled, Form, Whole};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::SUPPORT;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/support/commissions/{id}/cancel", SUPPORT, ask_to_cancel);
    pages.post("/support/commissions/{id}/cancel", SUPPORT, cancel);
    pages.get("/support/commissions/{id}/review", SUPPORT, ask_for_review);
    pages.post("/support/commissions/{id}/review", SUPPORT, review);
}

#[derive(Template)]
#[template(path = "pages/support/commissions/cancel.html")]
struct Cancel {
    shell: Shell,
    filled: Filled,
    path: String,
    title: String,
    kept: String,
    /// What of that the hub keeps and the provider gets, where that is not all.
    shares: Option<(String, String)>,
    back: String,
    held: String,
    holds: bool,
    buys: bool,
    hub: bool,
}

async fn ask_to_cancel(call: Call) -> Answer {
    let caller = call.allow()?;
    cancel_page(&caller, Filled::default()).await
}

async fn cancel_page(caller: &Caller, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let of = in_sight::commission(caller, &mut tx).await?;
    let (who, today) = (who(caller, &of)?, london_date(caller.now()));
    let ending = commissions::preview(&mut tx, caller.hub(), who.reach, &of, today).await?;
    drop(tx);
    let template = Cancel {
        shell: Shell::of(caller, "Cancel the commission", "/support").await?,
        filled,
        path: base(&of),
        title: of.title.as_str().to_owned(),
        kept: words::credits(ending.kept),
        shares: shares(of.brokerage(), of.settled, ending.kept),
        back: words::credits(ending.back),
        held: words::credits(ending.held),
        holds: !ending.held.is_zero(),
        buys: who.party == Some(Party::Buyer),
        hub: who.party == Some(Party::Hub),
    };
    page(caller, &template).await
}

#[derive(eserde::Deserialize)]
struct CancelFields {
    reason: Line,
}

async fn cancel(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let (CancelFields { reason }, id, reach) = (form.read()?, caller.id("id")?, reach(&caller)?);
        caller
            .write_keyed(form.bytes(), async |journal| {
                let cancelled = commissions::cancel(journal, reach, id, &reason).await?;
                Ok(Reply::see(&format!("{}?done=support-cancelled", base(&cancelled))))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => cancel_page(&caller, form.again(problem)?).await,
    }
}

#[derive(Template)]
#[template(path = "pages/support/commissions/review.html")]
struct ReviewPage {
    shell: Shell,
    filled: Filled,
    path: String,
    title: String,
}

async fn ask_for_review(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let of = in_sight::commission(&caller, &mut tx).await?;
    let side = who(&caller, &of)?.party.filter(|party| *party != Party::Hub).ok_or(Refusal::NotOneOfThem)?;
    let reviews = commissions::reviews(&mut tx, caller.hub(), of.id).await?;
    drop(tx);
    let own = reviews.iter().find(|review| review.side == side);
    let filled = own.map_or_else(Filled::default, |own| {
        Filled::with([("impact", own.impact.as_str().to_owned()), ("rating", own.rating.to_string())])
    });
    review_page(&caller, filled).await
}

async fn review_page(caller: &Caller, filled: Filled) -> Answer {
    let of = in_sight::commission(caller, &mut caller.read().await?).await?;
    let template = ReviewPage {
        shell: Shell::of(caller, "What came of it", "/support").await?,
        filled,
        path: base(&of),
        title: of.title.as_str().to_owned(),
    };
    page(caller, &template).await
}

#[derive(eserde::Deserialize)]
struct ReviewFields {
    impact: Prose,
    rating: Whole,
}

async fn review(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let (ReviewFields { impact, rating }, id, reach) = (form.read()?, caller.id("id")?, reach(&caller)?);
        caller
            .write(form.bytes(), async |journal| {
                commissions::review(journal, reach, id, &impact, rating.0).await?;
                Ok(Reply::see(&format!("/support/commissions/{id}?done=reviewed")))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => review_page(&caller, form.again(problem)?).await,
    }
}
