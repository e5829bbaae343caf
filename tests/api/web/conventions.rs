//! What is true of every end point: the form of refusals, request ids, limits, idempotency, versions,
//! pages, tables.

use std::io::{Read, Write};
use std::net::TcpStream;

use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, Service, TestHub, World, unique};

fn new_person() -> Value {
    let number = unique();
    json!({ "name": format!("Person {number}"), "email": format!("p.{number}@hub.example"), "role": "hub_viewer" })
}

async fn people(manager: &Client) -> usize {
    manager.all("/v1/people").await.len()
}

both_engines!(
    an_id_is_written_in_one_way,
    what_is_not_here_is_a_problem,
    a_wrong_method_is_a_problem_that_names_the_right_ones,
    what_is_not_json_is_a_problem,
    a_large_body_is_refused,
    every_wrong_field_is_reported_at_once,
    queries_are_read_as_strictly,
    every_answer_carries_a_request_id,
    a_person_may_make_so_many_requests_a_minute,
    an_address_without_a_good_token_may_make_fewer,
    a_token_that_proves_nobody_is_an_address_on_every_path,
    an_address_behind_a_trusted_proxy_is_the_real_one,
    head_answers_as_get_without_its_body,
    the_same_request_again_gives_the_same_answer,
    a_key_holds_for_the_record_it_was_used_on,
    a_refusal_is_not_remembered,
    the_same_request_many_times_at_once_is_done_once,
    a_key_is_short_and_plain,
    a_change_needs_the_version_that_was_read,
    of_two_changes_at_once_one_is_stale,
    pages_follow_each_other_without_gap_or_double,
    a_list_is_a_table_where_one_is_asked_for
);

async fn what_is_not_here_is_a_problem(hub: TestHub) {
    let manager = hub.manager();
    for path in [
        "/nothing",
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/people/",
        "/v1//people",
        "/v1/people/x/y/z",
        "/v2/people",
        "/%00",
    ] {
        manager.get(path).await.refused(404, "not_found");
        hub.world.stranger().get(path).await.refused(404, "not_found");
    }
    for id in ["x", "%00", "1", "00000000-0000-0000-0000-00000000000g", "00000000-0000-0000-0000-000000000000"] {
        manager.get(&format!("/v1/people/{id}")).await.refused(404, "not_found");
    }
}

async fn a_wrong_method_is_a_problem_that_names_the_right_ones(hub: TestHub) {
    for (path, allow) in [
        ("/v1/people", "GET, HEAD, POST"),
        ("/v1/me", "GET, HEAD"),
        ("/healthz", "GET, HEAD"),
        ("/v1/hub", "GET, HEAD, PATCH"),
        ("/v1/certificates/x", "GET, HEAD"),
        ("/v1/schools/import", "GET, HEAD, PATCH, POST"),
    ] {
        let reply = hub.manager().delete(path).await;
        reply.refused(405, "method_not_allowed");
        assert_eq!(reply.header("allow"), Some(allow), "{path}");
    }
}

async fn what_is_not_json_is_a_problem(hub: TestHub) {
    let manager = hub.manager();
    let deep = "[".repeat(200_000);
    for broken in ["", "{", "{\"name\":}", "{}{}", "\u{feff}{}", "nul", &deep] {
        manager.post("/v1/people", None).body("application/json", broken).await.refused(400, "malformed_json");
    }
    manager
        .post("/v1/people", None)
        .body("application/json", b"{\"name\":\"\xff\"}".as_slice())
        .await
        .refused(400, "malformed_json");
    for other in ["text/plain", "application/xml", "application/jsonx", "multipart/form-data; boundary=x"] {
        manager.post("/v1/people", None).body(other, "{}").await.refused(415, "unsupported_media_type");
    }
    manager.post("/v1/people", new_person()).without("content-type").await.refused(415, "unsupported_media_type");
    manager
        .post("/v1/people", new_person())
        .header("content-encoding", "gzip")
        .await
        .refused(415, "unsupported_media_type");
    manager.post("/v1/people", new_person()).header("content-type", "application/json; charset=utf-8").await.created();
    assert_eq!(people(&manager).await, 2);
}

