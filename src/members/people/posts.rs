//! Posts: somebody gets another role, or goes to another school or partner.

use super::{Error, Person, Post, require_another_manager, sql};
use crate::base::db;
use crate::base::ids::PersonId;
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};
use crate::members::schools;

/// Gives a person another post; none where they have it already. The hub keeps an active manager; nobody goes to a
/// school that left the hub. For [`crate::lifecycle::moving`], which deals with what they have open.
pub async fn appoint(journal: &mut Journal, id: PersonId, post: Post) -> Result<Option<(Person, Person)>, Error> {
    let (hub, today) = (journal.hub(), journal.today());
    let before = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    if before.erased_at.is_some() {
        return Err(Error::Erased);
    }
    if Post::of(&before) == Some(post) {
        return Ok(None);
    }
    if post != Post::HubManager {
        require_another_manager(journal, &before).await?;
    }
    let (role, school_id, partner_id) = post.parts();
    if let Some(school) = school_id.filter(|school| before.school_id != Some(*school)) {
        match schools::require_member(journal.tx(), hub, school).await {
            Err(schools::Error::Succeeded { .. }) => return Err(Error::SchoolSucceeded),
            Err(schools::Error::Unknown) => return Err(Error::UnknownEmployer),
            Err(error) => return Err(error.into()),
            Ok(school) => {
                if let Some(left_on) = school.details.left_on.filter(|left_on| *left_on <= today) {
                    return Err(Error::SchoolLeft { left_on });
                }
            }
        }
    }
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
