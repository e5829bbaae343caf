//! Invitations to sessions, for the calendars of those who chose to be sent them: what became of somebody's places is told
//! to their calendar program, session by session.
//!
//! What somebody was last sent of each session is kept and compared with the calendar that they can subscribe to. So
//! whatever brought a change about, it is told once; what was changed and changed back is not told at all; and whoever
//! chooses anew to be sent invitations is told what differs from the last that they had. Of sessions that are over nothing
//! is said. A hub is looked at only where somebody has written to it since it was last looked at.

mod difference;
mod sql;

use chrono::{DateTime, TimeDelta, Utc};

use crate::base::db::{self, Tx, Writes};
use crate::base::ids::{EventId, HubId, LetterId, PersonId, SessionId};
use crate::booking::calendars::{self, Access, Method, Wording};
use crate::ledger::{self, Journal};
use crate::members::people;
use crate::messages::{choices, outbox};

/// What somebody is told of a session.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Invitation {
    /// The session.
    pub session_id: SessionId,
    /// The event that the session is part of.
    pub event_id: EventId,
    /// Whether they are invited; otherwise the invitation is taken back.
    pub invited: bool,
    /// Which writing of the session it is; never lower than one that they were told before.
    pub sequence: i64,
    /// When the session starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// What the calendar says of it.
    #[sqlx(flatten)]
    pub wording: Wording,
    /// When they were told.
    pub told_at: DateTime<Utc>,
}

impl Invitation {
    /// What their calendar program is asked to do.
    pub fn method(&self) -> Method {
        if self.invited { Method::Request } else { Method::Cancel }
    }
}

/// How many people are looked at in one transaction.
const AT_ONCE: i64 = 50;

/// For how long it is kept what somebody was sent of a session that is over.
const KEPT: TimeDelta = TimeDelta::days(30);

/// Some of those who want invitations.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Those who are to be told something.
    pub differ: Vec<PersonId>,
    /// The last of them all, if there may be more.
    pub more_after: Option<PersonId>,
}

/// Up to which write of the hub it is to be looked what is to be told; none where nobody wants it, or nobody has written
/// since it was looked last.
pub async fn to_be_looked_at(tx: &mut Tx, hub: HubId) -> Result<Option<i64>, db::Error> {
    if choices::who_want_invitations(tx, hub, None, 1).await?.is_empty() {
        return Ok(None);
    }
    let (writes, looked) = (ledger::writes(tx, hub).await?, sql::looked(tx, hub).await?);
    Ok(Some(writes).filter(|writes| looked != Some(*writes)))
}

/// Looks at some of those who want invitations, after one of them: who is to be told something.
pub async fn look(tx: &mut Tx, hub: HubId, after: Option<PersonId>, now: DateTime<Utc>) -> Result<Looked, db::Error> {
    let people = choices::who_want_invitations(tx, hub, after, AT_ONCE).await?;
    let full = i64::try_from(people.len()).is_ok_and(|people| people == AT_ONCE);
    let mut differ = Vec::new();
    for &person in &people {
        if !untold(tx, hub, person, now).await?.is_empty() {
            differ.push(person);
        }
    }
    Ok(Looked { differ, more_after: people.last().copied().filter(|_| full) })
}

/// Records up to which write of the hub it was looked.
pub async fn has_looked(tx: &mut Tx, hub: HubId, writes: i64) -> Result<(), db::Error> {
    sql::set_looked(tx, hub, writes).await?.exactly(1)
}

/// Writes the letters of what these people are to be told, each of one session.
pub async fn tell(journal: &mut Journal, people: &[PersonId]) -> Result<(), db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let mut told: Vec<(LetterId, PersonId, Invitation)> = Vec::new();
    for &person in people {
        for invitation in untold(journal.tx(), hub, person, now).await? {
            told.push((journal.new_id(), person, invitation));
        }
    }
    sql::keep(journal.tx(), hub, &told).await?.exactly(told.len())?;
    let letters: Vec<(LetterId, PersonId)> = told.iter().map(|(letter, person, _)| (*letter, *person)).collect();
    let mut writes = Writes::default();
    outbox::invite(journal.tx(), &mut writes, hub, &letters, now);
    journal.tx().together(writes).await
}

/// What somebody is to be told: how their calendar differs from what they were last sent of it. Who is disabled is told
/// nothing.
async fn untold(tx: &mut Tx, hub: HubId, person: PersonId, now: DateTime<Utc>) -> Result<Vec<Invitation>, db::Error> {
    let Some(person) = people::get(tx, hub, person).await?.filter(|person| person.disabled_at.is_none()) else {
        return Ok(Vec::new());
    };
    let calendar = calendars::of_person(tx, &person, Access::SignedIn, now).await?;
    let sent = sql::sent(tx, hub, person.id).await?;
    let mut told = difference::of(&calendar, &sent, now);
    // In the order of the sessions, which is that of their letters.
    told.sort_by_key(|invitation| invitation.starts_at);
    Ok(told)
}

/// What a letter tells somebody; none where a later one has told it otherwise.
pub async fn told_by(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    letter: LetterId,
) -> Result<Option<Invitation>, db::Error> {
    sql::told_by(tx, hub, person, letter).await
}

/// Removes what a person was sent: their record is erased, or merged into another, which is told what it has then.
pub async fn forget(journal: &mut Journal, person: PersonId) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::forget(journal.tx(), hub, person).await?.any();
    Ok(())
}

/// Whether there is anything of sessions that have been over for long.
pub async fn anything_due(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<bool, db::Error> {
    Ok(sql::outlived(tx, hub, now - KEPT).await?.is_some())
}

/// Removes what was sent of sessions that have been over for long.
pub async fn purge(journal: &mut Journal) -> Result<(), db::Error> {
    let (hub, before) = (journal.hub(), journal.now() - KEPT);
    sql::purge(journal.tx(), hub, before).await?.any();
    Ok(())
}
