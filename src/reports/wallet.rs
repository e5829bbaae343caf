//! A school's credits as its lead asks for them: what may be spent, what is held and for what, what became of the
//! rest, and what would come back where everything open were cancelled. One consistent read.
//!
//! Of each wallet, and so of all of them: allocated + topped up + earned + received + adjusted + carried in
//! = available + held + spent + given + lapsed + carried over.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::sql;
use crate::bookings::{self, Hold};
use crate::credits::Credits;
use crate::db::{self, Tx};
use crate::ids::{AccountId, EventId, HubId, SchoolId};
use crate::ledger::{Side, SourceKind, WalletKind};
use crate::text::Line;
use crate::year::AcademicYear;
use crate::years::{self, onward};

/// See the head of the module.
#[derive(Clone, Debug, PartialEq)]
pub struct WalletView {
    /// Each wallet, by academic year, and within one in the order in which they are drawn on for its events.
    pub wallets: Vec<WalletLine>,
    /// All of them together.
    pub total: Sums,
    /// What may be spent and expires first.
    pub soonest_expiry: Option<Expiry>,
    /// What is held, by what it is held for, the earliest first.
    pub held: Vec<HeldFor>,
}

/// One wallet.
#[derive(Clone, Debug, PartialEq)]
pub struct WalletLine {
    /// The wallet's account.
    pub account: AccountId,
    /// Its academic year.
    pub year: AcademicYear,
    /// Its kind.
    pub wallet: WalletKind,
    /// The last day on which it may be spent; none where its year is closed.
    pub expires_on: Option<NaiveDate>,
    /// What there is to say of its credits.
    pub sums: Sums,
}

/// What became of credits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// To be spent.
    pub available: Credits,
    /// With events that are to come, for live bookings.
    pub held: Credits,
    /// Paid for places and not given back.
    pub spent: Credits,
    /// Lapsed at the close of the year.
    pub lapsed: Credits,
    /// From allocations, less what was taken back.
    pub allocated: Credits,
    /// Bought.
    pub topped_up: Credits,
    /// Earned by giving support.
    pub earned: Credits,
    /// Given by other schools, and taken over from those whose place it took, with what their bookings hold.
    pub received: Credits,
    /// Given to other schools, or gone to the one that took its place.
    pub given: Credits,
    /// Corrected by hand; below zero where more was taken than added.
    pub adjusted: Credits,
    /// From the year before.
    pub carried_in: Credits,
    /// To the year after.
    pub carried_over: Credits,
    /// What would come back where everything open were cancelled on the day that was asked for.
    pub coming_back: Credits,
}

/// What expires, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// The last day on which it may be spent.
    pub expires_on: NaiveDate,
    /// How much.
    pub credits: Credits,
}

/// What is held for one event.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldFor {
    /// The event.
    pub event: EventId,
    /// Its title.
    pub title: Line,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// For how many live bookings.
    pub bookings: i64,
    /// How much.
    pub held: Credits,
    /// What of it would come back.
    pub coming_back: Credits,
}

