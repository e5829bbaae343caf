//! Verifies the hub's changes along their chain: each seals the one before it, the journal seals the last before each
//! of its commits, and what a change seals of a booking matches the booking's record and posting.

use uuid::Uuid;

use crate::base::db::{Result, Tx};
use crate::base::ids::{BookingId, HubId, TransactionId};
use crate::booking::bookings::{self, Seal};
use crate::ledger::changes::{Data, Row, Walk, Wrong};
use crate::ledger::{self, Difference, GENESIS, SealedChanges};

/// What was counted on the walk along the chain.
#[derive(Default)]
struct Met {
    /// How many bookings were last sealed by a change that was passed.
    bookings: i64,
    /// How many transactions state the same digest as their change.
    transactions: i64,
}

/// The first difference, if there is any. Memory holds a page, however long the chain is.
pub(super) async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let (mut walk, mut sealed, mut met) = (Walk::new(hub), SealedChanges::new(hub), Met::default());
    sealed.pass(tx, &GENESIS).await?;
    let mut last = GENESIS.to_vec();
    loop {
        let page = match walk.next(tx).await? {
            Ok(page) => page,
            Err(Wrong { what, subject, expected, found }) => {
                return Ok(Some(Difference::new(what, None, subject, expected, found)));
            }
        };
        if page.is_empty() {
            break;
        }
        for row in &page {
            sealed.pass(tx, &row.hash).await?;
            last.clone_from(&row.hash);
        }
        let found = match of_bookings(tx, hub, &page, &mut met).await? {
            None => of_transactions(tx, hub, &page, &mut met).await?,
            found => found,
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    match sealed.left(tx, &last).await? {
        None => counted(tx, hub, met).await,
        found => Ok(found),
    }
}

/// A booking must match the change that it says sealed it last, and no later change may be about it.
async fn of_bookings(tx: &mut Tx, hub: HubId, page: &[Row], met: &mut Met) -> Result<Option<Difference>> {
    let of = |row: &Row| {
        let id: Uuid = row.grounds.as_ref().and_then(|_| row.subject_id.parse().ok())?;
        Some(BookingId(id))
    };
    let mut ids: Vec<BookingId> = page.iter().filter_map(of).collect();
    ids.sort_unstable();
    ids.dedup();
    let seals = match seals(tx, hub, &ids).await? {
        Ok(seals) => seals,
        Err(difference) => return Ok(Some(difference)),
    };
    for row in page {
        let Some(id) = of(row) else { continue };
        let wrong = |expected: &dyn ToString, found: &dyn ToString| {
            let what = "a booking is not the one that the hub's changes sealed";
            Some(Difference::new(what, None, Some(format!("booking {id}")), expected.to_string(), found.to_string()))
        };
        let at = seals.binary_search_by_key(&id, |seal| seal.id).ok();
        let Some(seal) = at.and_then(|at| seals.get(at)) else {
            return Ok(wrong(&"a booking", &"none"));
        };
        let sealed_by = seal.sealed_by.unwrap_or_default();
        if sealed_by < row.sequence {
            return Ok(wrong(&format!("as change {} left it", row.sequence), &format!("as change {sealed_by} did")));
        }
        if sealed_by == row.sequence {
            let grounds = row.grounds.as_deref().unwrap_or_default();
            if grounds != seal.grounds {
                return Ok(wrong(&hex::encode(grounds), &hex::encode(seal.grounds)));
            }
            met.bookings += 1;
        }
    }
    Ok(None)
}

/// The bookings in the order of their ids; or the one that can't be read.
async fn seals(tx: &mut Tx, hub: HubId, ids: &[BookingId]) -> Result<std::result::Result<Vec<Seal>, Difference>> {
    match bookings::sealed(tx, hub, ids).await {
        Err(error) if error.is_unreadable() => {}
        seals => {
            let mut seals = seals?;
            seals.sort_unstable_by_key(|seal| seal.id);
            return Ok(Ok(seals));
        }
    }
    for id in ids {
        match bookings::sealed(tx, hub, &[*id]).await {
            Err(error) if error.is_unreadable() => return Ok(Err(unreadable(Some(format!("booking {id}")), &error))),
            one => drop(one?),
        }
    }
    Ok(Ok(Vec::new()))
}

/// The difference that an unreadable row is.
pub(super) fn unreadable(subject: Option<String>, error: &crate::base::db::Error) -> Difference {
    Difference::new("a row holds what its column can't", None, subject, "a value of the column's type", error)
}

/// A booking's transaction must state the same digest as the change that names it.
async fn of_transactions(tx: &mut Tx, hub: HubId, page: &[Row], met: &mut Met) -> Result<Option<Difference>> {
    let mut named: Vec<(TransactionId, &Row)> = Vec::new();
    for row in page.iter().filter(|row| row.grounds.is_some()) {
        let data = Data::parse(&row.data).unwrap_or_default();
        named.extend(data.transaction_id.map(|transaction| (transaction, row)));
    }
    let ids: Vec<TransactionId> = named.iter().map(|(id, _)| *id).collect();
    let mut found = ledger::grounds(tx, hub, &ids).await?;
    found.sort_unstable_by_key(|(id, _)| *id);
    for (id, row) in named {
        let at = found.binary_search_by_key(&id, |(id, _)| *id).ok().and_then(|at| found.get(at));
        let grounds = at.and_then(|(_, grounds)| grounds.as_deref());
        if grounds != row.grounds.as_deref() {
            let said = |grounds: Option<&[u8]>| grounds.map_or("none".to_owned(), hex::encode);
            let what = "a transaction was decided by something else than its change says";
            let (expected, found) = (said(row.grounds.as_deref()), said(grounds));
            return Ok(Some(Difference::new(what, None, Some(format!("transaction {id}")), expected, found)));
        }
        met.transactions += 1;
    }
    Ok(None)
}

/// No booking may name any other change as its seal, and no transaction of a booking may be without its change.
async fn counted(tx: &mut Tx, hub: HubId, met: Met) -> Result<Option<Difference>> {
    let bookings = bookings::count_sealed(tx, hub).await?;
    if bookings != met.bookings {
        let what = "the bookings of the hub are not those that its changes sealed";
        return Ok(Some(Difference::new(what, None, None, met.bookings, bookings)));
    }
    let transactions = ledger::grounded_bookings(tx, hub).await?;
    let what = "the transactions of bookings are not those that the changes name";
    let differ = transactions != met.transactions;
    Ok(differ.then(|| Difference::new(what, None, None, met.transactions, transactions)))
}
