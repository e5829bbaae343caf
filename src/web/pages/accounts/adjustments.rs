//! Corrections by hand: the list, and asking for one.

use askama::Template;

use super::labelled::{ASKED, Options, adds, asked, does, in_wallet, school_options, year_options};
use crate::base::clock::london_date;
use crate::base::credits::{Amount, Credits};
use crate::base::ids::{PartnerId, SchoolId, TransactionId};
use crate::base::text::{Day, Line};
use crate::base::year::AcademicYear;
use crate::credits::adjustments::{self, Adjustable, Adjustment, Filter, NewAdjustment, State, Target};
use crate::ledger::{self, Side, WalletKind};
use crate::members::people::Role;
use crate::members::{hubs, partners, schools};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Reply, next_page};
use crate::web::roles::{HUB, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/adjustments", HUB, list);
    pages.get("/adjustments/new", MANAGER, begin);
    pages.post("/adjustments/new", MANAGER, adjust);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    school_id: Option<SchoolId>,
    year: Option<AcademicYear>,
    state: Option<State>,
    after: Option<String>,
}

struct Row {
    path: String,
    what: String,
    does: &'static str,
    amount: String,
    year: String,
    reason: String,
    state: &'static str,
    tone: &'static str,
    day: String,
}

#[derive(Template)]
#[template(path = "pages/accounts/adjustments.html")]
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
    let mut found = adjustments::list(&mut tx, caller.hub(), filter, after, limit.and_one()).await?;
    let (schools, years) = (school_options(&caller, &mut tx).await?, year_options(&caller, &mut tx, false).await?);
    drop(tx);
    let next = next_page(&mut found, limit, caller.uri(), |last| last.id);
    let filled = asked(school_id, year, state);
    let template = List {
        shell: Shell::of(&caller, "Adjustments", "/adjustments").await?,
        query: filled.query(ASKED),
        filled,
        schools,
        years,
        states: options::<State>(),
        manages: caller.role() == Role::HubManager,
        rows: found.iter().map(Row::of).collect(),
        next,
    };
    page(&caller, &template).await
}

/// Which account is corrected, in words.
pub(super) fn what(of: &Adjustment) -> String {
    let kind = of.wallet.map_or("credits", in_wallet);
    match (of.account, &of.school_name, &of.partner_name) {
        (Adjustable::Wallet, Some(school), _) => format!("{school}: {kind}"),
        (Adjustable::Payable, _, Some(partner)) => format!("{partner}: what it is owed"),
        (account, ..) => account.label().to_owned(),
    }
}

impl Row {
    fn of(of: &Adjustment) -> Row {
        Row {
            path: format!("/adjustments/{}", of.id),
            what: what(of),
            does: does(of.account, of.side),
            amount: words::amount(of.amount),
            year: of.year.as_str(),
            reason: of.reason.as_str().to_owned(),
            state: of.state.label(),
            tone: of.state.tone(),
            day: words::short_day_of(of.proposed_at),
        }
    }
}

/// What is to be corrected, once it was typed.
struct Sure {
    whose: String,
    does: &'static str,
    amount: String,
    before: String,
    after: String,
    year: String,
}

#[derive(Template)]
#[template(path = "pages/accounts/adjustment_form.html")]
struct New {
    shell: Shell,
    filled: Filled,
    accounts: Vec<(&'static str, &'static str)>,
    schools: Options,
    partners: Options,
    wallets: Vec<(&'static str, &'static str)>,
    years: Options,
    four_eyes: bool,
    sure: Option<Sure>,
}

/// What stands in the form.
#[derive(eserde::Deserialize)]
struct Fields {
    account: Adjustable,
    school_id: Option<SchoolId>,
    wallet: Option<WalletKind>,
    partner_id: Option<PartnerId>,
    year: Option<AcademicYear>,
    side: Side,
    amount: Amount,
    reason: Line,
    effective_on: Option<Day>,
    corrects: Option<TransactionId>,
}

