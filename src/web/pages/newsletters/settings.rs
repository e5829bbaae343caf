//! When the newsletter is sent, and whom it goes to outside the hub.

use askama::Template;

use crate::base::text::{Email, Line, counted};
use crate::messages::choices::TimeOfDay;
use crate::news::contacts::{self, Contact};
use crate::news::{self, DRAFT_DAYS, Settings, Weekday};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form, Whole};
use crate::web::pages::labels::options;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::Reply;

/// A contact as it is shown.
struct Row {
    name: String,
    email: String,
    added: String,
    stopped: Option<String>,
    remove: String,
}

impl Row {
    fn of(contact: Contact) -> Row {
        Row {
            remove: format!("/settings/newsletter/contacts/{}/remove", contact.id),
            name: contact.name.to_string(),
            email: contact.email.to_string(),
            added: words::short_day_of(contact.added_at),
            stopped: contact.stopped_at.map(words::short_day_of),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/newsletters/settings.html")]
struct Page {
    shell: Shell,
    filled: Filled,
    weekdays: Vec<(&'static str, &'static str)>,
    days: Vec<(String, String)>,
    rows: Vec<Row>,
    /// When the next is drafted and sent, where it is on.
    next: Option<(Option<String>, String)>,
    /// Whether the service has a mail server.
    sends: bool,
}

pub(super) async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    shown(&caller, Filled::default(), true).await
}

/// The page; with the settings as they are, unless they were typed.
async fn shown(caller: &Caller, filled: Filled, as_they_are: bool) -> Answer {
    let mut tx = caller.read().await?;
    let settings = news::settings(&mut tx, caller.hub()).await?;
    let all = contacts::list(&mut tx, caller.hub(), None, contacts::MOST).await?;
    drop(tx);
    let next = settings.next(caller.now());
    let drafted = Some(settings.drafted(next)).filter(|at| *at > caller.now()).map(words::moment);
    let page_of = Page {
        shell: Shell::of(caller, "The newsletter", "/settings").await?,
        filled: if as_they_are { with(filled, &settings) } else { filled },
        weekdays: options::<Weekday>(),
        days: DRAFT_DAYS.map(|days| (days.to_string(), format!("{} before", counted(days, "day")))).collect(),
        rows: all.into_iter().map(Row::of).collect(),
        next: settings.enabled.then(|| (drafted, words::moment(next))),
        sends: caller.app().postbox.takes(),
    };
    page(caller, &page_of).await
}

fn with(filled: Filled, settings: &Settings) -> Filled {
    let filled = if settings.enabled { filled.or("on", "yes") } else { filled };
    filled
        .or("weekday", settings.weekday.as_str())
        .or("at", settings.at.as_str())
        .or("draft_days", settings.draft_days.to_string())
}

#[derive(eserde::Deserialize)]
struct Typed {
    weekday: Weekday,
    at: TimeOfDay,
    draft_days: Whole,
}

pub(super) async fn save(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    match saved(&caller, &sent).await {
        Err(problem) => shown(&caller, sent.again(problem)?, false).await,
        outcome => outcome,
    }
}

async fn saved(caller: &Caller, sent: &Form) -> Answer {
    let Typed { weekday, at, draft_days: Whole(draft_days) } = sent.read()?;
    let wanted = Settings { enabled: sent.has("on"), weekday, at, draft_days };
    caller
        .write(sent.bytes(), async |journal| {
            news::set(journal, wanted).await?;
            Ok(Reply::see("/settings/newsletter?done=settings-saved"))
        })
        .await
}

#[derive(eserde::Deserialize)]
struct NewContact {
    name: Line,
    email: Email,
}

pub(super) async fn add(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    match added(&caller, &sent).await {
        Err(problem) => shown(&caller, sent.again(problem)?, true).await,
        outcome => outcome,
    }
}

async fn added(caller: &Caller, sent: &Form) -> Answer {
    let NewContact { name, email } = sent.read()?;
    caller
        .write(sent.bytes(), async |journal| {
            contacts::add(journal, name.clone(), email.clone()).await?;
            Ok(Reply::see("/settings/newsletter?done=contact-added"))
        })
        .await
}

pub(super) async fn remove(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let removed = caller
        .write(sent.bytes(), async |journal| {
            contacts::remove(journal, caller.id("id")?).await?;
            Ok(Reply::see("/settings/newsletter?done=contact-removed"))
        })
        .await;
    match removed {
        Err(problem) => shown(&caller, sent.again(problem)?, true).await,
        outcome => outcome,
    }
}
