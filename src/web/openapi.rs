//! The OpenAPI specification: what the handlers say of themselves, and what is true of all of them, said once.

mod clients;
mod tags;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use utoipa::openapi::{OpenApi, RefOr, Schema};
use utoipa::{IntoParams, ToSchema};

pub(crate) use clients::yaml;

use super::problem::{FieldError, ProblemBody};
use super::scopes;
use super::secret::KEPT_NOWHERE;
use crate::base::xlsx;

/// The header of requests that move credits, or write to many.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "only its description is used")]
pub(crate) struct MovesCredits {
    /// Chosen by the caller: new for each action, and the same when it is retried; a UUID does well.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 100, pattern = "^[!-~]+$")]
    idempotency_key: String,
}

/// The header of changes to a record.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "only its description is used")]
pub(crate) struct Changes {
    /// The ETag of the record as it was read.
    #[param(rename = "If-Match", example = "\"1\"")]
    if_match: String,
}

/// The header of reads of what callers cache.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "only its description is used")]
pub(crate) struct Keeps {
    /// The ETag of the answer that the caller has: 304 if it is still current.
    #[param(rename = "If-None-Match")]
    if_none_match: Option<String>,
}

/// Completes the document made from the handlers: security, the headers of writes, files for spreadsheets of lists, and every refusal
/// that the shared code may give; with the schemas that only parameters name.
pub(crate) fn complete(document: OpenApi, of_parameters: Vec<(Cow<'static, str>, RefOr<Schema>)>) -> Value {
    let mut spec = serde_json::to_value(document).unwrap_or_default();
    spec["info"] = json!({
        "title": "hub-credits",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Hub credits for groups of schools: allocation by pupils on roll, a double-entry ledger, and bookings against it. Credits are decimal strings, times RFC 3339 UTC, ids UUIDv7. An amount, of credits or of pounds, has at most 12 digits with its two decimals, 9999999999.99; nor may a hub bring more credits into circulation than that, all its years together (`amount_too_large`), so every balance and every total of balances keeps to the same bound.",
        "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        "contact": { "name": "The maintainers of hub-credits", "url": env!("CARGO_PKG_REPOSITORY") },
    });
    spec["servers"] = json!([{ "url": "/", "description": "This service" }]);
    spec["components"]["securitySchemes"] = json!({ "token": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "An access token of a person, or an API key (`hck_…`) as far as its scope goes: `x-scopes` of each operation." } });
    let mut schemas = Vec::new();
    ProblemBody::schemas(&mut schemas);
    FieldError::schemas(&mut schemas);
    schemas.push((ProblemBody::name().into_owned(), <ProblemBody<'_> as utoipa::PartialSchema>::schema()));
    schemas.push((FieldError::name().into_owned(), <FieldError as utoipa::PartialSchema>::schema()));
    for (name, schema) in schemas {
        spec["components"]["schemas"][name] = serde_json::to_value(schema).unwrap_or_default();
    }
    for (name, schema) in of_parameters {
        spec["components"]["schemas"][&*name] = serde_json::to_value(schema).unwrap_or_default();
    }
    let mut tags = Vec::new();
    for (path, methods) in spec["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            complete_operation(path, method, operation);
            tags.extend(operation["tags"].as_array().into_iter().flatten().cloned());
        }
    }
    clients::complete(&mut spec);
    leave_out_unused(&mut spec);
    tags.sort_by_key(Value::to_string);
    tags.dedup();
    spec["tags"] = tags
        .into_iter()
        .map(|tag| json!({ "description": tags::described(tag.as_str().unwrap_or_default()), "name": tag }))
        .collect();
    spec
}

/// Removes schemas that nothing refers to: those of items that pages define inline.
fn leave_out_unused(spec: &mut Value) {
    let mut named = BTreeSet::new();
    clients::refs(spec, &mut named);
    if let Some(schemas) = spec["components"]["schemas"].as_object_mut() {
        schemas.retain(|name, _| named.contains(name));
    }
}

/// The operation id: `GET /v1/people/{id}` is `get_people_by_id`.
fn operation_id(path: &str, method: &str) -> String {
    let words = path.trim_start_matches("/v1").split(['/', '{', '}', '.', '-']).filter(|word| !word.is_empty());
    let by =
        |word: &str| if path.contains(&format!("{{{word}}}")) { format!("_by_{word}") } else { format!("_{word}") };
    words.fold(method.to_owned(), |id, word| id + &by(word))
}

fn complete_operation(path: &str, method: &str, operation: &mut Value) {
    operation["operationId"] = operation_id(path, method).into();
    if operation["description"].as_str().is_none_or(str::is_empty) {
        operation["description"] = format!("{}.", operation["summary"].as_str().unwrap_or_default()).into();
    }
    let (public, writes) = (operation.get("security").is_some(), method != "get");
    if !public {
        secure(path, method, operation);
    }
    let refusals = refusals(path, operation, public, writes);
    let kept = has_parameter(operation, |name| name == "If-None-Match");
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (status, response) in responses.iter_mut() {
        if response["description"].as_str().is_none_or(str::is_empty) {
            response["description"] = if status == "201" { "Made" } else { "Done" }.into();
        }
    }
    if !writes {
        add_sheets(responses);
    }
    show_files(responses);
    if kept {
        responses.insert("304".to_owned(), json!({ "description": "What the caller has still holds" }));
    }
    for (status, description) in refusals {
        let response = responses.entry(status).or_insert_with(|| json!({ "description": description }));
        response["content"] =
            json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
    }
}

/// Whether one of the operation's parameters has such a name.
fn has_parameter(operation: &Value, named: impl Fn(&str) -> bool) -> bool {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters.filter_map(|parameter| parameter["name"].as_str()).any(named)
}

/// Says that the operation takes a token, the scopes of keys that may do it, and the header by which it is done once.
fn secure(path: &str, method: &str, operation: &mut Value) {
    operation["security"] = json!([{ "token": [] }]);
    let of_operator = operation["x-roles"].as_array().is_some_and(|roles| roles.iter().all(|role| role == "operator"));
    let tags = operation["tags"].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
    let scopes = if of_operator { &[] } else { scopes::of(method, path, &tags) };
    operation["x-scopes"] = json!(scopes);
    let moves_credits = has_parameter(operation, |name| name == "Idempotency-Key");
    if method == "get" || moves_credits || KEPT_NOWHERE.contains(&path) {
        return;
    }
    let key = json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "Where it is sent, the same request again gives the first answer again.",
        "schema": { "type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[!-~]+$" }
    });
    match operation["parameters"].as_array_mut() {
        Some(parameters) => parameters.push(key),
        None => operation["parameters"] = json!([key]),
    }
}

