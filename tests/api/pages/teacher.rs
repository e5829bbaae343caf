//! What a teacher uses: home, the catalogue, an event, a place, the record, needs and notices.

use chrono::TimeDelta;
use hub_credits::programme::programmes::admission::Admission;
use serde_json::json;

use crate::both_engines;
use crate::support::{EventPlan, Seen, TestHub, filled};

both_engines!(
    a_place_is_asked_for_in_two_clicks_once_however_often_it_is_sent,
    a_clash_is_shown_before_and_refused_and_can_be_wanted,
    who_comes_late_joins_the_line_and_takes_the_place_that_is_offered,
    cancelling_shows_what_comes_back_and_holds_to_it,
    who_attended_evaluates_and_has_a_certificate_and_hours,
    needs_are_written_seen_and_removed_and_kept_nowhere_else,
    a_ticket_pays_and_the_catalogue_finds_what_is_free,
    what_is_looked_for_is_saved_found_again_changed_and_removed,
    home_says_what_waits_for_each_role,
    others_see_neither_place_nor_form,
    a_calendar_link_is_shown_once,
);

async fn what_is_looked_for_is_saved_found_again_changed_and_removed(hub: TestHub) {
    let (_, _, teacher) = hub.funded_school("Lampton", "100").await;
    let tab = hub.tab(&teacher).await;
    let page = "/catalogue?text=spring&from=2027-01&free=yes";
    let saved = tab.submit(page, "/catalogue/filters", &[("name", "Spring"), ("alert", "yes")]).await;
    let leads = saved.location().to_owned();
    assert_eq!(leads, "/catalogue?text=spring&from=2027-01&free=yes&done=filter-saved");
    let listed = tab.get("/catalogue").await;
    let words = listed.words();
    assert!(
        words.contains("What you look for") && words.contains("Spring") && words.contains("you are told"),
        "{words}"
    );
    assert!(listed.text.contains("/catalogue?text=spring&#38;from=2027-01&#38;free=yes"), "{}", listed.text);
    let filter = teacher.all("/v1/me/saved-filters").await.remove(0);
    assert_eq!(
        (&filter["from_month"], &filter["alert"], &filter["free"]),
        (&"2027-01".into(), &true.into(), &true.into())
    );

    // A name that is taken comes back with what was looked for.
    let taken = tab.submit("/catalogue?kind=conference", "/catalogue/filters", &[("name", "SPRING")]).await;
    assert!(taken.words().contains("There is a filter with this name already"), "{}", taken.words());
    let other =
        tab.send("/catalogue/filters", filled(taken.form("/catalogue/filters"), &[("name", "Conferences")])).await;
    assert_eq!(other.location(), "/catalogue?kind=conference&done=filter-saved");

    let own = format!("/catalogue/filters/{}", filter["id"].as_str().unwrap());
    assert!(tab.get(&own).await.words().contains("January 2027"));
    let mut fields = tab.form(&own, &own).await;
    fields.retain(|(name, _)| name != "alert");
    assert_eq!(tab.send(&own, filled(fields, &[("name", "Early")])).await.location(), "/catalogue?done=filter-changed");
    let filter = teacher.get(&format!("/v1/me/saved-filters/{}", filter["id"].as_str().unwrap())).await.ok();
    assert_eq!((&filter["name"], &filter["alert"]), (&"Early".into(), &false.into()));
    let remove = format!("{own}/remove");
    assert_eq!(tab.submit(&own, &remove, &[]).await.location(), "/catalogue?done=filter-removed");
    assert_eq!(tab.get(&own).await.status, 404);
}

fn place(seen: &Seen) -> String {
    seen.location().trim_start_matches("/places/").split('?').next().unwrap().to_owned()
}

