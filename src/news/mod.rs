//! The weekly newsletter of a hub: drafted by itself of what is new, edited by a manager in Markdown, sent at a set time to
//! the hub's people and to contacts outside, and kept as a page.
//!
//! A hub has none until it is switched on. There is one issue at a time: a round [drafts](go) it some days before it is
//! sent, and when its time has come writes the letters of a slice of its readers in each transaction, under the hub's lock,
//! with whom it has reached. So each reader has one letter however many instances there are; what of it they read, and
//! whether they want it, is found when the letter is composed. What is empty is not sent. A draft says of events by
//! placeholders what is true when it is [looked at](as_it_stands); it keeps what that was when its sending begins.

pub mod contacts;
mod fresh;
mod gathered;
mod parts;
mod placeholders;
mod schedule;
mod sending;
mod sql;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

// The statements name them here: whoever makes them names the statements.
use contacts::Contact;
use fresh::{Achieved, Added, Coming};

pub use parts::Audience;
pub use placeholders::listed as placeholders;
pub use schedule::{DRAFT_DAYS, Settings, Weekday};
pub use sending::{anything_due, go, send_now};

use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, NewsletterId, PersonId};
use crate::base::text::{Line, Markdown};
use crate::base::{markdown, said};
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};
use crate::programme::programmes::catalogue::{self, Entry};
use crate::programme::programmes::events::State as EventState;
use crate::support::offers;
use placeholders::OfEvent;

words!(/** What has become of an issue of the newsletter. */ State {
    /// It is being prepared, and can be edited.
    Draft = "draft",
    /// Its letters are being written.
    Sending = "sending",
    /// It was sent.
    Sent = "sent",
    /// It is not sent.
    Skipped = "skipped",
});

words!(/** Why an issue of the newsletter is not sent. */ Because {
    /// A manager skipped it.
    Manager = "manager",
    /// The newsletter was switched off.
    SwitchedOff = "switched_off",
    /// Nothing stood in it.
    Empty = "empty",
});

/// An issue of the newsletter.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Newsletter {
    /// The issue's id.
    pub id: NewsletterId,
    /// What has become of it.
    pub state: State,
    /// Its subject.
    pub subject: Line,
    /// What it says, in Markdown. A part for some of its readers stands between `::: leads, managers` and `:::`; the hub
    /// sees all parts, others those that are for them.
    pub markdown: Markdown,
    /// From when on it tells what is new.
    pub since: DateTime<Utc>,
    /// When what is new was gathered.
    pub gathered_at: DateTime<Utc>,
    /// When it is to be sent.
    pub send_at: DateTime<Utc>,
    /// When it was last edited; null where it stands as it was gathered.
    pub edited_at: Option<DateTime<Utc>>,
    /// Who edited it last.
    pub edited_by: Option<PersonId>,
    /// Why it is not sent; null where it is.
    pub skipped_because: Option<Because>,
    /// When it was sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// Up to whom of the hub's people its letters are written, while they are.
    #[serde(skip)]
    reached: Option<PersonId>,
    /// Rises with every change.
    #[serde(skip)]
    pub version: i64,
}

/// An issue as some of its readers read it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = NewsletterPreview)]
pub struct Says {
    /// Its subject.
    pub subject: Line,
    /// What it says, in HTML; empty where nothing is for them, so that they are not sent it.
    pub html: String,
    /// The same as text.
    pub text: String,
}

impl Newsletter {
    /// What it says to these readers. Links to pages of the service, whose address is `site`, are for those who sign in.
    pub fn says(&self, audience: Audience, site: &str) -> Says {
        let said = parts::of(self.markdown.as_str(), audience);
        let site = (audience != Audience::Contact).then_some(site);
        let (html, text) = (markdown::html(&said, site), markdown::text(&said, site));
        Says { subject: self.subject.clone(), html: html.trim().to_owned(), text }
    }

