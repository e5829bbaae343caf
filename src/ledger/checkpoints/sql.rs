//! Every statement of the checkpoints.

use chrono::{DateTime, Utc};

use super::Checkpoint;
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::HubId;

/// A row: its sequence, when it was signed, and the note.
pub(super) type Row = (i64, DateTime<Utc>, String);

/// Inserts a checkpoint; one that another process has made meanwhile stays as it is.
pub(super) async fn insert(tx: &mut Tx, made: &Checkpoint) -> Result<Changed> {
    tx.query(
        "INSERT INTO checkpoints (hub_id, sequence, signed_at, note) VALUES ($1, $2, $3, $4)
         ON CONFLICT (hub_id, sequence) DO NOTHING",
    )
    .bind(made.hub)
    .bind(made.sequence)
    .bind(made.signed_at)
    .bind(made.note.clone())
    .run()
    .await
}

pub(super) async fn after(tx: &mut Tx, hub: HubId, sequence: i64, limit: i64) -> Result<Vec<Row>> {
    tx.query(
        "SELECT sequence, signed_at, note FROM checkpoints
         WHERE hub_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
    )
    .bind(hub)
    .bind(sequence)
    .bind(limit)
    .all()
    .await
}

pub(super) async fn newest(tx: &mut Tx, hub: HubId) -> Result<Option<Row>> {
    tx.query("SELECT sequence, signed_at, note FROM checkpoints WHERE hub_id = $1 ORDER BY sequence DESC LIMIT 1")
        .bind(hub)
        .optional()
        .await
}
