//! What the page after a form says: one sentence for each word that `done` in its address may have.

use actix_web::HttpRequest;

use crate::web::flash;

/// What the page that is asked for says has happened: once, where a form has just led to it.
pub(super) fn of(request: &HttpRequest) -> Option<&'static str> {
    sentence(request.uri().query()).filter(|_| flash::is_first(request))
}

/// The sentence for the word of this query.
fn sentence(query: Option<&str>) -> Option<&'static str> {
    let word = url::form_urlencoded::parse(query?.as_bytes()).find(|(name, _)| name == "done")?.1.into_owned();
    SENTENCES.iter().find(|(known, _)| *known == word).map(|(_, sentence)| *sentence)
}

/// Each word with what it says, in the order of the alphabet.
const SENTENCES: &[(&str, &str)] = &[
    ("accepted", "It is accepted and paid."),
    ("added", "Added."),
    ("address-asked", "The new address is yours once you open the link that goes to it."),
    ("address-confirmed", "Your address is confirmed. Sign in with it from now on."),
    ("adjusted", "The account is corrected."),
    ("adjustment-discarded", "The correction is discarded. Nothing has moved."),
    (
        "adjustment-drafted",
        "The adjustment is computed. Look at what each school would get or give back, then go on to approve it.",
    ),
    ("adjustment-proposed", "The correction waits for another hub manager. Nothing has moved yet."),
    ("allocation-approved", "The allocation is approved, and the credits are in the wallets of the schools."),
    ("allocation-changed", "The draft is computed again."),
    ("allocation-discarded", "The draft is discarded."),
    (
        "allocation-drafted",
        "The draft is computed. Look at what each school would get and why, then go on to approve it.",
    ),
    ("allocation-reversed", "The allocation is reversed."),
    ("app-on", "Your authenticator app is set up. If you have not kept your recovery codes, make new ones here."),
    ("app-removed", "The authenticator app is removed: its code is no longer asked for."),
    ("approved", "Approved. Whoever asked is told."),
    ("asked-for-support", "You have asked. You will find the quotes here."),
    ("booked", "The place is booked."),
    ("calendar-ended", "The calendar link is ended: it shows nothing any more."),
    ("calendar-made", "The calendar link is made. It was shown once: if you have not kept it, make another."),
    ("calendar-revoked", "The calendar link does not work any more."),
    (
        "called-off",
        "The event is called off. Every booking is cancelled, everything has gone back, and everyone is told.",
    ),
    ("cancelled", "It is cancelled."),
    ("case-stated", "Your case is stated."),
    ("change-proposed", "The change is proposed. Nothing changes until the other side agrees."),
    ("checked-in", "Checked in."),
    ("codes-made", "New recovery codes are made. They were shown once: if you have not kept them, make others."),
    ("complained", "The hub can read the conversation now, and has been told why."),
    ("complaint-answered", "The complaint is answered, and both sides can read it."),
    ("completed", "The event is completed: who attended is settled, and whoever gives it is paid."),
    ("contact-added", "The contact is added, and sent the newsletter from now on."),
    ("contact-removed", "The contact is removed."),
    ("copied", "This is the copy, as a draft."),
    ("declined", "Declined. Whoever asked is told, and what was held is back."),
    ("delegate-moved", "The delegate has a place on the other run."),
    ("deleted", "The draft is deleted."),
    ("delivered", "It is marked as delivered. The buyer has ten working days to answer."),
    ("deputy-ended", "They deputise no more."),
    ("deputy-named", "The deputy is named."),
    ("disputed", "It is disputed. Both sides have ten working days to state their case."),
    ("erased", "The person is erased."),
    ("evaluated", "Thank you: your evaluation is kept."),
    ("event-added", "The event is added, as a draft."),
    ("filter-changed", "What you look for is changed."),
    ("filter-removed", "What you looked for is removed."),
    ("filter-saved", "What you look for is saved: you find it below."),
    ("founded", "The hub is founded, and you are signed in as its manager."),
    (
        "four-eyes-asked",
        "You have asked to let one manager approve alone. It takes effect when another manager agrees here.",
    ),
    ("four-eyes-off", "One manager can approve an allocation alone now."),
    ("four-eyes-on", "An allocation needs a second manager."),
    ("gift-accepted", "The gift is yours: the credits are in your wallet."),
    ("gift-declined", "You have declined the gift."),
    ("gift-offered", "The gift is offered. The credits move when the other school accepts."),
    ("gift-withdrawn", "You have withdrawn the offer."),
    ("imported", "The file is imported."),
    ("key-made", "The key is made. It was shown once: if you have not kept it, revoke it and make another."),
    ("key-revoked", "The key is revoked. Programs that use it are refused from now on."),
    ("letter-sent-again", "The letter is sent again."),
    ("letters-chosen", "What you are sent is changed."),
    ("link-made", "It is made. It was shown once: if you have not passed it on, make another."),
    ("merged", "The two records are one now."),
    ("message-sent", "The message is sent: whoever it is for is told."),
    ("name-changed", "Your name is changed."),
    ("named", "They are named for the place, and told."),
    ("needs-removed", "What you wrote is removed."),
    ("needs-written", "What you wrote is kept."),
    ("newsletter-edited", "The newsletter is saved. This is what it says."),
    ("newsletter-gathered", "The newsletter is written anew, of what is new by now."),
    ("newsletter-sending", "It is being sent. Its letters go within a minute."),
    ("newsletter-skipped", "It is not sent. The next one tells of what is new since the last that was."),
    ("not-yet", "It is sent back to the provider."),
    ("notices-read", "All notices are marked as read."),
    ("number-given", "The school has its new number."),
    ("offer-closed", "The offer is withdrawn for good."),
    ("offer-declined", "The offer is declined, and the next on the waiting list is asked."),
    ("offer-opened", "The offer is in the directory."),
    ("offer-paused", "The offer is out of the directory for now."),
    ("offered", "The offer is in the directory."),
    ("paid", "The payment is recorded."),
    ("password-set", "Your new password is set. You are signed out everywhere else."),
    ("past-entered", "The event is entered. Those who attended have it on their CPD record."),
    (
        "people-imported",
        "The sheet is imported. Links that were made were shown once: whoever has none is invited on their own page.",
    ),
    ("person-added", "The person is added."),
    ("person-changed", "The change is saved."),
    ("person-disabled", "The person is disabled."),
    ("person-enabled", "The person is enabled again."),
    ("person-invited", "The person is added, and their invitation goes to them by e-mail."),
    ("person-moved", "The person has moved. The CPD leads of both schools are told."),
    ("priority-added", "The priority is added."),
    ("programme-added", "The programme is added."),
    ("published", "It is published: everyone sees it."),
    ("quote-declined", "It is declined. The other side is told."),
    ("quote-withdrawn", "It is withdrawn. The other side is told."),
    ("quoted", "The quote is sent."),
    ("register-saved", "The register is saved."),
    ("request-declined", "The request is declined."),
    ("request-withdrawn", "The request is withdrawn."),
    ("requested", "The place is asked for. You will find the decision here."),
    (
        "reset-asked",
        "If somebody of a hub here has this address, a link to set a new password is on its way to it. Look in the inbox, and among the junk too. It works for an hour. If none comes, ask a manager of your hub for one.",
    ),
    ("reset-unsent", "This service sends no e-mail, so no link reaches you by it. Ask a manager of your hub for one."),
    ("resolved", "The dispute is decided, and the credits have moved."),
    ("reversed", "It is taken back."),
    ("reviewed", "Saved. Thank you."),
    ("role-changed", "The role is changed."),
    ("roll-recorded", "The pupils on roll are recorded."),
    ("roll-unchanged", "The pupils on roll were recorded already with this number."),
    ("rules-changed", "The rules are saved."),
    ("saved", "Saved."),
    ("school-added", "The school is added."),
    ("school-changed", "The details are saved."),
    ("school-leaves", "The day on which the school leaves is saved."),
    ("school-stays", "The school stays a member."),
    ("sent-back", "The draft is sent back, and its partner is told."),
    ("session-added", "The session is added."),
    ("session-ended", "That sign-in is ended."),
    ("session-off", "The session is not part of the event any more."),
    ("session-off-refunded", "The session is called off, its share has gone back, and everyone is told."),
    ("sessions-ended", "You are signed out everywhere else."),
    ("settings-saved", "The changes are saved."),
    ("settled", "The dispute is over: you both say the same, and the credits have moved."),
    ("signed-out", "You have signed out."),
    ("sold", "The credits are in the school’s wallet."),
    (
        "split-offered",
        "The other side is told what you would settle for. Once it agrees, the dispute is over and the credits move.",
    ),
    ("stated", "The statement is made, and the partner is told."),
    ("statement-cancelled", "The statement is cancelled."),
    ("substituted", "Somebody else has the place now. Both are told."),
    ("succession-done", "The other school has taken its place."),
    ("support-agreed", "You have agreed. What is next stands below."),
    ("support-cancelled", "The commission is cancelled."),
    ("ticket-given", "The ticket is given. Whoever it is for finds it when they book."),
    ("ticket-taken-back", "The ticket is taken back."),
    ("ticket-type-added", "The type of ticket is added."),
    ("tickets-given", "The tickets of the sheet are given."),
    ("transaction-reversed", "The transaction is reversed. This is its mirror."),
    ("visit-recorded", "The visit is recorded."),
    ("waiting", "You are on the waiting list."),
    ("waived", "It is given back."),
    ("webhook-changed", "The webhook is changed."),
    ("webhook-deleted", "The webhook is deleted."),
    (
        "webhook-made",
        "The webhook is made. Its secret was shown once: if you have not kept it, open the webhook and make another.",
    ),
    ("webhook-paused", "Nothing is sent until you resume it."),
    ("webhook-resumed", "It goes on where it stopped."),
    ("webhook-secret-made", "The secret is made. It was shown once: if you have not kept it, make another."),
    ("webhook-sent-again", "It is sent in a moment. Open this page again to see what came of it."),
    ("webhook-tested", "The test is sent in a moment. Open this page again to see whether it arrived."),
    ("welcome", "Welcome. You are signed in."),
    ("written", "Sent."),
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
        assert_eq!(sentence(Some("a=b&done=signed-out")), Some("You have signed out."));
        assert_eq!(sentence(Some("done=<script>")), None);
        assert_eq!(sentence(None), None);
    }
}
