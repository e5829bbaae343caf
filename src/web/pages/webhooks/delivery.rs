//! One delivery: each time that it was sent, and what was answered.

use askama::Template;

use super::{HERE, known, path};
use crate::base::ids::{DeliveryId, WebhookId};
use crate::messages::webhooks::{self, Attempt};
use crate::web::call::Call;
use crate::web::pages::form::Form;
use crate::web::pages::labels::Labelled;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;

struct Row {
    number: i64,
    when: String,
    took: String,
    status: String,
    failure: Option<&'static str>,
    answer: String,
}

impl Row {
    fn of(attempt: Attempt) -> Row {
        Row {
            number: attempt.number,
            when: words::moment(attempt.at),
            took: format!("{} ms", attempt.took_ms),
            status: attempt.status.map(|status| status.to_string()).unwrap_or_default(),
            failure: attempt.failure.map(Labelled::label),
            answer: attempt.answer.unwrap_or_default(),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/webhooks/delivery.html")]
struct One {
    shell: Shell,
    webhook: String,
    name: String,
    path: String,
    kind: String,
    message_id: String,
    state: &'static str,
    tone: &'static str,
    asked: bool,
    next: Option<String>,
    rows: Vec<Row>,
}

pub(super) async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let webhook = known(&caller, &mut tx).await?;
    let id: DeliveryId = caller.id("delivery_id")?;
    let found = webhooks::delivery(&mut tx, (caller.hub(), webhook.id), id).await?.ok_or_else(Problem::not_found)?;
    let attempts = webhooks::attempts(&mut tx, caller.hub(), id).await?;
    drop(tx);
    let one = One {
        shell: Shell::of(&caller, found.kind.as_str(), HERE).await?,
        webhook: path(&webhook),
        name: webhook.name.as_str().to_owned(),
        path: format!("{}/deliveries/{id}", path(&webhook)),
        message_id: found.message_id,
        state: found.state.label(),
        tone: found.state.tone(),
        asked: found.asked,
        next: found.next_at.map(words::moment),
        rows: attempts.into_iter().map(Row::of).collect(),
        kind: found.kind,
    };
    page(&caller, &one).await
}

pub(super) async fn send_again(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    caller
        .write(sent.bytes(), async |journal| {
            let (webhook, id): (WebhookId, DeliveryId) = (caller.id("id")?, caller.id("delivery_id")?);
            webhooks::redeliver(journal, webhook, id).await?;
            Ok(Reply::see(&format!("/settings/webhooks/{webhook}/deliveries/{id}?done=webhook-sent-again")))
        })
        .await
}
