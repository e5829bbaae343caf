//! `demo`: makes the demonstration where there is none yet, tells its story, and serves it.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use hub_credits::base::auth::{Keys, Subject};
use hub_credits::base::clock::Clock;
use hub_credits::base::config::{Demonstrated, Settings};
use hub_credits::base::db::{self, Db};
use hub_credits::base::ids::HubId;
use hub_credits::base::text::Email;
use hub_credits::demo::{self, Holding};
use hub_credits::ledger::checkpoints::Keeper;
use hub_credits::members::hubs::Hub;
use hub_credits::members::people;
use hub_credits::reports;

use super::failure::Failure;
use super::{open, out, serve};

/// How long the printed tokens are valid.
const TOKENS: TimeDelta = TimeDelta::hours(24);

/// What was asked for.
#[derive(clap::Args)]
pub struct Demo {
    /// Stops after printing
    #[arg(long)]
    no_serve: bool,
    /// Begins again from nothing
    #[arg(long)]
    fresh: bool,
}

/// Makes the demonstration, tells it, and serves it.
pub async fn demo(mut settings: Settings, Demo { no_serve, fresh }: Demo) -> Result<(), Failure> {
    // If the address is taken, the user should hear so first.
    let listener = if no_serve { None } else { Some(serve::listen(&mut settings)?) };
    if fresh {
        begin_again(&settings).await?;
    }
    let db = open::made(&settings).await?;
    let holding = demo::holding(&mut db.read_everywhere().await?).await?;
    if matches!(holding, Holding::Others) {
        return Err(others());
    }
    let keys = open::keys(&settings, &db).await?;
    let hub = match holding {
        Holding::Demonstration(hub) => *hub,
        Holding::Nothing => {
            let bar = out::progress("founding the hub", Some(demo::STEPS));
            let hub = demo::build(&db, &keys.marks(), &Clock::System, |step| {
                bar.inc(1);
                bar.set_message(step);
            })
            .await?;
            bar.finish_and_clear();
            let (url, file) = (&settings.public_url, settings.checkpoint_file());
            Keeper::new(db.clone(), keys.clone(), url, Some(file))
                .go(Clock::System.now())
                .await
                .map_err(Failure::failed)?;
            hub
        }
        Holding::Unfinished => {
            return Err(Failure::failed(
                "database: its demonstration was not made to the end; begin again with --fresh",
            ));
        }
        Holding::Others => return Err(others()),
    };
    tell(&db, &hub).await?;
    let Some(listener) = listener else {
        db.close().await;
        return Ok(());
    };
    out::text(&invitation(&db, hub.id, &keys, &mut settings).await?)?;
    serve::log_to_stderr(if settings.log == "info" { "warn" } else { &settings.log });
    serve::run(listener, db, keys, settings).await
}

/// Tells the story; the last line is the verdict on the ledger.
async fn tell(db: &Db, hub: &Hub) -> Result<(), Failure> {
    let mut tx = db.read_everywhere().await?;
    let told = demo::tell(&mut tx, hub).await?;
    let found = reports::verify(&mut tx, hub.id, None, |_| {}).await?;
    out::text(&told)?;
    out::line(&found.to_string())?;
    if found.difference.is_some() { Err(Failure::FoundWrong) } else { Ok(()) }
}

/// Where it is served: a link for each role that signs in by itself, and a token for each.
async fn invitation(db: &Db, hub: HubId, keys: &Keys, settings: &mut Settings) -> Result<String, Failure> {
    let url = settings.public_url.clone();
    let mut text =
        "\nServing until Ctrl-C. Open one of these in a browser, to look at it as that person:\n\n".to_owned();
    for (role, name, email) in demo::LOGINS {
        let secret = hex::encode(rand::random::<[u8; 8]>());
        let _ = writeln!(text, "  {url}/demo/{secret}  {role}, {name}");
        let (email, name) = (Email::parse(email).map_err(Failure::failed)?, name.to_owned());
        settings.demonstration.push(Demonstrated { secret, email, name, role: role.to_string() });
    }
    let _ = writeln!(
        text,
        "\nFor programs:\n\n  {url}/docs          the API, to read and try\n  {url}/openapi.json  the specification\n\nTokens for 24 hours:"
    );
    let now = Clock::System.now();
    let mut lead = String::new();
    let mut tx = db.read_everywhere().await?;
    for (role, name, email) in demo::LOGINS {
        let email = Email::parse(email).map_err(Failure::failed)?;
        let mut people = people::by_email(&mut tx, &email).await?;
        people.retain(|person| person.hub_id == hub);
        let person = people.pop().ok_or_else(|| Failure::failed(format!("nobody has the address {email}")))?;
        let token = keys.issue(Subject::Person(hub, person.id), now, TOKENS).map_err(Failure::failed)?;
        let _ = writeln!(text, "\n{role} ({name}, {email})\n{token}");
        if role == people::Role::SchoolLead && lead.is_empty() {
            lead = token;
        }
    }
    let operator = keys.issue(Subject::Operator, now, TOKENS).map_err(Failure::failed)?;
    let _ = writeln!(text, "\noperator\n{operator}");
    let _ = writeln!(text, "\nTry one:\n\n  curl -H 'Authorization: Bearer {lead}' {url}/v1/events\n");
    Ok(text)
}

/// Removes a demonstration; anything else is left alone.
async fn begin_again(settings: &Settings) -> Result<(), Failure> {
    let Some(file) = db::sqlite_file(&settings.database) else {
        let db = open::made(settings).await?;
        let holding = demo::holding(&mut db.read_everywhere().await?).await?;
        db.close().await;
        return match holding {
            Holding::Nothing => Ok(()),
            Holding::Demonstration(_) | Holding::Unfinished => Err(Failure::failed(
                "database: it holds a demonstration, and nothing is ever removed from a server; drop the database \
                 yourself, or name an empty one with --database, or leave --fresh out",
            )),
            Holding::Others => Err(others()),
        };
    };
    if !file.exists() {
        return Ok(());
    }
    let not_ours = |why: &str| {
        Failure::failed(format!("database: {} is left alone: {why}; name another with --database", file.display()))
    };
    let db = open::as_it_is(settings).await.map_err(|why| match why {
        Failure::Usage(why) | Failure::Failed(why) => not_ours(why.trim_start_matches("database: ")),
        done => done,
    })?;
    let holding = demo::holding(&mut db.read_everywhere().await?).await?;
    db.close().await;
    match holding {
        Holding::Others => Err(not_ours("it holds hubs that are not the demonstration")),
        Holding::Nothing | Holding::Demonstration(_) | Holding::Unfinished => remove(settings, &file),
    }
}

/// Removes the database, and its checkpoint file unless another was named.
fn remove(settings: &Settings, file: &Path) -> Result<(), Failure> {
    let checkpoints = settings.checkpoints.is_none().then(|| settings.checkpoint_file());
    let beside = |suffix: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    for file in [file.to_owned(), beside("-wal"), beside("-shm")].into_iter().chain(checkpoints) {
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::failed(format!("database: {} can't be removed: {error}", file.display())));
            }
            _ => {}
        }
    }
    Ok(())
}

fn others() -> Failure {
    Failure::failed(
        "database: it holds hubs that are not the demonstration, and is left alone; name another with --database",
    )
}
