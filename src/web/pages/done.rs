//! What the page after a form says: one sentence for each word that `done` in its address may have.

/// The sentence for the word of this query.
pub(super) fn of(query: Option<&str>) -> Option<&'static str> {
    let word = url::form_urlencoded::parse(query?.as_bytes()).find(|(name, _)| name == "done")?.1.into_owned();
    SENTENCES.iter().find(|(known, _)| *known == word).map(|(_, sentence)| *sentence)
}

/// Each word with what it says, in the order of the alphabet.
const SENTENCES: &[(&str, &str)] = &[
    ("booked", "The place is booked."),
    ("calendar-ended", "The calendar link is ended: it shows nothing any more."),
    ("cancelled", "It is cancelled."),
    ("evaluated", "Thank you: your evaluation is kept."),
    ("needs-removed", "What you wrote is removed."),
    ("needs-written", "What you wrote is kept."),
    ("notices-read", "All notices are marked as read."),
    ("offer-declined", "The offer is declined, and the next in the line is asked."),
    ("requested", "The place is asked for. Your school’s CPD lead decides, and you will find the decision here."),
    ("signed-out", "You have signed out."),
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
