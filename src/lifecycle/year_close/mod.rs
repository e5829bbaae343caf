//! The close of an academic year: what is left in its wallets is carried over, as far as a cap allows, or lapses.
//!
//! A year can be closed from its last day on (in London), once every earlier year is closed and the next one is open;
//! opening that is a separate act of the hub. For each wallet `carried = min(balance, cap)` goes to the wallet of the
//! same school and kind in the next year, the rest to the year's `lapsed` account: one transaction, however many
//! schools. From then on the year takes no postings. An event of the year that is completed later is paid for in the
//! earliest open year after it, and what its provider gives back is taken from there; a ticket's refund goes to the
//! subsidy of that year. A refund to a wallet of the year follows the rule that was recorded with the close:
//! [`mod@crate::members::years::onward`].
//!
//! While credits of the year are held (events with something in escrow, live bookings on other years' events, open
//! offers; unanswered gifts are listed with them) a close is refused and names them, unless the caller chooses that
//! they follow the rule: then they stay where they are, and what is refunded of them is carried as far as the cap has
//! room left.
//!
//! A close is undone by its mirror, once, while the next year is open and has no posting that depends on it: no refund
//! has followed its rule, and no wallet that was carried to has since held less than was carried, so that whatever was
//! paid from it could have been paid without. No second manager is needed: what a close does can be seen before, line
//! by line, and undone after.

mod holds;
mod refusal;
pub mod reminding;
mod sql;
mod verify;

use chrono::{DateTime, Utc};

pub use holds::{Hold, HoldKind, held, holds};
pub use refusal::Error;
pub use verify::verify;

use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{AccountId, HubId, PersonId, SchoolId, TransactionId, YearCloseId};
use crate::base::seal::{Form, Hash};
use crate::base::text::{Line, Urn};
use crate::base::year::AcademicYear;
use crate::ledger::changes::{Change, Kind as Changed};
use crate::ledger::{self, AccountName, Journal, Posting, Source, SourceKind, TransactionKind, WalletKind};
use crate::lifecycle::quote::Quote;
use crate::members::years::{self, State, carry::Carry, carry::divide};
use crate::messages::notices::{self, Kind, Notice};
use refusal::{MOST_NAMED, is_open, refusals, require_open};

words!(/** What becomes of the credits of the year that are held as it is closed. */ OpenHolds {
    /// There must be none.
    Refuse = "refuse",
    /// They stay held, and what is refunded of them follows the rule of the close.
    FollowTheRule = "follow_the_rule",
});

words!(/** Why a year can't be closed now. */ Obstacle {
    /// The last day of the year has not come.
    YearNotOver = "year_not_over",
    /// An earlier year is still open.
    EarlierYearOpen = "earlier_year_open",
    /// The next year is not open, so there is nowhere to carry to.
    NextYearNotOpen = "next_year_not_open",
    /// Credits of the year are held.
    OpenHolds = "open_holds",
});

/// The rule by which a year is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The most that is carried from a wallet.
    pub carry: Carry,
    /// The most that is carried from a wallet of earned credits.
    pub earned_carry: Carry,
    /// What becomes of credits that are still held.
    pub open_holds: OpenHolds,
}

impl Rule {
    fn cap(&self, wallet: WalletKind, allocated: Credits) -> Option<Credits> {
        match wallet {
            WalletKind::Allocated => self.carry.cap(allocated),
            WalletKind::Earned => self.earned_carry.cap(allocated),
        }
    }
}

/// The totals of a close, done or previewed, over all wallets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many wallets there are.
    pub wallets: i64,
    /// The credits in the wallets.
    pub balance: Credits,
    /// The credits carried to the next year.
    pub carried: Credits,
    /// The credits that lapse.
    pub lapsed: Credits,
}

/// What closing a year by a rule would do now.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The year to be closed.
    pub year: AcademicYear,
    /// The year that credits are carried to.
    pub next_year: AcademicYear,
    /// The rule of the close.
    pub rule: Rule,
    /// The totals of all lines.
    pub totals: Totals,
    /// How many holds of the year are open.
    pub holds: i64,
    /// The credits that they hold.
    pub held: Credits,
    /// Why the year can't be closed now: all the reasons.
    pub obstacles: Vec<Obstacle>,
}

