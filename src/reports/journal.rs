//! The journal as a person looks through it: the newest first, or the oldest, with what each transaction was for, and how much it moved.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::statement::{said, words_of};
use crate::base::clock::london_midnight;
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::{AccountId, HubId};
use crate::base::text::{Line, fold};
use crate::ledger::{self, Moment, Stretch, Transaction, TransactionKind};

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    /// Come from this allocation, booking and so on.
    pub source: Option<Uuid>,
    /// In what it was for, or in its memo; found whatever its capitals and accents.
    pub text: Option<Line>,
    /// Of this kind.
    pub kind: Option<TransactionKind>,
    /// Posted to this account.
    pub account: Option<AccountId>,
    /// Recorded on this day in London or later.
    pub from: Option<NaiveDate>,
    /// Recorded on this day in London or earlier.
    pub until: Option<NaiveDate>,
    /// From the first on, and not from the last back.
    pub oldest_first: bool,
}

impl Sought {
    /// Whether anything is looked for but what came from one source.
    pub fn narrows(&self) -> bool {
        let Sought { source: _, text, kind, account, from, until, oldest_first: _ } = self;
        text.is_some() || kind.is_some() || account.is_some() || from.is_some() || until.is_some()
    }
}

/// A transaction in words.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The transaction.
    pub transaction: Transaction,
    /// What it was for.
    pub what_for: String,
    /// How much it moved: the sum of its debits.
    pub amount: Credits,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The transactions, in the order that was asked for.
    pub rows: Vec<Posted>,
    /// The sequence beyond which there may be more; none where all was looked through.
    pub more_beyond: Option<i64>,
}

/// How many transactions are read at once, and how often: so that no search takes long, however rare what is looked for.
const AT_ONCE: i64 = 250;
const ROUNDS: usize = 8;

/// Looks through the journal beyond the transaction of this sequence, or from where its order begins. At most `limit` are
/// found, and what is looked through is bounded.
pub async fn journal(
    tx: &mut Tx,
    hub: HubId,
    sought: &Sought,
    beyond: Option<i64>,
    limit: usize,
) -> Result<Found, db::Error> {
    let mut after = match sought.from {
        Some(from) => last_before(tx, hub, london_midnight(from)).await?,
        None => 0,
    };
    let mut before = match sought.until.and_then(|until| until.succ_opt()) {
        Some(next) => last_before(tx, hub, london_midnight(next)).await?.saturating_add(1),
        None => i64::MAX,
    };
    match beyond {
        Some(beyond) if sought.oldest_first => after = after.max(beyond),
        Some(beyond) => before = before.min(beyond),
        None => {}
    }
    let mut found = Found::default();
    for _ in 0..ROUNDS {
        let stretch = Stretch { account: sought.account, after, before, oldest_first: sought.oldest_first };
        let rows = ledger::stretch(tx, hub, stretch, AT_ONCE).await?;
        let last = rows.last().map(|row| row.sequence);
        let whole = i64::try_from(rows.len()).is_ok_and(|rows| rows < AT_ONCE);
        let words = words_of(tx, hub, rows.iter().map(|row| (row.source_kind, row.source_id))).await?;
        for transaction in rows {
            let what_for = said(transaction.kind, words.get(&transaction.source_id));
            let said = || format!("{what_for}\n{}", transaction.memo.as_deref().unwrap_or_default());
            let fits = sought.kind.is_none_or(|kind| kind == transaction.kind)
                && sought.source.is_none_or(|source| source == transaction.source_id)
                && sought.text.as_ref().is_none_or(|text| fold::finds(text.as_str(), &said()));
            if !fits {
                continue;
            }
            if found.rows.len() == limit {
                found.more_beyond = found.rows.last().map(|row| row.transaction.sequence);
                return with_amounts(tx, hub, found).await;
            }
            found.rows.push(Posted { transaction, what_for, amount: Credits::ZERO });
        }
        match last {
            Some(last) if !whole => {
                *(if sought.oldest_first { &mut after } else { &mut before }) = last;
                found.more_beyond = Some(last);
            }
            _ => {
                found.more_beyond = None;
                break;
            }
        }
    }
    with_amounts(tx, hub, found).await
}

async fn with_amounts(tx: &mut Tx, hub: HubId, mut found: Found) -> Result<Found, db::Error> {
    let sequences: Vec<i64> = found.rows.iter().map(|row| row.transaction.sequence).collect();
    let amounts: HashMap<i64, Credits> = ledger::amounts(tx, hub, &sequences).await?.into_iter().collect();
    for row in &mut found.rows {
        row.amount = amounts.get(&row.transaction.sequence).copied().unwrap_or(Credits::ZERO);
    }
    Ok(found)
}

/// What a transaction was for, in words.
pub async fn what_for(tx: &mut Tx, hub: HubId, transaction: &Transaction) -> Result<String, db::Error> {
    let source = (transaction.source_kind, transaction.source_id);
    let words = words_of(tx, hub, std::iter::once(source)).await?;
    Ok(said(transaction.kind, words.get(&transaction.source_id)))
}

/// The sequence of the last transaction before an instant.
async fn last_before(tx: &mut Tx, hub: HubId, instant: DateTime<Utc>) -> Result<i64, db::Error> {
    ledger::sequence_at(tx, hub, Moment::At(instant - TimeDelta::microseconds(1))).await
}
