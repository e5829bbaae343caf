//! The states of a commission and of its milestones, and every transition between them, as two tables. Whatever changes
//! a state asks [`step`] or [`step_milestone`] first; what is not in the table is refused, naming both states.
//!
//! ```text
//!   ask ──▶ requested ── quote ──▶ quoted ── agree ──▶ agreed ── complete ──▶ completed
//!               ▲  ◀─ reopen ──────── │ ▲                │
//!               │                     └─┘ quote          └────── cancel ────▶ cancelled
//!               └─ withdraw, decline, expire (both) ─▶ withdrawn, declined, expired
//!
//!   agree ──▶ open ── deliver ──▶ delivered ── accept ──▶ accepted
//!              │ ▲ ◀── not yet ───────┤
//!              │ └ vary ─▶ replaced   └──── dispute ─────▶ disputed ── resolve ──▶ resolved
//!              └─ end ───▶ ended
//! ```
//!
//! | step | from | to |
//! |---|---|---|
//! | quote | `requested`, `quoted` | `quoted` |
//! | reopen | `quoted`: its last quote was withdrawn, declined or ran out, and there is time for another | `requested` |
//! | agree | `quoted` | `agreed` |
//! | vary | `agreed` | `agreed`: other milestones, in place of those that are open |
//! | withdraw | `requested`, `quoted`: by the buyer | `withdrawn` |
//! | decline | `requested`, `quoted`: by the provider that was asked | `declined` |
//! | expire | `requested`, `quoted`: nobody quoted, or agreed, in time | `expired` |
//! | complete | `agreed`: nothing is open, delivered or disputed | `completed` |
//! | cancel | `agreed` | `cancelled`: what is delivered is still to be answered |
//!
//! | step | from | to |
//! |---|---|---|
//! | deliver | `open` | `delivered` |
//! | not yet | `delivered`: something is missing | `open` |
//! | accept | `delivered`, by the buyer or by silence | `accepted` |
//! | dispute | `open`, `delivered` | `disputed` |
//! | resolve | `disputed` | `resolved` |
//! | end | `open`: the commission is cancelled | `ended` |
//! | vary | `open`: a variation puts others in its place | `replaced` |

use crate::base::db::types::words;

words!(/** Where a commission stands. */ State {
    /// It waits for a quote.
    Requested = "requested",
    /// A quote waits for agreement.
    Quoted = "quoted",
    /// It was agreed, and its credits are set aside.
    Agreed = "agreed",
    /// Everything in it is settled.
    Completed = "completed",
    /// The buyer withdrew it before it was agreed.
    Withdrawn = "withdrawn",
    /// The provider that was asked declined it.
    Declined = "declined",
    /// Nobody quoted or agreed in time.
    Expired = "expired",
    /// A side cancelled it after it was agreed.
    Cancelled = "cancelled",
});

words!(/** Where a milestone stands. */ MilestoneState {
    /// It is to be delivered.
    Open = "open",
    /// The provider says that it is delivered; the buyer has yet to answer.
    Delivered = "delivered",
    /// It was accepted, by the buyer or by silence, and paid.
    Accepted = "accepted",
    /// The two do not agree about it.
    Disputed = "disputed",
    /// The dispute was ended by a split.
    Resolved = "resolved",
    /// It was not delivered when the commission was cancelled.
    Ended = "ended",
    /// A variation put others in its place.
    Replaced = "replaced",
});

/// Something that happens to a commission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A provider quotes.
    Quote,
    /// Its last quote ended, and there is time for another.
    Reopen,
    /// Both sides agree.
    Agree,
    /// Both sides agree a variation.
    Vary,
    /// The buyer withdraws.
    Withdraw,
    /// The provider declines.
    Decline,
    /// Time runs out.
    Expire,
    /// Everything is settled.
    Complete,
    /// A side cancels.
    Cancel,
}

/// Something that happens to a milestone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MilestoneStep {
    /// The provider delivers.
    Deliver,
    /// The buyer says what is missing.
    NotYet,
    /// The buyer accepts, or says nothing.
    Accept,
    /// A side disputes.
    Dispute,
    /// The dispute is ended.
    Resolve,
    /// The commission is cancelled.
    End,
    /// A variation is agreed.
    Vary,
}

const ARROWS: &[(Step, State, State)] = {
    use State::{Agreed, Cancelled, Completed, Declined, Expired, Quoted, Requested, Withdrawn};
    &[
        (Step::Quote, Requested, Quoted),
        (Step::Quote, Quoted, Quoted),
        (Step::Reopen, Quoted, Requested),
        (Step::Agree, Quoted, Agreed),
        (Step::Withdraw, Requested, Withdrawn),
        (Step::Withdraw, Quoted, Withdrawn),
        (Step::Decline, Requested, Declined),
        (Step::Decline, Quoted, Declined),
        (Step::Expire, Requested, Expired),
        (Step::Expire, Quoted, Expired),
        (Step::Vary, Agreed, Agreed),
        (Step::Complete, Agreed, Completed),
        (Step::Cancel, Agreed, Cancelled),
    ]
};

