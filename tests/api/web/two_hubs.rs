//! Every operation by everybody, on records of their own, of the other school, of the other hub, on ids of nothing and on
//! what is no id: who may gets an answer, who may not is refused, changes nothing, and reads nothing of another's.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hub_credits::base::ids::HubId;
use hub_credits::ledger;
use serde_json::{Value, json};

use super::specification::request;
use crate::both_engines;
use crate::support::{
    Client, Operation, Reply, School, TestHub, World, new_offer, new_top_up, nobody, operations, unique,
};

/// A record as the caller stands to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    /// Of their own school or partner, or else of their hub.
    Own,
    /// Of the other school of their hub.
    OtherSchool,
    /// Of the other hub.
    OtherHub,
    /// Nobody's: no record has the id.
    Nobody,
    /// What is no id.
    NoId,
}

/// A hub with two schools and a partner, a record of everything in it, and somebody of every role.
struct Place {
    hub: TestHub,
    callers: Vec<(&'static str, Client)>,
    /// By collection: the records of the first school and of the partner, then those of the second school.
    own: HashMap<String, String>,
    others: HashMap<String, String>,
}

/// Words that stand in everything of one hub, and in what is the second school's alone.
struct Marks {
    hub: &'static str,
    second: &'static str,
}

const ONE: Marks = Marks { hub: "Xqone", second: "Zvone" };
const TWO: Marks = Marks { hub: "Xqtwo", second: "Zvtwo" };

async fn person(hub: &TestHub, name: &str, role: Value) -> Client {
    let mut person = role;
    person["name"] = name.into();
    person["email"] = format!("p.{}@hub.example", unique()).into();
    let id = hub.manager().add("/v1/people", person).await;
    hub.world.person(&hub.id, &id)
}

/// A school with credits, its lead, a teacher, and another one whose places and papers are looked for.
async fn school(hub: &TestHub, name: &str, event: &str, ticket_type: &str) -> (School, [Client; 3]) {
    let school = hub.school(name).await;
    hub.manager().post("/v1/top-ups", new_top_up(&school, "100", json!({}))).await.created();
    let of = |role: &str| json!({ "role": role, "school_id": school.id });
    let lead = person(hub, &format!("{name} lead"), of("school_lead")).await;
    let teacher = person(hub, &format!("{name} teacher"), of("teacher")).await;
    let third = person(hub, &format!("{name} third"), of("teacher")).await;
    lead.book_for(event, &third).await.created();
    lead.book_for(event, &teacher).await.created();
    third.put("/v1/me/needs", json!({ "access": format!("{name} ramp") })).await.is(204);
    lead.add("/v1/offers", new_offer(json!({ "title": format!("{name} offer") }))).await;
    hub.manager().add("/v1/tickets", json!({ "ticket_type_id": ticket_type, "person_id": third.id() })).await;
    let deputy = json!({ "person_id": third.id(), "ends_on": "2026-12-31" });
    lead.post(&format!("/v1/schools/{}/deputies", school.id), deputy).await.created();
    hub.correct_roll(&school, 500).await;
    (school, [lead, teacher, third])
}

async fn place(world: &World, marks: &Marks) -> Place {
    let Marks { hub: word, second } = marks;
    let hub = world.hub(&format!("{word} hub")).await;
    let manager = hub.manager();
    hub.open_year("2026/27").await;
    let (partner, of_partner) = hub.partner(&format!("{word} partner")).await;
    hub.priority(&format!("{word} priority")).await;
    let provided =
        json!({ "title": format!("{word} programme"), "provider": { "kind": "partner", "partner_id": partner } });
    let programme = hub.programme(provided).await;
    let event = hub.published_event(&programme, json!({ "title": format!("{word} event"), "capacity": 10 })).await;
    let ticket_type = json!({
        "name": format!("{word} ticket"), "covers": { "kinds": ["conference"] }, "valid_months": 12,
        "returns": { "rule": "days_before", "days": 14 }
    });
    let ticket_type = manager.add("/v1/ticket-types", ticket_type).await;
    let (first, of_first) = school(&hub, &format!("{word} Abbey"), &event, &ticket_type).await;
    let (other, of_other) = school(&hub, &format!("{word} {second} Bourne"), &event, &ticket_type).await;
    for (giver, receiver) in [(&of_first[0], &other), (&of_other[0], &first)] {
        giver.give(receiver, "3").await.created();
        let asked = json!({ "title": format!("{word} support"), "provider_school_id": receiver.id });
        giver.post("/v1/commissions", asked).await.created();
    }
    let offers = manager.all("/v1/offers").await;
    for offer in offers {
        let asking = if offer.to_string().contains(&first.id) { &of_other[0] } else { &of_first[0] };
        let words = json!({ "subject": format!("{word} question"), "text": format!("{word} words") });
        asking.post(&format!("/v1/offers/{}/contact", offer["id"].as_str().unwrap()), words).await.created();
    }
    hub.owe(&partner, "50").await;
    let up_to = json!({ "up_to": world.today() });
    manager.add(&format!("/v1/partners/{partner}/settlements"), up_to).await;
    hub.allocate(json!({ "pool": "60" })).await;
    let viewer = person(&hub, &format!("{word} viewer"), json!({ "role": "hub_viewer" })).await;
    let [lead, teacher, _] = of_first.clone();
    let callers = vec![
        ("hub_manager", hub.manager()),
        ("hub_viewer", viewer),
        ("school_lead", lead),
        ("teacher", teacher),
        ("partner", of_partner),
    ];
    let mut place = Place { hub, callers, own: HashMap::new(), others: HashMap::new() };
    place.find([&first, &other], [&of_first, &of_other], &event).await;
    place
}

impl Place {
    /// Finds a record of each collection for either school; where it is neither's, it is the hub's own.
    async fn find(&mut self, schools: [&School; 2], people: [&[Client; 3]; 2], event: &str) {
        let manager = self.hub.manager();
        let callers: BTreeSet<String> = self.callers.iter().map(|(_, caller)| caller.id().to_owned()).collect();
        let signs = |nth: usize| {
            let mut signs = vec![schools[nth].id.clone()];
            signs.extend(people[nth].iter().map(|person| person.id().to_owned()));
            signs
        };
        let (first, second) = (signs(0), signs(1));
        let of = |text: &str, signs: &[String]| signs.iter().any(|sign| text.contains(sign.as_str()));
        for collection in collections() {
            let listed = manager.get(&collection).await;
            if listed.status != 200 {
                continue;
            }
            for item in listed.ok()["items"].as_array().into_iter().flatten() {
                let Some(id) = item["id"].as_str().filter(|id| !callers.contains(*id)) else { continue };
                let text = item.to_string();
                match (of(&text, &first), of(&text, &second)) {
                    (false, true) => self.others.entry(collection.clone()).or_insert_with(|| id.to_owned()),
                    (true, false) => self.own.entry(collection.clone()).or_insert_with(|| id.to_owned()),
                    // Both schools' or neither's.
                    _ => self.own.entry(format!("{collection} of both")).or_insert_with(|| id.to_owned()),
                };
            }
        }
        let session = self.hub.sessions(event).await.remove(0);
        self.own.insert("/v1/events of both".to_owned(), event.to_owned());
        self.own.insert("session".to_owned(), session);
        for (nth, records) in [(0, &mut self.own), (1, &mut self.others)] {
            let deputies = manager.all(&format!("/v1/schools/{}/deputies", schools[nth].id)).await;
            records.insert("deputy_id".to_owned(), deputies[0]["id"].as_str().unwrap().to_owned());
        }
    }

