//! Agreeing to a quote or a change, with what it does to the credits; declining and withdrawing one.

use askama::Template;

use super::next::{base, theirs};
use super::show::who;
use super::views::QuoteView;
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::QuoteId;
use crate::ledger::WalletKind;
use crate::support::commissions::{self, Commission, Party, Quote, Terms};
use crate::web::call::{Call, Caller};
use crate::web::in_sight::{self, reach};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::SUPPORT;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/support/commissions/{id}/quotes/{quote}/agree", SUPPORT, ask_to_agree);
    pages.post("/support/commissions/{id}/quotes/{quote}/agree", SUPPORT, agree);
    pages.get("/support/commissions/{id}/quotes/{quote}/decline", SUPPORT, ask_to_decline);
    pages.post("/support/commissions/{id}/quotes/{quote}/decline", SUPPORT, decline);
    pages.get("/support/commissions/{id}/quotes/{quote}/withdraw", SUPPORT, ask_to_withdraw);
    pages.post("/support/commissions/{id}/quotes/{quote}/withdraw", SUPPORT, withdraw);
}

/// A wallet that pays.
struct Purse {
    name: String,
    has: String,
    pays: String,
    left: String,
}

#[derive(Template)]
#[template(path = "pages/support/commissions/agree.html")]
struct Agree {
    shell: Shell,
    filled: Filled,
    path: String,
    title: String,
    here: String,
    quote: QuoteView,
    varies: bool,
    buys: bool,
    cost: String,
    costs: bool,
    back: Option<String>,
    hub_part: Option<String>,
    provider_part: Option<String>,
    year: String,
    purses: Vec<Purse>,
    short_by: Option<String>,
    second: Option<String>,
    over_budget: Option<String>,
    agreed_before: bool,
    other: String,
    waits_for_other: bool,
}

/// The commission and the quote of the path, where the caller may see both, with its parts.
async fn quoted(caller: &Caller, tx: &mut Tx) -> Result<(Commission, Quote, Vec<Terms>), Problem> {
    let of = in_sight::commission(caller, tx).await?;
    let id: QuoteId = caller.id("quote")?;
    let quotes = commissions::quotes(tx, caller.hub(), &of, reach(caller)?).await?;
    let quote = quotes.into_iter().find(|quote| quote.id == id).ok_or_else(Problem::not_found)?;
    let terms = commissions::terms(tx, caller.hub(), quote.id).await?;
    Ok((of, quote, terms))
}

async fn ask_to_agree(call: Call) -> Answer {
    let caller = call.allow()?;
    agree_page(&caller, Filled::default()).await
}

async fn agree_page(caller: &Caller, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let (of, quote, terms) = quoted(caller, &mut tx).await?;
    let (who, today) = (who(caller, &of)?, london_date(caller.now()));
    let outlook = commissions::outlook(&mut tx, caller.hub(), who.reach, (&of, &quote), today).await?;
    drop(tx);
    let buys = who.party == Some(Party::Buyer) && !theirs(who, &quote);
    let paid = quote.brokerage().paid(Credits::ZERO, quote.price);
    let shared = !quote.varies && !paid.hub.is_zero();
    let purses = outlook.from.iter().map(|(wallet, pays)| Purse {
        name: match wallet.wallet {
            Some(WalletKind::Earned) => format!("Earned credits of {}", outlook.year),
            _ => format!("Allocated credits of {}", outlook.year),
        },
        has: words::amount(wallet.balance),
        pays: words::amount(*pays),
        left: words::amount(wallet.balance - *pays),
    });
    let provider_agreed = quote.provider_agreed_at.is_some();
    let template = Agree {
        shell: Shell::of(caller, if quote.varies { "Agree to the change" } else { "Agree to the quote" }, "/support")
            .await?,
        filled,
        path: base(&of),
        title: of.title.as_str().to_owned(),
        here: format!("{}/quotes/{}", base(&of), quote.id),
        varies: quote.varies,
        buys,
        cost: words::credits(outlook.cost),
        costs: !outlook.cost.is_zero(),
        back: Some(outlook.back).filter(|back| !back.is_zero()).map(words::credits),
        hub_part: shared.then(|| words::credits(paid.hub)),
        provider_part: shared.then(|| words::credits(paid.provider)),
        year: outlook.year.as_str(),
        purses: if buys { purses.collect() } else { Vec::new() },
        short_by: (buys && !outlook.short_by.is_zero()).then(|| words::credits(outlook.short_by)),
        second: outlook.over_limit.map(words::credits),
        over_budget: outlook.over_budget.map(words::credits),
        agreed_before: buys && quote.buyer_agreed_at.is_some(),
        other: if buys { quote.provider_name.as_str() } else { of.buyer_name.as_str() }.to_owned(),
        waits_for_other: if buys { !provider_agreed } else { quote.buyer_agreed_at.is_none() },
        quote: QuoteView::of(&quote, &terms, who),
    };
    page(caller, &template).await
}

async fn agree(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let (id, quote, reach) = (caller.id("id")?, caller.id::<QuoteId>("quote")?, reach(&caller)?);
        caller
            .write_keyed(form.bytes(), async |journal| {
                let commission = commissions::agree(journal, reach, id, quote).await?;
                Ok(Reply::see(&format!("{}?done=support-agreed", base(&commission))))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => agree_page(&caller, form.again(problem)?).await,
    }
}

#[derive(Template)]
#[template(path = "pages/support/commissions/quote_over.html")]
struct Over {
    shell: Shell,
    filled: Filled,
    path: String,
    title: String,
    here: String,
    what: &'static str,
    quote: QuoteView,
}

async fn ask_to_decline(call: Call) -> Answer {
    let caller = call.allow()?;
    over_page(&caller, Filled::default(), "decline").await
}

async fn ask_to_withdraw(call: Call) -> Answer {
    let caller = call.allow()?;
    over_page(&caller, Filled::default(), "withdraw").await
}

async fn over_page(caller: &Caller, filled: Filled, what: &'static str) -> Answer {
    let mut tx = caller.read().await?;
    let (of, quote, terms) = quoted(caller, &mut tx).await?;
    drop(tx);
    let title = match (what, quote.varies) {
        ("decline", true) => "Decline the change",
        ("decline", false) => "Decline the quote",
        (_, true) => "Withdraw the change",
        (_, false) => "Withdraw the quote",
    };
    let template = Over {
        shell: Shell::of(caller, title, "/support").await?,
        filled,
        path: base(&of),
        title: of.title.as_str().to_owned(),
        here: format!("{}/quotes/{}", base(&of), quote.id),
        what,
        quote: QuoteView::of(&quote, &terms, who(caller, &of)?),
    };
    page(caller, &template).await
}

async fn decline(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let (id, quote, reach) = (caller.id("id")?, caller.id::<QuoteId>("quote")?, reach(&caller)?);
        caller
            .write(form.bytes(), async |journal| {
                let commission = commissions::decline_quote(journal, reach, id, quote).await?;
                Ok(Reply::see(&format!("{}?done=quote-declined", base(&commission))))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => over_page(&caller, form.again(problem)?, "decline").await,
    }
}

async fn withdraw(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let (id, quote, reach) = (caller.id("id")?, caller.id::<QuoteId>("quote")?, reach(&caller)?);
        caller
            .write(form.bytes(), async |journal| {
                let commission = commissions::withdraw_quote(journal, reach, id, quote).await?;
                Ok(Reply::see(&format!("{}?done=quote-withdrawn", base(&commission))))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => over_page(&caller, form.again(problem)?, "withdraw").await,
    }
}
