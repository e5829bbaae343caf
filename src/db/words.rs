//! Why a database can't be used, in words for whoever runs the service: which, where, and what to do.

use std::io::ErrorKind;
use std::path::Path;

use sqlx::migrate::MigrateError;
use sqlx::postgres::PgConnectOptions;

/// Where a server is: `db.internal:5432`, or the folder of its socket.
pub(super) fn place(options: &PgConnectOptions) -> String {
    let socket = options.get_socket().map(|folder| folder.display().to_string());
    let host = socket.unwrap_or_else(|| options.get_host().to_owned());
    if host.starts_with('/') {
        return format!("the socket in {host} (port {})", options.get_port());
    }
    format!("{host}:{}", options.get_port())
}

/// Why the URL of a server can't be read.
pub(super) fn of_url(error: &sqlx::Error) -> String {
    let reason = match error {
        sqlx::Error::Configuration(reason) => reason.to_string(),
        other => other.to_string(),
    };
    format!("the URL can't be read ({reason}): it is postgres://USER:PASSWORD@HOST:PORT/NAME, signs in it as %40 for @")
}

/// Why a server can't be used.
pub(super) fn of_server(options: &PgConnectOptions, error: &sqlx::Error) -> String {
    let place = place(options);
    let user = options.get_username();
    let name = options.get_database().unwrap_or(user);
    if let Some(refusal) = error.as_database_error() {
        let (code, said) = (refusal.code().unwrap_or_default(), refusal.message());
        return match &*code {
            "3D000" => format!("there is no database {name} at {place}: make it (createdb {name}), or name another"),
            "28P01" | "28000" => {
                format!(
                    "the server at {place} does not let {user} in ({said}): see the user and the password in the URL"
                )
            }
            "53300" => format!("the server at {place} has no connection left ({said}): raise its max_connections"),
            "57P03" => format!("the server at {place} is starting or stopping ({said}): try again in a moment"),
            _ => format!("the server at {place} refuses ({said}, {code})"),
        };
    }
    match error {
        sqlx::Error::Io(error) => match error.kind() {
            ErrorKind::ConnectionRefused | ErrorKind::NotFound => {
                format!("no PostgreSQL answers at {place}: is it started, and is the address right?")
            }
            ErrorKind::TimedOut => {
                format!("nothing answers at {place} ({error}): is the address right, and the way open?")
            }
            _ => format!("the server at {place} can't be reached ({error}): is the address right?"),
        },
        sqlx::Error::Tls(error) => format!(
            "the encryption that the server at {place} offers can't be used ({error}): give it a certificate of today \
             (X.509 v3, with its name), name its authority with sslrootcert=FILE, or say sslmode=disable where the way \
             is safe"
        ),
        sqlx::Error::Protocol(_) => format!("what answers at {place} is no PostgreSQL: is the port right?"),
        other => format!("the server at {place} can't be used ({other})"),
    }
}

/// Why a file can't be used.
pub(super) fn of_file(file: &Path, error: &sqlx::Error) -> String {
    let named = file.display();
    let code = error.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse::<u32>().ok());
    match code.map(|code| code % 256) {
        Some(14 | 8 | 3 | 23) => format!(
            "{named} can't be opened to be written: this user needs the right to read and write it, and to make files in \
             its folder"
        ),
        Some(26) => format!("{named} is no SQLite database: name another file"),
        Some(11) => format!("{named} is damaged: put a backup in its place"),
        Some(13) => format!("the disk of {named} is full: make room"),
        Some(5) => format!("{named} is locked by another process: end it"),
        _ => match error {
            sqlx::Error::Io(error) => format!("{named} can't be opened ({error})"),
            sqlx::Error::PoolTimedOut => {
                format!("{named} can't be opened: it was waited for, and another process has it")
            }
            other => format!("{named} can't be opened ({other})"),
        },
    }
}

/// Why a schema can't be brought up to date; none where the database itself failed.
pub(super) fn of_schema(error: &MigrateError, ours: i64) -> Option<String> {
    match error {
        MigrateError::VersionMissing(theirs) if *theirs > ours => Some(format!(
            "was made by a newer hub-credits: its schema has step {theirs}, this release knows them up to {ours}. \
             Run the newer release, or put back the backup from before it"
        )),
        MigrateError::VersionMissing(theirs) => {
            Some(format!("has a step {theirs} of its schema that no release has: it is not a database of hub-credits"))
        }
        MigrateError::VersionMismatch(theirs) => Some(format!(
            "was made by another hub-credits: step {theirs} of its schema is not this release's. Run the release that \
             made it"
        )),
        _ => None,
    }
}
