//! `/v1/api-keys`: keys by which programs call, and what each opens.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, Place, Process, TestHub, World, nobody, operations};

both_engines!(
    a_key_is_shown_once_listed_and_revoked,
    a_key_lives_two_years_at_most,
    who_may_make_whose_key,
    a_key_opens_as_much_as_its_scope_and_its_person,
    a_scope_is_refused_what_it_does_not_name_and_nothing_changes,
    a_key_ends_at_once,
    whoever_becomes_a_manager_lends_nobody_their_rights,
    what_is_no_key_opens_nothing,
    a_key_is_limited_by_itself,
    the_last_use_is_written_once_a_minute,
    hubs_do_not_see_each_others_keys,
    the_log_names_the_key_and_never_its_text
);

async fn make(by: &Client, over: Value) -> Value {
    let mut new = json!({ "name": "Finance system", "scope": "read", "days": 30 });
    new.as_object_mut().unwrap().extend(over.as_object().unwrap().clone());
    by.post("/v1/api-keys", new).no_key().await.created()
}

/// A program with a key that was made.
fn program(hub: &TestHub, made: &Value) -> Client {
    hub.world.stranger().with_token(made["secret"].as_str().unwrap())
}

fn id(made: &Value) -> &str {
    made["api_key"]["id"].as_str().unwrap()
}

