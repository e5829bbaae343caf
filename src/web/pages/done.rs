//! What the page after a form says: one sentence for each word that `done` in its address may have.

/// The sentence for the word of this query.
pub(super) fn of(query: Option<&str>) -> Option<&'static str> {
    let word = url::form_urlencoded::parse(query?.as_bytes()).find(|(name, _)| name == "done")?.1.into_owned();
    SENTENCES.iter().find(|(known, _)| *known == word).map(|(_, sentence)| *sentence)
}

/// Each word with what it says, in the order of the alphabet.
const SENTENCES: &[(&str, &str)] = &[
    ("booked", "The place is booked."),
    (
        "four-eyes-asked",
        "You have asked to let one manager approve alone. It takes effect when another manager agrees here.",
    ),
    ("four-eyes-off", "One manager can approve an allocation alone now."),
    ("four-eyes-on", "An allocation needs a second manager."),
    ("requested", "The place is asked for. Your school’s CPD lead decides, and you will find the decision here."),
    ("reversed", "The transaction is reversed. This is its mirror."),
    ("saved", "The changes are saved."),
    ("signed-out", "You have signed out."),
    ("waiting", "You are on the waiting list."),
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
