//! A ledger that is made of its exported journal again: it has the same head, on either engine. What was changed in it is
//! refused, and whoever writes the history anew is found by a head that was kept.

use std::collections::HashMap;
use std::io;

use chrono::{DateTime, NaiveDate};
use hub_credits::base::db;
use hub_credits::base::db::Db;
use hub_credits::base::ids::HubId;
use hub_credits::ledger::{self, ExportFormat, Head, KeptHead};
use hub_credits::members::hubs::journal::Error;
use hub_credits::members::hubs::{self, Hub, import_journal};
use hub_credits::reports;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::journal::{exported, lived_in};
use crate::both_engines;
use crate::support::{Database, Engine, TestHub, bean_check, hledger, hundredths, marks, unique};

/// The journal of a hub past the service.
async fn export_of(db: &Db, hub: &Hub, format: ExportFormat) -> String {
    let mut tx = db.read_everywhere().await.unwrap();
    let book = reports::book(&mut tx, hub.clone()).await.unwrap();
    let mut text = String::new();
    let piece = async |piece: String| {
        text.push_str(&piece);
        Ok::<_, db::Error>(())
    };
    ledger::export(&mut tx, format, &book, piece).await.unwrap();
    text
}

fn lines(text: &str) -> impl Iterator<Item = io::Result<String>> {
    text.lines().map(|line| Ok(line.to_owned()))
}

async fn import(db: &Db, hub: &TestHub, name: Option<&str>, text: &str) -> Result<(Hub, Head), Error> {
    let name = name.map(|name| hub_credits::base::text::Line::parse(name).unwrap());
    import_journal(db, &marks(), name, lines(text), hub.world.clock.now(), |_, _| ()).await
}

/// Fresh databases of both engines.
async fn elsewhere() -> Vec<(Database, Db)> {
    let mut databases = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(database) = engine.new_database() else { continue };
        let db = Db::connect(&database.url, 2).await.unwrap();
        databases.push((database, db));
    }
    databases
}

/// The hash of a transaction, by the description in `ledger/chain.rs` and by nothing of its code.
fn seal(previous: &[u8], hub: &str, transaction: &Value, codes: &HashMap<String, String>) -> Vec<u8> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let uuid = |value: &Value| value.as_str().map(|id| id.parse::<Uuid>().unwrap().as_bytes().to_vec());
    let number = |number: i64| Some(number.to_be_bytes().to_vec());
    let at: DateTime<chrono::Utc> = text(&transaction["recorded_at"]).parse().unwrap();
    let grounded = ["grounds", "changes_hash"].map(|field| transaction[field].as_str().map(hex));
    let version = if grounded.iter().any(Option::is_some) { 2 } else { 1 };
    let mut fields = vec![
        Some(format!("hub-credits/{version}").into_bytes()),
        Some(hub.parse::<Uuid>().unwrap().as_bytes().to_vec()),
        number(transaction["sequence"].as_i64().unwrap()),
        uuid(&transaction["id"]),
        Some(text(&transaction["kind"]).into_bytes()),
        Some(text(&transaction["effective_on"]).into_bytes()),
        number(at.timestamp_micros()),
        uuid(&transaction["actor_id"]),
        Some(text(&transaction["source_kind"]).into_bytes()),
        uuid(&transaction["source_id"]),
        transaction["memo_digest"].as_str().map(hex),
        uuid(&transaction["reverses"]),
    ];
    for entry in transaction["entries"].as_array().unwrap() {
        fields.extend([
            Some(codes[entry["account_id"].as_str().unwrap()].clone().into_bytes()),
            uuid(&entry["account_id"]),
            Some(text(&entry["side"]).into_bytes()),
            number(hundredths(&entry["amount"])),
            number(hundredths(&entry["balance_after"])),
            number(entry["position"].as_i64().unwrap()),
        ]);
    }
    if version == 2 {
        fields.extend(grounded);
    }
    let mut form = previous.to_vec();
    for field in fields {
        match field {
            None => form.extend(u32::MAX.to_be_bytes()),
            Some(bytes) => {
                form.extend(u32::try_from(bytes.len()).unwrap().to_be_bytes());
                form.extend(bytes);
            }
        }
    }
    Sha256::digest(&form).to_vec()
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|n| u8::from_str_radix(&text[2 * n..2 * n + 2], 16).unwrap()).collect()
}

