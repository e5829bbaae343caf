//! Writes what was decided, together, however many bookings there are.

use std::collections::HashMap;

use uuid::Uuid;

use super::decide::{Direction, Movement, State};
use super::{Booking, Error, sql};
use crate::clock::london_date;
use crate::credits::Credits;
use crate::db::Writes;
use crate::idempotency::{self, Keyed, Stored};
use crate::ids::{AccountId, EventId};
use crate::ledger::{self, AccountName, Journal, Posting, Source, SourceKind, TransactionKind};
use crate::notices;

/// Writes the changes of `state`, and with them the answers that were given to keys.
pub(super) async fn write(journal: &mut Journal, state: &State, answers: &[(&Keyed, &Stored)]) -> Result<(), Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let new: Vec<&Booking> = state.new.iter().filter_map(|id| state.bookings.get(id)).collect();
    let changed: Vec<&Booking> =
        state.changed.iter().filter(|id| !state.new.contains(id)).filter_map(|id| state.bookings.get(id)).collect();
    let counters: Vec<sql::Counters> = state
        .touched
        .iter()
        .filter_map(|id| {
            state.events.get(id).map(|event| sql::Counters {
                id: *id,
                held: event.held,
                waiting: event.waiting,
                line: event.line,
            })
        })
        .collect();
    // First: a booking that ended makes room for a new one of the same person.
    sql::update_bookings(journal.tx(), hub, &changed).await?;
    notices::tell(journal, &state.notices).await?;

    let mut writes = Writes::default();
    sql::update_events(journal.tx(), &mut writes, hub, &counters);
    sql::insert_bookings(journal.tx(), &mut writes, hub, &new);
    idempotency::remember(journal.tx(), &mut writes, answers, now);
    let postings = postings(journal, &state.movements).await?;
    ledger::enter(journal, &postings, &mut writes).await?;
    journal.tx().together(writes).await?;
    Ok(())
}

async fn postings(journal: &mut Journal, movements: &[Movement]) -> Result<Vec<Posting>, Error> {
    let mut events: Vec<EventId> = movements.iter().map(|movement| movement.event).collect();
    events.sort_unstable();
    events.dedup();
    let names: Vec<AccountName> = events.iter().map(|event| AccountName::EventEscrow(*event)).collect();
    let accounts = if names.is_empty() { Vec::new() } else { ledger::open_accounts(journal, &names).await? };
    let escrows: HashMap<EventId, AccountId> = events.into_iter().zip(accounts).collect();
    let today = london_date(journal.now());
    movements
        .iter()
        .map(|movement| {
            let escrow = escrows.get(&movement.event).copied().unwrap_or(AccountId(Uuid::nil()));
            let total: Credits = movement.shares.iter().map(|share| share.amount).sum();
            let wallets = movement.shares.iter().map(|share| (share.wallet, share.amount));
            let source = Source { kind: SourceKind::Booking, id: movement.booking.0 };
            let posting = match &movement.direction {
                Direction::Paid => {
                    Posting::new(TransactionKind::BookingPaid, source, today, wallets, [(escrow, total)])
                }
                Direction::Refunded => {
                    Posting::new(TransactionKind::BookingRefunded, source, today, [(escrow, total)], wallets)
                }
                Direction::Waived(reason) => {
                    Posting::new(TransactionKind::BookingWaived, source, today, [(escrow, total)], wallets)
                        .map(|posting| posting.with_memo(reason.as_str()))
                }
            };
            Ok(posting?.by(movement.actor))
        })
        .collect()
}
