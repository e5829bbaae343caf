//! Records that were merged: the journal and the changes name the old ones for good, and this says who they are.

use super::{Error, Person, require_another_manager, sql};
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId};
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};

/// The record that a person has now: another where the one of this id was merged into it.
pub async fn now_known_as(tx: &mut Tx, hub: HubId, id: PersonId) -> Result<PersonId, db::Error> {
    Ok(sql::changing::merged_into(tx, hub, id).await?.map_or(id, |(now,)| now))
}

/// The records that were merged into a person's, in the order of their ids.
pub async fn absorbed(tx: &mut Tx, hub: HubId, id: PersonId) -> Result<Vec<PersonId>, db::Error> {
    Ok(sql::changing::absorbed(tx, hub, id).await?.into_iter().map(|(old,)| old).collect())
}

/// Ends a record that was merged into another: everything that names it must have been handed on. The hub keeps an active
/// manager. For [`crate::lifecycle::merging`].
pub async fn absorb(journal: &mut Journal, from: &Person, to: PersonId) -> Result<(), Error> {
    let (hub, now, by) = (journal.hub(), journal.now(), journal.actor());
    require_another_manager(journal.tx(), from).await?;
    sql::changing::follow_on(journal.tx(), hub, (from.id, to)).await?.any();
    sql::changing::insert_merged(journal.tx(), hub, (from.id, to), (by, now)).await?.exactly(1)?;
    sql::changing::forget_links(journal.tx(), hub, from.id).await?.any();
    sql::changing::forget_address(journal.tx(), hub, from.id).await?.any();
    sql::changing::forget_deputies(journal.tx(), hub, (from.id, to)).await?.any();
    sql::changing::delete(journal.tx(), hub, from.id).await?.exactly(1)?;
    journal.changed(Change::new(Kind::PersonMerged, to).person(from.id));
    Ok(())
}