async fn a_key_is_shown_once_listed_and_revoked(hub: TestHub) {
    let (manager, now) = (hub.manager(), hub.world.clock.now());
    let reply = manager.post("/v1/api-keys", json!({ "name": "MIS", "scope": "all", "days": 1 })).await;
    let made = reply.created();
    let (key, secret) = (&made["api_key"], made["secret"].as_str().unwrap());
    assert!(secret.len() == 47 && secret.starts_with("hck_"), "{secret}");
    let expires: chrono::DateTime<chrono::Utc> = key["expires_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(expires, now + TimeDelta::days(1));
    assert_eq!((&key["person_id"], &key["created_by"]), (&json!(manager.id()), &json!(manager.id())));
    let path = reply.header("location").unwrap().to_owned();
    assert_eq!(&manager.get(&path).await.ok(), key);
    assert_eq!(manager.all("/v1/api-keys").await, std::slice::from_ref(key));
    assert!(!manager.get("/v1/api-keys").await.text().contains(secret));
    let again = manager.post("/v1/api-keys", json!({ "name": "MIS", "scope": "all", "days": 1 })).await.created();
    let page = manager.get("/v1/api-keys?limit=1").await.ok();
    assert!(page["next"].is_string() && page["items"].as_array().unwrap().len() == 1, "{page}");
    assert_ne!(again["secret"], made["secret"]);

    let program = program(&hub, &made);
    assert_eq!(program.get("/v1/me").await.ok()["id"], manager.id());
    manager.delete(&path).await.is(204);
    program.get("/v1/me").await.refused(401, "unauthorized");
    manager.delete(&path).await.is(204);
    let listed = manager.get(&path).await.ok();
    assert_eq!(listed["revoked_by"], manager.id());
    assert!(listed["revoked_at"].is_string());
    let feed = manager.get("/v1/changes?limit=200").await.ok();
    let count = |kind: &str| feed["items"].as_array().unwrap().iter().filter(|change| change["kind"] == kind).count();
    assert_eq!((count("api_key.created"), count("api_key.revoked")), (2, 1));
    let table = manager.get("/v1/api-keys").as_csv().await.sheet();
    assert!(table.starts_with("id,name,person_id,person_name,scope,"), "{table}");
}

async fn a_key_lives_two_years_at_most(hub: TestHub) {
    let (manager, now) = (hub.manager(), hub.world.clock.now());
    let ends = |at: chrono::DateTime<chrono::Utc>| json!({ "name": "x", "scope": "read", "expires_at": at });
    for (body, pointer, code) in [
        (json!({ "name": "x", "scope": "read" }), "/expires_at", "missing"),
        (json!({ "name": "x", "scope": "read", "days": 0 }), "/days", "invalid"),
        (json!({ "name": "x", "scope": "read", "days": 731 }), "/days", "invalid"),
        (json!({ "name": "x", "scope": "read", "days": 1, "expires_at": "2027-01-01T00:00:00Z" }), "/days", "invalid"),
        (json!({ "name": "x", "scope": "king", "days": 1 }), "/scope", "invalid"),
        (ends(now), "/expires_at", "invalid"),
        (ends(now - TimeDelta::days(1)), "/expires_at", "invalid"),
        (ends(now + TimeDelta::days(732)), "/expires_at", "invalid"),
    ] {
        manager.post("/v1/api-keys", body).await.invalid(&[(pointer, code)]);
    }
    manager.post("/v1/api-keys", json!({})).await.invalid(&[("/name", "missing"), ("/scope", "missing")]);
    manager.post("/v1/api-keys", ends(now + TimeDelta::days(730))).await.created();
    assert_eq!(manager.all("/v1/api-keys").await.len(), 1);
}

async fn who_may_make_whose_key(hub: TestHub) {
    let (manager, another, viewer) = (hub.manager(), hub.another_manager().await, hub.viewer().await);
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "0").await;
    let (_, other_lead, _) = hub.funded_school("Heston Community School", "0").await;
    let (_, partner) = hub.partner("Hamilton").await;
    let for_whom = |person: &str| json!({ "name": "x", "scope": "read", "days": 1, "person_id": person });
    for person in [&manager, &viewer, &lead, &teacher, &partner] {
        let made = manager.post("/v1/api-keys", for_whom(person.id())).await.created();
        assert_eq!(program(&hub, &made).get("/v1/me").await.ok()["id"], person.id());
    }
    manager.post("/v1/api-keys", for_whom(another.id())).await.invalid(&[("/person_id", "invalid")]);
    manager.post("/v1/api-keys", for_whom(&nobody())).await.invalid(&[("/person_id", "unknown")]);
    manager.post(&format!("/v1/people/{}/disable", viewer.id()), None).await.ok();
    manager.post("/v1/api-keys", for_whom(viewer.id())).await.invalid(&[("/person_id", "unknown")]);

    let own = make(&lead, json!({})).await;
    assert_eq!(own["api_key"]["person_id"], lead.id());
    for person in [&teacher, &other_lead, &manager] {
        lead.post("/v1/api-keys", for_whom(person.id())).await.invalid(&[("/person_id", "invalid")]);
    }
    for person in [&teacher, &partner] {
        person.get("/v1/api-keys").await.refused(403, "forbidden");
        person.post("/v1/api-keys", for_whom(person.id())).await.refused(403, "forbidden");
    }

    // A lead sees what acts in their name, whoever made it; the manager sees all.
    let ids = async |who: &Client| who.all("/v1/api-keys").await.len();
    assert_eq!((ids(&manager).await, ids(&lead).await, ids(&other_lead).await), (6, 2, 0));
    assert_eq!(manager.all(&format!("/v1/api-keys?person_id={}", lead.id())).await.len(), 2);
    lead.get(&format!("/v1/api-keys?person_id={}", teacher.id())).await.refused(404, "not_found");
    let path = format!("/v1/api-keys/{}", id(&own));
    other_lead.get(&path).await.refused(404, "not_found");
    other_lead.delete(&path).await.refused(404, "not_found");
    manager.delete(&path).await.is(204);
}

