//! Whether somebody was invited, and whether letters reach them, as their page says it.

use crate::base::db::{self, Tx};
use crate::members::people::{self, Invitation, Person};
use crate::messages::outbox::{self, State, View};
use crate::web::call::Caller;
use crate::web::pages::words;

/// The latest invitation of somebody who has not signed in.
pub(super) struct Invited {
    /// On which day.
    pub(super) on: String,
    /// Until when its link works, or worked.
    pub(super) until: String,
    /// Whether the link still works.
    pub(super) works: bool,
    /// How it went to them.
    pub(super) went: Went,
}

/// How an invitation went to somebody.
pub(super) enum Went {
    /// Somebody passes its link on.
    ByHand,
    /// Its letter is sent in a moment, or tried again.
    OnItsWay,
    /// By a letter, which the mail server has taken.
    ByMail,
    /// Its letter did not arrive.
    Failed,
}

/// The latest letter that could not be sent to somebody whom nothing has reached since.
pub(super) struct Unreached {
    /// On which day it was written.
    pub(super) on: String,
    /// Why, in the words of the mail server.
    pub(super) reason: String,
    /// Whether it can be sent again.
    pub(super) again: bool,
}

impl Invited {
    /// That of a person, where there was any.
    pub(super) async fn of(tx: &mut Tx, caller: &Caller, person: &Person) -> Result<Option<Invited>, db::Error> {
        let Some(made) = people::latest_invitation(tx, person.hub_id, person.id).await? else { return Ok(None) };
        let letter = outbox::last_invitation(tx, person.hub_id, person.id).await?;
        Ok(Some(Invited {
            on: words::day_of(made.created_at),
            until: words::deadline(made.expires_at),
            works: made.works(caller.now()),
            went: Went::of(&made, letter.as_ref()),
        }))
    }
}

impl Went {
    /// By the last letter by which the person was invited, which may be of an earlier invitation.
    fn of(made: &Invitation, letter: Option<&View>) -> Went {
        match letter.filter(|letter| letter.written_at >= made.created_at).map(|letter| letter.state) {
            None => Went::ByHand,
            Some(State::Waiting | State::Gathered) => Went::OnItsWay,
            Some(State::Sent) => Went::ByMail,
            Some(State::Dead | State::Unwanted) => Went::Failed,
        }
    }
}

impl Unreached {
    /// Of a person.
    pub(super) async fn of(tx: &mut Tx, person: &Person) -> Result<Option<Unreached>, db::Error> {
        let letter = outbox::unreached(tx, person.hub_id, person.id).await?;
        Ok(letter.map(|letter| Unreached {
            on: words::day_of(letter.written_at),
            reason: letter.reason.unwrap_or_default(),
            again: !letter.kind.tells_a_secret(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::LetterId;
    use crate::messages::outbox::Kind;

    fn letter(written_at: &str, state: State) -> View {
        View {
            id: LetterId(uuid::Uuid::nil()),
            kind: Kind::Invitation,
            notice_kind: None,
            newsletter_id: None,
            person_id: None,
            person_name: None,
            address: None,
            state,
            reason: None,
            tries: 1,
            written_at: written_at.parse().unwrap(),
            due_at: None,
            ended_at: None,
        }
    }

    #[test]
    fn the_letter_of_an_earlier_invitation_says_nothing_of_this_one() {
        let at = |text: &str| text.parse().unwrap();
        let made = Invitation {
            created_at: at("2026-10-05T09:00:00Z"),
            expires_at: at("2026-10-12T09:00:00Z"),
            used_at: None,
        };
        let went = |letter: Option<&View>| Went::of(&made, letter);
        assert!(matches!(went(None), Went::ByHand));
        assert!(matches!(went(Some(&letter("2026-10-04T09:00:00Z", State::Sent))), Went::ByHand));
        assert!(matches!(went(Some(&letter("2026-10-05T09:00:00Z", State::Sent))), Went::ByMail));
        assert!(matches!(went(Some(&letter("2026-10-05T09:00:00Z", State::Waiting))), Went::OnItsWay));
        assert!(matches!(went(Some(&letter("2026-10-05T09:00:00Z", State::Dead))), Went::Failed));
        assert!(made.works(at("2026-10-12T08:59:59Z")) && !made.works(at("2026-10-12T09:00:00Z")));
    }
}
