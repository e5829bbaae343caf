//! A stream of bookings and cancellations from many callers at once, what each was answered, and whether
//! the hub keeps to it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use chrono::TimeDelta;
use hub_credits::base::auth::{Keys, Subject};
use hub_credits::base::clock::Clock;
use hub_credits::base::db::Db;
use hub_credits::base::ids::{EventId, PersonId};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use crate::support::{Client, Place, Process, Reply, Scene, unique};

/// How many ask at once.
pub const CALLERS: usize = 64;

/// How many places the events have: on the last one there is a waiting list.
const CAPACITIES: [i64; 6] = [1000, 1000, 1000, 1000, 1000, 20];

/// The callers, and what they asked so far.
pub struct Stream {
    events: Vec<EventId>,
    manager: Client,
    callers: Vec<Caller>,
}

/// The lead of a school, who books for its teachers and gives every third place up again.
struct Caller {
    lead: Client,
    still_to_book: VecDeque<(EventId, PersonId)>,
    asked: Vec<Asked>,
}

/// One request, under a key of its own.
#[derive(Clone)]
struct Asked {
    what: What,
    key: String,
    /// None where nobody knows whether it was done.
    answer: Option<Reply>,
}

#[derive(Clone)]
enum What {
    Book { event: EventId, delegate: PersonId },
    Cancel { booking: String },
}

/// The stream while it runs.
pub struct Running {
    callers: Vec<JoinHandle<Caller>>,
    answers: UnboundedReceiver<()>,
}

impl Running {
    /// Waits until that many more requests were answered.
    pub async fn answered(&mut self, count: usize) {
        for _ in 0..count {
            let answer = tokio::time::timeout(Duration::from_secs(60), self.answers.recv()).await;
            answer.expect("answers come").expect("the stream runs on");
        }
    }
}

impl Asked {
    async fn send(&self, lead: &Client) -> Result<Reply, reqwest::Error> {
        let request = match &self.what {
            What::Book { event, delegate } => {
                lead.post("/v1/bookings", json!({ "event_id": event, "person_id": delegate }))
            }
            What::Cancel { booking } => lead.post(&format!("/v1/bookings/{booking}/cancel"), None),
        };
        request.key(&self.key).try_send().await
    }

    fn done(&self, reply: &Reply) -> Value {
        match self.what {
            What::Book { .. } => reply.created(),
            What::Cancel { .. } => reply.ok()["booking"].clone(),
        }
    }
}

impl Caller {
    /// Asks, one request after the other, until one is not answered, or with 503.
    async fn run(mut self, answers: UnboundedSender<()>) -> Caller {
        loop {
            let last = self.asked.last().and_then(|asked| Some((asked.what.clone(), asked.answer.clone()?)));
            let what = match last {
                Some((What::Book { .. }, booked)) if self.asked.len() % 4 == 3 => {
                    What::Cancel { booking: id(&booked.json()) }
                }
                _ => {
                    let (event, delegate) = self.still_to_book.pop_front().expect("more places than the test asks for");
                    What::Book { event, delegate }
                }
            };
            let mut asked = Asked { what, key: format!("stream-{}", unique()), answer: None };
            let reply = asked.send(&self.lead).await.ok().filter(|reply| {
                let down = reply.status == 503;
                if down {
                    assert_try_later(reply);
                }
                !down
            });
            asked.answer = reply.inspect(|reply| drop(asked.done(reply)));
            let answered = asked.answer.is_some();
            self.asked.push(asked);
            if !answered {
                return self;
            }
            let _ = answers.send(());
        }
    }
}

/// 503 `unavailable`, with the time after which to try again.
pub fn assert_try_later(reply: &Reply) {
    reply.refused(503, "unavailable");
    assert!(reply.header("retry-after").is_some_and(|after| after.parse::<u32>().is_ok()), "{reply}");
}

impl Stream {
    /// A new hub in the database, its callers, and nothing asked yet.
    pub async fn prepare(place: &Place) -> Stream {
        let db = Db::connect(&place.database, 2).await.unwrap();
        db.migrate().await.unwrap();
        let keys = Keys::open(&place.keys()).unwrap();
        let scene = Scene::make_for(&db, &keys.marks(), CALLERS, 8, &CAPACITIES).await;
        db.close().await;
        let http = reqwest::Client::builder().timeout(Duration::from_secs(60)).no_proxy().build().unwrap();
        let client = |person: PersonId| {
            let subject = Subject::Person(scene.hub, person);
            let token = keys.issue(subject, Clock::System.now(), TimeDelta::hours(2)).unwrap();
            Client::new(http.clone(), String::new()).with_token(token)
        };
        let callers = scene.schools.iter().map(|school| Caller {
            lead: client(school.lead),
            still_to_book: (school.teachers.iter())
                .flat_map(|teacher| scene.events.iter().map(|event| (*event, *teacher)))
                .collect(),
            asked: Vec::new(),
        });
        Stream { callers: callers.collect(), manager: client(scene.manager), events: scene.events }
    }

    /// Lets all callers ask the service at once.
    pub fn start(&mut self, service: &Process) -> Running {
        self.start_at(&[service])
    }

    /// Lets all callers ask at once, each one of these services, in turn.
    pub fn start_at(&mut self, services: &[&Process]) -> Running {
        let (answered, answers) = unbounded_channel();
        self.manager = self.manager.at_address(&services[0].address);
        let callers = std::mem::take(&mut self.callers).into_iter().zip(services.iter().cycle());
        let callers = callers.map(|(mut caller, service)| {
            caller.lead = caller.lead.at_address(&service.address);
            tokio::spawn(caller.run(answered.clone()))
        });
        Running { callers: callers.collect(), answers }
    }

