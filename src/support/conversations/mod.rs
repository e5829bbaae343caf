//! Conversations: what a school and the provider of an offer write to each other, through the service and without
//! addresses.
//!
//! A lead of another school [`contact`]s the provider of an offer that is open; from then on both sides write and read.
//! The hub sees nothing of it until one side [`complain`]s; what it [`answer`]s both sides read. Whoever of the other side has read what they were told of
//! before is told of a message: each has one unread notice of a conversation at most.

mod sql;

use chrono::{DateTime, Utc};

use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{ConversationId, HubId, MessageId, OfferId, PersonId, SchoolId};
use crate::base::text::{Line, Prose};
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};
use crate::members::people::{self, Person, Role};
use crate::messages::notices::{self, Kind as Told, Notice};
use crate::programme::programmes::{NamedProvider, Provider};
use crate::support::offers::{Offer, Status};

words!(/** The sides of a conversation. */ Side {
    /// The school that asks.
    Asking = "asking",
    /// The provider of the offer.
    Offering = "offering",
});

/// What a school and the provider of an offer write to each other.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Conversation {
    /// The conversation's id.
    pub id: ConversationId,
    /// The offer that it is about.
    pub offer_id: OfferId,
    /// The offer's title.
    pub offer_title: Line,
    /// What it is about, as the asking school said first.
    pub subject: Line,
    /// The school that asks.
    pub asking_school_id: SchoolId,
    /// Its name.
    pub asking_school_name: Line,
    /// The provider of the offer.
    #[sqlx(flatten)]
    pub provider: NamedProvider,
    /// When the asking school wrote first.
    pub opened_at: DateTime<Utc>,
    /// When somebody wrote last.
    pub last_message_at: DateTime<Utc>,
    /// When one side complained, and the hub began to see it.
    pub complained_at: Option<DateTime<Utc>>,
    /// Which side complained.
    pub complained_by: Option<Side>,
    /// Why they complained: for the hub and that side only.
    pub complaint: Option<Prose>,
    /// What the hub answered to the complaint, for both sides: with it the complaint is closed.
    pub answer: Option<Prose>,
    /// When the hub answered.
    pub answered_at: Option<DateTime<Utc>>,
}

/// A message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Message {
    /// The message's id.
    pub id: MessageId,
    /// Which side wrote it.
    pub side: Side,
    /// The school or partner for which it was written.
    pub written_for: Line,
    /// The name of the person who wrote it.
    pub written_by_name: Line,
    /// What they wrote.
    #[sqlx(rename = "words")]
    pub text: Prose,
    /// When they wrote it.
    pub sent_at: DateTime<Utc>,
}

/// Why something can't be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such conversation for the caller, or no such offer that is open.
    #[error("there is no such conversation")]
    Unknown,
    /// The offer is the school's own.
    #[error("the offer is of the school itself")]
    OwnOffer,
    /// There are no words in it.
    #[error("must say something")]
    Empty {
        /// The field, as a JSON pointer.
        field: &'static str,
    },
    /// No complaint waits for the hub.
    #[error("no complaint of the conversation waits for an answer")]
    NoComplaint,
    /// One side has complained, and the hub has not answered.
    #[error("the {by} side complained before: the hub sees the conversation")]
    AlreadyComplained {
        /// Which side complained.
        by: Side,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// What a caller may see of conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Those that somebody complained of.
    Complained,
    /// Those with this school or partner on a side.
    Of(Provider),
    /// None.
    Nothing,
}

impl Sight {
    /// What a person may see: the hub's people what was complained of; leads and partners their own; teachers nothing.
    pub fn of(person: &Person) -> Sight {
        match (person.role, person.school_id, person.partner_id) {
            (Role::HubManager | Role::HubViewer, ..) => Sight::Complained,
            (Role::SchoolLead, Some(school), _) => Sight::Of(Provider::School(school)),
            (Role::Partner, _, Some(partner)) => Sight::Of(Provider::Partner(partner)),
            (Role::SchoolLead | Role::Partner | Role::Teacher, ..) => Sight::Nothing,
        }
    }

    /// The conversation as far as it is visible: the reason of a complaint is hidden from the other side.
    fn see(self, mut conversation: Conversation) -> Option<Conversation> {
        match self {
            Sight::Complained => conversation.complained_at.is_some().then_some(conversation),
            Sight::Of(own) => {
                let side = conversation.side(own)?;
                if conversation.complained_by != Some(side) {
                    conversation.complaint = None;
                }
                Some(conversation)
            }
            Sight::Nothing => None,
        }
    }
}

