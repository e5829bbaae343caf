//! `import people`, and the link to somebody's new address.

use std::path::PathBuf;

use clap::Args;
use hub_credits::base::clock::{Clock, london_date};
use hub_credits::base::config::Settings;
use hub_credits::base::db::{Db, retrying};
use hub_credits::base::ids::HubId;
use hub_credits::base::text::{Email, counted};
use hub_credits::booking::certificates;
use hub_credits::ledger::Journal;
use hub_credits::ledger::audit::{self, By, Entry, Origin};
use hub_credits::members::people::importing::{self, Field, File, Invited, Options, Plan, Reach};
use hub_credits::members::people::{self, Role, addresses};
use hub_credits::members::schools::Mode;
use hub_credits::web::links;

use super::failure::Failure;
use super::sheets::{complain, opened};
use super::{open, out};

/// A file of people and how it is read.
#[derive(Args)]
pub struct People {
    /// The file, or - for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The hub [default: the only one]
    #[arg(long, value_name = "NAME")]
    hub: Option<String>,
    /// The column that holds a field, such as name="Display name"; nothing after = leaves the field out
    #[arg(long = "map", value_name = "FIELD=COLUMN", value_parser = mapped)]
    map: Vec<(Field, String)>,
    /// The role of those whose row names none
    #[arg(long, value_name = "ROLE", value_parser = Role::parse)]
    role: Option<Role>,
    /// Imports the good rows of a file that has bad ones
    #[arg(long)]
    partial: bool,
    /// Only says what would be done
    #[arg(long)]
    dry_run: bool,
    /// Prints a single-use link for everybody of the file who has not signed in yet
    #[arg(long, conflicts_with = "dry_run")]
    invite: bool,
}

/// Whose new address.
#[derive(Args)]
pub struct AddressLink {
    /// The address that they have now
    #[arg(long, value_name = "EMAIL", value_parser = Email::parse)]
    email: Email,
    /// The hub [default: the only one]
    #[arg(long, value_name = "NAME")]
    hub: Option<String>,
}

/// Imports a file of people.
pub async fn import(settings: &Settings, given: People) -> Result<(), Failure> {
    let options = Options { mapping: given.map, role: given.role };
    let file = importing::read(opened(&given.file)?, &options).map_err(Failure::usage)?;
    let mode = if given.partial { Mode::Partial } else { Mode::All };
    let db = open::as_it_is(settings).await?;
    let hub = open::one_hub(&mut db.read_everywhere().await?, given.hub.as_deref()).await?.id;
    if given.dry_run {
        let today = london_date(Clock::System.now());
        let plan = importing::plan(&mut db.read(hub).await?, hub, &file, Reach::Hub(None), today).await;
        let plan = plan.map_err(Failure::failed)?;
        complain(&plan.bad);
        return out::text(&said(&plan, "would be "));
    }
    let outcome = retrying(async || write(&db, hub, &file, mode, given.invite).await).await;
    db.close().await;
    match outcome {
        Ok((plan, invited)) => {
            complain(&plan.bad);
            out::text(&said(&plan, ""))?;
            for Invited { email, secret, .. } in invited {
                out::line(&format!("{email},{}", links::invitation(&settings.public_url, &secret)))?;
            }
            Ok(())
        }
        Err(NotImported::Importing(importing::Error::BadRows { bad, rows })) => {
            complain(&bad);
            let rows = format!("{} of {rows} rows", bad.rows());
            Err(Failure::failed(format!("nothing was imported: {rows} can't be taken; --partial imports the others")))
        }
        Err(error) => Err(Failure::failed(error)),
    }
}

/// Why a file was not imported.
#[derive(Debug, thiserror::Error)]
enum NotImported {
    #[error(transparent)]
    Importing(#[from] importing::Error),
    #[error(transparent)]
    People(#[from] people::Error),
    #[error(transparent)]
    Ledger(#[from] hub_credits::ledger::Error),
    #[error(transparent)]
    Database(#[from] hub_credits::base::db::Error),
}

async fn write(
    db: &Db,
    hub: HubId,
    file: &File,
    mode: Mode,
    invite: bool,
) -> Result<(Plan, Vec<Invited>), NotImported> {
    let mut journal = Journal::open(db.write(hub).await?, hub, None, Clock::System.now()).await?;
    let today = journal.today();
    let plan = importing::plan(journal.tx(), hub, file, Reach::Hub(None), today).await?;
    let invited = importing::import(&mut journal, &plan, mode, invite).await?;
    for (_, person, name) in &plan.renamed {
        certificates::rename(&mut journal, person.id, person.version, name.clone()).await?;
    }
    journal.commit().await?;
    Ok((plan, invited))
}

fn said(plan: &Plan, would: &str) -> String {
    let (created, renamed, unchanged) = (plan.created.len(), plan.renamed.len(), plan.unchanged.len());
    let mut text = format!(
        "{} rows: {created} people {would}created, {renamed} {would}renamed, {unchanged} unchanged\n",
        plan.rows
    );
    for cleaned in &plan.cleaned {
        text.push_str(&format!("  line {}: {}\n", cleaned.line, cleaned.reason));
    }
    if !plan.bad.is_empty() {
        text.push_str(&format!("left out: {}\n", counted(plan.bad.rows(), "row")));
    }
    let ignored: Vec<_> = plan.reading.ignored.iter().map(ToString::to_string).collect();
    if !ignored.is_empty() {
        text.push_str(&format!("columns not read: {}\n", ignored.join(", ")));
    }
    text
}

/// Prints the link that confirms somebody's new address.
pub async fn address_link(settings: &Settings, AddressLink { email, hub }: AddressLink) -> Result<(), Failure> {
    let db = open::as_it_is(settings).await?;
    let hub = open::one_hub(&mut db.read_everywhere().await?, hub.as_deref()).await?;
    let found = people::by_emails(&mut db.read(hub.id).await?, hub.id, std::slice::from_ref(&email)).await?.pop();
    let person = found.ok_or_else(|| Failure::failed(format!("nobody in {} has the address {email}", hub.name)))?;
    let now = Clock::System.now();
    let mut journal = Journal::open(db.write(hub.id).await?, hub.id, None, now).await.map_err(Failure::failed)?;
    let pending = addresses::pending(journal.tx(), hub.id, person.id, now).await?;
    let pending = pending.ok_or_else(|| Failure::failed(format!("{} has asked for no other address", person.name)))?;
    let secret = addresses::ask(&mut journal, person.id, &pending.email).await.map_err(Failure::failed)?;
    let told = Entry::done("address_link_made", By::default(), Origin::default(), now).to_person(person.id);
    audit::note(journal.tx(), hub.id, &[told]).await.map_err(Failure::failed)?;
    journal.commit().await.map_err(Failure::failed)?;
    db.close().await;
    out::line(&format!("{}: {}", pending.email, links::address(&settings.public_url, &secret)))
}

fn mapped(text: &str) -> Result<(Field, String), String> {
    let (field, column) = text.split_once('=').ok_or("must be field=column, such as name=\"Display name\"")?;
    Ok((Field::parse(field.trim())?, column.trim().to_owned()))
}