/// A close that was done.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct YearClose {
    /// The id of the close.
    pub id: YearCloseId,
    /// The year that was closed.
    pub year: AcademicYear,
    /// The year that credits were carried to.
    pub next_year: AcademicYear,
    /// The most that was carried from a wallet.
    pub carry: Carry,
    /// The most that was carried from a wallet of earned credits.
    pub earned_carry: Carry,
    /// What became of credits that were still held.
    pub open_holds: OpenHolds,
    /// How many wallets there were.
    pub wallets: i64,
    /// The credits that were in the wallets.
    pub balance: Credits,
    /// The credits carried to the next year.
    pub carried: Credits,
    /// The credits that lapsed.
    pub lapsed: Credits,
    /// The account that lapsed credits went to.
    pub lapsed_account_id: AccountId,
    /// The transaction that posted it; none where all wallets were empty.
    pub transaction_id: Option<TransactionId>,
    /// The number of the hub's last transaction at the close.
    pub sequence: i64,
    /// Who closed the year.
    pub closed_by: Option<PersonId>,
    /// When the year was closed.
    pub closed_at: DateTime<Utc>,
    /// Who reopened the year.
    pub reopened_by: Option<PersonId>,
    /// When the year was reopened.
    pub reopened_at: Option<DateTime<Utc>>,
    /// Why the year was reopened.
    pub reopened_because: Option<Line>,
    /// Later refunds that were carried.
    pub carried_later: Credits,
    /// Later refunds that lapsed.
    pub lapsed_later: Credits,
}

/// What a close does with one wallet.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = YearCloseLine)]
pub struct CloseLine {
    /// The school's current URN.
    pub urn: Urn,
    /// The school's current name.
    pub name: Line,
    /// The kind of wallet.
    pub wallet: WalletKind,
    /// What was allocated to the school for the year.
    pub allocated: Credits,
    /// The credits in the wallet.
    pub balance: Credits,
    /// The most that is carried from the wallet, including later refunds; null where there is no limit.
    pub cap: Option<Credits>,
    /// The credits carried to the next year.
    pub carried: Credits,
    /// The credits of the wallet that lapse.
    pub lapsed: Credits,
    /// Later refunds that were carried.
    pub carried_later: Credits,
    /// Later refunds that lapsed.
    pub lapsed_later: Credits,
    /// The school whose wallet it is.
    pub school_id: SchoolId,
    /// The wallet's account.
    pub account_id: AccountId,
    /// The wallet of the next year; null before the close.
    pub next_account_id: Option<AccountId>,
}

/// A wallet that was carried to and has since held less than was carried.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Spent {
    /// The wallet of the next year.
    pub account_id: AccountId,
    /// The school's URN.
    pub urn: Urn,
    /// The school's name.
    pub name: Line,
    /// How much of what was carried has been spent.
    pub spent: Credits,
}

/// Previews closing the year by the rule at `now`.
pub async fn preview(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    rule: Rule,
    now: DateTime<Utc>,
) -> Result<Preview, Error> {
    let next_year = require_open(tx, hub, year).await?;
    let lines = preview_lines(tx, hub, year, rule, None, i64::MAX).await?;
    let (holds, held) = held(tx, hub, year).await?;
    let mut obstacles = Vec::new();
    for refusal in refusals(tx, hub, year, next_year, rule, now).await? {
        obstacles.extend(refusal.obstacle());
    }
    Ok(Preview { year, next_year, rule, totals: Totals::of(&lines), holds, held, obstacles })
}

