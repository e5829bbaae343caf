//! `verify` and `export`: what lets anyone check the ledger.

use clap::ValueEnum;
use hub_credits::config::Settings;
use hub_credits::ledger;
use hub_credits::reports;

use super::failure::Failure;
use super::{open, out};

/// The forms of the journal.
#[derive(Clone, Copy, ValueEnum)]
pub enum Format {
    /// Plain-text accounting, as hledger and Ledger read it.
    Hledger,
}

/// Verifies one hub, or all.
pub async fn verify(settings: &Settings, hub: Option<String>) -> Result<(), Failure> {
    let db = open::as_it_is(settings).await?;
    let mut tx = db.read().await?;
    let mut all_is_well = true;
    for hub in open::some_hubs(&mut tx, hub.as_deref()).await? {
        let total = ledger::head(&mut tx, hub.id).await?.and_then(|head| u64::try_from(head.sequence).ok());
        let bar = out::progress("verifying", total);
        let found = reports::verify(&mut tx, hub.id, |done| bar.set_position(u64::try_from(done).unwrap_or(0))).await?;
        bar.finish_and_clear();
        out::line(&format!("{}: {} accounts, chain {}", hub.name, found.accounts, hex::encode(found.head)))?;
        out::line(&found.to_string())?;
        all_is_well &= found.difference.is_none();
    }
    drop(tx);
    db.close().await;
    if all_is_well { Ok(()) } else { Err(Failure::FoundWrong) }
}

/// Prints the journal of a hub, in one consistent read.
pub async fn export(settings: &Settings, format: Format, hub: Option<String>) -> Result<(), Failure> {
    let db = open::as_it_is(settings).await?;
    let mut tx = db.read().await?;
    let hub = open::one_hub(&mut tx, hub.as_deref()).await?;
    let labels = reports::labels(&mut tx, hub.id).await?;
    match format {
        Format::Hledger => {
            ledger::hledger(&mut tx, hub.id, hub.name.as_str(), &labels, async |piece| out::text(&piece)).await
        }
    }
}
