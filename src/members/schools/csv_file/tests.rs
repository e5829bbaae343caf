mod any_input;
mod cells;
mod columns;
mod files;
mod rows;

use std::fmt::Debug;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use chrono::NaiveDate;

use super::*;

const CENSUS: (i32, u32, u32) = (2023, 1, 19);

fn day((year, month, day): (i32, u32, u32)) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn line(text: &str) -> Line {
    Line::parse(text).unwrap()
}

fn mapped(pairs: &[(Field, &str)]) -> Options {
    let mapping = pairs.iter().map(|(field, column)| (*field, (*column).to_owned())).collect();
    Options { mapping, census_date: None }
}

fn dated() -> Options {
    Options { mapping: Vec::new(), census_date: Some(day(CENSUS)) }
}

/// A file of which each read gives one byte: what is cut there must be read like what comes whole.
struct ByteByByte<R>(R);

impl<R: Read> Read for ByteByByte<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let one = into.len().min(1);
        self.0.read(&mut into[..one])
    }
}

impl<R: Seek> Seek for ByteByByte<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

fn schools(bytes: impl AsRef<[u8]>, options: &Options) -> Result<Parsed<SchoolRow>, FileError> {
    let slowly = format!("{:?}", super::schools(ByteByByte(Cursor::new(&bytes)), options));
    let read = super::schools(Cursor::new(&bytes), options);
    assert_eq!(slowly, format!("{read:?}"));
    read
}

fn rolls(bytes: impl AsRef<[u8]>, options: &Options) -> Result<Parsed<RollRow>, FileError> {
    let slowly = format!("{:?}", super::rolls(ByteByByte(Cursor::new(&bytes)), options));
    let read = super::rolls(Cursor::new(&bytes), options);
    assert_eq!(slowly, format!("{read:?}"));
    read
}

fn read_schools(text: &str) -> Parsed<SchoolRow> {
    schools(text.as_bytes(), &dated()).unwrap()
}

fn read_rolls(text: &str) -> Parsed<RollRow> {
    rolls(text.as_bytes(), &Options::default()).unwrap()
}

/// The one school of a file with that header and row.
fn school(header: &str, row: &str) -> SchoolRow {
    let parsed = read_schools(&format!("{header}\n{row}\n"));
    assert_eq!(parsed.bad.first(), []);
    assert_eq!(parsed.good.len(), 1);
    parsed.good[0].value.clone()
}

fn faults<T>(parsed: &Parsed<T>) -> Vec<(u64, &str, &'static str)> {
    parsed.bad.first().iter().map(|bad| (bad.line, bad.column.as_str(), bad.code)).collect()
}

/// The one fault of a cell of a school.
fn fault(column: &str, cell: &str) -> (&'static str, String) {
    let parsed = match column {
        "urn" | "name" => {
            let (urn, name) = if column == "urn" { (cell, "A") } else { ("100000", cell) };
            read_schools(&format!("urn,name\n\"{urn}\",\"{name}\"\n"))
        }
        _ => read_schools(&format!("urn,name,{column}\n100000,A,\"{cell}\"\n")),
    };
    assert_eq!(parsed.good, [], "{column} {cell:?} was accepted");
    assert_eq!(parsed.bad.count(), 1, "{:?}", parsed.bad);
    assert_eq!((parsed.bad.first()[0].line, parsed.bad.first()[0].column.as_str()), (2, column));
    (parsed.bad.first()[0].code, parsed.bad.first()[0].reason.clone())
}

fn refused<T: Debug>(answer: Result<Parsed<T>, FileError>) -> FileError {
    answer.expect_err("the file was read")
}
