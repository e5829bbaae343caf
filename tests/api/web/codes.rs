//! One request for every code that a problem may carry, with its status and its whole form. A code without a row here
//! fails the test.

use std::collections::{BTreeMap, BTreeSet};
use std::future::IntoFuture;
use std::pin::Pin;

use chrono::TimeDelta;
use futures_util::future::join_all;
use hub_credits::base::auth::Subject;
use hub_credits::base::ids::{HubId, PersonId};
use hub_credits::members::people::Role;
use hub_credits::programme::programmes::admission::Admission;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::both_engines;
use crate::support::{
    Browser, Client, EventPlan, PASSWORD, Reply, Request, School, Service, Stub, TestHub, World, allocation, app_code,
    at, days, new_offer, new_session, new_top_up, nobody, operation_of, providers,
};

type Provoked<'a> = Pin<Box<dyn Future<Output = Reply> + 'a>>;

/// A code, its status, and what provokes it in a hub of its own.
type Row = (&'static str, u16, for<'a> fn(&'a TestHub) -> Provoked<'a>);

macro_rules! table {
    ($($code:literal $status:literal |$hub:ident| $request:block)+) => {
        fn table() -> Vec<Row> {
            vec![$(($code, $status, |$hub: &TestHub| Box::pin(async move $request))),+]
        }
    };
}

/// Every code, as the specification lists them.
fn codes() -> Vec<String> {
    let specification = hub_credits::web::specification();
    let codes = specification.pointer("/components/schemas/Code/enum").and_then(Value::as_array).expect("the codes");
    codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect()
}

async fn divide(hub: &TestHub, rules: Value) -> Reply {
    hub.london_west().await;
    hub.manager().post("/v1/allocations", allocation(rules)).await
}

/// A ticket that pays for conferences, of a teacher: the teacher and the ticket.
async fn ticket(hub: &TestHub) -> (Client, String) {
    let (_, _, teacher) = hub.funded_school("Lampton Academy", "0").await;
    let new = json!({ "name": "Pass", "covers": { "kinds": ["conference"] }, "valid_months": 12, "needs_approval": false, "returns": { "rule": "days_before", "days": 14 } });
    let of = hub.manager().add("/v1/ticket-types", new).await;
    let ticket = hub.manager().add("/v1/tickets", json!({ "ticket_type_id": of, "person_id": teacher.id() })).await;
    (teacher, ticket)
}

/// A program that calls by a key of the manager's, of this scope and for a day.
async fn program(hub: &TestHub, scope: &str) -> Client {
    let made = hub.manager().post("/v1/api-keys", json!({ "name": "x", "scope": scope, "days": 1 })).no_key().await;
    hub.world.stranger().with_token(made.created()["secret"].as_str().unwrap())
}

/// A provider of OpenID Connect, and a service that knows it.
fn with_provider(hub: &TestHub) -> (Stub, Service) {
    let stub = Stub::start("");
    let settings = stub.settings("standard", "");
    let service = hub.world.another_service(|all| all.openid = settings);
    (stub, service)
}

/// The path of a statement of what a new partner has earned.
async fn settled(hub: &TestHub, credits: &str) -> String {
    hub.year("2026/27").await;
    let (partner, _) = hub.partner("Drama Company").await;
    hub.owe(&partner, credits).await;
    let up_to = json!({ "up_to": hub.world.today() });
    let settlement = hub.manager().add(&format!("/v1/partners/{partner}/settlements"), up_to).await;
    format!("/v1/settlements/{settlement}")
}

fn by_ticket(event: &str, delegate: &Client, ticket: &str) -> Value {
    json!({ "event_id": event, "person_id": delegate.id(), "ticket_id": ticket, "allow_clash": true })
}

/// An event of a programme with a booking on it: the event, the lead, the teacher and the booking.
async fn booked(hub: &TestHub, over: Value) -> (String, Client, Client, Value) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let event = hub.published_event(&hub.programme(json!({})).await, over).await;
    let booking = lead.book_for(&event, &teacher).await.created();
    (event, lead, teacher, booking)
}

/// The same, attended.
async fn attended(hub: &TestHub, over: Value) -> (Client, Value) {
    let (event, _, teacher, booking) = booked(hub, over).await;
    hub.complete_with(&event, &[(&booking, &["present"])]).await;
    (teacher, booking)
}

/// What posted a top-up, and what its reversal posted.
async fn sold_and_reversed(hub: &TestHub) -> [Value; 2] {
    let (school, ..) = hub.funded_school("Lampton Academy", "0").await;
    hub.year("2026/27").await;
    let sold = hub.top_up(&school, "10").await;
    let reversal = hub.manager().reverse(&sold).await.created();
    [sold, json!({ "transaction_id": reversal["id"] })]
}

