//! Workbooks for spreadsheets (XLSX): sheets of typed cells below a row of headings that stays in sight.
//!
//! A text is a text, whatever it begins with: never a formula, a date or a link. Amounts are numbers with two decimals,
//! days are dates. The rows go to a file without a name while they are written, so that a long sheet takes no memory.

mod long;

use std::borrow::Cow;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike, Utc};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::credits::Credits;

pub use long::Long;

/// The media type of a workbook.
pub const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Why a workbook can't be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no room for the file that its rows go to.
    #[error("there is no room for the workbook: {0}")]
    NoRoom(#[source] std::io::Error),
    /// A fault in the program, or more than a sheet takes: 1,048,576 rows, 32,767 letters in a cell.
    #[error("the workbook can't be written: {0}")]
    Failed(String),
}

impl From<XlsxError> for Error {
    fn from(error: XlsxError) -> Self {
        match error {
            XlsxError::IoError(error) => Error::NoRoom(error),
            other => Error::Failed(other.to_string()),
        }
    }
}

/// A workbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    /// What spreadsheets show as the name of the document.
    pub title: String,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Its sheets, the first in front.
    pub sheets: Vec<Sheet>,
}

/// A sheet of a workbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// The name on its tab: at most 31 letters, none of `[]:*?/\`.
    pub name: Cow<'static, str>,
    /// The columns, from the left.
    pub columns: Vec<Column>,
    /// The cells, row by row.
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The heading of the column.
    pub heading: String,
    /// Its width, in digits.
    pub width: u8,
}

impl Column {
    /// A column of this heading and width.
    pub fn new(heading: impl Into<String>, width: u8) -> Column {
        Column { heading: heading.into(), width }
    }
}

/// A cell of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// An amount in hundredths: of credits, or of pounds.
    Hundredths(i64),
    /// A number as decimal digits: hours, days, a weight.
    Decimal(String),
    /// Yes or no.
    Truth(bool),
    /// A day.
    Day(NaiveDate),
    /// A day and a time of it, to the minute.
    Moment(NaiveDateTime),
    /// Nothing.
    Empty,
}

/// The most letters of a text that a cell takes.
const LONGEST: usize = 32_767;

impl Cell {
    /// A text, as far as a cell takes it.
    pub fn text(text: impl ToString) -> Cell {
        let mut text = text.to_string();
        if text.len() > LONGEST {
            text = text.chars().take(LONGEST).collect();
        }
        Cell::Text(text)
    }
}

/// A4, by its number in the file format.
const A4: u8 = 9;

/// How the cells look.
struct Formats {
    heading: Format,
    text: Format,
    whole: Format,
    hundredths: Format,
    day: Format,
    moment: Format,
    plain: Format,
}

impl Formats {
    fn new() -> Formats {
        let number = |format: &str| Format::new().set_num_format(format);
        Formats {
            heading: Format::new().set_bold(),
            // What is typed over a text stays one.
            text: number("@"),
            whole: number("0"),
            hundredths: number("0.00"),
            day: number("dd/mm/yyyy"),
            moment: number("dd/mm/yyyy hh:mm"),
            plain: Format::new(),
        }
    }
}

impl Book {
    /// The file. It depends on nothing but the book.
    pub fn write(&self) -> Result<Vec<u8>, Error> {
        let (mut workbook, formats) = (Workbook::new(), Formats::new());
        let made = ExcelDateTime::from_timestamp(self.made_at.timestamp())?;
        workbook.set_properties(&DocProperties::new().set_title(&self.title).set_creation_datetime(&made));
        for sheet in &self.sheets {
            sheet.write(workbook.add_worksheet_with_constant_memory()?, &formats)?;
        }
        Ok(workbook.save_to_buffer()?)
    }
}

impl Sheet {
    fn write(&self, sheet: &mut Worksheet, formats: &Formats) -> Result<(), Error> {
        begin(sheet, &self.name, &self.columns, formats)?;
        for (row, cells) in (1..).zip(&self.rows) {
            for (column, cell) in (0..).zip(cells) {
                cell.write(sheet, row, column, formats)?;
            }
        }
        Ok(())
    }
}

/// Begins a sheet: its name, and the row of headings, which stays in sight and stands on every page that is printed.
fn begin(sheet: &mut Worksheet, name: &str, columns: &[Column], formats: &Formats) -> Result<(), Error> {
    sheet.set_name(name)?.set_freeze_panes(1, 0)?.set_repeat_rows(0, 0)?.set_paper_size(A4);
    for (at, column) in (0..).zip(columns) {
        sheet.set_column_width(at, column.width)?;
        sheet.write_string_with_format(0, at, &column.heading, &formats.heading)?;
    }
    Ok(())
}

