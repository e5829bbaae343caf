//! The newsletter as it is prepared: drafted of what is new, edited, looked at as each of its readers is sent it, skipped;
//! in each hub its own.

use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, TestHub, new_offer, new_session, with};

both_engines!(
    it_is_drafted_of_what_is_new,
    a_hub_has_none_until_it_is_switched_on,
    it_is_edited_with_parts_for_some_of_its_readers,
    nothing_hostile_is_left_of_what_is_written,
    it_is_written_anew_and_skipped,
    it_is_sent_before_its_time,
    it_does_not_go_weeks_late_as_it_was,
    its_time_can_be_moved,
    what_it_says_of_events_is_true_when_it_is_sent,
    placeholders_that_stand_for_nothing_are_refused,
    contacts_are_kept_by_managers,
    another_hub_sees_nothing_of_it
);

const AUDIENCES: [&str; 4] = ["teacher", "lead", "manager", "contact"];

fn weekly(on: bool) -> Value {
    json!({ "enabled": on, "weekday": "friday", "at": "07:00", "draft_days": 2 })
}

async fn at(hub: &TestHub, instant: &str) {
    hub.world.at(instant);
    hub.world.round().await;
}

fn path(issue: &Value) -> String {
    format!("/v1/newsletters/{}", issue["id"].as_str().unwrap())
}

async fn preview(who: &Client, issue: &Value, audience: &str) -> Value {
    who.get(&format!("{}/preview?audience={audience}", path(issue))).await.ok()
}

async fn edited(hub: &TestHub, issue: &Value, markdown: &str) -> Value {
    let manager = hub.manager();
    let tag = manager.get(&path(issue)).await.etag();
    manager.patch(&path(issue), &tag, json!({ "markdown": markdown })).await.ok()
}

async fn it_is_drafted_of_what_is_new(hub: TestHub) {
    let manager = hub.manager();
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let programme = hub.programme(json!({ "title": "Leading well" })).await;
    let session = with(new_session("2026-11-12T09:00"), json!({ "speaker": "Ella Hart" }));
    let event = json!({ "title": "Oracy [for] *all*", "sessions": [session] });
    let event = hub.published_event(&programme, event).await;
    lead.book_for(&event, &teacher).await.created();
    let offer = lead.add("/v1/offers", new_offer(json!({}))).await;
    hub.programme(json!({ "title": "Coaching" })).await;
    manager.put("/v1/newsletter", weekly(true)).await.ok();
    at(&hub, "2026-10-07T05:59:59Z").await;
    assert!(manager.all("/v1/newsletters").await.is_empty(), "it is drafted two days before");
    at(&hub, "2026-10-07T06:00:00Z").await;
    at(&hub, "2026-10-07T06:01:00Z").await;
    let [issue] = manager.all("/v1/newsletters").await.try_into().unwrap();
    let said = ["state", "subject", "send_at", "gathered_at", "edited_at"].map(|key| &issue[key]);
    let wanted =
        json!(["draft", "Newsletter of Friday 9 October 2026", "2026-10-09T06:00:00Z", "2026-10-07T06:00:00Z", null]);
    assert_eq!(json!(said), wanted);
    let markdown = issue["markdown"].as_str().unwrap();
    for wanted in [
        format!("- [Oracy \\[for\\] \\*all\\*](/events/{event}) with Ella Hart: {{{{when}}}}"),
        "{{price}}; {{places left}}".to_owned(),
        "**Coaching**, given by West London: dates follow".to_owned(),
        format!("- [Maths in the early years](/support/offers/{offer}), offered by Lampton Academy"),
        "- 1 place booked".to_owned(),
    ] {
        assert!(markdown.contains(&wanted), "{wanted}: {markdown}");
    }
    let text = preview(&manager, &issue, "teacher").await["text"].to_string();
    for wanted in ["Thursday 12 November 2026, 9am to 10am", "12.50 credits; 19 places left"] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(!markdown.contains("Leading well"), "an event of it is told of: {markdown}");
    assert!(!markdown.contains("lapse"), "the year does not end soon: {markdown}");
    // Of what was told once, booking that closes soon is told again; and of a year that ends soon, what is left.
    at(&hub, "2026-10-09T06:00:00Z").await;
    at(&hub, "2026-11-04T07:00:00Z").await;
    let next = preview(&manager, &hub.newsletter().await, "teacher").await["text"].to_string();
    assert!(next.contains("book by Thursday 12 November 2026, 9am"), "{next}");
    assert!(!next.contains("Coaching") && !next.contains("Maths in the early years"), "{next}");
    at(&hub, "2026-11-06T07:00:00Z").await;
    at(&hub, "2027-08-11T06:00:00Z").await;
    let (whole, pages) = (manager.all("/v1/newsletters").await, manager.all("/v1/newsletters?limit=1").await);
    assert!(whole.len() == 3 && pages == whole, "{whole:?}, {pages:?}");
    let last = hub.newsletter().await;
    let lapse = "87.50 credits of 2026/27 were left in the wallets of our schools on Wednesday 11 August 2027";
    for (audience, told) in [("teacher", false), ("lead", true), ("manager", true), ("contact", false)] {
        let text = preview(&manager, &last, audience).await["text"].to_string();
        assert_eq!(text.contains(lapse), told, "{audience}: {text}");
    }
}

