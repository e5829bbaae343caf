//! Announcements: what a hub manager writes to the delegates of an event, or to the CPD leads of schools.
//!
//! One is sent in one commit with its log: [`send`] writes it as it was typed, and tells each receiver by a notice, with the
//! letter of it. So it goes out once or not at all, and what somebody has chosen to be sent holds for it too. Its
//! placeholders are filled for each receiver by the same function for the [`preview`], the letter and the page. Who got one
//! is known by the notices alone: with those, erasure takes away whatever was a person's.

mod paragraphs;
mod placeholders;
mod receivers;
mod sql;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use paragraphs::{Paragraph, Piece, paragraphs};
pub use placeholders::{Wrong, listed};
pub use receivers::Receiver;

use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{AnnouncementId, EventId, HubId, PersonId, SchoolId};
use crate::base::text::{Line, Prose, shortened};
use crate::ledger::Journal;
use crate::messages::notices::{self, Kind, Notice};
use crate::programme::programmes::events;
use placeholders::{Facts, OfEvent, check, fill};

words!(/** Whom an announcement is for. */ Audience {
    /// Delegates of an event.
    Delegates = "delegates",
    /// CPD leads of schools.
    Leads = "leads",
});

words!(/** Which delegates of an event are written to. */ Which {
    /// Those with a place; after the event, those who had one.
    WithPlace = "with_place",
    /// Those on the waiting list.
    Waiting = "waiting",
    /// All: also those whose school has not decided yet.
    All = "all",
});

/// Whom something is to be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// Delegates of an event.
    Delegates(EventId, Which),
    /// The CPD leads of all schools, or of these.
    Leads(Option<Vec<SchoolId>>),
}

impl To {
    fn audience(&self) -> Audience {
        match self {
            To::Delegates(..) => Audience::Delegates,
            To::Leads(_) => Audience::Leads,
        }
    }

    /// The same with each school named once.
    fn without_doubles(self) -> To {
        match self {
            To::Leads(Some(mut schools)) => {
                schools.sort_unstable();
                schools.dedup();
                To::Leads(Some(schools))
            }
            to => to,
        }
    }

    fn event(&self) -> Option<EventId> {
        match self {
            To::Delegates(event, _) => Some(*event),
            To::Leads(_) => None,
        }
    }
}

/// An announcement to be sent: its placeholders have a meaning for those whom it is for.
#[derive(Clone, Debug)]
pub struct NewAnnouncement {
    to: To,
    subject: Line,
    words: Prose,
}

/// What is wrong with the words of an announcement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Where: `subject` or `words`.
    pub field: &'static str,
    /// Why.
    pub detail: String,
}

impl NewAnnouncement {
    /// Reads what is to be sent; every field at fault is said.
    pub fn new(to: To, subject: Line, words: Prose) -> Result<NewAnnouncement, Vec<Flaw>> {
        let audience = to.audience();
        let flaw = |field, wrong: Wrong| Flaw { field, detail: wrong.to_string() };
        let blank = || Flaw { field: "words", detail: "must say something".to_owned() };
        let flaws: Vec<Flaw> = [
            check(subject.as_str(), audience).err().map(|wrong| flaw("subject", wrong)),
            check(words.as_str(), audience).err().map(|wrong| flaw("words", wrong)),
            words.is_blank().then(blank),
        ]
        .into_iter()
        .flatten()
        .collect();
        if flaws.is_empty() { Ok(NewAnnouncement { to: to.without_doubles(), subject, words }) } else { Err(flaws) }
    }
}

/// An announcement that was sent, as it was written.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Announcement {
    /// The announcement's id.
    pub id: AnnouncementId,
    /// Whom it was for.
    pub audience: Audience,
    /// The event whose delegates it was for.
    pub event_id: Option<EventId>,
    /// The event's title.
    pub event_title: Option<Line>,
    /// Which of its delegates.
    pub delegates: Option<Which>,
    /// The CPD leads of how many schools; null where it was for those of all, or for delegates.
    pub schools: Option<i64>,
    /// Its subject, with its placeholders.
    pub subject: Line,
    /// Its words, with their placeholders.
    pub words: Prose,
    /// How many people it went to.
    pub receivers: i64,
    /// Who sent it.
    pub sent_by: Option<PersonId>,
    /// Their name.
    pub sent_by_name: Option<Line>,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
}

impl Announcement {
    /// Its subject where it is told of to others than its receivers: with the title of the event, and in brackets what is
    /// each receiver's own.
    pub fn subject_told(&self) -> String {
        let each = |what: &str| format!("({what})");
        let title = self.event_title.as_ref().map_or_else(|| each("event"), Line::to_string);
        let event = OfEvent { title, date: each("date"), time: each("time"), place: each("place") };
        fill(self.subject.as_str(), &Facts { name: each("name"), school: each("school"), event: Some(event) })
    }
}

/// What one receiver gets: every placeholder is filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The subject, of 200 characters at most.
    pub subject: String,
    /// The words.
    pub text: String,
}

impl Message {
    fn of(subject: &Line, words: &Prose, facts: &Facts) -> Message {
        let subject = shortened(&fill(subject.as_str(), facts), Line::LONGEST);
        Message { subject, text: fill(words.as_str(), facts) }
    }

    /// Whether the words begin with a greeting of their own, so that a letter needs none above them.
    pub fn greets(&self) -> bool {
        let begin = self.text.trim_start().to_lowercase();
        GREETINGS
            .iter()
            .any(|greeting| begin.strip_prefix(greeting).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)))
    }

    /// The words as paragraphs, with links.
    pub fn paragraphs(&self) -> Vec<Paragraph> {
        paragraphs(&self.text)
    }
}