async fn a_large_body_is_refused(hub: TestHub) {
    let manager = hub.manager();
    for megabytes in [2, 10] {
        let body = format!("{{\"name\":\"{}\"}}", "x".repeat(megabytes * 1024 * 1024));
        manager.post("/v1/people", None).body("application/json", body).await.refused(413, "body_too_large");
    }
    // Without a length, by chunks.
    let address = manager.address().strip_prefix("http://").unwrap().to_owned();
    let head = format!(
        "POST /v1/people HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        manager.token()
    );
    let answer = std::thread::spawn(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        for _ in 0..32 {
            if stream.write_all(chunk.as_bytes()).is_err() {
                break;
            }
        }
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    });
    assert_eq!(answer.join().unwrap(), "HTTP/1.1 413");
    manager.get("/v1/me").await.ok();
}

async fn every_wrong_field_is_reported_at_once(hub: TestHub) {
    let manager = hub.manager();
    manager.post("/v1/people", json!({})).await.invalid(&[
        ("/name", "missing"),
        ("/email", "missing"),
        ("/role", "missing"),
    ]);
    manager
        .post("/v1/people", json!({ "name": 7, "email": "nobody", "role": "king", "school_id": "x", "colour": 1 }))
        .await
        .invalid(&[
            ("/name", "wrong_type"),
            ("/email", "invalid"),
            ("/role", "invalid"),
            ("/school_id", "invalid"),
            ("/colour", "unknown_field"),
        ]);
    for not_an_object in [json!([]), json!("x"), json!(1), json!(null)] {
        manager.post("/v1/people", not_an_object).await.refused(400, "invalid_request");
    }
    let doubled = r#"{"name":"a","name":"b","email":"a@hub.example","role":"hub_viewer"}"#;
    manager.post("/v1/people", None).body("application/json", doubled).await.invalid(&[("/name", "duplicate_field")]);
    for name in ["a\0b", "a\nb", "a\u{7f}b", "", " ", &"x".repeat(201)] {
        let mut person = new_person();
        person["name"] = name.into();
        manager.post("/v1/people", person).await.invalid(&[("/name", "invalid")]);
    }
    assert_eq!(people(&manager).await, 1);
}

async fn queries_are_read_as_strictly(hub: TestHub) {
    let manager = hub.manager();
    manager.get("/v1/people?colour=red").await.invalid(&[("colour", "unknown_field")]);
    manager.get("/v1/people?role=teacher&role=partner").await.invalid(&[("role", "duplicate_field")]);
    manager.get("/v1/people?role=king&limit=0").await.invalid(&[("role", "invalid"), ("limit", "invalid")]);
    for wrong in [
        "limit=",
        "limit=201",
        "limit=-1",
        "limit=1.5",
        "limit=x",
        "limit=99999999999999999999",
        "school_id=x",
        "after=zz",
        "after=22",
        "after=",
    ] {
        let name = wrong.split('=').next().unwrap();
        manager.get(&format!("/v1/people?{wrong}")).await.invalid(&[(name, "invalid")]);
    }
    manager.get("/v1/people?role=%00").await.refused(400, "invalid_request");
    manager.get("/v1/people?role=%ff").await.refused(400, "invalid_request");
}

async fn every_answer_carries_a_request_id(hub: TestHub) {
    let manager = hub.manager();
    let sent = "d0b2a7c0-1111-7000-8000-000000000001";
    assert_eq!(manager.get("/v1/me").header("x-request-id", sent).await.header("x-request-id"), Some(sent));
    assert_eq!(
        manager.get("/v1/nothing").header("x-request-id", sent).await.refused(404, "not_found")["request_id"],
        sent
    );
    for poor in ["short", "has a space in it", "<script>alert(1)</script>", &"x".repeat(65)] {
        let reply = manager.get("/v1/me").header("x-request-id", poor).await;
        assert_ne!(reply.header("x-request-id"), Some(poor));
    }
    let ids = [manager.get("/v1/me").await, manager.get("/v1/me").await]
        .map(|reply| reply.header("x-request-id").unwrap().to_owned());
    assert_ne!(ids[0], ids[1]);
}

