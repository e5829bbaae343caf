//! Recording a payment of a statement, with what it pays for; cancelling a statement.

use askama::Template;

use super::labelled::pounds;
use crate::base::clock::london_date;
use crate::base::credits::Amount;
use crate::base::text::{Day, Line};
use crate::credits::settlements::{self, NewPayment};
use crate::web::call::{Call, Caller};
use crate::web::in_sight;
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::MANAGER;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/settlements/{id}/pay", MANAGER, ask_to_pay);
    pages.post("/settlements/{id}/pay", MANAGER, pay);
    pages.get("/settlements/{id}/cancel", MANAGER, ask_to_cancel);
    pages.post("/settlements/{id}/cancel", MANAGER, cancel);
}

#[derive(Template)]
#[template(path = "pages/partners/pay.html")]
struct Pay {
    shell: Shell,
    filled: Filled,
    path: String,
    number: i64,
    partner: String,
    left: String,
    left_pounds: String,
    /// What is to be recorded, once it was typed: the credits, the pounds, the day.
    sure: Option<(String, String, String)>,
}

async fn ask_to_pay(call: Call) -> Answer {
    let caller = call.allow()?;
    let today = london_date(caller.now()).to_string();
    pay_page(&caller, Filled::with([("paid_on", today)]), None).await
}

async fn pay_page(caller: &Caller, filled: Filled, typed: Option<&NewPayment>) -> Answer {
    let of = in_sight::settlement(caller, &mut caller.read().await?).await?;
    let left = of.credits - of.credits_paid;
    let today = london_date(caller.now());
    let sure = typed.map(|typed| {
        let credits = typed.credits.map_or(left, |amount| amount.credits());
        let day = typed.paid_on.as_ref().map_or(today, |day| day.0);
        (words::credits(credits), pounds(of.due_for(credits)), words::day(day))
    });
    let template = Pay {
        shell: Shell::of(caller, "Record a payment", "/partners").await?,
        filled,
        path: format!("/settlements/{}", of.id),
        number: of.number,
        partner: of.partner_name.as_str().to_owned(),
        left: words::credits(left),
        left_pounds: pounds(of.pence - of.pence_paid),
        sure,
    };
    page(caller, &template).await
}

#[derive(eserde::Deserialize)]
struct Fields {
    credits: Option<Amount>,
    paid_on: Option<Day>,
    bank_reference: Line,
}

/// First it is said what will be recorded, where it can be; with the second button it is.
async fn pay(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let Fields { credits, paid_on, bank_reference } = form.read()?;
        let (id, new) = (caller.id("id")?, NewPayment { credits, paid_on, bank_reference });
        if !form.has("sure") {
            caller.tried(async |journal| Ok(settlements::pay(journal, id, &new).await?)).await?;
            return pay_page(&caller, form.typed(), Some(&new)).await;
        }
        caller
            .write_keyed(form.bytes(), async |journal| {
                settlements::pay(journal, id, &new).await?;
                Ok(Reply::see(&format!("/settlements/{id}?done=paid")))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => pay_page(&caller, form.again(problem)?, None).await,
    }
}

#[derive(Template)]
#[template(path = "pages/partners/cancel.html")]
struct Cancel {
    shell: Shell,
    filled: Filled,
    path: String,
    number: i64,
    partner: String,
    credits: String,
    pounds: String,
}

async fn ask_to_cancel(call: Call) -> Answer {
    let caller = call.allow()?;
    cancel_page(&caller, Filled::default()).await
}

async fn cancel_page(caller: &Caller, filled: Filled) -> Answer {
    let of = in_sight::settlement(caller, &mut caller.read().await?).await?;
    let template = Cancel {
        shell: Shell::of(caller, "Cancel a statement", "/partners").await?,
        filled,
        path: format!("/settlements/{}", of.id),
        number: of.number,
        partner: of.partner_name.as_str().to_owned(),
        credits: words::credits(of.credits),
        pounds: pounds(of.pence),
    };
    page(caller, &template).await
}

#[derive(eserde::Deserialize)]
struct Reason {
    reason: Line,
}

async fn cancel(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let (Reason { reason }, id) = (form.read()?, caller.id("id")?);
        caller
            .write(form.bytes(), async |journal| {
                settlements::cancel(journal, id, &reason).await?;
                Ok(Reply::see(&format!("/settlements/{id}?done=statement-cancelled")))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => cancel_page(&caller, form.again(problem)?).await,
    }
}
