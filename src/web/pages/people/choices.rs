//! What can be chosen in forms about people: schools and partners of the hub.

use chrono::NaiveDate;

use crate::base::db::{self, Tx};
use crate::base::ids::HubId;
use crate::members;

/// Values with their words.
pub(in crate::web::pages) type Choices = Vec<(String, String)>;

/// The schools that are members on this day, by name, after a choice of none.
pub(in crate::web::pages) async fn schools(
    tx: &mut Tx,
    hub: HubId,
    today: NaiveDate,
    none: &str,
) -> Result<Choices, db::Error> {
    let mut found = members::schools::every(tx, hub).await?;
    found.retain(|school| !school.has_left(today));
    let choice = |school: members::schools::School| {
        (school.id.to_string(), format!("{} ({})", school.details.name, school.details.urn))
    };
    Ok(std::iter::once((String::new(), none.to_owned())).chain(found.into_iter().map(choice)).collect())
}

/// The partners of the hub, by name, after a choice of none.
pub(in crate::web::pages) async fn partners(tx: &mut Tx, hub: HubId, none: &str) -> Result<Choices, db::Error> {
    let found = members::partners::every(tx, hub).await?;
    let choice = |partner: members::partners::Partner| (partner.id.to_string(), partner.name.to_string());
    Ok(std::iter::once((String::new(), none.to_owned())).chain(found.into_iter().map(choice)).collect())
}
