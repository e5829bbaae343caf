//! PostgreSQL's connections: how they are opened, held by one transaction each, and returned or closed.
//!
//! When the network to the server goes quiet, nobody is told: a question is simply never answered. So everything that
//! is asked has a time limit, and a connection that exceeded its limit is closed at once and never asked again.

use std::future::Future;
use std::io;
use std::ops::{Deref, DerefMut};
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgSslMode, PgTransactionManager};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Postgres, Row, SqlSafeStr};
use sqlx_core::transaction::TransactionManager;
use tokio::runtime::Handle;
use tokio::time::timeout;
use uuid::Uuid;

use super::walls::{Found, Wall};
use super::{Error, Result, words};

/// How long a writing transaction of the service may be idle before the server ends it: one whose connection has
/// gone quiet holds its hub's lock.
const WRITING: &str = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '8s'";

/// The same for statements that are asked again and again: each is planned once for a connection, for any rows.
const WRITING_BY_KEPT_PLANS: &str = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '8s'; \
                                     SET LOCAL plan_cache_mode = force_generic_plan";

const READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// How the statements of a transaction are planned.
#[derive(Clone, Copy)]
pub(super) enum Plans {
    /// Each as fits what is bound to it, where the server thinks that worth its while.
    Fitting,
    /// Each once for a connection.
    Kept,
}

/// How long an idle connection may take to show that it is alive, or a returned one that it is sound.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);

/// A connection idle for this long is asked whether it is alive before it is used: the server may have been away.
/// Asking each time would cost a round trip for every transaction.
const RESTED: Duration = Duration::from_secs(1);

/// How long a connection, and an answer, may take before the connection counts as quiet.
const ANSWER: Duration = Duration::from_secs(10);

/// How long an answer may take for work that reads a whole journal and has time.
const PATIENT: Duration = Duration::from_secs(60 * 60);

/// How long the first connection may take: whether there is a server is known at once.
const FIRST: Duration = Duration::from_secs(5);

/// How many statements each connection keeps prepared, unless the URL says otherwise.
const PREPARED: usize = 512;

/// The connections to a server.
#[derive(Clone, Debug)]
pub struct Server {
    pool: PgPool,
    /// Whether statements are prepared under a name, and kept.
    named: bool,
    /// The wall around each hub, once it stands.
    wall: Arc<OnceLock<Wall>>,
}

impl Server {
    /// Finds the wall between hubs, where one stands. Returns whether it does.
    pub(super) async fn finds_its_wall(&self) -> Result<bool> {
        if self.wall.get().is_some() {
            return Ok(true);
        }
        let options = self.connect_options();
        let mut connection = connect(&options).await?;
        let found = answered(FIRST, Wall::find(&mut connection)).await?;
        close(connection).await;
        match found {
            Found::Stands(wall) => Ok(self.wall.set(wall).is_ok() || self.wall.get().is_some()),
            Found::None => Ok(false),
            Found::Outside => Err(Error::Unusable(words::of_stranger(&options))),
        }
    }

    /// Raises the wall where it does not stand yet; where it can't, says what an administrator can do.
    pub(super) async fn raises_its_wall(&self) -> Result<()> {
        let options = self.connect_options();
        let mut connection = connect(&options).await?;
        let role = answered(PATIENT, Wall::raise(&mut connection)).await?;
        close(connection).await;
        if !self.finds_its_wall().await? {
            let words = words::of_no_wall(&role, options.get_username());
            tracing::warn!("{words}");
        }
        Ok(())
    }
}

impl Deref for Server {
    type Target = PgPool;

    fn deref(&self) -> &PgPool {
        &self.pool
    }
}

/// Opens the server that `url` names, with at most this many connections.
pub(super) async fn open(url: &str, connections: u32) -> Result<Server> {
    let options = as_it_takes_us(options(url)?).await?;
    let named = named_statements(url);
    if named && !keeps_sessions(&options).await? {
        mixes_no_statements(&options).await?;
    }
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .test_before_acquire(false)
        .before_acquire(|connection, used| {
            Box::pin(async move {
                if used.idle_for > RESTED {
                    answered(SIGN_OF_LIFE, connection.ping()).await?;
                }
                Ok(true)
            })
        })
        .after_connect(|connection, _| Box::pin(prepare(connection)))
        .acquire_timeout(ANSWER)
        .connect_lazy_with(options);
    let server = Server { pool, named, wall: Arc::default() };
    server.finds_its_wall().await?;
    Ok(server)
}

