//! Letters: what is sent by e-mail, what could not be, and why; sent again by a button.

use askama::Template;

use super::form::{Filled, Form, written};
use super::labels::{Labelled, labelled, options};
use super::list_query::{asked_for, place_after};
use super::router::Pages;
use super::shell::{Shell, page};
use super::whom::{self, Whom};
use super::words;
use crate::base::ids::{LetterId, PersonId};
use crate::base::text::{Line, capitalised};
use crate::letters::in_words;
use crate::members::people;
use crate::messages::outbox::{self, Kind, State, Those, View};
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
    /// A part of somebody's name, or their e-mail address.
    who: Option<Line>,
    person_id: Option<PersonId>,
    after: Option<String>,
}

/// What can be done about a letter that could not be sent.
enum Mend {
    /// It is sent again.
    Again,
    /// Its person is invited again.
    Invite,
    /// Its person asks again for what it told.
    Ask,
    /// The address of the contact outside is put right.
    Contact,
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
    /// What can be done, where it could not be sent.
    mend: Option<Mend>,
}

#[derive(Template)]
#[template(path = "pages/letters.html")]
struct Letters {
    shell: Shell,
    filled: Filled,
    states: Vec<(&'static str, &'static str)>,
    /// Those who are called as was typed, where that is not one: the lists of their letters, and their names.
    called: Option<Vec<(String, String)>>,
    /// Whose letters they are, where they are somebody's alone.
    person: Option<String>,
    /// Whether these are letters, and not those who could be meant.
    listed: bool,
    rows: Vec<Row>,
    /// Whether the service has a mail server.
    sends: bool,
    next: Option<String>,
    files: String,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { state, who, person_id, after } = asked_for(&caller)?;
    let (before, limit) = (place_after(&caller, after.as_deref()), Limit::default());
    let (mut tx, hub) = (caller.read().await?, caller.hub());
    let whom = match (&who, person_id) {
        (Some(who), _) => Some(whom::called(&mut tx, hub, who.clone()).await?),
        (None, Some(id)) => people::get(&mut tx, hub, id).await?.map(|person| Whom::One(id, person.name.to_string())),
        (None, None) => None,
    };
    let (called, person) = match whom {
        Some(Whom::Several(found)) => (Some(found), None),
        Some(Whom::One(id, name)) => (None, Some((id, name))),
        None => (None, None),
    };
    let id = person.as_ref().map(|(id, _)| *id).or(person_id);
    let mut letters = match called {
        Some(_) => Vec::new(),
        None => outbox::list(&mut tx, hub, Those { state, person: id }, before, limit.and_one()).await?,
    };
    drop(tx);
    let next = next_page(&mut letters, limit, caller.uri(), |last| last.id);
    let state = state.map(State::as_str);
    let sends = caller.app().postbox.takes();
    let id = id.map(|id| id.to_string());
    let typed = who.as_ref().map_or("", Line::as_str);
    let of = |id: PersonId, name: String| {
        (written([("state", state.map(str::to_owned)), ("person_id", Some(id.to_string()))]), name)
    };
    let template = Letters {
        shell: Shell::of(&caller, "Letters", "/letters").await?,
        filled: Filled::with([
            ("state", state.unwrap_or_default()),
            ("who", typed),
            ("person_id", id.as_deref().unwrap_or_default()),
        ]),
        states: options::<State>(),
        listed: called.is_none(),
        called: called.map(|found| found.into_iter().map(|(id, name)| of(id, name)).collect()),
        person: person.map(|(_, name)| name),
        rows: letters.into_iter().map(|letter| Row::of(letter, sends)).collect(),
        sends,
        next,
        files: written([("state", state.map(str::to_owned)), ("person_id", id.clone())]),
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
            state: if waits_in_vain { "Waiting for a mail server" } else { letter.state.label() },
            tone: letter.state.tone(),
            reason: letter.reason.unwrap_or_default(),
            again: letter.due_at.filter(|_| letter.tries > 0).map(words::moment),
            mend: (letter.state == State::Dead).then(|| Mend::of(letter.kind, letter.person_id.is_none())),
        }
    }
}

impl Mend {
    /// Of a letter of this kind, to a contact outside or to one of the hub's people.
    fn of(kind: Kind, outside: bool) -> Mend {
        match kind {
            Kind::Notice | Kind::CalendarInvitation | Kind::Newsletter => {
                if outside {
                    Mend::Contact
                } else {
                    Mend::Again
                }
            }
            Kind::Invitation => Mend::Invite,
            Kind::SignInCode | Kind::PasswordReset | Kind::AddressConfirmation => Mend::Ask,
        }
    }

    /// Whether the letter itself can be sent again.
    fn goes_again(&self) -> bool {
        match self {
            Mend::Again | Mend::Contact => true,
            Mend::Invite | Mend::Ask => false,
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
