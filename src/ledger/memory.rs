//! What is known of a hub's accounts from one journal to the next.

use std::collections::HashMap;

use super::sql::Standing;
use crate::ids::{AccountId, HubId};

/// The most accounts that are remembered.
const MOST: usize = 100_000;

/// The accounts of a hub as a journal left them. Every journal counts the hub's writes up by one as it
/// opens, so the next one knows by the count whether they are as they were.
#[derive(Debug, Default)]
pub struct Memory {
    hub: Option<HubId>,
    writes: i64,
    pub(super) standings: HashMap<AccountId, Standing>,
    pub(super) ids: HashMap<String, AccountId>,
    /// What the hub has in circulation, in hundredths, where something was issued.
    pub(super) circulation: Option<i64>,
}

impl Memory {
    /// Nothing known but how often the hub was written.
    pub(super) fn new(hub: HubId, writes: i64) -> Memory {
        Memory { hub: Some(hub), writes, ..Memory::default() }
    }

    /// At which write of the hub it is.
    pub(super) fn writes(&self) -> i64 {
        self.writes
    }

    /// Whether it is of this hub and the write counted `writes` is the first since.
    pub(super) fn holds_before(&self, hub: HubId, writes: i64) -> bool {
        self.hub == Some(hub) && self.writes + 1 == writes
    }

    /// The same at a later write; too much of it is forgotten.
    pub(super) fn at(self, writes: i64) -> Memory {
        match self.hub {
            Some(hub) if self.standings.len() > MOST || self.ids.len() > MOST => Memory::new(hub, writes),
            _ => Memory { writes, ..self },
        }
    }

    /// The same where the write that it is of was given up.
    pub(super) fn unwritten(self) -> Memory {
        Memory { writes: self.writes - 1, ..self }
    }

    pub(super) fn unknown(&self, accounts: &[AccountId]) -> Vec<AccountId> {
        accounts.iter().filter(|account| !self.standings.contains_key(*account)).copied().collect()
    }

    pub(super) fn unknown_codes(&self, codes: &[String]) -> Vec<String> {
        codes.iter().filter(|code| !self.ids.contains_key(*code)).cloned().collect()
    }

    /// Forgets accounts that may not be as they are in the database, and what is in circulation.
    pub(super) fn forget(&mut self, accounts: &[AccountId]) {
        self.circulation = None;
        for account in accounts {
            self.standings.remove(account);
        }
    }
}