    fn own(&self, collection: &str) -> Option<String> {
        self.own.get(collection).or_else(|| self.own.get(&format!("{collection} of both"))).cloned()
    }

    /// The count of the hub's writes.
    async fn writes(&self) -> i64 {
        let hub = HubId(self.hub.id.parse().unwrap());
        ledger::writes(&mut self.hub.world.db().read(hub).await.unwrap(), hub).await.unwrap()
    }
}

/// The collections that ids in paths are of.
fn collections() -> BTreeSet<String> {
    let of = |operation: &Operation| operation.path.split_once("/{id}").map(|(collection, _)| collection.to_owned());
    operations().iter().filter_map(of).collect()
}

/// The ids in a path, of a record that is whose; none where there is no such record.
fn ids(whose: Whose, operation: &Operation, one: &Place, two: &Place) -> Option<HashMap<&'static str, String>> {
    let collection = operation.path.split_once("/{id}").map_or("", |(collection, _)| collection);
    let (id, session, deputy) = match whose {
        Whose::Own => (one.own(collection), one.own.get("session"), one.own.get("deputy_id")),
        Whose::OtherSchool => {
            (one.others.get(collection).cloned(), one.own.get("session"), one.others.get("deputy_id"))
        }
        Whose::OtherHub => (two.own(collection), two.own.get("session"), two.own.get("deputy_id")),
        Whose::Nobody | Whose::NoId => {
            let id = if whose == Whose::Nobody { nobody() } else { "%00".to_owned() };
            let all = ["id", "session", "deputy_id", "year", "number", "secret"].map(|name| (name, id.clone()));
            let mut all = HashMap::from(all);
            if whose == Whose::Nobody {
                all.insert("year", "2031-32".to_owned());
                all.insert("number", "77".to_owned());
            }
            return Some(all);
        }
    };
    Some(HashMap::from([
        ("id", id?),
        ("session", session?.clone()),
        ("deputy_id", deputy?.clone()),
        ("year", "2026-27".to_owned()),
        ("number", "1".to_owned()),
        ("secret", "none".to_owned()),
    ]))
}

