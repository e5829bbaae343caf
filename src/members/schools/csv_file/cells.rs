//! What a cell of a school or roll file may hold. Every rule gets a trimmed cell that is not empty.

use super::Status;
use crate::base::csv_file::Fault;
use crate::base::csv_file::cells::all_digits;
pub(super) use crate::base::csv_file::cells::{date, text};
use crate::base::text::{Urn, capitalised};
use crate::members::schools::{MOST_PUPILS, Membership, Phase};

pub(super) fn urn(cell: &str) -> Result<Urn, Fault> {
    Urn::parse(cell).map_err(|_| Fault::expected("bad_urn", "a URN, six digits from 100000 to 999999", cell))
}

/// DfE's words and our own; spaces, hyphens and underscores count as the same.
pub(super) fn phase(cell: &str) -> Result<Phase, Fault> {
    let word = cell.to_lowercase().replace([' ', '-'], "_");
    let word = if word == "16_plus" { "sixteen_plus" } else { word.as_str() };
    Phase::parse(word).map_err(|_| {
        let words = |phase: &Phase| match phase {
            Phase::SixteenPlus => "16 plus".to_owned(),
            other => capitalised(&other.as_str().replace('_', " ")),
        };
        let all = Phase::ALL.iter().map(words).collect::<Vec<_>>().join(", ");
        Fault::expected("unknown_phase", &format!("a phase ({all})"), cell)
    })
}

/// `Full`, `Full member`, `Participating school`: what stands for the kind of membership, whatever noun follows.
pub(super) fn membership(cell: &str) -> Result<Membership, Fault> {
    let mut word = cell.to_lowercase();
    for noun in [" member", " membership", " school"] {
        word = word.strip_suffix(noun).map(str::to_owned).unwrap_or(word);
    }
    let word = if word == "participating" { "participant" } else { word.as_str() };
    Membership::parse(word).map_err(|_| Fault::expected("unknown_membership", "Full or Participant", cell))
}

/// GIAS's words for whether a school is open.
pub(super) fn status(cell: &str) -> Result<Status, Fault> {
    match cell.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ").as_str() {
        "open" | "open, but proposed to close" => Ok(Status::Open),
        "closed" => Ok(Status::Closed),
        "proposed to open" => Ok(Status::Proposed),
        _ => {
            let expected = "Open, Closed, Proposed to open, or Open, but proposed to close";
            Err(Fault::expected("unknown_status", expected, cell))
        }
    }
}

/// Pupils are whole, so `1,522` can mean nothing but thousands; `1,5` is refused, not guessed at.
pub(super) fn pupils(cell: &str) -> Result<u32, Fault> {
    let expected = "a whole number from 0 to 100000, such as 1522 or 1,522";
    let digits = if in_thousands(cell) { cell.replace(',', "") } else { cell.to_owned() };
    if !all_digits(&digits) {
        return Err(Fault::expected("bad_number", expected, cell));
    }
    match digits.parse::<u32>() {
        Ok(pupils) if pupils <= MOST_PUPILS => Ok(pupils),
        // All digits, so only the size can be wrong.
        Ok(_) | Err(_) => Err(Fault::expected("out_of_range", expected, cell)),
    }
}

/// Whether a comma stands before every three digits, and nowhere else.
fn in_thousands(cell: &str) -> bool {
    let mut groups = cell.split(',');
    let first = groups.next().is_some_and(|first| all_digits(first) && first.len() <= 3);
    first && groups.all(|group| all_digits(group) && group.len() == 3)
}
