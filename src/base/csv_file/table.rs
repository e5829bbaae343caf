//! Rows and cells of CSV text, with the physical lines they are on and the faults they have.
//!
//! The CSV reader forgives broken quotes by reading on over line ends, and does not count blank lines. Neither will
//! do here: a stray quotation mark in a column that nobody reads could swallow schools unseen. So quotes are checked
//! again and lines are counted on the raw text.

use std::borrow::Cow;

use csv::{Reader, ReaderBuilder, StringRecord};

use super::cells::Fault;
use super::header::{Column, Columns, FileError};
use super::separator::Separator;
use super::{BadRow, MOST_COLUMNS, MOST_ROWS};

/// CSV text, read from the top.
pub(crate) struct Table<'t> {
    text: &'t [u8],
    encoding: &'static str,
    separator: Separator,
    reader: Reader<&'t [u8]>,
    header: StringRecord,
    record: StringRecord,
    /// `counted` bytes have been searched for line ends; the next byte is on `line`.
    counted: usize,
    line: u64,
    /// How many rows are not blank, without the header.
    rows: u64,
}

/// The cells of one row, and where its faults are reported.
pub(crate) struct RowCells<'a, F> {
    line: u64,
    record: &'a StringRecord,
    columns: &'a Columns<F>,
    bad: &'a mut Vec<BadRow>,
    faults_before: usize,
    passed: Option<BadRow>,
}

/// Where a row is, and whether its quotes hold.
struct Found {
    first_line: u64,
    last_line: u64,
    quotes: Quotes,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    Sound,
    /// Something follows a closing quotation mark.
    Stray,
    /// The text ends inside a quoted cell.
    Unclosed,
}

impl<'t> Table<'t> {
    /// Reads the header row: the first row that is neither blank nor names the separator.
    pub(crate) fn open((text, encoding): &'t (Cow<'_, str>, &'static str)) -> Result<Table<'t>, FileError> {
        let (separator, named) = Separator::of(text);
        let text = text.as_bytes().get(named..).unwrap_or_default();
        let delimiter = separator.byte();
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text);
        let mut table = Table {
            text,
            encoding,
            separator,
            reader,
            header: StringRecord::new(),
            record: StringRecord::new(),
            counted: 0,
            line: 1,
            rows: 0,
        };
        match table.advance()? {
            None => Err(FileError::NoHeader),
            Some(found) if found.quotes != Quotes::Sound => Err(FileError::HeaderQuote),
            Some(_) if table.record.len() > MOST_COLUMNS => {
                Err(FileError::TooManyColumns { found: table.record.len() })
            }
            Some(_) => {
                table.header = std::mem::take(&mut table.record);
                Ok(table)
            }
        }
    }

    pub(crate) fn header(&self) -> &StringRecord {
        &self.header
    }

    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    pub(crate) fn encoding(&self) -> &'static str {
        self.encoding
    }

    pub(crate) fn separator(&self) -> Separator {
        self.separator
    }

    /// The next row whose cells can be told apart; faulty rows before it are reported in `bad`.
    pub(crate) fn next_row<'a, F: Column>(
        &'a mut self,
        columns: &'a Columns<F>,
        bad: &'a mut Vec<BadRow>,
    ) -> Result<Option<RowCells<'a, F>>, FileError> {
        while let Some(found) = self.advance()? {
            self.rows += 1;
            if self.rows > MOST_ROWS {
                return Err(FileError::TooManyRows);
            }
            match self.fault(&found, columns) {
                Some(Fault { code, reason }) => {
                    bad.push(BadRow { line: found.first_line, column: String::new(), code, reason });
                }
                None => {
                    return Ok(Some(RowCells {
                        line: found.first_line,
                        record: &self.record,
                        columns,
                        faults_before: bad.len(),
                        bad,
                        passed: None,
                    }));
                }
            }
        }
        Ok(None)
    }

    fn fault<F: Column>(&self, found: &Found, columns: &Columns<F>) -> Option<Fault> {
        let lines = match found {
            Found { first_line, last_line, .. } if first_line < last_line => {
                format!(" (lines {first_line} to {last_line} were read as one row)")
            }
            _ => String::new(),
        };
        let (code, reason) = match found.quotes {
            Quotes::Unclosed => {
                ("unclosed_quote", format!("expected a closing quotation mark before the end of the file{lines}"))
            }
            Quotes::Stray => (
                "bad_quote",
                format!(
                    "expected a {} or the end of the row after a closing quotation mark; one \
                     inside a cell is written twice{lines}",
                    self.separator
                ),
            ),
            Quotes::Sound if self.record.len() != columns.count() => (
                "wrong_cell_count",
                format!("expected {} cells, as in the header, found {}{lines}", columns.count(), self.record.len()),
            ),
            Quotes::Sound => return None,
        };
        Some(Fault { code, reason })
    }

    /// Moves to the next row that is not blank.
    fn advance(&mut self) -> Result<Option<Found>, FileError> {
        loop {
            let from = self.byte();
            if !self.reader.read_record(&mut self.record)? {
                return Ok(None);
            }
            let to = self.byte();
            let raw = self.text.get(from..to).unwrap_or_default();
            let blank_lines = raw.iter().take_while(|byte| is_line_end(**byte)).count();
            let row = raw.get(blank_lines..).unwrap_or_default();
            let quotes = quotes(row, self.separator.byte());
            if quotes == Quotes::Sound && self.record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            let line_ends = row.iter().rev().take_while(|byte| is_line_end(**byte)).count();
            let first_line = self.line_at(from.saturating_add(blank_lines));
            let last_line = self.line_at(to.saturating_sub(line_ends));
            return Ok(Some(Found { first_line, last_line, quotes }));
        }
    }

    fn byte(&self) -> usize {
        usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX)
    }

    /// The line of the byte at `place`; places only go up. Lines end with LF, CRLF or CR.
    fn line_at(&mut self, place: usize) -> u64 {
        let mut bytes = self.text.get(self.counted..).unwrap_or_default().iter().peekable();
        while self.counted < place
            && let Some(byte) = bytes.next()
        {
            let ends = match byte {
                b'\n' => true,
                b'\r' => bytes.peek() != Some(&&b'\n'),
                _ => false,
            };
            self.line += u64::from(ends);
            self.counted += 1;
        }
        self.line
    }
}

