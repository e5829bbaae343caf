//! The academic years of the hub: what each has in figures, and what holds it open.

use actix_web::HttpResponse;
use askama::Template;
use chrono::NaiveDate;

use super::said::{self, in_path, on_form};
use super::set_up;
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::{HubId, TransferId};
use crate::base::year::AcademicYear;
use crate::credits::transfers;
use crate::ledger::AccountKind;
use crate::lifecycle::year_close::{self, Hold, HoldKind, YearClose};
use crate::members::years::{self, State, Year};
use crate::reports::{self, YearBalance, YearFigures};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Reply, cursor, next_address};
use crate::web::roles::{HUB, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/years", HUB, list);
    pages.post("/years", MANAGER, open);
    pages.get("/years/{year}", HUB, one);
}

/// How many years the page shows.
const MOST_YEARS: i64 = 200;

struct Row {
    path: String,
    year: String,
    state: &'static str,
    tone: &'static str,
    issued: String,
    wallets: String,
    lapsed: String,
    over: bool,
}

#[derive(Template)]
#[template(path = "pages/year/years.html")]
struct Years {
    shell: Shell,
    filled: Filled,
    rows: Vec<Row>,
    choices: Vec<(String, String)>,
}

async fn list(call: Call) -> Answer {
    shown(&call.allow()?, Filled::default()).await
}

async fn shown(caller: &Caller, filled: Filled) -> Answer {
    let (mut tx, hub, today) = (caller.read().await?, caller.hub(), london_date(caller.now()));
    let mut all = years::list(&mut tx, hub, None, MOST_YEARS).await?;
    let balances = reports::balances_by_year(&mut tx, hub).await?;
    drop(tx);
    let choices = choices(&all, today);
    all.reverse();
    let rows = all.iter().map(|year| Row::of(year, &balances, today)).collect();
    let shell = Shell::of(caller, "Years", "/years").await?;
    page(caller, &Years { shell, filled, rows, choices }).await
}

/// The years that are not open yet, from the last to the next: this one first where it is among them.
fn choices(all: &[Year], today: NaiveDate) -> Vec<(String, String)> {
    let Some(now) = AcademicYear::of(today) else { return Vec::new() };
    let near = [Some(now), now.after(), now.after().and_then(AcademicYear::after), now.before()];
    let new = near.into_iter().flatten().filter(|year| all.iter().all(|known| known.year != *year));
    new.map(|year| {
        let (first, last) = (words::short_day(year.first_day()), words::short_day(year.last_day()));
        (year.to_string(), format!("{year}: {first} to {last}"))
    })
    .collect()
}

fn sum(balances: &[YearBalance], year: AcademicYear, kind: AccountKind) -> Credits {
    balances.iter().filter(|it| it.year == year && it.kind == kind).map(|it| it.balance).sum()
}

impl Row {
    fn of(year: &Year, balances: &[YearBalance], today: NaiveDate) -> Row {
        let (state, tone) = said::year_state(year.state);
        let of = |kind| words::amount(sum(balances, year.year, kind));
        Row {
            path: format!("/years/{}", in_path(year.year)),
            year: year.year.to_string(),
            state,
            tone,
            issued: of(AccountKind::Issuance),
            wallets: of(AccountKind::Wallet),
            lapsed: of(AccountKind::Lapsed),
            over: year.state == State::Open && year.year.last_day() <= today,
        }
    }
}

#[derive(eserde::Deserialize)]
struct Fields {
    year: AcademicYear,
}

#[derive(Template)]
#[template(path = "pages/year/year_open.html")]
struct Opening {
    shell: Shell,
    year: String,
    first: String,
    last: String,
    /// The years that are open already.
    others: Vec<String>,
}

/// First it is said what opening a year does: nothing takes it back. With the second button it is opened.
async fn open(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let done = async {
        if !form.has("sure")
            && let Some(opening) = opening(&caller, &form).await?
        {
            return page(&caller, &opening).await;
        }
        opened(&caller, &form).await
    };
    match done.await {
        Err(problem) => shown(&caller, form.refused(&on_form(problem)?)).await,
        done => done,
    }
}

