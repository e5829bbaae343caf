//! Letters: what is sent by e-mail, what could not be, and why; sent again by a button.

use askama::Template;

use super::form::{Filled, Form};
use super::labels::{Labelled, labelled, options};
use super::list_query::{asked_for, place_after};
use super::router::Pages;
use super::shell::{Shell, page};
use super::words;
use crate::base::ids::LetterId;
use crate::base::text::capitalised;
use crate::letters::in_words;
use crate::messages::outbox::{self, Kind, State, View};
use crate::web::call::Call;
use crate::web::problem::Answer;
use crate::web::reply::{Limit, Reply, next_page};
use crate::web::roles::{HUB, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/letters", HUB, list);
    pages.post("/letters/{id}/send-again", MANAGER, send_again);
}

labelled!(State {
    Waiting => "Waiting", "warn";
    Gathered => "Waiting for the daily digest";
    Sent => "Sent", "good";
    Unwanted => "Not to be sent";
    Dead => "Could not be sent", "bad";
});

labelled!(Kind {
    Notice => "Notice";
    CalendarInvitation => "Invitation for a calendar";
    SignInCode => "Code to sign in";
    PasswordReset => "Link to set a password";
    Invitation => "Invitation";
    AddressConfirmation => "Link to confirm an address";
    Newsletter => "Newsletter";
});

#[derive(Default, eserde::Deserialize)]
struct Query {
    state: Option<State>,
    after: Option<String>,
}

/// A letter as it is shown.
struct Row {
    id: LetterId,
    when: String,
    what: String,
    name: String,
    /// The page of whom it is for.
    person: Option<String>,
    address: String,
    state: &'static str,
    tone: &'static str,
    reason: String,
    /// When it is tried again.
    again: Option<String>,
    /// Whether it can be sent again.
    dead: bool,
}

#[derive(Template)]
#[template(path = "pages/letters.html")]
struct Letters {
    shell: Shell,
    filled: Filled,
    states: Vec<(&'static str, &'static str)>,
    rows: Vec<Row>,
    /// Whether the service has a mail server.
    sends: bool,
    next: Option<String>,
    files: String,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { state, after } = asked_for(&caller)?;
    let (before, limit) = (place_after(&caller, after.as_deref()), Limit::default());
    let mut letters = outbox::list(&mut caller.read().await?, caller.hub(), state, before, limit.and_one()).await?;
    let next = next_page(&mut letters, limit, caller.uri(), |last| last.id);
    let state = state.map_or("", State::as_str);
    let sends = caller.app().postbox.takes();
    let template = Letters {
        shell: Shell::of(&caller, "Letters", "/letters").await?,
        filled: Filled::with([("state", state)]),
        states: options::<State>(),
        rows: letters.into_iter().map(|letter| Row::of(letter, sends)).collect(),
        sends,
        next,
        files: if state.is_empty() { String::new() } else { format!("?state={state}") },
    };
    page(&caller, &template).await
}

impl Row {
    /// A letter, where the service `sends` any.
    fn of(letter: View, sends: bool) -> Row {
        let notice = letter.notice_kind.map(|kind| capitalised(in_words(kind)));
        let waits_in_vain = !sends && matches!(letter.state, State::Waiting | State::Gathered);
        Row {
            id: letter.id,
            when: format!("{}, {}", words::short_day_of(letter.written_at), words::time_of(letter.written_at)),
            what: notice.unwrap_or_else(|| letter.kind.label().to_owned()),
            name: letter.person_name.map(|name| name.to_string()).unwrap_or_default(),
            person: letter.person_id.map(|id| format!("/people/{id}")),
            address: letter.address.map(|address| address.as_str().to_owned()).unwrap_or_default(),
            state: if waits_in_vain { "Waiting in vain" } else { letter.state.label() },
            tone: letter.state.tone(),
            reason: letter.reason.unwrap_or_default(),
            again: letter.due_at.filter(|_| letter.tries > 0).map(words::moment),
            dead: letter.state == State::Dead && !letter.kind.tells_a_secret(),
        }
    }
}

async fn send_again(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    caller
        .write(sent.bytes(), async |journal| {
            outbox::send_again(journal, caller.id("id")?).await?;
            Ok(Reply::see("/letters?done=letter-sent-again"))
        })
        .await
}
