//! Every statement about letters that have not reached somebody, and about the last invitation. That a state is not
//! `waiting` is said beside the state that it is: SQLite uses an index of some rows where their condition is written.

use super::letters;
use crate::base::db::{Result, Tx};
use crate::base::ids::{HubId, PersonId};
use crate::messages::outbox::View;

/// In the order in which they were written, not of their ids: an engine might look through all the hub's letters by these.
const LAST_INVITATION: &str =
    letters!("AND l.person_id = $2 AND l.kind = 'invitation' ORDER BY l.written_at DESC, l.id DESC LIMIT 1");

pub(in crate::messages::outbox) async fn last_invitation(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
) -> Result<Option<View>> {
    tx.query(LAST_INVITATION).bind(hub).bind(person).optional().await
}

const LAST: &str = letters!(
    "AND l.person_id = $2 AND l.state = 'dead' AND l.state <> 'waiting'
       AND l.kind NOT IN ('sign_in_code', 'password_reset')
       AND NOT EXISTS (SELECT 1 FROM letters s
                       WHERE s.hub_id = l.hub_id AND s.person_id = l.person_id AND s.state = 'sent'
                         AND s.state <> 'waiting' AND s.id > l.id)
     ORDER BY l.id DESC LIMIT 1"
);

pub(in crate::messages::outbox) async fn last(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Option<View>> {
    tx.query(LAST).bind(hub).bind(person).optional().await
}

/// Those of the latest letters that could not be sent; each with what was sent later, by the index of its receiver.
const HOW_MANY: &str = "SELECT COUNT(DISTINCT u.receiver_id)
     FROM (SELECT COALESCE(l.person_id, l.contact_id) AS receiver_id
           FROM letters l LEFT JOIN people p ON p.hub_id = l.hub_id AND p.id = l.person_id
           WHERE l.hub_id = $1 AND l.state = 'dead' AND l.kind NOT IN ('sign_in_code', 'password_reset')
             AND p.disabled_at IS NULL
             AND NOT EXISTS (SELECT 1 FROM letters s
                             WHERE s.hub_id = l.hub_id AND s.person_id = l.person_id AND s.state = 'sent'
                               AND s.state <> 'waiting' AND s.id > l.id)
             AND NOT EXISTS (SELECT 1 FROM letters s
                             WHERE s.hub_id = l.hub_id AND s.contact_id = l.contact_id
                               AND CASE WHEN s.state = 'sent' AND s.id > l.id THEN TRUE ELSE FALSE END)
           ORDER BY l.id DESC LIMIT $2) u";

pub(in crate::messages::outbox) async fn how_many(tx: &mut Tx, hub: HubId, letters: i64) -> Result<i64> {
    let (count,): (i64,) = tx.query(HOW_MANY).bind(hub).bind(letters).one().await?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn each_looks_at_the_letters_that_it_is_about_alone() {
        for (statement, range) in [
            (LAST_INVITATION, "SEARCH l USING INDEX letters_of_invitations (hub_id=? AND person_id=?)"),
            (LAST, "SEARCH l USING INDEX letters_of_person (hub_id=? AND person_id=? AND state=?)"),
            (LAST, "letters_of_person (hub_id=? AND person_id=? AND state=? AND id>?)"),
            (HOW_MANY, "SEARCH l USING INDEX letters_by_state (hub_id=? AND state=?)"),
            (HOW_MANY, "letters_to_contact (hub_id=? AND contact_id=?)"),
        ] {
            let plan = plan(statement).await;
            assert!(plan.iter().any(|step| step.contains(range)), "{range}: {plan:#?}");
            assert!(!plan.iter().any(|step| step.starts_with("SCAN l")), "{plan:#?}");
        }
    }
}
