//! Files of rows as the command line takes them, and what is wrong with them.

use std::path::Path;
use std::{fs, io};

use hub_credits::base::csv_file::{BadRow, Faults};

use super::failure::Failure;

/// The file; what is piped in is put on disk first, since a file is read twice.
pub fn opened(file: &Path) -> Result<fs::File, Failure> {
    let unread = |error: io::Error| Failure::usage(format!("{} can't be read: {error}", file.display()));
    if file.as_os_str() == "-" {
        return on_disk(io::stdin().lock());
    }
    let opened = fs::File::open(file).map_err(unread)?;
    match opened.metadata().map_err(unread)?.file_type() {
        kind if kind.is_file() => Ok(opened),
        kind if kind.is_dir() => Err(unread(io::ErrorKind::IsADirectory.into())),
        _ => on_disk(opened),
    }
}

fn on_disk(mut piped: impl io::Read) -> Result<fs::File, Failure> {
    let folder = std::env::temp_dir();
    let failed = |error| Failure::usage(format!("what is piped in can't be kept in {}: {error}", folder.display()));
    let mut file = tempfile::tempfile().map_err(failed)?;
    io::copy(&mut piped, &mut file).map_err(failed)?;
    Ok(file)
}

/// Says on stderr what is wrong with the rows of a file.
#[expect(clippy::print_stderr, reason = "the command line speaks to people here")]
pub fn complain(bad: &Faults) {
    for BadRow { line, column, code, reason } in bad.first() {
        let column = if column.is_empty() { String::new() } else { format!(", {column}") };
        eprintln!("line {line}{column}: {reason} [{code}]");
    }
    match bad.count() - bad.first().len() {
        0 => {}
        more => eprintln!("and {more} more faults"),
    }
}
