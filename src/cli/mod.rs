//! The command line: the commands and their arguments. A command exits 0 when all went well, 1 when it failed or found
//! something wrong, 2 when it was called or configured wrongly.

mod checks;
mod demo;
mod failure;
mod hub;
mod import;
mod journal;
mod mail;
mod open;
mod out;
mod people;
mod seals;
mod serve;
mod sheets;

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::TimeDelta;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use hub_credits::base::auth::PublicKey;
use hub_credits::base::config::{Given, Settings};
use hub_credits::base::text::{Email, Line};
use hub_credits::ledger::checkpoints;
use hub_credits::ledger::{ExportFormat, KeptHead};
use hub_credits::web;

use failure::Failure;

/// The booking and credit service of groups of schools.
///
/// Settings come from flags, then the environment, then a TOML file. With none at all the service runs on
/// 127.0.0.1:8080 from an embedded database under data/. Providers of OpenID Connect stand in the file alone, as tables
/// [[openid]] (docs/openid.md).
#[derive(Parser)]
#[command(name = "hub-credits", version, about, long_about)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
    /// A TOML file of settings, named as the flags are, with _ for - [default: hub-credits.toml, where it is there]
    #[arg(long, global = true, env = "HUB_CREDITS_CONFIG", value_name = "FILE", help_heading = "Settings")]
    config: Option<PathBuf>,
    #[command(flatten)]
    given: Given,
}

#[derive(Subcommand)]
enum Command {
    /// Makes a demonstration hub of real schools in a database of its own, prints what happened, and serves it
    ///
    /// The database is sqlite:data/demo.db and the key file data/demo-keys.pem, unless flags name others.
    Demo(demo::Demo),
    /// Serves until it is told to stop; requests under way end first
    ///
    /// As long as there is no hub, it prints at every start a link that founds the first one in a browser.
    Serve,
    /// Founds a hub with its first manager, and prints the manager's single-use link
    Init(Init),
    /// Makes somebody a hub manager, whoever else can get into the hub, and prints their single-use link
    Manager(Manager),
    /// Prints a single-use link by which somebody sets a password and signs in: for whoever can't get in any more
    SignInLink(SignInLink),
    /// Prints the single-use link that confirms the new address that somebody asked for: give it to them there
    AddressLink(people::AddressLink),
    /// Prints an access token, for scripts on the same machine
    Token(Token),
    /// Imports schools, rolls or people from a CSV file or an Excel workbook, or an exported journal: all of it, or nothing where a row is bad
    #[command(subcommand)]
    Import(import::Import),
    /// Checks every promise of the ledger, and all that was signed of it; exits 1 when anything is wrong
    ///
    /// The history is held against the checkpoints in the database and in the file of --checkpoints, and says how far
    /// they cover it. With the key file it also says whether this service made what comes after; without it, signatures
    /// are checked by --public-key.
    Verify(Verify),
    /// Prints the whole journal of a hub: hledger, beancount, csv, or jsonl, which can be imported again
    Export(Export),
    /// Prints the public keys that check the signatures of a hub's checkpoints, the newest first
    CheckpointKeys {
        /// The hub [default: the only one]
        #[arg(long, value_name = "NAME")]
        hub: Option<String>,
    },
    /// Marks the end of a hub's ledger as the service's own: for the operator who has found out why it is not
    ///
    /// Nothing is posted to a ledger whose end the service did not make. After its key file was lost, or its database
    /// was put right by hand, this takes the ledger over as it is; it must be whole in itself.
    Vouch {
        /// The hub [default: the only one]
        #[arg(long, value_name = "NAME")]
        hub: Option<String>,
        /// The end of the ledger, as verify prints it
        #[arg(value_name = "SEQUENCE:HASH", value_parser = KeptHead::parse)]
        head: KeptHead,
    },
    /// Brings the schema of the database up to date
    Migrate,
    /// Prints the OpenAPI specification as YAML
    Openapi,
    /// Puts a new signing key first, which running services take up at once; tokens of the one before live on
    ///
    /// What the database holds only under a key is sealed anew, where the database is reached.
    RotateKey,
    /// Seals anew, with the newest key, what the database holds only under a key of the service
    ///
    /// rotate-key does so by itself; this is for a database that it did not reach.
    Reseal,
    /// Takes in a report, from standard input, that a letter did not arrive or was complained of
    ///
    /// For a mail server that pipes to it what comes to the address that letters come from (docs/messages.md).
    ReturnedMail,
    /// Asks the service that listens at the address of --listen whether it is ready; exits 1 where it is not
    Healthcheck,
}