/// Three schools of 100, 200 and 300 pupils, and an allocation of 600 credits over them.
async fn three_schools(hub: &TestHub) -> (Vec<School>, Value) {
    hub.open_year("2026/27").await;
    hub.import("urn,name,pupils\n100001,A,100\n100002,B,200\n100003,C,300\n").await;
    let mut schools: Vec<School> = Vec::new();
    for urn in ["100001", "100002", "100003"] {
        let found = hub.manager().all(&format!("/v1/schools?urn={urn}")).await.remove(0);
        let text = |field: &str| found[field].as_str().unwrap().to_owned();
        schools.push(School { id: text("id"), name: text("name"), urn: text("urn") });
    }
    (schools, hub.allocate(json!({ "pool": "600" })).await)
}

/// A corrected roll.
async fn roll(hub: &TestHub, school: &School, pupils: u32) {
    let roll = json!({ "census_date": crate::support::CENSUS, "pupils": pupils });
    hub.manager().post(&format!("/v1/schools/{}/rolls", school.id), roll).await.created();
}

fn of_allocation(allocation: &Value, what: &str) -> String {
    format!("/v1/allocations/{}/{what}", allocation["id"].as_str().unwrap())
}

async fn approve(hub: &TestHub, draft: &Value) -> Reply {
    hub.manager().post(&of_allocation(draft, "approve"), None).header("if-match", "\"1\"").await
}

/// The last day of the year 2026/27, on which it may be closed.
const LAST_DAY: &str = "2027-08-31T10:00:00Z";

async fn close(hub: &TestHub) -> Reply {
    hub.manager().post("/v1/years/2026-27/close", json!({ "carry": "all" })).await
}

fn of_booking(booking: &Value, what: &str) -> String {
    format!("/v1/bookings/{}/{what}", booking["id"].as_str().unwrap())
}

fn new_viewer() -> Value {
    json!({ "name": "Vera Viewer", "email": "vera@hub.example", "role": "hub_viewer" })
}

/// The first answer to requests that stand in each other's way while somebody else has the hub.
async fn first_while_locked(hub: &TestHub, requests: Vec<Request>) -> Reply {
    let rival = hub.journal().await;
    let mut under_way = JoinSet::new();
    for request in requests {
        under_way.spawn(request.into_future());
    }
    let first = under_way.join_next().await.unwrap().unwrap();
    drop(rival);
    while under_way.join_next().await.is_some() {}
    first
}

