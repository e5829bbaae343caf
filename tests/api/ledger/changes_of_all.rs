//! Every end point that changes something leaves a change in the feed: each is called, and the feed looked at.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use hub_credits::programme::programmes::admission::Admission;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{
    CENSUS, Client, EventPlan, Request, TestHub, allocation, at, new_adjustment, new_event, new_offer, new_programme,
    new_quote, new_session, operation_of, operations, rate_card, unique, with,
};

/// What changes no record of the hub's business.
const LEAVE_NOTHING: &[&str] = &[
    // What somebody has read of what they were told.
    "POST /v1/me/notices/read",
    "POST /v1/me/notices/{id}/read",
    // What somebody looks for is their own.
    "POST /v1/me/saved-filters",
    "PATCH /v1/me/saved-filters/{id}",
    "DELETE /v1/me/saved-filters/{id}",
    // What somebody wants by e-mail is their own, and a letter that is sent again is as it was written.
    "PUT /v1/me/letters",
    "POST /v1/letters/stop/{word}",
    "POST /v1/letters/{id}/send-again",
    // What the hub writes to people is kept with what they are told, and looking at it first sends nothing.
    "POST /v1/announcements",
    "POST /v1/announcements/preview",
    // A secret of the person's own.
    "POST /v1/me/calendar",
    "DELETE /v1/me/calendar",
    // A new address that nobody has confirmed yet, and the link to it.
    "POST /v1/me/email",
    "POST /v1/people/{id}/email/link",
    // What other systems are sent: nothing of the hub is changed by it.
    "POST /v1/webhooks/{id}/ping",
    "POST /v1/webhooks/{id}/deliveries/{delivery_id}/redeliver",
    // Somebody comes in, or goes.
    "POST /v1/auth/codes",
    "POST /v1/auth/codes/sign-in",
    "POST /v1/auth/invitations/{secret}",
    "POST /v1/auth/links/{secret}",
    "POST /v1/auth/login",
    "POST /v1/auth/logout",
    "POST /v1/auth/logout-everywhere",
    "POST /v1/auth/refresh",
    "POST /v1/auth/resets",
    "POST /v1/auth/resets/{secret}",
    "DELETE /v1/me/sessions/{id}",
    // What a person signs in by, in whichever hub.
    "POST /v1/me/password",
    "POST /v1/me/totp",
    "POST /v1/me/totp/confirm",
    "POST /v1/me/totp/recovery-codes",
    "POST /v1/me/totp/remove",
    "POST /v1/me/totp/verify",
];

/// A walk past the end points, with what they are known to leave.
struct Walk {
    hub: TestHub,
    past: BTreeSet<String>,
}

impl Walk {
    async fn last(&self) -> u64 {
        let page = self.hub.manager().get("/v1/changes?limit=1").await.ok();
        page["last"].as_str().unwrap().parse().unwrap()
    }

    /// Does it, and looks for a change of this kind among those that it leaves.
    async fn leaves(&mut self, kind: &str, request: Request) -> Value {
        let (operation, before) = (request.operation(), self.last().await);
        let reply = request.await;
        assert!((200..300).contains(&reply.status), "{reply}");
        let path = format!("/v1/changes?limit=200&after={before}");
        let left = self.hub.manager().get(&path).await.ok()["items"].as_array().unwrap().clone();
        let kinds: Vec<&str> = left.iter().map(|change| change["kind"].as_str().unwrap()).collect();
        assert!(kinds.contains(&kind), "{operation} leaves {kinds:?}, not {kind}");
        self.past.insert(operation);
        if reply.body.is_empty() { Value::Null } else { reply.json() }
    }

