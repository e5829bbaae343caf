//! What stands at the head of every page about one event, for those who run it: what it is, and its other pages.

use crate::members::people::Role;
use crate::programme::programmes::catalogue::Entry;
use crate::programme::programmes::events::State;
use crate::web::call::Caller;
use crate::web::pages::labels::Labelled;
use crate::web::pages::words;

/// The head of an event's pages.
pub(super) struct Head {
    /// The event.
    pub(super) id: String,
    /// Its title.
    pub(super) title: String,
    /// Its days.
    pub(super) when: String,
    /// Its state, with the tone of its tag.
    pub(super) state: (&'static str, &'static str),
    /// Whether nobody can book it yet.
    pub(super) draft: bool,
    /// Whether it can be booked, or could.
    pub(super) published: bool,
    /// Whether its register is settled.
    pub(super) completed: bool,
    /// Whether its first session has begun.
    pub(super) begun: bool,
    /// Whether its last session is over.
    pub(super) over: bool,
    /// Whether the one who looks manages the hub.
    pub(super) manages: bool,
    /// Whether the one who looks prepares events: a manager, or the partner who gives it.
    pub(super) makes: bool,
    /// Whether the one who looks belongs to the hub.
    pub(super) of_hub: bool,
    /// Whether the one who looks belongs to the hub, or to whoever gives the event.
    pub(super) runs: bool,
    /// Whether the one who looks sees a register of it.
    pub(super) keeps: bool,
    /// Whether the one who looks sees delegates of it.
    pub(super) counts: bool,
    /// The page that is shown.
    pub(super) here: &'static str,
}

impl Head {
    /// The head of an event's page `here`.
    pub(super) fn of(caller: &Caller, entry: &Entry, here: &'static str) -> Head {
        let (now, role) = (caller.now(), caller.role());
        let of_hub = matches!(role, Role::HubManager | Role::HubViewer);
        let runs = of_hub || entry.provider.who().acts_by(&caller.person);
        Head {
            id: entry.id.to_string(),
            title: entry.title.as_str().to_owned(),
            when: words::held(entry.starts_at, entry.ends_at, entry.sessions),
            state: (entry.state.label(), entry.state.tone()),
            draft: entry.state == State::Draft,
            published: entry.state == State::Published,
            completed: entry.state == State::Completed,
            begun: entry.starts_at <= now,
            over: entry.ends_at <= now,
            manages: role == Role::HubManager,
            makes: matches!(role, Role::HubManager | Role::Partner),
            of_hub,
            runs,
            keeps: runs,
            counts: role != Role::Teacher,
            here,
        }
    }
}

/// The way of the menu to which the pages of the programme belong, for a role.
pub(super) fn way(role: Role) -> &'static str {
    match role {
        Role::HubManager | Role::HubViewer => "/programmes",
        Role::Partner => "/partner/events",
        Role::SchoolLead | Role::Teacher => "/catalogue",
    }
}
