//! A world for the sweep: a hub in which something of everything was done, with somebody of every role, and their keys.

use std::collections::{BTreeSet, HashMap};
use std::fmt::{self, Display, Formatter};

use hub_credits::base::ids::HubId;
use hub_credits::ledger;
use serde_json::{Value, json};

use crate::support::{Client, Operation, School, TestHub, World, new_offer, new_top_up, operations, unique};

/// Somebody who tries, by their own token or by an API key of theirs.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) role: &'static str,
    /// The scope of the key.
    pub(super) scope: Option<&'static str>,
    pub(super) client: Client,
}

impl Caller {
    pub(super) fn new(role: &'static str, client: Client) -> Caller {
        Caller { role, scope: None, client }
    }

    /// Whether an operation is for them.
    pub(super) fn may(&self, operation: &Operation) -> bool {
        operation.is_public() || self.in_scope(operation) && operation.roles().contains(&self.role)
    }

    /// Whether their key goes as far, where they call by one.
    pub(super) fn in_scope(&self, operation: &Operation) -> bool {
        self.scope.is_none_or(|scope| operation.scopes().contains(&scope))
    }
}

impl Display for Caller {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.scope {
            Some(scope) => write!(f, "{}'s key ({scope})", self.role),
            None => f.write_str(self.role),
        }
    }
}

/// What an API key may be for.
pub(super) const SCOPES: [&str; 4] = ["read", "book", "finance", "all"];

/// A hub with two schools and a partner, a record of everything in it, and somebody of every role.
pub(super) struct Place {
    hub: TestHub,
    pub(super) callers: Vec<Caller>,
    /// By collection: the records of the first school and of the partner, then those of the second school.
    pub(super) own: HashMap<String, String>,
    pub(super) others: HashMap<String, String>,
}

/// Words that stand in everything of one hub, and in what is the second school's alone.
pub(super) struct Marks {
    pub(super) hub: &'static str,
    pub(super) second: &'static str,
}

pub(super) const ONE: Marks = Marks { hub: "Xqone", second: "Zvone" };
pub(super) const TWO: Marks = Marks { hub: "Xqtwo", second: "Zvtwo" };

async fn person(hub: &TestHub, name: &str, role: Value) -> Client {
    let mut person = role;
    person["name"] = name.into();
    person["email"] = format!("p.{}@hub.example", unique()).into();
    let id = hub.manager().add("/v1/people", person).await;
    hub.world.person(&hub.id, &id)
}

/// A program that calls by a key with the rights of whoever makes it.
async fn key(maker: &Client, name: &str, scope: &str) -> Client {
    let new = json!({ "name": name, "scope": scope, "days": 30 });
    let made = maker.post("/v1/api-keys", new).no_key().await.created();
    maker.clone().with_token(made["secret"].as_str().unwrap())
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

pub(super) async fn place(world: &World, marks: &Marks) -> Place {
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
    let webhook = json!({ "name": format!("{word} finance"), "url": "https://finance.example/hook" });
    manager.post("/v1/webhooks", webhook).no_key().await.created();
    let contact = json!({ "name": format!("{word} contact"), "email": format!("{word}.contact@council.example") });
    manager.add("/v1/newsletter/contacts", contact).await;
    hub.newsletter_draft().await;
    let message =
        json!({ "audience": "leads", "subject": format!("{word} message"), "words": format!("{word} words") });
    manager.add("/v1/announcements", message).await;
    // Records of keys, for either school.
    for maker in [&manager, &lead, &of_other[0]] {
        key(maker, &format!("{word} spare"), "read").await;
    }
    let callers = vec![
        Caller::new("hub_manager", manager),
        Caller::new("hub_viewer", viewer),
        Caller::new("school_lead", lead),
        Caller::new("teacher", teacher),
        Caller::new("partner", of_partner),
    ];
    let mut place = Place { hub, callers, own: HashMap::new(), others: HashMap::new() };
    place.find([&first, &other], [&of_first, &of_other], &event).await;
    place
}

impl Place {
    /// Finds a record of each collection for either school; where it is neither's, it is the hub's own.
    async fn find(&mut self, schools: [&School; 2], people: [&[Client; 3]; 2], event: &str) {
        let manager = self.hub.manager();
        let callers: BTreeSet<String> = self.callers.iter().map(|caller| caller.client.id().to_owned()).collect();
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
        let webhook = format!("/v1/webhooks/{}", self.own("/v1/webhooks").expect("a webhook"));
        let ping = manager.post(&format!("{webhook}/ping"), None).await.created();
        self.own.insert("delivery_id".to_owned(), ping["id"].as_str().unwrap().to_owned());
        for (nth, records) in [(0, &mut self.own), (1, &mut self.others)] {
            let deputies = manager.all(&format!("/v1/schools/{}/deputies", schools[nth].id)).await;
            records.insert("deputy_id".to_owned(), deputies[0]["id"].as_str().unwrap().to_owned());
        }
    }

    pub(super) fn own(&self, collection: &str) -> Option<String> {
        self.own.get(collection).or_else(|| self.own.get(&format!("{collection} of both"))).cloned()
    }

    /// Keys of each scope, of the manager and of the lead. They are made when the records have been found, so that nobody
    /// revokes what is called with.
    pub(super) async fn keys(&self) -> Vec<Caller> {
        let mut keys = Vec::new();
        for maker in self.callers.iter().filter(|caller| ["hub_manager", "school_lead"].contains(&caller.role)) {
            for scope in SCOPES {
                let client = key(&maker.client, scope, scope).await;
                keys.push(Caller { role: maker.role, scope: Some(scope), client });
            }
        }
        keys
    }

    /// The count of the hub's writes.
    pub(super) async fn writes(&self) -> i64 {
        let hub = HubId(self.hub.id.parse().unwrap());
        ledger::writes(&mut self.hub.world.db().read(hub).await.unwrap(), hub).await.unwrap()
    }
}

/// The collections that ids in paths are of.
fn collections() -> BTreeSet<String> {
    let of = |operation: &Operation| operation.path.split_once("/{id}").map(|(collection, _)| collection.to_owned());
    operations().iter().filter_map(of).collect()
}
