//! The command line: the built binary, run as people run it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::as_conversions,
    reason = "a test fails by panicking"
)]

#[path = "support/mod.rs"]
mod support;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use serde_json::Value;
use sqlx::Connection;
use support::{Engine, bean_check, hledger};
use tempfile::TempDir;

const SCHOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/schools-west-london.csv");

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
fn the_demonstration_ends_with_a_verified_ledger_and_tells_the_same_again() {
    let place = Place::new();
    let first = place.done(&["demo", "--no-serve", "--fresh"]);
    let (transactions, entries) = verified(&first);
    assert!(transactions >= 10 && entries > 2 * transactions, "{transactions} {entries}");
    for part in [
        "Lampton Academy",
        "6000.00  6000.00",
        "Improving Teacher Programme (ITP)",
        "5 of 5",
        "Termly meeting: reading",
        "attended",
        "no_show",
        "waitlisted, number 1",
        "confirmed, by ticket",
        "Zadie Clarke of Chiswick School cancelled",
        "In the same transaction Alice Penrose of Norwood Green Junior School moved up",
        "Statement of Chiswick School",
    ] {
        assert!(first.contains(part), "{part}\n{first}");
    }
    assert!(place.path("data/demo.db").exists() && !place.path("data/hub-credits.db").exists());
    assert_eq!(place.done(&["demo", "--no-serve"]), first);
    assert_eq!(verified(&place.done(&["demo", "--no-serve", "--fresh"])), (transactions, entries));
}

