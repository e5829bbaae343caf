//! Tells the demonstration: read back from the database, so that it is told the same every time.

use std::collections::HashMap;
use std::fmt::Write;

use chrono::{DateTime, Utc};

use super::table::{Align, Table};
use super::{Error, cast};
use crate::base::clock::london_time;
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::text::{Urn, counted};
use crate::booking::bookings::{self, State, View};
use crate::credits::allocation::{self, Allocation};
use crate::ledger::{self, AccountFilter, AccountKind, Side, SourceKind, Transaction, TransactionKind};
use crate::members::hubs::Hub;
use crate::members::schools;
use crate::programme::programmes::{catalogue, sessions};
use crate::reports;
use crate::support::commissions;

use Align::{Left, Right};

/// Everything except the verification: the allocation, what was published, the bookings, a statement.
pub async fn tell(tx: &mut Tx, hub: &Hub) -> Result<String, Error> {
    let mut text = String::new();
    let allocation = allocation::list(tx, hub.id, allocation::Filter::default(), None, 1).await?.pop();
    let allocation = allocation.ok_or_else(|| Error::missing("allocation"))?;
    let _ = writeln!(text, "{}\n{}\n", hub.name, "═".repeat(hub.name.as_str().chars().count()));
    text.push_str(&allocated(tx, hub, &allocation).await?);
    text.push_str(&published(tx, hub).await?);
    text.push_str(&booked(tx, hub).await?);
    text.push_str(&commissioned(tx, hub).await?);
    text.push_str(&stated(tx, hub, &allocation).await?);
    Ok(text)
}

async fn allocated(tx: &mut Tx, hub: &Hub, allocation: &Allocation) -> Result<String, Error> {
    let lines = allocation::lines(tx, hub.id, allocation, None, 0, 1000).await?;
    let mut table =
        Table::new([("urn", Left), ("school", Left), ("pupils", Right), ("exact share", Right), ("credits", Right)]);
    for line in &lines {
        table.row([
            line.urn.to_string(),
            line.name.to_string(),
            line.pupils.to_string(),
            shortened(&line.quota),
            line.credits.to_string(),
        ]);
    }
    let credits: Credits = lines.iter().map(|line| line.credits).sum();
    let all = counted(allocation.schools, "school");
    table.sum([String::new(), all, allocation.pupils.to_string(), allocation.pool.to_string(), credits.to_string()]);
    let mut text = format!("Allocation for {}, by pupils on roll on {}", allocation.year, allocation.census_date);
    if let Some(funding) = &allocation.rules.funding {
        let _ = write!(text, "\n(an example) {}", funding.arithmetic(allocation.pool));
    }
    let _ = writeln!(text, "\n\n{table}");
    Ok(text)
}

/// An exact share to four decimal places, which is enough for a reader.
fn shortened(quota: &allocation::Quota) -> String {
    let ten_thousandths = quota.times(10_000, 1).whole;
    format!("{}.{:04}", ten_thousandths / 10_000, ten_thousandths % 10_000)
}

async fn published(tx: &mut Tx, hub: &Hub) -> Result<String, Error> {
    let mut table = Table::new([
        ("event", Left),
        ("given by", Left),
        ("sessions", Right),
        ("first session", Left),
        ("price", Right),
        ("places", Right),
        ("waiting", Right),
    ]);
    let mut rules = String::new();
    let all = catalogue::Filter::default();
    for event in catalogue::list(tx, hub.id, catalogue::View::Published, &all, None, 200).await? {
        let sessions = sessions::of_event(tx, hub.id, event.id).await?.len();
        table.row([
            event.title.to_string(),
            event.provider.name.to_string(),
            sessions.to_string(),
            when(event.starts_at),
            event.price.to_string(),
            format!("{} of {}", event.held, event.capacity),
            event.waiting.to_string(),
        ]);
        if event.price.is_zero() {
            continue;
        }
        let tiers: Vec<String> = event
            .policy
            .tiers()
            .iter()
            .map(|tier| format!("{} or more before, {}", counted(tier.days_before, "day"), tier.refund))
            .collect();
        let _ = writeln!(rules, "  {}: {}; later, nothing", event.title, tiers.join("; "));
    }
    Ok(format!(
        "Published (times in London, prices in credits)\n\n{table}\nWhat comes back on cancellation\n\n{rules}\n"
    ))
}

fn when(instant: DateTime<Utc>) -> String {
    london_time(instant).format("%a %e %b %Y %H:%M").to_string()
}

async fn commissioned(tx: &mut Tx, hub: &Hub) -> Result<String, Error> {
    let mut table = Table::new([
        ("support", Left),
        ("for", Left),
        ("given by", Left),
        ("days", Right),
        ("delivered", Right),
        ("price", Right),
        ("paid", Right),
        ("to the provider", Right),
        ("to the hub", Right),
        ("state", Left),
    ]);
    let filter = commissions::Filter::default();
    for commission in commissions::list(tx, hub.id, commissions::Reach::Hub, filter, None, 200).await? {
        let paid = commission.brokerage().paid(Credits::ZERO, commission.settled);
        for milestone in commissions::milestones(tx, hub.id, commission.id).await? {
            table.row([
                commission.title.to_string(),
                commission.buyer_name.to_string(),
                commission.provider_name.as_ref().map(ToString::to_string).unwrap_or_default(),
                milestone.terms.half_days.map(|days| days.to_string()).unwrap_or_default(),
                milestone.delivered_half_days.map(|days| days.to_string()).unwrap_or_default(),
                milestone.terms.price.to_string(),
                milestone.settled.to_string(),
                paid.provider.to_string(),
                paid.hub.to_string(),
                milestone.state.to_string(),
            ]);
        }
    }
    Ok(format!("Support commissioned from another school\n\n{table}\n"))
}

