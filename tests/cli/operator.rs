//! What the operator of the machine does for hubs and their people: managers, links, tokens, files, keys.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::{Place, Said, Served, blocking, get};

const SCHOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/schools-west-london.csv");

#[test]
fn the_operator_names_a_manager_whose_link_lets_them_in() {
    let place = Place::new();
    place.done(&["init", "--hub", "West London", "--manager", "head@hub.example"]);
    assert_ne!(place.run(&["manager", "--hub", "No Such Hub", "--email", "rescue@hub.example"]).code(), 0);
    let named =
        place.done(&["manager", "--hub", "West London", "--email", "rescue@hub.example", "--name", "Rae Rescue"]);
    assert!(named.starts_with("Rae Rescue <rescue@hub.example> is a hub manager of West London."), "{named}");
    let link =
        named.split("http://127.0.0.1:8080").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap().to_owned();
    let served = Served::start(&place, &[]);
    let body = blocking(async {
        reqwest::Client::new()
            .post(served.url(&link.replace("/invitation/", "/v1/auth/invitations/")))
            .send()
            .await
            .unwrap()
            .json::<Value>()
            .await
            .unwrap()
    });
    let (status, me) = get(served.url("/v1/me"), body["access_token"].as_str().unwrap());
    assert_eq!((status, &me["role"], &me["name"]), (200, &Value::from("hub_manager"), &Value::from("Rae Rescue")));
}

