//! What pages call the states and readers of the newsletter.

use crate::news::{Audience, Because, Newsletter, State, Weekday};
use crate::web::pages::labels::labelled;
use crate::web::pages::words;

labelled!(State {
    Draft => "Draft", "warn";
    Sending => "Being sent", "good";
    Sent => "Sent", "good";
    Skipped => "Not sent";
});

labelled!(Audience {
    Teacher => "Teachers";
    Lead => "Leads";
    Manager => "The hub";
    Contact => "Contacts outside";
});

labelled!(Weekday {
    Monday => "Monday";
    Tuesday => "Tuesday";
    Wednesday => "Wednesday";
    Thursday => "Thursday";
    Friday => "Friday";
    Saturday => "Saturday";
    Sunday => "Sunday";
});

/// What becomes of an issue, in a sentence.
pub(super) fn fate(issue: &Newsletter) -> String {
    match (issue.state, issue.skipped_because) {
        (State::Sent, _) => format!("Sent on {}.", words::moment(issue.sent_at.unwrap_or(issue.send_at))),
        (State::Sending, _) => "It is being sent.".to_owned(),
        (_, Some(Because::Manager)) => "A manager decided that it is not sent.".to_owned(),
        (_, Some(Because::SwitchedOff)) => "It was not sent: the newsletter was switched off.".to_owned(),
        (_, Some(Because::Empty)) => "It was not sent: nothing stood in it.".to_owned(),
        (State::Draft | State::Skipped, None) => format!("It is sent on {}.", words::moment(issue.send_at)),
    }
}
