//! Partners: outside organisations that sell programmes against credits.

mod sql;

use chrono::{DateTime, Utc};

use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PartnerId};
use crate::base::text::Line;
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};

/// An outside organisation.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Partner {
    /// The partner's id.
    pub id: PartnerId,
    /// The partner's name, unique in the hub.
    pub name: Line,
    /// Rises with every change.
    #[serde(skip)]
    pub version: i64,
    /// When the partner was added.
    pub created_at: DateTime<Utc>,
}

/// Why a partner can't be added or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another partner of the hub has the name.
    #[error("another partner of the hub has this name")]
    NameTaken,
    /// The record was changed since it was read.
    #[error("the partner has changed since it was read")]
    Stale,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Adds a partner to the hub.
pub async fn create(journal: &mut Journal, name: Line) -> Result<Partner, Error> {
    let partner = Partner { id: journal.new_id(), name, version: 1, created_at: journal.now() };
    let hub = journal.hub();
    match sql::insert(journal.tx(), hub, &partner).await {
        Err(db::Error::Unique(_)) => Err(Error::NameTaken),
        outcome => {
            outcome?.exactly(1)?;
            journal.changed(Change::new(Kind::PartnerCreated, partner.id));
            Ok(partner)
        }
    }
}

/// One partner of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: PartnerId) -> Result<Option<Partner>, db::Error> {
    sql::get(tx, hub, id).await
}

/// Every partner of the hub.
pub async fn every(tx: &mut Tx, hub: HubId) -> Result<Vec<Partner>, db::Error> {
    let mut all = sql::every(tx, hub).await?;
    all.sort_by_cached_key(|partner| partner.name.key());
    Ok(all)
}

/// A page of partners in the order of the keys of their names, after a key: those with `text` in their name, or `only`
/// this one where it is given.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    only: Option<PartnerId>,
    text: Option<&Line>,
    after: Option<(String, PartnerId)>,
    limit: i64,
) -> Result<Vec<Partner>, db::Error> {
    sql::list(tx, hub, only, text, after, limit).await
}

/// Renames a partner whose version the caller read.
pub async fn rename(journal: &mut Journal, id: PartnerId, version: i64, name: Line) -> Result<Partner, Error> {
    let hub = journal.hub();
    match sql::rename(journal.tx(), hub, id, version, name).await {
        Err(db::Error::Unique(_)) => Err(Error::NameTaken),
        outcome => {
            let renamed = outcome?.ok_or(Error::Stale)?;
            journal.changed(Change::new(Kind::PartnerChanged, id));
            Ok(renamed)
        }
    }
}
