//! A PostgreSQL server for the tests: the one that `HUB_CREDITS_TEST_POSTGRES` names, or a private one
//! from the binaries on this machine, started once a test process and stopped when that ends, however
//! it ends. With neither, tests on PostgreSQL say that they did not run, and fail where
//! `HUB_CREDITS_REQUIRE_POSTGRES=1`.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use hub_credits::base::db::Db;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use url::Url;

use super::engine::blocking;

/// A server on which databases can be made.
pub struct Server {
    admin: Url,
    template: String,
    /// PostgreSQL copies a template for one at a time.
    copying: Mutex<()>,
    _cluster: Option<Cluster>,
}

/// The server of this process, where there is one.
pub fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(Server::find).as_ref();
    if server.is_none() {
        let required = std::env::var("HUB_CREDITS_REQUIRE_POSTGRES").is_ok_and(|value| value == "1");
        assert!(!required, "HUB_CREDITS_REQUIRE_POSTGRES=1, and no PostgreSQL was found");
        eprintln!("did not run: no PostgreSQL was found (set HUB_CREDITS_TEST_POSTGRES, or install its server)");
    }
    server
}

impl Server {
    fn find() -> Option<Server> {
        let (admin, cluster) = match std::env::var("HUB_CREDITS_TEST_POSTGRES") {
            Ok(url) => (Url::parse(&url).expect("HUB_CREDITS_TEST_POSTGRES is a URL"), None),
            Err(_) => {
                let cluster = Cluster::start_new(binaries()?);
                (cluster.url.clone(), Some(cluster))
            }
        };
        let template = make_template(&admin);
        Some(Server { admin, template, copying: Mutex::new(()), _cluster: cluster })
    }

    /// A fresh migrated database: its URL.
    pub fn new_database(&self) -> String {
        self.create(&self.template)
    }

    /// A database without a schema: its URL.
    pub fn empty_database(&self) -> String {
        self.create("template1")
    }

