//! Support agreed, accepted, split and paid for from many clients at once, killed in the middle again and again: what was
//! answered is there, what was not is there whole or not at all, and is done once when it is asked for again.

use std::time::Duration;

use chrono::{Days, TimeDelta};
use hub_credits::base::auth::{Keys, Subject};
use hub_credits::base::clock::{Clock, london_date};
use hub_credits::base::credits::{Amount, Credits};
use hub_credits::base::db::Db;
use hub_credits::base::ids::{PersonId, SchoolId};
use hub_credits::base::text::Line;
use hub_credits::base::year::AcademicYear;
use hub_credits::credits::top_ups::{self, NewTopUp};
use hub_credits::ledger::Journal;
use hub_credits::members::{people, years};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::support::{Client, Place, Process, Reply, Scene, hundredths, unique};
use crate::{calm, proved};

/// How many deals are under way at once, half of them with partners.
const PAIRS: usize = 12;
/// What each buyer has to begin with, in the year of today.
const FUNDS: i64 = 100_000_000;
/// After how many answers the service is killed, each time.
const KILLS: [usize; 5] = [30, 1, 45, 22, 70];

/// A buyer and a provider, and what they have done so far: one commission after the other, a step at a time.
struct Pair {
    buying: Client,
    providing: Client,
    manager: Client,
    buyer: String,
    provider: Value,
    /// The answers, in order; a commission is [`STEPS`] of them.
    answers: Vec<Reply>,
    /// The key of what was asked last and not answered.
    pending: Option<String>,
}

/// Who takes a step.
#[derive(Clone, Copy)]
enum Who {
    Buyer,
    Provider,
    Manager,
}

/// What is in the accounts after a step, in hundredths: paid by the buyer and not back, held, what the provider has
/// earned and was not paid yet, and what a partner was paid. 7 of 100 are the hub's.
type Balances = (i64, i64, i64, i64);

/// The steps of a commission with the state of it and the balances that each leaves.
const STEPS: [(Who, &str, &str, Balances); 13] = [
    (Who::Buyer, "request", "requested", (0, 0, 0, 0)),
    (Who::Provider, "quote", "quoted", (0, 0, 0, 0)),
    (Who::Buyer, "agree", "agreed", (15_001, 15_001, 0, 0)),
    (Who::Provider, "milestones/1/deliver", "agreed", (15_001, 15_001, 0, 0)),
    (Who::Buyer, "milestones/1/accept", "agreed", (15_001, 5_001, 9_300, 0)),
    (Who::Buyer, "milestones/2/dispute", "agreed", (15_001, 5_001, 9_300, 0)),
    (Who::Provider, "milestones/2/state-case", "agreed", (15_001, 5_001, 9_300, 0)),
    (Who::Manager, "milestones/2/resolve", "agreed", (12_001, 1, 11_160, 0)),
    (Who::Provider, "milestones/3/deliver", "agreed", (12_001, 1, 11_160, 0)),
    (Who::Buyer, "milestones/3/accept", "completed", (12_001, 0, 11_161, 0)),
    (Who::Manager, "state", "completed", (12_001, 0, 11_161, 0)),
    (Who::Manager, "pay", "completed", (12_001, 0, 7_161, 4_000)),
    (Who::Manager, "pay", "completed", (12_001, 0, 0, 11_161)),
];

impl Pair {
    fn is_partner(&self) -> bool {
        self.provider["provider_partner_id"].is_string()
    }

    /// How many steps their commissions have: a school is paid in credits.
    fn steps(&self) -> usize {
        if self.is_partner() { STEPS.len() } else { STEPS.len() - 3 }
    }

    /// The id that the answer to a step of the commission under way has.
    fn made(&self, step: usize) -> String {
        let begun = (self.answers.len() / self.steps()) * self.steps();
        self.answers[begun + step].json()["id"].as_str().unwrap().to_owned()
    }

