//! The postings of commissions. Each has a record of what decided it, which never changes and is sealed with it.
//!
//! | what happens | debit | credit |
//! |---|---|---|
//! | agreed, or varied to more | the buyer's wallets of the current year, allocated before earned | the escrow |
//! | a milestone accepted, kept or resolved | the escrow | the provider's earned wallet of the current year, or what the partner is owed; the hub's income |
//! | varied to less, accepted in part, resolved, cancelled | the escrow | the wallets that paid, the last drawn on first, or where a closed year's rule leads |

use chrono::{DateTime, Utc};

use super::shares::{Brokerage, Paid, Standing};
use super::{Commission, Provider, Refusal, sql};
use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{AccountId, CommissionId, HubId, PersonId, QuoteId, SchoolId, TransactionId};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::booking::bookings::cancellation::{Share, give_back as backwards};
use crate::ledger::{
    self, Account, AccountFilter, AccountKind, AccountName, Journal, Posting, Source, SourceKind, TransactionKind,
    WalletKind,
};
use crate::members::years::{self, onward::redirect_all};
use crate::support::rate_card;

words!(/** What moved a commission's credits. */ MoveKind {
    /// It was agreed.
    Agreed = "agreed",
    /// A variation was agreed.
    Varied = "varied",
    /// A milestone was accepted.
    Accepted = "accepted",
    /// A milestone was cancelled too late, and its provider keeps a share.
    Kept = "kept",
    /// A dispute was resolved.
    Resolved = "resolved",
    /// What was not delivered of a milestone, or of a commission that was cancelled, went back.
    Returned = "returned",
});

/// A posting's record: why, and how the commission stood after it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Move {
    /// The transaction that posted it.
    pub transaction_id: TransactionId,
    /// The commission.
    pub commission_id: CommissionId,
    /// Its number in the commission.
    pub ordinal: i64,
    /// What moved the credits.
    pub kind: MoveKind,
    /// The quote or variation by which it was agreed.
    pub quote_id: QuoteId,
    /// The number of the milestone that it is about.
    pub number: Option<i64>,
    /// What was committed after it.
    pub committed: Credits,
    /// What was settled after it.
    pub settled: Credits,
    /// The credits that moved.
    pub credits: Credits,
    /// What of them went to the hub.
    pub to_hub: Credits,
    /// The reason that was given.
    pub reason: Option<Line>,
    /// Who decided it; none where time did.
    pub decided_by: Option<PersonId>,
    /// When it was decided.
    pub decided_at: DateTime<Utc>,
}

/// Why credits move.
#[derive(Clone, Debug)]
pub(super) struct Why {
    pub(super) kind: MoveKind,
    pub(super) quote: QuoteId,
    pub(super) number: Option<i64>,
    pub(super) reason: Option<Line>,
}

/// The wallets that paid, in the order in which they were drawn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Fund {
    pub(super) position: i64,
    pub(super) account_id: AccountId,
    pub(super) paid: Credits,
    pub(super) returned: Credits,
}

/// The brokerage that a quote made now has.
pub(super) async fn brokerage(tx: &mut Tx, hub: HubId) -> Result<Brokerage, db::Error> {
    let card = rate_card::current(tx, hub).await?;
    let none = rate_card::Brokerage { share: Credits::ZERO, of: Credits::from_hundredths(100) };
    let rate_card::Brokerage { share, of } = card.brokerage.unwrap_or(none);
    Ok(Brokerage { share, of, borne_by: card.borne_by })
}

/// The current academic year, where it takes postings.
pub(super) async fn current_year(journal: &mut Journal) -> Result<AcademicYear, Refusal> {
    let (hub, today) = (journal.hub(), journal.today());
    let year = AcademicYear::of(today).unwrap_or(AcademicYear::FIRST);
    years::require_open(journal.tx(), hub, year).await?;
    Ok(year)
}

