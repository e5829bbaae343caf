//! Invitations for the calendars of those who chose them, read by a parser that shares nothing with what wrote them.

use chrono::TimeDelta;
use hub_credits::sending::Sender;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, FROM, Invitation, MailServer, TestHub, new_session};

both_engines!(
    nobody_is_sent_any_unless_they_chose_it,
    each_session_of_a_place_is_an_invitation_once,
    what_changes_is_told_once_under_the_identifier_of_the_feed,
    what_is_changed_back_is_not_told,
    what_is_no_place_any_more_is_cancelled,
    a_place_that_is_only_waited_for_is_none,
    whoever_stops_them_is_told_only_what_differs_when_they_choose_them_again,
    what_is_over_is_not_told,
    in_quiet_hours_each_waits_and_comes_by_itself,
    of_two_letters_that_wait_the_later_one_goes,
    who_is_disabled_is_told_nothing,
    a_merged_record_s_places_are_told_to_the_one_that_is_kept,
    an_erased_person_leaves_nothing_of_them,
    a_hub_that_nobody_has_written_to_is_not_looked_at
);

/// A hub whose letters go to a server.
struct Post<'a> {
    hub: &'a TestHub,
    server: MailServer,
    sender: Sender,
}

impl Post<'_> {
    fn of(hub: &TestHub) -> Option<Post<'_>> {
        let server = MailServer::start()?;
        let mail = server.settings();
        let sender = hub.world.sender(|settings| settings.mail = Some(mail));
        Some(Post { hub, server, sender })
    }

    /// What somebody was sent for their calendar, in all, once a round and the sender have done what is due.
    async fn sent(&self, who: &Client) -> Vec<Invitation> {
        self.hub.world.round().await;
        self.sender.go().await.unwrap();
        self.taken(who).await
    }

    async fn taken(&self, who: &Client) -> Vec<Invitation> {
        let email = address(who).await;
        let mut sent: Vec<Invitation> = self
            .server
            .letters()
            .iter()
            .filter(|letter| letter["to"][1] == email.as_str())
            .filter_map(Invitation::of)
            .inspect(|invitation| assert_eq!((&invitation.attendee, invitation.organizer.as_str()), (&email, FROM)))
            .collect();
        // Several are handed to the server at once.
        sent.sort_by_key(|invitation| (invitation.entry.sequence, invitation.entry.starts));
        sent
    }

    /// Why letters were not sent.
    async fn reasons(&self) -> Vec<Value> {
        let unwanted = self.hub.manager().all("/v1/letters?state=unwanted").await;
        let mut invitations: Vec<Value> =
            unwanted.into_iter().filter(|letter| letter["kind"] == "calendar_invitation").collect();
        invitations.iter_mut().map(|letter| letter["reason"].take()).collect()
    }
}

async fn address(who: &Client) -> String {
    who.get("/v1/me").await.ok()["email"].as_str().unwrap().to_owned()
}

async fn choose(who: &Client, way: &str) -> Value {
    let choice = json!([{ "topic": "calendar", "way": way }]);
    who.put("/v1/me/letters", json!({ "choices": choice, "quiet_from": null, "quiet_until": null })).await.ok()
}

/// An event with sessions on these mornings.
async fn event_on(hub: &TestHub, days: &[&str]) -> String {
    let programme = hub.programme(json!({})).await;
    let sessions: Vec<Value> = days.iter().map(|day| new_session(&format!("{day}T09:00"))).collect();
    hub.published_event(&programme, json!({ "sessions": sessions })).await
}

/// Changes a session of an event.
async fn change(hub: &TestHub, event: &str, number: usize, change: Value) {
    let path = format!("/v1/events/{event}/sessions/{}", hub.sessions(event).await[number]);
    hub.manager().patch(&path, &hub.manager().get(&path).await.etag(), change).await.ok();
}

fn methods(sent: &[Invitation]) -> Vec<&str> {
    sent.iter().map(|invitation| invitation.method.as_str()).collect()
}

async fn nobody_is_sent_any_unless_they_chose_it(hub: TestHub) {
    let Some(post) = Post::of(&hub) else { return };
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    lead.book_for(&hub.event(EventPlan::default()).await, &teacher).await.created();
    assert!(post.sent(&teacher).await.is_empty());
    let choices = teacher.get("/v1/me/letters").await.ok()["choices"].clone();
    let calendar = choices.as_array().unwrap().iter().find(|choice| choice["topic"] == "calendar").unwrap();
    assert_eq!(
        calendar,
        &json!({ "topic": "calendar", "way": "none", "can_be_changed": true, "can_be_gathered": false })
    );
    assert!(hub.manager().all("/v1/letters").await.iter().all(|letter| letter["kind"] != "calendar_invitation"));
}

