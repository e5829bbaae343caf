//! The command line: the built binary, run as people run it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::as_conversions,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod demonstration;
mod ledgers;
mod operator;
mod served;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A folder in which the binary is run without any settings but those that a test gives.
struct Place(TempDir);

/// What a command said.
struct Said {
    status: ExitStatus,
    out: String,
    err: String,
}

impl Place {
    fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hub-credits"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HUB_CREDITS_")) {
            command.env_remove(name);
        }
        command.env_remove("DATABASE_URL").current_dir(self.0.path()).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Said {
        Said::of(self.command(arguments).output().unwrap())
    }

    /// Runs it and expects that all goes well.
    fn done(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code(), 0, "{arguments:?}: {}", said.err);
        said.out
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }
}

impl Said {
    fn of(output: Output) -> Said {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { status: output.status, out: text(output.stdout), err: text(output.stderr) }
    }

    fn code(&self) -> i32 {
        self.status.code().expect("it ended by itself")
    }

    /// The one line it said, and its exit code.
    fn refusal(&self) -> (i32, &str) {
        assert_eq!(self.err.lines().count(), 1, "one line: {}", self.err);
        (self.code(), self.err.trim_end())
    }
}

/// A served instance. It is killed when a test leaves it.
struct Served {
    child: Child,
    log: BufReader<std::process::ChildStderr>,
    address: String,
}

impl Served {
    fn start(place: &Place, arguments: &[&str]) -> Served {
        let mut command = place.command(&[&["serve", "--listen", "127.0.0.1:0"], arguments].concat());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        log.read_line(&mut line).unwrap();
        let serving: Value = serde_json::from_str(&line).expect("logs are JSON lines");
        assert_eq!(serving["message"], "serving", "{line}");
        let address = serving["address"].as_str().unwrap().to_owned();
        Served { child, log, address }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn signal(&self, name: &str) {
        let kill = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(kill.success());
    }

    /// Waits for its end: the exit code and the rest of the log.
    fn end(mut self) -> (Option<i32>, Vec<Value>) {
        let lines = std::iter::from_fn(|| {
            let mut line = String::new();
            (self.log.read_line(&mut line).unwrap() > 0).then(|| serde_json::from_str(&line).unwrap())
        });
        let lines = lines.collect();
        (self.child.wait().unwrap().code(), lines)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn blocking<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn get(url: String, token: &str) -> (u16, Value) {
    blocking(async {
        let reply = reqwest::Client::new().get(url).bearer_auth(token).send().await.unwrap();
        (reply.status().as_u16(), reply.json().await.unwrap())
    })
}

/// The last line of the demonstration, taken apart: transactions and entries.
fn verified(out: &str) -> (u64, u64) {
    let line = out.lines().last().unwrap();
    let numbers = line.strip_prefix("ledger verified: ").and_then(|rest| rest.strip_suffix(" entries, 0 differences"));
    let (transactions, entries) = numbers.expect(line).split_once(" transactions, ").expect(line);
    (transactions.parse().unwrap(), entries.parse().unwrap())
}

#[test]
fn a_wrong_setting_is_one_line_that_names_it() {
    let place = Place::new();
    std::fs::write(place.path("wrong.toml"), "log = \"info\"\nconnections = \"many\"\n").unwrap();
    std::fs::write(place.path("unknown.toml"), "lisen = \"127.0.0.1:1\"\n").unwrap();
    let provider = "[[openid]]\nname = \"entra\"\nclient_id = \"hub\"\nkind = \"entra\"\n";
    std::fs::write(place.path("provider.toml"), provider).unwrap();
    std::fs::write(place.path("kind.toml"), "[[openid]]\nkind = \"azure\"\n").unwrap();
    for (arguments, names) in [
        (&["serve", "--listen", "nowhere"][..], "--listen"),
        (&["serve", "--connections", "0"], "connections"),
        (&["serve", "--database", "mysql://x"], "database"),
        (&["serve", "--listen", "127.0.0.1:0", "--database", "postgres://nobody@127.0.0.1:1/none"], "database"),
        (&["serve", "--config", "wrong.toml"], "connections"),
        (&["serve", "--config", "unknown.toml"], "lisen"),
        (&["serve", "--config", "provider.toml"], "openid \"entra\": issuer: is needed"),
        (&["serve", "--config", "kind.toml"], "line 2, kind: must be one of: standard, entra, google, dfe"),
        (&["serve", "--config", "missing.toml"], "missing.toml"),
        (&["serve", "--sign-in", "openid"], "sign_in: openid alone lets nobody in without a provider"),
        (&["token", "--email", "a@b.example", "--ttl", "soon"], "--ttl"),
        (&["verify"], "database"),
    ] {
        let said = place.run(arguments);
        let (code, line) = said.refusal();
        assert!(code == 2 && line.contains(names), "{arguments:?}: {code} {line}");
    }
    let said = Said::of(place.command(&["serve"]).env("HUB_CREDITS_WORKERS", "lots").output().unwrap());
    assert!(said.refusal() == (2, said.err.trim_end()) && said.err.contains("--workers"));
    assert!(!place.path("data").exists(), "nothing was made");
}

#[test]
fn flags_come_before_the_environment_and_that_before_the_file() {
    let place = Place::new();
    std::fs::write(place.path("hub-credits.toml"), "database = \"sqlite:file.db\"\n").unwrap();
    place.done(&["migrate"]);
    assert!(place.path("file.db").exists());
    place.command(&["migrate"]).env("DATABASE_URL", "sqlite:environment.db").output().unwrap();
    assert!(place.path("environment.db").exists());
    let flag = ["migrate", "--database", "sqlite:flag.db"];
    place.command(&flag).env("DATABASE_URL", "sqlite:other.db").output().unwrap();
    assert!(place.path("flag.db").exists() && !place.path("other.db").exists());
    let help = place.done(&["serve", "--help"]);
    for setting in ["DATABASE_URL", "HUB_CREDITS_LISTEN", "[default: 127.0.0.1:8080]", "HUB_CREDITS_KEYS"] {
        assert!(help.contains(setting), "{setting}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let place = Place::new();
    let mut child = place.command(&["openapi"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let said = Said::of(child.wait_with_output().unwrap());
    assert_eq!((said.code(), said.err.as_str()), (0, ""));
}