/// What opening the year would do; none where it was opened before, which is refused.
async fn opening(caller: &Caller, form: &Form) -> Result<Option<Opening>, Problem> {
    let Fields { year } = form.read()?;
    let all = years::list(&mut caller.read().await?, caller.hub(), None, MOST_YEARS).await?;
    if all.iter().any(|known| known.year == year) {
        return Ok(None);
    }
    caller.tried(async |journal| Ok(years::open(journal, year).await?)).await?;
    let open = all.iter().filter(|known| known.state == State::Open);
    Ok(Some(Opening {
        shell: Shell::of(caller, format!("Open the year {year}?"), "/years").await?,
        year: year.to_string(),
        first: words::day(year.first_day()),
        last: words::day(year.last_day()),
        others: open.map(|known| known.year.to_string()).collect(),
    }))
}

async fn opened(caller: &Caller, form: &Form) -> Result<HttpResponse, Problem> {
    let Fields { year } = form.read()?;
    caller
        .write(form.bytes(), async |journal| {
            years::open(journal, year).await?;
            Ok(Reply::see(&format!("/years/{}?done=year-opened", in_path(year))))
        })
        .await
}

/// What became of the credits of a year, in the order in which it is told.
pub(super) struct Told {
    pub(super) what: &'static str,
    pub(super) now: String,
    pub(super) before: String,
}

/// One figure of a year.
type Figure = fn(&YearFigures) -> Credits;

/// What came into the wallets of a year besides what was allocated, as its figures call it.
pub(super) const BESIDES: [(&str, Figure); 4] = [
    ("Sold", |it| it.sums.topped_up),
    ("Earned by schools", |it| it.sums.earned),
    ("Carried in from the year before", |it| it.sums.carried_in),
    ("Corrected by hand", |it| it.sums.adjusted),
];

