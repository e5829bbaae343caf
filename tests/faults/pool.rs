//! A pool between the service and its server (PgBouncer): what works in each mode, and what is refused.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use url::Url;

use crate::support::{Cluster, Place, Process};
use crate::{Stream, calm, proved, run};

/// PgBouncer before a server, until it is dropped.
struct Pool {
    child: Child,
    url: Url,
    _folder: TempDir,
}

impl Pool {
    /// None where it is not installed, and not required.
    fn before(server: &Url, mode: &str) -> Option<Pool> {
        let program =
            ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].into_iter().find(|path| std::fs::exists(path).unwrap());
        let Some(program) = program else {
            let required = std::env::var("HUB_CREDITS_REQUIRE_PGBOUNCER").is_ok_and(|value| value == "1");
            assert!(!required, "HUB_CREDITS_REQUIRE_PGBOUNCER=1, and it is not installed");
            eprintln!("did not run: PgBouncer is not installed");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (file, users) = (folder.path().join("pgbouncer.ini"), folder.path().join("users"));
        std::fs::write(&users, "\"postgres\" \"\"\n").unwrap();
        // A session for each connection of the service, or fewer where they take turns.
        let sessions = if mode == "session" { 60 } else { 4 };
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = trust\nauth_file = {}\npool_mode = {mode}\ndefault_pool_size = {sessions}\n\
             max_client_conn = 200\n",
            server.port().unwrap(),
            users.display()
        );
        std::fs::write(&file, settings).unwrap();
        let mut command = Command::new(program);
        // It does not run as root, but as whom it is told to.
        let root = Command::new("id").arg("-u").output().unwrap().stdout.trim_ascii() == b"0";
        command.args(if root { vec!["-u", "postgres"] } else { vec![] }).arg(&file);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut url = server.clone();
        url.set_port(Some(port)).unwrap();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Pool { child, url, _folder: folder })
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A pool of a mode before a server of its own, and where the server is without it.
fn behind(mode: &str, test: impl FnOnce(&str, Place)) {
    let Some(cluster) = Cluster::of_its_own() else { return };
    let Some(pool) = Pool::before(&cluster.url, mode) else { return };
    let folder = tempfile::tempdir().unwrap();
    test(pool.url.as_str(), Place { database: cluster.url.to_string(), folder: folder.path().to_owned() });
}

/// Books through a pool, and holds what was done against what was answered.
fn serves_through(url: &str, direct: &Place) {
    let place = Place { database: url.to_owned(), ..direct.clone() };
    run(async {
        let mut stream = Stream::prepare(direct).await;
        let mut service = Process::start(&place);
        let mut running = stream.start(&service);
        running.answered(200).await;
        service.terminate();
        stream.end(running).await;
        assert_eq!(service.ended().code(), Some(0), "{:?}", service.log());
        calm(&service);
        stream.settle(&Process::start(&place)).await;
        proved(direct);
    });
}

#[test]
fn a_pool_that_mixes_prepared_statements_is_refused_on_postgres() {
    behind("transaction", |url, direct| {
        let mixed = Place { database: url.to_owned(), ..direct };
        let refused = mixed.run(&["serve", "--listen", "127.0.0.1:0"]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains("pool_mode = session") && said.contains("statement-cache-capacity=0"), "{said}");
    });
}

#[test]
fn a_pool_of_transactions_serves_without_prepared_statements_on_postgres() {
    behind("transaction", |url, direct| serves_through(&format!("{url}?statement-cache-capacity=0"), &direct));
}

#[test]
fn a_pool_of_sessions_serves_on_postgres() {
    behind("session", |url, direct| serves_through(url, &direct));
}
