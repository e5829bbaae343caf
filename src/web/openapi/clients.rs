//! What client generators need from the document beyond what the handlers say: list items by name, fields that are
//! always sent as required, files as bytes, and quotes around words that YAML would read as something else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::base::xlsx;

/// Fields that answers leave out where there is nothing to say: `schema.field`. All others are always sent.
const LEFT_OUT: &[&str] = &[
    "Problem.request_id",
    "Problem.errors",
    "School.found_by",
    "CancellationPolicy.refund_percent",
    "CancellationPolicy.refund_amount",
    "CancellationTier.refund_percent",
    "CancellationTier.refund_amount",
];

/// The prefix of references to schemas.
const SCHEMAS: &str = "#/components/schemas/";

/// Completes the document for generators.
pub(super) fn complete(spec: &mut Value) {
    for schema in spec["components"]["schemas"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        join_parts(schema);
    }
    name_items(spec);
    let shared = told_apart(spec);
    for (name, sent) in &shared {
        spec["components"]["schemas"][sent.as_str()] = spec["components"]["schemas"][name.as_str()].clone();
    }
    rename_in_requests(spec, &shared);
    let answers = reached(spec, &refs_of(spec, "responses"));
    let requests = reached(spec, &refs_of(spec, "requestBody"));
    for name in answers.difference(&requests) {
        require_all(name, &mut spec["components"]["schemas"][name.as_str()]);
    }
    for operation in operations(spec) {
        files_as_bytes(operation);
    }
}

/// The document as YAML, with quotes around words that older readers take for true or false.
pub(crate) fn yaml(spec: &Value) -> Result<String, serde_norway::Error> {
    let text = serde_norway::to_string(spec)?;
    let lines = text.lines().map(|line| {
        let (before, word) = line.rsplit_once(' ').unwrap_or(("", line));
        let alone = before.trim_start() == "-" || before.ends_with(':');
        let boolean = ["yes", "no", "on", "off", "y", "n"].iter().any(|boolean| word.eq_ignore_ascii_case(boolean));
        if alone && boolean { format!("{before} \"{word}\"\n") } else { format!("{line}\n") }
    });
    Ok(lines.collect())
}

/// Writes an object as one where parts of it, flattened and inline, made it an `allOf`: its id first, then the fields of
/// the parts, then its own. Parts that are named stay parts.
fn join_parts(schema: &mut Value) {
    match schema {
        Value::Object(fields) => fields.values_mut().for_each(join_parts),
        Value::Array(values) => values.iter_mut().for_each(join_parts),
        _ => {}
    }
    let Some(Value::Array(parts)) = schema.get("allOf") else { return };
    if parts.iter().any(|part| part["type"] != "object") {
        return;
    }
    let fields = || parts.iter().filter_map(|part| part["properties"].as_object()).flatten();
    let id = fields().filter(|(name, _)| *name == "id");
    let properties: Map<String, Value> =
        id.chain(fields()).map(|(name, field)| (name.clone(), field.clone())).collect();
    let required: Vec<&Value> = parts.iter().filter_map(|part| part["required"].as_array()).flatten().collect();
    let mut whole = json!({ "type": "object" });
    if let Some(description) = schema.get("description") {
        whole["description"] = description.clone();
    }
    (whole["required"], whole["properties"]) = (json!(required), properties.into());
    *schema = whole;
}

/// Refers to the items of every list by the name of their schema, where they are inline.
fn name_items(spec: &mut Value) {
    let Some(schemas) = spec["components"]["schemas"].as_object_mut() else { return };
    let pages: Vec<String> = schemas.keys().filter(|name| name.starts_with("Page_")).cloned().collect();
    for page in pages {
        let name = page.trim_start_matches("Page_").to_owned();
        let Some(items) = schemas.get_mut(&page).and_then(|page| page.pointer_mut("/properties/items/items")) else {
            continue;
        };
        if items.get("$ref").is_none() {
            let item = std::mem::replace(items, json!({ "$ref": format!("{SCHEMAS}{name}") }));
            schemas.entry(name).or_insert(item);
        }
    }
}

