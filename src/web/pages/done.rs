//! What the page after a form says: one sentence for each word that `done` in its address may have.

/// The sentence for the word of this query.
pub(super) fn of(query: Option<&str>) -> Option<&'static str> {
    let word = url::form_urlencoded::parse(query?.as_bytes()).find(|(name, _)| name == "done")?.1.into_owned();
    SENTENCES.iter().find(|(known, _)| *known == word).map(|(_, sentence)| *sentence)
}

/// Each word with what it says, in the order of the alphabet.
const SENTENCES: &[(&str, &str)] = &[
    ("app-removed", "The authenticator app is taken away: no code of it is asked for any more."),
    ("approved", "Approved. Whoever asked is told."),
    ("booked", "The place is booked."),
    ("calendar-ended", "The calendar link is ended: it shows nothing any more."),
    ("cancelled", "It is cancelled."),
    ("declined", "Declined. Whoever asked is told, and what was held is back."),
    ("deputy-ended", "They deputise no more."),
    ("deputy-named", "The deputy is named."),
    ("erased", "The person is erased."),
    ("evaluated", "Thank you: your evaluation is kept."),
    ("gift-accepted", "The gift is yours: the credits are in your wallet."),
    ("gift-declined", "You have declined the gift."),
    ("gift-offered", "The gift is offered. The credits move when the other school accepts."),
    ("gift-withdrawn", "You have withdrawn the offer."),
    ("merged", "The two records are one now."),
    ("named", "They are named for the place, and told."),
    ("needs-removed", "What you wrote is removed."),
    ("needs-written", "What you wrote is kept."),
    ("notices-read", "All notices are marked as read."),
    ("offer-declined", "The offer is declined, and the next in the line is asked."),
    ("person-added", "The person is added."),
    ("person-changed", "The change is saved."),
    ("person-disabled", "The person is disabled."),
    ("person-enabled", "The person is enabled again."),
    ("person-moved", "The person has moved. The CPD leads of both schools are told."),
    ("requested", "The place is asked for. Your school’s CPD lead decides, and you will find the decision here."),
    ("role-changed", "The role is changed."),
    ("rules-changed", "The rules are saved."),
    ("signed-out", "You have signed out."),
    ("substituted", "Somebody else has the place now. Both are told."),
    ("waiting", "You are on the waiting list."),
    ("waived", "It is given back."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_in_order_and_others_say_nothing() {
        assert!(SENTENCES.is_sorted_by_key(|(word, _)| *word));
        assert_eq!(of(Some("a=b&done=signed-out")), Some("You have signed out."));
        assert_eq!(of(Some("done=<script>")), None);
        assert_eq!(of(None), None);
    }
}
