//! Writes what was decided, all together, however many bookings there are.

use std::collections::{BTreeSet, HashMap};

use super::cancellation::Share;
use super::decide::{Direction, Event, Movement, Payee, Posted, SUBSIDY, Settled, State};
use super::{Booking, Error, sql};
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::db::Writes;
use crate::base::ids::{AccountId, BookingId, EventId, TransactionId};
use crate::base::year::AcademicYear;
use crate::ledger::idempotency::{self, Keyed, Stored};
use crate::ledger::{self, AccountName, Journal, Posting, Source, SourceKind, TransactionKind};
use crate::members::years::{self, onward::Followed};
use crate::messages::notices;
use crate::programme::tickets::{self, Ticket};

/// Writes the changes of `state`, and with them the answers given for idempotency keys.
pub(super) async fn write(journal: &mut Journal, state: &State, answers: &[(&Keyed, &Stored)]) -> Result<(), Error> {
    if let Some(what) = state.impossible {
        return Err(Error::Impossible(what));
    }
    let (hub, now) = (journal.hub(), journal.now());
    let first = journal.next_change();
    let sealed = sealed_by(state, first);
    let with_seal = |id: &BookingId| {
        let sealed_by = sealed.get(id).copied().ok_or(Error::Impossible("a booking was changed and nothing noted"))?;
        let booking = state.bookings.get(id).ok_or(Error::Impossible("a booking was changed that was not loaded"))?;
        Ok((booking, sealed_by))
    };
    let new: Vec<(&Booking, i64)> = state.new.iter().map(with_seal).collect::<Result<_, Error>>()?;
    let changed = state.changed.iter().filter(|id| !state.new.contains(id));
    let changed: Vec<(&Booking, i64)> = changed.map(with_seal).collect::<Result<_, Error>>()?;
    // Before the new ones: a booking that ended makes room for a new one of the same person. And before the changed
    // ones where one is handed on: its person may come from another of them.
    if !state.handed.is_empty() && changed.len() > 1 {
        sql::let_go(journal.tx(), hub, &changed).await?.any();
    }
    sql::update_bookings(journal.tx(), hub, &changed, now).await?.exactly(changed.len())?;
    let used: Vec<&Ticket> = state.changed_tickets.iter().filter_map(|id| state.tickets.get(id)).collect();
    tickets::record(journal.tx(), hub, &used).await?;

    let mut writes = Writes::default();
    notices::tell_with(journal, &mut writes, &state.notices);
    sql::whole::update_events(journal.tx(), &mut writes, hub, &counters(state));
    let new: Vec<(&Booking, Option<i64>)> = new.into_iter().map(|(booking, by)| (booking, Some(by))).collect();
    sql::insert_bookings(journal.tx(), &mut writes, hub, &new);
    sql::handed_on::insert(journal.tx(), &mut writes, hub, &state.handed, now);
    sql::reasons::insert(journal.tx(), &mut writes, hub, &state.declined);
    idempotency::remember(journal.tx(), &mut writes, answers, now);
    let mut all = settlements(journal, &state.returned, false).await?;
    let returned = all.len();
    all.extend(postings(journal, state).await?);
    all.extend(settlements(journal, &state.settled, true).await?);
    let posted = ledger::enter(journal, &all, &mut writes).await?;
    if journal.next_change() != first {
        return Err(Error::Impossible("something else was said to the changes between the decisions"));
    }
    say(journal, state, &posted);
    journal.close(&mut writes);
    journal.tx().together(writes).await?;
    let movements = posted.iter().skip(returned).zip(&state.movements);
    let followed: Vec<(TransactionId, Followed)> =
        movements.flat_map(|(id, movement)| movement.followed.iter().map(move |step| (*id, *step))).collect();
    years::record_refunds(journal, &followed).await?;
    for (event, reason) in &state.called_off {
        let actor = journal.actor();
        sql::whole::call_off(journal.tx(), hub, *event, actor, reason, now).await?.exactly(1)?;
    }
    Ok(())
}

/// The counters of the events that the decisions touched.
fn counters(state: &State) -> Vec<sql::Counters> {
    let of = |event: &Event| (event.held, event.waiting, event.line);
    let touched = state.touched.iter().filter_map(|id| Some((*id, of(state.events.get(id)?))));
    touched.map(|(id, (held, waiting, line))| sql::Counters { id, held, waiting, line }).collect()
}

/// The number of the last change noted for each booking, where the first change has the number `first`.
fn sealed_by(state: &State, first: i64) -> HashMap<BookingId, i64> {
    (first..).zip(&state.changes).filter_map(|(number, noted)| Some((noted.of?, number))).collect()
}

