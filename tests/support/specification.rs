//! What the specification says, for tests that walk it and for holding every answer against it.

use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use super::unique;

/// One end point.
#[derive(Clone, Debug)]
pub struct Operation {
    /// `GET` …
    pub method: String,
    /// `/v1/people/{id}`
    pub path: String,
    /// What the specification says of it.
    pub description: Value,
}

impl Operation {
    /// Whether it takes a caller without a token.
    pub fn is_public(&self) -> bool {
        self.description["security"].as_array().is_some_and(|any| any.iter().any(|one| one == &serde_json::json!({})))
    }

    /// The roles that it is for.
    pub fn roles(&self) -> Vec<&str> {
        self.description["x-roles"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The scopes of API keys that it is for.
    pub fn scopes(&self) -> Vec<&str> {
        self.description["x-scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Whether a status is described.
    pub fn documents(&self, status: u16) -> bool {
        self.description["responses"].get(status.to_string()).is_some()
    }

    /// The content type of its body, where it takes one.
    pub fn body_type(&self) -> Option<String> {
        Some(self.description["requestBody"]["content"].as_object()?.keys().next()?.clone())
    }

    /// The path with every parameter in place.
    pub fn at(&self, parameter: impl Fn(&str) -> String) -> String {
        let mut parts = self.path.split('{');
        let mut path = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').expect("a path parameter ends");
            path.push_str(&parameter(name));
            path.push_str(rest);
        }
        path
    }
}

/// All of it.
pub fn whole() -> &'static Value {
    static WHOLE: OnceLock<Value> = OnceLock::new();
    WHOLE.get_or_init(hub_credits::web::specification)
}

/// How much of what a schema describes a sample has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Only what is required.
    Required,
    /// Every property, and one element at least in every array.
    Full,
}

/// A value that fits a schema.
pub fn sample(schema: &Value, extent: Extent) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        return sample(whole().pointer(name.strip_prefix('#').unwrap()).unwrap(), extent);
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        if let Some(choices) = schema[choice].as_array() {
            return sample(choices.iter().find(|choice| choice["type"] != "null").unwrap(), extent);
        }
    }
    for said in ["/examples/0", "/example", "/enum/0", "/default"] {
        if let Some(value) = schema.pointer(said) {
            return value.clone();
        }
    }
    let kind = schema["type"].as_str().or_else(|| schema.pointer("/type/0")?.as_str()).unwrap_or("object");
    match (kind, schema["format"].as_str()) {
        ("string", Some("uuid")) => json!("01990000-0000-7000-8000-000000000000"),
        ("string", Some("date")) => json!("2026-10-05"),
        ("string", Some("date-time")) => json!("2026-11-05T09:00:00Z"),
        ("string", Some("email")) => json!(format!("p.{}@hub.example", unique())),
        ("string", Some("uri")) => json!("https://hub.example/"),
        ("string", _) => json!("some text"),
        ("integer" | "number", _) => schema.get("minimum").cloned().unwrap_or(json!(1)),
        ("boolean", _) => json!(false),
        ("array", _) => {
            let least = schema["minItems"].as_u64().unwrap_or(0).max(u64::from(extent == Extent::Full));
            (0..least).map(|_| sample(&schema["items"], extent)).collect()
        }
        _ => {
            let required: Vec<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let properties = schema["properties"].as_object().into_iter().flatten();
            let wanted = properties.filter(|(name, _)| extent == Extent::Full || required.contains(&name.as_str()));
            Value::Object(wanted.map(|(name, schema)| (name.clone(), sample(schema, extent))).collect::<Map<_, _>>())
        }
    }
}

/// Every end point.
pub fn operations() -> &'static [Operation] {
    static OPERATIONS: OnceLock<Vec<Operation>> = OnceLock::new();
    OPERATIONS.get_or_init(|| {
        let paths = whole()["paths"].as_object().expect("paths");
        paths
            .iter()
            .flat_map(|(path, methods)| {
                methods.as_object().expect("methods").iter().map(|(method, description)| Operation {
                    method: method.to_uppercase(),
                    path: path.clone(),
                    description: description.clone(),
                })
            })
            .collect()
    })
}

/// Whether the specification knows this answer.
pub(super) fn allows(method: &str, path: &str, status: u16) -> Result<(), String> {
    let path = path.split('?').next().unwrap_or_default();
    let unspecified = ["/openapi.json", "/docs", "/problems"];
    if unspecified.iter().any(|prefix| path.starts_with(prefix)) {
        return Ok(());
    }
    let fits: Vec<&Operation> = operations().iter().filter(|operation| fits(&operation.path, path)).collect();
    match operation_at(method, path) {
        Some(operation) if operation.documents(status) => Ok(()),
        Some(operation) => Err(format!("{} {} does not describe {status}", operation.method, operation.path)),
        None if fits.is_empty() && [401, 404, 429].contains(&status) => Ok(()),
        None if [401, 404, 405, 429].contains(&status) => Ok(()),
        None => Err(format!("{method} {path} is not in the specification")),
    }
}

/// The end point that answers there. A literal path comes before one with a parameter.
pub fn operation_at(method: &str, path: &str) -> Option<&'static Operation> {
    let found = operations().iter().filter(|operation| operation.method == method && fits(&operation.path, path));
    found.min_by_key(|operation| operation.path.matches('{').count())
}

fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(&path).all(|(pattern, part)| {
            pattern == part
                || pattern.split_once('{').is_some_and(|(before, rest)| {
                    let after = rest.split_once('}').map_or("", |(_, after)| after);
                    part.len() > before.len() + after.len() && part.starts_with(before) && part.ends_with(after)
                })
        })
}
