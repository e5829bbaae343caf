//! Checkpoints: heads of the ledgers, signed by the service's key and kept outside the database.
//!
//! Whoever can write to the database can write a well-formed ledger. What they can't do is sign it, or change
//! what was signed and taken elsewhere. So the [`Keeper`] signs the end of each ledger soon after it moves, and keeps
//! what it signed in a table beside the journal and in a file outside the database; verification checks the
//! history against all of it ([`Evidence`]). The keeper signs a head only where the service made it (its mark, see
//! [`crate::ledger::Marker`]) and it continues what was signed before; otherwise it reports what is wrong, every time.
//!
//! Cost: a look at the hub's row each time, and for a ledger that has moved, two short reads and one row.

mod address;
mod evidence;
mod file;
mod keeper;
mod note;
mod sql;

use chrono::{DateTime, Utc};

pub use evidence::{Coverage, Evidence, Files, Trust, verify};
pub use keeper::{Error, Keeper};
pub use note::{Checkpoint, origin, read_verifier_key, verifier_key};

use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;

/// The newest checkpoint of a hub in the database; none where nothing was signed yet.
pub async fn newest(tx: &mut Tx, hub: HubId) -> Result<Option<Checkpoint>> {
    Ok(sql::newest(tx, hub).await?.map(|row| of_row(hub, row)))
}

/// The first checkpoint of a hub in the database that covers its transaction of this sequence.
pub async fn covering(tx: &mut Tx, hub: HubId, sequence: i64) -> Result<Option<Checkpoint>> {
    Ok(list(tx, hub, sequence - 1, 1).await?.pop())
}

/// A page of a hub's checkpoints in the database, the earliest first, after a sequence.
pub async fn list(tx: &mut Tx, hub: HubId, after: i64, limit: i64) -> Result<Vec<Checkpoint>> {
    Ok(sql::after(tx, hub, after, limit).await?.into_iter().map(|row| of_row(hub, row)).collect())
}

/// A row whose note can't be read, or is another's, becomes a checkpoint that nobody signed.
fn of_row(hub: HubId, (sequence, signed_at, note): (i64, DateTime<Utc>, String)) -> Checkpoint {
    let read = Checkpoint::read(&note);
    let read = read.filter(|read| (read.hub, read.sequence, read.signed_at) == (hub, sequence, signed_at));
    read.unwrap_or(Checkpoint { hub, sequence, hash: [0; 32], signed_at, note: String::new() })
}
