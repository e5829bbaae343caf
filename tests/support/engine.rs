//! The two engines, and a fresh migrated database of one of them.

use std::path::PathBuf;
use std::sync::OnceLock;

use hub_credits::base::auth::Keys;
use hub_credits::base::db::Db;
use hub_credits::ledger::Marks;
use tempfile::TempDir;

use super::postgres;
use super::process::Place;

/// An engine that a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// In the binary.
    Sqlite,
    /// Where `HUB_CREDITS_TEST_POSTGRES` names a server, or a private one where its binaries are found.
    Postgres,
}

/// A migrated database without rows, gone when it is dropped, and a folder for files beside it, with the keys of all
/// tests in it.
pub struct Database {
    /// The engine.
    pub engine: Engine,
    /// What `--database` takes.
    pub url: String,
    /// A folder of this test's own.
    pub folder: TempDir,
}

impl Engine {
    /// A fresh database. None where there is no PostgreSQL on this machine and none is required: the
    /// test says that it did not run.
    pub fn new_database(self) -> Option<Database> {
        let folder = tempfile::tempdir().unwrap();
        let url = match self {
            Engine::Sqlite => {
                let file = folder.path().join("hub-credits.db");
                std::fs::write(&file, empty_file()).unwrap();
                format!("sqlite:{}", file.display())
            }
            Engine::Postgres => postgres::server()?.new_database(),
        };
        let keys = folder.path().join(KEYS);
        std::fs::copy(keys_of_all().0.path().join(KEYS), keys).unwrap();
        Some(Database { engine: self, url, folder })
    }

    /// Nothing yet: no file, or a database without a schema. None as with [`Engine::new_database`].
    pub fn empty_database(self) -> Option<Database> {
        let folder = tempfile::tempdir().unwrap();
        let url = match self {
            Engine::Sqlite => format!("sqlite:{}", folder.path().join("hub-credits.db").display()),
            Engine::Postgres => postgres::server()?.empty_database(),
        };
        Some(Database { engine: self, url, folder })
    }
}

impl Database {
    /// Where a service on it has its state.
    pub fn place(&self) -> Place {
        Place { database: self.url.clone(), folder: self.folder.path().to_owned() }
    }

    /// The file, on SQLite.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("hub-credits.db")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.engine == Engine::Postgres
            && let Some(server) = postgres::server()
        {
            server.drop_database(&self.url);
        }
    }
}

/// The bytes of a migrated file: made once, copied for each test.
fn empty_file() -> &'static [u8] {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    FILE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("template.db");
        let url = format!("sqlite:{}", file.display());
        blocking(async move {
            let db = Db::connect(&url, 1).await.unwrap();
            db.migrate().await.unwrap();
            db.close().await;
        });
        std::fs::read(file).unwrap()
    })
}

/// Runs a future to its end on a thread of its own: for set-up shared by tests.
pub fn blocking<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    std::thread::spawn(|| tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future))
        .join()
        .unwrap()
}

/// The name of a key file.
pub const KEYS: &str = "signing-keys.pem";

/// What marks the ledgers of every database of [`Engine::new_database`].
pub fn marks() -> Marks {
    signing_keys().marks()
}

/// The keys in the folder of every such database.
pub fn signing_keys() -> &'static Keys {
    &keys_of_all().1
}

fn keys_of_all() -> &'static (TempDir, Keys) {
    static ALL: OnceLock<(TempDir, Keys)> = OnceLock::new();
    ALL.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(&folder.path().join(KEYS)).unwrap();
        (folder, keys)
    })
}
