//! What somebody wants to be sent by e-mail, and when: for each topic at once, in a daily digest, or not at all; and hours
//! in which nothing comes. All of it stands on the page of notices, whatever is chosen.

mod fate;
mod sql;
mod told;
mod topics;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use fate::{Fate, Quiet, TimeOfDay, fate, fate_alone};
pub use told::told;
pub use topics::Topic;

use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId};
use crate::ledger::Journal;

words!(/** How somebody is sent what they are told of a topic. */ Way {
    /// At once.
    AtOnce = "at_once",
    /// At 7am in London, all of it in one letter.
    Digest = "digest",
    /// Not at all: it stands on the page of notices.
    None = "none",
});

/// How somebody is sent what they are told of one topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = LetterChoice)]
pub struct Choice {
    /// The topic.
    pub topic: Topic,
    /// How they are sent it.
    pub way: Way,
    /// Whether another way can be chosen.
    pub can_be_changed: bool,
    /// Whether it can be had in the daily digest.
    pub can_be_gathered: bool,
}

/// What somebody wants to be sent.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = LetterChoices)]
pub struct Choices {
    /// Every topic.
    pub choices: Vec<Choice>,
    /// From when nothing is to come, in London; null where it may come at any hour.
    pub quiet_from: Option<TimeOfDay>,
    /// Until when nothing is to come.
    pub quiet_until: Option<TimeOfDay>,
}

impl Choices {
    /// How they are sent what they are told of a topic.
    pub fn way(&self, topic: Topic) -> Way {
        self.choices.iter().find(|choice| choice.topic == topic).map_or(topic.unless_chosen(), |choice| choice.way)
    }

    /// The hours in which nothing is to come.
    pub fn quiet(&self) -> Option<Quiet> {
        self.quiet_from.zip(self.quiet_until).map(|(from, until)| Quiet { from, until })
    }

    /// What becomes of a letter of a topic now, where its time is over at `due_at`.
    pub fn fate(&self, topic: Topic, due_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Fate {
        fate(topic, self.way(topic), self.quiet(), due_at, now)
    }

    /// What becomes now of a letter of a topic that goes by itself.
    pub fn fate_alone(&self, topic: Topic, written_at: DateTime<Utc>, now: DateTime<Utc>) -> Fate {
        fate_alone(self.way(topic), self.quiet(), written_at, now)
    }
}

/// Why something can't be chosen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Letters of that topic come at once.
    #[error("what is about the safety of an account always comes at once")]
    NotToBeChanged,
    /// Letters of that topic come one by one.
    #[error("invitations for a calendar come at once, or not at all")]
    NotToBeGathered,
    /// Quiet hours have a beginning and another end.
    #[error("quiet hours need a beginning and an end that differ")]
    Hours,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// What somebody has chosen.
pub async fn of(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Choices, db::Error> {
    let chosen = sql::ways(tx, hub, person).await?;
    let hours = sql::hours(tx, hub, person).await?;
    let way = |topic: Topic| chosen.iter().find(|(of, _)| *of == topic).map_or(topic.unless_chosen(), |(_, way)| *way);
    let choice = |&topic: &Topic| Choice {
        topic,
        way: way(topic),
        can_be_changed: topic.can_be_changed(),
        can_be_gathered: topic.can_be_gathered(),
    };
    let (quiet_from, quiet_until) = hours.unzip();
    Ok(Choices { choices: Topic::ALL.iter().map(choice).collect(), quiet_from, quiet_until })
}

/// Some of those who want invitations for their calendar, after one of them, in the order of their ids.
pub async fn who_want_invitations(
    tx: &mut Tx,
    hub: HubId,
    after: Option<PersonId>,
    limit: i64,
) -> Result<Vec<PersonId>, db::Error> {
    let after = after.unwrap_or(PersonId(Uuid::nil()));
    Ok(sql::who_want_invitations(tx, hub, after, limit).await?.into_iter().map(|(person,)| person).collect())
}

/// Chooses the way of some topics; the others stay as they are.
pub async fn choose(journal: &mut Journal, person: PersonId, chosen: &[(Topic, Way)]) -> Result<(), Error> {
    if chosen.iter().any(|(topic, way)| !topic.can_be_changed() && *way != Way::AtOnce) {
        return Err(Error::NotToBeChanged);
    }
    if chosen.iter().any(|(topic, way)| !topic.can_be_gathered() && *way == Way::Digest) {
        return Err(Error::NotToBeGathered);
    }
    let (hub, now) = (journal.hub(), journal.now());
    for (topic, way) in chosen {
        sql::choose(journal.tx(), hub, person, (*topic, *way), now).await?.exactly(1)?;
    }
    Ok(())
}

/// Sets the hours in which nothing is to come, or takes them away.
pub async fn be_quiet(
    journal: &mut Journal,
    person: PersonId,
    hours: (Option<TimeOfDay>, Option<TimeOfDay>),
) -> Result<(), Error> {
    let hub = journal.hub();
    match hours {
        (Some(from), Some(until)) if from != until => {
            sql::set_hours(journal.tx(), hub, person, (from, until)).await?.exactly(1)?;
        }
        (None, None) => sql::remove_hours(journal.tx(), hub, person).await?.any(),
        _ => return Err(Error::Hours),
    }
    Ok(())
}

/// Removes what somebody has chosen: their record is erased, or merged into another, whose choices stand.
pub async fn forget(journal: &mut Journal, person: PersonId) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::forget(journal.tx(), hub, person).await?.any();
    sql::remove_hours(journal.tx(), hub, person).await?.any();
    Ok(())
}
