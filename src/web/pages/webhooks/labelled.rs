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
    let kinds = chosen.iter().filter(|topic| matches!(topic, Topic::Kind(_))).map(Topic::as_str);
    things.chain(kinds.map(|kind| (kind.to_owned(), kind.to_owned()))).collect()
}

/// `top_up` as `Top up`.
fn in_words(thing: &str) -> String {
    capitalised(&thing.replace('_', " "))
}
