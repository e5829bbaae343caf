//! Which nullable properties of the specification were ever answered with a value.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write;
use std::sync::{LazyLock, Mutex};

use serde_json::Value;

use super::specification;

/// The record: what it has, and its file.
struct Record {
    seen: HashSet<String>,
    file: File,
}

/// The record, where one is kept: `HUB_CREDITS_ANSWERED` names its file, which `.ci/nullable` reads.
static RECORD: LazyLock<Option<Mutex<Record>>> = LazyLock::new(|| {
    let path = std::env::var_os("HUB_CREDITS_ANSWERED")?;
    let file = File::options().create(true).append(true).open(path).unwrap();
    Some(Mutex::new(Record { seen: HashSet::new(), file }))
});

/// Adds the properties that this answer has to the record.
pub(super) fn record(method: &str, path: &str, status: u16, body: &[u8]) {
    let Some(record) = &*RECORD else { return };
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return };
    let path = path.split('?').next().unwrap_or_default();
    let Some(operation) = specification::operation_at(method, path) else { return };
    let response = resolved(&operation.description["responses"][status.to_string()]);
    let mut found = HashSet::new();
    for media in ["application/json", "application/problem+json"] {
        let place = format!("{} {} {status}", operation.method, operation.path);
        walk(&place, &response["content"][media]["schema"], &value, &mut found);
    }
    let Record { seen, file } = &mut *record.lock().unwrap();
    for one in found {
        if seen.insert(one.clone()) {
            writeln!(file, "{one}").unwrap();
        }
    }
}

fn resolved(schema: &Value) -> &Value {
    match schema["$ref"].as_str() {
        Some(name) => resolved(specification::whole().pointer(name.trim_start_matches('#')).unwrap()),
        None => schema,
    }
}

fn walk(place: &str, schema: &Value, value: &Value, found: &mut HashSet<String>) {
    if value.is_null() || schema.is_null() {
        return;
    }
    if let Some(name) = schema["$ref"].as_str() {
        return walk(name, resolved(schema), value, found);
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        for schema in schema[choice].as_array().into_iter().flatten() {
            walk(place, schema, value, found);
        }
    }
    for item in value.as_array().into_iter().flatten() {
        walk(&format!("{place}[]"), &schema["items"], item, found);
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let value = &value[name];
        if !value.is_null() {
            let place = format!("{place}.{name}");
            found.insert(place.clone());
            walk(&place, property, value, found);
        }
    }
}