    async fn adds(&mut self, kind: &str, request: Request) -> String {
        self.leaves(kind, request).await["id"].as_str().unwrap().to_owned()
    }
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

async fn settings_and_people(walk: &mut Walk) {
    let (hub, manager) = (walk.hub.clone(), walk.hub.manager());
    walk.leaves("hub.changed", manager.patch("/v1/hub", "\"1\"", json!({ "returned_share_percent": 40 }))).await;
    let email = format!("new.{}@hub.example", unique());
    let person = json!({ "name": "Somebody New", "email": email, "role": "hub_viewer" });
    let person = walk.adds("person.created", manager.post("/v1/people", person)).await;
    let path = format!("/v1/people/{person}");
    walk.leaves("person.changed", manager.patch(&path, "\"1\"", json!({ "name": "Somebody Else" }))).await;
    walk.leaves("person.invited", manager.post(&format!("{path}/invite"), None)).await;
    walk.leaves("person.disabled", manager.post(&format!("{path}/disable"), None)).await;
    walk.leaves("person.enabled", manager.post(&format!("{path}/enable"), None)).await;
    let key = json!({ "name": "MIS", "scope": "read", "days": 1 });
    let key = walk.leaves("api_key.created", manager.post("/v1/api-keys", key).no_key()).await;
    walk.leaves("api_key.revoked", manager.delete(&format!("/v1/api-keys/{}", id(&key["api_key"])))).await;
    let named = json!({ "email": format!("named.{}@hub.example", unique()) });
    let operator = hub.world.operator();
    walk.leaves("person.created", operator.post(&format!("/v1/hubs/{}/managers", hub.id), named).no_key()).await;
    let viewer = hub.viewer().await;
    walk.leaves("person.needs_changed", viewer.put("/v1/me/needs", json!({ "access": "A ramp" }))).await;
    walk.leaves("person.needs_changed", viewer.delete("/v1/me/needs")).await;
    let (_, signed_in) = hub.joins(&viewer).await;
    let (path, caller) = (format!("/v1/people/{}", viewer.id()), signed_in.caller(&hub.world));
    walk.leaves("person.helped_in", manager.post(&format!("{path}/sign-in-code"), None)).await;
    walk.leaves("person.helped_in", manager.post(&format!("{path}/reset"), None)).await;
    caller.post("/v1/me/totp", None).await.created();
    walk.leaves("person.helped_in", manager.delete(&format!("{path}/totp"))).await;
}

async fn webhooks(walk: &mut Walk) {
    let manager = walk.hub.manager();
    let new = json!({ "name": "Finance", "url": "https://finance.example/hook" });
    let made = walk.leaves("webhook.created", manager.post("/v1/webhooks", new).no_key()).await;
    let path = format!("/v1/webhooks/{}", id(&made["webhook"]));
    walk.leaves("webhook.changed", manager.patch(&path, "\"1\"", json!({ "name": "Accounts" }))).await;
    walk.leaves("webhook.secret_changed", manager.post(&format!("{path}/secret"), json!({})).no_key()).await;
    walk.leaves("webhook.paused", manager.post(&format!("{path}/pause"), None)).await;
    walk.leaves("webhook.resumed", manager.post(&format!("{path}/resume"), None)).await;
    walk.leaves("webhook.deleted", manager.delete(&path)).await;
}

async fn newsletter(walk: &mut Walk) {
    let manager = walk.hub.manager();
    let contact = json!({ "name": "Somebody Outside", "email": format!("outside.{}@council.example", unique()) });
    let contact = walk.adds("newsletter.contact_added", manager.post("/v1/newsletter/contacts", contact)).await;
    let path = format!("/v1/newsletter/contacts/{contact}");
    walk.leaves("newsletter.contact_removed", manager.delete(&path)).await;
    let draft = walk.hub.newsletter_draft().await;
    let path = format!("/v1/newsletters/{}", id(&draft));
    walk.leaves("newsletter.edited", manager.patch(&path, "\"1\"", json!({ "subject": "News" }))).await;
    walk.leaves("newsletter.edited", manager.post(&format!("{path}/gather"), None)).await;
    walk.leaves("newsletter.skipped", manager.post(&format!("{path}/skip"), None)).await;
    let off = json!({ "enabled": false, "weekday": "friday", "at": "07:00", "draft_days": 2 });
    walk.leaves("newsletter.scheduled", manager.put("/v1/newsletter", off)).await;
}

async fn records(walk: &mut Walk) {
    let (hub, manager) = (walk.hub.clone(), walk.hub.manager());
    let (lampton, heston) = (hub.school("Lampton").await, hub.school("Heston").await);
    let (teacher, double) = (hub.teacher(&lampton).await, hub.teacher(&lampton).await);
    let of = |person: &Client, what: &str| format!("/v1/people/{}/{what}", person.id());
    let there = json!({ "school_id": heston.id });
    walk.leaves("person.moved", manager.post(&of(&teacher, "move"), there)).await;
    walk.leaves("person.moved", manager.post(&of(&teacher, "role"), json!({ "role": "school_lead" }))).await;
    let address = json!({ "email": format!("corrected.{}@hub.example", unique()) });
    walk.leaves("person.address_changed", manager.post(&of(&teacher, "email"), address)).await;
    let address = json!({ "email": format!("new.{}@hub.example", unique()) });
    teacher.post("/v1/me/email", address).await.is(202);
    let link = manager.post(&of(&teacher, "email/link"), None).await.created()["link"].clone();
    let link = operation_of(&link);
    walk.leaves("person.address_changed", hub.world.stranger().post(&link, None)).await;
    let quote = manager.get(&format!("{}?with={}", of(&teacher, "merge"), double.id())).await.ok()["quote"].clone();
    let body = json!({ "with": double.id(), "quote": quote });
    walk.leaves("person.merged", manager.post(&of(&teacher, "merge"), body)).await;
    let quote = manager.get(&of(&teacher, "erase")).await.ok()["quote"].clone();
    walk.leaves("person.erased", manager.post(&of(&teacher, "erase"), json!({ "quote": quote }))).await;
    let file = "name,email,role\nVic,vic@import.example,viewer\n";
    walk.leaves("person.created", manager.post("/v1/people/import", None).csv(file)).await;
}

async fn schools(walk: &mut Walk) {
    let (hub, manager) = (walk.hub.clone(), walk.hub.manager());
    let school = json!({ "urn": "123456", "name": "Lampton", "phase": "secondary" });
    let school = walk.adds("school.created", manager.post("/v1/schools", school)).await;
    let path = format!("/v1/schools/{school}");
    walk.leaves("school.changed", manager.patch(&path, "\"1\"", json!({ "local_authority": "Hounslow" }))).await;
    let etag = manager.get(&format!("{path}/approval")).await.etag();
    walk.leaves(
        "school.approval_changed",
        manager.patch(&format!("{path}/approval"), &etag, json!({ "own_approval": true })),
    )
    .await;
    walk.leaves(
        "school.roll_recorded",
        manager.post(&format!("{path}/rolls"), json!({ "census_date": CENSUS, "pupils": 900 })),
    )
    .await;
    let rolls = "urn,pupils,census_date\n123456,901,2023-01-19\n";
    walk.leaves("school.roll_recorded", manager.post("/v1/rolls/import", None).csv(rolls)).await;
    let more = "urn,name,pupils\n123457,Heston,500\n";
    let import = manager.post(&format!("/v1/schools/import?census_date={CENSUS}"), None).csv(more);
    walk.leaves("school.created", import).await;
    let school = crate::support::School { id: school, name: "Lampton".to_owned(), urn: "123456".to_owned() };
    let (lead, teacher) = (hub.lead(&school).await, hub.teacher(&school).await);
    let deputy = json!({ "person_id": teacher.id(), "starts_on": "2026-10-05", "ends_on": "2026-10-09" });
    let deputy = walk.adds("deputy.named", lead.post(&format!("{path}/deputies"), deputy)).await;
    walk.leaves("deputy.dismissed", lead.delete(&format!("{path}/deputies/{deputy}"))).await;
}

async fn allocations(walk: &mut Walk) {
    let manager = walk.hub.manager();
    walk.leaves("year.opened", manager.post("/v1/years", json!({ "year": "2026/27" }))).await;
    let draft = |pool: &str| allocation(json!({ "pool": pool }));
    let first = walk.adds("allocation.drafted", manager.post("/v1/allocations", draft("1000"))).await;
    let path = format!("/v1/allocations/{first}");
    walk.leaves("allocation.recomputed", manager.patch(&path, "\"1\"", draft("2000"))).await;
    walk.leaves("allocation.approved", manager.post(&format!("{path}/approve"), None).header("if-match", "\"2\""))
        .await;
    let second = manager.add("/v1/allocations", draft("100")).await;
    walk.leaves(
        "allocation.discarded",
        manager.delete(&format!("/v1/allocations/{second}")).header("if-match", "\"1\""),
    )
    .await;
}

async fn programme(walk: &mut Walk) {
    let manager = walk.hub.manager();
    let partner = walk.adds("partner.created", manager.post("/v1/partners", json!({ "name": "Languages" }))).await;
    walk.leaves(
        "partner.changed",
        manager.patch(&format!("/v1/partners/{partner}"), "\"1\"", json!({ "name": "Tongues" })),
    )
    .await;
    walk.adds("priority.created", manager.post("/v1/priorities", json!({ "name": "Reading" }))).await;
    let programme = walk.adds("programme.created", manager.post("/v1/programmes", new_programme(json!({})))).await;
    walk.leaves(
        "programme.changed",
        manager.patch(&format!("/v1/programmes/{programme}"), "\"1\"", json!({ "title": "Another" })),
    )
    .await;
    let event = walk.adds("event.created", manager.post("/v1/events", new_event(&programme, json!({})))).await;
    let path = format!("/v1/events/{event}");
    walk.leaves("event.changed", manager.patch(&path, "\"1\"", json!({ "capacity": 5 }))).await;
    let session =
        walk.adds("session.created", manager.post(&format!("{path}/sessions"), new_session("2026-11-13T09:00"))).await;
    let out =
        walk.adds("session.created", manager.post(&format!("{path}/sessions"), new_session("2026-11-14T09:00"))).await;
    walk.leaves(
        "session.called_off",
        manager.post(&format!("{path}/sessions/{out}/cancel"), json!({ "reason": "Snow" })),
    )
    .await;
    walk.leaves(
        "session.changed",
        manager.patch(&format!("{path}/sessions/{session}"), "\"1\"", json!({ "title": "Last" })),
    )
    .await;
    let copy =
        walk.adds("event.created", manager.post(&format!("{path}/copy"), json!({ "starts_on": "2026-11-19" }))).await;
    walk.leaves("event.deleted", manager.delete(&format!("/v1/events/{copy}")).header("if-match", "\"1\"")).await;
    walk.leaves("event.published", manager.post(&format!("{path}/publish"), None)).await;
    let (_, person) = walk.hub.partner("Drama").await;
    let drafted = walk.adds("programme.created", person.post("/v1/programmes", new_programme(json!({})))).await;
    let back = json!({ "reason": "For whom is it?" });
    walk.leaves("programme.returned", manager.post(&format!("/v1/programmes/{drafted}/send-back"), back)).await;
    walk.leaves("programme.published", manager.post(&format!("/v1/programmes/{drafted}/publish"), None)).await;
    let drafted = walk.adds("programme.created", person.post("/v1/programmes", new_programme(json!({})))).await;
    let withdrawn = person.delete(&format!("/v1/programmes/{drafted}")).header("if-match", "\"1\"");
    walk.leaves("programme.deleted", withdrawn).await;
    walk.leaves("event.cancelled", manager.post(&format!("{path}/cancel"), json!({ "reason": "Snow" }))).await;
}

async fn bookings(walk: &mut Walk) {
    let (hub, manager) = (walk.hub.clone(), walk.hub.manager());
    let (school, lead, teacher) = hub.funded_school("Feltham", "1000").await;
    let others = [
        hub.teacher(&school).await,
        hub.teacher(&school).await,
        hub.teacher(&school).await,
        hub.teacher(&school).await,
    ];
    let programme = hub.programme(json!({})).await;
    let event = hub.published_event(&programme, json!({ "evaluation_required": false })).await;
    let run = hub.published_event(&programme, json!({ "sessions": [new_session("2026-12-01T09:00")] })).await;
    let book = |who: &Client, event: &str| who.post("/v1/bookings", json!({ "event_id": event }));
    let of = |booking: &Value, what: &str| format!("/v1/bookings/{}/{what}", id(booking));

    let booking = walk.leaves("booking.requested", book(&teacher, &event)).await;
    walk.leaves("booking.confirmed", lead.post(&of(&booking, "approve"), None)).await;
    let declined = others[0].book(&event).await.created();
    walk.leaves("booking.declined", lead.post(&of(&declined, "decline"), None)).await;
    let group = json!({ "event_id": event, "delegates": [others[0].id()], "unnamed": { "places": 1, "names_by": "2026-11-01" } });
    let group = walk.leaves("booking.confirmed", lead.post("/v1/bookings/groups", group)).await;
    let places: Vec<Value> = lead.all(&format!("/v1/bookings?event_id={event}")).await;
    let unnamed = places.iter().find(|place| place["person_id"].is_null()).unwrap_or_else(|| panic!("{group}"));
    walk.leaves("booking.named", lead.post(&of(unnamed, "name"), json!({ "person_id": others[1].id() }))).await;
    walk.leaves("booking.substituted", lead.post(&of(unnamed, "substitute"), json!({ "person_id": others[2].id() })))
        .await;
    walk.leaves("booking.moved", lead.post(&of(unnamed, "transfer"), json!({ "event_id": run }))).await;
    let given_up = lead.book_for(&event, &others[3]).await.created();
    hub.world.at("2026-11-05T09:00:00Z");
    walk.leaves("booking.cancelled", lead.post(&of(&given_up, "cancel"), None)).await;
    walk.leaves("booking.refunded", manager.post(&of(&given_up, "waive"), json!({ "reason": "Illness" }))).await;

    // A place that comes free is offered.
    let admission = Admission { offer_hours: Some(48), ..Admission::default() };
    let offered = hub.event(EventPlan { capacity: 1, admission, ..EventPlan::default() }).await;
    let held = lead.book(&offered).await.created();
    let (first, second) =
        (lead.book_for(&offered, &teacher).await.created(), lead.book_for(&offered, &others[0]).await.created());
    lead.act(&held, "cancel").await.ok();
    walk.leaves("booking.cancelled", teacher.post(&of(&first, "offer/decline"), None)).await;
    walk.leaves("booking.confirmed", others[0].post(&of(&second, "offer/accept"), None)).await;

    // One of before.
    let there = json!({ "person_id": teacher.id(), "marks": [{ "mark": "present" }] });
    let past = json!({ "programme_id": programme, "title": "Before", "sessions": [new_session("2026-09-10T09:00")], "delegates": [there] });
    walk.adds("event.completed", manager.post("/v1/events/history", past)).await;

    // The day of the event, and after.
    let session = hub.sessions(&event).await.remove(0);
    hub.world.at("2026-11-12T09:05:00Z");
    let code = teacher.get(&of(&booking, "check-in-code")).await.ok()["code"].clone();
    let at = format!("/v1/events/{event}/sessions/{session}");
    walk.leaves("booking.checked_in", manager.post(&format!("{at}/check-in"), json!({ "code": code }))).await;
    let marks = json!({ "marks": [{ "booking_id": booking["id"], "mark": "late" }] });
    walk.leaves("event.register_marked", manager.put(&format!("{at}/register"), marks)).await;
    hub.world.at("2026-11-12T10:00:00Z");
    let complete = manager.post(&format!("/v1/events/{event}/complete?unmarked=absent"), None);
    walk.leaves("booking.certificate_issued", complete).await;
    let path = of(&booking, "evaluation");
    walk.leaves("event.evaluation_given", teacher.post(&path, json!({ "rating": 4 }))).await;
    walk.leaves("event.evaluation_changed", teacher.patch(&path, "\"1\"", json!({ "rating": 5 }))).await;
    let told = hub.manager().get("/v1/changes?kind=event.evaluation_given").await.ok();
    assert_eq!(
        (&told["items"][0]["actor_id"], &told["items"][0]["booking_id"]),
        (&Value::Null, &Value::Null),
        "nobody learns whose it is"
    );
}

async fn tickets(walk: &mut Walk) {
    let (hub, manager) = (walk.hub.clone(), walk.hub.manager());
    let school = hub.school("Brentford").await;
    let teacher = hub.teacher(&school).await;
    let of = json!({ "name": "Fabulinus Ticket", "covers": { "kinds": ["cpd_programme"] }, "valid_months": 12, "returns": { "rule": "always" } });
    let of = walk.adds("ticket_type.created", manager.post("/v1/ticket-types", of)).await;
    walk.leaves(
        "ticket_type.changed",
        manager.patch(&format!("/v1/ticket-types/{of}"), "\"1\"", json!({ "valid_months": 6 })),
    )
    .await;
    let ticket = walk
        .adds("ticket.issued", manager.post("/v1/tickets", json!({ "ticket_type_id": of, "person_id": teacher.id() })))
        .await;
    walk.leaves(
        "ticket.revoked",
        manager.post(&format!("/v1/tickets/{ticket}/revoke"), json!({ "reason": "A mistake" })),
    )
    .await;
    let email = manager.get(&format!("/v1/people/{}", teacher.id())).await.ok()["email"].as_str().unwrap().to_owned();
    let file = format!("email\n{email}\n");
    walk.leaves("ticket.issued", manager.post(&format!("/v1/tickets/import?ticket_type_id={of}"), None).csv(file))
        .await;
    let event = hub
        .published_event(&hub.programme(json!({})).await, json!({ "sessions": [new_session("2027-01-12T09:00")] }))
        .await;
    let ticket = manager.all(&format!("/v1/tickets?person_id={}&state=issued", teacher.id())).await.remove(0);
    let place = json!({ "event_id": event, "ticket_id": ticket["id"] });
    let booking = walk.leaves("ticket.used", teacher.post("/v1/bookings", place)).await;
    walk.leaves("ticket.returned", teacher.post(&format!("/v1/bookings/{}/cancel", id(&booking)), None)).await;
}

/// By hand: sales, gifts, corrections, and what takes them back.
async fn by_hand(walk: &mut Walk) {
    let (hub, manager) = (walk.hub.clone(), walk.hub.manager());
    let (giver, giving, _) = hub.funded_school("Chiswick", "100").await;
    let (receiver, receiving, _) = hub.funded_school("Isleworth", "5").await;
    let sale = json!({ "school_id": giver.id, "amount": "5", "invoice_reference": "INV-1" });
    let sold = walk.leaves("top_up.sold", manager.post("/v1/top-ups", sale)).await;
    let reverse = format!("/v1/transactions/{}/reverse", sold["transaction_id"].as_str().unwrap());
    walk.leaves("top_up.reversed", manager.post(&reverse, json!({ "reason": "A mistake" }))).await;
    for (what, who) in [("accept", &receiving), ("decline", &receiving), ("withdraw", &giving)] {
        let gift = json!({ "to_school_id": receiver.id, "amount": "1" });
        let gift = walk.adds("transfer.offered", giving.post("/v1/transfers", gift)).await;
        let kind = ["transfer.accepted", "transfer.declined", "transfer.withdrawn"]
            .into_iter()
            .find(|kind| kind.contains(&what[..6]))
            .unwrap();
        walk.leaves(kind, who.post(&format!("/v1/transfers/{gift}/{what}"), None)).await;
    }
    let correction = || new_adjustment(&giver, "credit", "2", json!({}));
    walk.leaves("adjustment.posted", manager.post("/v1/adjustments", correction())).await;
    let settlement = walk.hub.settle("Drama Company", "60", "20").await;
    let payments = format!("/v1/settlements/{settlement}/payments");
    walk.leaves("settlement.paid", manager.post(&payments, json!({ "bank_reference": "BACS 2" }))).await;
    let (partner, _) = walk.hub.partner("Dance Company").await;
    walk.hub.owe(&partner, "5").await;
    let up_to = json!({ "up_to": walk.hub.world.today() });
    let stated = manager.post(&format!("/v1/partners/{partner}/settlements"), up_to);
    let stated = walk.adds("settlement.stated", stated).await;
    let cancelled = manager.post(&format!("/v1/settlements/{stated}/cancel"), json!({ "reason": "Wrong" }));
    walk.leaves("settlement.cancelled", cancelled).await;
    let columns = json!({ "columns": [{ "heading": "Net", "field": "net", "text": null }] });
    let columns = manager.put("/v1/purchase-ledger/columns", columns).header("if-match", "\"0\"");
    walk.leaves("hub.changed", columns).await;
    let etag = manager.get("/v1/hub").await.etag();
    manager.patch("/v1/hub", &etag, json!({ "four_eyes": true })).await.ok();
    let other = hub.another_manager().await;
    for (what, kind) in [("approve", "adjustment.posted"), ("discard", "adjustment.discarded")] {
        let proposed = walk.adds("adjustment.proposed", manager.post("/v1/adjustments", correction())).await;
        walk.leaves(kind, other.post(&format!("/v1/adjustments/{proposed}/{what}"), None)).await;
    }
    let etag = manager.get("/v1/hub").await.etag();
    let asked = manager.patch("/v1/hub", &etag, json!({ "four_eyes": false })).await;
    assert_eq!(other.patch("/v1/hub", &asked.etag(), json!({ "four_eyes": false })).await.ok()["four_eyes"], false);
}

/// An approved allocation by a corrected roll, and back.
async fn corrected(walk: &mut Walk) {
    let manager = walk.hub.manager();
    let all = manager.all("/v1/allocations").await;
    let base = all.into_iter().find(|one| one["state"] == "approved").unwrap();
    let again = format!("/v1/allocations/{}/adjustment", id(&base));
    let corrected = walk.adds("allocation.drafted", manager.post(&again, json!({ "pool": "2500" }))).await;
    let recompute =
        manager.patch(&format!("/v1/allocations/{corrected}/adjustment"), "\"1\"", json!({ "pool": "3000" }));
    walk.leaves("allocation.recomputed", recompute).await;
    manager.delete(&format!("/v1/allocations/{corrected}")).header("if-match", "\"2\"").await.is(204);
    let reverse = manager
        .post(&format!("/v1/allocations/{}/reverse", id(&base)), json!({ "reason": "Wrong" }))
        .header("if-match", "\"3\"");
    walk.leaves("allocation.reversed", reverse).await;
}

/// What schools do for one another: an offer, its days, and what is written about it.
async fn offers(walk: &mut Walk) {
    let (hub, manager) = (walk.hub.clone(), walk.hub.manager());
    let card = manager.put("/v1/rate-card", rate_card()).header("if-match", "\"0\"");
    walk.leaves("rate_card.changed", card).await;
    let (provider, asking) = (hub.school("Dulwich").await, hub.school("Ealing").await);
    let (lead, other) = (hub.lead(&provider).await, hub.lead(&asking).await);
    let offer = walk.adds("offer.created", lead.post("/v1/offers", new_offer(json!({})))).await;
    let path = format!("/v1/offers/{offer}");
    walk.leaves("offer.changed", lead.patch(&path, "\"1\"", json!({ "title": "Numbers" }))).await;
    let days = lead.put(&format!("{path}/days/2026-27"), json!({ "offered": "2.5" }));
    walk.leaves("offer.days_offered", days).await;
    let hello = || json!({ "subject": "Numbers", "text": "Could you come?" });
    let opened = walk.adds("conversation.opened", other.post(&format!("{path}/contact"), hello())).await;
    let conversation = format!("/v1/conversations/{opened}");
    let answer = lead.post(&format!("{conversation}/messages"), json!({ "text": "Gladly" }));
    walk.leaves("conversation.continued", answer).await;
    let complaint = other.post(&format!("{conversation}/complaint"), json!({ "reason": "Too dear" }));
    walk.leaves("conversation.complained", complaint).await;
    let answer =
        walk.hub.manager().post(&format!("{conversation}/complaint/answer"), json!({ "answer": "Talk again" }));
    walk.leaves("conversation.answered", answer).await;
    for (what, kind) in [("pause", "offer.paused"), ("open", "offer.opened"), ("close", "offer.closed")] {
        walk.leaves(kind, lead.post(&format!("{path}/{what}"), None)).await;
    }
}

/// Support is commissioned: asked for, quoted, agreed, varied, delivered, disputed, and ended in every way.
async fn commissions(walk: &mut Walk) {
    let hub = walk.hub.clone();
    let deal = hub.deal("100").await;
    let (buying, providing) = (&deal.buying, &deal.providing);
    let new = || json!({ "title": "Help", "provider_school_id": deal.provider.id });
    let quote = || new_quote(json!([at("5"), at("4"), at("3"), at("2"), at("1")]));
    let asked = walk.adds("commission.requested", buying.post("/v1/commissions", new())).await;
    let path = format!("/v1/commissions/{asked}");
    let question = buying.post(&format!("{path}/questions"), json!({ "text": "When?" }));
    walk.leaves("commission.asked", question).await;
    for (what, kind, by) in
        [("decline", "commission.quote_declined", buying), ("withdraw", "commission.quote_withdrawn", providing)]
    {
        let quoted = walk.adds("commission.quoted", providing.post(&format!("{path}/quote"), quote())).await;
        walk.leaves(kind, by.post(&format!("{path}/{what}"), json!({ "quote_id": quoted }))).await;
    }
    let quoted = walk.adds("commission.quoted", providing.post(&format!("{path}/quote"), quote())).await;
    let agree = |quote: &str| json!({ "quote_id": quote });
    walk.leaves("commission.agreed", buying.post(&format!("{path}/agree"), agree(&quoted))).await;
    let milestone = |number: i64, what: &str| format!("{path}/milestones/{number}/{what}");
    walk.leaves("milestone.delivered", providing.post(&milestone(1, "deliver"), json!({}))).await;
    let missing = json!({ "missing": "The end" });
    walk.leaves("milestone.not_yet", buying.post(&milestone(1, "not-yet"), missing)).await;
    providing.post(&milestone(1, "deliver"), json!({})).await.ok();
    walk.leaves("milestone.accepted", buying.post(&milestone(1, "accept"), json!({}))).await;
    for number in [2, 3] {
        let dispute = buying.post(&milestone(number, "dispute"), json!({ "reason": "No" }));
        walk.leaves("milestone.disputed", dispute).await;
        let case = providing.post(&milestone(number, "state-case"), json!({ "case": "Yes" }));
        walk.leaves("milestone.case_stated", case).await;
    }
    let split = || json!({ "to_provider": "1" });
    walk.leaves("milestone.split_offered", buying.post(&milestone(2, "offer-split"), split())).await;
    walk.leaves("milestone.resolved", providing.post(&milestone(2, "offer-split"), split())).await;
    let decided = json!({ "to_provider": "1", "to_buyer": "2", "reason": "Half" });
    walk.leaves("milestone.resolved", hub.manager().post(&milestone(3, "resolve"), decided)).await;
    let visit = json!({ "milestone": 1, "visited_on": hub.world.today(), "minutes": 5, "who": "Ann", "done": "Maths" });
    walk.leaves("commission.visited", providing.post(&format!("{path}/visits"), visit)).await;
    let varied = new_quote(json!([at("1")]));
    let varied = walk.adds("commission.variation_proposed", buying.post(&format!("{path}/quote"), varied)).await;
    walk.leaves("commission.varied", providing.post(&format!("{path}/agree"), agree(&varied))).await;
    let cancel = buying.post(&format!("{path}/cancel"), json!({ "reason": "Enough" }));
    walk.leaves("commission.cancelled", cancel).await;
    let review = buying.put(&format!("{path}/review"), json!({ "impact": "Good", "rating": 4 }));
    walk.leaves("commission.reviewed", review).await;
    for (what, kind, by) in
        [("withdraw", "commission.withdrawn", buying), ("decline", "commission.declined", providing)]
    {
        let other = buying.add("/v1/commissions", new()).await;
        walk.leaves(kind, by.post(&format!("/v1/commissions/{other}/{what}"), json!({}))).await;
    }
}

/// A school has another number, and another school takes its place.
async fn succession(walk: &mut Walk) {
    let (hub, manager) = (walk.hub.clone(), walk.hub.manager());
    let (old, new) = (hub.school("Abbey").await, hub.school("Bourne").await);
    let number = json!({ "scheme": "urn", "value": "900009", "from": "2026-09-01" });
    walk.leaves("school.identified", manager.post(&format!("/v1/schools/{}/identifiers", old.id), number)).await;
    let path = format!("/v1/schools/{}/succession", old.id);
    let preview = manager.get(&format!("{path}?successor_id={}", new.id)).await.ok();
    let decided = json!({ "successor_id": new.id, "reason": "Merged", "quote": preview["quote"] });
    walk.leaves("school.succeeded", manager.post(&path, decided)).await;
}

/// The end of the year, and back.
async fn close(walk: &mut Walk) {
    let (hub, manager) = (walk.hub.clone(), walk.hub.manager());
    hub.year("2027/28").await;
    hub.world.at("2027-09-05T09:00:00Z");
    let rule = json!({ "carry": "all", "open_holds": "follow_the_rule" });
    walk.leaves("year.closed", manager.post("/v1/years/2026-27/close", rule)).await;
    walk.leaves("year.reopened", manager.post("/v1/years/2026-27/reopen", json!({ "reason": "Too soon" }))).await;
}

both_engines!(whatever_changes_something_leaves_a_change, nothing_that_people_wrote_or_are_called_is_in_the_feed);

async fn whatever_changes_something_leaves_a_change(hub: TestHub) {
    let mut walk = Walk { hub, past: BTreeSet::new() };
    settings_and_people(&mut walk).await;
    schools(&mut walk).await;
    allocations(&mut walk).await;
    corrected(&mut walk).await;
    programme(&mut walk).await;
    bookings(&mut walk).await;
    tickets(&mut walk).await;
    by_hand(&mut walk).await;
    offers(&mut walk).await;
    commissions(&mut walk).await;
    records(&mut walk).await;
    webhooks(&mut walk).await;
    newsletter(&mut walk).await;
    succession(&mut walk).await;
    close(&mut walk).await;

    // A hub of its own tells of its beginning.
    let other = walk.hub.world.hub("South London").await;
    assert_eq!(other.manager().get("/v1/changes").await.ok()["items"][0]["kind"], "hub.created");
    walk.past.insert("POST /v1/hubs".to_owned());
    walk.hub.verified().await;

    let writes = operations().iter().filter(|operation| operation.method != "GET");
    let writes: BTreeSet<String> = writes.map(|operation| format!("{} {}", operation.method, operation.path)).collect();
    let known: BTreeSet<String> =
        walk.past.iter().cloned().chain(LEAVE_NOTHING.iter().map(|it| (*it).to_owned())).collect();
    let unseen: Vec<&String> = writes.difference(&known).collect();
    assert!(unseen.is_empty(), "walk past these, or say why they leave no change: {unseen:#?}");
    assert!(known.is_subset(&writes), "these are no end points: {:#?}", known.difference(&writes));
}

async fn nothing_that_people_wrote_or_are_called_is_in_the_feed(hub: TestHub) {
    let word = "Zzyzx";
    let manager = hub.manager();
    let school = manager
        .add("/v1/schools", json!({ "urn": "123456", "name": format!("{word} Academy"), "phase": "secondary" }))
        .await;
    let school = crate::support::School { id: school, name: String::new(), urn: String::new() };
    hub.fund(&school, "100").await;
    let person =
        json!({ "name": word, "email": format!("{word}@hub.example"), "role": "teacher", "school_id": school.id });
    let person = manager.add("/v1/people", person).await;
    let teacher = hub.world.person(&hub.id, &person);
    teacher.put("/v1/me/needs", json!({ "access": word })).await.is(204);
    let programme = hub.programme(json!({ "title": word, "description": word })).await;
    let event = hub.published_event(&programme, json!({ "title": word, "sessions": [with(new_session("2026-11-12T09:00"), json!({ "speaker": word, "place": word }))] })).await;
    let booking = manager.post("/v1/bookings", json!({ "event_id": event, "person_id": person })).await.created();
    hub.world.pass(TimeDelta::days(32));
    manager.act(&booking, "cancel").await.ok();
    manager.post(&format!("/v1/bookings/{}/waive", id(&booking)), json!({ "reason": word })).await.ok();
    let (lead, other) = (hub.lead(&school).await, hub.lead(&hub.school("Heston").await).await);
    let offer = lead.add("/v1/offers", new_offer(json!({ "title": word, "description": word, "subject": word }))).await;
    let hello = json!({ "subject": word, "text": word });
    let conversation = other.add(&format!("/v1/offers/{offer}/contact"), hello).await;
    other.post(&format!("/v1/conversations/{conversation}/complaint"), json!({ "reason": word })).await.ok();
    let feed = manager.get("/v1/changes?limit=200").await.text().to_lowercase();
    assert!(feed.contains("booking.refunded"), "{feed}");
    assert!(!feed.contains(&word.to_lowercase()), "{feed}");
}
