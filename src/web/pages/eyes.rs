//! Who counts as a second pair of eyes beside whoever acted first, as pages say it.

use chrono::{DateTime, Utc};

use super::words;
use crate::base::db::{self, Tx};
use crate::base::ids::PersonId;
use crate::members::hubs;
use crate::members::people::{self, Counts, Person};
use crate::web::call::Caller;

/// What pages say of the second pair of eyes on one thing.
pub(super) struct Eyes {
    /// Whether the caller counts.
    pub(super) mine: Counts,
    /// The other managers who do.
    pub(super) others: Vec<Person>,
    /// Those who will, by name, and from when.
    later: Vec<(String, DateTime<Utc>)>,
}

impl Eyes {
    /// Those on what somebody did first; nobody of the hub, where the operator did.
    pub(super) async fn on(caller: &Caller, tx: &mut Tx, first: Option<PersonId>) -> Result<Eyes, db::Error> {
        let (me, now) = (caller.person.id, caller.now());
        let mut eyes = Eyes { mine: Counts::Never, others: Vec::new(), later: Vec::new() };
        for (person, counts) in people::other_managers(tx, caller.hub(), now, first).await? {
            match counts {
                counts if person.id == me => eyes.mine = counts,
                Counts::Now => eyes.others.push(person),
                Counts::From(at) => eyes.later.push((person.name.to_string(), at)),
                Counts::Never => {}
            }
        }
        Ok(eyes)
    }

    /// Whether the caller counts now.
    pub(super) fn may(&self) -> bool {
        self.mine == Counts::Now
    }

    /// From when the caller counts, where that is to come.
    pub(super) fn from(&self) -> Option<String> {
        from(self.mine)
    }

    /// Each of the others who will count, with from when.
    pub(super) fn later(&self) -> Vec<(String, String)> {
        self.later.iter().map(|(name, at)| (name.clone(), words::moment(*at))).collect()
    }
}

/// Whether the caller may approve the allocation that somebody drafted: anybody, where the hub asks for no second manager.
pub(super) async fn to_approve(
    caller: &Caller,
    tx: &mut Tx,
    drafted_by: Option<PersonId>,
) -> Result<Counts, db::Error> {
    if hubs::get(tx, caller.hub()).await?.is_some_and(|hub| !hub.four_eyes) {
        return Ok(Counts::Now);
    }
    people::counts(tx, caller.hub(), caller.now(), drafted_by, caller.person.id).await
}

/// From when somebody counts, where that is to come.
pub(super) fn from(counts: Counts) -> Option<String> {
    match counts {
        Counts::From(at) => Some(words::moment(at)),
        Counts::Now | Counts::Never => None,
    }
}
