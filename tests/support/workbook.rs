//! Workbooks as spreadsheets read them: by a parser that shares nothing with what wrote them.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};

use super::{Reply, Request};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

impl Request {
    /// Asks for a workbook.
    #[allow(clippy::wrong_self_convention, reason = "a step of building a request, read as a sentence")]
    pub fn as_xlsx(self) -> Request {
        self.header("accept", XLSX)
    }
}

impl Reply {
    /// 200, and the rows of a sheet of the workbook: texts in quotes, numbers as they are, days as `2027-08-31`.
    #[track_caller]
    pub fn rows_of(&self, sheet: &str) -> Vec<Vec<String>> {
        let found = (self.status, self.header("content-type"));
        assert_eq!(found, (200, Some(XLSX)));
        rows_in(&self.body, sheet)
    }

    /// 200, and the rows of the first sheet of the workbook.
    #[track_caller]
    pub fn rows_of_list(&self) -> Vec<Vec<String>> {
        assert_eq!((self.status, self.header("content-type")), (200, Some(XLSX)), "{self}");
        let book: Xlsx<_> = open_workbook_from_rs(Cursor::new(self.body.clone())).expect("a workbook");
        rows_in(&self.body, &book.sheet_names()[0])
    }
}

/// The rows of a sheet of a workbook.
#[track_caller]
pub fn rows_in(file: &[u8], sheet: &str) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(file.to_vec())).expect("a workbook");
    let formulas = book.worksheet_formula(sheet).unwrap();
    assert!(formulas.used_cells().all(|(.., formula)| formula.is_empty()), "a formula in {sheet}");
    let range = book.worksheet_range(sheet).unwrap();
    range.rows().map(|row| row.iter().map(shown).collect()).collect()
}

fn shown(cell: &Data) -> String {
    match cell {
        Data::String(text) => format!("{text:?}"),
        Data::Float(number) => number.to_string(),
        Data::DateTime(date) => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            format!("{year}-{month:02}-{day:02}")
        }
        Data::Empty => String::new(),
        other => format!("{other:?}"),
    }
}
