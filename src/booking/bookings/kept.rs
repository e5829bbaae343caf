//! What the desk keeps from one batch to the next, so that it need not be read again.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use chrono::NaiveDate;

use super::decide::{Event, Known, School, State, Wallet};
use crate::base::clock::london_date;
use crate::base::ids::{EventId, PersonId, SchoolId};
use crate::members::people::Deciders;

/// The most events, schools or people that are kept.
const MOST: usize = 50_000;

/// Events, people, schools and wallets as the batches so far left them. They are valid as long as nobody else writes to
/// the hub. A batch takes out what it needs, so that its state stays small, and returns it once it is written. Bookings
/// are not kept: they are many, and seldom asked for twice.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) events: HashMap<EventId, Event>,
    pub(super) people: HashMap<PersonId, Known>,
    pub(super) schools: HashMap<SchoolId, School>,
    pub(super) wallets: HashMap<SchoolId, Vec<Wallet>>,
    /// The deciders of schools, on that day.
    pub(super) deciders: Option<(NaiveDate, Arc<Deciders>)>,
}

impl Kept {
    /// Keeps what may be needed again from the state of a batch that was written.
    pub(super) fn keep(&mut self, state: State) {
        self.events.extend(state.events);
        self.people.extend(state.people);
        self.schools.extend(state.schools);
        self.wallets.extend(state.wallets);
        self.deciders = Some((london_date(state.now), state.deciders));
        if [self.events.len(), self.people.len(), self.schools.len()].into_iter().any(|kept| kept > MOST) {
            *self = Kept::default();
        }
    }
}

/// Moves what is wanted and kept into `known`; returns what is then still unknown, to be read.
pub(super) fn take<K: Copy + Eq + Hash, V>(
    kept: &mut HashMap<K, V>,
    known: &mut HashMap<K, V>,
    wanted: impl IntoIterator<Item = K>,
) -> Vec<K> {
    let mut unknown = Vec::new();
    for id in wanted {
        if known.contains_key(&id) {
            continue;
        }
        match kept.remove(&id) {
            Some(value) => drop(known.insert(id, value)),
            None => unknown.push(id),
        }
    }
    unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_taken_once_and_the_rest_is_to_be_read() {
        let (mut kept, mut known) = (HashMap::from([(1, "a"), (2, "b")]), HashMap::from([(3, "c")]));
        assert_eq!(take(&mut kept, &mut known, [1, 3, 4]), [4]);
        assert_eq!((kept, known), (HashMap::from([(2, "b")]), HashMap::from([(1, "a"), (3, "c")])));
    }
}
