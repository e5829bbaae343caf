//! People as they are named in a form: by their addresses.

use std::collections::HashMap;

use crate::base::db::Tx;
use crate::base::ids::{HubId, PersonId};
use crate::base::text::Email;
use crate::members::people::{self, Person};
use crate::web::problem::Problem;

/// The people of these addresses, as far as there are any.
pub(super) async fn by_email(tx: &mut Tx, hub: HubId, emails: &[Email]) -> Result<HashMap<Email, Person>, Problem> {
    let found = people::by_emails(tx, hub, emails).await?;
    Ok(found.into_iter().map(|person| (person.email.clone(), person)).collect())
}

/// The address of a person, where there is one.
pub(super) async fn email(tx: &mut Tx, hub: HubId, id: Option<PersonId>) -> Result<String, Problem> {
    let Some(id) = id else { return Ok(String::new()) };
    Ok(people::get(tx, hub, id).await?.map_or(String::new(), |person| person.email.as_str().to_owned()))
}
