//! Why a database can't be used, in words for whoever operates the service: which, where, and what to do.

use std::io::ErrorKind;
use std::path::Path;

use sqlx::migrate::Migration;
use sqlx::postgres::PgConnectOptions;

/// A migration that a database has, as it records it itself.
#[derive(sqlx::FromRow)]
pub(super) struct Applied {
    pub(super) version: i64,
    pub(super) description: String,
    pub(super) checksum: Vec<u8>,
}

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

/// Why a user who does not own the tables can't serve them.
pub(super) fn of_stranger(options: &PgConnectOptions) -> String {
    let (user, place) = (options.get_username(), place(options));
    format!(
        "the user {user} does not own the tables at {place}, and sees none of their rows: name the user who owns them in \
         the URL, or let {user} act for them (GRANT owner TO {user})"
    )
}

/// What to do where the user may not make the role of the wall.
pub(super) fn of_no_wall(role: &str, user: &str) -> String {
    format!(
        "only the statements keep the hubs apart, without the second wall: this database user may not make the role for \
         it. Let an administrator run: CREATE ROLE {role} NOLOGIN; GRANT {role} TO \"{user}\"; and start the service again"
    )
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

/// Why these migrations can't bring a schema up to date: the first migration that the database has and they do not;
/// none where there is no such migration.
pub(super) fn of_schema(ours: &[Migration], theirs: &[Applied]) -> Option<String> {
    let of_ours = |version: i64| ours.iter().find(|ours| ours.version == version);
    let strange = |theirs: &&Applied| of_ours(theirs.version).is_none_or(|ours| *ours.checksum != *theirs.checksum);
    let Applied { version, description, .. } = theirs.iter().find(strange)?;
    let newest = ours.iter().map(|ours| ours.version).max().unwrap_or_default();
    Some(match of_ours(*version) {
        None if *version > newest => format!(
            "was made by a newer hub-credits: its schema has step {version}, this release knows them up to {newest}. \
             Run the newer release, or put back the backup from before it"
        ),
        // Only before 0.1.0 was the first migration's text a different one.
        Some(ours) if *version == 1 && ours.description == *description => {
            "was made by a development version of hub-credits before 0.1.0, whose schema is not carried over: export its \
             journal with that version (hub-credits export --format jsonl) and import it into a new database \
             (hub-credits migrate, then hub-credits import journal), or begin a new one"
                .to_owned()
        }
        Some(ours) if ours.description == *description => format!(
            "was made by another hub-credits: step {version} of its schema is not this release's. Run the release that \
             made it"
        ),
        _ => format!("has a step {version} of its schema that no release has: it is not a database of hub-credits"),
    })
}
