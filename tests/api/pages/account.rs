//! Everybody's own account, by their browser.

use serde_json::json;

use crate::both_engines;
use crate::support::{Element, PASSWORD, SignedIn, Tab, TestHub, filled, nobody};

both_engines!(
    everybody_has_an_account_and_nobody_makes_keys_who_may_not,
    a_name_is_corrected_where_the_api_lets_it,
    a_password_is_changed_and_others_are_signed_out,
    sessions_are_seen_and_ended,
    a_key_is_made_once_and_shown_once,
    a_calendar_link_is_made_and_ended,
    what_is_held_is_a_page_and_a_file,
    what_is_not_there_keeps_the_menu_and_a_merged_record_leads_to_the_kept_one
);

async fn everybody_has_an_account_and_nobody_makes_keys_who_may_not(hub: TestHub) {
    let school = hub.school("Lampton Academy").await;
    let teacher = hub.tab_by_password(&hub.teacher(&school).await).await;
    let words = teacher.get("/account").await.words();
    assert!(words.contains("Teacher, Lampton Academy") && !words.contains("Keys for programs"), "{words}");
    for path in ["/account/keys", "/account/name"] {
        assert_eq!(teacher.get(path).await.status, 403, "{path}");
    }
    let lead = hub.tab_by_password(&hub.lead(&school).await).await;
    assert!(lead.get("/account").await.words().contains("Keys for programs"));
}

async fn a_name_is_corrected_where_the_api_lets_it(hub: TestHub) {
    let manager = hub.new_manager().await;
    let tab = hub.tab_by_password(&manager).await;
    let empty = tab.submit("/account/name", "/account/name", &[("name", " ")]).await;
    assert!(empty.page().all("p").iter().any(|said| said.attribute("class") == Some("error")), "{}", empty.text);
    let fields = filled(tab.form("/account/name", "/account/name").await, &[("name", "Zoë Łukasz")]);
    for _ in 0..2 {
        assert_eq!(tab.send("/account/name", fields.clone()).await.location(), "/account?done=name-changed");
    }
    assert_eq!(manager.get("/v1/me").await.ok()["name"], "Zoë Łukasz");
}

async fn a_password_is_changed_and_others_are_signed_out(hub: TestHub) {
    let viewer = hub.viewer().await;
    let tab = hub.tab_by_password(&viewer).await;
    let email = hub.email_of(&viewer).await;
    let other = Tab::new(viewer.address());
    other.submit("/sign-in", "/sign-in", &[("email", &email), ("password", PASSWORD)]).await.location();
    let page = "/account/password";
    let wrong = tab.submit(page, page, &[("current", "not mine at all"), ("new", "another horse, another day")]).await;
    assert!(wrong.words().contains("is not the password of before"));
    assert!(!wrong.text.contains("not mine at all") && !wrong.text.contains("another horse"));
    let spaced = "  another horse, another day  ";
    let fields = filled(tab.form(page, page).await, &[("current", PASSWORD), ("new", spaced)]);
    // Sent twice, it is done once.
    for _ in 0..2 {
        assert_eq!(tab.send(page, fields.clone()).await.location(), "/account?done=password-set");
    }
    assert_eq!(tab.get("/account").await.status, 200);
    assert_eq!(other.get("/account").await.location(), "/sign-in?next=%2Faccount");
    hub.world.sign_in(&email, spaced.trim(), json!({})).await.refused(401, "sign_in_failed");
    hub.world.sign_in(&email, spaced, json!({})).await.ok();
}

async fn sessions_are_seen_and_ended(hub: TestHub) {
    let viewer = hub.viewer().await;
    let tab = hub.tab_by_password(&viewer).await;
    let email = hub.email_of(&viewer).await;
    let first = SignedIn(hub.world.sign_in(&email, PASSWORD, json!({})).await.ok()).caller(&hub.world);
    let second = SignedIn(hub.world.sign_in(&email, PASSWORD, json!({})).await.ok()).caller(&hub.world);
    let sessions = first.get("/v1/me/sessions").await.ok();
    let page = tab.get("/account/sessions").await.page();
    assert_eq!(page.all("tbody")[0].all("tr").len(), sessions["items"].as_array().unwrap().len());
    let mine = sessions["items"].as_array().unwrap().iter().find(|session| session["current"] == true).unwrap();
    let end = format!("/account/sessions/{}/end", mine["id"].as_str().unwrap());
    let ended = tab.submit("/account/sessions", &end, &[]).await;
    assert_eq!(ended.location(), "/account/sessions?done=session-ended");
    first.get("/v1/me").await.refused(401, "session_ended");
    second.get("/v1/me").await.ok();
    let others = tab.submit("/account/sessions", "/account/sessions/end-others", &[]).await;
    assert_eq!(others.location(), "/account/sessions?done=sessions-ended");
    second.get("/v1/me").await.refused(401, "session_ended");
    assert_eq!(tab.get("/account").await.status, 200);

    // Somebody else's is nobody's here.
    let (_, stranger) = hub.joins(&hub.viewer().await).await;
    let theirs = stranger.caller(&hub.world).get("/v1/me/sessions").await.ok()["items"][0]["id"].clone();
    let fields = tab.form("/account", "/sign-out").await;
    for id in [theirs.as_str().unwrap(), &nobody(), "x"] {
        assert_eq!(tab.send(&format!("/account/sessions/{id}/end"), fields.clone()).await.status, 404, "{id}");
    }
    stranger.caller(&hub.world).get("/v1/me").await.ok();
}

