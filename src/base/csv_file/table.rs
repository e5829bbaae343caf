//! Rows and cells of CSV text, with the physical lines they are on and the faults they have.
//!
//! The CSV reader forgives broken quotes by reading on over line ends, and does not count blank lines. Neither will
//! do here: a stray quotation mark in a column that nobody reads could swallow schools unseen. So quotes are checked
//! again and lines are counted on the raw text.

use std::io::{self, Cursor, Read, Seek};

use csv::{Reader, ReaderBuilder, StringRecord};

use super::cells::{Fault, unguarded};
use super::encoding::decode;
use super::faults::Faults;
use super::header::{Column, Columns, FileError, is_known};
use super::kept::Kept;
use super::separator::{HEAD, Separator};
use super::{BadRow, MOST_COLUMNS, MOST_ROWS, workbook};

/// What stands for the encoding of a workbook.
const WORKBOOK: &str = "XLSX";

/// CSV text, read from the top.
pub(crate) struct Table<'f> {
    encoding: &'static str,
    separator: Separator,
    reader: Reader<Kept<Box<dyn Read + 'f>>>,
    header: StringRecord,
    record: StringRecord,
    /// `counted` bytes have been searched for line ends; the next byte is on `line`.
    counted: usize,
    line: u64,
    /// Whether the last byte that was counted is a carriage return, which ends its line already.
    after_return: bool,
    /// How many rows are not blank, without the header.
    rows: u64,
}

/// The cells of one row, and where its faults are reported.
pub(crate) struct RowCells<'a, F> {
    line: u64,
    record: &'a StringRecord,
    columns: &'a Columns<F>,
    bad: &'a mut Faults,
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

impl<'f> Table<'f> {
    /// Reads the header row: the first row that is neither blank nor names the separator. Of a workbook of several sheets,
    /// the first is read that has a column for `key`.
    pub(crate) fn open<F: Column>(mut file: impl Read + Seek + 'f, key: F) -> Result<Table<'f>, FileError> {
        if workbook::is_packed(&mut file)? {
            let (text, _) = decode(workbook::as_csv(file, |headings| is_known(headings, key))?)?;
            return Table::of(Box::new(text), WORKBOOK, Separator::Sheet);
        }
        let (mut text, encoding) = decode(file)?;
        let mut head = Vec::new();
        while !Separator::can_be_told(&head) && (&mut text).take(HEAD).read_to_end(&mut head)? > 0 {}
        let (separator, named) = Separator::of(&String::from_utf8_lossy(&head));
        head.drain(..named);
        Table::of(Box::new(Cursor::new(head).chain(text)), encoding, separator)
    }

    fn of(text: Box<dyn Read + 'f>, encoding: &'static str, separator: Separator) -> Result<Table<'f>, FileError> {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator.byte())
            .from_reader(Kept::of(text));
        let mut table = Table {
            encoding,
            separator,
            reader,
            header: StringRecord::new(),
            record: StringRecord::new(),
            counted: 0,
            line: 1,
            after_return: false,
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
        bad: &'a mut Faults,
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
                        faults_before: bad.count(),
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
            let from = self.place();
            self.reader.get_mut().forget_before(self.counted);
            if !self.reader.read_record(&mut self.record).map_err(io::Error::from)? {
                return Ok(None);
            }
            let to = self.place();
            let raw = self.reader.get_ref().between(from, to);
            let blank_lines = raw.iter().take_while(|byte| is_line_end(**byte)).count();
            let row = raw.get(blank_lines..).unwrap_or_default();
            let quotes = quotes(row, self.separator.byte());
            let line_ends = row.iter().rev().take_while(|byte| is_line_end(**byte)).count();
            let first_line = self.line_at(from.saturating_add(blank_lines));
            let last_line = self.line_at(to.saturating_sub(line_ends));
            if quotes == Quotes::Sound && self.record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            return Ok(Some(Found { first_line, last_line, quotes }));
        }
    }

    fn place(&self) -> usize {
        usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX)
    }

    /// The line of the byte at `place`; places only go up. Lines end with LF, CRLF or CR.
    fn line_at(&mut self, place: usize) -> u64 {
        for byte in self.reader.get_ref().between(self.counted, place) {
            self.line += u64::from(*byte == b'\r' || (*byte == b'\n' && !self.after_return));
            self.after_return = *byte == b'\r';
        }
        self.counted = self.counted.max(place);
        self.line
    }
}

impl<F: Column> RowCells<'_, F> {
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    pub(crate) fn is_faulty(&self) -> bool {
        self.bad.count() > self.faults_before
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
        let cell = self.columns.place(field).and_then(|place| self.record.get(place)).unwrap_or("");
        unguarded(cell.trim()).trim()
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
