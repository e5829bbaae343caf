//! All webhooks of the hub, and making another.

use std::cell::RefCell;

use askama::Template;

use super::labelled::choices;
use super::{HERE, path};
use crate::base::text::{Line, Link};
use crate::messages::webhooks::{self, Kinds, MOST, Wanted, Webhook};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::Labelled;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::Reply;

struct Row {
    path: String,
    name: String,
    url: String,
    state: &'static str,
    tone: &'static str,
    failing: Option<String>,
}

impl Row {
    fn of(webhook: Webhook) -> Row {
        Row {
            path: path(&webhook),
            name: webhook.name.as_str().to_owned(),
            url: webhook.url.as_str().to_owned(),
            state: webhook.state.label(),
            tone: webhook.state.tone(),
            failing: webhook.failing_since.map(words::moment),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/webhooks/list.html")]
struct List {
    shell: Shell,
    filled: Filled,
    rows: Vec<Row>,
    choices: Vec<(String, String)>,
}

pub(super) async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    list(&caller, Filled::default()).await
}

async fn list(caller: &Caller, filled: Filled) -> Answer {
    let rows = webhooks::list(&mut caller.read().await?, caller.hub(), None, MOST).await?;
    let shell = Shell::of(caller, "Webhooks", HERE).await?;
    let rows = rows.into_iter().map(Row::of).collect();
    page(caller, &List { shell, filled, rows, choices: choices(&[]) }).await
}

/// A webhook as it is typed.
#[derive(eserde::Deserialize)]
pub(super) struct Typed {
    pub(super) name: Line,
    pub(super) url: Link,
    pub(super) kinds: Option<Kinds>,
}

impl Typed {
    pub(super) fn wanted(&self) -> Wanted {
        Wanted { name: self.name.clone(), url: self.url.clone(), kinds: self.kinds.clone() }
    }
}

#[derive(Template)]
#[template(path = "pages/webhooks/secret.html")]
pub(super) struct Shown {
    pub(super) shell: Shell,
    pub(super) name: String,
    pub(super) path: String,
    pub(super) text: String,
    /// Until when the secret before signs too.
    pub(super) old_until: Option<String>,
}

impl Shown {
    /// The page with a secret that was made, which is shown this once.
    pub(super) async fn page(caller: &Caller, webhook: &Webhook, text: String) -> Answer {
        let shown = Shown {
            shell: Shell::of(caller, "The new secret", HERE).await?,
            name: webhook.name.as_str().to_owned(),
            path: path(webhook),
            text,
            old_until: webhook.old_secret_until.map(words::deadline),
        };
        page(caller, &shown).await
    }
}

/// Makes a webhook. Its secret is in this page and nowhere else: a form that is sent again leads to the list.
pub(super) async fn make(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let made = RefCell::new(None);
    let answer = match create(&caller, &sent, &made).await {
        Err(problem) => return list(&caller, sent.again(problem)?).await,
        Ok(answer) => answer,
    };
    match made.into_inner() {
        Some((webhook, text)) => Shown::page(&caller, &webhook, text).await,
        None => Ok(answer),
    }
}

async fn create(caller: &Caller, sent: &Form, made: &RefCell<Option<(Webhook, String)>>) -> Answer {
    let typed: Typed = sent.read()?;
    caller
        .write(sent.bytes(), async |journal| {
            let (webhook, secret) =
                webhooks::create(journal, caller.vault(), &caller.app().settings.reach(), typed.wanted()).await?;
            made.replace(Some((webhook, secret.text())));
            Ok(Reply::see("/settings/webhooks?done=webhook-made"))
        })
        .await
}