async fn a_person_may_make_so_many_requests_a_minute(hub: TestHub) {
    let service = hub.world.another_service(|settings| settings.requests_per_person = 3);
    let (manager, viewer) = (hub.manager().at(&service), hub.viewer().await.at(&service));
    for left in ["2", "1", "0"] {
        let reply = manager.get("/v1/me").await;
        reply.ok();
        assert_eq!(reply.header("ratelimit"), Some(format!("\"person\";r={left}").as_str()));
        assert_eq!(reply.header("ratelimit-policy"), Some("\"person\";q=3;w=60"));
    }
    let reply = manager.get("/v1/me").await;
    reply.refused(429, "too_many_requests");
    let wait: u32 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(reply.header("ratelimit"), Some(format!("\"person\";r=0;t={wait}").as_str()));
    viewer.get("/v1/me").await.ok();
    hub.manager().get("/v1/me").await.ok();
}

async fn an_address_without_a_good_token_may_make_fewer(world: World) {
    let hub = world.hub("West London").await;
    let service = world.another_service(|settings| settings.requests_per_address = 2);
    let stranger = world.stranger().at(&service);
    stranger.get("/v1/me").await.refused(401, "unauthorized");
    stranger.clone().with_token("a.b.c").get("/v1/me").await.refused(401, "unauthorized");
    for caller in [stranger.clone(), stranger.clone().with_token("a.b.c")] {
        let reply = caller.get("/v1/me").await;
        reply.refused(429, "too_many_requests");
        assert!(reply.header("retry-after").is_some());
    }
    stranger.get("/healthz").await.ok();
    hub.manager().at(&service).get("/v1/me").await.ok();
}

async fn a_token_that_proves_nobody_is_an_address_on_every_path(world: World) {
    let hub = world.hub("West London").await;
    let paths = [
        "/v1/auth/invitations/x",
        "/v1/calendars/x/programme.ics",
        "/v1/certificates/x",
        "/openapi.json",
        "/v1/nothing",
        "/v1/me",
        "/docs/",
    ];
    for value in [None, Some(""), Some("x"), Some("Basic bWU6bWU="), Some("Bearer"), Some("Bearer a.b.c")] {
        let service = world.another_service(|settings| settings.requests_per_address = 3);
        let stranger = world.stranger().at(&service);
        let ask = |path: &str| {
            let request = stranger.get(path);
            if let Some(value) = value { request.header("authorization", value) } else { request }
        };
        for path in &paths[..3] {
            assert_ne!(ask(path).await.status, 429, "{path} {value:?}");
        }
        for path in paths {
            ask(path).await.refused(429, "too_many_requests");
        }
        // Somebody is not an address, but where a path opens to whoever knows it.
        let manager = hub.manager().at(&service);
        manager.get("/v1/nothing").await.refused(404, "not_found");
        manager.get("/openapi.json").await.ok();
        for path in &paths[..3] {
            manager.get(path).await.refused(429, "too_many_requests");
        }
        stranger.get("/healthz").await.ok();
    }
}

async fn an_address_behind_a_trusted_proxy_is_the_real_one(world: World) {
    let limited = |proxies: &'static [&'static str]| {
        world.another_service(move |settings| {
            settings.requests_per_address = 1;
            settings.proxies.trusted = proxies.iter().map(|text| text.parse().unwrap()).collect();
        })
    };
    let asks = async |service: &Service, name: &str, value: &str| {
        world.stranger().at(service).get("/v1/me").header(name, value).await.status
    };
    let trusting = limited(&["127.0.0.0/8"]);
    assert_eq!(asks(&trusting, "x-forwarded-for", "203.0.113.1").await, 401);
    assert_eq!(asks(&trusting, "x-forwarded-for", "203.0.113.2").await, 401);
    assert_eq!(asks(&trusting, "x-forwarded-for", "198.51.100.7, 203.0.113.1").await, 429);
    assert_eq!(asks(&trusting, "forwarded", "for=203.0.113.1").await, 429);
    assert_eq!(asks(&trusting, "forwarded", "for=\"[2001:db8::1]:4711\"").await, 401);
    assert_eq!(asks(&trusting, "x-forwarded-for", "2001:db8::2").await, 429);
    for other in [limited(&[]), limited(&["10.0.0.0/8"])] {
        assert_eq!(asks(&other, "x-forwarded-for", "203.0.113.1").await, 401);
        assert_eq!(asks(&other, "x-forwarded-for", "203.0.113.2").await, 429);
    }
}

