//! What the pages of webhooks call its words.

use crate::base::outbound::Failure;
use crate::base::text::capitalised;
use crate::messages::webhooks::{DeliveryState, State, Topic};
use crate::web::pages::labels::labelled;

labelled!(State {
    Active => "Sends", "good";
    Paused => "Paused", "warn";
    Disabled => "Switched off", "bad";
});

labelled!(DeliveryState {
    Pending => "To be tried again", "warn";
    Delivered => "Arrived", "good";
    Failed => "Given up", "bad";
});

labelled!(Failure {
    AddressRefused => "Nothing is sent to that address", "bad";
    NameUnknown => "The name stands for no address", "bad";
    Unreachable => "No connection, or it broke", "bad";
    TimedOut => "No answer in time", "bad";
    Redirected => "The answer leads elsewhere", "bad";
    Refused => "Refused", "bad";
});

/// Everything that can be chosen to be sent, and what was chosen beside: a word, and what a page says for it.
pub(super) fn choices(chosen: &[Topic]) -> Vec<(String, String)> {
    let things = Topic::things().into_iter().map(|thing| (thing.to_owned(), in_words(thing)));
    let kinds = chosen.iter().filter(|topic| matches!(topic, Topic::Kind(_)));
    things.chain(kinds.map(|topic| (topic.as_str().to_owned(), said(topic)))).collect()
}

/// What people call what was chosen: `booking.confirmed` is `Booking: confirmed`.
pub(super) fn said(topic: &Topic) -> String {
    match topic.as_str().split_once('.') {
        Some((thing, happened)) => format!("{}: {}", in_words(thing), happened.replace('_', " ")),
        None => in_words(topic.as_str()),
    }
}

/// Things that people call otherwise than the API does.
const THINGS: &[(&str, &str)] = &[
    ("adjustment", "Correction by hand"),
    ("api_key", "API key"),
    ("settlement", "Statement or payment of a partner"),
    ("top_up", "Credits sold"),
    ("transfer", "Gift of credits"),
    ("year", "Academic year"),
];

/// What people call a thing that changes: `top_up` is `Credits sold`.
fn in_words(thing: &str) -> String {
    let known = THINGS.iter().find(|(api, _)| *api == thing);
    known.map_or_else(|| capitalised(&thing.replace('_', " ")), |(_, said)| (*said).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_called_as_people_call_them() {
        let said: Vec<String> = choices(&[]).into_iter().map(|(_, said)| said).collect();
        for known in ["API key", "Credits sold", "Gift of credits", "Rate card", "Booking"] {
            assert!(said.iter().any(|one| one == known), "{known}: {said:?}");
        }
    }
}
