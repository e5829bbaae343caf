//! The specification: the file is what the code says, and every end point does what it says.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::both_engines;
use crate::ledger::sources::posted_by_all;
use crate::support::{Client, Extent, Operation, Request, School, TestHub, World, operations, sample, whole};

/// What a caller without a token may do.
const PUBLIC: &[&str] = &[
    "GET /.well-known/jwks.json",
    "GET /healthz",
    "GET /readyz",
    "GET /v1/auth/invitations/{secret}",
    "GET /v1/auth/openid/{provider}",
    "GET /v1/auth/openid/{provider}/callback",
    "GET /v1/auth/ways",
    "GET /v1/calendars/{secret}.ics",
    "GET /v1/calendars/{secret}/programme.ics",
    "GET /v1/certificates/{number}",
    "POST /v1/auth/addresses/{secret}",
    "POST /v1/auth/codes",
    "POST /v1/auth/codes/sign-in",
    "POST /v1/auth/invitations/{secret}",
    "POST /v1/auth/links/{secret}",
    "POST /v1/auth/login",
    "POST /v1/auth/logout",
    "POST /v1/auth/refresh",
    "POST /v1/auth/resets",
    "POST /v1/auth/resets/{secret}",
    "POST /v1/letters/stop/{word}",
];

#[test]
fn the_file_is_what_the_code_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/hub-credits.yaml");
    let code = hub_credits::web::specification_yaml().unwrap();
    if std::env::var("UPDATE_OPENAPI").is_ok_and(|value| value == "1") {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &code).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = kept.lines().zip(code.lines()).position(|(kept, code)| kept != code);
    assert!(
        kept == code,
        "openapi/hub-credits.yaml differs from the code (first at line {differs:?}): UPDATE_OPENAPI=1 cargo test --test api the_file_is"
    );
}

#[test]
fn only_these_are_public() {
    let public: BTreeSet<String> = operations()
        .iter()
        .filter(|operation| operation.is_public())
        .map(|operation| format!("{} {}", operation.method, operation.path))
        .collect();
    assert_eq!(public, PUBLIC.iter().map(|operation| (*operation).to_owned()).collect());
}

#[test]
fn every_schema_that_is_named_is_there() {
    fn walk(value: &Value, missing: &mut BTreeSet<String>) {
        if let Some(name) = value["$ref"].as_str()
            && whole().pointer(name.strip_prefix('#').unwrap()).is_none()
        {
            missing.insert(name.to_owned());
        }
        value.as_object().into_iter().flat_map(Map::values).for_each(|value| walk(value, missing));
        value.as_array().into_iter().flatten().for_each(|value| walk(value, missing));
    }
    let mut missing = BTreeSet::new();
    walk(whole(), &mut missing);
    assert!(missing.is_empty(), "{missing:?}");
}

/// The request that an operation describes, with a body that fits its schema.
pub(crate) fn request(caller: &Client, operation: &Operation, parameter: impl Fn(&str) -> String) -> Request {
    let method: Method = operation.method.parse().unwrap();
    let mut path = operation.at(parameter);
    let mut required = operation.description["parameters"].as_array().cloned().unwrap_or_default();
    required.retain(|parameter| parameter["in"] == "query" && parameter["required"] == true);
    for (n, parameter) in required.iter().enumerate() {
        let value = sample(&parameter["schema"], Extent::Required);
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        path.push_str(&format!("{}{}={value}", if n == 0 { '?' } else { '&' }, parameter["name"].as_str().unwrap()));
    }
    let request = caller.request(method, &path).header("if-match", "\"1\"");
    let request =
        if operation.method == "GET" { request } else { request.key(&format!("k-{}", crate::support::unique())) };
    match operation.body_type().as_deref() {
        None => request,
        Some("application/json") => {
            let mut body = sample(
                &operation.description["requestBody"]["content"]["application/json"]["schema"],
                Extent::Required,
            );
            if operation.path.starts_with("/v1/allocations") && body.get("reason").is_none() && body.is_object() {
                // One of two fields is needed, which the schema leaves to words.
                body["pool"] = json!("100.00");
            }
            request.json(&body)
        }
        Some(other) => request.body(other, "urn,name,phase,establishment_type,local_authority,pupils,census_date\r\n"),
    }
}

pub(crate) fn nothing(parameter: &str) -> String {
    match parameter {
        "year" => "2026-27".to_owned(),
        _ => "01990000-0000-7000-8000-000000000000".to_owned(),
    }
}

both_engines!(
    every_end_point_refuses_a_caller_without_a_token,
    every_end_point_answers_each_role_as_it_says,
    a_record_of_nobody_is_not_found
);

