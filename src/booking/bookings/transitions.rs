//! The states of a booking and every transition between them, as one table. Whatever changes a booking's state asks
//! [`step`] first; what is not in the table is refused, naming both states.
//!
//! ```text
//!   ask ─┬──────────────▶ requested ────────── approve ─────────▶ confirmed ─┬─ attend ─▶ attended
//!        │                    ▲ promote,                            ▲  ▲     │             │ ▲
//!        │                    │ not approved                        │  │     │     correct ▼ │
//!        ├─ full ───────▶ waitlisted ──── promote, approved ────────┘  │     └─ miss ────▶ no_show
//!        └─ by one who may approve ────────────────────────────────────┘
//!
//!   requested, waitlisted ──────────── decline ─────────────────────────▶ declined
//!   requested, waitlisted ──────────── expire ──────────────────────────▶ expired
//!   requested, waitlisted, confirmed ─ cancel, call off, release, move ─▶ cancelled
//! ```
//!
//! | step | from | to |
//! |---|---|---|
//! | approve | `requested` | `confirmed` |
//! | approve | `waitlisted` | `waitlisted`: its position on the list stays, and promotion confirms it |
//! | decline | `requested`, `waitlisted` | `declined` |
//! | expire | `requested`: not decided in time; `waitlisted`: no place came free in time | `expired` |
//! | cancel | `requested`, `waitlisted`, `confirmed` | `cancelled` |
//! | promote | `waitlisted` | `confirmed` where it was approved, else `requested` |
//! | attend, miss | `confirmed`, as the event is completed | `attended`, `no_show` |
//! | correct | `attended`, `no_show` | the other of the two |
//! | call off | `requested`, `waitlisted`, `confirmed`: the hub cancels the event | `cancelled` |
//! | release | `requested`, `waitlisted`, `confirmed`: reserved without a name, and none came | `cancelled` |
//! | move | `requested`, `waitlisted`, `confirmed`: the delegate goes to another run | `cancelled` |
//!
//! A change that keeps the state (a substitution, a waiver) is not a transition.

use super::{Refusal, State};

/// Something that happens to a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The school's lead approves it.
    Approve,
    /// The school's lead declines it.
    Decline,
    /// Nobody decided, or no place came free, in time.
    Expire,
    /// It is cancelled.
    Cancel,
    /// A place came free for it.
    Promote,
    /// The delegate attended.
    Attend,
    /// The delegate did not attend.
    Miss,
    /// The register was wrong and is corrected.
    Correct,
    /// The hub calls the event off.
    CallOff,
    /// Nobody is named in time for a place reserved without a name.
    Release,
    /// The delegate moves to another run.
    Move,
}

/// Every transition: the step, the state that it leads from, and the state that it leads to.
const ARROWS: &[(Step, State, State)] = {
    use State::{Attended, Cancelled, Confirmed, Declined, Expired, NoShow, Requested, Waitlisted};
    &[
        (Step::Approve, Requested, Confirmed),
        (Step::Approve, Waitlisted, Waitlisted),
        (Step::Decline, Requested, Declined),
        (Step::Decline, Waitlisted, Declined),
        (Step::Expire, Requested, Expired),
        (Step::Expire, Waitlisted, Expired),
        (Step::Cancel, Requested, Cancelled),
        (Step::Cancel, Waitlisted, Cancelled),
        (Step::Cancel, Confirmed, Cancelled),
        (Step::Promote, Waitlisted, Requested),
        (Step::Promote, Waitlisted, Confirmed),
        (Step::Attend, Confirmed, Attended),
        (Step::Miss, Confirmed, NoShow),
        (Step::Correct, Attended, NoShow),
        (Step::Correct, NoShow, Attended),
        (Step::CallOff, Requested, Cancelled),
        (Step::CallOff, Waitlisted, Cancelled),
        (Step::CallOff, Confirmed, Cancelled),
        (Step::Release, Requested, Cancelled),
        (Step::Release, Waitlisted, Cancelled),
        (Step::Release, Confirmed, Cancelled),
        (Step::Move, Requested, Cancelled),
        (Step::Move, Waitlisted, Cancelled),
        (Step::Move, Confirmed, Cancelled),
    ]
};

/// The state that the step leads to, if the table allows it.
pub fn step(from: State, step: Step, to: State) -> Result<State, Refusal> {
    if ARROWS.contains(&(step, from, to)) { Ok(to) } else { Err(Refusal::InvalidTransition { from, to }) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const STEPS: [Step; 11] = [
        Step::Approve,
        Step::Decline,
        Step::Expire,
        Step::Cancel,
        Step::Promote,
        Step::Attend,
        Step::Miss,
        Step::Correct,
        Step::CallOff,
        Step::Release,
        Step::Move,
    ];

    /// Row: from; column: to; the letters of the steps that lead there.
    const MATRIX: &str = "
                   requested waitlisted confirmed attended no_show cancelled declined expired
        requested          .          .         A        .       .      CORM        D       E
        waitlisted         P          A         P        .       .      CORM        D       E
        confirmed          .          .         .        T       N      CORM        .       .
        attended           .          .         .        .       X         .        .       .
        no_show            .          .         .        X       .         .        .       .
        cancelled          .          .         .        .       .         .        .       .
        declined           .          .         .        .       .         .        .       .
        expired            .          .         .        .       .         .        .       .";

    fn letter(step: Step) -> char {
        match step {
            Step::Approve => 'A',
            Step::Decline => 'D',
            Step::Expire => 'E',
            Step::Cancel => 'C',
            Step::Promote => 'P',
            Step::Attend => 'T',
            Step::Miss => 'N',
            Step::Correct => 'X',
            Step::CallOff => 'O',
            Step::Release => 'R',
            Step::Move => 'M',
        }
    }

    #[test]
    fn every_pair_of_states_by_every_step() {
        let mut rows = MATRIX.trim().lines();
        let states: Vec<&str> = rows.next().unwrap().split_whitespace().collect();
        assert_eq!(states, State::ALL.iter().map(|state| state.as_str()).collect::<Vec<_>>());
        for row in rows {
            let mut cells = row.split_whitespace();
            let from = State::parse(cells.next().unwrap()).unwrap();
            for (to, cell) in State::ALL.iter().copied().zip(cells) {
                for by in STEPS {
                    let outcome = step(from, by, to);
                    if cell.contains(letter(by)) {
                        assert_eq!(outcome, Ok(to), "{by:?}: {from} to {to}");
                    } else {
                        let refusal = Refusal::InvalidTransition { from, to };
                        assert_eq!(outcome, Err(refusal.clone()), "{by:?}: {from} to {to}");
                        assert!(
                            refusal.to_string().contains(from.as_str()) && refusal.to_string().contains(to.as_str())
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_over_stays_over_but_for_the_register() {
        let leaves: BTreeSet<State> = ARROWS.iter().map(|(_, from, _)| *from).filter(|from| !from.live()).collect();
        assert_eq!(leaves, BTreeSet::from([State::Attended, State::NoShow]));
    }
}