const MILESTONE_ARROWS: &[(MilestoneStep, MilestoneState, MilestoneState)] = {
    use MilestoneState::{Accepted, Delivered, Disputed, Ended, Open, Replaced, Resolved};
    &[
        (MilestoneStep::Deliver, Open, Delivered),
        (MilestoneStep::NotYet, Delivered, Open),
        (MilestoneStep::Accept, Delivered, Accepted),
        (MilestoneStep::Dispute, Open, Disputed),
        (MilestoneStep::Dispute, Delivered, Disputed),
        (MilestoneStep::Resolve, Disputed, Resolved),
        (MilestoneStep::End, Open, Ended),
        (MilestoneStep::Vary, Open, Replaced),
    ]
};

/// A step that the table does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is {state}, which does not allow it")]
pub struct NotAllowed {
    /// The commission, or one of its milestones.
    pub what: &'static str,
    /// Its state.
    pub state: &'static str,
}

/// The state of the commission that the step leads to, if the table allows it.
pub fn step(from: State, by: Step) -> Result<State, NotAllowed> {
    let arrow = ARROWS.iter().find(|(step, state, _)| (*step, *state) == (by, from));
    arrow.map(|(_, _, to)| *to).ok_or(NotAllowed { what: "the commission", state: from.as_str() })
}

/// The state of the milestone that the step leads to, if the table allows it.
pub fn step_milestone(from: MilestoneState, by: MilestoneStep) -> Result<MilestoneState, NotAllowed> {
    let arrow = MILESTONE_ARROWS.iter().find(|(step, state, _)| (*step, *state) == (by, from));
    arrow.map(|(_, _, to)| *to).ok_or(NotAllowed { what: "the milestone", state: from.as_str() })
}

impl State {
    /// Whether it was not agreed yet, and still can be.
    pub fn is_sought(self) -> bool {
        matches!(self, State::Requested | State::Quoted)
    }
}

impl MilestoneState {
    /// Whether it is still to be delivered, answered or decided, and holds its credits.
    pub fn is_pending(self) -> bool {
        matches!(self, MilestoneState::Open | MilestoneState::Delivered | MilestoneState::Disputed)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Row: from; column: to; the letter of the step that leads there.
    fn holds<S: Copy + PartialEq, T: Copy + std::fmt::Debug>(
        matrix: &str,
        states: &[(S, &str)],
        steps: &[(T, char)],
        step: impl Fn(S, T) -> Option<S>,
    ) {
        let mut rows = matrix.trim().lines();
        let head: Vec<&str> = rows.next().unwrap().split_whitespace().collect();
        assert_eq!(head, states.iter().map(|(_, word)| *word).collect::<Vec<_>>());
        for ((from, word), row) in states.iter().zip(rows) {
            let mut cells = row.split_whitespace();
            assert_eq!(cells.next(), Some(*word));
            let cells: Vec<&str> = cells.collect();
            for (by, letter) in steps {
                let expected = cells.iter().position(|cell| cell.contains(*letter)).map(|at| states[at].1);
                let found = step(*from, *by).and_then(|to| states.iter().find(|(state, _)| *state == to));
                assert_eq!(found.map(|(_, word)| *word), expected, "{by:?} from {word}");
            }
        }
    }

    #[test]
    fn every_state_of_a_commission_by_every_step() {
        let states: Vec<_> = State::ALL.iter().map(|state| (*state, state.as_str())).collect();
        let steps = [
            (Step::Quote, 'Q'),
            (Step::Reopen, 'R'),
            (Step::Agree, 'A'),
            (Step::Vary, 'V'),
            (Step::Withdraw, 'W'),
            (Step::Decline, 'D'),
            (Step::Expire, 'E'),
            (Step::Complete, 'O'),
            (Step::Cancel, 'C'),
        ];
        let matrix = "
                   requested quoted agreed completed withdrawn declined expired cancelled
            requested   .      Q      .        .         W        D       E        .
            quoted      R      Q      A        .         W        D       E        .
            agreed      .      .      V        O         .        .       .        C
            completed   .      .      .        .         .        .       .        .
            withdrawn   .      .      .        .         .        .       .        .
            declined    .      .      .        .         .        .       .        .
            expired     .      .      .        .         .        .       .        .
            cancelled   .      .      .        .         .        .       .        .";
        holds(matrix, &states, &steps, |from, by| step(from, by).ok());
    }

    #[test]
    fn every_state_of_a_milestone_by_every_step() {
        let states: Vec<_> = MilestoneState::ALL.iter().map(|state| (*state, state.as_str())).collect();
        let steps = [
            (MilestoneStep::Deliver, 'D'),
            (MilestoneStep::NotYet, 'N'),
            (MilestoneStep::Accept, 'A'),
            (MilestoneStep::Dispute, 'P'),
            (MilestoneStep::Resolve, 'R'),
            (MilestoneStep::End, 'E'),
            (MilestoneStep::Vary, 'V'),
        ];
        let matrix = "
                      open delivered accepted disputed resolved ended replaced
            open        .      D        .        P        .       E      V
            delivered   N      .        A        P        .       .      .
            accepted    .      .        .        .        .       .      .
            disputed    .      .        .        .        R       .      .
            resolved    .      .        .        .        .       .      .
            ended       .      .        .        .        .       .      .
            replaced    .      .        .        .        .       .      .";
        holds(matrix, &states, &steps, |from, by| step_milestone(from, by).ok());
        let pending = MilestoneState::ALL.iter().filter(|state| state.is_pending()).count();
        assert_eq!(pending, 3);
    }
}