async fn a_key_opens_as_much_as_its_scope_and_its_person(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.event(EventPlan::default()).await;
    let booking = json!({ "event_id": event, "person_id": teacher.id() });
    let of = async |by: &Client, scope: &str| program(&hub, &make(by, json!({ "scope": scope })).await);
    for scope in ["read", "finance"] {
        let program = of(&lead, scope).await;
        program.get("/v1/bookings").await.ok();
        let refused = program.post("/v1/bookings", booking.clone()).await.refused(403, "scope_missing");
        assert_eq!(
            refused["detail"],
            format!("this takes a key of scope book or all; this key has scope {scope}"),
            "{refused}"
        );
    }
    let booker = of(&lead, "book").await;
    let booked = booker.post("/v1/bookings", booking).await.created();
    assert_eq!(booked["requested_by"], lead.id());
    booker.post(&format!("/v1/bookings/{}/cancel", booked["id"].as_str().unwrap()), None).await.ok();
    booker.post("/v1/transfers", json!({})).await.refused(403, "scope_missing");
    // What the person may not do, the key may not either.
    of(&lead, "all").await.post("/v1/schools", json!({})).await.refused(403, "forbidden");
    of(&lead, "finance").await.post("/v1/top-ups", json!({})).await.refused(403, "forbidden");
    let finance = of(&hub.manager(), "finance").await;
    finance.post("/v1/top-ups", json!({})).await.refused(400, "invalid_request");
    assert_eq!(finance.get("/v1/ledger/export?format=csv").await.status, 200);
    let all = of(&hub.manager(), "all").await;
    all.post("/v1/partners", json!({ "name": "By a program" })).await.created();
    let invite = format!("/v1/people/{}/invite", teacher.id());
    let reset = format!("/v1/people/{}/reset", teacher.id());
    for refused in [
        all.post("/v1/people", json!({ "name": "M", "email": "m@hub.example", "role": "hub_manager" })),
        all.post(&format!("/v1/people/{}/role", lead.id()), json!({ "role": "hub_manager" })),
        all.patch("/v1/hub", "\"1\"", json!({ "totp_for_managers": false })),
        all.post("/v1/people/import?invite=true", None).csv("name,email,role\nV,v@hub.example,hub_viewer\n"),
    ] {
        refused.await.refused(403, "scope_missing");
    }
    for (method, path) in [
        (Method::GET, "/v1/api-keys"),
        (Method::POST, "/v1/api-keys"),
        (Method::POST, "/v1/me/calendar"),
        (Method::POST, &invite),
        (Method::POST, &reset),
    ] {
        let refused = all.request(method, path).json(&json!({})).await.refused(403, "scope_missing");
        assert_eq!(refused["detail"], "no API key may do this; this key has scope all");
    }
    world_is_whole(&hub).await;
}

async fn world_is_whole(hub: &TestHub) {
    hub.verified().await;
}

/// How often the hub was written to.
async fn writes(hub: &TestHub) -> i64 {
    let id: uuid::Uuid = hub.id.parse().unwrap();
    let mut tx = hub.world.db().read_everywhere().await.unwrap();
    let (writes,): (i64,) = tx.query("SELECT writes FROM ledger_heads WHERE hub_id = $1").bind(id).one().await.unwrap();
    writes
}

async fn a_scope_is_refused_what_it_does_not_name_and_nothing_changes(hub: TestHub) {
    let mut keys = Vec::new();
    for scope in ["read", "book", "finance", "all"] {
        keys.push((scope, program(&hub, &make(&hub.manager(), json!({ "scope": scope })).await)));
    }
    let (before, mut refusals) = (writes(&hub).await, 0);
    for operation in operations().iter().filter(|operation| !operation.is_public()) {
        let named: Vec<&str> =
            operation.description["x-scopes"].as_array().unwrap().iter().map(|scope| scope.as_str().unwrap()).collect();
        let path = operation.at(|name| if name == "year" { "2026-27".to_owned() } else { nobody() });
        for (scope, program) in &keys {
            let may = named.contains(scope);
            // What it may write is not tried: only that it is not refused for its scope matters, and reading shows that.
            if may && operation.method != "GET" {
                continue;
            }
            let request = program.request(operation.method.parse().unwrap(), &path);
            let request = match operation.body_type().as_deref() {
                _ if operation.method == "GET" => request,
                Some("text/csv") => request.csv("name\nNoor\n"),
                _ => request.json(&json!({})),
            };
            let reply = request.await;
            if may {
                assert!(reply.status != 403 || reply.json()["code"] != "scope_missing", "{scope}: {reply}");
            } else {
                reply.refused(403, "scope_missing");
                refusals += 1;
            }
        }
    }
    assert!(refusals > 200, "{refusals}");
    assert_eq!(writes(&hub).await, before);
}

