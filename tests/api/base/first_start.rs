//! The first start: what makes a database and a key file, what waits for them, and many that start at once.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Engine, PASSWORD, Place, Process, Tab, filled};

fn mode(file: &Path) -> u32 {
    std::fs::metadata(file).unwrap().permissions().mode() & 0o777
}

fn here(folder: &Path) -> Place {
    Place { database: format!("sqlite:{}", folder.join("hub.db").display()), folder: folder.to_owned() }
}

fn names(folder: &Path) -> BTreeSet<String> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Status and body of an answer.
fn get(process: &Process, path: &str, token: &str) -> (u16, Value) {
    let url = format!("{}{path}", process.address);
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let reply = reqwest::Client::new().get(url).bearer_auth(token).send().await.unwrap();
        (reply.status().as_u16(), reply.json().await.unwrap())
    })
}

/// Status and body of an answer to a body.
fn post(process: &Process, path: &str, token: &str, body: &Value) -> (u16, Value) {
    let url = format!("{}{path}", process.address);
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let request = reqwest::Client::new().post(url).bearer_auth(token).json(body);
        let reply = request.header("idempotency-key", body["name"].as_str().unwrap()).send().await.unwrap();
        (reply.status().as_u16(), reply.json().await.unwrap())
    })
}

fn kids(process: &Process) -> BTreeSet<String> {
    let (_, keys) = get(process, "/.well-known/jwks.json", "");
    keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

const INIT: [&str; 5] = ["init", "--hub", "One", "--manager", "head@hub.example"];

/// At a port of nobody's: tests run side by side.
const SERVE: &[&str] = &["serve", "--listen", "127.0.0.1:0"];

#[test]
fn only_init_demo_and_migrate_make_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place { database: format!("sqlite:{}/no/dir/x.db", folder.path().display()), ..here(folder.path()) };
    std::fs::write(folder.path().join("rows.csv"), "urn,name\n").unwrap();
    let before = names(folder.path());
    for command in [
        SERVE,
        &["verify"],
        &["token", "--operator"],
        &["token", "--email", "a@b.example"],
        &["import", "schools", "rows.csv"],
        &["import", "journal", "rows.csv"],
        &["export"],
    ] {
        let output = place.run(command);
        let said = String::from_utf8(output.stderr).unwrap();
        let last = said.lines().last().unwrap_or_default();
        assert_eq!(output.status.code(), Some(2), "{command:?}: {said}");
        assert!(
            last.starts_with("hub-credits: database: ") && last.contains("hub-credits init"),
            "{command:?}: {last}"
        );
        assert_eq!(names(folder.path()), before, "{command:?} made something");
    }
    assert!(place.run(&INIT).status.success());
    assert_eq!(mode(&folder.path().join("no/dir/x.db")), 0o600);
    assert_eq!(names(&folder.path().join("no/dir")).len(), 1, "no draft and no log is left behind");
    let migrated = here(folder.path());
    assert!(migrated.run(&["migrate"]).status.success() && folder.path().join("hub.db").exists());
}

#[test]
fn a_service_waits_for_its_database_and_serves_it_when_it_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let place = here(folder.path());
    let served = Process::start(&place);
    assert_eq!(get(&served, "/healthz", "").0, 200);
    assert_eq!(get(&served, "/readyz", "").0, 503);
    assert_eq!(names(folder.path()), BTreeSet::from(["signing-keys.pem".to_owned()]), "it makes no database");
    assert!(place.run(&INIT).status.success());
    let token = String::from_utf8(place.run(&["token", "--email", "head@hub.example"]).stdout).unwrap();
    let (status, me) = get(&served, "/v1/me", token.trim());
    assert_eq!((status, &me["role"]), (200, &Value::from("hub_manager")), "{me}");
    assert_eq!(get(&served, "/readyz", "").0, 200);
    for name in ["hub.db", "hub.db-wal", "hub.db-shm", "signing-keys.pem"] {
        assert_eq!(mode(&folder.path().join(name)), 0o600, "{name}");
    }
}

