//! A hub made by the API as the model says, and what the things of the model are called there.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use hub_credits::ledger::WalletKind;
use serde_json::{Value, json};

use crate::deals::Dealing;
use crate::leaving::amount;
use crate::plan::{MANAGER, SECOND, YEARS};
use crate::settling::WORTH;
use crate::state::{Back, Event, Hundredths, Instant, Model, Place, Policy, Provider, Purse, Role, Stage, Wallet};
use crate::support::{Client, Reply, School, TestHub, World, unique};

/// A hub of the model, as the service has it.
pub struct Twin {
    pub hub: TestHub,
    pub people: Vec<Client>,
    pub schools: Vec<School>,
    pub programmes: Vec<String>,
    pub events: Vec<String>,
    pub sessions: Vec<Vec<String>>,
    pub kinds: Vec<String>,
    pub tickets: Vec<String>,
    pub bookings: BTreeMap<Place, String>,
    pub partner: String,
    pub drafts: Vec<String>,
    pub proposals: Vec<String>,
    pub gifts: Vec<String>,
    pub posted: Vec<String>,
    /// Commissions with their quotes.
    pub deals: Vec<(String, Vec<String>)>,
    pub statements: Vec<String>,
}

/// The day on which the pupils were counted.
pub const CENSUS: &str = "2026-10-01";

impl Twin {
    /// Makes it.
    pub async fn make(world: &World, name: &str, model: &Model) -> Twin {
        let hub = world.hub(name).await;
        let manager = hub.manager();
        for year in YEARS {
            hub.open_year(year).await;
        }
        let (partner, of_partner) = hub.partner("Language Line").await;
        let mut twin = Twin {
            people: vec![manager.clone()],
            schools: Vec::new(),
            programmes: Vec::new(),
            events: Vec::new(),
            sessions: Vec::new(),
            kinds: Vec::new(),
            tickets: Vec::new(),
            bookings: BTreeMap::new(),
            partner,
            drafts: Vec::new(),
            proposals: Vec::new(),
            gifts: Vec::new(),
            posted: Vec::new(),
            deals: Vec::new(),
            statements: Vec::new(),
            hub,
        };
        for (number, school) in model.schools.iter().enumerate() {
            let new = json!({
                "urn": (100_000 + unique()).to_string(), "name": format!("School {number}"),
                "phase": if school.secondary { "secondary" } else { "primary" },
                "membership": if school.full { "full" } else { "participant" },
            });
            let made = manager.post("/v1/schools", new).await.created();
            let text = |field: &str| made[field].as_str().unwrap().to_owned();
            twin.schools.push(School { id: text("id"), name: text("name"), urn: text("urn") });
            let roll = json!({ "census_date": CENSUS, "pupils": school.pupils });
            manager.post(&format!("/v1/schools/{}/rolls", made["id"].as_str().unwrap()), roll).await.created();
            twin.rules(number, (school.own_approval, school.second_person), school.limit).await;
            twin.deal(&Dealing::Limit { school: number, to: school.deal_limit }).await.ok();
        }
        for person in model.people.iter().take(SECOND).skip(MANAGER + 1) {
            let school = twin.schools[person.school.unwrap()].clone();
            let client = match person.role {
                Role::SchoolLead => twin.hub.lead(&school).await,
                _ => twin.hub.teacher(&school).await,
            };
            if let Some((from, to)) = person.deputy {
                let deputy = json!({ "person_id": client.id(), "starts_on": from, "ends_on": to });
                manager.post(&format!("/v1/schools/{}/deputies", school.id), deputy).await.created();
            }
            twin.people.push(client);
        }
        for (purse, amount) in &model.purses {
            if let Purse::Wallet(wallet) = purse {
                twin.fund(*wallet, *amount).await;
            }
        }
        for (number, provider) in model.providers.iter().enumerate() {
            let provider = match provider {
                Provider::Hub => json!({ "kind": "hub" }),
                Provider::School(school) => json!({ "kind": "school", "school_id": twin.schools[*school].id }),
                Provider::Partner => json!({ "kind": "partner", "partner_id": twin.partner }),
            };
            let title = format!("Programme {number}");
            let new = json!({ "kind": "conference", "title": title, "provider": provider });
            twin.programmes.push(manager.add("/v1/programmes", new).await);
        }
        for (number, event) in model.events.iter().enumerate() {
            twin.event(number, event).await;
        }
        for (number, kind) in model.kinds.iter().enumerate() {
            let covers: Vec<&String> = kind.covers.iter().map(|programme| &twin.programmes[*programme]).collect();
            let returns = match kind.returns.tiers.as_slice() {
                [] => json!({ "rule": "never" }),
                [(0, _)] => json!({ "rule": "always" }),
                [(days, _), ..] => json!({ "rule": "days_before", "days": days }),
            };
            let new = json!({
                "name": format!("Ticket {number}"), "covers": { "programme_ids": covers },
                "returns": returns, "needs_approval": kind.needs_approval,
            });
            twin.kinds.push(manager.add("/v1/ticket-types", new).await);
        }
        for ticket in &model.tickets {
            twin.issue(ticket.person, ticket.kind, ticket.valid_until).await.created();
        }
        twin.people.push(twin.hub.another_manager().await);
        for school in twin.schools.clone() {
            twin.people.push(twin.hub.lead(&school).await);
        }
        twin.people.push(of_partner);
        let etag = manager.get("/v1/hub").await.etag();
        manager
            .patch("/v1/hub", &etag, json!({ "four_eyes": model.four_eyes, "credit_value_pence": WORTH }))
            .await
            .ok();
        twin
    }