/// What a school's people see of another school, as every operation with its reason.
const SEEN_BY_ALL: &[(&str, &str)] = &[
    ("GET /v1/offers/{id}", "the directory of offers is for all"),
    ("GET /v1/schools/{id}", "who is in the hub, everybody knows"),
    ("GET /v1/schools/{id}/identifiers", "what a school is known by is public"),
    ("GET /v1/commissions/{id}", "what one school asks of the other names both"),
    ("GET /v1/transfers/{id}", "what one school gives the other names both"),
    ("POST /v1/transfers/{id}/withdraw", "what one school gives the other names both"),
    ("GET /v1/me/notices", "whoever is told of another school is told its name"),
];

/// What nobody gets at on the records here, with the reason: otherwise, whatever anybody may do somebody does.
const NOT_AS_THINGS_STAND: &[(&str, &str)] = &[
    ("DELETE /v1/me/sessions/{id}", "nobody has signed in"),
    ("DELETE /v1/people/{id}/totp", "the person is a manager"),
    ("DELETE /v1/schools/{id}/deputies/{deputy_id}", "the deputy is of one of the two schools"),
    ("GET /v1/bookings/{id}/evaluation", "the event is not over"),
    ("PATCH /v1/bookings/{id}/evaluation", "the event is not over"),
    ("POST /v1/bookings/{id}/evaluation", "the event is not over"),
    ("POST /v1/commissions/{id}/agree", "nobody has quoted"),
    ("POST /v1/commissions/{id}/milestones/{number}/accept", "nothing is agreed"),
    ("POST /v1/commissions/{id}/milestones/{number}/deliver", "nothing is agreed"),
    ("POST /v1/commissions/{id}/milestones/{number}/dispute", "nothing is agreed"),
    ("POST /v1/commissions/{id}/milestones/{number}/not-yet", "nothing is agreed"),
    ("POST /v1/commissions/{id}/milestones/{number}/offer-split", "nothing is agreed"),
    ("POST /v1/commissions/{id}/milestones/{number}/resolve", "nothing is agreed"),
    ("POST /v1/commissions/{id}/milestones/{number}/state-case", "nothing is agreed"),
    ("POST /v1/commissions/{id}/visits", "nothing is agreed"),
    ("POST /v1/me/notices/{id}/read", "a notice is its person's alone"),
    ("POST /v1/me/totp/verify", "nobody has signed in"),
    ("POST /v1/people/{id}/email/link", "nobody has asked for another address"),
    ("POST /v1/people/{id}/sign-in-code", "the person is a manager"),
    ("POST /v1/transfers/{id}/accept", "the lead is of the school that gives"),
    ("POST /v1/transfers/{id}/decline", "the lead is of the school that gives"),
];

both_engines!(everybody_tries_everything);

