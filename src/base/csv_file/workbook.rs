//! A sheet of an Excel workbook (.xlsx) as CSV text, the first that has what is looked for, a line for a row: what is read
//! from CSV files is read from workbooks alike, and the line of a fault is the row that a spreadsheet shows.
//!
//! Dates become `2023-01-19`, whole numbers have no decimals, a line break inside a cell is a space. What a workbook
//! unpacks to is bounded before anything of it is read, and the sheet goes to a file without a name, cell by cell.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, ExcelDateTime, Reader, SheetVisible, Xlsx};
use zip::ZipArchive;

use super::header::FileError;
use super::{MOST_COLUMNS, MOST_ROWS};

/// How packed files begin, workbooks among them.
const PACKED: &[u8] = b"PK\x03\x04";

/// What a workbook may unpack to, in bytes.
const MOST_UNPACKED: u64 = 256 * 1024 * 1024;

/// How many rows without anything in them may stand between others.
const MOST_BLANK: u64 = 10_000;

/// Whether the file is a packed one: a workbook, or nothing that can be read.
pub(super) fn is_packed(file: &mut (impl Read + Seek)) -> io::Result<bool> {
    file.rewind()?;
    let mut begins = Vec::new();
    file.by_ref().take(4).read_to_end(&mut begins)?;
    file.rewind()?;
    Ok(begins == PACKED)
}

/// As CSV in UTF-8, of the sheets that are not hidden the first whose headings are those that are looked for; the first of
/// all where none has them.
pub(super) fn as_csv(mut file: impl Read + Seek, is_it: impl Fn(&[String]) -> bool) -> Result<File, FileError> {
    let bounded = catch_unwind(AssertUnwindSafe(|| bound(&mut file)));
    bounded.unwrap_or_else(|_| Err(not_one("it is damaged, or cut short")))?;
    // The parser is not ours: whatever it meets, the caller is answered.
    let read = catch_unwind(AssertUnwindSafe(|| sheet(file, is_it)));
    read.unwrap_or_else(|_| Err(not_one("it is damaged, or cut short")))
}

fn not_one(reason: impl ToString) -> FileError {
    FileError::NotAWorkbook { reason: reason.to_string() }
}

/// What the unpacker or the parser can't make sense of; their own words say nothing to whoever sends a file.
fn damaged<E>(_: E) -> FileError {
    not_one("it is damaged, or cut short")
}

/// Refuses what unpacks to too much, by unpacking it into nothing: what the file says of its own size proves nothing.
fn bound(file: &mut (impl Read + Seek)) -> Result<(), FileError> {
    let mut archive = ZipArchive::new(&mut *file).map_err(damaged)?;
    let mut left = MOST_UNPACKED;
    for part in 0..archive.len() {
        let unpacked = archive.by_index(part).map_err(damaged)?;
        let length = io::copy(&mut unpacked.take(left + 1), &mut io::sink()).map_err(damaged)?;
        left = left.checked_sub(length).ok_or(FileError::WorkbookTooLarge)?;
    }
    drop(archive);
    Ok(file.rewind()?)
}

fn sheet(file: impl Read + Seek, is_it: impl Fn(&[String]) -> bool) -> Result<File, FileError> {
    let mut book = Xlsx::new(file).map_err(damaged)?;
    let shown = book.sheets_metadata().iter().filter(|sheet| sheet.visible == SheetVisible::Visible);
    let names: Vec<String> = shown.map(|sheet| sheet.name.clone()).collect();
    let found = match names.as_slice() {
        [] | [_] => None,
        // A sheet of something else, such as a chart, is none of them.
        several => several.iter().find(|name| is_it(&headings(&mut book, name).unwrap_or_default())),
    };
    let name = found.or(names.first()).cloned().ok_or_else(|| not_one("it has no sheet"))?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(damaged)?;
    let mut sheet = Sheet::new()?;
    while let Some(cell) = cells.next_cell().map_err(damaged)? {
        let (row, column) = cell.get_position();
        sheet.put(row, column, text(cell.get_value()))?;
    }
    sheet.finished()
}

/// What stands in the first row of a sheet that has anything in it.
fn headings(book: &mut Xlsx<impl Read + Seek>, name: &str) -> Result<Vec<String>, FileError> {
    let mut cells = book.worksheet_cells_reader(name).map_err(damaged)?;
    let (mut at, mut said) = (None, Vec::new());
    while let Some(cell) = cells.next_cell().map_err(damaged)? {
        let ((row, _), text) = (cell.get_position(), text(cell.get_value()));
        if text.trim().is_empty() {
            continue;
        }
        if *at.get_or_insert(row) != row || said.len() >= MOST_COLUMNS {
            break;
        }
        said.push(text);
    }
    Ok(said)
}

