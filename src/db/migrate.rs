//! The schema: one migration text for both engines, and beside it what only one engine can say.

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::postgres::Held;
use super::{Db, Error, Result, words};
use crate::files;

const BOTH: &[(i64, &str, &str)] = &[
    (1, "hub credits", include_str!("../../migrations/0001_hub_credits.sql")),
    (4, "approval", include_str!("../../migrations/0004_approval.sql")),
    (6, "registers", include_str!("../../migrations/0006_registers.sql")),
    (7, "certificates", include_str!("../../migrations/0007_certificates.sql")),
    (8, "notices calendars needs", include_str!("../../migrations/0008_notices_calendars_needs.sql")),
    (9, "tickets", include_str!("../../migrations/0009_tickets.sql")),
    (11, "postings", include_str!("../../migrations/0011_postings.sql")),
    (12, "adjustments", include_str!("../../migrations/0012_adjustments.sql")),
    (13, "succession", include_str!("../../migrations/0013_succession.sql")),
    (14, "year close", include_str!("../../migrations/0014_year_close.sql")),
    (16, "proof", include_str!("../../migrations/0016_proof.sql")),
    (19, "leads", include_str!("../../migrations/0019_leads.sql")),
    (22, "roles", include_str!("../../migrations/0022_roles.sql")),
    (34, "secrets", include_str!("../../migrations/0034_secrets.sql")),
    (35, "checkpoints", include_str!("../../migrations/0035_checkpoints.sql")),
    (37, "disabled", include_str!("../../migrations/0037_disabled.sql")),
    (38, "second person", include_str!("../../migrations/0038_second_person.sql")),
    (39, "approval due", include_str!("../../migrations/0039_approval_due.sql")),
    (43, "moves", include_str!("../../migrations/0043_moves.sql")),
    (44, "minutes", include_str!("../../migrations/0044_minutes.sql")),
    (48, "readiness", include_str!("../../migrations/0048_readiness.sql")),
    (49, "reissued", include_str!("../../migrations/0049_reissued.sql")),
    (50, "circulation", include_str!("../../migrations/0050_circulation.sql")),
    (51, "grounds", include_str!("../../migrations/0051_grounds.sql")),
    (53, "handed on", include_str!("../../migrations/0053_handed_on.sql")),
];
const POSTGRES: &[(i64, &str, &str)] = &[
    (2, "append only", include_str!("../../migrations/postgres/0002_append_only.sql")),
    (3, "rush", include_str!("../../migrations/postgres/0003_rush.sql")),
    (5, "places", include_str!("../../migrations/postgres/0005_places.sql")),
    (10, "journal", include_str!("../../migrations/postgres/0010_journal.sql")),
    (15, "changes", include_str!("../../migrations/postgres/0015_changes.sql")),
    (17, "people booked", include_str!("../../migrations/postgres/0017_people_booked.sql")),
    (21, "statement lines", include_str!("../../migrations/postgres/0021_statement_lines.sql")),
    (36, "checkpoints append only", include_str!("../../migrations/postgres/0036_checkpoints_append_only.sql")),
    (40, "names", include_str!("../../migrations/postgres/0040_names.sql")),
    (52, "chained changes", include_str!("../../migrations/postgres/0052_chained_changes.sql")),
];
const SQLITE: &[(i64, &str, &str)] = &[
    (2, "append only", include_str!("../../migrations/sqlite/0002_append_only.sql")),
    (5, "places", include_str!("../../migrations/sqlite/0005_places.sql")),
    (10, "journal", include_str!("../../migrations/sqlite/0010_journal.sql")),
    (15, "changes", include_str!("../../migrations/sqlite/0015_changes.sql")),
    (17, "people booked", include_str!("../../migrations/sqlite/0017_people_booked.sql")),
    (18, "statistics", include_str!("../../migrations/sqlite/0018_statistics.sql")),
    (20, "transactions", include_str!("../../migrations/sqlite/0020_transactions.sql")),
    (36, "checkpoints append only", include_str!("../../migrations/sqlite/0036_checkpoints_append_only.sql")),
    (40, "names", include_str!("../../migrations/sqlite/0040_names.sql")),
    (52, "chained changes", include_str!("../../migrations/sqlite/0052_chained_changes.sql")),
];