/// The figures of a year with those of the one before beside them.
pub(super) fn told(now: &YearFigures, before: Option<&YearFigures>) -> Vec<Told> {
    let [sold, earned, carried_in, corrected] = BESIDES.map(|(what, of)| (what, of, false));
    let rows: [(&'static str, Figure, bool); 11] = [
        ("Allocated", |it| it.sums.allocated, true),
        sold,
        earned,
        carried_in,
        corrected,
        ("Spent on places and support", |it| it.sums.spent, true),
        ("Held for places and support to come", |it| it.sums.held, true),
        ("Left to spend", |it| it.sums.available, true),
        ("Lapsed", |it| it.sums.lapsed, true),
        ("Carried over to the next year", |it| it.sums.carried_over, false),
        ("Given to other schools, less what was received", |it| it.sums.given - it.sums.received, false),
    ];
    let seen = |of: Figure| of(now) != Credits::ZERO || before.is_some_and(|before| of(before) != Credits::ZERO);
    let row = |(what, of, _): (&'static str, Figure, bool)| Told {
        what,
        now: words::amount(of(now)),
        before: before.map_or_else(String::new, |before| words::amount(of(before))),
    };
    rows.into_iter().filter(|(_, of, always)| *always || seen(*of)).map(row).collect()
}

/// The figures of a year and of the one before it, where the hub has that.
pub(super) async fn figures(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    today: NaiveDate,
) -> Result<(YearFigures, Option<(AcademicYear, YearFigures)>), Problem> {
    let now = reports::year_figures(tx, hub, year, today).await?;
    let before = match year.before() {
        Some(before) if years::get(tx, hub, before).await?.is_some() => {
            Some((before, reports::year_figures(tx, hub, before, today).await?))
        }
        _ => None,
    };
    Ok((now, before))
}

/// Something of a year that is not settled.
pub(super) struct Holding {
    pub(super) kind: &'static str,
    pub(super) title: String,
    pub(super) path: Option<String>,
    pub(super) credits: String,
}

impl Holding {
    pub(super) fn of(hold: &Hold) -> Holding {
        let path = match (hold.kind, hold.event_id) {
            (HoldKind::Commission, _) => Some(format!("/support/commissions/{}", hold.id)),
            (_, Some(event)) => Some(format!("/events/{event}")),
            (_, None) => None,
        };
        let (kind, title) = (said::hold(hold.kind), hold.title.to_string());
        let credits = if hold.credits.is_zero() { "None".to_owned() } else { words::amount(hold.credits) };
        Holding { kind, title, path, credits }
    }

    /// The same of each, with what gifts are of and from whom.
    async fn of_each(tx: &mut Tx, hub: HubId, holds: &[Hold]) -> Result<Vec<Holding>, Problem> {
        let mut all = Vec::new();
        for hold in holds {
            let mut holding = Holding::of(hold);
            if hold.kind == HoldKind::Gift
                && let Some(gift) = transfers::get(tx, hub, TransferId(hold.id)).await?
            {
                holding.title = said::unanswered(&gift);
                holding.path = Some(format!("/gifts/{}", gift.id));
            }
            all.push(holding);
        }
        Ok(all)
    }
}

/// A close that was done.
pub(super) struct Closed {
    pub(super) when: String,
    pub(super) wallets: i64,
    pub(super) balance: String,
    pub(super) carried: String,
    pub(super) lapsed: String,
    pub(super) later: Option<(String, String)>,
    pub(super) rule: String,
    pub(super) earned_rule: String,
    pub(super) next: String,
    pub(super) reopened: Option<(String, String)>,
}

impl Closed {
    pub(super) fn of(close: &YearClose) -> Closed {
        let later = close.carried_later != Credits::ZERO || close.lapsed_later != Credits::ZERO;
        let reason = close.reopened_because.as_ref().map_or_else(String::new, ToString::to_string);
        Closed {
            when: words::moment(close.closed_at),
            wallets: close.wallets,
            balance: words::credits(close.balance),
            carried: words::credits(close.carried),
            lapsed: words::credits(close.lapsed),
            later: later.then(|| (words::credits(close.carried_later), words::credits(close.lapsed_later))),
            rule: said::carry(close.carry),
            earned_rule: said::carry(close.earned_carry),
            next: close.next_year.to_string(),
            reopened: close.reopened_at.map(|at| (words::moment(at), reason)),
        }
    }
}

#[derive(eserde::Deserialize)]
struct Query {
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/year/year.html")]
struct One {
    shell: Shell,
    year: String,
    path: String,
    first: String,
    last: String,
    open: bool,
    /// Whether the hub is still being set up.
    set_up: bool,
    figures: Vec<Told>,
    before: Option<String>,
    holds: Vec<Holding>,
    next: Option<String>,
    close: Option<Closed>,
}

async fn one(call: Call) -> Answer {
    let caller = call.allow()?;
    let (year, Query { after }) = (caller.year("year")?, asked_for(&caller)?);
    let (mut tx, hub, limit) = (caller.read().await?, caller.hub(), Limit::default());
    let known = years::get(&mut tx, hub, year).await?.ok_or_else(Problem::not_found)?;
    let (figures, before) = figures(&mut tx, hub, year, london_date(caller.now())).await?;
    let mut holds =
        year_close::holds(&mut tx, hub, year, place_after(&caller, after.as_deref()), limit.and_one()).await?;
    let close = year_close::last(&mut tx, hub, year).await?;
    let steps = reports::first_steps(&mut tx, hub).await?;
    let more = limit.cut(&mut holds);
    let holding = Holding::of_each(&mut tx, hub, &holds).await?;
    drop(tx);
    let last = holds.last().filter(|_| more).and_then(|hold| cursor(&(hold.kind, hold.id)));
    let view = One {
        shell: Shell::of(&caller, format!("The year {year}"), "/years").await?,
        year: year.to_string(),
        path: format!("/years/{}", in_path(year)),
        first: words::day(year.first_day()),
        last: words::day(year.last_day()),
        open: known.state == State::Open,
        set_up: set_up::unfinished(&steps, london_date(caller.now())).is_some(),
        figures: told(&figures, before.as_ref().map(|(_, figures)| figures)),
        before: before.as_ref().map(|(year, _)| year.to_string()),
        holds: holding,
        next: last.map(|last| next_address(caller.uri(), &last)),
        close: close.as_ref().map(Closed::of),
    };
    page(&caller, &view).await
}