/// Schemas of objects that are both sent and answered, and in which a sender may leave something out: answers always
/// have it, so the two need names of their own.
fn told_apart(spec: &Value) -> BTreeMap<String, String> {
    let answers = reached(spec, &refs_of(spec, "responses"));
    let requests = reached(spec, &refs_of(spec, "requestBody"));
    let schemas = &spec["components"]["schemas"];
    let optional = |name: &String| {
        let schema = &schemas[name.as_str()];
        let required: Vec<&Value> = schema["required"].as_array().into_iter().flatten().collect();
        let fields = schema["properties"].as_object().into_iter().flat_map(Map::keys);
        fields.into_iter().any(|field| !required.contains(&&json!(field)) && !is_left_out(name, field))
    };
    answers
        .intersection(&requests)
        .filter(|name| optional(name))
        .map(|name| (name.clone(), format!("New{name}")))
        .collect()
}

/// Gives the schemas used in requests, and all that they refer to, the names for what is sent.
fn rename_in_requests(spec: &mut Value, shared: &BTreeMap<String, String>) {
    for operation in operations(spec) {
        if let Some(body) = operation.get_mut("requestBody") {
            rename(body, shared);
        }
    }
    let answers = reached(spec, &refs_of(spec, "responses"));
    let sent: Vec<String> =
        reached(spec, &refs_of(spec, "requestBody")).into_iter().filter(|name| !answers.contains(name)).collect();
    for name in sent {
        rename(&mut spec["components"]["schemas"][name.as_str()], shared);
    }
}

fn rename(value: &mut Value, shared: &BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(name)) = fields.get_mut("$ref")
                && let Some(sent) = shared.get(name.trim_start_matches(SCHEMAS))
            {
                *name = format!("{SCHEMAS}{sent}");
            }
            fields.values_mut().for_each(|value| rename(value, shared));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| rename(value, shared)),
        _ => {}
    }
}

/// Makes every field of an answer required, null where there is nothing, except for those that are left out.
fn require_all(name: &str, schema: &mut Value) {
    for part in schema.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
        require_all(name, part);
    }
    let fields = schema["properties"].as_object().into_iter().flat_map(Map::keys);
    let required: Vec<Value> = fields.filter(|field| !is_left_out(name, field)).map(|field| json!(field)).collect();
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    let inline = schema.get_mut("properties").and_then(Value::as_object_mut);
    for inline in inline.into_iter().flat_map(Map::values_mut) {
        require_all(name, inline);
        if let Some(items) = inline.get_mut("items") {
            require_all(name, items);
        }
    }
}

fn is_left_out(name: &str, field: &str) -> bool {
    LEFT_OUT.contains(&format!("{name}.{field}").as_str())
}

/// A file is bytes; a CSV file may be an Excel workbook instead, and is also accepted as `application/octet-stream`, which
/// is what generators can send.
fn files_as_bytes(operation: &mut Value) {
    let Some(content) = operation.pointer_mut("/requestBody/content").and_then(Value::as_object_mut) else { return };
    if content.contains_key("text/csv") {
        let file = json!({ "schema": { "type": "string", "format": "binary" } });
        content.insert("text/csv".to_owned(), file.clone());
        content.insert(xlsx::MEDIA_TYPE.to_owned(), file.clone());
        content.insert("application/octet-stream".to_owned(), file);
    }
}

fn operations(spec: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = spec["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut)
}

/// The schemas that a part of every operation refers to.
fn refs_of(spec: &Value, part: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let paths = spec["paths"].as_object().into_iter().flat_map(Map::values);
    for operation in paths.filter_map(Value::as_object).flat_map(Map::values) {
        refs(&operation[part], &mut found);
    }
    found
}

/// These schemas, and all that they refer to.
fn reached(spec: &Value, from: &BTreeSet<String>) -> BTreeSet<String> {
    let (mut all, mut next) = (BTreeSet::new(), from.clone());
    while let Some(name) = next.pop_first() {
        let mut more = BTreeSet::new();
        refs(&spec["components"]["schemas"][name.as_str()], &mut more);
        all.insert(name);
        next.extend(more.difference(&all).cloned().collect::<Vec<_>>());
    }
    all
}

/// The schemas that a part of the specification names, wherever it does.
pub(super) fn refs(value: &Value, found: &mut BTreeSet<String>) {
    if let Some(name) = value["$ref"].as_str() {
        found.insert(name.trim_start_matches(SCHEMAS).to_owned());
    }
    value.as_object().into_iter().flat_map(Map::values).for_each(|value| refs(value, found));
    value.as_array().into_iter().flatten().for_each(|value| refs(value, found));
}
