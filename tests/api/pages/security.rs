//! What browsers could be made to do, or to show, that their people do not want.

use reqwest::header::HeaderMap;
use serde_json::json;

use crate::both_engines;
use crate::support::{Client, PASSWORD, Seen, Tab, TestHub, filled};

both_engines!(
    a_cookie_of_before_signing_in_is_worth_nothing_after,
    a_form_of_elsewhere_does_nothing,
    pages_are_not_framed_stored_nor_given_scripts,
    what_comes_next_is_never_elsewhere,
    cookies_are_out_of_reach,
    a_cookie_is_no_token_and_a_token_no_cookie,
    after_signing_out_nothing_is_shown,
    a_session_that_is_ended_elsewhere_is_signed_out_here,
    what_people_type_is_shown_as_they_typed_it
);

/// A request with nothing but these headers.
async fn raw(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Seen {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    let mut request = http.request(method.parse().unwrap(), url).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Seen { status, headers, text: response.text().await.unwrap() }
}

/// The cookies that an answer sets, each as a whole.
fn cookies(headers: &HeaderMap) -> Vec<String> {
    headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
}

/// The cookie of a session, `name=value`, that an answer sets.
fn session(seen: &Seen) -> String {
    let found = cookies(&seen.headers).into_iter().find(|cookie| cookie.starts_with("hub_credits="));
    found.unwrap_or_else(|| panic!("{seen:?}")).split(';').next().unwrap().to_owned()
}

fn body(fields: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A browser in which somebody has joined and signed in, with the cookie of their session.
async fn entered(hub: &TestHub, person: &Client) -> (Tab, String) {
    let (email, _) = hub.joins(person).await;
    let tab = Tab::new(person.address());
    let seen = tab.submit("/sign-in", "/sign-in", &[("email", &email), ("password", PASSWORD)]).await;
    assert_eq!(seen.location(), "/");
    (tab, session(&seen))
}

/// An access token of somebody who has joined, of another session.
async fn again(hub: &TestHub, person: &Client) -> String {
    let signed_in = hub.world.sign_in(&hub.email_of(person).await, PASSWORD, json!({})).await.ok();
    signed_in["access_token"].as_str().unwrap().to_owned()
}

async fn a_cookie_of_before_signing_in_is_worth_nothing_after(hub: TestHub) {
    let (victim, attacker) = (hub.viewer().await, hub.viewer().await);
    let at = victim.address().to_owned();
    // What a visitor has before they sign in.
    let before = raw("GET", &format!("{at}/sign-in"), &[], "").await;
    let visit = cookies(&before.headers)[0].split(';').next().unwrap().to_owned();
    assert!(visit.starts_with("hub_credits_visit="), "{visit}");
    let (email, _) = hub.joins(&victim).await;
    let fields = filled(before.form("/sign-in"), &[("email", &email), ("password", PASSWORD)]);
    // The attacker has planted their own session too.
    let (_, planted) = entered(&hub, &attacker).await;
    let sent = [FORM, ("cookie", visit.as_str())];
    let signed_in = raw("POST", &format!("{at}/sign-in"), &sent, &body(&fields)).await;
    let own = session(&signed_in);
    assert!(own != planted && !own.contains(&visit));
    let known = raw("GET", &format!("{at}/account"), &[("cookie", &visit)], "").await;
    assert_eq!(known.location(), "/sign-in?next=%2Faccount");
    let theirs = raw("GET", &format!("{at}/account"), &[("cookie", &planted)], "").await;
    let name = attacker.get("/v1/me").await.ok()["email"].as_str().unwrap().to_owned();
    assert!(theirs.text.contains(&name) && !theirs.text.contains(&email), "it shows its own person still");
    // Signing in again in the same browser begins another session.
    let page = raw("GET", &format!("{at}/sign-in"), &[("cookie", &own)], "").await;
    let fields = filled(page.form("/sign-in"), &[("email", &email), ("password", PASSWORD)]);
    let again = raw("POST", &format!("{at}/sign-in"), &[FORM, ("cookie", &own)], &body(&fields)).await;
    assert_ne!(session(&again), own);
}

async fn a_form_of_elsewhere_does_nothing(hub: TestHub) {
    let viewer = hub.viewer().await;
    let (tab, cookie) = entered(&hub, &viewer).await;
    let (other, _) = entered(&hub, &hub.viewer().await).await;
    let url = format!("{}/sign-out", viewer.address());
    let good = tab.form("/account", "/sign-out").await;
    let of_another = other.form("/account", "/sign-out").await;
    let sent = async |more: &[(&str, &str)], fields: &[(String, String)]| {
        let headers: Vec<_> = [FORM, ("cookie", cookie.as_str())].into_iter().chain(more.iter().copied()).collect();
        raw("POST", &url, &headers, &body(fields)).await.status
    };
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1", "https://hub.example.evil.example"] {
        assert_eq!(sent(&[("origin", origin)], &good).await, 403, "{origin}");
    }
    for from in ["cross-site", "same-site"] {
        assert_eq!(sent(&[("sec-fetch-site", from)], &good).await, 403, "{from}");
    }
    assert_eq!(sent(&[], &[]).await, 403, "without a mark");
    assert_eq!(sent(&[], &of_another).await, 403, "with the mark of another session");
    let (key, mark) = (good[0].clone(), good[1].clone());
    for (key, mark) in [("another", mark.1.as_str()), (key.1.as_str(), ""), (key.1.as_str(), "00")] {
        let wrong = [("form_key".to_owned(), key.to_owned()), ("form_mark".to_owned(), mark.to_owned())];
        assert_eq!(sent(&[], &wrong).await, 403);
    }
    // Nor does a body that a page elsewhere can send without asking.
    for media in ["text/plain", "multipart/form-data; boundary=x", "application/json"] {
        let headers = [("content-type", media), ("cookie", cookie.as_str())];
        assert_eq!(raw("POST", &url, &headers, &body(&good)).await.status, 415, "{media}");
    }
    assert!([404, 405].contains(&raw("GET", &url, &[("cookie", &cookie)], "").await.status), "a link does nothing");
    assert_eq!(tab.get("/account").await.status, 200, "they are still signed in");
    let origin = viewer.address().to_owned();
    assert_eq!(sent(&[("origin", &origin), ("sec-fetch-site", "same-origin")], &good).await, 303);
}

async fn pages_are_not_framed_stored_nor_given_scripts(hub: TestHub) {
    let (tab, _) = entered(&hub, &hub.new_manager().await).await;
    let link = hub.manager().post(&format!("/v1/people/{}/invite", hub.viewer().await.id()), None).await.created();
    let invitation = link["link"].as_str().unwrap().strip_prefix(hub.manager().address()).unwrap().to_owned();
    let paths = [
        "/",
        "/account",
        "/account/keys",
        "/account/sessions",
        "/account/data",
        "/account/app",
        "/catalogue",
        "/sign-in",
        "/sign-in/code",
        "/sign-in/code/given",
        "/sign-in/forgotten",
        "/sign-in/hub",
        "/sign-in/app",
        "/certificates",
        "/invitation/0000",
        "/no/such/page",
        invitation.as_str(),
    ];
    for path in paths {
        let seen = tab.get(path).await;
        let header = |name: &str| seen.headers.get(name).map_or("", |value| value.to_str().unwrap());
        if header("content-type").starts_with("application/problem+json") {
            continue;
        }
        assert!([200, 404].contains(&seen.status), "{path}: {}", seen.status);
        let policy = header("content-security-policy");
        for said in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
            assert!(policy.contains(said), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{path}");
        // What leads elsewhere is not told from where.
        assert!(["same-origin", "no-referrer"].contains(&header("referrer-policy")), "{path}");
        assert!(!seen.text.contains(" style=") && !seen.text.contains("<style") && !seen.text.contains("onclick"));
    }
}

async fn what_comes_next_is_never_elsewhere(hub: TestHub) {
    let viewer = hub.viewer().await;
    let (email, _) = hub.joins(&viewer).await;
    for next in [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "/v1/me",
        "evil.example",
        "/\r\nset-cookie: a=b",
    ] {
        let tab = Tab::new(viewer.address());
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
        let fields = tab.form(&format!("/sign-in?{query}"), "/sign-in").await;
        assert!(fields.contains(&("next".to_owned(), "/".to_owned())), "{next:?}: {fields:?}");
        // Nor where the field of the form is changed.
        let fields = filled(fields, &[("email", &email), ("password", PASSWORD), ("next", next)]);
        assert_eq!(tab.send("/sign-in", fields).await.location(), "/", "{next:?}");
        let chosen = tab.submit("/sign-in/hub", "/sign-in/hub", &[("hub_id", &hub.id), ("next", next)]).await;
        assert_eq!(chosen.location(), "/", "{next:?}");
    }
    let tab = Tab::new(viewer.address());
    let to = tab.get("/account/sessions?a=%2F%2Fb").await.location().to_owned();
    assert_eq!(to, "/sign-in?next=%2Faccount%2Fsessions%3Fa%3D%252F%252Fb");
    let entered = tab.submit(&to, "/sign-in", &[("email", &email), ("password", PASSWORD)]).await;
    assert_eq!(entered.location(), "/account/sessions?a=%2F%2Fb");
}

async fn cookies_are_out_of_reach(hub: TestHub) {
    let viewer = hub.viewer().await;
    let (email, _) = hub.joins(&viewer).await;
    let secure = hub.world.another_service(|settings| settings.public_url = "https://hub.example".to_owned());
    for (address, https) in [(viewer.address(), false), (secure.address.as_str(), true)] {
        let tab = Tab::new(address);
        let page = tab.get("/sign-in").await;
        let fields = filled(page.form("/sign-in"), &[("email", &email), ("password", PASSWORD)]);
        let entered = tab.send("/sign-in", fields).await;
        let all = [cookies(&page.headers), cookies(&entered.headers)].concat();
        assert_eq!(all.len(), 3, "of the visit, the session and the browser: {all:?}");
        for cookie in all {
            let (_, said) = cookie.split_once(';').unwrap();
            for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
                assert!(said.contains(attribute), "{cookie}");
            }
            assert!(!said.contains("Domain") && said.contains("Secure") == https, "{cookie}");
        }
    }
}

async fn a_cookie_is_no_token_and_a_token_no_cookie(hub: TestHub) {
    let viewer = hub.viewer().await;
    let (_, cookie) = entered(&hub, &viewer).await;
    let signed_in = again(&hub, &viewer).await;
    let at = viewer.address();
    let value = cookie.strip_prefix("hub_credits=").unwrap();
    let me = format!("{at}/v1/me");
    for header in [("authorization", format!("Bearer {value}")), ("cookie", cookie.clone())] {
        assert_eq!(raw("GET", &me, &[(header.0, &header.1)], "").await.status, 401, "{}", header.0);
    }
    for path in ["/v1/me/sessions", "/v1/hub", "/v1/events"] {
        assert_eq!(raw("GET", &format!("{at}{path}"), &[("cookie", &cookie)], "").await.status, 401, "{path}");
    }
    let post = [("cookie", cookie.as_str()), ("content-type", "application/json")];
    assert_eq!(raw("POST", &format!("{at}/v1/auth/logout-everywhere"), &post, "").await.status, 401);
    for token in [signed_in.as_str(), viewer.token()] {
        let sent = format!("hub_credits={token}");
        let seen = raw("GET", &format!("{at}/account"), &[("cookie", &sent)], "").await;
        assert_eq!(seen.location(), "/sign-in?next=%2Faccount");
    }
    assert_eq!(raw("GET", &format!("{at}/account"), &[("cookie", &cookie)], "").await.status, 200);
}

async fn after_signing_out_nothing_is_shown(hub: TestHub) {
    let viewer = hub.viewer().await;
    let (tab, cookie) = entered(&hub, &viewer).await;
    assert_eq!(tab.get("/account/sessions").await.headers["cache-control"], "no-store");
    let out = tab.submit("/account", "/sign-out", &[]).await;
    assert_eq!(out.location(), "/sign-in?done=signed-out");
    assert_eq!(out.headers["clear-site-data"], "\"cache\", \"storage\"");
    assert!(cookies(&out.headers).iter().any(|cookie| cookie.starts_with("hub_credits=;")), "{out:?}");
    assert!(tab.get("/sign-in?done=signed-out").await.words().contains("You have signed out."));
    // The cookie of before, kept or copied, opens nothing.
    let account = format!("{}/account", viewer.address());
    for cookie in [cookie.as_str(), ""] {
        let seen = raw("GET", &account, &[("cookie", cookie)], "").await;
        assert_eq!(seen.location(), "/sign-in?next=%2Faccount");
        assert!(seen.text.is_empty());
    }
}

async fn a_session_that_is_ended_elsewhere_is_signed_out_here(hub: TestHub) {
    let viewer = hub.viewer().await;
    let (tab, cookie) = entered(&hub, &viewer).await;
    let form = tab.form("/account/sessions", "/sign-out").await;
    let token = again(&hub, &viewer).await;
    hub.world.stranger().with_token(token).post("/v1/auth/logout-everywhere", None).await.is(204);
    assert_eq!(tab.get("/account").await.location(), "/sign-in?next=%2Faccount");
    // A form that was open does nothing any more.
    let headers = [FORM, ("cookie", cookie.as_str())];
    let url = format!("{}/account/sessions/end-others", viewer.address());
    assert_eq!(raw("POST", &url, &headers, &body(&form)).await.location(), "/sign-in");
    // Whoever is disabled is out at once.
    let other = hub.viewer().await;
    let (tab, _) = entered(&hub, &other).await;
    hub.manager().post(&format!("/v1/people/{}/disable", other.id()), None).await.ok();
    assert_eq!(tab.get("/account").await.location(), "/sign-in?next=%2Faccount");
}

/// What somebody could type to have it run by whoever looks at it.
const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>",
    "</title><script>alert(1)</script>",
    "</textarea><svg/onload=alert(1)>",
    "\" autofocus onfocus=alert(1) x=\"",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{7*7}}{% raw %}",
    "&lt;script&gt;&#60;script&#62;",
    "<!--<script>",
    "]]><script>alert(1)</script>",
    "\u{202e}<b>\u{2028}",
];