/// Which wallets would pay so much.
pub(super) struct Drawn {
    /// The wallets that are drawn on, in order, as they are before it, and what is drawn.
    pub(super) from: Vec<(Account, Credits)>,
    /// What is missing.
    pub(super) short_by: Credits,
    /// What the school has of other years.
    pub(super) others: Vec<(AcademicYear, Credits)>,
}

/// What a school's wallets of a year would pay of so much: allocated before earned.
pub(super) async fn draw(
    tx: &mut Tx,
    hub: HubId,
    (school, year): (SchoolId, AcademicYear),
    cost: Credits,
) -> Result<Drawn, db::Error> {
    let filter = AccountFilter { kind: Some(AccountKind::Wallet), school: Some(school), ..Default::default() };
    let wallets = ledger::accounts(tx, hub, filter, None, i64::MAX).await?;
    let mut others = std::collections::BTreeMap::<AcademicYear, Credits>::new();
    for wallet in wallets.iter().filter(|wallet| wallet.year != Some(year) && !wallet.balance.is_zero()) {
        if let Some(year) = wallet.year {
            let sum = others.entry(year).or_default();
            *sum = *sum + wallet.balance;
        }
    }
    let mut of_year: Vec<_> = wallets.into_iter().filter(|wallet| wallet.year == Some(year)).collect();
    of_year.sort_by_key(|wallet| wallet.wallet);
    let (mut short_by, mut from) = (cost, Vec::new());
    for wallet in of_year {
        let amount = wallet.balance.min(short_by);
        if amount > Credits::ZERO {
            short_by = short_by - amount;
            from.push((wallet, amount));
        }
    }
    Ok(Drawn { from, short_by, others: others.into_iter().collect() })
}

/// Raises what is committed: the difference goes from the buyer's wallets of the current year to the escrow.
pub(super) async fn pay_in(
    journal: &mut Journal,
    commission: &mut Commission,
    committed: Credits,
    why: Why,
) -> Result<(), Refusal> {
    let hub = journal.hub();
    let cost = commission.brokerage().cost(committed) - commission.brokerage().cost(commission.committed);
    commission.stand(Standing { committed, settled: commission.settled });
    if cost.is_zero() {
        return Ok(());
    }
    let year = current_year(journal).await?;
    let Drawn { from, short_by, others } = draw(journal.tx(), hub, (commission.buyer_id, year), cost).await?;
    if !short_by.is_zero() {
        return Err(Refusal::InsufficientCredits { short_by, year, others });
    }
    let drawn: Vec<_> = from.into_iter().map(|(wallet, amount)| (wallet.id, amount)).collect();
    let mut funds = sql::money::funds(journal.tx(), hub, commission.id).await?;
    for (account, amount) in &drawn {
        match funds.iter_mut().find(|fund| fund.account_id == *account) {
            Some(fund) => fund.paid = fund.paid + *amount,
            None => {
                let position = funds.last().map_or(1, |last| last.position + 1);
                funds.push(Fund { position, account_id: *account, paid: *amount, returned: Credits::ZERO });
            }
        }
    }
    sql::money::save_funds(journal.tx(), hub, commission.id, &funds).await?.exactly(funds.len())?;
    let [escrow] = ledger::open_each(journal, [AccountName::CommissionEscrow(commission.id)]).await?;
    post(journal, commission, TransactionKind::CommissionAgreed, drawn, vec![(escrow, cost)], Credits::ZERO, why)
        .await?;
    Ok(())
}

/// Pays so much more of the price: the provider its part, and the hub its brokerage.
pub(super) async fn pay_out(
    journal: &mut Journal,
    commission: &mut Commission,
    more: Credits,
    why: Why,
) -> Result<(), Refusal> {
    let Paid { provider, hub } = commission.brokerage().paid(commission.settled, more);
    commission.stand(Standing { committed: commission.committed, settled: commission.settled + more });
    let sum = provider + hub;
    if sum.is_zero() {
        return Ok(());
    }
    let year = current_year(journal).await?;
    let payee = match commission.provider().ok_or(Refusal::Unknown)? {
        Provider::School(school) => AccountName::Wallet(school, year, WalletKind::Earned),
        Provider::Partner(partner) => AccountName::Payable(partner),
    };
    let names = [AccountName::CommissionEscrow(commission.id), payee, AccountName::Income(year)];
    let [escrow, payee, income] = ledger::open_each(journal, names).await?;
    let credits = [(payee, provider), (income, hub)].into_iter().filter(|(_, amount)| !amount.is_zero()).collect();
    post(journal, commission, TransactionKind::MilestonePaid, vec![(escrow, sum)], credits, hub, why).await?;
    Ok(())
}

