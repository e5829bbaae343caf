//! Signing in by a provider of OpenID Connect: what is believed of it, and what is not.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Answers, Browser, Client, Reply, SECRET, Service, Signer, Stub, TestHub, World, operation_of};

/// A service with a stub of a provider, and somebody's browser.
struct Scene {
    stub: Stub,
    service: Service,
    world: World,
    signer: Signer,
}

/// A sign-in that was begun in a browser.
struct Begun {
    browser: Browser,
    state: String,
    nonce: String,
}

impl Scene {
    fn with(world: &World, path: &str, kind: &str, more: &str) -> Scene {
        Scene::signing(world, path, kind, more, Algorithm::EdDSA)
    }

    fn signing(world: &World, path: &str, kind: &str, more: &str, algorithm: Algorithm) -> Scene {
        let (stub, signer) = (Stub::start(path), Signer::new(algorithm, "one"));
        stub.know(|knows| knows.keys = vec![signer.published()]);
        let settings = stub.settings(kind, more);
        let service = world.another_service(|all| all.openid = settings);
        Scene { stub, service, world: world.clone(), signer }
    }

    fn standard(world: &World) -> Scene {
        Scene::with(world, "", "standard", "")
    }

    fn address(&self, rest: &str) -> String {
        format!("{}/v1/auth/openid/stub{rest}", self.service.address)
    }

    async fn begin(&self) -> Begun {
        self.begin_in(Browser::new(), "").await
    }

    async fn begin_in(&self, mut browser: Browser, query: &str) -> Begun {
        let page = browser.get(&self.address(query)).await;
        assert_eq!(page.status, 302, "{page:?}");
        self.stub.know(|knows| knows.challenge = page.sends("code_challenge"));
        Begun { browser, state: page.sends("state"), nonce: page.sends("nonce") }
    }

    /// What a token says that is good now, with these claims over it.
    fn claims(&self, begun: &Begun, over: Value) -> Value {
        let now = self.world.clock.now().timestamp();
        let mut claims = json!({
            "iss": self.stub.issuer(), "aud": "hub", "sub": "noor-1", "iat": now, "exp": now + 300,
            "nonce": begun.nonce, "email": "noor@s.example", "email_verified": true,
        });
        let claims_of = claims.as_object_mut().unwrap();
        for (name, value) in over.as_object().unwrap() {
            if value.is_null() {
                claims_of.remove(name)
            } else {
                claims_of.insert(name.clone(), value.clone())
            };
        }
        claims
    }

    /// The answer to the way back, with a cookie or without.
    async fn back(&self, browser: Option<&Browser>, query: &str) -> Reply {
        let caller = self.world.stranger().at(&self.service);
        let request = caller.get(&format!("/v1/auth/openid/stub/callback?{query}"));
        match browser {
            Some(browser) => request.header("cookie", &browser.cookie_header()).await,
            None => request.await,
        }
    }

    /// A whole sign-in in which the provider gives this token.
    async fn given(&self, token: impl FnOnce(&Begun) -> String) -> Reply {
        let begun = self.begin().await;
        self.stub.know(|knows| knows.token = token(&begun));
        self.back(Some(&begun.browser), &format!("code=good&state={}", begun.state)).await
    }

    /// A whole sign-in in which the provider says this.
    async fn says(&self, over: Value) -> Reply {
        self.given(|begun| self.signer.sign(&self.claims(begun, over))).await
    }
}

/// A teacher with this address.
async fn person(hub: &TestHub, email: &str) -> Client {
    let school = hub.school(&format!("School of {email}")).await;
    let new = json!({ "name": "Noor Aziz", "email": email, "role": "teacher", "school_id": school.id });
    let made = hub.manager().post("/v1/people", new).await.created();
    hub.world.person(&hub.id, made["id"].as_str().unwrap())
}