impl Conversation {
    /// The side on which a school or partner is; the asking one where a succession made it both.
    fn side(&self, of: Provider) -> Option<Side> {
        if of == Provider::School(self.asking_school_id) {
            Some(Side::Asking)
        } else if of == self.provider.who() {
            Some(Side::Offering)
        } else {
            None
        }
    }
}

/// One conversation, as far as it is visible.
pub async fn get(tx: &mut Tx, hub: HubId, sight: Sight, id: ConversationId) -> Result<Option<Conversation>, db::Error> {
    Ok(sql::get(tx, hub, id).await?.and_then(|found| sight.see(found)))
}

/// A page of conversations, the newest first, before one of them: as far as they are visible.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    sight: Sight,
    before: Option<ConversationId>,
    limit: i64,
) -> Result<Vec<Conversation>, db::Error> {
    let found = match sight {
        Sight::Complained => sql::complained(tx, hub, before, limit).await?,
        Sight::Of(Provider::School(school)) => sql::of_school(tx, hub, school, before, limit).await?,
        Sight::Of(Provider::Partner(partner)) => sql::of_partner(tx, hub, partner, before, limit).await?,
        Sight::Of(Provider::Hub) | Sight::Nothing => Vec::new(),
    };
    Ok(found.into_iter().filter_map(|found| sight.see(found)).collect())
}

/// A page of the messages of a conversation, the oldest first.
pub async fn messages(
    tx: &mut Tx,
    hub: HubId,
    id: ConversationId,
    after: Option<MessageId>,
    limit: i64,
) -> Result<Vec<Message>, db::Error> {
    sql::messages(tx, hub, id, after, limit).await
}

/// The message of a conversation that a notice tells of: what the other side wrote at its instant.
pub async fn told(tx: &mut Tx, person: &Person, told: &notices::Told) -> Result<Option<Message>, db::Error> {
    let Some(id) = told.conversation_id else { return Ok(None) };
    let mut found = sql::messages_at(tx, person.hub_id, id, told.told_at).await?;
    Ok(if found.is_empty() { None } else { Some(found.swap_remove(0)) })
}

/// Writes to the provider of an offer for a school: opens a conversation, or goes on with that of the school about the
/// offer.
pub async fn contact(
    journal: &mut Journal,
    by: (PersonId, SchoolId),
    offer: &Offer,
    subject: Line,
    text: Prose,
) -> Result<Conversation, Error> {
    let (hub, now, (_, school)) = (journal.hub(), journal.now(), by);
    if offer.provider.who() == Provider::School(school) {
        return Err(Error::OwnOffer);
    }
    if offer.status != Status::Open {
        return Err(Error::Unknown);
    }
    require_words("/text", &text)?;
    let id = match sql::between(journal.tx(), hub, offer.id, school).await? {
        Some((id,)) => id,
        None => {
            let id = journal.new_id();
            let new = sql::New { id, offer: offer.id, asking: school, provider: offer.provider.who(), subject, now };
            sql::insert(journal.tx(), hub, &new).await?.exactly(1)?;
            journal.changed(Change::new(Kind::ConversationOpened, id).school(school));
            id
        }
    };
    let conversation = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    write(journal, by.0, &conversation, Side::Asking, text).await?;
    sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)
}

/// Writes a message for a school or partner that is on a side of the conversation.
pub async fn reply(
    journal: &mut Journal,
    person: PersonId,
    own: Provider,
    id: ConversationId,
    text: Prose,
) -> Result<Message, Error> {
    let hub = journal.hub();
    let conversation = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    let side = conversation.side(own).ok_or(Error::Unknown)?;
    require_words("/text", &text)?;
    write(journal, person, &conversation, side, text).await
}

fn require_words(field: &'static str, text: &Prose) -> Result<(), Error> {
    if text.is_blank() { Err(Error::Empty { field }) } else { Ok(()) }
}