impl Db {
    /// Brings the schema up to date; a database that is already there is left alone. Of several processes
    /// that do so at once, one does it while the others wait. Says how many migrations there are.
    pub async fn migrate(&self) -> Result<usize> {
        self.migrate_to(i64::MAX).await
    }

    /// As [`Db::migrate`], up to and with the migration of this number: as an earlier release left it.
    pub async fn migrate_to(&self, last: i64) -> Result<usize> {
        let mut texts = self.texts();
        let newest = texts.iter().map(|(version, ..)| *version).max().unwrap_or_default();
        texts.retain(|(version, ..)| *version <= last);
        let count = texts.len();
        let migrations = texts
            .into_iter()
            .map(|(version, name, text)| {
                Migration::new(version, name.into(), MigrationType::Simple, AssertSqlSafe(text).into_sql_str(), false)
            })
            .collect();
        let mut migrator = Migrator::with_migrations(migrations);
        let outcome = match self {
            Db::Postgres(pool) if super::postgres::keeps_sessions(&pool.connect_options()).await? => {
                migrator.run(&**pool).await
            }
            // A lock of a session would be left to somebody else. All of it in one transaction is on one session.
            Db::Postgres(pool) => {
                let mut held = Held::alone(pool).await?;
                match migrator.set_locking(false).run_direct(None, &mut *held, false).await {
                    Ok(()) => {
                        held.forget_statements().await?;
                        Ok(held.commit().await?)
                    }
                    error => error,
                }
            }
            Db::Sqlite { write, .. } => {
                // The server keeps others waiting by itself.
                let file = write.connect_options().get_filename().to_path_buf();
                let held = tokio::task::spawn_blocking(move || files::hold(files::folder_of(&file)));
                let _held = held.await.map_err(|_| sqlx::Error::WorkerCrashed)?.map_err(sqlx::Error::Io)?;
                migrator.run(write).await
            }
        };
        outcome.map(|()| count).map_err(|error| match error {
            MigrateError::Execute(error) => Error::from(error),
            other => match words::of_schema(&other, newest) {
                Some(words) => Error::Unusable(format!("{} {words}", self.place())),
                None => Error::Failed(sqlx::Error::Migrate(Box::new(other))),
            },
        })
    }

    fn texts(&self) -> Vec<(i64, &'static str, &'static str)> {
        match self {
            Db::Postgres(_) => [BOTH, POSTGRES].concat(),
            Db::Sqlite { .. } => [BOTH, SQLITE].concat(),
        }
    }

    /// Refuses a database whose schema is not this release's: none, an older one, or a newer one.
    pub async fn has_this_schema(&self) -> Result<()> {
        let mut tx = self.read().await?;
        let applied: Vec<i64> = match tx.query("SELECT version FROM _sqlx_migrations").all::<(i64,)>().await {
            Ok(applied) => applied.into_iter().map(|(version,)| version).collect(),
            // There is no such table.
            Err(Error::Failed(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        let ours: Vec<i64> = self.texts().iter().map(|(version, ..)| *version).collect();
        let newest = ours.iter().copied().max().unwrap_or_default();
        let theirs = applied.iter().copied().filter(|theirs| !ours.contains(theirs)).max();
        let words = match theirs {
            Some(theirs) => words::of_schema(&MigrateError::VersionMissing(theirs), newest),
            None if applied.is_empty() => Some("has no schema of hub-credits: run hub-credits migrate".to_owned()),
            None if applied.len() < ours.len() => {
                Some("has the schema of an older hub-credits: run hub-credits migrate, or serve it".to_owned())
            }
            None => None,
        };
        words.map_or(Ok(()), |words| Err(Error::Unusable(format!("{} {words}", self.place()))))
    }
}