async fn a_place_is_asked_for_in_two_clicks_once_however_often_it_is_sent(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let event = hub.event(EventPlan::of(10, "45")).await;
    let tab = hub.tab(&teacher).await;
    let catalogue = tab.get("/catalogue").await;
    let path = format!("/events/{event}");
    assert!(catalogue.page().all("a").iter().any(|link| link.attribute("href") == Some(&path)), "{}", catalogue.text);
    assert!(catalogue.words().contains("45 credits"), "{}", catalogue.words());

    let shown = tab.get(&path).await;
    for said in ["100 credits of 2026/27", "would have 55 credits left", "Ask for a place", "10 places left"] {
        assert!(shown.words().contains(said), "{said}: {}", shown.words());
    }
    assert!(shown.words().contains("all 45 credits back"), "the policy in words: {}", shown.words());
    let fields = shown.form(&path);
    let asked = tab.send(&path, fields.clone()).await;
    let again = tab.send(&path, fields).await;
    assert_eq!(asked.location(), again.location());
    assert!(asked.location().ends_with("?done=requested"), "{}", asked.location());
    assert_eq!(hub.places(&event).await, (1, 0));
    assert_eq!(hub.balance(&school).await, "55.00", "the place and its credits are held");

    let seen = tab.get(asked.location()).await;
    for said in ["The place is asked for.", "Waiting for your school", "45 credits"] {
        assert!(seen.words().contains(said), "{said}: {}", seen.words());
    }
    assert!(tab.get(&path).await.words().contains("You have asked for a place here"), "not twice");
    let listed = tab.get("/catalogue").await.words();
    assert!(listed.contains("You: Waiting for your school"), "{listed}");
    let booking = json!({ "id": place(&asked) });
    lead.act(&booking, "approve").await.ok();
    let seen = tab.get(&format!("/places/{}", place(&asked))).await;
    assert!(seen.words().contains("Booked") && seen.words().contains("At the door"), "{}", seen.words());
    assert_eq!(seen.page().all("svg").len(), 1, "the code at the door");
    for path in ["/", "/places"] {
        let seen = tab.get(path).await;
        assert!(seen.words().contains("Spring conference") && seen.words().contains("Lampton Academy"), "{path}");
    }
    assert!(tab.get("/notices").await.words().contains("Your place on Spring conference is approved."));
    hub.verified().await;
}

async fn a_clash_is_shown_before_and_refused_and_can_be_wanted(hub: TestHub) {
    let (_, _, teacher) = hub.funded_school("Lampton", "100").await;
    let (one, other) = (hub.event(EventPlan::default()).await, hub.event(EventPlan::default()).await);
    teacher.book(&one).await.created();
    let (tab, path) = (hub.tab(&teacher).await, format!("/events/{other}"));
    let shown = tab.get(&path).await;
    assert!(shown.words().contains("It overlaps with another place of yours"), "{}", shown.words());
    assert!(shown.words().contains("Ask for a place although it overlaps with Spring conference"));
    let fields = shown.form(&path);
    let without = fields.iter().filter(|(name, _)| name != "allow_clash").cloned().collect();
    let refused = tab.send(&path, without).await;
    assert!(refused.words().contains("although it overlaps"), "the second button: {}", refused.words());
    assert_eq!(hub.places(&other).await, (0, 0));
    assert!(tab.send(&path, refused.form(&path)).await.location().ends_with("?done=requested"));
    assert_eq!(hub.places(&other).await, (1, 0));
}

async fn who_comes_late_joins_the_line_and_takes_the_place_that_is_offered(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let admission = Admission { offer_hours: Some(48), ..Admission::default() };
    let event = hub.event(EventPlan { capacity: 1, admission, ..EventPlan::default() }).await;
    let first = lead.book_for(&event, &lead).await.created();
    hub.crowd(&event, &school, 1).await;
    let (tab, path) = (hub.tab(&teacher).await, format!("/events/{event}"));
    let shown = tab.get(&path).await;
    assert!(shown.words().contains("Join the waiting list: you would be number 2"), "{}", shown.words());
    let joined = tab.send(&path, shown.form(&path)).await;
    assert!(joined.location().ends_with("?done=waiting"), "{}", joined.location());
    let id = place(&joined);
    assert!(tab.get(&format!("/places/{id}")).await.words().contains("number 2 on the waiting list"));

    let waiting = hub.manager().all(&format!("/v1/events/{event}/waiting-list")).await;
    hub.manager().act(&waiting[0], "cancel").await.ok();
    lead.act(&first, "cancel").await.ok();
    let home = tab.get("/").await;
    assert!(home.words().contains("is offered to you"), "{}", home.words());
    let offered = tab.get(&format!("/places/{id}")).await;
    assert!(offered.words().contains("Accepting it costs your school 10 credits"), "{}", offered.words());
    let accept = format!("/places/{id}/accept");
    let fields = offered.form(&accept);
    let accepted = tab.send(&accept, fields.clone()).await;
    assert_eq!(accepted.location(), format!("/places/{id}?done=requested"));
    assert_eq!(tab.send(&accept, fields).await.location(), accepted.location());
    assert_eq!(hub.balance(&school).await, "90.00");
    assert!(!tab.get("/").await.words().contains("is offered to you"));
}

