//! Signing in by a provider of OpenID Connect: what it is sent, who comes in by it, and as whom.

use chrono::TimeDelta;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Browser, Client, Reply, SECRET, Service, Signer, Stub, TestHub, World};

/// A service with a stub of a provider, and somebody's browser.
pub(super) struct Scene {
    pub(super) stub: Stub,
    pub(super) service: Service,
    world: World,
    pub(super) signer: Signer,
}

/// A sign-in that was begun in a browser.
pub(super) struct Begun {
    pub(super) browser: Browser,
    pub(super) state: String,
    nonce: String,
}

impl Scene {
    fn with(world: &World, path: &str, kind: &str, more: &str) -> Scene {
        Scene::signing(world, path, kind, more, Algorithm::EdDSA)
    }

    pub(super) fn signing(world: &World, path: &str, kind: &str, more: &str, algorithm: Algorithm) -> Scene {
        let (stub, signer) = (Stub::start(path), Signer::new(algorithm, "one"));
        stub.know(|knows| knows.keys = vec![signer.published()]);
        let settings = stub.settings(kind, more);
        let service = world.another_service(|all| all.openid = settings);
        Scene { stub, service, world: world.clone(), signer }
    }

    pub(super) fn standard(world: &World) -> Scene {
        Scene::with(world, "", "standard", "")
    }

    fn address(&self, rest: &str) -> String {
        format!("{}/v1/auth/openid/stub{rest}", self.service.address)
    }

    pub(super) async fn begin(&self) -> Begun {
        self.begin_in(Browser::new(), "").await
    }

    async fn begin_in(&self, mut browser: Browser, query: &str) -> Begun {
        let page = browser.get(&self.address(query)).await;
        assert_eq!(page.status, 302, "{page:?}");
        self.stub.know(|knows| knows.challenge = page.sends("code_challenge"));
        Begun { browser, state: page.sends("state"), nonce: page.sends("nonce") }
    }

    /// What a token says that is good now, with these claims over it.
    pub(super) fn claims(&self, begun: &Begun, over: Value) -> Value {
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
    pub(super) async fn back(&self, browser: Option<&Browser>, query: &str) -> Reply {
        let caller = self.world.stranger().at(&self.service);
        let request = caller.get(&format!("/v1/auth/openid/stub/callback?{query}"));
        match browser {
            Some(browser) => request.header("cookie", &browser.cookie_header()).await,
            None => request.await,
        }
    }

    /// A whole sign-in in which the provider gives this token.
    pub(super) async fn given(&self, token: impl FnOnce(&Begun) -> String) -> Reply {
        let begun = self.begin().await;
        self.stub.know(|knows| knows.token = token(&begun));
        self.back(Some(&begun.browser), &format!("code=good&state={}", begun.state)).await
    }

    /// A whole sign-in in which the provider says this.
    pub(super) async fn says(&self, over: Value) -> Reply {
        self.given(|begun| self.signer.sign(&self.claims(begun, over))).await
    }
}

/// A teacher with this address.
pub(super) async fn person(hub: &TestHub, email: &str) -> Client {
    let school = hub.school(&format!("School of {email}")).await;
    let new = json!({ "name": "Noor Aziz", "email": email, "role": "teacher", "school_id": school.id });
    let made = hub.manager().post("/v1/people", new).await.created();
    hub.world.person(&hub.id, made["id"].as_str().unwrap())
}

/// The person that an answer signs in.
pub(super) async fn who(scene: &Scene, reply: &Reply) -> String {
    let token = reply.ok()["access_token"].as_str().unwrap().to_owned();
    let caller = scene.world.stranger().at(&scene.service).with_token(token);
    caller.get("/v1/me").await.ok()["id"].as_str().unwrap().to_owned()
}

both_engines!(
    a_verified_address_finds_the_person_and_then_the_subject_decides,
    what_is_sent_to_the_provider_is_what_it_needs,
    a_sign_in_is_ended_once_in_its_own_browser_within_ten_minutes,
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
