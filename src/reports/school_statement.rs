//! A school's statement: all its wallets as one account over a period, each line with what it was for and the balance
//! after it.
//!
//! The period is about the days on which lines were recorded, in London, so that the balance of a line is the one
//! before it plus its own amount, whatever business dates they have. A page costs one range of the key for each wallet
//! that moved in the period, however old the ledger is.

use chrono::{Days, NaiveDate, TimeDelta};

use super::sql;
use super::sql::statement::Wallet;
use super::statement::{StatementLine, in_words, memo_beside};
use crate::base::clock::london_midnight;
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, SchoolId};
use crate::base::year::AcademicYear;
use crate::ledger::{self, Entry, Moment, Side, TransactionKind, WalletKind};

/// The days of a statement, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first day of the period.
    pub from: NaiveDate,
    /// The last day of the period.
    pub until: NaiveDate,
}

/// A page of a school's statement.
#[derive(Clone, Debug)]
pub struct SchoolStatement {
    /// The school's balance when the period began.
    pub opening: Credits,
    /// The school's balance when the period ended, or now.
    pub closing: Credits,
    /// The lines of the page, the earliest first.
    pub lines: Vec<SchoolLine>,
}

/// One line of the statement.
#[derive(Clone, Debug)]
pub struct SchoolLine {
    /// The entry of the wallet, and what it was for.
    pub line: StatementLine,
    /// The year of the wallet.
    pub year: AcademicYear,
    /// The kind of wallet.
    pub wallet: WalletKind,
    /// Credits that came in; zero where they went out.
    pub credits_in: Credits,
    /// Credits that went out; zero where they came in.
    pub credits_out: Credits,
    /// The balance of all wallets together after the line.
    pub balance: Credits,
}

/// The position of a line: its transaction, and within that the code of its wallet.
pub type Place = (i64, String);

impl SchoolLine {
    /// The position after which the next page begins.
    pub fn place(&self) -> Place {
        (self.line.entry.sequence, self.line.entry.account.clone())
    }

    /// What it was for, as people read it: also that it came back, and what is done where its source has no words.
    pub fn in_words(&self) -> String {
        let (said, kind) = (&self.line.what_for, self.line.entry.kind);
        let back = matches!(kind, TransactionKind::BookingRefunded | TransactionKind::CommissionReturned);
        match (said.is_empty(), back) {
            (true, _) => kind.meaning().to_owned(),
            (false, true) => format!("Refund of {said}"),
            (false, false) => said.clone(),
        }
    }

    /// The memo, where what it was for does not say the same already.
    pub fn memo(&self) -> Option<&str> {
        memo_beside(&self.line.what_for, self.line.entry.memo.as_deref())
    }
}

/// A page of at most `limit` lines of a school's statement, after a line.
pub async fn school_statement(
    tx: &mut Tx,
    hub: HubId,
    school: SchoolId,
    period: Period,
    after: Option<Place>,
    limit: i64,
) -> Result<SchoolStatement, db::Error> {
    let next_day = period.until.checked_add_days(Days::new(1)).unwrap_or(period.until);
    let before = |day| Moment::At(london_midnight(day) - TimeDelta::microseconds(1));
    let begins = ledger::sequence_at(tx, hub, before(period.from)).await?;
    let ends = ledger::sequence_at(tx, hub, before(next_day)).await?;
    let wallets = sql::statement::wallets(tx, hub, school, begins, ends).await?;
    let (opening, closing) = wallets.iter().fold((Credits::ZERO, Credits::ZERO), |(opening, closing), wallet| {
        (opening + wallet.opening, closing + wallet.closing)
    });

    let (mut entries, mut balance) = (Vec::new(), Credits::ZERO);
    for wallet in &wallets {
        let mut rest = Vec::new();
        if wallet.moved {
            let after = after.as_ref().map_or(begins, |(sequence, code)| sequence - i64::from(wallet.code > *code));
            rest = ledger::entries(tx, hub, wallet.id, after, limit).await?;
            rest.retain(|entry| entry.sequence <= ends);
        }
        balance = balance + rest.first().map_or(wallet.closing, |first| first.balance_after - signed(first));
        entries.extend(rest);
    }
    entries.sort_by(|a, b| (a.sequence, &a.account).cmp(&(b.sequence, &b.account)));
    entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));

    let lines = in_words(tx, hub, entries).await?.into_iter().filter_map(|line| {
        let wallet = wallets.iter().find(|wallet| wallet.id == line.entry.account_id)?;
        balance = balance + signed(&line.entry);
        Some(wallet.line(line, balance))
    });
    Ok(SchoolStatement { opening, closing, lines: lines.collect() })
}

/// By how much the entry changes the wallet's balance.
fn signed(entry: &Entry) -> Credits {
    if entry.side == Side::Credit { entry.amount } else { -entry.amount }
}

impl Wallet {
    fn line(&self, line: StatementLine, balance: Credits) -> SchoolLine {
        let (side, amount) = (line.entry.side, line.entry.amount);
        let (credits_in, credits_out) = match side {
            Side::Credit => (amount, Credits::ZERO),
            Side::Debit => (Credits::ZERO, amount),
        };
        SchoolLine { line, year: self.year, wallet: self.wallet, credits_in, credits_out, balance }
    }
}
