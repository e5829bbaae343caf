//! The embedded engine's connections: one that writes, some that read, and one that checkpoints the log into the file.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;
use std::{fs, io};

use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use tokio::sync::mpsc;

use super::ready::Identity;
use super::{Db, Error, Result};
use crate::base::files;

/// How long writes gather in the log before they are checkpointed into the file: a page that many of them change is
/// then written once.
const GATHERED: Duration = Duration::from_millis(500);

/// How many rows are read ahead: a page of a list, and what a slice of bookings asks for, are fetched at once,
/// without producer and consumer waking each other every fifty rows.
const ROWS_AHEAD: usize = 1024;

/// What to do where the file does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// Create it, with its folder.
    Made,
    /// Fail: a missing file is an error.
    Refused,
    /// Wait: whatever asks the database fails until somebody has created it.
    Awaited,
}

/// Opens the file that `url` names, for this many readers.
pub(super) async fn open(url: &str, readers: u32, missing: Missing) -> Result<Db> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(missing == Missing::Made)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .statement_cache_capacity(512)
        .row_buffer_size(ROWS_AHEAD);
    if missing == Missing::Made {
        prepare(options.get_filename()).map_err(sqlx::Error::Io)?;
    }
    // When the disk is full or fails, SQLite rolls a transaction back by itself, unseen by the driver:
    // such a connection never begins another, and is replaced.
    let pool = || {
        SqlitePoolOptions::new().test_before_acquire(false).before_acquire(|connection, _| {
            let idle = !connection.is_in_transaction();
            Box::pin(async move { Ok(idle) })
        })
    };
    // 24 MiB for the writer: a large import stays in memory until it commits, instead of spilling page by page.
    // What it keeps to undo one statement of many rows stays in memory too, instead of in a needless file.
    // The log is checkpointed beside the writer. SQLite does so itself only when the log has reached 200 MiB, which is
    // where it starts again: under load something is always waiting to be checkpointed.
    // What is deleted or replaced is overwritten wherever it lies: nobody reads it in the file any more.
    let writer = options
        .clone()
        .pragma("secure_delete", "on")
        .pragma("cache_size", "-24576")
        .pragma("temp_store", "memory")
        .pragma("wal_autocheckpoint", "50000");
    let write = pool().max_connections(1).acquire_timeout(Duration::from_secs(30));
    let log = Log::of(pool().max_connections(1).connect_lazy_with(options.clone()));
    let file = options.get_filename().to_path_buf();
    let read = pool().max_connections(readers).acquire_timeout(Duration::from_secs(10));
    let reader = options.pragma("query_only", "on");
    let (write, read) = match missing {
        Missing::Awaited => (write.connect_lazy_with(writer), read.connect_lazy_with(reader)),
        Missing::Made | Missing::Refused => (write.connect_with(writer).await?, read.connect_with(reader).await?),
    };
    // From here on the file is known by its identity.
    log.file().is_of(&file);
    Ok(Db::Sqlite { write, read, log })
}

/// Makes the folder, and an empty file that only its owner may read: the log beside it becomes as private.
fn prepare(file: &Path) -> io::Result<()> {
    fs::create_dir_all(files::folder_of(file))?;
    match files::new_private(file) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Makes the file with its schema, whole or not at all: of several processes doing so at once, one makes it.
pub(super) async fn make(file: &Path) -> Result<()> {
    let named = |error: io::Error| {
        let (named, folder) = (file.display(), files::folder_of(file).display());
        Error::Unusable(format!("{named} can't be made ({error}): this user needs the right to make files in {folder}"))
    };
    fs::create_dir_all(files::folder_of(file)).map_err(named)?;
    let draft = files::draft_of(file);
    prepare(&draft).map_err(named)?;
    let db = open(&format!("sqlite:{}", draft.display()), 1, Missing::Refused).await?;
    let outcome = db.migrate().await;
    db.close().await;
    match outcome {
        Ok(_) => {
            files::place(&draft, file).and_then(|_| files::settle(file)).map_err(named)?;
            Ok(())
        }
        Err(error) => {
            fs::remove_file(draft).map_err(named)?;
            Err(error)
        }
    }
}

/// The write-ahead log, and the connection that checkpoints it while the writer goes on.
#[derive(Clone, Debug)]
pub struct Log {
    written: mpsc::Sender<()>,
    folding: SqlitePool,
    file: Identity,
}

impl Log {
    fn of(folding: SqlitePool) -> Log {
        let (written, mut wanted) = mpsc::channel(1);
        let pool = folding.clone();
        tokio::spawn(async move {
            while wanted.recv().await.is_some() {
                tokio::time::sleep(GATHERED).await;
                // What is not checkpointed now is after the next write, or by the last connection to close.
                let _ = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&pool).await;
            }
        });
        Log { written, folding, file: Identity::default() }
    }

    /// The identity of the file that is open.
    pub(super) fn file(&self) -> &Identity {
        &self.file
    }

    /// Notes that something is about to be written.
    pub(super) fn written(&self) {
        // The channel is full where a checkpoint is already due.
        let _ = self.written.try_send(());
    }

    /// Folds the whole log into the file, and empties it.
    pub(super) async fn fold(&self) -> Result<()> {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.folding).await?;
        Ok(())
    }

    pub(super) async fn close(&self) {
        self.folding.close().await;
    }
}
