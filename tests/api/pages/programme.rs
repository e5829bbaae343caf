//! What those see and do who run the programme: programmes, events, delegates, registers, tickets.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, Seen, Tab, TestHub, filled, new_session};

both_engines!(
    an_event_is_added_with_its_sessions_by_a_pattern,
    a_draft_of_a_partner_is_published_or_sent_back,
    a_change_says_first_what_it_means_to_delegates,
    a_session_that_moves_says_whom_it_tells,
    calling_off_and_completing_say_what_they_pay,
    a_past_event_is_entered_with_who_came,
    two_who_keep_a_register_do_not_undo_each_other,
    what_another_has_marked_meanwhile_stands,
    a_mark_that_can_not_be_is_said_of_its_delegate,
    a_register_goes_by_name_and_by_school,
    a_code_opens_the_delegate_at_the_door,
    delegates_are_listed_moved_and_printed,
    whoever_holds_a_place_is_among_the_delegates,
    tickets_are_given_and_taken_back,
    others_do_not_run_the_programme,
);

/// The id in an address that a form led to.
fn id_in<'a>(seen: &'a Seen, before: &str) -> &'a str {
    seen.location().strip_prefix(before).unwrap_or_else(|| panic!("{seen:?}")).split(['/', '?']).next().unwrap()
}

/// The register of a session as the API has it: each delegate's mark.
async fn marks(hub: &TestHub, event: &str, session: &str) -> Vec<Value> {
    let path = format!("/v1/events/{event}/sessions/{session}/register");
    hub.manager().all(&path).await.into_iter().map(|entry| entry["mark"].clone()).collect()
}

/// The bookings on the register of a session, in the order of the API.
async fn on_register(hub: &TestHub, event: &str, session: &str) -> Vec<String> {
    let path = format!("/v1/events/{event}/sessions/{session}/register");
    let all = hub.manager().all(&path).await;
    all.iter().map(|entry| entry["booking_id"].as_str().unwrap().to_owned()).collect()
}