async fn everybody_tries_everything(world: World) {
    let (one, two) = (place(&world, &ONE).await, place(&world, &TWO).await);
    let mut callers = one.callers.clone();
    callers.push(("operator", world.operator()));
    callers.push(("nobody", world.stranger()));
    let mut wrong: Vec<String> = Vec::new();
    let mut got_at: BTreeMap<String, bool> = BTreeMap::new();
    // What reads comes first, then what may not be done, then what may.
    let mut asked = Vec::new();
    for operation in operations() {
        for (role, caller) in &callers {
            let may = operation.is_public() || operation.roles().contains(role);
            let any = operation.path.contains('{');
            for whose in [Whose::NoId, Whose::Nobody, Whose::OtherHub, Whose::OtherSchool, Whose::Own] {
                if whose != Whose::Own && !any {
                    continue;
                }
                let order = (operation.method != "GET", may && whose == Whose::Own);
                asked.push((order, operation, *role, caller, whose, may));
            }
        }
    }
    asked.sort_by_key(|(order, ..)| *order);
    let mut before = [one.writes().await, two.writes().await];
    for ((writing, _), operation, role, caller, whose, may) in asked {
        let is_mine = operation.path.starts_with("/v1/me/");
        let Some(ids) = ids(if is_mine && whose == Whose::Own { Whose::Nobody } else { whose }, operation, &one, &two)
        else {
            continue;
        };
        let name = format!("{} {}", operation.method, operation.path);
        let reply = request(caller, operation, |parameter| ids.get(parameter).cloned().unwrap_or_else(nobody)).await;
        let line = format!("{name} by {role}, {whose:?}: {}", brief(&reply));
        let text = reply.text();
        if text.contains(TWO.hub) && role != "operator" {
            wrong.push(format!("reads of the other hub: {line}"));
        }
        let listed = SEEN_BY_ALL.iter().any(|(seen, _)| *seen == name);
        if ["school_lead", "teacher"].contains(&role) && text.contains(ONE.second) && !listed {
            wrong.push(format!("reads of the other school: {line}"));
        }
        let status = reply.status;
        if may && whose == Whose::Own {
            let answered = got_at.entry(name.clone()).or_insert(false);
            *answered |= ![401, 403, 404].contains(&status) || operation.is_public();
        }
        let desk = operation.roles() == ["hub_manager", "school_lead", "teacher"];
        let good = match (may, whose) {
            (false, _) if role == "nobody" => status == 401,
            // The desk reads a request before it knows who sent it.
            (false, _) => status == 403 || (desk && [400, 404].contains(&status)),
            (true, Whose::OtherHub | Whose::Nobody | Whose::NoId) => {
                [403, 404].contains(&status) || operation.is_public()
            }
            (true, Whose::OtherSchool) if ["hub_manager", "hub_viewer", "operator"].contains(&role) => true,
            (true, Whose::OtherSchool) => [403, 404].contains(&status) || listed,
            // What is theirs may be fewer than their school's or hub's: that somebody gets at it is asked at the end.
            (true, Whose::Own) => true,
        };
        if !good {
            wrong.push(line.clone());
        }
        if writing {
            let now = [one.writes().await, two.writes().await];
            let own = may && matches!(whose, Whose::Own | Whose::OtherSchool);
            if now[1] != before[1] && role != "operator" || now[0] != before[0] && !(own && status < 300) {
                wrong.push(format!("has changed something: {line}"));
            }
            before = now;
        }
    }
    let found: BTreeSet<&str> = got_at.iter().filter(|(_, got)| !**got).map(|(name, _)| name.as_str()).collect();
    let listed: BTreeSet<&str> = NOT_AS_THINGS_STAND.iter().map(|(name, _)| *name).collect();
    wrong.extend(found.difference(&listed).map(|name| format!("nobody gets at it: {name}")));
    wrong.extend(listed.difference(&found).map(|name| format!("somebody gets at it: {name}")));
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

fn brief(reply: &Reply) -> String {
    let code =
        serde_json::from_slice::<Value>(&reply.body).ok().and_then(|body| body["code"].as_str().map(str::to_owned));
    format!("{} {}", reply.status, code.unwrap_or_default())
}