async fn a_key_is_made_once_and_shown_once(hub: TestHub) {
    let manager = hub.new_manager().await;
    let tab = hub.tab_by_password(&manager).await;
    let page = "/account/keys";
    let refused = tab.submit(page, page, &[("name", ""), ("scope", "everything"), ("days", "9999")]).await;
    let page_again = refused.page();
    assert!(page_again.all("li").iter().any(|li| li.text.contains("scope")) || refused.text.contains("role=\"alert\""));
    let fields = filled(tab.form(page, page).await, &[("name", "MIS"), ("scope", "read"), ("days", "30")]);
    let made = tab.send(page, fields.clone()).await.page();
    let key = made.all("code")[0].text.clone();
    assert!(key.starts_with("hck_"), "{key}");
    let program = hub.world.stranger().with_token(key.as_str());
    assert_eq!(program.get("/v1/me").await.ok()["id"], manager.id());
    // Sent twice it is made once, and its text is nowhere.
    let again = tab.send(page, fields).await;
    assert_eq!(again.location(), "/account/keys?done=key-made");
    let keys = manager.get(&format!("/v1/api-keys?person_id={}", manager.id())).await.ok();
    assert_eq!(keys["items"].as_array().unwrap().len(), 1, "{keys}");
    assert!(!tab.get(page).await.text.contains(&key));
    let revoke = format!("/account/keys/{}/revoke", keys["items"][0]["id"].as_str().unwrap());
    assert_eq!(tab.submit(&revoke, &revoke, &[]).await.location(), "/account/keys?done=key-revoked");
    assert_eq!(program.get("/v1/me").await.status, 401);
    // Somebody else's key is not there.
    let others = hub.manager().post("/v1/api-keys", json!({ "name": "x", "scope": "read", "days": 1 })).await.created();
    let path = format!("/account/keys/{}/revoke", others["api_key"]["id"].as_str().unwrap());
    assert_eq!(tab.get(&path).await.status, 404);
    assert_eq!(tab.send(&path, tab.form("/account", "/sign-out").await).await.status, 404);
}

async fn a_calendar_link_is_made_and_ended(hub: TestHub) {
    let viewer = hub.viewer().await;
    let tab = hub.tab_by_password(&viewer).await;
    let page = "/account/calendar";
    let made = tab.submit(page, page, &[]).await.page();
    let link = made.all("code")[0].text.clone();
    let path = link.strip_prefix(viewer.address()).unwrap().to_owned();
    assert_eq!(hub.world.stranger().get(&path).await.status, 200);
    assert!(!tab.get(page).await.text.contains(&path), "it is shown once");
    let ended = tab.submit(page, "/account/calendar/revoke", &[]).await;
    assert_eq!(ended.location(), "/account/calendar?done=calendar-revoked");
    hub.world.stranger().get(&path).await.refused(404, "not_found");
}

async fn what_is_held_is_a_page_and_a_file(hub: TestHub) {
    let viewer = hub.viewer().await;
    let tab = hub.tab_by_password(&viewer).await;
    let name = viewer.get("/v1/me").await.ok()["name"].as_str().unwrap().to_owned();
    let seen = tab.get("/account/data").await;
    let said = seen.words();
    assert!(said.contains(&name) && said.contains("E-mail address") && said.contains("Hub viewer"), "{said}");
    assert!(!said.contains(viewer.id()) && !said.contains("hub_viewer") && !said.contains("T00:"), "{said}");
    let page = seen.page();
    let tables = page.all("table");
    assert!(!tables.is_empty() && tables.iter().all(|table| !table.all("caption").is_empty()), "{}", seen.text);
    let file = tab.get("/account/data.json").await;
    assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let file: serde_json::Value = serde_json::from_str(&file.text).unwrap();
    assert_eq!(file["person_id"], viewer.id());
    assert_eq!(file["sign_in"]["password"], true);
    let audit = hub.manager().get("/v1/audit?limit=200").await.ok();
    assert!(audit.to_string().contains("GET /account/data"), "what is taken out is in the audit");
}

async fn what_is_not_there_keeps_the_menu_and_a_merged_record_leads_to_the_kept_one(hub: TestHub) {
    let (manager, school) = (hub.manager(), hub.school("Lampton").await);
    let (tab, name) = (hub.tab(&manager).await, manager.get("/v1/me").await.ok()["name"].clone());
    for path in ["/no-such-page", "/people/01990000-0000-7000-8000-000000000000"] {
        let seen = tab.browse(path).await;
        let page = Element::of(&seen.text);
        assert_eq!(seen.status, 404, "{path}");
        assert!(page.all("title")[0].text.starts_with("There is nothing here – "), "{}", seen.text);
        assert!(page.all("header")[0].text.contains(name.as_str().unwrap()), "{}", seen.text);
        let ways = page.all("nav")[0].all("a");
        assert!(ways.iter().any(|way| way.attribute("href") == Some("/people")), "{}", seen.text);
    }
    let nobody = Tab::new(manager.address()).browse("/no-such-page").await;
    assert!(nobody.status == 404 && Element::of(&nobody.text).all("nav").is_empty(), "{}", nobody.text);

    let (kept, old) = (hub.teacher(&school).await, hub.teacher(&school).await);
    let merge = format!("/v1/people/{}/merge", kept.id());
    let quote = manager.get(&format!("{merge}?with={}", old.id())).await.ok()["quote"].clone();
    manager.post(&merge, json!({ "with": old.id(), "quote": quote })).await.ok();
    assert_eq!(tab.get(&format!("/people/{}", old.id())).await.location(), format!("/people/{}", kept.id()));
}
