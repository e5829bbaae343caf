//! What the end of a hub's chain is marked with, so that whoever has only the database can't continue it.
//!
//! A head is marked with a code that only the service can make, over the hub, the sequence and the hash, which seals
//! all that came before. Whoever opens a journal to post looks whether the head that they find was marked, and posts only
//! then: nothing comes after what somebody else wrote. The mark is no part of the chain, and goes nowhere with it. An
//! older head that comes back with its own mark is no forgery that a mark could find: what was signed of later ones is.

use std::sync::Arc;

use super::chain::{GENESIS, Hash};
use crate::ids::HubId;

/// Who can mark heads: the keys of the service.
pub trait Marker: Send + Sync {
    /// The mark of a message.
    fn mark(&self, message: &[u8]) -> Hash;
    /// Whether a mark of that message was made with a key that lives.
    fn made(&self, message: &[u8], mark: &[u8]) -> bool;
}

/// Who can mark heads, shared by all who post.
pub type Marks = Arc<dyn Marker>;

/// What is marked of a head.
fn message(hub: HubId, sequence: i64, hash: &Hash) -> Vec<u8> {
    [b"hub-credits head 1".as_slice(), hub.0.as_bytes(), &sequence.to_be_bytes(), hash].concat()
}

/// The mark of a head.
pub(super) fn mark(marker: &dyn Marker, hub: HubId, sequence: i64, hash: &Hash) -> Hash {
    marker.mark(&message(hub, sequence, hash))
}

/// Whether the service made this head. Where nothing was posted yet there is nothing to be made.
pub fn is_genuine(marker: &dyn Marker, hub: HubId, sequence: i64, hash: &Hash, mark: Option<&[u8]>) -> bool {
    match sequence {
        0 => *hash == GENESIS,
        _ => mark.is_some_and(|mark| marker.made(&message(hub, sequence, hash), mark)),
    }
}