/// The same server for work that has time, with at most this many connections.
pub(super) fn patient(server: &Server, connections: u32) -> Server {
    let options = server.options().clone().max_connections(connections).acquire_timeout(PATIENT);
    Server { pool: options.connect_lazy_with((*server.connect_options()).clone()), ..server.clone() }
}

/// The options of the URL; a URL with anything that would be ignored is refused.
fn options(url: &str) -> Result<PgConnectOptions> {
    let unusable = |words: &str| Err(Error::Unusable(words.to_owned()));
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?']).next().unwrap_or_default();
    let hosts = authority.rsplit('@').next().unwrap_or_default();
    let parameters = || url::form_urlencoded::parse(url.split_once('?').map_or("", |(_, query)| query).as_bytes());
    if hosts.contains(',') || parameters().any(|(name, value)| name.starts_with("host") && value.contains(',')) {
        return unusable(
            "names several hosts, and one is taken: name a virtual address, or a proxy such as HAProxy that leads to \
             the server that writes",
        );
    }
    if parameters().any(|(name, value)| name == "target_session_attrs" && value != "any") {
        return unusable(
            "target_session_attrs is not understood: leave it out, and name the server that writes; where a standby \
             answers instead, the service says that it is not ready",
        );
    }
    let options = PgConnectOptions::from_str(url).map_err(|error| Error::Unusable(words::of_url(&error)))?;
    // PgBouncer does not accept this session parameter, and no number here is a float.
    let options = options.application_name("hub-credits").extra_float_digits(None);
    Ok(if keeps_its_own(url) { options } else { options.statement_cache_capacity(PREPARED) })
}

/// Whether the URL says how many statements are kept prepared.
fn keeps_its_own(url: &str) -> bool {
    url.contains("statement-cache-capacity=")
}

/// Whether statements are kept prepared under a name.
fn named_statements(url: &str) -> bool {
    !url.split(['?', '&']).any(|parameter| parameter == "statement-cache-capacity=0")
}

/// Connects once. Where encryption is only preferred and fails, connects without it, as the server's own library does.
async fn as_it_takes_us(options: PgConnectOptions) -> Result<PgConnectOptions> {
    let refused = |error: &sqlx::Error| Error::Unusable(words::of_server(&options, error));
    let error = match connect(&options).await {
        Ok(connection) => {
            close(connection).await;
            return Ok(options);
        }
        Err(error) => error,
    };
    let handshake = matches!(&error, sqlx::Error::Tls(_))
        || matches!(&error, sqlx::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData);
    if !handshake || !matches!(options.get_ssl_mode(), PgSslMode::Prefer) {
        return Err(refused(&error));
    }
    let plain = options.clone().ssl_mode(PgSslMode::Disable);
    match connect(&plain).await {
        Ok(connection) => close(connection).await,
        Err(_) => return Err(refused(&error)),
    }
    tracing::warn!(
        %error,
        "the encryption that the database server offers can't be used, and sslmode=prefer goes without: give the server \
         a certificate of today (X.509 v3) and say sslmode=verify-full, or say sslmode=disable where the way is safe"
    );
    Ok(plain)
}

/// Connects; waits for a server that is still starting as long as a first connection may take.
async fn connect(options: &PgConnectOptions) -> sqlx::Result<PgConnection> {
    let starting = |error: &sqlx::Error| {
        error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "57P03")
    };
    answered(FIRST, async {
        loop {
            match options.connect().await {
                Err(error) if starting(&error) => tokio::time::sleep(Duration::from_millis(100)).await,
                outcome => return outcome,
            }
        }
    })
    .await
}

async fn close(connection: PgConnection) {
    if let Err(error) = answered(SIGN_OF_LIFE, connection.close()).await {
        tracing::debug!(%error, "a connection did not close well");
    }
}