async fn each_session_of_a_place_is_an_invitation_once(hub: TestHub) {
    let Some(post) = Post::of(&hub) else { return };
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = event_on(&hub, &["2026-11-12", "2026-11-19"]).await;
    choose(&teacher, "at_once").await;
    lead.book_for(&event, &teacher).await.created();
    let sent = post.sent(&teacher).await;
    assert_eq!(methods(&sent), ["REQUEST", "REQUEST"]);
    let feed = teacher.get("/v1/me/calendar.ics").await.calendar();
    let entries: Vec<_> = sent.iter().map(|invitation| invitation.entry.clone()).collect();
    assert_eq!(entries, feed);
    assert!(feed.iter().all(|entry| (entry.status, entry.busy) == ("CONFIRMED", true)), "{feed:?}");
    let name = teacher.get("/v1/me").await.ok()["name"].clone();
    assert!(sent.iter().all(|it| it.answer == ["ACCEPTED", "FALSE"] && name == it.name.as_str()), "{sent:?}");
    assert_eq!(post.sent(&teacher).await.len(), 2, "once");
    hub.world.pass(TimeDelta::minutes(1));
    assert_eq!(post.sent(&teacher).await.len(), 2);
    // For people it says the same.
    let letters = post.server.letters();
    let letter = letters.iter().find(|letter| letter["scheduling"] != json!([])).unwrap();
    assert!(letter["subject"].as_str().unwrap().ends_with(": for your calendar"), "{letter:#}");
    let text = letter["text"].as_str().unwrap();
    for wanted in ["You have a place on", "When: ", "https://hub.example/events/", "/letters/stop/"] {
        assert!(text.contains(wanted), "{wanted:?} in {text}");
    }
    assert_eq!(letter["attachments"][0]["name"], "invite.ics");
    let stop = letter["headers"]["list-unsubscribe"].as_str().unwrap().trim_matches(['<', '>']).to_owned();
    let path = stop.strip_prefix("https://hub.example").unwrap();
    hub.world.stranger().one_click(path).await;
    change(&hub, &event, 0, json!({ "place": "The hall" })).await;
    assert_eq!(post.sent(&teacher).await.len(), 2, "they are stopped");
}

async fn what_changes_is_told_once_under_the_identifier_of_the_feed(hub: TestHub) {
    let Some(post) = Post::of(&hub) else { return };
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = event_on(&hub, &["2026-11-12", "2026-11-19"]).await;
    choose(&teacher, "at_once").await;
    lead.book_for(&event, &teacher).await.created();
    let before = post.sent(&teacher).await;
    let moved = json!({ "starts_at": "2026-11-13T09:30:00Z", "ends_at": "2026-11-13T10:30:00Z", "place": "The hall" });
    change(&hub, &event, 0, moved).await;
    let sent = post.sent(&teacher).await;
    assert_eq!(sent.len(), 3, "{sent:#?}");
    let told = sent.last().unwrap();
    let feed = teacher.get("/v1/me/calendar.ics").await.calendar();
    assert_eq!((told.method.as_str(), &told.entry), ("REQUEST", &feed[0]));
    assert_eq!(told.entry.uid, before[0].entry.uid);
    assert!(told.entry.sequence > before[0].entry.sequence, "{told:?}");
    assert_eq!(
        (told.entry.starts.to_string().as_str(), told.entry.location.as_str()),
        ("2026-11-13 09:30:00", "The hall")
    );
    assert_eq!(post.sent(&teacher).await.len(), 3);
}

async fn what_is_changed_back_is_not_told(hub: TestHub) {
    let Some(post) = Post::of(&hub) else { return };
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = event_on(&hub, &["2026-11-12"]).await;
    choose(&teacher, "at_once").await;
    let booking = lead.book_for(&event, &teacher).await.created();
    assert_eq!(post.sent(&teacher).await.len(), 1);
    change(&hub, &event, 0, json!({ "place": "Here" })).await;
    change(&hub, &event, 0, json!({ "place": "There" })).await;
    assert_eq!(post.sent(&teacher).await.len(), 2);
    change(&hub, &event, 0, json!({ "place": "Here" })).await;
    change(&hub, &event, 0, json!({ "place": "There" })).await;
    assert_eq!(post.sent(&teacher).await.len(), 2);
    // A place that is given up and booked anew before anything was told is the same place.
    lead.act(&booking, "cancel").await.ok();
    lead.book_for(&event, &teacher).await.created();
    assert_eq!(post.sent(&teacher).await.len(), 2);
    change(&hub, &event, 0, json!({ "place": "Elsewhere" })).await;
    let sent = post.sent(&teacher).await;
    let feed = teacher.get("/v1/me/calendar.ics").await.calendar();
    assert_eq!((sent.len(), &sent[2].entry), (3, &feed[0]));
}

