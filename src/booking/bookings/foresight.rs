//! What a booking would come to, told before it is asked for: decided by the rules of booking on what stands now, and
//! written nowhere. Who then asks may still be refused, since others ask too.

use chrono::{DateTime, Utc};

use super::decide::{State, decide};
use super::kept::Kept;
use super::load::load;
use super::{Actor, Command, Error, Outcome, Reach, Refusal, What};
use crate::base::clock::new_id;
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::{EventId, HubId, PersonId};

/// What a command would come to.
#[derive(Clone, Debug)]
pub struct Foreseen {
    /// The outcome, or why it would be refused.
    pub outcome: Result<Outcome, Refusal>,
    /// What the delegate's school has to spend in the year of the event.
    pub available: Credits,
    /// What it would still have after that.
    pub left: Credits,
}

/// What each of these commands would come to if the person gave it alone, with the reach of their role.
pub async fn foresee(
    tx: &mut Tx,
    (hub, now): (HubId, DateTime<Utc>),
    person: PersonId,
    whats: Vec<What>,
) -> Result<Vec<Foreseen>, Error> {
    let actor = Actor { person: Some(person), reach: Reach::OfRole };
    let commands: Vec<Command> = whats.into_iter().map(|what| Command { actor, what, shown: None }).collect();
    let (state, _) = load(tx, (hub, now), &mut Kept::default(), &commands, &[]).await?;
    let of = |command: &Command| {
        let mut then = state.clone();
        let outcome = decide(&mut then, command, &mut || new_id(now).into());
        let available = |state: &State| place(&command.what).map(|place| available(state, place)).unwrap_or_default();
        Foreseen { outcome, available: available(&state), left: available(&then) }
    };
    Ok(commands.iter().map(of).collect())
}

/// The event and the delegate of a command that asks for a place.
fn place(what: &What) -> Option<(EventId, PersonId)> {
    match what {
        What::Book { event, delegate, .. } | What::BookByTicket { event, delegate, .. } => Some((*event, *delegate)),
        _ => None,
    }
}

/// What the delegate's school has in the wallets that pay for the event.
fn available(state: &State, (event, delegate): (EventId, PersonId)) -> Credits {
    let year = state.events.get(&event).filter(|event| event.year_is_open()).map(|event| event.year);
    let school = state.people.get(&delegate).and_then(|known| known.school.as_ref());
    let wallets = school.and_then(|(school, _)| state.wallets.get(school)).into_iter().flatten();
    wallets.filter(|wallet| Some(wallet.year) == year).map(|wallet| wallet.balance).sum()
}
