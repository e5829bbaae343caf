//! A provider of OpenID Connect that refuses, is away, is slow or talks nonsense: what is said of it, and what goes on without
//! it.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::json;

use super::openid::{Scene, person};
use crate::both_engines;
use crate::support::{Answers, TestHub, operation_of};

both_engines!(
    what_the_provider_refuses_is_said,
    a_provider_that_is_away_or_talks_nonsense_is_a_problem_and_other_ways_still_work,
    a_slow_provider_holds_nobody_up
);

async fn what_the_provider_refuses_is_said(hub: TestHub) {
    let scene = Scene::standard(&hub.world);
    for (error, status, code) in [
        ("access_denied", 403, "openid_refused"),
        ("%3Cscript%3E%00", 403, "openid_refused"),
        ("temporarily_unavailable", 503, "openid_unavailable"),
        ("server_error", 503, "openid_unavailable"),
    ] {
        let begun = scene.begin().await;
        let query = format!("error={error}&error_description=No&state={}", begun.state);
        let reply = scene.back(Some(&begun.browser), &query).await;
        reply.refused(status, code);
        scene.back(Some(&begun.browser), &query).await.refused(400, "openid_failed");
    }
    // Another issuer's answer (RFC 9207).
    for (announced, iss, status) in
        [(false, "&iss=https%3A%2F%2Fanother.example", 502), (true, "", 502), (false, "", 401), (true, "own", 401)]
    {
        let scene = Scene::standard(&hub.world);
        scene
            .stub
            .know(|knows| knows.document = json!({ "authorization_response_iss_parameter_supported": announced }));
        let begun = scene.begin().await;
        scene.stub.know(|knows| knows.token = scene.signer.sign(&scene.claims(&begun, json!({}))));
        let iss = if iss == "own" { format!("&iss={}", scene.stub.issuer()) } else { iss.to_owned() };
        let reply = scene.back(Some(&begun.browser), &format!("code=good&state={}{iss}", begun.state)).await;
        assert_eq!(reply.status, status, "{reply}");
    }
}

async fn a_provider_that_is_away_or_talks_nonsense_is_a_problem_and_other_ways_still_work(hub: TestHub) {
    let (document, world) = ("/.well-known/openid-configuration", &hub.world);
    let begin = async |scene: &Scene| world.stranger().at(&scene.service).get("/v1/auth/openid/stub").await;
    for (answer, status, code) in [
        (Answers::With(500, "{}".into()), 503, "openid_unavailable"),
        (Answers::With(429, "{}".into()), 503, "openid_unavailable"),
        (Answers::With(404, "{}".into()), 502, "openid_not_believed"),
        (Answers::With(200, "<html>".into()), 502, "openid_not_believed"),
        (Answers::With(200, "[]".into()), 502, "openid_not_believed"),
        (Answers::With(200, "{\"issuer\": 7}".into()), 502, "openid_not_believed"),
        (Answers::Elsewhere("https://another.example/".into()), 502, "openid_not_believed"),
        (Answers::Hugely, 502, "openid_not_believed"),
    ] {
        let scene = Scene::standard(world);
        scene.stub.know(|knows| drop(knows.otherwise.insert(document.to_owned(), answer)));
        let reply = begin(&scene).await;
        reply.refused(status, code);
        assert_eq!(reply.header("retry-after").is_some(), status == 503);
        assert!(reply.header("set-cookie").is_none(), "nothing was begun");
        // It is not asked again at once, and then it is.
        scene.stub.know(|knows| knows.otherwise.clear());
        begin(&scene).await.refused(503, "openid_unavailable");
        world.pass(TimeDelta::seconds(5));
        scene.begin().await;
    }
    for (name, address) in [
        ("token_endpoint", "http://192.0.2.1/token"),
        ("jwks_uri", "ftp://login.example/keys"),
        ("authorization_endpoint", "javascript:alert(1)"),
        ("authorization_endpoint", "https://user:secret@login.example/"),
    ] {
        let scene = Scene::standard(world);
        scene.stub.know(|knows| knows.document = json!({ name: address }));
        begin(&scene).await.refused(502, "openid_not_believed");
    }
    let scene = Scene::standard(world);
    scene.stub.know(|knows| knows.issuer = Some(format!("{}/", knows.path)));
    begin(&scene).await.refused(502, "openid_not_believed");

    person(&hub, "noor@s.example").await;
    for (path, answer, status) in [
        ("/token", Answers::With(200, "{}".into()), 502),
        ("/token", Answers::With(200, "{\"id_token\": 7}".into()), 502),
        ("/token", Answers::With(401, "{\"error\":\"invalid_client\"}".into()), 502),
        ("/token", Answers::With(400, "no".into()), 502),
        ("/token", Answers::With(503, String::new()), 503),
        ("/token", Answers::Elsewhere("/token2".into()), 502),
        ("/keys", Answers::With(200, "{}".into()), 502),
        ("/keys", Answers::With(200, "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"one\"},7]}".into()), 502),
        ("/keys", Answers::With(500, String::new()), 503),
        ("/keys", Answers::Hugely, 502),
    ] {
        let scene = Scene::standard(world);
        scene.stub.know(|knows| drop(knows.otherwise.insert(path.to_owned(), answer)));
        let reply = scene.says(json!({})).await;
        assert_eq!(reply.status, status, "{path}: {reply}");
    }
    // An instance without it, and the ways that need none.
    let nowhere =
        crate::support::providers("[[openid]]\nname = 'stub'\nissuer = 'http://127.0.0.1:9'\nclient_id = 'hub'");
    let service = world.another_service(|all| all.openid = nowhere);
    let stranger = world.stranger().at(&service);
    stranger.get("/v1/auth/openid/stub").await.refused(503, "openid_unavailable");
    stranger.get("/v1/auth/openid/nobody").await.refused(404, "not_found");
    let invited = hub.manager().post(&format!("/v1/people/{}/invite", hub.viewer().await.id()), None).await.created();
    let link = operation_of(&invited["link"]);
    stranger.post(&link, None).await.ok();
    hub.manager().at(&service).get("/v1/me").await.ok();
}

async fn a_slow_provider_holds_nobody_up(hub: TestHub) {
    let scene = Scene::standard(&hub.world);
    scene.stub.know(|knows| drop(knows.otherwise.insert("/.well-known/openid-configuration".into(), Answers::Never)));
    let stranger = hub.world.stranger().at(&scene.service);
    let begin = || async { stranger.get("/v1/auth/openid/stub").await };
    let began = Instant::now();
    let waiting = futures_util::future::join_all((0..20).map(|_| begin()));
    let meanwhile = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let asked = Instant::now();
        hub.manager().at(&scene.service).get("/v1/people").await.ok();
        hub.manager().at(&scene.service).post("/v1/partners", json!({ "name": "Meanwhile" })).await.created();
        assert!(asked.elapsed() < Duration::from_secs(4), "{:?}", asked.elapsed());
    };
    let (replies, ()) = futures_util::future::join(waiting, meanwhile).await;
    for reply in replies {
        reply.refused(503, "openid_unavailable");
    }
    assert!(began.elapsed() < Duration::from_secs(15), "one waits for it, not each: {:?}", began.elapsed());
    assert_eq!(scene.stub.asked("/.well-known/openid-configuration"), 1);
}
