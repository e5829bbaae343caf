//! A change as an operation says it: ids, words of the code and amounts, and nothing else can be said.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Kind;
use crate::credits::{Credits, stored};
use crate::db::types::stored_text;
use crate::ids::{BookingId, EventId, PartnerId, PersonId, ProgrammeId, SchoolId, TransactionId};
use crate::seal::Hash;
use crate::year::AcademicYear;

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

/// What there is to say of a change; of each kind only what it has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// The state before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Cow<'static, str>>,
    /// The state after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Cow<'static, str>>,
    /// How many credits moved, above zero.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "stored::optional")]
    pub credits: Option<Credits>,
    /// The transaction that moved them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<TransactionId>,
    /// The academic year that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<AcademicYear>,
    /// The date that it is about: the census of a roll.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
    /// How many: pupils on roll, marks of a register.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// The event that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The booking that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_id: Option<BookingId>,
    /// The school that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub school_id: Option<SchoolId>,
    /// The person that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// The partner that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<PartnerId>,
    /// The programme that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub programme_id: Option<ProgrammeId>,
}

impl Change {
    /// The id of what it happened to; of an academic year the year.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// It happened to the thing with this id.
    pub fn new(kind: Kind, subject: impl Into<Uuid>) -> Change {
        let subject = subject.into().to_string();
        Change { kind, subject, actor: None, anonymous: false, data: Data::default(), grounds: None }
    }

    /// It happened to an academic year.
    pub fn of_year(kind: Kind, year: AcademicYear) -> Change {
        let subject = year.to_string();
        Change { kind, subject, actor: None, anonymous: false, data: Data::default(), grounds: None }.year(year)
    }

    /// The same done by a person, where the journal was not opened by the one who acts.
    #[must_use]
    pub fn by(mut self, actor: Option<PersonId>) -> Change {
        self.actor = actor;
        self
    }

    /// The same without who did it.
    #[must_use]
    pub fn anonymous(mut self) -> Change {
        self.anonymous = true;
        self
    }

    /// The same with the digest of the record as the change left it.
    #[must_use]
    pub fn sealing(mut self, grounds: Hash) -> Change {
        self.grounds = Some(grounds);
        self
    }

    /// The same with the state that it was in.
    #[must_use]
    pub fn before(mut self, state: &'static str) -> Change {
        self.data.before = Some(state.into());
        self
    }

    /// The same with the state that it is in now.
    #[must_use]
    pub fn after(mut self, state: &'static str) -> Change {
        self.data.after = Some(state.into());
        self
    }

    /// The same with the credits that a transaction moved, where there is one.
    #[must_use]
    pub fn moved(mut self, credits: Credits, transaction: impl Into<Option<TransactionId>>) -> Change {
        if let Some(transaction) = transaction.into() {
            (self.data.credits, self.data.transaction_id) = (Some(credits), Some(transaction));
        }
        self
    }

    /// The same with an academic year.
    #[must_use]
    pub fn year(mut self, year: AcademicYear) -> Change {
        self.data.year = Some(year);
        self
    }

    /// The same with a date.
    #[must_use]
    pub fn date(mut self, date: NaiveDate) -> Change {
        self.data.date = Some(date);
        self
    }

    /// The same with a count.
    #[must_use]
    pub fn count(mut self, count: i64) -> Change {
        self.data.count = Some(count);
        self
    }

    /// The same with its event.
    #[must_use]
    pub fn event(mut self, event: EventId) -> Change {
        self.data.event_id = Some(event);
        self
    }

    /// The same with its booking.
    #[must_use]
    pub fn booking(mut self, booking: BookingId) -> Change {
        self.data.booking_id = Some(booking);
        self
    }

    /// The same with its school, where it has one.
    #[must_use]
    pub fn school(mut self, school: impl Into<Option<SchoolId>>) -> Change {
        self.data.school_id = school.into();
        self
    }

    /// The same with its person, where it has one.
    #[must_use]
    pub fn person(mut self, person: impl Into<Option<PersonId>>) -> Change {
        self.data.person_id = person.into();
        self
    }

    /// The same with its partner, where it has one.
    #[must_use]
    pub fn partner(mut self, partner: impl Into<Option<PartnerId>>) -> Change {
        self.data.partner_id = partner.into();
        self
    }

    /// The same with its programme.
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

    /// As it is stored: JSON of what there is.
    pub fn as_str(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

stored_text!(Data);
