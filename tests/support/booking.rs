//! What people do around a place: events that are open, wallets with credits in them, bookings.

use chrono::{DateTime, TimeDelta, Utc};
use hub_credits::base::clock::london_date;
use hub_credits::base::credits::Credits;
use hub_credits::base::ids::{EventId, HubId, SchoolId};
use hub_credits::base::text::{Email, Line, Prose};
use hub_credits::base::year::AcademicYear;
use hub_credits::booking::bookings::{self, Actor, Command, Reach, What};
use hub_credits::ledger::{Journal, WalletKind};
use hub_credits::members::people::{self, NewPerson, Post};
use hub_credits::members::years;
use hub_credits::programme::programmes::admission::Admission;
use hub_credits::programme::programmes::attendance::Attendance;
use hub_credits::programme::programmes::events::{self, NewEvent};
use hub_credits::programme::programmes::policy::Policy;
use hub_credits::programme::programmes::sessions::NewSession;
use hub_credits::programme::programmes::{self, Kind, NewProgramme, Provider, Stage};
use serde_json::{Value, json};

use super::{Client, Reply, School, TestHub, marks, new_adjustment, new_top_up, unique};

/// An event to be booked; [`EventPlan::default`] has ten places at 10 credits, in eight weeks.
pub struct EventPlan {
    /// How many places.
    pub capacity: i64,
    /// What a place costs.
    pub price: &'static str,
    /// When it starts, from now.
    pub starts_in: TimeDelta,
    /// From when bookings are taken.
    pub opens_at: Option<DateTime<Utc>>,
    /// Until when.
    pub closes_at: Option<DateTime<Utc>>,
    /// What comes back on cancellation.
    pub policy: &'static str,
    /// Who may book it, and how.
    pub admission: Admission,
    /// Whether it is published.
    pub published: bool,
}

/// Above 28 days all, 28 to 15 half, 14 to 8 a quarter, 7 or fewer nothing.
pub const COPTHORNE: &str = r#"{"basis":"calendar_days","tiers":[{"days_before":29,"refund_percent":100},{"days_before":15,"refund_percent":50},{"days_before":8,"refund_percent":25}]}"#;

impl Default for EventPlan {
    fn default() -> Self {
        EventPlan {
            capacity: 10,
            price: "10",
            starts_in: TimeDelta::weeks(8),
            opens_at: None,
            closes_at: None,
            policy: COPTHORNE,
            admission: Admission::default(),
            published: true,
        }
    }
}

impl EventPlan {
    /// The default with this many places at this price.
    pub fn of(capacity: i64, price: &'static str) -> EventPlan {
        EventPlan { capacity, price, ..EventPlan::default() }
    }
}

impl TestHub {
    /// The hub's journal, past the service.
    pub async fn journal(&self) -> Journal {
        let hub = HubId(self.id.parse().unwrap());
        Journal::open_marked(
            self.world.db().write_everywhere().await.unwrap(),
            &marks(),
            hub,
            None,
            self.world.clock.now(),
        )
        .await
        .unwrap()
    }

    /// Opens an academic year, unless it is.
    pub async fn year(&self, year: &str) {
        let mut journal = self.journal().await;
        let (year, hub) = (AcademicYear::parse(year).unwrap(), journal.hub());
        if years::get(journal.tx(), hub, year).await.unwrap().is_none() {
            years::open(&mut journal, year).await.unwrap();
            journal.commit().await.unwrap();
        }
    }

    /// Sells credits to a school, for the year 2026/27.
    pub async fn fund(&self, school: &School, credits: &str) {
        self.fund_wallet(school, "2026/27", WalletKind::Allocated, credits).await;
    }

    /// Puts credits into one of a school's wallets: by a sale, or where they are to be earned ones by a correction.
    pub async fn fund_wallet(&self, school: &School, year: &str, kind: WalletKind, credits: &str) {
        self.year(year).await;
        match kind {
            WalletKind::Allocated => {
                let over = json!({ "year": year, "invoice_reference": format!("FUND-{}", unique()) });
                self.manager().post("/v1/top-ups", new_top_up(school, credits, over)).await.created();
            }
            WalletKind::Earned => {
                let over = json!({ "year": year, "wallet": "earned" });
                let made =
                    self.manager().post("/v1/adjustments", new_adjustment(school, "credit", credits, over)).await;
                assert_eq!(made.created()["state"], "posted");
            }
        }
    }

    /// A new school with this many credits, its lead, and a teacher.
    pub async fn funded_school(&self, name: &str, credits: &str) -> (School, Client, Client) {
        let school = self.school(name).await;
        if credits != "0" {
            self.fund(&school, credits).await;
        }
        let (lead, teacher) = (self.lead(&school).await, self.teacher(&school).await);
        (school, lead, teacher)
    }