    fn create(&self, template: &str) -> String {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("hub_credits_test_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let _one_at_a_time = self.copying.lock().unwrap_or_else(PoisonError::into_inner);
        // A copy of its files: their pages through the log take half as long again.
        run(&self.admin, format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"));
        named(&self.admin, &name).to_string()
    }

    /// Drops a database that [`Server::new_database`] made.
    pub fn drop_database(&self, url: &str) {
        let name = url.rsplit('/').next().unwrap().split('?').next().unwrap();
        run(&self.admin, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    }
}

/// A migrated database to copy, named by what the migrations say and kept for the next run.
fn make_template(admin: &Url) -> String {
    let mut digest = Sha256::new();
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    for folder in [migrations.clone(), migrations.join("postgres")] {
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let mut texts: Vec<PathBuf> = files.filter(|file| file.extension().is_some_and(|end| end == "sql")).collect();
        texts.sort();
        for text in texts {
            digest.update(std::fs::read(text).unwrap());
        }
    }
    let digest: String = digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let template = format!("hub_credits_template_{digest}");
    let (admin, name) = (admin.clone(), template.clone());
    blocking(async move {
        let mut lock = PgConnection::connect(admin.as_str()).await.expect("the PostgreSQL server can be reached");
        sqlx::query("SELECT pg_advisory_lock(4721)").execute(&mut lock).await.unwrap();
        let ready: Option<(bool,)> = sqlx::query_as("SELECT NOT datallowconn FROM pg_database WHERE datname = $1")
            .bind(&name)
            .fetch_optional(&mut lock)
            .await
            .unwrap();
        if ready == Some((true,)) {
            return;
        }
        let mut admin_run = async |sql: String| sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut lock).await.unwrap();
        admin_run(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        admin_run(format!("CREATE DATABASE {name}")).await;
        let db = Db::connect(named(&admin, &name).as_str(), 1).await.unwrap();
        db.migrate().await.unwrap();
        db.close().await;
        // What takes no connections is complete, and can be copied at any time.
        admin_run(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    });
    template
}

fn named(server: &Url, database: &str) -> Url {
    let mut url = server.clone();
    url.set_path(database);
    url
}

fn run(admin: &Url, sql: String) {
    let admin = admin.clone();
    blocking(async move {
        let mut connection = PgConnection::connect(admin.as_str()).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

/// The folder of `initdb` and `pg_ctl`: of the newest version in Debian's place, or by `pg_config`, or `PATH`.
fn binaries() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    folders.sort();
    folders.reverse();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(String::from_utf8_lossy(&output.stdout).trim().into());
    }
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    folders.into_iter().find(|folder| ["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).is_file()))
}

/// A private cluster in a folder of its own, stopped and removed when it is dropped or this process
/// ends, however it ends.
pub struct Cluster {
    /// Its URL.
    pub url: Url,
    binaries: PathBuf,
    folder: PathBuf,
    /// Kept for its standard input, whose end is the end of the cluster.
    _watchdog: Child,
}

impl Cluster {
    /// A cluster of its own for a test that stops it. None where there are no binaries and none are
    /// required: the test says that it did not run.
    pub fn of_its_own() -> Option<Cluster> {
        let Some(binaries) = binaries() else {
            let required = std::env::var("HUB_CREDITS_REQUIRE_POSTGRES").is_ok_and(|value| value == "1");
            assert!(!required, "HUB_CREDITS_REQUIRE_POSTGRES=1, and no binaries of PostgreSQL were found");
            eprintln!("did not run: no binaries of PostgreSQL were found to start and stop a server");
            return None;
        };
        Some(Cluster::start_new(binaries))
    }

    #[allow(clippy::zombie_processes, reason = "the watchdog outlives this process: nobody is left to wait for it")]
    fn start_new(binaries: PathBuf) -> Cluster {
        let folder = tempfile::Builder::new().prefix("hub-credits-pg-").tempdir().unwrap().keep();
        if is_root() {
            let (user, group) = (output("id", ["-u", "postgres"]), output("id", ["-g", "postgres"]));
            let id = |text: String| text.parse().expect("PostgreSQL does not run as root: a user `postgres` is needed");
            std::os::unix::fs::chown(&folder, Some(id(user)), Some(id(group))).unwrap();
        }
        let data = folder.join("data");
        let icu = output(binaries.join("initdb"), ["--help"]).contains("--icu-locale");
        let mut initdb = as_owner(&binaries.join("initdb"));
        initdb.args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", "-D"]).arg(&data);
        if icu {
            // A server sorts text by its language, unlike SQLite: code that relies on one order must fail here.
            initdb.args(["--locale-provider=icu", "--icu-locale=en-GB"]);
        }
        succeed(initdb.current_dir(&folder));

        let watchdog = Command::new("sh")
            .arg("-c")
            .arg(r#"cat >/dev/null; "$@" stop -m immediate -D "$DATA" >/dev/null 2>&1; rm -rf "$FOLDER""#)
            .arg("sh")
            .args(if is_root() { vec!["runuser", "-u", "postgres", "--"] } else { vec![] })
            .arg(binaries.join("pg_ctl"))
            .env("DATA", &data)
            .env("FOLDER", &folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();

        let url = Url::parse("postgres://postgres@127.0.0.1/postgres").unwrap();
        let mut cluster = Cluster { url, binaries, folder, _watchdog: watchdog };
        for attempt in 1.. {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            cluster.url.set_port(Some(port)).unwrap();
            match cluster.try_start() {
                Ok(()) => break,
                Err(log) => assert!(attempt < 3, "the private PostgreSQL did not start:\n{log}"),
            }
        }
        cluster
    }

    /// Starts it, on the same port as before, and waits until it takes connections; the error is its log.
    pub fn try_start(&self) -> Result<(), String> {
        let options = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1 -c max_connections=300 -c max_wal_size=2GB {}",
            self.url.port().unwrap(),
            self.folder.display(),
            std::env::var("HUB_CREDITS_TEST_POSTGRES_OPTIONS").unwrap_or_default()
        );
        let mut start = self.pg_ctl();
        start.args(["start", "-w", "-t", "60", "-l"]).arg(self.folder.join("log")).args(["-o", &options]);
        let started = start.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
        let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        if started.success() { Ok(()) } else { Err(log()) }
    }

    /// Ends it as a crash would: no checkpoint, no farewell to whoever is connected.
    pub fn crash(&self) {
        succeed(self.pg_ctl().args(["stop", "-m", "immediate"]));
    }

    fn pg_ctl(&self) -> Command {
        let mut command = as_owner(&self.binaries.join("pg_ctl"));
        command.arg("-D").arg(self.folder.join("data")).current_dir(&self.folder);
        command
    }
}

fn is_root() -> bool {
    output("id", ["-u"]) == "0"
}

/// The program, run by whoever owns the files: PostgreSQL does not run as root.
fn as_owner(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

fn output<const N: usize>(program: impl AsRef<OsStr>, arguments: [&str; N]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
