//! What partners draft and the hub publishes, or sends back: the hub's managers are told that a draft waits, and the
//! partner's people that it was published or sent back.

use super::Provider;
use crate::base::db;
use crate::base::ids::{EventId, ProgrammeId};
use crate::ledger::Journal;
use crate::members::people;
use crate::messages::notices::{self, Kind, Notice};

/// What was drafted.
#[derive(Clone, Copy, Debug)]
pub enum Draft {
    /// A programme.
    Programme(ProgrammeId),
    /// An event.
    Event(EventId),
}

/// Tells the hub's managers that a partner's draft waits for them to publish it.
pub async fn submit(journal: &mut Journal, draft: Draft) -> Result<(), db::Error> {
    let hub = journal.hub();
    let managers = people::managers(journal.tx(), hub).await?;
    let notices: Vec<Notice> =
        managers.into_iter().map(|manager| draft.notice(Notice::new(manager, draft.waits()))).collect();
    notices::tell(journal, &notices).await
}

/// Tells the people of the partner who gives it, where one does, that the hub has published it.
pub(super) async fn tell_published(journal: &mut Journal, provider: Provider, draft: Draft) -> Result<(), db::Error> {
    let Provider::Partner(partner) = provider else { return Ok(()) };
    let hub = journal.hub();
    let people = people::of_partner(journal.tx(), hub, partner).await?;
    let notices: Vec<Notice> =
        people.into_iter().map(|person| draft.notice(Notice::new(person, draft.published()))).collect();
    notices::tell(journal, &notices).await
}

/// Tells the people of the partner that the hub has sent its draft back.
pub(super) async fn tell_returned(
    journal: &mut Journal,
    provider: Provider,
    programme: ProgrammeId,
) -> Result<(), db::Error> {
    let Provider::Partner(partner) = provider else { return Ok(()) };
    let hub = journal.hub();
    let people = people::of_partner(journal.tx(), hub, partner).await?;
    let notice = |person| Notice { programme: Some(programme), ..Notice::new(person, Kind::ProgrammeReturned) };
    notices::tell(journal, &people.into_iter().map(notice).collect::<Vec<_>>()).await
}

impl Draft {
    fn waits(self) -> Kind {
        match self {
            Draft::Programme(_) => Kind::ProgrammeDrafted,
            Draft::Event(_) => Kind::EventDrafted,
        }
    }

    fn published(self) -> Kind {
        match self {
            Draft::Programme(_) => Kind::ProgrammePublished,
            Draft::Event(_) => Kind::EventPublished,
        }
    }

    fn notice(self, notice: Notice) -> Notice {
        match self {
            Draft::Programme(programme) => Notice { programme: Some(programme), ..notice },
            Draft::Event(event) => Notice { event: Some(event), ..notice },
        }
    }
}
