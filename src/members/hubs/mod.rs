//! Hubs: groups of schools that share a fund, each with its settings.

pub mod journal;

mod sql;

use chrono::{DateTime, Utc};

use crate::base::clock::london_date;
use crate::base::colour::Colour;
use crate::base::credits::Credits;
use crate::base::db::{self, Db, Tx};
use crate::base::ids::{HubId, PersonId};
use crate::base::text::Line;
use crate::ledger::changes::{Change, Kind};
use crate::ledger::{self, Journal};

pub use journal::import_journal;

/// A hub and its settings.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Hub {
    /// The hub's id.
    pub id: HubId,
    /// The hub's name.
    pub name: Line,
    /// The step of allocations: every line is a multiple of it.
    pub step: Credits,
    /// What one credit is worth, in pence.
    pub credit_value_pence: i64,
    /// How much of its funding the hub returns to its schools, in percent.
    pub returned_share_percent: i64,
    /// Whether an allocation must be approved by another hub manager than its author.
    pub four_eyes: bool,
    /// Who asked to switch that off: it is when another hub manager sends the same change.
    pub four_eyes_off_asked_by: Option<PersonId>,
    /// How many working days a school has to decide on a request before it expires.
    pub approval_days: i64,
    /// Evaluations by fewer people than this are not summed up.
    pub smallest_group: i64,
    /// Whether a hub manager can act only in a session in which a code of their authenticator app was given.
    pub totp_for_managers: bool,
    /// How many years after they were disabled people are erased, unless they have had a place on an event since; null
    /// where the hub erases nobody by itself.
    pub retention_years: Option<i64>,
    /// How many days the audit is kept.
    pub audit_days: i64,
    /// Whether anyone may look at the hub's events to come, without signing in.
    pub public_programme: bool,
    /// The colour of its pages and letters.
    pub colour: Colour,
    /// Rises with every change.
    #[serde(skip)]
    pub version: i64,
    /// When the hub was created.
    pub created_at: DateTime<Utc>,
}

/// What a credit can be worth, in pence.
pub const CREDIT_VALUES: std::ops::RangeInclusive<u32> = 1..=1_000_000;
/// What is said of any other value, in pence.
pub const NO_CREDIT_VALUE: &str = "must be 1 to 1000000 pence";

/// The settings of a hub that can be changed.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The hub's name.
    pub name: Line,
    /// The step of allocations: 1, 0.50 or 0.01 credits.
    pub step: Credits,
    /// What one credit is worth in pence, above zero.
    pub credit_value_pence: i64,
    /// How much of its funding the hub returns to its schools, 0 to 100 percent.
    pub returned_share_percent: i64,
    /// Whether approval needs a second hub manager.
    pub four_eyes: bool,
    /// Who asked to switch `four_eyes` off.
    pub four_eyes_off_asked_by: Option<PersonId>,
    /// How long a school has to decide on a request, 1 to 60 working days.
    pub approval_days: i64,
    /// The smallest group whose evaluations are summed up, 1 to 100 people.
    pub smallest_group: i64,
    /// Whether hub managers need an authenticator app.
    pub totp_for_managers: bool,
    /// How many years after they were disabled people are erased, 1 to 50; never where it is none.
    pub retention_years: Option<i64>,
    /// How long the audit is kept, 90 to 3650 days.
    pub audit_days: i64,
    /// Whether anyone may look at the events to come.
    pub public_programme: bool,
    /// The colour of its pages and letters.
    pub colour: Colour,
}

impl Settings {
    /// The settings of a new hub: whole credits of one pound, half of the funding returned, one hub manager approves,
    /// five working days for a request, two years of audit.
    pub fn of_a_new_hub(name: Line) -> Settings {
        Settings {
            name,
            step: Credits::from_hundredths(100),
            credit_value_pence: 100,
            returned_share_percent: 50,
            four_eyes: false,
            four_eyes_off_asked_by: None,
            approval_days: 5,
            smallest_group: 5,
            totp_for_managers: false,
            retention_years: None,
            audit_days: 730,
            public_programme: false,
            colour: Colour::USUAL,
        }
    }
}

