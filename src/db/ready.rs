//! Whether the database takes a write now, which a process that only reads its memory, or a file that nobody else
//! can see any more, would not notice.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::time::timeout;

use super::{Db, Error, Log, Result};

/// How long a write may take.
const LIMIT: Duration = Duration::from_millis(900);

/// For how long a write that was taken answers those who ask next.
const FRESH: Duration = Duration::from_millis(100);

/// How much room a disk must have, in bytes: what a booking writes and more. A write into the room that the log
/// has already says nothing of the next.
const ROOM: usize = 256 * 1024;

const WRITE: &str = "UPDATE readiness SET asked = asked + 1";

/// The file as it was when it was opened: its device and its number there.
#[derive(Clone, Debug, Default)]
pub(super) struct Identity(Arc<OnceLock<(u64, u64)>>);

impl Identity {
    /// Whether the file at the path is still the one that was there when this was asked first.
    pub(super) fn is_of(&self, file: &Path) -> bool {
        let Ok(found) = fs::metadata(file) else { return false };
        let found = (found.dev(), found.ino());
        *self.0.get_or_init(|| found) == found
    }
}

/// Who asks whether a database takes writes: anyone may, as often as they like, and one asks at a time.
#[derive(Debug, Default)]
pub struct Readiness {
    taken: Mutex<Option<Instant>>,
}

impl Readiness {
    /// An error where the database does not take a write now.
    pub async fn ask(&self, db: &Db) -> Result<()> {
        let asked = async {
            let mut taken = self.taken.lock().await;
            if taken.is_some_and(|taken| taken.elapsed() < FRESH) {
                return Ok(());
            }
            *taken = None;
            db.takes_a_write().await?;
            *taken = Some(Instant::now());
            Ok(())
        };
        let late = || Error::Unusable("the database did not take a write within a second".to_owned());
        timeout(LIMIT, asked).await.unwrap_or_else(|_| Err(late()))
    }
}

impl Db {
    /// Writes a row; on SQLite also asks whether the file is still there, and its disk has room.
    async fn takes_a_write(&self) -> Result<()> {
        if let Db::Sqlite { write, log, .. } = self {
            let file = write.connect_options().get_filename().to_path_buf();
            // First: where its folder is gone too, that there is no room beside it would be no answer.
            still_there(log, &file)?;
            let room = tokio::task::spawn_blocking(move || has_room(&file));
            if let Err(error) = room.await.unwrap_or_else(|_| Err(io::Error::other("the question was given up"))) {
                tracing::error!(%error, "no room beside the database");
                let words = "the disk of the database has no room, or can't be written to";
                return Err(Error::Unusable(words.to_owned()));
            }
        }
        let mut tx = self.write().await?;
        tx.query(WRITE).run().await?.exactly(1)?;
        tx.commit().await
    }
}

/// An error where the file at the path is not the one that is open.
pub(super) fn still_there(log: &Log, file: &Path) -> Result<()> {
    if log.file().is_of(file) {
        return Ok(());
    }
    let words = "the file of the database is not there, or not the one that is open: make one with hub-credits init, or \
                 put it back where it was and start the service again";
    Err(Error::Unusable(words.to_owned()))
}

/// Writes a file beside it, and takes it away.
fn has_room(file: &Path) -> io::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push("-room");
    let beside = PathBuf::from(beside);
    let written = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside);
    let written = written.and_then(|mut file| file.write_all(&vec![1; ROOM]).and_then(|()| file.sync_data()));
    match fs::remove_file(&beside) {
        // Another process that asks the same may have been faster.
        Err(error) if error.kind() != io::ErrorKind::NotFound => written.and(Err(error)),
        _ => written,
    }
}
