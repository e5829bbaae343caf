//! A message as one of its receivers would get it, with who they are: what is looked at before it is sent.

use crate::base::ids::PersonId;
use crate::base::text::{Line, people};
use crate::booking::announcements::{self, NewAnnouncement, Paragraph, Preview, Receiver};
use crate::web::call::Caller;
use crate::web::pages::form::{Filled, Form};
use crate::web::problem::Answer;
use crate::web::reply::Reply;

/// What a page shows of a message before it is sent.
pub(in crate::web::pages) struct Shown {
    /// Where its forms are sent.
    pub(in crate::web::pages) action: String,
    /// How many people get it: `12 people`.
    pub(in crate::web::pages) count: String,
    /// Whose message is shown.
    pub(in crate::web::pages) name: String,
    /// What the letter says above the words: a greeting, where they have none of their own, and who writes.
    pub(in crate::web::pages) above: Vec<String>,
    /// Its subject.
    pub(in crate::web::pages) subject: String,
    /// Its words.
    pub(in crate::web::pages) paragraphs: Vec<Paragraph>,
    /// Everyone who gets it.
    pub(in crate::web::pages) people: Vec<(String, String)>,
    /// What was typed, to be sent along.
    pub(in crate::web::pages) typed: Vec<(String, String)>,
    /// Whose message is shown, as it is chosen.
    pub(in crate::web::pages) filled: Filled,
}

/// What of the form says how it is looked at, and nothing of the message.
const OF_LOOKING: [&str; 3] = ["person_id", "sure", "change"];

impl Shown {
    /// What the caller would send by this form, to the delegates of this event or to leads.
    pub(in crate::web::pages) fn of(
        caller: &Caller,
        preview: Preview,
        form: &Form,
        (event, action): (Option<&Line>, String),
    ) -> Shown {
        let Preview { receivers, shown, message } = preview;
        let mut typed = form.pairs();
        typed.retain(|(name, _)| !OF_LOOKING.contains(&name.as_str()));
        let greeting = (!message.greets()).then(|| format!("Hello {},", shown.name));
        let from = announcements::said_above(&caller.person.name, event);
        Shown {
            action,
            above: greeting.into_iter().chain([from]).collect(),
            count: people(receivers.len()),
            name: shown.name.to_string(),
            paragraphs: message.paragraphs(),
            subject: message.subject,
            people: receivers.iter().map(person).collect(),
            typed,
            filled: Filled::with([("person_id", shown.person_id.to_string())]),
        }
    }
}

/// Sends a message: the answer leads to it.
pub(in crate::web::pages) async fn send(caller: &Caller, form: &Form, new: &NewAnnouncement) -> Answer {
    caller
        .write_keyed(form.bytes(), async |journal| {
            let sent = announcements::send(journal, new).await?;
            Ok(Reply::see(&format!("/announcements/{}?done=message-sent", sent.id)))
        })
        .await
}

fn person(receiver: &Receiver) -> (String, String) {
    let PersonId(id) = receiver.person_id;
    let school = receiver.school_name.as_ref().map(|school| format!(", {school}")).unwrap_or_default();
    (id.to_string(), format!("{}{school}", receiver.name))
}
