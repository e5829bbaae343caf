//! Changing a webhook, giving it a new secret, deleting it.

use std::cell::RefCell;

use askama::Template;

use super::labelled::choices;
use super::list::{Shown, Typed};
use super::{HERE, known, path};
use crate::base::ids::WebhookId;
use crate::messages::webhooks::{self, Webhook};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form, Whole};
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;

#[derive(Template)]
#[template(path = "pages/webhooks/edit.html")]
struct Edit {
    shell: Shell,
    filled: Filled,
    path: String,
    name: String,
    choices: Vec<(String, String)>,
}

pub(super) async fn edit(call: Call) -> Answer {
    let caller = call.allow()?;
    let webhook = known(&caller, &mut caller.read().await?).await?;
    let kinds = webhook.kinds.iter().flat_map(|kinds| kinds.topics()).map(|topic| topic.as_str().to_owned()).collect();
    let filled = Filled::with([
        ("version", webhook.version.to_string()),
        ("name", webhook.name.as_str().to_owned()),
        ("url", webhook.url.as_str().to_owned()),
    ]);
    form(&caller, &webhook, filled.and("kinds[]", kinds)).await
}

async fn form(caller: &Caller, webhook: &Webhook, filled: Filled) -> Answer {
    let chosen = webhook.kinds.as_ref().map(|kinds| kinds.topics()).unwrap_or_default();
    let edit = Edit {
        shell: Shell::of(caller, "Change a webhook", HERE).await?,
        filled,
        path: path(webhook),
        name: webhook.name.as_str().to_owned(),
        choices: choices(chosen),
    };
    page(caller, &edit).await
}

pub(super) async fn save(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    match saved(&caller, &sent).await {
        Err(problem) => {
            let webhook = known(&caller, &mut caller.read().await?).await?;
            form(&caller, &webhook, sent.again(problem)?).await
        }
        outcome => outcome,
    }
}

/// The version that was shown.
#[derive(eserde::Deserialize)]
struct Version {
    version: Whole,
}

async fn saved(caller: &Caller, sent: &Form) -> Answer {
    let (Version { version: Whole(version) }, typed) = (sent.read()?, sent.read::<Typed>()?);
    caller
        .write(sent.bytes(), async |journal| {
            let id: WebhookId = caller.id("id")?;
            webhooks::get(journal.tx(), caller.hub(), id).await?.ok_or_else(Problem::not_found)?;
            let changed =
                webhooks::change(journal, &caller.app().settings.reach(), (id, version), typed.wanted()).await?;
            Ok(Reply::see(&format!("{}?done=webhook-changed", path(&changed))))
        })
        .await
}

#[derive(Template)]
#[template(path = "pages/webhooks/rotate.html")]
struct AskSecret {
    shell: Shell,
    filled: Filled,
    path: String,
    name: String,
    overlaps: Vec<(&'static str, &'static str)>,
}

/// For how many hours the secret before may sign too.
const OVERLAPS: &[(&str, &str)] =
    &[("0", "It ends now"), ("24", "One day"), ("72", "Three days"), ("168", "Seven days")];

pub(super) async fn ask_secret(call: Call) -> Answer {
    let caller = call.allow()?;
    secret_form(&caller, Filled::with([("overlap_hours", "24")])).await
}

async fn secret_form(caller: &Caller, filled: Filled) -> Answer {
    let webhook = known(caller, &mut caller.read().await?).await?;
    let (shell, name) = (Shell::of(caller, "A new secret", HERE).await?, webhook.name.as_str().to_owned());
    page(caller, &AskSecret { shell, filled, path: path(&webhook), name, overlaps: OVERLAPS.to_vec() }).await
}

#[derive(eserde::Deserialize)]
struct Overlap {
    overlap_hours: Whole,
}

/// Gives it a new secret, which is in this page and nowhere else: a form that is sent again leads to the webhook.
pub(super) async fn rotate(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let made = RefCell::new(None);
    let answer = match rotated(&caller, &sent, &made).await {
        Err(problem) => return secret_form(&caller, sent.again(problem)?).await,
        outcome => outcome?,
    };
    match made.into_inner() {
        Some((webhook, text)) => Shown::page(&caller, &webhook, text).await,
        None => Ok(answer),
    }
}

async fn rotated(caller: &Caller, sent: &Form, made: &RefCell<Option<(Webhook, String)>>) -> Answer {
    let Overlap { overlap_hours: Whole(hours) } = sent.read()?;
    caller
        .write(sent.bytes(), async |journal| {
            let (webhook, secret) = webhooks::rotate(journal, caller.vault(), caller.id("id")?, hours).await?;
            let back = format!("{}?done=webhook-secret-made", path(&webhook));
            made.replace(Some((webhook, secret.text())));
            Ok(Reply::see(&back))
        })
        .await
}

#[derive(Template)]
#[template(path = "pages/webhooks/delete.html")]
struct AskDelete {
    shell: Shell,
    path: String,
    name: String,
}

pub(super) async fn ask_delete(call: Call) -> Answer {
    let caller = call.allow()?;
    let webhook = known(&caller, &mut caller.read().await?).await?;
    let (shell, name) = (Shell::of(&caller, "Delete a webhook", HERE).await?, webhook.name.as_str().to_owned());
    page(&caller, &AskDelete { shell, path: path(&webhook), name }).await
}

pub(super) async fn delete(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    caller
        .write(sent.bytes(), async |journal| {
            webhooks::delete(journal, caller.id("id")?).await?;
            Ok(Reply::see("/settings/webhooks?done=webhook-deleted"))
        })
        .await
}