async fn head_answers_as_get_without_its_body(hub: TestHub) {
    let manager = hub.manager();
    for path in [
        "/v1/me",
        "/v1/people",
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/docs/",
        "/v1/ledger/export",
        "/v1/people/x",
        "/v1/nothing",
        "/.well-known/jwks.json",
    ] {
        let (get, head) = (manager.get(path).await, manager.request(Method::HEAD, path).await);
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        for name in ["content-type", "etag", "content-length", "transfer-encoding"] {
            // A refusal is as long as the id of its request.
            assert_eq!(head.header(name), get.header(name), "{path}: {name}");
        }
    }
    let only_post = manager.request(Method::HEAD, "/v1/rolls/import").await;
    assert_eq!((only_post.status, only_post.header("allow"), only_post.body.len()), (405, Some("POST"), 0));
}

async fn the_same_request_again_gives_the_same_answer(hub: TestHub) {
    let (manager, person) = (hub.manager(), new_person());
    let first = manager.post("/v1/people", person.clone()).key("once").await;
    let again = manager.post("/v1/people", person.clone()).key("once").await;
    assert_eq!(again.created(), first.created());
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), (None, Some("true")));
    for header in ["location", "etag", "content-type"] {
        assert!(first.header(header).is_some() && first.header(header) == again.header(header), "{header}");
    }
    manager.post("/v1/people", new_person()).key("once").await.refused(422, "idempotency_key_reused");
    assert_eq!(people(&manager).await, 2);

    // It outlives a restart and a day; it belongs to the caller and the route.
    hub.world.pass(TimeDelta::hours(25));
    let service = hub.world.another_service(|_| ());
    let replayed = manager.at(&service).post("/v1/people", person).key("once").await;
    assert_eq!(replayed.created(), first.created());
    hub.another_manager().await.post("/v1/people", new_person()).key("once").await.created();
    let id = first.created()["id"].as_str().unwrap().to_owned();
    manager.post(&format!("/v1/people/{id}/disable"), None).key("once").await.ok();
}

async fn a_key_holds_for_the_record_it_was_used_on(hub: TestHub) {
    let manager = hub.manager();
    let (one, other) = (hub.viewer().await, hub.viewer().await);
    manager.post(&format!("/v1/people/{}/disable", one.id()), None).key("once").await.ok();
    manager
        .post(&format!("/v1/people/{}/disable", other.id()), None)
        .key("once")
        .await
        .refused(422, "idempotency_key_reused");
    other.get("/v1/me").await.ok();
}

async fn a_refusal_is_not_remembered(hub: TestHub) {
    let (manager, mut person) = (hub.manager(), new_person());
    let taken = manager.get("/v1/me").await.ok()["email"].clone();
    let free = std::mem::replace(&mut person["email"], taken);
    manager.post("/v1/people", person.clone()).key("once").await.refused(409, "duplicate");
    person["email"] = free;
    let reply = manager.post("/v1/people", person).key("once").await;
    reply.created();
    assert_eq!(reply.header("idempotency-replayed"), None);
}

async fn the_same_request_many_times_at_once_is_done_once(hub: TestHub) {
    let (manager, person) = (hub.manager(), new_person());
    let service = hub.world.another_service(|_| ());
    let callers = (0..16).map(|n| if n % 2 == 0 { manager.clone() } else { manager.at(&service) });
    let replies =
        join_all(callers.map(|caller| caller.post("/v1/people", person.clone()).key("once").into_future())).await;
    let mut done = Vec::new();
    for reply in replies {
        match reply.status {
            201 => done.push(reply),
            _ => drop(reply.refused(409, "idempotency_key_in_flight")),
        }
    }
    let firsts = done.iter().filter(|reply| reply.header("idempotency-replayed").is_none()).count();
    assert_eq!(firsts, 1, "{} answers", done.len());
    assert!(done.iter().all(|reply| reply.json() == done[0].json()));
    assert_eq!(people(&manager).await, 2);
}

async fn a_key_is_short_and_plain(hub: TestHub) {
    for key in ["", "has a space", &"x".repeat(101)] {
        hub.manager().post("/v1/people", new_person()).key(key).await.invalid(&[("Idempotency-Key", "invalid")]);
    }
    hub.manager().post("/v1/people", new_person()).key(&"x".repeat(100)).await.created();
    hub.manager().post("/v1/people", new_person()).no_key().await.created();
}