/// Lowers what is committed: the difference goes back to the wallets that paid, the last drawn on first, or where the
/// rule of a closed year leads.
pub(super) async fn give_back(
    journal: &mut Journal,
    commission: &mut Commission,
    committed: Credits,
    why: Why,
) -> Result<(), Refusal> {
    let hub = journal.hub();
    let back = commission.brokerage().cost(commission.committed) - commission.brokerage().cost(committed);
    commission.stand(Standing { committed, settled: commission.settled });
    if back.is_zero() {
        return Ok(());
    }
    let mut funds = sql::money::funds(journal.tx(), hub, commission.id).await?;
    let left: Vec<Share<AccountId>> =
        funds.iter().map(|fund| Share { wallet: fund.account_id, amount: fund.paid - fund.returned }).collect();
    let shares = backwards(&left, back);
    let wallets: Vec<AccountId> = shares.iter().map(|share| share.wallet).collect();
    let mut onward = years::onward(journal.tx(), hub, &wallets).await?;
    let (credits, followed) = redirect_all(&mut onward, shares.iter().map(|share| (share.wallet, share.amount)));
    for share in &shares {
        if let Some(fund) = funds.iter_mut().find(|fund| fund.account_id == share.wallet) {
            fund.returned = fund.returned + share.amount;
        }
    }
    sql::money::save_funds(journal.tx(), hub, commission.id, &funds).await?.exactly(funds.len())?;
    let [escrow] = ledger::open_each(journal, [AccountName::CommissionEscrow(commission.id)]).await?;
    let debits = vec![(escrow, back)];
    let returned = TransactionKind::CommissionReturned;
    let transaction = post(journal, commission, returned, debits, credits, Credits::ZERO, why).await?;
    let followed: Vec<_> = followed.into_iter().map(|step| (transaction, step)).collect();
    years::record_refunds(journal, &followed).await?;
    Ok(())
}

type Legs = Vec<(AccountId, Credits)>;

/// Posts a move with its record; the commission stands as it does after it.
async fn post(
    journal: &mut Journal,
    commission: &Commission,
    kind: TransactionKind,
    debits: Legs,
    credits: Legs,
    to_hub: Credits,
    why: Why,
) -> Result<TransactionId, Refusal> {
    let (hub, today) = (journal.hub(), journal.today());
    let mut moved = Move {
        transaction_id: TransactionId(uuid::Uuid::nil()),
        commission_id: commission.id,
        ordinal: sql::money::last_move(journal.tx(), hub, commission.id).await? + 1,
        kind: why.kind,
        quote_id: why.quote,
        number: why.number,
        committed: commission.committed,
        settled: commission.settled,
        credits: debits.iter().map(|(_, amount)| *amount).sum(),
        to_hub,
        reason: why.reason,
        decided_by: journal.actor(),
        decided_at: journal.now(),
    };
    let grounds = moved.grounds(journal.tx(), hub, commission).await?.ok_or(Refusal::Unknown)?;
    let source = Source { kind: SourceKind::Commission, id: commission.id.0 };
    let posting = Posting::new(kind, source, today, debits, credits).map_err(ledger::Error::from)?.on(grounds);
    moved.transaction_id = ledger::post_one(journal, posting).await?;
    sql::money::insert_move(journal.tx(), hub, &moved).await?.exactly(1)?;
    Ok(moved.transaction_id)
}