/// Tells the journal what was done, in the order of the decisions, with the transactions of what was posted: those of
/// credits that came back from providers, those of bookings, those of providers that are paid.
fn say(journal: &mut Journal, state: &State, posted: &[TransactionId]) {
    let mut transactions = posted.iter().copied();
    let mut of = |amounts: Vec<Credits>| -> Vec<Option<(Credits, TransactionId)>> {
        let mut posted = |amount: Credits| if amount.is_zero() { None } else { Some((amount, transactions.next()?)) };
        amounts.into_iter().map(&mut posted).collect()
    };
    let returned = of(state.returned.iter().map(|settled| settled.amount).collect());
    let moved = of(state.movements.iter().map(Movement::total).collect());
    let settled = of(state.settled.iter().map(|settled| settled.amount).collect());
    for noted in &state.changes {
        let posted = match noted.by {
            None => None,
            Some(Posted::Returned(at)) => returned.get(at),
            Some(Posted::Moved(at)) => moved.get(at),
            Some(Posted::Settled(at)) => settled.get(at),
        };
        let (credits, transaction) = posted.copied().flatten().unzip();
        let change = noted.change.clone().moved(credits.unwrap_or_default(), transaction);
        let booking = noted.of.and_then(|id| state.bookings.get(&id));
        journal.changed(booking.into_iter().fold(change, |change, booking| change.sealing(booking.grounds())));
    }
}

/// Posts the credits of events to their providers, where `paid`, or from them back. An event that is paid for is
/// written as completed here, with the account that was paid.
async fn settlements(journal: &mut Journal, settled: &[Settled], paid: bool) -> Result<Vec<Posting>, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let mut postings = Vec::new();
    for Settled { event, payee, amount, actor } in settled.iter().copied() {
        let mut accounts = None;
        if !amount.is_zero() {
            let [escrow] = ledger::open_each(journal, [AccountName::EventEscrow(event)]).await?;
            let [payee] = match payee {
                Payee::Name(name) => ledger::open_each(journal, [name]).await?,
                Payee::Account(account) => [account],
            };
            accounts = Some((escrow, payee));
        }
        if paid {
            let payee = accounts.map(|(_, payee)| payee);
            sql::whole::complete(journal.tx(), hub, event, actor, payee, now).await?.exactly(1)?;
        }
        if let Some((escrow, payee)) = accounts {
            let source = Source { kind: SourceKind::Event, id: event.0 };
            let (kind, from, to) = match paid {
                true => (TransactionKind::EventSettled, escrow, payee),
                false => (TransactionKind::SettlementReturned, payee, escrow),
            };
            let grounds = sql::whole::grounds(journal.tx(), hub, event).await?;
            let grounds = grounds.ok_or(Error::Impossible("an event was settled that is not completed"))?;
            let posting = Posting::new(kind, source, london_date(now), [(from, amount)], [(to, amount)])?;
            postings.push(posting.by(actor).on(grounds));
        }
    }
    Ok(postings)
}

async fn postings(journal: &mut Journal, state: &State) -> Result<Vec<Posting>, Error> {
    let mut events: Vec<EventId> = state.movements.iter().map(|movement| movement.event).collect();
    events.sort_unstable();
    events.dedup();
    let years: BTreeSet<AcademicYear> =
        state.movements.iter().filter_map(|movement| by_ticket(state, movement)).collect();
    let mut names: Vec<AccountName> = events.iter().map(|event| AccountName::EventEscrow(*event)).collect();
    names.extend(years.iter().map(|year| AccountName::Subsidy(*year)));
    let mut accounts =
        if names.is_empty() { Vec::new() } else { ledger::open_accounts(journal, &names).await? }.into_iter();
    let escrows: HashMap<EventId, AccountId> = events.into_iter().zip(accounts.by_ref()).collect();
    let subsidies: HashMap<AcademicYear, AccountId> = years.into_iter().zip(accounts).collect();
    let today = journal.today();
    state
        .movements
        .iter()
        .map(|movement| {
            let escrow = escrows.get(&movement.event).copied().ok_or(Error::Impossible("an escrow was not opened"))?;
            let total = movement.total();
            let subsidy = by_ticket(state, movement).and_then(|year| subsidies.get(&year)).copied();
            let payer = |share: &Share<AccountId>| match share.wallet {
                SUBSIDY => Ok((subsidy.ok_or(Error::Impossible("a subsidy was not opened"))?, share.amount)),
                wallet => Ok((wallet, share.amount)),
            };
            let wallets = movement.shares.iter().map(payer).collect::<Result<Vec<_>, Error>>()?;
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
            let booking = state.bookings.get(&movement.booking).ok_or(Error::Impossible("a booking was not loaded"))?;
            Ok(posting?.by(movement.actor).on(booking.grounds()))
        })
        .collect()
}

/// The year of the subsidy account that the credits come from or go to, the open one where the event's is closed; none
/// where they come from wallets.
/// they are of wallets.
fn by_ticket(state: &State, movement: &Movement) -> Option<AcademicYear> {
    let paid = movement.shares.iter().any(|share| share.wallet == SUBSIDY);
    state.events.get(&movement.event).filter(|_| paid).map(|event| event.open_year.unwrap_or(event.year))
}
