//! What those see and do who run the programme: programmes, events and their sessions, tickets.

use chrono::TimeDelta;
use serde_json::json;

use super::registers::{at_the_start, marks};
use crate::both_engines;
use crate::support::{EventPlan, Seen, Tab, TestHub, filled};

/// The id in an address that a form led to.
fn id_in<'a>(seen: &'a Seen, before: &str) -> &'a str {
    seen.location().strip_prefix(before).unwrap_or_else(|| panic!("{seen:?}")).split(['/', '?']).next().unwrap()
}

both_engines!(
    an_event_is_added_with_its_sessions_by_a_pattern,
    what_is_wrong_with_a_session_stands_at_its_field,
    a_draft_of_a_partner_is_published_or_sent_back,
    a_change_says_first_what_it_means_to_delegates,
    a_session_that_moves_says_whom_it_tells,
    calling_off_and_completing_say_what_they_pay,
    a_past_event_is_entered_with_who_came,
    tickets_are_given_and_taken_back,
    others_do_not_run_the_programme
);

async fn an_event_is_added_with_its_sessions_by_a_pattern(hub: TestHub) {
    hub.year("2026/27").await;
    let tab = hub.tab(&hub.manager()).await;
    assert!(tab.get("/programmes").await.words().contains("Add the first programme"));
    let added = [("title", "Reading well"), ("kind", "cpd_programme"), ("description", "For all who teach to read.")];
    let fields = filled(tab.form("/programmes/new", "/programmes/new").await, &added);
    let sent = tab.send("/programmes/new", fields.clone()).await;
    assert_eq!(sent.location(), tab.send("/programmes/new", fields).await.location(), "sent twice, added once");
    let programme = id_in(&sent, "/programmes/");
    assert_eq!(hub.manager().titles("/v1/programmes").await, ["Reading well"]);

    let path = format!("/programmes/{programme}/events/new");
    let pattern = [
        ("do", "lay-out"),
        ("capacity", "12"),
        ("price", "7.5"),
        ("pattern_first", "2027-01-26"),
        ("pattern_starts", "16:00"),
        ("pattern_ends", "18:00"),
        ("pattern_times", "6"),
        ("pattern_place", "Lampton Academy"),
        ("break0_from", "2027-02-15"),
        ("break0_to", "2027-02-19"),
    ];
    let shown = tab.submit(&path, &path, &pattern).await;
    let rows = shown.form(&path);
    let days: Vec<&str> =
        rows.iter().filter(|(name, _)| name.ends_with("_date")).map(|(_, day)| day.as_str()).collect();
    assert_eq!(days, ["2027-01-26", "2027-02-02", "2027-02-09", "2027-02-23", "2027-03-02", "2027-03-09"]);

    let wrong = tab.send(&path, filled(rows.clone(), &[("do", "save"), ("s2_ends", "15:00"), ("capacity", "0")])).await;
    assert!(wrong.words().contains("Session 3: the end must be after the start"), "{}", wrong.words());
    assert!(wrong.form(&path).contains(&("s2_ends".to_owned(), "15:00".to_owned())), "what was typed stays");
    assert!(hub.manager().titles("/v1/events").await.is_empty());

    // A pattern that is changed afterwards is what is meant; where the sessions were changed too, it is asked.
    let changed = [("do", "save"), ("pattern_first", "2027-01-27")];
    let both = tab.send(&path, filled(filled(rows.clone(), &changed), &[("s2_ends", "17:00")])).await;
    assert!(said_of(&both, "pattern_first").unwrap().contains("not those of this pattern"), "{}", both.words());
    let fresh = tab.submit(&path, &path, &pattern).await.form(&path);
    let anew = tab.send(&path, filled(fresh, &changed)).await;
    let anew = hub.manager().get(&format!("/v1/events/{}", id_in(&anew, "/events/"))).await.ok();
    assert_eq!(anew["sessions"][0]["starts_at"], "2027-01-27T16:00:00Z");

    let sent = tab.send(&path, filled(rows, &[("do", "save")])).await;
    let event = id_in(&sent, "/events/").to_owned();
    let told = hub.manager().get(&format!("/v1/events/{event}")).await.ok();
    assert_eq!((&told["capacity"], &told["price"], &told["state"]), (&json!(12), &json!("7.50"), &json!("draft")));
    assert_eq!(told["sessions"].as_array().unwrap().len(), 6);
    let manage = format!("/events/{event}/manage");
    let seen = tab.get(&manage).await;
    for said in ["This is a draft", "Tuesday 2 March 2027, 4pm to 6pm", "7.50 credits", "100% until"] {
        assert!(seen.words().contains(said), "{said}: {}", seen.words());
    }
    publishing_says_first_what_it_does(&hub, &tab, &event).await;

    // Who lays nothing out saves what the pattern says by one press.
    let new = format!("/programmes/{programme}/events/new");
    let one = [("do", "save"), ("pattern_times", "1"), ("break0_from", ""), ("break0_to", "")];
    let fields = filled(tab.form(&new, &new).await, &pattern);
    let saved = tab.send(&new, filled(fields, &one)).await;
    let saved = hub.manager().get(&format!("/v1/events/{}", id_in(&saved, "/events/"))).await.ok();
    assert_eq!(saved["sessions"].as_array().unwrap().len(), 1);

    let path = format!("/events/{event}/copy");
    let copy = tab.submit(&manage.replace("manage", "copy"), &path, &[("starts_on", "2027-04-27")]).await;
    let copied = hub.manager().get(&format!("/v1/events/{}", id_in(&copy, "/events/"))).await.ok();
    assert_eq!(copied["sessions"][5]["starts_at"], "2027-06-08T15:00:00Z", "at the same time of the day");
    let all = tab.get("/programmes/events?state=draft").await;
    assert!(all.words().contains("0 of 12"), "{}", all.words());
}

