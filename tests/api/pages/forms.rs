//! Forms that are sent twice, late, changed, or with what can't be taken: what people see, and what is done.

use serde_json::json;

use crate::both_engines;
use crate::support::{Client, Element, Fields, PASSWORD, Seen, Tab, TestHub, filled};

both_engines!(
    what_lets_somebody_in_once_lets_the_same_browser_in_again,
    a_form_that_shows_a_secret_makes_one,
    a_form_that_is_sent_twice_at_once_is_done_once,
    a_form_that_was_done_and_changed_asks_before_it_is_done_too,
    a_form_that_others_overtook_says_what_they_changed,
    a_refused_form_names_its_fields,
    a_filter_that_can_not_be_read_keeps_the_page,
    a_refusal_is_in_the_words_of_the_page,
);

fn last(link: &serde_json::Value) -> String {
    link.as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

/// What a manager made for somebody, as the path of its page.
async fn made(hub: &TestHub, person: &Client, what: &str, path: &str) -> String {
    let made = hub.manager().post(&format!("/v1/people/{}/{what}", person.id()), None).await.created();
    format!("{path}/{}", last(&made["link"]))
}

/// Sends a form twice at once, and once more when the browser has what the first sending gave it.
async fn thrice(tab: &Tab, path: &str, fields: &Fields) -> [Seen; 3] {
    let (one, two) = tokio::join!(tab.send(path, fields.clone()), tab.send(path, fields.clone()));
    [one, two, tab.send(path, fields.clone()).await]
}

async fn what_lets_somebody_in_once_lets_the_same_browser_in_again(hub: TestHub) {
    let (viewer, joined) = (hub.viewer().await, hub.viewer().await);
    let (email, _) = hub.joins(&joined).await;
    let given = hub.manager().post(&format!("/v1/people/{}/sign-in-code", joined.id()), None).await.created();
    let code = [("email", email.as_str()), ("code", given["code"].as_str().unwrap())];
    let tab = Tab::new(viewer.address());
    let page = "/sign-in/code/given";
    let sent = thrice(&tab, page, &filled(tab.form(page, page).await, &code)).await;
    assert!(sent.iter().all(|seen| seen.location() == "/"), "{sent:?}");

    let password = [("password", PASSWORD)];
    for (who, what, before, typed, lands) in [
        (&viewer, "invite", "/invitation", &password[..], "/?done=welcome"),
        (&joined, "sign-in-code", "/sign-in/link", &password[..0], "/"),
        (&joined, "reset", "/reset", &password[..], "/?done=password-set"),
    ] {
        let path = made(&hub, who, what, before).await;
        let tab = Tab::new(viewer.address());
        let fields = filled(tab.form(&path, &path).await, typed);
        let other = Tab::new(viewer.address());
        let of_other = filled(other.form(&path, &path).await, typed);
        for seen in thrice(&tab, &path, &fields).await {
            assert_eq!(seen.location(), lands, "{path}");
        }
        assert_eq!(tab.get("/account/sessions").await.status, 200, "{path}");
        // Whoever has what was sent, but is another browser, gets nothing; nor does a form of its own.
        assert_eq!(Tab::new(viewer.address()).send(&path, fields.clone()).await.status, 403, "{path}");
        assert_eq!(other.send(&path, of_other).await.status, 404, "{path}");
        assert_eq!(tab.get(&path).await.status, 404, "the link itself is used up");
        // It is for a double click, not for ever.
        hub.world.pass(chrono::TimeDelta::minutes(11));
        assert_eq!(tab.send(&path, fields).await.status, 404, "{path}");
    }
    // It was one session each time, which ends when it is ended.
    let tab = Tab::new(viewer.address());
    let path = made(&hub, &joined, "sign-in-code", "/sign-in/link").await;
    let fields = tab.form(&path, &path).await;
    assert_eq!(tab.send(&path, fields.clone()).await.location(), "/");
    assert_eq!(tab.submit("/account", "/sign-out", &[]).await.location(), "/sign-in?done=signed-out");
    assert_ne!(tab.send(&path, fields).await.status, 303, "who has signed out is not let in again by an old form");
}

async fn a_form_that_shows_a_secret_makes_one(hub: TestHub) {
    let (manager, viewer) = (hub.tab(&hub.manager()).await, hub.viewer().await);
    let person = format!("/people/{}", viewer.id());
    let link = |seen: &Seen, before: &str| {
        let page = seen.text.clone();
        let from = page.find(before).unwrap_or_else(|| panic!("{seen:?}"));
        page[from..].chars().take_while(|c| !c.is_whitespace() && !"<\"".contains(*c)).collect::<String>()
    };
    let action = format!("{person}/invite");
    let fields = manager.form(&person, &action).await;
    let shown = manager.send(&action, fields.clone()).await;
    let path = link(&shown, "/invitation/");
    let again = manager.send(&action, fields).await;
    assert_eq!(again.location(), format!("{person}?done=link-made"));
    assert!(manager.get(again.location()).await.words().contains("It was shown once"));
    let tab = Tab::new(viewer.address());
    assert_eq!(
        tab.submit(&path, &path, &[("password", PASSWORD)]).await.location(),
        "/?done=welcome",
        "it works still"
    );

    for (what, before) in [("reset", "/reset/"), ("sign-in-code", "/sign-in/link/")] {
        let action = format!("{person}/{what}");
        let fields = manager.form(&person, &action).await;
        let path = link(&manager.send(&action, fields.clone()).await, before);
        assert_eq!(manager.send(&action, fields).await.location(), format!("{person}?done=link-made"), "{what}");
        assert_eq!(Tab::new(viewer.address()).get(&path).await.status, 200, "{what}: it works still");
    }

    let calendar = manager.form("/places", "/places/calendar").await;
    let feed = link(&manager.send("/places/calendar", calendar.clone()).await, "/v1/calendars/");
    assert_eq!(manager.send("/places/calendar", calendar).await.location(), "/places?done=calendar-made");
    assert_eq!(Tab::new(viewer.address()).get(&feed).await.status, 200, "{feed}");

    let file: &[u8] = b"name,email,role\nVic,vic@import.example,viewer\n";
    let fields = filled(manager.form("/people/import", "/people/import").await, &[("invite", "yes"), ("role", "")]);
    let looked = manager.upload("/people/import", fields, Some(("people.csv", file))).await;
    let fields = looked.form("/people/import/done");
    let done = manager.upload("/people/import/done", fields.clone(), None).await;
    let path = link(&done, "/invitation/");
    let again = manager.upload("/people/import/done", fields, None).await;
    assert!(again.location().starts_with("/people/import/done?done=people-imported&added="), "{}", again.location());
    assert_eq!(Tab::new(viewer.address()).get(&path).await.status, 200, "the link of the import works still");
}

async fn a_form_that_is_sent_twice_at_once_is_done_once(hub: TestHub) {
    let tab = hub.tab(&hub.manager()).await;
    let typed = [("title", "Reading well"), ("kind", "cpd_programme"), ("description", "x")];
    let fields = filled(tab.form("/programmes/new", "/programmes/new").await, &typed);
    for seen in thrice(&tab, "/programmes/new", &fields).await {
        assert!(seen.location().ends_with("?done=programme-added"), "{seen:?}");
    }
    assert_eq!(hub.manager().titles("/v1/programmes").await, ["Reading well"]);
}

async fn a_form_that_was_done_and_changed_asks_before_it_is_done_too(hub: TestHub) {
    let tab = hub.tab(&hub.manager()).await;
    let typed = [("title", "Reading well"), ("kind", "cpd_programme"), ("description", "x")];
    let fields = filled(tab.form("/programmes/new", "/programmes/new").await, &typed);
    tab.send("/programmes/new", fields.clone()).await.location();
    let changed = tab.send("/programmes/new", filled(fields, &[("title", "Writing well")])).await;
    let said = changed.words();
    assert!(said.contains("what it said then is done") && !said.contains("key"), "{said}");
    assert_eq!(hub.manager().titles("/v1/programmes").await, ["Reading well"]);
    let again = changed.form("/programmes/new");
    assert!(again.contains(&("title".to_owned(), "Writing well".to_owned())), "{again:?}");
    tab.send("/programmes/new", again).await.location();
    let mut all = hub.manager().titles("/v1/programmes").await;
    all.sort();
    assert_eq!(all, ["Reading well", "Writing well"]);
}

async fn a_form_that_others_overtook_says_what_they_changed(hub: TestHub) {
    let tab = hub.tab(&hub.manager()).await;
    let viewer = hub.viewer().await;
    let school = hub.school("Lampton Academy").await;
    let programme = hub.programme(json!({})).await;
    let of_school = format!("/schools/{}/manage/details", school.id);
    for (path, action, record, field, theirs, mine) in [
        ("/settings/edit".to_owned(), "/settings/edit".to_owned(), "/v1/hub".to_owned(), "name", "Theirs", "Mine"),
        (
            format!("/people/{}/edit", viewer.id()),
            format!("/people/{}/edit", viewer.id()),
            format!("/v1/people/{}", viewer.id()),
            "name",
            "Their Name",
            "My Name",
        ),
        (of_school.clone(), of_school, format!("/v1/schools/{}", school.id), "name", "Their School", "My School"),
        (
            format!("/programmes/{programme}/edit"),
            format!("/programmes/{programme}/edit"),
            format!("/v1/programmes/{programme}"),
            "title",
            "Their title",
            "My title",
        ),
    ] {
        let fields = filled(tab.form(&path, &action).await, &[(field, mine)]);
        let etag = hub.manager().get(&record).await.etag();
        hub.manager().patch(&record, &etag, json!({ field: theirs })).await.ok();
        let refused = tab.send(&action, fields).await;
        let said = refused.words();
        assert!(
            said.contains("has been changed since") && said.contains(&format!("Now it is: {theirs}")),
            "{path}: {said}"
        );
        let again = refused.form(&action);
        assert!(again.contains(&(field.to_owned(), mine.to_owned())), "{path}: {again:?}");
        tab.send(&action, again).await.location();
        assert_eq!(hub.manager().get(&record).await.ok()[field], mine, "{path}");
    }
}

/// What the summary of errors of a page says, with where each leads.
fn summary(page: &Element) -> Vec<(String, String)> {
    let notice = page.all("div").into_iter().find(|div| div.attribute("class") == Some("notice wrong"));
    let links = notice.map_or_else(Vec::new, |notice| notice.all("a"));
    links.iter().map(|link| (link.text.clone(), link.attribute("href").unwrap().to_owned())).collect()
}

async fn a_refused_form_names_its_fields(hub: TestHub) {
    let tab = hub.tab(&hub.manager()).await;
    let refused = tab.submit("/settings/edit", "/settings/edit", &[("name", ""), ("approval_days", "soon")]).await;
    let said = summary(&refused.page());
    assert!(said.iter().any(|(text, to)| text.ends_with(": is needed") && to == "#name"), "{said:?}");
    assert!(
        said.iter().any(|(text, to)| text.ends_with(": must be a whole number") && to == "#approval_days"),
        "{said:?}"
    );
    for (text, to) in &said {
        let field = to.trim_start_matches('#');
        let page = refused.page();
        let label =
            page.all("label").into_iter().find(|label| label.attribute("for") == Some(field)).unwrap().text.clone();
        assert!(text.starts_with(&format!("{label}: ")), "{text}");
    }
}

async fn a_filter_that_can_not_be_read_keeps_the_page(hub: TestHub) {
    let tab = hub.tab(&hub.manager()).await;
    for (path, field, kept) in [
        ("/catalogue?from=zz&text=hello", "from", Some(("text", "hello"))),
        ("/people?role=bogus&text=hart", "role", Some(("text", "hart"))),
        ("/ledger?from=31-12-2026", "from", None),
        ("/audit?after=bad", "after", None),
        ("/audit?address=zz&outcome=done", "address", None),
        ("/people?after=00", "after", None),
        ("/schools?after=zz", "after", None),
    ] {
        let seen = tab.get(path).await;
        let page = seen.page();
        let said = summary(&page);
        assert!(said.iter().any(|(_, to)| *to == format!("#{field}")), "{path}: {said:?}");
        if field == "after" {
            assert!(said[0].0.contains("start at the first"), "{path}: {said:?}");
        } else {
            let typed = path.split([field, "="].concat().as_str()).nth(1).unwrap().split('&').next().unwrap();
            assert!(said[0].0.contains(&format!("(not “{typed}”)")), "{path}: {said:?}");
        }
        if let Some((name, value)) = kept {
            let field = page.all("input").into_iter().find(|input| input.attribute("name") == Some(name));
            assert_eq!(
                field.and_then(|field| field.attribute("value").map(str::to_owned)).as_deref(),
                Some(value),
                "{path}"
            );
        }
    }
}

async fn a_refusal_is_in_the_words_of_the_page(hub: TestHub) {
    let tab = Tab::new(hub.manager().address());
    let wrong = tab.submit("/sign-in", "/sign-in", &[("email", "a@b.example"), ("password", "no such password")]).await;
    assert!(wrong.words().contains("The address or the password is not right."), "{}", wrong.words());
    let teacher = hub.tab(&hub.viewer().await).await;
    let refused = teacher.get("/settings/edit").await;
    assert_eq!(refused.status, 403);
    assert!(refused.text.contains("Your role can’t do this."), "{}", refused.text);
}
