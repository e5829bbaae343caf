//! What a cell of a school or roll file may hold. Every rule gets a trimmed cell that is not empty.

use super::Status;
use crate::base::csv_file::Fault;
use crate::base::csv_file::cells::all_digits;
pub(super) use crate::base::csv_file::cells::{date, text};
use crate::base::text::Urn;
use crate::members::schools::{MOST_PUPILS, Membership, Phase};

pub(super) fn urn(cell: &str) -> Result<Urn, Fault> {
    Urn::parse(cell).map_err(|_| Fault::expected("bad_urn", "a URN, six digits from 100000 to 999999", cell))
}

/// DfE's words and our own; spaces, hyphens and underscores count as the same.
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

/// `1,522` is refused, not guessed at: on a machine set to another country, the same cell means one and a half.
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
        // All digits, so only the size can be wrong.
        Ok(_) | Err(_) => Err(Fault::expected("out_of_range", expected, cell)),
    }
}
