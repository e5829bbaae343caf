//! One webhook: what it is sent, and what became of it.

use askama::Template;

use super::labelled::said;
use super::{HERE, known, path};
use crate::base::ids::WebhookId;
use crate::ledger::Journal;
use crate::messages::webhooks::{self, Because, Delivery, DeliveryState, State, Webhook};
use crate::web::call::Call;
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::{Limit, Reply, next_page};

/// Something that was sent.
struct Row {
    path: String,
    kind: String,
    number: String,
    state: &'static str,
    tone: &'static str,
    asked: bool,
    attempts: i64,
    when: String,
    next: Option<String>,
}

impl Row {
    fn of(webhook: &Webhook, delivery: Delivery) -> Row {
        Row {
            path: format!("{}/deliveries/{}", path(webhook), delivery.id),
            number: delivery.sequence.map(|number| number.to_string()).unwrap_or_default(),
            state: delivery.state.label(),
            tone: delivery.state.tone(),
            asked: delivery.asked,
            attempts: delivery.attempts,
            when: words::moment(delivery.begun_at),
            next: delivery.next_at.map(words::moment),
            kind: delivery.kind,
        }
    }
}

#[derive(Template)]
#[template(path = "pages/webhooks/one.html")]
struct One {
    shell: Shell,
    filled: Filled,
    path: String,
    name: String,
    url: String,
    /// What is chosen to be sent; nothing where all is.
    kinds: String,
    state: &'static str,
    tone: &'static str,
    active: bool,
    because: Option<&'static str>,
    failing: Option<String>,
    old_until: Option<String>,
    sent_to: i64,
    /// What can have become of what was sent.
    states: Vec<(&'static str, &'static str)>,
    /// The files of what was sent, and what they are asked for by.
    files: String,
    query: String,
    rows: Vec<Row>,
    next: Option<String>,
}

#[derive(eserde::Deserialize)]
struct Which {
    state: Option<DeliveryState>,
    after: Option<String>,
}

pub(super) async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let Which { state, after } = asked_for(&caller)?;
    let (before, limit) = (place_after(&caller, after.as_deref()), Limit::default());
    let mut tx = caller.read().await?;
    let webhook = known(&caller, &mut tx).await?;
    let of = (caller.hub(), webhook.id);
    let mut sent = webhooks::deliveries(&mut tx, of, state, before, limit.and_one()).await?;
    drop(tx);
    let next = next_page(&mut sent, limit, caller.uri(), |last| last.id);
    let one = One {
        shell: Shell::of(&caller, webhook.name.as_str(), HERE).await?,
        filled: Filled::with([("state", state.map_or("", DeliveryState::as_str))]),
        states: options::<DeliveryState>(),
        files: format!("/files/webhooks/{}/deliveries", webhook.id),
        query: state.map(|state| format!("?state={state}")).unwrap_or_default(),
        path: path(&webhook),
        name: webhook.name.as_str().to_owned(),
        url: webhook.url.as_str().to_owned(),
        kinds: webhook.kinds.iter().flat_map(|kinds| kinds.topics()).map(said).collect::<Vec<_>>().join(", "),
        state: webhook.state.label(),
        tone: webhook.state.tone(),
        active: webhook.state == State::Active,
        because: webhook.disabled_because.map(|because| match because {
            Because::Gone => "Its receiver answered that it is gone for good.",
            Because::Failing => "Nothing has arrived for three days.",
        }),
        failing: webhook.failing_since.map(words::moment),
        old_until: webhook.old_secret_until.filter(|until| *until > caller.now()).map(words::deadline),
        sent_to: webhook.sent_to,
        rows: sent.into_iter().map(|delivery| Row::of(&webhook, delivery)).collect(),
        next,
    };
    page(&caller, &one).await
}

pub(super) async fn ping(call: Call, sent: Form) -> Answer {
    act(call, sent, "webhook-tested", async |journal, id| webhooks::ping(journal, id).await.map(drop)).await
}

pub(super) async fn pause(call: Call, sent: Form) -> Answer {
    act(call, sent, "webhook-paused", async |journal, id| webhooks::pause(journal, id).await.map(drop)).await
}

pub(super) async fn resume(call: Call, sent: Form) -> Answer {
    act(call, sent, "webhook-resumed", async |journal, id| webhooks::resume(journal, id).await.map(drop)).await
}

async fn act(
    call: Call,
    sent: Form,
    done: &str,
    operation: impl AsyncFn(&mut Journal, WebhookId) -> Result<(), webhooks::Error>,
) -> Answer {
    let caller = call.allow()?;
    caller
        .write(sent.bytes(), async |journal| {
            let id: WebhookId = caller.id("id")?;
            operation(journal, id).await?;
            Ok(Reply::see(&format!("/settings/webhooks/{id}?done={done}")))
        })
        .await
}