    /// Its subject where it is sent then: the day follows in one that nobody has edited.
    fn subject_for(&self, send_at: DateTime<Utc>) -> Line {
        let own = self.subject == subject_of(self.send_at);
        if own { subject_of(send_at) } else { self.subject.clone() }
    }

    /// Whether it says nothing to anybody.
    fn is_empty(&self) -> bool {
        Audience::ALL.iter().all(|audience| self.says(*audience, "").html.is_empty())
    }

    /// Whether its readers can read it.
    pub fn is_out(&self) -> bool {
        matches!(self.state, State::Sending | State::Sent)
    }

    /// The issue as these readers see it.
    #[must_use]
    pub fn seen_by(self, audience: Audience) -> Newsletter {
        if audience == Audience::Manager {
            return self;
        }
        let markdown = Markdown::stored(parts::of(self.markdown.as_str(), audience));
        Newsletter { markdown, edited_at: None, edited_by: None, ..self }
    }
}

/// Which issues are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// All of them.
    All,
    /// Those that were sent.
    Sent,
}

/// Why something can't be done with the newsletter.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such issue.
    #[error("there is no such newsletter")]
    Unknown,
    /// The issue was changed since it was read.
    #[error("the newsletter has changed since it was read")]
    Stale,
    /// It is no draft any more.
    #[error("only a draft can be changed, and this one is {0}")]
    NoDraft(State),
    /// Its parts or placeholders are not well-formed.
    #[error("{0}")]
    Markdown(String),
    /// Its subject has placeholders.
    #[error("{0}")]
    Subject(String),
    /// It says nothing to anybody.
    #[error("nothing stands in it: nobody would be sent it")]
    Empty,
    /// It can't be drafted so long before.
    #[error("must be {} to {} days", DRAFT_DAYS.start(), DRAFT_DAYS.end())]
    DraftDays,
    /// The offers failed.
    #[error(transparent)]
    Offers(#[from] offers::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// When the newsletter of the hub is sent, if at all.
pub async fn settings(tx: &mut Tx, hub: HubId) -> Result<Settings, db::Error> {
    Ok(sql::settings(tx, hub).await?.unwrap_or_default())
}

/// Switches the newsletter on or off, and sets its time. A draft there is goes at the new time, or not at all.
pub async fn set(journal: &mut Journal, new: Settings) -> Result<Settings, Error> {
    if !DRAFT_DAYS.contains(&new.draft_days) {
        return Err(Error::DraftDays);
    }
    let (hub, now) = (journal.hub(), journal.now());
    sql::set(journal.tx(), hub, new).await?.exactly(1)?;
    journal.changed(Change::new(Kind::NewsletterScheduled, hub).after(if new.enabled { "on" } else { "off" }));
    let draft = sql::open(journal.tx(), hub).await?.filter(|open| open.state == State::Draft);
    match draft {
        Some(draft) if new.enabled => {
            let send_at = new.next(now);
            let subject = draft.subject_for(send_at);
            sql::postpone(journal.tx(), hub, draft.id, (subject, send_at)).await?.exactly(1)?;
        }
        Some(draft) => skip_because(journal, draft.id, Because::SwitchedOff).await?,
        None => {}
    }
    Ok(new)
}

/// A page of the issues that may be seen, in one state or in any, the newest first.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    which: (Sight, Option<State>),
    before: Option<NewsletterId>,
    limit: i64,
) -> Result<Vec<Newsletter>, db::Error> {
    sql::list(tx, hub, which, before, limit).await
}

/// One issue.
pub async fn get(tx: &mut Tx, hub: HubId, id: NewsletterId) -> Result<Option<Newsletter>, db::Error> {
    sql::get(tx, hub, id).await
}

/// The issue that is being prepared or sent, if there is one.
pub async fn open(tx: &mut Tx, hub: HubId) -> Result<Option<Newsletter>, db::Error> {
    sql::open(tx, hub).await
}

