//! Erasure: what is held on a person is taken away, and what must be kept says nothing of them any more.
//!
//! A person who is erased is disabled for good, and called by a number. Erased are their name, also on certificates, their
//! address, links, needs, notices, letters, saved filters, the comments of their evaluations, the reasons for which
//! something was refunded to them or declined, and the answers that were kept for repeated requests. Kept are, as of
//! somebody erased, their bookings, what was posted for them, the changes, and the numbers of their certificates: the
//! ledger proves what became of credits that belong to schools, and a certificate that was given out must stay provable.
//! All of that names an id and no person.
//! Messages to other schools, and what they wrote of support as a school, are that school's, and stay.

use chrono::{DateTime, Months, Utc};

use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId};
use crate::base::seal::Form;
use crate::booking::bookings;
use crate::booking::{calendars, certificates, evaluations, needs, saved_filters, scheduling};
use crate::ledger::{Journal, idempotency, memos};
use crate::lifecycle::leaving;
use crate::lifecycle::merging::{Counts, counts};
use crate::lifecycle::quote::Quote;
use crate::members::api_keys;
use crate::members::hubs;
use crate::members::logins;
use crate::members::people::{self, Person};
use crate::messages::{choices, notices, outbox};

/// Why a person can't be erased.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// They can't be disabled.
    #[error(transparent)]
    Leaving(#[from] leaving::Error),
    /// Their record does not allow it.
    #[error(transparent)]
    People(#[from] people::Error),
    /// What would be done now is no longer what the caller saw.
    #[error("something of the record has changed since the preview: look at it again")]
    QuoteExpired,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// What an erasure would do.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The person as they are.
    pub person: Person,
    /// How much there is of them.
    pub counts: Counts,
    /// How many live bookings would end or stay with their schools, where they are not disabled yet.
    pub open: usize,
    /// Whether they have written needs.
    pub needs: bool,
}

impl Preview {
    /// Stands for all of it.
    pub fn quote(&self) -> Quote {
        let Counts { bookings, certificates, evaluations, .. } = self.counts;
        let form = Form::of("hub-credits/erasure/1").id(self.person.id.0).number(self.person.version);
        let open = i64::try_from(self.open).unwrap_or(i64::MAX);
        let counts = [bookings, certificates, evaluations, open, i64::from(self.needs)];
        Quote::of(counts.into_iter().fold(form, Form::number))
    }
}

/// Something that an erasure takes away.
#[derive(Clone, Copy, Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Erased)]
pub struct Goes {
    /// What it is.
    pub what: &'static str,
    /// How much of it there is; null where it is not counted.
    pub count: Option<i64>,
}

/// Something that an erasure must leave, as of somebody erased.
#[derive(Clone, Copy, Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = KeptOfErased)]
pub struct Stays {
    /// What it is.
    pub what: &'static str,
    /// How much of it there is; null where it is not counted.
    pub count: Option<i64>,
    /// Why it must be kept.
    pub why: &'static str,
}

impl Preview {
    /// What would be erased.
    pub fn goes(&self) -> Vec<Goes> {
        let goes = |what, count| Goes { what, count };
        vec![
            goes("name, also on certificates", None),
            goes("address, and the links sent to it", None),
            goes("sign-in: password, sessions and browsers, unless the address is used in another hub", None),
            goes("access and dietary needs", Some(i64::from(self.needs))),
            goes("comments of evaluations; the ratings stay, and are nobody's", Some(self.counts.evaluations)),
            goes("notices, and the letters that told of them", Some(self.counts.notices)),
            goes("reasons for which something was refunded to them, or declined", None),
            goes("the link of their calendar, and the invitations that were sent for it", None),
            goes("what they saved to look for in the catalogue", None),
        ]
    }

    /// What would be kept, and why.
    pub fn stays(&self) -> Vec<Stays> {
        let stays = |what, count, why| Stays { what, count, why };
        let Counts { bookings, certificates, tickets, messages, .. } = self.counts;
        vec![
            stays("bookings", Some(bookings), "they say what became of credits that belong to schools"),
            stays("postings and changes", None, "they are sealed, and name an id and nobody"),
            stays("numbers of certificates", Some(certificates), "whoever was shown one can still check it"),
            stays("tickets", Some(tickets), "they say what the hub paid for"),
            stays("messages to other schools", Some(messages), "they are the correspondence of their school"),
        ]
    }
}

/// What erasing a person would do.
pub async fn preview(tx: &mut Tx, hub: HubId, id: PersonId) -> Result<Preview, Error> {
    let person = people::get(tx, hub, id).await?.ok_or(people::Error::Unknown)?;
    if person.erased_at.is_some() {
        return Err(people::Error::Erased.into());
    }
    let counts = counts(tx, hub, id).await?;
    let (open, needs) = (bookings::open_of(tx, hub, id).await?.len(), needs::any(tx, hub, id).await?);
    Ok(Preview { person, counts, open, needs })
}

/// Erases a person, if the quote still holds; who is not disabled yet is disabled by it. The last active hub manager
/// stays.
pub async fn erase(journal: &mut Journal, id: PersonId, quote: &Quote) -> Result<Person, Error> {
    let hub = journal.hub();
    if preview(journal.tx(), hub, id).await?.quote() != *quote {
        return Err(Error::QuoteExpired);
    }
    erase_now(journal, id).await
}

async fn erase_now(journal: &mut Journal, id: PersonId) -> Result<Person, Error> {
    let hub = journal.hub();
    let before = leaving::disable(journal, id, None).await?;
    certificates::erase_name(journal, id, &people::erased_name(id)).await?;
    evaluations::erase_comments(journal, id).await?;
    memos::erase_of_bookings(journal, id).await?;
    bookings::erase_reasons(journal, id).await?;
    needs::remove(journal, id).await?;
    calendars::revoke_link(journal, id).await?;
    scheduling::forget(journal, id).await?;
    api_keys::revoke_all_of(journal, id).await?;
    people::dismiss_deputies(journal, id).await?;
    choices::forget(journal, id).await?;
    outbox::forget_all_of(journal, id).await?;
    notices::forget_all_of(journal, id).await?;
    saved_filters::forget_all_of(journal, id).await?;
    idempotency::forget_person(journal.tx(), hub, id).await?.any();
    let erased = people::erase(journal, id).await?;
    logins::moving::retire(journal.tx(), &before.email, hub).await?;
    Ok(erased)
}

/// How many people a round erases at most at once.
const AT_ONCE: i64 = 20;

/// Whom the retention of the hub erases now: those disabled so many years ago who have had no place since.
async fn due(tx: &mut Tx, hub: HubId, now: DateTime<Utc>, limit: i64) -> Result<Vec<PersonId>, db::Error> {
    let years = hubs::get(tx, hub).await?.and_then(|hub| hub.retention_years);
    let months = years.and_then(|years| u32::try_from(years).ok()).map(|years| Months::new(years.saturating_mul(12)));
    match months.and_then(|months| now.checked_sub_months(months)) {
        Some(before) => people::due_for_erasure(tx, hub, before, limit).await,
        None => Ok(Vec::new()),
    }
}

/// Whether the retention of the hub erases anybody now.
pub async fn anything_due(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<bool, db::Error> {
    Ok(!due(tx, hub, now, 1).await?.is_empty())
}

/// Erases some of those whom the retention of the hub erases; returns whether there may be more.
pub async fn purge(journal: &mut Journal) -> Result<bool, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let due = due(journal.tx(), hub, now, AT_ONCE).await?;
    for id in &due {
        erase_now(journal, *id).await?;
    }
    Ok(i64::try_from(due.len()).is_ok_and(|erased| erased == AT_ONCE))
}
