//! The database, on either engine: the only code that names one.
//!
//! [`Db`] is PostgreSQL or the embedded SQLite; [`Tx`] is a transaction on either. A statement is one
//! static text that both engines take: `tx.query("SELECT …").bind(v).one::<Row>()`; lists of rows go as
//! multi-row values where the text says `$rows`. Rows are tuples or `#[derive(FromRow)]` structs.

pub(crate) mod types;

mod batch;
mod changed;
mod error;
mod migrate;
mod object;
mod postgres;
mod ready;
mod sqlite;
mod walls;
mod words;

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use rand::Rng;
use sqlx::postgres::PgRow;
use sqlx::query::Query as Statement;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, Encode, FromRow, Postgres, Sqlite, Transaction, Type};
use tokio::time::timeout;
use uuid::Uuid;

use crate::base::files;

pub use batch::{Values, Writes};
pub use changed::Changed;
pub use error::{Contended, Error, Result};
pub use object::Object;
use postgres::Plans;
pub use postgres::{Held, Server};
pub use ready::Readiness;
pub use sqlite::Log;
use sqlite::Missing;
pub use walls::Hub;

/// A value that can be bound to a statement on both engines.
pub trait Bind:
    for<'q> Encode<'q, Postgres> + Type<Postgres> + for<'q> Encode<'q, Sqlite> + Type<Sqlite> + Send
{
}
impl<T> Bind for T where
    T: for<'q> Encode<'q, Postgres> + Type<Postgres> + for<'q> Encode<'q, Sqlite> + Type<Sqlite> + Send
{
}

/// A type that a row can be read into on both engines.
pub trait Record: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin {}
impl<T> Record for T where T: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin {}

/// How many connections are reserved for long work.
const FOR_LONG_WORK: u32 = 4;

/// How often a contended operation is attempted in all.
const ATTEMPTS: u32 = 6;