    /// Takes the next step under a key.
    async fn ask(&self, key: &str) -> Result<Reply, reqwest::Error> {
        let step = self.answers.len() % self.steps();
        let (who, what, ..) = STEPS[step];
        let by = match who {
            Who::Buyer => &self.buying,
            Who::Provider => &self.providing,
            Who::Manager => &self.manager,
        };
        let today = london_date(Clock::System.now());
        let (path, body) = match what {
            "request" => {
                let mut new = self.provider.clone();
                new["title"] = json!("Help with phonics");
                ("/v1/commissions".to_owned(), new)
            }
            "state" => {
                let partner = self.provider["provider_partner_id"].as_str().unwrap();
                (format!("/v1/partners/{partner}/settlements"), json!({ "up_to": today }))
            }
            "pay" => {
                let first = step == STEPS.len() - 2;
                let credits = if first { json!("40.00") } else { Value::Null };
                let new = json!({ "credits": credits, "bank_reference": format!("BACS {step}") });
                (format!("/v1/settlements/{}/payments", self.made(STEPS.len() - 3)), new)
            }
            what => {
                let body = match what {
                    "quote" => {
                        let part = |price: &str| json!({ "title": "A part of it", "due_on": today + Days::new(30), "price": price });
                        let parts = ["100.00", "50.00", "0.01"].map(part);
                        json!({ "valid_until": today + Days::new(30), "milestones": parts })
                    }
                    "agree" => json!({ "quote_id": self.made(1) }),
                    "milestones/2/dispute" => json!({ "reason": "Nobody came" }),
                    "milestones/2/state-case" => json!({ "case": "Somebody came" }),
                    "milestones/2/resolve" => {
                        json!({ "to_provider": "20.00", "to_buyer": "30.00", "reason": "They came late" })
                    }
                    _ => json!({}),
                };
                (format!("/v1/commissions/{}/{what}", self.made(0)), body)
            }
        };
        by.post(&path, body).key(key).try_send().await
    }

    /// Asks, one step after the other, until one is not answered, or with 503.
    async fn run(mut self, answered: UnboundedSender<()>) -> Pair {
        loop {
            let key = self.pending.take().unwrap_or_else(|| format!("deal-{}", unique()));
            match self.ask(&key).await {
                Ok(reply) if reply.status != 503 => {
                    assert!(reply.status < 300, "{reply}");
                    self.answers.push(reply);
                    let _ = answered.send(());
                }
                _ => {
                    self.pending = Some(key);
                    return self;
                }
            }
        }
    }

    fn at(&mut self, address: &str) {
        for client in [&mut self.buying, &mut self.providing, &mut self.manager] {
            *client = client.at_address(address);
        }
    }

    /// What the commission under way, and the accounts, are after so many steps.
    fn expected(&self, steps: usize) -> (Option<&'static str>, Balances) {
        let (whole, within) = (steps / self.steps(), steps % self.steps());
        let whole = i64::try_from(whole).unwrap();
        let of_one = STEPS[self.steps() - 1].3;
        let (state, now) = match within {
            0 => (None, (0, 0, 0, 0)),
            within => (Some(STEPS[within - 1].2), STEPS[within - 1].3),
        };
        let sum = |one: i64, now: i64| one * whole + now;
        (state, (sum(of_one.0, now.0), sum(of_one.1, now.1), sum(of_one.2, now.2), sum(of_one.3, now.3)))
    }

    /// The same as the service tells it.
    async fn found(&self) -> (Vec<Value>, Balances) {
        let party = |id: &str| format!("/v1/commissions?limit=200&party=buyer&school_id={id}");
        let commissions = self.manager.all(&party(&self.buyer)).await;
        let held: i64 = commissions.iter().map(|one| hundredths(&one["held"])).sum();
        let sum = async |filter: &str, kind: &str, which: (&str, &Value)| -> i64 {
            let accounts = self.manager.all(&format!("/v1/accounts?limit=200&kind={kind}{filter}")).await;
            let of = |account: &&Value| account[which.0] == *which.1;
            accounts.iter().filter(of).map(|account| hundredths(&account["balance"])).sum()
        };
        let year = AcademicYear::of(london_date(Clock::System.now())).unwrap();
        let has =
            sum(&format!("&school_id={}&year={year}", self.buyer), "wallet", ("wallet", &json!("allocated"))).await;
        let (earned, paid) = if self.is_partner() {
            let which = ("partner_id", &self.provider["provider_partner_id"]);
            (sum("", "payable", which).await, sum("", "settled", which).await)
        } else {
            let school = self.provider["provider_school_id"].as_str().unwrap();
            (sum(&format!("&school_id={school}"), "wallet", ("wallet", &json!("earned"))).await, 0)
        };
        (commissions, (FUNDS - has, held, earned, paid))
    }

    /// Holds what there is against so many steps; false where it is something else.
    async fn is_at(&self, steps: usize) -> bool {
        let ((state, balances), (commissions, found)) = (self.expected(steps), self.found().await);
        let begun = steps.div_ceil(self.steps());
        let last = commissions.last().filter(|_| state.is_some()).map(|last| last["state"].as_str().unwrap());
        commissions.len() == begun && last == state && balances == found
    }

    /// All that was answered is there, and of what was not all or nothing; then it is asked for again, and again.
    async fn settle(&mut self) {
        let (done, told) = (self.answers.len(), self.found().await);
        let maybe = self.pending.is_some() && self.is_at(done + 1).await;
        assert!(maybe || self.is_at(done).await, "after {done} steps, and perhaps one more: {told:?}");
        if let Some(key) = self.pending.take() {
            let first = self.ask(&key).await.unwrap();
            assert!(first.status < 300, "{first}");
            let again = self.ask(&key).await.unwrap();
            assert_eq!((again.status, &again.body), (first.status, &first.body), "the same key, another answer");
            assert_eq!(again.header("idempotency-replayed"), Some("true"), "{again}");
            self.answers.push(first);
            assert!(self.is_at(done + 1).await, "after {} steps: {:?}", done + 1, self.found().await);
        }
    }
}