/// A page whose scripts are ours alone, and on which nothing runs by itself.
fn is_clean(seen: &Seen, typed: &str) {
    if seen.status == 303 {
        let to = seen.headers["location"].to_str().unwrap();
        assert!(to.starts_with('/') && !to.starts_with("//"), "{to}");
        return;
    }
    let page = seen.page();
    for element in &page.within {
        let handler = element.attributes.iter().find(|(name, _)| name.starts_with("on"));
        assert!(handler.is_none(), "{typed}: {handler:?} in {}", seen.text);
        let runs = element.attributes.iter().any(|(name, value)| {
            ["href", "src", "action", "formaction"].contains(&name.as_str()) && value.starts_with("javascript:")
        });
        assert!(!runs, "{typed}: {}", seen.text);
    }
    let scripts = page.all("script");
    assert!(scripts.iter().all(|script| script.attribute("src").is_some_and(|src| src.starts_with("/assets/"))));
    assert!(scripts.len() <= 1 && page.all("img").is_empty() && page.all("svg").is_empty(), "{typed}: {}", seen.text);
}

async fn what_people_type_is_shown_as_they_typed_it(hub: TestHub) {
    let manager = hub.new_manager().await;
    let (tab, _) = entered(&hub, &manager).await;
    let guest = Tab::new(manager.address());
    let code = hub.viewer().await;
    let invited = hub.manager().post(&format!("/v1/people/{}/invite", code.id()), None).await.created();
    let invitation = invited["link"].as_str().unwrap().strip_prefix(manager.address()).unwrap().to_owned();
    for typed in HOSTILE {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(["next", "failed", "done", "number", "after"].map(|name| (name, *typed)))
            .finish();
        for path in ["/sign-in", "/sign-in/code", "/sign-in/code/given", "/certificates"] {
            is_clean(&guest.get(&format!("{path}?{query}")).await, typed);
        }
        for (page, action, fields) in [
            ("/sign-in", "/sign-in", vec!["email", "password", "next", "totp_code"]),
            ("/sign-in/code", "/sign-in/code", vec!["email", "next"]),
            ("/sign-in/code/given", "/sign-in/code/given", vec!["email", "code", "request", "next", "totp_code"]),
            ("/sign-in/forgotten", "/sign-in/forgotten", vec!["email"]),
            (invitation.as_str(), invitation.as_str(), vec!["totp_code"]),
        ] {
            let filled: Vec<_> = fields.iter().map(|name| (*name, *typed)).collect();
            let seen = guest.submit(page, action, &filled).await;
            is_clean(&seen, typed);
            if fields.contains(&"email") && seen.status == 200 {
                let again = seen.form(action);
                assert!(again.contains(&("email".to_owned(), (*typed).to_owned())), "{typed}: {again:?}");
            }
        }
        for (page, fields) in [
            ("/account/name", vec!["name"]),
            ("/account/address", vec!["email"]),
            ("/account/password", vec!["current", "new"]),
            ("/account/keys", vec!["name"]),
            ("/account/keys", vec!["name", "scope", "days"]),
            ("/sign-in/hub", vec!["hub_id", "next"]),
        ] {
            let filled: Vec<_> = fields.iter().map(|name| (*name, *typed)).collect();
            is_clean(&tab.submit(page, page, &filled).await, typed);
        }
        // Where it was taken, it is shown.
        for page in ["/account", "/account/keys", "/account/data", "/account/name"] {
            is_clean(&tab.get(page).await, typed);
        }
    }
    let named = manager.get("/v1/me").await.ok()["name"].as_str().unwrap().to_owned();
    assert!(tab.get("/account").await.words().contains(&named), "{named}");
    let keys = tab.get("/account/keys").await.words();
    assert!(keys.contains("<script>alert(1)</script>"), "{keys}");
}
