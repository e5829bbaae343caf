//! A statement as a printable sheet.

use super::{Payment, PaymentState, SettledLine, Settlement, State};
use crate::base::clock::london_date;
use crate::base::pdf::{Block, Column, Sheet, Table};
use crate::base::text::{Line, day_in_words};
use crate::credits::allocation::Pounds;

/// The sheet of a statement with its lines, and whether there are more of them than those, and its payments.
pub fn sheet(hub: &Line, of: &Settlement, (lines, more): (&[SettledLine], bool), payments: &[Payment]) -> Sheet {
    let fact = |label: &str, value: String| (label.to_owned(), value);
    let title = format!("Settlement statement {}", of.number);
    let mut facts = vec![
        fact("Partner", of.partner_name.to_string()),
        fact("Earned up to", day_in_words(of.up_to)),
        fact("Made on", day_in_words(london_date(of.stated_at))),
        fact("Credits", of.credits.to_string()),
        fact("To be paid", pounds(of.pence)),
        fact("Paid", pounds(of.pence_paid)),
    ];
    if let (State::Cancelled, Some(because)) = (of.state, &of.cancelled_because) {
        facts.push(fact("Cancelled", because.to_string()));
    }
    let mut blocks = vec![Block::Text(hub.to_string()), Block::Title(title.clone()), Block::Rule, Block::Facts(facts)];
    blocks.extend([Block::Heading("What was earned".to_owned()), Block::Table(table(lines))]);
    if more {
        let words =
            "These are the first {} lines. The statement has more: all are in its workbook, and in its CSV file.";
        blocks.push(Block::Text(words.replace("{}", &grouped(&lines.len().to_string()))));
    }
    if !payments.is_empty() {
        blocks.extend([Block::Heading("Payments".to_owned()), Block::Table(paid(payments))]);
    }
    Sheet { title: format!("{title}: {}", of.partner_name), foot: format!("{hub} · {title}"), blocks, frame: None }
}

fn table(lines: &[SettledLine]) -> Table {
    let columns = vec![
        Column::of_words("Earned on", 4),
        Column::of_words("For", 8),
        Column::of_numbers("Credits", 3),
        Column::of_numbers("Credit's value", 3),
        Column::of_numbers("Pounds", 3),
    ];
    let row = |line: &SettledLine| {
        vec![
            day_in_words(line.earned_on),
            line.what_for.clone(),
            line.credits.to_string(),
            pounds(line.credit_value_pence),
            pounds(line.pence),
        ]
    };
    Table { columns, rows: lines.iter().map(row).collect() }
}

fn paid(payments: &[Payment]) -> Table {
    let columns = vec![
        Column::of_words("Paid on", 4),
        Column::of_words("Reference", 8),
        Column::of_numbers("Credits", 3),
        Column::of_numbers("Pounds", 3),
    ];
    let row = |payment: &Payment| {
        let reversed = if payment.state == PaymentState::Reversed { " (reversed)" } else { "" };
        vec![
            day_in_words(payment.paid_on),
            format!("{}{reversed}", payment.bank_reference),
            payment.credits.to_string(),
            pounds(payment.pence),
        ]
    };
    Table { columns, rows: payments.iter().map(row).collect() }
}

/// An amount as people write it: `£1,050.00`.
fn pounds(pence: i64) -> String {
    let text = Pounds::from_pence(pence.saturating_abs()).to_string();
    let (whole, rest) = text.split_once('.').unwrap_or((&text, "00"));
    let sign = if pence < 0 { "−" } else { "" };
    format!("{sign}£{}.{rest}", grouped(whole))
}

/// Digits in threes: `10,000`.
fn grouped(digits: &str) -> String {
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_of_the_first_lines_says_so() {
        let of = super::super::tests::statement(100, 100);
        let sheet = |more| sheet(&Line::parse("Hub").unwrap(), &of, (&[], more), &[]);
        let said = |sheet: &Sheet| {
            sheet
                .blocks
                .iter()
                .filter(|block| matches!(block, Block::Text(text) if text.contains("first 0 lines")))
                .count()
        };
        assert_eq!([false, true].map(|more| said(&sheet(more))), [0, 1]);
        assert_eq!(["1", "999", "10000", "1234567"].map(grouped), ["1", "999", "10,000", "1,234,567"]);
    }

    #[test]
    fn pounds_are_written_as_people_write_them() {
        for (pence, written) in
            [(0, "£0.00"), (5, "£0.05"), (105_000, "£1,050.00"), (-17_500, "−£175.00"), (123_456_789, "£1,234,567.89")]
        {
            assert_eq!(pounds(pence), written);
        }
    }
}