/// Runs a whole operation, and runs it again where another transaction was in its way: a bounded number of times,
/// with a random wait between.
pub async fn retrying<T, E: Contended>(
    mut operation: impl AsyncFnMut() -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    let mut attempt = 1;
    loop {
        match operation().await {
            Err(error) if error.contended() && attempt < ATTEMPTS => {
                let wait = rand::rng().random_range(1..=10 << attempt);
                tokio::time::sleep(Duration::from_millis(wait)).await;
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

/// The file of an embedded database; none for a server.
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    let options = SqliteConnectOptions::from_str(url).ok().filter(|_| url.starts_with("sqlite:"))?;
    Some(options.get_filename().to_path_buf())
}

/// Whether the file of an embedded database is still to be made; there is none to be made of a server.
pub fn is_to_be_made(url: &str) -> bool {
    sqlite_file(url).is_some_and(|file| !file.exists())
}

/// What one process does alone, until it ends.
pub enum Alone {
    /// By a transaction that others wait for.
    Server(Box<Held>),
    /// By the folder of the file.
    Folder(files::Hold),
}

impl Alone {
    /// Lets others go on.
    pub async fn end(self) -> Result<()> {
        match self {
            Alone::Server(held) => held.commit().await,
            Alone::Folder(_) => Ok(()),
        }
    }
}

/// A database of either engine.
#[derive(Clone, Debug)]
pub enum Db {
    /// PostgreSQL 15 or later.
    Postgres(postgres::Server),
    /// The embedded SQLite: one writer, many readers.
    Sqlite {
        /// The one connection that writes.
        write: SqlitePool,
        /// Connections that only read.
        read: SqlitePool,
        /// SQLite's write-ahead log.
        log: Log,
    },
}

impl Db {
    /// Opens the database that `url` names: `postgres://…` or `sqlite:FILE` (an empty one is made when missing).
    /// `connections` bounds the pool of PostgreSQL, or of SQLite's readers.
    pub async fn connect(url: &str, connections: u32) -> Result<Db> {
        Db::open(url, connections, Missing::Made).await
    }

    /// Connects, with the schema brought up to date; a missing file is created whole, with its folder.
    pub async fn made(url: &str, connections: u32) -> Result<Db> {
        if let Some(file) = sqlite_file(url).filter(|file| !file.exists()) {
            sqlite::make(&file).await?;
        }
        let db = Db::existing(url, connections).await?;
        db.migrate().await?;
        Ok(db)
    }

    /// Connects; a missing file is an error.
    pub async fn existing(url: &str, connections: u32) -> Result<Db> {
        Db::open(url, connections, Missing::Refused).await
    }

    /// Connects; a missing file is awaited: whatever asks the database fails until another process has created it, and
    /// finds it then.
    pub async fn awaited(url: &str, connections: u32) -> Result<Db> {
        Db::open(url, connections, Missing::Awaited).await
    }

    async fn open(url: &str, connections: u32, missing: Missing) -> Result<Db> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return Ok(Db::Postgres(postgres::open(url, connections).await?));
        }
        sqlite::open(url, connections, missing).await.map_err(|error| match (error, sqlite_file(url)) {
            (Error::Unavailable(error) | Error::Failed(error) | Error::Contended(error), Some(file)) => {
                Error::Unusable(words::of_file(&file, &error))
            }
            (error, _) => error,
        })
    }

    /// The same database for work that reads a lot and has time: with a few connections of its own, on which answers
    /// are awaited however long they take.
    pub fn for_long_work(&self) -> Db {
        match self {
            Db::Postgres(server) => Db::Postgres(postgres::patient(server, FOR_LONG_WORK)),
            Db::Sqlite { write, read, log } => {
                let options = read.options().clone().max_connections(FOR_LONG_WORK);
                let read = options.connect_lazy_with((*read.connect_options()).clone());
                Db::Sqlite { write: write.clone(), read, log: log.clone() }
            }
        }
    }

    /// Where the database is, in words: never with a password.
    pub(crate) fn place(&self) -> String {
        match self {
            Db::Postgres(pool) => words::place(&pool.connect_options()),
            Db::Sqlite { write, .. } => write.connect_options().get_filename().display().to_string(),
        }
    }

    /// The engine's name: `postgresql` or `sqlite`.
    pub fn engine(&self) -> &'static str {
        match self {
            Db::Postgres(_) => "postgresql",
            Db::Sqlite { .. } => "sqlite",
        }
    }

    /// Waits until no other process does what is done alone in this database, and holds it until that is ended or dropped.
    /// On PostgreSQL it takes a connection; for SQLite the folder of the file is held.
    pub async fn alone(&self) -> Result<Alone> {
        match self {
            Db::Postgres(server) => Ok(Alone::Server(Box::new(Held::alone(server).await?))),
            Db::Sqlite { write, .. } => {
                let file = write.connect_options().get_filename().to_path_buf();
                let held = tokio::task::spawn_blocking(move || files::hold(files::folder_of(&file)));
                Ok(Alone::Folder(held.await.map_err(|_| sqlx::Error::WorkerCrashed)?.map_err(sqlx::Error::Io)?))
            }
        }
    }

    /// Begins a transaction of one hub that may write. On PostgreSQL it sees and writes nothing of another hub, whatever
    /// its statements say ([`walls`]).
    pub async fn write(&self, hub: impl Hub) -> Result<Tx> {
        self.writing(Some(hub.id()), Plans::Fitting).await
    }

    /// Begins a transaction of one hub that may write, for few statements that are asked again and again and find their
    /// rows by keys, whatever is bound to them. On PostgreSQL each is planned once for a connection.
    pub async fn write_repeatedly(&self, hub: impl Hub) -> Result<Tx> {
        self.writing(Some(hub.id()), Plans::Kept).await
    }

    /// Begins a transaction that may write, for what does not know its hub yet: what a secret or an address opens, and
    /// the operator's work.
    pub async fn write_everywhere(&self) -> Result<Tx> {
        self.writing(None, Plans::Fitting).await
    }

    /// Begins a transaction of one hub that reads one consistent state. On PostgreSQL it sees nothing of another hub,
    /// whatever its statements say ([`walls`]).
    pub async fn read(&self, hub: impl Hub) -> Result<Tx> {
        self.reading(Some(hub.id())).await
    }

    /// Begins a transaction that reads one consistent state, for what does not know its hub yet, or is about all.
    pub async fn read_everywhere(&self) -> Result<Tx> {
        self.reading(None).await
    }

    async fn writing(&self, hub: Option<Uuid>, plans: Plans) -> Result<Tx> {
        match self.clone() {
            Db::Postgres(server) => {
                begun(async move { Ok(Tx::Postgres(Held::writing(&server, hub, plans).await?)) }).await
            }
            Db::Sqlite { write, log, .. } => {
                // Anything written to a file that has been removed is lost when the service stops.
                ready::still_there(&log, write.connect_options().get_filename())?;
                log.written();
                begun(async move { Ok(Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?)) }).await
            }
        }
    }

    async fn reading(&self, hub: Option<Uuid>) -> Result<Tx> {
        match self.clone() {
            Db::Postgres(server) => begun(async move { Ok(Tx::Postgres(Held::reading(&server, hub).await?)) }).await,
            Db::Sqlite { read, .. } => begun(async move { Ok(Tx::Sqlite(read.begin().await?)) }).await,
        }
    }

    /// Leaves nothing of what was overwritten beside the tables: SQLite's log is folded into the file and emptied. As
    /// far as readers let it; they delay nobody else.
    pub async fn fold(&self) -> Result<()> {
        match self {
            Db::Postgres(_) => Ok(()),
            Db::Sqlite { log, .. } => log.fold().await,
        }
    }

    /// Closes every connection once its work in progress has ended.
    pub async fn close(&self) {
        match self {
            Db::Postgres(pool) => pool.close().await,
            Db::Sqlite { write, read, log } => {
                log.close().await;
                read.close().await;
                write.close().await;
            }
        }
    }
}

