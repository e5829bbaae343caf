//! What pages tell people of what waits for them: deadlines, lines, tasks, and what is done with already.

use serde_json::{Value, json};

use super::{says, says_nothing_of};
use crate::both_engines;
use crate::support::{Client, EventPlan, TestHub, filled, new_session};

both_engines!(
    a_deadline_is_said_one_way_everywhere,
    a_place_that_came_free_says_what_is_still_to_be_done,
    home_says_what_waits_until_it_is_done,
    a_team_costs_what_would_be_paid,
    the_next_place_without_a_name_comes_after_one,
    amounts_are_taken_as_people_type_them,
    a_gift_that_nobody_can_accept_is_said,
    what_a_page_has_shown_of_a_place_holds_or_nothing_is_done,
    what_a_page_has_shown_of_a_team_or_a_calling_off_holds_too,
    a_clash_is_said_of_whom_it_concerns,
    where_a_school_has_nobody_to_decide_the_hub_does,
    an_event_that_has_begun_has_no_places_left,
    a_ticket_stands_among_the_places_of_its_person,
);

fn place(booking: &Value) -> String {
    format!("/places/{}", booking["id"].as_str().unwrap())
}

async fn a_deadline_is_said_one_way_everywhere(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let asked = teacher.book(&hub.event(EventPlan::of(5, "10")).await).await.created();
    let (leads, own) = (hub.tab(&lead).await, hub.tab(&teacher).await);
    let at_place = own.get(&place(&asked)).await.words();
    let by = at_place.split("The school decides by").nth(1).unwrap().split("Price").next().unwrap().trim().to_owned();
    assert!(by.starts_with("the end of "), "{by}");
    let approvals = leads.get("/approvals").await;
    says(&approvals, &[&by, "10 credits"]);
    says_nothing_of(&approvals, &["midnight"]);
    says(&leads.get("/").await, &[&by]);
    says(&own.get(&place(&asked)).await, &["Set aside", "until the school decides"]);
    says_nothing_of(&own.get(&place(&asked)).await, &["Paid so far"]);
}

async fn a_place_that_came_free_says_what_is_still_to_be_done(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "20").await;
    let second = hub.teacher(&school).await;
    let event = hub.event(EventPlan::of(1, "20")).await;
    let first = lead.book_for(&event, &teacher).await.created();
    let (firsts, seconds) = (hub.tab(&teacher).await, hub.tab(&second).await);
    let path = format!("/events/{event}");
    says(&seconds.get(&path).await, &["20 credits too few", "CPD lead is asked to approve it"]);
    let cancel = format!("{}/cancel", place(&first));
    says(&firsts.get(&cancel).await, &["Nobody waits for the place"]);
    seconds.submit(&path, &path, &[]).await.location();
    says(&firsts.get(&cancel).await, &["whoever is next on the waiting list"]);
    teacher.act(&first, "cancel").await.ok();
    says(&seconds.get("/notices").await, &["came free for you", "It must be approved by the end of"]);
    let asked = second.all("/v1/me/bookings").await.remove(0);
    assert_eq!(asked["state"], "requested");
    let notice = second.all("/v1/me/notices").await.into_iter().find(|told| told["kind"] == "promoted").unwrap();
    assert_eq!(notice["due_at"], asked["approve_by"]);
    lead.act(&asked, "approve").await.ok();
    hub.verified().await;
}