/// Whether a connection has a server session to itself; a pooler in between (PgBouncer in transaction mode) gives
/// the session to others after every transaction. Where that can't be determined, it is assumed to.
pub(super) async fn keeps_sessions(options: &PgConnectOptions) -> Result<bool> {
    let found = answered(FIRST, async {
        let (mut one, mut other) = (options.connect().await?, options.connect().await?);
        let first = session(&mut one).await?;
        other.execute("BEGIN").await?;
        // The session that has just become free serves the other, and the first then gets another one.
        let kept = session(&mut other).await? != first && session(&mut one).await? == first;
        close(one).await;
        close(other).await;
        Ok(kept)
    })
    .await;
    found.or_else(|error| {
        tracing::debug!(%error, "it was not found out whether sessions are kept");
        Ok(true)
    })
}

/// The number of the server's process behind a connection, asked without preparing anything.
async fn session(connection: &mut PgConnection) -> sqlx::Result<i32> {
    connection.fetch_one(sqlx::raw_sql("SELECT pg_backend_pid()")).await?.try_get(0)
}

/// Refuses a pooler that hands one connection's prepared statements to another. One that keeps track of them
/// (PgBouncer from 1.21, with `max_prepared_statements`) is accepted.
async fn mixes_no_statements(options: &PgConnectOptions) -> Result<()> {
    let tried = answered(FIRST, async {
        let (mut one, mut other) = (options.connect().await?, options.connect().await?);
        for _ in 0..3 {
            for (connection, statement, own) in
                [(&mut one, "SELECT 'one' || $1", "one!"), (&mut other, "SELECT 'other' || $1", "other!")]
            {
                let answer: String = sqlx::query_scalar(statement).bind("!").fetch_one(connection).await?;
                if answer != own {
                    return Ok(false);
                }
            }
        }
        close(one).await;
        close(other).await;
        Ok(true)
    });
    if tried.await.unwrap_or(false) {
        return Ok(());
    }
    Err(Error::Unusable(format!(
        "what answers at {} gives a session to others after every transaction (PgBouncer in transaction mode), and the \
         prepared statements of one to another, which makes wrong answers: set pool_mode = session there, or add \
         statement-cache-capacity=0 to the URL",
        words::place(options)
    )))
}

/// Prepares a session. Rows are looked up by key, a few hundred per statement, and are in memory when they matter;
/// with the costs of a spinning disk, PostgreSQL would rather scan all people.
async fn prepare(connection: &mut PgConnection) -> sqlx::Result<()> {
    connection.execute("SET random_page_cost = 1.1").await?;
    // The server notices by itself when a connection has gone quiet, and releases what it held. Not every
    // system that it runs on can.
    let watched = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3";
    if let Err(error) = connection.execute(watched).await {
        error.as_database_error().ok_or(sqlx::Error::WorkerCrashed).map(drop)?;
        tracing::debug!(%error, "the server does not watch over its connections");
    }
    Ok(())
}

/// Awaits an answer within the limit; where none comes, a connection error.
pub(super) async fn answered<T>(limit: Duration, asked: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    match timeout(limit, asked).await {
        Ok(outcome) => outcome,
        Err(_) => {
            let words = format!("no answer within {} seconds", limit.as_secs());
            Err(sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, words)))
        }
    }
}

/// A pooled connection in a transaction, which is rolled back if dropped without a commit.
pub struct Held {
    connection: PoolConnection<Postgres>,
    named: bool,
    /// Whether it is behind the wall of a hub.
    walled: bool,
    limit: Duration,
    open: bool,
    quiet: bool,
}

impl Held {
    /// Begins a transaction that may write: in this hub, or anywhere.
    pub(super) async fn writing(server: &Server, hub: Option<Uuid>, plans: Plans) -> Result<Held> {
        let text = match plans {
            Plans::Fitting => WRITING,
            Plans::Kept => WRITING_BY_KEPT_PLANS,
        };
        Held::within(server, text, hub).await
    }

    /// Begins a transaction that reads one consistent state: of this hub, or of all.
    pub(super) async fn reading(server: &Server, hub: Option<Uuid>) -> Result<Held> {
        Held::within(server, READING, hub).await
    }

    /// Begins a transaction behind the wall of the hub: what raises it goes in the same round trip, and holds for the
    /// transaction alone, so that poolers may lie between.
    async fn within(server: &Server, text: &'static str, hub: Option<Uuid>) -> Result<Held> {
        match (hub, server.wall.get()) {
            // A text of the program's own, the name of the role as the server quotes it, and an id.
            (Some(hub), Some(wall)) => {
                let mut held = Held::begin(server, AssertSqlSafe(format!("{text}; {}", wall.around(hub)))).await?;
                held.walled = true;
                Ok(held)
            }
            _ => Held::begin(server, text).await,
        }
    }

