//! What one journal of a hub remembers of its accounts for the next.

use std::collections::HashMap;

use super::sql::Standing;
use crate::base::ids::{AccountId, HubId};

/// The most accounts that are remembered.
const MOST: usize = 100_000;

/// The accounts of a hub as a journal left them. Every journal increments the hub's count of writes when it opens,
/// so the next one can tell by the count whether they are still current.
#[derive(Debug, Default)]
pub struct Memory {
    hub: Option<HubId>,
    writes: i64,
    pub(super) standings: HashMap<AccountId, Standing>,
    pub(super) ids: HashMap<String, AccountId>,
    /// The hub's credits in circulation, in hundredths, where something was issued.
    pub(super) circulation: Option<i64>,
}

impl Memory {
    /// Knows nothing but the hub's count of writes.
    pub(super) fn new(hub: HubId, writes: i64) -> Memory {
        Memory { hub: Some(hub), writes, ..Memory::default() }
    }

    /// The count of writes that it was made at.
    pub(super) fn writes(&self) -> i64 {
        self.writes
    }

    /// Whether it is of this hub, and write number `writes` is the first since.
    pub(super) fn holds_before(&self, hub: HubId, writes: i64) -> bool {
        self.hub == Some(hub) && self.writes + 1 == writes
    }

    /// Moves the memory on to a later write; where it has grown too large, forgets it.
    pub(super) fn at(self, writes: i64) -> Memory {
        match self.hub {
            Some(hub) if self.standings.len() > MOST || self.ids.len() > MOST => Memory::new(hub, writes),
            _ => Memory { writes, ..self },
        }
    }

    /// Moves the memory back, where the write that it is of was rolled back.
    pub(super) fn unwritten(self) -> Memory {
        Memory { writes: self.writes - 1, ..self }
    }

    pub(super) fn unknown(&self, accounts: &[AccountId]) -> Vec<AccountId> {
        accounts.iter().filter(|account| !self.standings.contains_key(*account)).copied().collect()
    }

    pub(super) fn unknown_codes(&self, codes: &[String]) -> Vec<String> {
        codes.iter().filter(|code| !self.ids.contains_key(*code)).cloned().collect()
    }

    /// Forgets accounts that may differ from the database, and the credits in circulation.
    pub(super) fn forget(&mut self, accounts: &[AccountId]) {
        self.circulation = None;
        for account in accounts {
            self.standings.remove(account);
        }
    }
}
