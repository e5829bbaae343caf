//! Conversations about offers: what the two sides write, and a complaint to the hub with its answer.

use askama::Template;

use super::rooms::{Room, rooms};
use crate::base::text::Prose;
use crate::members::people::Role;
use crate::programme::programmes::Provider;
use crate::support::conversations::{self, Conversation, Message, Side, Sight};
use crate::web::call::{Call, Caller};
use crate::web::in_sight::{self, own_provider, writer};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::{Limit, Reply, next_page};
use crate::web::roles::{ACCOUNT_HOLDERS, MANAGER};

/// Who writes: the leads of schools, and the people of partners.
const WRITERS: &[Role] = &[Role::SchoolLead, Role::Partner];

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/support/conversations", ACCOUNT_HOLDERS, list);
    pages.get("/support/conversations/{id}", ACCOUNT_HOLDERS, show);
    pages.post("/support/conversations/{id}/messages", WRITERS, write);
    pages.get("/support/conversations/{id}/complaint", WRITERS, ask_to_complain);
    pages.post("/support/conversations/{id}/complaint", WRITERS, complain);
    pages.get("/support/conversations/{id}/answer", MANAGER, ask_to_answer);
    pages.post("/support/conversations/{id}/answer", MANAGER, answer);
}

/// Which page of a list.
#[derive(Default, eserde::Deserialize)]
struct Query {
    after: Option<String>,
}

struct Row {
    path: String,
    subject: String,
    offer: String,
    asking: String,
    provider: String,
    last: String,
    state: &'static str,
    tone: &'static str,
}

#[derive(Template)]
#[template(path = "pages/support/conversations.html")]
struct List {
    shell: Shell,
    rooms: Vec<Room>,
    of_hub: bool,
    rows: Vec<Row>,
    next: Option<String>,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { after } = asked_for(&caller)?;
    let limit = Limit::default();
    let before = place_after(&caller, after.as_deref());
    let sight = Sight::of(&caller.person);
    let mut found =
        conversations::list(&mut caller.read().await?, caller.hub(), sight, before, limit.and_one()).await?;
    let next = next_page(&mut found, limit, caller.uri(), |last| last.id);
    let of_hub = caller.sees_hub();
    let title = if of_hub { "Complaints about conversations" } else { "Conversations" };
    let template = List {
        shell: Shell::of(&caller, title, "/support").await?,
        rooms: rooms(caller.role(), "/support/conversations"),
        of_hub,
        rows: found.iter().map(Row::of).collect(),
        next,
    };
    page(&caller, &template).await
}

/// Where a complaint stands, in words, with its tone.
fn standing(of: &Conversation) -> (&'static str, &'static str) {
    match (of.complained_at, of.answered_at) {
        (None, _) => ("", ""),
        (Some(_), None) => ("The hub was asked to look", "warn"),
        (Some(_), Some(_)) => ("The hub has answered", "good"),
    }
}

impl Row {
    fn of(of: &Conversation) -> Row {
        let (state, tone) = standing(of);
        Row {
            path: format!("/support/conversations/{}", of.id),
            subject: of.subject.as_str().to_owned(),
            offer: of.offer_title.as_str().to_owned(),
            asking: of.asking_school_name.as_str().to_owned(),
            provider: of.provider.name.as_str().to_owned(),
            last: words::moment(of.last_message_at),
            state,
            tone,
        }
    }
}

/// A message as it is shown.
struct Said {
    own: bool,
    who: String,
    when: String,
    text: String,
}

#[derive(Template)]
#[template(path = "pages/support/conversation.html")]
struct Page {
    shell: Shell,
    filled: Filled,
    path: String,
    subject: String,
    offer: String,
    offer_path: String,
    asking: String,
    provider: String,
    state: &'static str,
    tone: &'static str,
    complaint: Option<String>,
    answer: Option<String>,
    said: Vec<Said>,
    earlier: bool,
    next: Option<String>,
    writes: bool,
    complains: bool,
    answers: bool,
    quote: Option<String>,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    conversation(&caller, Filled::default()).await
}