#[derive(clap::Args)]
struct Init {
    /// The hub's name
    #[arg(long, value_name = "NAME", value_parser = Line::parse)]
    hub: Line,
    /// The e-mail address of its first manager
    #[arg(long, value_name = "EMAIL", value_parser = Email::parse)]
    manager: Email,
    /// The manager's name [default: the part of the address before the @]
    #[arg(long, value_name = "NAME", value_parser = Line::parse)]
    name: Option<Line>,
}

#[derive(clap::Args)]
struct Manager {
    /// The hub [default: the only one]
    #[arg(long, value_name = "NAME")]
    hub: Option<String>,
    /// The e-mail address: of somebody in the hub, or of somebody new
    #[arg(long, value_name = "EMAIL", value_parser = Email::parse)]
    email: Email,
    /// The name of somebody new [default: the part of the address before the @]
    #[arg(long, value_name = "NAME", value_parser = Line::parse)]
    name: Option<Line>,
}

#[derive(clap::Args)]
struct SignInLink {
    /// Who is to sign in
    #[arg(long, value_name = "EMAIL", value_parser = Email::parse)]
    email: Email,
    /// Takes their authenticator app away too, which they have lost
    #[arg(long)]
    without_app: bool,
}

#[derive(clap::Args)]
struct Token {
    /// Whose token
    #[arg(long, value_name = "EMAIL", value_parser = Email::parse, required_unless_present = "operator")]
    email: Option<Email>,
    /// The hub, where someone with this address is in several
    #[arg(long, value_name = "NAME")]
    hub: Option<String>,
    /// A token of the operator of the deployment, who makes hubs
    #[arg(long, conflicts_with_all = ["email", "hub"])]
    operator: bool,
    /// How long it lives: 15m, 1h, 2d; at most 30d
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = lifetime)]
    ttl: TimeDelta,
}

#[derive(clap::Args)]
struct Verify {
    /// The hub [default: every hub]
    #[arg(long, value_name = "NAME")]
    hub: Option<String>,
    /// An earlier head that was kept, as `verify` prints it: proves that the history up to it is unchanged
    #[arg(long, value_name = "SEQUENCE:HASH", value_parser = KeptHead::parse)]
    against: Option<KeptHead>,
    /// A public key whose checkpoints are good, as checkpoint-keys prints it, in place of the key file; may be repeated
    #[arg(long = "public-key", value_name = "NAME+ID+KEY", value_parser = checkpoints::read_verifier_key)]
    public_keys: Vec<PublicKey>,
}

#[derive(clap::Args)]
struct Export {
    /// The form
    #[arg(long, value_name = "FORMAT", default_value = "hledger", value_parser = ExportFormat::parse)]
    format: ExportFormat,
    /// The hub [default: the only one]
    #[arg(long, value_name = "NAME")]
    hub: Option<String>,
}

/// Parses the command line and runs the command.
pub fn run() -> ExitCode {
    let line = CommandLine::command().try_get_matches().and_then(|matches| {
        let mut line = CommandLine::from_arg_matches(&matches)?;
        if let (Command::Demo(_), Some((_, flags))) = (&line.command, matches.subcommand()) {
            line.given = of_the_demonstration(line.given, flags);
        }
        Ok(line)
    });
    let line = match line {
        Ok(line) => line,
        Err(error) => return misuse(&error),
    };
    match actix_web::rt::System::new().block_on(perform(line)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.end(),
    }
}

