//! Every field of every body: what is wrong with it is told at its place, in words that name nothing of the program,
//! without a second error that follows from the first; and no structure is taken from an array.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, Extent, Operation, Reply, TestHub, operations, sample, unique};

/// What only the program knows.
const OURS: &[&str] = &[
    "struct",
    "enum",
    "__",
    "Impl",
    "u8",
    "u16",
    "u32",
    "u64",
    "i32",
    "i64",
    "f64",
    "usize",
    "visitor",
    "tuple",
    "sequence",
    "unit value",
    "Option",
    "::",
];

/// Every place of a value, as a JSON pointer; the whole is the empty one.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| places(value, &format!("{at}/{name}"), found)),
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(n, value)| places(value, &format!("{at}/{n}"), found));
        }
        _ => {}
    }
}

async fn send(callers: &[Client], operation: &Operation, body: &Value) -> Reply {
    let path = operation.at(|name| {
        if name == "year" { "2026-27".to_owned() } else { "01990000-0000-7000-8000-000000000000".to_owned() }
    });
    let mut last = None;
    for caller in callers {
        let request = caller.request(operation.method.parse().unwrap(), &path).header("if-match", "\"1\"");
        let reply = request.key(&format!("k-{}", unique())).json(body).await;
        if reply.status == 400 {
            return reply;
        }
        last = Some(reply);
    }
    last.unwrap()
}

fn errors(reply: &Reply) -> Vec<(String, String)> {
    let text = |error: &Value, field: &str| error[field].as_str().unwrap_or_default().to_owned();
    if reply.status != 400 {
        return Vec::new();
    }
    let problem = reply.json();
    let list = problem["errors"].as_array().cloned().unwrap_or_default();
    list.iter().map(|error| (text(error, "pointer"), text(error, "detail"))).collect()
}

both_engines!(every_wrong_field_is_told_once_at_its_place);

async fn every_wrong_field_is_told_once_at_its_place(hub: TestHub) {
    let school = hub.school("Lampton").await;
    let callers = [hub.manager(), hub.world.operator(), hub.lead(&school).await];
    let (mut seen, mut unseen) = (0, BTreeSet::new());
    for operation in operations() {
        if operation.body_type().as_deref() != Some("application/json") {
            continue;
        }
        let body = sample(&operation.description["requestBody"]["content"]["application/json"]["schema"], Extent::Full);
        let known: BTreeSet<String> =
            errors(&send(&callers, operation, &body).await).into_iter().map(|(place, _)| place).collect();
        let mut all = Vec::new();
        places(&body, "", &mut all);
        let mut refused = 0;
        for place in &all {
            let here = body.pointer(place).unwrap();
            let by_position = here.as_object().map(|fields| Value::Array(fields.values().cloned().collect()));
            let odd =
                [json!([[1], {}]), json!({ "a": { "b": [1] } }), json!(true), json!(1.5), json!(-1), json!("\u{200b}")];
            for odd in odd.into_iter().chain(by_position.clone()) {
                let mut wrong = body.clone();
                *wrong.pointer_mut(place).unwrap() = odd.clone();
                let reply = send(&callers, operation, &wrong).await;
                assert!(reply.status < 500, "{reply}");
                if reply.status != 400 {
                    assert!(
                        by_position.as_ref() != Some(&odd) || !(200..300).contains(&reply.status),
                        "{place} of {odd}: {reply}"
                    );
                    continue;
                }
                refused += 1;
                for (at, detail) in errors(&reply) {
                    let told = format!("{} {}: {place} is {odd}: {at}: {detail}", operation.method, operation.path);
                    let root = if place.is_empty() { "/" } else { place.as_str() };
                    assert!(
                        at == root || at.starts_with(&format!("{place}/")) || known.contains(&at) || place.is_empty(),
                        "a second error: {told}"
                    );
                    let ours = OURS.iter().find(|ours| {
                        detail.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != ':').any(
                            |word| {
                                word == **ours || (ours.len() > 2 && word.contains(**ours) && ours.starts_with("__"))
                            },
                        )
                    });
                    assert!(ours.is_none(), "it names {ours:?}: {told}");
                }
            }
        }
        seen += refused;
        if refused == 0 {
            unseen.insert(format!("{} {}", operation.method, operation.path));
        }
    }
    assert!(unseen.is_empty(), "{seen} refusals, and none of {unseen:?}");
}
