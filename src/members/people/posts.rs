//! Posts: somebody gets another role, or goes to another school or partner.

use chrono::NaiveDate;

use super::{Error, Person, Post, require_another_manager, sql};
use crate::base::db::{self, Tx};
use crate::base::ids::PersonId;
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};
use crate::members::schools;

/// Refuses a post that a person can't have: the hub keeps an active manager, and nobody goes to a school that left the
/// hub, or whose place another took.
pub async fn require_possible(tx: &mut Tx, person: &Person, post: Post, today: NaiveDate) -> Result<(), Error> {
    if person.erased_at.is_some() {
        return Err(Error::Erased);
    }
    if post != Post::HubManager {
        require_another_manager(tx, person).await?;
    }
    let (_, school, _) = post.parts();
    let Some(school) = school.filter(|school| person.school_id != Some(*school)) else { return Ok(()) };
    match schools::require_member(tx, person.hub_id, school).await {
        Err(schools::Error::Succeeded { .. }) => Err(Error::SchoolSucceeded),
        Err(schools::Error::Unknown) => Err(Error::UnknownEmployer),
        Err(error) => Err(error.into()),
        Ok(school) => match school.details.left_on.filter(|left_on| *left_on <= today) {
            Some(left_on) => Err(Error::SchoolLeft { left_on }),
            None => Ok(()),
        },
    }
}

/// Gives a person another post; none where they have it already. For [`crate::lifecycle::moving`], which deals with what
/// they have open.
pub async fn appoint(journal: &mut Journal, id: PersonId, post: Post) -> Result<Option<(Person, Person)>, Error> {
    let (hub, today) = (journal.hub(), journal.today());
    let before = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    require_possible(journal.tx(), &before, post, today).await?;
    if Post::of(&before) == Some(post) {
        return Ok(None);
    }
    let (role, school_id, partner_id) = post.parts();
    match sql::changing::appoint(journal.tx(), hub, id, (role, school_id, partner_id)).await {
        Err(db::Error::ForeignKey(_)) => Err(Error::UnknownEmployer),
        outcome => {
            let after = outcome?.ok_or(Error::Unknown)?;
            let change = Change::new(Kind::PersonMoved, id).before(before.role.as_str()).after(role.as_str());
            journal.changed(change.school(school_id).partner(partner_id));
            Ok(Some((before, after)))
        }
    }
}
