//! Letters as they are read: what each kind says, in the words of the pages, with what one needs to know to decide. They
//! are composed when they are sent, of what is true then; what has no meaning any more is not sent.

mod asked;
mod attached;
mod credits;
mod details;
mod digest;
mod drafts;
mod invitation;
mod newsletter;
mod page;
mod places;
mod stale;
mod statements;
mod stop;
mod subject;
mod support;
mod tickets;
mod written;

use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use digest::{Digest, digest};
pub use stop::{Stops, read_stop};
pub use subject::words as in_words;

use crate::base::auth::Keys;
use crate::base::clock::london_date;
use crate::base::db::{self, Tx};
use crate::base::ids::{NoticeId, PersonId};
use crate::base::mail::Mail;
use crate::base::pdf::Fonts;
use crate::base::text::Email;
use crate::base::vault::{self, Vault};
use crate::booking::bookings;
use crate::letters::facts::Facts;
use crate::letters::sentence::{page_of, sentence};
use crate::members::hubs::Hub;
use crate::members::people::{self, Person};
use crate::members::schools;
use crate::messages::choices::{self, Fate, Topic, Way};
use crate::messages::notices::{self, Told};
use crate::messages::outbox::{Kind, Letter, SecretError};
use page::Page;

/// What a letter came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Composed {
    /// It is to be sent.
    Mail(Box<Mail>),
    /// It waits until then, and goes with whatever else was gathered.
    Gathered(DateTime<Utc>),
    /// It waits until then, and goes by itself; and why.
    Later(DateTime<Utc>, &'static str),
    /// It is not to be sent, and why.
    Unwanted(&'static str),
    /// It can't be sent, and why.
    Lost(&'static str),
}

/// Why a letter was not composed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bookings failed.
    #[error(transparent)]
    Bookings(#[from] bookings::Error),
    /// A link could not be signed.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// A letter could not be written from its template.
    #[error(transparent)]
    Template(#[from] askama::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Where the service is, and by what keys it seals.
#[derive(Clone)]
pub struct Site {
    /// The address that people reach the service by, without a slash at its end.
    pub public_url: String,
    /// The address that letters come from.
    pub from: String,
    /// What opens what a letter tells.
    pub vault: Vault,
    /// What signs codes to check in by.
    pub keys: Keys,
    /// What certificates are set in.
    pub fonts: Arc<Fonts>,
}

/// Composes a letter of a hub, as of `now`.
pub async fn compose(
    tx: &mut Tx,
    site: &Site,
    hub: &Hub,
    letter: &Letter,
    now: DateTime<Utc>,
) -> Result<Composed, Error> {
    if letter.kind == Kind::Newsletter {
        return newsletter::compose(tx, site, hub, letter, now).await;
    }
    let Some(id) = letter.person_id else { return Ok(Composed::Lost("nobody is named whom it is for")) };
    let person = match receiver(tx, hub, id).await? {
        Ok(person) => person,
        Err(why) => return Ok(Composed::Unwanted(why)),
    };
    let page = match letter.kind {
        Kind::Notice => {
            let Some(told) = notices::get(tx, hub.id, id, NoticeId(letter.id.0)).await? else {
                return Ok(Composed::Unwanted(GONE));
            };
            if let Some(why) = stale::why(tx, &person, &told, now).await? {
                return Ok(Composed::Unwanted(why));
            }
            let chosen = choices::of(tx, hub.id, id).await?;
            match chosen.fate(Topic::of(told.kind), told.due_at, now) {
                Fate::Now => of_notice(tx, site, (hub, &person), &told, now).await?,
                Fate::Gathered(at) => return Ok(Composed::Gathered(at)),
                Fate::Refused => return Ok(Composed::Unwanted(NOT_WANTED)),
            }
        }
        Kind::CalendarInvitation => match invitation::of(tx, site, hub, &person, letter, now).await? {
            Ok(page) => page,
            Err(came_to) => return Ok(came_to),
        },
        Kind::SignInCode | Kind::PasswordReset | Kind::Invitation | Kind::AddressConfirmation | Kind::Newsletter => {
            match letter.told(&site.vault) {
                Ok(Some(told)) if now < told.expires_at => asked::page(tx, letter.kind, (hub, &person), told).await?,
                Ok(Some(_)) => return Ok(Composed::Unwanted("it works no longer")),
                Ok(None) => return Ok(Composed::Lost("what it told is not kept")),
                Err(SecretError::Database(error)) => return Err(error.into()),
                Err(SecretError::Vault(_) | SecretError::Form(_)) => {
                    return Ok(Composed::Lost("what it tells was sealed by a key that the service has no more"));
                }
            }
        }
    };
    Ok(Composed::Mail(Box::new(page.mail(site, hub, &person, letter)?)))
}

/// Why the letter of a notice that is no more is not sent.
const GONE: &str = "what it tells of is no more";

/// Why a letter that goes by itself waits, of whoever wants it so.
fn waits(way: Way) -> &'static str {
    match way {
        Way::Digest => "it waits for the hour of their daily letter",
        Way::AtOnce | Way::None => "it waits for the end of their quiet hours",
    }
}

/// Why what somebody does not want by e-mail is not sent.
const NOT_WANTED: &str = "they do not want it by e-mail";

/// Why whoever's school has left is not sent what is for those who are with the hub.
const LEFT: &str = "their school has left the hub";

/// Why nothing that can wait goes to an address from which a letter came back for good.
const NOBODY_THERE: &str = "the last letter to their address came back: nobody is there";

/// Whether the school of a person has left the hub.
async fn school_has_left(tx: &mut Tx, person: &Person, now: DateTime<Utc>) -> Result<bool, db::Error> {
    let Some(school) = person.school_id else { return Ok(false) };
    let school = schools::get(tx, person.hub_id, school).await?;
    Ok(school.is_some_and(|school| school.has_left(london_date(now))))
}

/// Whom a letter is for; or why they get none.
async fn receiver(tx: &mut Tx, hub: &Hub, id: PersonId) -> Result<Result<Person, &'static str>, db::Error> {
    let person = people::get(tx, hub.id, id).await?;
    let Some(person) = person.filter(|person| person.erased_at.is_none()) else {
        return Ok(Err("their record was erased"));
    };
    Ok(if person.disabled_at.is_some() { Err("they are disabled") } else { Ok(person) })
}

/// The letter of a notice.
async fn of_notice(
    tx: &mut Tx,
    site: &Site,
    (hub, person): (&Hub, &Person),
    told: &Told,
    now: DateTime<Utc>,
) -> Result<Page, Error> {
    if let Some(page) = written::page(tx, site, hub, person, told).await? {
        return Ok(page);
    }
    let topic = Topic::of(told.kind);
    let facts = Facts::of(tx, person, told).await?;
    let mut lines = support::details(told, &facts, now);
    lines.extend(statements::details(told, &facts));
    lines.extend(drafts::details(told, &facts));
    lines.extend(details::of(tx, person, told, now).await?);
    let attachments = attached::of(tx, site, (hub, person), told).await?;
    let mut after = details::after(told, &attachments);
    after.extend(statements::after(&facts));
    Ok(Page {
        subject: subject::of(told, &facts),
        greets: true,
        sentences: vec![sentence(told, person, &facts, now)],
        words: support::written(told, &facts),
        items: details::besides(tx, site, person, told).await?,
        details: lines,
        code: None,
        link: link_of(site, told),
        act: details::act(told.kind).to_owned(),
        after,
        scheduling: None,
        attachments,
        footer: why(hub),
        stop: stop_of(site, person, topic)?,
    })
}

/// The page that a notice leads to.
fn link_of(site: &Site, told: &Told) -> String {
    format!("{}{}", site.public_url, page_of(told).as_deref().unwrap_or("/notices"))
}

/// Why somebody is told anything.
fn why(hub: &Hub) -> String {
    format!("You are told this because you are with {}.", hub.name)
}

/// The word of the link that stops a topic, where it can be stopped.
fn stop_of(site: &Site, person: &Person, topic: Topic) -> Result<Option<String>, vault::Error> {
    let word = || stop::word(&site.vault, person.hub_id, Stops::Topic(person.id, topic));
    topic.can_be_changed().then(word).transpose()
}

/// The address that a letter goes to.
fn address_of(letter: &Letter, person: &Person) -> Email {
    letter.address.clone().unwrap_or_else(|| person.email.clone())
}