async fn a_hub_has_none_until_it_is_switched_on(hub: TestHub) {
    let manager = hub.manager();
    hub.school("Lampton Academy").await;
    assert_eq!(manager.get("/v1/newsletter").await.ok(), weekly(false));
    at(&hub, "2026-10-08T12:00:00Z").await;
    assert!(manager.all("/v1/newsletters").await.is_empty());
    for days in [0, 7] {
        let wrong = json!({ "enabled": true, "weekday": "friday", "at": "07:00", "draft_days": days });
        manager.put("/v1/newsletter", wrong).await.invalid(&[("/draft_days", "invalid")]);
    }
    let wrong = json!({ "enabled": true, "weekday": "caturday", "at": "25:00", "draft_days": 2 });
    manager.put("/v1/newsletter", wrong).await.invalid(&[("/weekday", "invalid"), ("/at", "invalid")]);
    assert_eq!(manager.put("/v1/newsletter", weekly(true)).await.ok(), weekly(true));
    hub.world.round().await;
    let issue = hub.newsletter().await;
    assert_eq!(issue["state"], "draft");
    // Switched off, what is being prepared is not sent.
    manager.put("/v1/newsletter", weekly(false)).await.ok();
    let skipped = manager.get(&path(&issue)).await.ok();
    assert_eq!((&skipped["state"], &skipped["skipped_because"]), (&json!("skipped"), &json!("switched_off")));
    at(&hub, "2026-10-09T06:00:00Z").await;
    assert_eq!(manager.all("/v1/letters").await.len(), 0);
    let school = hub.school("Heston").await;
    for who in [hub.viewer().await, hub.lead(&school).await, hub.teacher(&school).await] {
        who.put("/v1/newsletter", weekly(true)).await.refused(403, "forbidden");
    }
}

const PARTS: &str =
    "# All\n\nRead this.\n\n::: leads, managers\nCredits.\n:::\n\n::: contacts\nWelcome, see [us](/catalogue).\n:::\n";

