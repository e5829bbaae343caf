//! API keys at the edge: whom a key stands for, read on every request, and its last use, written beside the request.

use actix_web::HttpRequest;
use actix_web::web::Data;
use chrono::{DateTime, Utc};

use super::app::App;
use super::limits::Proof;
use super::problem::Problem;
use crate::base::db::{self, Db};
use crate::members::api_keys::{self, Holder, KeyText, Refused};

/// What the text of a key proves, with the request counted before the database is asked: for the key where this process
/// has seen it, and else for its address.
pub(super) async fn prove(app: &Data<App>, text: &str, request: &HttpRequest) -> Result<Proof, Problem> {
    let known = &app.keyring.0;
    let unknown = Ok(Proof::Key(Err(Refused::Unknown)));
    let Some(digest) = KeyText::parse(text).map(|key| key.digest()) else {
        app.limits.count(Proof::Nothing, request)?;
        return unknown;
    };
    let remembered = known.opened.get(&digest);
    match remembered {
        Some((_, key)) => app.limits.count_key(key, request)?,
        None => app.limits.count(Proof::Nothing, request)?,
    }
    let (mut tx, now) = (app.db.read_everywhere().await?, app.clock.now());
    let (hub, key) = match remembered {
        Some(opened) => opened,
        None => {
            let Some(opened) = api_keys::opened_by(&mut tx, &digest).await? else { return unknown };
            known.opened.insert(digest, opened);
            app.limits.count_key(opened.1, request)?;
            opened
        }
    };
    let holder = api_keys::holder(&mut tx, hub, key, now).await?;
    if let Ok(holder) = holder {
        note(app, holder, now);
    }
    Ok(Proof::Key(holder))
}

/// Writes the use of a key down, once a minute, while the request goes on.
fn note(app: &Data<App>, holder: Holder, now: DateTime<Utc>) {
    let noted = &app.keyring.0.noted;
    let lately = noted.get(&holder.key).is_some_and(|at| api_keys::is_noted(at, now));
    if !holder.to_note || lately {
        return;
    }
    noted.insert(holder.key, now);
    let db = app.db.clone();
    actix_web::rt::spawn(async move {
        if let Err(error) = db::retrying(async || write(&db, holder, now).await).await {
            tracing::warn!(%error, key = %holder.key, "the use of an API key was not written down");
        }
    });
}

async fn write(db: &Db, holder: Holder, now: DateTime<Utc>) -> Result<(), db::Error> {
    let mut tx = db.write(holder.hub).await?;
    api_keys::note_use(&mut tx, holder.hub, holder.key, now).await?;
    tx.commit().await
}