async fn every_end_point_refuses_a_caller_without_a_token(world: World) {
    for operation in operations().iter().filter(|operation| !operation.is_public()) {
        request(&world.stranger(), operation, nothing).await.refused(401, "unauthorized");
        world
            .stranger()
            .request(operation.method.parse().unwrap(), &operation.at(nothing))
            .await
            .refused(401, "unauthorized");
    }
}

/// Somebody of each role, of the schools of a hub in which something of everything was done.
async fn callers(hub: &TestHub) -> [(&'static str, Client); 6] {
    let schools = hub.manager().get("/v1/schools").await.ok();
    let of = |field: &str| schools["items"][0][field].as_str().unwrap().to_owned();
    let school = School { id: of("id"), name: of("name"), urn: of("urn") };
    [
        ("hub_manager", hub.manager()),
        ("hub_viewer", hub.viewer().await),
        ("school_lead", hub.lead(&school).await),
        ("teacher", hub.teacher(&school).await),
        ("partner", hub.partner("Brass").await.1),
        ("operator", hub.world.operator()),
    ]
}

#[test]
fn every_operation_that_is_not_public_says_who_may() {
    let roles = ["hub_manager", "hub_viewer", "school_lead", "teacher", "partner", "operator"];
    for operation in operations().iter().filter(|operation| !operation.is_public()) {
        let said = operation.roles();
        assert!(!said.is_empty(), "{} {} says nobody", operation.method, operation.path);
        assert!(said.iter().all(|role| roles.contains(role)), "{} {}: {said:?}", operation.method, operation.path);
    }
}

/// Each operation with the ids of real records, of whatever collection its path begins with.
async fn records(hub: &TestHub) -> HashMap<String, String> {
    let mut known = HashMap::new();
    for operation in operations() {
        let Some((collection, _)) = operation.path.split_once("/{") else { continue };
        if known.contains_key(collection) {
            continue;
        }
        let listed = hub.manager().get(collection).await;
        if listed.status == 200 {
            let listed = listed.ok();
            let mut items = listed["items"].as_array().into_iter().flatten();
            let first = items.find(|item| item["role"] != "hub_manager");
            if let Some(id) = first.and_then(|item| item["id"].as_str()) {
                known.insert(collection.to_owned(), id.to_owned());
            }
        }
    }
    known
}

// Every answer is held against the specification where it is received.
async fn every_end_point_answers_each_role_as_it_says(world: World) {
    let hub = posted_by_all(&world).await;
    // Before there are the callers, so that nobody disables one of them.
    let known = records(&hub).await;
    let callers = callers(&hub).await;
    for collection in ["/v1/schools", "/v1/people", "/v1/events", "/v1/bookings", "/v1/allocations", "/v1/transactions"]
    {
        assert!(known.contains_key(collection), "there is no record of {collection}");
    }
    // What reads comes before what changes.
    let (reads, writes): (Vec<_>, Vec<_>) = operations().iter().partition(|operation| operation.method == "GET");
    for operation in reads.into_iter().chain(writes) {
        let collection = operation.path.split_once("/{").map_or("", |(collection, _)| collection);
        let real = |parameter: &str| match known.get(collection) {
            Some(id) if parameter == "id" => id.clone(),
            _ => nothing(parameter),
        };
        for (role, caller) in &callers {
            let asked = format!("{} {} by {role}", operation.method, operation.path);
            let reply = request(caller, operation, real).await;
            assert!(reply.status < 500, "{asked}: {reply}");
            let may = operation.is_public() || operation.roles().contains(role);
            if !may && !DESK.contains(&operation.roles().as_slice()) {
                reply.refused(403, "forbidden");
            } else if !may {
                assert!((400..500).contains(&reply.status), "{asked}: {reply}");
            } else if operation.method == "GET" && *role == "hub_manager" {
                assert!(!matches!(reply.status, 401 | 403), "{asked}: {reply}");
            }
            let bare = caller.request(operation.method.parse().unwrap(), &operation.at(nothing)).await;
            assert!(bare.status < 500, "{asked}: {bare}");
            let odd = caller.request(operation.method.parse().unwrap(), &operation.at(|_| "%00".to_owned())).await;
            assert!(odd.status < 500, "{asked}: {odd}");
        }
    }
}

/// The desk of bookings looks at a request before it knows who sent it.
const DESK: &[&[&str]] = &[&["hub_manager", "school_lead", "teacher"]];

async fn a_record_of_nobody_is_not_found(hub: TestHub) {
    for operation in operations().iter().filter(|operation| operation.path.contains("{id}")) {
        let reply = request(&hub.manager(), operation, nothing).await;
        if reply.status != 403 {
            reply.refused(404, "not_found");
        }
    }
}
