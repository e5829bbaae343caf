//! `export` and `import journal`: taking the ledger elsewhere.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;

use clap::Args;
use hub_credits::base::clock::Clock;
use hub_credits::base::config::Settings;
use hub_credits::base::text::Line;
use hub_credits::ledger::{self, ExportFormat};
use hub_credits::members::hubs;
use hub_credits::reports;

use super::failure::Failure;
use super::{open, out};

/// A journal to be imported.
#[derive(Args)]
pub struct Journal {
    /// The file that `export --format jsonl` wrote, or - for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The name of the hub [default: the one it had]
    #[arg(long, value_name = "NAME", value_parser = Line::parse)]
    hub: Option<Line>,
}

/// Prints the journal of a hub, in one consistent read.
pub async fn export(settings: &Settings, format: ExportFormat, hub: Option<String>) -> Result<(), Failure> {
    let db = open::as_it_is(settings).await?;
    let mut tx = db.read_everywhere().await?;
    let hub = open::one_hub(&mut tx, hub.as_deref()).await?;
    let book = reports::book(&mut tx, hub).await?;
    ledger::export(&mut tx, format, &book, async |piece| out::text(&piece)).await
}

/// Rebuilds a hub from an exported journal.
pub async fn import(settings: &Settings, Journal { file, hub }: Journal) -> Result<(), Failure> {
    let reader: Box<dyn BufRead> = match file.as_os_str() == "-" {
        true => Box::new(io::stdin().lock()),
        false => match File::open(&file) {
            Ok(opened) => Box::new(BufReader::new(opened)),
            Err(error) => return Err(Failure::usage(format!("{} can't be read: {error}", file.display()))),
        },
    };
    let db = open::up_to_date(settings).await?;
    let bar = out::progress("importing", None);
    let progress = |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    };
    let marks = open::keys(settings, &db).await?.marks();
    let (hub, head) = hubs::import_journal(&db, &marks, hub, lines(reader), Clock::System.now(), progress).await?;
    bar.finish_and_clear();
    db.close().await;
    out::line(&format!(
        "{}: {} transactions, head {}:{}",
        hub.name,
        head.sequence,
        head.sequence,
        hex::encode(head.hash)
    ))
}

/// The most bytes of a line: a transaction that moves a million accounts is a third of that.
const LONGEST_LINE: u64 = 512 * 1024 * 1024;

/// Reads line after line, holding each only as long as it is used.
fn lines(mut reader: Box<dyn BufRead>) -> impl Iterator<Item = io::Result<String>> {
    std::iter::from_fn(move || {
        let mut line = Vec::new();
        match reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) => Some(String::from_utf8(line).map_err(|_| io::Error::other("it is not UTF-8"))),
            Err(error) => Some(Err(error)),
        }
    })
}