async fn what_is_no_place_any_more_is_cancelled(hub: TestHub) {
    let Some(post) = Post::of(&hub) else { return };
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "1000").await;
    let other = hub.teacher(&school).await;
    choose(&teacher, "at_once").await;
    choose(&other, "at_once").await;
    let given_up = event_on(&hub, &["2026-11-10"]).await;
    let booking = lead.book_for(&given_up, &teacher).await.created();
    let shortened = event_on(&hub, &["2026-11-11", "2026-11-12"]).await;
    lead.book_for(&shortened, &teacher).await.created();
    let called_off = event_on(&hub, &["2026-11-13"]).await;
    lead.book_for(&called_off, &teacher).await.created();
    let handed_on = event_on(&hub, &["2026-11-16"]).await;
    let handed = lead.book_for(&handed_on, &teacher).await.created();
    let before = post.sent(&teacher).await;
    assert_eq!(methods(&before), ["REQUEST"; 5]);
    lead.act(&booking, "cancel").await.ok();
    let second = hub.sessions(&shortened).await.remove(1);
    let reason = json!({ "reason": "The hall is flooded" });
    hub.manager().post(&format!("/v1/events/{shortened}/sessions/{second}/cancel"), reason.clone()).await.ok();
    hub.manager().post(&format!("/v1/events/{called_off}/cancel"), reason).await.ok();
    let substitute = format!("/v1/bookings/{}/substitute", handed["id"].as_str().unwrap());
    lead.post(&substitute, json!({ "person_id": other.id() })).await.ok();
    let mut sent = post.sent(&teacher).await;
    sent.retain(|invitation| !before.contains(invitation));
    sent.sort_by_key(|invitation| invitation.entry.starts);
    assert_eq!(methods(&sent), ["CANCEL"; 4], "{sent:#?}");
    let days: Vec<String> = sent.iter().map(|invitation| invitation.entry.starts.date().to_string()).collect();
    assert_eq!(days, ["2026-11-10", "2026-11-12", "2026-11-13", "2026-11-16"]);
    let feed = teacher.get("/v1/me/calendar.ics").await.calendar();
    for told in &sent {
        let then = before.iter().find(|then| then.entry.uid == told.entry.uid).unwrap();
        assert_eq!((told.entry.status, told.entry.busy), ("CANCELLED", false));
        assert!(told.entry.sequence > then.entry.sequence, "{told:?}");
        let shown = feed.iter().find(|entry| entry.uid == told.entry.uid).unwrap();
        assert_eq!((shown.status, shown.sequence), ("CANCELLED", told.entry.sequence));
    }
    assert_eq!(sent[1].entry.description, "Called off: The hall is flooded");
    assert_eq!(methods(&post.taken(&other).await), ["REQUEST"]);
    assert_eq!(post.sent(&teacher).await.len(), 9, "once");
    // Booked anew, it is told anew.
    lead.book_for(&given_up, &teacher).await.created();
    let again = post.sent(&teacher).await;
    let last = again.iter().rfind(|it| it.entry.uid == sent[0].entry.uid).unwrap();
    assert!(last.method == "REQUEST" && last.entry.sequence > sent[0].entry.sequence, "{last:?}");
}

async fn a_place_that_is_only_waited_for_is_none(hub: TestHub) {
    let Some(post) = Post::of(&hub) else { return };
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let waits = hub.teacher(&school).await;
    for who in [&teacher, &waits] {
        choose(who, "at_once").await;
    }
    let event = hub.event(EventPlan { capacity: 1, ..EventPlan::default() }).await;
    let asked = teacher.book(&event).await.created();
    assert!(post.sent(&teacher).await.is_empty(), "it is not approved yet");
    lead.act(&asked, "approve").await.ok();
    lead.book_for(&event, &waits).await.created();
    assert_eq!(methods(&post.sent(&teacher).await), ["REQUEST"]);
    assert!(post.taken(&waits).await.is_empty());
    lead.act(&asked, "cancel").await.ok();
    assert_eq!(methods(&post.sent(&teacher).await), ["REQUEST", "CANCEL"]);
    assert_eq!(methods(&post.taken(&waits).await), ["REQUEST"], "they moved up");
}

