//! The checkpoint file: note after note, with an empty line between, outside the database.
//!
//! It is only ever appended to, by any number of processes, each of which first reads what the others have written. It
//! may be moved away at any moment: then a new one is begun, and gets everything that the database has. A note that was
//! not written to its end is skipped, and written again.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::note::{Checkpoint, SIGNED};
use crate::base::files;
use crate::base::ids::HubId;

/// The most lines that the text of a note has: more is not a checkpoint.
const MOST_LINES: usize = 16;
/// The most bytes of a line: more is not a checkpoint.
const MOST_BYTES: u64 = 4_096;

/// What is appended to a note that was not written to its end.
const UNFINISHED: &str = " (not written to its end)";

/// Something read from a checkpoint file.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// A checkpoint.
    Note(Box<Checkpoint>),
    /// From this line on, something that is no checkpoint, or was not written to its end.
    Other(u64),
}

/// Reads one note after another.
pub fn read(reader: impl Read) -> impl Iterator<Item = io::Result<Found>> {
    let mut lines = Lines::of(reader);
    std::iter::from_fn(move || lines.found().transpose())
}

struct Lines<R> {
    reader: BufReader<R>,
    number: u64,
    /// A line that was read ahead and is the first of the next note.
    next: Option<String>,
    /// Whether the last line read is complete.
    ended: bool,
}

impl<R: Read> Lines<R> {
    fn of(reader: R) -> Lines<R> {
        Lines { reader: BufReader::new(reader), number: 0, next: None, ended: true }
    }

    fn found(&mut self) -> io::Result<Option<Found>> {
        let mut text = match self.next.take() {
            Some(line) => vec![line],
            None => loop {
                match self.line()? {
                    None => return Ok(None),
                    Some(line) if line.is_empty() => {}
                    Some(line) => break vec![line],
                }
            },
        };
        let began = self.number;
        while let Some(line) = self.line()?.filter(|line| !line.is_empty()) {
            if text.len() <= MOST_LINES {
                text.push(line);
            }
        }
        let mut note = format!("{}\n\n", text.join("\n"));
        let (mut signed, mut whole) = (false, true);
        loop {
            match self.line()? {
                Some(line) if line.starts_with(SIGNED) => {
                    signed = true;
                    whole &= self.ended && !line.ends_with(UNFINISHED);
                    note.push_str(&line);
                    note.push('\n');
                }
                Some(line) if !line.is_empty() => {
                    self.next = Some(line);
                    break;
                }
                _ => break,
            }
        }
        let read = Checkpoint::read(&note).filter(|_| signed && whole && text.len() <= MOST_LINES);
        Ok(Some(read.map_or(Found::Other(began), |checkpoint| Found::Note(Box::new(checkpoint)))))
    }

    fn line(&mut self) -> io::Result<Option<String>> {
        let mut bytes = Vec::new();
        if self.reader.by_ref().take(MOST_BYTES).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        self.ended = bytes.last() == Some(&b'\n');
        if self.ended {
            bytes.pop();
        }
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }
}

/// The file that this process appends to.
#[derive(Debug)]
pub struct Book {
    path: PathBuf,
    /// The identity of the file that was read, and how far.
    place: Option<(u64, u64)>,
    read_to: u64,
    /// Whether what was read ended with a complete line.
    ended: bool,
    newest: HashMap<HubId, Checkpoint>,
}

