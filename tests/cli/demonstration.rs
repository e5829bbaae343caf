//! The demonstration: told the same each time, served with a token for each role, apart from the data of others.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::support::Engine;
use crate::{Place, Said, Served, get, verified};

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