/// The event is published, after a page that says with its figures what that does.
async fn publishing_says_first_what_it_does(hub: &TestHub, tab: &Tab, event: &str) {
    let (manager, school) = (hub.manager(), hub.school("Lampton").await);
    let teacher = hub.teacher(&school).await;
    let publish = format!("/events/{event}/publish");
    assert!(tab.get(&publish).await.words().contains("Nobody has saved a filter that it fits"));
    teacher
        .post("/v1/me/saved-filters", json!({ "name": "Reading", "text": "reading", "alert": true }))
        .await
        .created();
    let asked = tab.get(&publish).await;
    for said in [
        "Price of a place 7.50 credits",
        "Places 12",
        "Sessions 6",
        "Opens at once",
        "One person who has saved a filter that it fits is told",
        "This can’t be undone",
    ] {
        assert!(asked.words().contains(said), "{said}: {}", asked.words());
    }
    // Nothing is published that is not what was shown.
    let path = format!("/v1/events/{event}");
    let read = manager.get(&path).await;
    manager.patch(&path, &read.etag(), json!({ "capacity": 13 })).await.ok();
    let again = tab.send(&publish, asked.form(&publish)).await;
    assert!(again.words().contains("Places 13"), "{}", again.words());
    assert_eq!(manager.get(&path).await.ok()["state"], "draft");
    let published = tab.submit(&publish, &publish, &[]).await;
    assert!(tab.get(published.location()).await.words().contains("everyone sees it"));
    let told = teacher.all("/v1/me/notices").await;
    assert_eq!(told.iter().filter(|notice| notice["kind"] == "catalogue_match").count(), 1);
    assert!(tab.get(&publish).await.words().contains("It is no draft any more"));
}

/// What is said of a field beside it, in the form that this answer shows again.
fn said_of(seen: &Seen, field: &str) -> Option<String> {
    let page = seen.page();
    let error = format!("{field}-error");
    let input = page.all("input").into_iter().find(|input| input.attribute("id") == Some(field)).unwrap();
    let said = page.all("p").into_iter().find(|said| said.attribute("id") == Some(error.as_str()));
    let leads = page.all("a").into_iter().any(|link| link.attribute("href") == Some(&format!("#{field}")));
    let tied = input.attribute("aria-describedby").is_some_and(|by| by.split_whitespace().any(|id| id == error));
    let wrong = input.attribute("aria-invalid") == Some("true");
    assert!([leads, tied, wrong].iter().all(|it| *it == said.is_some()), "{field}: {}", seen.text);
    said.map(|said| said.text.trim().to_owned())
}