async fn home_says_what_waits_until_it_is_done(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let (partner, person) = hub.partner("Lingua").await;
    let (manager, leads) = (hub.tab(&hub.manager()).await, hub.tab(&lead).await);
    says(&manager.get("/").await, &["Set up the hub", "of 6 done", "without a way in yet"]);
    says(&leads.get("/").await, &["Your school has 100 credits of 2026/27 to spend"]);

    let programme = json!({ "kind": "cpd_programme", "title": "French for all" });
    let programme = person.post("/v1/programmes", programme).await.created();
    let path = format!("/programmes/{}", programme["id"].as_str().unwrap());
    says(&manager.get("/").await, &["French for all is drafted by Lingua"]);
    says(&manager.get("/hub").await, &["French for all", "Draft, to be published"]);
    hub.manager().post(&format!("/v1{path}/publish"), None).await.ok();
    says_nothing_of(&manager.get("/").await, &["is drafted by"]);

    let (other, asking, _) = hub.funded_school("Heston", "100").await;
    let wanted = json!({ "title": "Help with phonics", "provider_partner_id": partner });
    let wanted = asking.post("/v1/commissions", wanted).await.created();
    assert_eq!(wanted["buyer_id"], other.id);
    says(&hub.tab(&person).await.get("/").await, &["Help with phonics is asked of you", "by "]);

    let asked = teacher.book(&hub.event(EventPlan::of(5, "10")).await).await.created();
    let waits = leads.get("/notices").await;
    says(&waits, &["New", "waits for your decision"]);
    let of_other = manager.get(&format!("/approvals?school_id={}", other.id)).await;
    says(&of_other, &["Nothing of this school waits for a decision"]);
    says(&leads.get("/notices?about=to_do").await, &["waits for your decision"]);
    let others = leads.get("/notices?about=support").await;
    says_nothing_of(&others, &["waits for your decision"]);
    assert!(others.text.contains("<option value=\"support\" selected>"), "{}", others.text);
    lead.act(&asked, "approve").await.ok();
    let done = leads.get("/notices").await;
    says(&done, &["was approved"]);
    says_nothing_of(&done, &["New The request", "waits for your decision"]);
    assert!(done.text.contains(&format!("href=\"{}\"", place(&asked))), "{}", done.text);
}

async fn a_team_costs_what_would_be_paid(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let (second, third) = (hub.teacher(&school).await, hub.teacher(&school).await);
    let event = hub.event(EventPlan::of(1, "20")).await;
    let tab = hub.tab(&lead).await;
    let team = [&teacher, &second, &third].map(|one| format!("delegates={}", one.id())).join("&");
    let path = format!("/events/{event}/book?check=yes&{team}&mode=");
    let some = tab.get(&format!("{path}best_effort")).await;
    says(&some, &["All of it costs 20 credits", "80 credits"]);
    says_nothing_of(&some, &["too few"]);
    assert!(some.text.contains("<button>Book</button>"), "{}", some.text);
    let all = tab.get(&format!("{path}all_or_nothing")).await;
    says(&all, &["As things stand this will be refused", "the event has 1 place left"]);
    assert!(!all.text.contains("<button>Book</button>"), "{}", all.text);
    let nobody = tab.get(&format!("/events/{event}/book?find=zzzz")).await;
    says(&nobody, &["Only people with “zzzz” in their names are offered below"]);
    assert!(!nobody.text.contains(second.id()), "{}", nobody.text);
}

async fn the_next_place_without_a_name_comes_after_one(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let (event, tab) = (hub.event(EventPlan::of(10, "20")).await, hub.tab(&lead).await);
    let check = format!("/events/{event}/book?places=2&names_by=2026-11-01&mode=all_or_nothing&check=yes");
    let check = tab.get(&check).await;
    tab.send(&format!("/events/{event}/book"), check.form(&format!("/events/{event}/book"))).await;
    let unnamed = lead.all("/v1/bookings").await.remove(0);
    let name = format!("{}/name", place(&unnamed));
    let named = tab.submit(&name, &name, &[("person_id", teacher.id())]).await;
    assert_eq!(named.location(), format!("/schools/{}/places?done=named", school.id));
}

async fn amounts_are_taken_as_people_type_them(hub: TestHub) {
    let (school, lead, _) = hub.funded_school("Lampton", "100").await;
    let tab = hub.tab(&hub.manager()).await;
    let edit = "/settings/edit";
    let fields = tab.form(edit, edit).await;
    assert!(fields.contains(&("credit_value".to_owned(), "1.00".to_owned())), "{fields:?}");
    let wrong = tab.send(edit, filled(fields.clone(), &[("credit_value", "0")])).await;
    says(&wrong, &["must be from £0.01 to £10,000"]);
    let fields = tab.form(edit, edit).await;
    let typed = [("credit_value", "£12.50"), ("returned_share_percent", "50%")];
    tab.send(edit, filled(fields, &typed)).await.location();
    let now = hub.manager().get("/v1/hub").await.ok();
    assert_eq!((&now["credit_value_pence"], &now["returned_share_percent"]), (&json!(1250), &json!(50)));

    let sell = "/top-ups/new";
    let fields = tab.form(sell, sell).await;
    assert!(fields.contains(&("school_id".to_owned(), String::new())), "nothing is chosen: {fields:?}");
    let typed = [("school_id", school.id.as_str()), ("amount", "6,000"), ("invoice_reference", "A 1")];
    let sure = tab.send(sell, filled(fields, &typed)).await;
    says(&sure, &["gets 6,000 credits", "6,100"]);
    says(&hub.tab(&lead).await.get("/").await, &["100 credits of 2026/27"]);
}

