//! What the database holds only under a key of the service, sealed anew when the key is another.

use hub_credits::base::auth::Keys;
use hub_credits::base::clock::Clock;
use hub_credits::base::config::Settings;
use hub_credits::base::db::Db;
use hub_credits::base::vault::Vault;
use hub_credits::members::logins::totp;
use hub_credits::rounds::{self, Resealed};

use super::failure::Failure;
use super::{open, out};

/// Puts a new key first. What the key that leaves the file sealed is sealed anew before that, and all of it after, where
/// the database is reached.
pub async fn rotate(settings: &Settings) -> Result<(), Failure> {
    let db = open::as_it_is(settings).await.ok();
    if let Some(db) = db.as_ref().filter(|_| settings.keys.exists()) {
        of_all(db, &Keys::open(&settings.keys)?).await?;
    }
    let keys = Keys::rotate(&settings.keys)?;
    out::line(&format!("{}: a new key signs from now on", settings.keys.display()))?;
    match db {
        Some(db) => {
            let sealed = of_all(&db, &keys).await?;
            db.close().await;
            said(sealed).map(drop)
        }
        None => {
            let database =
                "the database was not reached: if there is one, run hub-credits reseal before the next rotation";
            out::line(database)
        }
    }
}

/// Seals everything anew.
pub async fn reseal(settings: &Settings) -> Result<(), Failure> {
    let db = open::as_it_is(settings).await?;
    let keys = open::keys(settings, &db).await?;
    let sealed = of_all(&db, &keys).await?;
    db.close().await;
    if said(sealed)? { Ok(()) } else { Err(Failure::FoundWrong) }
}

/// Says what was sealed; whether nothing is lost.
fn said(sealed: Resealed) -> Result<bool, Failure> {
    let Resealed { needs, webhooks } = sealed;
    let mut whole = true;
    for (of, (done, lost)) in [("people's needs", needs), ("webhooks", webhooks)] {
        out::line(&format!("{of}: {done} were sealed anew"))?;
        if lost > 0 {
            out::line(&format!("{of}: {lost} can't be opened, since their key is not in the key file any more"))?;
            whole = false;
        }
    }
    Ok(whole)
}

async fn of_all(db: &Db, keys: &Keys) -> Result<Resealed, Failure> {
    let vault = Vault::new(keys);
    totp::seal_anew(db, &vault).await.map_err(Failure::failed)?;
    let hubs = open::some_hubs(&mut db.read_everywhere().await?, None).await?;
    let mut all = Resealed::default();
    for hub in hubs {
        let Resealed { needs, webhooks } =
            rounds::reseal(db, &vault, hub.id, Clock::System.now()).await.map_err(Failure::failed)?;
        all.needs = (all.needs.0 + needs.0, all.needs.1 + needs.1);
        all.webhooks = (all.webhooks.0 + webhooks.0, all.webhooks.1 + webhooks.1);
    }
    Ok(all)
}
