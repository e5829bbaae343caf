//! The rooms of support: where each role can go from any of its pages.

use crate::members::people::Role;

/// A room of support.
pub(super) struct Room {
    /// Its page.
    pub(super) path: &'static str,
    /// Its name.
    pub(super) name: &'static str,
    /// Whether the page shown is in it.
    pub(super) here: bool,
}

const ALL: &[Role] = Role::ALL;
const MAKERS: &[Role] = &[Role::SchoolLead, Role::Partner];
const HUB: &[Role] = &[Role::HubManager, Role::HubViewer];
const SIDES: &[Role] = &[Role::HubManager, Role::HubViewer, Role::SchoolLead, Role::Partner];

const ROOMS: &[(&str, &str, &[Role])] = &[
    ("/support", "Find help", ALL),
    ("/support/commissions", "Commissions", SIDES),
    ("/support/ours", "Our offers", MAKERS),
    ("/support/ours", "Offers by status", HUB),
    ("/support/conversations", "Conversations", MAKERS),
    ("/support/conversations", "Complaints", HUB),
    ("/support/rate-card", "Rate card", ALL),
];

/// The rooms of a role, of which the one at `here` is marked.
pub(super) fn rooms(role: Role, here: &str) -> Vec<Room> {
    let theirs = ROOMS.iter().filter(|(.., roles)| roles.contains(&role));
    theirs.map(|(path, name, _)| Room { path, name, here: *path == here }).collect()
}
