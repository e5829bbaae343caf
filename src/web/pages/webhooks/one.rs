//! One webhook: what it is sent, and what became of it.

use askama::Template;

use super::labelled::said;
use super::{HERE, known, path};
use crate::base::db::Tx;
use crate::base::ids::{DeliveryId, WebhookId};
use crate::ledger::Journal;
use crate::messages::webhooks::{self, Because, Delivery, DeliveryState, State, Webhook};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
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

/// An attempt that did not arrive.
struct LastFailure {
    /// When it was, and why it did not arrive.
    said: String,
    /// When it is tried again.
    next: Option<String>,
    /// The page of what was sent.
    delivery: DeliveryId,
}

impl LastFailure {
    /// The newest of these that has not arrived.
    async fn of(tx: &mut Tx, caller: &Caller, sent: &[Delivery]) -> Result<Option<LastFailure>, Problem> {
        let failed = |delivery: &&Delivery| delivery.state != DeliveryState::Delivered && delivery.attempts > 0;
        let Some(delivery) = sent.iter().find(failed) else { return Ok(None) };
        let attempts = webhooks::attempts(tx, caller.hub(), delivery.id).await?;
        Ok(attempts.iter().max_by_key(|attempt| attempt.number).map(|attempt| {
            let why = attempt.failure.map(Labelled::label).unwrap_or_default();
            let status = attempt.status.map(|status| format!(", status {status}")).unwrap_or_default();
            LastFailure {
                said: format!("{}: {why}{status}", words::moment(attempt.at)),
                next: delivery.next_at.map(words::moment),
                delivery: delivery.id,
            }
        }))
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
    /// How the last attempt ended that did not arrive, of what is shown.
    last_failure: Option<LastFailure>,
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
    let last_failure = LastFailure::of(&mut tx, &caller, &sent).await?;
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
        last_failure,
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