table! {
    "malformed_json" 400 |hub| { hub.manager().post("/v1/people", None).body("application/json", "{").await }
    "invalid_request" 400 |hub| { hub.manager().post("/v1/people", json!({ "name": 7, "colour": 1 })).await }
    "invalid_file" 400 |hub| { hub.manager().post("/v1/schools/import", None).csv("urn,name\nx,Lampton\n").await }
    "idempotency_key_required" 400 |hub| {
        let event = hub.event(EventPlan::default()).await;
        hub.manager().post("/v1/bookings", json!({ "event_id": event, "person_id": nobody() })).no_key().await
    }
    "unauthorized" 401 |hub| { hub.world.stranger().get("/v1/me").await }
    "token_expired" 401 |hub| {
        let subject = Subject::Person(HubId(hub.id.parse().unwrap()), PersonId(hub.manager().id().parse().unwrap()));
        let token = hub.world.token_for(subject, hub.world.clock.now() - TimeDelta::hours(2), TimeDelta::hours(1));
        hub.world.stranger().with_token(token).get("/v1/me").await
    }
    "person_disabled" 401 |hub| {
        let viewer = hub.viewer().await;
        hub.manager().post(&format!("/v1/people/{}/disable", viewer.id()), None).await.ok();
        viewer.get("/v1/me").await
    }
    "key_expired" 401 |hub| {
        let program = program(hub, "read").await;
        hub.world.pass(TimeDelta::days(1));
        program.get("/v1/me").await
    }
    "scope_missing" 403 |hub| { program(hub, "read").await.post("/v1/people", new_viewer()).await }
    "openid_failed" 400 |hub| {
        let (_stub, service) = with_provider(hub);
        hub.world.stranger().at(&service).get("/v1/auth/openid/stub/callback?code=x&state=y").await
    }
    "openid_refused" 403 |hub| {
        let (_stub, service) = with_provider(hub);
        let mut browser = Browser::new();
        let state = browser.get(&format!("{}/v1/auth/openid/stub", service.address)).await.sends("state");
        let back = format!("/v1/auth/openid/stub/callback?error=access_denied&state={state}");
        hub.world.stranger().at(&service).get(&back).header("cookie", &browser.cookie_header()).await
    }
    "openid_not_believed" 502 |hub| {
        let (stub, service) = with_provider(hub);
        stub.know(|knows| knows.issuer = Some("https://another.example".to_owned()));
        hub.world.stranger().at(&service).get("/v1/auth/openid/stub").await
    }
    "openid_unavailable" 503 |hub| {
        let settings = providers("[[openid]]\nname = 'stub'\nissuer = 'http://127.0.0.1:9'\nclient_id = 'hub'");
        let service = hub.world.another_service(|all| all.openid = settings);
        hub.world.stranger().at(&service).get("/v1/auth/openid/stub").await
    }
    "session_ended" 401 |hub| {
        let (_, signed_in) = hub.joins(&hub.viewer().await).await;
        signed_in.caller(&hub.world).post("/v1/auth/logout", None).await.is(204);
        signed_in.caller(&hub.world).get("/v1/me").await
    }
    "sign_in_failed" 401 |hub| { hub.world.sign_in("nobody@hub.example", PASSWORD, json!({})).await }
    "code_needed" 401 |hub| {
        let (email, signed_in) = hub.joins(&hub.viewer().await).await;
        let caller = signed_in.caller(&hub.world);
        let made = caller.post("/v1/me/totp", None).await.created();
        let code = app_code(made["secret"].as_str().unwrap(), hub.world.clock.now());
        caller.post("/v1/me/totp/confirm", json!({ "code": code })).await.ok();
        hub.world.sign_in(&email, PASSWORD, json!({})).await
    }
    "ask_the_operator" 403 |hub| {
        hub.manager().post(&format!("/v1/people/{}/reset", hub.new_manager().await.id()), None).await
    }
    "totp_needed" 403 |hub| {
        let (_, signed_in) = hub.joins(&hub.new_manager().await).await;
        let etag = hub.manager().get("/v1/hub").await.etag();
        hub.manager().patch("/v1/hub", &etag, json!({ "totp_for_managers": true })).await.ok();
        signed_in.caller(&hub.world).get("/v1/hub").await
    }
    "way_switched_off" 403 |hub| {
        let service = hub.world.another_service(|settings| settings.sign_in = Vec::new());
        hub.world.stranger().at(&service).post("/v1/auth/codes", json!({ "email": "a@hub.example" })).await
    }
    "forbidden" 403 |hub| { hub.viewer().await.post("/v1/people", new_viewer()).await }
    "ask_the_hub" 403 |hub| {
        let (partner, person) = hub.partner("Hamilton").await;
        let programme = hub.programme(json!({ "provider": { "kind": "partner", "partner_id": partner } })).await;
        let event = hub.published_event(&programme, json!({})).await;
        person.patch(&format!("/v1/events/{event}"), "\"1\"", json!({ "price": "1" })).await
    }
    "not_found" 404 |hub| { hub.manager().get(&format!("/v1/people/{}", nobody())).await }
    "method_not_allowed" 405 |hub| { hub.manager().delete("/v1/people").await }
    "duplicate" 409 |hub| {
        hub.manager().post("/v1/people", new_viewer()).await.created();
        hub.manager().post("/v1/people", new_viewer()).await
    }
    "idempotency_key_in_flight" 409 |hub| {
        let once = || hub.manager().post("/v1/people", new_viewer()).key("once");
        first_while_locked(hub, vec![once(), once()]).await
    }
    "invalid_transition" 409 |hub| {
        let (_, lead, _, booking) = booked(hub, json!({})).await;
        lead.act(&booking, "cancel").await.ok();
        lead.act(&booking, "cancel").await
    }
    "insufficient_credits" 409 |hub| {
        let (_, lead, _) = hub.funded_school("Lampton Academy", "9.99").await;
        lead.book(&hub.event(EventPlan::of(1, "10")).await).await
    }
    "amount_too_large" 409 |hub| {
        let (school, ..) = hub.funded_school("Lampton Academy", "0.01").await;
        hub.year("2026/27").await;
        hub.manager().post("/v1/top-ups", new_top_up(&school, "9999999999.99", json!({}))).await
    }
    "already_reversed" 409 |hub| {
        let [sold, _] = sold_and_reversed(hub).await;
        hub.manager().reverse(&sold).await
    }
    "reversal_of_reversal" 409 |hub| {
        let [_, reversal] = sold_and_reversed(hub).await;
        hub.manager().reverse(&reversal).await
    }
    "not_reversible" 409 |hub| {
        let (_, lead, _) = hub.funded_school("Lampton Academy", "100").await;
        lead.book(&hub.event(EventPlan::default()).await).await.created();
        let paid = hub.manager().all("/v1/transactions").await.remove(1);
        hub.manager().reverse(&json!({ "transaction_id": paid["id"] })).await
    }
    "offer_closed" 409 |hub| {
        let lead = hub.lead(&hub.school("Lampton Academy").await).await;
        let path = format!("/v1/offers/{}", lead.add("/v1/offers", new_offer(json!({}))).await);
        lead.post(&format!("{path}/close"), None).await.ok();
        lead.post(&format!("{path}/open"), None).await
    }
    "days_agreed" 409 |hub| {
        let deal = hub.deal("10").await;
        let offered = json!([{ "year": "2026/27", "offered": "2" }]);
        let offer = deal.providing.add("/v1/offers", new_offer(json!({ "days": offered }))).await;
        let new = json!({ "title": "Help", "offer_id": offer });
        let commission = deal.buying.post("/v1/commissions", new).await.created();
        let quote = deal.quote(&commission, json!([days("1.5", "2")])).await;
        deal.buying.agree(&commission, &quote).await.ok();
        deal.providing.put(&format!("/v1/offers/{offer}/days/2026-27"), json!({ "offered": "1" })).await
    }
    "quote_over" 409 |hub| {
        let deal = hub.deal("10").await;
        let commission = deal.request().await;
        let first = deal.quote(&commission, json!([at("1")])).await;
        deal.quote(&commission, json!([at("2")])).await;
        deal.buying.agree(&commission, &first).await
    }
    "already_agreed" 409 |hub| {
        let deal = hub.deal("10").await;
        let commission = deal.request().await;
        let quote = deal.quote(&commission, json!([at("1")])).await;
        deal.providing.agree(&commission, &quote).await
    }
    "too_many_days" 409 |hub| {
        let deal = hub.deal("10").await;
        let commission = deal.agreed(json!([days("1", "2")])).await;
        deal.providing.milestone(&commission, 1, "deliver", json!({ "days": "1.5" })).await
    }
    "too_few_days" 409 |hub| {
        let deal = hub.deal("10").await;
        let offer = deal.providing.add("/v1/offers", new_offer(json!({}))).await;
        let new = json!({ "title": "Help", "offer_id": offer });
        let commission = deal.buying.post("/v1/commissions", new).await.created();
        let quote = deal.quote(&commission, json!([days("1", "2")])).await;
        deal.buying.agree(&commission, &quote).await
    }
    "offer_not_open" 409 |hub| {
        let deal = hub.deal("10").await;
        let offer = deal.providing.add("/v1/offers", new_offer(json!({}))).await;
        let new = json!({ "title": "Help", "offer_id": offer });
        let commission = deal.buying.post("/v1/commissions", new).await.created();
        let quote = deal.quote(&commission, json!([days("1", "2")])).await;
        deal.providing.post(&format!("/v1/offers/{offer}/pause"), None).await.ok();
        deal.buying.agree(&commission, &quote).await
    }
    "split_does_not_sum" 409 |hub| {
        let (commission, _) = hub.disputed().await;
        hub.world.pass(TimeDelta::days(30));
        let split = json!({ "to_provider": "1", "to_buyer": "2", "reason": "Half" });
        hub.manager().milestone(&commission, 1, "resolve", split).await
    }
    "cases_closed" 409 |hub| {
        let (commission, deal) = hub.disputed().await;
        hub.world.pass(TimeDelta::days(30));
        deal.providing.milestone(&commission, 1, "state-case", json!({ "case": "We came" })).await
    }
    "cases_open" 409 |hub| {
        let (commission, _) = hub.disputed().await;
        let split = json!({ "to_provider": "1", "to_buyer": "1", "reason": "Half" });
        hub.manager().milestone(&commission, 1, "resolve", split).await
    }
    "own_offer" 409 |hub| {
        let lead = hub.lead(&hub.school("Lampton Academy").await).await;
        let offer = lead.add("/v1/offers", new_offer(json!({}))).await;
        lead.post(&format!("/v1/offers/{offer}/contact"), json!({ "subject": "Us", "text": "Hello" })).await
    }
    "already_complained" 409 |hub| {
        let (lead, other) = (hub.lead(&hub.school("Abbey").await).await, hub.lead(&hub.school("Bourne").await).await);
        let offer = lead.add("/v1/offers", new_offer(json!({}))).await;
        let hello = json!({ "subject": "Maths", "text": "Hello" });
        let conversation = other.add(&format!("/v1/offers/{offer}/contact"), hello).await;
        let complaint = format!("/v1/conversations/{conversation}/complaint");
        lead.post(&complaint, json!({ "reason": "Rude" })).await.ok();
        other.post(&complaint, json!({ "reason": "Ruder" })).await
    }
    "event_not_open" 409 |hub| {
        let (_, lead, _) = hub.funded_school("Lampton Academy", "100").await;
        lead.book(&hub.event(EventPlan { opens_at: Some(hub.world.clock.now() + TimeDelta::days(1)), ..EventPlan::default() }).await).await
    }
    "event_started" 409 |hub| {
        let (_, lead, _) = hub.funded_school("Lampton Academy", "100").await;
        let event = hub.event(EventPlan { starts_in: TimeDelta::hours(1), ..EventPlan::default() }).await;
        hub.world.pass(TimeDelta::hours(1));
        lead.book(&event).await
    }
    "quote_expired" 409 |hub| {
        let (_, lead, _) = hub.funded_school("Lampton Academy", "100").await;
        let event = hub.event(EventPlan { starts_in: TimeDelta::days(30), ..EventPlan::default() }).await;
        let booking = lead.book(&event).await.created();
        let quote = lead.get(&of_booking(&booking, "cancellation-quote")).await.ok();
        hub.world.pass(TimeDelta::days(10));
        lead.post(&format!("{}?agreed_quote={}", of_booking(&booking, "cancel"), quote["quote"].as_str().unwrap()), None).await
    }
    "nothing_kept" 409 |hub| {
        let (_, lead, _, booking) = booked(hub, json!({})).await;
        lead.act(&booking, "cancel").await.ok();
        hub.manager().post(&of_booking(&booking, "waive"), json!({ "reason": "Illness" })).await
    }
    "event_not_over" 409 |hub| {
        let (event, ..) = booked(hub, json!({})).await;
        hub.manager().post(&format!("/v1/events/{event}/complete"), None).await
    }
    "register_not_open" 409 |hub| {
        let (event, _, _, booking) = booked(hub, json!({})).await;
        hub.manager().mark(&event, &hub.sessions(&event).await[0], &[(&booking, "present")]).await
    }
    "register_incomplete" 409 |hub| {
        let (event, ..) = booked(hub, json!({})).await;
        hub.world.at("2026-11-12T10:00:00Z");
        hub.manager().post(&format!("/v1/events/{event}/complete"), None).await
    }
    "already_booked" 409 |hub| {
        let (event, lead, teacher, _) = booked(hub, json!({})).await;
        lead.book_for(&event, &teacher).await
    }
    "school_succeeded" 409 |hub| {
        let (old, new) = (hub.school("Lampton").await, hub.school("Lampton Academy").await);
        let path = format!("/v1/schools/{}/succession", old.id);
        let seen = hub.manager().get(&format!("{path}?successor_id={}", new.id)).await.ok();
        let decided = json!({ "successor_id": new.id, "reason": "Merged", "quote": seen["quote"] });
        hub.manager().post(&path, decided).await.created();
        let number = json!({ "scheme": "urn", "value": "900001", "from": "2026-09-01" });
        hub.manager().post(&format!("/v1/schools/{}/identifiers", old.id), number).await
    }
    "event_full" 409 |hub| {
        let (school, lead, a) = hub.funded_school("Lampton Academy", "100").await;
        let (b, event) = (hub.teacher(&school).await, hub.event(EventPlan::of(1, "10")).await);
        lead.book_group(&event, &[&a, &b], json!({})).await
    }
    "not_in_audience" 409 |hub| {
        let (_, _, teacher) = hub.funded_school("Lampton Academy", "100").await;
        let admission = Admission { roles: vec![Role::SchoolLead], ..Admission::default() };
        teacher.book(&hub.event(EventPlan { admission, ..EventPlan::default() }).await).await
    }
    "too_many_filters" 409 |hub| {
        for number in 0..20 {
            hub.manager().post("/v1/me/saved-filters", json!({ "name": format!("{number}") })).await.created();
        }
        hub.manager().post("/v1/me/saved-filters", json!({ "name": "More" })).await
    }
    "school_limit" 409 |hub| {
        let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
        let admission = Admission { max_per_school: Some(1), ..Admission::default() };
        let event = hub.event(EventPlan { admission, ..EventPlan::default() }).await;
        lead.book(&event).await.created();
        teacher.book(&event).await
    }
    "clash" 409 |hub| {
        let (_, _, teacher, _) = booked(hub, json!({})).await;
        let at_the_same_time = json!({ "sessions": [new_session("2026-11-12T09:30")] });
        teacher.book(&hub.published_event(&hub.programme(json!({ "title": "Another" })).await, at_the_same_time).await).await
    }
    "ticket_not_usable" 409 |hub| {
        let (teacher, ticket) = ticket(hub).await;
        let (one, two) = (hub.event(EventPlan::default()).await, hub.event(EventPlan::default()).await);
        teacher.post("/v1/bookings", by_ticket(&one, &teacher, &ticket)).await.created();
        teacher.post("/v1/bookings", by_ticket(&two, &teacher, &ticket)).await
    }
    "ticket_does_not_cover" 409 |hub| {
        let (teacher, ticket) = ticket(hub).await;
        let event = hub.published_event(&hub.programme(json!({})).await, json!({})).await;
        teacher.post("/v1/bookings", by_ticket(&event, &teacher, &ticket)).await
    }
    "ticket_not_needed" 409 |hub| {
        let (teacher, ticket) = ticket(hub).await;
        let event = hub.event(EventPlan::of(1, "0")).await;
        teacher.post("/v1/bookings", by_ticket(&event, &teacher, &ticket)).await
    }
    "capacity_below_held" 409 |hub| {
        let (event, lead, _, _) = booked(hub, json!({})).await;
        lead.book(&event).await.created();
        let path = format!("/v1/events/{event}");
        hub.manager().patch(&path, &hub.manager().get(&path).await.etag(), json!({ "capacity": 1 })).await
    }
    "year_closed" 409 |hub| { divide(hub, json!({ "pool": "1000", "year": "2025/26" })).await }
    "missing_rolls" 409 |hub| { divide(hub, json!({ "pool": "1000", "census_date": "2024-01-18" })).await }
    "pool_not_positive" 400 |hub| { divide(hub, json!({ "pool": "0" })).await }
    "step_does_not_divide" 400 |hub| { divide(hub, json!({ "pool": "1000.75", "step": "0.50" })).await }
    "floors_over_pool" 409 |hub| { divide(hub, json!({ "pool": "1000", "floor": "50" })).await }
    "caps_under_pool" 409 |hub| { divide(hub, json!({ "pool": "1000", "cap": "47" })).await }
    "no_schools" 409 |hub| {
        hub.open_year("2026/27").await;
        hub.manager().post("/v1/allocations", allocation(json!({ "pool": "1" }))).await
    }
    "no_pupils" 409 |hub| {
        let weights = ["primary", "secondary", "not_applicable", "all_through"].map(|phase| json!({ "phase": phase, "weight": "0" }));
        divide(hub, json!({ "pool": "1000", "phase_weights": weights })).await
    }
    "nothing_to_adjust" 409 |hub| {
        let (_, base) = three_schools(hub).await;
        hub.manager().post(&of_allocation(&base, "adjustment"), json!({})).await
    }
    "allocation_outdated" 409 |hub| {
        let (schools, base) = three_schools(hub).await;
        roll(hub, &schools[2], 200).await;
        let draft = async || hub.manager().post(&of_allocation(&base, "adjustment"), json!({})).await.created();
        let (first, second) = (draft().await, draft().await);
        approve(hub, &second).await.ok();
        approve(hub, &first).await
    }
    "shortfalls_undecided" 409 |hub| {
        let (schools, base) = three_schools(hub).await;
        let event = hub.event(EventPlan::of(5, "290")).await;
        hub.lead(&schools[2]).await.book(&event).await.created();
        roll(hub, &schools[2], 200).await;
        let draft = hub.manager().post(&of_allocation(&base, "adjustment"), json!({})).await.created();
        approve(hub, &draft).await
    }
    "nothing_earned" 409 |hub| {
        let (partner, _) = hub.partner("Nothing Yet").await;
        hub.manager().post(&format!("/v1/partners/{partner}/settlements"), json!({ "up_to": "2026-10-05" })).await
    }
    "settlement_cancelled" 409 |hub| {
        let settlement = settled(hub, "60").await;
        let cancel = format!("{settlement}/cancel");
        hub.manager().post(&cancel, json!({ "reason": "Wrong" })).await.ok();
        hub.manager().post(&cancel, json!({ "reason": "Wrong" })).await
    }
    "settlement_paid" 409 |hub| {
        hub.year("2026/27").await;
        let settlement = hub.settle("Drama Company", "60", "60").await;
        hub.manager().post(&format!("/v1/settlements/{settlement}/cancel"), json!({ "reason": "Wrong" })).await
    }
    "pays_too_much" 409 |hub| {
        let settlement = settled(hub, "60").await;
        let payment = json!({ "credits": "60.01", "bank_reference": "BACS 1" });
        hub.manager().post(&format!("{settlement}/payments"), payment).await
    }
    "owed_less" 409 |hub| {
        let settlement = settled(hub, "60").await;
        let partner = hub.manager().all("/v1/partners").await.remove(0);
        let less = json!({ "account": "payable", "partner_id": partner["id"], "side": "debit", "amount": "1", "reason": "Wrong" });
        hub.manager().post("/v1/adjustments", less).await.created();
        hub.manager().post(&format!("{settlement}/payments"), json!({ "bank_reference": "BACS 1" })).await
    }
    "year_not_over" 409 |hub| {
        hub.year("2026/27").await;
        hub.year("2027/28").await;
        close(hub).await
    }
    "earlier_year_open" 409 |hub| {
        hub.year("2025/26").await;
        hub.year("2026/27").await;
        hub.world.at(LAST_DAY);
        close(hub).await
    }
    "next_year_not_open" 409 |hub| {
        hub.year("2026/27").await;
        hub.world.at(LAST_DAY);
        close(hub).await
    }
    "open_holds" 409 |hub| {
        booked(hub, json!({})).await;
        hub.year("2027/28").await;
        hub.world.at(LAST_DAY);
        close(hub).await
    }
    "school_left" 409 |hub| {
        let (school, lead, _) = hub.funded_school("Lampton Academy", "100").await;
        let (path, event) = (format!("/v1/schools/{}", school.id), hub.event(EventPlan::default()).await);
        let left = json!({ "left_on": "2026-10-05" });
        hub.manager().patch(&path, &hub.manager().get(&path).await.etag(), left).await.ok();
        lead.book(&event).await
    }
    "own_request" 409 |hub| {
        let (school, lead, _) = hub.funded_school("Lampton Academy", "100").await;
        let path = format!("/v1/schools/{}/approval", school.id);
        lead.patch(&path, &lead.get(&path).await.etag(), json!({ "second_person": true })).await.ok();
        let own = lead.book(&hub.event(EventPlan::default()).await).await.created();
        lead.act(&own, "approve").await
    }
    "last_manager" 409 |hub| {
        let manager = hub.manager();
        manager.post(&format!("/v1/people/{}/disable", manager.id()), None).await
    }
    "signs_in" 409 |hub| {
        let viewer = hub.viewer().await;
        let path = format!("/v1/people/{}/invite", viewer.id());
        let link = hub.manager().post(&path, None).await.created()["link"].clone();
        hub.world.stranger().post(&operation_of(&link), None).await.ok();
        hub.manager().post(&path, None).await
    }
    "four_eyes" 409 |hub| {
        hub.london_west().await;
        hub.manager().patch("/v1/hub", "\"1\"", json!({ "four_eyes": true })).await.ok();
        let draft = hub.draft(json!({ "pool": "1000" })).await;
        let path = format!("/v1/allocations/{}/approve", draft["id"].as_str().unwrap());
        hub.manager().post(&path, None).header("if-match", "\"1\"").await
    }
    "not_attended" 409 |hub| {
        let (_, _, teacher, booking) = booked(hub, json!({})).await;
        teacher.get(&of_booking(&booking, "certificate")).await
    }
    "evaluation_required" 409 |hub| {
        let (teacher, booking) = attended(hub, json!({ "evaluation_required": true })).await;
        teacher.get(&of_booking(&booking, "certificate")).await
    }
    "no_font" 406 |hub| {
        let manager = hub.manager();
        let path = format!("/v1/people/{}", manager.id());
        manager.patch(&path, &manager.get(&path).await.etag(), json!({ "name": "李明" })).await.ok();
        manager.get("/v1/me/cpd-record").as_pdf().await
    }
    "evaluation_settled" 409 |hub| {
        let (teacher, booking) = attended(hub, json!({})).await;
        let path = of_booking(&booking, "evaluation");
        let given = teacher.post(&path, json!({ "rating": 4 })).await;
        given.created();
        hub.world.pass(TimeDelta::days(14));
        teacher.patch(&path, &given.etag(), json!({ "rating": 1 })).await
    }
    "in_use" 409 |hub| {
        let (event, _, _, booking) = booked(hub, json!({})).await;
        let session = hub.sessions(&event).await.remove(0);
        hub.world.at("2026-11-12T08:00:00Z");
        hub.manager().mark(&event, &session, &[(&booking, "excused")]).await.is(204);
        let later = json!({ "starts_at": "2026-11-12T15:00:00Z", "ends_at": "2026-11-12T16:00:00Z" });
        hub.manager().patch(&format!("/v1/events/{event}/sessions/{session}"), "\"1\"", later).await
    }
    "stale" 412 |hub| { hub.manager().patch("/v1/hub", "\"7\"", json!({ "four_eyes": true })).await }
    "if_match_required" 428 |hub| { hub.manager().patch("/v1/hub", "\"1\"", json!({})).without("if-match").await }
    "body_too_large" 413 |hub| {
        let large = format!("{{\"name\":\"{}\"}}", "x".repeat(2 * 1024 * 1024));
        hub.manager().post("/v1/people", None).body("application/json", large).await
    }
    "unsupported_media_type" 415 |hub| { hub.manager().post("/v1/people", None).body("text/plain", "{}").await }
    "idempotency_key_reused" 422 |hub| {
        hub.manager().post("/v1/people", new_viewer()).key("once").await.created();
        let other = json!({ "name": "Another", "email": "another@hub.example", "role": "hub_viewer" });
        hub.manager().post("/v1/people", other).key("once").await
    }
    "too_many_requests" 429 |hub| {
        let service = hub.world.another_service(|settings| settings.requests_per_person = 1);
        hub.manager().at(&service).get("/v1/me").await.ok();
        hub.manager().at(&service).get("/v1/me").await
    }
    "internal" 500 |hub| {
        let rename = async |sql: &'static str| {
            let mut tx = hub.world.db().write_everywhere().await.unwrap();
            tx.query(sql).run().await.unwrap().any();
            tx.commit().await.unwrap();
        };
        rename("ALTER TABLE partners RENAME TO partners_gone").await;
        let reply = hub.manager().get("/v1/partners").await;
        rename("ALTER TABLE partners_gone RENAME TO partners").await;
        reply
    }
    "unavailable" 503 |hub| {
        let (school, lead, _) = hub.funded_school("Lampton Academy", "100").await;
        let service = hub.world.service_with_queue(1);
        let event = hub.event(EventPlan::default()).await;
        let leads = join_all((0..8).map(|_| hub.lead(&school))).await;
        let book = |lead: &Client| lead.at(&service).post("/v1/bookings", json!({ "event_id": event }));
        first_while_locked(hub, leads.iter().chain([&lead]).map(book).collect()).await
    }
    "timed_out" 503 |hub| {
        let service = hub.world.another_service(|settings| settings.request_seconds = 1);
        let patient = hub.manager().at(&service).post("/v1/people", new_viewer());
        first_while_locked(hub, vec![patient]).await
    }
}