async fn it_is_edited_with_parts_for_some_of_its_readers(hub: TestHub) {
    let manager = hub.manager();
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let draft = hub.newsletter_draft().await;
    let tag = manager.get(&path(&draft)).await.etag();
    let change = json!({ "subject": "This week", "markdown": PARTS });
    let issue = manager.patch(&path(&draft), &tag, change.clone()).await.ok();
    assert_eq!((&issue["subject"], &issue["markdown"]), (&json!("This week"), &json!(PARTS)));
    assert_eq!((&issue["edited_at"], &issue["edited_by"]), (&json!(hub.world.clock.now()), &json!(manager.id())));
    manager.patch(&path(&draft), &tag, change).await.refused(412, "stale");
    let says = async |audience: &str| preview(&manager, &issue, audience).await;
    let mut texts = Vec::new();
    for audience in AUDIENCES {
        texts.push(says(audience).await["text"].as_str().unwrap().to_owned());
    }
    let both = "All\n\nRead this.\n\nCredits.";
    assert_eq!(texts, ["All\n\nRead this.", both, both, "All\n\nRead this.\n\nWelcome, see us."]);
    assert_eq!(says("lead").await["html"], "<h2>All</h2>\n<p>Read this.</p>\n<p>Credits.</p>");
    let tag = manager.get(&path(&issue)).await.etag();
    for (wrong, said) in [
        ("::: governors\nx\n:::", "line 1 begins a part for “governors”"),
        ("::: leads\nx", "the part that begins with line 1 has no end"),
        ("x\n:::", "line 2 ends a part, and none is open"),
    ] {
        let refused = manager.patch(&path(&issue), &tag, json!({ "markdown": wrong })).await;
        refused.invalid(&[("/markdown", "invalid")]);
        assert!(refused.text().contains(said), "{refused}");
    }
    // A draft is for the hub; who reads it is no editor.
    let viewer = hub.viewer().await;
    assert_eq!(viewer.get(&path(&issue)).await.ok()["markdown"], PARTS);
    viewer.patch(&path(&issue), &tag, json!({ "subject": "Mine" })).await.refused(403, "forbidden");
    for who in [&lead, &teacher] {
        who.get(&path(&issue)).await.refused(404, "not_found");
        assert!(who.all("/v1/newsletters").await.is_empty());
    }
    hub.world.pass(chrono::TimeDelta::days(3));
    hub.world.round().await;
    // Sent, it is read by all, each their parts; and not changed any more.
    let read = |issue: Value| (issue["state"].clone(), issue["markdown"].as_str().unwrap().trim().to_owned());
    let (state, said) = read(teacher.get(&path(&issue)).await.ok());
    assert!(state == "sent" && said.ends_with("Read this.") && !said.contains("Credits"), "{state} {said}");
    assert!(read(lead.all("/v1/newsletters").await.remove(0)).1.ends_with("Credits."));
    assert_eq!(teacher.get(&path(&issue)).await.ok()["edited_by"], Value::Null);
    let tag = manager.get(&path(&issue)).await.etag();
    manager.patch(&path(&issue), &tag, json!({ "subject": "No" })).await.refused(409, "invalid_transition");
    manager.post(&format!("{}/gather", path(&issue)), None).await.refused(409, "invalid_transition");
    manager.post(&format!("{}/skip", path(&issue)), None).await.refused(409, "invalid_transition");
}

async fn nothing_hostile_is_left_of_what_is_written(hub: TestHub) {
    let issue = hub.newsletter_draft().await;
    let hostile = "Hello\n\n<script>alert(1)</script>\n\n<p onclick=\"alert(1)\">x</p>\n\n[a](javascript:alert(1)) [b](data:text/html,x) \
                   [c](//evil.example) ![d](https://evil.example/pixel.png) <img src=x onerror=alert(1)> <b onmouseover=alert(1)>e</b>\n\n\
                   <iframe src=\"https://evil.example\"></iframe>\n\n[fine](https://fine.example) & <mail@fine.example>";
    let issue = edited(&hub, &issue, hostile).await;
    for audience in AUDIENCES {
        let says = preview(&hub.manager(), &issue, audience).await;
        let html = says["html"].as_str().unwrap();
        for never in
            ["<script", "onclick", "onerror", "onmouseover", "javascript:", "data:", "evil.example", "<img", "<iframe"]
        {
            assert!(!html.contains(never), "{never}: {html}");
        }
        for wanted in
            ["Hello", "href=\"https://fine.example\"", "href=\"mailto:mail@fine.example\"", "<p>a b c d  e</p>"]
        {
            assert!(html.contains(wanted), "{wanted}: {html}");
        }
        assert!(!says["text"].as_str().unwrap().contains("evil.example"), "{says}");
    }
}