async fn what_is_wrong_with_a_session_stands_at_its_field(hub: TestHub) {
    let event = hub.event(EventPlan { published: false, ..EventPlan::default() }).await;
    let tab = hub.tab(&hub.manager()).await;
    let new = format!("/events/{event}/sessions/new");
    let empty = tab.submit(&new, &new, &[]).await;
    for field in ["s0_date", "s0_starts", "s0_ends"] {
        assert_eq!(said_of(&empty, field).as_deref(), Some("is missing"), "{field}");
    }
    let typed = [("s0_date", "2027-02-29"), ("s0_starts", "2pm"), ("s0_ends", "noon"), ("s0_host", "nobody")];
    let wrong = tab.submit(&new, &new, &typed).await;
    assert_eq!(said_of(&wrong, "s0_date").as_deref(), Some("is not a date: write it as 2027-03-02"));
    assert_eq!(said_of(&wrong, "s0_ends").as_deref(), Some("must be a time such as 13:30"));
    assert!(said_of(&wrong, "s0_host").is_some() && said_of(&wrong, "s0_starts").is_none());
    assert!(wrong.words().contains("Day: is not a date: write it as 2027-03-02"), "{}", wrong.words());
    let nowhere = [("s0_date", "2026-12-16"), ("s0_starts", "2pm"), ("s0_ends", "3.30pm")];
    let nowhere = tab.submit(&new, &new, &nowhere).await;
    assert!(said_of(&nowhere, "s0_place").is_some() && said_of(&nowhere, "s0_date").is_none());
    let right = [("s0_date", "2026-12-16"), ("s0_starts", "2pm"), ("s0_ends", "3.30pm"), ("s0_place", "Here")];
    assert!(tab.submit(&new, &new, &right).await.location().ends_with("done=session-added"));
    let told = hub.manager().get(&format!("/v1/events/{event}")).await.ok();
    let added =
        told["sessions"].as_array().unwrap().iter().any(|session| session["starts_at"] == "2026-12-16T14:00:00Z");
    assert!(added, "{told}");

    let programme = told["programme_id"].as_str().unwrap();
    let new = format!("/programmes/{programme}/events/new");
    let empty = tab.submit(&new, &new, &[("do", "save")]).await;
    for (field, said) in [
        ("pattern_first", "say the first day"),
        ("pattern_starts", "say when it starts"),
        ("pattern_ends", "say when it ends"),
    ] {
        assert_eq!(said_of(&empty, field).as_deref(), Some(said));
    }
    let two = tab.submit(&new, &new, &[("do", "save"), ("capacity", "many"), ("title", "")]).await;
    for field in ["pattern_first", "capacity", "title"] {
        assert!(said_of(&two, field).is_some(), "all is told at once: {field}");
    }
    let pattern = [("pattern_first", "2027-06-31"), ("pattern_starts", "4pm"), ("pattern_ends", "soon")];
    let wrong = tab.submit(&new, &new, &[&pattern[..], &[("do", "lay-out")]].concat()).await;
    assert_eq!(said_of(&wrong, "pattern_first").as_deref(), Some("is not a date: write it as 2027-03-02"));
    assert_eq!(said_of(&wrong, "pattern_ends").as_deref(), Some("must be a time such as 13:30"));
    assert_eq!(said_of(&wrong, "pattern_starts"), None);
}

async fn a_draft_of_a_partner_is_published_or_sent_back(hub: TestHub) {
    let (_, partner) = hub.partner("Language Service").await;
    let (tab, manager) = (hub.tab(&partner).await, hub.tab(&hub.manager()).await);
    let fields = [("title", "French again"), ("kind", "cpd_programme")];
    let sent = tab.submit("/programmes/new", "/programmes/new", &fields).await;
    let path = format!("/programmes/{}", id_in(&sent, "/programmes/"));
    let back = manager.submit(&path, &format!("{path}/send-back"), &[("reason", "Say for whom")]).await;
    assert!(manager.get(back.location()).await.words().contains("its partner is told"));
    assert!(tab.get(&path).await.words().contains("Say for whom"));
    let edit = format!("{path}/edit");
    tab.submit(&edit, &edit, &[("description", "For beginners")]).await.location();
    let publish = format!("{path}/publish");
    let asked = manager.get(&publish).await;
    for said in ["Language Service, who gives it, is told", "It has no event yet", "This can’t be undone"] {
        assert!(asked.words().contains(said), "{said}: {}", asked.words());
    }
    manager.send(&publish, asked.form(&publish)).await.location();
    let told = hub.manager().get(&format!("/v1{path}")).await.ok();
    assert_eq!((&told["state"], &told["description"]), (&json!("published"), &json!("For beginners")));
    let refused = tab.submit(&edit, &edit, &[("kind", "conference"), ("title", "French for ever")]).await;
    assert!(refused.words().contains("is changed by the hub"), "{}", refused.words());
    assert!(refused.form(&edit).contains(&("title".to_owned(), "French for ever".to_owned())));
}

