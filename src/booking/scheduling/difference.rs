//! How somebody's calendar differs from what they were last sent of it.

use chrono::{DateTime, Utc};

use super::Invitation;
use crate::booking::calendars::{Entry, Standing, Wording, why_called_off, wordings};

/// What is to be told of the sessions in somebody's calendar, where this is what they were last sent.
///
/// A place that is only asked for, or waited for, is none yet. The sequence is that of the calendar, which rises with
/// whatever it says of a session; what is taken back has a higher one than what was sent before, whatever is known of it
/// still.
pub(super) fn of(calendar: &[Entry], sent: &[Invitation], now: DateTime<Utc>) -> Vec<Invitation> {
    let mut told: Vec<Invitation> = calendar
        .iter()
        .zip(wordings(calendar))
        .filter(|(entry, _)| has_place(entry) && entry.ends_at > now)
        .filter_map(|(entry, wording)| invited(entry, wording, sent, now))
        .collect();
    for before in sent.iter().filter(|before| before.invited && before.ends_at > now) {
        let entry = calendar.iter().find(|entry| entry.session == before.session_id);
        if entry.is_none_or(|entry| !has_place(entry)) {
            told.push(taken_back(before, entry, now));
        }
    }
    told
}

fn has_place(entry: &Entry) -> bool {
    entry.standing == Standing::Firm
}

/// The invitation to a session, unless that is what they were sent.
fn invited(entry: &Entry, wording: Wording, sent: &[Invitation], now: DateTime<Utc>) -> Option<Invitation> {
    let before = sent.iter().find(|before| before.session_id == entry.session);
    let same = |before: &Invitation| {
        before.invited
            && (before.starts_at, before.ends_at) == (entry.starts_at, entry.ends_at)
            && before.wording == wording
    };
    if before.is_some_and(same) {
        return None;
    }
    let least = before.map_or(0, |before| before.sequence + i64::from(!before.invited));
    Some(Invitation {
        session_id: entry.session,
        event_id: entry.event,
        invited: true,
        sequence: entry.sequence.max(least),
        starts_at: entry.starts_at,
        ends_at: entry.ends_at,
        wording,
        told_at: now,
    })
}

/// What takes an invitation back: it says what was said of the session, and why it was called off.
fn taken_back(before: &Invitation, entry: Option<&Entry>, now: DateTime<Utc>) -> Invitation {
    Invitation {
        invited: false,
        sequence: entry.map_or(0, |entry| entry.sequence).max(before.sequence + 1),
        wording: Wording { words: entry.and_then(why_called_off), url: None, ..before.wording.clone() },
        told_at: now,
        ..before.clone()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::base::ids::{EventId, SessionId};
    use crate::base::text::Line;

    fn now() -> DateTime<Utc> {
        "2026-10-05T09:00:00Z".parse().unwrap()
    }

    /// A session of an event of its own, so many hours from now.
    fn entry(id: u128, hours: i64, sequence: i64) -> Entry {
        let starts_at = now() + TimeDelta::hours(hours);
        Entry {
            session: SessionId(Uuid::from_u128(id)),
            event: EventId(Uuid::from_u128(id)),
            sequence,
            revised_at: now(),
            event_title: Line::parse("Conference").unwrap(),
            title: Line::parse("The day").unwrap(),
            starts_at,
            ends_at: starts_at + TimeDelta::hours(1),
            place: None,
            online: false,
            online_url: None,
            speaker: None,
            called_off: None,
            standing: Standing::Firm,
        }
    }

    fn told(calendar: &[Entry], sent: &[Invitation]) -> Vec<(u128, bool, i64)> {
        let told = of(calendar, sent, now());
        told.iter().map(|it| (it.session_id.0.as_u128(), it.invited, it.sequence)).collect()
    }

    #[test]
    fn only_a_place_is_an_invitation_and_only_to_what_is_not_over() {
        let waits = Entry { standing: Standing::Tentative("On the waiting list."), ..entry(2, 5, 0) };
        let calendar =
            [entry(1, 5, 3), waits, entry(3, -1, 0), Entry { standing: Standing::Cancelled, ..entry(4, 5, 1) }];
        assert_eq!(told(&calendar, &[]), [(1, true, 3)]);
    }

    #[test]
    fn what_differs_is_told_under_the_sequence_of_the_calendar() {
        let sent = of(&[entry(1, 5, 3)], &[], now());
        assert!(told(&[entry(1, 5, 3)], &sent).is_empty());
        assert_eq!(told(&[entry(1, 6, 4)], &sent), [(1, true, 4)]);
        assert!(told(&[entry(1, 5, 5)], &sent).is_empty(), "what was changed back is not told");
        let elsewhere = Entry { place: Some(Line::parse("The hall").unwrap()), ..entry(1, 5, 4) };
        assert_eq!(told(&[elsewhere], &sent), [(1, true, 4)]);
    }

    #[test]
    fn what_is_no_place_any_more_is_taken_back_once_and_can_be_given_anew() {
        let sent = of(&[entry(1, 5, 3)], &[], now());
        let off =
            [Entry { standing: Standing::Cancelled, called_off: Some(Line::parse("Snow").unwrap()), ..entry(1, 5, 4) }];
        let gone = of(&off, &sent, now());
        assert_eq!(told(&off, &sent), [(1, false, 4)]);
        assert_eq!(gone[0].wording.words.as_deref(), Some("Called off: Snow"));
        assert_eq!(told(&[], &sent), [(1, false, 4)], "even where nothing is known of it any more");
        assert!(told(&off, &gone).is_empty() && told(&[], &gone).is_empty());
        assert_eq!(told(&[entry(1, 5, 4)], &gone), [(1, true, 5)]);
    }

    proptest! {
        #[test]
        fn whatever_was_told_is_not_told_again(
            before in proptest::collection::vec((1_u128..5, -3_i64..9, 0_i64..4, any::<bool>()), 0..4),
            after in proptest::collection::vec((1_u128..5, -3_i64..9, 0_i64..4, any::<bool>()), 0..4),
        ) {
            let calendar = |rows: &[(u128, i64, i64, bool)]| {
                let mut entries: Vec<Entry> = rows
                    .iter()
                    .map(|&(id, hours, sequence, firm)| {
                        let standing = if firm { Standing::Firm } else { Standing::Cancelled };
                        Entry { standing, ..entry(id, hours, sequence) }
                    })
                    .collect();
                entries.sort_by_key(|entry| entry.session);
                entries.dedup_by_key(|entry| entry.session);
                entries
            };
            let mut sent: Vec<Invitation> = Vec::new();
            for calendar in [calendar(&before), calendar(&after)] {
                let told = of(&calendar, &sent, now());
                for it in &told {
                    let earlier = sent.iter().find(|earlier| earlier.session_id == it.session_id);
                    prop_assert!(earlier.is_none_or(|earlier| it.sequence >= earlier.sequence));
                    prop_assert!(it.invited || earlier.is_some_and(|earlier| earlier.invited));
                }
                sent.retain(|earlier| told.iter().all(|it| it.session_id != earlier.session_id));
                sent.extend(told);
                prop_assert!(of(&calendar, &sent, now()).is_empty());
            }
        }
    }
}