/// A page of what the close would do with each wallet, in the order in which the wallets were opened.
pub async fn preview_lines(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    rule: Rule,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<CloseLine>, Error> {
    require_open(tx, hub, year).await?;
    let wallets = sql::wallets(tx, hub, year, after, limit).await?;
    Ok(wallets.into_iter().map(|wallet| wallet.line(rule)).collect())
}

/// Closes the year by the rule, where it comes to what the quote stands for.
pub async fn close(
    journal: &mut Journal,
    year: AcademicYear,
    rule: Rule,
    quote: Option<&Quote>,
) -> Result<YearClose, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let next_year = require_open(journal.tx(), hub, year).await?;
    if let Some(refusal) = refusals(journal.tx(), hub, year, next_year, rule, now).await?.into_iter().next() {
        return Err(refusal);
    }
    let mut lines = preview_lines(journal.tx(), hub, year, rule, None, i64::MAX).await?;
    let totals = Totals::of(&lines);
    if quote.is_some_and(|quote| *quote != totals.quote()) {
        return Err(Error::QuoteExpired);
    }
    let Totals { wallets, balance, carried, lapsed } = totals;

    let mut names = vec![AccountName::Lapsed(year)];
    names.extend(lines.iter().map(|line| AccountName::Wallet(line.school_id, next_year, line.wallet)));
    let mut accounts = ledger::open_accounts(journal, &names).await?.into_iter();
    let lapsed_account_id = accounts.next().ok_or(Error::Unknown)?;
    for (line, next) in lines.iter_mut().zip(accounts) {
        line.next_account_id = Some(next);
    }
    let id: YearCloseId = journal.new_id();
    let mut closed = YearClose {
        id,
        year,
        next_year,
        carry: rule.carry,
        earned_carry: rule.earned_carry,
        open_holds: rule.open_holds,
        wallets,
        balance,
        carried,
        lapsed,
        lapsed_account_id,
        transaction_id: None,
        sequence: journal.sequence(),
        closed_by: journal.actor(),
        closed_at: now,
        reopened_by: None,
        reopened_at: None,
        reopened_because: None,
        carried_later: Credits::ZERO,
        lapsed_later: Credits::ZERO,
    };
    if !balance.is_zero() {
        closed.transaction_id = Some(post(journal, &closed, &lines).await?);
        closed.sequence = journal.sequence();
    }
    sql::insert(journal.tx(), hub, &closed).await?.exactly(1)?;
    sql::insert_lines(journal.tx(), hub, id, &lines).await?.exactly(lines.len())?;
    years::set_state(journal, year, State::Closed).await?;
    tell_leads(journal, id, year, Kind::YearClosed).await?;
    journal.changed(closed.change(Changed::YearClosed, [State::Open, State::Closed], closed.transaction_id));
    Ok(closed)
}

/// Moves the balances of the year's wallets to the next year's, and what lapses.
async fn post(journal: &mut Journal, closed: &YearClose, lines: &[CloseLine]) -> Result<TransactionId, Error> {
    let positive = |(_, amount): &(AccountId, Credits)| *amount > Credits::ZERO;
    let to_next = lines.iter().filter_map(|line| Some((line.next_account_id?, line.carried)));
    let posting = Posting::new(
        TransactionKind::YearClosed,
        Source { kind: SourceKind::YearClose, id: closed.id.0 },
        london_date(closed.closed_at),
        lines.iter().map(|line| (line.account_id, line.balance)).filter(positive),
        to_next.chain([(closed.lapsed_account_id, closed.lapsed)]).filter(positive),
    )
    .map_err(ledger::Error::from)?;
    let grounds = lines.iter().fold(closed.grounds(), |grounds, line| line.in_grounds(grounds)).hash();
    Ok(ledger::post_one(journal, posting.on(grounds)).await?)
}

/// Reopens a closed year: posts the mirror of its close.
pub async fn reopen(journal: &mut Journal, year: AcademicYear, reason: &Line) -> Result<YearClose, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let found = years::get(journal.tx(), hub, year).await?.ok_or(Error::Unknown)?;
    let close = match found.state {
        State::Open => return Err(Error::NotClosed(year)),
        State::Closed => sql::last(journal.tx(), hub, year).await?.ok_or(Error::NotClosed(year))?,
    };
    if !is_open(journal.tx(), hub, close.next_year).await? {
        return Err(Error::NextNotOpen(close.next_year));
    }
    let refunds = sql::count_refunds(journal.tx(), hub, close.id).await?;
    if refunds > 0 {
        return Err(Error::Followed(refunds));
    }
    let spent = sql::spent(journal.tx(), hub, &close, MOST_NAMED).await?;
    if !spent.is_empty() {
        return Err(Error::Depends(spent));
    }
    let before = journal.sequence();
    let mut transaction_id = None;
    if let Some(posted) = close.transaction_id {
        transaction_id = Some(ledger::reverse(journal, posted, TransactionKind::YearReopened, reason.as_str()).await?);
    }
    let reopened = YearClose {
        reopened_by: journal.actor(),
        reopened_at: Some(now),
        reopened_because: Some(reason.clone()),
        ..close
    };
    sql::reopen(journal.tx(), hub, &reopened, before).await?.exactly(1)?;
    years::set_state(journal, year, State::Open).await?;
    tell_leads(journal, reopened.id, year, Kind::YearReopened).await?;
    journal.changed(reopened.change(Changed::YearReopened, [State::Closed, State::Open], transaction_id));
    Ok(reopened)
}

