//! The embedded engine's connections: one that writes, some that read, and one that folds the log into the file.

use std::str::FromStr;
use std::time::Duration;

use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use tokio::sync::mpsc;

use super::{Db, Result};

/// How long writes gather in the log before they are folded into the file: a page that many of them change is
/// written there once.
const GATHERED: Duration = Duration::from_millis(500);

/// So many rows wait for whoever reads them: a page of a list, and what a slice of bookings asks, are found at once,
/// instead of its finder and its reader waking each other at every fiftieth.
const ROWS_AHEAD: usize = 1024;

/// Opens the file that `url` names, made when missing, for so many readers.
pub(super) async fn open(url: &str, readers: u32) -> Result<Db> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .statement_cache_capacity(512)
        .row_buffer_size(ROWS_AHEAD);
    let file = options.get_filename();
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(sqlx::Error::Io)?;
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
    let write = pool().max_connections(1).acquire_timeout(Duration::from_secs(30)).connect_with(writer).await?;
    let log = Log::of(pool().max_connections(1).connect_lazy_with(options.clone()));
    let read = pool()
        .max_connections(readers)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options.pragma("query_only", "on"))
        .await?;
    Ok(Db::Sqlite { write, read, log })
}

/// The log of what was written, and who folds it into the file while the writer goes on.
#[derive(Clone, Debug)]
pub struct Log {
    written: mpsc::Sender<()>,
    folding: SqlitePool,
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
        Log { written, folding }
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
