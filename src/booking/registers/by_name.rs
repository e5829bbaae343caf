//! The registers in the order of names, as people look somebody up at the door and on paper: by the key by which every list of
//! people is ordered. Places without a name come last.

use super::{Attended, Entry, Error, added_up, seen, sql};
use crate::base::db::{self, Tx};
use crate::base::ids::{EventId, SchoolId, SessionId};
use crate::base::text::Line;
use crate::members::people::Person;

/// Where somebody stands in this order.
pub type Place = (String, i64);

/// Where the delegate of an entry stands in this order.
pub fn place(entry: &Entry) -> Place {
    // As the statements say it: whoever has a name stands before whoever has none.
    let key = entry.person_name.as_ref().map_or_else(|| "b".to_owned(), |name| format!("a{}", name.key()));
    (key, entry.line)
}

/// A page of the register of a session, for one who may see it: of all delegates, or of those of one school.
pub async fn of_session(
    tx: &mut Tx,
    person: &Person,
    (event, session): (EventId, SessionId),
    school: Option<SchoolId>,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<Entry>, Error> {
    seen(tx, person, event, Some(session)).await?;
    Ok(sql::of_session_by_name(tx, person.hub_id, (event, session), school, after.unwrap_or_default(), limit).await?)
}

/// A page of what all registers of an event say, for one who may see them.
pub async fn of_event(
    tx: &mut Tx,
    person: &Person,
    id: EventId,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<Attended>, Error> {
    let (event, ..) = seen(tx, person, id, None).await?;
    let entries = sql::delegates_by_name(tx, person.hub_id, id, after.unwrap_or_default(), limit).await?;
    Ok(added_up(tx, person.hub_id, &event, entries).await?)
}

/// The schools of those on the registers of an event, by name.
pub async fn schools(tx: &mut Tx, person: &Person, event: EventId) -> Result<Vec<(SchoolId, Line)>, db::Error> {
    sql::schools(tx, person.hub_id, event).await
}