fn in_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The journal with every hash made to fit again.
fn resealed(mut lines: Vec<Value>) -> String {
    let hub = lines[0]["hub_id"].as_str().unwrap().to_owned();
    let mut codes = HashMap::new();
    let mut previous = vec![0; 32];
    for line in &mut lines {
        match line["record"].as_str().unwrap() {
            "account" => {
                codes.insert(line["id"].as_str().unwrap().to_owned(), line["code"].as_str().unwrap().to_owned());
            }
            "transaction" => {
                previous = seal(&previous, &hub, line, &codes);
                line["hash"] = in_hex(&previous).into();
            }
            _ => {}
        }
    }
    lines[0]["hash"] = in_hex(&previous).into();
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn parsed(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

both_engines!(
    an_empty_journal_is_one_in_every_format,
    a_journal_is_made_again_on_either_engine,
    a_journal_of_before_there_were_grounds_is_made_again,
    a_journal_takes_no_others_place,
    a_journal_with_anything_changed_is_refused_whole,
    a_history_that_was_written_anew_is_found_by_a_kept_head
);

async fn an_empty_journal_is_one_in_every_format(hub: TestHub) {
    assert!(bean_check(&exported(&hub, "beancount").await).is_none_or(|said| said == Ok(String::new())));
    assert!(hledger(&exported(&hub, "hledger").await, &["check"]).is_none_or(|said| said == Ok(String::new())));
    assert_eq!(exported(&hub, "csv").await.lines().count(), 1);
    let journal = exported(&hub, "jsonl").await;
    assert_eq!(journal.lines().count(), 2);
    for (_database, db) in elsewhere().await {
        let (made, head) = import(&db, &hub, None, &journal).await.unwrap();
        assert_eq!((head.sequence, export_of(&db, &made, ExportFormat::Jsonl).await), (0, journal.clone()));
    }
}

async fn a_journal_is_made_again_on_either_engine(hub: TestHub) {
    lived_in(&hub).await;
    // Words about a person that were forgotten are forgotten in the copy too.
    let empty = if hub.world.engine() == Engine::Sqlite { "x''" } else { "''" };
    let sql: &'static str =
        format!("UPDATE transaction_memos SET memo = '', salt = {empty} WHERE memo = 'zwei Wörter'").leak();
    let mut tx = hub.world.db().write_everywhere().await.unwrap();
    tx.query(sql).run().await.unwrap().exactly(1).unwrap();
    tx.commit().await.unwrap();
    let verified = hub.verified().await;
    let journal = exported(&hub, "jsonl").await;
    let head = hub.manager().get("/v1/ledger/head").await.ok();
    for (_database, db) in elsewhere().await {
        let (made, imported) = import(&db, &hub, None, &journal).await.unwrap();
        assert_eq!(
            (made.id.to_string(), json!(imported.sequence), json!(in_hex(&imported.hash))),
            (hub.id.clone(), head["sequence"].clone(), head["hash"].clone())
        );
        assert_eq!(export_of(&db, &made, ExportFormat::Jsonl).await, journal);
        let kept = KeptHead { sequence: imported.sequence, hash: imported.hash };
        let found =
            reports::verify(&mut db.read_everywhere().await.unwrap(), made.id, Some(kept), |_| ()).await.unwrap();
        assert_eq!(
            (found.difference, json!(found.entries), json!(found.accounts)),
            (None, verified["entries"].clone(), verified["accounts"].clone())
        );
        // Without labels, programs reach the balances all the same.
        let beancount = export_of(&db, &made, ExportFormat::Beancount).await;
        assert!(bean_check(&beancount).is_none_or(|said| said == Ok(String::new())), "{beancount}");
        // Twice is refused, under whatever name.
        assert!(matches!(import(&db, &hub, None, &journal).await, Err(Error::NotEmpty(_))));
        assert!(matches!(import(&db, &hub, Some("Another"), &journal).await, Err(Error::OtherName(_))));
    }
}

async fn a_journal_of_before_there_were_grounds_is_made_again(hub: TestHub) {
    lived_in(&hub).await;
    let mut lines = parsed(&exported(&hub, "jsonl").await);
    lines[0]["version"] = 1.into();
    for line in lines.iter_mut().filter(|line| line["record"] == "transaction") {
        let fields = line.as_object_mut().unwrap();
        assert!(["grounds", "changes_hash"].iter().all(|field| fields.remove(*field).is_some()), "{line}");
    }
    let journal = resealed(lines);
    for (_database, db) in elsewhere().await {
        let (made, head) = import(&db, &hub, None, &journal).await.unwrap();
        assert!(journal.contains(&in_hex(&head.hash)));
        let again = export_of(&db, &made, ExportFormat::Jsonl).await;
        assert_eq!(parsed(&again), parsed(&journal.replacen("\"version\":1", "\"version\":2", 1)));
        let found = reports::verify(&mut db.read_everywhere().await.unwrap(), made.id, None, |_| ()).await.unwrap();
        assert_eq!(found.difference, None);
    }
}

async fn a_journal_takes_no_others_place(hub: TestHub) {
    lived_in(&hub).await;
    let journal = exported(&hub, "jsonl").await;
    let db = hub.world.db();
    assert!(matches!(import(db, &hub, None, &journal).await, Err(Error::NotEmpty(_))));
    for (_database, db) in elsewhere().await {
        let name = hub_credits::base::text::Line::parse("West London").unwrap();
        hubs::create(&db, name, hub.world.clock.now()).await.unwrap().commit().await.unwrap();
        assert!(matches!(import(&db, &hub, None, &journal).await, Err(Error::NameTaken(..))));
        let (made, _) = import(&db, &hub, Some("West London, a copy"), &journal).await.unwrap();
        assert_eq!((made.name.as_str(), made.id.to_string()), ("West London, a copy", hub.id.clone()));
    }
    // A hub that is there with an empty ledger is filled.
    let new = hub.world.hub(&format!("Hub {}", unique())).await;
    let (source, same_id) = (elsewhere().await, HubId(new.id.parse().unwrap()));
    let (_database, other) = &source[0];
    let mut empty = parsed(&exported(&new, "jsonl").await);
    assert_eq!(import(db, &new, None, &resealed(empty.clone())).await.unwrap().0.id, same_id);
    new.verified().await;
    empty[0]["hub"] = "Renamed".into();
    assert_eq!(import(other, &new, None, &resealed(empty)).await.unwrap().0.name.as_str(), "Renamed");
}

async fn a_journal_with_anything_changed_is_refused_whole(hub: TestHub) {
    lived_in(&hub).await;
    let journal = exported(&hub, "jsonl").await;
    let lines = parsed(&journal);
    assert_eq!(resealed(lines.clone()), journal, "the description of the hash is enough to compute it");
    let first = lines.iter().position(|line| line["record"] == "transaction").unwrap();
    let with_memo = lines.iter().position(|line| line["memo"].is_object()).unwrap();
    let mut broken: Vec<(String, String)> = Vec::new();
    let mut without =
        |what: String, lines: &[Value]| broken.push((what, lines.iter().map(|line| format!("{line}\n")).collect()));
    // Each field of each sort of line, with another value.
    for at in [0, 1, first, with_memo, lines.len() - 1] {
        let mut fields: Vec<String> = lines[at]
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| !["entries", "memo"].contains(&key.as_str()))
            .map(|key| format!("/{key}"))
            .collect();
        if lines[at]["entries"].is_array() {
            fields.extend(
                ["account_id", "position", "side", "amount", "balance_after"]
                    .map(|field| format!("/entries/0/{field}")),
            );
        }
        if lines[at]["memo"].is_object() {
            fields.extend(["/memo/salt", "/memo/text"].map(str::to_owned));
        }
        for field in fields {
            if at == 0 && ["/hub", "/founded_at"].contains(&field.as_str()) {
                continue; // The record of the hub is no part of its ledger.
            }
            let mut changed = lines.clone();
            let value = changed[at].pointer_mut(&field).unwrap();
            *value = match &*value {
                Value::Number(number) => json!(number.as_i64().unwrap() + 1),
                Value::String(text) if text.parse::<Uuid>().is_ok() => json!("01990000-0000-7000-8000-000000000000"),
                Value::String(text) if text == "debit" => json!("credit"),
                Value::String(text) if text == "credit" => json!("debit"),
                Value::String(text) if text.parse::<NaiveDate>().is_ok() => json!("2026-10-04"),
                Value::String(text) if text.ends_with('Z') => json!(text.replace('Z', ".000001Z")),
                Value::String(text) if text.len() == 64 => json!("0f".repeat(32)),
                Value::String(text) if field.ends_with("salt") => json!(text.replace(&text[..2], "ab")),
                Value::String(text) if field.contains("amount") || field.contains("balance") => {
                    json!(format!("1{text}"))
                }
                Value::String(text) if text.is_empty() => json!("x"),
                Value::String(text) => json!(format!("{text}x")),
                _ => json!("01990000-0000-7000-8000-000000000000"),
            };
            if changed[at] != lines[at] {
                without(format!("{field} of line {}", at + 1), &changed);
            }
        }
        let mut gone = lines.clone();
        gone.remove(at);
        without(format!("line {} gone", at + 1), &gone);
        let mut twice = lines.clone();
        twice.insert(at, lines[at].clone());
        without(format!("line {} twice", at + 1), &twice);
    }
    let mut swapped = lines.clone();
    swapped.swap(first, first + 1);
    without("two lines swapped".to_owned(), &swapped);
    without("cut off".to_owned(), &lines[..lines.len() - 1]);
    without("nothing".to_owned(), &[]);
    broken.push(("a line cut off".to_owned(), journal[..journal.len() - 10].to_owned()));
    broken.push(("no JSON".to_owned(), journal.replacen("{\"record\":\"account\"", "{\"record\":\"account", 1)));
    broken.push(("an unknown field".to_owned(), journal.replacen("\"opened_at\"", "\"colour\":1,\"opened_at\"", 1)));

    let databases = elsewhere().await;
    let (_database, db) = databases.first().unwrap();
    for (what, text) in &broken {
        match import(db, &hub, None, text).await {
            Err(Error::Line { line, reason }) => assert!(line >= 1 && !reason.is_empty(), "{what}"),
            other => panic!("{what}: {other:?}"),
        }
        assert!(
            hubs::ids(&mut db.read_everywhere().await.unwrap()).await.unwrap().is_empty(),
            "{what} left something behind"
        );
    }
    assert!(broken.len() > 60, "{}", broken.len());
    import(db, &hub, None, &journal).await.unwrap();
}

async fn a_history_that_was_written_anew_is_found_by_a_kept_head(hub: TestHub) {
    lived_in(&hub).await;
    let journal = exported(&hub, "jsonl").await;
    let lines = parsed(&journal);
    let kept = |sequence: i64| {
        let hash = match lines.iter().find(|line| line["record"] == "transaction" && line["sequence"] == sequence) {
            Some(line) => line["hash"].as_str().unwrap().to_owned(),
            None => "00".repeat(32),
        };
        format!("{sequence}:{hash}")
    };
    // Somebody moves a date of the third transaction, and makes every hash after it fit again.
    let mut forged = lines.clone();
    let third = forged.iter_mut().find(|line| line["sequence"] == 3 && line["record"] == "transaction").unwrap();
    third["effective_on"] = "2026-10-07".into();
    for (_database, db) in elsewhere().await {
        let (made, head) = import(&db, &hub, None, &resealed(forged.clone())).await.unwrap();
        let against = async |kept: Option<String>| {
            let kept = kept.map(|kept| KeptHead::parse(&kept).unwrap());
            reports::verify(&mut db.read_everywhere().await.unwrap(), made.id, kept, |_| ()).await.unwrap().difference
        };
        assert_eq!(against(None).await, None, "by itself it is a ledger like any other");
        for unchanged in 0..=2 {
            assert_eq!(against(Some(kept(unchanged))).await, None);
        }
        for changed in 3..=head.sequence {
            let difference = against(Some(kept(changed))).await.unwrap();
            assert_eq!(
                (difference.what.as_str(), difference.transaction),
                ("the history is not the one whose head was kept", Some(changed))
            );
            assert!(kept(changed).ends_with(&difference.expected) && difference.expected != difference.found);
        }
    }

    let last = lines[0]["sequence"].as_i64().unwrap();
    let verification =
        async |against: String| hub.manager().get(&format!("/v1/ledger/verification?against={against}")).await;
    for sequence in 0..=last {
        assert_eq!(verification(kept(sequence)).await.ok()["verified"], true);
    }
    let beyond = verification(kept(last).replacen(&last.to_string(), &(last + 1).to_string(), 1)).await.ok();
    assert_eq!(
        (&beyond["verified"], &beyond["difference"]["what"]),
        (&json!(false), &json!("the ledger ends before the head that was kept"))
    );
    assert_eq!(
        (&beyond["difference"]["expected"], &beyond["difference"]["found"]),
        (&json!((last + 1).to_string()), &json!(last.to_string()))
    );
    let other = verification(format!("2:{}", "0f".repeat(32))).await.ok();
    assert_eq!(
        (&other["difference"]["transaction"], &other["difference"]["expected"]),
        (&json!(2), &json!("0f".repeat(32)))
    );
    for wrong in ["", "2", "2:", ":00", "2:0f", "x:0f", "-1:00", &kept(2).replacen(':', ";", 1)] {
        verification(wrong.to_owned()).await.invalid(&[("against", "invalid")]);
    }
}
