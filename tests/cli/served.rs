//! The service as it is started, stopped and read: the first link, the end by a signal, and what stands in its log.

use serde_json::Value;

use crate::{Place, Served, blocking, get};

#[test]
fn the_link_of_init_works_once_and_sigterm_ends_the_service_cleanly() {
    let place = Place::new();
    let out = place.done(&["init", "--hub", "West London", "--manager", "Head@Hub.example", "--name", "Amara Osei"]);
    let link =
        out.split("http://127.0.0.1:8080").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap().to_owned();
    let served = Served::start(&place, &[]);
    let accept = || {
        blocking(async {
            let reply = reqwest::Client::new()
                .post(served.url(&link.replace("/invitation/", "/v1/auth/invitations/")))
                .send()
                .await
                .unwrap();
            (reply.status().as_u16(), reply.json::<Value>().await.unwrap())
        })
    };
    let (status, body) = accept();
    assert_eq!(status, 200, "{body}");
    let (status, me) = get(served.url("/v1/me"), body["access_token"].as_str().unwrap());
    assert_eq!((status, &me["role"], &me["name"]), (200, &Value::from("hub_manager"), &Value::from("Amara Osei")));
    assert_eq!(accept().0, 404, "a link works once");
    assert_eq!(place.run(&["healthcheck", "--listen", &served.address]).code(), 0);

    let address = served.address.clone();
    served.signal("TERM");
    let (code, log) = served.end();
    assert_eq!(code, Some(0));
    assert_eq!(log.last().unwrap()["message"], "stopped");
    let secret = link.rsplit('/').next().unwrap();
    assert!(!log.iter().any(|line| line.to_string().contains(secret)), "no secret is logged");
    assert_eq!(place.run(&["healthcheck", "--listen", &address]).code(), 1);
}

#[test]
fn no_log_has_a_word_of_what_people_need_or_the_secret_of_a_link() {
    let place = Place::new();
    place.done(&["init", "--hub", "One", "--manager", "head@hub.example"]);
    let token = place.done(&["token", "--email", "head@hub.example"]).trim().to_owned();
    let served = Served::start(&place, &["--log", "debug"]);
    let secret = blocking(async {
        let client = reqwest::Client::new();
        let needs = || client.put(served.url("/v1/me/needs")).bearer_auth(&token);
        for (body, status) in [(r#"{"access": "marker 7f3a91"}"#, 204), (r#"{"access": ["marker 7f3a91"]}"#, 400)] {
            let reply = needs().header("content-type", "application/json").body(body).send().await.unwrap();
            assert_eq!(reply.status(), status);
        }
        let reply = client.post(served.url("/v1/me/calendar")).bearer_auth(&token).send().await.unwrap();
        let link: Value = reply.json().await.unwrap();
        let path = link["programme_url"].as_str().unwrap().splitn(4, '/').nth(3).unwrap().to_owned();
        let reply = client.get(served.url(&format!("/{path}"))).send().await.unwrap();
        assert_eq!(reply.status(), 200);
        path.split('/').nth(2).unwrap().to_owned()
    });
    assert!(secret.len() > 64, "{secret}");
    served.signal("TERM");
    let (_, log) = served.end();
    assert!(log.iter().filter(|line| line["message"] == "request").count() >= 4, "{log:?}");
    let log: Vec<String> = log.iter().map(Value::to_string).collect();
    assert!(!log.iter().any(|line| line.contains("7f3a91") || line.contains(&secret)), "{log:?}");
}

#[test]
fn every_line_of_a_request_says_which_request_it_is_of() {
    let place = Place::new();
    place.done(&["init", "--hub", "One", "--manager", "head@hub.example"]);
    let token = place.done(&["token", "--email", "head@hub.example"]).trim().to_owned();
    let served = Served::start(&place, &[]);
    blocking(async {
        let client = reqwest::Client::new();
        let ask = |path: &str, id: &'static str, body: &'static str| {
            let request = client.post(served.url(path)).bearer_auth(&token).header("x-request-id", id);
            request.header("idempotency-key", id).header("content-type", "application/json").body(body).send()
        };
        assert_eq!(ask("/v1/partners", "a-good-one", r#"{"name": "Brass"}"#).await.unwrap().status(), 201);
        // Whatever is written from here on is an error, at the handler and at the desk.
        std::fs::remove_file(place.path("data/hub-credits.db")).unwrap();
        assert_eq!(ask("/v1/partners", "a-bad-one", r#"{"name": "Reed"}"#).await.unwrap().status(), 503);
        let booking = r#"{"event_id": "01990000-0000-7000-8000-000000000000"}"#;
        assert_eq!(ask("/v1/bookings", "at-the-desk", booking).await.unwrap().status(), 503);
    });
    served.signal("TERM");
    let (_, log) = served.end();
    for (id, operation) in
        [("a-good-one", "/v1/partners"), ("a-bad-one", "/v1/partners"), ("at-the-desk", "/v1/bookings")]
    {
        let of: Vec<&Value> = log.iter().filter(|line| line["span"]["request_id"] == id).collect();
        assert_eq!(of.iter().filter(|line| line["message"] == "request").count(), 1, "{log:?}");
        assert_eq!(of.iter().any(|line| line["level"] == "ERROR"), id != "a-good-one", "{log:?}");
        for line in of.iter().filter(|line| line["message"] == "request") {
            let span = &line["span"];
            assert!(span["operation"] == operation && span["hub"].is_string() && span["caller"].is_string(), "{line}");
        }
    }
}
