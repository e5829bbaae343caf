//! What a process knows of API keys.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use quick_cache::sync::Cache;

use crate::base::ids::{ApiKeyId, HubId};
use crate::members::api_keys::Digest;

/// How many keys a process remembers.
const REMEMBERED: usize = 16_384;

/// What this process knows of keys: which text opens which, which never changes, and when their use was last noted.
#[derive(Clone)]
pub(crate) struct Keyring(pub(super) Arc<Known>);

/// What is remembered.
pub(super) struct Known {
    pub(super) opened: Cache<Digest, (HubId, ApiKeyId)>,
    pub(super) noted: Cache<ApiKeyId, DateTime<Utc>>,
}

impl Default for Keyring {
    fn default() -> Self {
        Keyring(Arc::new(Known { opened: Cache::new(REMEMBERED), noted: Cache::new(REMEMBERED) }))
    }
}
