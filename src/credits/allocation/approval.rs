//! Approval: a draft is posted to the schools' wallets, once.

use std::collections::HashMap;

use super::adjusting::{self, Moved};
use super::sql::adjustment::Standing;
use super::{Allocation, Error, Short, State, adjustment, grounds, require_draft, sql, tell, the_hub};
use crate::base::credits::Credits;
use crate::base::ids::{AllocationId, SchoolId, TransactionId};
use crate::ledger::changes::Kind as Changed;
use crate::ledger::{self, AccountName, Journal, Posting, Source, SourceKind, TransactionKind, WalletKind};
use crate::members::people;
use crate::members::successions;
use crate::members::years;
use crate::messages::notices::Kind;

/// Posts a draft as one transaction: what schools get is credited to their wallets and debited to the year's issuance;
/// for an adjustment the differences, which may also go back. Opens a wallet for every school, so that each has a
/// balance to look at. Refuses a draft computed from something that has changed since, and one with shortfalls that
/// nobody has decided on.
pub async fn approve(journal: &mut Journal, id: AllocationId, version: i64) -> Result<Allocation, Error> {
    let draft = require_draft(journal, id, version).await?;
    let (hub, actor) = (journal.hub(), journal.actor());
    years::require_open(journal.tx(), hub, draft.year).await?;
    let four_eyes = the_hub(journal).await?.four_eyes;
    if four_eyes && !people::is_second(journal, draft.drafted_by, actor).await? {
        return Err(Error::FourEyes);
    }
    let lines = sql::adjustment::standings(journal.tx(), hub, id).await?;
    let nth = adjustment::require_current(journal, &draft, &lines).await?;
    let moved = settle(&lines);
    let short: Vec<(SchoolId, Credits)> = lines
        .iter()
        .zip(&moved)
        .filter(|(_, moved)| moved.shortfall > Credits::ZERO)
        .map(|(line, moved)| (line.school_id, moved.shortfall))
        .collect();
    if draft.shortfalls.is_none() && !short.is_empty() {
        return Err(Error::ShortfallsUndecided { schools: named(&lines, &moved) });
    }

    sql::adjustment::record_shortfalls(journal.tx(), hub, id, &short).await?.exactly(short.len())?;
    let mut approved = Allocation {
        state: State::Approved,
        nth,
        short: short.iter().map(|(_, shortfall)| *shortfall).sum(),
        approved_by: actor,
        approved_at: Some(journal.now()),
        version: version + 1,
        ..draft
    };
    let posted = post(journal, &approved, &lines, &moved).await?;
    approved.transaction_id = posted.map(|(_, transaction)| transaction);
    successions::pass_on(journal).await?;
    sql::update(journal.tx(), hub, &approved).await?.exactly(1)?;
    let (notice, change) = match approved.adjusts {
        Some(_) => (Kind::CreditsAdjusted, Changed::AllocationAdjusted),
        None => (Kind::CreditsAllocated, Changed::AllocationApproved),
    };
    tell(journal, &approved, notice).await?;
    let change = approved.change(change).before(State::Draft.as_str());
    let (credits, transaction) = posted.unzip();
    journal.changed(change.moved(credits.unwrap_or_default(), transaction));
    Ok(approved)
}

/// What each line moves, given what the wallets hold now.
fn settle(lines: &[Standing]) -> Vec<Moved> {
    let differences: Vec<(SchoolId, Credits)> =
        lines.iter().map(|line| (line.school_id, line.credits - line.was - line.deduction)).collect();
    let balances: HashMap<SchoolId, Credits> = lines.iter().map(|line| (line.school_id, line.balance)).collect();
    adjusting::settle(&differences, &balances)
}

fn named(lines: &[Standing], moved: &[Moved]) -> Vec<Short> {
    lines
        .iter()
        .zip(moved)
        .filter(|(_, moved)| moved.shortfall > Credits::ZERO)
        .map(|(line, moved)| Short { urn: line.urn.clone(), name: line.name.clone(), short_by: moved.shortfall })
        .collect()
}

/// Posts what moves; returns the transaction, or none where nothing moves.
async fn post(
    journal: &mut Journal,
    approved: &Allocation,
    lines: &[Standing],
    moved: &[Moved],
) -> Result<Option<(Credits, TransactionId)>, Error> {
    let mut names = vec![AccountName::Issuance(approved.year)];
    names.extend(lines.iter().map(|line| AccountName::Wallet(line.school_id, approved.year, WalletKind::Allocated)));
    let mut accounts = ledger::open_accounts(journal, &names).await?.into_iter();
    let Some(issuance) = accounts.next() else { return Ok(None) };
    let moves: Vec<_> = accounts.zip(moved).map(|(wallet, moved)| (wallet, moved.posted)).collect();
    let Some((debits, credits)) = adjusting::legs(issuance, &moves) else { return Ok(None) };
    let kind = match approved.adjusts {
        Some(_) => TransactionKind::AllocationAdjusted,
        None => TransactionKind::AllocationApproved,
    };
    let source = Source { kind: SourceKind::Allocation, id: approved.id.0 };
    let total = debits.iter().map(|(_, amount)| *amount).sum();
    let posting = Posting::new(kind, source, journal.today(), debits, credits).map_err(ledger::Error::from)?;
    let hub = journal.hub();
    let grounds = grounds::of(journal.tx(), hub, approved).await?;
    Ok(Some((total, ledger::post_one(journal, posting.on(grounds)).await?)))
}
