//! What of the record in a path a caller may see, and for whom they act: of support and of what partners are owed.

use super::call::Caller;
use super::problem::{Code, Problem};
use crate::base::db::Tx;
use crate::credits::settlements::{self, Settlement};
use crate::members::people::Role;
use crate::programme::programmes::Provider;
use crate::support::commissions::{self, Commission, Reach};
use crate::support::conversations::{self, Conversation};
use crate::support::offers::{self, Offer};

/// For whom the caller acts: the hub, their school or their partner.
pub(crate) fn reach(caller: &Caller) -> Result<Reach, Problem> {
    match (caller.role(), caller.own_school(), caller.own_partner()) {
        (Role::HubManager | Role::HubViewer, ..) => Ok(Reach::Hub),
        (_, Some(school), _) => Ok(Reach::School(school)),
        (_, None, Some(partner)) => Ok(Reach::Partner(partner)),
        (_, None, None) => Err(Problem::not_found()),
    }
}

/// The school of a lead, or the partner of one of its people; none for the hub's people.
pub(crate) fn own_provider(caller: &Caller) -> Option<Provider> {
    match (caller.own_school(), caller.own_partner()) {
        (Some(school), _) => Some(Provider::School(school)),
        (None, Some(partner)) => Some(Provider::Partner(partner)),
        (None, None) => None,
    }
}

/// The school or partner that the caller writes for.
pub(crate) fn writer(caller: &Caller) -> Result<Provider, Problem> {
    own_provider(caller).ok_or_else(Problem::not_found)
}

/// The offer of the path, where the caller may see it.
pub(crate) async fn offer(caller: &Caller, tx: &mut Tx) -> Result<Offer, Problem> {
    let offer = offers::get(tx, caller.hub(), caller.id("id")?).await?;
    offer.filter(|offer| offers::Sight::of(&caller.person).shows(offer)).ok_or_else(Problem::not_found)
}

/// The offer of the path, where the caller may change it: 404 where they don't see it, 403 where it is another's.
pub(crate) async fn their_offer(caller: &Caller, tx: &mut Tx) -> Result<Offer, Problem> {
    let offer = offer(caller, tx).await?;
    if own_provider(caller).is_some_and(|own| own != offer.provider.who()) {
        return Err(Problem::new(Code::Forbidden, "the offer is another's"));
    }
    Ok(offer)
}

/// The conversation of the path, where the caller may see it.
pub(crate) async fn conversation(caller: &Caller, tx: &mut Tx) -> Result<Conversation, Problem> {
    let sight = conversations::Sight::of(&caller.person);
    let found = conversations::get(tx, caller.hub(), sight, caller.id("id")?).await?;
    found.ok_or_else(Problem::not_found)
}

/// The commission of the path, where the caller may see it.
pub(crate) async fn commission(caller: &Caller, tx: &mut Tx) -> Result<Commission, Problem> {
    let commission = commissions::get(tx, caller.hub(), caller.id("id")?).await?;
    let reach = reach(caller)?;
    commission.and_then(|commission| commission.seen_by(reach)).ok_or_else(Problem::not_found)
}

/// The statement of the path of what a partner is owed, where the caller may see it.
pub(crate) async fn settlement(caller: &Caller, tx: &mut Tx) -> Result<Settlement, Problem> {
    let settlement = settlements::get(tx, caller.hub(), caller.id("id")?).await?;
    let theirs = |of: &Settlement| caller.own_partner().is_none_or(|own| own == of.partner_id);
    settlement.filter(theirs).ok_or_else(Problem::not_found)
}
