//! A statement as a workbook for spreadsheets.

use chrono::{DateTime, Utc};

use super::{Payment, SettledLine, Settlement};
use crate::base::clock::london_date;
use crate::base::text::Line;
use crate::base::xlsx::{Book, Cell, Column, Sheet};

/// The workbook of a statement with all its lines and payments.
pub fn book(hub: &Line, of: &Settlement, lines: &[SettledLine], payments: &[Payment], now: DateTime<Utc>) -> Book {
    let title = format!("Settlement statement {}: {}", of.number, of.partner_name);
    Book { title, made_at: now, sheets: vec![statement(hub, of), earned(lines), paid(payments)] }
}

fn statement(hub: &Line, of: &Settlement) -> Sheet {
    let mut rows = vec![
        ("Hub", Cell::text(hub)),
        ("Partner", Cell::text(&of.partner_name)),
        ("Number", Cell::Whole(of.number)),
        ("State", Cell::text(of.state)),
        ("Earned up to", Cell::Day(of.up_to)),
        ("Made on", Cell::Day(london_date(of.stated_at))),
        ("Credits", Cell::Hundredths(of.credits.hundredths())),
        ("To be paid, in pounds", Cell::Hundredths(of.pence)),
        ("Credits paid", Cell::Hundredths(of.credits_paid.hundredths())),
        ("Paid, in pounds", Cell::Hundredths(of.pence_paid)),
    ];
    if let Some(because) = &of.cancelled_because {
        rows.push(("Cancelled", Cell::text(because)));
    }
    Sheet {
        name: "Statement".into(),
        columns: vec![Column::new("Settlement statement", 24), Column::new("", 40)],
        rows: rows.into_iter().map(|(label, value)| vec![Cell::text(label), value]).collect(),
    }
}

fn earned(lines: &[SettledLine]) -> Sheet {
    let columns = vec![
        Column::new("Sequence", 10),
        Column::new("Earned on", 12),
        Column::new("For", 50),
        Column::new("Credits", 12),
        Column::new("Credit's value, in pounds", 24),
        Column::new("Pounds", 12),
    ];
    let row = |line: &SettledLine| {
        vec![
            Cell::Whole(line.sequence),
            Cell::Day(line.earned_on),
            Cell::text(&line.what_for),
            Cell::Hundredths(line.credits.hundredths()),
            Cell::Hundredths(line.credit_value_pence),
            Cell::Hundredths(line.pence),
        ]
    };
    Sheet { name: "What was earned".into(), columns, rows: lines.iter().map(row).collect() }
}

fn paid(payments: &[Payment]) -> Sheet {
    let columns = vec![
        Column::new("Paid on", 12),
        Column::new("Reference", 30),
        Column::new("State", 12),
        Column::new("Credits", 12),
        Column::new("Pounds", 12),
    ];
    let row = |payment: &Payment| {
        vec![
            Cell::Day(payment.paid_on),
            Cell::text(&payment.bank_reference),
            Cell::text(payment.state),
            Cell::Hundredths(payment.credits.hundredths()),
            Cell::Hundredths(payment.pence),
        ]
    };
    Sheet { name: "Payments".into(), columns, rows: payments.iter().map(row).collect() }
}
