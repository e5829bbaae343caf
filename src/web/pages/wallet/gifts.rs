//! Gifts of credits between schools: what was offered and what became of it, and a new offer.

use askama::Template;

use super::labels::{crumb, here};
use crate::base::clock::london_date;
use crate::base::credits::{Amount, Credits};
use crate::base::ids::SchoolId;
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::credits::transfers::{self, Filter, NewTransfer, State, Transfer};
use crate::ledger::WalletKind;
use crate::members::people::Role;
use crate::members::schools::School;
use crate::reports;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form, query};
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::people;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Reply, next_page, read_cursor};
use crate::web::roles::{HUB_AND_LEADS, LEADS};
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/schools/{id}/gifts", HUB_AND_LEADS, list);
    pages.get("/schools/{id}/gifts/new", LEADS, new);
    pages.post("/schools/{id}/gifts/new", LEADS, offer);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    state: Option<State>,
    after: Option<String>,
}

struct Row {
    path: String,
    other: String,
    /// Whether the school of the page receives it.
    to_us: bool,
    amount: String,
    wallet: String,
    message: Option<String>,
    state: &'static str,
    tone: &'static str,
    offered: String,
    open: bool,
}

#[derive(Template)]
#[template(path = "pages/wallet/gifts.html")]
struct List {
    shell: Shell,
    crumb: (String, String),
    path: String,
    filled: Filled,
    states: Vec<(&'static str, &'static str)>,
    rows: Vec<Row>,
    files: String,
    gives: bool,
    next: Option<String>,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { state, after } = query(caller.uri())?;
    let (after, limit) = (read_cursor(after.as_deref())?, Limit::default());
    let mut tx = caller.read().await?;
    let school = seen::school(&caller, &mut tx).await?;
    let filter = Filter { school: Some(school.id), year: None, state };
    let mut found = transfers::list(&mut tx, caller.hub(), filter, after, limit.and_one()).await?;
    drop(tx);
    let next = next_page(&mut found, limit, caller.uri(), |last| last.id);
    let list = List {
        shell: Shell::of(&caller, "Gifts", here(&caller)).await?,
        crumb: crumb(&school),
        path: format!("/schools/{}/gifts", school.id),
        filled: Filled::with([("state", state.map_or("", State::as_str))]),
        states: options::<State>(),
        // Those that wait for an answer come first.
        rows: sorted(found).into_iter().map(|gift| Row::of(gift, school.id)).collect(),
        files: format!("school_id={}{}", school.id, state.map(|state| format!("&state={state}")).unwrap_or_default()),
        gives: caller.role() == Role::SchoolLead && caller.own_school() == Some(school.id),
        next,
    };
    page(&caller, &list).await
}

fn sorted(mut gifts: Vec<Transfer>) -> Vec<Transfer> {
    gifts.sort_by_key(|gift| (gift.state != State::Offered, std::cmp::Reverse(gift.offered_at)));
    gifts
}

impl Row {
    fn of(gift: Transfer, us: SchoolId) -> Row {
        let to_us = gift.to_school_id == us;
        Row {
            path: format!("/gifts/{}", gift.id),
            other: if to_us { gift.from_school_name.to_string() } else { gift.to_school_name.to_string() },
            to_us,
            amount: words::amount(gift.amount),
            wallet: format!("{}, {}", gift.year, gift.wallet.label().to_lowercase()),
            message: gift.message.map(|line| line.to_string()),
            state: gift.state.label(),
            tone: gift.state.tone(),
            offered: words::short_day_of(gift.offered_at),
            open: gift.state == State::Offered,
        }
    }
}

/// What the school could give: by year and kind.
struct Could {
    wallet: String,
    available: String,
}

#[derive(Template)]
#[template(path = "pages/wallet/gift_new.html")]
struct New {
    shell: Shell,
    filled: Filled,
    crumb: (String, String),
    path: String,
    schools: Vec<(String, String)>,
    years: Vec<(String, String)>,
    kinds: Vec<(&'static str, &'static str)>,
    could: Vec<Could>,
}

async fn new(call: Call) -> Answer {
    let caller = call.allow()?;
    let school = seen::school(&caller, &mut caller.read().await?).await?;
    form(&caller, &school, Filled::default()).await
}

async fn form(caller: &Caller, school: &School, filled: Filled) -> Answer {
    let (mut tx, today) = (caller.read().await?, london_date(caller.now()));
    let mut schools = people::schools(&mut tx, caller.hub(), today, "Choose a school").await?;
    schools.retain(|(id, _)| *id != school.id.to_string());
    let view = reports::wallet(&mut tx, caller.hub(), school.id, caller.now()).await?;
    drop(tx);
    let open = || view.wallets.iter().filter(|line| line.expires_on.is_some() && line.sums.available > Credits::ZERO);
    let mut years: Vec<(String, String)> = open().map(|line| (line.year.to_string(), line.year.to_string())).collect();
    years.dedup();
    let current = AcademicYear::of(today).map(|year| year.to_string()).unwrap_or_default();
    let could = |line: &reports::WalletLine| Could {
        wallet: format!("{}, {}", line.year, line.wallet.label().to_lowercase()),
        available: words::credits(line.sums.available),
    };
    let new = New {
        shell: Shell::of(caller, "Give credits to another school", here(caller)).await?,
        filled: filled.or("year", current).or("wallet", WalletKind::Allocated.as_str()),
        crumb: crumb(school),
        path: format!("/schools/{}/gifts", school.id),
        schools,
        years,
        kinds: options::<WalletKind>(),
        could: open().map(could).collect(),
    };
    page(caller, &new).await
}

#[derive(eserde::Deserialize)]
struct Fields {
    to_school_id: SchoolId,
    year: Option<AcademicYear>,
    wallet: Option<WalletKind>,
    amount: Amount,
    message: Option<Line>,
}

async fn offer(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let school = seen::school(&caller, &mut caller.read().await?).await?;
    match offered(&caller, &sent).await {
        Err(problem) => form(&caller, &school, sent.again(problem)?).await,
        answer => answer,
    }
}

async fn offered(caller: &Caller, sent: &Form) -> Answer {
    let from = caller.own_school().ok_or_else(Problem::not_found)?;
    let Fields { to_school_id: to, year, wallet, amount, message } = sent.read()?;
    let new = NewTransfer { to, year, wallet: wallet.unwrap_or(WalletKind::Allocated), amount, message };
    caller
        .write(sent.bytes(), async |journal| {
            let offered = transfers::offer(journal, from, &new).await?;
            Ok(Reply::see(&format!("/gifts/{}?done=gift-offered", offered.id)))
        })
        .await
}
