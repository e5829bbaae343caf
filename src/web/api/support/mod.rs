//! Requests about support: offers, conversations, the rate card, and commissions with all around them.

pub(crate) mod commissions;
pub(crate) mod conversations;
pub(crate) mod milestones;
pub(crate) mod offers;
pub(crate) mod rate_card;
pub(crate) mod talk;

use crate::members::people::Role;
use crate::support::commissions::Reach;
use crate::web::call::Caller;
use crate::web::problem::Problem;

/// For whom the caller acts: the hub, their school or their partner.
fn reach(caller: &Caller) -> Result<Reach, Problem> {
    match (caller.role(), caller.own_school(), caller.own_partner()) {
        (Role::HubManager | Role::HubViewer, ..) => Ok(Reach::Hub),
        (_, Some(school), _) => Ok(Reach::School(school)),
        (_, None, Some(partner)) => Ok(Reach::Partner(partner)),
        (_, None, None) => Err(Problem::not_found()),
    }
}
