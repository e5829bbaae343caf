//! Mail servers in processes of their own, and what they took, as an independent reader reads it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use hub_credits::base::clock::Clock;
use hub_credits::base::db::Db;
use hub_credits::base::mail::{Given, Settings};
use hub_credits::base::text::{Email, Line};
use hub_credits::ledger::Journal;
use hub_credits::members::hubs;
use hub_credits::members::people::{self, NewPerson, Post};
use hub_credits::messages::notices::{self, Kind, Notice};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Place;

/// A mail server, until it is dropped.
pub struct MailServer {
    /// Its port on 127.0.0.1.
    pub port: u16,
    folder: TempDir,
    child: Child,
}

/// The address that the service sends from in tests.
pub const FROM: &str = "credits@hub.example";

impl MailServer {
    /// One that takes everything in the clear.
    pub fn start() -> Option<MailServer> {
        MailServer::that(json!({}))
    }

    /// One with options: see `tests/mail/server.mjs`. None where it is not installed, which is said; with
    /// `HUB_CREDITS_REQUIRE_MAIL=1` that fails.
    pub fn that(options: Value) -> Option<MailServer> {
        let missing = |what: &str| {
            let required = std::env::var("HUB_CREDITS_REQUIRE_MAIL").is_ok_and(|value| value == "1");
            assert!(!required, "HUB_CREDITS_REQUIRE_MAIL=1, and {what}");
            eprintln!("did not run: {what}");
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let tools = std::env::var("HUB_CREDITS_TOOLS").map_or_else(|_| root.join("target/tools"), PathBuf::from);
        let own = root.join("target/tools/node_modules/smtp-server/dist/esm/smtp-server.js");
        let package = tools.join("node_modules/smtp-server/dist/esm/smtp-server.js");
        let Some(package) = [package, own].into_iter().find(|package| package.exists()) else {
            missing("smtp-server is not in target/tools: npm install --prefix target/tools smtp-server");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("node");
        command.arg(root.join("tests/mail/server.mjs")).arg(package).arg(folder.path()).arg(options.to_string());
        let Ok(mut child) = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()
        else {
            missing("node was not found");
            return None;
        };
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().unwrap_or_else(|_| panic!("the mail server does not start: {line:?}"));
        Some(MailServer { port, folder, child })
    }

    /// The settings by which the service reaches it.
    pub fn settings(&self) -> Settings {
        self.settings_with("encryption = 'none'")
    }

    /// The same with other lines of a settings file than that it is not encrypted.
    pub fn settings_with(&self, lines: &str) -> Settings {
        let text = format!("server = 'localhost'\nport = {}\nfrom = '{FROM}'\n{lines}", self.port);
        let given: Given = toml::from_str(&text).unwrap();
        given.checked().unwrap().unwrap()
    }

    /// How many letters it has taken.
    pub fn count(&self) -> usize {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|ending| ending == "eml")).count()
    }

    /// The letters that it has taken, in that order, as Python's reader of e-mail reads them; of good form.
    pub fn letters(&self) -> Vec<Value> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/read.py");
        let read = Command::new("python3").arg(script).arg(self.folder.path()).output().unwrap();
        assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        let letters: Vec<Value> = serde_json::from_slice(&read.stdout).unwrap();
        for letter in &letters {
            assert_eq!(letter["defects"], json!([]), "{letter:#}");
        }
        letters
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A hub in which so many people are each told something so often: a letter each time, which waits to be sent.
pub async fn queue_letters(place: &Place, people: usize, each: usize) {
    let db = Db::connect(&place.database, 2).await.unwrap();
    db.migrate().await.unwrap();
    let now = Clock::System.now();
    let mut journal: Journal = hubs::create(&db, Line::parse("West London").unwrap(), now).await.unwrap();
    let mut all = Vec::new();
    for nth in 0..people {
        let email = Email::parse(&format!("viewer.{nth}@hub.example")).unwrap();
        let name = Line::parse(&format!("Viewer {nth}")).unwrap();
        all.push(people::create(&mut journal, NewPerson { name, email, post: Post::HubViewer }).await.unwrap().id);
    }
    for _ in 0..each {
        let told: Vec<Notice> = all.iter().map(|person| Notice::new(*person, Kind::RecordChanged)).collect();
        notices::tell(&mut journal, &told).await.unwrap();
    }
    journal.commit().await.unwrap();
    db.close().await;
}

/// A certificate of 127.0.0.1 and localhost, and its key, made for a test: the files. None where openssl is missing.
pub fn certificate(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    let (key, cert) = (folder.join("key.pem"), folder.join("cert.pem"));
    let mut command = Command::new("openssl");
    command.args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "3650",
    ]);
    command.args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
    command.args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"]).arg(&key).arg("-out").arg(&cert);
    let made = command.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    made.then_some((key, cert))
}