impl Fields {
    fn new_adjustment(self) -> Result<NewAdjustment, Problem> {
        let of_wallet = self.account == Adjustable::Wallet;
        // What is chosen for another kind of account is no part of this one.
        let (school, wallet) = if of_wallet { (self.school_id, self.wallet) } else { (None, None) };
        let partner = self.partner_id.filter(|_| self.account == Adjustable::Payable);
        let target = Target::of(self.account, school, wallet, partner);
        let target = target.map_err(|misfits| Problem::misfits(&misfits))?;
        Ok(NewAdjustment {
            year: self.year,
            target,
            side: self.side,
            amount: self.amount,
            reason: self.reason,
            effective_on: self.effective_on.map(|day| day.0),
            corrects: self.corrects,
        })
    }
}

async fn begin(call: Call) -> Answer {
    let caller = call.allow()?;
    let corrects = asked_for::<Corrects>(&caller)?.corrects.map_or(String::new(), |id| id.to_string());
    new_page(&caller, Filled::with([("corrects", corrects)]), None).await
}

#[derive(Default, eserde::Deserialize)]
struct Corrects {
    corrects: Option<TransactionId>,
}

async fn new_page(caller: &Caller, filled: Filled, typed: Option<&NewAdjustment>) -> Answer {
    let mut tx = caller.read().await?;
    let hub = caller.hub();
    let sure = match typed {
        Some(typed) => {
            let current = AcademicYear::of(london_date(caller.now())).unwrap_or(AcademicYear::FIRST);
            let year = typed.year.unwrap_or(current);
            let account = ledger::account_named(&mut tx, hub, typed.target.account(year)).await?;
            let before = account.map_or(Credits::ZERO, |account| account.balance);
            let (kind, whose) = match typed.target {
                Target::Wallet(school, wallet) => {
                    let school = schools::get(&mut tx, hub, school).await?;
                    let name = school.map_or(String::new(), |school| school.details.name.as_str().to_owned());
                    (Adjustable::Wallet, format!("{name}: {}", in_wallet(wallet)))
                }
                Target::Payable(partner) => {
                    let partner = partners::get(&mut tx, hub, partner).await?;
                    let name = partner.map_or(String::new(), |partner| partner.name.as_str().to_owned());
                    (Adjustable::Payable, format!("{name}: what it is owed"))
                }
                Target::Income => (Adjustable::Income, Adjustable::Income.label().to_owned()),
                Target::Subsidy => (Adjustable::Subsidy, Adjustable::Subsidy.label().to_owned()),
                Target::Lapsed => (Adjustable::Lapsed, Adjustable::Lapsed.label().to_owned()),
            };
            let amount = typed.amount.credits();
            let after = if adds(kind, typed.side) { before + amount } else { before - amount };
            Some(Sure {
                whose,
                does: does(kind, typed.side),
                amount: words::credits(amount),
                before: words::credits(before),
                after: words::credits(after),
                year: year.as_str(),
            })
        }
        None => None,
    };
    let (schools, years) = (school_options(caller, &mut tx).await?, year_options(caller, &mut tx, true).await?);
    let partners = partners::every(&mut tx, hub).await?;
    let four_eyes = hubs::get(&mut tx, hub).await?.is_some_and(|hub| hub.four_eyes);
    drop(tx);
    let none = || (String::new(), "None".to_owned());
    let partners = partners.into_iter().map(|one| (one.id.to_string(), one.name.as_str().to_owned()));
    let template = New {
        shell: Shell::of(caller, "Correct an account", "/adjustments").await?,
        filled,
        accounts: options::<Adjustable>(),
        schools: std::iter::once(none()).chain(schools).collect(),
        partners: std::iter::once(none()).chain(partners).collect(),
        wallets: options::<WalletKind>(),
        years,
        four_eyes,
        sure,
    };
    page(caller, &template).await
}

/// First it is said what the correction does, where it can be made; with the second button it is asked for.
async fn adjust(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let new = form.read::<Fields>().and_then(Fields::new_adjustment)?;
        if !form.has("sure") {
            caller.tried(async |journal| Ok(adjustments::adjust(journal, &new).await?)).await?;
            return new_page(&caller, form.typed(), Some(&new)).await;
        }
        caller
            .write_keyed(form.bytes(), async |journal| {
                let adjustment = adjustments::adjust(journal, &new).await?;
                let done = if adjustment.state == State::Proposed { "adjustment-proposed" } else { "adjusted" };
                Ok(Reply::see(&format!("/adjustments/{}?done={done}", adjustment.id)))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => new_page(&caller, form.again(problem)?, None).await,
    }
}
