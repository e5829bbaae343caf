//! A change as an operation reports it: ids, fixed words and amounts, and by its type nothing else.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Kind;
use crate::base::credits::{Credits, stored};
use crate::base::db::types::stored_text;
use crate::base::ids::{BookingId, EventId, PartnerId, PersonId, ProgrammeId, SchoolId, TransactionId};
use crate::base::seal::Hash;
use crate::base::year::AcademicYear;

/// Something that was done, not numbered yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub(super) kind: Kind,
    pub(super) subject: String,
    pub(super) actor: Option<PersonId>,
    pub(super) anonymous: bool,
    pub(super) data: Data,
    pub(super) grounds: Option<Hash>,
}

/// The details of a change; each kind has only those that apply.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// The state before the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Cow<'static, str>>,
    /// The state after the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Cow<'static, str>>,
    /// How many credits moved, above zero.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "stored::optional")]
    pub credits: Option<Credits>,
    /// The transaction that moved them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<TransactionId>,
    /// The academic year concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<AcademicYear>,
    /// The date concerned: the census of a roll.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
    /// A count: pupils on roll, marks of a register.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// The event concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The booking concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_id: Option<BookingId>,
    /// The school concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub school_id: Option<SchoolId>,
    /// The person concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// The partner concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<PartnerId>,
    /// The programme concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub programme_id: Option<ProgrammeId>,
}

impl Change {
    /// The id of what changed; for an academic year, the year.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// A change of the thing with this id.
    pub fn new(kind: Kind, subject: impl Into<Uuid>) -> Change {
        let subject = subject.into().to_string();
        Change { kind, subject, actor: None, anonymous: false, data: Data::default(), grounds: None }
    }

    /// A change of an academic year.
    pub fn of_year(kind: Kind, year: AcademicYear) -> Change {
        let subject = year.to_string();
        Change { kind, subject, actor: None, anonymous: false, data: Data::default(), grounds: None }.year(year)
    }

    /// Sets the person who acted, where that is not the one who opened the journal.
    #[must_use]
    pub fn by(mut self, actor: Option<PersonId>) -> Change {
        self.actor = actor;
        self
    }

    /// Leaves out who acted.
    #[must_use]
    pub fn anonymous(mut self) -> Change {
        self.anonymous = true;
        self
    }

    /// Adds the digest of the record as the change left it.
    #[must_use]
    pub fn sealing(mut self, grounds: Hash) -> Change {
        self.grounds = Some(grounds);
        self
    }

    /// Adds the state before.
    #[must_use]
    pub fn before(mut self, state: &'static str) -> Change {
        self.data.before = Some(state.into());
        self
    }

    /// Adds the state after.
    #[must_use]
    pub fn after(mut self, state: &'static str) -> Change {
        self.data.after = Some(state.into());
        self
    }

    /// Adds the credits moved and the transaction that moved them, if there is one.
    #[must_use]
    pub fn moved(mut self, credits: Credits, transaction: impl Into<Option<TransactionId>>) -> Change {
        if let Some(transaction) = transaction.into() {
            (self.data.credits, self.data.transaction_id) = (Some(credits), Some(transaction));
        }
        self
    }

    /// Adds the academic year concerned.
    #[must_use]
    pub fn year(mut self, year: AcademicYear) -> Change {
        self.data.year = Some(year);
        self
    }

    /// Adds a date.
    #[must_use]
    pub fn date(mut self, date: NaiveDate) -> Change {
        self.data.date = Some(date);
        self
    }

    /// Adds a count.
    #[must_use]
    pub fn count(mut self, count: i64) -> Change {
        self.data.count = Some(count);
        self
    }

    /// Adds the event concerned.
    #[must_use]
    pub fn event(mut self, event: EventId) -> Change {
        self.data.event_id = Some(event);
        self
    }

    /// Adds the booking concerned.
    #[must_use]
    pub fn booking(mut self, booking: BookingId) -> Change {
        self.data.booking_id = Some(booking);
        self
    }

    /// Adds the school concerned, if there is one.
    #[must_use]
    pub fn school(mut self, school: impl Into<Option<SchoolId>>) -> Change {
        self.data.school_id = school.into();
        self
    }

    /// Adds the person concerned, if there is one.
    #[must_use]
    pub fn person(mut self, person: impl Into<Option<PersonId>>) -> Change {
        self.data.person_id = person.into();
        self
    }

    /// Adds the partner concerned, if there is one.
    #[must_use]
    pub fn partner(mut self, partner: impl Into<Option<PartnerId>>) -> Change {
        self.data.partner_id = partner.into();
        self
    }

    /// Adds the programme concerned.
    #[must_use]
    pub fn programme(mut self, programme: ProgrammeId) -> Change {
        self.data.programme_id = Some(programme);
        self
    }
}

impl Data {
    /// Reads the text of [`Data::as_str`].
    pub fn parse(text: &str) -> Result<Data, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The details as they are stored: JSON of those that are set.
    pub fn as_str(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

stored_text!(Data);
