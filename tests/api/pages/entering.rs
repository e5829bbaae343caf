//! Coming in by a browser: each link does what its page says, once, and by a button alone.

use hub_credits::base::config::Demonstrated;
use hub_credits::base::text::Email;
use serde_json::json;

use crate::both_engines;
use crate::support::{
    Browser, Client, PASSWORD, Seen, Signer, Stub, Tab, TestHub, app_code, filled, new_session, with,
};

both_engines!(
    an_invitation_is_accepted_by_its_button_alone,
    codes_and_links_that_are_passed_on_sign_in,
    a_password_is_set_by_a_link,
    whoever_began_with_a_provider_on_a_page_comes_back_to_a_page,
    somebody_of_several_hubs_chooses_one_and_changes,
    a_manager_sets_up_the_app_that_the_hub_asks_for,
    a_password_that_was_right_counts_for_one_browser_and_five_minutes,
    a_new_address_is_confirmed_by_its_button,
    a_certificate_is_checked_by_anyone,
    a_demonstration_lists_whom_one_can_look_as,
    a_hub_shows_its_programme_where_it_says_so
);

fn last(link: &serde_json::Value) -> String {
    link.as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

/// The path of what a manager made for somebody.
async fn made(hub: &TestHub, person: &Client, what: &str) -> serde_json::Value {
    hub.manager().post(&format!("/v1/people/{}/{what}", person.id()), None).await.created()
}

/// Who is signed in, by the head of the page of their account.
async fn name_in(tab: &Tab) -> String {
    let page = tab.get("/account").await.page();
    page.all("header")[0].text.clone()
}

/// A link that opens nothing says what to do, with 404.
fn is_gone(seen: &Seen) {
    assert_eq!(seen.status, 404, "{}", seen.text);
    assert!(seen.text.contains("This link does not work any more"), "{}", seen.text);
}

async fn an_invitation_is_accepted_by_its_button_alone(hub: TestHub) {
    let viewer = hub.viewer().await;
    let link = made(&hub, &viewer, "invite").await["link"].clone();
    let (tab, path) = (Tab::new(viewer.address()), format!("/invitation/{}", last(&link)));
    assert_eq!(link, format!("{}{path}", viewer.address()));
    // Looking at it, however often, uses nothing up; nor does a link to the operation of the API, in a browser.
    let old = hub.world.stranger().get(&format!("/v1/auth/invitations/{}", last(&link)));
    let raw = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    let leads = raw.get(format!("{}/v1/auth/invitations/{}", viewer.address(), last(&link)));
    let leads = leads.header("accept", "text/html,*/*").send().await.unwrap();
    assert_eq!((leads.status().as_u16(), leads.headers()["location"].to_str().unwrap()), (303, path.as_str()));
    old.await.ok();
    for _ in 0..3 {
        assert!(tab.get(&path).await.words().contains("West London"));
    }
    // What can't be taken comes back with a reason, and nothing is used up.
    let weak = tab.submit(&path, &path, &[("password", "password123")]).await;
    assert!(weak.words().contains("commonest"), "{}", weak.words());
    assert!(!weak.text.contains("password123"), "a password is shown again");
    assert_eq!(tab.submit(&path, &path, &[("password", PASSWORD)]).await.location(), "/?done=welcome");
    assert!(name_in(&tab).await.contains("Sign out"));
    is_gone(&tab.get(&path).await);

    // One without a password comes in by the other button, where there are other ways.
    let other = hub.viewer().await;
    let path = format!("/invitation/{}", last(&made(&hub, &other, "invite").await["link"]));
    let tab = Tab::new(other.address());
    let fields = tab.form(&path, &path).await;
    let fields = fields.into_iter().filter(|(name, _)| name != "password").collect();
    assert_eq!(tab.send(&path, filled(fields, &[("without", "yes")])).await.location(), "/?done=welcome");
    is_gone(&tab.get("/invitation/0000").await);
}

async fn codes_and_links_that_are_passed_on_sign_in(hub: TestHub) {
    let viewer = hub.viewer().await;
    let (email, _) = hub.joins(&viewer).await;
    let code = made(&hub, &viewer, "sign-in-code").await;
    let tab = Tab::new(viewer.address());
    let page = "/sign-in/code/given?next=%2Faccount%2Fsessions";
    let typed = [("email", email.as_str()), ("code", "1 2 3")];
    let wrong = tab.submit(page, "/sign-in/code/given", &typed).await;
    let again = wrong.form("/sign-in/code/given");
    assert!(again.contains(&("email".to_owned(), email.clone())), "what was typed stays: {again:?}");
    let typed = filled(again, &[("code", code["code"].as_str().unwrap())]);
    assert_eq!(tab.send("/sign-in/code/given", typed).await.location(), "/account/sessions");
    assert!(tab.get("/account/sessions").await.words().contains("By a code"));

    let link = made(&hub, &viewer, "sign-in-code").await["link"].clone();
    let path = format!("/sign-in/link/{}", last(&link));
    assert!(link.as_str().unwrap().ends_with(&path), "{link}");
    let tab = Tab::new(viewer.address());
    for _ in 0..3 {
        assert!(tab.get(&path).await.words().contains(&email));
    }
    assert_eq!(tab.submit(&path, &path, &[]).await.location(), "/");
    is_gone(&tab.get(&path).await);
    // Whoever asks is told the same, whether there is anybody.
    let mut told = Vec::new();
    for email in [email.as_str(), "nobody@hub.example"] {
        let seen = tab.submit("/sign-in/code", "/sign-in/code", &[("email", email)]).await;
        told.push(seen.words().replace(email, "…"));
    }
    assert_eq!(told[0], told[1]);
    assert!(told[0].contains("This service sends no e-mail") && !told[0].contains("on its way"), "{}", told[0]);
}

async fn a_password_is_set_by_a_link(hub: TestHub) {
    let viewer = hub.viewer().await;
    let (email, _) = hub.joins(&viewer).await;
    let asked = Tab::new(viewer.address());
    let asked = asked.submit("/sign-in/forgotten", "/sign-in/forgotten", &[("email", "nobody@hub.example")]).await;
    assert_eq!(asked.location(), "/sign-in?done=reset-unsent", "the service of the tests sends no e-mail");
    let page = Tab::new(viewer.address()).get("/sign-in/forgotten").await.words();
    assert!(page.contains("This service sends no e-mail") && page.contains("Ask a manager of your hub"), "{page}");
    let path = format!("/reset/{}", last(&made(&hub, &viewer, "reset").await["link"]));
    let tab = Tab::new(viewer.address());
    for _ in 0..3 {
        assert!(tab.get(&path).await.words().contains(&email));
    }
    let short = tab.submit(&path, &path, &[("password", "short")]).await;
    assert!(short.words().contains("at least 10 characters"), "{}", short.words());
    let set = tab.submit(&path, &path, &[("password", "another horse, another day")]).await;
    assert_eq!(set.location(), "/?done=password-set");
    is_gone(&tab.get(&path).await);
    hub.world.sign_in(&email, PASSWORD, json!({})).await.refused(401, "sign_in_failed");
    hub.world.sign_in(&email, "another horse, another day", json!({})).await.ok();
}

async fn whoever_began_with_a_provider_on_a_page_comes_back_to_a_page(hub: TestHub) {
    let email = hub.email_of(&hub.viewer().await).await;
    let (stub, signer) = (Stub::start(""), Signer::new(jsonwebtoken::Algorithm::EdDSA, "one"));
    let settings = stub.settings("standard", "");
    let service = hub.world.another_service(|all| all.openid = settings);
    let begin = async |browser: &mut Browser, next: &str| {
        let page = browser.get(&format!("{}/sign-in/with/stub?next={next}", service.address)).await;
        let now = hub.world.clock.now().timestamp();
        let token = signer.sign(&json!({
            "iss": stub.issuer(), "aud": "hub", "sub": "x", "iat": now, "exp": now + 60, "nonce": page.sends("nonce"),
            "email": email, "email_verified": true,
        }));
        stub.know(|knows| {
            (knows.keys, knows.token) = (vec![signer.published()], token);
            knows.challenge = page.sends("code_challenge");
        });
        format!("{}/v1/auth/openid/stub/callback?state={}", service.address, page.sends("state"))
    };
    for (next, lands) in [("%2Faccount", "/account"), ("https%3A%2F%2Fevil.example%2F", "/")] {
        let mut browser = Browser::new();
        let back = begin(&mut browser, next).await;
        let page = browser.get(&format!("{back}&code=good")).await;
        assert_eq!((page.status, page.headers["location"].to_str().unwrap()), (303, lands), "{page:?}");
        assert_eq!(browser.get(&format!("{}/account", service.address)).await.status, 200);
    }
    let mut browser = Browser::new();
    let back = begin(&mut browser, "%2Faccount").await;
    let page = browser.get(&format!("{back}&error=access_denied")).await;
    assert_eq!(page.headers["location"].to_str().unwrap(), "/sign-in?failed=openid_refused&next=%2Faccount");
    let page = browser.get(page.location().unwrap().as_str()).await;
    assert!(page.status == 200 && page.text.contains("did not let you in"), "{page:?}");
}

async fn somebody_of_several_hubs_chooses_one_and_changes(hub: TestHub) {
    let other = hub.world.hub("South London").await;
    let email = "both@hub.example";
    for hub in [&hub, &other] {
        let body = json!({ "email": email, "name": "Bo Both" });
        let path = format!("/v1/hubs/{}/managers", hub.id);
        let named = hub.world.operator().post(&path, body).no_key().await.created();
        let way_in = hub.world.path_of(&named["link"]);
        hub.world.stranger().post(&way_in, json!({ "password": PASSWORD })).await.ok();
    }
    let tab = Tab::new(hub.manager().address());
    let typed = [("email", email), ("password", PASSWORD)];
    let entered = tab.submit("/sign-in?next=%2Faccount", "/sign-in", &typed).await;
    assert_eq!(entered.location(), "/sign-in/hub?next=%2Faccount");
    for (id, name) in [(&hub.id, "West London"), (&other.id, "South London"), (&hub.id, "West London")] {
        let chosen = tab.submit("/sign-in/hub?next=%2Faccount", "/sign-in/hub", &[("hub_id", id)]).await;
        assert_eq!(chosen.location(), "/account");
        assert!(name_in(&tab).await.contains(name));
    }
    // What a letter of one hub leads to is not found in another, from which one can change over and come back.
    let missing = tab.get(&format!("/events/{}", other.id)).await;
    assert_eq!(missing.status, 404);
    assert!(missing.text.contains(&format!("/sign-in/hub?next=%2Fevents%2F{}", other.id)), "{}", missing.text);
    let nowhere = crate::support::nobody();
    let refused = tab.submit("/sign-in/hub", "/sign-in/hub", &[("hub_id", &nowhere)]).await;
    assert!(refused.words().contains("Choose one of your hubs"));
    assert!(name_in(&tab).await.contains("West London"));
}

async fn a_manager_sets_up_the_app_that_the_hub_asks_for(hub: TestHub) {
    let manager = hub.new_manager().await;
    let tab = hub.tab_by_password(&manager).await;
    let email = hub.email_of(&manager).await;
    let etag = hub.manager().get("/v1/hub").await.etag();
    hub.manager().patch("/v1/hub", &etag, json!({ "totp_for_managers": true })).await.ok();
    assert_eq!(tab.get("/account/sessions").await.location(), "/sign-in/app?next=%2Faccount%2Fsessions");
    let page = "/sign-in/app?next=%2Faccount%2Fsessions";
    let set_up = tab.submit(page, "/sign-in/app/set-up", &[]).await;
    assert_eq!(set_up.location(), page);
    // The same picture stays until a code confirms it.
    let (shown, again) = (tab.get(page).await.page(), tab.get(page).await.page());
    let secret = shown.all("code")[0].text.replace(' ', "");
    assert_eq!(secret, again.all("code")[0].text.replace(' ', ""));
    assert!(shown.all("img")[0].attribute("src").unwrap().starts_with("data:image/svg+xml;base64,"));
    let wrong = tab.submit(page, "/sign-in/app/confirm", &[("code", "000000")]).await;
    assert!(wrong.words().contains("is not a code of your app now"), "{}", wrong.words());
    let code = app_code(&secret, hub.world.clock.now());
    let fields = filled(tab.form(page, "/sign-in/app/confirm").await, &[("code", &code)]);
    let codes = tab.send("/sign-in/app/confirm", fields.clone()).await.page();
    assert_eq!(codes.all("ul").last().unwrap().all("code").len(), 10, "{}", codes.text);
    let recovery = codes.all("ul").last().unwrap().all("code")[0].text.clone();
    // Sent twice it is done once, and shows nothing again.
    assert_eq!(tab.send("/sign-in/app/confirm", fields).await.location(), "/account/sessions");
    assert_eq!(tab.get("/account/sessions").await.status, 200);

    // At the next sign-in the code is asked for, and the password is not asked for again.
    let next = Tab::new(manager.address());
    let asked = next.submit("/sign-in", "/sign-in", &[("email", &email), ("password", PASSWORD)]).await;
    assert!(!asked.text.contains("type=\"password\"") && !asked.text.contains(PASSWORD), "{}", asked.text);
    let wrong = next.send("/sign-in", filled(asked.form("/sign-in"), &[("totp_code", "000000")])).await;
    let fields = filled(wrong.form("/sign-in"), &[("totp_code", &recovery)]);
    assert!(fields.contains(&("email".to_owned(), email.clone())));
    assert_eq!(next.send("/sign-in", fields).await.location(), "/");
    assert_eq!(next.get("/account").await.status, 200);
}

async fn a_password_that_was_right_counts_for_one_browser_and_five_minutes(hub: TestHub) {
    let viewer = hub.viewer().await;
    let (email, signed_in) = hub.joins(&viewer).await;
    let caller = signed_in.caller(&hub.world);
    let secret = caller.post("/v1/me/totp", None).await.created()["secret"].as_str().unwrap().to_owned();
    let code = || app_code(&secret, hub.world.clock.now());
    caller.post("/v1/me/totp/confirm", json!({ "code": code() })).await.ok();
    let later = |seconds| hub.world.pass(chrono::TimeDelta::seconds(seconds));
    let proved = async |tab: &Tab| {
        tab.submit("/sign-in", "/sign-in", &[("email", &email), ("password", PASSWORD)]).await.form("/sign-in")
    };
    let asks_again = |seen: &Seen| {
        assert_eq!(seen.status, 200, "{}", seen.text);
        assert!(
            seen.words().contains("Type your password again") && seen.text.contains("type=\"password\""),
            "{}",
            seen.text
        );
    };
    // Another browser has a form of its own, and what was proved is not its.
    let (mine, other) = (Tab::new(viewer.address()), Tab::new(viewer.address()));
    let fields = proved(&mine).await;
    let theirs = fields.iter().find(|(name, _)| name == "proved").unwrap().1.clone();
    later(60);
    let taken = filled(
        other.form("/sign-in", "/sign-in").await,
        &[("email", &email), ("proved", &theirs), ("totp_code", &code())],
    );
    asks_again(&other.send("/sign-in", taken).await);
    // Nor does it count for another address, or when it was changed.
    let stranger = filled(fields.clone(), &[("email", "nobody@hub.example"), ("totp_code", &code())]);
    asks_again(&mine.send("/sign-in", stranger).await);
    let longer = format!("9{theirs}");
    asks_again(&mine.send("/sign-in", filled(fields.clone(), &[("proved", &longer), ("totp_code", &code())])).await);
    assert_eq!(mine.send("/sign-in", filled(fields, &[("totp_code", &code())])).await.location(), "/");
    // It ends after five minutes.
    let again = Tab::new(viewer.address());
    let fields = proved(&again).await;
    later(301);
    asks_again(&again.send("/sign-in", filled(fields, &[("totp_code", &code())])).await);
    let fields = proved(&again).await;
    later(299);
    assert_eq!(again.send("/sign-in", filled(fields, &[("totp_code", &code())])).await.location(), "/");
}

async fn a_new_address_is_confirmed_by_its_button(hub: TestHub) {
    let viewer = hub.viewer().await;
    let tab = hub.tab_by_password(&viewer).await;
    let asked = tab.submit("/account/address", "/account/address", &[("email", "new.address@hub.example")]).await;
    assert_eq!(asked.location(), "/account/address?done=address-asked");
    assert!(tab.get("/account").await.words().contains("new.address@hub.example waits to be confirmed"));
    let path = format!("/address/{}", last(&made(&hub, &viewer, "email/link").await["link"]));
    for _ in 0..3 {
        assert!(tab.get(&path).await.words().contains("new.address@hub.example"));
    }
    assert_eq!(tab.submit(&path, &path, &[]).await.location(), "/sign-in?done=address-confirmed");
    is_gone(&tab.get(&path).await);
    assert_eq!(tab.get("/account").await.location(), "/sign-in?next=%2Faccount");
    assert_eq!(hub.email_of(&viewer).await, "new.address@hub.example");
}

async fn a_demonstration_lists_whom_one_can_look_as(hub: TestHub) {
    let viewer = hub.viewer().await;
    let me = viewer.get("/v1/me").await.ok();
    let email = Email::parse(me["email"].as_str().unwrap()).unwrap();
    let one = Demonstrated { secret: "5ecre7".into(), email, name: "Gwen Pritchard".into(), role: "hub_viewer".into() };
    let service = hub.world.another_service(|settings| settings.demonstration = vec![one]);
    let tab = Tab::new(viewer.clone().at(&service).address());
    assert!(tab.get("/sign-in").await.words().contains("This is a demonstration"));
    let seen = tab.get("/demo").await;
    assert!(seen.words().contains("Gwen Pritchard Hub viewer"), "{}", seen.words());
    assert_eq!(tab.get("/demo/5ecre7").await.location(), "/");
    assert!(tab.get("/").await.text.contains("href=\"/demo\""), "every page leads back to the list");
    let other = Tab::new(viewer.address());
    assert_eq!(other.get("/demo").await.status, 404);
    assert!(!other.get("/sign-in").await.text.contains("/demo"));
}

async fn a_certificate_is_checked_by_anyone(hub: TestHub) {
    let tab = Tab::new(hub.manager().address());
    for wrong in ["/certificates?number=rubbish", "/certificates/7K3M-9QRT-4XWD-2HFA", "/certificates/rubbish"] {
        assert!(tab.get(wrong).await.words().contains("No certificate has this number"), "{wrong}");
    }
    let typed = tab.get("/certificates?number=7k3m9qrt4xwd2hfa").await;
    assert_eq!(typed.location(), "/certificates/7K3M-9QRT-4XWD-2HFA");
}

async fn a_hub_shows_its_programme_where_it_says_so(hub: TestHub) {
    let programme = hub.programme(json!({ "description": "What helps *teachers* to lead." })).await;
    let session =
        json!({ "place": "Lampton Academy", "online_url": "https://meet.example/secret", "speaker": "Ella Hart" });
    let session = with(new_session("2026-11-12T09:00"), session);
    let again = with(new_session("2026-11-19T09:00"), json!({ "place": "Lampton Academy" }));
    hub.published_event(&programme, json!({ "title": "A day for everybody <b>", "sessions": [session, again] })).await;
    let manager = hub.tab(&hub.manager()).await;
    assert!(manager.get("/settings").await.words().contains("Events to come Only the hub’s people see them"));
    let (tab, path) = (Tab::new(hub.manager().address()), format!("/programme/{}", hub.id));
    assert_eq!(tab.get(&path).await.status, 404);
    let etag = hub.manager().get("/v1/hub").await.etag();
    let changed = hub.manager().patch("/v1/hub", &etag, json!({ "public_programme": true })).await.ok();
    assert_eq!(changed["public_programme"], true);
    let seen = tab.get(&path).await;
    for wanted in
        ["A day for everybody <b>", "What helps teachers to lead.", "Lampton Academy · with Ella Hart", "12.50 credits"]
    {
        assert!(seen.words().contains(wanted), "{wanted}: {}", seen.words());
    }
    assert!(seen.text.contains("<em>teachers</em>"), "it is Markdown, as for those who have signed in");
    assert!(seen.words().contains("2 sessions, 12 and 19 November 2026"), "{}", seen.words());
    assert!(seen.page().all("title")[0].text.ends_with("West London"), "{}", seen.page().all("title")[0].text);
    assert!(!seen.text.contains("meet.example"), "how to join is for those who have a place");
    let settings = manager.get("/settings").await;
    assert!(settings.text.contains(&format!("href=\"{path}\"")), "{}", settings.text);
    assert_eq!(tab.get("/programme/1").await.status, 404);
}
