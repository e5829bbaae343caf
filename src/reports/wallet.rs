//! A school's credits as its lead asks about them: what can be spent, what is held and for what, what became of the
//! rest, and what would be refunded if everything open were cancelled. One consistent read.
//!
//! For each wallet, and so for all of them: allocated + topped up + earned + received + adjusted + carried in
//! = available + held + spent + given + lapsed + carried over.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::kinds::{self, Column};
use super::sql;
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::{AccountId, CommissionId, EventId, HubId, SchoolId};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::booking::bookings::cancellation::Share;
use crate::booking::bookings::{self, Hold};
use crate::ledger::{Side, WalletKind};
use crate::members::years::{self, onward};
use crate::support::commissions;

/// A school's wallets and what they hold; see the head of the module.
#[derive(Clone, Debug, PartialEq)]
pub struct WalletView {
    /// Each wallet, by academic year, and within a year in the order in which they are drawn on.
    pub wallets: Vec<WalletLine>,
    /// The sums of all wallets.
    pub total: Sums,
    /// The available credits that expire first.
    pub soonest_expiry: Option<Expiry>,
    /// What is held: by event, the earliest first, and then by commission.
    pub held: Vec<HeldFor>,
}

/// One wallet: of a year and kind.
#[derive(Clone, Debug, PartialEq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Wallet)]
pub struct WalletLine {
    /// The wallet's account.
    pub account_id: AccountId,
    /// The wallet's academic year.
    pub year: AcademicYear,
    /// The kind of wallet.
    pub wallet: WalletKind,
    /// The last day on which it can be spent; null where its year is closed.
    pub expires_on: Option<NaiveDate>,
    /// The sums of its credits.
    #[serde(flatten)]
    pub sums: Sums,
}

/// What became of credits. Allocated, topped up, earned, received, adjusted and carried in together equal available,
/// held, spent, given, lapsed and carried over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = WalletSums)]
pub struct Sums {
    /// Available to be spent.
    pub available: Credits,
    /// Held by future events, for live bookings, and by commissions.
    pub held: Credits,
    /// Paid for places and support, and not refunded.
    pub spent: Credits,
    /// Lapsed at the close of the year.
    pub lapsed: Credits,
    /// From allocations, less what was reversed.
    pub allocated: Credits,
    /// Credits bought as top-ups.
    pub topped_up: Credits,
    /// Earned by giving support.
    pub earned: Credits,
    /// Given by other schools, or taken over from schools whose place it took, with what their bookings hold.
    pub received: Credits,
    /// Given to other schools, or handed on to its successor.
    pub given: Credits,
    /// Corrected by hand; below zero where more was taken than added.
    pub adjusted: Credits,
    /// Carried in from the year before.
    pub carried_in: Credits,
    /// Carried over to the next year.
    pub carried_over: Credits,
    /// What would be refunded if everything open were cancelled on `date`, by the policy that each booking was agreed
    /// on.
    pub coming_back: Credits,
}

/// The available credits that expire first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Expiry {
    /// The last day on which they can be spent.
    pub expires_on: NaiveDate,
    /// How many credits.
    pub credits: Credits,
}

/// What is held, by the wallets that paid, and what of it would come back.
type HeldAndBack<'a> = (&'a [Share<AccountId>], Vec<Share<AccountId>>);

/// What is held for one event or commission.
#[derive(Clone, Debug, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct HeldFor {
    /// The event that they are held for.
    pub event_id: Option<EventId>,
    /// The commission that they are held for.
    pub commission_id: Option<CommissionId>,
    /// The title of the event or commission.
    pub title: Line,
    /// When the event starts; when what is next of the commission is due.
    pub starts_at: DateTime<Utc>,
    /// How many bookings they are held for; none of a commission.
    pub bookings: i64,
    /// How many credits are held.
    pub held: Credits,
    /// How much of that would be refunded.
    pub coming_back: Credits,
}

/// The wallets of a school, and what would be refunded at `at`. Reads the entries of its wallets and its open bookings.
pub async fn wallet(tx: &mut Tx, hub: HubId, school: SchoolId, at: DateTime<Utc>) -> Result<WalletView, db::Error> {
    let accounts = sql::wallet::accounts(tx, hub, school).await?;
    let mut sums: HashMap<AccountId, Sums> =
        accounts.iter().map(|row| (row.id, Sums { available: row.balance, ..Sums::default() })).collect();
    for flow in sql::wallet::flows(tx, hub, school).await? {
        sums.entry(flow.account_id).or_default().add(&flow.of);
    }
    for close in sql::wallet::closes(tx, hub, school).await? {
        sums.entry(close.account_id).or_default().closed(&close);
        sums.entry(close.next_account_id).or_default().carried_on(&close);
    }
    let holds = bookings::holds(tx, hub, school).await?;
    let support = commissions::holds(tx, hub, school, at).await?;
    let held: Vec<HeldAndBack> = holds
        .iter()
        .map(|hold| (hold.shares.as_slice(), hold.coming_back(at)))
        .chain(support.iter().map(|hold| (hold.shares.as_slice(), hold.coming_back.clone())))
        .collect();
    let own: HashSet<AccountId> = accounts.iter().map(|row| row.id).collect();
    let paid = held.iter().flat_map(|(shares, _)| *shares).map(|share| share.wallet);
    let closed = accounts.iter().filter(|row| !row.open).map(|row| row.id);
    let moved: BTreeSet<AccountId> = closed.chain(paid.filter(|wallet| !own.contains(wallet))).collect();
    let mut onward = years::onward(tx, hub, &moved.into_iter().collect::<Vec<_>>()).await?;
    for (shares, coming_back) in &held {
        for share in *shares {
            match onward.get(&share.wallet).filter(|_| !own.contains(&share.wallet)) {
                // Paid by a school whose place this one took.
                Some(_) => {
                    let heir = onward::heir(&onward, share.wallet);
                    sums.entry(heir).or_default().take_over(share.amount);
                }
                None => sums.entry(share.wallet).or_default().hold(share.amount),
            }
        }
        for share in coming_back {
            for (account, amount) in onward::redirect(&mut onward, share.wallet, share.amount).0 {
                // A refund that would lapse on its way reaches no wallet.
                if let Some(sums) = sums.get_mut(&account) {
                    sums.coming_back = sums.coming_back + amount;
                }
            }
        }
    }
    let wallets: Vec<WalletLine> = accounts
        .into_iter()
        .map(|row| WalletLine {
            account_id: row.id,
            year: row.year,
            wallet: row.wallet,
            expires_on: row.open.then(|| row.year.last_day()),
            sums: sums.get(&row.id).copied().unwrap_or_default(),
        })
        .collect();
    let total = wallets.iter().fold(Sums::default(), |total, line| total.and(&line.sums));
    Ok(WalletView { total, soonest_expiry: soonest(&wallets), wallets, held: held_for(&holds, &support, at) })
}