/// Why a hub can't be created or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another hub has the name.
    #[error("another hub has this name")]
    NameTaken,
    /// The record was changed since it was read.
    #[error("the hub has changed since it was read")]
    Stale,
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Creates a hub with its empty ledger; the caller goes on in its journal and commits.
pub async fn create(db: &Db, name: Line, now: DateTime<Utc>) -> Result<Journal, Error> {
    let id = HubId(crate::base::clock::new_id(now));
    let mut tx = db.write(id).await?;
    let hub = Hub::with(id, Settings::of_a_new_hub(name), now);
    match sql::insert(&mut tx, &hub).await {
        Err(db::Error::Unique(_)) => Err(Error::NameTaken),
        outcome => {
            outcome?.exactly(1)?;
            sql::value_from(&mut tx, id, london_date(now), hub.credit_value_pence).await?.exactly(1)?;
            let mut journal = Journal::found(tx, id, None, now).await?;
            journal.changed(Change::new(Kind::HubCreated, id));
            Ok(journal)
        }
    }
}

/// One hub with its settings.
pub async fn get(tx: &mut Tx, hub: HubId) -> Result<Option<Hub>, db::Error> {
    sql::get(tx, hub).await
}

/// Whether the hub was rebuilt from a journal alone, without its schools, events and other records.
pub async fn has_only_its_journal(tx: &mut Tx, hub: HubId) -> Result<bool, db::Error> {
    sql::has_only_its_journal(tx, hub).await
}

/// The ids of all hubs.
pub async fn ids(tx: &mut Tx) -> Result<Vec<HubId>, db::Error> {
    sql::ids(tx).await
}

/// The hub of that name.
pub async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<Hub>, db::Error> {
    sql::by_name(tx, name).await
}

/// A page of the hubs in the order of their ids.
pub async fn list(tx: &mut Tx, after: Option<HubId>, limit: i64) -> Result<Vec<Hub>, db::Error> {
    sql::list(tx, after, limit).await
}

/// Whether there is any hub in the database at this address; none where its file is still to be made.
pub async fn any(db: &Db, url: &str) -> Result<bool, db::Error> {
    if db::is_to_be_made(url) {
        return Ok(false);
    }
    Ok(!list(&mut db.read_everywhere().await?, None, 1).await?.is_empty())
}

/// Writes the settings of the hub whose version the caller read. [`crate::members::people`] decides who may relax
/// which.
pub async fn change(journal: &mut Journal, version: i64, settings: Settings) -> Result<Hub, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    match sql::update(journal.tx(), &Hub { version, ..Hub::with(hub, settings, now) }).await {
        Err(db::Error::Unique(_)) => Err(Error::NameTaken),
        outcome => {
            let changed = outcome?.ok_or(Error::Stale)?;
            sql::value_from(journal.tx(), hub, london_date(now), changed.credit_value_pence).await?.exactly(1)?;
            journal.changed(Change::new(Kind::HubChanged, hub));
            Ok(changed)
        }
    }
}

impl Hub {
    fn with(id: HubId, settings: Settings, created_at: DateTime<Utc>) -> Hub {
        let Settings {
            name,
            step,
            credit_value_pence,
            returned_share_percent,
            four_eyes,
            four_eyes_off_asked_by,
            approval_days,
            smallest_group,
            totp_for_managers,
            retention_years,
            audit_days,
            public_programme,
            colour,
        } = settings;
        Hub {
            id,
            name,
            step,
            credit_value_pence,
            returned_share_percent,
            four_eyes,
            four_eyes_off_asked_by,
            approval_days,
            smallest_group,
            totp_for_managers,
            retention_years,
            audit_days,
            public_programme,
            colour,
            version: 1,
            created_at,
        }
    }
}
