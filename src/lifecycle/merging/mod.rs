//! Merging: two records of one person become one.
//!
//! The one record is absorbed by the other: bookings with their certificates, evaluations and hours, tickets, notices,
//! saved filters, messages, sessions that they host, deputations at the same school, and needs where the other has none. The kept record
//! stays as it is in name, address and role. What was posted and told of the absorbed one keeps its id, sealed as it is;
//! `merged_people` says who that is, also to the rule of the second person. The absorbed address can't be signed in with
//! any more.

use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId};
use crate::base::seal::Form;
use crate::base::vault::Vault;
use crate::booking::bookings::{self, OpenBooking};
use crate::booking::{calendars, certificates, needs, saved_filters, scheduling};
use crate::ledger::{Journal, idempotency};
use crate::lifecycle::quote::Quote;
use crate::members::api_keys;
use crate::members::logins;
use crate::members::people::{self, Person};
use crate::messages::{choices, notices, outbox};
use crate::programme::programmes::sessions;
use crate::programme::tickets;
use crate::support::conversations;

mod sql;

pub use sql::{Counts, counts};

/// Why two records can't be merged.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A person's record does not allow it.
    #[error(transparent)]
    People(#[from] people::Error),
    /// The record would be merged with itself.
    #[error("it is the same record")]
    Itself,
    /// There is no such other record in the hub.
    #[error("there is no such person in the hub")]
    UnknownOther,
    /// Both have a live booking on the same events.
    #[error("both have a live booking on {events}: cancel one of the two first")]
    BookedTwice {
        /// The titles of the events.
        events: String,
    },
    /// What would be done now is no longer what the caller saw.
    #[error("something of the two records has changed since the preview: look at it again")]
    QuoteExpired,
    /// The bookings could not be handed over.
    #[error(transparent)]
    Bookings(#[from] bookings::Error),
    /// The needs could not be handed over.
    #[error(transparent)]
    Needs(#[from] needs::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// What a merge would do.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The record that is kept.
    pub kept: Person,
    /// The record that is absorbed.
    pub absorbed: Person,
    /// How much goes over.
    pub counts: Counts,
    /// The absorbed record's live bookings on events on which the kept one has one too: they prevent the merge.
    pub conflicts: Vec<OpenBooking>,
    /// The absorbed record's other live bookings.
    pub bookings: Vec<OpenBooking>,
    /// Whether the absorbed record's needs go over; they are removed where the kept one has some.
    pub needs: bool,
}

impl Preview {
    /// Stands for all of it.
    pub fn quote(&self) -> Quote {
        let form = Form::of("hub-credits/merge/1");
        let form = [&self.kept, &self.absorbed].iter().fold(form, |form, it| form.id(it.id.0).number(it.version));
        let Counts { bookings, certificates, evaluations, tickets, notices, messages, sessions, deputations } =
            self.counts;
        let counts = [bookings, certificates, evaluations, tickets, notices, messages, sessions, deputations];
        let form = counts.into_iter().fold(form, Form::number).number(i64::from(self.needs));
        let live = self.conflicts.iter().chain(&self.bookings);
        Quote::of(live.fold(form, |form, booking| form.id(booking.id.0).number(booking.version)))
    }
}

/// What merging one record into another would do. Conflicts are listed, not refused.
pub async fn preview(tx: &mut Tx, hub: HubId, kept: PersonId, absorbed: PersonId) -> Result<Preview, Error> {
    let kept = people::get(tx, hub, kept).await?.ok_or(people::Error::Unknown)?;
    if kept.id == absorbed {
        return Err(Error::Itself);
    }
    let absorbed = people::get(tx, hub, absorbed).await?.ok_or(Error::UnknownOther)?;
    if kept.erased_at.is_some() || absorbed.erased_at.is_some() {
        return Err(people::Error::Erased.into());
    }
    let theirs = bookings::open_of(tx, hub, kept.id).await?;
    let both = |booking: &OpenBooking| theirs.iter().any(|their| their.event_id == booking.event_id);
    let (conflicts, bookings) = bookings::open_of(tx, hub, absorbed.id).await?.into_iter().partition(both);
    let counts = sql::counts(tx, hub, absorbed.id).await?;
    let needs = needs::any(tx, hub, absorbed.id).await? && !needs::any(tx, hub, kept.id).await?;
    Ok(Preview { kept, absorbed, counts, conflicts, bookings, needs })
}

/// Merges `with` into a record, if the quote still holds; returns the record that is left.
pub async fn merge(
    journal: &mut Journal,
    vault: &Vault,
    kept: PersonId,
    with: PersonId,
    quote: &Quote,
) -> Result<Person, Error> {
    let hub = journal.hub();
    let found = preview(journal.tx(), hub, kept, with).await?;
    if found.quote() != *quote {
        return Err(Error::QuoteExpired);
    }
    if !found.conflicts.is_empty() {
        let mut events: Vec<&str> = found.conflicts.iter().map(|booking| booking.event_title.as_str()).collect();
        events.dedup();
        return Err(Error::BookedTwice { events: events.join(", ") });
    }
    bookings::hand_over(journal, with, kept).await?;
    certificates::hand_over(journal, with, kept, &found.kept.name).await?;
    tickets::hand_over(journal, with, kept).await?;
    if let Some(school) = found.kept.school_id {
        tickets::go_along(journal, kept, school).await?;
    }
    choices::forget(journal, with).await?;
    outbox::hand_over(journal, with, kept).await?;
    notices::hand_over(journal, with, kept).await?;
    saved_filters::hand_over(journal, with, kept).await?;
    conversations::hand_over(journal, with, kept).await?;
    sessions::hand_over(journal, with, kept).await?;
    needs::hand_over(journal, vault, with, kept).await?;
    calendars::revoke_link(journal, with).await?;
    scheduling::forget(journal, with).await?;
    api_keys::hand_over(journal, with, kept).await?;
    idempotency::forget_person(journal.tx(), hub, with).await?.any();
    people::absorb(journal, &found.absorbed, kept).await?;
    logins::moving::retire(journal.tx(), &found.absorbed.email, hub).await?;
    // Whether they were added last week, and by whom, is the kept record's; what it waits for at no school of its own ends.
    bookings::leave(journal, kept).await?;
    Ok(people::get(journal.tx(), hub, kept).await?.ok_or(people::Error::Unknown)?)
}
