//! Events as they stand in a table, for those who run them.

use crate::programme::programmes::catalogue::Entry;
use crate::programme::programmes::events::State;
use crate::web::pages::labels::Labelled;
use crate::web::pages::words;

/// An event in a table.
pub(super) struct Run {
    pub(super) path: String,
    pub(super) title: String,
    pub(super) when: String,
    pub(super) price: String,
    pub(super) places: String,
    pub(super) waiting: i64,
    pub(super) state: (&'static str, &'static str),
    pub(super) at_risk: bool,
}

impl Run {
    /// The row of an event.
    pub(super) fn of(entry: Entry) -> Run {
        Run {
            path: format!("/events/{}/manage", entry.id),
            title: entry.title.as_str().to_owned(),
            when: words::held(entry.starts_at, entry.ends_at, entry.sessions),
            price: words::credits(entry.price),
            places: format!("{} of {}", entry.held, entry.capacity),
            waiting: entry.waiting,
            at_risk: entry.minimum.is_some_and(|least| entry.held < least) && entry.state == State::Published,
            state: (entry.state.label(), entry.state.tone()),
        }
    }
}