/// The wallets of a school, and what would come back at `at`. Reads the entries of its wallets and its open bookings.
pub async fn wallet(tx: &mut Tx, hub: HubId, school: SchoolId, at: DateTime<Utc>) -> Result<WalletView, db::Error> {
    let accounts = sql::wallet::accounts(tx, hub, school).await?;
    let mut sums: HashMap<AccountId, Sums> =
        accounts.iter().map(|row| (row.id, Sums { available: row.balance, ..Sums::default() })).collect();
    for flow in sql::wallet::flows(tx, hub, school).await? {
        sums.entry(flow.account_id).or_default().add(&flow);
    }
    for close in sql::wallet::closes(tx, hub, school).await? {
        sums.entry(close.account_id).or_default().closed(&close);
        sums.entry(close.next_account_id).or_default().carried_on(&close);
    }
    let holds = bookings::holds(tx, hub, school).await?;
    let own: HashSet<AccountId> = accounts.iter().map(|row| row.id).collect();
    let paid = holds.iter().flat_map(|hold| &hold.shares).map(|share| share.wallet);
    let closed = accounts.iter().filter(|row| !row.open).map(|row| row.id);
    let moved: BTreeSet<AccountId> = closed.chain(paid.filter(|wallet| !own.contains(wallet))).collect();
    let mut onward = years::onward(tx, hub, &moved.into_iter().collect::<Vec<_>>()).await?;
    for hold in &holds {
        for share in &hold.shares {
            match onward.get(&share.wallet).filter(|_| !own.contains(&share.wallet)) {
                // Paid by a school whose place this one took.
                Some(_) => {
                    let heir = onward::heir(&onward, share.wallet);
                    sums.entry(heir).or_default().take_over(share.amount);
                }
                None => sums.entry(share.wallet).or_default().hold(share.amount),
            }
        }
        for share in hold.coming_back(at) {
            for (account, amount) in onward::redirect(&mut onward, share.wallet, share.amount).0 {
                // What would lapse on its way back comes to no wallet.
                if let Some(sums) = sums.get_mut(&account) {
                    sums.coming_back = sums.coming_back + amount;
                }
            }
        }
    }
    let wallets: Vec<WalletLine> = accounts
        .into_iter()
        .map(|row| WalletLine {
            account: row.id,
            year: row.year,
            wallet: row.wallet,
            expires_on: row.open.then(|| row.year.last_day()),
            sums: sums.get(&row.id).copied().unwrap_or_default(),
        })
        .collect();
    let total = wallets.iter().fold(Sums::default(), |total, line| total.and(&line.sums));
    Ok(WalletView { total, soonest_expiry: soonest(&wallets), wallets, held: held_for(&holds, at) })
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

fn held_for(holds: &[Hold], at: DateTime<Utc>) -> Vec<HeldFor> {
    let mut held: Vec<HeldFor> = Vec::new();
    for hold in holds {
        let back: Credits = hold.coming_back(at).iter().map(|share| share.amount).sum();
        let (event, amount) = (hold.booking.event_id, hold.booking.held);
        match held.last_mut().filter(|last| last.event == event) {
            Some(last) => {
                last.bookings += 1;
                (last.held, last.coming_back) = (last.held + amount, last.coming_back + back);
            }
            None => held.push(HeldFor {
                event,
                title: hold.event_title.clone(),
                starts_at: hold.timing.starts_at,
                bookings: 1,
                held: amount,
                coming_back: back,
            }),
        }
    }
    held
}

impl Sums {
    fn add(&mut self, flow: &sql::wallet::Flow) {
        let amount = if flow.side == Side::Credit { flow.amount } else { -flow.amount };
        let to = match flow.source_kind {
            SourceKind::Allocation => &mut self.allocated,
            SourceKind::TopUp => &mut self.topped_up,
            SourceKind::Event => &mut self.earned,
            // What is undone is taken off where it was counted.
            SourceKind::Transfer if (flow.side == Side::Credit) != flow.reversal => &mut self.received,
            SourceKind::Transfer => return self.given = self.given - amount,
            // A school whose place another took gives it all; what one hands on that came to it so is given too.
            SourceKind::Succession if flow.side == Side::Credit => &mut self.received,
            SourceKind::Succession => return self.given = self.given - amount,
            SourceKind::Adjustment => &mut self.adjusted,
            // What is still held is taken off below.
            SourceKind::Booking => return self.spent = self.spent - amount,
            // The closes say more than their postings: what was carried, and what lapsed.
            SourceKind::YearClose => return,
            // Partners are paid, not schools.
            SourceKind::Settlement => return,
        };
        *to = *to + amount;
    }

    /// The wallet's year was closed. A refund that came later was one to this wallet, and went on from here.
    fn closed(&mut self, close: &sql::wallet::Close) {
        self.carried_over = self.carried_over + close.carried + close.refunds_carried;
        self.lapsed = self.lapsed + close.lapsed + close.refunds_lapsed;
        self.spent = self.spent - close.refunds_carried - close.refunds_lapsed;
    }

    /// The year before was closed, and this is where its credits went; its refunds were none to this wallet.
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