async fn whoever_stops_them_is_told_only_what_differs_when_they_choose_them_again(hub: TestHub) {
    let Some(post) = Post::of(&hub) else { return };
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "1000").await;
    let (stays, goes) = (event_on(&hub, &["2026-11-12"]).await, event_on(&hub, &["2026-11-19"]).await);
    lead.book_for(&stays, &teacher).await.created();
    let booking = lead.book_for(&goes, &teacher).await.created();
    choose(&teacher, "at_once").await;
    assert_eq!(methods(&post.sent(&teacher).await), ["REQUEST"; 2]);
    choose(&teacher, "none").await;
    assert_eq!(post.sent(&teacher).await.len(), 2, "nothing is taken back");
    lead.act(&booking, "cancel").await.ok();
    assert_eq!(post.sent(&teacher).await.len(), 2);
    choose(&teacher, "at_once").await;
    let sent = post.sent(&teacher).await;
    assert_eq!(sent.len(), 3, "{sent:#?}");
    let last = sent.iter().find(|invitation| invitation.method == "CANCEL").unwrap();
    assert_eq!(last.entry.starts.date().to_string(), "2026-11-19");
}

async fn what_is_over_is_not_told(hub: TestHub) {
    let Some(post) = Post::of(&hub) else { return };
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = event_on(&hub, &["2026-11-12", "2026-11-19"]).await;
    lead.book_for(&event, &teacher).await.created();
    hub.world.at("2026-11-13T09:00:00Z");
    choose(&teacher, "at_once").await;
    let sent = post.sent(&teacher).await;
    let days: Vec<String> = sent.iter().map(|invitation| invitation.entry.starts.date().to_string()).collect();
    assert_eq!(days, ["2026-11-19"], "only what is still to come");
    // What comes too late is not said.
    change(&hub, &event, 1, json!({ "place": "The hall" })).await;
    hub.world.round().await;
    hub.world.at("2026-11-19T20:00:00Z");
    assert_eq!(post.sent(&teacher).await.len(), 1);
    assert_eq!(post.reasons().await, ["the session is over"]);
    // A month later nothing is kept of it.
    let kept = async || {
        let held = teacher.get("/v1/me/data").await.ok();
        held["held"]["calendar_invitations"].as_array().unwrap().len()
    };
    assert_eq!(kept().await, 1);
    hub.world.at("2026-12-20T09:00:00Z");
    hub.world.round().await;
    assert_eq!(kept().await, 0);
}

async fn in_quiet_hours_each_waits_and_comes_by_itself(hub: TestHub) {
    let Some(post) = Post::of(&hub) else { return };
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = event_on(&hub, &["2026-11-12", "2026-11-19"]).await;
    lead.book_for(&event, &teacher).await.created();
    let choice = json!([{ "topic": "calendar", "way": "at_once" }]);
    let quiet = json!({ "choices": choice, "quiet_from": "09:00", "quiet_until": "12:30" });
    teacher.put("/v1/me/letters", quiet).await.ok();
    assert!(post.sent(&teacher).await.is_empty(), "it is ten o'clock in London");
    let waiting = hub.manager().all("/v1/letters?state=waiting").await;
    let waiting: Vec<_> = waiting.iter().filter(|letter| letter["kind"] == "calendar_invitation").collect();
    assert!(
        waiting.len() == 2 && waiting.iter().all(|letter| letter["due_at"] == "2026-10-05T11:30:00Z"),
        "{waiting:#?}"
    );
    hub.world.at("2026-10-05T11:30:00Z");
    assert_eq!(methods(&post.sent(&teacher).await), ["REQUEST"; 2]);
}

async fn of_two_letters_that_wait_the_later_one_goes(hub: TestHub) {
    let Some(post) = Post::of(&hub) else { return };
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = event_on(&hub, &["2026-11-12"]).await;
    choose(&teacher, "at_once").await;
    lead.book_for(&event, &teacher).await.created();
    hub.world.round().await;
    change(&hub, &event, 0, json!({ "place": "The hall" })).await;
    let [sent] = post.sent(&teacher).await.try_into().unwrap();
    assert_eq!(sent.entry.location, "The hall");
    assert_eq!(post.reasons().await, ["a later letter says what has become of it"]);
}

