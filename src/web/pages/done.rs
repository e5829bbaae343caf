//! What the page after a form says: one sentence for each word that `done` in its address may have.

/// The sentence for the word of this query.
pub(super) fn of(query: Option<&str>) -> Option<&'static str> {
    let word = url::form_urlencoded::parse(query?.as_bytes()).find(|(name, _)| name == "done")?.1.into_owned();
    SENTENCES.iter().find(|(known, _)| *known == word).map(|(_, sentence)| *sentence)
}

/// Each word with what it says, in the order of the alphabet.
const SENTENCES: &[(&str, &str)] = &[
    (
        "adjustment-drafted",
        "The adjustment is computed. Look at what each school would get or give back, then go on to approve it.",
    ),
    ("allocation-approved", "The allocation is approved, and the credits are in the wallets of the schools."),
    ("allocation-changed", "The draft is computed again."),
    ("allocation-discarded", "The draft is discarded."),
    (
        "allocation-drafted",
        "The draft is computed. Look at what each school would get and why, then go on to approve it.",
    ),
    ("allocation-reversed", "The allocation is reversed."),
    ("booked", "The place is booked."),
    ("founded", "The hub is founded, and you are signed in as its manager."),
    ("imported", "The file is imported."),
    ("number-given", "The school has its new number."),
    ("requested", "The place is asked for. Your school’s CPD lead decides, and you will find the decision here."),
    ("roll-recorded", "The pupils on roll are recorded."),
    ("roll-unchanged", "The pupils on roll were recorded already with this number."),
    ("school-added", "The school is added."),
    ("school-changed", "The details are saved."),
    ("school-leaves", "The day on which the school leaves is saved."),
    ("school-stays", "The school stays a member."),
    ("signed-out", "You have signed out."),
    ("succession-done", "The other school has taken its place."),
    ("waiting", "You are on the waiting list."),
    ("year-closed", "The year is closed."),
    ("year-opened", "The year is open."),
    ("year-reopened", "The year is open again."),
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
