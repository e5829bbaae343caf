//! What is wrong with the rows of a file.

/// An answer tells of this many faults.
pub const MOST_FAULTS: usize = 1000;

/// Of this many faults, the rows and reasons are kept; the others are counted.
pub const MOST_KEPT: usize = 100_000;

/// One thing that is wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// The physical line on which the row begins.
    pub line: u64,
    /// The column as the file names it; empty where the fault concerns the whole row.
    pub column: String,
    /// A stable code, for programs: of every file `empty`, `too_long`, `control_character`, `bad_date`,
    /// `duplicate_row`, `wrong_cell_count`, `bad_quote`, `unclosed_quote`; of schools and rolls `bad_urn`,
    /// `unknown_phase`, `unknown_membership`, `unknown_status`, `in_the_future`, `bad_number`, `out_of_range`,
    /// `unknown_school` and `left_before_joined`; of tickets `bad_email`, `unknown_person`, `not_of_a_school`,
    /// `unknown_ticket_type` and `in_the_past`.
    pub code: &'static str,
    /// What was expected, for people.
    pub reason: String,
}

/// Everything that is wrong with a file's rows: all of it counted, the first [`MOST_KEPT`] kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    kept: Vec<BadRow>,
    count: usize,
    rows: usize,
    last_line: u64,
}

impl Faults {
    /// Adds a fault. The faults of one row follow each other.
    pub fn push(&mut self, fault: BadRow) {
        self.count += 1;
        self.rows += usize::from(self.last_line != fault.line);
        self.last_line = fault.line;
        if self.kept.len() < MOST_KEPT {
            self.kept.push(fault);
        }
    }

    /// Adds the faults that were found when the file was read once more, in rows that had none before.
    pub fn append(&mut self, others: Faults) {
        self.count += others.count;
        self.rows += others.rows;
        self.kept.extend(others.kept);
        self.kept.sort_by_key(|fault| fault.line);
        self.kept.truncate(MOST_KEPT);
    }

    /// The first [`MOST_FAULTS`] faults, in file order.
    pub fn first(&self) -> &[BadRow] {
        self.kept.get(..MOST_FAULTS).unwrap_or(&self.kept)
    }

    /// All faults that are kept, in file order.
    pub fn kept(&self) -> &[BadRow] {
        &self.kept
    }

    /// How many faults there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many rows have faults.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether no row has a fault.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}