async fn a_gift_that_nobody_can_accept_is_said(hub: TestHub) {
    let (_, lead, _) = hub.funded_school("Lampton", "100").await;
    let empty = hub.school("Heston").await;
    let (first, second) = (lead.give(&empty, "60").await.created(), lead.give(&empty, "30").await.created());
    let tab = hub.tab(&lead).await;
    let seen = tab.get(&format!("/gifts/{}", second["id"].as_str().unwrap())).await;
    says(&seen, &["Heston", "has no CPD lead yet", "Your wallet afterwards 10 credits"]);
    assert_eq!(first["state"], "offered");
    hub.lead(&empty).await;
    let seen = tab.get(&format!("/gifts/{}", second["id"].as_str().unwrap())).await;
    says_nothing_of(&seen, &["has no CPD lead yet"]);
}

/// Changes an event, as its manager does while others look at it.
async fn change(hub: &TestHub, event: &str, over: Value) {
    let path = format!("/v1/events/{event}");
    let etag = hub.manager().get(&path).await.etag();
    hub.manager().patch(&path, &etag, over).await.ok();
}

async fn what_a_page_has_shown_of_a_place_holds_or_nothing_is_done(hub: TestHub) {
    let (school, lead, _) = hub.funded_school("Lampton", "100").await;
    let (_, other, _) = hub.funded_school("Heston", "100").await;
    let event = hub.event(EventPlan::of(1, "1")).await;
    let (path, tab) = (format!("/events/{event}"), hub.tab(&lead).await);
    let open = tab.get(&path).await;
    change(&hub, &event, json!({ "price": "50" })).await;
    let again = tab.send(&path, open.form(&path)).await;
    says(&again, &["This has changed since the page was shown to you", "50 credits", "would have 50 credits left"]);
    assert_eq!((hub.balance(&school).await.as_str(), hub.places(&event).await), ("100.00", (0, 0)));

    // The last place goes while the page is open.
    let open = again.form(&path);
    other.book(&event).await.created();
    let full = tab.send(&path, open).await;
    says(&full, &["The last place has just gone", "Join the waiting list: you would be number 1"]);
    assert_eq!(hub.places(&event).await, (1, 0));
    assert!(tab.send(&path, full.form(&path)).await.location().ends_with("?done=waiting"));
    hub.verified().await;
}

async fn what_a_page_has_shown_of_a_team_or_a_calling_off_holds_too(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "500").await;
    let second = hub.teacher(&school).await;
    let event = hub.event(EventPlan::of(9, "2")).await;
    let tab = hub.tab(&lead).await;
    let path = format!("/events/{event}/book");
    let team = [&teacher, &second].map(|one| format!("delegates={}", one.id())).join("&");
    let open = tab.get(&format!("{path}?check=yes&{team}&mode=all_or_nothing")).await;
    says(&open, &["All of it costs 4 credits"]);
    change(&hub, &event, json!({ "price": "60" })).await;
    let again = tab.send(&path, open.form(&path)).await;
    says(&again, &["This has changed since the page was shown to you", "All of it costs 120 credits"]);
    assert_eq!(hub.balance(&school).await, "500.00");
    says(&tab.send(&path, again.form(&path)).await, &["2 of 2 have a place"]);
    assert_eq!(hub.balance(&school).await, "380.00");

    let manager = hub.tab(&hub.manager()).await;
    let path = format!("/events/{event}/call-off");
    let open = filled(manager.get(&path).await.form(&path), &[("reason", "Too few")]);
    lead.book(&event).await.created();
    let again = manager.send(&path, open).await;
    says(&again, &["This has changed since the page was shown to you", "180 credits go back"]);
    assert_eq!(hub.places(&event).await, (3, 0));
    assert!(manager.send(&path, again.form(&path)).await.location().ends_with("?done=called-off"));
    assert_eq!(hub.balance(&school).await, "500.00");
    hub.verified().await;
}