async fn who_is_disabled_is_told_nothing(hub: TestHub) {
    let Some(post) = Post::of(&hub) else { return };
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = event_on(&hub, &["2026-11-12"]).await;
    lead.book_for(&event, &teacher).await.created();
    choose(&teacher, "at_once").await;
    let path = format!("/v1/people/{}", teacher.id());
    let email = address(&teacher).await;
    hub.manager().post(&format!("{path}/disable"), None).await.ok();
    hub.world.round().await;
    post.sender.go().await.unwrap();
    let to_them = |letter: &Value| letter["to"][1] == email.as_str() && letter["scheduling"] != json!([]);
    assert!(!post.server.letters().iter().any(to_them));
    hub.manager().post(&format!("{path}/enable"), None).await.ok();
    assert_eq!(methods(&post.sent(&teacher).await), ["REQUEST"], "once they are back, the place that is still theirs");
}

async fn a_merged_record_s_places_are_told_to_the_one_that_is_kept(hub: TestHub) {
    let Some(post) = Post::of(&hub) else { return };
    let (school, lead, kept) = hub.funded_school("Lampton Academy", "100").await;
    let other = hub.teacher(&school).await;
    let event = event_on(&hub, &["2026-11-12"]).await;
    for who in [&kept, &other] {
        choose(who, "at_once").await;
    }
    lead.book_for(&event, &other).await.created();
    let [before] = post.sent(&other).await.try_into().unwrap();
    change(&hub, &event, 0, json!({ "place": "The hall" })).await;
    hub.world.round().await;
    let merge = format!("/v1/people/{}/merge", kept.id());
    let quote = hub.manager().get(&format!("{merge}?with={}", other.id())).await.ok()["quote"].clone();
    hub.manager().post(&merge, json!({ "with": other.id(), "quote": quote })).await.ok();
    let [sent] = post.sent(&kept).await.try_into().unwrap();
    assert_eq!((sent.method.as_str(), &sent.entry.uid), ("REQUEST", &before.entry.uid));
    assert_eq!(sent.entry.location, "The hall");
    assert_eq!(post.sent(&kept).await.len(), 1);
}

async fn an_erased_person_leaves_nothing_of_them(hub: TestHub) {
    let Some(post) = Post::of(&hub) else { return };
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = event_on(&hub, &["2026-11-12"]).await;
    choose(&teacher, "at_once").await;
    lead.book_for(&event, &teacher).await.created();
    let [sent] = post.sent(&teacher).await.try_into().unwrap();
    let held = teacher.get("/v1/me/data").await.ok();
    let kept = &held["held"]["calendar_invitations"][0];
    assert_eq!(
        (&kept["title"], &kept["invited"]),
        (&json!(sent.entry.summary), &json!(true)),
        "it is handed out: {held:#}"
    );
    let path = format!("/v1/people/{}/erase", teacher.id());
    let quote = hub.manager().get(&path).await.ok()["quote"].clone();
    hub.manager().post(&path, json!({ "quote": quote })).await.ok();
    let letters = post.server.letters().len();
    hub.world.round().await;
    let mut tx = hub.world.db().read_everywhere().await.unwrap();
    let rows: Vec<(i64,)> = tx.query("SELECT sequence FROM calendar_invitations").all().await.unwrap();
    drop(tx);
    assert!(rows.is_empty(), "{rows:?}");
    post.sender.go().await.unwrap();
    let new = post.server.letters().split_off(letters);
    assert!(new.iter().all(|letter| letter["scheduling"] == json!([])), "{new:#?}");
}

/// How often the hub was written says whether a round wrote anything, and what was looked at that it is not looked at again.
async fn a_hub_that_nobody_has_written_to_is_not_looked_at(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = event_on(&hub, &["2026-11-12"]).await;
    let counts = async || {
        let sql = "SELECT h.writes, COALESCE(l.writes, 0) FROM ledger_heads h
             LEFT JOIN calendar_looks l ON l.hub_id = h.hub_id";
        let rows: Vec<(i64, i64)> = hub.world.db().read_everywhere().await.unwrap().query(sql).all().await.unwrap();
        rows[0]
    };
    lead.book_for(&event, &teacher).await.created();
    hub.world.round().await;
    assert_eq!(counts().await.1, 0, "nobody wants it");
    choose(&teacher, "at_once").await;
    let chosen = counts().await.0;
    hub.world.round().await;
    assert_eq!(counts().await, (chosen + 1, chosen), "it was told in one write");
    hub.world.round().await;
    assert_eq!(counts().await, (chosen + 1, chosen + 1), "there was nothing more");
    hub.world.round().await;
    assert_eq!(counts().await, (chosen + 1, chosen + 1));
    change(&hub, &event, 0, json!({ "speaker": "Dr Ada" })).await;
    hub.world.round().await;
    assert_eq!(counts().await, (chosen + 3, chosen + 2));
}
