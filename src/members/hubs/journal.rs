//! Rebuilds a hub from an exported journal: in another database, with the same id, the same head, and nothing but its
//! ledger. It is for proof and for archives; nobody has a login there.

use std::io;

use chrono::{DateTime, Utc};

use super::{Hub, Settings, sql};
use crate::base::db::{self, Db, Tx};
use crate::base::ids::HubId;
use crate::base::text::Line;
use crate::ledger::{self, Head, Import, JournalLine, KeptHead, Marks, NotImported};

/// Why a journal was not imported: nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file can't be read to its end.
    #[error("line {line}: can't be read: {error}")]
    File {
        /// The number of the line, counted from one.
        line: u64,
        /// Why it could not be read.
        error: io::Error,
    },
    /// A line is not a valid line of a journal, or contradicts the lines before it.
    #[error("line {line}: {reason}")]
    Line {
        /// The number of the line, counted from one.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// The hub of the journal already has transactions in this database.
    #[error("the hub {0} is in this database, and has transactions or accounts")]
    NotEmpty(Line),
    /// Another hub has the name.
    #[error("another hub is named {0}, and the journal is that of the hub {1}; give it another name by --hub")]
    NameTaken(Line, HubId),
    /// The hub of the journal exists in this database under another name.
    #[error("the hub of the journal is named {0} here")]
    OtherName(Line),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Creates the hub of an exported journal, or fills it where it exists without transactions; it gets the name `name`,
/// or its old one. The lines are proved as they are read, and committed once all were proved; the head that they end in
/// gets our mark. `progress` is told how many transactions are done, of how many. Memory grows with the accounts, never
/// with the transactions.
pub async fn import_journal(
    db: &Db,
    marks: &Marks,
    name: Option<Line>,
    lines: impl Iterator<Item = io::Result<String>>,
    now: DateTime<Utc>,
    mut progress: impl FnMut(u64, u64),
) -> Result<(Hub, Head), Error> {
    let mut lines = (1..).zip(lines);
    let opening = match lines.next().map(|(line, text)| read(line, text)).transpose()? {
        Some(JournalLine::Journal(opening)) => opening,
        _ => return Err(Error::Line { line: 1, reason: "a journal begins with a line of it".to_owned() }),
    };
    let mut tx = db.write_everywhere().await?;
    let of = u64::try_from(opening.sequence).unwrap_or(0);
    let hub = hub(&mut tx, HubId(opening.hub_id), name, &opening.hub, opening.founded_at, now).await?;
    let mut import = Import::begin(opening).map_err(|error| at(1, error))?;
    let mut last = 1;
    for (line, text) in lines {
        let record = read(line, text)?;
        import.take(&mut tx, record).await.map_err(|error| at(line, error))?;
        last = line;
        if line % 1_000 == 0 {
            progress(import.transactions(), of);
        }
    }
    let head = import.end(&mut tx).await.map_err(|error| at(last, error))?;
    if head.sequence > 0 {
        let made = KeptHead { sequence: head.sequence, hash: head.hash };
        ledger::adopt_head(&mut tx, &**marks, hub.id, made).await?.exactly(1)?;
    }
    tx.commit().await?;
    Ok((hub, head))
}

fn read(line: u64, text: io::Result<String>) -> Result<JournalLine, Error> {
    let text = text.map_err(|error| Error::File { line, error })?;
    serde_json::from_str(text.trim_end()).map_err(|error| Error::Line { line, reason: error.to_string() })
}

fn at(line: u64, error: NotImported) -> Error {
    match error {
        NotImported::Database(error) => Error::Database(error),
        wrong => Error::Line { line, reason: wrong.to_string() },
    }
}

/// The hub of that id with an empty ledger: found here, or created.
async fn hub(
    tx: &mut Tx,
    id: HubId,
    name: Option<Line>,
    was_named: &str,
    founded_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Hub, Error> {
    if let Some(hub) = sql::get(tx, id).await? {
        if name.is_some_and(|name| name != hub.name) {
            return Err(Error::OtherName(hub.name));
        }
        if !ledger::is_empty(tx, id).await? {
            return Err(Error::NotEmpty(hub.name));
        }
        return Ok(hub);
    }
    let name = match name {
        Some(name) => name,
        None => Line::parse(was_named).map_err(|reason| Error::Line { line: 1, reason })?,
    };
    let hub = Hub::with(id, Settings::of_a_new_hub(name), founded_at);
    match sql::insert(tx, &hub).await {
        Err(db::Error::Unique(_)) => return Err(Error::NameTaken(hub.name, id)),
        outcome => outcome?.exactly(1)?,
    }
    sql::journal_imported(tx, id, now).await?.exactly(1)?;
    ledger::found_empty(tx, id, founded_at).await?;
    Ok(hub)
}
