//! Everything the reports know about each kind of source in the ledger, and the one place to add a new kind: what its
//! records prove, what decided its postings, what a statement calls them, and where a wallet counts them.
//!
//! What of it holds a year open, what of it a successor takes over and how it is undone is known further down the house, to
//! what acts on it, and is asked for there by the compiler in the same way: `lifecycle::year_close::HoldKind`,
//! `lifecycle::succession`, and the match over the kinds of transaction in `lifecycle::reversals`.

use uuid::Uuid;

use super::sql;
use crate::base::db::{Result, Tx};
use crate::base::ids::{
    AdjustmentId, AllocationId, EventId, HubId, PaymentId, SuccessionId, TopUpId, TransactionId, TransferId,
    YearCloseId,
};
use crate::base::seal::Hash;
use crate::booking::bookings;
use crate::credits::{adjustments, allocation, settlements, top_ups, transfers};
use crate::ledger::{Difference, SourceKind};
use crate::lifecycle::{succession, year_close};
use crate::support::commissions;

/// The column of a school's wallet in which postings of a source are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// Allocated by the hub.
    Allocated,
    /// Bought as top-ups.
    ToppedUp,
    /// Earned by the school's own events.
    Earned,
    /// Received from another school, or given to one; a reversal is deducted where the gift was counted.
    ReceivedOrGiven,
    /// Taken over with a school whose place this one took, or handed on to its successor.
    TakenOver,
    /// Corrected by hand.
    Adjusted,
    /// Spent on places; what is still held is deducted elsewhere.
    Spent,
    /// Spent on support, or earned by it; what is still held is deducted elsewhere.
    Support,
    /// Not here: its own records say more than its postings, or it moves no school's credits.
    Elsewhere,
}

/// What must be known of a kind of source.
trait Kind {
    /// The column in which a wallet counts it.
    const COLUMN: Column;

    /// The first difference, in either direction, between its records and what the ledger posted for them.
    async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>>;

    /// The digest of what decided its postings, from its record as it is now; none where there is no record, or where
    /// the hub's changes have it. The transaction is given for sources that post more than once.
    async fn grounds(tx: &mut Tx, hub: HubId, of: (Uuid, TransactionId)) -> Result<Option<Hash>>;

    /// What a statement calls each of these sources.
    async fn words(tx: &mut Tx, hub: HubId, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>>;
}

/// Runs an expression with the implementation of a kind of source.
macro_rules! of_kind {
    ($kind:expr, $of:ident => $done:expr) => {
        match $kind {
            SourceKind::Allocation => {
                type $of = Allocation;
                $done
            }
            SourceKind::Booking => {
                type $of = Booking;
                $done
            }
            SourceKind::Event => {
                type $of = Event;
                $done
            }
            SourceKind::TopUp => {
                type $of = TopUp;
                $done
            }
            SourceKind::Transfer => {
                type $of = Transfer;
                $done
            }
            SourceKind::Adjustment => {
                type $of = Adjustment;
                $done
            }
            SourceKind::Settlement => {
                type $of = Settlement;
                $done
            }
            SourceKind::YearClose => {
                type $of = YearClose;
                $done
            }
            SourceKind::Succession => {
                type $of = Succession;
                $done
            }
            SourceKind::Commission => {
                type $of = Commission;
                $done
            }
        }
    };
}

/// The column in which a wallet counts postings of this kind of source.
pub(super) fn column(kind: SourceKind) -> Column {
    of_kind!(kind, Of => Of::COLUMN)
}

/// The first difference: every transaction must have its record, and every record its transaction.
pub(super) async fn verify_all(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    for kind in SourceKind::ALL {
        let found = of_kind!(*kind, Of => Of::verify(tx, hub).await)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The digest of what decided the postings of a source, from its record as it is now.
pub(super) async fn grounds(
    tx: &mut Tx,
    hub: HubId,
    kind: SourceKind,
    of: (Uuid, TransactionId),
) -> Result<Option<Hash>> {
    of_kind!(kind, Of => Of::grounds(tx, hub, of).await)
}

/// What a statement calls these sources, all of one kind. One statement.
pub(super) async fn words(tx: &mut Tx, hub: HubId, kind: SourceKind, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    of_kind!(kind, Of => Of::words(tx, hub, ids).await)
}

struct Allocation;

impl Kind for Allocation {
    const COLUMN: Column = Column::Allocated;

    async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
        allocation::verify(tx, hub).await
    }

    async fn grounds(tx: &mut Tx, hub: HubId, (id, _): (Uuid, TransactionId)) -> Result<Option<Hash>> {
        allocation::grounds(tx, hub, AllocationId(id)).await
    }

    async fn words(tx: &mut Tx, hub: HubId, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
        let words = |(id, year, corrects)| {
            let what = if corrects { "Correction of the allocation" } else { "Allocation" };
            (id, format!("{what} for {year}"))
        };
        Ok(sql::years_of_allocations(tx, hub, ids).await?.into_iter().map(words).collect())
    }
}

struct Booking;

impl Kind for Booking {
    const COLUMN: Column = Column::Spent;

    async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
        bookings::verify_paid(tx, hub).await
    }

    /// The record keeps changing: the hub's changes have what decided (`super::feed`).
    async fn grounds(_: &mut Tx, _: HubId, _: (Uuid, TransactionId)) -> Result<Option<Hash>> {
        Ok(None)
    }

    async fn words(tx: &mut Tx, hub: HubId, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
        let words = |(id, event, delegate)| (id, format!("{event}: {delegate}"));
        Ok(sql::bookings_in_words(tx, hub, ids).await?.into_iter().map(words).collect())
    }
}

struct Event;

impl Kind for Event {
    const COLUMN: Column = Column::Earned;