#[test]
fn the_printed_link_founds_the_first_hub_in_a_new_database() {
    let folder = tempfile::tempdir().unwrap();
    let place = here(folder.path());
    let mut child = place.command(SERVE).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let link = said.map(|line| line.trim().to_owned()).find(|line| line.contains("/set-up/")).unwrap();
    let (address, secret) = link.split_once("/set-up/").unwrap();
    let (tab, path) = (Tab::new(address), format!("/set-up/{secret}"));
    let manager = [("name", "Mary Manager"), ("email", "mary@hub.example"), ("password", PASSWORD)];
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let asked = tab.submit(&path, &path, &[("hub_name", "West")]).await;
        assert!(!place.folder.join("hub.db").exists(), "a question makes no database");
        let founded = tab.send(&path, filled(asked.form(&path), &manager)).await;
        assert_eq!(founded.location(), "/set-up?done=founded");
        assert!(tab.get("/set-up").await.words().contains("Import your schools"));
        assert_eq!(Tab::new(address).get(&path).await.status, 404, "the link opens nothing more");
    });
    assert_eq!(mode(&folder.path().join("hub.db")), 0o600);
    assert!(place.run(&["verify"]).status.success());
    child.kill().unwrap();
    child.wait().unwrap();
    let again = place.command(SERVE).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_secs(1));
    let stopped = Command::new("kill").args(["-TERM", &again.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    let said = String::from_utf8(again.wait_with_output().unwrap().stdout).unwrap();
    assert!(!said.contains("/set-up/"), "{said}");
}

/// A service that was started on a place: the link that it prints, and the process with its log in a file.
struct Started {
    child: std::process::Child,
    link: String,
    log: PathBuf,
}

impl Started {
    fn at(place: &Place, number: u8) -> Started {
        let log = place.folder.join(format!("log-{number}.txt"));
        let stderr = std::fs::File::create(&log).unwrap();
        let mut child = place.command(SERVE).stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let link = said.map(|line| line.trim().to_owned()).find(|line| line.contains("/set-up/"));
        let link = link.unwrap_or_else(|| panic!("no link: {}", std::fs::read_to_string(&log).unwrap()));
        Started { child, link, log }
    }

    /// Ends it: what it logged as a warning or an error.
    fn ended(mut self) -> Vec<String> {
        std::thread::sleep(std::time::Duration::from_millis(700));
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let log = std::fs::read_to_string(&self.log).unwrap();
        log.lines().filter(|line| line.contains("\"ERROR\"") || line.contains("\"WARN\"")).map(str::to_owned).collect()
    }
}

#[test]
fn a_link_is_printed_as_long_as_there_is_no_hub() {
    let folder = tempfile::tempdir().unwrap();
    let place = here(folder.path());
    assert_eq!(Started::at(&place, 0).ended(), Vec::<String>::new(), "where there is no file");
    std::fs::File::create(folder.path().join("hub.db")).unwrap();
    assert_eq!(Started::at(&place, 1).ended(), Vec::<String>::new(), "where the file is empty");
    assert!(place.run(&["migrate"]).status.success());
    assert_eq!(Started::at(&place, 2).ended(), Vec::<String>::new(), "where there is a schema");
    assert_eq!(Started::at(&place, 3).ended(), Vec::<String>::new(), "at a second start");
}

#[test]
fn of_two_links_on_one_empty_database_one_founds_on_sqlite() {
    one_founds(Engine::Sqlite);
}

#[test]
fn of_two_links_on_one_empty_database_one_founds_on_postgres() {
    one_founds(Engine::Postgres);
}

fn one_founds(engine: Engine) {
    let Some(database) = engine.empty_database() else { return };
    let place = database.place();
    let services = [Started::at(&place, 0), Started::at(&place, 1)];
    assert_ne!(services[0].link, services[1].link);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let found = async |link: &str, hub: &str| {
        let (address, secret) = link.split_once("/set-up/").unwrap();
        let (tab, path) = (Tab::new(address), format!("/set-up/{secret}"));
        let email = format!("{hub}@hub.example");
        let manager = [("name", "Mary Manager"), ("email", email.as_str()), ("password", PASSWORD)];
        let asked = tab.submit(&path, &path, &[("hub_name", hub)]).await;
        let fields = filled(asked.form(&path), &manager);
        // A double click: the same browser is let in by either answer, or by none.
        let (one, two) = tokio::join!(tab.send(&path, fields.clone()), tab.send(&path, fields));
        assert_eq!(one.status, two.status, "{one:?} {two:?}");
        if one.status == 303 {
            assert_eq!((one.location(), two.location()), ("/set-up?done=founded", "/set-up?done=founded"));
            assert!(tab.get("/set-up").await.words().contains("Import your schools"));
        }
        (one.status, tab.get("/sign-in").await.words().contains("There is no hub yet"))
    };
    let outcomes = runtime.block_on(async {
        for service in &services {
            let (address, _) = service.link.split_once("/set-up/").unwrap();
            let begin = Tab::new(address).get("/sign-in").await.words();
            assert!(begin.contains("There is no hub yet") && begin.contains("hub-credits serve"), "{begin}");
        }
        let (one, two) = tokio::join!(found(&services[0].link, "one"), found(&services[1].link, "two"));
        [one, two]
    });
    let mut statuses = outcomes.map(|(status, _)| status);
    statuses.sort();
    assert_eq!(statuses, [303, 404], "one founds the hub");
    assert!(outcomes.iter().all(|(_, none_yet)| !none_yet), "both know of it");
    for service in services {
        service.ended();
    }
    assert!(place.run(&["verify"]).status.success());
}

#[test]
fn nothing_is_acknowledged_that_goes_into_a_file_that_was_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let place = here(folder.path());
    assert!(place.run(&INIT).status.success());
    let served = Process::start(&place);
    let token = String::from_utf8(place.run(&["token", "--email", "head@hub.example"]).stdout).unwrap();
    let add = |name: &str| post(&served, "/v1/priorities", token.trim(), &serde_json::json!({ "name": name })).0;
    assert_eq!(add("Reading"), 201);
    std::fs::rename(folder.path().join("hub.db"), folder.path().join("elsewhere.db")).unwrap();
    assert_eq!(add("Writing"), 503);
    assert_eq!(get(&served, "/readyz", "").0, 503);
    std::fs::rename(folder.path().join("elsewhere.db"), folder.path().join("hub.db")).unwrap();
    assert_eq!(add("Writing"), 201);
}

