//! What a letter about a partner's draft explains, beside its sentence: what a place costs, and how many there are.

use crate::base::said;
use crate::base::text::counted;
use crate::letters::facts::Facts;
use crate::messages::notices::{Kind, Told};
use crate::programme::programmes::catalogue::Entry;

/// The lines of a notice of a draft that waits to be published, each with its label.
pub(super) fn details(told: &Told, facts: &Facts) -> Vec<(String, String)> {
    let Facts::Draft(drafted) = facts else { return Vec::new() };
    let line = |label: &str, value: String| (label.to_owned(), value);
    let mut lines = vec![line("Partner", drafted.partner.to_string())];
    match (told.kind, drafted.events.as_slice()) {
        (Kind::EventDrafted, [event, ..]) => {
            lines.push(line("Programme", event.programme_title.to_string()));
            lines.push(line("Price of a place", said::price(event.price)));
            lines.push(line("Places", said::number(event.capacity)));
        }
        (Kind::ProgrammeDrafted, events) => lines.extend(events.iter().map(|event| line("Event", in_short(event)))),
        _ => return Vec::new(),
    }
    lines
}

/// An event in a line: what it is called, when it is, how many places it has, and what one costs.
fn in_short(of: &Entry) -> String {
    let (when, places) = (said::held_at(of.starts_at, of.ends_at, of.sessions), counted(of.capacity, "place"));
    format!("{}, {when}: {places}, {}", of.title, said::price(of.price))
}
