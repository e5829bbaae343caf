//! Stopping the letters of a topic, or the newsletter, by the link that is in them, without signing in.

use super::app::App;
use super::problem::Problem;
use crate::base::text::Line;
use crate::ledger::Journal;
use crate::letters::{Stops, read_stop};
use crate::members::people;
use crate::messages::choices::{self, Topic, Way};
use crate::news::contacts;

/// Whose letters a link stops, and of what topic.
pub(crate) struct Whose {
    /// Their name.
    pub(crate) name: Line,
    /// The topic.
    pub(crate) topic: Topic,
    /// Whether they are one of the hub's people, and so choose what they are sent.
    pub(crate) signs_in: bool,
}

/// Whose letters of what topic a link stops, without stopping any.
pub(crate) async fn look(app: &App, word: &str) -> Result<Whose, Problem> {
    let (hub, stops) = read_stop(&app.vault, word).ok_or_else(Problem::not_found)?;
    let mut tx = app.db.read(hub).await?;
    match stops {
        Stops::Topic(id, topic) => {
            let person = people::get(&mut tx, hub, id).await?.filter(|person| person.erased_at.is_none());
            Ok(Whose { name: person.ok_or_else(Problem::not_found)?.name, topic, signs_in: true })
        }
        Stops::Newsletter(id) => {
            let contact = contacts::get(&mut tx, hub, id).await?.ok_or_else(Problem::not_found)?;
            Ok(Whose { name: contact.name, topic: Topic::Newsletter, signs_in: false })
        }
    }
}

/// What a link makes of the letters of a topic. What waits for somebody to decide still comes, once a day: requests that
/// nobody sees expire, and programs that read e-mail press such links by themselves. Whoever wants none of them says so where
/// they sign in.
pub(crate) fn way(topic: Topic) -> Way {
    if topic == Topic::ToDo { Way::Digest } else { Way::None }
}

/// Stops them; doing it twice changes nothing. Returns whose and of what topic they were.
pub(crate) async fn stop(app: &App, word: &str) -> Result<Whose, Problem> {
    let whose = look(app, word).await?;
    let (hub, stops) = read_stop(&app.vault, word).ok_or_else(Problem::not_found)?;
    let by = match stops {
        Stops::Topic(id, _) => Some(id),
        Stops::Newsletter(_) => None,
    };
    let mut journal = Journal::open(app.db.write(hub).await?, hub, by, app.clock.now()).await?;
    match stops {
        Stops::Topic(id, topic) => {
            // Who has chosen none stays without.
            let chosen = choices::of(journal.tx(), hub, id).await?;
            if chosen.way(topic) != Way::None {
                choices::choose(&mut journal, id, &[(topic, way(topic))]).await?;
            }
        }
        Stops::Newsletter(id) => contacts::stop(&mut journal, id).await?,
    }
    journal.commit().await?;
    Ok(whose)
}