async fn cancelling_shows_what_comes_back_and_holds_to_it(hub: TestHub) {
    let (school, lead, _) = hub.funded_school("Lampton", "100").await;
    let event = hub.event(EventPlan { price: "40", starts_in: TimeDelta::days(29), ..EventPlan::default() }).await;
    let booked = lead.book(&event).await.created();
    let tab = hub.tab(&lead).await;
    let path = format!("/places/{}/cancel", booked["id"].as_str().unwrap());
    let asked = tab.get(&path).await;
    assert!(asked.words().contains("40 credits, all that was paid"), "{}", asked.words());
    // Until the next day in London, in a session that is used.
    hub.world.pass(TimeDelta::hours(8));
    tab.get("/").await.words();
    hub.world.pass(TimeDelta::hours(8));
    let late = tab.send(&path, asked.form(&path)).await;
    assert_eq!(hub.balance(&school).await, "60.00", "nothing was done");
    assert!(late.words().contains("That could not be done"), "{}", late.words());
    let quote = lead.get(&format!("/v1/bookings/{}/cancellation-quote", booked["id"].as_str().unwrap())).await.ok();
    assert_eq!(quote["refund"], "20.00");
    assert!(late.words().contains("Comes back 20 credits") && late.words().contains("Is kept 20 credits"));
    let fields = late.form(&path);
    let done = tab.send(&path, fields.clone()).await;
    assert!(done.location().ends_with("?done=cancelled"), "{}", done.location());
    assert_eq!(tab.send(&path, fields).await.location(), done.location());
    assert_eq!(hub.balance(&school).await, "80.00");
    let seen = tab.get(done.location()).await;
    for said in ["It is cancelled.", "Came back 20 credits, to your school", "Kept by the event 20 credits"] {
        assert!(seen.words().contains(said), "{said}: {}", seen.words());
    }
    assert!(tab.get("/places").await.words().contains("Cancelled"));
    hub.verified().await;
}

async fn who_attended_evaluates_and_has_a_certificate_and_hours(hub: TestHub) {
    let (_, lead, _) = hub.funded_school("Lampton", "100").await;
    let event = hub.event(EventPlan::default()).await;
    let booked = lead.book(&event).await.created();
    hub.complete(&event).await;
    let tab = hub.tab(&lead).await;
    let id = booked["id"].as_str().unwrap();
    assert!(tab.get("/").await.words().contains("Evaluate Spring conference"));
    let path = format!("/places/{id}/evaluation");
    let refused = tab.submit(&path, &path, &[("comment", "Very <b>good</b> & clear")]).await;
    assert!(refused.words().contains("That could not be done"));
    let fields = refused.form(&path);
    assert!(fields.contains(&("comment".to_owned(), "Very <b>good</b> & clear".to_owned())), "{fields:?}");
    let done = tab.send(&path, filled(fields, &[("rating", "4")])).await;
    assert!(done.location().ends_with("?done=evaluated"), "{}", done.location());
    let given = lead.get(&format!("/v1/bookings/{id}/evaluation")).await.ok();
    assert_eq!((&given["rating"], &given["comment"]), (&json!(4), &json!("Very <b>good</b> & clear")));
    let changed = tab.submit(&path, &path, &[("rating", "5"), ("comment", "")]).await;
    assert!(changed.location().ends_with("?done=evaluated"), "{}", changed.location());
    let given = lead.get(&format!("/v1/bookings/{id}/evaluation")).await.ok();
    assert_eq!((&given["rating"], &given["comment"]), (&json!(5), &json!(null)));

    let certificate = lead.get(&format!("/v1/bookings/{id}/certificate")).await.ok();
    let number = certificate["number"].as_str().unwrap();
    assert!(tab.get(&format!("/places/{id}/certificate")).await.words().contains(number));
    let record = lead.get("/v1/me/cpd-record").await.ok();
    assert_eq!(record["hours"], "6.00");
    for path in ["/record", "/record?year=2026%2F27"] {
        let seen = tab.get(path).await.words();
        assert!(seen.contains("6 hours") && seen.contains(number) && seen.contains("1 of 1"), "{seen}");
    }
    let place = tab.get(&format!("/places/{id}")).await.words();
    assert!(place.contains("Attended") && !place.contains("Present"), "{place}");
}

