//! `/account/letters`: what somebody is sent by e-mail, and when; and the page of the link that stops a topic.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use askama::Template;
use futures_util::future::LocalBoxFuture;

use super::HERE;
use crate::messages::choices::{self, TimeOfDay, Topic, Way};
use crate::web::app::App;
use crate::web::body;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::{Labelled, labelled, options};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, open_page, page};
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;
use crate::web::stopping::{self, Whose};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/account/letters", EVERYONE, show);
    pages.post("/account/letters", EVERYONE, choose);
    pages.get("/letters/stop/{word}", &[], look);
    pages.post("/letters/stop/{word}", &[], stop);
}

labelled!(Topic {
    ToDo => "What waits for you to decide or do";
    Places => "Places on events, and what the hub writes to their delegates";
    Credits => "Credits";
    Support => "Support between schools";
    News => "Who comes and goes, what becomes of programmes, what is new of what you look for, and what the hub writes to CPD leads";
    Calendar => "Your places, as invitations for your calendar";
    Newsletter => "The hub’s newsletter";
    Security => "The safety of your account";
});

labelled!(Way {
    AtOnce => "At once";
    Digest => "Once a day, at 7am";
    None => "Not by e-mail";
});

#[derive(Template)]
#[template(path = "pages/account/letters.html")]
struct Letters {
    shell: Shell,
    filled: Filled,
    topics: Vec<Choosable>,
    /// Whether the service has a mail server.
    sends: bool,
}

/// A topic that can be chosen.
struct Choosable {
    /// The name of its field.
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    ways: Vec<(&'static str, &'static str)>,
}

impl Choosable {
    fn of(topic: Topic) -> Choosable {
        let mut ways = options::<Way>();
        ways.retain(|(way, _)| topic.can_be_gathered() || *way != Way::Digest.as_str());
        let hint = match topic {
            Topic::Calendar => {
                "One letter for each session, which your calendar program takes in, changes or takes away."
            }
            _ => "",
        };
        Choosable { name: topic.as_str(), label: topic.label(), hint, ways }
    }

    /// The ways in which it can be had.
    fn ways(&self) -> &[(&'static str, &'static str)] {
        &self.ways
    }
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let chosen = choices::of(&mut caller.read().await?, caller.hub(), caller.person.id).await?;
    let time = |time: Option<TimeOfDay>| time.map(TimeOfDay::as_str).unwrap_or_default();
    let ways = chosen.choices.iter().map(|choice| (choice.topic.as_str(), choice.way.as_str().to_owned()));
    let hours = [("quiet_from", time(chosen.quiet_from)), ("quiet_until", time(chosen.quiet_until))];
    form(&caller, Filled::with(ways.chain(hours))).await
}

async fn form(caller: &Caller, filled: Filled) -> Answer {
    let changed = Topic::ALL.iter().filter(|topic| topic.can_be_changed());
    let template = Letters {
        shell: Shell::of(caller, "What you are sent", HERE).await?,
        filled,
        topics: changed.map(|topic| Choosable::of(*topic)).collect(),
        sends: caller.app().postbox.takes(),
    };
    page(caller, &template).await
}

#[derive(eserde::Deserialize)]
struct Hours {
    quiet_from: Option<TimeOfDay>,
    quiet_until: Option<TimeOfDay>,
}

async fn choose(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    match chosen(&caller, &sent).await {
        Err(problem) => form(&caller, sent.again(problem)?).await,
        outcome => outcome,
    }
}

async fn chosen(caller: &Caller, sent: &Form) -> Answer {
    let Hours { quiet_from, quiet_until } = sent.read()?;
    let of = |topic: &Topic| {
        let way =
            Way::parse(sent.text(topic.as_str())).map_err(|reason| Problem::field(topic.as_str(), "invalid", reason));
        way.map(|way| (*topic, way))
    };
    let changed = Topic::ALL.iter().filter(|topic| topic.can_be_changed());
    let ways = changed.map(of).collect::<Result<Vec<_>, Problem>>()?;
    caller
        .write(sent.bytes(), async |journal| {
            choices::choose(journal, caller.person.id, &ways).await?;
            choices::be_quiet(journal, caller.person.id, (quiet_from, quiet_until)).await?;
            Ok(Reply::see("/account/letters?done=letters-chosen"))
        })
        .await
}

#[derive(Template)]
#[template(path = "pages/account/stop.html")]
struct Stop {
    shell: Shell,
    name: String,
    topic: &'static str,
    /// Whether what they tell stands among the notices.
    noticed: bool,
    /// Whether they are only put together: what waits for them would be lost on others.
    gathered: bool,
    action: String,
    /// Whether they can sign in and choose.
    signs_in: bool,
    /// Whether it has been done.
    stopped: bool,
}

async fn look(app: web::Data<App>, request: HttpRequest, word: web::Path<String>) -> Answer {
    stop_page(&app, &request, stopping::look(&app, &word).await?, false)
}

/// What stops letters: the form of the page, or a program that reads e-mail, which posts that one click is meant (RFC 8058)
/// and shows no page.
enum Stopping {
    /// The form of the page.
    Form,
    /// A program.
    OneClick,
}

impl FromRequest for Stopping {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = body::read_all(request, payload, body::JSON_LIMIT);
        let request = request.clone();
        Box::pin(async move {
            let bytes = read.await?;
            let text = String::from_utf8_lossy(&bytes);
            // In a form of either kind: the address itself proves whose letters they are.
            if text.contains("List-Unsubscribe") && text.contains("One-Click") {
                return Ok(Stopping::OneClick);
            }
            let fields = url::form_urlencoded::parse(&bytes).into_owned().collect();
            Form::of(fields, bytes.clone()).proved(&request)?;
            Ok(Stopping::Form)
        })
    }
}

async fn stop(app: web::Data<App>, request: HttpRequest, word: web::Path<String>, sent: Stopping) -> Answer {
    let whose = stopping::stop(&app, &word).await?;
    match sent {
        Stopping::Form => stop_page(&app, &request, whose, true),
        Stopping::OneClick => Ok(HttpResponse::NoContent().finish()),
    }
}

fn stop_page(app: &App, request: &HttpRequest, whose: Whose, stopped: bool) -> Answer {
    let template = Stop {
        shell: Shell::for_anyone(app, request, "Stop these letters"),
        name: whose.name.to_string(),
        topic: whose.topic.label(),
        noticed: !matches!(whose.topic, Topic::Calendar | Topic::Newsletter),
        gathered: stopping::way(whose.topic) == Way::Digest,
        signs_in: whose.signs_in,
        action: request.path().to_owned(),
        stopped,
    };
    open_page(app, request, &template.shell, &template)
}