impl<F: Column> RowCells<'_, F> {
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    pub(crate) fn is_faulty(&self) -> bool {
        self.bad.len() > self.faults_before
    }

    /// Whether the cell is empty or its column is not in the file.
    pub(crate) fn is_empty(&self, field: F) -> bool {
        self.cell(field).is_empty()
    }

    pub(crate) fn required<T>(&mut self, field: F, rule: fn(&str) -> Result<T, Fault>) -> Option<T> {
        if self.is_empty(field) {
            self.fault(field, Fault::empty());
        }
        self.optional(field, rule)
    }

    /// Reads a cell by `rule`: none where it is empty, and none, with the fault reported, where it is bad.
    pub(crate) fn optional<T>(&mut self, field: F, rule: fn(&str) -> Result<T, Fault>) -> Option<T> {
        if self.is_empty(field) {
            return None;
        }
        rule(self.cell(field)).map_err(|fault| self.fault(field, fault)).ok()
    }

    pub(crate) fn fault(&mut self, field: F, fault: Fault) {
        let fault = self.at(field, fault);
        self.bad.push(fault);
    }

    /// Records why nothing is read from the row, though nothing is wrong with it.
    pub(crate) fn pass_over(&mut self, field: F, code: &'static str, reason: &str) {
        self.passed = Some(self.at(field, Fault { code, reason: reason.to_owned() }));
    }

    pub(crate) fn passed(self) -> Option<BadRow> {
        self.passed
    }

    fn at(&self, field: F, Fault { code, reason }: Fault) -> BadRow {
        BadRow { line: self.line, column: self.columns.name(field).to_owned(), code, reason }
    }

    fn cell(&self, field: F) -> &str {
        self.columns.place(field).and_then(|place| self.record.get(place)).unwrap_or("").trim()
    }
}

/// Follows the cells of one row as the CSV reader does: a quotation mark opens a cell only at its
/// beginning, and anywhere else in a bare cell is an ordinary character.
fn quotes(row: &[u8], separator: u8) -> Quotes {
    enum At {
        Start,
        Bare,
        Quoted,
        Closed,
        Padding,
    }
    let mut at = At::Start;
    for byte in row {
        at = match (at, byte) {
            (At::Start, b'"') | (At::Closed, b'"') => At::Quoted,
            (At::Quoted, b'"') => At::Closed,
            (At::Quoted, _) => At::Quoted,
            (_, byte) if *byte == separator => At::Start,
            (At::Start | At::Bare, _) => At::Bare,
            (At::Closed | At::Padding, b' ' | b'\t' | b'\r' | b'\n') => At::Padding,
            (At::Closed | At::Padding, _) => return Quotes::Stray,
        };
    }
    match at {
        At::Quoted => Quotes::Unclosed,
        At::Start | At::Bare | At::Closed | At::Padding => Quotes::Sound,
    }
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}
