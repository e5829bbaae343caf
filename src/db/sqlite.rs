//! The embedded engine's connections: one that writes, some that read, and one that folds the log into the file.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;
use std::{fs, io};

use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use tokio::sync::mpsc;

use super::ready::Identity;
use super::{Db, Error, Result};
use crate::files;

/// How long writes gather in the log before they are folded into the file: a page that many of them change is
/// written there once.
const GATHERED: Duration = Duration::from_millis(500);

/// So many rows wait for whoever reads them: a page of a list, and what a slice of bookings asks, are found at once,
/// instead of its finder and its reader waking each other at every fiftieth.
const ROWS_AHEAD: usize = 1024;

/// What is done where the file is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// It is made, with its folder.
    Made,
    /// It is an error.
    Refused,
    /// Nothing: what asks the database fails until somebody has made it.
    Awaited,
}

/// Opens the file that `url` names, for so many readers.
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
    // SQLite gives a transaction up by itself where the disk is full or fails, unseen by the driver:
    // such a connection never begins another, and is replaced.
    let pool = || {
        SqlitePoolOptions::new().test_before_acquire(false).before_acquire(|connection, _| {
            let idle = !connection.is_in_transaction();
            Box::pin(async move { Ok(idle) })
        })
    };
    // 40 MiB for the writer: a large import stays in memory until it commits, instead of spilling page by page.
    // What it keeps to undo one statement of many rows stays in memory too, instead of a file that nobody needs.
    // The log is folded beside the writer. It does so itself only where the log has grown to 200 MiB, which is where
    // it begins anew: in a rush there is always something that is not folded yet.
    let writer = options
        .clone()
        .pragma("cache_size", "-40960")
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
    // From here on it is known by its identity.
    log.file().is_of(&file);
    Ok(Db::Sqlite { write, read, log })
}

/// Makes the folder, and an empty file that is its owner's alone: the log beside it becomes as private.
fn prepare(file: &Path) -> io::Result<()> {
    fs::create_dir_all(files::folder_of(file))?;
    match files::new_private(file) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Makes the file with its schema, whole or not at all: of several processes that do so at once, one makes it.
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

/// The log of what was written, and who folds it into the file while the writer goes on.
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
                // What is not folded now is folded after the next write, or by the last connection that closes.
                let _ = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&pool).await;
            }
        });
        Log { written, folding, file: Identity::default() }
    }

    /// Which file it is that is open.
    pub(super) fn file(&self) -> &Identity {
        &self.file
    }

    /// Something is about to be written.
    pub(super) fn written(&self) {
        // It is full where folding is wanted already.
        let _ = self.written.try_send(());
    }

    pub(super) async fn close(&self) {
        self.folding.close().await;
    }
}