    /// A new event of the hub; the answer is its id.
    pub async fn event(&self, plan: EventPlan) -> String {
        self.year("2026/27").await;
        let mut journal = self.journal().await;
        let starts_at = journal.now() + plan.starts_in;
        let line = |text: &str| Line::parse(text).unwrap();
        let programme = NewProgramme {
            kind: Kind::Conference,
            title: line("Conference"),
            description: Prose::parse("").unwrap(),
            phase: None,
            priority_id: None,
            provider: Provider::Hub,
            stage: Stage::Published,
        };
        let programme = programmes::create(&mut journal, programme).await.unwrap();
        let new = NewEvent {
            programme: programme.id,
            title: line("Spring conference"),
            capacity: plan.capacity,
            price: Credits::parse(plan.price).unwrap(),
            opens_at: plan.opens_at,
            closes_at: plan.closes_at,
            policy: Policy::parse(plan.policy).unwrap(),
            attendance: Attendance::default(),
            admission: plan.admission,
            minimum: None,
            sessions: vec![NewSession {
                title: line("The day"),
                starts_at,
                ends_at: starts_at + TimeDelta::hours(6),
                place: Some(line("Lampton Academy")),
                online_url: None,
                speaker: None,
                host_id: None,
            }],
        };
        let event = events::create(&mut journal, new).await.unwrap();
        if plan.published {
            events::publish(&mut journal, event.id).await.unwrap();
        }
        journal.commit().await.unwrap();
        event.id.to_string()
    }

    /// So many new teachers of the school, with a place each on the event, or in its line.
    pub async fn crowd(&self, event: &str, school: &School, count: usize) {
        let mut journal = self.journal().await;
        let (event, school) = (EventId(event.parse().unwrap()), SchoolId(school.id.parse().unwrap()));
        let mut commands = Vec::new();
        for _ in 0..count {
            let number = unique();
            let new = NewPerson {
                name: Line::parse(&format!("Teacher {number}")).unwrap(),
                email: Email::parse(&format!("teacher.{number}@hub.example")).unwrap(),
                post: Post::Teacher(school),
            };
            let delegate = people::create(&mut journal, new).await.unwrap().id;
            let actor = Actor { person: None, reach: Reach::Hub };
            commands.push(Command { actor, what: What::Book { event, delegate, allow_clash: false }, shown: None });
        }
        for outcome in bookings::perform(&mut journal, &commands).await.unwrap() {
            outcome.unwrap();
        }
        journal.commit().await.unwrap();
    }

    /// The balance of the school's wallet of 2026/27.
    pub async fn balance(&self, school: &School) -> String {
        let accounts = self.manager().get(&format!("/v1/accounts?school_id={}&year=2026-27", school.id)).await.ok();
        accounts["items"][0]["balance"].as_str().unwrap_or("none").to_owned()
    }

    /// The event as the hub sees it: places held, and waiting.
    pub async fn places(&self, event: &str) -> (usize, usize) {
        let bookings = self.manager().all(&format!("/v1/events/{event}/bookings?limit=200")).await;
        let of = |states: &[&str]| {
            bookings.iter().filter(|booking| states.contains(&booking["state"].as_str().unwrap())).count()
        };
        (of(&["requested", "confirmed"]), of(&["waitlisted"]))
    }

    /// Everything that the hub promises holds.
    pub async fn verified(&self) -> Value {
        let verification = self.manager().get("/v1/ledger/verification").await.ok();
        assert_eq!(verification["difference"], Value::Null, "{verification}");
        verification
    }
}

impl Client {
    /// Books a place for themselves.
    pub async fn book(&self, event: &str) -> Reply {
        self.post("/v1/bookings", json!({ "event_id": event })).await
    }

    /// Books places for several at once, with these fields beside them.
    pub async fn book_group(&self, event: &str, delegates: &[&Client], over: Value) -> Reply {
        let delegates: Vec<&str> = delegates.iter().map(|delegate| delegate.id()).collect();
        self.post("/v1/bookings/groups", super::with(json!({ "event_id": event, "delegates": delegates }), over)).await
    }

    /// Books a place for somebody.
    pub async fn book_for(&self, event: &str, delegate: &Client) -> Reply {
        self.post("/v1/bookings", json!({ "event_id": event, "person_id": delegate.id() })).await
    }

    /// Does something with a booking: `approve`, `decline`, `cancel`.
    pub async fn act(&self, booking: &Value, what: &str) -> Reply {
        self.post(&format!("/v1/bookings/{}/{what}", booking["id"].as_str().unwrap()), None).await
    }

    /// A booking as it is now.
    pub async fn booking(&self, booking: &Value) -> Value {
        self.get(&format!("/v1/bookings/{}", booking["id"].as_str().unwrap())).await.ok()
    }
}
