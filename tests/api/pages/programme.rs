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
    let published = tab.submit(&manage, &format!("/events/{event}/publish"), &[]).await;
    assert!(tab.get(published.location()).await.words().contains("everyone sees it"));

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
    manager.submit(&path, &format!("{path}/publish"), &[]).await.location();
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