/// The person that an answer signs in.
async fn who(scene: &Scene, reply: &Reply) -> String {
    let token = reply.ok()["access_token"].as_str().unwrap().to_owned();
    let caller = scene.world.stranger().at(&scene.service).with_token(token);
    caller.get("/v1/me").await.ok()["id"].as_str().unwrap().to_owned()
}

both_engines!(
    a_verified_address_finds_the_person_and_then_the_subject_decides,
    what_is_sent_to_the_provider_is_what_it_needs,
    each_algorithm_with_a_public_key_is_believed,
    a_token_that_is_not_what_was_asked_for_is_not_believed,
    clocks_may_differ_by_a_minute,
    a_key_that_is_not_known_is_looked_for_once_a_minute,
    a_sign_in_is_ended_once_in_its_own_browser_within_ten_minutes,
    what_the_provider_refuses_is_said,
    a_provider_that_is_away_or_talks_nonsense_is_a_problem_and_other_ways_still_work,
    a_slow_provider_holds_nobody_up,
    entra_is_believed_of_the_tenants_that_are_named,
    google_and_dfe_sign_in_are_known_by_their_ways,
    somebody_of_several_hubs_says_which,
    nobody_signs_in_by_a_provider_where_that_is_switched_off
);

async fn a_verified_address_finds_the_person_and_then_the_subject_decides(hub: TestHub) {
    let scene = Scene::standard(&hub.world);
    let refused = scene.says(json!({})).await.refused(401, "sign_in_failed");
    assert!(refused["detail"].as_str().unwrap().contains("noor@s.example"), "{refused}");
    let (noor, other) = (person(&hub, "Noor@s.example").await, person(&hub, "other@s.example").await);
    let reply = scene.says(json!({})).await;
    assert_eq!(who(&scene, &reply).await, noor.id());
    assert_eq!(reply.ok()["hub"]["hub_id"], hub.id);
    assert_eq!(reply.header("cache-control"), Some("no-store"));

    // The subject stays, whatever address comes with it, or none.
    for over in [
        json!({ "email": "noor.new@s.example" }),
        json!({ "email": "other@s.example" }),
        json!({ "email": "other@s.example", "email_verified": false }),
    ] {
        assert_eq!(who(&scene, &scene.says(over).await).await, noor.id());
    }
    assert_eq!(
        who(&scene, &scene.says(json!({ "sub": "other-1", "email": "other@s.example" })).await).await,
        other.id()
    );
    for over in [json!({ "sub": "x", "email_verified": false }), json!({ "sub": "x", "email_verified": null })] {
        let refused = scene.says(over).await.refused(401, "sign_in_failed");
        assert!(refused["detail"].as_str().unwrap().contains("verified"), "{refused}");
    }
    hub.manager().post(&format!("/v1/people/{}/disable", noor.id()), None).await.ok();
    scene.says(json!({})).await.refused(401, "sign_in_failed");

    // An address that is not theirs any more opens no hub that they were not in.
    let elsewhere = hub.world.hub("South London").await;
    let there = person(&elsewhere, "noor@s.example").await;
    scene.says(json!({ "email": "noor.new@s.example" })).await.refused(401, "sign_in_failed");
    assert_eq!(who(&scene, &scene.says(json!({})).await).await, there.id());
}

