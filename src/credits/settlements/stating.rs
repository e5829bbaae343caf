//! Making a statement of what a partner has earned, and what one would have on it.

use chrono::NaiveDate;

use super::{Error, Settlement, State, get, sql, tell};
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::{AccountId, HubId, PartnerId};
use crate::credits::allocation::Pounds;
use crate::ledger::changes::{Change, Kind as Changed};
use crate::ledger::{self, AccountName, Journal};
use crate::members::partners;
use crate::messages::notices::Kind as Told;

/// Makes a statement of all that a partner has earned up to a day and that is on no statement yet.
pub async fn make(
    journal: &mut Journal,
    partner: PartnerId,
    up_to: NaiveDate,
    shown: Option<(Credits, i64)>,
) -> Result<Settlement, Error> {
    let (hub, today) = (journal.hub(), journal.today());
    require_come(up_to, today)?;
    let [owed] = match partners::get(journal.tx(), hub, partner).await? {
        Some(_) => ledger::open_each(journal, [AccountName::Payable(partner)]).await?,
        None => return Err(Error::UnknownPartner),
    };
    let (credits, pence) = earned(journal.tx(), hub, Some(owed), up_to).await?;
    if shown.is_some_and(|shown| shown != (credits, pence)) {
        return Err(Error::NotAsShown);
    }
    let new = sql::New {
        id: journal.new_id(),
        partner,
        number: sql::last_number(journal.tx(), hub).await? + 1,
        up_to,
        credits,
        pence,
        stated_by: journal.actor(),
        stated_at: journal.now(),
    };
    sql::insert(journal.tx(), hub, &new).await?.exactly(1)?;
    sql::freeze(journal.tx(), hub, new.id, owed, up_to).await?.any();
    let change = Change::new(Changed::SettlementStated, new.id.0).after(State::Stated.as_str());
    journal.changed(change);
    tell(journal, partner, new.id, Told::SettlementStated).await?;
    get(journal.tx(), hub, new.id).await?.ok_or(Error::Unknown)
}

/// What a statement up to a day would have on it now: the credits, and what they are worth in pence.
pub async fn preview(
    tx: &mut Tx,
    hub: HubId,
    partner: PartnerId,
    (up_to, today): (NaiveDate, NaiveDate),
) -> Result<(Credits, i64), Error> {
    require_come(up_to, today)?;
    partners::get(tx, hub, partner).await?.ok_or(Error::UnknownPartner)?;
    let owed = ledger::account_named(tx, hub, AccountName::Payable(partner)).await?;
    earned(tx, hub, owed.map(|owed| owed.id), up_to).await
}

/// What was earned up to a day, in credits and in pence, where it can be stated.
async fn earned(tx: &mut Tx, hub: HubId, owed: Option<AccountId>, up_to: NaiveDate) -> Result<(Credits, i64), Error> {
    let (credits, pence) = match owed {
        Some(owed) => sql::earned(tx, hub, owed, up_to).await?,
        None => (Credits::ZERO, 0),
    };
    if credits <= Credits::ZERO || pence < 0 {
        return Err(Error::NothingEarned { up_to, credits, gbp: Pounds::from_pence(pence) });
    }
    if pence > Credits::LARGEST.hundredths() {
        return Err(Error::TooLarge);
    }
    Ok((credits, pence))
}

fn require_come(up_to: NaiveDate, today: NaiveDate) -> Result<(), Error> {
    if up_to > today { Err(Error::InFuture { today }) } else { Ok(()) }
}