/// What a cell says.
fn text(cell: &DataRef<'_>) -> String {
    match cell {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => one_line(text),
        DataRef::SharedString(text) => one_line(text),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(date) => date_or_time(date),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

fn one_line(text: &str) -> String {
    if text.contains(['\n', '\r']) {
        text.split(['\n', '\r']).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    } else {
        text.to_owned()
    }
}

fn date_or_time(date: &ExcelDateTime) -> String {
    if date.is_duration() {
        return date.as_f64().to_string();
    }
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    let day = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) == (0, 0, 0) { day } else { format!("{day} {hour:02}:{minute:02}:{second:02}") }
}

/// The rows of a sheet as they are written: a line each, as wide as the header at least.
struct Sheet {
    out: csv::Writer<BufWriter<File>>,
    /// The row that is gathered, from 0, and its cells.
    row: u64,
    cells: Vec<String>,
    /// How many columns the header has, once it is written.
    width: Option<usize>,
    written: u64,
}

impl Sheet {
    fn new() -> io::Result<Sheet> {
        let out = csv::WriterBuilder::new().flexible(true).from_writer(BufWriter::new(tempfile::tempfile()?));
        Ok(Sheet { out, row: 0, cells: Vec::new(), width: None, written: 0 })
    }

    /// Puts a cell; they come row by row.
    fn put(&mut self, row: u32, column: u32, text: String) -> Result<(), FileError> {
        if text.trim().is_empty() {
            return Ok(());
        }
        let (row, column) = (u64::from(row), usize::try_from(column).unwrap_or(usize::MAX));
        if column >= MOST_COLUMNS {
            return Err(FileError::TooManyColumns { found: column.saturating_add(1) });
        }
        if row < self.row {
            return Err(not_one("its rows are not in their order"));
        }
        if row > self.row {
            self.end_row()?;
            if row - self.row > MOST_BLANK {
                return Err(not_one(format!("row {} follows more than {MOST_BLANK} rows without anything", row + 1)));
            }
            while self.row < row {
                self.end_row()?;
            }
        }
        if self.cells.len() <= column {
            self.cells.resize(column + 1, String::new());
        }
        if let Some(cell) = self.cells.get_mut(column) {
            *cell = text;
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), FileError> {
        self.row += 1;
        let mut cells = std::mem::take(&mut self.cells);
        if cells.is_empty() {
            return Ok(self.out.write_record([""]).map_err(io::Error::from)?);
        }
        let width = *self.width.get_or_insert(cells.len());
        if cells.len() < width {
            cells.resize(width, String::new());
        }
        self.written += 1;
        if self.written > MOST_ROWS + 1 {
            return Err(FileError::TooManyRows);
        }
        self.out.write_record(&cells).map_err(io::Error::from)?;
        Ok(())
    }

    fn finished(mut self) -> Result<File, FileError> {
        self.end_row()?;
        let out = self.out.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        let mut file = out.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        file.rewind()?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use std::io::Write;

    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

    use super::*;

    fn csv(book: impl AsRef<[u8]>) -> Result<String, FileError> {
        let mut text = String::new();
        as_csv(Cursor::new(book), |headings| headings.contains(&"urn".to_owned()))?.read_to_string(&mut text).unwrap();
        Ok(text)
    }

    fn book(fill: impl Fn(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
        let mut book = Workbook::new();
        book.add_worksheet().set_name("Notes").unwrap().set_hidden(true).write(0, 0, "not this one").unwrap();
        let sheet = book.add_worksheet();
        fill(sheet);
        sheet.set_active(true);
        book.add_worksheet().write(0, 0, "nor this").unwrap();
        book.save_to_buffer().unwrap()
    }

    #[test]
    fn the_first_sheet_that_is_seen_becomes_lines() {
        let file = book(|sheet| {
            let date = Format::new().set_num_format("dd/mm/yyyy");
            for (column, name) in ["urn", "Local\nauthority", "joined", "open"].into_iter().enumerate() {
                sheet.write(1, u16::try_from(column).unwrap(), name).unwrap();
            }
            sheet.write(3, 0, 100_001).unwrap();
            sheet.write(3, 1, "Hounslow, \"West\"").unwrap();
            let day = ExcelDateTime::from_ymd(2023, 1, 19).unwrap();
            sheet.write_with_format(3, 2, &day, &date).unwrap();
            sheet.write(3, 3, true).unwrap();
            sheet.write(4, 0, 1.5).unwrap();
            sheet.write(5, 4, "beside").unwrap();
        });
        let lines = [
            "\"\"",
            "urn,Local authority,joined,open",
            "\"\"",
            "100001,\"Hounslow, \"\"West\"\"\",2023-01-19,true",
            "1.5,,,",
            ",,,,beside",
        ];
        assert_eq!(csv(file).unwrap().lines().collect::<Vec<_>>(), lines);
    }

    #[test]
    fn the_sheet_that_has_what_is_looked_for_is_read() {
        let of = |sheets: &[&[&str]]| {
            let mut book = Workbook::new();
            for cells in sheets {
                let sheet = book.add_worksheet();
                for (row, cell) in cells.iter().enumerate() {
                    sheet.write(u32::try_from(row).unwrap() + 1, 0, *cell).unwrap();
                }
            }
            csv(book.save_to_buffer().unwrap()).unwrap().replace("\"\"\n", "")
        };
        assert_eq!(of(&[&["notes", "urn"], &[], &["urn", "100001"], &["urn", "100002"]]), "urn\n100001\n");
        assert_eq!(of(&[&["notes"], &["nothing"]]), "notes\n", "else the first");
    }

    #[test]
    fn what_is_no_workbook_is_refused_in_words() {
        let whole = book(|sheet| {
            sheet.write(0, 0, "urn").unwrap();
        });
        for broken in [&whole[..whole.len() / 2], &whole[..40], b"PK\x03\x04...."] {
            let refused = csv(broken).unwrap_err();
            assert!(refused.to_string().contains("not an Excel workbook"), "{refused}");
        }
        for at in (30..whole.len()).step_by(97) {
            let mut other = whole.clone();
            other[at] ^= 0x5a;
            // Whatever it is now, it is answered.
            let _ = csv(&other);
        }
    }

    #[test]
    fn a_workbook_that_unpacks_to_too_much_is_refused() {
        let mut packed = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let deflated = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        packed.start_file("xl/worksheets/sheet1.xml", deflated).unwrap();
        let zeros = vec![0; 1024 * 1024];
        for _ in 0..=256 {
            packed.write_all(&zeros).unwrap();
        }
        let file = packed.finish().unwrap().into_inner();
        assert!(file.len() < 1024 * 1024);
        assert!(matches!(csv(file), Err(FileError::WorkbookTooLarge)));
    }
}