async fn a_change_says_first_what_it_means_to_delegates(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let event = hub.event(EventPlan::of(3, "10")).await;
    lead.book(&event).await.created();
    let tab = hub.tab(&hub.manager()).await;
    let edit = format!("/events/{event}/edit");
    let asked = tab.submit(&edit, &edit, &[("price", "12"), ("capacity", "5")]).await;
    for said in ["1 place is taken", "12 credits in place of 10 credits", "2 more places"] {
        assert!(asked.words().contains(said), "{said}: {}", asked.words());
    }
    let path = format!("/v1/events/{event}");
    assert_eq!(hub.manager().get(&path).await.ok()["price"], "10.00", "nothing is changed yet");
    let sure = asked.form(&edit);
    let saved = tab.send(&edit, sure.clone()).await;
    assert_eq!(saved.location(), format!("/events/{event}/manage?done=saved"));
    let told = hub.manager().get(&path).await.ok();
    assert_eq!((&told["price"], &told["capacity"]), (&json!("12.00"), &json!(5)));
    // What would be refused is refused before it is asked about, with what to do.
    lead.book_for(&event, &teacher).await.created();
    let refused = tab.submit(&edit, &edit, &[("capacity", "1")]).await;
    let why = "2 places are taken, and there can't be fewer than that: to have fewer, cancel bookings first";
    assert!(refused.words().contains(why) && !refused.words().contains("What this change means"), "{}", refused.text);
    assert!(refused.form(&edit).contains(&("capacity".to_owned(), "1".to_owned())));
    let fewer = filled(tab.form(&edit, &edit).await, &[("capacity", "0"), ("sure", "yes"), ("title", "Renamed")]);
    let refused = tab.send(&edit, fewer).await;
    assert!(refused.words().contains("must be 1 to 100000 places"), "{}", refused.words());
    assert!(refused.form(&edit).contains(&("title".to_owned(), "Renamed".to_owned())));
}

async fn a_session_that_moves_says_whom_it_tells(hub: TestHub) {
    let (_, lead, _) = hub.funded_school("Lampton", "100").await;
    let event = hub.event(EventPlan::of(3, "10")).await;
    let booking = lead.book(&event).await.created();
    let tab = hub.tab(&hub.manager()).await;
    let session = hub.sessions(&event).await.remove(0);
    let path = format!("/events/{event}/sessions/{session}");
    let asked = tab.submit(&path, &path, &[("s0_date", "2026-12-09")]).await;
    assert!(asked.words().contains("1 with a place and 0 on the waiting list"), "{}", asked.words());
    let moved = tab.send(&path, asked.form(&path)).await;
    assert!(moved.location().ends_with("done=saved"));
    let told = lead.get(&format!("/v1/bookings/{}", booking["id"].as_str().unwrap())).await.ok();
    assert!(!told["free_until"].is_null(), "they may cancel free: {told}");

    let new = format!("/events/{event}/sessions/new");
    let typed = [("s0_date", "2026-12-16"), ("s0_starts", "09:00"), ("s0_ends", "10:00"), ("s0_place", "Online")];
    let asked = tab.submit(&new, &new, &typed).await;
    assert!(asked.words().contains("A session is added"), "{}", asked.words());
    assert!(tab.send(&new, asked.form(&new)).await.location().ends_with("done=session-added"));
    let last = hub.sessions(&event).await.pop().unwrap();
    let off = format!("/events/{event}/sessions/{last}/call-off");
    assert!(tab.submit(&off, &off, &[("reason", "The speaker is ill")]).await.location().ends_with("done=session-off"));
    assert_eq!(hub.sessions(&event).await.len(), 1);
    let why = "Wednesday 16 December 2026, 9am to 10am: “The speaker is ill”";
    for path in [format!("/events/{event}"), format!("/places/{}", booking["id"].as_str().unwrap())] {
        let words = hub.tab(&lead).await.get(&path).await.words();
        assert!(words.contains(why), "{words}");
    }
    // The last is not called off by itself, and its page says what is.
    let only = tab.get(&format!("{path}/call-off")).await;
    assert!(only.words().contains("is the last session of the event"), "{}", only.words());
    assert!(
        only.text.contains(&format!("href=\"/events/{event}/call-off\"")) && !only.text.contains("name=\"reason\"")
    );
}