/// The last close of the year, undone or not; none where the year was never closed.
pub async fn last(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<Option<YearClose>, db::Error> {
    sql::last(tx, hub, year).await
}

/// A page of what a close did with each wallet, in the order in which the wallets were opened; of one school where it
/// is given.
pub async fn lines(
    tx: &mut Tx,
    hub: HubId,
    close: YearCloseId,
    school: Option<SchoolId>,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<CloseLine>, db::Error> {
    sql::lines(tx, hub, close, school, after, limit).await
}

impl YearClose {
    /// What decided the move of credits, except the lines, which follow in the order of their accounts.
    fn grounds(&self) -> Form {
        Form::of("hub-credits/year-close/1")
            .id(self.id.0)
            .words(self.year.to_string().as_str())
            .words(self.next_year.to_string().as_str())
            .words(self.carry.as_str().as_ref())
            .words(self.earned_carry.as_str().as_ref())
            .words(self.open_holds.as_str())
            .number(self.wallets)
            .credits(self.balance)
            .credits(self.carried)
            .credits(self.lapsed)
            .id(self.lapsed_account_id.0)
            .id(self.closed_by.map(|person| person.0))
            .instant(self.closed_at)
    }

    fn change(&self, kind: Changed, [before, after]: [State; 2], posted: Option<TransactionId>) -> Change {
        let change = Change::of_year(kind, self.year).before(before.as_str()).after(after.as_str());
        change.moved(self.balance, posted)
    }
}

impl CloseLine {
    fn in_grounds(&self, grounds: Form) -> Form {
        grounds
            .id(self.account_id.0)
            .id(self.school_id.0)
            .words(self.wallet.as_str())
            .credits(self.allocated)
            .credits(self.balance)
            .credits(self.cap)
            .credits(self.carried)
            .credits(self.lapsed)
            .id(self.next_account_id.map(|account| account.0))
    }
}

/// The digest of what decided the close of a year, from its records as they are now; none where there is no such close.
pub async fn grounds(tx: &mut Tx, hub: HubId, id: YearCloseId) -> Result<Option<Hash>, db::Error> {
    let Some(close) = sql::all(tx, hub).await?.into_iter().find(|close| close.id == id) else { return Ok(None) };
    let (mut grounds, mut after) = (close.grounds(), None);
    loop {
        let page = sql::lines(tx, hub, id, None, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(Some(grounds.hash())) };
        after = Some(last.account_id);
        grounds = page.iter().fold(grounds, |grounds, line| line.in_grounds(grounds));
    }
}

/// How many lines are read at once.
const PAGE: i64 = 1_000;

impl Totals {
    fn of(lines: &[CloseLine]) -> Totals {
        Totals {
            wallets: i64::try_from(lines.len()).unwrap_or(i64::MAX),
            balance: lines.iter().map(|line| line.balance).sum(),
            carried: lines.iter().map(|line| line.carried).sum(),
            lapsed: lines.iter().map(|line| line.lapsed).sum(),
        }
    }

    /// Stands for all of it.
    pub fn quote(&self) -> Quote {
        let form = Form::of("hub-credits/year-close-totals/1").number(self.wallets);
        Quote::of(form.credits(self.balance).credits(self.carried).credits(self.lapsed))
    }
}

impl sql::Wallet {
    fn line(self, rule: Rule) -> CloseLine {
        let cap = rule.cap(self.wallet, self.allocated);
        let (carried, lapsed) = divide(self.balance, cap);
        CloseLine {
            account_id: self.account_id,
            school_id: self.school_id,
            urn: self.urn,
            name: self.name,
            wallet: self.wallet,
            allocated: self.allocated,
            balance: self.balance,
            cap,
            carried,
            lapsed,
            next_account_id: None,
            carried_later: Credits::ZERO,
            lapsed_later: Credits::ZERO,
        }
    }
}

/// Tells the leads of the schools whose wallets were not empty.
async fn tell_leads(
    journal: &mut Journal,
    close: YearCloseId,
    year: AcademicYear,
    kind: Kind,
) -> Result<(), db::Error> {
    let hub = journal.hub();
    let leads = sql::leads(journal.tx(), hub, close).await?;
    let notices: Vec<Notice> =
        leads.into_iter().map(|(person,)| Notice { year: Some(year), ..Notice::new(person, kind) }).collect();
    notices::tell(journal, &notices).await
}
