//! Whom somebody means who typed a name or an e-mail address into a filter.

use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId};
use crate::base::text::{Email, Line};
use crate::members::people::{self, Filter};

/// Of those who are called as was typed, so many are named at most.
const MOST: i64 = 20;

/// Who could be meant.
pub(super) enum Whom {
    /// Nobody else.
    One(PersonId, String),
    /// These, or nobody: with their names.
    Several(Vec<(PersonId, String)>),
}

/// Those who are called `who`, or whose address it is.
pub(super) async fn called(tx: &mut Tx, hub: HubId, who: Line) -> Result<Whom, db::Error> {
    let email = Email::parse(who.as_str()).ok();
    let text = if email.is_some() { None } else { Some(who) };
    let found = people::list(tx, hub, &Filter { text, email, ..Filter::default() }, None, MOST).await?;
    let mut found: Vec<(PersonId, String)> =
        found.into_iter().map(|person| (person.id, person.name.to_string())).collect();
    match found.pop() {
        Some((id, name)) if found.is_empty() => Ok(Whom::One(id, name)),
        Some(last) => {
            found.push(last);
            Ok(Whom::Several(found))
        }
        None => Ok(Whom::Several(found)),
    }
}
