//! Going on after something went wrong: signed out, sent to where nothing is, too much at once; and what is said once.

use crate::both_engines;
use crate::support::{Element, PASSWORD, Seen, Tab, TestHub, World, filled};

both_engines!(
    what_was_typed_is_not_lost_when_a_session_ends,
    what_has_happened_is_said_once,
    what_browsers_can_not_do_is_told_on_a_page,
);

/// Sends a form as a browser does, which says where it is sent from.
async fn from_page(tab: &Tab, at: &str, page: &str, action: &str, fields: &[(String, String)]) -> Seen {
    tab.send_from(&format!("{at}{page}"), action, fields.to_vec()).await
}

async fn what_was_typed_is_not_lost_when_a_session_ends(hub: TestHub) {
    let manager = hub.new_manager().await;
    let at = manager.address().to_owned();
    let tab = hub.tab_by_password(&manager).await;
    let email = hub.email_of(&manager).await;
    let typed = [("title", "Reading <b>well</b>"), ("kind", "cpd_programme"), ("description", "A day\nfor all")];
    let fields = filled(tab.form("/programmes/new", "/programmes/new").await, &typed);
    let (page, action) = ("/programmes/new", "/programmes/new");
    tab.submit("/account", "/sign-out", &[]).await.location();
    // Signed out: what was typed is on the page, and the way in leads back to the form.
    let told = from_page(&tab, &at, page, action, &fields).await;
    assert_eq!(told.status, 401, "{}", told.text);
    assert!(
        told.text.contains("Reading &#60;b&#62;well") && told.text.contains("/sign-in?next=%2Fprogrammes%2Fnew"),
        "{}",
        told.text
    );
    assert!(!told.text.contains("<b>"), "{}", told.text);
    // What was typed is listed as the form called it; what was chosen, or sent along, is not.
    let words = Element::of(&told.text).all("main")[0].text.clone();
    let (_, listed) = words.split_once("What you typed").unwrap();
    assert!(listed.contains("What it is about A day for all") && !listed.contains("cpd_programme"), "{listed}");
    assert!(hub.manager().titles("/v1/programmes").await.is_empty());
    let in_again = tab.submit("/sign-in", "/sign-in", &[("email", &email), ("password", PASSWORD)]).await;
    assert_eq!(in_again.location(), "/");
    // Signed in again: the form of before does nothing, but can be sent once more.
    let asked = from_page(&tab, &at, page, action, &told.any_form(action)).await;
    assert_eq!(asked.status, 403, "{}", asked.text);
    assert!(hub.manager().titles("/v1/programmes").await.is_empty(), "nothing is done without a new mark");
    let again = asked.any_form(action);
    tab.send(action, again).await.location();
    assert_eq!(hub.manager().titles("/v1/programmes").await, ["Reading <b>well</b>"]);
    // Nothing that elsewhere sends is held out to be sent.
    let elsewhere = tab.send_from("https://evil.example/", action, fields.clone()).await;
    assert!(elsewhere.status == 403 && !elsewhere.text.contains("<form"), "{}", elsewhere.text);
    // Who has signed in by one tab can do so by another that was opened before.
    let (first, second) = (Tab::new(&at), [("email", email.as_str()), ("password", PASSWORD)]);
    let fields = [first.form("/sign-in", "/sign-in").await, first.form("/sign-in", "/sign-in").await];
    for fields in fields {
        assert_eq!(first.send("/sign-in", filled(fields, &second)).await.location(), "/");
    }
    // A password is shown to nobody.
    let secret = [("password".to_owned(), "very secret words".to_owned())];
    let told = from_page(&tab, &at, "/account/password", "/account/password", &secret).await;
    assert!(told.status == 403 && !told.text.contains("very secret"), "{}", told.text);
}

async fn what_has_happened_is_said_once(hub: TestHub) {
    let tab = hub.tab(&hub.manager()).await;
    let typed = [("title", "Reading well"), ("kind", "cpd_programme"), ("description", "x")];
    let sent = tab.submit("/programmes/new", "/programmes/new", &typed).await;
    let to = sent.location().to_owned();
    assert!(to.ends_with("?done=programme-added"));
    assert!(tab.get(&to).await.words().contains("The programme is added."));
    assert!(!tab.get(&to).await.words().contains("The programme is added."), "a reload says nothing again");
    assert!(!tab.get("/places?done=booked").await.words().contains("booked."), "an address says nothing of itself");
    // It is for its page alone.
    let again = tab.submit("/programmes/new", "/programmes/new", &typed).await;
    assert!(!tab.get("/programmes?done=deleted").await.words().contains("is deleted"));
    assert!(tab.get(again.location()).await.words().contains("The programme is added."));
}

async fn what_browsers_can_not_do_is_told_on_a_page(world: World) {
    let service = world.another_service(|settings| settings.requests_per_address = 4);
    let tab = Tab::new(&service.address);
    let style = tab.get("/certificates").await.page().all("link")[0].attribute("href").unwrap().to_owned();
    for _ in 0..10 {
        assert_eq!(tab.get(&style).await.status, 200, "what pages are made with is not counted");
    }
    let html = |seen: &Seen| seen.headers["content-type"].to_str().unwrap().starts_with("text/html");
    let wrong = tab.browse("/sign-out").await;
    assert_eq!((wrong.status, wrong.headers["allow"].to_str().unwrap()), (405, "POST"));
    assert!(html(&wrong) && wrong.text.contains("This page can’t be opened like that"), "{}", wrong.text);
    let nothing = tab.browse("/problems/nope").await;
    assert!(nothing.status == 404 && html(&nothing), "{nothing:?}");
    let advice = tab.browse("/problems").await;
    let policy = advice.headers["content-security-policy"].to_str().unwrap();
    assert!(advice.status == 200 && !policy.contains("unsafe") && !advice.text.contains("<style"), "{policy}");
    let much = tab.browse("/sign-in").await;
    assert_eq!(much.status, 429);
    assert!(html(&much) && much.text.contains("That was too much at once"), "{}", much.text);
    assert!(much.headers.contains_key("retry-after"));
}
