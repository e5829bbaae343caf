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
        "called-off",
        "The event is called off. Every booking is cancelled, everything has gone back, and everyone is told.",
    ),
    ("checked-in", "Checked in."),
    ("completed", "The event is completed: who attended is settled, and whoever gives it is paid."),
    ("copied", "This is the copy, as a draft."),
    ("delegate-moved", "The delegate has a place on the other run."),
    ("deleted", "The draft is deleted."),
    ("event-added", "The event is added, as a draft."),
    ("past-entered", "The event is entered. Those who attended have it on their CPD record."),
    ("priority-added", "The priority is added."),
    ("programme-added", "The programme is added."),
    ("published", "It is published: everyone sees it."),
    ("register-saved", "The register is saved."),
    ("requested", "The place is asked for. Your school’s CPD lead decides, and you will find the decision here."),
    ("saved", "It is saved."),
    ("sent-back", "The draft is sent back, and its partner is told."),
    ("session-added", "The session is added."),
    ("session-off", "The session is not part of the event any more."),
    ("session-off-refunded", "The session is called off, its share has gone back, and everyone is told."),
    ("signed-out", "You have signed out."),
    ("ticket-given", "The ticket is given. Whoever it is for finds it when they book."),
    ("ticket-taken-back", "The ticket is taken back."),
    ("ticket-type-added", "The type of ticket is added."),
    ("tickets-given", "The tickets of the sheet are given."),
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
