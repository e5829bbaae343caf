//! Ledgers: verified, exported for other programs, and made again of their journal.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use sqlx::Connection;

use crate::support::{bean_check, hledger};
use crate::{Place, Said, blocking, verified};

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
