//! What one cell may hold. Every rule gets a trimmed cell that is not empty.

use chrono::{Datelike, NaiveDate};

use crate::schools::{MOST_PUPILS, Membership, Phase};
use crate::text::{Line, Urn};

/// Why a cell is refused.
pub(super) struct Fault {
    pub(super) code: &'static str,
    pub(super) reason: String,
}

impl Fault {
    fn expected(code: &'static str, expected: &str, found: &str) -> Fault {
        Fault { code, reason: format!("expected {expected}, found {:?}", clip(found, 40)) }
    }

    pub(super) fn empty() -> Fault {
        Fault { code: "empty", reason: "expected a value, found an empty cell".to_owned() }
    }
}

pub(super) fn urn(cell: &str) -> Result<Urn, Fault> {
    Urn::parse(cell).map_err(|_| Fault::expected("bad_urn", "a URN, six digits from 100000 to 999999", cell))
}

pub(super) fn text(cell: &str) -> Result<Line, Fault> {
    Line::parse(cell).map_err(|_| {
        if cell.chars().any(char::is_control) {
            let expected = "text on one line, without control characters";
            return Fault::expected("control_character", expected, cell);
        }
        let length = cell.chars().count();
        Fault { code: "too_long", reason: format!("expected at most {} characters, found {length}", Line::LONGEST) }
    })
}

/// DfE's words and our own; spaces, hyphens and underscores are alike.
pub(super) fn phase(cell: &str) -> Result<Phase, Fault> {
    let word = cell.to_lowercase().replace([' ', '-'], "_");
    let word = if word == "16_plus" { "sixteen_plus" } else { word.as_str() };
    Phase::parse(word).map_err(|_| {
        let expected = format!(
            "a phase (16 plus, or one of {}; in any case, with spaces or hyphens for underscores)",
            Phase::ALL.iter().map(|phase| phase.as_str()).collect::<Vec<_>>().join(", ")
        );
        Fault::expected("unknown_phase", &expected, cell)
    })
}

pub(super) fn membership(cell: &str) -> Result<Membership, Fault> {
    Membership::parse(&cell.to_lowercase())
        .map_err(|_| Fault::expected("unknown_membership", "full or participant", cell))
}

/// `1,522` is refused and not guessed at: the same cell written by a machine set to another country
/// means one and a half.
pub(super) fn pupils(cell: &str) -> Result<u32, Fault> {
    let expected = "a whole number from 0 to 100000, in digits only";
    if !all_digits(cell) {
        let expected = if cell.contains(',') && all_digits(&cell.replace(',', "")) {
            format!("{expected} (without a comma)")
        } else {
            expected.to_owned()
        };
        return Err(Fault::expected("bad_number", &expected, cell));
    }
    match cell.parse::<u32>() {
        Ok(pupils) if pupils <= MOST_PUPILS => Ok(pupils),
        // All digits, so all that can fail is the size.
        Ok(_) | Err(_) => Err(Fault::expected("out_of_range", expected, cell)),
    }
}

/// `2023-01-19`, or `19-01-2023` as GIAS writes it. Two-digit years and slashes are refused, since
/// day and month could change places unseen.
pub(super) fn date(cell: &str) -> Result<NaiveDate, Fault> {
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

fn all_digits(cell: &str) -> bool {
    !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit())
}

/// At most `most` characters of `text`, so that no answer repeats a whole file.
pub(super) fn clip(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
