//! What partners draft and the hub publishes, or sends back: the hub's managers are told that a draft waits, and the
//! partner's people that it was published or sent back.

use super::{Provider, Stage, event};
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

/// Tells the hub's managers that a partner's draft waits for them to publish it. An event waits with its programme while
/// that is a draft itself: they were told of it.
pub async fn submit(journal: &mut Journal, draft: Draft) -> Result<(), db::Error> {
    let hub = journal.hub();
    if let Draft::Event(event) = draft
        && waits_with_its_programme(journal, event).await?
    {
        return Ok(());
    }
    let managers = people::managers(journal.tx(), hub).await?;
    let notices: Vec<Notice> =
        managers.into_iter().map(|manager| draft.notice(Notice::new(manager, draft.waits()))).collect();
    notices::tell(journal, &notices).await
}

/// Whether the programme of an event is a draft.
async fn waits_with_its_programme(journal: &mut Journal, event: EventId) -> Result<bool, db::Error> {
    let hub = journal.hub();
    let Some(event) = event::get(journal.tx(), hub, event).await? else { return Ok(false) };
    let programme = super::get(journal.tx(), hub, event.programme_id).await?;
    Ok(programme.is_some_and(|programme| programme.stage == Stage::Draft))
}

/// Tells the people of the partner who gives it, where one does, that the hub has published it; of an event, the programme
/// that was published with it too.
pub(super) async fn tell_published(
    journal: &mut Journal,
    provider: Provider,
    draft: Draft,
    with: Option<ProgrammeId>,
) -> Result<(), db::Error> {
    let Provider::Partner(partner) = provider else { return Ok(()) };
    let hub = journal.hub();
    let people = people::of_partner(journal.tx(), hub, partner).await?;
    let notice = |person| draft.notice(Notice { programme: with, ..Notice::new(person, draft.published()) });
    notices::tell(journal, &people.into_iter().map(notice).collect::<Vec<_>>()).await
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