async fn needs_are_written_seen_and_removed_and_kept_nowhere_else(hub: TestHub) {
    let (_, _, teacher) = hub.funded_school("Lampton", "0").await;
    let tab = hub.tab(&teacher).await;
    let hostile = "\"><script>alert(1)</script> step-free";
    let done = tab.submit("/needs", "/needs", &[("access", hostile), ("dietary", "")]).await;
    assert_eq!(done.location(), "/needs?done=needs-written");
    assert_eq!(teacher.get("/v1/me/needs").await.ok()["access"], hostile);
    let seen = tab.get("/needs").await;
    assert_eq!(seen.page().all("script").len(), 1, "only our own: {}", seen.text);
    assert!(seen.form("/needs").contains(&("access".to_owned(), hostile.to_owned())));
    let long = "x".repeat(100_000);
    let refused = tab.submit("/needs", "/needs", &[("access", &long)]).await;
    assert!(refused.words().contains("That could not be done") && refused.text.contains(&long), "it stays typed");
    assert_eq!(tab.submit("/needs", "/needs/remove", &[]).await.location(), "/needs?done=needs-removed");
    assert_eq!(teacher.get("/v1/me/needs").await.ok()["access"], json!(null));
}

async fn a_ticket_pays_and_the_catalogue_finds_what_is_free(hub: TestHub) {
    let (school, _, teacher) = hub.funded_school("Lampton", "100").await;
    let event = hub.event(EventPlan::default()).await;
    let tab = hub.tab(&teacher).await;
    let free = "/catalogue?free=yes";
    assert!(tab.get(free).await.words().contains("Nothing to come matches"));
    let terms = json!({
        "name": "Fabulinus", "covers": { "kinds": ["conference"] }, "returns": { "rule": "always" },
        "needs_approval": false,
    });
    let of = hub.manager().post("/v1/ticket-types", terms).await.created();
    let ticket = json!({ "ticket_type_id": of["id"], "person_id": teacher.id() });
    hub.manager().post("/v1/tickets", ticket).await.created();
    assert!(tab.get(free).await.words().contains("Free with your Fabulinus ticket"));
    let path = format!("/events/{event}");
    let shown = tab.get(&path).await;
    assert!(shown.words().contains("Book with your Fabulinus ticket"), "{}", shown.words());
    let booked = tab.send(&path, shown.form(&path)).await;
    assert!(booked.location().ends_with("?done=booked"), "{}", booked.location());
    assert_eq!(hub.balance(&school).await, "100.00", "the hub pays");
    assert!(tab.get(booked.location()).await.words().contains("paid by a ticket"));
    for none in ["/catalogue?from=2027-08", "/catalogue?text=nothing+of+that+kind", "/catalogue?kind=leadership_day"] {
        assert!(tab.get(none).await.words().contains("Nothing to come matches"), "{none}");
    }
    assert!(tab.get("/catalogue?from=2026-11&to=2026-11&kind=conference").await.words().contains("Spring conference"));
}

