//! Which school took the place of which. The command that does it, with all that goes over, is
//! [`crate::lifecycle::succession`].

use std::collections::HashMap;

use chrono::NaiveDate;

use super::{Error, School, end_identifiers, sql};
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, SchoolId};
use crate::ledger::Journal;

/// The successors of a hub's schools. A successor may itself have one: the last in line counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Successors(HashMap<SchoolId, SchoolId>);

impl Successors {
    /// From pairs of a school and its successor.
    pub fn new(pairs: impl IntoIterator<Item = (SchoolId, SchoolId)>) -> Successors {
        Successors(pairs.into_iter().collect())
    }

    /// The school that now stands in the place of this one: itself, where nobody took it.
    pub fn of(&self, school: SchoolId) -> SchoolId {
        let mut now = school;
        // There is no cycle, but a reader must not loop even if there were one.
        for _ in 0..self.0.len() {
            let Some(next) = self.0.get(&now) else { break };
            now = *next;
        }
        now
    }

    /// The schools whose place the school took, and those whose place they had taken.
    pub fn predecessors(&self, school: SchoolId) -> Vec<SchoolId> {
        let mut before: Vec<SchoolId> =
            self.0.keys().copied().filter(|earlier| *earlier != school && self.leads(*earlier, school)).collect();
        before.sort_unstable();
        before
    }

    /// Whether succession leads from `school` to `heir`.
    pub fn leads(&self, school: SchoolId, heir: SchoolId) -> bool {
        let mut now = school;
        for _ in 0..=self.0.len() {
            if now == heir {
                return true;
            }
            let Some(next) = self.0.get(&now) else { break };
            now = *next;
        }
        false
    }
}

/// All successions of the hub.
pub async fn successors(tx: &mut Tx, hub: HubId) -> Result<Successors, db::Error> {
    Ok(Successors::new(sql::successors::all(tx, hub).await?))
}

/// Whether `heir` is the school, or stands in its place.
pub async fn is_heir(tx: &mut Tx, hub: HubId, school: SchoolId, heir: SchoolId) -> Result<bool, db::Error> {
    Ok(school == heir || successors(tx, hub).await?.leads(school, heir))
}

/// Refuses a school that is not in the hub, or whose place another took.
pub async fn require_member(tx: &mut Tx, hub: HubId, school: SchoolId) -> Result<School, Error> {
    let school = sql::get(tx, hub, school).await?.ok_or(Error::Unknown)?;
    school.require_unsucceeded().map(|()| school)
}

/// Records that another school takes the school's place from a day on: it leaves then, unless it left before, and its
/// numbers end.
pub async fn succeed(
    journal: &mut Journal,
    school: SchoolId,
    successor: SchoolId,
    on: NaiveDate,
) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::successors::succeed(journal.tx(), hub, school, successor, on).await?.exactly(1)?;
    end_identifiers(journal, school, on).await
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn school(number: u128) -> SchoolId {
        SchoolId(Uuid::from_u128(number))
    }

    fn successors(pairs: &[(u128, u128)]) -> Successors {
        Successors::new(pairs.iter().map(|(before, after)| (school(*before), school(*after))))
    }

    #[test]
    fn the_last_of_a_chain_stands_in_the_place_of_all() {
        let chain = successors(&[(1, 2), (2, 3), (4, 3), (5, 6)]);
        for (before, now) in [(1, 3), (2, 3), (3, 3), (4, 3), (5, 6), (6, 6), (7, 7)] {
            assert_eq!(chain.of(school(before)), school(now), "{before}");
        }
        assert_eq!(chain.predecessors(school(3)), [school(1), school(2), school(4)]);
        assert_eq!(chain.predecessors(school(2)), [school(1)]);
        assert!(chain.predecessors(school(1)).is_empty());
        assert!(
            chain.leads(school(1), school(2)) && chain.leads(school(1), school(3)) && chain.leads(school(7), school(7))
        );
        assert!(!chain.leads(school(3), school(1)) && !chain.leads(school(5), school(3)));
    }

    #[test]
    fn a_circle_ends() {
        let circle = successors(&[(1, 2), (2, 1)]);
        circle.of(school(1));
        assert!(circle.leads(school(1), school(2)) && !circle.leads(school(1), school(3)));
    }
}