async fn it_is_written_anew_and_skipped(hub: TestHub) {
    let manager = hub.manager();
    let issue = hub.newsletter_draft().await;
    assert_eq!(issue["markdown"], "", "nothing is new");
    edited(&hub, &issue, "Mine alone").await;
    let programme = hub.programme(json!({ "title": "Coaching" })).await;
    hub.world.pass(chrono::TimeDelta::minutes(1));
    let anew = manager.post(&format!("{}/gather", path(&issue)), None).await.ok();
    assert!(anew["markdown"].as_str().unwrap().contains("Coaching"), "{anew} {programme}");
    assert_eq!((&anew["edited_at"], &anew["since"]), (&Value::Null, &issue["since"]));
    let skip = format!("{}/skip", path(&issue));
    let skipped = manager.post(&skip, None).await.ok();
    assert_eq!((&skipped["state"], &skipped["skipped_because"]), (&json!("skipped"), &json!("manager")));
    assert_eq!(manager.post(&skip, None).await.ok(), skipped, "doing it twice changes nothing");
    hub.world.round().await;
    assert_eq!(manager.all("/v1/newsletters").await.len(), 1, "there is none for this week");
    // The next one goes back to where the last that was sent ended: here by a week, since none was.
    hub.world.pass(chrono::TimeDelta::days(4));
    hub.world.round().await;
    let next = hub.newsletter().await;
    assert_eq!(next["state"], "draft");
    assert!(next["markdown"].as_str().unwrap().contains("Coaching"), "{next}");
    // Emptied, it is not sent.
    edited(&hub, &next, "<!-- nothing -->\n\n::: leads\n:::").await;
    hub.world.pass(chrono::TimeDelta::days(7));
    hub.world.round().await;
    let empty = manager.get(&path(&next)).await.ok();
    assert_eq!((&empty["state"], &empty["skipped_because"]), (&json!("skipped"), &json!("empty")));
    assert!(manager.all("/v1/letters").await.iter().all(|letter| letter["kind"] != "newsletter"));
}

async fn it_is_sent_before_its_time(hub: TestHub) {
    let manager = hub.manager();
    let issue = hub.newsletter_draft().await;
    let send = format!("{}/send", path(&issue));
    manager.post(&send, None).await.refused(409, "invalid_transition");
    edited(&hub, &issue, "Hello").await;
    hub.viewer().await.post(&send, None).await.refused(403, "forbidden");
    let sending = manager.post(&send, None).await.ok();
    assert_eq!((&sending["state"], &sending["sent_at"]), (&json!("sending"), &Value::Null));
    assert_eq!(manager.post(&send, None).await.ok(), sending, "doing it twice changes nothing");
    hub.world.round().await;
    let sent = manager.get(&path(&issue)).await.ok();
    assert_eq!((&sent["state"], &sent["sent_at"]), (&json!("sent"), &json!(hub.world.clock.now())));
    let teacher = hub.teacher(&hub.school("Heston").await).await;
    for (who, state, seen) in
        [(&manager, "sent", 1), (&manager, "draft", 0), (&teacher, "sent", 1), (&teacher, "draft", 0)]
    {
        assert_eq!(who.all(&format!("/v1/newsletters?state={state}")).await.len(), seen, "{state}");
    }
    manager.post(&format!("{}/skip", path(&issue)), None).await.refused(409, "invalid_transition");
    hub.world.pass(chrono::TimeDelta::hours(52));
    hub.world.round().await;
    assert_eq!(manager.all("/v1/newsletters").await.len(), 1, "there is no other for that time");
}

async fn it_does_not_go_weeks_late_as_it_was(hub: TestHub) {
    let manager = hub.manager();
    let issue = hub.newsletter_draft().await;
    let programme = hub.programme(json!({ "title": "Coaching" })).await;
    // The service was down for more than a week.
    hub.world.pass(chrono::TimeDelta::days(12));
    hub.world.round().await;
    let late = manager.get(&path(&issue)).await.ok();
    assert_eq!((&late["state"], &late["since"]), (&json!("draft"), &issue["since"]));
    assert!(late["send_at"].as_str() > Some(&hub.world.clock.now().to_rfc3339()), "it goes at the next time: {late}");
    assert!(late["subject"] != issue["subject"], "{late}");
    assert!(late["markdown"].as_str().unwrap().contains("Coaching"), "it is written anew: {late} {programme}");
    // What somebody has edited stays as they wrote it; and goes with the day on which it is sent.
    edited(&hub, &late, "Mine alone").await;
    hub.world.pass(chrono::TimeDelta::days(16));
    hub.world.round().await;
    let later = manager.get(&path(&issue)).await.ok();
    assert_eq!((&later["state"], &later["markdown"]), (&json!("draft"), &json!("Mine alone")));
    hub.world.pass(chrono::TimeDelta::days(8));
    hub.world.round().await;
    let sent = manager.get(&path(&issue)).await.ok();
    assert_eq!(sent["state"], "sent");
    let today = hub.world.clock.now().format("%-d %B %Y").to_string();
    assert!(sent["subject"].as_str().unwrap().ends_with(&today), "{sent}");
    assert_eq!(manager.all("/v1/newsletters").await.len(), 1, "there is one of all these weeks");
}

