//! Delegates, by a browser: the register that several people keep at once, the code at the door, lists, badges, a move.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{EventPlan, TestHub, filled, new_session};

/// The register of a session as the API has it: each delegate's mark.
pub(super) async fn marks(hub: &TestHub, event: &str, session: &str) -> Vec<Value> {
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
pub(super) async fn at_the_start(hub: &TestHub, event: &str) {
    let event = hub.manager().get(&format!("/v1/events/{event}")).await.ok();
    hub.world.clock.set(event["starts_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap());
}

both_engines!(
    two_who_keep_a_register_do_not_undo_each_other,
    what_another_has_marked_meanwhile_stands,
    a_mark_that_can_not_be_is_said_of_its_delegate,
    a_register_goes_by_name_and_by_school,
    a_code_opens_the_delegate_at_the_door,
    delegates_are_listed_moved_and_printed,
    whoever_holds_a_place_is_among_the_delegates
);

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
