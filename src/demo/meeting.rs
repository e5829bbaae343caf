//! What is over, and what is today: a termly meeting a while ago, with its register, its certificates and what was said of
//! it, and another whose register is open.

use super::calendar::{self, at};
use super::cast::Cast;
use super::{Desk, Error, line};
use crate::base::credits::Credits;
use crate::base::ids::{EventId, ProgrammeId};
use crate::base::text::Prose;
use crate::booking::evaluations::{self, Rating};
use crate::booking::registers::history::{self, Delegate};
use crate::booking::{bookings, organising};
use crate::ledger::Journal;
use crate::programme::programmes::attendance::{Attendance, Mark};
use crate::programme::programmes::events::{self, NewEvent};
use crate::programme::programmes::policy::Policy;
use crate::programme::programmes::sessions::NewSession;
use crate::programme::programmes::{self, Kind, NewProgramme, Provider, Stage};

/// Who was at the meeting that is over, what they gave it, and what they said. One of them has not said yet.
const ATTENDED: [(&str, Option<(i64, &str)>); 6] = [
    ("Ravi", Some((5, "Three things to try on Monday."))),
    ("Noor", None),
    ("Ella", Some((5, ""))),
    ("Leo", Some((4, "Half an hour more would have been good."))),
    ("Hana", Some((5, "The best meeting this year."))),
    ("Kofi", Some((4, ""))),
];

/// Who had a place at it and did not come.
const ABSENT: &str = "Omar";

/// Whom their leads have booked for today: lead and delegate.
const TODAY: [(&str, &str); 7] = [
    ("Ravi", "Ravi"),
    ("Ravi", "Noor"),
    ("Ravi", "Ella"),
    ("Siobhan", "Leo"),
    ("Siobhan", "Hana"),
    ("Peter", "Omar"),
    ("Ines", "Kofi"),
];

/// Holds both meetings.
pub async fn meet(desk: &Desk<'_>) -> Result<(), Error> {
    let mut journal = desk.journal("Amara").await?;
    let programme = programme(&mut journal).await?;
    let over = hold(&mut journal, programme, desk.cast).await?;
    let (starts_at, ends_at) = calendar::soon(journal.now());
    let today = meeting(programme, "Termly meeting: behaviour", (starts_at, ends_at))?;
    let today = events::create(&mut journal, today).await?.id;
    organising::publish_event(&mut journal, today).await?;
    journal.commit().await?;
    if let Some(over) = over {
        evaluate(desk, over).await?;
    }
    for (lead, delegate) in TODAY {
        desk.book(lead, today, delegate).await?;
    }
    Ok(())
}

async fn programme(journal: &mut Journal) -> Result<ProgrammeId, Error> {
    let description = "Once a term the schools look at one thing together: what works, where, and how it began.";
    let new = NewProgramme {
        kind: Kind::TermlyMeeting,
        title: line("Termly meeting of the hub")?,
        description: Prose::parse(description).map_err(Error::Words)?,
        phase: None,
        priority_id: None,
        provider: Provider::Hub,
        stage: Stage::Published,
    };
    Ok(programmes::create(journal, new).await?.id)
}

/// Enters the meeting that is over; there is none on the first day of an academic year.
async fn hold(journal: &mut Journal, programme: ProgrammeId, cast: &Cast) -> Result<Option<EventId>, Error> {
    let Some(day) = calendar::past(journal.today()) else { return Ok(None) };
    let mut delegates = Vec::new();
    let came = ATTENDED.iter().map(|(who, _)| (*who, Mark::Present)).chain([(ABSENT, Mark::Absent)]);
    for (who, mark) in came {
        delegates.push(Delegate { person: cast.id(who)?, marks: vec![(mark, None)] });
    }
    let new = meeting(programme, "Termly meeting: reading", (at(day, 14, 0), at(day, 15, 30)))?;
    Ok(Some(history::enter(journal, new, &delegates, false).await?.id))
}

/// Gives what most of those who attended said.
async fn evaluate(desk: &Desk<'_>, event: EventId) -> Result<(), Error> {
    let filter = bookings::Filter { event: Some(event), ..bookings::Filter::default() };
    let places = bookings::list(&mut desk.db.read(desk.hub).await?, desk.hub, filter, None, 100).await?;
    for (who, said) in ATTENDED {
        let Some((rating, comment)) = said else { continue };
        let person = desk.cast.id(who)?;
        let place = places.iter().find(|view| view.booking.person_id == Some(person));
        let place = place.ok_or_else(|| Error::missing(who))?.booking.id;
        let rating = Rating::new(rating).map_err(Error::Words)?;
        let comment = Some(comment).filter(|said| !said.is_empty()).map(Prose::parse).transpose();
        let mut journal = desk.journal(who).await?;
        evaluations::give(&mut journal, place, person, rating, comment.map_err(Error::Words)?).await?;
        journal.commit().await?;
    }
    Ok(())
}

fn meeting(
    programme: ProgrammeId,
    title: &str,
    (starts_at, ends_at): (chrono::DateTime<chrono::Utc>, chrono::DateTime<chrono::Utc>),
) -> Result<NewEvent, Error> {
    let session = NewSession {
        title: line("Meeting")?,
        starts_at,
        ends_at,
        place: Some(line("Lampton Academy, library")?),
        online_url: None,
        speaker: None,
        host_id: None,
    };
    Ok(NewEvent {
        programme,
        title: line(title)?,
        capacity: 40,
        price: Credits::ZERO,
        opens_at: None,
        closes_at: None,
        policy: Policy::free(),
        attendance: Attendance::default(),
        admission: Default::default(),
        minimum: None,
        sessions: vec![session],
    })
}