/// Moves the clock to the start of an event.
async fn at_the_start(hub: &TestHub, event: &str) {
    let event = hub.manager().get(&format!("/v1/events/{event}")).await.ok();
    hub.world.clock.set(event["starts_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap());
}

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
    let (first, second) = (email(&lead).await, email(&teacher).await);
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

async fn email(person: &Client) -> String {
    let me = person.get("/v1/me").await.ok();
    me["email"].as_str().unwrap().to_owned()
}

async fn two_who_keep_a_register_do_not_undo_each_other(hub: TestHub) {
    let (school, _, _) = hub.funded_school("Lampton", "100").await;
    let event = hub.event(EventPlan::of(5, "10")).await;
    hub.crowd(&event, &school, 3).await;
    let session = hub.sessions(&event).await.remove(0);
    let page = format!("/events/{event}/register");
    let early = hub.tab(&hub.viewer().await).await;
    assert!(early.get(&page).await.words().contains("The register opens on"));
    at_the_start(&hub, &event).await;
    let (one, other) = (hub.tab(&hub.manager()).await, hub.tab(&hub.another_manager().await).await);
    let action = format!("{page}/{session}");
    let (first, second) = (one.form(&page, &action).await, other.form(&page, &action).await);
    let ids = on_register(&hub, &event, &session).await;
    assert_eq!(ids.len(), 3);
    let mark = |id: &str| format!("mark.{id}");

    // Without a script each sends the whole form, and says what it changed of what it was shown.
    one.send(&action, filled(first, &[(&mark(&ids[0]), "present")])).await.location();
    other.send(&action, filled(second, &[(&mark(&ids[1]), "absent")])).await.location();
    assert_eq!(marks(&hub, &event, &session).await, [json!("present"), json!("absent"), Value::Null]);

    // A script says when each was ticked: what somebody else ticked later stands.
    hub.world.clock.set(hub.world.clock.now() + TimeDelta::minutes(50));
    let rest = one.form(&page, &action).await;
    let rest = one.send(&action, filled(rest, &[("rest", "late")])).await;
    assert!(one.get(rest.location()).await.words().contains("The register is saved"));
    hub.world.clock.set(hub.world.clock.now() + TimeDelta::minutes(5));
    let ticked = |id: &str, word: &str, ago: &str| {
        vec![(format!("was.{id}"), String::new()), (mark(id), word.to_owned()), (format!("ago.{id}"), ago.to_owned())]
    };
    let mut sent: Vec<(String, String)> =
        other.form(&page, &action).await.into_iter().filter(|(name, _)| name.starts_with("form_")).collect();
    sent.extend(ticked(&ids[2], "absent", "3000"));
    sent.extend(ticked(&ids[1], "excused", "60"));
    other.send(&action, sent).await.location();
    assert_eq!(marks(&hub, &event, &session).await, [json!("present"), json!("excused"), json!("late")]);
    let history = hub.manager().get(&format!("/v1/bookings/{}/attendance", ids[1])).await.ok();
    assert_eq!(history["sessions"][0]["history"].as_array().unwrap().len(), 2, "{history}");

    let now = one.get(&format!("{action}/now")).await;
    let standing: Value = serde_json::from_str(&now.text).unwrap();
    assert_eq!(standing[1]["mark"], "excused");
    assert!(now.headers.contains_key("x-form-key") && now.headers.contains_key("x-form-mark"));
    let come = one.get(&format!("/events/{event}/attendance")).await;
    assert!(come.words().contains("100%"), "{}", come.words());
}

async fn what_another_has_marked_meanwhile_stands(hub: TestHub) {
    let (school, _, _) = hub.funded_school("Lampton", "100").await;
    let event = hub.event(EventPlan::of(5, "10")).await;
    hub.crowd(&event, &school, 2).await;
    let session = hub.sessions(&event).await.remove(0);
    at_the_start(&hub, &event).await;
    let (one, other) = (hub.tab(&hub.manager()).await, hub.tab(&hub.another_manager().await).await);
    let (page, action) = (format!("/events/{event}/register"), format!("/events/{event}/register/{session}"));
    let old = one.form(&page, &action).await;
    let ids = on_register(&hub, &event, &session).await;
    let mark = |id: &str| format!("mark.{id}");
    let theirs = other.form(&page, &action).await;
    other.send(&action, filled(theirs, &[(&mark(&ids[0]), "absent")])).await.location();
    hub.world.clock.set(hub.world.clock.now() + TimeDelta::minutes(1));

    // The older page marks all the others: what was marked meanwhile stands, and is said.
    let sent = one.send(&action, filled(old, &[("rest", "present")])).await;
    assert_eq!(marks(&hub, &event, &session).await, [json!("absent"), json!("present")]);
    let seen = one.get(sent.location()).await;
    assert!(seen.words().contains("Somebody else has marked"), "{}", seen.words());

    // So does what a script sends of an older page, however late it was ticked.
    let fresh = one.form(&page, &action).await;
    let marked = |was: &str| {
        let mut fields: Vec<(String, String)> =
            fresh.iter().filter(|(name, _)| name.starts_with("form_")).cloned().collect();
        fields.push((format!("was.{}", ids[0]), was.to_owned()));
        fields.push((mark(&ids[0]), "present".to_owned()));
        fields.push((format!("ago.{}", ids[0]), "0".to_owned()));
        fields
    };
    one.send(&action, marked("")).await.location();
    assert_eq!(marks(&hub, &event, &session).await[0], "absent");

    // Who has seen it corrects it.
    let seen = one.form(&page, &action).await;
    assert!(seen.iter().any(|(name, value)| *name == format!("was.{}", ids[0]) && value == "absent"));
    let saved = one.send(&action, filled(seen, &[(&mark(&ids[0]), "late")])).await;
    assert!(one.get(saved.location()).await.words().contains("The register is saved"));
    assert_eq!(marks(&hub, &event, &session).await[0], "late");
}

async fn a_mark_that_can_not_be_is_said_of_its_delegate(hub: TestHub) {
    let (school, _, _) = hub.funded_school("Lampton", "100").await;
    let event = hub.event(EventPlan::of(5, "10")).await;
    hub.crowd(&event, &school, 2).await;
    let session = hub.sessions(&event).await.remove(0);
    at_the_start(&hub, &event).await;
    let tab = hub.tab(&hub.manager()).await;
    let (page, action) = (format!("/events/{event}/register"), format!("/events/{event}/register/{session}"));
    let ids = on_register(&hub, &event, &session).await;
    let (mark, minutes) = (format!("mark.{}", ids[1]), format!("minutes.{}", ids[1]));
    let fields = tab.form(&page, &action).await;
    let too_long = filled(fields, &[(&format!("mark.{}", ids[0]), "present"), (&mark, "partial"), (&minutes, "1440")]);
    let refused = tab.send(&action, too_long).await;
    assert!(refused.words().contains("The minutes must be 1 to"), "{}", refused.words());
    assert!(!refused.words().contains("/marks/"), "{}", refused.words());
    let again = refused.form(&action);
    assert!(again.contains(&(mark, "partial".to_owned())) && again.contains(&(minutes.clone(), "1440".to_owned())));
    assert_eq!(marks(&hub, &event, &session).await, [Value::Null, Value::Null], "none is made");
    let saved = tab.send(&action, filled(again, &[(&minutes, "20")])).await;
    assert!(tab.get(saved.location()).await.words().contains("The register is saved"));
    assert_eq!(marks(&hub, &event, &session).await, [json!("present"), json!("partial")]);
}

async fn a_register_goes_by_name_and_by_school(hub: TestHub) {
    let (lampton, _, _) = hub.funded_school("Lampton", "100").await;
    let (heston, _, _) = hub.funded_school("Heston", "100").await;
    let event = hub.event(EventPlan::of(9, "10")).await;
    for school in [&lampton, &heston, &lampton] {
        hub.crowd(&event, school, 1).await;
    }
    let session = hub.sessions(&event).await.remove(0);
    let path = format!("/v1/events/{event}/sessions/{session}/register");
    let first = hub.manager().all(&path).await.remove(0)["person_id"].as_str().unwrap().to_owned();
    let tab = hub.tab(&hub.manager()).await;
    let edit = format!("/people/{first}/edit");
    tab.submit(&edit, &edit, &[("name", "Zoë Last")]).await.location();
    at_the_start(&hub, &event).await;
    let tab = hub.tab(&hub.another_manager().await).await;
    let page = format!("/events/{event}/register");
    let names = async |path: &str| -> Vec<String> {
        let seen = tab.get(path).await;
        seen.page().all("legend").iter().map(|legend| legend.text.clone()).collect()
    };
    let all = names(&page).await;
    assert!(all.len() == 3 && all[2].starts_with("Zoë Last"), "{all:?}");
    assert_eq!(names(&format!("{page}?school_id={}", heston.id)).await.len(), 1);
    let sheet = tab.get(&format!("/events/{event}/sign-in-sheet")).await;
    let (teacher, last) = (sheet.words().find("Teacher").unwrap(), sheet.words().find("Zoë Last").unwrap());
    assert!(teacher < last, "{}", sheet.words());
}

async fn a_code_opens_the_delegate_at_the_door(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let event = hub.event(EventPlan::of(5, "10")).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    at_the_start(&hub, &event).await;
    let code = teacher.get(&format!("/v1/bookings/{}/check-in-code", booking["id"].as_str().unwrap())).await.ok();
    let path = format!("/check-in/{}", code["code"].as_str().unwrap());
    let (tab, own) = (hub.tab(&hub.manager()).await, hub.tab(&teacher).await);
    assert!(own.get(&path).await.words().contains("show it at the door"));
    assert_eq!(tab.get(&format!("/check-in?code={}", code["code"].as_str().unwrap())).await.location(), path);
    let fields = tab.form(&path, &path).await;
    let done = tab.send(&path, fields.clone()).await;
    assert_eq!(tab.send(&path, fields).await.location(), done.location());
    let seen = tab.get(done.location()).await;
    assert!(seen.words().contains("Checked in.") && seen.words().contains("Attended"), "{}", seen.words());
    let session = hub.sessions(&event).await.remove(0);
    assert_eq!(marks(&hub, &event, &session).await, [json!("present")]);
}

async fn delegates_are_listed_moved_and_printed(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let programme = hub.programme(json!({})).await;
    let from = hub.published_event(&programme, json!({ "title": "Autumn" })).await;
    let to = json!({ "title": "Winter", "price": "20", "sessions": [new_session("2026-12-10T09:00")] });
    let to = hub.published_event(&programme, to).await;
    let booking = lead.book_for(&from, &teacher).await.created();
    let name = booking["person_name"].as_str().unwrap().to_owned();
    let tab = hub.tab(&hub.manager()).await;
    let list = format!("/events/{from}/delegates");
    assert!(tab.get(&list).await.words().contains(&name));
    let badges = tab.get(&format!("/events/{from}/badges")).await;
    assert!(badges.words().contains(&name));
    assert_eq!(badges.page().all("svg").len(), 1, "with the code of each");
    let sheet = tab.get(&format!("/events/{from}/sign-in-sheet")).await;
    assert!(sheet.words().contains(&name) && sheet.page().all("svg").len() == 1);
    assert!(tab.get(&format!("/events/{from}/needs")).await.words().contains("No delegate has written down any needs"));

    let path = format!("/places/{}/move", booking["id"].as_str().unwrap());
    let asked = tab.get(&path).await;
    assert!(asked.words().contains("20 credits, 20 places left"), "{}", asked.words());
    let moved = tab.send(&path, filled(asked.form(&path), &[("event_id", &to)])).await;
    assert_eq!(moved.location(), format!("{list}?done=delegate-moved"));
    assert!(tab.get(&list).await.words().contains("Nobody has a place yet"));
    assert!(tab.get(&format!("/events/{to}/delegates")).await.words().contains(&name));
}

async fn whoever_holds_a_place_is_among_the_delegates(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let event = hub.event(EventPlan::of(3, "10")).await;
    lead.book(&event).await.created();
    teacher.book(&event).await.created();
    let seen = hub.tab(&hub.manager()).await.get(&format!("/events/{event}/delegates")).await;
    for said in ["Places taken 2 of 3", "Of these, booked 1", "Wait for their school 1", "Waits for its school"] {
        assert!(seen.words().contains(said), "{said}: {}", seen.words());
    }
    assert_eq!(seen.page().all("tbody")[0].all("tr").len(), 2, "as many as are counted");
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
    let email = email(&teacher).await;
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