async fn its_time_can_be_moved(hub: TestHub) {
    let manager = hub.manager();
    manager.put("/v1/newsletter", weekly(true)).await.ok();
    at(&hub, "2026-10-08T12:00:00Z").await;
    let issue = edited(&hub, &hub.newsletter().await, "Hello").await;
    let sunday = json!({ "enabled": true, "weekday": "sunday", "at": "18:30", "draft_days": 2 });
    manager.put("/v1/newsletter", sunday).await.ok();
    let moved = manager.get(&path(&issue)).await.ok();
    let said = (&moved["send_at"], &moved["subject"]);
    assert_eq!(said, (&json!("2026-10-11T17:30:00Z"), &json!("Newsletter of Sunday 11 October 2026")));
    at(&hub, "2026-10-09T06:00:00Z").await;
    assert_eq!(hub.newsletter().await["state"], "draft");
    at(&hub, "2026-10-11T17:30:00Z").await;
    let sent = hub.newsletter().await;
    assert_eq!((&sent["state"], &sent["sent_at"]), (&json!("sent"), &json!("2026-10-11T17:30:00Z")));
}

async fn what_it_says_of_events_is_true_when_it_is_sent(hub: TestHub) {
    let manager = hub.manager();
    let (school, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let another = hub.teacher(&school).await;
    let programme = hub.programme(json!({ "title": "Leading well" })).await;
    let of = |title: &str| json!({ "title": title, "capacity": 3, "sessions": [new_session("2026-11-12T09:00")] });
    let coming = hub.published_event(&programme, of("Oracy")).await;
    let off = hub.published_event(&programme, of("Phonics")).await;
    let closing = json!({
        "title": "Closing soon", "capacity": 1, "closes_at": "2026-10-16T12:00:00Z", "sessions": [new_session("2026-11-19T09:00")]
    });
    let closing = hub.published_event(&programme, closing).await;
    let draft = hub.newsletter_draft().await;
    let gathered = draft["markdown"].as_str().unwrap();
    assert!(gathered.contains(&coming) && gathered.contains(&off), "{gathered}");
    let last = format!("## Last places\n\n- [Closing soon](/events/{closing}): {{{{last places}}}}\n");
    let issue = edited(&hub, &draft, &format!("Our week.\n\n{gathered}\n{last}")).await;
    let text = async || preview(&manager, &issue, "teacher").await["text"].as_str().unwrap().to_owned();
    let said = text().await;
    for wanted in ["3 places left", "Phonics", "Last places", "1 place left: book by Friday 16 October 2026, 1pm"] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    // What happens after it was drafted and edited is true of what is looked at, and of what is sent.
    lead.book_for(&coming, &teacher).await.created();
    lead.book_for(&closing, &another).await.created();
    let reason = json!({ "reason": "The hall is flooded" });
    manager.post(&format!("/v1/events/{off}/cancel"), reason).key("off").await.ok();
    let wanted = |said: &str| {
        assert!(said.contains("Our week.") && said.contains("2 places left"), "{said}");
        assert!(!said.contains("Phonics") && !said.contains("Last places"), "{said}");
    };
    wanted(&text().await);
    hub.world.pass(chrono::TimeDelta::days(3));
    hub.world.round().await;
    let sent = manager.get(&path(&issue)).await.ok();
    assert_eq!(sent["state"], "sent");
    wanted(sent["markdown"].as_str().unwrap());
    // It stays as it was sent.
    lead.book_for(&coming, &another).await.created();
    assert_eq!(manager.get(&path(&issue)).await.ok(), sent);
    wanted(&text().await);
}

async fn placeholders_that_stand_for_nothing_are_refused(hub: TestHub) {
    let manager = hub.manager();
    let issue = hub.newsletter_draft().await;
    let tag = manager.get(&path(&issue)).await.etag();
    for (wrong, said) in [
        ("Dear {{name}}", "{{name}} is no placeholder of a newsletter: there are {{when}}"),
        ("Come: {{when}}", "{{when}} stands for nothing, since the line has no link to an event"),
        ("Come {{when", "must be followed by }}"),
    ] {
        let refused = manager.patch(&path(&issue), &tag, json!({ "markdown": wrong })).await;
        refused.invalid(&[("/markdown", "invalid")]);
        assert!(refused.text().contains(said), "{refused}");
    }
    let refused = manager.patch(&path(&issue), &tag, json!({ "subject": "For {{name}}" })).await;
    refused.invalid(&[("/subject", "invalid")]);
}

async fn contacts_are_kept_by_managers(hub: TestHub) {
    let manager = hub.manager();
    let new = json!({ "name": "Zoë Outside", "email": "Zoe@Council.example" });
    let contact = manager.post("/v1/newsletter/contacts", new).await.created();
    assert_eq!((&contact["added_by"], &contact["stopped_at"]), (&json!(manager.id()), &Value::Null));
    let again = json!({ "name": "Zoe", "email": "zoe@council.EXAMPLE" });
    manager.post("/v1/newsletter/contacts", again).await.invalid(&[("/email", "taken")]);
    let viewer = hub.viewer().await;
    assert_eq!(viewer.all("/v1/newsletter/contacts").await, std::slice::from_ref(&contact));
    let second = json!({ "name": "Yan", "email": "yan@council.example" });
    let second = manager.post("/v1/newsletter/contacts", second).await.created();
    assert_eq!(viewer.all("/v1/newsletter/contacts?limit=1").await, [contact.clone(), second.clone()]);
    let one = format!("/v1/newsletter/contacts/{}", contact["id"].as_str().unwrap());
    viewer.delete(&one).await.refused(403, "forbidden");
    let school = hub.school("Lampton Academy").await;
    hub.teacher(&school).await.get("/v1/newsletter/contacts").await.refused(403, "forbidden");
    manager.delete(&one).await.is(204);
    manager.delete(&one).await.refused(404, "not_found");
    assert_eq!(manager.all("/v1/newsletter/contacts").await, [second]);
}

async fn another_hub_sees_nothing_of_it(hub: TestHub) {
    let other = hub.world.hub("Another").await;
    let (theirs, contact) = (other.newsletter_draft().await, json!({ "name": "Out", "email": "out@council.example" }));
    let contact = other.manager().add("/v1/newsletter/contacts", contact).await;
    let edited = edited(&other, &theirs, "Theirs alone").await;
    hub.world.pass(chrono::TimeDelta::days(3));
    hub.world.round().await;
    assert_eq!(other.newsletter().await["state"], "sent");
    let manager = hub.manager();
    assert!(manager.all("/v1/newsletters").await.is_empty() && manager.all("/v1/letters").await.is_empty());
    assert_eq!(manager.get("/v1/newsletter").await.ok()["enabled"], false);
    manager.get(&path(&theirs)).await.refused(404, "not_found");
    manager.get(&format!("{}/preview?audience=lead", path(&theirs))).await.refused(404, "not_found");
    manager.patch(&path(&theirs), "\"2\"", json!({ "subject": "Ours" })).await.refused(404, "not_found");
    for act in ["gather", "skip", "send"] {
        manager.post(&format!("{}/{act}", path(&theirs)), None).await.refused(404, "not_found");
    }
    manager.delete(&format!("/v1/newsletter/contacts/{contact}")).await.refused(404, "not_found");
    assert_eq!(edited["markdown"], other.newsletter().await["markdown"]);
}