async fn booked(tx: &mut Tx, hub: &Hub) -> Result<String, Error> {
    let views = bookings::list(tx, hub.id, bookings::Filter::default(), None, 1000).await?;
    let mut ordered: Vec<&View> = views.iter().collect();
    ordered.sort_by_key(|view| (view.starts_at, view.booking.line));
    let mut text = String::from("Bookings, in the order they were made\n\n");
    for of_event in ordered.chunk_by(|one, other| one.booking.event_id == other.booking.event_id) {
        let mut table =
            Table::new([("#", Right), ("delegate", Left), ("school", Left), ("booking", Left), ("paid", Right)]);
        for view in of_event {
            let state = match view.waiting_position {
                Some(position) => format!("{}, number {position}", view.booking.state),
                None if view.booking.ticket_id.is_some() => format!("{}, by ticket", view.booking.state),
                None => view.booking.state.to_string(),
            };
            table.row([
                view.booking.line.to_string(),
                view.delegate().to_owned(),
                view.school_name.to_string(),
                state,
                view.booking.held.to_string(),
            ]);
        }
        if let Some(first) = of_event.first() {
            let _ = writeln!(text, "{}\n{table}", first.event_title);
        }
    }
    let transactions = ledger::transactions(tx, hub.id, None, 0, 1000).await?;
    let by_id: HashMap<uuid::Uuid, &View> = views.iter().map(|view| (view.booking.id.0, view)).collect();
    for view in views.iter().filter(|view| view.booking.state == State::Cancelled) {
        let paid = &view.booking.price;
        let back = *paid - view.booking.held;
        let _ = writeln!(
            text,
            "{} of {} cancelled a place on “{}”: {back} of {paid} credits came back.",
            view.delegate(),
            view.school_name,
            view.event_title
        );
        for promoted in promoted_with(&transactions, view).filter_map(|id| by_id.get(&id)) {
            let _ = writeln!(
                text,
                "In the same transaction {} of {} moved up from the waiting list, and paid {}.",
                promoted.delegate(),
                promoted.school_name,
                promoted.booking.price
            );
        }
    }
    text.push('\n');
    Ok(text)
}

/// The bookings that were paid for in the commit that refunded `cancelled`: one instant is one commit.
fn promoted_with<'a>(transactions: &'a [Transaction], cancelled: &'a View) -> impl Iterator<Item = uuid::Uuid> + 'a {
    let at = cancelled.booking.ended_at;
    transactions
        .iter()
        .filter(move |transaction| {
            transaction.kind == TransactionKind::BookingPaid
                && transaction.source_kind == SourceKind::Booking
                && Some(transaction.recorded_at) == at
        })
        .map(|transaction| transaction.source_id)
}

async fn stated(tx: &mut Tx, hub: &Hub, allocation: &Allocation) -> Result<String, Error> {
    let urn = Urn::parse(cast::CHISWICK).map_err(Error::Words)?;
    let school = schools::by_urn(tx, hub.id, &urn).await?.ok_or_else(|| Error::missing(&urn))?;
    let wallets = AccountFilter {
        kind: Some(AccountKind::Wallet),
        school: Some(school.id),
        year: Some(allocation.year),
        ..AccountFilter::default()
    };
    let wallet = ledger::accounts(tx, hub.id, wallets, None, 1).await?.pop().ok_or_else(|| Error::missing("wallet"))?;
    let mut table =
        Table::new([("date", Left), ("what for", Left), ("debit", Right), ("credit", Right), ("balance", Right)]);
    for reports::StatementLine { entry, what_for } in reports::statement(tx, hub.id, wallet.id, None, 0, 1000).await? {
        let what = match entry.kind {
            TransactionKind::AllocationApproved
            | TransactionKind::AllocationAdjusted
            | TransactionKind::SchoolSucceeded
            | TransactionKind::EventSettled
            | TransactionKind::SettlementReturned
            | TransactionKind::TopUpSold
            | TransactionKind::CreditsGiven
            | TransactionKind::AdjustmentPosted
            | TransactionKind::PartnerSettled
            | TransactionKind::Reversed
            | TransactionKind::YearClosed
            | TransactionKind::YearReopened
            | TransactionKind::CommissionAgreed
            | TransactionKind::MilestonePaid
            | TransactionKind::CommissionReturned => "",
            TransactionKind::BookingPaid => "Place on ",
            TransactionKind::BookingRefunded => "Refund of ",
            TransactionKind::BookingWaived => "Waiver for ",
        };
        let (debit, credit) = match entry.side {
            Side::Debit => (entry.amount.to_string(), String::new()),
            Side::Credit => (String::new(), entry.amount.to_string()),
        };
        let what = format!("{what}{what_for}");
        table.row([entry.effective_on.to_string(), what, debit, credit, entry.balance_after.to_string()]);
    }
    Ok(format!("Statement of {}, wallet of {}\n\n{table}\n", school.details.name, allocation.year))
}
