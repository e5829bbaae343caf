//! A change as its row has it, and which of it is sealed.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::base::ids::HubId;
use crate::base::seal::{Form, Hash};

/// The sealed fields of a change.
pub(super) struct Sealed<'a> {
    pub(super) hub: Uuid,
    pub(super) sequence: i64,
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) actor: Option<Uuid>,
    pub(super) kind: &'a str,
    pub(super) subject: &'a str,
    pub(super) data: &'a str,
    pub(super) grounds: Option<&'a [u8]>,
}

impl Sealed<'_> {
    /// The hash of the change, which follows one whose hash is `previous`.
    pub(super) fn hash(&self, previous: &Hash) -> Hash {
        Form::after(previous, "hub-credits/change/1")
            .id(self.hub)
            .number(self.sequence)
            .instant(self.recorded_at)
            .id(self.actor)
            .words(self.kind)
            .words(self.subject)
            .words(self.data)
            .bytes(self.grounds)
            .hash()
    }
}

/// A change as its row has it, whatever that says.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    /// The hub's number for the change.
    pub sequence: i64,
    recorded_at: DateTime<Utc>,
    actor_id: Option<Uuid>,
    /// The kind of change.
    pub kind: String,
    /// The id of what changed.
    pub subject_id: String,
    /// The details of the change.
    pub data: String,
    /// The digest of the record as the change left it, where the record decides on credits.
    pub grounds: Option<Vec<u8>>,
    /// The change's hash, which seals it onto the chain.
    pub hash: Vec<u8>,
}

impl Row {
    pub(super) fn sealed(&self, hub: HubId) -> Sealed<'_> {
        Sealed {
            hub: hub.0,
            sequence: self.sequence,
            recorded_at: self.recorded_at,
            actor: self.actor_id,
            kind: &self.kind,
            subject: &self.subject_id,
            data: &self.data,
            grounds: self.grounds.as_deref(),
        }
    }
}
