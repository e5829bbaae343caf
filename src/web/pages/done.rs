//! What the page after a form says: one sentence for each word that `done` in its address may have.

/// The sentence for the word of this query.
pub(super) fn of(query: Option<&str>) -> Option<&'static str> {
    let word = url::form_urlencoded::parse(query?.as_bytes()).find(|(name, _)| name == "done")?.1.into_owned();
    SENTENCES.iter().find(|(known, _)| *known == word).map(|(_, sentence)| *sentence)
}

/// Each word with what it says, in the order of the alphabet.
const SENTENCES: &[(&str, &str)] = &[
    ("address-asked", "The new address is yours once you open the link that goes to it."),
    ("address-confirmed", "Your address is confirmed. Sign in with it from now on."),
    ("app-on", "Your authenticator app is set up. If you have not kept your recovery codes, make new ones here."),
    ("app-removed", "Your authenticator app is removed. No code is asked for any more."),
    ("booked", "The place is booked."),
    ("calendar-made", "The calendar link is made. It was shown once: if you have not kept it, make another."),
    ("calendar-revoked", "The calendar link does not work any more."),
    ("codes-made", "New recovery codes are made. They were shown once: if you have not kept them, make others."),
    ("key-made", "The key is made. It was shown once: if you have not kept it, revoke it and make another."),
    ("key-revoked", "The key is revoked. Programs that use it are refused from now on."),
    ("name-changed", "Your name is changed."),
    ("password-set", "Your new password is set. You are signed out everywhere else."),
    ("requested", "The place is asked for. Your school’s CPD lead decides, and you will find the decision here."),
    (
        "reset-asked",
        "If somebody signs in by this address, a link to set a new password is made for it. It works for an hour.",
    ),
    ("session-ended", "That sign-in is ended."),
    ("sessions-ended", "You are signed out everywhere else."),
    ("signed-out", "You have signed out."),
    ("waiting", "You are on the waiting list."),
    ("welcome", "Welcome. You are signed in."),
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
