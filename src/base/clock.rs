//! Time and ids: the only place that reads the clock or makes an id.
//!
//! Everything else takes the instant and the ids as arguments, so that every rule can be tested on any day.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, DurationRound, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use uuid::{ContextV7, Timestamp, Uuid};

/// Where the time comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until it is set: for tests and the demonstration.
    Set(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// A clock that stands at `instant`.
    pub fn standing_at(instant: DateTime<Utc>) -> Clock {
        Clock::Set(Arc::new(Mutex::new(instant)))
    }

    /// The time now, in whole microseconds (what both engines keep).
    pub fn now(&self) -> DateTime<Utc> {
        let now = match self {
            #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
            Clock::System => Utc::now(),
            Clock::Set(instant) => *instant.lock().unwrap_or_else(PoisonError::into_inner),
        };
        now.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(now)
    }

    /// Moves a standing clock to `instant`; the machine's clock is left alone.
    pub fn set(&self, instant: DateTime<Utc>) {
        if let Clock::Set(shared) = self {
            *shared.lock().unwrap_or_else(PoisonError::into_inner) = instant;
        }
    }
}

/// Keeps ids made within the same millisecond by this process in order.
static ORDER: Mutex<ContextV7> = Mutex::new(ContextV7::new());

/// A new UUIDv7 for something made at `now`; ids made later sort later.
pub fn new_id(now: DateTime<Utc>) -> Uuid {
    let order = ORDER.lock().unwrap_or_else(PoisonError::into_inner);
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(&*order, seconds, now.timestamp_subsec_nanos()))
}

/// Before every UUIDv7 of the millisecond of `instant` and of later ones, after those of earlier ones.
pub fn first_id(instant: DateTime<Utc>) -> Uuid {
    let milliseconds = u64::try_from(instant.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &[0; 10]).into_uuid()
}

/// The calendar day in England at `instant`: dates of the year, of events and of policies go by it.
pub fn london_date(instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&chrono_tz::Europe::London).date_naive()
}

/// The last calendar day in England of what ends at `instant`: what ends at midnight belongs to the day before.
pub fn london_last_day(instant: DateTime<Utc>) -> NaiveDate {
    london_date(instant - TimeDelta::microseconds(1))
}

/// The instant `days` later, at the same time by English clocks; where the clocks skip that time, an hour later.
pub fn london_days_later(instant: DateTime<Utc>, days: TimeDelta) -> DateTime<Utc> {
    let later = instant.with_timezone(&chrono_tz::Europe::London).naive_local() + days;
    let on_the_clock = |time: NaiveDateTime| time.and_local_timezone(chrono_tz::Europe::London).earliest();
    let found = on_the_clock(later).or_else(|| on_the_clock(later + TimeDelta::hours(1)));
    found.map_or_else(|| later.and_utc(), |found| found.to_utc())
}

/// When `day` begins in England.
pub fn london_midnight(day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    let begins = midnight.and_local_timezone(chrono_tz::Europe::London).earliest();
    begins.map_or_else(|| midnight.and_utc(), |begins| begins.to_utc())
}

/// The time by English clocks at `instant`.
pub fn london_time(instant: DateTime<Utc>) -> NaiveDateTime {
    instant.with_timezone(&chrono_tz::Europe::London).naive_local()
}

/// When English clocks show `time`, the first time that they do; none where they skip it.
pub fn london_instant(time: NaiveDateTime) -> Option<DateTime<Utc>> {
    time.and_local_timezone(chrono_tz::Europe::London).earliest().map(|at| at.to_utc())
}

/// The time by English clocks to the minute, as spreadsheets read it: `2027-03-02 13:30`.
pub fn london_minute(instant: DateTime<Utc>) -> String {
    london_time(instant).format("%Y-%m-%d %H:%M").to_string()
}