async fn what_is_sent_to_the_provider_is_what_it_needs(hub: TestHub) {
    person(&hub, "noor@s.example").await;
    let scene = Scene::standard(&hub.world);
    let ways = hub.world.stranger().at(&scene.service).get("/v1/auth/ways").await.ok();
    assert_eq!(ways["openid"], json!([{ "id": "stub", "name": "School account" }]));
    let mut browser = Browser::new();
    let page = browser.get(&scene.address("")).await;
    assert_eq!(page.status, 302);
    assert!(page.location().unwrap().as_str().starts_with(&format!("{}/authorize?", scene.stub.address)));
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "hub"),
        ("redirect_uri", &scene.address("/callback")),
        ("scope", "openid email profile"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(page.sends(name), value);
    }
    for secret in ["state", "nonce", "code_challenge"] {
        assert_eq!(page.sends(secret).len(), 43, "{secret}");
    }
    let cookie = page.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("openid=") && cookie.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    assert_eq!(page.headers["cache-control"], "no-store");

    // The client shows who it is as the provider takes it.
    scene.says(json!({})).await.ok();
    let (authorization, form) = scene.stub.know(|knows| knows.shown.clone());
    use base64::Engine;
    let basic =
        base64::prelude::BASE64_STANDARD.decode(authorization.unwrap().strip_prefix("Basic ").unwrap()).unwrap();
    let encoded: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    assert_eq!(String::from_utf8(basic).unwrap(), format!("hub:{encoded}"));
    assert!(!form.contains_key("client_secret") && form["redirect_uri"] == scene.address("/callback"), "{form:?}");
    let post = Scene::standard(&hub.world);
    post.stub.know(|knows| knows.document = json!({ "token_endpoint_auth_methods_supported": ["client_secret_post"] }));
    post.says(json!({})).await.ok();
    let (authorization, form) = post.stub.know(|knows| knows.shown.clone());
    assert_eq!((authorization, form["client_secret"].as_str(), form["client_id"].as_str()), (None, SECRET, "hub"));

    // What the token lacks is asked for, of the same person alone.
    let lacking = json!({ "email": null, "email_verified": null });
    let tells = |sub: &str| json!({ "sub": sub, "email": "noor@s.example", "email_verified": true });
    scene.stub.know(|knows| knows.userinfo = tells("noor-1"));
    scene.says(lacking.clone()).await.ok();
    scene.stub.know(|knows| knows.userinfo = tells("noor-2"));
    scene.says(lacking).await.refused(502, "openid_not_believed");
}

async fn each_algorithm_with_a_public_key_is_believed(hub: TestHub) {
    let noor = person(&hub, "noor@s.example").await;
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        let scene = Scene::signing(&hub.world, "", "standard", "", algorithm);
        assert_eq!(who(&scene, &scene.says(json!({})).await).await, noor.id(), "{algorithm:?}");
    }
}

async fn a_token_that_is_not_what_was_asked_for_is_not_believed(hub: TestHub) {
    person(&hub, "noor@s.example").await;
    let scene = Scene::signing(&hub.world, "", "standard", "", Algorithm::RS256);
    let now = hub.world.clock.now().timestamp();
    for wrong in [
        json!({ "nonce": "another" }),
        json!({ "nonce": null }),
        json!({ "aud": "another" }),
        json!({ "aud": ["another"] }),
        json!({ "aud": null }),
        json!({ "aud": ["hub", "another"] }),
        json!({ "aud": ["hub", "another"], "azp": "another" }),
        json!({ "azp": "another" }),
        json!({ "iss": "https://another.example" }),
        json!({ "iss": format!("{}/", scene.stub.issuer()) }),
        json!({ "iss": null }),
        json!({ "exp": now - 90 }),
        json!({ "exp": null }),
        json!({ "exp": "soon" }),
        json!({ "nbf": now + 91 }),
        json!({ "iat": now + 91 }),
        json!({ "iat": null }),
        json!({ "sub": "" }),
        json!({ "sub": null }),
        json!({ "sub": "x".repeat(256) }),
    ] {
        let reply = scene.says(wrong.clone()).await;
        assert_eq!(reply.status, 502, "{wrong}: {reply}");
        reply.refused(502, "openid_not_believed");
    }
    scene.says(json!({ "aud": ["hub", "another"], "azp": "hub" })).await.ok();

    // Signed by another, by nobody, or by what everybody knows.
    let others = Signer::new(Algorithm::RS256, "one");
    let unsigned = |claims: &Value, algorithm: &str| {
        let header = base64url(format!("{{\"alg\":\"{algorithm}\",\"kid\":\"one\"}}").as_bytes());
        format!("{header}.{}.", base64url(claims.to_string().as_bytes()))
    };
    let symmetric = |claims: &Value, secret: &[u8]| {
        let header = Header { kid: Some("one".into()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(secret)).unwrap()
    };
    let modulus = scene.signer.published()["n"].as_str().unwrap().to_owned();
    let of_another_key = Signer::new(Algorithm::EdDSA, "one");
    type Made<'a> = Box<dyn Fn(&Value) -> String + 'a>;
    let tokens: Vec<Made<'_>> = vec![
        Box::new(|claims| others.sign(claims)),
        Box::new(|claims| of_another_key.sign(claims)),
        Box::new(|claims| unsigned(claims, "none")),
        Box::new(|claims| unsigned(claims, "None")),
        Box::new(|claims| unsigned(claims, "RS256")),
        Box::new(|claims| symmetric(claims, SECRET.as_bytes())),
        Box::new(|claims| symmetric(claims, modulus.as_bytes())),
        Box::new(|_| "a.b.c".to_owned()),
        Box::new(|_| String::new()),
    ];
    for token in &tokens {
        let reply = scene.given(|begun| token(&scene.claims(begun, json!({})))).await;
        reply.refused(502, "openid_not_believed");
    }
    // The header brings its own key along.
    let header = Header {
        jwk: serde_json::from_value(others.published()).ok(),
        kid: Some("mine".into()),
        ..Header::new(Algorithm::RS256)
    };
    let reply = scene.given(|begun| others.sign_under(&header, &scene.claims(begun, json!({})))).await;
    reply.refused(502, "openid_not_believed");
    scene.says(json!({})).await.ok();
}