    /// Begins a transaction that others of its kind wait for, on a session that can't take session locks.
    pub(super) async fn alone(server: &Server) -> Result<Held> {
        let mut held = Held::begin(server, "BEGIN; SELECT pg_advisory_xact_lock(4722)").await?;
        held.limit = PATIENT;
        held.forget_statements().await?;
        Ok(held)
    }

    /// Drops the statements prepared on the session under names that others would use too.
    pub(super) async fn forget_statements(&mut self) -> Result<()> {
        let outcome = timeout(self.limit, self.connection.execute("DEALLOCATE ALL")).await;
        self.heard(outcome).map(drop)
    }

    async fn begin(server: &Server, text: impl SqlSafeStr) -> Result<Held> {
        let (connection, limit) = (server.acquire().await?, server.options().get_acquire_timeout());
        let mut held = Held { connection, named: server.named, walled: false, limit, open: true, quiet: false };
        let begun = PgTransactionManager::begin(&mut held.connection, Some(text.into_sql_str()));
        let outcome = timeout(limit, begun).await;
        if let Err(error) = held.heard(outcome) {
            // What began and then failed is a transaction that nobody knows of.
            held.quiet = true;
            return Err(error);
        }
        Ok(held)
    }

    /// Leaves the wall of the hub behind, for the rest of the transaction.
    pub(super) async fn beyond_the_wall(&mut self) -> Result<()> {
        if self.walled {
            let outcome = timeout(self.limit, self.connection.execute("SET LOCAL ROLE NONE")).await;
            self.heard(outcome)?;
            self.walled = false;
        }
        Ok(())
    }

    /// Whether repeated statements are kept prepared under a name.
    pub(super) fn names_statements(&self) -> bool {
        self.named
    }

    /// How long an answer may take.
    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// Passes on the answer; where none came, marks the connection never to be asked again.
    pub(super) fn heard<T>(
        &mut self,
        outcome: std::result::Result<sqlx::Result<T>, tokio::time::error::Elapsed>,
    ) -> Result<T> {
        match outcome {
            Ok(outcome) => Ok(outcome?),
            Err(_) => {
                self.quiet = true;
                let words = format!("no answer within {} seconds", self.limit.as_secs());
                Err(Error::Unavailable(sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, words))))
            }
        }
    }

    pub(super) async fn commit(mut self) -> Result<()> {
        let outcome = timeout(self.limit, PgTransactionManager::commit(&mut self.connection)).await;
        self.heard(outcome)?;
        self.open = false;
        Ok(())
    }

    pub(super) async fn rollback(mut self) -> Result<()> {
        let outcome = timeout(self.limit, PgTransactionManager::rollback(&mut self.connection)).await;
        self.heard(outcome)?;
        self.open = false;
        Ok(())
    }
}

impl Deref for Held {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.open && !self.quiet {
            PgTransactionManager::start_rollback(&mut self.connection);
        }
        // Returned by a task, which checks that all is well. Where that is not awaited, the connection is closed.
        let back = self.connection.return_to_pool();
        if let (false, Ok(runtime)) = (self.quiet, Handle::try_current()) {
            runtime.spawn(timeout(SIGN_OF_LIFE, back));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_would_be_passed_over_is_refused() {
        let said = |url: &str| options(url).unwrap_err().to_string();
        for url in ["postgres://u:p@one:5432,two:5433/hub", "postgres://u@/hub?host=one,two", "postgres://one,two/hub"]
        {
            assert!(said(url).starts_with("names several hosts"), "{url}: {}", said(url));
        }
        let attributes = said("postgres://one/hub?sslmode=disable&target_session_attrs=read-write");
        assert!(attributes.starts_with("target_session_attrs is not understood"), "{attributes}");
        for good in ["postgres://u:a,b@one:5432/hub", "postgresql://one/hub?target_session_attrs=any", "postgres://"] {
            options(good).unwrap();
        }
    }

    #[test]
    fn the_url_says_how_many_statements_are_kept() {
        assert!(
            named_statements("postgres://one/hub?statement-cache-capacity=10") && named_statements("postgres://one")
        );
        assert!(!named_statements("postgres://one/hub?a=b&statement-cache-capacity=0"));
    }
}