    async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
        bookings::verify_settled(tx, hub).await
    }

    async fn grounds(tx: &mut Tx, hub: HubId, (id, _): (Uuid, TransactionId)) -> Result<Option<Hash>> {
        bookings::settled_on(tx, hub, EventId(id)).await
    }

    async fn words(tx: &mut Tx, hub: HubId, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
        let words = |(id, event)| (id, format!("{event}: its provider"));
        Ok(sql::titles_of_events(tx, hub, ids).await?.into_iter().map(words).collect())
    }
}

struct TopUp;

impl Kind for TopUp {
    const COLUMN: Column = Column::ToppedUp;

    async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
        top_ups::verify(tx, hub).await
    }

    async fn grounds(tx: &mut Tx, hub: HubId, (id, _): (Uuid, TransactionId)) -> Result<Option<Hash>> {
        Ok(top_ups::get(tx, hub, TopUpId(id)).await?.map(|top_up| top_up.grounds()))
    }

    async fn words(tx: &mut Tx, hub: HubId, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
        let words = |(id, invoice)| (id, format!("Credits bought, invoice {invoice}"));
        Ok(sql::invoices_of_top_ups(tx, hub, ids).await?.into_iter().map(words).collect())
    }
}

struct Transfer;

impl Kind for Transfer {
    const COLUMN: Column = Column::ReceivedOrGiven;

    async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
        transfers::verify(tx, hub).await
    }

    async fn grounds(tx: &mut Tx, hub: HubId, (id, _): (Uuid, TransactionId)) -> Result<Option<Hash>> {
        Ok(transfers::get(tx, hub, TransferId(id)).await?.map(|transfer| transfer.grounds()))
    }

    async fn words(tx: &mut Tx, hub: HubId, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
        let words = |(id, from, to)| (id, format!("Gift from {from} to {to}"));
        Ok(sql::schools_of_transfers(tx, hub, ids).await?.into_iter().map(words).collect())
    }
}

struct Adjustment;

impl Kind for Adjustment {
    const COLUMN: Column = Column::Adjusted;

    async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
        adjustments::verify(tx, hub).await
    }

    async fn grounds(tx: &mut Tx, hub: HubId, (id, _): (Uuid, TransactionId)) -> Result<Option<Hash>> {
        Ok(adjustments::get(tx, hub, AdjustmentId(id)).await?.map(|adjustment| adjustment.grounds()))
    }

    async fn words(tx: &mut Tx, hub: HubId, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
        let words = |(id, reason)| (id, format!("Correction: {reason}"));
        Ok(sql::reasons_of_adjustments(tx, hub, ids).await?.into_iter().map(words).collect())
    }
}

struct Settlement;

impl Kind for Settlement {
    /// Partners are paid, not schools.
    const COLUMN: Column = Column::Elsewhere;

    async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
        settlements::verify(tx, hub).await
    }

    async fn grounds(tx: &mut Tx, hub: HubId, (id, _): (Uuid, TransactionId)) -> Result<Option<Hash>> {
        settlements::grounds(tx, hub, PaymentId(id)).await
    }

    async fn words(tx: &mut Tx, hub: HubId, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
        settlements::in_words(tx, hub, ids).await
    }
}

struct YearClose;

impl Kind for YearClose {
    /// The closes say more than their postings: how much was carried, and how much lapsed.
    const COLUMN: Column = Column::Elsewhere;

    async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
        year_close::verify(tx, hub).await
    }

    async fn grounds(tx: &mut Tx, hub: HubId, (id, _): (Uuid, TransactionId)) -> Result<Option<Hash>> {
        year_close::grounds(tx, hub, YearCloseId(id)).await
    }

    async fn words(tx: &mut Tx, hub: HubId, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
        let words = |(id, year)| (id, format!("Close of the year {year}"));
        Ok(sql::years_of_closes(tx, hub, ids).await?.into_iter().map(words).collect())
    }
}

struct Succession;

impl Kind for Succession {
    const COLUMN: Column = Column::TakenOver;

    async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
        succession::verify(tx, hub).await
    }

    async fn grounds(tx: &mut Tx, hub: HubId, (id, _): (Uuid, TransactionId)) -> Result<Option<Hash>> {
        Ok(succession::get(tx, hub, SuccessionId(id)).await?.map(|succession| succession.grounds()))
    }

    async fn words(tx: &mut Tx, hub: HubId, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
        let words = |(id, school, heir)| (id, format!("{school}: {heir} takes its place"));
        Ok(sql::successions_in_words(tx, hub, ids).await?.into_iter().map(words).collect())
    }
}

struct Commission;

impl Kind for Commission {
    const COLUMN: Column = Column::Support;

    async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
        commissions::verify(tx, hub).await
    }

    async fn grounds(tx: &mut Tx, hub: HubId, (_, transaction): (Uuid, TransactionId)) -> Result<Option<Hash>> {
        commissions::grounds(tx, hub, transaction).await
    }

    async fn words(tx: &mut Tx, hub: HubId, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
        let words = |(id, title)| (id, format!("Support: {title}"));
        Ok(commissions::in_words(tx, hub, ids).await?.into_iter().map(words).collect())
    }
}
