//! Stopping the letters of a topic by the link that is in them, without signing in.

use super::app::App;
use super::problem::Problem;
use crate::ledger::Journal;
use crate::letters::read_stop;
use crate::members::people::{self, Person};
use crate::messages::choices::{self, Topic, Way};

/// Whose letters of what topic a link stops, without stopping any.
pub(crate) async fn look(app: &App, word: &str) -> Result<(Person, Topic), Problem> {
    let (hub, id, topic) = read_stop(&app.vault, word).ok_or_else(Problem::not_found)?;
    let person = people::get(&mut app.db.read(hub).await?, hub, id).await?;
    let person = person.filter(|person| person.erased_at.is_none()).ok_or_else(Problem::not_found)?;
    Ok((person, topic))
}

/// Stops them; doing it twice changes nothing. Returns whose and of what topic they were.
pub(crate) async fn stop(app: &App, word: &str) -> Result<(Person, Topic), Problem> {
    let (person, topic) = look(app, word).await?;
    let (hub, id) = (person.hub_id, person.id);
    let mut journal = Journal::open(app.db.write(hub).await?, hub, Some(id), app.clock.now()).await?;
    choices::choose(&mut journal, id, &[(topic, Way::None)]).await?;
    journal.commit().await?;
    Ok((person, topic))
}