#[test]
fn the_demonstration_is_served_with_a_ready_token_for_each_role() {
    let place = Place::new();
    let mut child = place
        .command(&["demo", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let page = lines.find_map(|line| Some(line.split_once("/docs ")?.0.trim().to_owned())).expect("an address");
    let log = BufReader::new(child.stderr.take().unwrap());
    let served = Served { child, log, address: page.replace("http://", "") };
    for role in ["hub_manager", "hub_viewer", "school_lead", "teacher", "partner", "school_lead"] {
        lines.find(|line| line.starts_with(&format!("{role} ("))).expect(role);
        let (status, me) = get(served.url("/v1/me"), &lines.next().unwrap());
        assert_eq!((status, &me["role"]), (200, &Value::from(role)));
    }
    lines.find(|line| line == "operator").expect("operator");
    assert_eq!(get(served.url("/v1/hubs"), &lines.next().unwrap()).0, 200);
    assert_eq!(place.run(&["healthcheck", "--listen", &served.address]).code(), 0);
    served.signal("INT");
    assert_eq!(served.end().0, Some(0));
}

#[test]
fn the_demonstration_runs_on_postgresql_and_removes_nothing_there() {
    let Some(database) = Engine::Postgres.new_database() else { return };
    let place = Place::new();
    let demo = ["demo", "--no-serve", "--database", &database.url];
    let first = place.done(&[&demo[..], &["--fresh"]].concat());
    verified(&first);
    let again = place.run(&[&demo[..], &["--fresh"]].concat());
    let (code, line) = again.refusal();
    assert!(code == 1 && line.contains("nothing is ever removed from a server"), "{line}");
    assert_eq!(place.done(&demo), first);
}

#[test]
fn the_demonstration_leaves_the_data_of_others_alone() {
    let place = Place::new();
    place.done(&["init", "--hub", "Ours", "--manager", "head@hub.example"]);
    let file = place.path("data/hub-credits.db");
    let before = std::fs::metadata(&file).unwrap().len();
    for flags in [&["--fresh"][..], &[]] {
        let said = place.run(&[&["demo", "--no-serve", "--database", "sqlite:data/hub-credits.db"], flags].concat());
        let (code, line) = said.refusal();
        assert!(code == 1 && line.contains("not the demonstration"), "{line}");
    }
    std::fs::write(place.path("notes.txt"), "not a database at all, but somebody's").unwrap();
    let said = place.run(&["demo", "--no-serve", "--fresh", "--database", "sqlite:notes.txt"]);
    assert!(said.refusal().1.contains("is left alone"), "{}", said.err);
    assert!(std::fs::metadata(&file).unwrap().len() == before && place.path("notes.txt").exists());

    let elsewhere = place.command(&["demo", "--no-serve"]).env("DATABASE_URL", "sqlite:data/hub-credits.db").output();
    verified(&Said::of(elsewhere.unwrap()).out);
    assert!(place.path("data/demo.db").exists());
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
fn the_operator_names_a_manager_whose_link_lets_them_in() {
    let place = Place::new();
    place.done(&["init", "--hub", "West London", "--manager", "head@hub.example"]);
    assert_ne!(place.run(&["manager", "--hub", "No Such Hub", "--email", "rescue@hub.example"]).code(), 0);
    let named =
        place.done(&["manager", "--hub", "West London", "--email", "rescue@hub.example", "--name", "Rae Rescue"]);
    assert!(named.starts_with("Rae Rescue <rescue@hub.example> is a hub manager of West London."), "{named}");
    let link =
        named.split("http://127.0.0.1:8080").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap().to_owned();
    let served = Served::start(&place, &[]);
    let body = blocking(async {
        reqwest::Client::new()
            .post(served.url(&link.replace("/invitation/", "/v1/auth/invitations/")))
            .send()
            .await
            .unwrap()
            .json::<Value>()
            .await
            .unwrap()
    });
    let (status, me) = get(served.url("/v1/me"), body["access_token"].as_str().unwrap());
    assert_eq!((status, &me["role"], &me["name"]), (200, &Value::from("hub_manager"), &Value::from("Rae Rescue")));
}

#[test]
fn mail_that_is_no_report_is_left_alone() {
    let place = Place::new();
    let file = place.path("mail");
    std::fs::write(&file, "From: zoe@school.example\nSubject: Re: A place\n\nThank you.\n").unwrap();
    let said = place.command(&["returned-mail"]).stdin(std::fs::File::open(&file).unwrap()).output().unwrap();
    assert_eq!(said.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&said.stdout).starts_with("nothing was done"), "{said:?}");
}

#[test]
fn the_link_of_init_works_once_and_sigterm_ends_the_service_cleanly() {
    let place = Place::new();
    let out = place.done(&["init", "--hub", "West London", "--manager", "Head@Hub.example", "--name", "Amara Osei"]);
    let link =
        out.split("http://127.0.0.1:8080").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap().to_owned();
    let served = Served::start(&place, &[]);
    let accept = || {
        blocking(async {
            let reply = reqwest::Client::new()
                .post(served.url(&link.replace("/invitation/", "/v1/auth/invitations/")))
                .send()
                .await
                .unwrap();
            (reply.status().as_u16(), reply.json::<Value>().await.unwrap())
        })
    };
    let (status, body) = accept();
    assert_eq!(status, 200, "{body}");
    let (status, me) = get(served.url("/v1/me"), body["access_token"].as_str().unwrap());
    assert_eq!((status, &me["role"], &me["name"]), (200, &Value::from("hub_manager"), &Value::from("Amara Osei")));
    assert_eq!(accept().0, 404, "a link works once");
    assert_eq!(place.run(&["healthcheck", "--listen", &served.address]).code(), 0);

    let address = served.address.clone();
    served.signal("TERM");
    let (code, log) = served.end();
    assert_eq!(code, Some(0));
    assert_eq!(log.last().unwrap()["message"], "stopped");
    let secret = link.rsplit('/').next().unwrap();
    assert!(!log.iter().any(|line| line.to_string().contains(secret)), "no secret is logged");
    assert_eq!(place.run(&["healthcheck", "--listen", &address]).code(), 1);
}

#[test]
fn no_log_has_a_word_of_what_people_need_or_the_secret_of_a_link() {
    let place = Place::new();
    place.done(&["init", "--hub", "One", "--manager", "head@hub.example"]);
    let token = place.done(&["token", "--email", "head@hub.example"]).trim().to_owned();
    let served = Served::start(&place, &["--log", "debug"]);
    let secret = blocking(async {
        let client = reqwest::Client::new();
        let needs = || client.put(served.url("/v1/me/needs")).bearer_auth(&token);
        for (body, status) in [(r#"{"access": "marker 7f3a91"}"#, 204), (r#"{"access": ["marker 7f3a91"]}"#, 400)] {
            let reply = needs().header("content-type", "application/json").body(body).send().await.unwrap();
            assert_eq!(reply.status(), status);
        }
        let reply = client.post(served.url("/v1/me/calendar")).bearer_auth(&token).send().await.unwrap();
        let link: Value = reply.json().await.unwrap();
        let path = link["programme_url"].as_str().unwrap().splitn(4, '/').nth(3).unwrap().to_owned();
        let reply = client.get(served.url(&format!("/{path}"))).send().await.unwrap();
        assert_eq!(reply.status(), 200);
        path.split('/').nth(2).unwrap().to_owned()
    });
    assert!(secret.len() > 64, "{secret}");
    served.signal("TERM");
    let (_, log) = served.end();
    assert!(log.iter().filter(|line| line["message"] == "request").count() >= 4, "{log:?}");
    let log: Vec<String> = log.iter().map(Value::to_string).collect();
    assert!(!log.iter().any(|line| line.contains("7f3a91") || line.contains(&secret)), "{log:?}");
}

#[test]
fn what_the_operator_does_for_somebody_is_in_their_hubs_audit() {
    let place = Place::new();
    place.done(&["init", "--hub", "One", "--manager", "head@hub.example"]);
    let token = place.done(&["token", "--email", "head@hub.example"]).trim().to_owned();
    place.done(&["sign-in-link", "--email", "HEAD@hub.example"]);
    let served = Served::start(&place, &[]);
    let status = blocking(async {
        let new = serde_json::json!({ "email": "new@hub.example" });
        reqwest::Client::new().post(served.url("/v1/me/email")).bearer_auth(&token).json(&new).send().await.unwrap()
    });
    assert_eq!(status.status().as_u16(), 202);
    place.done(&["address-link", "--email", "head@hub.example"]);
    let me = get(served.url("/v1/me"), &token).1["id"].as_str().unwrap().to_owned();
    let (_, audit) = get(served.url(&format!("/v1/audit?target={me}")), &token);
    let records: Vec<_> = audit["items"].as_array().unwrap().iter().collect();
    let acts: Vec<_> = records.iter().map(|record| record["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["address_link_made", "sign_in_link_made", "hub_founded"]);
    assert!(records.iter().all(|record| record["person_id"].is_null()), "by the operator");
}

#[test]
fn tokens_are_taken_by_the_service_on_the_same_machine() {
    let place = Place::new();
    place.done(&["init", "--hub", "One", "--manager", "head@hub.example"]);
    let served = Served::start(&place, &[]);
    let token = |arguments: &[&str]| place.done(&[&["token"], arguments].concat()).trim().to_owned();
    let (status, me) = get(served.url("/v1/me"), &token(&["--email", "HEAD@hub.example", "--ttl", "15m"]));
    assert_eq!((status, &me["email"]), (200, &Value::from("head@hub.example")));
    assert_eq!(get(served.url("/v1/hubs"), &token(&["--operator"])).0, 200);
    assert_eq!(get(served.url("/v1/me"), "not.a.token").0, 401);

    assert!(place.run(&["token", "--email", "nobody@hub.example"]).refusal().1.contains("nobody@hub.example"));
    place.done(&["init", "--hub", "Two", "--manager", "head@hub.example"]);
    assert_eq!(place.run(&["token", "--email", "head@hub.example"]).refusal().0, 2);
    let second = token(&["--email", "head@hub.example", "--hub", "Two"]);
    assert_eq!(get(served.url("/v1/hub"), &second).1["name"], "Two");

    let before = token(&["--operator"]);
    place.done(&["rotate-key"]);
    assert_eq!(get(served.url("/v1/hubs"), &token(&["--operator"])).0, 200, "a running service takes up the new key");
    assert_eq!(get(served.url("/v1/hubs"), &before).0, 200, "tokens of the key before live on");
    drop(served);
    let served = Served::start(&place, &[]);
    assert_eq!(get(served.url("/v1/hubs"), &before).0, 200, "and after a start");
}

#[test]
fn files_are_imported_whole_or_not_at_all() {
    let place = Place::new();
    place.done(&["init", "--hub", "West London", "--manager", "head@hub.example"]);
    let schools = ["import", "schools", SCHOOLS, "--map", "local_authority=la_name", "--census-date", "2023-01-19"];
    let out = place.done(&schools);
    assert!(out.starts_with("495 rows: 495 schools created, 0 updated, 0 unchanged; 488 rolls recorded"), "{out}");
    assert!(
        place.done(&schools).starts_with("495 rows: 0 schools created, 0 updated, 495 unchanged; 0 rolls recorded")
    );
    let rolls = ["import", "rolls", SCHOOLS, "--map", "pupils=pupils_2018_19", "--date", "2019-01-17"];
    assert!(place.done(&rolls).contains("459 rolls recorded"));

    let two = "urn,name\r\n1234,Wrong\r\n999999,New School\r\n";
    let piped = |from: &str, arguments: &[&str]| {
        let mut command = place.command(&[&["import", "schools", from], arguments].concat());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(two.as_bytes()).unwrap();
        Said::of(child.wait_with_output().unwrap())
    };
    let said = piped("-", &[]);
    assert!(said.code() == 1 && said.err.contains("line 2, urn: ") && said.err.contains("nothing was imported"));
    let said = piped("/dev/stdin", &["--partial"]);
    assert!(said.code() == 0 && said.err.contains("line 2, urn: ") && said.out.contains("1 schools created"));
    assert_eq!(place.run(&["import", "schools", "missing.csv"]).refusal().0, 2);
}

#[test]
fn people_are_imported_and_invited() {
    let place = Place::new();
    place.done(&["init", "--hub", "West London", "--manager", "head@hub.example"]);
    std::fs::write(place.path("people.csv"), "name,email,role\nVic,Vic <vic@hub.example>,viewer\nWrong,wrong,viewer\n")
        .unwrap();
    let said = place.run(&["import", "people", "people.csv"]);
    assert!(said.code() == 1 && said.err.contains("line 3, email: ") && said.err.contains("nothing was imported"));
    let out = place.done(&["import", "people", "people.csv", "--dry-run"]);
    assert!(out.starts_with("2 rows: 1 people would be created, 0 would be renamed, 0 unchanged\n"), "{out}");
    let out = place.done(&["import", "people", "people.csv", "--partial", "--invite"]);
    assert!(out.starts_with("2 rows: 1 people created, 0 renamed, 0 unchanged\n"), "{out}");
    let link = out.lines().last().unwrap();
    assert!(link.starts_with("vic@hub.example,http://127.0.0.1:8080/invitation/"), "{out}");
    assert!(
        place
            .done(&["import", "people", "people.csv", "--partial"])
            .contains("0 people created, 0 renamed, 1 unchanged")
    );
    place.done(&["token", "--email", "vic@hub.example"]);
}

#[test]
fn needs_are_read_after_every_rotation_and_lost_with_the_key_file() {
    let place = Place::new();
    place.done(&["init", "--hub", "One", "--manager", "head@hub.example"]);
    let served = Served::start(&place, &[]);
    let token = place.done(&["token", "--email", "head@hub.example"]).trim().to_owned();
    blocking(async {
        let needs = reqwest::Client::new().put(served.url("/v1/me/needs")).bearer_auth(&token);
        let written = needs.header("content-type", "application/json").body(r#"{"access": "A ramp"}"#).send().await;
        assert_eq!(written.unwrap().status(), 204);
    });
    drop(served);
    for _ in 0..3 {
        assert!(place.done(&["rotate-key"]).contains("people's needs: 1 were sealed anew"));
    }
    assert!(place.done(&["reseal"]).contains("people's needs: 0 were sealed anew"));
    let needs = || {
        let served = Served::start(&place, &[]);
        let token = place.done(&["token", "--email", "head@hub.example"]).trim().to_owned();
        get(served.url("/v1/me/needs"), &token)
    };
    let (status, read) = needs();
    assert_eq!((status, &read["access"]), (200, &Value::from("A ramp")));
    std::fs::remove_file(place.path("data/signing-keys.pem")).unwrap();
    let said = place.run(&["rotate-key"]);
    assert!(said.code() == 0 && said.out.contains("1 can't be opened"), "{}{}", said.out, said.err);
    let (status, refused) = needs();
    assert!(status == 503 && refused["detail"].as_str().unwrap().contains("key file"), "{refused}");
    let said = place.run(&["reseal"]);
    assert!(said.code() == 1 && said.out.contains("1 can't be opened"), "{}{}", said.out, said.err);
}

#[test]
fn verify_names_what_was_tampered_with() {
    let place = Place::new();
    place.done(&["demo", "--no-serve"]);
    let verify = ["verify", "--database", "sqlite:data/demo.db"];
    let verified_out = place.done(&verify);
    verified(&verified_out);
    tamper(&place.path("data/demo.db"));
    let said = place.run(&verify);
    assert_eq!(said.code(), 1);
    let line = said.out.lines().last().unwrap();
    assert!(line.starts_with("ledger WRONG: ") && line.contains("transaction 2"), "{line}");
    assert_eq!(place.run(&["demo", "--no-serve"]).code(), 1);
}

/// A hundredth more in one entry, past the triggers.
fn tamper(file: &Path) {
    blocking(async {
        let mut database = sqlx::SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
        let triggers: Vec<(String,)> = sqlx::query_as("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            .fetch_all(&mut database)
            .await
            .unwrap();
        for (name,) in triggers {
            sqlx::query(sqlx::AssertSqlSafe(format!("DROP TRIGGER {name}"))).execute(&mut database).await.unwrap();
        }
        let changed = sqlx::query("UPDATE entries SET amount = amount + 1 WHERE sequence = 2 AND ordinal = 1")
            .execute(&mut database)
            .await
            .unwrap();
        assert_eq!(changed.rows_affected(), 1);
        database.close().await.unwrap();
    });
}

#[test]
fn hledger_and_beancount_agree_with_the_exported_journal() {
    let place = Place::new();
    place.done(&["demo", "--no-serve"]);
    let export = |format| place.done(&["export", "--format", format, "--database", "sqlite:data/demo.db"]);
    let (plain, beancount) = (export("hledger"), export("beancount"));
    assert!(plain.contains("liabilities:wallet:") && beancount.contains(" open Liabilities:Wallet:"), "{beancount}");
    assert!(bean_check(&beancount).is_none_or(|said| said == Ok(String::new())));
    let Some(said) = hledger(&plain, &["check"]) else { return };
    assert_eq!(said, Ok(String::new()));
    let balance = hledger(&plain, &["balance", "--invert", "137907", "-N"]).unwrap().unwrap();
    assert!(balance.trim_start().starts_with("425.00 HC"), "the statement's last balance: {balance}");
    let said = place.run(&["export", "--format", "ledger", "--database", "sqlite:data/demo.db"]);
    let (code, words) = said.refusal();
    assert!(code == 2 && words.contains("hledger, beancount, csv, jsonl"), "{words}");
}

#[test]
fn a_journal_is_imported_with_the_same_head_and_proved_against_it() {
    let place = Place::new();
    place.done(&["demo", "--no-serve"]);
    let demo = ["--database", "sqlite:data/demo.db"];
    let head = |out: &str| out.lines().next().unwrap().split_once(", head ").expect(out).1.to_owned();
    let journal = place.done(&[&["export", "--format", "jsonl"], &demo[..]].concat());
    std::fs::write(place.path("journal.jsonl"), &journal).unwrap();
    let kept = head(&place.done(&[&["verify"], &demo[..]].concat()));
    let against = |kept: &str, database: &[&str]| place.run(&[&["verify", "--against", kept], database].concat());
    assert_eq!(against(&kept, &demo).code(), 0);

    let copy = ["--database", "sqlite:data/copy.db"];
    assert!(
        place.run(&[&["import", "journal", "journal.jsonl"], &copy[..]].concat()).refusal().1.contains("is not there")
    );
    place.done(&[&["migrate"], &copy[..]].concat());
    let said = place.done(&[&["import", "journal", "journal.jsonl"], &copy[..]].concat());
    assert!(said.trim_end().ends_with(&format!(" transactions, head {kept}")), "{said}");
    let said = against(&kept, &copy);
    assert!(said.code() == 0 && said.out.contains("; its journal was imported"), "{}", said.out);
    verified(&said.out);
    assert_eq!(place.done(&[&["export", "--format", "jsonl"], &copy[..]].concat()), journal);
    let again = place.run(&[&["import", "journal", "journal.jsonl"], &copy[..]].concat());
    assert!(again.refusal().0 == 1 && again.err.contains("is in this database, and has transactions"), "{}", again.err);
    assert_eq!(place.run(&[&["import", "journal", "missing.jsonl"], &copy[..]].concat()).refusal().0, 2);

    // From stdin, under another name, cut off at the end: nothing is left behind.
    place.done(&["migrate", "--database", "sqlite:data/third.db"]);
    let piped = |text: &str| {
        let third = ["import", "journal", "-", "--hub", "A third", "--database", "sqlite:data/third.db"];
        let mut child =
            place.command(&third).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let child = child.as_mut().unwrap();
        let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
        let (mut out, mut err) = (String::new(), String::new());
        std::io::Read::read_to_string(child.stdout.as_mut().unwrap(), &mut out).unwrap();
        std::io::Read::read_to_string(child.stderr.as_mut().unwrap(), &mut err).unwrap();
        Said { status: child.wait().unwrap(), out, err }
    };
    let cut = piped(&journal[..journal.len() / 2]);
    assert!(cut.refusal().0 == 1 && cut.err.contains("line "), "{}", cut.err);
    assert!(piped(&journal).out.starts_with("A third: "));
    assert_eq!(against(&kept, &["--database", "sqlite:data/third.db"]).code(), 0);

    // A head that was kept, and is not in this history; and what is no head.
    let (sequence, hash) = kept.split_once(':').unwrap();
    let other = against(&format!("{sequence}:{}", "0f".repeat(32)), &demo);
    let last = other.out.lines().last().unwrap();
    assert!(
        other.code() == 1 && last.starts_with("ledger WRONG: the history is not the one whose head was kept"),
        "{last}"
    );
    let beyond = against(&format!("1{sequence}:{hash}"), &demo);
    let last = beyond.out.lines().last().unwrap();
    assert!(
        beyond.code() == 1 && last.starts_with("ledger WRONG: the ledger ends before the head that was kept"),
        "{last}"
    );
    for wrong in ["", "7", "x:00", &kept[..kept.len() - 1]] {
        let said = against(wrong, &demo);
        assert!(said.refusal().0 == 2 && said.err.contains("SEQUENCE:HASH"), "{wrong}: {}", said.err);
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

#[test]
fn every_line_of_a_request_says_which_request_it_is_of() {
    let place = Place::new();
    place.done(&["init", "--hub", "One", "--manager", "head@hub.example"]);
    let token = place.done(&["token", "--email", "head@hub.example"]).trim().to_owned();
    let served = Served::start(&place, &[]);
    blocking(async {
        let client = reqwest::Client::new();
        let ask = |path: &str, id: &'static str, body: &'static str| {
            let request = client.post(served.url(path)).bearer_auth(&token).header("x-request-id", id);
            request.header("idempotency-key", id).header("content-type", "application/json").body(body).send()
        };
        assert_eq!(ask("/v1/partners", "a-good-one", r#"{"name": "Brass"}"#).await.unwrap().status(), 201);
        // Whatever is written from here on is an error, at the handler and at the desk.
        std::fs::remove_file(place.path("data/hub-credits.db")).unwrap();
        assert_eq!(ask("/v1/partners", "a-bad-one", r#"{"name": "Reed"}"#).await.unwrap().status(), 503);
        let booking = r#"{"event_id": "01990000-0000-7000-8000-000000000000"}"#;
        assert_eq!(ask("/v1/bookings", "at-the-desk", booking).await.unwrap().status(), 503);
    });
    served.signal("TERM");
    let (_, log) = served.end();
    for (id, operation) in
        [("a-good-one", "/v1/partners"), ("a-bad-one", "/v1/partners"), ("at-the-desk", "/v1/bookings")]
    {
        let of: Vec<&Value> = log.iter().filter(|line| line["span"]["request_id"] == id).collect();
        assert_eq!(of.iter().filter(|line| line["message"] == "request").count(), 1, "{log:?}");
        assert_eq!(of.iter().any(|line| line["level"] == "ERROR"), id != "a-good-one", "{log:?}");
        for line in of.iter().filter(|line| line["message"] == "request") {
            let span = &line["span"];
            assert!(span["operation"] == operation && span["hub"].is_string() && span["caller"].is_string(), "{line}");
        }
    }
}