#[test]
fn what_the_operator_does_for_somebody_is_in_their_hubs_audit() {
    let place = Place::new();
    place.done(&["init", "--hub", "One", "--manager", "head@hub.example"]);
    let token = place.done(&["token", "--email", "head@hub.example"]).trim().to_owned();
    place.done(&["sign-in-link", "--email", "HEAD@hub.example"]);
    let served = Served::start(&place, &[]);
    let status = blocking(async {
        let new = serde_json::json!({ "email": "new@hub.example" });
        reqwest::Client::new().post(served.url("/v1/me/email")).bearer_auth(&token).json(&new).send().await.unwrap()
    });
    assert_eq!(status.status().as_u16(), 202);
    place.done(&["address-link", "--email", "head@hub.example"]);
    let me = get(served.url("/v1/me"), &token).1["id"].as_str().unwrap().to_owned();
    let (_, audit) = get(served.url(&format!("/v1/audit?target={me}")), &token);
    let records: Vec<_> = audit["items"].as_array().unwrap().iter().collect();
    let acts: Vec<_> = records.iter().map(|record| record["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["address_link_made", "sign_in_link_made", "hub_founded"]);
    assert!(records.iter().all(|record| record["person_id"].is_null()), "by the operator");
}

#[test]
fn tokens_are_taken_by_the_service_on_the_same_machine() {
    let place = Place::new();
    place.done(&["init", "--hub", "One", "--manager", "head@hub.example"]);
    let served = Served::start(&place, &[]);
    let token = |arguments: &[&str]| place.done(&[&["token"], arguments].concat()).trim().to_owned();
    let (status, me) = get(served.url("/v1/me"), &token(&["--email", "HEAD@hub.example", "--ttl", "15m"]));
    assert_eq!((status, &me["email"]), (200, &Value::from("head@hub.example")));
    assert_eq!(get(served.url("/v1/hubs"), &token(&["--operator"])).0, 200);
    assert_eq!(get(served.url("/v1/me"), "not.a.token").0, 401);

    assert!(place.run(&["token", "--email", "nobody@hub.example"]).refusal().1.contains("nobody@hub.example"));
    place.done(&["init", "--hub", "Two", "--manager", "head@hub.example"]);
    assert_eq!(place.run(&["token", "--email", "head@hub.example"]).refusal().0, 2);
    let second = token(&["--email", "head@hub.example", "--hub", "Two"]);
    assert_eq!(get(served.url("/v1/hub"), &second).1["name"], "Two");

    let before = token(&["--operator"]);
    place.done(&["rotate-key"]);
    assert_eq!(get(served.url("/v1/hubs"), &token(&["--operator"])).0, 200, "a running service takes up the new key");
    assert_eq!(get(served.url("/v1/hubs"), &before).0, 200, "tokens of the key before live on");
    drop(served);
    let served = Served::start(&place, &[]);
    assert_eq!(get(served.url("/v1/hubs"), &before).0, 200, "and after a start");
}

#[test]
fn needs_are_read_after_every_rotation_and_lost_with_the_key_file() {
    let place = Place::new();
    place.done(&["init", "--hub", "One", "--manager", "head@hub.example"]);
    let served = Served::start(&place, &[]);
    let token = place.done(&["token", "--email", "head@hub.example"]).trim().to_owned();
    blocking(async {
        let needs = reqwest::Client::new().put(served.url("/v1/me/needs")).bearer_auth(&token);
        let written = needs.header("content-type", "application/json").body(r#"{"access": "A ramp"}"#).send().await;
        assert_eq!(written.unwrap().status(), 204);
    });
    drop(served);
    for _ in 0..3 {
        assert!(place.done(&["rotate-key"]).contains("people's needs: 1 were sealed anew"));
    }
    assert!(place.done(&["reseal"]).contains("people's needs: 0 were sealed anew"));
    let needs = || {
        let served = Served::start(&place, &[]);
        let token = place.done(&["token", "--email", "head@hub.example"]).trim().to_owned();
        get(served.url("/v1/me/needs"), &token)
    };
    let (status, read) = needs();
    assert_eq!((status, &read["access"]), (200, &Value::from("A ramp")));
    std::fs::remove_file(place.path("data/signing-keys.pem")).unwrap();
    let said = place.run(&["rotate-key"]);
    assert!(said.code() == 0 && said.out.contains("1 can't be opened"), "{}{}", said.out, said.err);
    let (status, refused) = needs();
    assert!(status == 503 && refused["detail"].as_str().unwrap().contains("key file"), "{refused}");
    let said = place.run(&["reseal"]);
    assert!(said.code() == 1 && said.out.contains("1 can't be opened"), "{}{}", said.out, said.err);
}

#[test]
fn files_are_imported_whole_or_not_at_all() {
    let place = Place::new();
    place.done(&["init", "--hub", "West London", "--manager", "head@hub.example"]);
    let schools = ["import", "schools", SCHOOLS, "--map", "local_authority=la_name", "--census-date", "2023-01-19"];
    let out = place.done(&schools);
    assert!(out.starts_with("495 rows: 495 schools created, 0 updated, 0 unchanged; 488 rolls recorded"), "{out}");
    assert!(
        place.done(&schools).starts_with("495 rows: 0 schools created, 0 updated, 495 unchanged; 0 rolls recorded")
    );
    let rolls = ["import", "rolls", SCHOOLS, "--map", "pupils=pupils_2018_19", "--date", "2019-01-17"];
    assert!(place.done(&rolls).contains("459 rolls recorded"));

    let two = "urn,name\r\n1234,Wrong\r\n999999,New School\r\n";
    let piped = |from: &str, arguments: &[&str]| {
        let mut command = place.command(&[&["import", "schools", from], arguments].concat());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(two.as_bytes()).unwrap();
        Said::of(child.wait_with_output().unwrap())
    };
    let said = piped("-", &[]);
    assert!(said.code() == 1 && said.err.contains("line 2, urn: ") && said.err.contains("nothing was imported"));
    let said = piped("/dev/stdin", &["--partial"]);
    assert!(said.code() == 0 && said.err.contains("line 2, urn: ") && said.out.contains("1 schools created"));
    assert_eq!(place.run(&["import", "schools", "missing.csv"]).refusal().0, 2);
}

#[test]
fn people_are_imported_and_invited() {
    let place = Place::new();
    place.done(&["init", "--hub", "West London", "--manager", "head@hub.example"]);
    std::fs::write(place.path("people.csv"), "name,email,role\nVic,Vic <vic@hub.example>,viewer\nWrong,wrong,viewer\n")
        .unwrap();
    let said = place.run(&["import", "people", "people.csv"]);
    assert!(said.code() == 1 && said.err.contains("line 3, email: ") && said.err.contains("nothing was imported"));
    let out = place.done(&["import", "people", "people.csv", "--dry-run"]);
    assert!(out.starts_with("2 rows: 1 people would be created, 0 would be renamed, 0 unchanged\n"), "{out}");
    let out = place.done(&["import", "people", "people.csv", "--partial", "--invite"]);
    assert!(out.starts_with("2 rows: 1 people created, 0 renamed, 0 unchanged\n"), "{out}");
    let link = out.lines().last().unwrap();
    assert!(link.starts_with("vic@hub.example,http://127.0.0.1:8080/invitation/"), "{out}");
    assert!(
        place
            .done(&["import", "people", "people.csv", "--partial"])
            .contains("0 people created, 0 renamed, 1 unchanged")
    );
    place.done(&["token", "--email", "vic@hub.example"]);
}

#[test]
fn mail_that_is_no_report_is_left_alone() {
    let place = Place::new();
    let file = place.path("mail");
    std::fs::write(&file, "From: zoe@school.example\nSubject: Re: A place\n\nThank you.\n").unwrap();
    let said = place.command(&["returned-mail"]).stdin(std::fs::File::open(&file).unwrap()).output().unwrap();
    assert_eq!(said.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&said.stdout).starts_with("nothing was done"), "{said:?}");
}