/// A hub with pairs of buyers and providers, and the year of today open and paid for.
async fn prepare(place: &Place) -> Vec<Pair> {
    let db = Db::connect(&place.database, 2).await.unwrap();
    db.migrate().await.unwrap();
    let keys = Keys::open(&place.keys()).unwrap();
    let scene = Scene::make_for(&db, &keys.marks(), PAIRS + PAIRS / 2, 0, &[]).await;
    let now = Clock::System.now();
    let mut journal =
        Journal::open_marked(db.write(scene.hub).await.unwrap(), &keys.marks(), scene.hub, None, now).await.unwrap();
    let year = AcademicYear::of(london_date(now)).unwrap();
    if years::require_open(journal.tx(), scene.hub, year).await.is_err() {
        years::open(&mut journal, year).await.unwrap();
    }
    let mut schools: Vec<SchoolId> = Vec::new();
    for staff in &scene.schools {
        let lead = people::get(journal.tx(), scene.hub, staff.lead).await.unwrap().unwrap();
        schools.push(lead.school_id.unwrap());
    }
    // The scene has paid for the year in eight weeks, which may be another.
    let of_scene = AcademicYear::of(london_date(now + TimeDelta::weeks(8))).unwrap();
    for school in schools.iter().filter(|_| of_scene != year) {
        let amount = Amount::new(Credits::parse("1000000").unwrap()).unwrap();
        let invoice_reference = Line::parse(&format!("Now for {school}")).unwrap();
        let new = NewTopUp { school: *school, year: Some(year), amount, invoice_reference, price: None };
        top_ups::sell(&mut journal, &new).await.unwrap();
    }
    journal.commit().await.unwrap();
    db.close().await;
    let http = reqwest::Client::builder().timeout(Duration::from_secs(60)).no_proxy().build().unwrap();
    let client = |person: PersonId| {
        let token = keys.issue(Subject::Person(scene.hub, person), now, TimeDelta::hours(2)).unwrap();
        Client::new(http.clone(), String::new()).with_token(token)
    };
    let service = Process::start(place);
    let manager = client(scene.manager).at_address(&service.address);
    let card = json!({ "lines": [], "brokerage": { "share": "7", "of": "100" }, "borne_by": "provider" });
    manager.put("/v1/rate-card", card).header("if-match", "\"0\"").await.ok();
    let mut pairs = Vec::new();
    for nth in 0..PAIRS {
        let (providing, provider) = if nth < PAIRS / 2 {
            let staff = PAIRS + nth;
            (client(scene.schools[staff].lead), json!({ "provider_school_id": schools[staff].0 }))
        } else {
            let partner = manager.post("/v1/partners", json!({ "name": format!("Partner {nth}") })).await.created();
            let person = json!({
                "name": format!("Person {nth}"), "email": format!("person.{nth}@partner.example"), "role": "partner",
                "partner_id": partner["id"],
            });
            let person = manager.post("/v1/people", person).await.created();
            let id = PersonId(person["id"].as_str().unwrap().parse().unwrap());
            (client(id), json!({ "provider_partner_id": partner["id"] }))
        };
        pairs.push(Pair {
            buying: client(scene.schools[nth].lead),
            providing,
            manager: manager.clone(),
            buyer: schools[nth].0.to_string(),
            provider,
            answers: Vec::new(),
            pending: None,
        });
    }
    pairs
}

pub async fn killed_again_and_again(place: Place) {
    let mut pairs = prepare(&place).await;
    for answers in KILLS {
        let mut service = Process::start(&place);
        let (answered, mut counted) = unbounded_channel();
        let running: Vec<_> = pairs
            .into_iter()
            .map(|mut pair| {
                pair.at(&service.address);
                tokio::spawn(pair.run(answered.clone()))
            })
            .collect();
        for _ in 0..answers {
            tokio::time::timeout(Duration::from_secs(60), counted.recv()).await.expect("answers come");
        }
        service.kill();
        pairs = Vec::new();
        for pair in running {
            pairs.push(pair.await.unwrap());
        }
        assert!(pairs.iter().all(|pair| pair.pending.is_some()), "every pair was in the middle of something");
        calm(&service);
        proved(&place);
        let service = Process::start(&place);
        for pair in &mut pairs {
            pair.at(&service.address);
            pair.settle().await;
        }
        calm(&service);
        drop(service);
        proved(&place);
    }
}
