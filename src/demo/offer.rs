//! What the demonstration publishes: a conference, a programme of six sessions, and a session with an
//! expert. Titles and cancellation rules are those of real providers (`tests/data/cpd-facts.csv` names
//! the pages); prices, dates and places are made up.

use super::calendar::{Days, at};
use super::{Error, line};
use crate::base::credits::Credits;
use crate::base::ids::{EventId, PartnerId, PersonId, PriorityId, SchoolId, TicketId};
use crate::base::text::Prose;
use crate::booking::organising;
use crate::ledger::Journal;
use crate::programme::programmes::attendance::Attendance;
use crate::programme::programmes::events::NewEvent;
use crate::programme::programmes::policy::{Basis, Policy, Tier};
use crate::programme::programmes::sessions::NewSession;
use crate::programme::programmes::{self, Kind, NewProgramme, Provider, Stage, events, priorities};
use crate::programme::tickets::{self, Coverage, NewTicket, Returns, Terms};

/// The events, published.
pub struct Offer {
    /// The conference, with one session.
    pub conference: EventId,
    /// The programme of six sessions.
    pub programme: EventId,
    /// The session with an expert, with few places.
    pub expert: EventId,
    /// The priority about teaching.
    pub teaching: PriorityId,
}

/// Adds the priorities and programmes, and publishes an event of each.
pub async fn publish(journal: &mut Journal, days: &Days, school: SchoolId, partner: PartnerId) -> Result<Offer, Error> {
    let teaching = priorities::create(journal, line("Great teaching in every classroom")?).await?.id;
    let leading = priorities::create(journal, line("Leaders who grow leaders")?).await?.id;

    // Colmore Partnership: 14 days or more, no fee; 8 to 13 days, half; 7 or fewer, all of it.
    let conference = Draft {
        kind: Kind::Conference,
        title: "London West Hub conference",
        description: "A day for every school of the hub: two keynotes, and workshops led by its schools.",
        provider: Provider::Hub,
        priority: teaching,
        capacity: 150,
        price: 1200,
        policy: policy(&[(14, 100), (8, 50)])?,
        sessions: vec![session("Conference day", days.conference, (9, 0), (15, 30), "Lampton Academy, main hall")?],
    };
    // Copthorne: more than 28 days, no fee; 28 or fewer, half; 14 or fewer, three quarters; 7 or fewer, all.
    let mut sessions = Vec::new();
    for (number, day) in (1..).zip(&days.programme) {
        sessions.push(session(&format!("Session {number}"), *day, (13, 30), (16, 30), "Lampton Academy, room 12")?);
    }
    let programme = Draft {
        kind: Kind::CpdProgramme,
        title: "Improving Teacher Programme (ITP)",
        description: "Six sessions over six weeks for teachers who want their lessons to be consistently good.",
        provider: Provider::School(school),
        priority: teaching,
        capacity: 12,
        price: 4500,
        policy: policy(&[(29, 100), (15, 50), (8, 25)])?,
        sessions,
    };
    // South Gloucestershire: more than three days, no fee; three or fewer, all of it.
    let mut talk = session("Meet the Expert", days.expert, (16, 0), (17, 30), "Online")?;
    talk.speaker = Some(line("Dr Imogen Vale")?);
    let expert = Draft {
        kind: Kind::MeetTheExpert,
        title: "Meet the Expert: Strategic Leadership",
        description: "An hour and a half with someone who has led English in four schools. Few places, many questions.",
        provider: Provider::Partner(partner),
        priority: leading,
        capacity: 5,
        price: 600,
        policy: policy(&[(4, 100)])?,
        sessions: vec![talk],
    };
    Ok(Offer {
        conference: conference.publish(journal).await?,
        programme: programme.publish(journal).await?,
        expert: expert.publish(journal).await?,
        teaching,
    })
}

/// Issues a Fabulinus Ticket to somebody newly qualified: one free place on a course about teaching, within a year,
/// returned if the place is cancelled a week before.
pub async fn fabulinus_ticket(
    journal: &mut Journal,
    teaching: PriorityId,
    person: PersonId,
) -> Result<TicketId, Error> {
    let covers = Coverage { kinds: vec![Kind::CpdProgramme], priority_ids: vec![teaching], ..Coverage::default() };
    let terms = Terms {
        name: line("Fabulinus Ticket")?,
        covers,
        valid_months: Some(12),
        returns: Returns::DaysBefore(7),
        needs_approval: true,
    };
    let type_id = tickets::create_type(journal, terms).await?.id;
    Ok(tickets::issue(journal, NewTicket { type_id, person, valid_until: None }).await?.id)
}

struct Draft {
    kind: Kind,
    title: &'static str,
    description: &'static str,
    provider: Provider,
    priority: PriorityId,
    capacity: i64,
    price: i64,
    policy: Policy,
    sessions: Vec<NewSession>,
}

impl Draft {
    async fn publish(self, journal: &mut Journal) -> Result<EventId, Error> {
        let title = line(self.title)?;
        let new = NewProgramme {
            kind: self.kind,
            title: title.clone(),
            description: Prose::parse(self.description).map_err(Error::Words)?,
            phase: None,
            priority_id: Some(self.priority),
            provider: self.provider,
            stage: Stage::Published,
        };
        let programme = programmes::create(journal, new).await?.id;
        let new = NewEvent {
            programme,
            title,
            capacity: self.capacity,
            price: Credits::from_hundredths(self.price),
            opens_at: None,
            closes_at: None,
            policy: self.policy,
            attendance: Attendance::default(),
            admission: Default::default(),
            minimum: None,
            sessions: self.sessions,
        };
        let event = events::create(journal, new).await?.id;
        Ok(organising::publish_event(journal, event).await?.id)
    }
}

fn policy(tiers: &[(u16, u8)]) -> Result<Policy, Error> {
    let tiers = tiers.iter().map(|(days_before, refund_percent)| Tier::percent(*days_before, *refund_percent));
    Policy::new(Basis::CalendarDays, tiers.collect()).map_err(|wrong| Error::Words(format!("{wrong:?}")))
}

fn session(
    title: &str,
    day: chrono::NaiveDate,
    from: (i64, i64),
    to: (i64, i64),
    place: &str,
) -> Result<NewSession, Error> {
    Ok(NewSession {
        title: line(title)?,
        starts_at: at(day, from.0, from.1),
        ends_at: at(day, to.0, to.1),
        place: Some(line(place)?),
        online_url: None,
        speaker: None,
        host_id: None,
    })
}