async fn clocks_may_differ_by_a_minute(hub: TestHub) {
    person(&hub, "noor@s.example").await;
    let scene = Scene::standard(&hub.world);
    let now = hub.world.clock.now().timestamp();
    for over in
        [json!({ "iat": now + 60, "nbf": now + 60, "exp": now + 360 }), json!({ "iat": now - 360, "exp": now - 60 })]
    {
        scene.says(over).await.ok();
    }
}

async fn a_key_that_is_not_known_is_looked_for_once_a_minute(hub: TestHub) {
    person(&hub, "noor@s.example").await;
    let mut scene = Scene::standard(&hub.world);
    scene.says(json!({})).await.ok();
    assert_eq!(scene.stub.asked("/keys"), 1);
    scene.signer = Signer::new(Algorithm::ES256, "two");
    let published = scene.signer.published();
    scene.says(json!({})).await.refused(502, "openid_not_believed");
    hub.world.pass(TimeDelta::seconds(61));
    scene.says(json!({})).await.refused(502, "openid_not_believed");
    assert_eq!(scene.stub.asked("/keys"), 2);
    scene.stub.know(|knows| knows.keys = vec![published]);
    for _ in 0..5 {
        scene.says(json!({})).await.refused(502, "openid_not_believed");
    }
    assert_eq!(scene.stub.asked("/keys"), 2, "not more than once a minute");
    hub.world.pass(TimeDelta::seconds(61));
    scene.says(json!({})).await.ok();
    assert_eq!(scene.stub.asked("/keys"), 3);
    assert_eq!(scene.stub.asked("/.well-known/openid-configuration"), 1, "it is kept");
}

