//! The link that confirms somebody's new address.

use actix_web::HttpRequest;

use crate::base::text::Email;
use crate::ledger::Journal;
use crate::lifecycle::moving;
use crate::members::people::{Person, addresses};
use crate::web::app::App;
use crate::web::call::origin;
use crate::web::problem::Problem;

/// The address that a link confirms, without confirming it.
pub(crate) async fn look(app: &App, secret: &str) -> Result<Email, Problem> {
    let found = addresses::confirmed_by(&mut app.db.read_everywhere().await?, secret, app.clock.now()).await?;
    Ok(found.ok_or_else(Problem::not_found)?.2)
}

/// Confirms a new address, once: from then on it is the person's, and every session of theirs ends.
pub(crate) async fn confirm(app: &App, request: &HttpRequest, secret: &str) -> Result<Person, Problem> {
    let (mut tx, now) = (app.db.write_everywhere().await?, app.clock.now());
    let found = addresses::confirmed_by(&mut tx, secret, now).await?;
    let (hub, person, email) = found.ok_or_else(Problem::not_found)?;
    let mut journal = Journal::open(tx, hub, Some(person), now).await?;
    // Of two who open it at once, the hub's lock lets one through.
    addresses::confirmed_by(journal.tx(), secret, now).await?.ok_or_else(Problem::not_found)?;
    let person = moving::readdress(&mut journal, person, email, &origin(app, request)).await?;
    journal.commit().await?;
    Ok(person)
}
