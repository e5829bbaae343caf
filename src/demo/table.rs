//! Text tables with aligned columns.

use std::fmt;

/// How the cells of a column are aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// To the left, as words are.
    Left,
    /// To the right, as numbers are.
    Right,
}

/// A table: a header, rows, and totals under a rule.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
    sums: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these columns.
    pub fn new(columns: impl IntoIterator<Item = (&'static str, Align)>) -> Table {
        Table { columns: columns.into_iter().collect(), rows: Vec::new(), sums: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Adds a totals row under the rule at the end.
    pub fn sum(&mut self, cells: impl IntoIterator<Item = String>) {
        self.sums.push(cells.into_iter().collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head: Vec<String> = self.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        let mut widths: Vec<usize> = head.iter().map(|name| name.chars().count()).collect();
        for row in self.rows.iter().chain(&self.sums) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let line = |f: &mut fmt::Formatter<'_>, row: &[String]| {
            let mut text = String::new();
            for ((cell, width), (_, align)) in row.iter().zip(&widths).zip(&self.columns) {
                let cell = match align {
                    Align::Left => format!("  {cell:<width$}"),
                    Align::Right => format!("  {cell:>width$}"),
                };
                text.push_str(&cell);
            }
            writeln!(f, "{}", text.trim_end())
        };
        let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        line(f, &head)?;
        line(f, &rule)?;
        for row in &self.rows {
            line(f, row)?;
        }
        if !self.sums.is_empty() {
            line(f, &rule)?;
        }
        self.sums.iter().try_for_each(|row| line(f, row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_one_another() {
        let mut table = Table::new([("school", Align::Left), ("credits", Align::Right)]);
        table.row(["Lampton’s".into(), "1.00".into()]);
        table.row(["A".into(), "12345678.00".into()]);
        table.sum(["all".into(), "12345679.00".into()]);
        let expected = "  school         credits\n  ─────────  ───────────\n  Lampton’s         1.00\n  A          12345678.00\n  ─────────  ───────────\n  all        12345679.00\n";
        assert_eq!(table.to_string(), expected);
    }
}