/// Begins in a task of its own, which finishes even where the caller does not wait for it (a client that has
/// gone): a beginning dropped half way would leave a connection in a transaction that its pool does not know
/// of, and the connection's next user would find itself in it.
async fn begun(begin: impl Future<Output = Result<Tx>> + Send + 'static) -> Result<Tx> {
    let begun = tokio::spawn(begin).await.unwrap_or_else(|_| Err(Error::Unavailable(sqlx::Error::WorkerCrashed)));
    // Whatever a server says when it does not let us begin, the request is not to blame.
    begun.map_err(|error| match error {
        Error::Failed(error) => Error::Unavailable(error),
        other => other,
    })
}

/// A transaction on either engine. Dropped without [`Tx::commit`], it leaves no trace.
pub enum Tx {
    /// A transaction on PostgreSQL.
    Postgres(Held),
    /// A transaction on SQLite.
    Sqlite(Transaction<'static, Sqlite>),
}

impl Tx {
    /// Lets the rest of the transaction see every hub: for what is of a person, in whichever hub they are.
    pub async fn goes_everywhere(&mut self) -> Result<()> {
        match self {
            Tx::Postgres(held) => held.beyond_the_wall().await,
            Tx::Sqlite(_) => Ok(()),
        }
    }

    /// A statement whose values are to be bound in order.
    pub fn query(&mut self, sql: &'static str) -> Query<'_> {
        match self {
            Tx::Postgres(tx) => {
                let named = tx.names_statements();
                Query::Postgres(tx, sqlx::query(sql).persistent(named))
            }
            Tx::Sqlite(tx) => Query::Sqlite(tx, sqlx::query(sql)),
        }
    }

    /// Runs a statement for many rows of `COLUMNS` values each, which go where its text says `$rows` and are
    /// all it binds; returns how many rows it changed. With no rows, no statement is run.
    pub async fn rows<const COLUMNS: usize, T>(
        &mut self,
        sql: &'static str,
        rows: &[T],
        bind: impl for<'q> Fn(Query<'q>, &T) -> Query<'q>,
    ) -> Result<Changed> {
        let mut changed = 0;
        for chunk in rows.chunks(MOST_VALUES / COLUMNS) {
            changed += self.bulk(sql, COLUMNS, chunk, &bind).run().await?.count();
        }
        Ok(Changed(changed))
    }

    /// Like [`Tx::rows`], for a statement that returns rows.
    pub async fn rows_all<const COLUMNS: usize, T, R: Record>(
        &mut self,
        sql: &'static str,
        rows: &[T],
        bind: impl for<'q> Fn(Query<'q>, &T) -> Query<'q>,
    ) -> Result<Vec<R>> {
        let mut found = Vec::new();
        for chunk in rows.chunks(MOST_VALUES / COLUMNS) {
            found.extend(self.bulk(sql, COLUMNS, chunk, &bind).all().await?);
        }
        Ok(found)
    }

    fn bulk<'q, T>(
        &'q mut self,
        sql: &str,
        columns: usize,
        rows: &[T],
        bind: &impl for<'b> Fn(Query<'b>, &T) -> Query<'b>,
    ) -> Query<'q> {
        let numbered = self.numbers().then_some(0);
        let text = AssertSqlSafe(sql.replace("$rows", &placeholders(columns, rows.len(), numbered)));
        // A few shapes are worth keeping prepared; the many others are not.
        let keep = rows.len() <= 16;
        let query = match self {
            Tx::Postgres(tx) => {
                let named = keep && tx.names_statements();
                Query::Postgres(tx, sqlx::query(text).persistent(named))
            }
            Tx::Sqlite(tx) => Query::Sqlite(tx, sqlx::query(text).persistent(keep)),
        };
        rows.iter().fold(query, bind)
    }

    /// Commits: makes all of it durable.
    pub async fn commit(self) -> Result<()> {
        match self {
            Tx::Postgres(tx) => tx.commit().await,
            Tx::Sqlite(tx) => Ok(tx.commit().await?),
        }
    }

    /// Rolls all of it back.
    pub async fn rollback(self) -> Result<()> {
        match self {
            Tx::Postgres(tx) => tx.rollback().await,
            Tx::Sqlite(tx) => Ok(tx.rollback().await?),
        }
    }
}