/// The whole form of RFC 9457, as far as a test that knows the code and its status can tell.
fn check(code: &str, status: u16, reply: &Reply) -> Result<String, String> {
    let problem = reply.json();
    let fields: Vec<&str> = problem.as_object().into_iter().flatten().map(|(field, _)| field.as_str()).collect();
    let known = ["type", "title", "status", "detail", "code", "request_id", "errors"];
    let text = |field: &str| problem[field].as_str().unwrap_or_default();
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let whole = |error: &Value| {
        ["pointer", "code", "detail"].iter().all(|field| error[*field].as_str().is_some_and(|text| !text.is_empty()))
    };
    for (holds, what) in [
        (reply.status == status && problem["status"] == status, "status"),
        (text("code") == code, "code"),
        (reply.header("content-type") == Some("application/problem+json"), "content type"),
        (text("type") == format!("/problems/{code}"), "type"),
        (!text("title").is_empty() && !text("detail").is_empty(), "words"),
        (Some(text("request_id")) == reply.header("x-request-id"), "request id"),
        (fields.iter().all(|field| known.contains(field)), "fields"),
        (problem.get("errors").is_none() || (!errors.is_empty() && errors.iter().all(whole)), "errors"),
        ((status == 401) == reply.header("www-authenticate").is_some(), "www-authenticate"),
        (![429, 503].contains(&status) || reply.header("retry-after").is_some(), "retry-after"),
        ((status == 405) == reply.header("allow").is_some(), "allow"),
    ] {
        if !holds {
            return Err(format!("{code}: {what}: {reply}"));
        }
    }
    Ok(text("title").to_owned())
}

#[test]
fn every_code_has_a_row_of_its_own() {
    let rows: BTreeSet<String> = table().iter().map(|(code, ..)| (*code).to_owned()).collect();
    assert_eq!(rows.len(), table().len(), "a code has two rows");
    let without: Vec<String> = codes().into_iter().filter(|code| !rows.contains(code)).collect();
    assert!(without.is_empty(), "these need a row in tests/api/codes.rs: {without:?}");
}

both_engines!(every_code_is_answered_with_its_status_and_form);

async fn every_code_is_answered_with_its_status_and_form(world: World) {
    let (mut titles, mut wrong, codes) = (BTreeMap::new(), Vec::new(), codes());
    for (code, status, provoke) in table() {
        // What one row does to the clock and to its hub is nothing to the next.
        world.at(&crate::support::begins_at().to_rfc3339());
        let hub = world.hub(code).await;
        match check(code, status, &provoke(&hub).await) {
            Ok(title) => drop(titles.insert(title, code)),
            Err(words) => wrong.push(words),
        }
        hub.verified().await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(titles.len(), codes.len(), "two codes have one title: {titles:?}");
}