/// The subject of an issue that is sent then, where nobody has edited it.
fn subject_of(send_at: DateTime<Utc>) -> Line {
    Line::stored(format!("Newsletter of {}", said::day_of(send_at)))
}

/// An issue as it is read at `now`: in a draft, placeholders are filled with what is true of their events by then.
pub async fn as_it_stands(
    tx: &mut Tx,
    hub: HubId,
    issue: Newsletter,
    now: DateTime<Utc>,
) -> Result<Newsletter, db::Error> {
    if issue.is_out() {
        return Ok(issue);
    }
    let mut coming = BTreeMap::new();
    for id in placeholders::events(issue.markdown.as_str()) {
        let event = catalogue::get(tx, hub, id).await?;
        let to_come = |event: &Entry| event.state == EventState::Published && event.starts_at > now;
        coming.extend(event.filter(to_come).map(|event| (id, OfEvent::of(&event))));
    }
    let markdown = Markdown::stored(placeholders::fill(issue.markdown.as_str(), &coming, now));
    Ok(Newsletter { markdown, ..issue })
}

/// Gives a draft whose version the caller read another subject and text.
pub async fn edit(
    journal: &mut Journal,
    (id, version): (NewsletterId, i64),
    subject: Line,
    markdown: Markdown,
) -> Result<Newsletter, Error> {
    known_draft(journal, id).await?;
    if let Some(flaw) = placeholders::flaw_of_subject(subject.as_str()) {
        return Err(Error::Subject(flaw));
    }
    if let Some(flaw) = parts::flaw(markdown.as_str()).or_else(|| placeholders::flaw(markdown.as_str())) {
        return Err(Error::Markdown(flaw));
    }
    let (hub, now, by) = (journal.hub(), journal.now(), journal.actor());
    let edited = sql::edit(journal.tx(), hub, (id, version), (subject, markdown), (now, by)).await?;
    let edited = edited.ok_or(Error::Stale)?;
    journal.changed(Change::new(Kind::NewsletterEdited, id));
    Ok(edited)
}

/// Writes a draft anew, of what is new by now: whatever was edited is gone.
pub async fn gather(journal: &mut Journal, id: NewsletterId) -> Result<Newsletter, Error> {
    let draft = known_draft(journal, id).await?;
    let (hub, now) = (journal.hub(), journal.now());
    let markdown = gathered_since(journal, draft.since).await?;
    let gathered = sql::gather(journal.tx(), hub, id, markdown, now).await?.ok_or(Error::Stale)?;
    journal.changed(Change::new(Kind::NewsletterEdited, id));
    Ok(gathered)
}

/// Decides that a draft is not sent; doing it twice changes nothing.
pub async fn skip(journal: &mut Journal, id: NewsletterId) -> Result<Newsletter, Error> {
    let hub = journal.hub();
    let newsletter = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    match newsletter.state {
        State::Skipped => return Ok(newsletter),
        State::Draft => skip_because(journal, id, Because::Manager).await?,
        State::Sending | State::Sent => return Err(Error::NoDraft(newsletter.state)),
    }
    sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)
}

async fn skip_because(journal: &mut Journal, id: NewsletterId, because: Because) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::skip(journal.tx(), hub, id, because).await?.exactly(1)?;
    journal.changed(Change::new(Kind::NewsletterSkipped, id).after(because.as_str()));
    Ok(())
}

async fn known_draft(journal: &mut Journal, id: NewsletterId) -> Result<Newsletter, Error> {
    let hub = journal.hub();
    let newsletter = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    if newsletter.state == State::Draft { Ok(newsletter) } else { Err(Error::NoDraft(newsletter.state)) }
}

/// What is new since an instant, as a newsletter says it.
async fn gathered_since(journal: &mut Journal, since: DateTime<Utc>) -> Result<Markdown, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let fresh = fresh::since(journal.tx(), hub, since, now).await?;
    Ok(Markdown::stored(gathered::written(&fresh)))
}