/// The most values one statement may bind (SQLite's limit, the lower of the two).
const MOST_VALUES: usize = 32_766;

/// `($1, $2), ($3, $4)` for two columns and two rows after none, or `(?, ?), (?, ?)` without numbers.
fn placeholders(columns: usize, rows: usize, numbered_after: Option<usize>) -> String {
    let mut text = String::with_capacity(rows * columns * 8);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=columns {
            if column > 1 {
                text.push_str(", ");
            }
            match numbered_after {
                Some(before) => {
                    text.push('$');
                    text.push_str(&(before + row * columns + column).to_string());
                }
                None => text.push('?'),
            }
        }
        text.push(')');
    }
    text
}

/// A statement of one transaction, while its values are bound.
pub enum Query<'q> {
    /// A query on PostgreSQL.
    Postgres(&'q mut Held, Statement<'q, Postgres, sqlx::postgres::PgArguments>),
    /// A query on SQLite.
    Sqlite(&'q mut Transaction<'static, Sqlite>, Statement<'q, Sqlite, sqlx::sqlite::SqliteArguments>),
}

impl Query<'_> {
    /// Binds the next value.
    pub fn bind<T: Bind>(self, value: T) -> Self {
        match self {
            Query::Postgres(tx, statement) => Query::Postgres(tx, statement.bind(value)),
            Query::Sqlite(tx, statement) => Query::Sqlite(tx, statement.bind(value)),
        }
    }

    /// Runs the statement; returns how many rows it changed.
    pub async fn run(self) -> Result<Changed> {
        Ok(Changed(match self {
            Query::Postgres(tx, statement) => {
                let limit = tx.limit();
                let outcome = timeout(limit, statement.execute(&mut **tx)).await;
                tx.heard(outcome)?.rows_affected()
            }
            Query::Sqlite(tx, statement) => statement.execute(&mut **tx).await?.rows_affected(),
        }))
    }

    /// Runs the statement; returns its one row.
    pub async fn one<R: Record>(self) -> Result<R> {
        Ok(match self {
            Query::Postgres(tx, statement) => {
                let limit = tx.limit();
                let outcome = timeout(limit, statement.fetch_one(&mut **tx)).await;
                R::from_row(&tx.heard(outcome)?)?
            }
            Query::Sqlite(tx, statement) => R::from_row(&statement.fetch_one(&mut **tx).await?)?,
        })
    }

    /// Runs the statement; returns its row, if there is one.
    pub async fn optional<R: Record>(self) -> Result<Option<R>> {
        Ok(match self {
            Query::Postgres(tx, statement) => {
                let limit = tx.limit();
                let outcome = timeout(limit, statement.fetch_optional(&mut **tx)).await;
                tx.heard(outcome)?.map(|row| R::from_row(&row)).transpose()?
            }
            Query::Sqlite(tx, statement) => {
                statement.fetch_optional(&mut **tx).await?.map(|row| R::from_row(&row)).transpose()?
            }
        })
    }

    /// Runs the statement; returns all its rows.
    pub async fn all<R: Record>(self) -> Result<Vec<R>> {
        Ok(match self {
            Query::Postgres(tx, statement) => {
                let limit = tx.limit();
                let outcome = timeout(limit, statement.fetch_all(&mut **tx)).await;
                tx.heard(outcome)?.iter().map(R::from_row).collect::<sqlx::Result<_>>()?
            }
            Query::Sqlite(tx, statement) => {
                statement.fetch_all(&mut **tx).await?.iter().map(R::from_row).collect::<sqlx::Result<_>>()?
            }
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The steps of SQLite's plan for a statement, on the migrated schema without rows or statistics.
    pub(crate) async fn plan(statement: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::connect(&format!("sqlite:{}", folder.path().join("plan.db").display()), 1).await.unwrap();
        db.migrate().await.unwrap();
        let explain: &'static str = format!("EXPLAIN QUERY PLAN {statement}").leak();
        let steps: Vec<(i64, i64, i64, String)> =
            db.read_everywhere().await.unwrap().query(explain).all().await.unwrap();
        steps.into_iter().map(|step| step.3).collect()
    }
}
