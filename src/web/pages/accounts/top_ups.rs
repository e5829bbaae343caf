//! Credits sold to schools for money: the list, and a sale.

use askama::Template;

use super::labelled::{ASKED, Options, asked, school_options, year_options};
use crate::base::clock::london_date;
use crate::base::credits::{Amount, Credits};
use crate::base::ids::SchoolId;
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::credits::allocation::Pounds;
use crate::credits::top_ups::{self, Filter, NewTopUp, State, TopUp};
use crate::ledger::{self, AccountName, WalletKind};
use crate::members::people::Role;
use crate::members::schools;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::named::Names;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::{Limit, Reply, next_page};
use crate::web::roles::{HUB, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/top-ups", HUB, list);
    pages.get("/top-ups/new", MANAGER, begin);
    pages.post("/top-ups/new", MANAGER, sell);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    school_id: Option<SchoolId>,
    year: Option<AcademicYear>,
    state: Option<State>,
    after: Option<String>,
}

struct Row {
    school: String,
    year: String,
    amount: String,
    invoice: String,
    price: String,
    state: &'static str,
    tone: &'static str,
    day: String,
    by: String,
    reverse: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/accounts/top_ups.html")]
struct List {
    shell: Shell,
    filled: Filled,
    schools: Options,
    years: Options,
    states: Vec<(&'static str, &'static str)>,
    manages: bool,
    rows: Vec<Row>,
    query: String,
    next: Option<String>,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { school_id, year, state, after } = asked_for(&caller)?;
    let (limit, after) = (Limit::default(), place_after(&caller, after.as_deref()));
    let filter = Filter { school: school_id, year, state };
    let mut tx = caller.read().await?;
    let mut found = top_ups::list(&mut tx, caller.hub(), filter, after, limit.and_one()).await?;
    let names = Names::of(&caller, &mut tx, found.iter().map(|one| one.sold_by)).await?;
    let (schools, years) = (school_options(&caller, &mut tx).await?, year_options(&caller, &mut tx, false).await?);
    drop(tx);
    let next = next_page(&mut found, limit, caller.uri(), |last| last.id);
    let manages = caller.role() == Role::HubManager;
    let filled = asked(school_id, year, state);
    let template = List {
        shell: Shell::of(&caller, "Top-ups", "/top-ups").await?,
        query: filled.query(ASKED),
        filled,
        schools,
        years,
        states: options::<State>(),
        manages,
        rows: found.iter().map(|one| Row::of(one, &names, manages)).collect(),
        next,
    };
    page(&caller, &template).await
}

impl Row {
    fn of(of: &TopUp, names: &Names, manages: bool) -> Row {
        let reverses = manages && of.state == State::Sold;
        Row {
            school: of.school_name.as_str().to_owned(),
            year: of.year.as_str(),
            amount: words::amount(of.amount),
            invoice: of.invoice_reference.as_str().to_owned(),
            price: of.pence.map_or(String::new(), |pence| format!("£{}", Credits::from_hundredths(pence))),
            state: of.state.label(),
            tone: of.state.tone(),
            day: words::short_day_of(of.sold_at),
            by: names.name(of.sold_by).to_owned(),
            reverse: reverses.then(|| format!("/reversals/{}", of.transaction_id)),
        }
    }
}

/// What is to be sold, once it was typed.
struct Sure {
    school: String,
    year: String,
    amount: String,
    before: String,
    after: String,
    price: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/accounts/top_up.html")]
struct New {
    shell: Shell,
    filled: Filled,
    schools: Options,
    years: Options,
    sure: Option<Sure>,
}

async fn begin(call: Call) -> Answer {
    let caller = call.allow()?;
    new_page(&caller, Filled::default(), None).await
}

async fn new_page(caller: &Caller, filled: Filled, typed: Option<&NewTopUp>) -> Answer {
    let mut tx = caller.read().await?;
    let mut sure = None;
    if let Some(typed) = typed
        && let Some(school) = schools::get(&mut tx, caller.hub(), typed.school).await?
    {
        let current = AcademicYear::of(london_date(caller.now())).unwrap_or(AcademicYear::FIRST);
        let (year, amount) = (typed.year.unwrap_or(current), typed.amount.credits());
        let wallet = AccountName::Wallet(school.id, year, WalletKind::Allocated);
        let before = ledger::account_named(&mut tx, caller.hub(), wallet).await?;
        let before = before.map_or(Credits::ZERO, |wallet| wallet.balance);
        sure = Some(Sure {
            school: school.details.name.as_str().to_owned(),
            year: year.as_str(),
            amount: words::credits(amount),
            before: words::credits(before),
            after: words::credits(before + amount),
            price: typed.price.map(|gbp| format!("£{}", Credits::from_hundredths(gbp.pence()))),
        });
    }
    let (mut schools, years) = (school_options(caller, &mut tx).await?, year_options(caller, &mut tx, true).await?);
    schools.insert(0, (String::new(), "Choose a school".to_owned()));
    drop(tx);
    let shell = Shell::of(caller, "Sell credits to a school", "/top-ups").await?;
    page(caller, &New { shell, filled, schools, years, sure }).await
}

#[derive(eserde::Deserialize)]
struct Fields {
    school_id: SchoolId,
    year: Option<AcademicYear>,
    amount: Amount,
    invoice_reference: Line,
    gbp: Option<Pounds>,
}

/// First it is said what the sale does, where it can be made; with the second button it is.
async fn sell(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let Fields { school_id: school, year, amount, invoice_reference, gbp: price } = form.read()?;
        let new = NewTopUp { school, year, amount, invoice_reference, price };
        if !form.has("sure") {
            caller.tried(async |journal| Ok(top_ups::sell(journal, &new).await?)).await?;
            return new_page(&caller, form.typed(), Some(&new)).await;
        }
        caller
            .write_keyed(form.bytes(), async |journal| {
                top_ups::sell(journal, &new).await?;
                Ok(Reply::see("/top-ups?done=sold"))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => new_page(&caller, form.again(problem)?, None).await,
    }
}