async fn calling_off_and_completing_say_what_they_pay(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let (kept, off) = (hub.event(EventPlan::of(3, "10")).await, hub.event(EventPlan::of(3, "15")).await);
    let empty = hub.event(EventPlan::of(3, "5")).await;
    let tab = hub.tab(&hub.manager()).await;
    lead.book(&off).await.created();
    lead.book_for(&kept, &teacher).await.created();
    let path = format!("/events/{off}/call-off");
    let asked = tab.get(&path).await;
    assert!(asked.words().contains("15 credits go back"), "{}", asked.words());
    let sent = filled(asked.form(&path), &[("reason", "Too few")]);
    let done = tab.send(&path, sent.clone()).await;
    assert_eq!(done.location(), tab.send(&path, sent).await.location());
    assert!(tab.get(done.location()).await.words().contains("Called off"));

    at_the_start(&hub, &kept).await;
    hub.world.clock.set(hub.world.clock.now() + TimeDelta::hours(6));
    let tab = hub.tab(&hub.another_manager().await).await;
    let home = tab.get("/").await;
    let said = home.words();
    assert!(said.contains("Complete Spring conference , or call it off: it ended on"), "{said}");
    assert!(said.contains("Keep the register of Spring conference") && said.contains("No event is to come"), "{said}");
    let completed = |of: &str| format!("href=\"/events/{of}/complete\"");
    assert!(home.text.contains(&completed(&empty)) && !home.text.contains(&completed(&kept)), "{}", home.text);
    assert!(tab.get("/hub").await.words().contains("Over, to be completed"));
    let path = format!("/events/{kept}/complete");
    let asked = tab.get(&path).await;
    assert!(asked.words().contains("is paid 10 credits"), "{}", asked.words());
    let refused = tab.submit(&path, &path, &[]).await;
    assert!(refused.words().contains("missing"), "{}", refused.words());
    let done = tab.submit(&path, &path, &[("unmarked", "present")]).await;
    assert!(tab.get(done.location()).await.words().contains("The event is completed"));
    assert_eq!(hub.manager().get(&format!("/v1/events/{kept}")).await.ok()["state"], "completed");
    let given = tab.get(&format!("/events/{kept}/certificates")).await;
    assert!(given.words().contains("1 of 1"), "{}", given.words());
    assert!(tab.get(&format!("/events/{kept}/evaluations")).await.words().contains("Fewer than 5 people"));
    assert_eq!(hub.balance(&school).await, "90.00");
    hub.verified().await;
}

