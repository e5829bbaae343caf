//! Who is told of what happens to a commission: the people of its two sides, and the hub where it must decide.

use chrono::{DateTime, Utc};

use super::{Commission, Party, Provider, Quote};
use crate::base::db;
use crate::base::ids::{CommissionId, PersonId};
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind as Changed};
use crate::members::people;
use crate::messages::notices::{self, Kind, Notice};

/// Tells the people of one side.
pub(super) async fn tell(
    journal: &mut Journal,
    commission: &Commission,
    party: Party,
    kind: Kind,
    due_at: Option<DateTime<Utc>>,
) -> Result<(), db::Error> {
    let hub = journal.hub();
    let people = match (party, commission.provider()) {
        (Party::Buyer, _) => people::leads(journal.tx(), hub, &[commission.buyer_id]).await?,
        (Party::Hub, _) => people::managers(journal.tx(), hub).await?,
        (Party::Provider, Some(provider)) => of_provider(journal, provider).await?,
        (Party::Provider, None) => Vec::new(),
    };
    send(journal, commission.id, people, kind, due_at).await
}

/// Tells the hub, and everybody who can quote, of a request that is open to all.
pub(super) async fn tell_all(journal: &mut Journal, commission: &Commission, kind: Kind) -> Result<(), db::Error> {
    let (hub, today) = (journal.hub(), journal.today());
    let mut people = people::managers(journal.tx(), hub).await?;
    people.extend(people::who_may_provide(journal.tx(), hub, commission.buyer_id, today).await?);
    send(journal, commission.id, people, kind, None).await
}

/// Tells the people of a school or partner that quoted.
pub(super) async fn tell_provider(
    journal: &mut Journal,
    commission: &Commission,
    provider: Provider,
    kind: Kind,
) -> Result<(), db::Error> {
    let people = of_provider(journal, provider).await?;
    send(journal, commission.id, people, kind, None).await
}

/// Tells the hub what became of a quote that it brokered.
pub(super) async fn tell_broker(
    journal: &mut Journal,
    commission: &Commission,
    quote: &Quote,
    kind: Kind,
) -> Result<(), db::Error> {
    if quote.is_brokered() { tell(journal, commission, Party::Hub, kind, None).await } else { Ok(()) }
}

async fn of_provider(journal: &mut Journal, provider: Provider) -> Result<Vec<PersonId>, db::Error> {
    let hub = journal.hub();
    match provider {
        Provider::School(school) => people::leads(journal.tx(), hub, &[school]).await,
        Provider::Partner(partner) => people::of_partner(journal.tx(), hub, partner).await,
    }
}

async fn send(
    journal: &mut Journal,
    commission: CommissionId,
    people: Vec<PersonId>,
    kind: Kind,
    due_at: Option<DateTime<Utc>>,
) -> Result<(), db::Error> {
    let actor = journal.actor();
    let others = people.into_iter().filter(|person| Some(*person) != actor);
    let notice = |person| Notice { commission: Some(commission), due_at, ..Notice::new(person, kind) };
    notices::tell(journal, &others.map(notice).collect::<Vec<_>>()).await
}

/// What happened to the commission, for the feed.
pub(super) fn change(commission: &Commission, kind: Changed) -> Change {
    let mut change = Change::new(kind, commission.id).school(commission.buyer_id).after(commission.state.as_str());
    if let Some(partner) = commission.provider_partner_id {
        change = change.partner(partner);
    }
    change
}
