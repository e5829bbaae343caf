//! The schema: one migration text for both engines, and beside it what only one engine can express. Every text in the
//! folders is part of the binary. From 0.1.0 on none is ever edited: a change of the schema is a new one.

use sqlx::migrate::{MigrateError, Migration, Migrator};

use super::postgres::Held;
use super::words::{self, Applied};
use super::{Db, Error, Result};
use crate::base::files;

static BOTH: Migrator = sqlx::migrate!("./migrations");
static POSTGRES: Migrator = sqlx::migrate!("./migrations/postgres");
static SQLITE: Migrator = sqlx::migrate!("./migrations/sqlite");

impl Db {
    /// Brings the schema up to date; a database that already is stays as it is, and one whose schema is not of this
    /// release or an earlier one is refused. Of several processes doing so at once, one does it while the others wait.
    /// Returns how many migrations there are.
    pub async fn migrate(&self) -> Result<usize> {
        self.is_not_strange().await?;
        let texts = self.texts();
        let count = texts.len();
        let mut migrator = Migrator::with_migrations(texts);
        let outcome = match self {
            Db::Postgres(pool) if super::postgres::keeps_sessions(&pool.connect_options()).await? => {
                migrator.run(&**pool).await
            }
            // A session lock could be left to somebody else. All of it in one transaction stays on one session.
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
                // SQLite itself makes others wait.
                let file = write.connect_options().get_filename().to_path_buf();
                let held = tokio::task::spawn_blocking(move || files::hold(files::folder_of(&file)));
                let _held = held.await.map_err(|_| sqlx::Error::WorkerCrashed)?.map_err(sqlx::Error::Io)?;
                migrator.run(write).await
            }
        };
        match outcome {
            Ok(()) => {
                if let Db::Postgres(server) = self {
                    server.raises_its_wall().await?;
                }
                Ok(count)
            }
            Err(MigrateError::Execute(error)) => Err(Error::from(error)),
            Err(other) => {
                // Another release may have been quicker while this one waited.
                self.is_not_strange().await?;
                Err(Error::Failed(sqlx::Error::Migrate(Box::new(other))))
            }
        }
    }

    fn texts(&self) -> Vec<Migration> {
        let of_engine = match self {
            Db::Postgres(_) => &POSTGRES,
            Db::Sqlite { .. } => &SQLITE,
        };
        BOTH.iter().chain(of_engine.iter()).cloned().collect()
    }

    /// Refuses a database whose schema is not this release's: missing, older, or unknown.
    pub async fn has_this_schema(&self) -> Result<()> {
        match self.is_not_strange().await? {
            0 => Err(self.unusable("has no schema of hub-credits: run hub-credits migrate")),
            applied if applied < self.texts().len() => {
                Err(self.unusable("has the schema of an older hub-credits: run hub-credits migrate, or serve it"))
            }
            _ => Ok(()),
        }
    }

    /// Refuses a database that has a migration which this release does not know. Returns how many it has.
    async fn is_not_strange(&self) -> Result<usize> {
        let mut tx = self.read_everywhere().await?;
        let applied = tx.query("SELECT version, description, checksum FROM _sqlx_migrations ORDER BY version").all();
        let applied: Vec<Applied> = match applied.await {
            // The table does not exist.
            Err(Error::Failed(_)) => Vec::new(),
            applied => applied?,
        };
        match words::of_schema(&self.texts(), &applied) {
            Some(words) => Err(self.unusable(&words)),
            None => Ok(applied.len()),
        }
    }

    fn unusable(&self, words: &str) -> Error {
        Error::Unusable(format!("{} {words}", self.place()))
    }
}