async fn home_says_what_waits_for_each_role(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let (other, other_lead, _) = hub.funded_school("Brentside", "100").await;
    let event = hub.event(EventPlan::default()).await;
    teacher.book(&event).await.created();
    let unnamed = json!({ "event_id": event, "unnamed": { "places": 1, "names_by": "2026-11-20" } });
    lead.post("/v1/bookings/groups", unnamed).await.ok();
    let gift = json!({ "to_school_id": school.id, "amount": "5" });
    other_lead.post("/v1/transfers", gift).await.created();
    let tab = hub.tab(&lead).await;
    let home = tab.get("/").await.words();
    for said in
        ["1 request to approve or decline", "needs a name", &format!("{} offers your school 5 credits", other.name)]
    {
        assert!(home.contains(said), "{said}: {home}");
    }
    let home = hub.tab(&teacher).await.get("/").await.words();
    assert!(home.contains("Nothing waits for you") && home.contains("Waiting for your school"), "{home}");
    lead.book(&event).await.created();
    let manager = hub.another_manager().await;
    let home = hub.tab(&manager).await.get("/").await.words();
    assert!(home.contains("Set up the hub 4 of 6 done") && home.contains("Spring conference"), "what is next: {home}");
    hub.world.pass(TimeDelta::weeks(8) + TimeDelta::hours(7));
    let home = hub.tab(&hub.new_manager().await).await.get("/").await.words();
    assert!(home.contains("Keep the register of Spring conference"), "{home}");
    for role in [hub.viewer().await, hub.teacher(&other).await] {
        hub.tab(&role).await.get("/").await.words();
    }
}

async fn others_see_neither_place_nor_form(hub: TestHub) {
    let (_, _, teacher) = hub.funded_school("Lampton", "100").await;
    let (_, other_lead, other) = hub.funded_school("Brentside", "100").await;
    let event = hub.event(EventPlan::default()).await;
    let booked = teacher.book(&event).await.created();
    let id = booked["id"].as_str().unwrap();
    for person in [&other, &other_lead] {
        let tab = hub.tab(person).await;
        for path in ["", "/cancel", "/certificate", "/evaluation"] {
            assert_eq!(tab.get(&format!("/places/{id}{path}")).await.status, 404, "{path}");
        }
        let fields = tab.form("/needs", "/needs").await;
        assert_eq!(tab.send(&format!("/places/{id}/accept"), fields).await.status, 404);
    }
    let viewer = hub.viewer().await;
    let tab = hub.tab(&viewer).await;
    let seen = tab.get(&format!("/places/{id}")).await;
    assert!(seen.page().all("form").iter().all(|form| form.attribute("action") == Some("/sign-out")), "no buttons");
    assert_eq!(tab.get(&format!("/places/{id}/cancel")).await.status, 403);
    let fields = tab.form("/needs", "/needs").await;
    assert_eq!(tab.send(&format!("/events/{event}"), fields).await.status, 403);
    assert_eq!(hub.places(&event).await, (1, 0));
}

async fn a_calendar_link_is_shown_once(hub: TestHub) {
    let (_, _, teacher) = hub.funded_school("Lampton", "100").await;
    let event = hub.event(EventPlan::default()).await;
    teacher.book(&event).await.created();
    let tab = hub.tab(&teacher).await;
    let made = tab.submit("/places", "/places/calendar", &[]).await;
    let page = made.page();
    let stranger = hub.world.stranger();
    let path = page.all("code")[0].text.strip_prefix(stranger.address()).unwrap().to_owned();
    let taps = page.all("a").into_iter().filter_map(|link| link.attribute("href")?.strip_prefix("webcal://"));
    let host = stranger.address().split_once("://").unwrap().1;
    assert!(taps.into_iter().any(|tap| tap == format!("{host}{path}")), "a phone subscribes by a tap");
    assert!(stranger.get(&path).await.text().contains("Spring conference"));
    let secret = path.trim_start_matches("/v1/calendars/").trim_end_matches(".ics");
    assert!(!tab.get("/places").await.text.contains(secret), "not shown again");
    let ended = tab.submit("/places", "/places/calendar/end", &[]).await;
    assert_eq!(ended.location(), "/places?done=calendar-ended");
    stranger.get(&path).await.refused(404, "not_found");
}
