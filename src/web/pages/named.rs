//! The names of people, for pages that say who did something.

use std::collections::HashMap;

use crate::base::db::Tx;
use crate::base::ids::PersonId;
use crate::members::people;
use crate::web::call::Caller;
use crate::web::problem::Problem;

/// The names of some people of the hub. Only for whoever sees all of them.
#[derive(Default)]
pub(super) struct Names(HashMap<PersonId, String>);

impl Names {
    /// The names of these people.
    pub(super) async fn of(
        caller: &Caller,
        tx: &mut Tx,
        ids: impl IntoIterator<Item = Option<PersonId>>,
    ) -> Result<Names, Problem> {
        let mut names = HashMap::new();
        for id in ids.into_iter().flatten().filter(|_| caller.sees_hub()) {
            if !names.contains_key(&id)
                && let Some(person) = people::get(tx, caller.hub(), id).await?
            {
                names.insert(id, person.name.as_str().to_owned());
            }
        }
        Ok(Names(names))
    }

    /// Somebody's name; nothing where nobody did it, or it is not to be seen.
    pub(super) fn name(&self, id: Option<PersonId>) -> &str {
        id.and_then(|id| self.0.get(&id)).map_or("", String::as_str)
    }
}
