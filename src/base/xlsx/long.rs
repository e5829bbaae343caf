//! A workbook of one table, however long, that is written as its rows come.

use std::fs::File;

use chrono::{DateTime, Utc};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};

use super::{Cell, Column, Error, Formats, begin};

/// How many rows a sheet takes below its headings.
const MOST_ROWS: u32 = 1_048_575;

/// A table on its way into a workbook: its rows are in a file already. Where one sheet is full, another follows.
pub struct Long {
    workbook: Workbook,
    formats: Formats,
    name: String,
    columns: Vec<Column>,
    most: u32,
    /// How many sheets were begun.
    sheets: usize,
    /// How many rows the last one has below its headings.
    rows: u32,
}

impl Long {
    /// A table without rows. The name of the sheets has at most 25 letters, none of `[]:*?/\\`.
    pub fn begin(name: &str, columns: Vec<Column>, made_at: DateTime<Utc>) -> Result<Long, Error> {
        Long::with(MOST_ROWS, name, columns, made_at)
    }

    fn with(most: u32, name: &str, columns: Vec<Column>, made_at: DateTime<Utc>) -> Result<Long, Error> {
        let (mut workbook, formats) = (Workbook::new(), Formats::new());
        let made = ExcelDateTime::from_timestamp(made_at.timestamp())?;
        workbook.set_properties(&DocProperties::new().set_title(name).set_creation_datetime(&made));
        let mut long = Long { workbook, formats, name: name.to_owned(), columns, most, sheets: 0, rows: 0 };
        long.another()?;
        Ok(long)
    }

    fn another(&mut self) -> Result<(), Error> {
        (self.sheets, self.rows) = (self.sheets + 1, 0);
        let name = if self.sheets == 1 { self.name.clone() } else { format!("{} {}", self.name, self.sheets) };
        begin(self.workbook.add_worksheet_with_constant_memory()?, &name, &self.columns, &self.formats)
    }

    /// Adds rows, each with a cell for every column.
    pub fn add(&mut self, rows: &[Vec<Cell>]) -> Result<(), Error> {
        for cells in rows {
            if self.rows == self.most {
                self.another()?;
            }
            self.rows += 1;
            let sheet = self.workbook.worksheet_from_index(self.sheets - 1)?;
            for (column, cell) in (0..).zip(cells) {
                cell.write(sheet, self.rows, column, &self.formats)?;
            }
        }
        Ok(())
    }

    /// The workbook, in a file without a name.
    pub fn end(mut self) -> Result<File, Error> {
        let file = tempfile::tempfile().map_err(Error::NoRoom)?;
        self.workbook.save_to_writer(&file)?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Seek};

    use calamine::{Data, Reader, Xlsx};
    use chrono::NaiveDate;

    use super::*;

    #[test]
    fn a_table_goes_on_where_a_sheet_is_full() {
        let columns = vec![Column::new("n", 8), Column::new("when", 16)];
        let mut long = Long::with(3, "people", columns, DateTime::UNIX_EPOCH).unwrap();
        let when = NaiveDate::from_ymd_opt(2027, 7, 1).unwrap().and_hms_opt(13, 30, 0).unwrap();
        for n in 0..4 {
            long.add(&[vec![Cell::Whole(n), Cell::Moment(when)], vec![Cell::Whole(n), Cell::Empty]]).unwrap();
        }
        let mut file = long.end().unwrap();
        file.rewind().unwrap();
        let mut read: Xlsx<_> = calamine::open_workbook_from_rs(BufReader::new(file)).unwrap();
        assert_eq!(read.sheet_names(), ["people", "people 2", "people 3"]);
        let rows: Vec<usize> =
            read.sheet_names().iter().map(|name| read.worksheet_range(name).unwrap().height()).collect();
        assert_eq!(rows, [4, 4, 3], "each with its headings");
        let range = read.worksheet_range("people").unwrap();
        let Some(Data::DateTime(found)) = range.get((1, 1)) else { panic!("{range:?}") };
        assert_eq!(found.to_ymd_hms_milli(), (2027, 7, 1, 13, 30, 0, 0));
    }
}