async fn a_sign_in_is_ended_once_in_its_own_browser_within_ten_minutes(hub: TestHub) {
    person(&hub, "noor@s.example").await;
    let scene = Scene::standard(&hub.world);
    let begun = scene.begin().await;
    scene.stub.know(|knows| knows.token = scene.signer.sign(&scene.claims(&begun, json!({}))));
    let query = format!("code=good&state={}", begun.state);
    let over = |reply: Reply| drop(reply.refused(400, "openid_failed"));
    over(scene.back(None, &query).await);
    let other = scene.begin().await;
    over(scene.back(Some(&other.browser), &query).await);
    over(scene.back(Some(&begun.browser), "code=good").await);
    over(scene.back(Some(&begun.browser), "code=good&state=another").await);
    scene.back(Some(&begun.browser), &format!("{query}&state=x")).await.invalid(&[("state", "duplicate_field")]);
    scene.stub.know(|knows| knows.challenge = String::new());
    over(scene.back(Some(&begun.browser), &query).await);
    // It was ended by that, also with a code that the provider would take now.
    over(scene.back(Some(&begun.browser), &query).await);

    let begun = scene.begin().await;
    scene.stub.know(|knows| knows.token = scene.signer.sign(&scene.claims(&begun, json!({}))));
    let query = format!("code=good&state={}&session_state=x&scope=openid", begun.state);
    scene.back(Some(&begun.browser), &query).await.ok();
    over(scene.back(Some(&begun.browser), &query).await);

    let begun = scene.begin().await;
    hub.world.pass(TimeDelta::minutes(10));
    over(scene.back(Some(&begun.browser), &format!("code=good&state={}", begun.state)).await);

    // Two at once in one browser, and a code without one.
    let first = scene.begin().await;
    let second = scene.begin_in(first.browser.clone(), "").await;
    for begun in [&second, &first] {
        let missing = scene.back(Some(&second.browser), &format!("state={}", begun.state)).await;
        missing.invalid(&[("code", "missing")]);
    }
    assert_eq!(flows(&hub.world).await, 0, "what is over is not kept");
}

/// How many sign-ins are begun and not ended, but for those of which nobody came back.
async fn flows(world: &World) -> i64 {
    world.pass(TimeDelta::minutes(11));
    world.round().await;
    let mut tx = world.db().read_everywhere().await.unwrap();
    let (count,): (i64,) = tx.query("SELECT COUNT(*) FROM openid_flows").one().await.unwrap();
    count
}

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

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const ANOTHER: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

async fn entra_is_believed_of_the_tenants_that_are_named(hub: TestHub) {
    let noor = person(&hub, "noor@s.example").await;
    let tenants = format!("tenants = ['{TENANT}']");
    let scene = Scene::with(&hub.world, "/common/v2.0", "entra", &tenants);
    let address = scene.stub.address.clone();
    scene.stub.know(|knows| knows.issuer = Some(format!("{address}/{{tenantid}}/v2.0")));
    let of = |tenant: &str| format!("{address}/{tenant}/v2.0");
    let signed = |over: Value| {
        let mut claims = json!({ "iss": of(TENANT), "tid": TENANT, "email_verified": null });
        claims.as_object_mut().unwrap().extend(over.as_object().unwrap().clone());
        claims
    };
    // Whoever owns a tenant writes any address into it.
    let stranger = signed(json!({ "iss": of(ANOTHER), "tid": ANOTHER, "email_verified": true }));
    scene.says(stranger).await.refused(401, "sign_in_failed");
    scene.says(signed(json!({ "tid": ANOTHER }))).await.refused(502, "openid_not_believed");
    scene.says(signed(json!({ "tid": null }))).await.refused(502, "openid_not_believed");
    scene.says(signed(json!({ "iss": of("common") }))).await.refused(502, "openid_not_believed");
    scene.says(signed(json!({ "xms_edov": false }))).await.refused(401, "sign_in_failed");
    let by_name = signed(json!({ "email": null, "preferred_username": "Noor@S.example" }));
    assert_eq!(who(&scene, &scene.says(by_name).await).await, noor.id());
    assert_eq!(who(&scene, &scene.says(signed(json!({}))).await).await, noor.id());
    assert_eq!(scene.stub.asked("/userinfo"), 0);
    // The same subject of another tenant is somebody else.
    let same = signed(json!({ "iss": of(ANOTHER), "tid": ANOTHER }));
    scene.says(same).await.refused(401, "sign_in_failed");
}

