//! A scene: a hub with staffed schools that can pay and events that take bookings, made by the library's
//! own operations and in the machine's own time, for a service that runs as another process.

use chrono::{DateTime, TimeDelta, Utc};
use hub_credits::base::clock::{Clock, london_date};
use hub_credits::base::credits::{Amount, Credits};
use hub_credits::base::db::Db;
use hub_credits::base::ids::{EventId, HubId, PersonId, SchoolId};
use hub_credits::base::text::{Email, Line, Prose, Urn};
use hub_credits::base::year::AcademicYear;
use hub_credits::credits::top_ups::{self, NewTopUp};
use hub_credits::ledger::{Journal, Marks};
use hub_credits::members::hubs;
use hub_credits::members::people::{self, NewPerson, Post};
use hub_credits::members::schools::{self, Details, Membership, Phase};
use hub_credits::members::years;
use hub_credits::programme::programmes::attendance::Attendance;
use hub_credits::programme::programmes::events::{self, NewEvent};
use hub_credits::programme::programmes::policy::Policy;
use hub_credits::programme::programmes::sessions::NewSession;
use hub_credits::programme::programmes::{self, Kind, NewProgramme, Provider, Stage};

use super::COPTHORNE;
use super::engine::marks;

/// A hub and who is in it.
pub struct Scene {
    /// The hub.
    pub hub: HubId,
    /// Its manager.
    pub manager: PersonId,
    /// Its events, published, in eight weeks, one after the other, a place at 10 credits: cancelled now, all of it comes back.
    pub events: Vec<EventId>,
    /// The schools' people.
    pub schools: Vec<Staff>,
}

/// The people of one school.
pub struct Staff {
    /// Its lead.
    pub lead: PersonId,
    /// Its teachers.
    pub teachers: Vec<PersonId>,
}

impl Scene {
    /// A new hub of that many schools with that many teachers each, an event for each of the capacities,
    /// and enough in every wallet.
    pub async fn make(db: &Db, schools: usize, teachers: usize, capacities: &[i64]) -> Scene {
        Scene::make_for(db, &marks(), schools, teachers, capacities).await
    }

    /// The same for a service that marks its ledgers with keys of its own.
    pub async fn make_for(db: &Db, marks: &Marks, schools: usize, teachers: usize, capacities: &[i64]) -> Scene {
        let now = Clock::System.now();
        let founded = hubs::create(db, line("West London"), now).await.unwrap();
        let hub = founded.hub();
        founded.commit().await.unwrap();
        let mut journal =
            Journal::open_marked(db.write_everywhere().await.unwrap(), marks, hub, None, now).await.unwrap();
        let manager = person(&mut journal, "manager".to_owned(), Post::HubManager).await;
        let starts_at = now + TimeDelta::weeks(8);
        let year = AcademicYear::of(london_date(starts_at)).unwrap();
        years::open(&mut journal, year).await.unwrap();

        let mut staffs = Vec::new();
        for school in 0..schools {
            let id = schools::create(&mut journal, details(school)).await.unwrap().id;
            fund(&mut journal, id, year, "1000000").await;
            let lead = person(&mut journal, format!("lead.{school}"), Post::SchoolLead(id)).await;
            let mut staff = Staff { lead, teachers: Vec::new() };
            for teacher in 0..teachers {
                staff
                    .teachers
                    .push(person(&mut journal, format!("teacher.{school}.{teacher}"), Post::Teacher(id)).await);
            }
            staffs.push(staff);
        }
        let mut open = Vec::new();
        for (nth, capacity) in (0..).zip(capacities) {
            open.push(event(&mut journal, *capacity, starts_at + TimeDelta::hours(nth)).await);
        }
        journal.commit().await.unwrap();
        Scene { hub, manager, events: open, schools: staffs }
    }
}

fn line(text: &str) -> Line {
    Line::parse(text).unwrap()
}

fn details(number: usize) -> Details {
    Details {
        urn: Urn::parse(&(100_000 + number).to_string()).unwrap(),
        name: line(&format!("School {number}")),
        phase: Phase::Secondary,
        establishment_type: None,
        local_authority: None,
        membership: Membership::Full,
        joined_on: None,
        left_on: None,
    }
}

async fn person(journal: &mut Journal, name: String, post: Post) -> PersonId {
    let email = Email::parse(&format!("{name}@hub.example")).unwrap();
    people::create(journal, NewPerson { name: line(&name), email, post }).await.unwrap().id
}

/// Sells the school so many credits for the year.
async fn fund(journal: &mut Journal, school: SchoolId, year: AcademicYear, credits: &str) {
    let invoice_reference = line(&format!("Invoice to {school}"));
    let amount = Amount::new(Credits::parse(credits).unwrap()).unwrap();
    let new = NewTopUp { school, year: Some(year), amount, invoice_reference, price: None };
    top_ups::sell(journal, &new).await.unwrap();
}

async fn event(journal: &mut Journal, capacity: i64, starts_at: DateTime<Utc>) -> EventId {
    let programme = NewProgramme {
        kind: Kind::Conference,
        title: line("Conference"),
        description: Prose::parse("").unwrap(),
        phase: None,
        priority_id: None,
        provider: Provider::Hub,
        stage: Stage::Published,
    };
    let programme = programmes::create(journal, programme).await.unwrap();
    let session = NewSession {
        title: line("The day"),
        starts_at,
        ends_at: starts_at + TimeDelta::hours(1),
        place: Some(line("Lampton Academy")),
        online_url: None,
        speaker: None,
        host_id: None,
    };
    let new = NewEvent {
        programme: programme.id,
        title: line("Spring conference"),
        capacity,
        price: Credits::parse("10").unwrap(),
        opens_at: None,
        closes_at: None,
        policy: Policy::parse(COPTHORNE).unwrap(),
        attendance: Attendance::default(),
        admission: Default::default(),
        minimum: None,
        sessions: vec![session],
    };
    let event = events::create(journal, new).await.unwrap();
    events::publish(journal, event.id).await.unwrap();
    event.id
}
