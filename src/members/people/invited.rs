//! Who was invited: since when, and until when the link works.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::sql;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId};

/// The latest invitation of somebody.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Invitation {
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Until when its link works, or worked.
    pub expires_at: DateTime<Utc>,
    /// When it was accepted.
    pub used_at: Option<DateTime<Utc>>,
}

impl Invitation {
    /// Whether its link still works.
    pub fn works(&self, now: DateTime<Utc>) -> bool {
        self.used_at.is_none() && now < self.expires_at
    }
}

/// The latest invitation of a person, where there was any.
pub async fn latest_invitation(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Option<Invitation>, db::Error> {
    sql::invited::latest(tx, hub, person).await
}

/// Those of these people who have an invitation that still works, each with until when.
pub async fn invited(
    tx: &mut Tx,
    hub: HubId,
    people: &[PersonId],
    now: DateTime<Utc>,
) -> Result<HashMap<PersonId, DateTime<Utc>>, db::Error> {
    Ok(sql::invited::working(tx, hub, people, now).await?.into_iter().collect())
}

/// How many people have not signed in and have no invitation that works; as many as `limit` at most.
pub async fn uninvited(tx: &mut Tx, hub: HubId, now: DateTime<Utc>, limit: i64) -> Result<i64, db::Error> {
    sql::invited::uninvited(tx, hub, now, limit).await
}