async fn google_and_dfe_sign_in_are_known_by_their_ways(hub: TestHub) {
    let noor = person(&hub, "noor@s.example").await;
    let google = Scene::with(&hub.world, "", "google", "hosted_domains = ['s.example']");
    for hd in [json!(null), json!("t.example")] {
        google.says(json!({ "hd": hd })).await.refused(401, "sign_in_failed");
    }
    google.says(json!({ "hd": "s.example", "email_verified": false })).await.refused(401, "sign_in_failed");
    assert_eq!(who(&google, &google.says(json!({ "hd": "s.example" })).await).await, noor.id());

    let dfe = Scene::with(&hub.world, "", "dfe", "");
    let page = Browser::new().get(&dfe.address("")).await;
    assert_eq!(page.sends("scope"), "openid email profile organisation");
    let organisation = json!({ "id": "1", "name": "Zzyzx Academy", "urn": "100000" });
    let reply = dfe.says(json!({ "email_verified": null, "organisation": organisation })).await;
    assert_eq!(who(&dfe, &reply).await, noor.id());
    let (authorization, form) = dfe.stub.know(|knows| knows.shown.clone());
    assert_eq!((authorization, form["client_secret"].as_str()), (None, SECRET), "in the form, whatever it says");
    let mut tx = hub.world.db().read_everywhere().await.unwrap();
    let kept: Vec<(String, String)> = tx.query("SELECT issuer, subject FROM openid_subjects").all().await.unwrap();
    assert_eq!(kept.len(), 2);
    assert!(!format!("{kept:?}").contains("Zzyzx"));
}

async fn somebody_of_several_hubs_says_which(world: World) {
    let (one, other) = (world.hub("West London").await, world.hub("South London").await);
    let (of_one, of_other) = (person(&one, "noor@s.example").await, person(&other, "noor@s.example").await);
    let scene = Scene::standard(&world);
    let open = scene.says(json!({})).await.ok();
    assert_eq!((&open["access_token"], open["hubs"].as_array().unwrap().len()), (&Value::Null, 2));
    for (hub, person) in [(&one, &of_one), (&other, &of_other)] {
        let begun = scene.begin_in(Browser::new(), &format!("?hub_id={}", hub.id)).await;
        scene.stub.know(|knows| knows.token = scene.signer.sign(&scene.claims(&begun, json!({}))));
        let reply = scene.back(Some(&begun.browser), &format!("code=good&state={}", begun.state)).await;
        assert_eq!(who(&scene, &reply).await, person.id());
    }
    // A hub that is none of theirs is no wish.
    let begun = scene.begin_in(Browser::new(), &format!("?hub_id={}", crate::support::nobody())).await;
    scene.stub.know(|knows| knows.token = scene.signer.sign(&scene.claims(&begun, json!({}))));
    let reply = scene.back(Some(&begun.browser), &format!("code=good&state={}", begun.state)).await;
    assert_eq!(reply.ok()["hub"], Value::Null);
    let stranger = world.stranger().at(&scene.service);
    stranger.get("/v1/auth/openid/stub?hub_id=x").await.invalid(&[("hub_id", "invalid")]);
    stranger.get("/v1/auth/openid/stub?colour=red").await.invalid(&[("colour", "unknown_field")]);
}

async fn nobody_signs_in_by_a_provider_where_that_is_switched_off(world: World) {
    let stub = Stub::start("");
    let settings = stub.settings("standard", "");
    let service = world.another_service(|all| {
        all.openid = settings;
        all.sign_in.retain(|way| *way != hub_credits::base::config::Way::Openid);
    });
    let stranger = world.stranger().at(&service);
    assert_eq!(stranger.get("/v1/auth/ways").await.ok()["openid"], json!([]));
    stranger.get("/v1/auth/openid/stub").await.refused(403, "way_switched_off");
    stranger.get("/v1/auth/openid/stub/callback?code=good&state=x").await.refused(403, "way_switched_off");
    assert_eq!(stub.asked("/.well-known/openid-configuration"), 0);
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
