//! When the newsletter is sent: once a week, at a time of the day in London; and how long before that it is drafted.

use chrono::{DateTime, Datelike, TimeDelta, Utc};

use crate::base::clock::{london_date, london_days_later, london_midnight};
use crate::base::db::types::words;
use crate::messages::choices::TimeOfDay;

words!(/** A day of the week. */ Weekday {
    /// Monday.
    Monday = "monday",
    /// Tuesday.
    Tuesday = "tuesday",
    /// Wednesday.
    Wednesday = "wednesday",
    /// Thursday.
    Thursday = "thursday",
    /// Friday.
    Friday = "friday",
    /// Saturday.
    Saturday = "saturday",
    /// Sunday.
    Sunday = "sunday",
});

impl Weekday {
    fn is(self, day: chrono::Weekday) -> bool {
        let place = usize::try_from(day.num_days_from_monday()).ok();
        place.and_then(|place| Weekday::ALL.get(place)) == Some(&self)
    }
}

/// When the newsletter of a hub is drafted and sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = NewsletterSettings)]
pub struct Settings {
    /// Whether there is a newsletter.
    pub enabled: bool,
    /// The day of the week on which it is sent.
    pub weekday: Weekday,
    /// When it is sent on that day, in London.
    pub at: TimeOfDay,
    /// How many days before that it is drafted, 1 to 6: for so long it can be edited.
    pub draft_days: i64,
}

impl Default for Settings {
    /// Off; the usual day otherwise, with two days to look at the draft.
    fn default() -> Self {
        Settings { enabled: false, weekday: Weekday::Friday, at: TimeOfDay::of_minutes(7 * 60), draft_days: 2 }
    }
}

/// How many days before it is sent a newsletter can be drafted.
pub const DRAFT_DAYS: std::ops::RangeInclusive<i64> = 1..=6;

impl Settings {
    /// The next time that it is sent, after an instant.
    pub fn next(&self, after: DateTime<Utc>) -> DateTime<Utc> {
        let days = london_date(after).iter_days().take(15).filter(|day| self.weekday.is(day.weekday()));
        let at = |day| london_days_later(london_midnight(day), TimeDelta::minutes(self.at.minutes()));
        days.map(at).find(|at| *at > after).unwrap_or(after + TimeDelta::days(7))
    }

    /// When what is sent at an instant is drafted.
    pub fn drafted(&self, send_at: DateTime<Utc>) -> DateTime<Utc> {
        london_days_later(send_at, -TimeDelta::days(self.draft_days))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn friday() -> Settings {
        Settings { enabled: true, ..Settings::default() }
    }

    #[test]
    fn it_is_sent_at_the_same_time_by_english_clocks() {
        assert_eq!(friday().next(at("2026-11-30T12:00:00Z")), at("2026-12-04T07:00:00Z"));
        assert_eq!(friday().next(at("2026-12-04T06:59:59Z")), at("2026-12-04T07:00:00Z"));
        assert_eq!(friday().next(at("2026-12-04T07:00:00Z")), at("2026-12-11T07:00:00Z"));
        assert_eq!(friday().next(at("2027-03-27T12:00:00Z")), at("2027-04-02T06:00:00Z"));
        // The clocks go forward between the two.
        let monday = Settings { weekday: Weekday::Monday, ..friday() };
        assert_eq!(monday.drafted(at("2027-03-29T06:00:00Z")), at("2027-03-27T07:00:00Z"));
    }

    proptest! {
        #[test]
        fn it_is_sent_once_a_week_and_drafted_before(
            weekday in proptest::sample::select(Weekday::ALL),
            // Not in the hour that is skipped when the clocks change.
            minute in prop_oneof![0_i64..60, 120_i64..1440],
            draft_days in DRAFT_DAYS,
            hours in 0_i64..40_000,
        ) {
            let settings = Settings { enabled: true, weekday, at: TimeOfDay::of_minutes(minute), draft_days };
            let now = at("2026-01-01T00:00:00Z") + TimeDelta::hours(hours);
            let (next, again) = (settings.next(now), settings.next(settings.next(now)));
            prop_assert!(next > now && next <= now + TimeDelta::hours(7 * 24 + 1));
            prop_assert_eq!(london_date(again) - london_date(next), TimeDelta::days(7));
            prop_assert!(weekday.is(london_date(next).weekday()));
            prop_assert!(settings.drafted(next) < next && settings.drafted(again) > next, "one at a time");
        }
    }
}
