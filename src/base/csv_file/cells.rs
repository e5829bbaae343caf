//! What one cell may hold, whatever the file. Every rule gets a trimmed cell that is not empty.

use chrono::{Datelike, NaiveDate};

use crate::base::text::Line;

/// Why a cell was refused.
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
    Line::parse(cell).map_err(|reason| {
        if cell.chars().any(char::is_control) {
            let expected = "text on one line, without control characters";
            return Fault::expected("control_character", expected, cell);
        }
        let length = cell.chars().count();
        if length <= Line::LONGEST {
            return Fault { code: "invalid", reason };
        }
        Fault { code: "too_long", reason: format!("expected at most {} characters, found {length}", Line::LONGEST) }
    })
}

/// `2023-01-19`, or a date as it is written in the United Kingdom: day first, then month, then a four-digit year, as
/// `19/01/2023`, `19-01-2023` (GIAS), `19.1.2023`, `19 January 2023` or `19-Jan-2023`. A time of midnight, which
/// spreadsheets add, may follow. Two-digit years are refused, and the month never comes first.
pub(crate) fn date(cell: &str) -> Result<NaiveDate, Fault> {
    exact_date(cell).filter(|date| (1900..=2100).contains(&date.year())).ok_or_else(|| {
        let expected = "a date from 1900 to 2100 as 2023-01-19, or with the day first as 19/01/2023";
        Fault::expected("bad_date", expected, cell)
    })
}

/// A date that somebody typed, in any form that a file may have; see the [module](super).
///
/// # Errors
/// What was expected.
pub fn date_of(text: &str) -> Result<NaiveDate, String> {
    date(text.trim()).map_err(|fault| fault.reason)
}

fn exact_date(cell: &str) -> Option<NaiveDate> {
    let cell = MIDNIGHTS.iter().find_map(|midnight| cell.strip_suffix(midnight)).unwrap_or(cell);
    let apart = cell.chars().find(|letter| matches!(letter, '-' | '/' | '.' | ' '))?;
    let mut parts = cell.split(apart);
    let (first, month, last) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || !all_digits(first) || !all_digits(last) {
        return None;
    }
    let (year, month, day) = match (first.len(), month.len(), last.len()) {
        (4, 2, 2) if apart == '-' => (first, number_of(month)?, last),
        (1 | 2, 1 | 2, 4) if apart != ' ' => (last, number_of(month)?, first),
        (1 | 2, 3.., 4) if apart != '.' => (last, month_named(month)?, first),
        _ => return None,
    };
    NaiveDate::from_ymd_opt(year.parse().ok()?, month, day.parse().ok()?)
}

/// What a spreadsheet appends to a date that it formats with a time.
const MIDNIGHTS: [&str; 5] = [" 00:00:00.000", " 00:00:00", "T00:00:00", " 00:00", " 0:00"];

fn number_of(month: &str) -> Option<u32> {
    if all_digits(month) { month.parse().ok() } else { None }
}

/// `January`, `Jan` and, as some write it, `Sept`, in any case.
fn month_named(name: &str) -> Option<u32> {
    let name = name.to_lowercase();
    let whole = name.parse::<chrono::Month>().ok();
    let month = if name == "sept" { Some(chrono::Month::September) } else { whole };
    month.map(|month| month.number_from_month())
}

pub(crate) fn all_digits(cell: &str) -> bool {
    !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit())
}

/// Text for a cell to be written: text that begins like a formula gets a leading apostrophe, as OWASP advises ("CSV
/// Injection"); this includes the full-width signs that some spreadsheets treat as the plain ones.
pub(crate) fn safe_cell(text: &str) -> String {
    if begins_like_a_formula(text.trim_start_matches('\'')) { format!("'{text}") } else { text.to_owned() }
}

/// What a cell says that [`safe_cell`] wrote: without the apostrophe that guards it, so that our own files come back as
/// they were.
pub(crate) fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(guarded) if begins_like_a_formula(guarded.trim_start_matches('\'')) => guarded,
        _ => cell,
    }
}

fn begins_like_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n'])
}

/// What a file begins with so that spreadsheets read it as UTF-8 and not in the machine's own code page.
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

/// At most `most` characters of `text`, so that no answer repeats a whole file.
pub(crate) fn clip(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guarded_comes_back_as_it_was() {
        for text in ["-2+3", "=1", "'-2", "''@x", "O'Hara", "'tis", "'", ""] {
            let written = safe_cell(text);
            assert!(!begins_like_a_formula(&written), "{text}");
            assert_eq!(unguarded(&written), text, "{written}");
        }
    }
}
