//! Where each role can go: what stands beside every page.

use crate::members::people::Role;

/// Ways that belong together.
pub(crate) struct Group {
    /// What they have in common; empty for those of everyone.
    pub(crate) title: &'static str,
    /// The ways.
    pub(crate) ways: Vec<Way>,
}

/// A way to a page.
pub(crate) struct Way {
    /// The page.
    pub(crate) path: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// Whether the page shown is that one, or a part of it.
    pub(crate) here: bool,
}

/// A heading with its pages, and the roles that see them.
type Row = (&'static str, &'static [(&'static str, &'static str, &'static [Role])]);

const ALL: &[Role] = Role::ALL;
const SCHOOL: &[Role] = &[Role::SchoolLead, Role::Teacher];
const LEAD: &[Role] = &[Role::SchoolLead];
const HUB: &[Role] = &[Role::HubManager, Role::HubViewer];
const PARTNER: &[Role] = &[Role::Partner];

/// Every way, by its heading.
const WAYS: &[Row] = &[
    (
        "",
        &[
            ("/", "Home", ALL),
            ("/notices", "Notices", ALL),
            ("/catalogue", "Catalogue", ALL),
            ("/places", "My places", SCHOOL),
            ("/record", "My CPD record", SCHOOL),
            ("/newsletters", "Newsletter", ALL),
        ],
    ),
    (
        "School",
        &[
            ("/approvals", "To approve", LEAD),
            ("/school", "Our school", LEAD),
            ("/credits", "Our credits", LEAD),
            ("/support", "Support", SCHOOL),
        ],
    ),
    (
        "Hub",
        &[
            ("/hub", "The year in figures", HUB),
            ("/approvals", "To approve", HUB),
            ("/schools", "Schools and rolls", HUB),
            ("/people", "People", HUB),
            ("/allocations", "Allocation", HUB),
            ("/programmes", "Programme", HUB),
            ("/tickets", "Tickets", HUB),
            ("/partners", "Partners", HUB),
            ("/support", "Support", HUB),
            ("/announcements", "Messages", HUB),
        ],
    ),
    (
        "Accounts",
        &[
            ("/years", "Years", HUB),
            ("/ledger", "Ledger", HUB),
            ("/top-ups", "Top-ups", HUB),
            ("/adjustments", "Adjustments", HUB),
            ("/reports", "Reports", HUB),
            ("/settings", "Settings", HUB),
            ("/letters", "Letters", HUB),
            ("/audit", "Audit", HUB),
        ],
    ),
    (
        "Partner",
        &[
            ("/partner/events", "Our events", PARTNER),
            ("/partner/settlements", "What we are owed", PARTNER),
            ("/support", "Support", PARTNER),
        ],
    ),
];

/// The ways of a role, of which the one at `here` is marked.
pub(super) fn ways(role: Role, here: &str) -> Vec<Group> {
    let of = |(title, rows): &Row| {
        let seen = rows.iter().filter(|(_, _, roles)| roles.contains(&role));
        let ways = seen.map(|(path, name, _)| Way { path, name, here: *path == here }).collect();
        Group { title, ways }
    };
    WAYS.iter().map(of).filter(|group: &Group| !group.ways.is_empty()).collect()
}

/// Every way that a role has.
#[cfg(test)]
pub(super) fn paths(role: Role) -> Vec<&'static str> {
    ways(role, "").into_iter().flat_map(|group| group.ways).map(|way| way.path).collect()
}
