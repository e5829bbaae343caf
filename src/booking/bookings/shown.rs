//! What somebody was shown of a command before they gave it: what would become of each place, at which price, and what
//! would go back. Where another outcome has become true meanwhile, the command is refused and nothing is done. Pure.

use super::{Outcome, Refusal, State, View};

/// What was shown of a command, as a text that is given back as it is: `confirmed 50.00`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown(String);

impl Shown {
    /// What is to be shown of an outcome. A position on the waiting list is not of it: it is nothing that is agreed.
    pub fn of(outcome: &Outcome) -> Shown {
        let place = |view: &View| format!("{} {}", view.booking.state, view.booking.price);
        let of_group = |result: &Result<View, Refusal>| result.as_ref().map_or_else(|_| "refused".to_owned(), place);
        let mut parts: Vec<String> = outcome.booking.iter().map(place).collect();
        parts.extend(outcome.group.iter().map(of_group));
        if !outcome.refund.is_zero() {
            parts.push(format!("back {}", outcome.refund));
        }
        if outcome.ended > 0 {
            parts.push(format!("ended {}", outcome.ended));
        }
        Shown(parts.join(", "))
    }

    /// Why the command is refused, where it comes to something else than what was shown.
    pub(super) fn refusal(&self, outcome: &Outcome) -> Option<Refusal> {
        let waits = |view: &View| view.booking.state == State::Waitlisted;
        if *self == Shown::of(outcome) {
            None
        } else if outcome.booking.as_ref().is_some_and(waits) && !self.0.starts_with(State::Waitlisted.as_str()) {
            Some(Refusal::LastPlaceGone)
        } else {
            Some(Refusal::NotAsShown)
        }
    }

    /// What was shown, as it was given back.
    pub fn read(text: &str) -> Shown {
        Shown(text.to_owned())
    }

    /// The text that is given back.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::credits::Credits;

    #[test]
    fn what_would_go_back_and_whom_it_would_end_is_shown() {
        let outcome = |refund, ended| Outcome { refund, ended, ..Outcome::default() };
        let shown = Shown::of(&outcome(Credits::from_hundredths(17_000), 3));
        assert_eq!(shown.as_str(), "back 170.00, ended 3");
        assert_eq!(shown.refusal(&outcome(Credits::from_hundredths(17_000), 3)), None);
        assert_eq!(shown.refusal(&outcome(Credits::from_hundredths(17_000), 4)), Some(Refusal::NotAsShown));
        assert_eq!(
            Shown::read(shown.as_str()).refusal(&outcome(Credits::from_hundredths(23_000), 3)),
            Some(Refusal::NotAsShown)
        );
    }
}
