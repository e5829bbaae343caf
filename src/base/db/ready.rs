//! Whether the database accepts a write now. A process that only reads its memory, or a file that nobody else can see
//! any more, would not notice that it does not.

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

/// For how long one successful write answers those who ask next.
const FRESH: Duration = Duration::from_millis(100);

/// How much free space a disk must have, in bytes: what a booking writes and more. A write into space that the log
/// already has says nothing about the next.
const ROOM: usize = 256 * 1024;

const WRITE: &str = "UPDATE readiness SET asked = asked + 1";

/// The file as it was when it was opened: its device and inode.
#[derive(Clone, Debug, Default)]
pub(super) struct Identity(Arc<OnceLock<(u64, u64)>>);

impl Identity {
    /// Whether the file at the path is still the one that was there when this was first asked.
    pub(super) fn is_of(&self, file: &Path) -> bool {
        let Ok(found) = fs::metadata(file) else { return false };
        let found = (found.dev(), found.ino());
        *self.0.get_or_init(|| found) == found
    }
}

/// Answers whether a database accepts writes: anyone may ask, as often as they like, and one check runs at a time.
#[derive(Debug, Default)]
pub struct Readiness {
    taken: Mutex<Option<Instant>>,
}

impl Readiness {
    /// Fails where the database does not accept a write now.
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
    /// Writes a row; on SQLite also checks that the file is still there and its disk has space.
    async fn takes_a_write(&self) -> Result<()> {
        if let Db::Sqlite { write, log, .. } = self {
            let file = write.connect_options().get_filename().to_path_buf();
            // First: where the folder is gone too, "no space" would be the wrong answer.
            still_there(log, &file)?;
            let room = tokio::task::spawn_blocking(move || has_room(&file));
            if let Err(error) = room.await.unwrap_or_else(|_| Err(io::Error::other("the question was given up"))) {
                tracing::error!(%error, "no room beside the database");
                let words = "the disk of the database has no room, or can't be written to";
                return Err(Error::Unusable(words.to_owned()));
            }
        }
        let mut tx = self.write_everywhere().await?;
        tx.query(WRITE).run().await?.exactly(1)?;
        tx.commit().await
    }
}

/// Fails where the file at the path is not the one that is open.
pub(super) fn still_there(log: &Log, file: &Path) -> Result<()> {
    if log.file().is_of(file) {
        return Ok(());
    }
    let words = "the file of the database is not there, or not the one that is open: make one with hub-credits init, or \
                 put it back where it was and start the service again";
    Err(Error::Unusable(words.to_owned()))
}

/// Writes a file beside it, and removes it.
fn has_room(file: &Path) -> io::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push("-room");
    let beside = PathBuf::from(beside);
    let written = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside);
    let written = written.and_then(|mut file| file.write_all(&vec![1; ROOM]).and_then(|()| file.sync_data()));
    match fs::remove_file(&beside) {
        // Another process that checks the same may have been faster.
        Err(error) if error.kind() != io::ErrorKind::NotFound => written.and(Err(error)),
        _ => written,
    }
}