#[test]
fn a_key_file_that_is_missing_beside_a_database_in_use_is_an_error_on_sqlite() {
    missing_keys(Engine::Sqlite);
}

#[test]
fn a_key_file_that_is_missing_beside_a_database_in_use_is_an_error_on_postgres() {
    missing_keys(Engine::Postgres);
}

fn missing_keys(engine: Engine) {
    let Some(database) = engine.empty_database() else { return };
    let place = database.place();
    assert!(place.run(&INIT).status.success());
    std::fs::rename(place.keys(), place.folder.join("elsewhere.pem")).unwrap();
    for command in [SERVE, &["token", "--operator"], &["token", "--email", "head@hub.example"], &INIT] {
        let output = place.run(command);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{command:?}: {said}");
        assert!(said.contains("hub-credits: keys: ") && said.contains("rotate-key"), "{said}");
        assert!(!place.keys().exists(), "{command:?} made a new key");
    }
    std::fs::rename(place.folder.join("elsewhere.pem"), place.keys()).unwrap();
    assert!(place.run(&["token", "--operator"]).status.success());
    std::fs::set_permissions(place.keys(), std::fs::Permissions::from_mode(0o644)).unwrap();
    let output = place.run(SERVE);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && said.contains("chmod 600"), "{said}");
    std::fs::remove_file(place.keys()).unwrap();
    assert!(place.run(&["rotate-key"]).status.success(), "where the old one is lost");
    assert!(place.run(&["token", "--operator"]).status.success());
}

#[test]
fn many_that_start_at_once_on_nothing_agree_on_sqlite() {
    all_at_once(Engine::Sqlite);
}

#[test]
fn many_that_start_at_once_on_nothing_agree_on_postgres() {
    all_at_once(Engine::Postgres);
}

/// Services and commands together, on no key file and no schema, and on SQLite no file.
fn all_at_once(engine: Engine) {
    let Some(database) = engine.empty_database() else { return };
    let place = database.place();
    let founding: Vec<_> = (0..4)
        .map(|n| {
            let (hub, manager) = (format!("Hub {n}"), format!("m{n}@hub.example"));
            let mut command = place.command(&["init", "--hub", &hub, "--manager", &manager]);
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let served: Vec<Process> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..4).map(|_| scope.spawn(|| Process::start(&place))).collect();
        starting.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for child in founding {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let kids_of: BTreeSet<_> = served.iter().map(kids).collect();
    assert_eq!(kids_of.len(), 1, "all sign with one key: {kids_of:?}");
    for n in 0..4 {
        let token = place.run(&["token", "--email", &format!("m{n}@hub.example")]).stdout;
        let token = String::from_utf8(token).unwrap();
        for process in &served {
            let (status, hub) = get(process, "/v1/hub", token.trim());
            assert_eq!((status, &hub["name"]), (200, &Value::from(format!("Hub {n}"))), "{hub}");
        }
    }
    let left: Vec<PathBuf> = std::fs::read_dir(&place.folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!left.iter().any(|file| file.to_string_lossy().ends_with(".new")), "{left:?}");
}