/// How people begin what they write to somebody.
const GREETINGS: &[&str] = &["dear", "hello", "hi", "good morning", "good afternoon", "good evening"];

/// Who writes to whom, as a letter says it above the words: to the delegates of an event, or to leads.
pub fn said_above(sender: &Line, event: Option<&Line>) -> String {
    match event {
        Some(event) => format!("{sender} writes to the delegates of {event}:"),
        None => format!("{sender} writes to CPD leads:"),
    }
}

/// What would be sent, and to whom.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Everyone who would get it, by name.
    pub receivers: Vec<Receiver>,
    /// The one whose message is shown.
    pub shown: Receiver,
    /// The message that they would get.
    pub message: Message,
}

/// An announcement as one of its receivers has it.
#[derive(Clone, Debug)]
pub struct Received {
    /// The announcement as it was written.
    pub announcement: Announcement,
    /// What they got.
    pub message: Message,
}

/// Why something can't be sent.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such event.
    #[error("is not an event of the hub")]
    UnknownEvent,
    /// A school is not of the hub.
    #[error("there is no such school in the hub")]
    UnknownSchool,
    /// No school was named of whose leads it is to go to some.
    #[error("must name a school at least; leave it out for those of all")]
    NoSchool,
    /// No delegate would get it.
    #[error("the event has no such delegates: nobody would get it")]
    NoDelegates,
    /// No lead would get it.
    #[error("these schools have no CPD lead: nobody would get it")]
    NoLeads,
    /// Whoever is to be shown gets nothing.
    #[error("is not among those who would get it")]
    UnknownReceiver,
    /// The words are at fault.
    #[error("the message can't be sent as it is")]
    Flawed(Vec<Flaw>),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// What would be sent, as this person would get it, or else the first of its receivers.
pub async fn preview(
    tx: &mut Tx,
    hub: HubId,
    new: &NewAnnouncement,
    person: Option<PersonId>,
    now: DateTime<Utc>,
) -> Result<Preview, Error> {
    let receivers = receivers::of(tx, hub, &new.to, now).await?;
    let mut shown = receivers.iter().filter(|receiver| person.is_none_or(|person| receiver.person_id == person));
    let shown = shown.next().cloned().ok_or(Error::UnknownReceiver)?;
    let event = receivers::event(tx, hub, new.to.event()).await?;
    let message = Message::of(&new.subject, &new.words, &shown.facts(event));
    Ok(Preview { receivers, shown, message })
}

/// Sends an announcement to everyone whom it is for.
pub async fn send(journal: &mut Journal, new: &NewAnnouncement) -> Result<Announcement, Error> {
    let (hub, now, by) = (journal.hub(), journal.now(), journal.actor());
    let receivers = receivers::of(journal.tx(), hub, &new.to, now).await?;
    let (id, event): (AnnouncementId, _) = (journal.new_id(), new.to.event());
    let of_event = receivers::event(journal.tx(), hub, event).await?;
    sql::insert(journal.tx(), hub, id, new, receivers.len(), (by, now)).await?.exactly(1)?;
    // Whoever gathers their letters has it before the event begins.
    let due_at = match event {
        Some(event) => events::get(journal.tx(), hub, event).await?.map(|event| event.starts_at),
        None => None,
    };
    let kind = match new.to.audience() {
        Audience::Delegates => Kind::EventMessage,
        Audience::Leads => Kind::LeadsMessage,
    };
    let notice = |receiver: &Receiver| {
        let message = Message::of(&new.subject, &new.words, &receiver.facts(of_event.clone()));
        Notice {
            event,
            booking: receiver.booking_id,
            due_at: due_at.filter(|due| *due > now),
            announcement: Some(id),
            subject: Some(Line::stored(message.subject)),
            ..Notice::new(receiver.person_id, kind)
        }
    };
    let told: Vec<Notice> = receivers.iter().map(notice).collect();
    notices::tell(journal, &told).await?;
    sql::get(journal.tx(), hub, id).await?.ok_or_else(|| db::Error::vanished().into())
}

/// Which announcements are listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Those to the delegates of this event.
    pub event: Option<EventId>,
    /// Those to these.
    pub audience: Option<Audience>,
}

/// A page of what was sent, the newest first.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: Filter,
    before: Option<AnnouncementId>,
    limit: i64,
) -> Result<Vec<Announcement>, db::Error> {
    sql::list(tx, hub, filter, before.unwrap_or(AnnouncementId(Uuid::max())), limit).await
}

/// One that was sent.
pub async fn get(tx: &mut Tx, hub: HubId, id: AnnouncementId) -> Result<Option<Announcement>, db::Error> {
    sql::get(tx, hub, id).await
}

/// One that a person got, as they have it: of what is true now of them and the event.
pub async fn received(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    id: AnnouncementId,
) -> Result<Option<Received>, db::Error> {
    let Some(receiver) = sql::receiver(tx, hub, person, id).await? else { return Ok(None) };
    let Some(announcement) = sql::get(tx, hub, id).await? else { return Ok(None) };
    let event = receivers::event(tx, hub, announcement.event_id).await?;
    let message = Message::of(&announcement.subject, &announcement.words, &receiver.facts(event));
    Ok(Some(Received { announcement, message }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_may_have_its_own_greeting() {
        let greets = |text: &str| Message { subject: String::new(), text: text.to_owned() }.greets();
        for own in ["Dear Ella,\n\nCome.", "  hello", "Hi all", "Good morning Ella"] {
            assert!(greets(own), "{own}");
        }
        assert!(!greets("History is on Monday.") && !greets("The room has changed.") && !greets(""));
    }
}