/// The settings for the demonstration, which ignores the environment and the settings file: a database and keys that
/// they name belong to a real service.
fn of_the_demonstration(given: Given, flags: &ArgMatches) -> Given {
    let flagged = |name| flags.value_source(name) == Some(ValueSource::CommandLine);
    let database = given.database.filter(|_| flagged("database")).unwrap_or_else(|| "sqlite:data/demo.db".to_owned());
    let keys = given.keys.filter(|_| flagged("keys")).unwrap_or_else(|| PathBuf::from("data/demo-keys.pem"));
    Given { database: Some(database), keys: Some(keys), ..given }
}

/// A wrong value is reported in one line that names it; help and all other errors are left to the parser.
fn misuse(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    match (error.kind(), text.lines().next()) {
        (ErrorKind::ValueValidation | ErrorKind::InvalidValue, Some(line)) => {
            Failure::Usage(line.trim_start_matches("error: ").to_owned()).end()
        }
        _ => {
            let _ = error.print();
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
        }
    }
}

async fn perform(CommandLine { command, config, given }: CommandLine) -> Result<(), Failure> {
    let settings = settings(config, given)?;
    match command {
        Command::Demo(demo) => demo::demo(settings, demo).await,
        Command::Serve => serve::serve(settings).await,
        Command::Init(init) => hub::init(&settings, init).await,
        Command::Manager(manager) => hub::manager(&settings, manager).await,
        Command::SignInLink(link) => hub::sign_in_link(&settings, link).await,
        Command::Token(token) => hub::token(&settings, token).await,
        Command::Import(import) => import::import(&settings, import).await,
        Command::Verify(verify) => checks::verify(&settings, verify).await,
        Command::CheckpointKeys { hub } => checks::public_keys(&settings, hub).await,
        Command::Vouch { hub, head } => checks::vouch(&settings, hub, head).await,
        Command::Export(Export { format, hub }) => journal::export(&settings, format, hub).await,
        Command::Migrate => {
            let db = open::made(&settings).await?;
            out::line(&format!("the {} schema is up to date", db.engine()))?;
            db.close().await;
            Ok(())
        }
        Command::Openapi => out::text(&web::specification_yaml()?),
        Command::AddressLink(link) => people::address_link(&settings, link).await,
        Command::RotateKey => seals::rotate(&settings).await,
        Command::Reseal => seals::reseal(&settings).await,
        Command::ReturnedMail => mail::returned(&settings).await,
        Command::Healthcheck => serve::healthcheck(settings.listen),
    }
}

/// The settings: flags and environment, completed from the file.
fn settings(config: Option<PathBuf>, given: Given) -> Result<Settings, Failure> {
    let usual = PathBuf::from("hub-credits.toml");
    let file = match config {
        Some(file) => Given::from_file(file)?,
        None if usual.exists() => Given::from_file(usual)?,
        None => Given::default(),
    };
    Ok(given.over(file).complete()?)
}

/// Reads a lifetime: `15m`, `1h`, `2d`.
fn lifetime(text: &str) -> Result<TimeDelta, String> {
    let wrong = || "must be a time such as 15m, 1h or 2d, at most 30d".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds: i64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    let count: u32 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    let lifetime = TimeDelta::try_seconds(i64::from(count) * seconds).ok_or_else(wrong)?;
    if lifetime > TimeDelta::zero() && lifetime <= TimeDelta::days(30) { Ok(lifetime) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn lifetimes_are_read() {
        assert_eq!(lifetime("15m"), Ok(TimeDelta::minutes(15)));
        assert_eq!(lifetime("30d"), Ok(TimeDelta::days(30)));
        for wrong in ["", "1", "h", "0m", "31d", "-1h", "1.5h", "1ü", "99999999999d"] {
            assert!(lifetime(wrong).is_err(), "{wrong}");
        }
    }
}
