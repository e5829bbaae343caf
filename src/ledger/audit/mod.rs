//! The audit: who did what to what, when, from where, by which login or key, with the id of the request.
//!
//! A [record](Record) of something done is written in the commit that did it; of something refused, soon after. Records
//! hold ids, words of the code, paths, addresses and the names of parameters, never a value that somebody sent: no secret
//! can be among them. Bookings at the desk have none, since a sealed change tells who made, changed or ended each.
//!
//! The table is append-only on both engines. What is older than the hub keeps is removed by [`purge`], which is told of
//! itself: without that record the database refuses, and it never lets go of the last quarter.

mod sql;

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::base::clock;
use crate::base::db::types::words;
use crate::base::db::{self, Tx, Writes};
use crate::base::ids::{HubId, PersonId};
use crate::ledger::Journal;

words! {
    /// How something ended that the audit tells of.
    Outcome {
        /// It was done.
        Done = "done",
        /// Whoever asked for it may not do it.
        Refused = "refused",
        /// It was tried in vain: a wrong password, a code that was used up.
        Failed = "failed",
    }
}

/// Where something comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The address of whoever asked, past the proxies that are trusted.
    pub address: Option<IpAddr>,
    /// What their program calls itself, cut to 200 characters.
    pub agent: Option<String>,
    /// The id of the request.
    pub request_id: Option<String>,
}

impl Origin {
    /// The longest text that is kept of what a program calls itself.
    const LONGEST: usize = 200;

    /// An address, what the caller's program calls itself, and the id of the request.
    pub fn new(address: Option<IpAddr>, agent: Option<&str>, request_id: Option<&str>) -> Origin {
        let agent = agent.map(|text| text.chars().filter(|c| !c.is_control()).take(Self::LONGEST).collect::<String>());
        let agent = agent.filter(|text| !text.trim().is_empty());
        Origin { address, agent, request_id: request_id.map(str::to_owned) }
    }
}

/// Who does something: a person, with what they proved it by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct By {
    /// The person.
    pub person: Option<PersonId>,
    /// Their login.
    pub login: Option<Uuid>,
    /// The session that they signed in to.
    pub session: Option<Uuid>,
    /// The API key that acts for them.
    pub key: Option<Uuid>,
}

impl From<PersonId> for By {
    fn from(person: PersonId) -> By {
        By { person: Some(person), ..By::default() }
    }
}

/// Something to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What: an operation of the API (`PATCH /v1/hub`), or the word of another act (`sign_in`).
    pub act: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Who did it; nobody where the operator did, or time.
    pub by: By,
    /// From where.
    pub origin: Origin,
    /// To what: a path, or an id.
    pub target: Option<String>,
    /// More of it: a code, or the names of what was sent. Never a value, never a secret.
    pub detail: Option<String>,
}

impl Entry {
    /// Something that was done.
    pub fn done(act: impl Into<String>, by: impl Into<By>, origin: Origin, at: DateTime<Utc>) -> Entry {
        Entry { at, act: act.into(), outcome: Outcome::Done, by: by.into(), origin, target: None, detail: None }
    }

    /// The same, which ended otherwise, with the code that says why.
    pub fn ended(self, outcome: Outcome, code: impl Into<String>) -> Entry {
        Entry { outcome, detail: Some(code.into()), ..self }
    }

    /// The same, with more of it in a word.
    pub fn saying(self, detail: Option<&str>) -> Entry {
        Entry { detail: detail.map(str::to_owned), ..self }
    }

    /// The same, done to this person.
    pub fn to_person(self, person: PersonId) -> Entry {
        self.to(format!("/v1/people/{person}"))
    }

    /// The same, done to this.
    pub fn to(self, target: impl Into<String>) -> Entry {
        Entry { target: Some(target.into()), ..self }
    }
}

/// What the audit has recorded.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = AuditRecord)]
pub struct Record {
    /// The record's id.
    pub id: Uuid,
    /// When it happened.
    #[serde(rename = "recorded_at")]
    pub at: DateTime<Utc>,
    /// What was done: an operation of the API, such as `PATCH /v1/hub`, or another act, such as `sign_in`.
    pub act: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Who did it; null where the operator did, or time.
    pub person_id: Option<PersonId>,
    /// The login that they signed in by.
    pub login_id: Option<Uuid>,
    /// The session that they were signed in to.
    pub session_id: Option<Uuid>,
    /// The API key that acted for them.
    pub key_id: Option<Uuid>,
    /// The address that it came from.
    pub address: Option<String>,
    /// What their program called itself.
    pub agent: Option<String>,
    /// The id of the request, as in its header `X-Request-Id` and in the logs.
    pub request_id: Option<String>,
    /// To what it was done: the path that was asked for, or that of what was made.
    pub target: Option<String>,
    /// More of it: the code of a refusal, the names of the parameters, the type of a file.
    pub detail: Option<String>,
}

/// Which records are looked for.
#[derive(Clone, Debug)]
pub struct Filter {
    /// What this person did.
    pub person: Option<PersonId>,
    /// What came from this address.
    pub address: Option<IpAddr>,
    /// What ended so.
    pub outcome: Option<Outcome>,
    /// This act.
    pub act: Option<String>,
    /// What was done to the record of this id.
    pub target: Option<Uuid>,
    /// At or after this instant.
    pub from: DateTime<Utc>,
    /// Before this instant.
    pub until: DateTime<Utc>,
}

/// Records something in the transaction of the hub that does it, or one of its own.
pub async fn note(tx: &mut Tx, hub: HubId, entries: &[Entry]) -> db::Result<()> {
    let mut writes = Writes::default();
    enter(tx, &mut writes, hub, entries);
    tx.together(writes).await
}

/// Adds records to what is written together.
pub fn enter(tx: &Tx, writes: &mut Writes, hub: HubId, entries: &[Entry]) {
    let entries: Vec<(Uuid, &Entry)> = entries.iter().map(|entry| (clock::new_id(entry.at), entry)).collect();
    sql::insert(tx, writes, hub, &entries);
}

/// A page of the hub's records, the newest first: those before the one of this instant and id.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: &Filter,
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> db::Result<Vec<Record>> {
    let before = before.unwrap_or((filter.until, Uuid::nil()));
    sql::list(tx, hub, filter, before, limit).await
}

/// What is older than that is purged, once there is a day's worth of it.
const AT_ONCE: TimeDelta = TimeDelta::days(1);

/// Whether there is anything to purge in a hub that keeps its records for so many days.
pub async fn anything_due(tx: &mut Tx, hub: HubId, kept_days: i64, now: DateTime<Utc>) -> db::Result<bool> {
    sql::outlived(tx, hub, now - TimeDelta::days(kept_days) - AT_ONCE).await
}

/// Purges the records that are older than the hub keeps, and records that.
pub async fn purge(journal: &mut Journal, kept_days: i64) -> db::Result<()> {
    let (hub, now) = (journal.hub(), journal.now());
    if !anything_due(journal.tx(), hub, kept_days, now).await? {
        return Ok(());
    }
    let told = Entry::done(PURGED, By::default(), Origin::default(), now).to(format!("{kept_days} days"));
    note(journal.tx(), hub, &[told]).await?;
    sql::purge(journal.tx(), hub, now - TimeDelta::days(kept_days)).await?.any();
    Ok(())
}

/// The act that the triggers of the table ask for.
const PURGED: &str = "audit_purged";