/// The refusals that the shared code may give: their statuses, and what each means.
fn refusals(path: &str, operation: &Value, public: bool, writes: bool) -> Vec<(&'static str, &'static str)> {
    let mut statuses = vec![
        ("400", "Something in the request can't be taken"),
        ("429", "Too many requests"),
        ("500", "Something went wrong here"),
        ("503", "The service can't answer now"),
    ];
    if !public {
        statuses.extend([("401", "A good access token is needed"), ("403", "The caller's role may not do this")]);
    }
    if path.starts_with("/v1/auth/openid/") {
        statuses.extend([
            ("401", "Nobody here has the address that the provider proves"),
            ("403", "The provider did not sign the person in"),
            ("502", "What the provider answered can't be believed"),
        ]);
    }
    if operation.pointer("/responses/200/content/application~1pdf").is_some() {
        statuses.push(("406", "No font of this service has the letters of a name"));
    }
    if path.contains('{') || has_parameter(operation, |name| name.ends_with("_id")) {
        statuses.push(("404", "There is nothing here for the caller"));
    }
    if operation.get("requestBody").is_some() {
        statuses.extend([("413", "The body is too large"), ("415", "The content type is not taken here")]);
    }
    if writes || operation["responses"].get("409").is_some() {
        statuses.push(("409", "The state of things does not allow it"));
    }
    if writes {
        statuses.push(("422", "The Idempotency-Key was used with another request"));
    }
    if has_parameter(operation, |name| name == "If-Match") {
        statuses.extend([("412", "The record has changed since it was read"), ("428", "If-Match is needed")]);
    }
    statuses
}

/// Adds the files for spreadsheets to the answers of a list, and workbooks to what else comes as CSV.
fn add_sheets(responses: &mut Map<String, Value>) {
    let Some(content) = responses.get_mut("200").and_then(|ok| ok.get_mut("content")) else { return };
    let page = content["application/json"]["schema"]["$ref"].as_str().is_some_and(|name| name.contains("/Page_"));
    if page {
        content["text/csv"] = json!({ "schema": { "type": "string" } });
    }
    let table = content.get("text/csv").is_some() && content.get("application/json").is_some();
    if table && content.get(xlsx::MEDIA_TYPE).is_none() {
        content[xlsx::MEDIA_TYPE] = json!({ "schema": { "type": "string", "format": "binary" } });
    }
}

/// Shows a file that is not text as bytes, not as a list of numbers.
fn show_files(responses: &mut Map<String, Value>) {
    let contents = responses.values_mut().filter_map(|response| response.get_mut("content")?.as_object_mut());
    for (kind, content) in contents.flat_map(|contents| contents.iter_mut()) {
        if ["application/pdf", "image/png", xlsx::MEDIA_TYPE].contains(&kind.as_str()) {
            content["schema"] = json!({ "type": "string", "format": "binary" });
        }
    }
}
