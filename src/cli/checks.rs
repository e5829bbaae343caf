//! `verify`, and the commands around it: the public keys that check signatures, and vouching for a ledger's end.

use std::collections::HashSet;
use std::path::Path;

use hub_credits::base::auth::Keys;
use hub_credits::base::clock::Clock;
use hub_credits::base::config::Settings;
use hub_credits::ledger::checkpoints::{self, Checkpoint, Coverage, Evidence, Files, Keeper, Trust};
use hub_credits::ledger::{self, KeptHead};
use hub_credits::members::hubs;
use hub_credits::reports;

use super::failure::Failure;
use super::{Verify, open, out};

/// Verifies one hub or all; with a kept head to compare with, one.
pub async fn verify(settings: &Settings, Verify { hub, against, public_keys }: Verify) -> Result<(), Failure> {
    let mut trust = if settings.keys.exists() { Trust::of(&Keys::open(&settings.keys)?) } else { Trust::default() };
    trust.keys.extend(public_keys);
    // Before anything is read from the database: what is signed meanwhile is not in the files.
    let files = files(settings, &trust)?;
    let db = open::as_it_is(settings).await?;
    let mut tx = db.read_everywhere().await?;
    let hubs = match against {
        Some(_) => vec![open::one_hub(&mut tx, hub.as_deref()).await?],
        None => open::some_hubs(&mut tx, hub.as_deref()).await?,
    };
    if hubs.is_empty() {
        return Err(Failure::failed("there is no hub in the database to verify"));
    }
    let mut elsewhere: HashSet<_> = files.hubs().collect();
    let mut all_is_well = true;
    for hub in hubs {
        elsewhere.remove(&hub.id);
        let total = ledger::head(&mut tx, hub.id).await?.and_then(|head| u64::try_from(head.sequence).ok());
        let bar = out::progress("verifying", total);
        let progress = |done| bar.set_position(u64::try_from(done).unwrap_or(0));
        let evidence = Evidence::of(&mut tx, hub.id, &files, &trust, Clock::System.now()).await?.and(against);
        let (found, coverage) = reports::verify_with(&mut tx, hub.id, &evidence, progress).await?;
        bar.finish_and_clear();
        let alone = match hubs::has_only_its_journal(&mut tx, hub.id).await? {
            true => "; its journal was imported, and is all there is to verify",
            false => "",
        };
        let (name, accounts, head) = (&hub.name, found.accounts, hex::encode(found.head));
        out::line(&format!("{name}: {accounts} accounts, head {}:{head}{alone}", found.transactions))?;
        if let Some(coverage) = coverage {
            out::line(&coverage.to_string())?;
            if let Some(words) = beside(&coverage, files.newest(hub.id), &settings.checkpoint_file()) {
                out::line(&words)?;
            }
        }
        out::line(&found.to_string())?;
        all_is_well &= found.difference.is_none();
    }
    if settings.checkpoints.is_some() && hub.is_none() && against.is_none() {
        for hub in &elsewhere {
            out::line(&format!("WRONG: {hub}: there are checkpoints of this hub, which is not in the database"))?;
        }
        all_is_well &= elsewhere.is_empty();
    }
    drop(tx);
    db.close().await;
    if all_is_well { Ok(()) } else { Err(Failure::FoundWrong) }
}

/// What the checkpoint file holds: nothing, where none was named and none exists.
fn files(settings: &Settings, trust: &Trust) -> Result<Files, Failure> {
    let (mut files, file) = (Files::default(), settings.checkpoint_file());
    if settings.checkpoints.is_some() || file.exists() {
        let unreadable = |error| Failure::usage(format!("checkpoints: {} can't be read: {error}", file.display()));
        files.read(&file, trust).map_err(unreadable)?;
    }
    if files.unread > 0 {
        out::line(&format!("{}: {} places are no checkpoints, and were passed over", file.display(), files.unread))?;
    }
    Ok(files)
}

/// A remark for when the checkpoint file does not reach as far as the database says was signed.
fn beside(coverage: &Coverage, newest: Option<&Checkpoint>, file: &Path) -> Option<String> {
    let (signed, file) = (coverage.checkpoint.as_ref()?, file.display());
    match newest {
        Some(newest) if newest.sequence >= signed.sequence => None,
        Some(newest) => Some(format!(
            "{file} goes up to {} only; what comes after was checked against the database's own checkpoints",
            newest.sequence
        )),
        None => {
            Some(format!("{file} has no checkpoint of this hub; it was checked against the database's own checkpoints"))
        }
    }
}

/// Prints the public keys of a hub's checkpoints.
pub async fn public_keys(settings: &Settings, hub: Option<String>) -> Result<(), Failure> {
    let db = open::as_it_is(settings).await?;
    let hub = open::one_hub(&mut db.read_everywhere().await?, hub.as_deref()).await?;
    let keys = open::keys(settings, &db).await?;
    db.close().await;
    let origin = checkpoints::origin(&settings.public_url, hub.id);
    for key in keys.public() {
        out::line(&checkpoints::verifier_key(&origin, &key))?;
    }
    Ok(())
}

/// Vouches for the end of a hub's ledger.
pub async fn vouch(settings: &Settings, hub: Option<String>, head: KeptHead) -> Result<(), Failure> {
    let db = open::as_it_is(settings).await?;
    let mut tx = db.read_everywhere().await?;
    let hub = open::one_hub(&mut tx, hub.as_deref()).await?;
    let keys = open::keys(settings, &db).await?;
    let found = reports::verify(&mut tx, hub.id, Some(head), |_| {}).await?;
    drop(tx);
    out::line(&found.to_string())?;
    if found.difference.is_some() {
        return Err(Failure::FoundWrong);
    }
    let mut tx = db.write(hub.id).await?;
    let adopted = ledger::adopt_head(&mut tx, &keys, hub.id, head).await?;
    tx.commit().await?;
    if adopted.none() {
        return Err(Failure::failed(format!("{}: the ledger has another end by now", hub.name)));
    }
    let mut keeper = Keeper::new(db.clone(), keys, &settings.public_url, Some(settings.checkpoint_file()));
    keeper.go(Clock::System.now()).await.map_err(Failure::failed)?;
    db.close().await;
    out::line(&format!("{}: the ledger up to {} is marked as this service's", hub.name, head.sequence))
}