async fn a_change_needs_the_version_that_was_read(hub: TestHub) {
    let manager = hub.manager();
    let path = format!("/v1/people/{}", manager.id());
    let etag = manager.get(&path).await.etag();
    let change = json!({ "name": "Maria Manager" });
    manager.patch(&path, &etag, change.clone()).without("if-match").await.refused(428, "if_match_required");
    for stale in ["\"0\"", "\"999\"", "*", "1", "\"x\"", "W/\"1\"", "\"99999999999999999999\""] {
        manager.patch(&path, stale, change.clone()).await.refused(412, "stale");
    }
    let reply = manager.patch(&path, &etag, change.clone()).await;
    assert_eq!(reply.ok()["name"], "Maria Manager");
    manager.patch(&path, &etag, change).await.refused(412, "stale");
    assert_eq!(manager.get(&path).await.etag(), reply.etag());
}

async fn of_two_changes_at_once_one_is_stale(hub: TestHub) {
    let manager = hub.manager();
    let path = format!("/v1/people/{}", manager.id());
    let etag = manager.get(&path).await.etag();
    let changes = (0..8).map(|n| manager.patch(&path, &etag, json!({ "name": format!("Name {n}") })).into_future());
    let mut statuses: Vec<u16> = join_all(changes).await.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
}

async fn pages_follow_each_other_without_gap_or_double(hub: TestHub) {
    let manager = hub.manager();
    for _ in 0..6 {
        manager.post("/v1/people", new_person()).await.created();
    }
    let whole = manager.get("/v1/people").await;
    assert_eq!((whole.ok()["next"].clone(), whole.header("link")), (Value::Null, None));
    let page = manager.get("/v1/people?limit=3").await;
    let next = page.ok()["next"].as_str().unwrap().to_owned();
    assert_eq!(page.header("link"), Some(format!("</v1/people?limit=3&after={next}>; rel=\"next\"").as_str()));
    // What is added meanwhile comes after what was there, and moves nothing.
    manager.post("/v1/people", new_person()).await.created();
    let all: Vec<Value> = manager.all("/v1/people?limit=3").await;
    assert_eq!(all[..7], *whole.ok()["items"].as_array().unwrap());
    assert_eq!(all.len(), 8);
    let exact = manager.get("/v1/people?limit=8").await;
    assert_eq!((exact.ok()["items"].as_array().unwrap().len(), exact.ok()["next"].clone()), (8, Value::Null));
}

async fn a_list_is_a_table_where_one_is_asked_for(hub: TestHub) {
    let manager = hub.manager();
    let mut person = new_person();
    person["name"] = "=HYPERLINK(\"x\"), \"quoted\"".into();
    manager.post("/v1/people", person).await.created();
    let reply = manager.get("/v1/people").as_csv().await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/csv; charset=utf-8")));
    let text = reply.sheet();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines[0], "id,name,email,role,school_id,school_name,partner_id,partner_name,disabled,created_at");
    assert!(lines[1].contains(r#","'=HYPERLINK(""x""), ""quoted""",p."#), "{text}");
    assert_eq!((lines.len(), lines[3]), (4, ""));
}

/// As an array of its bytes, in braces, without hyphens or as a number it is none.
async fn an_id_is_written_in_one_way(hub: TestHub) {
    let school = hub.school("Lampton").await.id;
    let bytes: Vec<u8> = uuid::Uuid::parse_str(&school).unwrap().into_bytes().to_vec();
    let person = |id: Value| json!({ "name": "Ann", "email": "ann@s.example", "role": "teacher", "school_id": id });
    for wrong in [json!(bytes), json!([300]), json!(7), json!(format!("{{{school}}}")), json!(school.replace('-', ""))]
    {
        let refused = hub.manager().post("/v1/people", person(wrong)).await.refused(400, "invalid_request");
        let error = &refused["errors"][0];
        assert_eq!(error["pointer"], "/school_id", "{refused}");
        assert!(error["detail"].as_str().unwrap().starts_with("expected an id such as 0190f3a8-"), "{refused}");
    }
    hub.manager().post("/v1/people", person(json!(school.to_uppercase()))).await.created();
}