async fn a_key_ends_at_once(hub: TestHub) {
    let (manager, viewer) = (hub.manager(), hub.viewer().await);
    let made = make(&manager, json!({ "person_id": viewer.id() })).await;
    let program = program(&hub, &made);
    program.get("/v1/me").await.ok();
    manager.post(&format!("/v1/people/{}/disable", viewer.id()), None).await.ok();
    program.get("/v1/me").await.refused(401, "person_disabled");
    manager.post(&format!("/v1/people/{}/enable", viewer.id()), None).await.ok();
    program.get("/v1/me").await.ok();
    hub.world.pass(TimeDelta::days(30) - TimeDelta::seconds(1));
    program.get("/v1/me").await.ok();
    hub.world.pass(TimeDelta::seconds(1));
    program.get("/v1/me").await.refused(401, "key_expired");
    let other = make(&manager, json!({ "person_id": viewer.id() })).await;
    let service = hub.world.another_service(|_| ());
    let elsewhere = hub.world.stranger().at(&service).with_token(other["secret"].as_str().unwrap());
    elsewhere.get("/v1/me").await.ok();
    manager.delete(&format!("/v1/api-keys/{}", id(&other))).await.is(204);
    elsewhere.get("/v1/me").await.refused(401, "unauthorized");
}

async fn whoever_becomes_a_manager_lends_nobody_their_rights(hub: TestHub) {
    let (manager, viewer) = (hub.manager(), hub.viewer().await);
    let program = program(&hub, &make(&manager, json!({ "person_id": viewer.id(), "scope": "all" })).await);
    program.get("/v1/people").await.ok();
    let email = viewer.get("/v1/me").await.ok()["email"].clone();
    let path = format!("/v1/hubs/{}/managers", hub.id);
    hub.world.operator().post(&path, json!({ "email": email })).no_key().await.created();
    assert_eq!(viewer.get("/v1/me").await.ok()["role"], "hub_manager");
    program.get("/v1/people").await.refused(401, "unauthorized");
}

