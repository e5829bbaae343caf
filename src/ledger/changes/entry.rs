//! A change as it is told: the entry of the feed, for whoever reads it and whoever is sent it alike.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Data, Kind, Recorded};
use crate::base::credits::Credits;
use crate::base::ids::{BookingId, EventId, PartnerId, PersonId, ProgrammeId, SchoolId, TransactionId};
use crate::base::year::AcademicYear;

/// Something that happened in the hub. It has only ids, fixed words and amounts: what people are called, and what they
/// wrote, must be asked for by the ids.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Change)]
pub struct Entry {
    /// The hub's number for the change, from 1 without a gap.
    pub sequence: i64,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Who did it; null where time or the command line did.
    pub actor_id: Option<PersonId>,
    /// The kind of change. Kinds may be added; existing ones keep their meaning.
    pub kind: Kind,
    /// The kind of thing that changed: the word before the dot.
    pub subject_kind: &'static str,
    /// The id of what changed; for an academic year, the year.
    pub subject_id: String,
    /// The state before the change.
    pub before: Option<String>,
    /// The state after the change.
    pub after: Option<String>,
    /// How many credits moved, above zero.
    pub credits: Option<Credits>,
    /// The transaction that moved them.
    pub transaction_id: Option<TransactionId>,
    /// The academic year concerned.
    pub year: Option<AcademicYear>,
    /// The date concerned.
    pub date: Option<NaiveDate>,
    /// A count: pupils on roll, marks of a register.
    pub count: Option<i64>,
    /// The event concerned.
    pub event_id: Option<EventId>,
    /// The booking concerned.
    pub booking_id: Option<BookingId>,
    /// The school concerned.
    pub school_id: Option<SchoolId>,
    /// The person concerned.
    pub person_id: Option<PersonId>,
    /// The partner concerned.
    pub partner_id: Option<PartnerId>,
    /// The programme concerned.
    pub programme_id: Option<ProgrammeId>,
}

impl From<Recorded> for Entry {
    fn from(recorded: Recorded) -> Self {
        let Recorded { sequence, recorded_at, actor_id, kind, subject_id, data } = recorded;
        let Data {
            before,
            after,
            credits,
            transaction_id,
            year,
            date,
            count,
            event_id,
            booking_id,
            school_id,
            person_id,
            partner_id,
            programme_id,
        } = data;
        Entry {
            sequence,
            recorded_at,
            actor_id,
            kind,
            subject_kind: kind.subject(),
            subject_id,
            before: before.map(Into::into),
            after: after.map(Into::into),
            credits,
            transaction_id,
            year,
            date,
            count,
            event_id,
            booking_id,
            school_id,
            person_id,
            partner_id,
            programme_id,
        }
    }
}