async fn write(
    journal: &mut Journal,
    person: PersonId,
    conversation: &Conversation,
    side: Side,
    text: Prose,
) -> Result<Message, Error> {
    let (hub, now, id) = (journal.hub(), journal.now(), conversation.id);
    let (own, other) = match side {
        Side::Asking => (Provider::School(conversation.asking_school_id), conversation.provider.who()),
        Side::Offering => (conversation.provider.who(), Provider::School(conversation.asking_school_id)),
    };
    let new = sql::NewMessage { id: journal.new_id(), side, own, person, text, now };
    sql::insert_message(journal.tx(), hub, id, &new).await?.exactly(1)?;
    sql::touch(journal.tx(), hub, id, now).await?.exactly(1)?;
    let (_, school, partner) = own.parts();
    journal.changed(Change::new(Kind::ConversationContinued, id).school(school).partner(partner));
    // Whoever answers has read what they were told.
    notices::read_of_conversation(journal, person, id).await?;
    let told = people_of(journal, other).await?;
    let unread = notices::unread_of_conversation(journal.tx(), hub, id, Told::MessageReceived).await?;
    let told = told.into_iter().filter(|one| *one != person && !unread.contains(one));
    tell(journal, told, id, Told::MessageReceived).await?;
    sql::message(journal.tx(), hub, id, new.id).await?.ok_or(Error::Unknown)
}

async fn tell(
    journal: &mut Journal,
    people: impl Iterator<Item = PersonId>,
    id: ConversationId,
    kind: Told,
) -> Result<(), db::Error> {
    let notice = |person| Notice { conversation: Some(id), ..Notice::new(person, kind) };
    notices::tell(journal, &people.map(notice).collect::<Vec<_>>()).await
}

/// Lets the hub see a conversation, and tells its managers why a side complained of it.
pub async fn complain(
    journal: &mut Journal,
    own: Provider,
    id: ConversationId,
    reason: Prose,
) -> Result<Conversation, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let conversation = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    let side = conversation.side(own).ok_or(Error::Unknown)?;
    require_words("/reason", &reason)?;
    if let Some(by) = conversation.complained_by.filter(|_| conversation.answered_at.is_none()) {
        return Err(Error::AlreadyComplained { by });
    }
    sql::complain(journal.tx(), hub, id, (side, now, reason)).await?.exactly(1)?;
    let (_, school, partner) = own.parts();
    journal.changed(Change::new(Kind::ConversationComplained, id).school(school).partner(partner));
    let managers = people::managers(journal.tx(), hub).await?;
    tell(journal, managers.into_iter(), id, Told::ConversationComplained).await?;
    sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)
}

/// Answers a complaint for the hub, and closes it: both sides read it, and are told. Either may complain again.
pub async fn answer(journal: &mut Journal, id: ConversationId, answer: Prose) -> Result<Conversation, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let conversation = get(journal.tx(), hub, Sight::Complained, id).await?.ok_or(Error::Unknown)?;
    require_words("/answer", &answer)?;
    if conversation.answered_at.is_some() {
        return Err(Error::NoComplaint);
    }
    sql::answer(journal.tx(), hub, id, (now, answer)).await?.exactly(1)?;
    journal.changed(Change::new(Kind::ConversationAnswered, id).school(conversation.asking_school_id));
    for side in [Provider::School(conversation.asking_school_id), conversation.provider.who()] {
        let told = people_of(journal, side).await?;
        tell(journal, told.into_iter(), id, Told::ComplaintAnswered).await?;
    }
    sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)
}

/// The people of one side.
async fn people_of(journal: &mut Journal, side: Provider) -> Result<Vec<PersonId>, db::Error> {
    let hub = journal.hub();
    match side {
        Provider::School(school) => people::leads(journal.tx(), hub, &[school]).await,
        Provider::Partner(partner) => people::of_partner(journal.tx(), hub, partner).await,
        Provider::Hub => Ok(Vec::new()),
    }
}

/// Puts a school's successor in its place on both sides of its conversations.
pub async fn pass_to_successor(tx: &mut Tx, hub: HubId, pair: (SchoolId, SchoolId)) -> Result<(), db::Error> {
    sql::asking_to_successor(tx, hub, pair).await?.any();
    sql::offering_to_successor(tx, hub, pair).await?.any();
    Ok(())
}

/// Makes the messages of one record of a person another's.
pub async fn hand_over(journal: &mut Journal, from: PersonId, to: PersonId) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::hand_over(journal.tx(), hub, (from, to)).await?.any();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_something() {
        let prose = |text: &str| Prose::parse(text).unwrap();
        for said in ["Hello", "\n\n.\n", &"x".repeat(5000), "日"] {
            assert!(require_words("/text", &prose(said)).is_ok(), "{said}");
        }
        for blank in ["", " \n\t\n", "\u{200b}", "\r\n"] {
            assert!(require_words("/text", &prose(blank)).is_err(), "{blank:?}");
        }
    }
}