async fn a_clash_is_said_of_whom_it_concerns(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let free = hub.teacher(&school).await;
    let (one, other) = (hub.event(EventPlan::of(9, "2")).await, hub.event(EventPlan::of(9, "2")).await);
    lead.book_for(&one, &teacher).await.created();
    let path = format!("/events/{other}/book");
    let team = [&free, &teacher].map(|one| format!("delegates={}", one.id())).join("&");
    let seen = hub.tab(&lead).await.get(&format!("{path}?check=yes&{team}&mode=all_or_nothing")).await;
    let name = teacher.get("/v1/me").await.ok()["name"].as_str().unwrap().to_owned();
    let clash = "has something else at the same time: Spring conference, ";
    says(&seen, &[&format!("{name}: {clash}"), "Could come", "tick “Book although it overlaps"]);
    assert_eq!(seen.words().matches(clash).count(), 2, "of one, in the list and above it: {}", seen.words());
}

async fn where_a_school_has_nobody_to_decide_the_hub_does(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton", "100").await;
    hub.manager().post(&format!("/v1/people/{}/disable", lead.id()), None).await.ok();
    let event = hub.event(EventPlan::of(5, "10")).await;
    let (own, manager) = (hub.tab(&teacher).await, hub.tab(&hub.manager()).await);
    let path = format!("/events/{event}");
    let open = own.get(&path).await;
    says(&open, &["The hub decides, since nobody else at your school can"]);
    says_nothing_of(&open, &["CPD lead decides"]);
    let asked = own.submit(&path, &path, &[]).await.location().split('?').next().unwrap().to_owned();
    let seen = own.get(&asked).await;
    says(&seen, &["Waiting for the hub", "The hub decides by", "until the hub decides"]);
    let home = manager.get("/").await;
    says(&home, &["1 request to approve or decline at schools where nobody else can decide"]);
    assert!(home.text.contains("href=\"/approvals\""), "{}", home.text);
    says(&manager.get("/hub").await, &["waits for the hub: at the school nobody else can decide"]);
    let booking = teacher.all("/v1/me/bookings").await.remove(0);
    hub.manager().act(&booking, "approve").await.ok();
    says_nothing_of(&manager.get("/").await, &["to approve or decline"]);
}

async fn an_event_that_has_begun_has_no_places_left(hub: TestHub) {
    let (_, _, teacher) = hub.funded_school("Lampton", "100").await;
    let programme = hub.programme(json!({})).await;
    let sessions = ["2026-10-05T10:00", "2026-11-12T09:00"].map(new_session);
    let event = hub.published_event(&programme, json!({ "title": "Oracy", "sessions": sessions })).await;
    let tab = hub.tab(&teacher).await;
    let path = format!("/events/{event}");
    says(&tab.get("/catalogue").await, &["Oracy", "20 places left"]);
    hub.world.at("2026-10-05T11:00:00Z");
    for page in ["/catalogue", &path] {
        let seen = tab.get(page).await;
        says(&seen, &["It has begun"]);
        says_nothing_of(&seen, &["places left"]);
    }
}

async fn a_ticket_stands_among_the_places_of_its_person(hub: TestHub) {
    let (_, _, teacher) = hub.funded_school("Lampton", "0").await;
    let terms = json!({
        "name": "Fabulinus Ticket", "covers": { "kinds": ["conference"] }, "valid_months": 12,
        "returns": { "rule": "always" }, "needs_approval": false,
    });
    let of = hub.manager().add("/v1/ticket-types", terms).await;
    let ticket = json!({ "ticket_type_id": of, "person_id": teacher.id(), "valid_until": "2027-01-31" });
    hub.manager().add("/v1/tickets", ticket).await;
    let event = hub.event(EventPlan::of(5, "10")).await;
    let tab = hub.tab(&teacher).await;
    says(&tab.get("/").await, &["your Fabulinus Ticket : book with it", "until Sunday 31 January 2027"]);
    let places = tab.get("/places").await;
    says(
        &places,
        &["Book with it until Sunday 31 January 2027", "Covers: Conference", "It pays for:", "Spring conference"],
    );
    assert!(places.text.contains(&format!("href=\"/events/{event}\"")), "{}", places.text);
    says(&tab.get("/catalogue").await, &["Free with your Fabulinus Ticket"]);
    let booked = json!({ "event_id": event, "person_id": teacher.id(), "ticket_id": ticket_of(&teacher).await });
    teacher.post("/v1/bookings", booked).await.created();
    // Used, it is a place like others.
    says_nothing_of(&tab.get("/places").await, &["Your tickets"]);
    says_nothing_of(&tab.get("/catalogue").await, &["Free with your"]);
}

/// The id of the one ticket that somebody has.
async fn ticket_of(who: &Client) -> String {
    who.all("/v1/tickets").await[0]["id"].as_str().unwrap().to_owned()
}