async fn conversation(caller: &Caller, filled: Filled) -> Answer {
    let Query { after } = asked_for(caller)?;
    let (limit, after) = (Limit::default(), place_after(caller, after.as_deref()));
    let mut tx = caller.read().await?;
    let of = in_sight::conversation(caller, &mut tx).await?;
    let mut messages = conversations::messages(&mut tx, caller.hub(), of.id, after, limit.and_one()).await?;
    drop(tx);
    let next = next_page(&mut messages, limit, caller.uri(), |last| last.id);
    let own = own_provider(caller);
    let asks = own == Some(Provider::School(of.asking_school_id));
    let side = own.map(|_| if asks { Side::Asking } else { Side::Offering });
    let (state, tone) = standing(&of);
    let waits = of.complained_at.is_some() && of.answered_at.is_none();
    let template = Page {
        shell: Shell::of(caller, of.subject.as_str(), "/support").await?,
        filled,
        path: format!("/support/conversations/{}", of.id),
        subject: of.subject.as_str().to_owned(),
        offer: of.offer_title.as_str().to_owned(),
        offer_path: format!("/support/offers/{}", of.offer_id),
        asking: of.asking_school_name.as_str().to_owned(),
        provider: of.provider.name.as_str().to_owned(),
        state,
        tone,
        complaint: of.complaint.as_ref().map(|words| words.as_str().to_owned()),
        answer: of.answer.as_ref().map(|words| words.as_str().to_owned()),
        said: messages.iter().map(|message| Said::of(message, side)).collect(),
        earlier: after.is_some(),
        next,
        writes: own.is_some(),
        complains: own.is_some() && !waits,
        answers: caller.role() == Role::HubManager && waits,
        quote: asks.then(|| format!("/support/commissions/new?offer={}", of.offer_id)),
    };
    page(caller, &template).await
}

impl Said {
    fn of(message: &Message, own: Option<Side>) -> Said {
        Said {
            own: own == Some(message.side),
            who: format!("{}, {}", message.written_by_name, message.written_for),
            when: words::moment(message.sent_at),
            text: message.text.as_str().to_owned(),
        }
    }
}

#[derive(eserde::Deserialize)]
struct MessageFields {
    text: Prose,
}

async fn write(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let MessageFields { text } = form.read()?;
        caller
            .write(form.bytes(), async |journal| {
                let (id, own) = (caller.id("id")?, writer(&caller)?);
                conversations::reply(journal, caller.person.id, own, id, text.clone()).await?;
                Ok(Reply::see(&format!("/support/conversations/{id}?done=written")))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => conversation(&caller, form.again(problem)?).await,
    }
}

#[derive(Template)]
#[template(path = "pages/support/complaint.html")]
struct Complaint {
    shell: Shell,
    filled: Filled,
    path: String,
    subject: String,
    reason: Option<String>,
    answers: bool,
}

async fn ask_to_complain(call: Call) -> Answer {
    let caller = call.allow()?;
    complaint(&caller, Filled::default(), false).await
}

async fn ask_to_answer(call: Call) -> Answer {
    let caller = call.allow()?;
    complaint(&caller, Filled::default(), true).await
}

async fn complaint(caller: &Caller, filled: Filled, answers: bool) -> Answer {
    let of = in_sight::conversation(caller, &mut caller.read().await?).await?;
    let title = if answers { "Answer a complaint" } else { "Ask the hub to look" };
    let template = Complaint {
        shell: Shell::of(caller, title, "/support").await?,
        filled,
        path: format!("/support/conversations/{}", of.id),
        subject: of.subject.as_str().to_owned(),
        reason: of.complaint.as_ref().map(|words| words.as_str().to_owned()),
        answers,
    };
    page(caller, &template).await
}

#[derive(eserde::Deserialize)]
struct ComplaintFields {
    reason: Prose,
}

async fn complain(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let ComplaintFields { reason } = form.read()?;
        caller
            .write(form.bytes(), async |journal| {
                let (id, own) = (caller.id("id")?, writer(&caller)?);
                conversations::complain(journal, own, id, reason.clone()).await?;
                Ok(Reply::see(&format!("/support/conversations/{id}?done=complained")))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => complaint(&caller, form.again(problem)?, false).await,
    }
}

#[derive(eserde::Deserialize)]
struct AnswerFields {
    answer: Prose,
}

async fn answer(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let AnswerFields { answer } = form.read()?;
        caller
            .write(form.bytes(), async |journal| {
                let id = caller.id("id")?;
                conversations::answer(journal, id, answer.clone()).await?;
                Ok(Reply::see(&format!("/support/conversations/{id}?done=complaint-answered")))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => complaint(&caller, form.again(problem)?, true).await,
    }
}
