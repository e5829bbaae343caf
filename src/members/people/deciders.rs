//! Deciders: the lead of a school and its deputies, who are told what waits for them; where a school has none, the hub
//! managers.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::sql;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId, SchoolId};

/// Who decides for which school.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deciders {
    of: HashMap<SchoolId, Vec<PersonId>>,
    managers: Vec<PersonId>,
}

impl Deciders {
    /// Those of these schools whose deciders are not known yet.
    pub fn unknown(&self, schools: &[SchoolId]) -> Vec<SchoolId> {
        schools.iter().filter(|school| !self.of.contains_key(*school)).copied().collect()
    }

    /// Adds the deciders of other schools.
    pub fn add(&mut self, more: Deciders) {
        self.of.extend(more.of);
        self.managers = more.managers;
    }

    /// Who decides for the school on what these people book: nobody decides on their own; where nobody else is left,
    /// the hub managers do.
    pub fn beside(&self, school: SchoolId, own: &[Option<PersonId>]) -> Vec<PersonId> {
        let others = |ids: &[PersonId]| -> Vec<PersonId> {
            ids.iter().filter(|id| !own.contains(&Some(**id))).copied().collect()
        };
        let of_school = self.of.get(&school).map(|ids| others(ids)).unwrap_or_default();
        if of_school.is_empty() { others(&self.managers) } else { of_school }
    }

    /// Whether only the hub managers can decide for the school on what these people book.
    pub fn left_to_hub(&self, school: SchoolId, own: &[Option<PersonId>]) -> bool {
        self.of_school(school).all(|decider| own.contains(&Some(decider)))
    }

    /// Whether somebody is one of the hub managers.
    pub fn is_manager(&self, person: PersonId) -> bool {
        self.managers.contains(&person)
    }

    /// The lead and deputies of the school; nobody where there are none.
    pub fn of_school(&self, school: SchoolId) -> impl Iterator<Item = PersonId> + '_ {
        self.of.get(&school).into_iter().flatten().copied()
    }

    /// Who decides for the school: its lead and deputies; where there are none, the hub managers.
    pub fn of(&self, school: SchoolId) -> impl Iterator<Item = PersonId> + '_ {
        self.of.get(&school).filter(|own| !own.is_empty()).unwrap_or(&self.managers).iter().copied()
    }
}

/// Who decides for these schools on this day in London, without those who are disabled.
pub async fn deciders(tx: &mut Tx, hub: HubId, schools: &[SchoolId], today: NaiveDate) -> Result<Deciders, db::Error> {
    let mut deciders = Deciders::default();
    if schools.is_empty() {
        return Ok(deciders);
    }
    deciders.of.extend(schools.iter().map(|school| (*school, Vec::new())));
    for (school, person) in sql::deciders::of_schools(tx, hub, schools, today).await? {
        deciders.of.entry(school).or_default().push(person);
    }
    deciders.managers = super::managers(tx, hub).await?;
    Ok(deciders)
}

/// Those of these schools that have a lead who is not disabled.
pub async fn led(tx: &mut Tx, hub: HubId, schools: &[SchoolId]) -> Result<HashSet<SchoolId>, db::Error> {
    Ok(sql::deciders::led(tx, hub, schools).await?.into_iter().map(|(school,)| school).collect())
}

/// Those who can provide for a school: the leads of the other schools that are members on a day, and the people of partners,
/// in the order of their ids, without those who are disabled.
pub async fn who_may_provide(
    tx: &mut Tx,
    hub: HubId,
    buyer: SchoolId,
    today: NaiveDate,
) -> Result<Vec<PersonId>, db::Error> {
    Ok(sql::deciders::who_may_provide(tx, hub, buyer, today).await?.into_iter().map(|(id,)| id).collect())
}