    /// Waits until every caller has met the end of the service; the answer is how many requests of theirs
    /// nobody knows the outcome of.
    pub async fn end(&mut self, running: Running) -> usize {
        for caller in running.callers {
            let caller = tokio::time::timeout(Duration::from_secs(120), caller).await;
            self.callers.push(caller.expect("every caller meets the end of the service").unwrap());
        }
        self.all().filter(|asked| asked.answer.is_none()).count()
    }

    /// Somebody of the hub, at the service where the stream ran last.
    pub fn caller(&self) -> &Client {
        &self.callers[0].lead
    }

    /// The hub's manager, at the service where the stream ran last.
    pub fn manager(&self) -> &Client {
        &self.manager
    }

    /// A booking that nobody has asked for yet.
    pub async fn book_once_more(&mut self) -> Reply {
        let caller = self.callers.iter_mut().max_by_key(|caller| caller.still_to_book.len()).unwrap();
        let (event, delegate) = caller.still_to_book.pop_front().expect("more places than the test asks for");
        let asked = Asked { what: What::Book { event, delegate }, key: format!("stream-{}", unique()), answer: None };
        let reply = asked.send(&caller.lead).await.unwrap();
        caller.asked.push(Asked { answer: Some(reply.clone()).filter(|reply| reply.status != 503), ..asked });
        reply
    }

    /// One booking after the other until one is refused; the answer is the refusal.
    pub async fn book_until_refused(&mut self) -> Reply {
        loop {
            let reply = self.book_once_more().await;
            if reply.status != 201 {
                return reply;
            }
        }
    }

    fn all(&self) -> impl Iterator<Item = &Asked> {
        self.callers.iter().flat_map(|caller| &caller.asked)
    }

    /// Holds the hub, as the service tells it now, against what was answered: all that was answered is
    /// there, what was not answered is there once or not at all, and is done exactly once when it is asked
    /// for again.
    pub async fn settle(&mut self, service: &Process) {
        self.manager = self.manager.at_address(&service.address);
        self.hold_against_answers().await;
        for caller in &mut self.callers {
            caller.lead = caller.lead.at_address(&service.address);
            let mut newly = Vec::new();
            for asked in caller.asked.iter_mut().filter(|asked| asked.answer.is_none()) {
                let reply = asked.send(&caller.lead).await.unwrap();
                asked.done(&reply);
                asked.answer = Some(reply);
                newly.push(asked.clone());
            }
            for asked in newly.iter().chain(caller.asked.first()) {
                let (first, again) = (asked.answer.as_ref().unwrap(), asked.send(&caller.lead).await.unwrap());
                assert_eq!(asked.done(&again), asked.done(first), "the same key, another answer");
                assert_eq!(again.header("idempotency-replayed"), Some("true"), "{again}");
            }
        }
        self.hold_against_answers().await;
    }

    async fn hold_against_answers(&self) {
        let bookings = self.manager.all("/v1/bookings?limit=200").await;
        let mut left: HashMap<(String, String), &Value> = HashMap::new();
        for booking in &bookings {
            let place = (text(booking, "event_id"), text(booking, "person_id"));
            assert!(left.insert(place, booking).is_none(), "a place that was asked for once is taken twice: {booking}");
        }
        let cancels: HashMap<&String, &Asked> = self
            .all()
            .filter_map(|asked| if let What::Cancel { booking } = &asked.what { Some((booking, asked)) } else { None })
            .collect();
        for asked in self.all() {
            let What::Book { event, delegate } = asked.what else { continue };
            let found = left.remove(&(event.to_string(), delegate.to_string()));
            let Some(answer) = &asked.answer else { continue };
            let (answer, found) = (answer.json(), found.unwrap_or_else(|| panic!("answered and not there: {answer}")));
            assert_eq!(id(found), id(&answer));
            let cancel = cancels.get(&id(found)).map(|cancel| cancel.answer.is_some());
            let may_be: &[&str] = match (cancel, answer["state"].as_str().unwrap()) {
                (Some(true), _) => &["cancelled"],
                (None, "confirmed") => &["confirmed"],
                (None, "waitlisted") => &["waitlisted", "confirmed"],
                (Some(false), "confirmed") => &["cancelled", "confirmed"],
                (Some(false), "waitlisted") => &["cancelled", "waitlisted", "confirmed"],
                (_, other) => panic!("a lead's booking is {other}: {answer}"),
            };
            let state = text(found, "state");
            assert!(may_be.contains(&state.as_str()), "{found} is none of {may_be:?}");
            let held = if state == "confirmed" { "10" } else { "0" };
            assert_eq!(found["held"].as_str().unwrap().trim_end_matches(".00"), held, "{found}");
        }
        assert!(left.is_empty(), "nobody asked for {left:?}");
        self.places(&bookings).await;
    }

    /// The places that are taken are those of the bookings.
    async fn places(&self, bookings: &[Value]) {
        let mut taken: BTreeMap<String, i64> = BTreeMap::new();
        for booking in bookings.iter().filter(|booking| booking["state"] == "confirmed") {
            *taken.entry(text(booking, "event_id")).or_default() += 1;
        }
        for event in &self.events {
            let event = self.manager.get(&format!("/v1/events/{event}")).await.ok();
            let held = event["capacity"].as_i64().unwrap() - event["places_left"].as_i64().unwrap();
            assert_eq!(held, taken.get(&id(&event)).copied().unwrap_or(0), "{event}");
        }
    }
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap().to_owned()
}

fn id(value: &Value) -> String {
    text(value, "id")
}