async fn a_past_event_is_entered_with_who_came(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton", "0").await;
    hub.year("2026/27").await;
    let programme = hub.programme(json!({})).await;
    let tab = hub.tab(&hub.manager()).await;
    let path = format!("/programmes/{programme}/events/past");
    let (first, second) = (hub.email_of(&lead).await, hub.email_of(&teacher).await);
    let row = [("s0_date", "2026-09-14"), ("s0_starts", "09:00"), ("s0_ends", "12:00"), ("s0_place", "Here")];
    let typed = |delegates: String| {
        let mut all = row.map(|(name, value)| (name, value.to_owned())).to_vec();
        all.extend([("title", "Before".to_owned()), ("rows", "1".to_owned()), ("do", "save".to_owned())]);
        all.push(("delegates", delegates));
        all
    };
    let send = async |delegates: String| {
        let all = typed(delegates);
        let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (*name, value.as_str())).collect();
        tab.submit(&path, &path, &all).await
    };
    let refused = send(format!("{first}\nnobody@school.example")).await;
    assert!(refused.words().contains("Line 2: nobody of the hub"), "{}", refused.words());
    let entered = send(format!("{first}\n{second}, absent")).await;
    let event = id_in(&entered, "/events/").to_owned();
    let mine = lead.all("/v1/me/bookings").await;
    let seen = hub.tab(&lead).await.get(&format!("/places/{}", mine[0]["id"].as_str().unwrap())).await.words();
    assert!(seen.contains("Entered afterwards") && !seen.contains("Asked for"), "{seen}");
    // By a pattern it is one press, and everything that is wrong is told at once.
    let pattern = [("pattern_first", "2026-09-15"), ("pattern_starts", "09:00"), ("pattern_ends", "12:00")];
    let also = [("pattern_place", "Here"), ("title", "Before too"), ("do", "save")];
    let bad = [("pattern_times", "0"), ("delegates", "nobody")];
    let wrong = tab.submit(&path, &path, &[&pattern[..], &also, &bad].concat()).await;
    assert_eq!(said_of(&wrong, "pattern_times").as_deref(), Some("must be 1 to 50"));
    assert!(wrong.words().contains("Line 1: the address"), "{}", wrong.words());
    let entered = tab.submit(&path, &path, &[&pattern[..], &also, &[("delegates", second.as_str())]].concat()).await;
    assert!(entered.location().ends_with("done=past-entered"));
    let session = hub.sessions(&event).await.remove(0);
    assert_eq!(marks(&hub, &event, &session).await, [json!("present"), json!("absent")]);
}

async fn tickets_are_given_and_taken_back(hub: TestHub) {
    let (_, _, teacher) = hub.funded_school("Lampton", "0").await;
    let tab = hub.tab(&hub.manager()).await;
    let new = "/tickets/types/new";
    let nothing = tab.submit(new, new, &[("name", "Fabulinus Ticket")]).await;
    assert!(nothing.words().contains("must name a programme"), "{}", nothing.words());
    let covers = [("name", "Fabulinus Ticket"), ("kinds[]", "cpd_programme"), ("valid_months", "12")];
    tab.submit(new, new, &covers).await.location();
    assert!(tab.get("/tickets/types").await.words().contains("12 months"));
    let email = hub.email_of(&teacher).await;
    let refused = tab.submit("/tickets/new", "/tickets/new", &[("email", "nobody@school.example")]).await;
    assert!(refused.words().contains("nobody of the hub has this address"), "{}", refused.words());
    let fields = filled(tab.form("/tickets/new", "/tickets/new").await, &[("email", &email)]);
    for _ in 0..2 {
        tab.send("/tickets/new", fields.clone()).await.location();
    }
    let all = hub.manager().all("/v1/tickets").await;
    assert_eq!(all.len(), 1, "sent twice, given once");
    let path = format!("/tickets/{}/take-back", all[0]["id"].as_str().unwrap());
    tab.submit(&path, &path, &[("reason", "Given by mistake")]).await.location();
    let list = tab.get("/tickets").await;
    assert!(list.words().contains("Taken back") && list.words().contains("Given by mistake"), "{}", list.words());
}

async fn others_do_not_run_the_programme(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let event = hub.event(EventPlan::of(5, "10")).await;
    let (viewer, lead, teacher) = (hub.viewer().await, hub.tab(&lead).await, hub.tab(&teacher).await);
    let viewer = hub.tab(&viewer).await;
    let status = async |tab: &Tab, path: &str| tab.get(path).await.status;
    for path in ["/programmes", "/programmes/new", "/tickets", "/priorities"] {
        assert_eq!((status(&lead, path).await, status(&teacher, path).await), (403, 403), "{path}");
    }
    for path in ["register", "attendance", "badges", "sign-in-sheet"] {
        let path = format!("/events/{event}/{path}");
        assert_eq!((status(&lead, &path).await, status(&teacher, &path).await), (404, 404), "{path}");
        assert_eq!(status(&viewer, &path).await, 200, "{path}");
    }
    let path = format!("/events/{event}/manage");
    assert_eq!((status(&viewer, &path).await, status(&lead, &path).await), (200, 403));
    let seen = viewer.get(&path).await;
    assert!(!seen.words().contains("Call it off") && seen.page().all("form").len() == 1, "{}", seen.words());
    assert_eq!(status(&viewer, &format!("/events/{event}/call-off")).await, 403);
    assert_eq!(status(&lead, &format!("/events/{event}/delegates")).await, 200, "of their own school");
}