async fn what_is_no_key_opens_nothing(hub: TestHub) {
    let secret = make(&hub.manager(), json!({})).await["secret"].as_str().unwrap().to_owned();
    let stranger = hub.world.stranger();
    let last = if secret.ends_with('A') { "Q" } else { "A" };
    for wrong in [
        format!("hck_{}", "A".repeat(43)),
        format!("{}{last}", &secret[..46]),
        format!("{secret}, {secret}"),
        format!("{secret} {secret}"),
        format!("{secret}="),
        secret[..46].to_owned(),
        secret.to_uppercase(),
        secret.replacen("hck_", "", 1),
        "hck_".to_owned(),
        format!("hck_{}", "A".repeat(1_000)),
    ] {
        stranger.clone().with_token(wrong).get("/v1/me").await.refused(401, "unauthorized");
    }
    for query in ["access_token", "api_key", "key"] {
        stranger.get(&format!("/v1/me?{query}={secret}")).await.refused(401, "unauthorized");
    }
    for (name, value) in [("authorization", format!("Basic {secret}")), ("x-api-key", secret.clone())] {
        stranger.get("/v1/me").header(name, &value).await.refused(401, "unauthorized");
    }
    // Two at once, even where both are good: it is not for the service to choose.
    let address = stranger.address().strip_prefix("http://").unwrap().to_owned();
    let twice = format!(
        "GET /v1/me HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {secret}\r\nauthorization: Bearer {secret}\r\nconnection: close\r\n\r\n"
    );
    let answer = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(twice.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    assert!(answer.join().unwrap().starts_with("HTTP/1.1 401"));
    stranger.with_token(secret).get("/v1/me").await.ok();
}

async fn a_key_is_limited_by_itself(hub: TestHub) {
    let service = hub.world.another_service(|settings| {
        settings.requests_per_person = 3;
        settings.requests_per_address = 2;
    });
    let (one, other) = (make(&hub.manager(), json!({})).await, make(&hub.manager(), json!({})).await);
    let at = |made: &Value| program(&hub, made).at(&service);
    // The first request of a key that this process has not seen counts for its address too.
    for left in ["2", "1", "0"] {
        let reply = at(&one).get("/v1/me").await;
        reply.ok();
        assert_eq!(reply.header("ratelimit"), Some(format!("\"key\";r={left}").as_str()));
    }
    at(&one).get("/v1/me").await.refused(429, "too_many_requests");
    at(&other).get("/v1/me").await.ok();
    hub.manager().at(&service).get("/v1/me").await.ok();
    // The address has none left: keys that nobody has are refused before they are looked up, good ones go on.
    let unknown = hub.world.stranger().at(&service).with_token(format!("hck_{}", "A".repeat(43)));
    unknown.get("/v1/me").await.refused(429, "too_many_requests");
    at(&other).get("/v1/me").await.ok();
}

async fn the_last_use_is_written_once_a_minute(hub: TestHub) {
    let (manager, world) = (hub.manager(), &hub.world);
    let made = make(&manager, json!({})).await;
    let (program, path) = (program(&hub, &made), format!("/v1/api-keys/{}", id(&made)));
    assert_eq!(made["api_key"]["last_used_at"], Value::Null);
    let used_at = async |expected: chrono::DateTime<chrono::Utc>| {
        for _ in 0..200 {
            let used = manager.get(&path).await.ok()["last_used_at"].clone();
            if used.as_str().is_some_and(|used| used.parse::<chrono::DateTime<chrono::Utc>>().unwrap() == expected) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("not written as used at {expected}: {}", manager.get(&path).await);
    };
    let first = world.clock.now();
    program.get("/v1/me").await.ok();
    used_at(first).await;
    let before = writes(&hub).await;
    world.pass(TimeDelta::seconds(59));
    program.get("/v1/me").await.ok();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    used_at(first).await;
    world.pass(TimeDelta::seconds(1));
    program.get("/v1/me").await.ok();
    used_at(first + TimeDelta::minutes(1)).await;
    assert_eq!(writes(&hub).await, before, "the hub is not written to for it");
}

async fn hubs_do_not_see_each_others_keys(world: World) {
    let (hub, other) = (world.hub("West London").await, world.hub("South London").await);
    let made = make(&hub.manager(), json!({ "scope": "all" })).await;
    let path = format!("/v1/api-keys/{}", id(&made));
    other.manager().get(&path).await.refused(404, "not_found");
    other.manager().delete(&path).await.refused(404, "not_found");
    assert!(other.manager().all("/v1/api-keys").await.is_empty());
    let for_them = json!({ "name": "x", "scope": "read", "days": 1, "person_id": hub.manager().id() });
    other.manager().post("/v1/api-keys", for_them).await.invalid(&[("/person_id", "unknown")]);
    let program = program(&hub, &made);
    assert_eq!(program.get("/v1/hub").await.ok()["id"], hub.id);
    program.get(&format!("/v1/people/{}", other.manager().id())).await.refused(404, "not_found");
    program.get("/v1/hubs").await.refused(403, "scope_missing");
}

async fn the_log_names_the_key_and_never_its_text(hub: TestHub) {
    // The process has the clock of today.
    let made = make(&hub.manager(), json!({ "days": 700 })).await;
    let secret = made["secret"].as_str().unwrap();
    let process = Process::start(&Place { database: hub.world.database_url().to_owned(), folder: hub.world.folder() });
    let program = program(&hub, &made).at_address(&process.address);
    program.get("/v1/me").await.ok();
    program.get(&format!("/v1/people?text={secret}")).await.ok();
    program.post("/v1/people", json!({})).await.refused(403, "scope_missing");
    let log = process.log().join("\n");
    assert!(log.contains(&format!("\"key\":\"{}\"", id(&made))), "{log}");
    assert!(!log.contains(&secret[4..]), "{log}");
}
