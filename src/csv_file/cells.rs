//! What one cell may hold, whatever the file. Every rule gets a trimmed cell that is not empty.

use chrono::{Datelike, NaiveDate};

use crate::text::Line;

/// Why a cell is refused.
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) reason: String,
}

impl Fault {
    pub(crate) fn expected(code: &'static str, expected: &str, found: &str) -> Fault {
        Fault { code, reason: format!("expected {expected}, found {:?}", clip(found, 40)) }
    }

    pub(crate) fn empty() -> Fault {
        Fault { code: "empty", reason: "expected a value, found an empty cell".to_owned() }
    }
}

pub(crate) fn text(cell: &str) -> Result<Line, Fault> {
    Line::parse(cell).map_err(|_| {
        if cell.chars().any(char::is_control) {
            let expected = "text on one line, without control characters";
            return Fault::expected("control_character", expected, cell);
        }
        let length = cell.chars().count();
        Fault { code: "too_long", reason: format!("expected at most {} characters, found {length}", Line::LONGEST) }
    })
}

/// `2023-01-19`, or `19-01-2023` as GIAS writes it. Two-digit years and slashes are refused, since
/// day and month could change places unseen.
pub(crate) fn date(cell: &str) -> Result<NaiveDate, Fault> {
    exact_date(cell).filter(|date| (1900..=2100).contains(&date.year())).ok_or_else(|| {
        let expected = "a date from 1900 to 2100 as 2023-01-19 or 19-01-2023";
        Fault::expected("bad_date", expected, cell)
    })
}

fn exact_date(cell: &str) -> Option<NaiveDate> {
    let mut parts = cell.split('-');
    let (first, month, last) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || month.len() != 2 || ![first, month, last].into_iter().all(all_digits) {
        return None;
    }
    let (year, day) = match (first.len(), last.len()) {
        (4, 2) => (first, last),
        (2, 4) => (last, first),
        _ => return None,
    };
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

pub(crate) fn all_digits(cell: &str) -> bool {
    !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit())
}

/// Text for a cell that is written: what begins like a formula gets an apostrophe before it, as OWASP advises ("CSV
/// Injection"), the full-width signs that some spreadsheets take for the others among them.
pub(crate) fn safe_cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// What a file begins with, so that spreadsheets read it as UTF-8 and not in the machine's own characters.
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

/// At most `most` characters of `text`, so that no answer repeats a whole file.
pub(crate) fn clip(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