    /// Issues a ticket.
    pub async fn issue(&mut self, person: usize, kind: usize, valid_until: Option<NaiveDate>) -> Reply {
        let (kind, person) = (&self.kinds[kind], self.people[person].id());
        let new = json!({ "ticket_type_id": kind, "person_id": person, "valid_until": valid_until });
        let reply = self.hub.manager().post("/v1/tickets", new).await;
        if reply.status == 201 {
            self.tickets.push(reply.json()["id"].as_str().unwrap().to_owned());
        }
        reply
    }

    async fn event(&mut self, number: usize, event: &Event) {
        let manager = self.hub.manager();
        let session = |(starts, ends): &(Instant, Instant)| json!({ "title": "Session", "starts_at": starts, "ends_at": ends, "place": "Lampton Academy" });
        let audience = |only: bool, word: &str| if only { json!([word]) } else { json!([]) };
        let mut new = json!({
            "programme_id": self.programmes[event.programme], "title": format!("Event {number}"),
            "capacity": event.capacity, "price": amount(event.price), "policy": policy(&event.policy),
            "sessions": event.sessions.iter().map(session).collect::<Vec<Value>>(),
            "admission": {
                "participant_price": event.participant_price.map(amount), "max_per_school": event.max_per_school,
                "opens_at_full": event.opens_full, "offer_hours": event.offer_hours,
                "roles": audience(event.teachers_only, "teacher"), "phases": audience(event.secondary_only, "secondary"),
            },
        });
        for (field, at) in [("opens_at", event.opens), ("closes_at", event.closes)] {
            if let Some(at) = at {
                new[field] = json!(at);
            }
        }
        let id = manager.add("/v1/events", new).await;
        if event.stage == Stage::Published {
            manager.post(&format!("/v1/events/{id}/publish"), None).await.ok();
        }
        self.sessions.push(self.hub.sessions(&id).await);
        self.events.push(id);
    }

    /// Changes what a school lets pass.
    pub async fn rules(&self, school: usize, own: (bool, bool), limit: Option<Hundredths>) {
        let path = format!("/v1/schools/{}/approval", self.schools[school].id);
        let etag = self.hub.manager().get(&path).await.etag();
        let rules = json!({ "own_approval": own.0, "second_person": own.1, "yearly_limit": limit.map(amount) });
        self.hub.manager().patch(&path, &etag, rules).await.ok();
    }

    /// Puts credits into a wallet.
    pub async fn fund(&self, wallet: Wallet, credits: Hundredths) {
        let kind = if wallet.earned { WalletKind::Earned } else { WalletKind::Allocated };
        self.hub.fund_wallet(&self.schools[wallet.school], YEARS[wallet.year], kind, &amount(credits)).await;
    }
}

fn policy(policy: &Policy) -> Value {
    let tier = |(days, back): &(i64, Back)| match back {
        Back::Percent(percent) => json!({ "days_before": days, "refund_percent": percent }),
        Back::Amount(credits) => json!({ "days_before": days, "refund_amount": amount(*credits) }),
    };
    let basis = if policy.working_days { "working_days" } else { "calendar_days" };
    json!({ "basis": basis, "tiers": policy.tiers.iter().map(tier).collect::<Vec<Value>>() })
}
