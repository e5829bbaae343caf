//! `/account/keys`: the API keys that somebody has made for their programs.

use std::cell::RefCell;

use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};

use super::HERE;
use crate::base::text::Line;
use crate::members::api_keys::{self, ApiKey, NewApiKey, Scope};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Reply, next_page};
use crate::web::roles::MANAGER_AND_LEADS;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/account/keys", MANAGER_AND_LEADS, show);
    pages.post("/account/keys", MANAGER_AND_LEADS, make);
    pages.get("/account/keys/{id}/revoke", MANAGER_AND_LEADS, show_one);
    pages.post("/account/keys/{id}/revoke", MANAGER_AND_LEADS, revoke);
}

/// How long a key may last, in days.
const LASTS: &[(&str, &str)] =
    &[("30", "30 days"), ("90", "90 days"), ("180", "half a year"), ("365", "a year"), ("730", "two years")];

/// A key, without its text.
struct Row {
    id: String,
    name: String,
    scope: &'static str,
    made: String,
    ends: String,
    used: String,
    state: &'static str,
    lives: bool,
}

impl Row {
    fn of(key: ApiKey, now: DateTime<Utc>) -> Row {
        let (revoked, ended) = (key.revoked_at.is_some(), now >= key.expires_at);
        Row {
            id: key.id.to_string(),
            name: key.name.as_str().to_owned(),
            scope: key.scope.label(),
            made: words::short_day_of(key.created_at),
            ends: words::short_day_of(key.expires_at),
            used: key.last_used_at.map_or_else(|| "Never".to_owned(), words::short_day_of),
            state: if revoked {
                "Revoked"
            } else if ended {
                "Ended"
            } else {
                "Works"
            },
            lives: !revoked && !ended,
        }
    }
}

#[derive(Template)]
#[template(path = "pages/account/keys.html")]
struct Keys {
    shell: Shell,
    me: String,
    filled: Filled,
    rows: Vec<Row>,
    next: Option<String>,
    scopes: Vec<(&'static str, &'static str)>,
    lasts: Vec<(&'static str, &'static str)>,
}

#[derive(eserde::Deserialize)]
struct Which {
    after: Option<String>,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    list(&caller, Filled::with([("scope", "read"), ("days", "365")])).await
}

async fn list(caller: &Caller, filled: Filled) -> Answer {
    let Which { after } = asked_for(caller)?;
    let (after, limit) = (place_after(caller, after.as_deref()), Limit::default());
    let own = Some(caller.person.id);
    let mut keys = api_keys::list(&mut caller.read().await?, caller.hub(), own, after, limit.and_one()).await?;
    let next = next_page(&mut keys, limit, caller.uri(), |last| last.id);
    let rows = keys.into_iter().map(|key| Row::of(key, caller.now())).collect();
    let shell = Shell::of(caller, "Keys for programs", HERE).await?;
    let (me, scopes, lasts) = (caller.person.id.to_string(), options::<Scope>(), LASTS.to_vec());
    page(caller, &Keys { shell, me, filled, rows, next, scopes, lasts }).await
}

#[derive(eserde::Deserialize)]
struct New {
    name: Line,
    scope: Scope,
    days: String,
}

#[derive(Template)]
#[template(path = "pages/account/key.html")]
struct Made {
    shell: Shell,
    name: String,
    scope: &'static str,
    ends: String,
    text: String,
}

/// Makes a key. Its text is in this page and nowhere else: a form that is sent again leads to the list.
async fn make(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let text = RefCell::new(None);
    let answer = match made(&caller, &sent, &text).await {
        Err(problem) => return list(&caller, sent.again(problem)?).await,
        Ok(answer) => answer,
    };
    let Some((key, text)) = text.into_inner() else { return Ok(answer) };
    let template = Made {
        shell: Shell::of(&caller, "Your new key", HERE).await?,
        name: key.name.as_str().to_owned(),
        scope: key.scope.label(),
        ends: words::day_of(key.expires_at),
        text,
    };
    page(&caller, &template).await
}

async fn made(caller: &Caller, sent: &Form, text: &RefCell<Option<(ApiKey, String)>>) -> Answer {
    let New { name, scope, days } = sent.read()?;
    let offered = LASTS.iter().any(|(known, _)| *known == days);
    let days = days.parse::<i64>().ok().filter(|_| offered);
    let days: i64 = days.ok_or_else(|| Problem::field("/days", "invalid", "Choose how long it lasts"))?;
    let expires_at = caller.now() + TimeDelta::days(days);
    caller
        .write(sent.bytes(), async |journal| {
            let new = NewApiKey { name: name.clone(), scope, person: caller.person.id, expires_at };
            let (key, made) = api_keys::create(journal, new).await?;
            text.replace(Some((key, made.into_text())));
            Ok(Reply::see("/account/keys?done=key-made"))
        })
        .await
}

#[derive(Template)]
#[template(path = "pages/account/key_revoke.html")]
struct Revoke {
    shell: Shell,
    key: Row,
}

async fn show_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let key = Row::of(
        own(&caller, api_keys::get(&mut caller.read().await?, caller.hub(), caller.id("id")?).await?)?,
        caller.now(),
    );
    page(&caller, &Revoke { shell: Shell::of(&caller, "Revoke a key", HERE).await?, key }).await
}

async fn revoke(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    caller
        .write(sent.bytes(), async |journal| {
            let key = own(&caller, api_keys::get(journal.tx(), caller.hub(), caller.id("id")?).await?)?;
            api_keys::revoke(journal, &key).await?;
            Ok(Reply::see("/account/keys?done=key-revoked"))
        })
        .await
}

/// The key, where it is the caller's own.
fn own(caller: &Caller, key: Option<ApiKey>) -> Result<ApiKey, Problem> {
    key.filter(|key| key.person_id == caller.person.id).ok_or_else(Problem::not_found)
}