impl Book {
    /// The file at this path, of which nothing has been read yet.
    pub fn at(path: &Path) -> Book {
        Book { path: path.to_owned(), place: None, read_to: 0, ended: true, newest: HashMap::new() }
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The newest checkpoint of the hub in the file, as far as it was read. Whether it was signed is another question.
    pub fn newest(&self, hub: HubId) -> Option<&Checkpoint> {
        self.newest.get(&hub)
    }

    /// Reads what has been written since; nothing where there is no file.
    pub fn look(&mut self) -> io::Result<()> {
        match File::open(&self.path) {
            Ok(mut file) => self.read_on(&mut file),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                *self = Book::at(&self.path);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Appends those notes that are newer than what is there, in their order, and makes them durable. Creates the file
    /// where there is none.
    pub fn append(&mut self, notes: &[Checkpoint]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options.read(true).append(true).create(true).mode(0o644).open(&self.path)?;
        match file.lock() {
            Err(error) if error.kind() != ErrorKind::Unsupported => return Err(error),
            _ => {}
        }
        let is_new = self.place.is_none();
        self.read_on(&mut file)?;
        let mut text = if self.ended { String::new() } else { format!("{UNFINISHED}\n") };
        for checkpoint in notes {
            if self.newest(checkpoint.hub).is_none_or(|newest| newest.sequence < checkpoint.sequence) {
                text.push('\n');
                text.push_str(&checkpoint.note);
                self.newest.insert(checkpoint.hub, checkpoint.clone());
            }
        }
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
        if written.is_err() {
            // How much was written is found by reading again.
            *self = Book::at(&self.path);
            return written;
        }
        (self.read_to, self.ended) = (file.stream_position()?, true);
        if is_new { files::settle(&self.path) } else { Ok(()) }
    }

    fn read_on(&mut self, file: &mut File) -> io::Result<()> {
        let metadata = file.metadata()?;
        let place = (metadata.dev(), metadata.ino());
        if self.place != Some(place) || metadata.len() < self.read_to {
            *self = Book { place: Some(place), ..Book::at(&self.path) };
        }
        file.seek(SeekFrom::Start(self.read_to))?;
        let mut lines = Lines::of(&mut *file);
        while let Some(found) = lines.found()? {
            if let Found::Note(checkpoint) = found
                && self.newest(checkpoint.hub).is_none_or(|newest| newest.sequence < checkpoint.sequence)
            {
                self.newest.insert(checkpoint.hub, *checkpoint);
            }
        }
        if lines.number > 0 {
            self.ended = lines.ended;
        }
        self.read_to = file.stream_position()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::auth::Keys;
    use crate::ledger::KeptHead;
    use crate::ledger::checkpoints::note::sign;
    use chrono::DateTime;
    use uuid::Uuid;

    fn signed(keys: &Keys, hub: u128, sequence: i64) -> Checkpoint {
        let head = KeptHead { sequence, hash: [7; 32] };
        sign(keys, "https://hub.example", HubId(Uuid::from_u128(hub)), head, DateTime::UNIX_EPOCH).unwrap()
    }

    fn sequences(path: &Path) -> Vec<Option<i64>> {
        let found = read(File::open(path).unwrap()).map(Result::unwrap);
        found.map(|found| if let Found::Note(one) = found { Some(one.sequence) } else { None }).collect()
    }

    #[test]
    fn every_process_appends_what_the_others_have_not() {
        let folder = tempfile::tempdir().unwrap();
        let (keys, path) = (Keys::open(&folder.path().join("keys.pem")).unwrap(), folder.path().join("checkpoints"));
        let of = |sequences: &[i64]| sequences.iter().map(|one| signed(&keys, 1, *one)).collect::<Vec<_>>();
        let (mut one, mut other) = (Book::at(&path), Book::at(&path));
        one.append(&of(&[1, 2])).unwrap();
        other.append(&of(&[1, 2, 5])).unwrap();
        other.append(&[signed(&keys, 2, 3)]).unwrap();
        one.append(&of(&[5, 6])).unwrap();
        assert_eq!(sequences(&path), [1, 2, 5, 3, 6].map(Some));
        other.look().unwrap();
        assert_eq!(other.newest(HubId(Uuid::from_u128(1))).unwrap().sequence, 6);

        // Moved aside: all that it is given is written again.
        std::fs::rename(&path, folder.path().join("kept")).unwrap();
        one.append(&of(&[1, 2, 5, 6, 7])).unwrap();
        assert_eq!(sequences(&path), [1, 2, 5, 6, 7].map(Some));
        std::fs::remove_file(&path).unwrap();
        other.look().unwrap();
        assert_eq!(other.newest(HubId(Uuid::from_u128(2))), None);
    }

    #[test]
    fn what_was_not_written_to_its_end_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let (keys, path) = (Keys::open(&folder.path().join("keys.pem")).unwrap(), folder.path().join("checkpoints"));
        let notes = [1, 2, 3].map(|sequence| signed(&keys, 1, sequence));
        for cut in 1..notes[1].note.len() {
            let torn = String::from_utf8_lossy(&notes[1].note.as_bytes()[..cut]).into_owned();
            std::fs::write(&path, format!("\n{}\n{torn}", notes[0].note)).unwrap();
            Book::at(&path).append(&notes).unwrap();
            let read: Vec<_> = super::read(File::open(&path).unwrap()).map(Result::unwrap).collect();
            let proved = |found: &Found| match found {
                Found::Note(one) => Some((one.sequence, one.signed_by(&keys.public()).is_some())),
                Found::Other(_) => None,
            };
            let whole: Vec<_> = read.iter().filter_map(proved).collect();
            assert_eq!(whole, [(1, true), (2, true), (3, true)], "cut at {cut}: {read:?}");
            assert!(read.len() <= 5, "cut at {cut}: {read:?}");
        }
    }
}