impl Cell {
    fn write(&self, sheet: &mut Worksheet, row: u32, column: u16, formats: &Formats) -> Result<(), Error> {
        match self {
            Cell::Text(text) => sheet.write_string_with_format(row, column, text, &formats.text)?,
            Cell::Whole(number) => {
                sheet.write_number_with_format(row, column, double(&number.to_string())?, &formats.whole)?
            }
            Cell::Hundredths(amount) => {
                let amount = double(&Credits::from_hundredths(*amount).to_string())?;
                sheet.write_number_with_format(row, column, amount, &formats.hundredths)?
            }
            Cell::Decimal(number) => sheet.write_number_with_format(row, column, double(number)?, &formats.plain)?,
            Cell::Truth(truth) => sheet.write_boolean_with_format(row, column, *truth, &formats.plain)?,
            Cell::Day(day) => match date(*day) {
                Some(date) => sheet.write_datetime_with_format(row, column, &date, &formats.day)?,
                None => sheet.write_string_with_format(row, column, day.to_string(), &formats.text)?,
            },
            Cell::Moment(moment) => match instant(*moment) {
                Some(instant) => sheet.write_datetime_with_format(row, column, &instant, &formats.moment)?,
                None => sheet.write_string_with_format(row, column, moment.to_string(), &formats.text)?,
            },
            Cell::Empty => return Ok(()),
        };
        Ok(())
    }
}

/// The number as the file format keeps it, which is written into it again with the same digits.
fn double(text: &str) -> Result<f64, Error> {
    text.parse().map_err(|_| Error::Failed(format!("{text} is no number")))
}

/// The day as a date of a spreadsheet; those begin in 1900.
fn date(day: NaiveDate) -> Option<ExcelDateTime> {
    let part = |part: u32| u8::try_from(part).ok();
    let year = u16::try_from(day.year()).ok().filter(|year| *year >= 1900)?;
    ExcelDateTime::from_ymd(year, part(day.month())?, part(day.day())?).ok()
}

/// A day and a time of it as a date of a spreadsheet.
fn instant(moment: NaiveDateTime) -> Option<ExcelDateTime> {
    let (hour, minute) = (u16::try_from(moment.hour()).ok()?, u8::try_from(moment.minute()).ok()?);
    date(moment.date())?.and_hms(hour, minute, 0).ok()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};

    use super::*;

    fn cells(book: &Book) -> Vec<(String, Vec<Vec<Data>>)> {
        let mut read: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(book.write().unwrap())).unwrap();
        let names = read.sheet_names();
        let mut rows = |name: &String| read.worksheet_range(name).unwrap().rows().map(<[Data]>::to_vec).collect();
        names.iter().map(|name| (name.clone(), rows(name))).collect()
    }

    fn book(rows: Vec<Vec<Cell>>) -> Book {
        let columns = vec![Column::new("A", 10), Column::new("=B", 20)];
        let sheets = vec![
            Sheet { name: "One".into(), columns, rows },
            Sheet { name: "Two".into(), columns: vec![], rows: vec![] },
        ];
        Book { title: "A book".to_owned(), made_at: DateTime::UNIX_EPOCH, sheets }
    }

    #[test]
    fn a_cell_is_read_as_what_it_was_written() {
        let day = NaiveDate::from_ymd_opt(2027, 8, 31).unwrap();
        let texts =
            ["=1+1", "+1", "@SUM(A1)", "Zoë Łukasz 李明 עברית <b>&\"'", "_x0041_", "\u{1}", " x ", "1.50", "TRUE"];
        let mut rows: Vec<Vec<Cell>> = texts.iter().map(|text| vec![Cell::text(text)]).collect();
        rows.push(vec![Cell::Whole(-7), Cell::Hundredths(-2081)]);
        rows.push(vec![Cell::Day(day), Cell::Hundredths(12_345_678_905)]);
        let read = cells(&book(rows));
        assert_eq!((read[0].0.as_str(), read[1].0.as_str()), ("One", "Two"));
        let found = &read[0].1;
        assert_eq!(found[0], [Data::String("A".to_owned()), Data::String("=B".to_owned())]);
        for (text, row) in texts.iter().zip(&found[1..]) {
            assert_eq!(row[0], Data::String((*text).to_owned()), "{text:?}");
        }
        let numbers = &found[texts.len() + 1..];
        assert_eq!(numbers[0], [Data::Float(-7.0), Data::Float(-20.81)]);
        let Data::DateTime(date) = &numbers[1][0] else { panic!("{:?}", numbers[1]) };
        assert_eq!((date.is_datetime(), date.to_ymd_hms_milli()), (true, (2027, 8, 31, 0, 0, 0, 0)));
        assert_eq!(numbers[1][1], Data::Float(123_456_789.05));
    }

    #[test]
    fn the_same_book_gives_the_same_file() {
        let book = book((0..2_000).map(|n| vec![Cell::Whole(n), Cell::text(n)]).collect());
        assert_eq!(book.write().unwrap(), book.write().unwrap());
    }
}