fn soonest(wallets: &[WalletLine]) -> Option<Expiry> {
    let mut by_day: BTreeMap<NaiveDate, Credits> = BTreeMap::new();
    for line in wallets.iter().filter(|line| line.sums.available > Credits::ZERO) {
        if let Some(day) = line.expires_on {
            let credits = by_day.entry(day).or_default();
            *credits = *credits + line.sums.available;
        }
    }
    by_day.pop_first().map(|(expires_on, credits)| Expiry { expires_on, credits })
}

fn held_for(holds: &[Hold], support: &[commissions::Hold], at: DateTime<Utc>) -> Vec<HeldFor> {
    let mut held: Vec<HeldFor> = Vec::new();
    for hold in holds {
        let back: Credits = hold.coming_back(at).iter().map(|share| share.amount).sum();
        let (event, amount) = (hold.booking.event_id, hold.booking.held);
        match held.last_mut().filter(|last| last.event_id == Some(event)) {
            Some(last) => {
                last.bookings += 1;
                (last.held, last.coming_back) = (last.held + amount, last.coming_back + back);
            }
            None => held.push(HeldFor {
                event_id: Some(event),
                commission_id: None,
                title: hold.event_title.clone(),
                starts_at: hold.timing.starts_at,
                bookings: 1,
                held: amount,
                coming_back: back,
            }),
        }
    }
    held.extend(support.iter().map(|hold| HeldFor {
        event_id: None,
        commission_id: Some(hold.id),
        title: hold.title.clone(),
        starts_at: hold.due_at,
        bookings: 0,
        held: hold.shares.iter().map(|share| share.amount).sum(),
        coming_back: hold.coming_back.iter().map(|share| share.amount).sum(),
    }));
    held
}

impl Sums {
    /// Counts what moved in wallets in the column of its source.
    pub(super) fn add(&mut self, flow: &sql::wallet::Moved) {
        let amount = if flow.side == Side::Credit { flow.amount } else { -flow.amount };
        let to = match kinds::column(flow.source_kind) {
            Column::Allocated => &mut self.allocated,
            Column::ToppedUp => &mut self.topped_up,
            Column::Earned => &mut self.earned,
            Column::Support if flow.milestone => &mut self.earned,
            Column::Adjusted => &mut self.adjusted,
            Column::ReceivedOrGiven if (flow.side == Side::Credit) != flow.reversal => &mut self.received,
            // A school that was succeeded gives everything; what it hands on of that later is counted as given too.
            Column::TakenOver if flow.side == Side::Credit => &mut self.received,
            Column::ReceivedOrGiven | Column::TakenOver => return self.given = self.given - amount,
            Column::Spent | Column::Support => return self.spent = self.spent - amount,
            Column::Elsewhere => return,
        };
        *to = *to + amount;
    }

    /// The wallet's year was closed. A later refund counts for this wallet, and went on from here.
    fn closed(&mut self, close: &sql::wallet::Close) {
        self.carried_over = self.carried_over + close.carried + close.refunds_carried;
        self.lapsed = self.lapsed + close.lapsed + close.refunds_lapsed;
        self.spent = self.spent - close.refunds_carried - close.refunds_lapsed;
    }

    /// The year before was closed, and its credits came here; its refunds do not count for this wallet.
    fn carried_on(&mut self, close: &sql::wallet::Close) {
        self.carried_in = self.carried_in + close.carried + close.refunds_carried;
        self.spent = self.spent + close.refunds_carried;
    }

    fn take_over(&mut self, amount: Credits) {
        (self.held, self.received) = (self.held + amount, self.received + amount);
    }

    fn hold(&mut self, amount: Credits) {
        (self.held, self.spent) = (self.held + amount, self.spent - amount);
    }

    fn and(self, other: &Sums) -> Sums {
        Sums {
            available: self.available + other.available,
            held: self.held + other.held,
            spent: self.spent + other.spent,
            lapsed: self.lapsed + other.lapsed,
            allocated: self.allocated + other.allocated,
            topped_up: self.topped_up + other.topped_up,
            earned: self.earned + other.earned,
            received: self.received + other.received,
            given: self.given + other.given,
            adjusted: self.adjusted + other.adjusted,
            carried_in: self.carried_in + other.carried_in,
            carried_over: self.carried_over + other.carried_over,
            coming_back: self.coming_back + other.coming_back,
        }
    }
}
